"""From follow-up questions to questions that can be understood alone."""

import json
from pathlib import Path

import pytest

from kb.models import Filters
from retrieval.conversation.history import AnsweredCase, Exchange
from retrieval.conversation.references import ReferenceKind, refers_back
from retrieval.conversation.rewriting import rewrite

TOPICS = Path(__file__).parents[4] / "eval" / "topics"

RICE = AnsweredCase(("mau",), "Đưa màu xuống ruộng", "Cà Mau")
CRAB = AnsweredCase(("cua", "cua-dang-lai"), "Nuôi cua trong vuông tôm", "Cà Mau")
WASTE = AnsweredCase(("rac",), "Tổ thu gom “5 không”", "Bạc Liêu")


def _asked(text: str, *cases: AnsweredCase, **rest) -> Exchange:
    return Exchange(text, text, text, cases, **rest)


LIST = _asked("mô hình giảm nghèo ở Cà Mau", RICE, CRAB, WASTE)
HELD = _asked("“Nuôi cua trong vuông tôm” (Cà Mau) làm thế nào?", CRAB, is_held=True)


@pytest.mark.parametrize("name", ["casebook-dev", "refusal-dev"])
def test_a_question_with_a_subject_is_left_alone_after_any_other(name: str):
    lines = (TOPICS / name / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    for row in map(json.loads, lines):
        if row["metadata"]["answerable"]:
            for history in ([LIST], [LIST, HELD], [_asked("nuôi cua")]):
                rewriting = rewrite(row["text"], history)
                assert rewriting.text == row["text"]
                assert not rewriting.is_follow_up
                assert rewriting.document_ids == ()
                assert rewriting.filters is None


@pytest.mark.parametrize(
    "text", ["còn ở Bạc Liêu thì sao?", "mô hình thứ hai làm thế nào?", "ai làm?", "mô hình đó?"]
)
def test_without_a_conversation_nothing_is_put_in(text: str):
    assert rewrite(text, []).text == text
    assert not rewrite(text, []).is_follow_up


@pytest.mark.parametrize(
    ("typed", "understood", "change"),
    [
        ("còn ở Bạc Liêu thì sao?", "mô hình giảm nghèo ở Bạc Liêu", "địa bàn: Cà Mau → Bạc Liêu"),
        ("con o bac lieu thi sao", "mô hình giảm nghèo ở Bạc Liêu", "địa bàn: Cà Mau → Bạc Liêu"),
        (
            "vậy tỉnh Sóc Trăng?",
            "mô hình giảm nghèo ở tỉnh Sóc Trăng",
            "địa bàn: Cà Mau → tỉnh Sóc Trăng",
        ),
        ("còn năm 2023?", "mô hình giảm nghèo ở Cà Mau năm 2023", "thêm năm: 2023"),
        ("còn về môi trường thì sao?", "môi trường ở Cà Mau", "nội dung: môi trường"),
        (
            "còn nơi nào nữa không?",
            "mô hình giảm nghèo ở Cà Mau",
            "hỏi tiếp câu: “mô hình giảm nghèo ở Cà Mau”",
        ),
        (
            "bao nhiêu hộ tham gia?",
            "mô hình giảm nghèo ở Cà Mau: bao nhiêu hộ tham gia?",
            "hỏi tiếp về: mô hình giảm nghèo ở Cà Mau",
        ),
    ],
)
@pytest.mark.parametrize("history", [[LIST], [LIST, HELD]])
def test_the_last_question_with_a_subject_is_asked_anew(
    typed: str, understood: str, change: str, history: list[Exchange]
):
    if typed.startswith("bao nhiêu") and len(history) > 1:
        understood = "“Nuôi cua trong vuông tôm” (Cà Mau): bao nhiêu hộ tham gia?"
        change = "hỏi tiếp về “Nuôi cua trong vuông tôm” (Cà Mau)"
    rewriting = rewrite(typed, history)
    assert rewriting.text == understood
    assert rewriting.changes[0] == change
    assert not refers_back(rewriting.text)


def test_more_tells_what_was_cited_for_the_same_question():
    again = _asked(LIST.reading, AnsweredCase(("khac",), "Khác"), kind=ReferenceKind.MORE)
    rewriting = rewrite("thêm mô hình khác", [_asked("nuôi dê", CRAB), LIST, HELD, again])
    assert rewriting.seen_ids == ("mau", "cua", "cua-dang-lai", "rac", "khac")


def test_more_elsewhere_drops_the_place_and_its_filter():
    asked = _asked("mô hình giảm nghèo ở Cà Mau", RICE, filters=Filters(province="Cà Mau"))
    rewriting = rewrite("còn tỉnh nào khác không?", [asked])
    assert rewriting.text == "mô hình giảm nghèo"
    assert rewriting.changes[1] == "bỏ địa bàn: Cà Mau"
    assert rewriting.filters == Filters()
    assert rewriting.seen_ids == ("mau",)
    only_place = _asked("mô hình ở Cà Mau", RICE)
    assert rewrite("còn tỉnh nào khác không?", [only_place]).text == "mô hình ở Cà Mau"
    assert rewrite("còn nơi nào nữa không?", [asked]).text == "mô hình giảm nghèo ở Cà Mau"


def test_more_after_a_question_of_detail_is_more_of_the_subject():
    detail = _asked("mô hình giảm nghèo ở Cà Mau: ai làm?", RICE, kind=ReferenceKind.ELLIPSIS)
    assert rewrite("còn nơi nào nữa không?", [LIST, detail]).text == LIST.reading


@pytest.mark.parametrize(
    ("typed", "understood", "documents"),
    [
        (
            "mô hình thứ hai làm thế nào?",
            "“Nuôi cua trong vuông tôm” (Cà Mau) làm thế nào?",
            ("cua", "cua-dang-lai"),
        ),
        ("Cái đầu tiên do ai làm", "“Đưa màu xuống ruộng” (Cà Mau) do ai làm", ("mau",)),
        ("mo hinh cuoi cung o dau", "Tổ thu gom “5 không” (Bạc Liêu) o dau", ("rac",)),
        (
            "so sánh hai mô hình đầu",
            "so sánh “Đưa màu xuống ruộng” (Cà Mau) và “Nuôi cua trong vuông tôm” (Cà Mau)",
            ("mau", "cua", "cua-dang-lai"),
        ),
    ],
)
@pytest.mark.parametrize("history", [[LIST], [LIST, HELD]])
def test_a_counted_case_is_named_and_its_documents_are_told(
    typed: str, understood: str, documents: tuple[str, ...], history: list[Exchange]
):
    rewriting = rewrite(typed, history)
    assert (rewriting.text, rewriting.document_ids) == (understood, documents)
    assert not refers_back(rewriting.text)


def test_a_list_beside_a_refusal_can_be_counted_too():
    refused = _asked("nuôi chồn ở Hà Giang", nearest=(CRAB, RICE))
    assert rewrite("cái thứ hai thì sao?", [LIST, refused]).document_ids == ("mau",)


def test_a_new_list_is_the_one_that_is_counted():
    other = _asked("thu gom rác ở Bạc Liêu", WASTE, RICE)
    assert rewrite("mô hình thứ nhất ở đâu?", [LIST, other]).document_ids == ("rac",)


def test_a_list_that_is_forgotten_leaves_the_case_that_was_spoken_of():
    assert rewrite("mô hình thứ nhất ở đâu?", [HELD]).document_ids == CRAB.document_ids
    assert rewrite("mô hình thứ hai ở đâu?", [HELD]).unclear


def test_a_case_that_is_not_there_is_unclear_and_the_choices_are_told():
    rewriting = rewrite("mô hình thứ năm làm thế nào?", [LIST])
    assert rewriting.unclear == "Câu trả lời trước chỉ có 3 mô hình, không có “mô hình thứ năm”."
    assert rewriting.choices == (RICE, CRAB, WASTE)
    assert rewriting.document_ids == ()
    empty = rewrite("mô hình thứ năm làm thế nào?", [_asked("nuôi chồn")])
    assert "không nêu mô hình nào" in empty.unclear


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("mô hình đó tốn bao nhiêu?", "“Nuôi cua trong vuông tôm” (Cà Mau) tốn bao nhiêu?"),
        ("nó có hiệu quả không?", "“Nuôi cua trong vuông tôm” (Cà Mau) có hiệu quả không?"),
        ("họ làm thế nào?", "“Nuôi cua trong vuông tôm” (Cà Mau) làm thế nào?"),
        ("Ông ấy là ai?", "“Nuôi cua trong vuông tôm” (Cà Mau) là ai?"),
        ("ở đó bao nhiêu hộ tham gia?", "“Nuôi cua trong vuông tôm” (Cà Mau): bao nhiêu hộ"),
        ("kết quả ra sao?", "“Nuôi cua trong vuông tôm” (Cà Mau): kết quả ra sao?"),
    ],
)
@pytest.mark.parametrize(
    "history",
    [
        [LIST, HELD],
        [_asked("nuôi cua lãi bao nhiêu?", CRAB)],
        [_asked("Nuôi cua trong vuông tôm lãi bao nhiêu?", RICE, CRAB)],
    ],
)
def test_one_case_is_what_is_pointed_at(typed: str, understood: str, history: list[Exchange]):
    rewriting = rewrite(typed, history)
    assert rewriting.text.startswith(understood)
    assert rewriting.document_ids == CRAB.document_ids
    assert not refers_back(rewriting.text)


