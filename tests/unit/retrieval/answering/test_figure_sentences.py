"""Sentences that state the figure asked for: its unit, its kind, and what they speak of."""

import pytest

from kb.models import Document
from retrieval.answering.evidence import Need, rank_sentences
from retrieval.answering.figure_sentences import figure_sentences, without_marker
from retrieval.answering.question_types import classify
from retrieval.query import parse_query
from tests.unit.retrieval.answering.stories import EELS, article, span_of


def told(document: Document, question: str) -> list[str]:
    """Return the sentences that may answer, best first; all words of the question weigh one."""
    query = parse_query(question)
    forms = {token.text for token in query.tokens}
    need = Need(dict.fromkeys(sorted(forms), 1.0), frozenset(), 1.0)
    ask = classify(query).asks[0]
    sentences = rank_sentences(document, query, need)
    found = figure_sentences(document, ask, query, need, sentences)
    assert all(0 < item.score <= 1 for item in found)
    return [document.text[item.span.start_char : item.span.end_char] for item in found]


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Có bao nhiêu hộ nuôi lươn?", "Có 26 hộ nuôi lươn"),
        ("Mỗi hộ nuôi lươn lãi bao nhiêu?", "Mỗi hộ lãi 35 triệu đồng một năm"),
        ("Xây bể tốn bao nhiêu tiền?", "Vốn xây bể 12 triệu đồng"),
        ("Tỷ lệ lươn sống là bao nhiêu?", "Tỷ lệ lươn sống 85%"),
        ("Mỗi bể thả bao nhiêu con lươn?", "Thả 200 con lươn giống mỗi bể"),
        ("moi be tha bao nhieu con luon", "Thả 200 con lươn giống mỗi bể"),
        ("Tổ nuôi lươn lập năm nào?", "Tổ được lập năm 2021"),
    ],
)
def test_the_best_sentence_has_the_unit_and_the_subject_asked_for(question: str, sentence: str):
    assert told(EELS, question)[0] == sentence


def test_a_sentence_without_the_unit_is_none_of_them():
    assert told(EELS, "Trồng bao nhiêu cây dừa?") == []


def test_a_sum_of_the_kind_asked_for_comes_before_one_of_another_kind():
    document = article("a", "Tổ may", "Vốn của tổ may 90 triệu đồng.", "Tổ may lãi 8 triệu đồng.")
    assert told(document, "Tổ may lãi bao nhiêu?")[0] == "Tổ may lãi 8 triệu đồng."
    assert told(document, "Vốn đầu tư của tổ may hết bao nhiêu?")[0] == (
        "Vốn của tổ may 90 triệu đồng."
    )


def test_a_number_of_things_is_no_sum_of_money():
    document = article("a", "Tổ may", "Tổ may có 14 máy và nhận 90 đơn hàng.")
    assert told(document, "Tổ may lãi bao nhiêu tiền?") == []


def test_percent_wants_the_sign_or_the_words():
    document = article(
        "a", "Tổ may", "Tổ may có 14 máy.", "Giao đúng hẹn 97%.", "Nhận lại 3 phần trăm."
    )
    assert set(told(document, "Tỷ lệ giao hàng đúng hẹn là bao nhiêu?")) == {
        "Giao đúng hẹn 97%.",
        "Nhận lại 3 phần trăm.",
    }


@pytest.mark.parametrize(
    ("date", "is_date"),
    [
        ("12/05/2021", True),
        ("05/2021", True),
        ("năm 2021", True),
        ("tháng 5", True),
        ("5 ngày", False),
    ],
)
def test_a_date_is_a_day_a_month_or_a_year(date: str, is_date: bool):
    document = article("a", "Tổ may", f"Tổ may ra đời {date} trước nay.")
    assert bool(told(document, "Tổ may ra đời khi nào?")) is is_date


def test_a_year_is_no_count_where_any_figure_will_do():
    document = article("a", "Tổ may", "Tổ may ra đời năm 2021.", "Tổ may nhận 90 đơn.")
    assert told(document, "Tổ may: bao nhiêu?") == ["Tổ may nhận 90 đơn."]


def test_a_unit_may_stand_up_to_three_syllables_after_its_number():
    near = article("a", "Hội", "Hội xây 300 căn Mái ấm tình thương.")
    far = article("b", "Hội", "Hội góp 300 ngày công lao động dựng mái ấm.")
    assert told(near, "Hội xây bao nhiêu mái ấm?")
    assert told(far, "Hội xây bao nhiêu mái ấm?") == []


def test_the_whole_unit_comes_before_half_of_it():
    document = article("a", "Xã", "Xã có 9 tập san.", "Xã khen 4 tập thể.")
    assert told(document, "Xã có bao nhiêu tập thể?")[0] == "Xã khen 4 tập thể."


@pytest.mark.parametrize(
    ("question", "sentence"),
    [
        ("Xã trồng bao nhiêu ha lúa?", "Xã trồng 70 héc ta lúa."),
        ("Xã thu bao nhiêu ký thóc?", "Xã thu 900 kg thóc."),
        ("Xã có bao nhiêu nhân khẩu?", "Xã có 4.000 người."),
    ],
)
def test_other_spellings_of_a_unit_are_the_unit(question: str, sentence: str):
    document = article(
        "a", "Xã", "Xã trồng 70 héc ta lúa.", "Xã thu 900 kg thóc.", "Xã có 4.000 người."
    )
    assert told(document, question) == [sentence]


def test_the_bullet_of_a_line_is_no_figure_and_not_quoted():
    span = span_of(EELS, "2. Thả 200 con lươn giống mỗi bể")
    bare = without_marker(EELS, span)
    assert EELS.text[bare.start_char : bare.end_char] == "Thả 200 con lươn giống mỗi bể"
    document = article("a", "Tổ", "1. Nuôi lươn trong bể")
    assert told(document, "Nuôi bao nhiêu?") == []
