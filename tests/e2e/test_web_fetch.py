"""Fetching from a real server that misbehaves."""

import gzip
import hashlib
import io
import shutil
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from ingest.web.fetcher import Fetched, Fetcher
from kb.errors import (
    FetchRefused,
    SettingsError,
    SourceUnavailable,
    UnsafeSource,
    UnsupportedSource,
)
from kb.settings import WebSettings
from tests.e2e import misbehaving_server as web

SITE = "http://bao.example"


class Clockwork:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 0.0
        self.waits: list[float] = []

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.fixture
def server() -> Iterator[web.MisbehavingServer]:
    with web.MisbehavingServer() as running:
        yield running


@pytest.fixture
def internet(server: web.MisbehavingServer) -> Iterator[web.FakeInternet]:
    with web.FakeInternet(server) as net:
        yield net


def get(fetcher: Fetcher, path: str, **kwargs: object) -> tuple[Fetched, bytes]:
    sink = io.BytesIO()
    address = path if path.startswith("http") else SITE + path
    return fetcher.fetch(address, sink, **kwargs), sink.getvalue()  # type: ignore[arg-type]


def test_page_arrives_whole_with_what_the_server_says_of_it(server, internet):
    body = "<html>Tổ hợp tác trồng dừa</html>".encode()
    server.routes["/bai"] = web.content(
        body, "text/html; charset=UTF-8", ETag='"v1"', Last_Modified="Mon, 02 Nov 2026 01:00:00 GMT"
    )
    fetched, received = get(internet.fetcher(user_agent="thử/1"), "/bai")
    assert received == body
    assert fetched.sha256 == hashlib.sha256(body).hexdigest()
    assert (fetched.size, fetched.charset, fetched.address) == (len(body), "utf-8", f"{SITE}/bai")
    assert fetched.validators == ('"v1"', "Mon, 02 Nov 2026 01:00:00 GMT", f"{SITE}/bai")
    headers = server.requests[0].headers
    assert headers["user-agent"].encode("latin-1").decode() == "thử/1"
    assert headers["accept-language"].startswith("vi")
    assert headers["host"] == "bao.example"
    assert "cookie" not in headers


@pytest.mark.parametrize("behaviour", [web.slow_headers, web.slow_body])
def test_trickling_server_is_cut_off_by_the_deadline_and_not_asked_again(
    server, internet, behaviour
):
    server.routes["/bai"] = behaviour
    began = time.monotonic()
    with pytest.raises(SourceUnavailable, match="quá chậm"):
        get(internet.fetcher(deadline=0.4), "/bai")
    assert time.monotonic() - began < 5  # the whole would take 20 s and more
    assert len(internet.connections) == 1


def test_silent_server_is_asked_again_with_growing_pauses(server, internet):
    server.routes["/bai"] = web.silent
    with pytest.raises(SourceUnavailable, match="KB_WEB__TIMEOUT_SECONDS"):
        get(internet.fetcher(timeout_seconds=0.05, retries=2), "/bai")
    assert len(internet.connections) == 3
    assert internet.waits == [1.0, 2.0]


def test_endless_body_ends_at_the_limit_of_size(server, internet):
    server.routes["/bai"] = web.endless_body
    with pytest.raises(UnsupportedSource, match=r"lớn hơn giới hạn 1 MB.*KB_WEB__MAX_PAGE_MB"):
        get(internet.fetcher(), "/bai")
    assert len(server.requests) == 1


def test_declared_size_above_the_limit_is_refused_before_the_body(server, internet):
    server.routes["/bai"] = web.status(200, Content_Type="application/pdf", Content_Length="9" * 12)
    with pytest.raises(UnsupportedSource, match="giới hạn 1 MB"):
        get(internet.fetcher(), "/bai")


def test_gzip_bomb_is_refused(server, internet):
    server.routes["/bai"] = web.gzip_bomb
    with pytest.raises(UnsupportedSource, match="giới hạn 1 MB"):
        get(internet.fetcher(), "/bai")
    with pytest.raises(UnsafeSource, match="phá hoại"):
        get(internet.fetcher(max_page_mb=10), "/bai")


def test_compressed_page_is_unpacked(server, internet):
    body = gzip.compress(b"<html>dua</html>")
    server.routes["/bai"] = web.content(body, "text/html", Content_Encoding="gzip")
    assert get(internet.fetcher(), "/bai")[1] == b"<html>dua</html>"


