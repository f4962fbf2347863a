"""Which documents are quoted, with which sentences, or why none is."""

from dataclasses import replace

import pytest

from kb.knowledge_base import KnowledgeBase
from kb.models import Document, NoAnswerReason
from retrieval.answering.planning import Plan, make_plan
from retrieval.answering.question_types import QuestionType, classify
from retrieval.candidates import Found
from retrieval.query import parse_query
from tests.unit.retrieval.answering.stories import (
    EELS,
    EELS_ELSEWHERE,
    MENDERS,
    article,
    case,
    found,
)
from tests.unit.retrieval.conftest import Fill


@pytest.fixture
def stories(kb: KnowledgeBase, fill: Fill) -> KnowledgeBase:
    fill(kb, EELS, EELS_ELSEWHERE, MENDERS)
    return kb


def plan_of(
    kb: KnowledgeBase, question: str, *documents: Document | Found, is_settled: bool = False
) -> Plan:
    query = parse_query(question)
    items = [item if isinstance(item, Found) else found(item) for item in documents]
    return make_plan(kb, query, classify(query), items, is_settled=is_settled)


def texts(plan: Plan) -> list[str]:
    return [draft.text for draft in plan.drafts]


def quoted(plan: Plan) -> list[str]:
    return [item.document.document_id for item in plan.evidence]


def test_without_documents_an_empty_base_is_told_from_one_without_evidence(
    kb: KnowledgeBase, fill: Fill
):
    assert plan_of(kb, "nuôi lươn").reason is NoAnswerReason.EMPTY_KNOWLEDGE_BASE
    fill(kb, EELS)
    assert plan_of(kb, "nuôi ếch").reason is NoAnswerReason.NO_EVIDENCE


def test_a_list_tells_the_cases_in_search_order(stories: KnowledgeBase):
    plan = plan_of(stories, "mô hình nuôi lươn", EELS_ELSEWHERE, EELS)
    assert plan.reason is None
    assert quoted(plan) == ["nuoi-luon-hau-giang", "nuoi-luon-vinh-long"]
    assert [text.split(" (")[0] for text in texts(plan)] == [
        "Nuôi lươn không bùn trong nhà lưới",
        "Nuôi lươn không bùn",
    ]


def test_what_is_about_something_else_is_not_quoted(stories: KnowledgeBase):
    plan = plan_of(stories, "mô hình nuôi lươn", EELS, MENDERS)
    assert quoted(plan) == ["nuoi-luon-vinh-long"]
    assert plan_of(stories, "mô hình nuôi lươn", MENDERS).reason is NoAnswerReason.NO_EVIDENCE


def test_a_case_far_below_the_best_is_no_answer(stories: KnowledgeBase):
    far = found(EELS_ELSEWHERE, 0.7)
    assert quoted(plan_of(stories, "nuôi lươn", found(EELS, 0.9), far)) == ["nuoi-luon-vinh-long"]
    far = found(EELS_ELSEWHERE, 0.9, late=0.3)
    assert quoted(plan_of(stories, "nuôi lươn", EELS, far)) == ["nuoi-luon-vinh-long"]


def test_of_weak_evidence_only_the_best_is_quoted(stories: KnowledgeBase):
    # Both hold somewhat more than the least share of the words, none holds nearly all.
    question = "nuôi lươn không bùn bán theo vụ"
    plan = plan_of(stories, question, EELS, EELS_ELSEWHERE)
    margins = [item.support.margin for item in plan.evidence]
    assert len(margins) == 1
    assert 0 <= margins[0] < 1


def test_an_article_is_quoted_only_ahead_of_every_case(stories: KnowledgeBase):
    movement = article("phong-trao", "Nghề lươn", "Cả tỉnh có nhiều hộ nuôi lươn trong bể lót bạt.")
    behind = plan_of(stories, "nuôi lươn", found(EELS, 0.9), found(movement, 0.85))
    assert quoted(behind) == ["nuoi-luon-vinh-long"]
    ahead = plan_of(stories, "nuôi lươn", found(movement, 0.95), found(EELS, 0.9))
    assert set(quoted(ahead)) == {"nuoi-luon-vinh-long", "phong-trao"}


