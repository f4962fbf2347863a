"""Fetching one address: politely, within limits, and only from where it may be.

Redirects are followed by hand so that every step is judged like the first. A step from https down
to http is followed: portals of communes still do it, nothing secret is sent, and the final address
is what the document cites. Cookies live for one fetch, since some sites set one and redirect, and
are then forgotten.
"""

import contextlib
import hashlib
import logging
import random
import ssl
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import BinaryIO, NamedTuple
from urllib.parse import urlsplit

import httpcore
import httpx

from ingest.ports import Stopped
from ingest.web.addresses import normalise, site_key
from ingest.web.body import TruncatedBody, read_body, too_large
from ingest.web.content import check_media_type, usable_charset
from ingest.web.network import Deadline, GuardedBackend, GuardedTransport, Resolve, resolve_host
from ingest.web.robots import MAX_BYTES as MAX_ROBOTS_BYTES
from ingest.web.robots import Robots, RobotsAnswer
from kb.errors import FetchRefused, SettingsError, SourceUnavailable
from kb.settings import WebSettings

logger = logging.getLogger(__name__)

# A whole request, from connecting to the last byte, in time-outs of one read.
_DEADLINE_FACTOR = 6
_FIRST_BACKOFF, _MAX_BACKOFF = 1.0, 30.0
# Who asks for a longer pause is asked again by the next run.
_MAX_RETRY_AFTER = 60.0
# After so many addresses in a row without any answer a host counts as down for this run.
_DOWN_AFTER = 3
_MAX_VALIDATOR = 1000
# A sleep is cut into so many seconds, so that who wants to stop does not wait for a slow site.
_SLICE = 0.5
_MAX_ROBOTS_REDIRECTS = 5  # RFC 9309 section 2.3.1.2

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_COMPLETE = frozenset({200, 203})
_GONE = frozenset({404, 410})
_FORBIDDEN = frozenset({401, 402, 403, 407, 451})
_TOO_MANY = 429
_SERVER_ERROR = 500
_NOT_MODIFIED = 304
_NETWORK_ERRORS = (
    httpx.TransportError, httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError,
    TruncatedBody,
)  # fmt: skip
_TIMEOUTS = (httpx.TimeoutException, httpcore.TimeoutException)


class Validators(NamedTuple):
    """What makes a request conditional: `ETag`, `Last-Modified`, and whose they are."""

    etag: str | None
    last_modified: str | None
    url: str | None


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer of a server.

    Attributes:
        address: Where it came from after redirects, in normal form.
        status: 200, 304 (unchanged), 404 or 410 (gone); the body is only there with 200.
        content_type: As declared, empty if not.
        charset: Declared encoding, if it is a known one.
        file_name: Name under which the server wants it saved, empty if it has no such wish.
        size: Bytes of the body.
        sha256: Digest of the body.
        validators: For the next time.
        fetched_at: When, UTC.
    """

    address: str
    status: int
    content_type: str
    charset: str | None
    file_name: str
    size: int
    sha256: str
    validators: Validators
    fetched_at: datetime


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What of a response is wanted, and where it goes."""

    sink: BinaryIO
    max_bytes: int
    is_robots: bool = False


