import io
import ipaddress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import httpcore
import pytest

from ingest.ports import Stopped
from ingest.web.fetcher import Fetcher, Validators
from kb.errors import SourceUnavailable
from kb.settings import WebSettings

OK = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"


class Script(httpcore.NetworkBackend):
    """Answers each connection with the next of some byte strings, and keeps what was sent."""

    def __init__(self, *answers: bytes) -> None:
        self.answers = list(answers)
        self.sent: list[bytes] = []

    def connect_tcp(self, host, port, timeout=None, local_address=None, socket_options=None):
        script = self

        class Stream(httpcore.MockStream):
            def write(self, buffer, timeout=None):
                script.sent.append(buffer)

        answer = self.answers.pop(0)
        if not answer:
            raise httpcore.ConnectError("refused")
        return Stream([answer.replace(b"\r\n", b"\r\nConnection: close\r\n", 1), b""])


def fetcher(script, waits=None, jitter=0.5, **settings):
    values = {"delay_seconds": 0, "robots": False, **settings}
    return Fetcher(
        WebSettings(**values),
        resolve=lambda host: [ipaddress.ip_address("8.8.8.8")],
        network=script,
        sleep=(waits if waits is not None else []).append,
        jitter=lambda: jitter,
    )


def get(script, waits=None, address="http://bao.vn/a", validators=None, **settings):
    sink = io.BytesIO(b"cu")
    with fetcher(script, waits, **settings) as client:
        fetched = client.fetch(address, sink, validators=validators or (lambda address: None))
    return fetched, sink.getvalue()


def test_body_replaces_what_the_sink_held_also_of_an_attempt_that_broke_off():
    broken = OK.replace(b"Length: 6", b"Length: 60")
    assert get(Script(broken, OK), [])[1] == b"<html>"


@pytest.mark.parametrize(
    ("jitter", "expected"), [(0.0, [0.5, 1, 2, 4]), (0.9, [1.4, 2.8, 5.6, 11.2])]
)
def test_pauses_between_attempts_double_and_vary(jitter, expected):
    waits = []
    get(Script(b"", b"", b"", b"", OK), waits, jitter=jitter, retries=4)
    assert waits == pytest.approx(expected)


def test_pauses_do_not_grow_beyond_half_a_minute():
    waits = []
    with pytest.raises(SourceUnavailable):
        get(Script(*[b""] * 9), waits, retries=8)
    assert waits == [1, 2, 4, 8, 16, 30, 30, 30]


@pytest.mark.parametrize(
    ("header", "waits"),
    [
        ("5", [5.0]),
        ("0", [1.0]),
        ("60", [60.0]),
        ("mai", [1.0]),
        ("-1", [1.0]),
        (format_datetime(datetime.now(UTC) - timedelta(days=1), usegmt=True), [1.0]),
    ],
)
def test_retry_after_never_shortens_the_pause(header, waits):
    busy = f"HTTP/1.1 429 Busy\r\nRetry-After: {header}\r\nContent-Length: 0\r\n\r\n".encode()
    seen = []
    get(Script(busy, OK), seen)
    assert seen == waits


@pytest.mark.parametrize(
    ("known", "sent"),
    [
        (None, []),
        (Validators('"v"', "hom qua", "http://bao.vn/a"), [b'"v"', b"hom qua"]),
        (Validators('"v"', None, None), [b'"v"']),
        (Validators('"v"', None, "http://bao.vn/khac"), []),
    ],
)
def test_validators_go_only_to_the_address_they_are_of(known, sent):
    script = Script(OK)
    get(script, validators=lambda address: known)
    lines = b"".join(script.sent).split(b"\r\n")
    found = [line.partition(b": ")[2] for line in lines if line.startswith(b"If-")]
    assert found == sent


def test_unusable_validators_are_not_kept():
    answer = OK.replace(b"\r\n", b"\r\nETag: " + b"x" * 2000 + b"\r\nLast-Modified: \xe1\r\n", 1)
    assert get(Script(answer))[0].validators == (None, None, "http://bao.vn/a")


def test_redirect_without_a_target_is_a_failure():
    with pytest.raises(SourceUnavailable, match="302"):
        get(Script(b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n"))


def test_downgrade_from_https_is_followed_and_shows_in_the_address():
    # The first step is answered as a server behind TLS would; the mock stream passes TLS through.
    moved = b"HTTP/1.1 301 Moved\r\nLocation: http://bao.vn/b\r\nContent-Length: 0\r\n\r\n"
    fetched, _ = get(Script(moved, OK), address="https://bao.vn/a")
    assert fetched.address == "http://bao.vn/b"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('attachment; filename="bao cao.docx"', "bao cao.docx"),
        ("attachment; filename*=UTF-8''b%C3%A1o.docx", "báo.docx"),
        ("inline", ""),
        ("attachment; filename*=bogus''%ff.docx", "ÿ.docx"),
    ],
)
def test_name_of_a_download_is_read(header, expected):
    answer = OK.replace(b"\r\n", f"\r\nContent-Disposition: {header}\r\n".encode(), 1)
    assert get(Script(answer))[0].file_name == expected


def stopping(script, waits, stop, **settings):
    return Fetcher(
        WebSettings(**{"delay_seconds": 0, "robots": False, **settings}),
        resolve=lambda host: [ipaddress.ip_address("8.8.8.8")],
        network=script,
        sleep=waits.append,
        jitter=lambda: 0.5,
        should_stop=stop,
    )


def test_nothing_is_asked_for_once_the_run_is_to_stop():
    script = Script(OK)
    with stopping(script, [], lambda: True) as client, pytest.raises(Stopped):
        client.fetch("http://bao.vn/a", io.BytesIO())
    assert script.sent == []


def test_wait_for_a_retry_ends_soon_after_the_run_is_to_stop():
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    script, waits = Script(busy, OK), []
    with stopping(script, waits, lambda: len(waits) >= 3) as client, pytest.raises(Stopped):
        client.fetch("http://bao.vn/a", io.BytesIO())
    assert waits == [0.5, 0.5, 0.5]
    assert len(script.answers) == 1


def test_stop_while_robots_txt_is_fetched_is_not_taken_for_an_answer():
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n"
    script, waits = Script(busy, OK), []
    stop = lambda: bool(waits)  # noqa: E731
    with stopping(script, waits, stop, robots=True) as client, pytest.raises(Stopped):
        client.fetch("http://bao.vn/a", io.BytesIO())


def test_wait_that_is_not_broken_off_is_as_long_as_asked():
    busy = b"HTTP/1.1 503 Busy\r\nRetry-After: 2\r\nContent-Length: 0\r\n\r\n"
    waits = []
    with stopping(Script(busy, OK), waits, lambda: False) as client:
        assert client.fetch("http://bao.vn/a", io.BytesIO()).status == 200
    assert sum(waits) == 2.0
