"""What the markup of a page declares: each value with its source, weighed against the others.

A value that several declarations agree on is certain; where they differ, the one that most kinds
of sources give is taken and trusted less. Impossible and future days are no declarations at all.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser

from ingest.metadata.dates import parse_date_line, parse_stamp
from ingest.metadata.linked_data import (
    LinkedArticle,
    read_breadcrumbs,
    read_json_ld,
    read_microdata,
)
from ingest.metadata.markup import nodes_inside, texts_of
from kb.models import MetadataEvidence
from kb.text import fold, to_reading_form

_PUBLISHED_META = (
    "article:published_time", "datepublished", "pubdate", "publishdate", "dc.date.issued",
    "dc.date", "date", "og:published_time", "dcterms.created",
)  # fmt: skip
# Elements with a time that are asked for the day; it is one of the first.
_MAX_TIMES = 20
_UPDATED_META = (
    "article:modified_time", "datemodified", "og:updated_time", "dc.date.modified",
    "dcterms.modified", "lastmod", "last-modified",
)  # fmt: skip
_HOME = {"trang chu", "home", "trang nhat", "trang chinh"}
# Shares of confidence where declarations differ: two against one, and one against one.
_MAJORITY, _CONTESTED = 0.8, 0.6
# A day of change without a day of publication to compare it with may be that of the visit.
_LONE_UPDATE = 0.6
_MAX_NAME = 80


@dataclass(frozen=True, slots=True)
class Declarations:
    """What a page declares; None where it declares nothing.

    Attributes:
        title: Headline, without the site's name.
        published: `YYYY-MM-DD`.
        updated: `YYYY-MM-DD`, later than `published`.
        author: As declared; None if it only repeats the publisher.
        publisher: As declared.
        url: Canonical address.
        section: Innermost section of the site, by the breadcrumbs.
        evidence: For each value, why; quotes are the raw words of the markup.
    """

    title: str | None = None
    published: str | None = None
    updated: str | None = None
    author: str | None = None
    publisher: str | None = None
    url: str | None = None
    section: str | None = None
    evidence: tuple[MetadataEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Claim:
    """A value, the kind of source that gives it, its name there, and the raw words."""

    value: str
    kind: str
    source: str
    quote: str


def read_declarations(tree: LexborHTMLParser) -> Declarations:
    """Return what the markup declares."""
    meta = _meta(tree)
    headings = [text for raw in texts_of(tree, "h1", separator=" ") if (text := clean(raw))]
    page_title = tree.css_first("title")
    head_titles = [
        ("meta og:title", clean(meta.get("og:title"))),
        ("title", clean(page_title.text() if page_title else None)),
    ]
    shown = [*headings, *(title for _, title in head_titles if title)]
    linked = [found for found in (read_json_ld(tree, shown), read_microdata(tree, shown)) if found]

    publisher = _pick("publisher", _publisher_claims(linked, meta))
    name = publisher.value if publisher else None
    title = _title(linked, head_titles, headings, name)
    published = _pick("published", _published_claims(tree, linked, meta))
    updated = _updated(linked, meta, published)
    author = _pick("author", _author_claims(linked, meta))
    if author and name and fold(author.value) == fold(name):
        author = None
    url = _url(tree, meta)
    section = _section(tree, linked, meta, title.value if title else None)
    found = (title, published, updated, author, publisher, url, section)
    return Declarations(
        title=title.value if title else None,
        published=published.value if published else None,
        updated=updated.value if updated else None,
        author=author.value if author else None,
        publisher=name,
        url=url.value if url else None,
        section=section.value if section else None,
        evidence=tuple(each for each in found if each),
    )


def clean(text: str | None) -> str | None:
    """Return a text on one line in reading form, None if nothing is left."""
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


def _pick(field: str, claims: Sequence[_Claim]) -> MetadataEvidence | None:
    """Return the value that most kinds of sources give; ties go to the first.

    Values are the same if they fold alike, and one kind of source has one voice.
    """
    if not claims:
        return None
    kinds: dict[str, set[str]] = {}
    for claim in claims:
        kinds.setdefault(fold(claim.value), set()).add(claim.kind)
    best = max(kinds, key=lambda value: len(kinds[value]))
    chosen = next(claim for claim in claims if fold(claim.value) == best)
    confidence = 1.0
    if len(kinds) > 1:
        most = max(len(voices) for value, voices in kinds.items() if value != best)
        confidence = _MAJORITY if len(kinds[best]) > most else _CONTESTED
    return MetadataEvidence(field, chosen.value, confidence, chosen.source, chosen.quote)


# --- dates --------------------------------------------------------------------------------------


def _published_claims(
    tree: LexborHTMLParser, linked: Sequence[LinkedArticle], meta: Mapping[str, str]
) -> list[_Claim]:
    claims = [
        _Claim(day, item.source, f"{item.source} datePublished", item.published)
        for item in linked
        if item.published and (day := parse_stamp(item.published))
    ]
    for name in _PUBLISHED_META:
        if day := parse_stamp(meta.get(name, "")):
            claims.append(_Claim(day, "meta", f"meta {name}", meta[name]))
            break
    # A <time> that is also a property of the microdata has spoken already.
    spoken = any(claim.kind == "microdata" for claim in claims)
    claims.extend(_time_claims(tree, skip_properties=spoken))
    return claims


def _time_claims(tree: LexborHTMLParser, *, skip_properties: bool) -> Iterator[_Claim]:
    # A <time> in a list of other articles dates those: only one in the article or the only one.
    within = {node.mem_id for node in nodes_inside(tree, "article, main", "time")}
    inside = [
        node
        for node in tree.css("time, [itemprop=datePublished]")
        if node.mem_id in within or node.attributes.get("itemprop") == "datePublished"
    ]
    every = tree.css("time")
    for node in (inside or (every if len(every) == 1 else []))[:_MAX_TIMES]:
        name = node.attributes.get("itemprop") or ""
        if "dateModified" in name or (skip_properties and "datePublished" in name):
            continue
        stamp = node.attributes.get("datetime") or node.attributes.get("content") or ""
        words = clean(node.text()) or ""
        day = parse_stamp(stamp)
        if day is None and (line := parse_date_line(words)):
            day, stamp = line.published, words
        if day:
            yield _Claim(day, "time", "time element", stamp)
            return


def _updated(
    linked: Sequence[LinkedArticle],
    meta: Mapping[str, str],
    published: MetadataEvidence | None,
) -> MetadataEvidence | None:
    claims = [
        _Claim(day, item.source, f"{item.source} dateModified", item.modified)
        for item in linked
        if item.modified and (day := parse_stamp(item.modified))
    ]
    claims.extend(
        _Claim(day, "meta", f"meta {name}", meta[name])
        for name in _UPDATED_META
        if (day := parse_stamp(meta.get(name, "")))
    )
    if published is None:
        found = _pick("updated", claims)
        if found is None:
            return None
        return MetadataEvidence(
            "updated", found.value, min(found.confidence, _LONE_UPDATE), found.source, found.quote
        )
    return _pick("updated", [claim for claim in claims if claim.value > published.value])


# --- names --------------------------------------------------------------------------------------


def _publisher_claims(linked: Sequence[LinkedArticle], meta: Mapping[str, str]) -> list[_Claim]:
    claims = [
        _Claim(name, item.source, f"{item.source} publisher", item.publisher)
        for item in linked
        if item.publisher and (name := clean(item.publisher)) and len(name) <= _MAX_NAME
    ]
    for name in ("og:site_name", "dc.publisher", "publisher"):
        if value := clean(meta.get(name)):
            claims.append(_Claim(value, "meta", f"meta {name}", meta[name]))
            break
    # A bare address names a site, not who publishes; it only counts if nothing else is declared.
    named = [claim for claim in claims if not re.search(r"https?:|\.\w{2,4}$", claim.value)]
    return named or [claim for claim in claims if "://" not in claim.value]


def _author_claims(linked: Sequence[LinkedArticle], meta: Mapping[str, str]) -> list[_Claim]:
    claims = [
        _Claim(name, item.source, f"{item.source} author", item.author)
        for item in linked
        if item.author and (name := _person(item.author))
    ]
    for key in ("author", "article:author", "dc.creator"):
        if name := _person(meta.get(key)):
            claims.append(_Claim(name, "meta", f"meta {key}", meta[key]))
            break
    return claims


def _person(name: str | None) -> str | None:
    """Return a name that can be a writer's: no address, no account name."""
    cleaned = clean(name)
    if (
        not cleaned
        or len(cleaned) > _MAX_NAME
        or re.search(r"https?:|@|\.(?:vn|com)\b|\d", cleaned)
    ):
        return None
    return None if cleaned.islower() or fold(cleaned) in {"admin", "administrator"} else cleaned


