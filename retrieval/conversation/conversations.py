"""Questions in a row: the facade over the answerer that remembers what follow-ups refer to."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

from kb.models import Answer, Filters, NoAnswerReason, Turn
from kb.settings import ConversationSettings
from retrieval.answering.answerer import Answerer, WriterChoice
from retrieval.answering.events import AnswerEvent, AnswerFinished, SearchFinished
from retrieval.conversation.history import AnsweredCase, Exchange
from retrieval.conversation.references import refers_back
from retrieval.conversation.rewriting import Rewriting, rewrite
from retrieval.conversation.sessions import Session, Sessions
from retrieval.conversation.wording import Words
from retrieval.query import ALL_PARTS, Parts

# The session id that starts a conversation.
NEW = "new"

_REMEDY = "Hãy hỏi lại với tên hoặc số thứ tự của mô hình, ví dụ “mô hình thứ hai làm thế nào?”."
_REMEDY_WITHOUT_CASES = "Hãy nêu tên mô hình, hoặc tên tỉnh đi kèm."

_NO_MORE = (
    "Ngoài các mô hình đã nêu, cơ sở tri thức chưa có tài liệu nào khác trả lời câu hỏi này. "
    "Dưới đây là các mô hình gần nhất, không phải câu trả lời."
)


class Conversations:
    """Answers questions that may refer to earlier ones; safe to use from several threads."""

    def __init__(
        self,
        answerer: Answerer,
        settings: ConversationSettings,
        *,
        sessions: Sessions | None = None,
    ) -> None:
        """Use an answerer.

        Args:
            answerer: Gives the answers.
            settings: How long and how much is remembered.
            sessions: Remembers the conversations; default: new ones in memory.
        """
        self._answerer = answerer
        self._sessions = Sessions(settings) if sessions is None else sessions

    def answer(
        self,
        question: str,
        *,
        session_id: str,
        filters: Filters | None = None,
        parts: Parts = ALL_PARTS,
        writer: WriterChoice = "auto",
    ) -> Answer:
        """Return the answer to a question of a conversation; `Answer.turn` tells where it stands.

        Args:
            question: What was asked.
            session_id: `NEW` starts a conversation. One that is unknown, malformed or over starts
                a new one, too, and the turn says so.
            filters: Strict conditions; None: for a follow-up those of the question it follows.
            parts: Which parts of the understanding take part.
            writer: `extractive` leaves the language model out where there is one.

        Raises:
            EmptyQuery: The question holds no letter and no digit. Like any error, it leaves the
                conversation as it was.
            QueryTooLong: It is longer than the limit.
        """
        events = self.stream(
            question, session_id=session_id, filters=filters, parts=parts, writer=writer
        )
        for event in events:
            if isinstance(event, AnswerFinished):
                return event.answer
        raise AssertionError("a stream ends with its answer")

    def stream(
        self,
        question: str,
        *,
        session_id: str,
        filters: Filters | None = None,
        parts: Parts = ALL_PARTS,
        writer: WriterChoice = "auto",
    ) -> Iterator[AnswerEvent]:
        """Yield what happens while an answer is made; the last event holds it.

        The arguments and errors are those of `answer`. The turn counts once it is answered: one
        whose stream is given up is not remembered.
        """
        found = None if session_id == NEW else self._sessions.find(session_id)
        session, history = found or (None, ())
        rewriting = rewrite(question, history)
        conditions = filters if filters is not None else rewriting.filters
        if rewriting.unclear:
            events = self._answerer.refuse(rewriting.text, _unclear(rewriting), parts=parts)
        else:
            events = self._answerer.stream(
                rewriting.text,
                filters=conditions,
                parts=parts,
                writer=writer,
                document_ids=rewriting.document_ids,
                excluded_ids=rewriting.seen_ids,
            )
        for event in events:
            match event:
                case SearchFinished():
                    told = {**event.interpretation, **_follow_up(rewriting)}
                    yield replace(event, interpretation=told)
                case AnswerFinished(answer):
                    exchange = self._exchange(question, rewriting, conditions, answer)
                    is_restarted = session is None and session_id != NEW
                    turn = self._remember(session, exchange, is_restarted=is_restarted)
                    yield AnswerFinished(_in_conversation(answer, question, rewriting, turn))
                case _:
                    yield event

    def _remember(self, session: Session | None, exchange: Exchange, *, is_restarted: bool) -> Turn:
        session_id, number = self._sessions.remember(session, exchange)
        return Turn(session_id, number, exchange.asked, exchange.understood, is_restarted)

    def _exchange(
        self, question: str, rewriting: Rewriting, filters: Filters | None, answer: Answer
    ) -> Exchange:
        rows = [row.document_id for row in answer.rows]
        cited = [citation.document_id for citation in answer.citations]
        return Exchange(
            asked=question,
            understood=rewriting.text,
            reading=_reading(rewriting.text, answer),
            cases=self._cases([*rows, *cited]),
            nearest=_once(
                AnsweredCase((hit.document.document_id,), hit.document.title, hit.document.province)
                for hit in answer.related
            ),
            filters=filters or Filters(),
            kind=rewriting.kind,
            subject=rewriting.subject,
            is_held=bool(rewriting.document_ids),
            is_unclear=bool(rewriting.unclear) or refers_back(rewriting.text),
        )

    def _cases(self, document_ids: Sequence[str]) -> tuple[AnsweredCase, ...]:
        """Return the cases that documents tell, in order."""
        documents = self._answerer.documents(list(dict.fromkeys(document_ids)))
        return _once(
            AnsweredCase((document.document_id,), document.title, document.province)
            for document in documents
        )


def _reading(understood: str, answer: Answer) -> str:
    """Return a question typed without diacritics as the search read it, any other as it is."""
    if Words(understood).is_accented:
        return understood
    return str(answer.interpretation.get("normalized") or understood)


def _once(cases: Iterable[AnsweredCase]) -> tuple[AnsweredCase, ...]:
    """Return cases with those of one name and place, which readers take for one, made one."""
    merged: dict[str, AnsweredCase] = {}
    for case in cases:
        known = merged.get(case.label)
        ids = (*known.document_ids, *case.document_ids) if known else case.document_ids
        merged[case.label] = replace(case, document_ids=tuple(dict.fromkeys(ids)))
    return tuple(merged.values())


def _follow_up(rewriting: Rewriting) -> dict[str, Any]:
    """Return what `interpretation` tells of a follow-up; nothing of other questions."""
    if not rewriting.is_follow_up:
        return {}
    return {"follow_up": {"understood": rewriting.text, "changes": list(rewriting.changes)}}


def _in_conversation(answer: Answer, question: str, rewriting: Rewriting, turn: Turn) -> Answer:
    """Return an answer as one to what was typed."""
    interpretation = {**answer.interpretation, **_follow_up(rewriting)}
    if rewriting.seen_ids and answer.status == "no_answer":
        # What was cited before is no longer "no document".
        answer = replace(answer, reason=NoAnswerReason.NO_EVIDENCE, text=_NO_MORE)
    return replace(answer, question=question, interpretation=interpretation, turn=turn)


def _unclear(rewriting: Rewriting) -> str:
    """Return what is unclear of a question, with the cases that it may mean."""
    choices = [f"- {case.label}" for case in rewriting.choices]
    remedy = _REMEDY if choices else _REMEDY_WITHOUT_CASES
    return "\n".join([rewriting.unclear, *choices, remedy])
