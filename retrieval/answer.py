"""Extractive answers: the sentences of the knowledge base that answer, each with its citation.

No model writes here. A claim is a verbatim sentence, put after the name and place of its case
where the sentence would not stand alone; both parts are quoted. Whether there is an answer at all
is decided by how much of the question the best documents cover.
"""

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass

from kb.knowledge_base import KnowledgeBase
from kb.models import Answer, AnswerStatus, Claim, Document, Filters, NoAnswerReason, Span
from kb.sentences import split_sentences
from retrieval.calibration import dense_scale
from retrieval.candidates import Found
from retrieval.citations import CitationBook, checks_of
from retrieval.evidence import (
    LEAST_COVERAGE,
    Sentence,
    Support,
    is_of_place,
    need_of,
    rank_sentences,
    settled_places,
    support_of,
)
from retrieval.hits import related_hits
from retrieval.query import ALL_PARTS, Parts, Query
from retrieval.question import PERCENT, QuestionType, Wanted, classify
from retrieval.search import Searcher

# Documents that are read for an answer, and shown as related when there is none.
_READ, _RELATED = 12, 5
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

_REASONS = {
    NoAnswerReason.NO_EVIDENCE: (
        "Cơ sở tri thức chưa có tài liệu trả lời câu hỏi này. "
        "Dưới đây là các mô hình gần nhất, không phải câu trả lời."
    ),
    NoAnswerReason.WRONG_PLACE: (
        "Cơ sở tri thức chưa có tài liệu về nội dung này ở {places}. "
        "Dưới đây là các mô hình gần nhất, không phải câu trả lời."
    ),
    NoAnswerReason.FIGURE_NOT_GIVEN: (
        "Có tài liệu liên quan nhưng nguồn không nêu con số được hỏi. "
        "Dưới đây là các mô hình gần nhất để tham khảo."
    ),
    NoAnswerReason.EMPTY_KNOWLEDGE_BASE: (
        "Cơ sở tri thức còn trống. Hãy nạp tài liệu bằng `kb ingest`, ví dụ "
        "`kb ingest corpus --recursive`."
    ),
}


@dataclass(frozen=True, slots=True)
class _Evidence:
    """A document that covers the question, with its ranked sentences."""

    found: Found
    support: Support
    sentences: Sequence[Sentence]

    @property
    def document(self) -> Document:
        return self.found.document


@dataclass(frozen=True, slots=True)
class _Draft:
    """A claim before its citations are numbered."""

    text: str
    document: Document
    spans: tuple[Span, ...]


class Answerer:
    """Answers questions from an opened knowledge base; safe to use from several threads."""

    def __init__(self, kb: KnowledgeBase) -> None:
        """Use an opened knowledge base."""
        self._kb = kb
        self._searcher = Searcher(kb)

    def answer(
        self, question: str, *, filters: Filters | None = None, parts: Parts = ALL_PARTS
    ) -> Answer:
        """Return an answer whose every claim is quoted, or a refusal with its reason.

        Args:
            question: What was asked.
            filters: Strict conditions on the documents used.
            parts: Which parts of the understanding take part.

        Raises:
            EmptyQuery: The question holds no letter and no digit.
            QueryTooLong: It is longer than the limit.
        """
        started = time.perf_counter()
        query = self._searcher.parse(question, filters=filters, parts=parts)
        wanted = classify(query)
        timings: dict[str, float] = {}
        candidates = self._searcher.candidates(query, timings=timings)
        found = self._searcher.load(candidates[:_READ])
        timings["search"] = _ms(started)
        reading = time.perf_counter()
        drafts, reason = self._draft(query, wanted, found)
        claims, book = _check(drafts)
        if not claims and reason is None:
            reason = NoAnswerReason.NO_EVIDENCE
        timings["answer"] = _ms(reading)
        timings["total"] = _ms(started)
        status = _status(query, claims, book)
        related = related_hits(query, _related(found, book))
        return Answer(
            question=question,
            status=status,
            reason=None if claims else reason,
            text=_compose(claims, wanted) if claims else _refusal(reason, query),
            claims=tuple(claims),
            citations=book.citations,
            related=tuple(related),
            interpretation={**query.interpretation(), "question_type": wanted.type.value},
            timings_ms=timings,
        )

    def _draft(
        self, query: Query, wanted: Wanted, found: Sequence[Found]
    ) -> tuple[list[_Draft], NoAnswerReason | None]:
        if not found:
            empty = self._kb.index.count() == 0
            return [], (
                NoAnswerReason.EMPTY_KNOWLEDGE_BASE if empty else NoAnswerReason.NO_EVIDENCE
            )
        need = need_of(query, self._kb)
        scale = dense_scale(self._kb.embedder.spec.name)
        supports = [support_of(item, query, need, scale) for item in found]
        covering = [
            (item, support)
            for item, support in zip(found, supports, strict=True)
            if support.margin >= 0
        ]
        if not covering:
            local = any(is_of_place(item, query) for item in found)
            if (query.provinces or settled_places(query)) and not local:
                return [], NoAnswerReason.WRONG_PLACE
            return [], NoAnswerReason.NO_EVIDENCE
        evidence = [
            _Evidence(item, support, rank_sentences(item.document, query, need, wanted))
            for item, support in covering
            if is_of_place(item, query)
        ]
        if not evidence:
            return [], NoAnswerReason.WRONG_PLACE
        match wanted.type:
            case QuestionType.FIGURE:
                drafts = _figures(evidence, wanted)
                return drafts, None if drafts else _why_no_figure(evidence)
            case QuestionType.HOW_TO:
                return _quote_cases(_chosen(evidence, _MAX_HOW_TO)), None
            case QuestionType.LIST | QuestionType.COMPARE:
                return _quote_cases(_chosen(evidence, _MAX_CASES)), None


