"""Citations are spans, and the checks see through everything else."""

from dataclasses import replace

from kb.models import Document, Span
from retrieval.answering.citations import CitationBook, checks_of

TEXT = "Nhịp cầu\n\nĐề án làm 1.588 cây cầu. Vốn 40 tỷ đồng."
DOCUMENT = Document("nhip-cau", "article", "Nhịp cầu", TEXT, "/x", "0")
BRIDGES = Span(TEXT.index("Đề án"), TEXT.index(" Vốn"))


def test_a_citation_quotes_its_span_and_the_same_span_keeps_its_marker():
    book = CitationBook()
    assert book.cite(DOCUMENT, BRIDGES) == 1
    assert book.cite(DOCUMENT, Span(0, 8)) == 2
    assert book.cite(DOCUMENT, BRIDGES) == 1
    first, second = book.citations
    assert (first.quote, second.quote) == ("Đề án làm 1.588 cây cầu.", "Nhịp cầu")


def _checks(text: str, **changes: object) -> dict[str, bool]:
    book = CitationBook()
    book.cite(DOCUMENT, BRIDGES)
    citation = replace(book.citations[0], **changes)
    return checks_of(text, [citation], {DOCUMENT.document_id: DOCUMENT})


def test_a_true_claim_passes_every_check():
    assert all(_checks("Có 1588 cây cầu").values())


def test_a_figure_that_no_quote_holds_fails():
    assert _checks("Có 1.589 cây cầu")["figures_supported"] is False
    assert _checks("Vốn 40 tỷ đồng")["figures_supported"] is False


def test_a_changed_quote_or_offset_or_unknown_document_fails():
    assert _checks("Cầu", quote="Đề án làm 1.589 cây cầu.")["quote_verbatim"] is False
    assert _checks("Cầu", start_char=BRIDGES.start_char + 1)["quote_verbatim"] is False
    assert _checks("Cầu", document_id="khac")["quote_verbatim"] is False


def test_a_claim_without_citations_fails():
    checks = checks_of("Cầu", [], {DOCUMENT.document_id: DOCUMENT})
    assert checks["has_citation"] is False
    assert checks["quote_verbatim"] is False
