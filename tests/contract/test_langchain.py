"""The retriever passes LangChain's own tests for retrievers; the runnable is a runnable throughout.

`langchain-tests` has no suite for runnables, so what `Runnable` promises of one is checked here.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from functools import reduce
from operator import add
from typing import Any

import pytest
from langchain_core.callbacks import BaseCallbackHandler
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import RunnableLambda, RunnablePassthrough
from langchain_core.tools import BaseTool, create_retriever_tool
from langchain_tests.integration_tests import RetrieversIntegrationTests, ToolsIntegrationTests

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.errors import EmptyQuery
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, CaseResult, Field, Source
from retrieval.langchain.retriever import KnowledgeBaseRetriever
from retrieval.langchain.runnable import AnswerRunnable

# The async tests of the suite run on asyncio, whatever plugins are there.
pytestmark = pytest.mark.anyio

QUESTION = "Nuôi gà thả vườn có bao nhiêu hộ tham gia?"
QUERY = "nuôi gà thả vườn"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


def _case(number: int, place: str) -> Case:
    return Case(
        case_id=f"ga-vuon-{number}",
        name=f"Nuôi gà thả vườn của hội viên xã {'ABCDE'[number]}",
        field=Field.ECONOMY,
        topics=("chan-nuoi",),
        province=place,
        approach=("Góp vốn mua gà giống", f"Tập huấn chăm gà cho ấp {'ABCDE'[number]}"),
        results=(CaseResult(f"Có {20 + number} hộ tham gia", 20 + number, "hộ"),),
        sources=(Source("Gà vườn", "Báo Thử", f"https://example.vn/ga/{number}", "2022"),),
    )


@pytest.fixture
def chickens(kb: KnowledgeBase) -> KnowledgeBase:
    places = ["Cà Mau", "Bạc Liêu", "Hà Giang", "An Giang", "Cà Mau"]
    cases = [_case(number, place) for number, place in enumerate(places)]
    write_batch(kb, [case_document(case, "test") for case in cases])
    return kb


class TestKnowledgeBaseRetriever(RetrieversIntegrationTests):
    @pytest.fixture(autouse=True)
    def _opened(self, chickens: KnowledgeBase) -> None:
        self.kb = chickens

    @property
    def retriever_constructor(self) -> type[BaseRetriever]:
        return KnowledgeBaseRetriever

    @property
    def retriever_constructor_params(self) -> dict[str, Any]:
        return {"kb": self.kb}

    @property
    def retriever_query_example(self) -> str:
        return QUERY


class TestRetrieverAsTool(ToolsIntegrationTests):
    """Agents take the retriever as a tool."""

    @pytest.fixture(autouse=True)
    def _opened(self, chickens: KnowledgeBase) -> None:
        self.kb = chickens

    @property
    def tool_constructor(self) -> BaseTool:
        retriever = KnowledgeBaseRetriever(kb=self.kb, k=2)
        return create_retriever_tool(retriever, "find_cases", "Tìm mô hình, cách làm hay.")

    @property
    def tool_invoke_params_example(self) -> dict[str, Any]:
        return {"query": QUERY}


class Recorder(BaseCallbackHandler):
    """Notes which runs began and ended, and with which tags and outputs."""

    def __init__(self) -> None:
        self.started: list[tuple[str, list[str]]] = []
        self.ended: list[Any] = []
        self.failed: list[BaseException] = []

    def on_chain_start(self, serialized: Any, inputs: Any, **kwargs: Any) -> None:
        self.started.append((kwargs["name"], kwargs["tags"]))

    def on_chain_end(self, outputs: Any, **kwargs: Any) -> None:
        self.ended.append(outputs)

    def on_chain_error(self, error: BaseException, **kwargs: Any) -> None:
        self.failed.append(error)


def _timeless(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "timings_ms"}


async def _collected(stream: AsyncIterator[Any]) -> list[Any]:
    return [part async for part in stream]


@pytest.fixture
def runnable(chickens: KnowledgeBase) -> AnswerRunnable:
    return AnswerRunnable(chickens)


CALLS: dict[str, Callable[[AnswerRunnable, Any, Any], Any]] = {
    "invoke": lambda r, asked, config: r.invoke(asked, config),
    "stream": lambda r, asked, config: reduce(add, r.stream(asked, config)),
    "batch": lambda r, asked, config: r.batch([asked], config)[0],
    "ainvoke": lambda r, asked, config: asyncio.run(r.ainvoke(asked, config)),
    "astream": lambda r, asked, config: reduce(
        add, asyncio.run(_collected(r.astream(asked, config)))
    ),
    "abatch": lambda r, asked, config: asyncio.run(r.abatch([asked], config))[0],
}


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("asked", [QUESTION, {"question": QUESTION, "province": "Hà Giang"}])
def test_every_way_to_call_gives_the_same_answer(
    runnable: AnswerRunnable, call: Callable[..., Any], asked: Any
):
    expected = runnable.invoke(asked)
    assert expected["status"] == "answered"
    recorder = Recorder()
    config = {"callbacks": [recorder], "tags": ["thu"], "run_name": "hoi"}
    given = call(runnable, asked, config)
    assert _timeless(given) == _timeless(expected)
    assert recorder.started == [("hoi", ["thu"])]
    assert [_timeless(output) for output in recorder.ended] == [_timeless(expected)]


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_errors_are_raised_and_reported_by_every_way_to_call(
    runnable: AnswerRunnable, call: Callable[..., Any]
):
    recorder = Recorder()
    with pytest.raises(EmptyQuery):
        call(runnable, "?!", {"callbacks": [recorder]})
    assert [type(error) for error in recorder.failed] == [EmptyQuery]


def test_batches_keep_their_order_and_can_hold_errors(runnable: AnswerRunnable):
    asked = [f"nuôi gà thả vườn ở {place}" for place in ("Hà Giang", "An Giang", "Bạc Liêu")]
    given = runnable.batch([*asked, "?"], {"max_concurrency": 2}, return_exceptions=True)
    assert [each["question"] for each in given[:3]] == asked
    assert isinstance(given[3], EmptyQuery)


def test_it_streams_within_a_chain(runnable: AnswerRunnable):
    def in_words(question: str) -> Iterator[str]:
        yield from question.partition(" ")

    chain = RunnableLambda(in_words) | runnable.pick("answer")
    parts = list(chain.stream(QUESTION))
    assert "".join(parts) == runnable.invoke(QUESTION)["answer"]


def test_it_stands_beside_a_retriever_in_a_chain(runnable: AnswerRunnable, chickens: KnowledgeBase):
    retriever = KnowledgeBaseRetriever(kb=chickens, k=2)
    chain = RunnablePassthrough.assign(
        answer=runnable.pick("answer"),
        sources=RunnableLambda(lambda given: given["question"]) | retriever,
    )
    given = chain.invoke({"question": QUESTION})
    assert given["answer"] == runnable.invoke(QUESTION)["answer"]
    assert len(given["sources"]) == 2


def test_events_of_a_stream_name_the_runnable(chickens: KnowledgeBase):
    runnable = AnswerRunnable(chickens, name="tro-ly")
    events = asyncio.run(_collected(runnable.astream_events(QUESTION, version="v2")))
    assert {event["name"] for event in events} == {"tro-ly"}
    kinds = [event["event"] for event in events]
    assert (kinds[0], kinds[-1]) == ("on_chain_start", "on_chain_end")
    assert set(kinds[1:-1]) == {"on_chain_stream"}


def test_schemas_tell_what_goes_in_and_out(runnable: AnswerRunnable):
    accepted = runnable.get_input_jsonschema()["anyOf"]
    assert {"type": "string"} in accepted
    assert runnable.get_output_jsonschema()["type"] == "object"
