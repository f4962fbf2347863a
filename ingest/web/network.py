"""Connections that go only where an address may lead.

A name is resolved here, what it resolves to is judged, and the connection is made to the very
address that was judged: a name server that answers differently a moment later (DNS rebinding)
gains nothing. TLS still checks the certificate against the name.
"""

import contextlib
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import httpcore
import httpx

from ingest.web.addresses import IpAddress, refuse_private
from kb.errors import FetchRefused, SourceUnavailable

Resolve = Callable[[str], Sequence[IpAddress]]
_SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)
# One host is asked at a time; connections to earlier ones need not stay.
_MAX_CONNECTIONS = 4
_KEEP_SECONDS = 15.0


def resolve_host(host: str) -> list[IpAddress]:
    """Return the addresses of a host in the system's order of preference.

    Raises:
        SourceUnavailable: The name is unknown.
        httpcore.ConnectError: The name server does not answer. How long that may take is set by
            the system's resolver.
    """
    try:
        found = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as exc:
        if isinstance(exc, socket.gaierror) and exc.errno == socket.EAI_AGAIN:
            raise httpcore.ConnectError(str(exc)) from exc  # to be tried again
        raise SourceUnavailable(
            f"Không tìm được máy chủ {host!r}. Kiểm tra tên miền và kết nối mạng."
        ) from exc
    # A scope ("%eth0") only stands on link-local addresses, which are refused anyway.
    texts = dict.fromkeys(str(entry[4][0]).partition("%")[0] for entry in found)
    return [ipaddress.ip_address(text) for text in texts]


class Deadline:
    """The moment by which one request must be over, shared with its connection.

    A server that sends a byte now and then keeps within every time-out of a single read; only a
    limit on the whole ends it. One thread at a time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """Without a limit until `start`."""
        self._clock = clock
        self._end = float("inf")

    def start(self, seconds: float) -> None:
        """Set the limit to so many seconds from now."""
        self._end = self._clock() + seconds

    @property
    def is_over(self) -> bool:
        """Whether the time is up."""
        return self._clock() >= self._end

    def bound(self, timeout: float | None) -> float:
        """Return a time-out in seconds that does not reach beyond the deadline.

        Raises:
            httpcore.ReadTimeout: The time is up.
        """
        left = self._end - self._clock()
        if left <= 0:
            raise httpcore.ReadTimeout("deadline")
        return left if timeout is None else min(left, timeout)


class _BoundedStream(httpcore.NetworkStream):
    """A connection whose every step ends by the deadline."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner = inner
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.bound(timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._inner.write(buffer, self._deadline.bound(timeout))

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._inner.start_tls(ssl_context, server_hostname, self._deadline.bound(timeout))
        return _BoundedStream(inner, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class GuardedBackend(httpcore.NetworkBackend):
    """Resolves, judges and connects."""

    def __init__(
        self,
        deadline: Deadline,
        *,
        allow_private: bool,
        resolve: Resolve = resolve_host,
        inner: httpcore.NetworkBackend | None = None,
    ) -> None:
        """Make a backend.

        Args:
            deadline: Ends connecting, reading and writing.
            allow_private: See `refuse_private`.
            resolve: Name to addresses.
            inner: Makes the connection to an address; the system's sockets by default.
        """
        self._deadline = deadline
        self._allow_private = allow_private
        self._resolve = resolve
        self._inner = inner or httpcore.SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Return a connection to the first address of the host that may be and can be reached.

        Raises:
            FetchRefused: No address of the host may be reached.
            SourceUnavailable: The host has no address.
            httpcore.ConnectError: No address that may be reached answers.
            httpcore.ConnectTimeout: The same, in the time that there is.
        """
        failure: Exception | None = None
        for ip in self._allowed(host):
            try:
                stream = self._inner.connect_tcp(
                    str(ip), port, self._deadline.bound(timeout), local_address, socket_options
                )
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as exc:
                failure = exc
            else:
                return _BoundedStream(stream, self._deadline)
        assert failure is not None  # `_allowed` is never empty
        raise failure

    def _allowed(self, host: str) -> list[IpAddress]:
        allowed = []
        refusal: FetchRefused | None = None
        for ip in _literal(host) or self._resolve(host):
            try:
                refuse_private(ip, host, allow_private=self._allow_private)
            except FetchRefused as exc:
                refusal = exc
            else:
                allowed.append(ip)
        if refusal and not allowed:
            raise refusal
        if not allowed:
            raise SourceUnavailable(f"Máy chủ {host!r} không có địa chỉ mạng. Kiểm tra tên miền.")
        return allowed

    def connect_unix_socket(
        self,
        path: str,
        timeout: float | None = None,
        socket_options: Iterable[_SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Never: no address of the web leads to a socket of this machine."""
        raise FetchRefused(f"Không kết nối tới {path!r}: không phải địa chỉ web.")


def _literal(host: str) -> list[IpAddress]:
    try:
        return [ipaddress.ip_address(host.strip("[]"))]
    except ValueError:
        return []


class GuardedTransport(httpx.BaseTransport):
    """HTTP/1.1 over guarded connections: no proxy, no HTTP/2, no retries of its own.

    httpx has no way to hand a network backend to its transport, so this one drives the pool of
    httpcore by its public interface. Errors are those of httpcore.
    """

    def __init__(self, backend: httpcore.NetworkBackend) -> None:
        """Make a transport; certificates named by SSL_CERT_FILE and SSL_CERT_DIR count."""
        self._pool = httpcore.ConnectionPool(
            ssl_context=httpx.create_ssl_context(),
            max_connections=_MAX_CONNECTIONS,
            max_keepalive_connections=_MAX_CONNECTIONS,
            keepalive_expiry=_KEEP_SECONDS,
            network_backend=backend,
        )

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Return the response as soon as its headers are there; the body is read on demand."""
        assert isinstance(request.stream, httpx.SyncByteStream)
        response = self._pool.handle_request(
            httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=request.url.raw_scheme,
                    host=request.url.raw_host,
                    port=request.url.port,
                    target=request.url.raw_path,
                ),
                headers=request.headers.raw,
                content=request.stream,
                extensions=request.extensions,
            )
        )
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_ResponseStream(response.stream),
            extensions=response.extensions,
        )

    def close(self) -> None:
        """Close all connections."""
        self._pool.close()


class _ResponseStream(httpx.SyncByteStream):
    def __init__(self, stream: Any) -> None:
        self._stream = stream

    def __iter__(self) -> Iterator[bytes]:
        yield from self._stream

    def close(self) -> None:
        # Closing a connection that the server has dropped already is no failure of the fetch.
        with contextlib.suppress(httpcore.NetworkError, OSError):
            if hasattr(self._stream, "close"):
                self._stream.close()
