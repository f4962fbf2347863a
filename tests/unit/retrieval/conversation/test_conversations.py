"""Questions in a row over a small knowledge base."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from ingest.records.models import case_document
from kb.errors import EmptyQuery, QueryTooLong
from kb.knowledge_base import KnowledgeBase
from kb.models import Answer, Case, CaseResult, Field, Filters, NoAnswerReason, Source
from kb.settings import ConversationSettings
from retrieval.answering.answerer import Answerer
from retrieval.answering.events import AnswerFinished, ClaimAdded, SearchFinished
from retrieval.conversation.conversations import NEW, Conversations
from retrieval.conversation.sessions import Sessions


@pytest.fixture
def talk(cases: KnowledgeBase) -> Conversations:
    return Conversations(Answerer(cases), ConversationSettings())


@pytest.fixture
def crabs(kb: KnowledgeBase, fill: Callable[..., None]) -> Conversations:
    """Conversations over three cases that one question lists."""
    source = Source("Bài báo", "Báo Thử", "https://example.org/cua", "2022-03-04")
    documents = [
        case_document(
            Case(
                case_id=case_id,
                name=name,
                field=Field.ECONOMY,
                topics=("thuy-san",),
                province="Cà Mau",
                approach=(step,),
                results=(CaseResult("Nuôi cua lãi khá"),),
                sources=(source,),
            ),
            f"/cases/{case_id}.md",
        )
        for case_id, name, step in (
            ("cua-rung", "Nuôi cua dưới tán rừng", "Thả cua giống thưa"),
            ("cua-hop", "Nuôi cua hộp", "Cho cua ăn mỗi ngày"),
            ("cua-dinh", "Nuôi cua đinh", "Xây bể nuôi cua"),
        )
    ]
    fill(kb, *documents)
    return Conversations(Answerer(kb), ConversationSettings())


def _ask(talk: Conversations, *questions: str, **rest) -> list[Answer]:
    answers: list[Answer] = []
    session_id = NEW
    for question in questions:
        answers.append(talk.answer(question, session_id=session_id, **rest))
        session_id = _turn(answers[-1]).session_id
    return answers


def _turn(answer: Answer):
    assert answer.turn is not None
    return answer.turn


def _cited(answer: Answer) -> list[str]:
    return list(dict.fromkeys(citation.document_id for citation in answer.citations))


def test_a_place_that_is_part_of_the_one_before_narrows_to_it(talk: Conversations):
    first, second = _ask(talk, "nuôi cua trong vuông tôm ở Cà Mau", "còn ở Bạc Liêu thì sao?")
    assert _turn(first).understood == first.question == "nuôi cua trong vuông tôm ở Cà Mau"
    assert "follow_up" not in first.interpretation
    assert second.question == "còn ở Bạc Liêu thì sao?"
    turn = _turn(second)
    assert (turn.number, turn.asked) == (2, "còn ở Bạc Liêu thì sao?")
    assert turn.understood == "nuôi cua trong vuông tôm ở Bạc Liêu"
    assert turn.session_id == _turn(first).session_id
    assert not turn.is_restarted
    assert second.interpretation["follow_up"] == {
        "understood": "nuôi cua trong vuông tôm ở Bạc Liêu",
        "changes": ["địa bàn: Cà Mau → Bạc Liêu"],
    }
    assert [row["name"] for row in second.interpretation["provinces"]] == ["Bạc Liêu"]
    assert _cited(second) == ["nuoi-cua-bac-lieu"]


def test_a_place_without_the_case_is_refused(talk: Conversations):
    _, second = _ask(talk, "Trồng cam sành ở Hà Giang", "còn ở Cà Mau thì sao?")
    assert (second.status, second.citations) == ("no_answer", ())
    assert second.reason in {NoAnswerReason.WRONG_PLACE, NoAnswerReason.NO_EVIDENCE}


def test_a_counted_case_is_answered_from_its_document_alone(crabs: Conversations):
    first = crabs.answer("nuôi cua ở Cà Mau", session_id=NEW)
    listed = _cited(first)
    assert sorted(listed) == ["cua-dinh", "cua-hop", "cua-rung"]
    for position, word in enumerate(["nhất", "hai", "ba"]):
        follow_up = crabs.answer(
            f"mô hình thứ {word} làm thế nào?", session_id=_turn(first).session_id
        )
        assert _cited(follow_up) == [listed[position]]
        title = follow_up.citations[0].title
        assert _turn(follow_up).understood.startswith(f"“{title}” (")


def test_a_question_of_detail_is_about_the_one_case(talk: Conversations):
    _, second, third = _ask(
        talk,
        "Đưa màu xuống ruộng ở Cà Mau có bao nhiêu hộ làm theo?",
        "mỗi hộ thu bao nhiêu tiền?",
        "họ làm thế nào?",
    )
    assert _turn(second).understood.startswith("“Đưa màu xuống ruộng” (Cà Mau): ")
    assert _cited(second) == ["trong-mau-ca-mau"]
    assert "100 triệu đồng" in second.text
    assert _cited(third) == ["trong-mau-ca-mau"]
    assert "Chọn giống rau màu" in third.text


def test_an_unclear_follow_up_is_refused_with_its_choices_and_counts(crabs: Conversations):
    first, unclear, clear = _ask(
        crabs,
        "nuôi cua ở Cà Mau",
        "mô hình đó làm thế nào?",
        "mô hình thứ nhất làm thế nào?",
    )
    assert (unclear.status, unclear.reason) == ("no_answer", NoAnswerReason.AMBIGUOUS)
    assert (unclear.claims, unclear.citations, unclear.related) == ((), (), ())
    for title in {citation.title for citation in first.citations}:
        assert f"- “{title}” (" in unclear.text
    assert unclear.interpretation["follow_up"] == {
        "understood": "mô hình đó làm thế nào?",
        "changes": [],
    }
    assert [_turn(answer).number for answer in (first, unclear, clear)] == [1, 2, 3]
    assert _cited(clear) == _cited(first)[:1]


@pytest.mark.parametrize("session_id", ["không có", "", "a" * 32])
def test_an_unknown_conversation_starts_anew_and_says_so(talk: Conversations, session_id: str):
    answer = talk.answer("nuôi cua ở Bạc Liêu", session_id=session_id)
    turn = _turn(answer)
    assert turn.is_restarted
    assert turn.number == 1
    assert turn.session_id != session_id
    again = talk.answer("ai làm?", session_id=turn.session_id)
    assert not _turn(again).is_restarted


def test_an_expired_conversation_starts_anew_without_what_was_said(cases: KnowledgeBase):
    seconds = [0.0]
    settings = ConversationSettings(minutes=1)
    sessions = Sessions(settings, clock=lambda: seconds[0])
    talk = Conversations(Answerer(cases), settings, sessions=sessions)
    first = talk.answer("nuôi cua ở Bạc Liêu", session_id=NEW)
    seconds[0] = 61.0
    late = talk.answer("còn ở Hà Giang thì sao?", session_id=_turn(first).session_id)
    assert _turn(late).is_restarted
    assert _turn(late).understood == "còn ở Hà Giang thì sao?"


def test_an_error_leaves_the_conversation_as_it_was(talk: Conversations):
    first = talk.answer("nuôi cua ở Bạc Liêu", session_id=NEW)
    session_id = _turn(first).session_id
    with pytest.raises(EmptyQuery):
        talk.answer("?!", session_id=session_id)
    with pytest.raises(QueryTooLong):
        talk.answer("cua " * 5000, session_id=session_id)
    follow_up = talk.answer("ai làm?", session_id=session_id)
    assert _turn(follow_up).number == 2
    assert _turn(follow_up).understood == "“Nuôi cua trong vuông tôm” (Bạc Liêu): ai làm?"


def test_a_first_question_that_fails_starts_no_conversation(cases: KnowledgeBase):
    sessions = Sessions(ConversationSettings())
    talk = Conversations(Answerer(cases), ConversationSettings(), sessions=sessions)
    with pytest.raises(EmptyQuery):
        talk.answer("...", session_id=NEW)
    assert len(sessions) == 0


def test_a_stream_tells_what_was_understood_before_the_answer(talk: Conversations):
    first = talk.answer("nuôi cua trong vuông tôm ở Cà Mau", session_id=NEW)
    session_id = _turn(first).session_id
    events = list(talk.stream("còn ở Bạc Liêu thì sao?", session_id=session_id))
    assert isinstance(events[0], SearchFinished)
    assert events[0].interpretation["follow_up"]["understood"].endswith("ở Bạc Liêu")
    assert all(isinstance(event, ClaimAdded) for event in events[1:-1])
    assert isinstance(events[-1], AnswerFinished)
    assert events[-1].answer.turn is not None
    unclear = list(talk.stream("mô hình thứ chín?", session_id=session_id))
    assert [type(event) for event in unclear] == [SearchFinished, AnswerFinished]


def test_a_stream_that_is_given_up_is_not_remembered(talk: Conversations):
    first = talk.answer("nuôi cua ở Bạc Liêu", session_id=NEW)
    session_id = _turn(first).session_id
    stream = talk.stream("trồng cam sành ở Hà Giang", session_id=session_id)
    next(stream)
    stream.close()
    assert _turn(talk.answer("ai làm?", session_id=session_id)).number == 2


def test_filters_are_those_given_or_for_a_follow_up_those_before(talk: Conversations):
    filters = Filters(year=2021)
    first = talk.answer("nuôi cua ở Bạc Liêu", session_id=NEW, filters=filters)
    session_id = _turn(first).session_id
    kept = talk.answer("còn ở Cà Mau thì sao?", session_id=session_id)
    assert kept.interpretation["filters"] == {"year": 2021}
    given = talk.answer("còn ở Hà Giang thì sao?", session_id=session_id, filters=Filters())
    assert given.interpretation["filters"] == {}
    other = talk.answer("trồng cam sành", session_id=session_id)
    assert other.interpretation["filters"] == {}


def test_questions_at_once_of_one_conversation_are_all_counted_once(talk: Conversations):
    first = talk.answer("nuôi cua ở Bạc Liêu", session_id=NEW)
    session_id = _turn(first).session_id

    def ask(question: str) -> Answer:
        return talk.answer(question, session_id=session_id)

    questions = ["trồng cam sành", "ai làm?", "còn ở Cà Mau thì sao?", "mô hình đó làm gì?"] * 3
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(ask, questions))
    assert [answer.question for answer in answers] == questions
    numbers = sorted(_turn(answer).number for answer in answers)
    assert numbers == list(range(2, 2 + len(questions)))
    assert {_turn(answer).session_id for answer in answers} == {session_id}


def test_questions_of_detail_do_not_pile_up(talk: Conversations):
    answers = _ask(
        talk,
        "Cà Mau có mô hình nuôi dế nào?",
        "còn An Giang?",
        "nó có tốn kém không?",
        "ai làm?",
        "quay lại Cà Mau",
        "bao nhiêu hộ tham gia?",
    )
    assert [_turn(answer).understood for answer in answers[1:]] == [
        "An Giang có mô hình nuôi dế nào?",
        "An Giang có mô hình nuôi dế: có tốn kém không?",
        "An Giang có mô hình nuôi dế: ai làm?",
        "Cà Mau có mô hình nuôi dế: ai làm?",
        "Cà Mau có mô hình nuôi dế: bao nhiêu hộ tham gia?",
    ]
