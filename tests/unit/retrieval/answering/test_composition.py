"""The text of an answer comes piece by piece, and is the pieces."""

import pytest

from kb.models import Claim
from retrieval.answering.composition import Composer
from retrieval.answering.drafts import Draft
from retrieval.answering.planning import Plan
from retrieval.answering.question_types import QuestionType, Wanted
from retrieval.query import parse_query

FIRST, SECOND = Claim("Tổ một", (1, 2), {}), Claim("Tổ hai", (3,), {})


def composer(question: str, wanted: QuestionType, *, drafts: int = 2) -> Composer:
    plan = Plan(Wanted(wanted), tuple(Draft(f"Ý {number}", ()) for number in range(drafts)))
    return Composer(parse_query(question), plan)


def test_a_list_opens_with_what_follows_and_has_a_line_for_each_claim():
    text = composer("tổ may gia công", QuestionType.LIST)
    pieces = [text.add(FIRST), text.add(SECOND)]
    assert pieces == ["Các mô hình phù hợp:\n- Tổ một [1][2]", "\n- Tổ hai [3]"]
    assert text.text == "".join(pieces)


@pytest.mark.parametrize(
    ("wanted", "opening"),
    [
        (QuestionType.HOW_TO, "Cách làm đã được ghi nhận ở Cà Mau:"),
        (QuestionType.COMPARE, "Các mô hình để đối chiếu ở Cà Mau:"),
        (QuestionType.YES_NO, "Nguồn ghi nhận ở Cà Mau:"),
        (QuestionType.LIST, "Các mô hình phù hợp ở Cà Mau:"),
        (QuestionType.PLACE, "Các mô hình phù hợp ở Cà Mau:"),
    ],
)
def test_the_opening_fits_the_question_and_names_its_province(wanted: QuestionType, opening: str):
    assert composer("tổ may ở Cà Mau", wanted).add(FIRST) == f"{opening}\n- Tổ một [1][2]"


def test_several_provinces_are_named_once_each():
    text = composer("tổ may ở Cà Mau và Sóc Trăng, cả Cà Mau", QuestionType.LIST)
    assert text.add(FIRST).startswith("Các mô hình phù hợp ở Cà Mau, Sóc Trăng:\n")


def test_without_a_province_the_district_is_named():
    text = composer("tổ may ở huyện Cái Nước", QuestionType.LIST)
    assert text.add(FIRST).startswith("Các mô hình phù hợp ở Cái Nước:\n")


@pytest.mark.parametrize("wanted", [QuestionType.FIGURE, QuestionType.DEFINITION])
def test_a_figure_and_a_definition_come_plainly(wanted: QuestionType):
    text = composer("tổ may ở Cà Mau", wanted)
    assert [text.add(FIRST), text.add(SECOND)] == ["Tổ một [1][2]", "\nTổ hai [3]"]


def test_a_single_case_needs_no_list():
    assert composer("tổ may", QuestionType.LIST, drafts=1).add(FIRST) == "Tổ một [1][2]"


def test_brackets_of_a_source_are_not_taken_for_markers():
    claim = Claim("Theo báo cáo [7], có 9 hộ [a]", (1,), {})
    text = composer("tổ may", QuestionType.FIGURE).add(claim)
    assert text == "Theo báo cáo (7), có 9 hộ [a] [1]"


def test_nothing_added_is_no_text():
    assert composer("tổ may", QuestionType.LIST).text == ""