def _title(
    linked: Sequence[LinkedArticle],
    head_titles: Sequence[tuple[str, str | None]],
    headings: Sequence[str],
    publisher: str | None,
) -> MetadataEvidence | None:
    declared = [
        *((f"{item.source} headline", clean(item.headline)) for item in linked),
        *head_titles,
    ]
    candidates = [
        (source, _without_site(title, publisher), title) for source, title in declared if title
    ]
    # The heading is what readers see; it counts if the page's head agrees, for some templates
    # put the name of the site or of the section into <h1>.
    for heading in headings:
        if any(fold(heading) == fold(title) for _, title, _ in candidates):
            return MetadataEvidence("title", heading, 1.0, "h1", heading)
    for heading in headings:
        if len(heading.split()) > 3 and any(fold(heading) in fold(t) for _, t, _ in candidates):
            return MetadataEvidence("title", heading, 0.9, "h1", heading)
    if candidates:
        source, title, raw = candidates[0]
        return MetadataEvidence("title", title, _CONTESTED if headings else 0.9, source, raw)
    if headings:
        heading = max(headings, key=len)
        return MetadataEvidence("title", heading, _MAJORITY, "h1", heading)
    return None


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


# --- address and section ------------------------------------------------------------------------


def _url(tree: LexborHTMLParser, meta: Mapping[str, str]) -> MetadataEvidence | None:
    link = tree.css_first("link[rel=canonical]")
    declared = (
        ("link canonical", link.attributes.get("href") if link else None),
        ("meta og:url", meta.get("og:url")),
    )
    for source, raw in declared:
        url = (raw or "").strip()
        try:
            parts = urlsplit(url)
        except ValueError:
            continue
        # A canonical address that is the home page is a template's mistake.
        if parts.scheme in {"http", "https"} and parts.netloc and parts.path.strip("/"):
            return MetadataEvidence("url", url, 1.0, source, url)
    return None


def _section(
    tree: LexborHTMLParser,
    linked: Sequence[LinkedArticle],
    meta: Mapping[str, str],
    title: str | None,
) -> MetadataEvidence | None:
    crumbs = [name for crumb in read_breadcrumbs(tree) if (name := clean(crumb))]
    inner = [
        name
        for name in crumbs
        if fold(name) not in _HOME and (title is None or fold(name) != fold(title))
    ]
    claims = [_Claim(inner[-1], "breadcrumbs", "breadcrumbs", " > ".join(crumbs))] if inner else []
    claims.extend(
        _Claim(name, item.source, f"{item.source} articleSection", name)
        for item in linked
        if (name := clean(item.section))
    )
    if name := clean(meta.get("article:section")):
        claims.append(_Claim(name, "meta", "meta article:section", name))
    claims = [claim for claim in claims if len(claim.value) <= _MAX_NAME]
    return _pick("section", claims)
