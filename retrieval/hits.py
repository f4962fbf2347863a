"""What was found as results: snippets, further passages, highlights."""

from collections.abc import Sequence

from kb.models import Document, Hit, Passage, Span
from retrieval.candidates import Found
from retrieval.grouping import Group
from retrieval.matching import excerpt
from retrieval.query import Query


def to_hits(query: Query, groups: Sequence[Group]) -> list[Hit]:
    """Return groups as hits, ranked as given, with snippets and highlights."""
    hits = []
    for rank, group in enumerate(groups, 1):
        item = group.leader
        best = _passage(query, item.document, item.chunk_span)
        hits.append(
            Hit(
                rank=rank,
                score=round(item.candidate.score, 6),
                document=item.document,
                snippet=best.text,
                snippet_span=best.span,
                highlights=best.highlights,
                chunk_id=item.candidate.chunk_id,
                leg_scores=item.candidate.leg_scores,
                passages=_further(query, item, best),
                same_case=tuple(other.document for other in group.others),
                source_count=group.source_count,
                independent_source_count=group.independent_count,
                features=item.candidate.features,
            )
        )
    return hits


def related_hits(query: Query, found: Sequence[Found]) -> list[Hit]:
    """Return documents as hits without grouping, ranked as given."""
    return to_hits(query, [Group(item) for item in found])


def _further(query: Query, item: Found, best: Passage) -> tuple[Passage, ...]:
    """Return the passages of further chunks that hold something of the query and are not shown."""
    shown = [best.span]
    passages: list[Passage] = []
    for span in item.passages:
        passage = _passage(query, item.document, span)
        if passage.highlights and not any(passage.span.overlaps(other) for other in shown):
            shown.append(passage.span)
            passages.append(passage)
    return tuple(passages)


def _passage(query: Query, document: Document, window: Span) -> Passage:
    shown = excerpt(document.text, query, _without_head(document, window))
    text = document.text[shown.span.start_char : shown.span.end_char]
    return Passage(text, shown.span, shown.highlights)


def _without_head(document: Document, window: Span) -> Span:
    """Return a window without the name and facts that open the text of a case.

    Results show those apart; a snippet is worth more if it tells what was done.
    """
    head_end = document.text.find("\n\n", len(document.title) + 2)
    if document.case is None or head_end < 0:
        return window
    start = max(window.start_char, head_end + 2)
    return Span(start, window.end_char) if start < window.end_char else window