def test_a_definition_is_of_one_case(stories: KnowledgeBase):
    plan = plan_of(stories, "Nuôi lươn không bùn là gì?", EELS, EELS_ELSEWHERE)
    assert len(plan.drafts) == 1
    assert "Thực trạng: Đất vườn hẹp" in texts(plan)[0]


def test_yes_or_no_is_answered_by_a_sentence_and_not_by_the_head(stories: KnowledgeBase):
    plan = plan_of(stories, "Có phải nuôi lươn có 26 hộ không?", EELS)
    assert texts(plan) == ["Nuôi lươn không bùn (Vĩnh Long): Có 26 hộ nuôi lươn"]


def test_a_question_of_nothing_but_a_place_wants_the_cases_there(stories: KnowledgeBase):
    plan = plan_of(stories, "mô hình ở huyện Tam Bình", EELS, EELS_ELSEWHERE)
    assert plan.wanted.type is QuestionType.PLACE
    assert quoted(plan) == ["nuoi-luon-vinh-long"]


def test_another_place_s_case_is_refused_as_such(stories: KnowledgeBase):
    plan = plan_of(stories, "nuôi lươn ở Cà Mau lãi bao nhiêu", EELS, EELS_ELSEWHERE)
    assert (plan.reason, plan.drafts) == (NoAnswerReason.WRONG_PLACE, ())


def test_documents_that_are_settled_are_not_doubted(stories: KnowledgeBase):
    plan = plan_of(stories, "ở Cà Mau lãi bao nhiêu", EELS, is_settled=True)
    assert texts(plan) == ["Nuôi lươn không bùn (Vĩnh Long): Mỗi hộ lãi 35 triệu đồng một năm"]


def test_equal_words_of_two_documents_are_said_once_with_both_quotes(kb: KnowledgeBase, fill: Fill):
    sentence = "Tổ may ấp Ba nhận hàng của xưởng về làm ngay tại nhà."
    first, second = (article(key, f"Bài {key}", sentence) for key in ("a", "b"))
    fill(kb, first, second)
    plan = plan_of(kb, "tổ may nhận hàng làm tại nhà", first, second)
    assert texts(plan) == [sentence]
    assert plan.drafts[0].document_ids == ("a", "b")


HOMONYMS = tuple(
    case(
        f"to-may-{number}",
        "Tổ may gia công",
        province,
        district="Châu Thành",
        steps=["Nhận hàng về may"],
        results=[f"Tổ may có {number} chị em"],
    )
    for number, province in ((9, "Tiền Giang"), (17, "Sóc Trăng"))
)


def test_a_figure_of_one_of_several_places_of_a_name_is_refused(kb: KnowledgeBase, fill: Fill):
    fill(kb, *HOMONYMS)
    question = "Tổ may ở huyện Châu Thành có bao nhiêu chị em?"
    plan = plan_of(kb, question, *HOMONYMS)
    assert (plan.reason, plan.drafts) == (NoAnswerReason.AMBIGUOUS, ())
    assert texts(plan_of(kb, question, HOMONYMS[0])) == [
        "Tổ may gia công (Tiền Giang): Tổ may có 9 chị em"
    ]


def test_the_province_settles_which_of_them_is_meant(kb: KnowledgeBase, fill: Fill):
    fill(kb, *HOMONYMS)
    question = "Tổ may ở huyện Châu Thành, Sóc Trăng có bao nhiêu chị em?"
    plan = plan_of(kb, question, *HOMONYMS)
    assert texts(plan) == ["Tổ may gia công (Sóc Trăng): Tổ may có 17 chị em"]


def test_a_list_may_be_of_several_places_of_one_name(kb: KnowledgeBase, fill: Fill):
    fill(kb, *HOMONYMS)
    for question in ("mô hình tổ may ở huyện Châu Thành", "huyện Châu Thành có mô hình nào?"):
        plan = plan_of(kb, question, *HOMONYMS)
        assert set(quoted(plan)) == {"to-may-9", "to-may-17"}


