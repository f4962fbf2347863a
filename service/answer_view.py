"""How an answer is laid out on the officers' page: claims in parts, notes with their markers.

A claim of a case is one run of text. The stored text of the case holds the same words section by
section, which tells where its parts begin; what it does not tell stays as it was written.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from kb.models import Answer, Citation, Claim, Document, NoAnswerReason, Note, NoteCode, Span
from retrieval.answering.case_sections import (
    CONDITIONS,
    PROBLEM,
    RESULTS,
    STEPS,
    sections_of,
)
from retrieval.answering.question_types import QuestionType
from retrieval.permalinks import path_of

# Notes without which an answer would be misread; the reader is led to them before the claims.
_WARNINGS: frozenset[NoteCode] = frozenset(
    {
        "conflicting_sources",
        "places_without_cases",
        "figure_not_given",
        "llm_unavailable",
        "llm_rejected",
        "llm_completed",
    }
)
_MARKER = re.compile(r"\[(\d+)\]")
# What may stand between the heading of a part and its first words: a number of a step.
_NUMBER = re.compile(r"(?:\d{1,2}[.)]\s*)?")
_BETWEEN = re.compile(rf"[\s.;]*{_NUMBER.pattern}")


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a claim.

    Attributes:
        heading: Such as "Cách làm".
        text: What it says, if it is not in steps.
        steps: What it says, step by step.
        citations: Markers of the quotes that carry it.
    """

    heading: str
    text: str
    steps: tuple[str, ...]
    citations: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class ClaimView:
    """A claim as it is shown; `name`, `lead` and `parts` hold all its words.

    Attributes:
        name: Name of the case at its beginning, or empty.
        path: Page of that case, or empty.
        lead: What follows up to the first part; the whole claim if it has none.
        citations: Markers that belong to the lead.
        parts: The parts, in order.
        is_reworded: Whether a language model wrote it.
    """

    name: str
    path: str
    lead: str
    citations: tuple[int, ...]
    parts: tuple[Part, ...]
    is_reworded: bool


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a note: text, or the marker of a citation."""

    text: str
    marker: int | None = None


@dataclass(frozen=True, slots=True)
class NoteView:
    """A note as it is shown."""

    code: NoteCode
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph of a refusal, or a list of choices."""

    text: str = ""
    items: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerView:
    """An answer as it is shown.

    Attributes:
        opening: Words that lead to a list of claims, or empty.
        claims: The claims, in order.
        notes: The notes, in order.
        has_warnings: Whether a note must be read before the answer is used.
        has_table: Whether there are cases to put side by side.
        is_table_first: Whether the table is the answer and the claims are for reading on.
        paragraphs: What a refusal says.
        is_empty: Whether the knowledge base holds nothing.
    """

    opening: str
    claims: tuple[ClaimView, ...]
    notes: tuple[NoteView, ...]
    has_warnings: bool
    has_table: bool
    is_table_first: bool
    paragraphs: tuple[Paragraph, ...]
    is_empty: bool


def view_of(answer: Answer, documents: Iterable[Document] = ()) -> AnswerView:
    """Return an answer laid out for its page.

    Args:
        answer: The answer.
        documents: The stored documents that it cites; claims of those that miss stay whole.
    """
    type_ = answer.interpretation.get("question_type")
    has_table = len(answer.rows) > 1
    return AnswerView(
        opening=_opening(answer),
        claims=claim_views(answer, documents),
        notes=tuple(note_view(note) for note in answer.notes),
        has_warnings=any(note.code in _WARNINGS for note in answer.notes),
        has_table=has_table,
        # Sentences of a language model compare themselves; quoted claims stand side by side.
        is_table_first=has_table
        and type_ == QuestionType.COMPARE.value
        and answer.writer == "extractive",
        paragraphs=() if answer.claims else paragraphs(answer.text),
        is_empty=answer.reason is NoAnswerReason.EMPTY_KNOWLEDGE_BASE,
    )


def _opening(answer: Answer) -> str:
    """Return what stands in the text before the first claim."""
    if not answer.claims:
        return ""
    before, found, _ = answer.text.partition(answer.claims[0].text)
    return before.strip().removesuffix("-").strip() if found else ""


def claim_views(answer: Answer, documents: Iterable[Document]) -> tuple[ClaimView, ...]:
    """Return the claims of an answer in their parts."""
    by_marker = {citation.marker: citation for citation in answer.citations}
    by_id = {document.document_id: document for document in documents}
    in_steps = answer.interpretation.get("question_type") == QuestionType.HOW_TO.value
    return tuple(_claim_view(claim, by_marker, by_id, in_steps=in_steps) for claim in answer.claims)


