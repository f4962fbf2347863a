"""HTML to the lines of its main text.

The container of the main text is found by where the long paragraphs with few links are, the way
readability tools do (Readability, Arc90 2009), because site templates are too many to list. What
is left of furniture inside the container is plain lines, which `ingest.cleaning` strips as it
does for text files.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from selectolax.lexbor import LexborHTMLParser, LexborNode

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


def main_text(tree: LexborHTMLParser, title: str | None, description: str) -> str:
    """Return the main text of a page, one block a line, blank lines between blocks.

    Args:
        tree: The parsed page; it is not changed.
        title: Headline, so that what stands under it is found again.
        description: Summary that the page declares; the lead often repeats it.
    """
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
