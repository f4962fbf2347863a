"""JSON-LD and microdata of a page: what they say of its main article.

Pages carry linked data of other articles too (lists of related ones, the site itself), so an item
speaks for the page only if its headline is the page's, or if it is the only article.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.metadata.markup import texts_inside
from kb.text import fold, to_reading_form

_ARTICLE_TYPES = {
    "article", "newsarticle", "analysisnewsarticle", "askpublicnewsarticle",
    "backgroundnewsarticle", "opinionnewsarticle", "reportagenewsarticle", "reviewnewsarticle",
    "blogposting", "liveblogposting", "socialmediaposting", "report", "scholarlyarticle",
}  # fmt: skip
# Linked data nested deeper than this is broken or hostile.
_MAX_JSON_DEPTH = 12
_MAX_PEOPLE = 4
# Articles of the microdata that are looked at; the page's own comes first or is among the first.
_MAX_ITEMS = 50
# Elements of one property of an item that are looked at.
_MAX_NAMED = 5
_NO_WORD = re.compile(r"[\W_]+")
# Two headlines are the same if one begins with the other and is at least so long.
_MIN_SHARED_HEADLINE = 20


@dataclass(frozen=True, slots=True)
class LinkedArticle:
    """What linked data declare of the main article; raw words, None where nothing is declared."""

    source: str
    headline: str | None = None
    published: str | None = None
    modified: str | None = None
    author: str | None = None
    publisher: str | None = None
    section: str | None = None
    url: str | None = None


def read_json_ld(tree: LexborHTMLParser, headings: Sequence[str]) -> LinkedArticle | None:
    """Return the main article of the page's JSON-LD, None if there is none or it is not clear.

    Args:
        tree: The page.
        headings: Texts that head the page, surest first (h1, og:title, title).
    """
    items = list(_every_item(tree))
    by_id: dict[str, Mapping[str, object]] = {}
    for item in items:
        identifier = item.get("@id")
        # A bare reference has only its "@id"; the item itself has more.
        if isinstance(identifier, str) and len(item) > 1:
            by_id.setdefault(identifier, item)
    articles = [_linked(item, by_id) for item in items if _is_article(item)]
    return _main(list(dict.fromkeys(articles)), headings)


def read_breadcrumbs(tree: LexborHTMLParser) -> list[str]:
    """Return the names of the page's breadcrumb list, outermost first; empty if there is none."""
    for item in _every_item(tree):
        parts = item.get("itemListElement")
        if "breadcrumblist" in _types(item) and isinstance(parts, list):
            names = [name for part in parts if (name := _crumb(part))]
            if names:
                return names
    named = "[class*='breadcrumb'], [id*='breadcrumb'], [aria-label='breadcrumb']"
    lists = (
        ("[itemtype$='BreadcrumbList']", "[itemprop='name']"),
        (named, "li"),
        (named, "a"),
    )
    for outer, inner in lists:
        found = texts_inside(tree, outer, inner)
        texts = (" ".join(to_reading_form(text).split()) for text in found)
        if names := [text.strip(" /›»>|") for text in texts if text.strip(" /›»>|")]:
            return names
    return []


def read_microdata(tree: LexborHTMLParser, headings: Sequence[str]) -> LinkedArticle | None:
    """Return the main article of the page's microdata, None if there is none or it is not clear."""
    found: list[LinkedArticle] = []
    for scope in tree.css("[itemtype]"):
        if len(found) >= _MAX_ITEMS:
            break
        kind = (scope.attributes.get("itemtype") or "").rstrip("/").rpartition("/")[2].lower()
        if kind not in _ARTICLE_TYPES:
            continue
        found.append(
            LinkedArticle(
                source="microdata",
                headline=_property(scope, "headline") or _property(scope, "name"),
                published=_property(scope, "datePublished"),
                modified=_property(scope, "dateModified"),
                author=_property(scope, "author"),
                publisher=_property(scope, "publisher"),
                section=_property(scope, "articleSection"),
            )
        )
    return _main(found, headings)


