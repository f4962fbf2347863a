"""The conversations that are remembered: few, short, for a while, and in memory only.

Nothing is written to disk: a restart forgets them all, and a service of several processes must
send a conversation to the same one. Ids are secrets: who knows one may go on with it.
"""

import secrets
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

from kb.settings import ConversationSettings
from retrieval.conversation.history import Exchange

# 24 random bytes: nobody guesses the id of another one's conversation.
_ID_BYTES = 24


class Session:
    """A conversation. Only `Sessions` changes it."""

    def __init__(self, session_id: str, max_turns: int) -> None:
        """Start without a turn.

        Args:
            session_id: Its secret name.
            max_turns: How many exchanges are remembered.
        """
        self.session_id = session_id
        self.turns = 0
        self.last_used = 0.0
        self.exchanges: deque[Exchange] = deque(maxlen=max_turns)


class Sessions:
    """Remembers conversations; safe to use from several threads."""

    def __init__(
        self, settings: ConversationSettings, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """Start with no conversation.

        Args:
            settings: How many, how long (minutes since the last use), how many turns.
            clock: Seconds that never run backwards.
        """
        self._settings = settings
        self._clock = clock
        self._lock = threading.Lock()
        # Least recently used first, so that both the expired and the surplus are at the front.
        self._sessions: OrderedDict[str, Session] = OrderedDict()

    def __len__(self) -> int:
        """Return how many conversations are remembered."""
        with self._lock:
            self._forget_expired()
            return len(self._sessions)

    def find(self, session_id: str) -> tuple[Session, tuple[Exchange, ...]] | None:
        """Return a conversation with its exchanges, oldest first, and count it as used.

        None if it is unknown, expired or forgotten.
        """
        with self._lock:
            self._forget_expired()
            session = self._sessions.get(session_id)
            if session is None:
                return None
            self._use(session)
            return session, tuple(session.exchanges)

    def remember(self, session: Session | None, exchange: Exchange) -> tuple[str, int]:
        """Add an exchange to a conversation and return its id and the number of the turn.

        Args:
            session: From `find`; it goes on even if it was forgotten meanwhile. None starts one.
            exchange: What was asked and answered.
        """
        with self._lock:
            if session is None:
                session = Session(secrets.token_urlsafe(_ID_BYTES), self._settings.max_turns)
            session.turns += 1
            session.exchanges.append(exchange)
            self._use(session)
            self._forget_expired()
            while len(self._sessions) > self._settings.max_sessions:
                self._sessions.popitem(last=False)
            return session.session_id, session.turns

    def _use(self, session: Session) -> None:
        session.last_used = self._clock()
        self._sessions[session.session_id] = session
        self._sessions.move_to_end(session.session_id)

    def _forget_expired(self) -> None:
        oldest = self._clock() - self._settings.minutes * 60
        while self._sessions and next(iter(self._sessions.values())).last_used < oldest:
            self._sessions.popitem(last=False)
