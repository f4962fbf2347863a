"""What an answer says: which documents are quoted, with which sentences, or why none is."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.knowledge_base import KnowledgeBase
from kb.models import Document, NoAnswerReason, Span
from kb.sentences import split_sentences
from retrieval.answering.drafts import Draft, Quoted, merge_equal
from retrieval.answering.evidence import (
    LEAST_COVERAGE,
    Sentence,
    Support,
    is_of_place,
    need_of,
    rank_sentences,
    settled_places,
    support_of,
)
from retrieval.answering.question_types import PERCENT, QuestionType, Wanted
from retrieval.calibration import dense_scale
from retrieval.candidates import Found
from retrieval.query import Query

# Least score of a sentence that states the figure asked for.
_FIGURE_SCORE = 0.55
_MAX_FIGURES, _MAX_CASES, _MAX_HOW_TO = 2, 6, 4
# A case this far below the best one (in fused score) is no longer an answer.
_FAR_BELOW = 0.2
# Headings of a case's text whose lines are quoted.
_STEPS, _RESULTS = "Cách làm", "Kết quả"
# A further figure is shown beside the best one if its sentence scores nearly as well.
_NEAR_BEST = 0.9

# What stands before the text of a list item: a bullet, or a short number.
_LIST_MARKER = re.compile(r"(?:[-•+*]|\d{1,2}[.)])\s+(?=\S)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """A document that covers the question, with its ranked sentences."""

    found: Found
    support: Support
    sentences: Sequence[Sentence]

    @property
    def document(self) -> Document:
        """The document."""
        return self.found.document


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be said.

    Attributes:
        wanted: What kind of answer.
        drafts: Claims in order; empty if there is no answer.
        evidence: The documents behind them, in order.
        passages: Stretches of the quoted documents that a writer may reword, in order.
        reason: Why there is no answer.
    """

    wanted: Wanted
    drafts: tuple[Draft, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    passages: tuple[Quoted, ...] = ()
    reason: NoAnswerReason | None = None


def make_plan(
    kb: KnowledgeBase,
    query: Query,
    wanted: Wanted,
    found: Sequence[Found],
    *,
    is_settled: bool = False,
) -> Plan:
    """Return what to say from the documents that a search found.

    Args:
        kb: The knowledge base.
        query: The question.
        wanted: What kind of answer it wants.
        found: Documents, best first.
        is_settled: Whether these are known to be the documents that the question is about.
    """
    if not found:
        empty = kb.index.count() == 0
        reason = NoAnswerReason.EMPTY_KNOWLEDGE_BASE if empty else NoAnswerReason.NO_EVIDENCE
        return Plan(wanted, reason=reason)
    need = need_of(query, kb)
    scale = dense_scale(kb.embedder.spec.name)
    supports = [support_of(item, query, need, scale) for item in found]
    covering = [
        (item, support)
        for item, support in zip(found, supports, strict=True)
        if support.margin >= 0 or is_settled
    ]
    if not covering:
        local = any(is_of_place(item, query) for item in found)
        if (query.provinces or settled_places(query)) and not local:
            return Plan(wanted, reason=NoAnswerReason.WRONG_PLACE)
        return Plan(wanted, reason=NoAnswerReason.NO_EVIDENCE)
    evidence = [
        Evidence(item, support, rank_sentences(item.document, query, need, wanted))
        for item, support in covering
        if is_settled or is_of_place(item, query)
    ]
    if not evidence:
        return Plan(wanted, reason=NoAnswerReason.WRONG_PLACE)
    match wanted.type:
        case QuestionType.FIGURE:
            drafts = _figures(evidence, wanted)
        case QuestionType.HOW_TO:
            drafts = _quote_cases(_chosen(evidence, _MAX_HOW_TO))
        case _:
            drafts = _quote_cases(_chosen(evidence, _MAX_CASES))
    if not drafts:
        return Plan(wanted, reason=_why_no_figure(evidence))
    merged = tuple(merge_equal(drafts))
    return Plan(wanted, merged, tuple(evidence), _passages(merged))


def _passages(drafts: Sequence[Draft]) -> tuple[Quoted, ...]:
    """Return what the drafts quote, each stretch once, those of a document side by side."""
    by_document: dict[str, dict[Span, Quoted]] = {}
    for draft in drafts:
        for quote in draft.quotes:
            by_document.setdefault(quote.document.document_id, {})[quote.span] = quote
    return tuple(quote for quotes in by_document.values() for quote in quotes.values())


def _why_no_figure(evidence: Sequence[Evidence]) -> NoAnswerReason:
    """Tell "the right case, but not this figure" from "no such case"."""
    if max(item.support.coverage for item in evidence) >= LEAST_COVERAGE:
        return NoAnswerReason.FIGURE_NOT_GIVEN
    return NoAnswerReason.NO_EVIDENCE


def _chosen(evidence: Sequence[Evidence], most: int) -> list[Evidence]:
    """Return what to quote: cases in search order, none far below the best.

    An officer looks for cases; an article about a whole movement fits any question a little, so
    one is quoted only if it is ahead of every case.
    """
    cases = [item for item in evidence if item.document.case is not None]
    best = max((item.found.candidate.score for item in cases), default=0.0)
    near = [item for item in cases if item.found.candidate.score >= best - _FAR_BELOW]
    articles = [
        item
        for item in evidence
        if item.document.case is None and item.found.candidate.score >= best
    ]
    return [*near, *articles][:most]


def _figures(evidence: Sequence[Evidence], wanted: Wanted) -> list[Draft]:
    """Return the sentences that state the figure asked for, best first."""
    scored = [
        (sentence.score, item, sentence)
        for item in evidence
        for sentence in item.sentences
        if sentence.has_figure and _has_percent(item.document, sentence, wanted)
    ]
    scored = [row for row in scored if row[0] >= _FIGURE_SCORE]
    scored.sort(key=lambda row: (-row[0], row[1].document.document_id, row[2].span.start_char))
    drafts: list[Draft] = []
    for score, item, sentence in scored[:_MAX_FIGURES]:
        if score >= scored[0][0] * _NEAR_BEST:
            drafts.append(_draft_sentence(item.document, sentence.span))
    return drafts


def _has_percent(document: Document, sentence: Sentence, wanted: Wanted) -> bool:
    if wanted.unit != PERCENT:
        return True
    text = document.text[sentence.span.start_char : sentence.span.end_char]
    return "%" in text or "phần trăm" in text.lower()


def _quote_cases(evidence: Sequence[Evidence]) -> list[Draft]:
    """Return one claim a case, of its steps and results; of articles the best sentence."""
    drafts: list[Draft] = []
    for item in evidence:
        blocks = [
            (name, lines) for name in (_STEPS, _RESULTS) if (lines := _section(item.document, name))
        ]
        if blocks:
            drafts.append(_draft_sections(item.document, blocks))
        else:
            drafts.append(_draft_sentence(item.document, _best(item).span))
    return drafts


def _best(item: Evidence) -> Sentence:
    """Return the best sentence that is not just the title or a heading."""
    title_end = len(item.document.title)
    for sentence in item.sentences:
        length = sentence.span.end_char - sentence.span.start_char
        if sentence.span.start_char >= title_end and length >= 40:
            return sentence
    return item.sentences[0]


def _section(document: Document, heading: str) -> list[Span]:
    """Return the lines under a heading of a case's text; empty for articles."""
    if document.case is None:
        return []
    lines: list[Span] = []
    inside = False
    for span in split_sentences(document.text):
        line = document.text[span.start_char : span.end_char]
        if line == heading:
            inside = True
        elif inside:
            if line in {"Thực trạng", "Cách làm", "Kết quả", "Điều kiện nhân rộng"}:
                break
            lines.append(span)
    return lines


def _draft_sentence(document: Document, span: Span) -> Draft:
    marker = _LIST_MARKER.match(document.text, span.start_char, span.end_char)
    if marker:
        span = Span(marker.end(), span.end_char)
    text = document.text[span.start_char : span.end_char]
    title = _title_span(document)
    if document.case is None or title is None:
        return Draft(text, (Quoted(document, span),))
    return Draft(f"{label_of(document)}: {text}", _quotes(document, (_head_span(document), span)))


def _draft_sections(document: Document, blocks: Sequence[tuple[str, Sequence[Span]]]) -> Draft:
    """Return a claim that tells whole sections of a case, each quoted as one stretch."""
    spans = [_head_span(document)]
    parts: list[str] = []
    for name, lines in blocks:
        block = Span(lines[0].start_char, lines[-1].end_char)
        marker = _LIST_MARKER.match(document.text, block.start_char, block.end_char)
        if name != _STEPS and marker:
            block = Span(marker.end(), block.end_char)
        lines_told = document.text[block.start_char : block.end_char].split("\n")
        told = [line if name == _STEPS else line.rstrip(".") for line in lines_told]
        joined = " ".join(told) if name == _STEPS else "; ".join(map(_without_marker, told))
        parts.append(joined if len(blocks) == 1 else f"{name}: {joined}")
        spans.append(block)
    return Draft(
        f"{label_of(document)}: {'. '.join(part.rstrip('.') for part in parts)}",
        _quotes(document, spans),
    )


def _without_marker(line: str) -> str:
    marker = _LIST_MARKER.match(line)
    return line[marker.end() :] if marker else line


def _title_span(document: Document) -> Span | None:
    if document.text.startswith(document.title):
        return Span(0, len(document.title))
    return None


def _head_span(document: Document) -> Span:
    """Return the span of a case's name and place line: what the label of a claim says."""
    line_end = document.text.find("\n", len(document.title) + 2)
    return Span(0, line_end if line_end > 0 else len(document.title))


def label_of(document: Document) -> str:
    """Return how an answer names a case: its title and province."""
    return f"{document.title} ({document.province})" if document.province else document.title


def _quotes(document: Document, spans: Sequence[Span]) -> tuple[Quoted, ...]:
    return tuple(Quoted(document, span) for span in spans)
