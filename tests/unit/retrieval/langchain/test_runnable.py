"""What goes into the runnable, and the parts that come out."""

import asyncio
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from langchain_core.runnables.config import var_child_runnable_config

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.errors import InvalidFilter, QueryError
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, Field
from kb.settings import ConversationSettings
from retrieval.answering.answerer import Answerer
from retrieval.answering.drafts import Draft
from retrieval.answering.writers import WritingTask
from retrieval.conversation.conversations import Conversations
from retrieval.langchain.runnable import AnswerRunnable
from retrieval.rendering import answer_to_data

QUESTION = "Đưa màu xuống ruộng có bao nhiêu hộ làm theo?"


class Writer:
    """Words claims of its own; notes what LangChain configuration it ran under."""

    def __init__(self, claims: int = 2, pause: float = 0.0) -> None:
        self.claims, self.pause = claims, pause
        self.configs: list[Any] = []
        self.broken_off = threading.Event()

    def write(self, task: WritingTask) -> Iterator[Draft]:
        self.configs.append(var_child_runnable_config.get())
        try:
            for number in range(self.claims):
                time.sleep(self.pause)
                yield Draft("Rất hay" + "!" * number, task.passages[:1], "llm")
        except GeneratorExit:
            self.broken_off.set()
            raise


@pytest.fixture
def runnable(cases: KnowledgeBase) -> AnswerRunnable:
    return AnswerRunnable(cases)


def test_the_answer_is_the_rendering(runnable: AnswerRunnable, cases: KnowledgeBase):
    given = runnable.invoke(QUESTION)
    expected = answer_to_data(Answerer(cases).answer(QUESTION))
    assert {**given, "timings_ms": 0} == {**expected, "timings_ms": 0}
    assert given["answer"].startswith("Đưa màu xuống ruộng (Cà Mau): Có 12 hộ làm theo")


def test_a_refusal_is_a_value(runnable: AnswerRunnable):
    question = "Nuôi cua trong vuông tôm ở Hà Giang lãi bao nhiêu?"
    given = runnable.invoke(question)
    assert (given["status"], given["reason"]) == ("no_answer", "wrong_place")
    [part] = runnable.stream(question)
    assert part["answer"] == given["answer"]


def test_every_part_cites_only_what_came(cases: KnowledgeBase):
    runnable = AnswerRunnable(cases, answerer=Answerer(cases, writer=Writer(claims=3)))
    parts = list(runnable.stream(QUESTION))
    assert len(parts) == 5  # three of the writer, what it left untold, the whole
    assert [part["answer"].split(" [")[0].lstrip("\n- ") for part in parts[:3]] == [
        "Rất hay", "Rất hay!", "Rất hay!!",
    ]  # fmt: skip
    markers = [[citation["marker"] for citation in part["citations"]] for part in parts]
    assert markers[:3] == [[1], [], []]
    assert markers[3]
    assert markers[4] == []


def test_conditions_come_with_the_question_or_are_bound(runnable: AnswerRunnable):
    def understood(given: dict[str, Any]) -> tuple[Any, Any]:
        return given["interpretation"]["filters"], given["interpretation"]["without"]

    asked = {"question": QUESTION, "province": "ca mau", "without": ["synonyms"]}
    assert understood(runnable.invoke(asked)) == ({"province": "Cà Mau"}, ["synonyms"])
    bound = runnable.bind(province="Cà Mau", without=["synonyms"])
    assert understood(bound.invoke(QUESTION)) == ({"province": "Cà Mau"}, ["synonyms"])
    *_, last = bound.stream(QUESTION)
    assert understood(last) == ({"province": "Cà Mau"}, ["synonyms"])
    # What comes with the question is nearer to it.
    nearer = bound.invoke({"question": QUESTION, "province": "Hà Giang"})
    assert understood(nearer) == ({"province": "Hà Giang"}, ["synonyms"])
    assert nearer["status"] == "no_answer"


def test_topics_that_officers_made_up_are_conditions_too(kb: KnowledgeBase):
    case = Case(
        case_id="den-cau", name="Thắp đèn cầu dân sinh", field=Field.CULTURE_SOCIETY,
        topics=("thap-sang",), province="Cà Mau", approach=("Góp tiền mua đèn",),
    )  # fmt: skip
    write_batch(kb, [case_document(case, "test")])
    runnable = AnswerRunnable(kb)
    asked = {"question": "Thắp đèn cầu dân sinh được làm thế nào?", "topic": "thap-sang"}
    assert runnable.invoke(asked)["status"] == "answered"
    with pytest.raises(InvalidFilter, match="khong-co"):
        runnable.invoke({**asked, "topic": "khong-co"})


def test_the_writer_can_be_declined(cases: KnowledgeBase):
    runnable = AnswerRunnable(cases, answerer=Answerer(cases, writer=Writer()))
    assert runnable.invoke(QUESTION)["writer"] == "llm"
    assert runnable.invoke({"question": QUESTION, "writer": "extractive"})["writer"] == "extractive"


