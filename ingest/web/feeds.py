"""Addresses from what lists them: RSS and Atom feeds, sitemaps and their indexes, text lists.

Feeds are read by feedparser, which mends what is no XML; sitemaps by defusedxml. Neither expands
entities or follows references: a document that declares entities is refused before.
"""

import re
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError
from xml.sax import SAXException

import feedparser
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring

from kb.errors import (
    ExtractionFailed,
    IngestError,
    SourceUnavailable,
    UnsafeSource,
    UnsupportedSource,
)

_ENTITY = tuple("<!ENTITY".encode(encoding) for encoding in ("utf-8", "utf-16-le", "utf-16-be"))
_COMMENT = re.compile(r"(?:^|\s)#.*$")
_MAX_LIST_BYTES = 50_000_000
# feedparser takes up to 20 seconds for a megabyte of nothing but tags; feeds of sites are smaller.
_MAX_FEED_BYTES = 5_000_000
# feedparser means never to raise, but bytes that are no UTF-8 in odd places make it.
_PARSER_BUGS = (ValueError, LookupError, TypeError, AttributeError, AssertionError, RecursionError)


@dataclass(frozen=True, slots=True)
class Listing:
    """What a feed, sitemap or list names.

    Attributes:
        addresses: In its order, absolute where the format demands it, not yet normalised.
        problems: Entries without a usable address.
    """

    addresses: tuple[str, ...]
    problems: tuple[IngestError, ...] = ()


def read_feed(data: bytes, address: str, content_type: str) -> Listing:
    """Return the links of the entries of an RSS or Atom feed.

    Args:
        data: The feed.
        address: Where it came from; relative links are resolved against it.
        content_type: As the server declares it, for the encoding.

    Raises:
        UnsafeSource: It declares entities.
        UnsupportedSource: It is far too large for a feed.
        ExtractionFailed: It is no feed.
    """
    _refuse_entities(data, address)
    if len(data) > _MAX_FEED_BYTES:
        raise UnsupportedSource(
            f"{address}: nguồn tin RSS/Atom lớn hơn {_MAX_FEED_BYTES / 1e6:g} MB. "
            "Dùng sitemap của trang, hoặc ghi các địa chỉ vào một tệp .urls."
        )
    headers = {"content-location": address, "content-type": content_type or "application/xml"}
    # Bytes alone would be taken for a file name or an address to open.
    try:
        feed = feedparser.parse(BytesIO(data), response_headers=headers, sanitize_html=False)
    except _PARSER_BUGS as exc:
        raise _broken_feed(address) from exc
    # An odd encoding is mended and told as a problem, too; only broken markup counts.
    is_broken = isinstance(feed.get("bozo_exception"), SAXException)
    if not feed.entries and (is_broken or not feed.get("version")):
        raise _broken_feed(address)
    links = [str(entry.get("link") or "").strip() for entry in feed.entries]
    missing = sum(not link for link in links)
    problem = ExtractionFailed(
        f"{address}: {missing} mục của nguồn tin không có liên kết, không có gì để tải."
    )
    return Listing(tuple(link for link in links if link), (problem,) if missing else ())


def read_sitemap(data: bytes, address: str) -> Listing:
    """Return the addresses of a sitemap, or of the sitemaps of an index.

    Args:
        data: The XML, unpacked.
        address: Where it came from, for messages.

    Raises:
        UnsafeSource: It declares entities or refers outside.
        ExtractionFailed: It is no sitemap.
    """
    _refuse_entities(data, address)
    try:
        root: Element = fromstring(data, forbid_dtd=False)
    except DefusedXmlException as exc:
        raise _unsafe(address) from exc
    except (ParseError, ValueError, LookupError) as exc:  # the last two: unknown encodings
        raise ExtractionFailed(
            f"{address}: sitemap không phải XML hợp lệ ({exc}). Báo đơn vị chủ quản."
        ) from exc
    # Image and video extensions have a <loc> of their own, in other namespaces.
    namespace = root.tag[: root.tag.rfind("}") + 1]
    entries = [*root.findall(f"{namespace}url"), *root.findall(f"{namespace}sitemap")]
    found = [(entry.findtext(f"{namespace}loc") or "").strip() for entry in entries]
    missing = sum(not location for location in found)
    problem = ExtractionFailed(f"{address}: {missing} mục của sitemap không có địa chỉ.")
    return Listing(tuple(location for location in found if location), (problem,) if missing else ())


def read_list(path: Path) -> Listing:
    """Return the addresses of a text file: one a line, "#" starts a comment.

    Raises:
        SourceUnavailable: The file cannot be read.
        ExtractionFailed: It is not UTF-8, or far too large for a list.
    """
    try:
        if path.stat().st_size > _MAX_LIST_BYTES:
            raise ExtractionFailed(f"{path.name}: quá lớn cho một danh sách địa chỉ. Chia nhỏ tệp.")
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as exc:
        raise SourceUnavailable(
            f"{path.name}: không đọc được danh sách địa chỉ ({exc.strerror}). Kiểm tra đường dẫn."
        ) from exc
    except UnicodeDecodeError as exc:
        raise ExtractionFailed(
            f"{path.name}: danh sách địa chỉ không phải UTF-8. Lưu lại với bảng mã UTF-8."
        ) from exc
    lines = (_COMMENT.sub("", line).strip() for line in text.splitlines())
    return Listing(tuple(line for line in lines if line))


def _refuse_entities(data: bytes, address: str) -> None:
    if any(word in data for word in _ENTITY):
        raise _unsafe(address)


def _broken_feed(address: str) -> ExtractionFailed:
    return ExtractionFailed(
        f"{address}: nguồn tin RSS/Atom bị hỏng, không đọc được mục nào. Báo đơn vị chủ quản."
    )


def _unsafe(address: str) -> UnsafeSource:
    return UnsafeSource(
        f"{address}: tệp XML khai báo thực thể (entity), có dấu hiệu phá hoại, nên không đọc."
    )