def same_headline(one: str | None, other: str | None) -> bool:
    """Tell whether two headlines are the same but for marks, case and a cut end.

    Example:
        >>> same_headline("Ấp 5: vườn rau “xanh”", "Ấp 5 - Vườn rau xanh")
        True
    """
    first, second = (_NO_WORD.sub(" ", fold(text or "")).strip() for text in (one, other))
    if not first or not second:
        return False
    short, long = sorted((first, second), key=len)
    return first == second or (len(short) >= _MIN_SHARED_HEADLINE and long.startswith(short))


def _main(articles: Sequence[LinkedArticle], headings: Sequence[str]) -> LinkedArticle | None:
    for heading in headings:
        for article in articles:
            if same_headline(article.headline, heading):
                return article
    return articles[0] if len(articles) == 1 else None


def _every_item(tree: LexborHTMLParser) -> Iterator[Mapping[str, object]]:
    for node in tree.css("script[type='application/ld+json']"):
        try:
            data = json.loads(node.text() or "", strict=False)
        except (ValueError, RecursionError):
            continue  # many templates write invalid JSON; the other sources still speak
        yield from _items(data)


def _items(data: object, depth: int = 0) -> Iterator[Mapping[str, object]]:
    if depth > _MAX_JSON_DEPTH:
        return
    if isinstance(data, dict):
        yield data
        yield from _items(data.get("@graph"), depth + 1)
        yield from _items(data.get("mainEntity"), depth + 1)
    elif isinstance(data, list):
        for item in data:
            yield from _items(item, depth + 1)


def _types(item: Mapping[str, object]) -> set[str]:
    kinds = item.get("@type")
    names = kinds if isinstance(kinds, list) else [kinds]
    return {name.lower() for name in names if isinstance(name, str)}


def _is_article(item: Mapping[str, object]) -> bool:
    return bool(_types(item) & _ARTICLE_TYPES)


def _linked(item: Mapping[str, object], by_id: Mapping[str, Mapping[str, object]]) -> LinkedArticle:
    section = item.get("articleSection")
    if isinstance(section, list):
        section = section[0] if section else None
    return LinkedArticle(
        source="json-ld",
        headline=_string(item.get("headline")) or _string(item.get("name")),
        published=_string(item.get("datePublished")),
        modified=_string(item.get("dateModified")),
        author=_name(item.get("author"), by_id),
        publisher=_name(item.get("publisher"), by_id),
        section=_string(section),
        url=_string(item.get("url")),
    )


def _string(value: object) -> str | None:
    return value if isinstance(value, str) and value.strip() else None


def _name(value: object, by_id: Mapping[str, Mapping[str, object]], depth: int = 0) -> str | None:
    if depth > _MAX_JSON_DEPTH:
        return None
    if isinstance(value, list):
        names = [name for item in value[:_MAX_PEOPLE] if (name := _name(item, by_id, depth + 1))]
        return ", ".join(names) or None
    if isinstance(value, dict):
        named = _string(value.get("name"))
        known = by_id.get(str(value.get("@id")))
        return named or (_string(known.get("name")) if known else None)
    return _string(value)


def _crumb(part: object) -> str | None:
    if not isinstance(part, dict):
        return None
    item = part.get("item")
    return _string(part.get("name")) or (
        _string(item.get("name")) if isinstance(item, dict) else None
    )


def _property(scope: LexborNode, name: str) -> str | None:
    """Return a property of an item; of one that is an item itself, its name."""
    for node in _named(scope, name):
        if node.mem_id == scope.mem_id:
            continue
        inner = node.css_first("[itemprop~='name']") if "itemscope" in node.attributes else None
        chosen = inner or node
        value = (
            chosen.attributes.get("content")
            or chosen.attributes.get("datetime")
            or chosen.text(separator=" ")
        )
        cleaned = " ".join(to_reading_form(value or "").split())
        if cleaned:
            return cleaned
    return None


def _named(scope: LexborNode, name: str) -> Iterator[LexborNode]:
    """Yield the elements of a property; mostly the first does, and the others cost time."""
    selector = f"[itemprop~='{name}']"
    first = scope.css_first(selector)
    if first is not None:
        yield first
        yield from scope.css(selector)[1:_MAX_NAMED]
