"""A chat-completions endpoint that says what a test tells it to, well or badly.

It speaks the wire format of OpenAI-compatible servers over real HTTP (server-sent events with
`data:` lines, `[DONE]` at the end); a behaviour gets the request and the open connection.
"""

import contextlib
import json
import select
import socket
import socketserver
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Call:
    """One request and the open connection to answer it; header names in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    stopped: threading.Event
    _file: Any
    _connection: socket.socket

    def wait_for_hang_up(self) -> None:
        """Say nothing until the client closes the connection or the test ends."""
        while not self.stopped.is_set():
            readable, _, _ = select.select([self._connection], [], [], 0.02)
            if readable and not self._connection.recv(1, socket.MSG_PEEK):
                return

    @property
    def system(self) -> str:
        """The rules that the client sent."""
        return self.body["messages"][0]["content"]

    @property
    def user(self) -> str:
        """The passages and the question that the client sent."""
        return self.body["messages"][1]["content"]

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._file.write(data)
        self._file.flush()

    def head(self, status: int = 200, content_type: str = "text/event-stream", **more: str) -> None:
        """Write the head of a response that ends with the connection."""
        lines = [f"HTTP/1.1 {status} Status", "Connection: close", f"Content-Type: {content_type}"]
        lines += [f"{name.replace('_', '-')}: {value}" for name, value in more.items()]
        self.send(("\r\n".join(lines) + "\r\n\r\n").encode())

    def delta(self, text: str, *, finish: str | None = None) -> None:
        """Write one event of a stream."""
        event = {
            "id": "x",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "scripted",
            "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}],
        }
        self.send(f"data: {json.dumps(event)}\n\n".encode())


Behaviour = Callable[[Call], None]


@dataclass(slots=True)
class ScriptedLlmServer:
    """Answers every request with `behave`, on a free port.

    Attributes:
        behave: What to do with the next request.
        calls: Requests that came.
        open: Connections that are being served.
    """

    behave: Behaviour
    calls: list[Call] = field(default_factory=list)
    open: int = 0
    _stopped: threading.Event = field(default_factory=threading.Event)
    _server: Any = None

    def __enter__(self) -> "ScriptedLlmServer":
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, ValueError):  # clients that gave up
                    outer._answer(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self._stopped.set()
        self._server.shutdown()
        self._server.server_close()

    @property
    def url(self) -> str:
        """The base URL of the endpoint."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def _answer(self, handler: Any) -> None:
        line = handler.rfile.readline().decode("latin-1").split()
        headers = {}
        while raw := handler.rfile.readline().decode("latin-1").strip():
            name, _, value = raw.partition(":")
            headers[name.lower()] = value.strip()
        body = json.loads(handler.rfile.read(int(headers.get("content-length", 0))) or b"{}")
        call = Call(line[1], headers, body, self._stopped, handler.wfile, handler.connection)
        self.calls.append(call)
        self.open += 1
        try:
            self.behave(call)
        finally:
            self.open -= 1


def says(text: str, *, pieces: int = 7, finish: str = "stop", pause: float = 0.0) -> Behaviour:
    """Stream a text in pieces of so many characters."""

    def behave(call: Call) -> None:
        call.head()
        for start in range(0, len(text), pieces):
            call.delta(text[start : start + pieces])
            time.sleep(pause)
        call.delta("", finish=finish)
        call.send(b"data: [DONE]\n\n")

    return behave


def claims(*items: tuple[str, list[int], str]) -> Behaviour:
    """Stream claims (text, passages, quote) as the client asked for them."""
    rows = [{"text": text, "passages": numbers, "quote": quote} for text, numbers, quote in items]
    return says(json.dumps({"claims": rows}, ensure_ascii=False))


def fails(status: int, body: str = '{"error": {"message": "broken"}}') -> Behaviour:
    """Answer with an error."""

    def behave(call: Call) -> None:
        call.head(status, "application/json", Content_Length=str(len(body.encode())))
        call.send(body.encode())

    return behave


def sends(body: str, content_type: str) -> Behaviour:
    """Answer 200 with a body that is no stream of events."""

    def behave(call: Call) -> None:
        call.head(200, content_type, Content_Length=str(len(body.encode())))
        call.send(body.encode())

    return behave


def trickles(pieces: Iterable[str], pause: float) -> Behaviour:
    """Stream pieces slowly, until the client or the test gives up."""

    def behave(call: Call) -> None:
        call.head()
        for piece in pieces:
            call.delta(piece)
            if call.stopped.wait(pause):
                return

    return behave


def trickles_bytes(data: bytes, pause: float) -> Behaviour:
    """Write a response byte by byte, for ever, so that no event is ever whole."""

    def behave(call: Call) -> None:
        for byte in data:
            call.send(bytes([byte]))
            if call.stopped.wait(pause):
                return
        while not call.stopped.wait(pause):
            call.send(b":")

    return behave


def silence(call: Call) -> None:
    """Take the request and say nothing."""
    call.wait_for_hang_up()


def hangs_after_head(call: Call) -> None:
    """Start a stream and say nothing more."""
    call.head()
    call.wait_for_hang_up()


def hangs_up(call: Call) -> None:
    """Close the connection without a word."""
    del call
