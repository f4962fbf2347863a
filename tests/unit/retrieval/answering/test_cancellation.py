"""Whether anybody waits for an answer, as what makes it sees it."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

from retrieval.answering.cancellation import given_up_by, is_given_up


def test_the_event_tells_inside_and_nothing_outside():
    event = Event()
    with given_up_by(event):
        assert not is_given_up()
        event.set()
        assert is_given_up()
        with given_up_by(Event()):
            assert not is_given_up()
        assert is_given_up()
    assert not is_given_up()


def test_other_threads_are_not_concerned():
    event = Event()
    event.set()
    with given_up_by(event), ThreadPoolExecutor(1) as pool:
        assert pool.submit(is_given_up).result() is False
        assert is_given_up()