@pytest.mark.parametrize("typed", ["mô hình đó làm thế nào?", "nó tốn bao nhiêu?", "ông ấy là ai?"])
def test_one_of_several_cases_is_not_guessed(typed: str):
    rewriting = rewrite(typed, [LIST])
    assert "nêu 3 mô hình" in rewriting.unclear
    assert rewriting.choices == LIST.cases
    assert (rewriting.text, rewriting.document_ids) == (typed, ())


def test_all_of_several_cases_can_be_pointed_at():
    rewriting = rewrite("các mô hình trên khác nhau thế nào?", [LIST])
    assert rewriting.document_ids == ("mau", "cua", "cua-dang-lai", "rac")
    assert rewriting.text == (
        "“Đưa màu xuống ruộng” (Cà Mau), “Nuôi cua trong vuông tôm” (Cà Mau) và "
        "Tổ thu gom “5 không” (Bạc Liêu) khác nhau thế nào?"
    )
    assert "chưa rõ “hai mô hình đó”" in rewrite("hai mô hình đó ở đâu?", [LIST]).unclear


def test_they_are_all_who_were_named():
    rewriting = rewrite("họ làm thế nào?", [LIST])
    assert rewriting.text == "mô hình giảm nghèo ở Cà Mau: làm thế nào?"
    assert rewriting.document_ids == ("mau", "cua", "cua-dang-lai", "rac")


