"""A web server on this machine that does everything that servers should not.

Each path has a behaviour, a function that gets the `Exchange` and writes what it likes to the
connection. `FakeInternet` gives the server public names, so that tests go through the guard against
private addresses as real fetches do.
"""

import contextlib
import gzip
import ipaddress
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore

from ingest.web.fetcher import Fetcher
from kb.settings import WebSettings

PUBLIC_IP = "93.184.215.14"
_BOMB = gzip.compress(bytes(20_000_000))  # 20 kB


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asked; header names in lower case."""

    path: str
    headers: dict[str, str]


@dataclass(slots=True)
class Exchange:
    """One request and the open connection to answer it."""

    request: Request
    stopped: threading.Event
    _file: Any
    _connection: Any

    def send(self, data: bytes) -> None:
        """Write bytes as they are."""
        self._file.write(data)
        self._file.flush()

    def reply(self, status: int = 200, body: bytes = b"", **headers: str) -> None:
        """Write a well-formed response; "_" in a header name stands for "-"."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"HTTP/1.1 {status} Status", "Connection: close"]
        if "Content-Length" not in named:
            lines.append(f"Content-Length: {len(body)}")
        lines += [f"{name}: {value}" for name, value in named.items()]
        self.send("\r\n".join([*lines, "", ""]).encode("utf-8") + body)

    def trickle(self, data: bytes, pause: float) -> None:
        """Write byte by byte until the client or the test gives up."""
        for byte in data:
            self.send(bytes([byte]))
            if self.stopped.wait(pause):
                return

    def reset(self) -> None:
        """Drop the connection without a good-bye."""
        self._connection.setsockopt(1, 13, b"\x01\0\0\0\0\0\0\0")  # SO_LINGER: send RST
        self._connection.close()


Behaviour = Callable[[Exchange], None]


@dataclass(slots=True)
class MisbehavingServer:
    """Serves `routes` (path to behaviour) on a free port; other paths are 404."""

    routes: dict[str, Behaviour] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    stopped: threading.Event = field(default_factory=threading.Event)
    _server: Any = None

    def __enter__(self) -> "MisbehavingServer":
        outer = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                # A client that gave up is what most of these tests are about.
                with contextlib.suppress(OSError, ValueError):
                    outer._answer(self)

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True
            allow_reuse_address = True

        self._server = Server(("127.0.0.1", 0), Handler)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        self.stopped.set()
        self._server.shutdown()
        self._server.server_close()

    def use_tls(self, certificate: Path, key: Path) -> None:
        """Speak TLS from now on."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        # The handshake belongs into the thread of its connection.
        self._server.socket = context.wrap_socket(
            self._server.socket, server_side=True, do_handshake_on_connect=False
        )

    @property
    def port(self) -> int:
        return self._server.server_address[1]

    @property
    def paths(self) -> list[str]:
        """Paths asked for, robots.txt left out."""
        return [each.path for each in self.requests if each.path != "/robots.txt"]

    def _answer(self, handler: Any) -> None:
        line = handler.rfile.readline().decode("latin-1").split()
        if len(line) != 3:
            return
        headers = {}
        while (raw := handler.rfile.readline().decode("latin-1").strip()) != "":
            name, _, value = raw.partition(":")
            headers[name.lower()] = value.strip()
        request = Request(line[1], headers)
        self.requests.append(request)
        exchange = Exchange(request, self.stopped, handler.wfile, handler.connection)
        behave = self.routes.get(request.path, status(404))
        behave(exchange)


@dataclass(slots=True)
class FakeInternet(httpcore.NetworkBackend):
    """Public names and addresses, all of which lead to the server.

    Attributes:
        server: Where connections really go.
        names: Answers of the name server in turn, the last one repeated; names that are not here
            have the address `PUBLIC_IP`.
        connections: IP address and port of each connection made.
        lookups: Names asked for.
        waits: Seconds that its fetchers would have waited.
    """

    server: MisbehavingServer
    names: dict[str, list[list[str]]] = field(default_factory=dict)
    connections: list[tuple[str, int]] = field(default_factory=list)
    lookups: list[str] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)
    _fetchers: list[Fetcher] = field(default_factory=list)

    def __enter__(self) -> "FakeInternet":
        return self

    def __exit__(self, *exc: object) -> None:
        for fetcher in self._fetchers:
            fetcher.close()

    def fetcher(self, *, deadline: float = 5.0, **settings: object) -> Fetcher:
        """Return a fetcher of this net, closed at the end, that only pretends to wait."""
        values = {"delay_seconds": 0, "timeout_seconds": 3, "max_page_mb": 1, "robots": False}
        fetcher = Fetcher(
            WebSettings.model_validate({**values, **settings}),
            resolve=self.resolve,
            network=self,
            deadline_seconds=deadline,
            sleep=self.waits.append,
            jitter=lambda: 0.5,
        )
        self._fetchers.append(fetcher)
        return fetcher

    def resolve(self, host: str) -> Sequence[ipaddress.IPv4Address | ipaddress.IPv6Address]:
        """Answer as a name server would."""
        self.lookups.append(host)
        answers = self.names.get(host, [[PUBLIC_IP]])
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return [ipaddress.ip_address(text) for text in answer]

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the server, and remember whom the client wanted."""
        self.connections.append((host, port))
        return httpcore.SyncBackend().connect_tcp(
            "127.0.0.1", self.server.port, timeout, local_address, socket_options
        )


