"""What must hold of every answer that quotes, whatever was asked: the promises of `kb ask`."""

import re
from collections.abc import Sequence

from kb.figures import numbers_in
from kb.knowledge_base import KnowledgeBase
from kb.models import Answer, AnswerRow, Cell
from retrieval.answering.events import AnswerEvent, AnswerFinished, ClaimAdded, SearchFinished

MARKER = re.compile(r"\[(\d+)\]")
# Notes that tell that a part of a question has no answer.
PARTIAL_NOTES = frozenset({"places_without_cases", "figure_not_given"})


def check_events(kb: KnowledgeBase, events: Sequence[AnswerEvent]) -> Answer:
    """Check the events of a question and the answer that ends them, and return that."""
    first, *middle, last = events
    assert isinstance(first, SearchFinished)
    assert isinstance(last, AnswerFinished)
    claims = [event for event in middle if isinstance(event, ClaimAdded)]
    assert len(claims) == len(middle)
    answer = last.answer
    check_answer(kb, answer)
    assert tuple(event.claim for event in claims) == answer.claims
    if answer.claims:
        assert "".join(event.delta for event in claims) == answer.text
    told = [citation for event in claims for citation in event.citations]
    # Rows may quote more than the claims did; their quotes come after those of the claims.
    assert tuple(told) == answer.citations[: len(told)]
    return answer


def check_answer(kb: KnowledgeBase, answer: Answer) -> None:
    """Check that an answer is quoted, or a refusal that claims nothing."""
    markers = [citation.marker for citation in answer.citations]
    assert markers == list(range(1, len(markers) + 1))
    for citation in answer.citations:
        text = kb.store.get_document(citation.document_id).text
        assert text[citation.start_char : citation.end_char] == citation.quote
        assert citation.quote.strip()
    if answer.claims:
        _check_claims(answer)
    else:
        _check_refusal(answer)
    for note in answer.notes:
        assert set(note.citations) <= set(markers)
    cited = {citation.document_id for citation in answer.citations}
    assert not cited & {hit.document.document_id for hit in answer.related}


def _check_claims(answer: Answer) -> None:
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    is_partial = any(note.code in PARTIAL_NOTES for note in answer.notes)
    assert answer.status == ("partial" if is_partial else "answered")
    assert answer.reason is None
    for claim in answer.claims:
        assert claim.citations
        assert all(claim.checks.values())
        # What stands in brackets in a source is shown in parentheses: it is no marker of ours.
        assert MARKER.sub(r"(\1)", claim.text) in answer.text
        assert _unquoted_figures(claim.text, claim.citations, quotes) == set()
    cells = [cell for row in answer.rows for cell in _cells_of(row)]
    for cell in cells:
        assert _unquoted_figures(cell.text, cell.citations, quotes) == set()
        if cell.citations:
            assert any(cell.text in quotes[marker] for marker in cell.citations)
    used = {marker for part in (*answer.claims, *cells) for marker in part.citations}
    assert used == set(quotes)
    assert {int(marker) for marker in MARKER.findall(answer.text)} == {
        marker for claim in answer.claims for marker in claim.citations
    }


def _cells_of(row: AnswerRow) -> tuple[Cell, ...]:
    return (row.case, row.place, *row.approach, *row.results, *row.conditions)


def _unquoted_figures(text: str, markers: Sequence[int], quotes: dict[int, str]) -> set[str]:
    quoted = {number for marker in markers for number in numbers_in(quotes[marker])}
    return set(numbers_in(text)) - quoted


def _check_refusal(answer: Answer) -> None:
    assert answer.status == "no_answer"
    assert answer.reason is not None
    assert answer.text
    assert (answer.citations, answer.rows) == ((), ())
    assert MARKER.findall(answer.text) == []
