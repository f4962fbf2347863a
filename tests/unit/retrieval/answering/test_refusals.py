"""What is said where there is no answer."""

import re

import pytest

from kb.models import NoAnswerReason
from retrieval.answering.refusals import refusal_text
from retrieval.query import parse_query


@pytest.mark.parametrize("reason", list(NoAnswerReason))
def test_every_reason_has_a_text_that_claims_no_figure(reason: NoAnswerReason):
    text = refusal_text(reason, parse_query("tổ may"), has_related=False)
    assert text.endswith(".")
    assert "{" not in text
    assert not re.search(r"[1-9]", text)


def test_the_reasons_are_told_apart():
    query = parse_query("tổ may")
    texts = {refusal_text(reason, query, has_related=False) for reason in NoAnswerReason}
    assert len(texts) == len(list(NoAnswerReason))


def test_the_nearest_cases_are_announced_only_where_some_are_shown():
    query = parse_query("tổ may")
    alone = refusal_text(NoAnswerReason.NO_EVIDENCE, query, has_related=False)
    announced = "Dưới đây là các mô hình gần nhất, không phải câu trả lời."
    assert announced not in alone
    shown = refusal_text(NoAnswerReason.NO_EVIDENCE, query, has_related=True)
    assert shown == f"{alone} {announced}"


@pytest.mark.parametrize(
    ("question", "place"),
    [
        ("tổ may ở Hà Giang", "ở Hà Giang."),
        ("tổ may ở Hà Giang và Cà Mau", "ở Hà Giang và Cà Mau."),
        ("tổ may ở huyện Cái Nước", "ở Cái Nước."),
        ("tổ may ở huyện Châu Thành", "ở địa bàn được hỏi."),
    ],
)
def test_a_wrong_place_is_named(question: str, place: str):
    text = refusal_text(NoAnswerReason.WRONG_PLACE, parse_query(question), has_related=False)
    assert place in text


def test_an_empty_knowledge_base_and_an_unclear_question_come_with_a_remedy():
    query = parse_query("tổ may")
    empty, unclear = (
        refusal_text(reason, query, has_related=False)
        for reason in (NoAnswerReason.EMPTY_KNOWLEDGE_BASE, NoAnswerReason.AMBIGUOUS)
    )
    assert "kb ingest" in empty
    assert "Hãy nêu tên" in unclear