class _TryAgain(Exception):  # becomes SourceUnavailable after the last retry
    """The server cannot answer now."""

    def __init__(self, status: int, wait: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.wait = wait


def _no_validators(address: str) -> Validators | None:
    del address
    return None


class Fetcher:
    """Fetches addresses one after the other. For one thread; close it at the end."""

    def __init__(
        self,
        settings: WebSettings,
        *,
        resolve: Resolve = resolve_host,
        network: httpcore.NetworkBackend | None = None,
        deadline_seconds: float | None = None,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[], float] = random.random,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Make a fetcher; nothing is connected yet.

        Args:
            settings: Limits, pauses and permissions.
            resolve: Name to IP addresses.
            network: Connects to an IP address; sockets by default.
            deadline_seconds: What one request may take, six time-outs by default.
            sleep: Waits so many seconds.
            clock: Monotonic seconds.
            jitter: Random number in [0, 1), so that many machines do not return together.
            should_stop: Asked before each request, while waiting and while a body comes in; true
                makes `fetch` raise `Stopped`. Never by default.

        Raises:
            SettingsError: The user agent holds control characters.
        """
        if not settings.user_agent.isprintable():
            raise SettingsError(
                "KB_WEB__USER_AGENT chứa ký tự điều khiển hay xuống dòng. Viết lại trên một dòng."
            )
        self._settings = settings
        self._sleep, self._clock, self._jitter = sleep, clock, jitter
        self._should_stop = should_stop
        self._deadline_seconds = deadline_seconds or settings.timeout_seconds * _DEADLINE_FACTOR
        self._deadline = Deadline(clock)
        backend = GuardedBackend(
            self._deadline,
            allow_private=settings.allow_private,
            resolve=resolve,
            inner=network,
        )
        # A transport without a client: a client reads every Location itself, whether it follows
        # it or not, and fails on those that are to be refused here.
        self._transport = GuardedTransport(backend)
        self._cookies = httpx.Cookies()
        self._headers = {
            b"User-Agent": settings.user_agent.encode(),
            b"Accept": b"text/html,application/xhtml+xml,application/pdf;q=0.9,*/*;q=0.8",
            b"Accept-Language": b"vi,en;q=0.5",
            b"Accept-Encoding": b"gzip, deflate",
        }
        self._robots = Robots(self._get_robots, settings.user_agent)
        self._next_request: dict[str, float] = {}
        self._failures: Counter[str] = Counter()

    def __enter__(self) -> "Fetcher":
        """Return the fetcher itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """Close it."""
        self.close()

    def close(self) -> None:
        """Close all connections."""
        self._transport.close()

    @property
    def max_bytes(self) -> int:
        """Limit of one body, unpacked."""
        return int(self._settings.max_page_mb * 1e6)

    def fetch(
        self,
        address: str,
        sink: BinaryIO,
        *,
        validators: Callable[[str], Validators | None] = _no_validators,
    ) -> Fetched:
        """Fetch an address into a file.

        Args:
            address: Absolute; it is normalised.
            sink: Seekable; its content is replaced by the body.
            validators: What is known of an address in normal form; asked at every redirect, and
                used where the validators came from that very address.

        Raises:
            FetchRefused: The address, one it redirects to, or what they resolve to must not be
                fetched; robots.txt disallows it; the server denies access (401, 403).
            SourceUnavailable: No usable answer, after retries where they make sense.
            UnsupportedSource: It is too large, or declared to be no text.
            UnsafeSource: It is a compression bomb.
            Stopped: `should_stop` said so.
        """
        wanted = _Wanted(sink, self.max_bytes)
        fetched = self._follow(normalise(address), wanted, validators, self._settings.max_redirects)
        status = fetched.status
        if status in _COMPLETE or status in _GONE or status == _NOT_MODIFIED:
            return fetched
        if status in _FORBIDDEN:
            raise FetchRefused(
                f"{fetched.address}: máy chủ không cho đọc trang này (mã {status}). "
                "Mở bằng trình duyệt, lưu ra tệp rồi nạp từ đĩa."
            )
        raise SourceUnavailable(
            f"{fetched.address}: máy chủ trả lời mã {status}, không có nội dung. "
            "Kiểm tra lại địa chỉ bằng trình duyệt."
        )

    def _follow(
        self,
        address: str,
        wanted: _Wanted,
        validators: Callable[[str], Validators | None],
        max_redirects: int,
    ) -> Fetched:
        self._cookies = httpx.Cookies()
        start = address
        seen = set()
        for _ in range(max_redirects + 1):
            # The same address again is no loop if a cookie was set meanwhile.
            state = (address, frozenset((c.name, c.value) for c in self._cookies.jar))
            if state in seen:
                raise SourceUnavailable(f"{start}: địa chỉ chuyển hướng vòng quanh, không tới đâu.")
            seen.add(state)
            if self._settings.robots and not wanted.is_robots:
                self._check_robots(address)
            known = validators(address)
            result = self._persist(address, wanted, known if _is_for(known, address) else None)
            if isinstance(result, Fetched):
                return result
            address = normalise(result, address)
        raise SourceUnavailable(
            f"{start}: chuyển hướng quá {max_redirects} lần. Kiểm tra lại địa chỉ, "
            "hoặc tăng KB_WEB__MAX_REDIRECTS."
        )

    def _check_robots(self, address: str) -> None:
        # The rules are fetched by this very fetcher, which starts without cookies then.
        cookies = self._cookies
        try:
            self._robots.check(address)
        finally:
            self._cookies = cookies

    def _persist(
        self, address: str, wanted: _Wanted, validators: Validators | None
    ) -> Fetched | str:
        """Return the answer, or where it redirects to; try again where that may help."""
        site = site_key(address)
        if self._failures[site] >= _DOWN_AFTER:
            raise SourceUnavailable(
                f"{address}: máy chủ không trả lời {_DOWN_AFTER} địa chỉ liền nhau, "
                "nên bỏ qua trong lần chạy này. Nạp lại sau."
            )
        for attempt in range(self._settings.retries + 1):
            self._pause(address, wanted)
            self._stop_if_asked()
            self._deadline.start(self._deadline_seconds)
            try:
                result = self._exchange(address, wanted, validators)
            except _TryAgain as exc:
                self._failures[site] = 0
                if not self._wait(attempt, exc.wait):
                    raise _unavailable(address, exc) from exc
            except _NETWORK_ERRORS as exc:
                if self._deadline.is_over or _is_hopeless(exc) or not self._wait(attempt, None):
                    self._failures[site] += 1
                    raise _unavailable(address, exc) from exc
            else:
                self._failures[site] = 0
                return result
            finally:
                self._next_request[site] = self._clock() + self._settings.delay_seconds
        raise AssertionError("unreachable")  # the last attempt returns or raises

    def _exchange(
        self, address: str, wanted: _Wanted, validators: Validators | None
    ) -> Fetched | str:
        wanted.sink.seek(0)
        wanted.sink.truncate()
        with contextlib.closing(self._send(address, _conditions(validators))) as response:
            status = response.status_code
            if status in _REDIRECTS and response.headers.get("location"):
                return response.headers["location"]
            if status == _TOO_MANY or status >= _SERVER_ERROR:
                raise _TryAgain(status, _retry_after(response.headers.get("retry-after")))
            size, digest = 0, hashlib.sha256()
            if status in _COMPLETE:
                for piece in self._body(response, wanted, address):
                    self._stop_if_asked()
                    wanted.sink.write(piece)
                    digest.update(piece)
                    size += len(piece)
            logger.debug("fetched address=%s status=%d bytes=%d", address, status, size)
            return Fetched(
                address=address,
                status=200 if status in _COMPLETE else status,
                content_type=response.headers.get("content-type", ""),
                charset=usable_charset(response.charset_encoding),
                file_name=_file_name(response.headers.get("content-disposition", "")),
                size=size,
                sha256=digest.hexdigest(),
                validators=Validators(
                    _bounded(response.headers.get("etag")),
                    _bounded(response.headers.get("last-modified")),
                    address,
                ),
                fetched_at=datetime.now(UTC),
            )

    def _send(self, address: str, conditions: dict[bytes, bytes]) -> httpx.Response:
        request = httpx.Request(
            "GET",
            address,
            headers=self._headers | conditions,
            extensions={"timeout": httpx.Timeout(self._settings.timeout_seconds).as_dict()},
        )
        self._cookies.set_cookie_header(request)
        response = self._transport.handle_request(request)
        response.request = request
        self._cookies.extract_cookies(response)
        return response

    def _body(self, response: httpx.Response, wanted: _Wanted, address: str) -> Iterator[bytes]:
        if not wanted.is_robots:
            check_media_type(response.headers.get("content-type", ""), address)
            declared = response.headers.get("content-length", "")
            if declared.isdecimal() and int(declared) > wanted.max_bytes:
                raise too_large(address, wanted.max_bytes / 1e6)
        return read_body(
            response.iter_raw(),
            response.headers.get("content-encoding", ""),
            max_bytes=wanted.max_bytes,
            name=address,
            cut=wanted.is_robots,
        )

    def _get_robots(self, address: str) -> RobotsAnswer:
        sink = BytesIO()
        wanted = _Wanted(sink, MAX_ROBOTS_BYTES, is_robots=True)
        fetched = self._follow(address, wanted, _no_validators, _MAX_ROBOTS_REDIRECTS)
        return RobotsAnswer(fetched.status, sink.getvalue())

    def _pause(self, address: str, wanted: _Wanted) -> None:
        site = site_key(address)
        moment = self._next_request.get(site)
        if moment is None:
            return
        if self._settings.robots and not wanted.is_robots:
            asked = self._robots.delay(address)
            moment += max(0.0, asked - self._settings.delay_seconds)
        left = moment - self._clock()
        if left > 0:
            self._rest(left)

    def _wait(self, attempt: int, asked: float | None) -> bool:
        """Wait before the next attempt; False if there is none."""
        if attempt >= self._settings.retries or (asked or 0.0) > _MAX_RETRY_AFTER:
            return False
        backoff = min(_FIRST_BACKOFF * 2**attempt, _MAX_BACKOFF) * (0.5 + self._jitter())
        self._rest(max(backoff, asked or 0.0))
        return True

    def _rest(self, seconds: float) -> None:
        if self._should_stop is None:
            self._sleep(seconds)
            return
        while seconds > 0:
            self._stop_if_asked()
            self._sleep(min(seconds, _SLICE))
            seconds -= _SLICE

    def _stop_if_asked(self) -> None:
        if self._should_stop is not None and self._should_stop():
            raise Stopped


def _is_for(validators: Validators | None, address: str) -> bool:
    return validators is not None and validators.url in (None, address)


def _conditions(validators: Validators | None) -> dict[bytes, bytes]:
    headers = {}
    if validators and validators.etag:
        headers[b"If-None-Match"] = validators.etag.encode()
    if validators and validators.last_modified:
        headers[b"If-Modified-Since"] = validators.last_modified.encode()
    return headers


def _bounded(value: str | None) -> str | None:
    # What no header may hold would only make the next request fail.
    usable = value and len(value) <= _MAX_VALIDATOR and value.isascii() and value.isprintable()
    return value if usable else None


def _file_name(disposition: str) -> str:
    """Return the name of a `Content-Disposition`, also in the encoded form of RFC 6266."""
    message = Message()
    message["Content-Disposition"] = "".join(filter(str.isprintable, disposition))
    return message.get_filename("")


def _retry_after(value: str | None) -> float | None:
    """Return the seconds that `Retry-After` asks for: a number, or a date."""
    if not value:
        return None
    if value.strip().isdecimal():
        return float(value)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - datetime.now(UTC)).total_seconds())


