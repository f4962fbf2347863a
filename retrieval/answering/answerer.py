"""Answers from an opened knowledge base: the facade of the command line, service and evaluation."""

import logging
import time
from collections.abc import Collection, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from kb.errors import ModelError
from kb.knowledge_base import KnowledgeBase
from kb.models import (
    Answer,
    AnswerRow,
    AnswerStatus,
    Claim,
    Document,
    Filters,
    NoAnswerReason,
    Note,
    Span,
)
from retrieval.answering.composition import Composer
from retrieval.answering.drafts import ClaimBook, Draft, Quoted
from retrieval.answering.events import AnswerEvent, AnswerFinished, ClaimAdded, SearchFinished
from retrieval.answering.notes import notes_of
from retrieval.answering.planning import Plan, make_plan
from retrieval.answering.question_types import QuestionType, classify
from retrieval.answering.refusals import refusal_text
from retrieval.answering.rows import rows_of
from retrieval.answering.scope import focus_of
from retrieval.answering.writers import ClaimWriter, Rejected, WritingTask
from retrieval.candidates import Candidate, Found
from retrieval.conversation.references import refers_back
from retrieval.grouping import Group, group_same_cases
from retrieval.hits import related_hits
from retrieval.query import ALL_PARTS, Parts, Query
from retrieval.search import Searcher

logger = logging.getLogger(__name__)

# Documents that are read for an answer, and shown as related when there is none.
_READ, _RELATED = 12, 5

WriterChoice = Literal["auto", "extractive"]

# Kinds of answers whose cases are also put side by side.
_SIDE_BY_SIDE = frozenset(
    {QuestionType.LIST, QuestionType.COMPARE, QuestionType.PLACE, QuestionType.HOW_TO}
)
# Notes that tell that a part of the question has no answer.
_PARTIAL = frozenset({"places_without_cases", "figure_not_given"})

_MODEL_FAILED = Note(
    "llm_unavailable",
    "Mô hình ngôn ngữ không trả lời kịp hoặc bị lỗi. Câu trả lời gồm các câu trích nguyên văn.",
)
_MODEL_FAILED_LATE = Note(
    "llm_unavailable",
    "Mô hình ngôn ngữ dừng giữa chừng. Phần còn lại là các câu trích nguyên văn.",
)
_CLAIMS_REJECTED = Note(
    "llm_rejected",
    "Điều mô hình ngôn ngữ viết không khớp với nguồn nên đã bỏ. Câu trả lời gồm các câu trích "
    "nguyên văn.",
)
_CLAIMS_REPLACED = Note(
    "llm_completed",
    "Một số ý do mô hình ngôn ngữ viết không khớp với nguồn; các ý đó đã bỏ.",
)