def article(title: str, text: str = "", head: str = "") -> Behaviour:
    """A page of HTML."""
    markup = (
        f"<!doctype html><html><head><meta charset=utf-8><title>{title}</title>{head}</head>"
        f"<body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    )
    return content(markup.encode(), "text/html; charset=utf-8")


def content(body: bytes, kind: str | None, **headers: str) -> Behaviour:
    """A complete body of some content type, or none declared."""
    if kind is not None:
        headers["Content_Type"] = kind
    return lambda exchange: exchange.reply(200, body, **headers)


def status(code: int, **headers: str) -> Behaviour:
    """An answer without content."""
    return lambda exchange: exchange.reply(code, **headers)


def redirect(target: str, code: int = 302, **headers: str) -> Behaviour:
    """A redirection."""
    return status(code, Location=target, **headers)


def in_turn(*behaviours: Behaviour) -> Behaviour:
    """Another behaviour at each request, the last one repeated."""
    left = list(behaviours)
    return lambda exchange: (left.pop(0) if len(left) > 1 else left[0])(exchange)


def conditional(body: bytes, etag: str) -> Behaviour:
    """A page with a validator: 304 for who has it already."""

    def behave(exchange: Exchange) -> None:
        if exchange.request.headers.get("if-none-match") == etag:
            exchange.reply(304, ETag=etag)
        else:
            exchange.reply(200, body, Content_Type="text/html", ETag=etag)

    return behave


def silent(exchange: Exchange) -> None:
    """Accept, and never say anything."""
    exchange.stopped.wait(5)


def slow_headers(exchange: Exchange) -> None:
    """Send the headers a byte at a time, each well within any time-out of a read."""
    exchange.trickle(b"HTTP/1.1 200 OK\r\nX-Padding: " + b"a" * 1000, 0.02)


def slow_body(exchange: Exchange) -> None:
    """Send the body a byte at a time."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n")
    exchange.trickle(b"<html>" + b"a" * 4994, 0.02)


def endless_body(exchange: Exchange) -> None:
    """Send a body that never ends."""
    exchange.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n<html>")
    while not exchange.stopped.is_set():
        exchange.send(b"a" * 65536)


def endless_headers(exchange: Exchange) -> None:
    """Send headers that never end."""
    exchange.send(b"HTTP/1.1 200 OK\r\n")
    while not exchange.stopped.is_set():
        exchange.send(b"X-Padding: " + b"a" * 4000 + b"\r\n")


def short_body(exchange: Exchange) -> None:
    """Promise more than comes."""
    exchange.reply(200, b"<html>half", Content_Type="text/html", Content_Length="5000")


def promised_connection(exchange: Exchange) -> None:
    """Promise to keep the connection, and close it after the answer."""
    exchange.send(
        b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Type: text/html\r\n"
        b"Content-Length: 6\r\n\r\n<html>"
    )


def dropped(exchange: Exchange) -> None:
    """Reset the connection before any answer."""
    exchange.reset()


def no_http(exchange: Exchange) -> None:
    """Answer in another protocol."""
    exchange.send(b"220 mail.example ESMTP ready\r\n")


def broken_chunks(exchange: Exchange) -> None:
    """Send chunks whose sizes are no numbers."""
    exchange.send(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    exchange.send(b"zz\r\n<html>\r\n")


def gzip_bomb(exchange: Exchange) -> None:
    """Send a few kilobytes that unpack to 20 MB."""
    exchange.reply(200, _BOMB, Content_Type="text/html", Content_Encoding="gzip")


def cut_gzip(exchange: Exchange) -> None:
    """Send the first half of a compressed page, as if it were all."""
    body = gzip.compress(b"<html>" + bytes(range(256)) * 40)
    exchange.reply(
        200, body[: len(body) // 2], Content_Type="text/html", Content_Encoding="gzip"
    )  # fmt: skip