def test_compression_that_was_not_asked_for_is_unsupported(server, internet):
    server.routes["/bai"] = web.content(b"...", "text/html", Content_Encoding="br")
    with pytest.raises(UnsupportedSource, match="'br'"):
        get(internet.fetcher(), "/bai")


@pytest.mark.parametrize(
    "behaviour",
    [
        web.short_body, web.dropped, web.no_http, web.broken_chunks, web.cut_gzip,
        web.endless_headers, web.status(500), web.status(503), web.status(429),
    ],
)  # fmt: skip
def test_passing_failure_is_overcome_by_asking_again(server, internet, behaviour):
    server.routes["/bai"] = web.in_turn(behaviour, web.content(b"<html>du", "text/html"))
    fetched, body = get(internet.fetcher(), "/bai")
    assert (fetched.status, body) == (200, b"<html>du")
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (web.short_body, "dở dang"),
        (web.no_http, "sai giao thức"),
        (web.cut_gzip, "dở dang"),
        (web.endless_headers, "giao thức"),
        (web.dropped, "không kết nối được"),
        (web.status(502), "báo lỗi 502"),
        (web.status(429), "KB_WEB__DELAY_SECONDS"),
    ],
)
def test_lasting_failure_is_reported_after_the_last_attempt(server, internet, behaviour, words):
    server.routes["/bai"] = behaviour
    with pytest.raises(SourceUnavailable, match=words):
        get(internet.fetcher(retries=1), "/bai")
    assert len(server.requests) == 2


def test_connection_that_the_server_closed_while_idle_is_replaced(server, internet):
    server.routes["/bai"] = web.promised_connection
    fetcher = internet.fetcher()
    for _ in range(3):
        assert get(fetcher, "/bai")[1] == b"<html>"


@pytest.mark.parametrize(
    ("code", "error"),
    [(400, SourceUnavailable), (401, FetchRefused), (403, FetchRefused), (418, SourceUnavailable)],
)
def test_refusals_are_never_asked_again(server, internet, code, error):
    server.routes["/bai"] = web.status(code)
    with pytest.raises(error, match=str(code)):
        get(internet.fetcher(), "/bai")
    assert len(server.requests) == 1


def test_retry_after_is_honoured_in_seconds_and_as_a_date(server, internet):
    moment = format_datetime(datetime.now(UTC) + timedelta(seconds=50), usegmt=True)
    server.routes["/bai"] = web.in_turn(
        web.status(429, Retry_After="7"),
        web.status(503, Retry_After=moment),
        web.content(b"<html>", "text/html"),
    )
    get(internet.fetcher(), "/bai")
    assert internet.waits[0] == 7
    assert internet.waits[1] == pytest.approx(49, abs=2)


def test_too_long_a_retry_after_gives_up_for_this_run(server, internet):
    server.routes["/bai"] = web.status(503, Retry_After="3600")
    with pytest.raises(SourceUnavailable, match="503"):
        get(internet.fetcher(), "/bai")
    assert (len(server.requests), internet.waits) == (1, [])


def test_host_without_any_answer_counts_as_down_after_three_addresses(server, internet):
    server.routes |= {f"/{n}": web.dropped for n in range(4)}
    fetcher = internet.fetcher(retries=0)
    for n in range(3):
        with pytest.raises(SourceUnavailable, match="không kết nối được"):
            get(fetcher, f"/{n}")
    with pytest.raises(SourceUnavailable, match="liền nhau"):
        get(fetcher, "/3")
    assert len(server.requests) == 3


def test_redirects_are_followed_and_the_final_address_is_kept(server, internet):
    server.routes["/a"] = web.redirect("/b?utm_source=x", 301)
    server.routes["/b?utm_source=x"] = web.redirect("//khac.example/c%7e", 307)
    server.routes["/c~"] = web.content(b"<html>c", "text/html")
    fetched, body = get(internet.fetcher(), "/a")
    assert (fetched.address, body) == ("http://khac.example/c~", b"<html>c")