def _why_no_figure(evidence: Sequence[_Evidence]) -> NoAnswerReason:
    """Tell "the right case, but not this figure" from "no such case"."""
    if max(item.support.coverage for item in evidence) >= LEAST_COVERAGE:
        return NoAnswerReason.FIGURE_NOT_GIVEN
    return NoAnswerReason.NO_EVIDENCE


def _chosen(evidence: Sequence[_Evidence], most: int) -> list[_Evidence]:
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


def _figures(evidence: Sequence[_Evidence], wanted: Wanted) -> list[_Draft]:
    """Return the sentences that state the figure asked for, best first."""
    scored = [
        (sentence.score, item, sentence)
        for item in evidence
        for sentence in item.sentences
        if sentence.has_figure and _has_percent(item.document, sentence, wanted)
    ]
    scored = [row for row in scored if row[0] >= _FIGURE_SCORE]
    scored.sort(key=lambda row: (-row[0], row[1].document.document_id, row[2].span.start_char))
    drafts: list[_Draft] = []
    for score, item, sentence in scored[:_MAX_FIGURES]:
        if score >= scored[0][0] * _NEAR_BEST:
            drafts.append(_draft_sentence(item.document, sentence.span))
    return drafts


def _has_percent(document: Document, sentence: Sentence, wanted: Wanted) -> bool:
    if wanted.unit != PERCENT:
        return True
    text = document.text[sentence.span.start_char : sentence.span.end_char]
    return "%" in text or "phần trăm" in text.lower()


def _quote_cases(evidence: Sequence[_Evidence]) -> list[_Draft]:
    """Return one claim a case, of its steps and results; of articles the best sentence."""
    drafts: list[_Draft] = []
    for item in evidence:
        blocks = [
            (name, lines) for name in (_STEPS, _RESULTS) if (lines := _section(item.document, name))
        ]
        if blocks:
            drafts.append(_draft_sections(item.document, blocks))
        else:
            drafts.append(_draft_sentence(item.document, _best(item).span))
    return drafts


def _best(item: _Evidence) -> Sentence:
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


def _draft_sentence(document: Document, span: Span) -> _Draft:
    marker = _LIST_MARKER.match(document.text, span.start_char, span.end_char)
    if marker:
        span = Span(marker.end(), span.end_char)
    text = document.text[span.start_char : span.end_char]
    title = _title_span(document)
    if document.case is None or title is None:
        return _Draft(text, document, (span,))
    return _Draft(f"{_label(document)}: {text}", document, (_head_span(document), span))


def _draft_sections(document: Document, blocks: Sequence[tuple[str, Sequence[Span]]]) -> _Draft:
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
    return _Draft(
        f"{_label(document)}: {'. '.join(part.rstrip('.') for part in parts)}",
        document,
        tuple(spans),
    )


def _without_marker(line: str) -> str:
    marker = _LIST_MARKER.match(line)
    return line[marker.end() :] if marker else line


def _label(document: Document) -> str:
    return f"{document.title} ({document.province})" if document.province else document.title


def _title_span(document: Document) -> Span | None:
    if document.text.startswith(document.title):
        return Span(0, len(document.title))
    return None


def _head_span(document: Document) -> Span:
    """Return the span of a case's name and place line: what the label of a claim says."""
    line_end = document.text.find("\n", len(document.title) + 2)
    return Span(0, line_end if line_end > 0 else len(document.title))


def _check(drafts: Sequence[_Draft]) -> tuple[list[Claim], CitationBook]:
    """Return the claims that pass every check, with their citations numbered.

    What several documents say in the same words (reprints, a file that came twice) is one claim
    with the citations of all.
    """
    documents = {draft.document.document_id: draft.document for draft in drafts}
    book = CitationBook()
    claims: dict[str, Claim] = {}
    for draft in drafts:
        trial = CitationBook()
        for span in draft.spans:
            trial.cite(draft.document, span)
        checks = checks_of(draft.text, trial.citations, documents)
        if all(checks.values()):
            markers = tuple(book.cite(draft.document, span) for span in draft.spans)
            said = claims.get(draft.text)
            markers = (*said.citations, *markers) if said else markers
            claims[draft.text] = Claim(draft.text, tuple(dict.fromkeys(markers)), checks)
    return list(claims.values()), book


def _status(query: Query, claims: Sequence[Claim], book: CitationBook) -> AnswerStatus:
    if not claims:
        return "no_answer"
    asked = {mention.province.name for mention in query.provinces}
    if len(asked) > 1:
        text = " ".join(citation.quote for citation in book.citations)
        if not all(name in text for name in asked):
            return "partial"
    return "answered"


def _compose(claims: Sequence[Claim], wanted: Wanted) -> str:
    """Return the claims as one text with markers."""
    lines = [
        f"{claim.text} {''.join(f'[{marker}]' for marker in claim.citations)}" for claim in claims
    ]
    if wanted.type is QuestionType.FIGURE or len(lines) == 1:
        return "\n".join(lines)
    return "\n".join(f"- {line}" for line in lines)


def _refusal(reason: NoAnswerReason | None, query: Query) -> str:
    names = [mention.province.name for mention in query.provinces]
    names = names or [mention.name for mention in settled_places(query)]
    places = " và ".join(dict.fromkeys(names))
    return _REASONS[reason or NoAnswerReason.NO_EVIDENCE].format(places=places)


def _related(found: Sequence[Found], book: CitationBook) -> list[Found]:
    cited = {citation.document_id for citation in book.citations}
    return [item for item in found if item.document.document_id not in cited][:_RELATED]


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