@pytest.mark.parametrize(
    ("asked", "error", "words"),
    [
        ({"question": QUESTION, "tinh": "Cà Mau"}, QueryError, "'tinh'"),
        ({"province": "Cà Mau"}, QueryError, "'question'"),
        ({"question": 3}, QueryError, "'question'"),
        ({"question": QUESTION, "province": "Atlantis"}, InvalidFilter, "Atlantis"),
        ({"question": QUESTION, "without": ["spelling"]}, InvalidFilter, "spelling"),
        ({"question": QUESTION, "writer": "llm"}, QueryError, "'llm'"),
        ({"question": QUESTION, "session_id": "new"}, QueryError, "conversations"),
        ([QUESTION], QueryError, "'list'"),
    ],
)
def test_wrong_input_names_what_is_wrong(
    runnable: AnswerRunnable, asked: Any, error: type[Exception], words: str
):
    with pytest.raises(error, match=words):
        runnable.invoke(asked)
    with pytest.raises(error, match=words):
        list(runnable.stream(asked))


def test_a_question_may_come_in_parts(runnable: AnswerRunnable):
    texts = list(runnable.transform(iter([QUESTION[:9], QUESTION[9:]])))
    dictionaries = list(runnable.transform(iter([{"question": QUESTION}, {"year": 2021}])))
    whole = runnable.invoke(QUESTION)["answer"]
    assert "".join(part["answer"] for part in texts) == whole
    assert "".join(part["answer"] for part in dictionaries) == whole


def test_follow_up_questions_go_on_in_their_conversation(cases: KnowledgeBase):
    answerer = Answerer(cases)
    conversations = Conversations(answerer, ConversationSettings())
    runnable = AnswerRunnable(cases, conversations=conversations)
    first = runnable.invoke({"question": QUESTION, "session_id": "new"})
    session_id = first["turn"]["session_id"]
    second = runnable.bind(session_id=session_id).invoke("nuôi cua lãi bao nhiêu?")
    assert (second["turn"]["session_id"], second["turn"]["number"]) == (session_id, 2)


def test_a_condition_given_as_none_lifts_those_of_the_conversation(cases: KnowledgeBase):
    conversations = Conversations(Answerer(cases), ConversationSettings())
    runnable = AnswerRunnable(cases, conversations=conversations)
    first = runnable.invoke({"question": "nuôi cua ở Bạc Liêu", "year": 2021, "session_id": "new"})
    follow_up = {
        "question": "còn ở Cà Mau thì sao?",
        "session_id": first["turn"]["session_id"],
    }
    assert runnable.invoke(follow_up)["interpretation"]["filters"] == {"year": 2021}
    lifted = runnable.invoke({**follow_up, "year": None, "topic": None})
    assert lifted["interpretation"]["filters"] == {}


def test_a_chat_model_inside_runs_under_the_caller_s_configuration(cases: KnowledgeBase):
    writer = Writer()
    runnable = AnswerRunnable(cases, answerer=Answerer(cases, writer=writer))
    config = {"tags": ["thu"]}
    runnable.invoke(QUESTION, config)
    list(runnable.stream(QUESTION, config))
    asyncio.run(_drained(runnable, config))
    assert [seen["tags"] for seen in writer.configs] == [["thu"]] * 3


async def _drained(runnable: AnswerRunnable, config: Any) -> None:
    async for _ in runnable.astream(QUESTION, config):
        pass


def test_async_streams_leave_the_event_loop_free(cases: KnowledgeBase):
    runnable = AnswerRunnable(cases, answerer=Answerer(cases, writer=Writer(claims=3, pause=0.05)))

    async def run() -> int:
        ticks = 0
        done = asyncio.Event()

        async def tick() -> None:
            nonlocal ticks
            while not done.is_set():
                ticks += 1
                await asyncio.sleep(0.002)

        ticking = asyncio.create_task(tick())
        await _drained(runnable, None)
        done.set()
        await ticking
        return ticks

    assert asyncio.run(run()) > 5


def test_a_stream_that_is_given_up_stops_the_writer(cases: KnowledgeBase):
    writer = Writer(claims=100)
    stream = AnswerRunnable(cases, answerer=Answerer(cases, writer=writer)).stream(QUESTION)
    next(stream)
    stream.close()
    assert writer.broken_off.is_set()


@pytest.mark.parametrize("cancels", [False, True])
def test_an_async_stream_that_is_given_up_stops_the_writer(cases: KnowledgeBase, cancels: bool):
    writer = Writer(claims=100, pause=0.01)
    runnable = AnswerRunnable(cases, answerer=Answerer(cases, writer=writer))

    async def run() -> None:
        stream = runnable.astream(QUESTION)
        await anext(stream)
        if cancels:
            waiting = asyncio.ensure_future(anext(stream))
            await asyncio.sleep(0)
            waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
        await stream.aclose()

    asyncio.run(run())
    assert writer.broken_off.wait(5)