def test_after_a_refusal_a_pronoun_is_what_was_asked_about():
    refused = _asked("nuôi chồn hương ở Hà Giang", nearest=(CRAB,))
    rewriting = rewrite("mô hình đó lãi bao nhiêu?", [LIST, refused])
    assert rewriting.text == "nuôi chồn hương ở Hà Giang: lãi bao nhiêu?"
    assert rewriting.document_ids == ()


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("ở đó có mô hình nào khác?", "ở Cà Mau có mô hình nào khác?"),
        ("Nơi ấy trồng gì?", "Ở Cà Mau trồng gì?"),
        ("Tổ phụ nữ ở ấp đó làm gì?", "Tổ phụ nữ ở Cà Mau làm gì?"),
        ("ở đó bao nhiêu hộ tham gia?", "nuôi cua ở Cà Mau: bao nhiêu hộ tham gia?"),
    ],
)
def test_a_place_pointed_at_is_the_one_that_all_cases_share(typed: str, understood: str):
    asked = _asked("nuôi cua ở Cà Mau", RICE, CRAB)
    assert rewrite(typed, [asked]).text == understood


def test_a_place_of_several_is_not_guessed():
    rewriting = rewrite("ở đó trồng gì?", [_asked("trồng trọt", RICE, WASTE)])
    assert rewriting.unclear
    assert rewriting.choices == (RICE, WASTE)


def test_a_question_that_was_not_understood_is_passed_over():
    unclear = _asked("mô hình thứ chín?", is_unclear=True)
    assert rewrite("cái thứ hai?", [LIST, unclear]).document_ids == CRAB.document_ids
    assert rewrite("cái thứ hai?", [unclear]).text == "cái thứ hai?"


def test_a_follow_up_keeps_the_filters_but_not_the_one_that_it_changes():
    filters = Filters(province="Cà Mau", topic="giam-ngheo", year=2021)
    asked = _asked("mô hình giảm nghèo ở Cà Mau năm 2021", RICE, filters=filters)
    place = rewrite("còn ở Bạc Liêu thì sao?", [asked])
    assert place.filters == Filters(topic="giam-ngheo", year=2021)
    both = rewrite("còn ở Bạc Liêu năm 2023 thì sao?", [asked])
    assert both.text == "mô hình giảm nghèo ở Bạc Liêu năm 2023"
    assert both.filters == Filters(topic="giam-ngheo")
    assert rewrite("còn năm 2023?", [asked]).filters == Filters("Cà Mau", topic="giam-ngheo")
    assert rewrite("thêm mô hình khác", [asked]).filters == filters


def test_a_subject_with_its_own_place_or_without_any_is_left_alone():
    assert not rewrite("còn về môi trường ở Hậu Giang thì sao?", [LIST]).is_follow_up
    assert not rewrite("còn về môi trường thì sao?", [_asked("nuôi cua", CRAB)]).is_follow_up


def test_a_pasted_page_is_not_asked_anew():
    page = _asked("Hội quán ở Đồng Tháp họp hằng tháng. " * 40)
    assert not rewrite("còn ở Bạc Liêu thì sao?", [page]).is_follow_up
