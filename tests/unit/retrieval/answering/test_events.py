"""What happens while an answer is made comes in order, and is the answer."""

import pytest

from kb.errors import EmptyQuery, QueryTooLong
from kb.knowledge_base import KnowledgeBase
from kb.models import NoAnswerReason
from retrieval.answering.answerer import Answerer
from retrieval.answering.events import AnswerFinished, ClaimAdded, SearchFinished
from tests.data.answer_invariants import check_events

LIST = "Cà Mau có những mô hình nào?"


def test_the_search_comes_first_the_claims_next_and_the_answer_last(cases: KnowledgeBase):
    events = list(Answerer(cases).stream(LIST))
    assert [type(event) for event in events] == [
        SearchFinished,
        ClaimAdded,
        ClaimAdded,
        AnswerFinished,
    ]
    check_events(cases, events)


def test_the_search_tells_what_was_understood_and_how_much_was_found(cases: KnowledgeBase):
    first = next(iter(Answerer(cases).stream(LIST)))
    assert isinstance(first, SearchFinished)
    assert first.interpretation["question_type"] == "list"
    assert first.interpretation["normalized"] == LIST
    assert first.found > 0


def test_claims_come_with_their_citations_and_their_part_of_the_text(cases: KnowledgeBase):
    _, first, second, _ = Answerer(cases).stream(LIST)
    assert isinstance(first, ClaimAdded)
    assert isinstance(second, ClaimAdded)
    assert first.delta.startswith("Các mô hình phù hợp ở Cà Mau:\n- ")
    assert second.delta.startswith("\n- ")
    assert [item.marker for item in first.citations] == list(first.claim.citations)
    assert second.citations[0].marker == first.citations[-1].marker + 1


def test_a_citation_that_came_before_does_not_come_again(cases: KnowledgeBase):
    question = "Đưa màu xuống ruộng có bao nhiêu hộ làm theo, mỗi hộ thu bao nhiêu tiền?"
    _, first, second, _ = Answerer(cases).stream(question)
    assert isinstance(first, ClaimAdded)
    assert isinstance(second, ClaimAdded)
    assert first.claim.citations == (1, 2)
    assert second.claim.citations == (1, 3)
    assert [item.marker for item in second.citations] == [3]


def test_a_refusal_is_a_search_and_an_end(cases: KnowledgeBase):
    events = list(Answerer(cases).stream("năng lượng hạt nhân"))
    assert [type(event) for event in events] == [SearchFinished, AnswerFinished]
    check_events(cases, events)


def test_a_refusal_that_was_settled_elsewhere_searches_nothing(cases: KnowledgeBase):
    text = "Câu hỏi có thể nói về mô hình thứ nhất hoặc thứ hai."
    events = list(Answerer(cases).refuse("mô hình đó thế nào?", text))
    answer = check_events(cases, events)
    assert (answer.text, answer.reason) == (text, NoAnswerReason.AMBIGUOUS)
    assert events[0] == SearchFinished(dict(answer.interpretation), 0)
    assert answer.related == ()


def test_an_answer_is_the_end_of_its_stream(cases: KnowledgeBase):
    answer = Answerer(cases).answer(LIST)
    *_, last = Answerer(cases).stream(LIST)
    assert isinstance(last, AnswerFinished)
    assert (answer.text, answer.claims, answer.citations) == (
        last.answer.text,
        last.answer.claims,
        last.answer.citations,
    )


@pytest.mark.parametrize(
    ("question", "error"), [("?!", EmptyQuery), ("\u200b", EmptyQuery), ("a" * 5001, QueryTooLong)]
)
def test_errors_come_with_the_first_event(
    cases: KnowledgeBase, question: str, error: type[Exception]
):
    stream = Answerer(cases).stream(question)
    with pytest.raises(error):
        next(stream)
