"""HTML to lines of text and to what the page declares about itself.

The parser (selectolax, Lexbor) mends broken markup as a browser does and never raises on it. The
container of the main text is found by where the long paragraphs with few links are, the way
readability tools do (Readability, Arc90 2009), because site templates are too many to list. What
is left of furniture inside the container is plain lines, which `ingest.cleaning` strips as it
does for text files.
"""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.metadata import parse_date, parse_date_line
from kb.text import fold, to_reading_form

_DROPPED_TAGS = {
    "script", "style", "noscript", "template", "nav", "aside", "footer", "form", "iframe", "svg",
    "button", "select", "textarea", "object", "figcaption", "audio", "video", "canvas", "head",
}  # fmt: skip
_DROPPED_ROLES = {"navigation", "complementary", "contentinfo", "search"}
# Whole words of class and id names that templates give to furniture.
_FURNITURE_NAME = re.compile(
    r"(?:^|[\s_-])(?:comments?|binh-?luan|y-?kien|related|lien-?quan|tin-?khac|tin-?moi|xem-?them"
    r"|doc-?them|share|social|breadcrumbs?|menu|navbar|sidebar|banner|ads?|advert\w*|quang-?cao"
    r"|tags?|hot-?news|most-?read|doc-?nhieu|newsletter|popup|rating|pagination|captions?"
    r"|cung-?chuyen-?muc|weather|thoi-?tiet|topbar|copyright|footer)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BLOCKS = {
    "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "figure", "h1",
    "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p", "pre", "section",
    "table", "tbody", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
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
    text = _main_text(tree, title, description)
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


# --- main text ----------------------------------------------------------------------------------


@dataclass(slots=True, eq=False)
class _Element:
    """A node of the page without what is dropped; the parser's own tree is left as it is.

    Removing nodes from the parser's tree while holding others of it is unsafe (their memory goes
    with the parent), and lengths are asked for often.
    """

    tag: str
    names: str
    is_body_text: bool
    parent: "_Element | None"
    children: list["_Element | str"] = field(default_factory=list)
    length: int = 0
    link_length: int = 0


def _build(body: LexborNode) -> list[_Element]:
    """Return the elements of a page, parents before children, dropped ones left out."""
    elements: list[_Element] = []
    # An explicit stack: broken pages nest deeper than Python's recursion allows.
    stack: list[tuple[LexborNode, _Element | None]] = [(body, None)]
    while stack:
        node, parent = stack.pop()
        tag = node.tag or ""
        if tag == "-text":
            if parent is not None:
                parent.children.append(re.sub(r"\s+", " ", node.text_content or ""))
            continue
        if not node.is_element_node or _is_dropped(node, tag):
            continue
        attributes = node.attributes
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".strip()
        element = _Element(tag, names, attributes.get("itemprop") == "articleBody", parent)
        if parent is not None:
            parent.children.append(element)
        elements.append(element)
        # Depth first and left to right, so that children are appended in the page's order.
        stack.extend((child, element) for child in reversed(list(node.iter(include_text=True))))
    return elements


def _is_dropped(node: LexborNode, tag: str) -> bool:
    if tag in _DROPPED_TAGS:
        return True
    attributes = node.attributes
    return (
        "hidden" in attributes
        or attributes.get("aria-hidden") == "true"
        or attributes.get("role") in _DROPPED_ROLES
    )


def _measure(elements: list[_Element]) -> None:
    """Set the lengths of all elements, children before parents."""
    for element in reversed(elements):
        element.length = element.link_length = 0
        for child in element.children:
            if isinstance(child, str):
                element.length += len(child.strip())
            else:
                element.length += child.length
                element.link_length += child.link_length
        if element.tag == "a":
            element.link_length = element.length


def _main_text(tree: LexborHTMLParser, title: str | None, description: str) -> str:
    if tree.body is None:
        return ""
    elements = _build(tree.body)
    if not elements:
        return ""
    _measure(elements)
    body = elements[0]
    for element in elements[1:]:
        # A wrapper of the whole page may carry such a name too ("page-with-sidebar").
        if _FURNITURE_NAME.search(element.names) and element.length < 0.4 * body.length:
            element.children.clear()
    _measure(elements)
    everything = list(_lines(body))
    container = _container(elements)
    lines = list(_lines(container)) if container is not None else everything
    if sum(map(len, lines)) < 0.2 * sum(map(len, everything)):
        lines = everything
    return "\n\n".join(_with_head(lines, everything, title, description))


def _with_head(
    lines: list[str], everything: list[str], title: str | None, description: str
) -> list[str]:
    """Put back what stands between the headline and the container: date, author, lead."""
    if not lines or lines is everything or not title:
        return lines
    try:
        start = everything.index(lines[0])
    except ValueError:
        return lines
    wanted = fold(title)
    heading = max((i for i in range(start) if fold(everything[i]) == wanted), default=None)
    if heading is not None and start - heading <= 8:
        return everything[heading:start] + lines
    lead = fold(description)[:60]
    kept = [line for line in everything[:start] if len(lead) >= 30 and fold(line).startswith(lead)]
    return kept[-1:] + lines


def _container(elements: list[_Element]) -> _Element | None:
    """Return the element that holds most running text, few of it in links."""
    marked = [element for element in elements if element.is_body_text]
    if len(marked) == 1 and marked[0].length > 250:
        return marked[0]
    scores: dict[_Element, float] = {}
    for element in elements:
        own = _own_text_length(element)
        if element.tag not in _BLOCKS | _CELLS or own < 60:
            continue
        # Parent counts in full, grandparent by half: paragraphs may be wrapped one by one.
        wraps = element.tag in {"div", "section", "article", "td", "body", "main"}
        target = element if wraps else element.parent
        for weight in (1.0, 0.5):
            if target is None:
                break
            scores[target] = scores.get(target, 0.0) + weight * own
            target = target.parent
    return max(scores, key=lambda e: scores[e] * (1.0 - _link_share(e)), default=None)


def _own_text_length(element: _Element) -> int:
    """Return the characters of running text of a block, its child blocks and links left out."""
    length = 0
    for child in element.children:
        if isinstance(child, str):
            length += len(child.strip())
        elif child.tag not in _BLOCKS and child.tag not in _CELLS:
            length += child.length - child.link_length
    return length


def _link_share(element: _Element) -> float:
    return element.link_length / element.length if element.length else 0.0


def _lines(root: _Element) -> Iterator[str]:
    """Yield the text of each block in order, white space collapsed."""
    parts: list[str] = []
    stack: list[_Element | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            parts.append(node)
        elif node.tag == "br":
            parts.append("\n")
        else:
            if node.tag in _BLOCKS:
                parts.append("\n")
                stack.append("\n")
            elif node.tag in _CELLS:
                # The cells of a row stay one line: a figure without its label says nothing.
                stack.append(" | ")
            stack.extend(reversed(node.children))
    for line in to_reading_form("".join(parts)).split("\n"):
        stripped = line.strip(" |")
        if stripped:
            yield stripped
