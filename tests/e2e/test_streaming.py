"""Streams over a real connection: what comes when, and what a lost connection stops."""

import asyncio
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
import uvicorn

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.errors import ModelUnavailable
from kb.knowledge_base import open_knowledge_base
from kb.models import Case, CaseResult, Field, Source
from kb.settings import Settings
from retrieval.answering.answerer import Answerer
from retrieval.answering.drafts import Draft
from retrieval.answering.writers import WritingTask
from service.app import create_app
from service.streaming import Streams
from tests.data.event_stream import StreamEvent, read_events

pytestmark = pytest.mark.slow

CASE = Case(
    case_id="to-ve-sinh",
    name="Tổ vệ sinh tự quản ngõ phố",
    field=Field.CULTURE_SOCIETY,
    topics=("moi-truong",),
    province="Cà Mau",
    approach=("Họp tổ chọn ngày dọn ngõ", "Chia phiên cho từng hộ"),
    results=(CaseResult("Có 56 hộ tham gia", 56, "hộ"),),
    sources=(Source("Ngõ sạch", "Báo Thử", "https://example.vn/ngo", "2022"),),
)
QUESTION = "Tổ vệ sinh tự quản ngõ phố được làm thế nào?"
BODY = {"question": QUESTION, "stream": True}


@dataclass
class PacedWriter:
    """Words one claim after the other, each when it may; tells when it was broken off."""

    pause: float = 0
    claims: int = 3
    gate: threading.Semaphore | None = None
    fails: bool = False
    written: list[str] = field(default_factory=list)
    broken_off: threading.Event = field(default_factory=threading.Event)

    def write(self, task: WritingTask) -> Iterator[Draft]:
        try:
            for number in range(self.claims):
                if self.gate is not None:
                    assert self.gate.acquire(timeout=10)
                time.sleep(self.pause)
                self.written.append(f"Ý {'abcdefghijklmnopqrstuvwxyz'[number % 26]}{'x' * number}")
                yield Draft(self.written[-1], task.passages[:1], "llm")
        except GeneratorExit:
            self.broken_off.set()
            raise
        if self.fails:
            raise ModelUnavailable("down")


@dataclass(frozen=True)
class Running:
    url: str
    state: Any
    server: uvicorn.Server

    def write_with(self, writer: PacedWriter) -> PacedWriter:
        self.state.answerer = Answerer(self.state.kb, writer=writer)
        return writer


@pytest.fixture
def running(settings: Settings) -> Iterator[Running]:
    """The application on a port of its own, in a thread with an event loop of its own."""
    embedder = HashingEmbedder()
    with open_knowledge_base(settings, purpose="test", embedder=embedder) as kb:
        write_batch(kb, [case_document(CASE, "test")])
    app = create_app(settings, embedder=embedder)
    listener = socket.create_server(("127.0.0.1", 0))
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
    thread = threading.Thread(target=asyncio.run, args=(server.serve(sockets=[listener]),))
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.01)
    assert server.started
    try:
        port = listener.getsockname()[1]
        yield Running(f"http://127.0.0.1:{port}", app.state.service, server)
    finally:
        server.should_exit = True
        thread.join(30)
        listener.close()
    assert not thread.is_alive()


@pytest.fixture
def client(running: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=running.url, trust_env=False, timeout=20) as client:
        yield client


def _read(client: httpx.Client, body: dict[str, Any] = BODY) -> list[StreamEvent]:
    with client.stream("POST", "/v1/answer", json=body) as response:
        assert response.status_code == 200
        assert "content-length" not in response.headers
        return list(read_events(response.iter_lines()))


def _names(events: list[StreamEvent]) -> list[str]:
    return [event.name for event in events]


def test_claims_arrive_while_the_answer_is_made(running: Running, client: httpx.Client):
    gate = threading.Semaphore(0)
    running.write_with(PacedWriter(gate=gate))
    received = []
    with client.stream("POST", "/v1/answer", json=BODY) as response:
        for event in read_events(response.iter_lines()):
            received.append(event)
            if event.name in {"search", "delta"}:
                gate.release()  # only now may the next claim be written
    # The writer's claims as they come, then what it left untold of its source.
    assert _names(received)[:5] == ["search", "citation", "delta", "delta", "delta"]
    assert _names(received)[-1] == "done"
    text = "".join(event.data["text"] for event in received if event.name == "delta")
    assert text == received[-1].data["answer"]
    assert received[-1].data["writer"] == "llm"


def test_offsets_of_streamed_citations_stand_in_the_document(client: httpx.Client):
    citations = [event.data for event in _read(client) if event.name == "citation"]
    assert citations
    for citation in citations:
        document = client.get(f"/v1/documents/{citation['document_id']}").json()
        quote = document["text"][citation["start_char"] : citation["end_char"]]
        assert quote == citation["quote"]
        assert document["sha256"] == citation["sha256"]


def test_a_slow_writer_s_silence_is_filled_with_pings(running: Running, client: httpx.Client):
    running.state.streams.ping_seconds = 0.05
    running.write_with(PacedWriter(pause=0.4, claims=1))
    names = _names(_read(client))
    assert "ping" in names
    told = [name for name in names if name != "ping"]
    assert (told[:3], told[-1]) == (["search", "citation", "delta"], "done")


def test_a_writer_that_dies_half_way_is_completed_from_the_sources(
    running: Running, client: httpx.Client
):
    running.write_with(PacedWriter(claims=1, fails=True))
    done = _read(client)[-1]
    assert done.name == "done"
    assert "llm_unavailable" in {note["code"] for note in done.data["notes"]}


def test_a_lost_connection_stops_the_writer(running: Running, client: httpx.Client):
    writer = running.write_with(PacedWriter(pause=0.05, claims=400))
    with client.stream("POST", "/v1/answer", json=BODY) as response:
        for event in read_events(response.iter_lines()):
            if event.name == "delta":
                break
    assert writer.broken_off.wait(5)
    assert len(writer.written) < 100


def test_streams_leave_the_service_free_for_others(running: Running, client: httpx.Client):
    count = 44  # more than the pool of the other routes has threads
    running.state.streams = Streams(limit=count)
    gate = threading.Semaphore(0)
    running.write_with(PacedWriter(claims=1, gate=gate))
    searched = threading.Semaphore(0)

    def stream() -> str:
        with client.stream("POST", "/v1/answer", json=BODY) as response:
            events = read_events(response.iter_lines())
            assert next(events).name == "search"
            searched.release()
            return list(events)[-1].name

    with ThreadPoolExecutor(count) as pool:
        streams = [pool.submit(stream) for _ in range(count)]
        assert all(searched.acquire(timeout=10) for _ in streams)
        assert client.post("/v1/search", json={"query": "vệ sinh"}).status_code == 200
        assert not any(each.done() for each in streams)
        gate.release(count)
        assert {each.result() for each in streams} == {"done"}
    running.state.streams.close()


def test_stopping_the_service_stops_its_streams(running: Running, client: httpx.Client):
    writer = running.write_with(PacedWriter(pause=0.05, claims=400))
    with client.stream("POST", "/v1/answer", json=BODY) as response:
        events = read_events(response.iter_lines())
        assert next(events).name == "search"
        running.server.should_exit = running.server.force_exit = True
        assert writer.broken_off.wait(10)


def test_errors_before_the_stream_are_problems(client: httpx.Client):
    response = client.post("/v1/answer", json={**BODY, "question": "?"})
    assert (response.status_code, response.json()["code"]) == (422, "empty_query")
    assert response.headers["content-type"] == "application/problem+json"
