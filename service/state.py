"""What a running service holds, and how routes reach it."""

import time
from dataclasses import dataclass, field
from threading import Lock
from typing import Annotated

from fastapi import Depends, Request

from ingest.jobs import JobRunner
from kb.errors import StoreUnavailable
from kb.knowledge_base import KnowledgeBase
from kb.models import Filters
from kb.store import StoreCounts
from retrieval.answering.answerer import Answerer
from retrieval.conversation.conversations import Conversations
from retrieval.conversation.sessions import Sessions
from retrieval.query import parse_filters
from retrieval.search import Searcher
from service.facets import Facets, count_facets
from service.streaming import Streams

# Facets are counted over all cases, so they are kept while the store looks the same.
_FACETS_SECONDS = 60.0


@dataclass(slots=True)
class ServiceState:
    """The opened knowledge base with its facades; one for each application.

    Attributes:
        kb: The knowledge base.
        searcher: Searches.
        answerer: Answers.
        conversations: Answers what refers to earlier questions.
        sessions: What the conversations remember.
        streams: Makes answers that are sent piece by piece.
        jobs: Runs what is to be taken in, one job after the other.
        token: The key that the service made for this run; see `service.permissions`.
    """

    kb: KnowledgeBase
    searcher: Searcher
    answerer: Answerer
    conversations: Conversations
    sessions: Sessions
    streams: Streams
    jobs: JobRunner
    token: str
    _facets: tuple[StoreCounts, float, Facets] | None = None
    _facets_lock: Lock = field(default_factory=Lock)

    def facets(self) -> Facets:
        """Return the values to filter by, at most a minute old."""
        counts = self.kb.store.counts()
        with self._facets_lock:
            kept = self._facets
            if kept and kept[0] == counts and time.monotonic() - kept[1] < _FACETS_SECONDS:
                return kept[2]
            facets = count_facets(self.kb.store)
            self._facets = (counts, time.monotonic(), facets)
            return facets

    def filters(
        self,
        *,
        province: str | None = None,
        field: str | None = None,
        topic: str | None = None,
        year: int | None = None,
    ) -> Filters:
        """Return checked filters; topics that officers made up count as known.

        Raises:
            InvalidFilter: A value does not exist; the message names close ones.
        """
        known = self.kb.store.known_topics() if topic else None
        return parse_filters(
            province=province, field=field, topic=topic, year=year, known_topics=known
        )


def get_state(request: Request) -> ServiceState:
    """Return the state of the application that serves a request.

    Raises:
        StoreUnavailable: The knowledge base is not open yet, or not any more.
    """
    state = getattr(request.app.state, "service", None)
    if not isinstance(state, ServiceState):
        raise StoreUnavailable("Cơ sở tri thức đang được mở. Hãy thử lại sau vài giây.")
    return state


State = Annotated[ServiceState, Depends(get_state)]
