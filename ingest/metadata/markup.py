"""Words of a page's elements, at a cost that hostile markup cannot multiply.

The text of an element holds that of every element inside it. Elements of one kind that are nested a
thousand deep, as no editor writes them, would repeat the page a thousand times over.
"""

from collections.abc import Iterable, Iterator

from selectolax.lexbor import LexborHTMLParser, LexborNode

# All words that are looked at for one question of a page; what heads a page is far shorter.
_MAX_CHARS = 100_000


def texts_of(tree: LexborHTMLParser, selector: str, *, separator: str = "") -> Iterator[str]:
    """Yield the texts of the elements that a selector finds, while they are short together.

    Args:
        tree: The page.
        selector: In CSS, without combinators: those take quadratic time on nested elements.
        separator: Put between the pieces of text inside an element.
    """
    yield from _bounded(tree.css(selector), separator)


def texts_inside(tree: LexborHTMLParser, outer: str, inner: str) -> Iterator[str]:
    """Yield the texts of the elements `inner` inside elements `outer`, while short together."""
    yield from _bounded(nodes_inside(tree, outer, inner), "")


def nodes_inside(tree: LexborHTMLParser, outer: str, inner: str) -> Iterator[LexborNode]:
    """Yield the elements that the selector `outer inner` finds, each once.

    In time that grows with the page and not with its depth, too.

    Args:
        tree: The page.
        outer: Selector of the elements that hold them, without combinators.
        inner: Selector of the elements, without combinators.
    """
    seen: set[int] = set()
    for container in tree.css(outer):
        if container.mem_id in seen:
            continue  # inside one that was looked through
        seen.update(node.mem_id for node in container.css(outer))
        for node in container.css(inner):
            if node.mem_id != container.mem_id:
                yield node


def _bounded(nodes: Iterable[LexborNode], separator: str) -> Iterator[str]:
    left = _MAX_CHARS
    for node in nodes:
        if left <= 0:
            return
        text = node.text(separator=separator)
        left -= len(text) + 1
        yield text
