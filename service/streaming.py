"""Answers as server-sent events while they are made.

An answer is made by blocking code, so it runs in a thread of its own and hands each event to the
event loop. FastAPI has server-sent events for routes that are generators; they take a thread of the
shared pool for every step and cannot answer with JSON or a problem instead, so only its wire format
is used.
"""

import asyncio
import json
import logging
import re
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from threading import Event, Lock
from typing import Any

from fastapi.sse import EventSourceResponse, format_sse_event
from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from kb.errors import KbError, StoreUnavailable
from kb.models import Answer, Citation
from retrieval.answering.cancellation import given_up_by
from retrieval.answering.events import AnswerEvent, AnswerFinished, ClaimAdded, SearchFinished
from retrieval.rendering import claim_to_data
from service.answer_bodies import answer_body, citation_body
from service.error_handlers import fault_of, problem_of, unexpected_fault

logger = logging.getLogger(__name__)

# Streams at once; further ones wait. Each holds a thread for as long as its answer takes.
MAX_STREAMS = 32
# Proxies close connections that are silent for a minute, some for half of one.
PING_SECONDS = 10.0

STREAM_TYPE = "text/event-stream"
# A type of weight 0 is not acceptable (RFC 9110, 12.4.2).
_REFUSED = re.compile(r";\s*q\s*=\s*0(?:\.0*)?\s*(?:;|$)", re.IGNORECASE)
_HEADERS = {
    "Cache-Control": "no-store",
    # nginx would gather the events otherwise.
    "X-Accel-Buffering": "no",
}


def wants_stream(accept: str) -> bool:
    """Tell whether an `Accept` header asks for events and not for JSON.

    Example:
        >>> wants_stream("text/event-stream;q=1"), wants_stream("application/json")
        (True, False)
        >>> wants_stream("application/json, text/event-stream")
        False
        >>> wants_stream("application/json;q=0, text/event-stream")
        True
    """
    types = {
        part.partition(";")[0].strip().lower()
        for part in accept.split(",")
        if not _REFUSED.search(part)
    }
    return STREAM_TYPE in types and "application/json" not in types


class EventEncoder:
    """Writes the events of one answer as server-sent events, numbered from 1."""

    def __init__(self, request: Request, *, base: str) -> None:
        """Start a stream.

        Args:
            request: What is answered; problems name it.
            base: Public address of the service, for links; may be empty.
        """
        self._request = request
        self._base = base
        self._count = 0
        self._cited: set[int] = set()
        self._text = ""

    def encode(self, item: AnswerEvent | Exception) -> Iterator[bytes]:
        """Yield an event of the answerer, or what ended it, as it goes over the wire.

        A citation comes before the first delta that uses it, and all deltas in a row are the text
        of the answer.
        """
        match item:
            case SearchFinished():
                yield self._event(
                    "search", {"interpretation": dict(item.interpretation), "found": item.found}
                )
            case ClaimAdded():
                yield from self._citations(item.citations)
                yield self._delta(item.delta, claim_to_data(item.claim))
            case AnswerFinished():
                yield from self._finish(item.answer)
            case Exception():
                yield self._event("error", self._problem(item))

    def ping(self) -> bytes:
        """Return the event that keeps a silent connection open."""
        return self._event("ping", {})

    def _finish(self, answer: Answer) -> Iterator[bytes]:
        # Rows and notes may cite what no claim does.
        yield from self._citations(answer.citations)
        # A refusal has words and no claims.
        if not answer.text.startswith(self._text):
            logger.error("the deltas of an answer are not its text")
        elif rest := answer.text[len(self._text) :]:
            yield self._delta(rest, None)
        yield self._event("done", answer_body(answer, self._base))

    def _citations(self, citations: tuple[Citation, ...]) -> Iterator[bytes]:
        for citation in citations:
            if citation.marker not in self._cited:
                self._cited.add(citation.marker)
                yield self._event("citation", citation_body(citation, self._base))

    def _delta(self, text: str, claim: dict[str, Any] | None) -> bytes:
        self._text += text
        return self._event("delta", {"text": text, "claim": claim})

    def _problem(self, error: Exception) -> dict[str, Any]:
        if isinstance(error, KbError):
            fault = fault_of(error)
            if fault.status >= 500:
                logger.error("stream failed code=%s", error.code, exc_info=error)
        else:
            fault = unexpected_fault()
            logger.error("stream failed", exc_info=error)
        return problem_of(self._request, fault)

    def _event(self, name: str, data: dict[str, Any]) -> bytes:
        self._count += 1
        # JSON escapes line ends, so the data is one line.
        text = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
        return format_sse_event(event=name, data_str=text, id=str(self._count))


