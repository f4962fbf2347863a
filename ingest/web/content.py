"""What a server sent: what it says it is, what its address says, what its bytes say.

Servers of portals declare much wrongly: documents as `application/octet-stream`, error pages as
PDF, feeds as HTML. A declared picture or film is believed, and not read; otherwise the bytes decide
where they can, then the declaration, then the address.
"""

import codecs
import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import unquote, urlsplit

from selectolax.lexbor import LexborHTMLParser

from kb.errors import UnsupportedSource

Container = Literal["feed", "sitemap", "gzip"]

HEAD_BYTES = 4096
# The head of a page; the canonical link stands there, or the page is not one to trust.
MARKUP_BYTES = 300_000

_SUFFIX_OF_TYPE = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "text/csv": ".csv",
    "text/tab-separated-values": ".tsv",
    "application/x-ndjson": ".jsonl",
    "application/jsonl": ".jsonl",
    "application/pdf": ".pdf",
    "application/x-pdf": ".pdf",
    "application/rtf": ".rtf",
    "text/rtf": ".rtf",
    "application/msword": ".doc",
    "application/vnd.ms-word": ".doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": ".docx",
    "application/vnd.ms-word.document.macroenabled.12": ".docm",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
    "application/vnd.ms-excel.sheet.macroenabled.12": ".xlsm",
    "application/vnd.openxmlformats-officedocument.presentationml.presentation": ".pptx",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "message/rfc822": ".eml",
    "application/zip": ".zip",
    "application/x-zip-compressed": ".zip",
}
_XML_TYPES = frozenset({"application/xml", "text/xml", "application/rss+xml",
                        "application/atom+xml", "application/rdf+xml"})  # fmt: skip
_GZIP_TYPES = frozenset({"application/gzip", "application/x-gzip"})
# Says nothing: servers use it for files whose suffix they do not know.
_UNTOLD = frozenset({"", "application/octet-stream", "binary/octet-stream",
                     "application/force-download", "application/download",
                     "application/x-download", "application/unknown"})  # fmt: skip
_REFUSED = ("image/", "video/", "audio/", "font/", "model/")
# Atomic groups: what stands before the root cannot be split in more than one way, or a page of many
# comments would be tried in all of them.
_ROOT = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:(?><\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*+(?:\[.*?\]\s*+)?>)\s*+)*+"
    rb"<(?:\w+:)?(rss|feed|rdf|urlset|sitemapindex|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_CONTAINERS: dict[bytes, Container] = {
    b"rss": "feed", b"feed": "feed", b"rdf": "feed", b"urlset": "sitemap",
    b"sitemapindex": "sitemap",
}  # fmt: skip
# Codecs of text that no page is in; some of them cannot skip what they do not understand.
_NOT_CHARSETS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "utf-7"})
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_OLE_SUFFIXES = frozenset({".doc", ".xls"})
_ZIP_SUFFIXES = frozenset({".docx", ".docm", ".xlsx", ".xlsm", ".pptx", ".odt", ".ods", ".zip"})
_TEXT_SUFFIXES = frozenset({".txt", ".md", ".markdown", ".csv", ".tsv", ".jsonl", ".eml"})


def media_type(content_type: str) -> str:
    """Return the type of a `Content-Type` without its parameters, in lower case."""
    return content_type.partition(";")[0].strip().lower()


def usable_charset(label: str | None) -> str | None:
    """Return the declared encoding if it is one that Python can decode, else None."""
    try:
        if label:
            "".encode(label)
            name = codecs.lookup(label).name
            return None if name in _NOT_CHARSETS else name
    except (LookupError, ValueError):
        return None
    return None


def check_media_type(content_type: str, name: str) -> None:
    """Check, before the body is read, that it may hold a text.

    Raises:
        UnsupportedSource: It is declared as a picture, film, sound, script or the like.
    """
    kind = media_type(content_type)
    if kind in _SUFFIX_OF_TYPE or kind in _XML_TYPES or kind in _GZIP_TYPES or kind in _UNTOLD:
        return
    if kind.endswith("+xml") and not kind.startswith(_REFUSED):
        return
    raise UnsupportedSource(
        f"{name}: máy chủ trả về kiểu nội dung {kind!r}, không phải bài viết hay văn bản. "
        "Chỉ nạp trang HTML, PDF, tệp văn phòng, văn bản thuần, RSS/Atom và sitemap."
    )


def classify(head: bytes, content_type: str, address: str, file_name: str = "") -> Container | str:
    """Return what a body is: a container of addresses, or the suffix of its kind of file.

    Args:
        head: Its first `HEAD_BYTES` bytes.
        content_type: As declared, may be empty.
        address: Where it came from.
        file_name: Under which the server wants it saved; says more than the address.

    Raises:
        UnsupportedSource: Nothing says what it is.
    """
    declared = _SUFFIX_OF_TYPE.get(media_type(content_type))
    named = PurePosixPath(file_name or unquote(urlsplit(address).path)).suffix.lower()
    likely = (declared, named)
    found = _by_bytes(head, likely)
    if found:
        return found
    if declared == ".txt" and named in _TEXT_SUFFIXES:
        return named  # servers know no better type for these
    if declared:
        return declared
    is_text = b"\0" not in head
    if is_text and named in _TEXT_SUFFIXES:
        return named
    if is_text and head.lstrip()[:1] == b"<" and media_type(content_type) not in _XML_TYPES:
        return ".html"
    raise UnsupportedSource(
        f"{address}: không nhận ra nội dung là gì (máy chủ khai "
        f"{media_type(content_type) or 'không có kiểu nội dung'!r}). Tải tệp về rồi nạp từ đĩa."
    )


def _by_bytes(head: bytes, likely: tuple[str | None, str]) -> Container | str | None:
    if head.startswith(b"%PDF-"):
        return ".pdf"
    if head.startswith(b"PK\x03\x04"):
        return next((suffix for suffix in likely if suffix in _ZIP_SUFFIXES), ".zip")
    if head.startswith(_OLE):
        return next((suffix for suffix in likely if suffix in _OLE_SUFFIXES), ".doc")
    if head.startswith(b"{\\rtf"):
        return ".rtf"
    if head.startswith(b"\x1f\x8b"):
        return "gzip"
    root = _ROOT.match(_as_ascii(head))
    if root is None:
        return None
    return _CONTAINERS.get(root[1].lower(), ".html")


def _as_ascii(head: bytes) -> bytes:
    """Return text of UTF-16 with its markup readable, other bytes as they are."""
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return head[: len(head) // 2 * 2].decode("utf-16", "replace").encode("ascii", "replace")
    return head


def read_head(markup: bytes, charset: str | None) -> tuple[str | None, str]:
    """Return the canonical address that a page declares, and its title.

    Args:
        markup: The page, or the start of it.
        charset: As declared by the server; UTF-8 if it declares none.

    Returns:
        `href` as it stands there, None if there is none or several disagree, resolved against
        `<base>` if the page has one; and the title with single spaces.
    """
    text = markup[:MARKUP_BYTES].decode(charset or "utf-8", "replace").replace("\x00", "")
    tree = LexborHTMLParser(text)
    links = {
        (node.attributes.get("href") or "").strip()
        for node in tree.css("link[rel]")
        if "canonical" in (node.attributes.get("rel") or "").lower().split()
    } - {""}
    title = tree.css_first("title")
    words = " ".join(title.text().split()) if title else ""
    return (links.pop() if len(links) == 1 else None), words
