"""Citations that are exact by construction, and the checks that prove it.

A citation is made from a span of a stored text, never from generated words. `checks_of` is the
gate that every claim passes before it leaves the system: what fails is dropped.
"""

from collections.abc import Mapping, Sequence

from kb.figures import numbers_in
from kb.models import Citation, Document, Span


class CitationBook:
    """Numbers the citations of one answer; the same span gets the same marker."""

    def __init__(self) -> None:
        """Start empty."""
        self._citations: list[Citation] = []
        self._markers: dict[tuple[str, int, int], int] = {}

    def cite(self, document: Document, span: Span) -> int:
        """Return the marker of a span of a document, from 1."""
        key = (document.document_id, span.start_char, span.end_char)
        if key not in self._markers:
            marker = len(self._citations) + 1
            self._markers[key] = marker
            self._citations.append(citation_of(marker, document, span))
        return self._markers[key]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations, by marker."""
        return tuple(self._citations)


def citation_of(marker: int, document: Document, span: Span) -> Citation:
    """Return the citation of a span of a stored document."""
    return Citation(
        marker=marker,
        document_id=document.document_id,
        case_id=document.case.case_id if document.case else None,
        title=document.title,
        publisher=document.publisher,
        url=document.url,
        published=document.published,
        quote=document.text[span.start_char : span.end_char],
        start_char=span.start_char,
        end_char=span.end_char,
        locator=document.locate(span.start_char),
        sha256=document.sha256,
        fetched_at=document.fetched_at,
    )


def checks_of(
    text: str, citations: Sequence[Citation], documents: Mapping[str, Document]
) -> dict[str, bool]:
    """Return what holds of a claim.

    Args:
        text: The claim.
        citations: Those that it refers to.
        documents: Stored documents by id.

    Returns:
        `has_citation`; `quote_verbatim`: each quote equals its span of the stored text;
        `figures_supported`: each number of the claim stands in one of its quotes.
    """
    verbatim = all(
        citation.document_id in documents
        and documents[citation.document_id].text[citation.start_char : citation.end_char]
        == citation.quote
        and bool(citation.quote.strip())
        for citation in citations
    )
    quoted = {number for citation in citations for number in numbers_in(citation.quote)}
    return {
        "has_citation": bool(citations),
        "quote_verbatim": bool(citations) and verbatim,
        "figures_supported": all(number in quoted for number in numbers_in(text)),
    }
