import time

import pytest

from ingest.web.content import check_media_type, classify, read_head, usable_charset
from kb.errors import UnsupportedSource

DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


@pytest.mark.parametrize(
    "kind",
    ["", "text/html; charset=x", "APPLICATION/PDF", DOCX, "application/rss+xml", "text/xml",
     "application/octet-stream", "application/vnd.google-earth.kml+xml"],
)  # fmt: skip
def test_types_that_may_hold_text_pass(kind):
    check_media_type(kind, "bao.vn/a")


@pytest.mark.parametrize("kind", ["image/jpeg", "image/svg+xml", "video/mp4", "audio/ogg",
                                  "application/json", "text/javascript"])  # fmt: skip
def test_other_types_are_refused_by_name(kind):
    with pytest.raises(UnsupportedSource, match=r"bao\.vn/a.*HTML"):
        check_media_type(kind, "bao.vn/a")


@pytest.mark.parametrize(
    ("head", "kind", "path", "expected"),
    [
        (b"%PDF-1.4", "text/html", "/a", ".pdf"),
        (b"PK\x03\x04", DOCX, "/a", ".docx"),
        (b"PK\x03\x04", "application/octet-stream", "/a%2Ebang.xlsx", ".xlsx"),
        (b"PK\x03\x04", "text/html", "/a.html", ".zip"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/vnd.ms-excel", "/a", ".xls"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "", "/a", ".doc"),
        (b"{\\rtf1", "application/msword", "/a.doc", ".rtf"),
        (b"\x1f\x8b\x08", "application/octet-stream", "/a", "gzip"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n<rss>", "text/html", "/a", "feed"),
        (b"\xef\xbb\xbf<feed xmlns='x'>", "", "/a", "feed"),
        (b"<rdf:RDF xmlns:rdf='x'>", "text/xml", "/a", "feed"),
        (b"<!DOCTYPE rss [<!ENTITY a 'b'>]><rss>", "", "/a", "feed"),
        ("<?xml version='1.0'?><urlset>".encode("utf-16"), "", "/a", "sitemap"),
        (b"<?xml-stylesheet href='x'?><sitemapindex>", "", "/a", "sitemap"),
        (b"<!-- a --><!DOCTYPE html><HTML>", "text/plain", "/a", ".html"),
        (b"<div>doan trang</div>", "text/html", "/a", ".html"),
        (b"<div>doan trang</div>", "", "/a", ".html"),
        (b"a,b\n1,2", "text/plain", "/a.csv", ".csv"),
        (b"a,b\n1,2", "text/csv", "/a", ".csv"),
        (b"van ban", "text/plain", "/a", ".txt"),
        (b"van ban", "application/octet-stream", "/a.txt", ".txt"),
        (b"rac", "application/pdf", "/a", ".pdf"),
    ],
)
def test_bytes_decide_then_the_declaration_then_the_name(head, kind, path, expected):
    assert classify(head, kind, f"https://bao.vn{path}") == expected


def test_name_to_save_it_under_says_more_than_the_address():
    address = "https://bao.vn/tai-ve.aspx?id=7"
    told = "application/octet-stream"
    assert classify(b"PK\x03\x04", told, address, "bao cao.XLSX") == ".xlsx"
    assert classify(b"a;b", told, address, "so-lieu.csv") == ".csv"


@pytest.mark.parametrize(
    ("head", "kind"),
    [(b"\x00\x01", ""), (b"van ban", ""), (b"\x00<a", "application/octet-stream"),
     (b"<?xml version='1.0'?><kml>", "application/xml")],
)  # fmt: skip
def test_unexplained_bytes_are_unsupported(head, kind):
    with pytest.raises(UnsupportedSource, match=r"https://bao\.vn/a"):
        classify(head, kind, "https://bao.vn/a")


@pytest.mark.parametrize(
    "head", [b"<!-- a --> " * 370, b"<?a?> " * 600, b"<!DOCTYPE a[" * 300, b" " * 4096]
)
def test_long_prologues_take_no_time(head):
    began = time.process_time()
    assert classify(head, "text/html", "https://bao.vn/") == ".html"
    assert time.process_time() - began < 1  # tried in all ways, they would take years


def test_charsets_are_those_that_can_decode_text():
    assert usable_charset("UTF8") == "utf-8"
    assert usable_charset("windows-1258") == "cp1258"
    for label in (None, "", "bogus", "hex", "zlib", "idna", "unicode_escape", "undefined", "a\0b"):
        assert usable_charset(label) is None


@pytest.mark.parametrize(
    ("markup", "expected"),
    [
        ('<link rel="canonical" href="/a"><title> Mô\n hình </title>', ("/a", "Mô hình")),
        ("<LINK HREF=/a REL='Canonical nofollow'>", ("/a", "")),
        ('<link rel=canonical href="/a"><link rel=canonical href="/b">', (None, "")),
        ('<link rel=canonical href="/a"><link rel=canonical href="/a">', ("/a", "")),
        ('<link rel="alternate canonical-not" href="/a">', (None, "")),
        ("<link rel=canonical>", (None, "")),
        ("không phải trang", (None, "")),
    ],
)
def test_head_tells_canonical_address_and_title(markup, expected):
    assert read_head(markup.encode(), None) == expected


def test_head_is_read_in_the_declared_charset():
    assert read_head("<title>Mô hình</title>".encode("utf-16"), "utf-16") == (None, "Mô hình")
    assert read_head(b"<title>\xff\x00a</title>", "utf-8") == (None, "�a")
