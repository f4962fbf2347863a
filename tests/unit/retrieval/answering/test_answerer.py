"""Extractive answers over a small knowledge base, by type of question."""

import pytest

from kb.knowledge_base import KnowledgeBase
from kb.models import Answer, NoAnswerReason
from retrieval.answering.answerer import Answerer
from retrieval.query import Parts, parse_filters
from tests.data.answer_invariants import check_answer, check_events


def _ask(kb: KnowledgeBase, question: str) -> Answer:
    return check_events(kb, list(Answerer(kb).stream(question)))


def test_a_figure_question_gets_the_line_with_the_unit_asked_for(cases: KnowledgeBase):
    answer = _ask(cases, "Đưa màu xuống ruộng có bao nhiêu hộ làm theo?")
    assert answer.status == "answered"
    assert answer.claims[0].text == "Đưa màu xuống ruộng (Cà Mau): Có 12 hộ làm theo"
    assert answer.citations[-1].quote == "Có 12 hộ làm theo"


def test_a_money_question_gets_the_sum(cases: KnowledgeBase):
    answer = _ask(cases, "nuôi cua trong vuông tôm lãi bao nhiêu")
    assert "70 triệu đồng" in answer.claims[0].text


def test_a_figure_that_the_right_case_does_not_give_is_refused(cases: KnowledgeBase):
    answer = _ask(cases, "Xã trồng cam sành ở Hà Giang lãi bao nhiêu?")
    assert answer.status == "no_answer"
    assert answer.reason == NoAnswerReason.FIGURE_NOT_GIVEN
    assert answer.citations == ()
    assert answer.related[0].document.document_id == "cam-sanh-ha-giang"


def test_another_place_s_case_is_never_given_as_this_place_s(cases: KnowledgeBase):
    answer = _ask(cases, "nuôi cua trong vuông tôm ở Hà Giang lãi bao nhiêu")
    assert answer.status == "no_answer"
    assert answer.reason == NoAnswerReason.WRONG_PLACE
    assert "Hà Giang" in answer.text


def test_another_place_s_figure_is_refused_even_with_places_switched_off(cases: KnowledgeBase):
    question = "Ở Hà Giang đưa màu xuống ruộng có bao nhiêu hộ làm theo?"
    answer = Answerer(cases).answer(question, parts=Parts.without(["all"]))
    assert (answer.status, answer.reason) == ("no_answer", NoAnswerReason.WRONG_PLACE)


@pytest.mark.parametrize(
    ("place", "status"),
    [
        ("Cà Mau", "answered"),
        # The case is known by its province alone, and its figure need not be this district's.
        ("huyện Cái Nước", "no_answer"),
        ("Tây Nguyên", "no_answer"),
        ("huyện Đức Cơ", "no_answer"),
    ],
)
def test_a_district_or_region_alone_is_a_place_too(cases: KnowledgeBase, place: str, status: str):
    answer = Answerer(cases).answer(f"Đưa màu xuống ruộng ở {place} có bao nhiêu hộ làm theo?")
    assert answer.status == status
    if status == "no_answer":
        assert answer.reason == NoAnswerReason.WRONG_PLACE
        assert place.removeprefix("huyện ") in answer.text


@pytest.mark.parametrize(
    ("question", "provinces"),
    [
        ("mô hình ở Hà Giang", {"Hà Giang"}),
        ("Cà Mau có những mô hình nào?", {"Cà Mau", "Bạc Liêu"}),
    ],
)
def test_a_question_of_nothing_but_a_place_lists_the_cases_there(
    cases: KnowledgeBase, question: str, provinces: set[str]
):
    answer = Answerer(cases).answer(question)
    documents = {citation.document_id for citation in answer.citations}
    assert documents
    assert {cases.store.get_document(key).province for key in documents} <= provinces


def test_a_district_of_which_no_case_is_known_is_refused_with_cases_near_it(cases: KnowledgeBase):
    answer = _ask(cases, "huyện Mèo Vạc có mô hình gì")
    assert (answer.status, answer.reason) == ("no_answer", NoAnswerReason.WRONG_PLACE)
    assert "Mèo Vạc" in answer.text
    assert "cam-sanh-ha-giang" in {hit.document.document_id for hit in answer.related}


def test_what_no_case_is_about_is_refused(cases: KnowledgeBase):
    answer = _ask(cases, "năng lượng hạt nhân")
    assert answer.status == "no_answer"
    assert answer.reason == NoAnswerReason.NO_EVIDENCE
    assert answer.claims == ()


def test_a_how_to_question_gets_the_steps_in_order(cases: KnowledgeBase):
    answer = _ask(cases, "Đưa màu xuống ruộng thì làm thế nào?")
    assert "1. Chọn giống rau màu. 2. Trồng trên chân ruộng." in answer.claims[0].text


