"""Answers as a LangChain runnable."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import Any

from langchain_core.runnables import Runnable, RunnableConfig
from langchain_core.runnables.config import run_in_executor
from langchain_core.runnables.utils import AddableDict
from typing_extensions import TypedDict, override

from kb.errors import QueryError
from kb.knowledge_base import KnowledgeBase
from kb.models import Filters
from retrieval.answering.answerer import Answerer
from retrieval.answering.events import AnswerEvent, AnswerFinished, ClaimAdded
from retrieval.answering.llm import chat_writer
from retrieval.conversation.conversations import Conversations
from retrieval.query import Parts, parse_filters
from retrieval.rendering import answer_to_data, citation_to_data

AnswerOutput = dict[str, Any]


class AnswerInput(TypedDict, total=False):
    """A question with its conditions, as in `POST /v1/answer`; only `question` is needed."""

    question: str
    province: str | None
    field: str | None
    topic: str | None
    year: int | None
    without: list[str]
    writer: str
    session_id: str | None


_KEYS = tuple(AnswerInput.__annotations__)
_CONDITIONS = ("province", "field", "topic", "year")
_WRITERS = ("auto", "extractive")


class AnswerRunnable(Runnable[str | AnswerInput, AnswerOutput]):
    """Answers questions with claims that are checked and cited, or says why it cannot.

    What goes in is a question, alone or in a dictionary with its conditions; conditions may also be
    bound (`runnable.bind(province="Cà Mau")`). What comes out is the body of `POST /v1/answer` as a
    dictionary: `answer`, `status`, `reason`, `claims`, `citations`, ... A refusal is a value and no
    exception.

    Streams yield parts of that dictionary, whose sum is the whole: `answer` grows by a claim at a
    time, and what it cites is in `citations` of the same part or an earlier one.

    Example:
        runnable = AnswerRunnable(kb)
        for part in runnable.stream("Mô hình nuôi tôm ở Cà Mau có kết quả gì?"):
            print(part.get("answer", ""), end="")
    """

    def __init__(
        self,
        kb: KnowledgeBase,
        *,
        answerer: Answerer | None = None,
        conversations: Conversations | None = None,
        name: str | None = None,
    ) -> None:
        """Use a knowledge base that stays open.

        Args:
            kb: The knowledge base.
            answerer: Gives the answers; default: one with the language model of the settings, if
                they name one. Batches use it from several threads.
            conversations: Remembers what questions with a `session_id` refer to.
            name: What traces call the runnable.
        """
        self._kb = kb
        writer = chat_writer(kb.settings.llm, kb.embedder)
        self._answerer = answerer or Answerer(kb, writer=writer)
        self._conversations = conversations
        self.name = name

    @property
    @override
    def InputType(self) -> Any:
        return str | AnswerInput

    @property
    @override
    def OutputType(self) -> Any:
        return AnswerOutput

    @override
    def invoke(
        self, input: str | AnswerInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AnswerOutput:
        """Return the answer.

        Args:
            input: The question, alone or with its conditions.
            config: Callbacks, tags, run name and so on.
            **kwargs: Conditions that stand where `input` gives none.

        Raises:
            QueryError: The question or a condition is wrong.
        """
        answer = partial(self._answer, bound=kwargs)
        return self._call_with_config(answer, input, config, run_type="chain")

    @override
    def stream(
        self, input: str | AnswerInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> Iterator[AnswerOutput]:
        """Yield the parts of the answer as they are made; arguments and errors as of `invoke`."""
        yield from self.transform(iter([input]), config, **kwargs)

    @override
    def transform(
        self,
        input: Iterator[str | AnswerInput],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> Iterator[AnswerOutput]:
        """Yield the parts of the answer to a question that comes in parts itself."""
        yield from self._transform_stream_with_config(
            input, partial(self._transformed, bound=kwargs), config, run_type="chain"
        )

    @override
    async def astream(
        self, input: str | AnswerInput, config: RunnableConfig | None = None, **kwargs: Any
    ) -> AsyncIterator[AnswerOutput]:
        """Yield the parts of the answer as they are made, off the event loop."""

        async def one() -> AsyncIterator[str | AnswerInput]:
            yield input

        async for part in self.atransform(one(), config, **kwargs):
            yield part

    @override
    async def atransform(
        self,
        input: AsyncIterator[str | AnswerInput],
        config: RunnableConfig | None = None,
        **kwargs: Any,
    ) -> AsyncIterator[AnswerOutput]:
        """Yield the parts of the answer to a question that comes in parts itself."""
        async for part in self._atransform_stream_with_config(
            input, partial(self._atransformed, bound=kwargs), config, run_type="chain"
        ):
            yield part

    def _answer(self, asked: str | AnswerInput, *, bound: Mapping[str, Any]) -> AnswerOutput:
        for event in self._events(asked, bound):
            if isinstance(event, AnswerFinished):
                return answer_to_data(event.answer)
        raise AssertionError("a stream ends with its answer")

    def _transformed(
        self, asked: Iterator[str | AnswerInput], *, bound: Mapping[str, Any]
    ) -> Iterator[AnswerOutput]:
        whole: Any = None
        for part in asked:
            whole = _joined(whole, part)
        yield from _parts(self._events(whole, bound))

    async def _atransformed(
        self, asked: AsyncIterator[str | AnswerInput], *, bound: Mapping[str, Any]
    ) -> AsyncIterator[AnswerOutput]:
        whole: Any = None
        async for part in asked:
            whole = _joined(whole, part)
        async for made in _off_the_loop(_parts(self._events(whole, bound))):
            yield made

    def _events(self, asked: Any, bound: Mapping[str, Any]) -> Iterator[AnswerEvent]:
        """Make an answer.

        Raises:
            QueryError: The question or a condition is wrong.
        """
        values = _values(asked, bound)
        # A condition that is given as None lifts those of the question that a follow-up follows.
        given = {key: values[key] for key in _CONDITIONS if key in values}
        arguments: dict[str, Any] = {
            "filters": self._filters(given) if given else None,
            "parts": Parts.without(values.get("without") or ()),
            "writer": values.get("writer", "auto"),
        }
        session_id = values.get("session_id")
        if session_id is None:
            yield from self._answerer.stream(values["question"], **arguments)
        elif self._conversations is None:
            raise QueryError(
                "Không hỏi tiếp được theo 'session_id': AnswerRunnable được tạo không kèm "
                "conversations. Hãy tạo với conversations=Conversations(...)."
            )
        else:
            yield from self._conversations.stream(
                values["question"], session_id=session_id, **arguments
            )

    def _filters(self, given: Mapping[str, Any]) -> Filters:
        """Return checked conditions; topics that officers made up count as known.

        Raises:
            InvalidFilter: A value does not exist.
        """
        known = self._kb.store.known_topics() if given.get("topic") is not None else None
        return parse_filters(**given, known_topics=known)


def _values(asked: Any, bound: Mapping[str, Any]) -> dict[str, Any]:
    """Return a question with its conditions.

    Raises:
        QueryError: A key is unknown, or the question is missing or no text.
    """
    if not isinstance(asked, str | Mapping):
        raise QueryError(
            f"Đầu vào kiểu {type(asked).__name__!r} không dùng được. "
            "Gửi câu hỏi, hoặc một dict có khóa 'question'."
        )
    values = {**bound, **({"question": asked} if isinstance(asked, str) else asked)}
    if unknown := [key for key in values if key not in _KEYS]:
        raise QueryError(f"Không có khóa {unknown[0]!r}. Chọn trong: {', '.join(_KEYS)}.")
    if not isinstance(values.get("question"), str):
        raise QueryError("Thiếu khóa 'question': câu hỏi, là một chuỗi.")
    if values.get("writer", "auto") not in _WRITERS:
        raise QueryError(f"Không có writer {values['writer']!r}. Chọn: {', '.join(_WRITERS)}.")
    return values


def _joined(whole: Any, part: Any) -> Any:
    """Return the parts of a question as one: texts one after the other, dictionaries merged."""
    if whole is None:
        return part
    if isinstance(whole, Mapping) and isinstance(part, Mapping):
        return AddableDict(whole) + AddableDict(part)
    if isinstance(whole, str) and isinstance(part, str):
        return whole + part
    return part


def _parts(events: Iterator[AnswerEvent]) -> Iterator[AnswerOutput]:
    """Yield the parts of an answer; the sum of all is the whole."""
    text, cited = "", 0
    for event in events:
        match event:
            case ClaimAdded():
                text += event.delta
                cited += len(event.citations)
                citations = [citation_to_data(citation) for citation in event.citations]
                yield AddableDict(answer=event.delta, citations=citations)
            case AnswerFinished():
                data = answer_to_data(event.answer)
                data["answer"] = data["answer"].removeprefix(text)
                data["citations"] = data["citations"][cited:]
                yield AddableDict(data)
            case _:
                pass


async def _off_the_loop(parts: Iterator[AnswerOutput]) -> AsyncIterator[AnswerOutput]:
    """Yield what a blocking iterator yields; each step runs in a thread."""
    step: asyncio.Future[AnswerOutput | None] | None = None
    try:
        while True:
            step = asyncio.ensure_future(run_in_executor(None, next, parts, None))
            # A cancelled caller does not stop the thread, so the step is waited for below.
            part = await asyncio.shield(step)
            if part is None:
                return
            yield part
    finally:
        if step is not None:
            await asyncio.wait([step])
            step.exception()  # the caller has it, or is gone
        if close := getattr(parts, "close", None):
            await run_in_executor(None, close)
