"""The cases that articles tell of, put beside the results that show them."""

from collections.abc import Sequence
from dataclasses import replace

from kb.models import ExtractedCase, Hit, Span
from kb.store import DocumentStore


def with_cases(store: DocumentStore, hits: Sequence[Hit]) -> list[Hit]:
    """Return hits with the extracted cases that their shown passages tell of.

    A case whose name the query matches comes first, the others in the order of the text.
    """
    articles = [hit.document.document_id for hit in hits if hit.document.case is None]
    told = store.extracted_cases.of_documents(articles) if articles else {}
    return [
        replace(hit, cases=_shown(hit, told[hit.document.document_id]))
        if hit.document.document_id in told
        else hit
        for hit in hits
    ]


def _shown(hit: Hit, cases: Sequence[ExtractedCase]) -> tuple[ExtractedCase, ...]:
    windows = [hit.snippet_span, *(passage.span for passage in hit.passages)]
    marks = [*hit.highlights, *(mark for passage in hit.passages for mark in passage.highlights)]
    shown = [case for case in cases if _any_overlap((*case.mentions, *case.passages), windows)]
    # Sorting is stable: among cases that match equally the order of the text stays.
    return tuple(sorted(shown, key=lambda case: -_matched(case, marks)))


def _matched(case: ExtractedCase, marks: Sequence[Span]) -> float:
    """Return the largest share of a mention of the name that the query matched."""
    return max((_covered(mention, marks) for mention in case.mentions), default=0.0)


def _covered(span: Span, marks: Sequence[Span]) -> float:
    # Snippet and further passages may overlap, and their marks then stand there twice.
    inside = {
        char
        for mark in marks
        for char in range(max(span.start_char, mark.start_char), min(span.end_char, mark.end_char))
    }
    return len(inside) / max(1, span.end_char - span.start_char)


def _any_overlap(left: Sequence[Span], right: Sequence[Span]) -> bool:
    return any(one.overlaps(other) for one in left for other in right)
