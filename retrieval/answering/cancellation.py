"""Whether anybody still waits for the answer that this thread makes.

A generator that is blocked cannot be closed from another thread, so what blocks for long (a
language model) asks from time to time.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Event

_GIVEN_UP: ContextVar[Event | None] = ContextVar("given_up", default=None)


@contextmanager
def given_up_by(event: Event) -> Iterator[None]:
    """Let an event tell what runs inside, in this thread, that nobody waits any more."""
    token = _GIVEN_UP.set(event)
    try:
        yield
    finally:
        _GIVEN_UP.reset(token)


def is_given_up() -> bool:
    """Tell whether nobody waits any more; False where nobody could tell.

    Example:
        >>> is_given_up()
        False
    """
    event = _GIVEN_UP.get()
    return event is not None and event.is_set()
