"""HTML to lines of text and to what the page declares about itself.

The parser (selectolax, Lexbor) mends broken markup as a browser does and never raises on it.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from ingest.main_text import main_text
from ingest.metadata import parse_date, parse_date_line
from kb.text import fold, to_reading_form

_ARTICLE_TYPES = {"article", "newsarticle", "reportagenewsarticle", "blogposting"}
_PUBLISHED_META = (
    "article:published_time", "datepublished", "pubdate", "publishdate", "dc.date.issued",
    "dc.date", "date", "og:published_time", "dcterms.created",
)  # fmt: skip
# Linked data nested deeper than this is broken or hostile.
_MAX_JSON_DEPTH = 12


@dataclass(frozen=True, slots=True)
class WebPage:
    """A page as text lines and declared metadata; None where the page declares nothing.

    Attributes:
        text: Main text, one block a line, blank lines between blocks.
        title: Headline, without the site's name.
        published: `YYYY-MM-DD`.
        author: As declared.
        publisher: As declared.
        url: Canonical address.
    """

    text: str
    title: str | None
    published: str | None
    author: str | None
    publisher: str | None
    url: str | None


def read_webpage(html: str) -> WebPage:
    """Return the main text of a page and what the page declares about itself.

    Args:
        html: Markup, already decoded; it may be broken.
    """
    tree = LexborHTMLParser(html.replace("\x00", ""))
    meta = _meta(tree)
    linked = _linked_data(tree)
    publisher = linked.get("publisher") or _clean(meta.get("og:site_name"))
    headings = [text for node in tree.css("h1") if (text := _clean(node.text(separator=" ")))]
    title = _title(tree, meta, linked, headings, publisher)
    published = _published(tree, meta, linked)
    author = linked.get("author") or _person(meta.get("author") or meta.get("article:author"))
    description = _clean(meta.get("description") or meta.get("og:description")) or ""
    url = _url(tree, meta)
    text = main_text(tree, title, description)
    return WebPage(
        text=text,
        title=title,
        published=published,
        author=None if author and publisher and fold(author) == fold(publisher) else author,
        publisher=publisher,
        url=url,
    )


def _clean(text: str | None) -> str | None:
    if text is None:
        return None
    return " ".join(to_reading_form(text).split()) or None


def _meta(tree: LexborHTMLParser) -> dict[str, str]:
    found: dict[str, str] = {}
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop")
        content = attributes.get("content")
        if name and content and content.strip():
            found.setdefault(name.strip().lower(), content)
    return found


def _linked_data(tree: LexborHTMLParser) -> dict[str, str]:
    """Return what the first article of the page's JSON-LD says, empty if there is none."""
    for node in tree.css("script[type='application/ld+json']"):
        try:
            data = json.loads(node.text() or "", strict=False)
        except (ValueError, RecursionError):
            continue  # many templates write invalid JSON; the other sources still speak
        for item in _items(data):
            kinds = item.get("@type")
            names = kinds if isinstance(kinds, list) else [kinds]
            if any(isinstance(name, str) and name.lower() in _ARTICLE_TYPES for name in names):
                values = {
                    "title": _clean(_string(item.get("headline"))),
                    "published": parse_date(_string(item.get("datePublished")) or ""),
                    "author": _person(_name(item.get("author"))),
                    "publisher": _clean(_name(item.get("publisher"))),
                }
                return {key: value for key, value in values.items() if value}
    return {}


def _items(data: object, depth: int = 0) -> Iterator[dict[str, object]]:
    if depth > _MAX_JSON_DEPTH:
        return
    if isinstance(data, dict):
        yield data
        yield from _items(data.get("@graph"), depth + 1)
        yield from _items(data.get("mainEntity"), depth + 1)
    elif isinstance(data, list):
        for item in data:
            yield from _items(item, depth + 1)


def _string(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _name(value: object) -> str | None:
    if isinstance(value, list):
        names = [name for item in value[:4] if (name := _name(item))]
        return ", ".join(names) or None
    if isinstance(value, dict):
        return _string(value.get("name"))
    return _string(value)


def _person(name: str | None) -> str | None:
    """Return a name that can be a writer's: no address, no account name."""
    cleaned = _clean(name)
    if not cleaned or len(cleaned) > 80 or re.search(r"https?:|@|\.(?:vn|com)\b|\d", cleaned):
        return None
    return None if cleaned.islower() or fold(cleaned) in {"admin", "administrator"} else cleaned


def _title(
    tree: LexborHTMLParser,
    meta: dict[str, str],
    linked: dict[str, str],
    headings: list[str],
    publisher: str | None,
) -> str | None:
    page = tree.css_first("title")
    declared = [
        linked.get("title"),
        _clean(meta.get("og:title")),
        _clean(page.text() if page else None),
    ]
    candidates = [_without_site(title, publisher) for title in declared if title]
    # The heading is what readers see; it counts if the page's head agrees, for some templates
    # put the name of the site or of the section into <h1>.
    for heading in headings:
        if any(fold(heading) == fold(title) for title in candidates):
            return heading
    for heading in headings:
        if any(fold(heading) in fold(title) for title in candidates) and len(heading.split()) > 3:
            return heading
    if candidates:
        return candidates[0]
    return max(headings, key=len) if headings else None


def _without_site(title: str, publisher: str | None) -> str:
    _, separator, tail = re.sub(r"\s+[|–—»]\s+|\s+-\s+", " \n ", title).rpartition(" \n ")
    site = fold(tail)
    if separator and (
        (publisher and fold(publisher) in (site, fold(title)))
        or re.match(r"(?:bao|tap chi|cong|trang|dai)\b", site)
        or re.search(r"\.\w{2,}$", site)
    ):
        # Cut the original, so that the separators inside the headline stay as they are.
        return title[: len(title) - len(tail)].rstrip(" |–—»-") or title
    return title


def _published(tree: LexborHTMLParser, meta: dict[str, str], linked: dict[str, str]) -> str | None:
    if linked.get("published"):
        return linked["published"]
    for name in _PUBLISHED_META:
        if found := parse_date(meta.get(name, "")):
            return found
    # A <time> in a list of other articles dates those: only one in the article or the only one.
    inside = tree.css("article time, [itemprop=datePublished], main time")
    every = tree.css("time")
    for node in inside or (every if len(every) == 1 else []):
        stamp = node.attributes.get("datetime") or node.attributes.get("content") or ""
        if found := parse_date(stamp):
            return found
        line = parse_date_line(_clean(node.text()) or "")
        if line:
            return line.published
    return None


def _url(tree: LexborHTMLParser, meta: dict[str, str]) -> str | None:
    link = tree.css_first("link[rel=canonical]")
    for url in (link.attributes.get("href") if link else None, meta.get("og:url")):
        try:
            parts = urlsplit((url or "").strip())
        except ValueError:
            continue
        # A canonical address that is the home page is a template's mistake.
        if parts.scheme in {"http", "https"} and parts.netloc and parts.path.strip("/"):
            return (url or "").strip()
    return None
