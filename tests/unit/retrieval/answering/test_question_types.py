"""What kind of answer a question wants, and which figures."""

import pytest

from retrieval.answering.question_types import (
    DATE,
    MONEY,
    PERCENT,
    QuestionType,
    Wanted,
    classify,
    kinds_of_money,
    same_units,
)
from retrieval.query import parse_query


def wanted_by(question: str) -> Wanted:
    return classify(parse_query(question))


def units_of(question: str) -> list[str]:
    return [ask.unit for ask in wanted_by(question).asks]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Tổ may gia công có bao nhiêu chị em?", QuestionType.FIGURE),
        ("Tổ may gia công thành lập khi nào?", QuestionType.FIGURE),
        ("Làm thế nào để vận động hiến đất?", QuestionType.HOW_TO),
        ("Các bước lập tổ may gia công", QuestionType.HOW_TO),
        ("to hoa giai lam viec ra sao", QuestionType.HOW_TO),
        ("mô hình giảm nghèo ở Cà Mau", QuestionType.LIST),
        ("tổ hợp tác may gia công", QuestionType.LIST),
        ("Xã có mô hình nào không?", QuestionType.LIST),
        ("So sánh hai cách nuôi lươn", QuestionType.COMPARE),
        ("Hai cách nuôi lươn khác nhau thế nào?", QuestionType.COMPARE),
        ("hai cach nuoi luon khac nhau the nao", QuestionType.COMPARE),
        ("Có phải tổ may đã giải thể không?", QuestionType.YES_NO),
        ("Ấp có đội bảo vệ không?", QuestionType.YES_NO),
        ("xã đã làm đường hoa chưa", QuestionType.YES_NO),
        ("Tổ hòa giải là gì?", QuestionType.DEFINITION),
        ("Mô hình Ngôi nhà xanh nghĩa là gì", QuestionType.DEFINITION),
    ],
)
def test_a_question_is_of_one_kind(question: str, expected: QuestionType):
    assert wanted_by(question).type is expected


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("Hỗ trợ bao nhiêu căn nhà?", "căn nhà"),
        ("ho tro bao nhieu can nha", "can nha"),
        ("giai đoạn 1 xong mấy căn", "căn"),
        ("Diện tích bao nhiêu héc ta?", "héc ta"),
        ("mô hình trồng màu lãi bao nhiêu", MONEY),
        ("hết bao nhiêu tiền", MONEY),
        ("Tốn bao nhiêu kinh phí?", MONEY),
        ("học phí bao nhiêu một tháng", MONEY),
        ("Tỷ lệ hòa giải thành là bao nhiêu?", PERCENT),
        ("đạt mấy phần trăm?", PERCENT),
        ("Giảm bao nhiêu % hộ nghèo?", PERCENT),
        ("Tổ hợp tác thành lập khi nào?", DATE),
        ("to hop tac thanh lap nam nao", DATE),
        ("tháng mấy thì thả cua?", DATE),
        ("Bao nhiêu?", ""),
    ],
)
def test_the_unit_of_a_figure_is_what_follows_or_leads_to_the_question_word(
    question: str, unit: str
):
    assert wanted_by(question).type is QuestionType.FIGURE
    assert units_of(question) == [unit]
    assert wanted_by(question).unit == unit


def test_what_asks_for_no_figure_has_no_unit():
    assert wanted_by("tổ hợp tác may gia công").asks == ()
    assert wanted_by("tổ hợp tác may gia công").unit == ""


@pytest.mark.parametrize(
    ("question", "unit"),
    [
        ("Doanh thu một năm của hợp tác xã", MONEY),
        ("kinh phi lam duong hoa", MONEY),
        ("Tỷ lệ hộ nghèo ở xã", PERCENT),
        ("Số hộ tham gia mô hình nuôi lươn", "hộ"),
        ("Tổng số thành viên của tổ may", "thành viên"),
        ("so ho tham gia", "ho"),
        ("Diện tích mía của hợp tác xã", ""),
    ],
)
def test_a_query_that_only_names_a_figure_asks_for_it(question: str, unit: str):
    assert wanted_by(question).type is QuestionType.FIGURE
    assert units_of(question) == [unit]


def test_a_figure_whose_course_is_asked_for_wants_to_know_how():
    assert wanted_by("tỷ lệ hộ nghèo giảm ra sao").type is QuestionType.HOW_TO


def test_several_figures_are_asked_for_in_order():
    question = "Mô hình bắt đầu từ năm nào, có bao nhiêu hộ, mỗi hộ lãi bao nhiêu?"
    assert units_of(question) == [DATE, "hộ", MONEY]


def test_each_figure_owns_its_part_of_the_question():
    first, second = wanted_by("Hội cho vay bao nhiêu tiền, mỗi hộ lãi bao nhiêu?").asks
    assert first.text == "hội cho vay bao nhiêu tiền"
    assert second.text == ", mỗi hộ lãi bao nhiêu?"
    assert (first.kinds, second.kinds) == ({"support"}, {"income"})


def test_figures_joined_by_and_own_their_parts_too():
    first, second = wanted_by("Có bao nhiêu hộ nuôi lươn và vốn xây bể hết bao nhiêu?").asks
    assert "vốn" not in first.text
    assert (second.unit, second.kinds) == (MONEY, {"cost", "price"})


@pytest.mark.parametrize(
    "question",
    ["Thu nhập tăng từ bao nhiêu lên bao nhiêu?", "hộ nghèo giảm từ bao nhiêu xuống bao nhiêu"],
)
def test_from_how_much_to_how_much_asks_once(question: str):
    assert len(wanted_by(question).asks) == 1


@pytest.mark.parametrize(
    "question", ["góp tiền đỡ đầu mấy em khó khăn", "giúp mấy chị em ở ấp có việc làm"]
)
def test_may_without_a_question_is_some_and_asks_for_nothing(question: str):
    assert wanted_by(question) == Wanted(QuestionType.LIST)


def test_may_in_a_question_asks_for_a_number():
    assert units_of("Chị em giúp mấy hộ nghèo?") == ["hộ nghèo"]


def test_which_model_comes_before_how_many():
    wanted = wanted_by("Nơi nào làm camera an ninh với bao nhiêu hộ?")
    assert wanted.type is QuestionType.LIST
    assert wanted.unit == "hộ"


def test_how_and_how_many_wants_the_way_and_keeps_the_figure():
    wanted = wanted_by("Cách nuôi lươn thế nào và có bao nhiêu hộ làm theo?")
    assert wanted.type is QuestionType.HOW_TO
    assert wanted.unit.startswith("hộ")


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("Mỗi hộ lãi 35 triệu đồng", {"income"}),
        ("Tổng kinh phí 2 tỷ đồng", {"cost"}),
        ("Cho vay 5 triệu đồng mỗi hộ", {"support"}),
        ("Mỗi nhà góp 20.000 đồng", {"share"}),
        ("Giá bán 90.000 đồng một ký", {"price"}),
        ("loi nhuan 30 trieu dong", {"income"}),
        # "chi" may be "chị", and "dong" may be "đồng".
        ("chi em co 30 trieu dong", set()),
    ],
)
def test_words_tell_what_a_sum_of_money_is(text: str, kinds: set[str]):
    assert kinds_of_money(text) == kinds


def test_spellings_of_a_unit_are_the_same_unit():
    assert "ha" in same_units("hécta")
    assert "kg" in same_units("ký gạo")
    assert "nhân khẩu" in same_units("người")
    assert same_units("căn nhà") == ("căn nhà",)