def test_a_figure_comes_with_the_name_of_its_case(stories: KnowledgeBase):
    plan = plan_of(stories, "Nuôi lươn ở Vĩnh Long có bao nhiêu hộ?", EELS, EELS_ELSEWHERE)
    assert texts(plan) == ["Nuôi lươn không bùn (Vĩnh Long): Có 26 hộ nuôi lươn"]


def test_figures_of_different_cases_are_not_mixed(stories: KnowledgeBase):
    # Only the first case tells how many eels go into a tank; both tell the gain.
    question = "Nuôi lươn mỗi bể thả bao nhiêu con, mỗi hộ lãi bao nhiêu tiền?"
    plan = plan_of(stories, question, EELS_ELSEWHERE, EELS, is_settled=True)
    assert quoted(plan) == ["nuoi-luon-vinh-long"]
    assert texts(plan) == [
        "Nuôi lươn không bùn (Vĩnh Long): Thả 200 con lươn giống mỗi bể",
        "Nuôi lươn không bùn (Vĩnh Long): Mỗi hộ lãi 35 triệu đồng một năm",
    ]
    assert plan.unanswered == ()


def test_a_part_that_no_source_states_is_told_as_unanswered(stories: KnowledgeBase):
    question = "Nuôi lươn không bùn có bao nhiêu hộ, bao nhiêu vụ?"
    plan = plan_of(stories, question, EELS)
    assert texts(plan) == ["Nuôi lươn không bùn (Vĩnh Long): Có 26 hộ nuôi lươn"]
    assert [ask.unit for ask in plan.unanswered] == ["vụ"]


def test_a_figure_that_the_right_case_does_not_give_is_refused(stories: KnowledgeBase):
    plan = plan_of(stories, "Nuôi lươn không bùn có bao nhiêu vụ?", EELS)
    assert (plan.reason, plan.drafts) == (NoAnswerReason.FIGURE_NOT_GIVEN, ())


def test_passages_are_the_quotes_each_once_and_by_document(stories: KnowledgeBase):
    question = "Nuôi lươn mỗi bể thả bao nhiêu con, mỗi hộ lãi bao nhiêu tiền?"
    passages = plan_of(stories, question, EELS).passages
    assert [passage.text for passage in passages] == [
        "Nuôi lươn không bùn\n\nĐịa bàn: Hòa Lộc, Tam Bình, Vĩnh Long",
        "Thả 200 con lươn giống mỗi bể",
        "Mỗi hộ lãi 35 triệu đồng một năm",
    ]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Viết bài thơ về nuôi lươn", NoAnswerReason.OUT_OF_DOMAIN),
        ("Những xã nào chưa làm mô hình nuôi lươn?", NoAnswerReason.NO_EVIDENCE),
        (
            "Nơi nào nuôi lươn không bùn trong bể lót bạt nhiều nhất cả nước?",
            NoAnswerReason.FIGURE_NOT_GIVEN,
        ),
        ("12 + 26 = ?", NoAnswerReason.AMBIGUOUS),
        ("m", NoAnswerReason.AMBIGUOUS),
    ],
)
def test_what_no_case_can_answer_is_refused_whatever_was_found(
    stories: KnowledgeBase, question: str, reason: NoAnswerReason
):
    plan = plan_of(stories, question, EELS, EELS_ELSEWHERE)
    assert (plan.reason, plan.drafts) == (reason, ())


def test_a_case_that_is_told_twice_in_the_same_words_is_one_claim(stories: KnowledgeBase):
    twin = replace(EELS, document_id="ban-sao", origin="/cases/ban-sao.md")
    plan = plan_of(stories, "mô hình nuôi lươn", EELS, twin)
    assert len(plan.drafts) == 1
    assert set(plan.drafts[0].document_ids) == {"nuoi-luon-vinh-long", "ban-sao"}
