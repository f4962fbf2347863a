"""Addresses to files, from a real server that misbehaves."""

import gzip
import hashlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ingest.sources import SourceFile, Unreadable
from ingest.web.source import Gone, Unchanged, WebItem, WebSource
from kb.errors import (
    DuplicateId,
    EmptyDocument,
    ExtractionFailed,
    FetchRefused,
    SourceUnavailable,
    UnsafeSource,
    UnsupportedSource,
)
from kb.store.sources import SourceState
from tests.e2e import misbehaving_server as web

SITE = "http://bao.example"


@pytest.fixture
def server() -> Iterator[web.MisbehavingServer]:
    with web.MisbehavingServer() as running:
        yield running


@pytest.fixture
def internet(server: web.MisbehavingServer) -> Iterator[web.FakeInternet]:
    with web.FakeInternet(server) as net:
        yield net


@pytest.fixture
def states() -> dict[str, SourceState]:
    return {}


@pytest.fixture
def read(
    internet: web.FakeInternet, tmp_path: Path, states: dict[str, SourceState]
) -> Callable[..., list[WebItem]]:
    def run(*addresses: str, **settings: object) -> list[WebItem]:
        fetcher = internet.fetcher(**{"retries": 0, **settings})
        source = WebSource(
            [address if address[0] != "/" else SITE + address for address in addresses],
            fetcher._settings,
            tmp_path / "spool",
            states.get,
            fetcher=fetcher,
        )
        items = list(source.files())
        for item in items:
            if isinstance(item, SourceFile):
                digest = hashlib.sha256(item.path.read_bytes()).hexdigest()
                found = source.validators[item.origin]
                states[item.origin] = SourceState(
                    item.origin, "r", 1, 0, digest, 0.0, (), (), *found
                )  # fmt: skip
        return items

    return run


def origins(items: list[WebItem]) -> list[str]:
    assert all(isinstance(item, SourceFile) for item in items), items
    return [item.origin for item in items]


def errors(items: list[WebItem]) -> list[type[Exception]]:
    return [type(item.error) for item in items if isinstance(item, Unreadable)]


def test_page_becomes_a_file_that_knows_where_it_is_from(server, read):
    server.routes["/bai?id=1"] = web.article("Dừa Bến Tre", "Vườn dừa.")
    [item] = read("/bai?utm_source=zalo&id=1#doc")
    assert item.origin == item.url == f"{SITE}/bai?id=1"
    assert (item.format, item.charset, item.path.suffix) == ("html", "utf-8", ".html")
    assert "Vườn dừa." in item.path.read_text(encoding="utf-8")
    assert datetime.now(UTC) - item.fetched_at < timedelta(minutes=1)


def test_second_read_asks_with_the_validator_and_finds_nothing_new(server, read, states):
    server.routes["/bai"] = web.conditional(b"<html><title>A</title>a", '"v1"')
    assert origins(read("/bai")) == [f"{SITE}/bai"]
    assert read("/bai") == [Unchanged(f"{SITE}/bai", states[f"{SITE}/bai"])]
    assert server.requests[-1].headers["if-none-match"] == '"v1"'


def test_equal_bytes_without_a_validator_are_unchanged(server, read, states, tmp_path):
    server.routes["/bai"] = web.in_turn(
        web.article("A"), web.article("A"), web.article("A", "Thêm một câu.")
    )
    read("/bai")
    assert read("/bai") == [Unchanged(f"{SITE}/bai", states[f"{SITE}/bai"])]
    assert origins(read("/bai")) == [f"{SITE}/bai"]


def test_validator_is_sent_to_the_address_it_came_from_after_a_redirect(server, read):
    server.routes["/cu"] = web.redirect("/moi")
    server.routes["/moi"] = web.conditional(b"<html><title>A</title>a", '"v2"')
    assert origins(read("/cu")) == [f"{SITE}/moi"]
    assert [type(item) for item in read("/cu")] == [Unchanged]
    assert [each.headers.get("if-none-match") for each in server.requests[2:]] == [None, '"v2"']


def test_304_that_nobody_asked_for_is_a_failure(server, read):
    server.routes["/bai"] = web.status(304)
    assert errors(read("/bai")) == [SourceUnavailable]


def test_one_article_at_two_addresses_is_one_document(server, read):
    link = f'<link rel="canonical" href="{SITE}/bai.html">'
    server.routes["/bai.html"] = web.article("Dừa", "Vườn dừa.", link)
    server.routes["/in?id=7"] = web.article("Dừa", "Bản in.", link)
    first, second = read("/in?id=7", "/bai.html")
    assert (first.origin, first.url) == (f"{SITE}/bai.html", f"{SITE}/in?id=7")
    assert isinstance(second.error, DuplicateId)
    assert second.skipped


