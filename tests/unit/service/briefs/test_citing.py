"""Footnotes and the list of sources."""

from dataclasses import replace

from kb.models import Source, Span
from service.briefs.citing import FootnoteBook, footnotes_of, sources_of


def test_a_stretch_has_one_number_and_those_of_the_answer_stay(ducks, garden):
    first = FootnoteBook()
    first.cite(ducks, Span(0, 4))
    given = replace(first.citations[0], marker=7)
    book = FootnoteBook([given])
    assert book.cite(ducks, Span(0, 4)) == 7
    assert book.cite(garden, Span(0, 4)) == book.cite(garden, Span(0, 4)) == 8
    assert [item.marker for item in book.citations] == [7, 8]


def test_pages_are_named_in_footnote_and_source(ducks):
    book = FootnoteBook()
    for start in (0, 5):
        book.cite(ducks, Span(start, start + 4))
    footnotes = footnotes_of(book.citations, "https://kho.example.vn/")
    assert [note.source.endswith("trang 3 (nguồn số 1)") for note in footnotes] == [True, False]
    assert footnotes[1].address == (
        "https://kho.example.vn/documents/nuoi-vit-chay-dong"
        f"?start=5&end=9&sha={ducks.sha256[:12]}#trich-dan"
    )
    (entry,) = sources_of(book.citations, {ducks.document_id: ducks})
    assert entry.places == ("trang 3",)


def test_a_date_of_any_publication_counts(garden):
    book = FootnoteBook()
    book.cite(garden, Span(0, 4))
    (entry,) = sources_of(book.citations, {garden.document_id: garden})
    assert not entry.is_dated
    dated = replace(garden, sources=(*garden.sources, Source("Rau", None, None, "2023-07")))
    (entry,) = sources_of(book.citations, {garden.document_id: dated})
    assert entry.is_dated
    assert [origin.text for origin in entry.origins] == [
        "“Luống rau”, Báo Mũi Đất",
        "“Rau”, 07/2023",
    ]


def test_a_file_without_publisher_is_named_by_its_name(article):
    book = FootnoteBook()
    book.cite(article, Span(0, 4))
    (entry,) = sources_of(book.citations, {article.document_id: article})
    assert [(origin.text, origin.url) for origin in entry.origins] == [("tệp xom-nho.docx", None)]
