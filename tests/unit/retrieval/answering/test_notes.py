"""What the reader must know beside an answer."""

from collections.abc import Sequence
from datetime import date

import pytest

from kb.dates import show_date
from kb.models import Citation, Claim, Document, Note
from kb.store import Membership
from retrieval.answering.evidence import Support
from retrieval.answering.notes import OLD_YEARS, notes_of
from retrieval.answering.planning import Evidence, Plan
from retrieval.answering.question_types import Ask, QuestionType, Wanted
from retrieval.grouping import Group, group_same_cases
from retrieval.query import parse_query
from tests.unit.retrieval.answering.stories import article, case, citation, found

TODAY = date(2026, 11, 28)
ONE_ASK = (Ask("chị em", text="có bao nhiêu chị em?"),)


def told(
    quotes: Sequence[tuple[Document, str]],
    *,
    question: str = "Tổ may có bao nhiêu chị em?",
    wanted: QuestionType = QuestionType.FIGURE,
    asks: tuple[Ask, ...] = ONE_ASK,
    unanswered: tuple[Ask, ...] = (),
    copies: dict[str, Membership] | None = None,
    others: Sequence[Document] = (),
) -> dict[str, Note]:
    """Return the notes of an answer by code; each quote is a claim of its own."""
    citations = [
        citation(marker, document, quote) for marker, (document, quote) in enumerate(quotes, 1)
    ]
    claims = [Claim(quote, (marker,), {}) for marker, (_, quote) in enumerate(quotes, 1)]
    documents = list({document.document_id: document for document, _ in quotes}.values())
    evidence = tuple(Evidence(found(document), Support(1.0, 1.0), ()) for document in documents)
    plan = Plan(Wanted(wanted, asks), evidence=evidence, unanswered=unanswered)
    groups = group_same_cases([found(item) for item in (*documents, *others)], copies)
    notes = notes_of(
        parse_query(question), plan, claims, citations, _by_document(groups), today=TODAY
    )
    by_code = {note.code: note for note in notes}
    assert len(by_code) == len(notes)
    return by_code


def _by_document(groups: Sequence[Group]) -> dict[str, Group]:
    return {
        item.document.document_id: group
        for group in groups
        for item in (group.leader, *group.others)
    }


def same_case(*keys: str) -> dict[str, Membership]:
    return {key: Membership(keys[0], keys[0], None, 1.0) for key in keys}


def sewing(key: str, count: int, published: str | None, publisher: str | None) -> Document:
    return article(
        key, f"Bài {key}", f"Tổ may có {count} chị em.", publisher=publisher, published=published
    )


JANUARY = sewing("thang-gieng", 9, "2026-01-15", "Báo Đất Mũi")
MAY = sewing("thang-nam", 12, "2026-05", None)
SAME = same_case("thang-gieng", "thang-nam")


def test_sources_that_state_different_figures_stand_side_by_side_with_dates():
    quotes = [(JANUARY, "Tổ may có 9 chị em."), (MAY, "Tổ may có 12 chị em.")]
    note = told(quotes, copies=SAME)["conflicting_sources"]
    assert note.text == (
        "Các nguồn nêu số liệu khác nhau, cần đối chiếu trước khi dùng: "
        "[1] Báo Đất Mũi, đăng 15/01/2026; [2] Bài thang-nam, đăng 05/2026."
    )
    assert note.citations == (1, 2)


def test_a_source_without_a_date_is_told_as_such():
    undated = sewing("thang-nam", 12, None, "Báo Thử")
    quotes = [(JANUARY, "Tổ may có 9 chị em."), (undated, "Tổ may có 12 chị em.")]
    assert (
        "[2] Báo Thử, không rõ ngày đăng" in told(quotes, copies=SAME)["conflicting_sources"].text
    )


def test_sources_that_agree_do_not_conflict():
    again = sewing("thang-nam", 9, "2026-05", None)
    quotes = [(JANUARY, "Tổ may có 9 chị em."), (again, "Tổ may có 9 chị em.")]
    assert "conflicting_sources" not in told(quotes, copies=SAME)


def test_figures_of_different_cases_do_not_conflict():
    quotes = [(JANUARY, "Tổ may có 9 chị em."), (MAY, "Tổ may có 12 chị em.")]
    assert "conflicting_sources" not in told(quotes)


def test_two_sentences_of_one_source_do_not_conflict():
    document = article("a", "Tổ may", "Tổ may có 9 chị em.", "Nay có 12 chị em.")
    quotes = [(document, "Tổ may có 9 chị em."), (document, "Nay có 12 chị em.")]
    assert "conflicting_sources" not in told(quotes, copies=same_case("a"))


@pytest.mark.parametrize("wanted", [QuestionType.LIST, QuestionType.COMPARE])
def test_only_figures_asked_for_conflict(wanted: QuestionType):
    quotes = [(JANUARY, "Tổ may có 9 chị em."), (MAY, "Tổ may có 12 chị em.")]
    assert "conflicting_sources" not in told(quotes, wanted=wanted, asks=(), copies=SAME)


