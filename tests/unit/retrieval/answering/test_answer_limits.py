"""Answers that must not be given, or must not be one-sided."""

import pytest

from kb.knowledge_base import KnowledgeBase
from kb.models import NoAnswerReason
from retrieval.answering.answerer import Answerer
from retrieval.answering.question_types import predicate_of
from retrieval.answering.scope import required_words
from retrieval.query import parse_query


@pytest.mark.parametrize("greeting", ["Xin chào", "cảm ơn bạn nhiều", "chào anh"])
def test_a_greeting_is_no_question(cases: KnowledgeBase, greeting: str):
    answer = Answerer(cases).answer(greeting)
    assert (answer.status, answer.reason) == ("no_answer", NoAnswerReason.OUT_OF_DOMAIN)


def test_a_case_asked_for_by_name_at_another_place_is_not_told_as_a_case_there(
    cases: KnowledgeBase,
):
    answer = Answerer(cases).answer("Cách làm mô hình Trồng cam sành ở Cà Mau")
    assert (answer.status, answer.reason) == ("no_answer", NoAnswerReason.WRONG_PLACE)
    assert Answerer(cases).answer("Cách làm mô hình Trồng cam sành ở Hà Giang").status == "answered"


def test_of_two_provinces_each_is_told(cases: KnowledgeBase):
    answer = Answerer(cases).answer("So sánh mô hình ở Cà Mau và Hà Giang")
    cited = {citation.document_id for citation in answer.citations}
    assert {"trong-mau-ca-mau", "cam-sanh-ha-giang"} <= cited
    assert answer.status == "answered"


def test_another_year_s_figure_is_not_given(cases: KnowledgeBase):
    asked = "Năm {} đưa màu xuống ruộng có bao nhiêu hộ làm theo?"
    assert Answerer(cases).answer(asked.format(2015)).status == "no_answer"
    assert Answerer(cases).answer(asked.format(2021)).status == "answered"


def test_the_predicate_of_a_yes_or_no_question_stands_between_its_words():
    asked = parse_query("Mô hình Đan lục bình có tăng thu nhập không?")
    assert predicate_of(asked) == {"tăng", "thu", "nhập"}


def test_a_superlative_over_the_country_must_stand_in_a_source():
    assert required_words(parse_query("Tỉnh nào có nhiều mô hình nhất nước?")) == (
        "nhieu mo hinh nhat nuoc"
    )
    assert required_words(parse_query("mô hình hiệu quả nhất ở Cà Mau")) is None
