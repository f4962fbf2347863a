"""Threads, pings and clients that go away, without a knowledge base."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from starlette.requests import Request

from kb.errors import EmptyQuery, StoreUnavailable
from kb.models import Answer, Citation, Claim
from retrieval.answering.cancellation import is_given_up
from retrieval.answering.events import AnswerEvent, AnswerFinished, ClaimAdded, SearchFinished
from retrieval.rendering import claim_to_data
from service.middleware import Guard
from service.streaming import EventEncoder, Streams, wants_stream
from tests.data.event_stream import StreamEvent, read_events

SCOPE = {
    "type": "http",
    "asgi": {"version": "3.0", "spec_version": "2.3"},
    "method": "POST",
    "path": "/v1/answer",
    "headers": [],
    "query_string": b"",
    "server": ("127.0.0.1", 80),
    "scheme": "http",
}
SEARCHED = SearchFinished({"typed": "tôm"}, 3)
QUIET = 0.02


def _citation(marker: int) -> Citation:
    return Citation(marker, f"bai-{marker}", None, "Bài", None, None, None, "tôm", 0, 3)


def _added(marker: int, text: str) -> ClaimAdded:
    return ClaimAdded(Claim(text, (marker,), {"quote_verbatim": True}), (_citation(marker),), text)


def _answer(text: str, *markers: int) -> AnswerFinished:
    return AnswerFinished(
        Answer(
            question="tôm",
            status="answered" if markers else "no_answer",
            reason=None,
            text=text,
            claims=(),
            citations=tuple(_citation(marker) for marker in markers),
            related=(),
            interpretation={},
            timings_ms={"total": 1.0},
        )
    )


def _encoder(base: str = "") -> EventEncoder:
    return EventEncoder(Request(SCOPE), base=base)


def _encoded(*items: AnswerEvent | Exception, base: str = "") -> list[StreamEvent]:
    encoder = _encoder(base)
    wire = b"".join(chunk for item in items for chunk in encoder.encode(item))
    return list(read_events(wire.decode().split("\n")))


class Client:
    """An ASGI client that reads a response and may hang up after some events."""

    def __init__(self, *, hang_up_after: int | None = None) -> None:
        self.body = b""
        self._hang_up_after = hang_up_after
        self._gone = asyncio.Event()
        self._chunks = 0

    async def receive(self) -> dict[str, Any]:
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        if message.get("body"):
            self.body += message["body"]
            self._chunks += 1
            if self._chunks == self._hang_up_after:
                self._gone.set()

    def wait_for(self, name: str, times: int = 1) -> None:
        """Wait until some events have come, in the thread that makes others."""
        deadline = time.monotonic() + 5
        while self.body.count(f"event: {name}\n".encode()) < times:
            assert time.monotonic() < deadline, f"no {name} came"
            time.sleep(0.002)

    @property
    def events(self) -> list[StreamEvent]:
        return list(read_events(self.body.decode().split("\n")))

    @property
    def names(self) -> list[str]:
        return [event.name for event in self.events]


def _serve(
    make: Callable[[Client], Iterator[AnswerEvent]],
    *,
    ping_seconds: float = 5.0,
    hang_up_after: int | None = None,
) -> Client:
    async def run() -> Client:
        streams = Streams(ping_seconds=ping_seconds)
        client = Client(hang_up_after=hang_up_after)
        try:
            response = await streams.respond(make(client), _encoder())
            await response(SCOPE, client.receive, client.send)
        finally:
            await asyncio.to_thread(streams.close)
        return client

    return asyncio.run(run())


def test_a_citation_is_sent_once_and_before_its_claim():
    first, second = _added(1, "một"), _added(2, " hai")
    again = ClaimAdded(second.claim, (*first.citations, *second.citations), " hai")
    events = _encoded(SEARCHED, first, again, _answer("một hai", 1, 2))
    assert [event.name for event in events] == [
        "search", "citation", "delta", "citation", "delta", "done",
    ]  # fmt: skip
    assert events[2].data == {"text": "một", "claim": claim_to_data(first.claim)}
    assert [event.number for event in events] == [1, 2, 3, 4, 5, 6]


def test_what_only_rows_or_notes_cite_is_sent_before_the_end():
    events = _encoded(SEARCHED, _added(1, "một"), _answer("một", 1, 2))
    assert [event.name for event in events][-2:] == ["citation", "done"]
    assert events[-2].data["marker"] == 2


def test_words_of_no_claim_are_a_delta_of_their_own():
    events = _encoded(SEARCHED, _added(1, "một"), _answer("một, và hết.", 1))
    assert events[-2].data == {"text": ", và hết.", "claim": None}


def test_an_answer_that_differs_from_its_deltas_is_logged_and_sent(caplog):
    events = _encoded(SEARCHED, _added(1, "một"), _answer("hai", 1))
    assert [event.name for event in events] == ["search", "citation", "delta", "done"]
    assert "deltas" in caplog.text


def test_line_ends_in_a_quote_stay_within_the_data_line():
    events = _encoded(_added(1, "một\r\n\r\ndata: {}\u2028hai\n"))
    assert events[1].data["text"] == "một\r\n\r\ndata: {}\u2028hai\n"


def test_links_of_citations_are_absolute():
    events = _encoded(_added(1, "một"), base="https://example.vn")
    assert events[0].data["permalink"].startswith("https://example.vn/documents/bai-1?")


def test_a_failure_is_the_problem_of_the_plain_response():
    [event] = _encoded(StoreUnavailable("secret"))
    assert event.data == {
        "type": "/api#store_unavailable",
        "title": "Kho tài liệu tạm thời không dùng được",
        "status": 503,
        "detail": "Dịch vụ tạm thời chưa phục vụ được. Hãy thử lại sau vài giây.",
        "instance": "/v1/answer",
        "code": "store_unavailable",
    }


def test_events_are_sent_as_they_come():
    def make(client: Client) -> Iterator[AnswerEvent]:
        yield SEARCHED
        client.wait_for("search")
        yield _added(1, "một")
        client.wait_for("delta")
        yield _answer("một", 1)

    assert _serve(make).names == ["search", "citation", "delta", "done"]


def test_silence_is_filled_with_pings():
    def make(client: Client) -> Iterator[AnswerEvent]:
        yield SEARCHED
        client.wait_for("ping", 2)
        yield _answer("không có")

    client = _serve(make, ping_seconds=QUIET)
    assert [name for name in client.names if name != "ping"] == ["search", "delta", "done"]
    assert [event.number for event in client.events] == list(range(1, len(client.names) + 1))
    assert all(event.data == {} for event in client.events if event.name == "ping")


def test_a_slow_search_opens_the_stream_with_a_ping():
    def make(client: Client) -> Iterator[AnswerEvent]:
        client.wait_for("ping")
        yield SEARCHED
        raise StoreUnavailable("down")

    client = _serve(make, ping_seconds=QUIET)
    assert client.names[0] == "ping"
    assert client.names[-2:] == ["search", "error"]


def test_what_is_wrong_with_a_question_is_raised_before_the_response():
    def make(_: Client) -> Iterator[AnswerEvent]:
        raise EmptyQuery("trống")
        yield

    with pytest.raises(EmptyQuery):
        _serve(make)


@pytest.mark.parametrize("hang_up_after", [1, 3])
def test_a_client_that_goes_away_ends_the_work(hang_up_after: int):
    made: list[int] = []
    cleaned: list[str] = []

    def make(_: Client) -> Iterator[AnswerEvent]:
        try:
            yield SEARCHED
            for marker in range(1, 1000):
                made.append(marker)
                yield _added(marker, "một")
                time.sleep(0.01)
        finally:
            cleaned.append(threading.current_thread().name)

    client = _serve(make, hang_up_after=hang_up_after)
    assert "done" not in client.names
    assert len(made) < 100
    # In its own thread: a generator cannot be closed from another one while it runs.
    assert [name.startswith("answer-stream") for name in cleaned] == [True]


def test_what_blocks_can_ask_whether_anybody_waits():
    asked: list[bool] = []

    def make(_: Client) -> Iterator[AnswerEvent]:
        asked.append(is_given_up())
        yield SEARCHED
        deadline = time.monotonic() + 5
        while not is_given_up() and time.monotonic() < deadline:
            time.sleep(0.005)
        asked.append(is_given_up())

    # After the ping, when it certainly blocks.
    _serve(make, ping_seconds=QUIET, hang_up_after=2)
    assert asked == [False, True]
    assert not is_given_up()


def test_a_response_that_is_never_sent_ends_the_work():
    finished = threading.Event()

    def make() -> Iterator[AnswerEvent]:
        try:
            while True:
                yield SEARCHED
                time.sleep(0.005)
        finally:
            finished.set()

    async def run() -> None:
        streams = Streams()
        response = await streams.respond(make(), _encoder())

        async def broken(_: dict[str, Any]) -> None:
            raise OSError("gone")

        async def never() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        with pytest.raises(OSError, match="gone"):
            await response(SCOPE, never, broken)
        assert await asyncio.to_thread(finished.wait, 5)
        await asyncio.to_thread(streams.close)

    asyncio.run(run())


def test_no_more_answers_are_made_at_once_than_allowed():
    running: set[int] = set()
    most: list[int] = []

    def make(number: int) -> Iterator[AnswerEvent]:
        running.add(number)
        yield SEARCHED
        time.sleep(0.05)
        most.append(len(running))
        running.discard(number)
        yield _answer("")

    async def serve(streams: Streams, number: int) -> list[str]:
        client = Client()
        response = await streams.respond(make(number), _encoder())
        await response(SCOPE, client.receive, client.send)
        return client.names

    async def run() -> list[list[str]]:
        streams = Streams(limit=2)
        try:
            return await asyncio.gather(*(serve(streams, number) for number in range(6)))
        finally:
            await asyncio.to_thread(streams.close)

    assert asyncio.run(run()) == [["search", "done"]] * 6
    assert max(most) == 2


def test_closing_ends_answers_that_are_open_and_those_that_wait():
    started: list[int] = []

    def make(number: int) -> Iterator[AnswerEvent]:
        started.append(number)
        while True:
            yield SEARCHED
            time.sleep(0.005)

    async def run() -> None:
        streams = Streams(limit=1)
        first = await streams.respond(make(1), _encoder())
        waiting = asyncio.create_task(streams.respond(make(2), _encoder()))
        await asyncio.sleep(0.02)
        await asyncio.to_thread(streams.close)
        client = Client()
        await first(SCOPE, client.receive, client.send)
        assert client.names[-1] == "error"
        assert client.events[-1].data["code"] == "store_unavailable"
        with pytest.raises(StoreUnavailable):
            await waiting

    asyncio.run(run())
    assert started == [1]


def test_an_answer_asked_for_after_the_end_is_refused_like_one_that_waits():
    async def run() -> None:
        streams = Streams()
        await asyncio.to_thread(streams.close)
        with pytest.raises(StoreUnavailable, match="đang dừng"):
            await streams.respond(iter([SEARCHED]), _encoder())
        assert streams._open == set()

    asyncio.run(run())


@pytest.mark.parametrize(
    ("accept", "wanted"),
    [
        ("text/event-stream;q=0", False),
        ("text/event-stream; Q = 0.000", False),
        ("text/event-stream;q=0.5", True),
        ("text/event-stream;q=0.01", True),
        ("application/json;q=0, text/event-stream", True),
        ("application/json;q=0.1, text/event-stream", False),
    ],
)
def test_a_type_of_weight_zero_is_not_acceptable(accept: str, wanted: bool):
    assert wants_stream(accept) is wanted


def test_the_guard_passes_events_on_one_by_one():
    def make(client: Client) -> Iterator[AnswerEvent]:
        yield SEARCHED
        client.wait_for("search")
        yield _answer("")

    async def run() -> tuple[Client, list[dict[str, Any]]]:
        streams = Streams()
        client = Client()
        starts: list[dict[str, Any]] = []

        async def app(scope: Any, receive: Any, send: Any) -> None:
            response = await streams.respond(make(client), _encoder())
            await response(scope, receive, send)

        async def send(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                starts.append(message)
            await client.send(message)

        sent = iter([{"type": "http.request", "body": b"{}", "more_body": False}])

        async def receive() -> dict[str, Any]:
            return next(sent, None) or await client.receive()

        await Guard(app)(SCOPE, receive, send)
        await asyncio.to_thread(streams.close)
        return client, starts

    client, [start] = asyncio.run(run())
    assert client.names == ["search", "done"]
    headers = dict(start["headers"])
    assert headers[b"cache-control"] == b"no-store"
    assert headers[b"x-content-type-options"] == b"nosniff"