def test_today_s_name_of_a_province_answers_with_cases_of_its_parts(cases: KnowledgeBase):
    answer = _ask(cases, "mô hình nuôi cua trong vuông tôm ở Cà Mau")
    assert answer.status == "answered"
    assert "Nuôi cua trong vuông tôm (Bạc Liêu)" in answer.claims[0].text


def test_markers_of_the_text_are_those_of_the_citations(cases: KnowledgeBase):
    answer = _ask(cases, "mô hình đưa màu xuống ruộng")
    for citation in answer.citations:
        assert f"[{citation.marker}]" in answer.text


def test_an_empty_knowledge_base_says_how_to_fill_it(kb: KnowledgeBase):
    answer = Answerer(kb).answer("mô hình giảm nghèo")
    assert answer.status == "no_answer"
    assert answer.reason == NoAnswerReason.EMPTY_KNOWLEDGE_BASE
    assert "kb ingest" in answer.text


@pytest.mark.parametrize("question", ["a", "là và của", "CÀ MAU", "中文", "x" * 5000, "5"])
def test_odd_questions_end_in_an_answer_or_a_typed_refusal(cases: KnowledgeBase, question: str):
    answer = _ask(cases, question)
    assert answer.status in {"answered", "partial", "no_answer"}
    assert (answer.reason is None) == bool(answer.claims)


def test_what_refers_to_nothing_is_unclear(cases: KnowledgeBase):
    answer = _ask(cases, "mô hình đó làm thế nào?")
    assert (answer.status, answer.reason) == ("no_answer", NoAnswerReason.AMBIGUOUS)


def test_cases_side_by_side_have_a_row_each(cases: KnowledgeBase):
    answer = _ask(cases, "Cà Mau có những mô hình nào?")
    assert {row.document_id for row in answer.rows} == {"trong-mau-ca-mau", "nuoi-cua-bac-lieu"}
    assert {row.case.text for row in answer.rows} == {
        "Đưa màu xuống ruộng",
        "Nuôi cua trong vuông tôm",
    }


def test_a_single_case_and_a_figure_need_no_rows(cases: KnowledgeBase):
    assert _ask(cases, "mô hình trồng cam sành ở Hà Giang").rows == ()
    assert _ask(cases, "Đưa màu xuống ruộng có bao nhiêu hộ làm theo?").rows == ()


def test_documents_asked_about_answer_alone_and_are_not_doubted(cases: KnowledgeBase):
    answer = Answerer(cases).answer("Có bao nhiêu hộ?", document_ids=["cam-sanh-ha-giang"])
    check_answer(cases, answer)
    assert answer.claims[0].text == "Trồng cam sành (Hà Giang): Cả xã có 300 hộ trồng cam"
    assert {item.document_id for item in answer.citations} == {"cam-sanh-ha-giang"}


def test_a_document_that_the_search_does_not_find_can_be_asked_about(cases: KnowledgeBase):
    answer = Answerer(cases).answer("zzz bao nhiêu triệu?", document_ids=["nuoi-cua-bac-lieu"])
    check_answer(cases, answer)
    assert "70 triệu đồng" in answer.text


def test_documents_that_are_gone_are_no_evidence(cases: KnowledgeBase):
    answer = Answerer(cases).answer("Có bao nhiêu hộ?", document_ids=["khong-co"])
    check_answer(cases, answer)
    assert (answer.status, answer.reason) == ("no_answer", NoAnswerReason.NO_EVIDENCE)


def test_documents_left_out_are_neither_quoted_nor_related(cases: KnowledgeBase):
    answer = Answerer(cases).answer(
        "Cà Mau có những mô hình nào?", excluded_ids=["trong-mau-ca-mau"]
    )
    check_answer(cases, answer)
    assert {item.document_id for item in answer.citations} == {"nuoi-cua-bac-lieu"}
    assert "trong-mau-ca-mau" not in {hit.document.document_id for hit in answer.related}


def test_filters_bind(cases: KnowledgeBase):
    answer = Answerer(cases).answer("trồng nuôi", filters=parse_filters(province="Hà Giang"))
    shown = {item.document_id for item in answer.citations}
    shown |= {hit.document.document_id for hit in answer.related}
    assert shown == {"cam-sanh-ha-giang"}


def test_what_was_understood_names_the_kind_of_question(cases: KnowledgeBase):
    answer = _ask(cases, "Đưa màu xuống ruộng có bao nhiêu hộ làm theo?")
    assert answer.interpretation["question_type"] == "figure"
    assert set(answer.timings_ms) >= {"search", "answer", "total"}
