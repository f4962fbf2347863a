"""Cases side by side: every cell stands in the quotes that it points to."""

from dataclasses import replace

from kb.models import AnswerRow, Cell, Document
from kb.store import Membership
from retrieval.answering.case_claims import tell_case
from retrieval.answering.case_sections import sections_of
from retrieval.answering.drafts import ClaimBook
from retrieval.answering.question_types import QuestionType
from retrieval.answering.rows import newest_date, rows_of
from retrieval.grouping import group_same_cases
from tests.unit.retrieval.answering.stories import (
    EELS,
    EELS_ELSEWHERE,
    MENDERS,
    article,
    case,
    found,
)


def cells_of(row: AnswerRow) -> list[Cell]:
    return [row.case, row.place, *row.approach, *row.results, *row.conditions]


def row_of(document: Document, book: ClaimBook) -> AnswerRow:
    (row,) = rows_of([document], {}, book)
    return row


def test_a_row_tells_name_place_steps_results_and_conditions():
    row = row_of(EELS, ClaimBook())
    assert (row.document_id, row.case_id) == ("nuoi-luon-vinh-long", "nuoi-luon-vinh-long")
    assert row.case.text == "Nuôi lươn không bùn"
    assert row.place.text == "Hòa Lộc, Tam Bình, Vĩnh Long"
    assert [cell.text for cell in row.approach] == [
        "Xây bể lót bạt trong sân",
        "Thả 200 con lươn giống mỗi bể",
        "Thay nước 2 lần mỗi ngày",
    ]
    assert [cell.text for cell in row.results][:2] == [
        "Có 26 hộ nuôi lươn",
        "Mỗi hộ lãi 35 triệu đồng một năm",
    ]
    assert [cell.text for cell in row.conditions] == [
        "Cần nguồn nước sạch và một người biết kỹ thuật."
    ]


def test_the_text_of_every_cell_stands_in_its_quotes():
    book = ClaimBook()
    rows = rows_of([EELS, MENDERS, EELS_ELSEWHERE], {}, book)
    quotes = {citation.marker: citation for citation in book.citations}
    for row in rows:
        for cell in cells_of(row):
            assert cell.citations
            for marker in cell.citations:
                assert quotes[marker].document_id == row.document_id
                assert cell.text in quotes[marker].quote


def test_what_a_claim_quoted_is_not_quoted_again_for_the_row():
    sections = sections_of(EELS)
    assert sections is not None
    book = ClaimBook()
    assert book.add(tell_case(EELS, sections, QuestionType.HOW_TO)) is not None
    known = book.citations
    row_of(EELS, book)
    assert book.citations == known


def test_what_no_claim_quoted_is_quoted_for_the_row():
    sections = sections_of(EELS)
    assert sections is not None
    book = ClaimBook()
    book.add(tell_case(EELS, sections, QuestionType.LIST))
    row = row_of(EELS, book)
    assert row.conditions[0].citations == (len(book.citations),)
    assert book.citations[-1].quote == row.conditions[0].text


def test_parts_that_a_case_lacks_are_empty():
    row = row_of(case("a", "Tổ may", "Cà Mau", results=["Có 9 chị em"]), ClaimBook())
    assert (row.approach, row.conditions) == ((), ())


def test_an_article_has_no_row():
    document = article("a", "Nghề lươn", "Nhiều hộ nuôi lươn.")
    assert rows_of([document, EELS], {}, ClaimBook())[0].document_id == "nuoi-luon-vinh-long"
    assert len(rows_of([document, EELS], {}, ClaimBook())) == 1


def test_sources_are_counted_by_group():
    reprint = article("bai", "Nuôi lươn không bùn", "Có 26 hộ nuôi lươn.", province="Vĩnh Long")
    items = [found(EELS), found(reprint)]
    members = {
        "nuoi-luon-vinh-long": Membership("g", "nuoi-luon-vinh-long", None, 1.0),
        "bai": Membership("g", "nuoi-luon-vinh-long", "nuoi-luon-vinh-long", 1.0),
    }
    groups = group_same_cases(items, members)
    (row,) = rows_of([EELS], {"nuoi-luon-vinh-long": groups[0]}, ClaimBook())
    assert row.source_count == groups[0].source_count
    assert row.independent_source_count == groups[0].independent_count
    alone = row_of(EELS, ClaimBook())
    assert (alone.source_count, alone.independent_source_count) == (1, 1)


def test_the_newest_date_is_that_of_the_document_or_of_a_source():
    assert newest_date(EELS) == "2026-05-01"
    assert newest_date(replace(EELS, published="2026-09-30")) == "2026-09-30"
    assert newest_date(replace(EELS, published="2020")) == "2026-05-01"
    assert newest_date(article("a", "Tổ may", published=None)) is None
