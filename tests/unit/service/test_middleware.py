"""Limits on bodies that are passed on as they come."""

import asyncio
import json
from collections.abc import Sequence
from typing import Any

import pytest

from service import middleware
from service.middleware import Guard

LIMIT = 1000
UPLOAD = ("POST", "/v1/documents")


class Connection:
    """One request of a client that sends its body in blocks, and what it is answered."""

    def __init__(self, blocks: Sequence[bytes], *, declared: int | None = None) -> None:
        self.blocks = list(blocks)
        self.sent: list[dict[str, Any]] = []
        self.taken = 0
        self.declared = declared

    async def receive(self) -> dict[str, Any]:
        if self.taken >= len(self.blocks):
            return {"type": "http.disconnect"}
        self.taken += 1
        more = self.taken < len(self.blocks)
        return {"type": "http.request", "body": self.blocks[self.taken - 1], "more_body": more}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def run(self, app: Any, method: str = "POST", path: str = "/v1/documents") -> "Connection":
        headers = [(b"host", b"127.0.0.1")]
        if self.declared is not None:
            headers.append((b"content-length", str(self.declared).encode()))
        scope = {
            "type": "http", "method": method, "path": path, "headers": headers,
            "query_string": b"", "server": ("127.0.0.1", 80), "scheme": "http",
        }  # fmt: skip
        guard = Guard(app, max_body_bytes=100, streamed={UPLOAD: LIMIT})
        asyncio.run(guard(scope, self.receive, self.send))
        return self

    @property
    def status(self) -> int:
        [start] = [each for each in self.sent if each["type"] == "http.response.start"]
        return start["status"]

    @property
    def headers(self) -> dict[str, str]:
        return {name.decode(): value.decode() for name, value in self.sent[0]["headers"]}

    @property
    def problem(self) -> dict[str, Any]:
        return json.loads(b"".join(each.get("body", b"") for each in self.sent))


class Reader:
    """An application that reads the whole body, and remembers its blocks."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        while True:
            message = await receive()
            if message["type"] != "http.request":
                break
            self.blocks.append(message["body"])
            if not message["more_body"]:
                break
        await send({"type": "http.response.start", "status": 202, "headers": []})
        await send({"type": "http.response.body", "body": b""})


def test_an_upload_is_passed_on_block_by_block():
    app = Reader()
    blocks = [b"a" * 400, b"b" * 400, b"c" * 200]
    connection = Connection(blocks).run(app)
    assert connection.status == 202
    assert app.blocks == blocks
    assert connection.headers["x-content-type-options"] == "nosniff"


def test_a_declared_length_over_the_limit_is_refused_unread():
    app = Reader()
    connection = Connection([b"a"] * 9, declared=LIMIT + 1).run(app)
    assert connection.status == 413
    assert app.blocks == []
    assert connection.problem["code"] == "body_too_large"
    assert "1000 byte" in connection.problem["detail"]
    assert connection.headers["content-type"] == "application/problem+json"
    # What the client goes on sending must not be taken for its next request.
    assert connection.headers["connection"] == "close"


@pytest.mark.parametrize("declared", [None, 10], ids=["no length", "a length that lies"])
def test_an_upload_breaks_off_once_it_is_over_the_limit(declared):
    app = Reader()
    connection = Connection([b"a" * 600] * 50, declared=declared).run(app)
    assert connection.status == 413
    assert app.blocks == [b"a" * 600]


def test_what_a_client_still_sends_is_taken_so_that_it_sees_the_answer(monkeypatch):
    monkeypatch.setattr(middleware, "_DRAIN_BYTES", 6_000)
    connection = Connection([b"a" * 600] * 9).run(Reader())
    assert (connection.status, connection.taken) == (413, 9)
    endless = Connection([b"a" * 600] * 500).run(Reader())
    assert endless.status == 413
    assert endless.taken == 12  # two for the application, ten more, and no end of it


def test_an_upload_of_just_the_limit_passes():
    app = Reader()
    assert Connection([b"a" * 500] * 2, declared=LIMIT).run(app).status == 202


@pytest.mark.parametrize(
    ("method", "path"),
    [("PUT", "/v1/documents"), ("POST", "/v1/documents/x"), ("POST", "/v1/search")],
)
def test_other_requests_keep_the_small_limit(method, path):
    app = Reader()
    connection = Connection([b"a" * 60] * 2).run(app, method, path)
    assert (connection.status, app.blocks) == (413, [])
    assert Connection([b"a" * 50] * 2).run(Reader(), method, path).status == 202


def test_an_answer_that_has_begun_is_not_begun_again():
    async def hasty(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while (await receive())["type"] == "http.request":
            pass

    connection = Connection([b"a" * 600] * 3)
    with pytest.raises(Exception, match=str(LIMIT)):
        connection.run(hasty)
    assert connection.status == 200


def test_an_exception_while_an_upload_is_read_is_a_problem_without_its_words():
    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise OSError("/srv/bi-mat")

    connection = Connection([b"a"]).run(broken)
    assert (connection.status, connection.problem["code"]) == (500, "internal_error")
    assert "bi-mat" not in json.dumps(connection.problem)


def test_a_client_that_goes_away_is_passed_on():
    app = Reader()
    connection = Connection([]).run(app)
    assert app.blocks == []
    assert connection.status == 202