def test_canonical_link_that_all_pages_share_is_not_believed(server, read):
    link = f'<link rel="canonical" href="{SITE}/tin-tuc">'
    server.routes |= {f"/{n}": web.article(f"Bài {n}", head=link) for n in (1, 2, 3)}
    assert origins(read("/1", "/2", "/3")) == [f"{SITE}/tin-tuc", f"{SITE}/2", f"{SITE}/3"]
    # Stored under its own address, a page keeps it whatever the order.
    server.routes |= {f"/{n}": web.article(f"Bài {n}", "Mới.", head=link) for n in (1, 2, 3)}
    assert origins(read("/3", "/2", "/1")) == [f"{SITE}/3", f"{SITE}/2", f"{SITE}/tin-tuc"]


@pytest.mark.parametrize("href", ["/", "http://khac.example/bai", "javascript:void(0)", "http://["])
def test_canonical_link_to_elsewhere_is_not_believed(server, read, href):
    server.routes["/bai"] = web.article("A", head=f'<link rel="canonical" href="{href}">')
    assert origins(read("/bai")) == [f"{SITE}/bai"]


@pytest.mark.parametrize("code", [404, 410])
def test_vanished_page_is_gone_when_given_and_unreadable_when_listed(server, read, code, tmp_path):
    server.routes["/bai"] = web.status(code)
    [gone] = read("/bai")
    assert isinstance(gone, Gone)
    assert gone.origin == f"{SITE}/bai"
    listed = tmp_path / "nguon.urls"
    listed.write_text(f"{SITE}/bai\n", encoding="utf-8")
    [item] = read(str(listed) if str(listed)[0] != "/" else f"list:{listed}")
    assert isinstance(item, Unreadable)
    assert item.error.code == "source_unavailable"
    assert str(code) in str(item.error)


def test_page_that_was_moved_to_the_front_page_is_unreadable(server, read):
    server.routes["/bai-da-go"] = web.redirect("/")
    server.routes["/"] = web.article("Trang chủ")
    [item] = read("/bai-da-go")
    assert "trang chủ" in str(item.error)
    assert origins(read("/")) == [f"{SITE}/"]


@pytest.mark.parametrize(
    ("path", "body", "kind", "expected"),
    [
        ("/a", b"<!doctype html><html>a", None, "html"),
        ("/a", b"<!doctype html><html>a", "application/pdf", "html"),
        ("/a", b"%PDF-1.7\n...", "text/html", "pdf"),
        ("/a", b"%PDF-1.7\n...", "application/octet-stream", "pdf"),
        ("/a.docx", b"PK\x03\x04...", "application/octet-stream", "docx"),
        ("/a", b"PK\x03\x04...", "application/vnd.oasis.opendocument.spreadsheet", "register"),
        ("/a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1...", "application/octet-stream", "register"),
        ("/a.md", b"# Tieu de", "text/plain", "markdown"),
        ("/a", b"Chi la van ban", "text/plain; charset=bogus", "text"),
    ],
)  # fmt: skip
def test_format_goes_by_bytes_then_declaration_then_name(server, read, path, body, kind, expected):
    server.routes[path] = web.content(body, kind)
    [item] = read(path)
    assert (item.format, item.charset) == (expected, None)


def test_bytes_that_nothing_explains_are_unsupported(server, read):
    server.routes["/a"] = web.content(b"\x00\x01\x02", "application/octet-stream")
    server.routes["/b"] = web.content(b"", "text/html")
    server.routes["/c.gz"] = web.content(gzip.compress(b"khong phai sitemap"), None)
    items = read("/a", "/b", "/c.gz")
    assert errors(items) == [UnsupportedSource, EmptyDocument, UnsupportedSource]


def test_feed_leads_to_its_entries_also_by_relative_links(server, read):
    server.routes["/tin.rss"] = web.content(
        b"<?xml version='1.0'?><rss version='2.0'><channel>"
        b"<item><title>Mot</title><link>/1?utm_medium=rss</link></item>"
        b"<item><title>Hai</title><link>http://khac.example/2</link></item>"
        b"<item><title>Khong co lien ket</title></item>"
        b"<item><title>Ba</title><link>http://127.0.0.1/3</link></item>"
        b"<item><title>Mot nua</title><link>/1</link></item></channel></rss>",
        "text/html",
    )
    server.routes["/1"], server.routes["/2"] = web.article("Một"), web.article("Hai")
    items = read("/tin.rss")
    assert errors(items) == [ExtractionFailed, FetchRefused]
    assert [item.origin for item in items if isinstance(item, SourceFile)] == [
        f"{SITE}/1", "http://khac.example/2",
    ]  # fmt: skip