def _claim_view(
    claim: Claim,
    by_marker: Mapping[int, Citation],
    documents: Mapping[str, Document],
    *,
    in_steps: bool,
) -> ClaimView:
    cited = [by_marker[marker] for marker in claim.citations if marker in by_marker]
    named = next(
        (item for item in cited if item.case_id and claim.text.startswith(item.title)), None
    )
    if claim.written_by == "llm" or named is None:
        return ClaimView("", "", claim.text, claim.citations, (), claim.written_by == "llm")
    own = [item for item in cited if item.document_id == named.document_id]
    starts = _starts(claim.text, len(named.title), documents.get(named.document_id))
    ends = [start.at for start in starts[1:]] + [len(claim.text)]
    parts = (
        tuple(
            _part(start, claim.text[start.at + len(start.heading) + 1 : end].strip(), own, in_steps)
            for start, end in zip(starts, ends, strict=True)
        )
        if starts
        else ()
    )
    told = {marker for part in parts for marker in part.citations}
    return ClaimView(
        name=named.title,
        path=path_of("cases", named.case_id or ""),
        lead=claim.text[len(named.title) : starts[0].at if starts else None].rstrip(),
        citations=tuple(marker for marker in claim.citations if marker not in told),
        parts=parts,
        is_reworded=False,
    )


@dataclass(frozen=True, slots=True)
class _Start:
    """Where a part starts in a claim, and the section of the case that it tells."""

    at: int
    heading: str
    items: tuple[str, ...]
    span: Span


def _starts(text: str, position: int, document: Document | None) -> list[_Start]:
    """Return where parts start in the text of a claim: at a heading before its first words."""
    sections = sections_of(document) if document else None
    if document is None or sections is None:
        return []
    starts = []
    for heading in (PROBLEM, STEPS, RESULTS, CONDITIONS):
        spans = sections.items(document, heading)
        items = tuple(document.text[span.start_char : span.end_char] for span in spans)
        at = _start(text, position, heading, items[0]) if items else -1
        if at >= 0:
            own = Span(spans[0].start_char, spans[-1].end_char)
            starts.append(_Start(at, heading, items, own))
            position = at + len(heading)
    return starts


def _start(text: str, position: int, heading: str, first: str) -> int:
    """Return where a heading stands right before its first words, or -1."""
    label, first = f"{heading}: ", _open(first)
    at = text.find(label, position)
    while at >= 0:
        number = _NUMBER.match(text, at + len(label))
        if any(
            text.startswith(first, end) for end in {at + len(label), number.end() if number else 0}
        ):
            return at
        at = text.find(label, at + 1)
    return -1


def _part(start: _Start, body: str, citations: Iterable[Citation], in_steps: bool) -> Part:
    steps = start.items
    is_list = (
        in_steps and start.heading == STEPS and len(steps) > 1 and _holds_in_order(body, steps)
    )
    return Part(
        start.heading,
        "" if is_list else body,
        steps if is_list else (),
        tuple(
            citation.marker
            for citation in citations
            if start.span.overlaps(Span(citation.start_char, citation.end_char))
        ),
    )


def _holds_in_order(text: str, parts: tuple[str, ...]) -> bool:
    """Tell whether a text is made of nothing but parts, in order, and their numbers."""
    position = 0
    for part in map(_open, parts):
        at = text.find(part, position)
        if at < 0 or not _BETWEEN.fullmatch(text, position, at):
            return False
        position = at + len(part)
    return not text[position:].strip(" .;")


def _open(text: str) -> str:
    return text.rstrip(".;")


def note_view(note: Note) -> NoteView:
    """Return a note cut at its markers; those that its text does not name follow at its end."""
    pieces: list[Piece] = []
    named: set[int] = set()
    position = 0
    for match in _MARKER.finditer(note.text):
        marker = int(match[1])
        if marker not in note.citations:
            continue
        if match.start() > position:
            pieces.append(Piece(note.text[position : match.start()]))
        pieces.append(Piece(match[0], marker))
        named.add(marker)
        position = match.end()
    if position < len(note.text):
        pieces.append(Piece(note.text[position:]))
    rest = [marker for marker in note.citations if marker not in named]
    pieces += [Piece(f"[{marker}]", marker) for marker in dict.fromkeys(rest)]
    return NoteView(note.code, tuple(pieces))


def paragraphs(text: str) -> tuple[Paragraph, ...]:
    r"""Return the lines of a refusal, those that begin with a dash as one list.

    Example:
        >>> [item.text or item.items for item in paragraphs("Có hai:\n- A\n- B\nHỏi lại.")]
        ['Có hai:', ('A', 'B'), 'Hỏi lại.']
    """
    found: list[Paragraph] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if not line.startswith("- "):
            found.append(Paragraph(line))
        elif found and found[-1].items:
            found[-1] = Paragraph(items=(*found[-1].items, line[2:]))
        else:
            found.append(Paragraph(items=(line[2:],)))
    return tuple(found)