def test_a_part_without_a_figure_is_named_as_it_was_asked():
    unanswered = (Ask("tấn", text=", mỗi hộ bán bao nhiêu tấn?"),)
    note = told([(JANUARY, "Tổ may có 9 chị em.")], unanswered=unanswered)["figure_not_given"]
    assert note.text == "Nguồn không nêu con số cho phần “mỗi hộ bán bao nhiêu tấn”."


def here(province: str, published: str | None = "2026-05-01") -> Document:
    key = f"to-may-{len(province)}"
    return case(key, "Tổ may", province, results=["Tổ may có 9 chị em"], published=published)


def listed(province: str, question: str, published: str | None = "2026-05-01") -> dict[str, Note]:
    quotes = [(here(province, published), "Tổ may có 9 chị em")]
    return told(quotes, question=question, wanted=QuestionType.LIST, asks=())


def test_of_several_provinces_those_without_a_case_are_named():
    note = listed("Cà Mau", "tổ may ở Cà Mau, Sóc Trăng và Hà Giang")["places_without_cases"]
    assert note.text == "Cơ sở tri thức chưa có nội dung này ở: Sóc Trăng, Hà Giang."


def test_of_a_single_province_nothing_is_missing():
    assert "places_without_cases" not in listed("Cà Mau", "tổ may ở Cà Mau")


def test_a_case_of_a_former_province_stands_for_today_s():
    notes = listed("Bạc Liêu", "tổ may ở Cà Mau và Sóc Trăng")
    assert notes["places_without_cases"].text.endswith("ở: Sóc Trăng.")


def test_a_case_of_today_s_province_does_not_stand_for_a_former_one():
    notes = listed("Cà Mau", "tổ may ở Bạc Liêu và Cà Mau")
    assert notes["places_without_cases"].text.endswith("ở: Bạc Liêu.")


def test_a_former_province_that_answers_for_today_s_is_told():
    note = listed("Bạc Liêu", "tổ may ở Cà Mau")["place_merged"]
    assert note.text == ("Có nội dung thuộc địa bàn trước sắp xếp: Bạc Liêu (nay thuộc Cà Mau).")


@pytest.mark.parametrize("question", ["tổ may ở Bạc Liêu", "tổ may", "tổ may ở Bạc Liêu và Cà Mau"])
def test_a_province_that_was_asked_for_by_its_own_name_is_no_merged_one(question: str):
    assert "place_merged" not in listed("Bạc Liêu", question)


def test_an_old_source_is_told_with_its_year_and_markers():
    note = listed("Cà Mau", "tổ may", "2021-03-09")["old_source"]
    assert note.text == ("Nguồn đã cũ, chưa tìm thấy nguồn mới hơn: đăng năm 2021 [1].")
    assert note.citations == (1,)


@pytest.mark.parametrize(
    ("years_ago", "is_old"), [(0, False), (OLD_YEARS - 1, False), (OLD_YEARS, True)]
)
def test_a_source_is_old_from_the_third_year_on(years_ago: int, is_old: bool):
    published = f"{TODAY.year - years_ago}-06-01"
    assert ("old_source" in listed("Cà Mau", "tổ may", published)) is is_old


def test_without_a_date_nothing_is_called_old():
    assert "old_source" not in listed("Cà Mau", "tổ may", None)


def test_what_something_newer_tells_too_is_not_old():
    old, new = (
        sewing("thang-gieng", 9, "2019", "Báo Một"),
        sewing("thang-nam", 9, "2026", "Báo Hai"),
    )
    quotes = [(old, "Tổ may có 9 chị em.")]
    assert "old_source" in told(quotes)
    assert "old_source" not in told(quotes, copies=SAME, others=[new])


def test_independent_sources_are_counted():
    document = case(
        "a", "Tổ may", "Cà Mau", results=["Tổ may có 9 chị em"], publishers=["Báo Một", "Báo Hai"]
    )
    note = told([(document, "Tổ may có 9 chị em")])["independent_sources"]
    assert note.text == "“Tổ may”: 2 nơi đăng, 2 nguồn độc lập."
    assert note.citations == (1,)


def test_a_single_source_is_not_counted():
    assert "independent_sources" not in listed("Cà Mau", "tổ may")


def test_conflicts_come_first_and_counts_last():
    old = sewing("thang-gieng", 9, "2019", "Báo Một")
    older = sewing("thang-nam", 12, "2018", "Báo Hai")
    quotes = [(old, "Tổ may có 9 chị em."), (older, "Tổ may có 12 chị em.")]
    assert list(told(quotes, copies=SAME)) == [
        "conflicting_sources",
        "old_source",
        "independent_sources",
    ]


@pytest.mark.parametrize(
    ("published", "shown"), [("2021-03-09", "09/03/2021"), ("2021-03", "03/2021"), ("2021", "2021")]
)
def test_dates_are_shown_the_vietnamese_way(published: str, shown: str):
    assert show_date(published) == shown


def test_markers_of_notes_are_those_of_citations():
    quotes: list[tuple[Document, str]] = [
        (JANUARY, "Tổ may có 9 chị em."),
        (MAY, "Tổ may có 12 chị em."),
    ]
    marked: set[int] = set()
    for note in told(quotes, copies=SAME).values():
        marked |= set(note.citations)
    known: list[Citation] = [citation(1, *quotes[0]), citation(2, *quotes[1])]
    assert marked <= {item.marker for item in known}