class Answerer:
    """Answers questions from an opened knowledge base; safe to use from several threads."""

    def __init__(self, kb: KnowledgeBase, *, writer: ClaimWriter | None = None) -> None:
        """Use an opened knowledge base.

        Args:
            kb: The knowledge base.
            writer: Words the answers; without one they are quoted.
        """
        self._kb = kb
        self._searcher = Searcher(kb)
        self._writer = writer

    @property
    def has_writer(self) -> bool:
        """Whether a language model words the answers."""
        return self._writer is not None

    def documents(self, document_ids: Sequence[str]) -> list[Document]:
        """Return stored documents in the order asked; those removed meanwhile are left out."""
        return self._kb.store.get_documents(document_ids)

    def answer(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        parts: Parts = ALL_PARTS,
        writer: WriterChoice = "auto",
        document_ids: Collection[str] = (),
        excluded_ids: Collection[str] = (),
    ) -> Answer:
        """Return an answer whose every claim is quoted, or a refusal with its reason.

        Args:
            question: What was asked.
            filters: Strict conditions on the documents used.
            parts: Which parts of the understanding take part.
            writer: `extractive` leaves the language model out where there is one.
            document_ids: Documents that are asked about; the answer is taken from them alone, and
                that they are the right ones is not doubted. Empty: from whatever the search finds.
            excluded_ids: Documents that are left out, since the asker knows them already.

        Raises:
            EmptyQuery: The question holds no letter and no digit.
            QueryTooLong: It is longer than the limit.
        """
        events = self.stream(
            question,
            filters=filters,
            parts=parts,
            writer=writer,
            document_ids=document_ids,
            excluded_ids=excluded_ids,
        )
        for event in events:
            if isinstance(event, AnswerFinished):
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        parts: Parts = ALL_PARTS,
        writer: WriterChoice = "auto",
        document_ids: Collection[str] = (),
        excluded_ids: Collection[str] = (),
    ) -> Iterator[AnswerEvent]:
        """Yield what happens while an answer is made; the last event holds it.

        The arguments and errors are those of `answer`; errors come with the first event.
        """
        started = time.perf_counter()
        focus = focus_of(question)
        if focus is not question:
            self._searcher.parse(question)  # refuses what is too long as it was asked
        query = self._searcher.parse(focus, filters=filters, parts=parts)
        wanted = classify(query)
        timings: dict[str, float] = {}
        candidates = self._searcher.candidates(query, timings=timings)
        if document_ids:
            found = self._asked_about(candidates, document_ids)
        else:
            others = [item for item in candidates if item.document_id not in excluded_ids]
            found = self._searcher.load(others[:_READ])
        timings["search"] = _ms(started)
        interpretation = {**query.interpretation(), "question_type": wanted.type.value}
        yield SearchFinished(interpretation, len(candidates))
        reading = time.perf_counter()
        if not document_ids and refers_back(query.text):
            # There is nothing that it could refer to: conversations put that in beforehand.
            plan = Plan(wanted, reason=NoAnswerReason.AMBIGUOUS)
        else:
            plan = make_plan(self._kb, query, wanted, found, is_settled=bool(document_ids))
        book, composer = ClaimBook(), Composer(query, plan)
        notes: list[Note] = []
        worded = self._writer if writer == "auto" and plan.drafts else None
        for draft in self._drafts(query, plan, worded, notes):
            known = len(book.citations)
            claim = book.add(draft)
            if claim is not None:
                yield ClaimAdded(claim, book.citations[known:], composer.add(claim))
        timings["answer"] = _ms(reading)
        timings["total"] = _ms(started)
        yield AnswerFinished(
            self._finish(
                question, query, plan, book, composer, found, interpretation, timings, notes
            )
        )

    def refuse(
        self, question: str, text: str, *, parts: Parts = ALL_PARTS
    ) -> Iterator[AnswerEvent]:
        """Yield the refusal of a question that does not tell which case or place it means.

        Args:
            question: What was asked.
            text: What is unclear, and which cases may be meant.
            parts: Which parts of the understanding take part.
        """
        started = time.perf_counter()
        query = self._searcher.parse(question, parts=parts)
        interpretation = {**query.interpretation(), "question_type": classify(query).type.value}
        yield SearchFinished(interpretation, 0)
        yield AnswerFinished(
            Answer(
                question=question,
                status="no_answer",
                reason=NoAnswerReason.AMBIGUOUS,
                text=text,
                claims=(),
                citations=(),
                related=(),
                interpretation=interpretation,
                timings_ms={"total": _ms(started)},
            )
        )

    def _asked_about(
        self, candidates: Sequence[Candidate], document_ids: Collection[str]
    ) -> list[Found]:
        """Return the documents asked about: as the search found them, the others after them."""
        named = [item for item in candidates if item.document_id in document_ids]
        found = self._searcher.load(named)
        missing = set(document_ids) - {item.document.document_id for item in found}
        for document in self._kb.store.get_documents(sorted(missing)):
            span = Span(0, len(document.text))
            candidate = Candidate(document.document_id, "", 0.0, {})
            found.append(Found(candidate, document, span))
        return found

    def _drafts(
        self, query: Query, plan: Plan, writer: ClaimWriter | None, notes: list[Note]
    ) -> Iterator[Draft]:
        """Yield the claims to make: the writer's as they come, then those it leaves unsaid.

        Args:
            query: The question.
            plan: What the sources say.
            writer: Words it; None quotes.
            notes: Filled with what the reader must know of the writer.
        """
        if writer is None:
            yield from plan.drafts
            return
        said: list[Quoted] = []
        rejected = 0
        try:
            for item in writer.write(_task(query, plan)):
                if isinstance(item, Rejected):
                    rejected += 1
                    continue
                said += item.quotes
                yield item
        except ModelError as exc:
            logger.warning("the language model failed: %s", exc)
            notes.append(_MODEL_FAILED_LATE if said else _MODEL_FAILED)
        else:
            if rejected or not said:
                notes.append(_CLAIMS_REPLACED if said else _CLAIMS_REJECTED)
        # What the model left out, and what it said wrongly, the sources say themselves.
        yield from (draft for draft in plan.drafts if not _is_told(draft, said))

    def _finish(
        self,
        question: str,
        query: Query,
        plan: Plan,
        book: ClaimBook,
        composer: Composer,
        found: Sequence[Found],
        interpretation: dict[str, Any],
        timings: dict[str, float],
        writer_notes: Sequence[Note],
    ) -> Answer:
        claims = book.claims
        reason = None if claims else plan.reason or NoAnswerReason.NO_EVIDENCE
        rows: tuple[AnswerRow, ...] = ()
        notes = list(writer_notes)
        if claims:
            groups = self._groups(found)
            if plan.wanted.type in _SIDE_BY_SIDE:
                quoted = {citation.document_id for citation in book.citations}
                cases = [item.document for item in plan.evidence]
                cases = [document for document in cases if document.document_id in quoted]
                rows = rows_of(cases, groups, book) if len(cases) > 1 else ()
            today = datetime.now(UTC).date()
            notes += notes_of(query, plan, claims, book.citations, groups, today=today)
        related = related_hits(query, _related(found, book))
        return Answer(
            question=question,
            status=_status(claims, notes),
            reason=reason,
            text=refusal_text(reason, query, has_related=bool(related))
            if reason
            else composer.text,
            claims=claims,
            citations=book.citations,
            related=tuple(related),
            interpretation=interpretation,
            timings_ms=timings,
            writer="llm" if any(claim.written_by == "llm" for claim in claims) else "extractive",
            notes=tuple(notes),
            rows=rows,
        )

    def _groups(self, found: Sequence[Found]) -> dict[str, Group]:
        """Return, by document, what tells the same case among what was found."""
        ids = [item.document.document_id for item in found]
        groups = group_same_cases(found, self._kb.store.signatures.groups(ids))
        return {
            item.document.document_id: group
            for group in groups
            for item in (group.leader, *group.others)
        }


def _is_told(draft: Draft, said: Sequence[Quoted]) -> bool:
    """Tell whether claims rest on all that a draft quotes beside the name of its case."""
    body = [item for item in draft.quotes if item.span.start_char > 0] or draft.quotes
    return all(
        any(
            item.document.document_id == other.document.document_id
            and item.span.overlaps(other.span)
            for other in said
        )
        for item in body
    )


def _task(query: Query, plan: Plan) -> WritingTask:
    """Return what a writer gets: the passages that the plan rests on."""
    places = tuple(dict.fromkeys(mention.province.name for mention in query.provinces))
    return WritingTask(query.text, plan.wanted.type, plan.passages, places)


def _status(claims: Sequence[Claim], notes: Sequence[Note]) -> AnswerStatus:
    if not claims:
        return "no_answer"
    return "partial" if any(note.code in _PARTIAL for note in notes) else "answered"


def _related(found: Sequence[Found], book: ClaimBook) -> list[Found]:
    cited = {citation.document_id for citation in book.citations}
    return [item for item in found if item.document.document_id not in cited][:_RELATED]


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
