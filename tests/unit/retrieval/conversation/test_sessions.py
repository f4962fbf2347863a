"""How long and how much is remembered."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from kb.settings import ConversationSettings
from retrieval.conversation.history import Exchange
from retrieval.conversation.sessions import Session, Sessions


class Clock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def __call__(self) -> float:
        return self.seconds


def _exchange(text: str) -> Exchange:
    return Exchange(text, text, text)


def _asked(sessions: Sessions, session_id: str) -> list[str]:
    found = sessions.find(session_id)
    assert found is not None
    return [exchange.asked for exchange in found[1]]


def _session(sessions: Sessions, session_id: str) -> Session:
    found = sessions.find(session_id)
    assert found is not None
    return found[0]


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_conversation_goes_on_under_a_secret_id(clock: Clock):
    sessions = Sessions(ConversationSettings(), clock=clock)
    session_id, number = sessions.remember(None, _exchange("một"))
    assert number == 1
    assert len(session_id) == 32  # 24 random bytes
    assert sessions.remember(_session(sessions, session_id), _exchange("hai")) == (session_id, 2)
    assert _asked(sessions, session_id) == ["một", "hai"]
    assert sessions.remember(None, _exchange("một"))[0] != session_id


@pytest.mark.parametrize("session_id", ["", "new", "x" * 10_000, "\x00", "../../etc", "😀"])
def test_an_unknown_id_is_no_conversation(session_id: str):
    assert Sessions(ConversationSettings()).find(session_id) is None


def test_a_conversation_is_forgotten_so_long_after_its_last_use(clock: Clock):
    sessions = Sessions(ConversationSettings(minutes=10), clock=clock)
    session_id, _ = sessions.remember(None, _exchange("một"))
    clock.seconds += 10 * 60
    assert sessions.find(session_id) is not None  # this is a use, too
    clock.seconds += 10 * 60
    assert sessions.find(session_id) is not None
    clock.seconds += 10 * 60 + 1
    assert sessions.find(session_id) is None
    assert len(sessions) == 0


def test_the_least_recently_used_conversation_makes_room(clock: Clock):
    sessions = Sessions(ConversationSettings(max_sessions=2), clock=clock)
    first, _ = sessions.remember(None, _exchange("một"))
    second, _ = sessions.remember(None, _exchange("hai"))
    sessions.find(first)
    third, _ = sessions.remember(None, _exchange("ba"))
    assert len(sessions) == 2
    assert sessions.find(second) is None
    assert _asked(sessions, first) == ["một"]
    assert _asked(sessions, third) == ["ba"]


def test_only_the_last_turns_are_remembered_but_all_are_counted(clock: Clock):
    sessions = Sessions(ConversationSettings(max_turns=2), clock=clock)
    session_id, _ = sessions.remember(None, _exchange("0"))
    for turn in range(1, 4):
        _, number = sessions.remember(_session(sessions, session_id), _exchange(str(turn)))
        assert number == turn + 1
    assert _asked(sessions, session_id) == ["2", "3"]


def test_a_question_under_way_keeps_its_conversation_alive(clock: Clock):
    sessions = Sessions(ConversationSettings(minutes=1, max_sessions=1), clock=clock)
    session_id, _ = sessions.remember(None, _exchange("một"))
    session = _session(sessions, session_id)
    clock.seconds += 3600
    sessions.remember(None, _exchange("của người khác"))
    assert sessions.remember(session, _exchange("hai")) == (session_id, 2)
    assert _asked(sessions, session_id) == ["một", "hai"]
    assert len(sessions) == 1


def test_what_was_found_does_not_change_while_others_go_on():
    sessions = Sessions(ConversationSettings())
    session_id, _ = sessions.remember(None, _exchange("một"))
    session, history = sessions.find(session_id) or pytest.fail("is known")
    sessions.remember(session, _exchange("hai"))
    assert [exchange.asked for exchange in history] == ["một"]


def test_many_questions_at_once_are_all_counted_once():
    sessions = Sessions(ConversationSettings(max_turns=1000))
    session_id, _ = sessions.remember(None, _exchange("đầu"))

    def ask(number: int) -> int:
        return sessions.remember(_session(sessions, session_id), _exchange(str(number)))[1]

    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(ask, range(200)))
    assert sorted(numbers) == list(range(2, 202))
    assert sorted(_asked(sessions, session_id)) == sorted(["đầu", *map(str, range(200))])
