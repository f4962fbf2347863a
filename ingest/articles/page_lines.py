"""HTML to lines, each with what the page tells of it: link, heading, container, article element.

The container of the main text is found by where the long paragraphs with few links are, the way
readability tools do (Readability, Arc90 2009), because site templates are too many to list.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from selectolax.lexbor import LexborHTMLParser, LexborNode

from kb.text import to_reading_form

_DROPPED_TAGS = {
    "script", "style", "noscript", "template", "nav", "footer", "iframe", "svg", "button", "select",
    "textarea", "object", "audio", "video", "canvas", "head",
}  # fmt: skip
# Furniture, unless most of the page is in it: ASP.NET pages stand in one form altogether.
_FURNITURE_TAGS = {"aside", "form"}
_FURNITURE_ROLES = {"navigation", "complementary", "contentinfo", "search", "dialog"}
# Whole words of class and id names that templates give to furniture.
_FURNITURE_NAME = re.compile(
    r"(?:^|[\s_-])(?:comments?|binh-?luan|y-?kien|related|(?:tin-?)?lien-?quan|tin-?khac|tin-?moi"
    r"|xem-?them|doc-?them|share|social|breadcrumbs?|menu|navbar|sidebar|banner|ads?|advert\w*"
    r"|quang-?cao|tags?|hot-?news|most-?read|doc-?nhieu|newsletter|popup|rating|pagination"
    r"|captions?|cung-?chuyen-?muc|weather|thoi-?tiet|topbar|copyright|footer|cookies?|consent"
    r"|modal|subscribe|subscription)(?:$|[\s_-])",
    re.IGNORECASE,
)
_BLOCKS = {
    "address", "article", "blockquote", "body", "center", "dd", "div", "dl", "dt", "figcaption",
    "figure", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "li", "main", "ol", "p",
    "pre", "section", "table", "tbody", "tr", "ul",
}  # fmt: skip
_CELLS = {"td", "th"}
# Share of the page's text from which a named or tagged part is no furniture.
_MOST = 0.4
# Characters from which a line is running text, and a link the headline of something.
RUNNING_LENGTH = 40
_HEADLINE_LENGTH = 20
# From so many on, things of a kind are a list.
_SEVERAL = 3
# Lines of one teaser: headline, summary, date, section.
_MAX_BEAT = 4
# Words from which a link is to another article.
_LINK_WORDS = 6


@dataclass(slots=True, eq=False)
class Element:
    """A node of the page without what is dropped; the parser's own tree is left as it is.

    Removing nodes from the parser's tree while holding others of it is unsafe (their memory goes
    with the parent), and lengths are asked for often.
    """

    tag: str
    names: str
    is_body_text: bool
    is_furniture: bool
    parent: "Element | None"
    children: list["Element | str"] = field(default_factory=list)
    length: int = 0
    link_length: int = 0


@dataclass(slots=True)
class PageLine:
    """A line of the page.

    Attributes:
        text: Reading form.
        link_share: Share of its characters that are links, 0 to 1.
        level: 1 to 6 in a heading, else 0.
        is_dense: In the container of the long paragraphs.
        article: Nearest `article` element that holds it.
        is_known: In what trafilatura takes.
        is_teaser: In a list of links with summaries.
    """

    text: str
    link_share: float
    level: int
    is_dense: bool
    article: Element | None = None
    is_known: bool = False
    is_teaser: bool = False

    @property
    def is_link(self) -> bool:
        """Whether most of it is a link."""
        return self.link_share > 0.5

    @property
    def is_taken(self) -> bool:
        """Whether either opinion takes it."""
        return self.is_dense or self.is_known


# --- the page -----------------------------------------------------------------------------------


def read_page(tree: LexborHTMLParser) -> list[PageLine]:
    """Return the lines of a page without its furniture, those of the densest container marked."""
    elements = _build(tree.body) if tree.body is not None else []
    if not elements:
        return []
    _measure(elements)
    body = elements[0]
    for element in elements[1:]:
        # A wrapper of the whole page may carry such a name too ("page-with-sidebar").
        named = element.is_furniture or _FURNITURE_NAME.search(element.names)
        if named and element.length < _MOST * body.length:
            element.children.clear()
    _drop_captions(elements)
    _measure(elements)
    return _lines(body, _container(elements))


def _build(body: LexborNode) -> list[Element]:
    """Return the elements of a page, parents before children, dropped ones left out."""
    elements: list[Element] = []
    # An explicit stack: broken pages nest deeper than Python's recursion allows.
    stack: list[tuple[LexborNode, Element | None]] = [(body, None)]
    while stack:
        node, parent = stack.pop()
        tag = node.tag or ""
        if tag == "-text":
            if parent is not None:
                parent.children.append(re.sub(r"\s+", " ", node.text_content or ""))
            continue
        if not node.is_element_node or tag in _DROPPED_TAGS:
            continue
        attributes = node.attributes
        if "hidden" in attributes:
            continue
        names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}".strip()
        is_furniture = (
            tag in _FURNITURE_TAGS
            or attributes.get("aria-hidden") == "true"
            or attributes.get("role") in _FURNITURE_ROLES
        )
        is_body_text = attributes.get("itemprop") == "articleBody"
        element = Element(tag, names, is_body_text, is_furniture, parent)
        if parent is not None:
            parent.children.append(element)
        elements.append(element)
        # Depth first and left to right, so that children are appended in the page's order.
        stack.extend((child, element) for child in reversed(list(node.iter(include_text=True))))
    return elements


def _measure(elements: Sequence[Element]) -> None:
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


def _drop_captions(elements: Sequence[Element]) -> None:
    """Empty the captions, unless they carry the text as in a story told by pictures."""
    captions = [element for element in elements if element.tag == "figcaption"]
    within = sum(element.length for element in captions)
    running = sum(
        length for element in elements if (length := _own_text_length(element)) > RUNNING_LENGTH
    )
    if within < 0.5 * running:
        for element in captions:
            element.children.clear()


def _container(elements: Sequence[Element]) -> Element | None:
    """Return the element that holds most running text, few of it in links."""
    marked = [element for element in elements if element.is_body_text]
    if len(marked) == 1 and marked[0].length > 250:
        return marked[0]
    scores: dict[Element, float] = {}
    summaries = _summaries(elements)
    for element in elements:
        own = _own_text_length(element)
        if element.tag not in _BLOCKS | _CELLS or own < 60 or element in summaries:
            continue
        # Parent counts in full, grandparent by half: paragraphs may be wrapped one by one.
        target = element if _wraps_paragraphs(element) else element.parent
        for weight in (1.0, 0.5):
            if target is None:
                break
            scores[target] = scores.get(target, 0.0) + weight * own
            target = target.parent
    return max(scores, key=lambda e: scores[e] * (1.0 - _link_share(e)), default=None)


def _wraps_paragraphs(element: Element) -> bool:
    """Tell whether an element holds paragraphs; a division without any may be one itself."""
    if element.tag not in {"div", "section", "article", "td", "body", "main"}:
        return False
    tags = [child.tag for child in element.children if isinstance(child, Element)]
    return element.tag != "div" or tags.count("br") > 1 or any(tag in _BLOCKS for tag in tags)


def _summaries(elements: Sequence[Element]) -> set[Element]:
    """Return the blocks under linked headlines, where there are several of a kind: teasers."""
    kinds: dict[tuple[str, str, str], list[Element]] = {}
    for element in elements:
        blocks = [child for child in element.children if isinstance(child, Element)]
        for above, block in pairwise(block for block in blocks if block.length):
            if above.length >= _HEADLINE_LENGTH and _link_share(above) > 0.8:
                kinds.setdefault((block.tag, block.names, element.names), []).append(block)
    return {block for blocks in kinds.values() if len(blocks) >= _SEVERAL for block in blocks}


def _own_text_length(element: Element) -> int:
    """Return the characters of running text of a block, its child blocks and links left out."""
    length = 0
    for child in element.children:
        if isinstance(child, str):
            length += len(child.strip())
        elif child.tag not in _BLOCKS and child.tag not in _CELLS:
            length += child.length - child.link_length
    return length


def _link_share(element: Element) -> float:
    return element.link_length / element.length if element.length else 0.0


# --- lines --------------------------------------------------------------------------------------


@dataclass(slots=True)
class _End:
    """The closing tag of an element, on the stack of `_lines`."""

    element: Element


class _Seam:
    """A place where one inline element follows another without white space."""


@dataclass(slots=True)
class _LineWriter:
    """Collects pieces of text into lines."""

    lines: list[PageLine] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    length: int = 0
    linked: int = 0
    dense: int = 0
    level: int = 0
    article: Element | None = None
    at_seam: bool = False

    def add(self, text: str, *, in_link: bool, in_container: bool, level: int) -> None:
        """Add a piece to the current line."""
        # Headline and date in two spans that a style sheet makes blocks: no word is "yênNgày".
        if self.at_seam and self.parts and _is_glued(self.parts[-1], text):
            self.end_line()
        self.at_seam = False
        self.parts.append(text)
        length = len(text.strip())
        self.length += length
        self.linked += length if in_link else 0
        self.dense += length if in_container else 0
        if length and level:
            self.level = level

    def end_line(self) -> None:
        """Close the current line; one without text is none."""
        for piece in to_reading_form("".join(self.parts)).split("\n"):
            text = " ".join(piece.split()).strip(" |")
            if text:
                share = self.linked / self.length if self.length else 0.0
                is_dense = self.dense > 0.5 * self.length
                self.lines.append(PageLine(text, share, self.level, is_dense, self.article))
        self.parts, self.length, self.linked, self.dense, self.level = [], 0, 0, 0, 0


def _is_glued(left: str, right: str) -> bool:
    return bool(left[-1:].islower() or left[-1:].isdigit()) and right[:1].isupper()


def _lines(root: Element, container: Element | None) -> list[PageLine]:
    """Return the lines of a page in order, white space collapsed."""
    writer = _LineWriter()
    links = level = 0
    in_container = False
    stack: list[Element | _End | _Seam | str] = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            writer.add(node, in_link=links > 0, in_container=in_container, level=level)
            continue
        if isinstance(node, _Seam):
            writer.at_seam = True
            continue
        element = node.element if isinstance(node, _End) else node
        is_end = isinstance(node, _End)
        if element.tag in _BLOCKS or element.tag == "br":
            writer.end_line()
        if re.fullmatch(r"h[1-6]", element.tag):
            level = 0 if is_end else int(element.tag[1])
        if element.tag == "a":
            links += -1 if is_end else 1
        if element is container:
            in_container = not is_end
        if element.tag == "article":
            writer.end_line()
            writer.article = article_above(element) if is_end else element
        if is_end:
            if element.tag in _CELLS:
                # The cells of a row stay one line: a figure without its label says nothing.
                writer.parts.append(" | ")
        else:
            stack.append(_End(element))
            stack.extend(reversed(_with_seams(element.children)))
    writer.end_line()
    _mark_teasers(writer.lines)
    return writer.lines


def _mark_teasers(lines: Sequence[PageLine]) -> None:
    """Mark what stands between links that follow each other at a steady beat of a few lines."""
    links = [index for index, line in enumerate(lines) if is_long_link(line)]
    start = 0
    while start < len(links):
        end = start + 1
        while end < len(links) and links[end] - links[end - 1] == links[start + 1] - links[start]:
            end += 1
        beat = links[start + 1] - links[start] if end > start + 1 else 0
        if end - start >= _SEVERAL and 1 < beat <= _MAX_BEAT:
            for line in lines[links[start] : links[end - 1] + beat]:
                line.is_teaser = True
        # The last link of a run may be the first of the next.
        start = max(start + 1, end - 1)


def _with_seams(children: Sequence[Element | str]) -> list[Element | _Seam | str]:
    marked: list[Element | _Seam | str] = []
    for child in children:
        if marked and isinstance(child, Element) and isinstance(marked[-1], Element):
            marked.append(_Seam())
        marked.append(child)
    return marked


def article_above(element: Element) -> Element | None:
    """Return the nearest `article` element that holds an element."""
    above = element.parent
    while above is not None and above.tag != "article":
        above = above.parent
    return above


def is_long_link(line: PageLine) -> bool:
    """Tell whether a line links to another article; a linked name or section is shorter."""
    return line.is_link and len(line.text.split()) >= _LINK_WORDS
