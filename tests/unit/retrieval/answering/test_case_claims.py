"""Claims in the words of their sources."""

import pytest

from kb.models import Document
from retrieval.answering.case_claims import label_of, tell_article, tell_case, tell_sentence
from retrieval.answering.case_sections import sections_of
from retrieval.answering.drafts import Draft
from retrieval.answering.evidence import Sentence
from retrieval.answering.question_types import QuestionType
from tests.unit.retrieval.answering.stories import EELS, article, case, span_of


def told(document: Document, wanted: QuestionType) -> Draft:
    sections = sections_of(document)
    assert sections is not None
    return tell_case(document, sections, wanted)


def test_a_case_is_named_by_title_and_province():
    assert label_of(EELS) == "Nuôi lươn không bùn (Vĩnh Long)"
    assert label_of(article("a", "Tổ may", "Tổ may có 9 chị em.")) == "Tổ may"


def test_a_listed_case_tells_who_for_whom_how_and_with_what_results():
    assert told(EELS, QuestionType.LIST).text == (
        "Nuôi lươn không bùn (Vĩnh Long). Đơn vị thực hiện: Hội Nông dân xã Hòa Lộc. "
        "Đối tượng tham gia: 26 hộ ít đất. "
        "Cách làm: Xây bể lót bạt trong sân; Thả 200 con lươn giống mỗi bể; "
        "Thay nước 2 lần mỗi ngày. "
        "Kết quả: Có 26 hộ nuôi lươn; Mỗi hộ lãi 35 triệu đồng một năm; Vốn xây bể 12 triệu đồng; "
        "Tỷ lệ lươn sống 85%; Tổ được lập năm 2021."
    )


def test_each_section_told_is_one_quote_after_the_head():
    quotes = [quote.text for quote in told(EELS, QuestionType.HOW_TO).quotes]
    assert len(quotes) == 4
    assert quotes[0].startswith("Nuôi lươn không bùn")
    assert quotes[1].startswith("1. Xây bể")
    assert quotes[2].startswith("Có 26 hộ")
    assert quotes[3] == "Cần nguồn nước sạch và một người biết kỹ thuật."


def test_how_to_keeps_the_numbers_of_the_steps_and_adds_the_conditions():
    text = told(EELS, QuestionType.HOW_TO).text
    assert (
        "Cách làm: 1. Xây bể lót bạt trong sân. 2. Thả 200 con lươn giống mỗi bể. "
        "3. Thay nước 2 lần mỗi ngày." in text
    )
    assert text.endswith("Điều kiện nhân rộng: Cần nguồn nước sạch và một người biết kỹ thuật.")


def test_a_single_step_needs_no_number():
    one = case("a", "Tổ may", "Cà Mau", steps=["Nhận hàng về nhà may"], results=["Có 9 chị em"])
    assert "Cách làm: Nhận hàng về nhà may." in told(one, QuestionType.HOW_TO).text


@pytest.mark.parametrize(
    ("wanted", "is_told"), [(QuestionType.DEFINITION, True), (QuestionType.LIST, False)]
)
def test_the_problem_and_the_time_belong_to_a_definition(wanted: QuestionType, is_told: bool):
    text = told(EELS, wanted).text
    assert ("Thực trạng: Đất vườn hẹp" in text) is is_told
    assert ("Thời gian: 2021-2023" in text) is is_told


def test_a_sentence_of_a_case_is_told_after_its_name_and_rests_on_both():
    draft = tell_sentence(EELS, span_of(EELS, "- Có 26 hộ nuôi lươn"))
    assert draft.text == "Nuôi lươn không bùn (Vĩnh Long): Có 26 hộ nuôi lươn"
    head, sentence = draft.quotes
    assert head.text == "Nuôi lươn không bùn\n\nĐịa bàn: Hòa Lộc, Tam Bình, Vĩnh Long"
    assert sentence.text == "Có 26 hộ nuôi lươn"


def test_a_sentence_of_an_article_stands_for_itself():
    document = article("a", "Tổ may", "Tổ may có 9 chị em.")
    draft = tell_sentence(document, span_of(document, "Tổ may có 9 chị em."))
    assert draft.text == "Tổ may có 9 chị em."
    assert [quote.text for quote in draft.quotes] == ["Tổ may có 9 chị em."]


LONG = (
    "Tổ may nhận hàng của xưởng về làm tại nhà.",
    "Mỗi tháng xưởng giao hàng và trả công một lần.",
    "Chị em ở xa được chở hàng tới tận nơi ở của mình.",
    "Hội phụ nữ đứng ra bảo lãnh với xưởng từ đầu năm.",
)


def scored(document: Document, scores: dict[str, float]) -> list[Sentence]:
    sentences = [Sentence(span_of(document, text), score, score) for text, score in scores.items()]
    return sorted(sentences, key=lambda item: -item.score)


def told_article(document: Document, sentences: list[Sentence]) -> Draft:
    draft = tell_article(document, sentences)
    assert draft is not None
    return draft


def test_an_article_without_a_sentence_to_quote_is_not_told():
    assert tell_article(article("a", "Tổ may"), []) is None


def test_an_article_is_told_by_its_best_sentences_in_the_order_of_the_text():
    document = article("a", "Tổ may ấp Ba", *LONG)
    sentences = scored(document, {LONG[2]: 0.9, LONG[0]: 0.8, LONG[1]: 0.2, LONG[3]: 0.1})
    draft = told_article(document, sentences)
    assert draft.text == f"{LONG[0]} {LONG[2]}"
    assert [quote.text for quote in draft.quotes] == [LONG[0], LONG[2]]


def test_an_article_is_told_by_three_sentences_at_most():
    document = article("a", "Tổ may ấp Ba", *LONG)
    draft = told_article(document, scored(document, dict.fromkeys(LONG, 0.7)))
    assert [quote.text for quote in draft.quotes] == list(LONG[:3])


def test_neither_the_title_nor_a_scrap_tells_an_article():
    title = "Tổ may ấp Ba nhận hàng về nhà cho chị em làm"
    document = article("a", title, "Ấp Ba.", LONG[1])
    sentences = scored(document, {title: 0.9, "Ấp Ba.": 0.9, LONG[1]: 0.3})
    assert [quote.text for quote in told_article(document, sentences).quotes] == [LONG[1]]


def test_an_article_of_nothing_but_scraps_is_still_told():
    document = article("a", "Tổ may", "Có 9 chị em.")
    draft = told_article(document, scored(document, {"Có 9 chị em.": 0.5}))
    assert draft.text == "Có 9 chị em."