def sitemap(*locations: str, index: bool = False) -> bytes:
    root, entry = ("sitemapindex", "sitemap") if index else ("urlset", "url")
    inner = "".join(f"<{entry}><loc>{SITE}{path}</loc></{entry}>" for path in locations)
    namespace = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0"?><{root} xmlns="{namespace}">{inner}</{root}>'.encode()


def test_sitemap_index_with_a_cycle_ends(server, read):
    server.routes["/chi-muc.xml"] = web.content(
        sitemap("/chi-muc.xml", "/1.xml", "/2.xml.gz", index=True), "application/xml"
    )
    server.routes["/1.xml"] = web.content(sitemap("/a", "/chi-muc.xml", "/mat"), "text/xml")
    server.routes["/2.xml.gz"] = web.content(gzip.compress(sitemap("/a", "/b")), "application/gzip")
    server.routes["/a"], server.routes["/b"] = web.article("A"), web.article("B")
    items = read("/chi-muc.xml")
    assert [item.origin for item in items] == [f"{SITE}/a", f"{SITE}/mat", f"{SITE}/b"]
    assert errors(items) == [SourceUnavailable]
    assert len(server.paths) == len(set(server.paths)) == 6


def test_lists_nested_without_end_are_not_followed(server, read):
    for n in range(9):
        server.routes[f"/{n}"] = web.content(sitemap(f"/{n + 1}", index=True), "text/xml")
    items = read("/0")
    assert errors(items) == [UnsupportedSource]
    assert server.paths == ["/0", "/1", "/2", "/3"]


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]>'
        b"<urlset><url><loc>&c;</loc></url></urlset>",
        b'<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
        b"<rss><channel><item><link>&b;</link></item></channel></rss>",
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE a [<!ENTITY b "b">]><rss/>'.encode(
            "utf-16"
        ),
    ],
)
def test_entity_bombs_are_unsafe(server, read, body):
    server.routes["/a.xml"] = web.content(body, "application/xml")
    assert errors(read("/a.xml")) == [UnsafeSource]


def test_gzip_bomb_as_a_sitemap_is_unsafe(server, read):
    body = gzip.compress(sitemap("/a") + b" " * 5_000_000)
    server.routes["/a.xml.gz"] = web.content(body, "application/x-gzip")
    assert errors(read("/a.xml.gz")) == [UnsafeSource]


def test_list_of_addresses_may_have_comments_and_bad_lines(server, read, tmp_path):
    server.routes["/1"], server.routes["/2"] = web.article("Một"), web.article("Hai")
    file = tmp_path / "bai.urls"
    file.write_text(
        f"\ufeff# Bài cần nạp\n{SITE}/1\n\nkhong phai dia chi\n{SITE}/2 # bài hai\n",
        encoding="utf-8",
    )
    items = read(f"list:{file}")
    assert [item.origin for item in items] == [f"{SITE}/1", "khong phai dia chi", f"{SITE}/2"]
    assert errors(items) == [FetchRefused]
    assert errors(read(f"list:{tmp_path / 'khong-co.urls'}")) == [SourceUnavailable]


def test_number_of_pages_is_bounded_and_the_rest_is_named(server, read):
    server.routes["/s.xml"] = web.content(sitemap("/1", "/2", "/3", "/4"), "text/xml")
    server.routes |= {f"/{n}": web.article(f"Bài {n}") for n in range(1, 5)}
    items = read("/s.xml", max_pages=3)
    assert [item.origin for item in items] == [f"{SITE}/1", f"{SITE}/2", f"{SITE}/3"]
    assert "còn ít nhất 2 địa chỉ" in str(items[-1].error)
    assert "KB_WEB__MAX_PAGES" in str(items[-1].error)


def test_one_bad_address_hides_none_of_the_others(server, read):
    server.routes["/tot"] = web.article("Tốt")
    server.routes["/bom"] = web.gzip_bomb
    server.routes["/rot"] = web.dropped
    items = read("/bom", "/rot", "http://a:b@bao.example/", "/tot", max_page_mb=10)
    assert errors(items) == [UnsafeSource, SourceUnavailable, FetchRefused]
    assert "a:b" not in items[2].origin + str(items[2].error)
    assert items[3].origin == f"{SITE}/tot"


def test_spool_keeps_only_what_is_to_be_read(server, read, tmp_path):
    server.routes["/1"], server.routes["/2"] = web.article("Một"), web.gzip_bomb
    items = read("/1", "/2", "/3")
    assert list((tmp_path / "spool").iterdir()) == [items[0].path]