def test_redirect_loop_and_too_long_a_chain_end(server, internet):
    server.routes["/a"], server.routes["/b"] = web.redirect("/b"), web.redirect("/a#x")
    with pytest.raises(SourceUnavailable, match="vòng quanh"):
        get(internet.fetcher(), "/a")
    assert server.paths == ["/a", "/b"]
    server.routes |= {f"/{n}": web.redirect(f"/{n + 1}") for n in range(9)}
    with pytest.raises(SourceUnavailable, match="KB_WEB__MAX_REDIRECTS"):
        get(internet.fetcher(max_redirects=3), "/0")
    assert server.paths[2:] == ["/0", "/1", "/2", "/3"]


def test_cookie_lives_through_its_redirect_and_no_longer(server, internet):
    def gate(exchange: web.Exchange) -> None:
        if exchange.request.headers.get("cookie") == "phien=7":
            exchange.reply(200, b"<html>ben trong", Content_Type="text/html")
        else:
            exchange.reply(302, Location="/bai", Set_Cookie="phien=7; Path=/")

    server.routes["/bai"] = gate
    server.routes["/khac"] = web.content(b"<html>", "text/html")
    fetcher = internet.fetcher()
    assert get(fetcher, "/bai")[1] == b"<html>ben trong"
    get(fetcher, "/khac")
    assert "cookie" not in server.requests[-1].headers


@pytest.mark.parametrize(
    "target",
    [
        "http://127.0.0.1:9/", "http://[::1]/", "http://169.254.169.254/latest/meta-data/",
        "http://0x7f000001/", "http://2130706433/", "http://0177.0.0.1/", "http://127.1/",
        "http://[::ffff:10.0.0.1]/", "http://10.0.0.8/", "http://100.64.1.1/", "http://0.0.0.0/",
        "file:///etc/passwd", "ftp://bao.example/x", "gopher://bao.example:70/_x",
        "http://u:p@bao.example/", "http://noi-bo.example/",
    ],
)  # fmt: skip
def test_redirect_into_the_private_network_or_another_scheme_is_refused(server, internet, target):
    internet.names["noi-bo.example"] = [["192.168.1.5"]]
    server.routes["/a"] = web.redirect(target)
    with pytest.raises(FetchRefused):
        get(internet.fetcher(), "/a")
    assert internet.connections == [(web.PUBLIC_IP, 80)]


def test_connection_goes_to_the_address_that_was_checked(server, internet):
    # The name server answers with a public address first, then with one of this machine.
    internet.names["doi.example"] = [[web.PUBLIC_IP], ["127.0.0.1"]]
    server.routes["/a"] = web.content(b"<html>a", "text/html")
    fetcher = internet.fetcher()
    get(fetcher, "http://doi.example/a")
    assert internet.connections == [(web.PUBLIC_IP, 80)]
    assert internet.lookups == ["doi.example"]
    with pytest.raises(FetchRefused, match=r"127\.0\.0\.1.*KB_WEB__ALLOW_PRIVATE"):
        get(fetcher, "http://doi.example/a")
    assert len(internet.connections) == 1


def test_private_server_is_read_when_that_is_allowed(server, internet):
    server.routes["/a"] = web.content(b"<html>noi bo", "text/html")
    with Fetcher(WebSettings(allow_private=True, robots=False, timeout_seconds=2)) as fetcher:
        fetched, body = get(fetcher, f"http://127.0.0.1:{server.port}/a")
    assert body == b"<html>noi bo"
    assert fetched.address == f"http://127.0.0.1:{server.port}/a"
    with (
        Fetcher(WebSettings(robots=False, timeout_seconds=2)) as strict,
        pytest.raises(FetchRefused, match="mạng nội bộ"),
    ):
        get(strict, f"http://127.0.0.1:{server.port}/a")