def _is_hopeless(exc: BaseException) -> bool:
    """Tell whether another attempt would fail alike: the certificate does not hold."""
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return True
        cause = cause.__cause__ or cause.__context__
    return False


def _unavailable(address: str, exc: Exception) -> SourceUnavailable:
    host = urlsplit(address).netloc
    if isinstance(exc, _TryAgain):
        if exc.status == _TOO_MANY:
            return SourceUnavailable(
                f"{address}: máy chủ báo hỏi quá nhiều (mã 429). Nạp lại sau, "
                "hoặc tăng KB_WEB__DELAY_SECONDS."
            )
        return SourceUnavailable(f"{address}: máy chủ báo lỗi {exc.status}. Nạp lại sau.")
    if _is_hopeless(exc):
        return SourceUnavailable(
            f"{address}: chứng chỉ của {host!r} không hợp lệ nên không tải. Báo đơn vị chủ quản, "
            "hoặc khai chứng chỉ gốc bằng biến SSL_CERT_FILE."
        )
    if isinstance(exc, _TIMEOUTS):
        return SourceUnavailable(
            f"{address}: máy chủ {host!r} trả lời quá chậm. Nạp lại sau, "
            "hoặc tăng KB_WEB__TIMEOUT_SECONDS."
        )
    if isinstance(exc, TruncatedBody | httpcore.ProtocolError | httpx.ProtocolError):
        return SourceUnavailable(
            f"{address}: máy chủ {host!r} trả lời dở dang hoặc sai giao thức HTTP. Nạp lại sau."
        )
    return SourceUnavailable(
        f"{address}: không kết nối được tới {host!r}. Kiểm tra mạng và địa chỉ rồi nạp lại."
    )