class Channel:
    """What a thread hands to the event loop: the events of one answer, in order.

    Attributes:
        closed: Set when nobody reads any more.
    """

    def __init__(self) -> None:
        """Open it; only in a running event loop."""
        self._loop = asyncio.get_running_loop()
        self._items: asyncio.Queue[AnswerEvent | Exception | None] = asyncio.Queue()
        self.closed = Event()

    def close(self) -> None:
        """Read no more; the thread stops at its next event, or where it asks."""
        self.closed.set()

    def put(self, item: AnswerEvent | Exception | None) -> None:
        """Hand over an event, an error, or None as the end; from any thread."""
        # The loop is gone when the service was broken off, and so is the reader.
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(self._items.put_nowait, item)

    async def get(self) -> AnswerEvent | Exception | None:
        """Return the next event, an error, or None at the end."""
        return await self._items.get()


class Streams:
    """Makes answers off the event loop, one thread each and so many at once."""

    def __init__(self, *, limit: int = MAX_STREAMS, ping_seconds: float = PING_SECONDS) -> None:
        """Start without threads.

        Args:
            limit: Answers made at once; further ones wait.
            ping_seconds: Silence after which a ping is sent.
        """
        self.ping_seconds = ping_seconds
        self._threads = ThreadPoolExecutor(limit, "answer-stream")
        self._open: set[Channel] = set()
        self._lock = Lock()

    async def respond(self, events: Iterator[AnswerEvent], encoder: EventEncoder) -> "EventStream":
        """Return the response for an answer, once its first event is there.

        So what is wrong with a question is an error with a status of its own, and not an event.
        An answer whose first event takes longer than a ping opens without it.

        Args:
            events: Makes the answer; closed when the client goes away.
            encoder: Writes them.

        Raises:
            KbError: What ended the answer before its first event.
            StoreUnavailable: The service stops.
        """
        channel = Channel()
        with self._lock:
            self._open.add(channel)
        try:
            future = self._threads.submit(self._make, events, channel)
        except RuntimeError as exc:  # closed already
            with self._lock:
                self._open.discard(channel)
            raise _stopping() from exc
        # Also when it never began, because the service stops.
        future.add_done_callback(lambda done: self._done(channel, done))
        try:
            async with asyncio.timeout(self.ping_seconds):
                first = await channel.get()
        except TimeoutError:
            head = encoder.ping()
        except BaseException:
            channel.close()
            raise
        else:
            if first is None:
                raise _stopping()
            if isinstance(first, Exception):
                raise first
            head = b"".join(encoder.encode(first))
        return EventStream(channel, encoder, head=head, ping_seconds=self.ping_seconds)

    def close(self) -> None:
        """Stop all answers and wait for their threads."""
        with self._lock:
            for channel in self._open:
                channel.close()
        self._threads.shutdown(cancel_futures=True)

    def _done(self, channel: Channel, future: "Future[None]") -> None:
        with self._lock:
            self._open.discard(channel)
        channel.put(None)
        if not future.cancelled() and (error := future.exception()):
            logger.error("an answer did not clean up", exc_info=error)

    @staticmethod
    def _make(events: Iterator[AnswerEvent], channel: Channel) -> None:
        try:
            with given_up_by(channel.closed):
                while not channel.closed.is_set():
                    event = next(events, None)
                    if event is None:
                        break
                    channel.put(event)
        except Exception as exc:  # noqa: BLE001 - the reader is told, whatever it is
            channel.put(exc)
        finally:
            # Generators that are left in the middle run their own clean-up here, in their thread.
            if close := getattr(events, "close", None):
                close()


class EventStream(EventSourceResponse):
    """The open response; whatever ends it stops the answer."""

    def __init__(
        self, channel: Channel, encoder: EventEncoder, *, head: bytes, ping_seconds: float
    ) -> None:
        """Use a channel.

        Args:
            channel: Where events come from.
            encoder: Writes them.
            head: What was written already.
            ping_seconds: Silence after which a ping is sent.
        """
        super().__init__(self._chunks(head), headers=_HEADERS)
        self._channel = channel
        self._encoder = encoder
        self._ping_seconds = ping_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, and stop the answer if the client goes away."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._channel.close()

    async def _chunks(self, head: bytes) -> AsyncIterator[bytes]:
        yield head
        while True:
            try:
                async with asyncio.timeout(self._ping_seconds):
                    item = await self._channel.get()
            except TimeoutError:
                yield self._encoder.ping()
                continue
            # No stream ends without telling why.
            item = item or _stopping()
            for chunk in self._encoder.encode(item):
                yield chunk
            if isinstance(item, Exception | AnswerFinished):
                return


def _stopping() -> StoreUnavailable:
    return StoreUnavailable("Dịch vụ đang dừng. Hãy thử lại sau vài giây.")