def test_proxies_of_the_environment_are_not_used(server, internet, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    server.routes["/a"] = web.content(b"<html>", "text/html")
    assert get(internet.fetcher(), "/a")[0].status == 200


def test_certificates_are_checked_against_the_name_and_ssl_cert_file_counts(
    server, internet, tmp_path, monkeypatch
):
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "cert.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-subj", "/CN=bao.example",
         "-addext", "subjectAltName=DNS:bao.example", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    server.use_tls(certificate, key)
    server.routes["/a"] = web.content(b"<html>", "text/html")
    with pytest.raises(SourceUnavailable, match=r"chứng chỉ.*SSL_CERT_FILE"):
        get(internet.fetcher(), "https://bao.example/a")
    assert len(internet.connections) == 1  # another attempt would fail alike
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    trusting = internet.fetcher()
    assert get(trusting, "https://bao.example/a")[1] == b"<html>"
    assert internet.connections[-1] == (web.PUBLIC_IP, 443)
    with pytest.raises(SourceUnavailable, match="chứng chỉ"):
        get(trusting, "https://khac.example/a")


@pytest.mark.parametrize("kind", ["image/png", "video/mp4", "audio/mpeg", "text/css", "font/woff2"])
def test_media_are_refused_by_their_declared_type(server, internet, kind):
    server.routes["/a"] = web.content(b"\x89PNG", kind)
    with pytest.raises(UnsupportedSource, match=kind):
        get(internet.fetcher(), "/a")


def test_user_agent_on_two_lines_is_a_settings_error():
    with pytest.raises(SettingsError, match="KB_WEB__USER_AGENT"):
        Fetcher(WebSettings(user_agent="a\r\nX-Evil: 1"))


# robots.txt and politeness


def test_robots_rules_are_kept_and_fetched_once_a_host(server, internet):
    server.routes["/robots.txt"] = web.content(
        b"User-agent: mohinh-kb\nDisallow: /noi-bo/\n\nUser-agent: *\nDisallow: /\n", "text/plain"
    )
    server.routes |= {path: web.content(b"<html>", "text/html") for path in ("/a", "/noi-bo/b")}
    server.routes["/c"] = web.redirect("/noi-bo/b")
    fetcher = internet.fetcher(robots=True)
    assert get(fetcher, "/a")[0].status == 200
    for path in ("/noi-bo/b", "/c"):
        with pytest.raises(FetchRefused, match=r"/robots\.txt"):
            get(fetcher, path)
    assert [each.path for each in server.requests] == ["/robots.txt", "/a", "/c"]


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_site_without_readable_robots_allows_everything(server, internet, code):
    server.routes["/robots.txt"] = web.status(code)
    server.routes["/a"] = web.content(b"<html>", "text/html")
    assert get(internet.fetcher(robots=True), "/a")[0].status == 200


@pytest.mark.parametrize("behaviour", [web.status(500), web.status(429), web.dropped])
def test_site_whose_robots_cannot_be_fetched_is_left_alone_for_now(server, internet, behaviour):
    server.routes["/robots.txt"] = behaviour
    server.routes["/a"] = web.content(b"<html>", "text/html")
    fetcher = internet.fetcher(robots=True, retries=1)
    for _ in range(2):
        with pytest.raises(SourceUnavailable, match=r"robots\.txt") as caught:
            get(fetcher, "/a")
        assert caught.value.retryable
    assert [each.path for each in server.requests] == ["/robots.txt"] * 2


def test_robots_that_redirects_into_the_private_network_refuses_the_site(server, internet):
    server.routes["/robots.txt"] = web.redirect("http://127.0.0.1/robots.txt")
    server.routes["/a"] = web.content(b"<html>", "text/html")
    with pytest.raises(FetchRefused, match=r"127\.0\.0\.1"):
        get(internet.fetcher(robots=True), "/a")


def test_huge_robots_is_read_up_to_its_limit(server, internet):
    rules = b"User-agent: *\nDisallow: /noi-bo/\n" + b"# " + b"x" * 600_000
    server.routes["/robots.txt"] = web.content(rules, "text/plain")
    server.routes["/a"] = web.content(b"<html>", "text/html")
    fetcher = internet.fetcher(robots=True)
    assert get(fetcher, "/a")[0].status == 200
    with pytest.raises(FetchRefused):
        get(fetcher, "/noi-bo/a")


def test_requests_to_one_host_are_spaced_as_settings_and_robots_ask(server, internet):
    server.routes["/robots.txt"] = web.content(
        b"User-agent: *\nCrawl-delay: 4\n", "text/plain"
    )  # fmt: skip
    server.routes["/a"] = web.content(b"<html>", "text/html")
    time_ = Clockwork()
    with Fetcher(
        WebSettings(delay_seconds=1.5),
        resolve=internet.resolve,
        network=internet,
        sleep=time_.sleep,
        clock=time_.clock,
    ) as fetcher:
        for _ in range(3):
            get(fetcher, "/a")
        get(fetcher, "http://khac.example/a")
    # After robots.txt the pause of the site holds, for each of the two sites apart.
    assert time_.waits == [4.0, 4.0, 4.0, 4.0]
