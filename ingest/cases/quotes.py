"""Quoted stretches of a text, whatever marks the writer used.

Officers mix “ ”, " ", « », ‘ ’ and ' ', nest them, turn the closing mark around and forget it. A
mark is read by what stands beside it, and only then by its shape.
"""

import re
from dataclasses import dataclass

from kb.models import Span

_FAMILY = {"“": "d", "”": "d", "„": "d", '"': "d", "«": "g", "»": "g", "‘": "s", "’": "s", "'": "s"}
_OPENING, _CLOSING = frozenset("“„«‘"), frozenset("”»’")
_OPENERS_BEFORE = frozenset("([{–—-:/,;“„«‘\"'")
_MAX_DEPTH = 4


@dataclass(frozen=True, slots=True)
class Quote:
    """A quoted stretch.

    Attributes:
        start_char: The opening mark.
        end_char: After the closing mark.
        inner: What is quoted, without marks and without white space at its ends.
        depth: 0 for an outermost quote.
    """

    start_char: int
    end_char: int
    inner: Span
    depth: int


# Marks of typewriters and of old word processors, two characters each.
_TYPED = re.compile(r"<<|>>|``|''|,,(?=\w)")


def with_plain_marks(text: str) -> str:
    """Return the text with typed double marks as one mark and a space: of the same length.

    Example:
        >>> with_plain_marks("mô hình <<Ánh sáng>>, ``Hũ gạo''")
        'mô hình  «Ánh sáng» ,  “Hũ gạo” '
    """
    return _TYPED.sub(_plain_mark, text)


def _plain_mark(match: re.Match[str]) -> str:
    marks = match[0]
    if marks in ("<<", ">>"):
        return " «" if marks == "<<" else "» "
    before = match.string[match.start() - 1 : match.start()]
    opens = marks in ("``", ",,") or not before or before.isspace() or before in "(["
    return " “" if opens else "” "


def find_quotes(text: str) -> list[Quote]:
    """Return the quotes of a text by where they start; none crosses a line break.

    Of a nested quote whose two closing marks were merged into one, only the outer is returned.

    Example:
        >>> text = 'mô hình “Tổ "ba không"”, mô hình "Ánh sáng"'
        >>> [text[q.inner.start_char:q.inner.end_char] for q in find_quotes(text)]
        ['Tổ "ba không"', 'ba không', 'Ánh sáng']
    """
    quotes: list[Quote] = []
    start = 0
    for line in text.split("\n"):
        quotes.extend(_quotes_of_line(text, start, start + len(line)))
        start += len(line) + 1
    return sorted(quotes, key=lambda quote: (quote.start_char, -quote.end_char))


def _quotes_of_line(text: str, start: int, end: int) -> list[Quote]:
    stack: list[int] = []
    found: list[Quote] = []
    for position in range(start, end):
        char = text[position]
        if char not in _FAMILY:
            continue
        if _opens(text, position, start, end, stack):
            stack.append(position)
            continue
        opener = _matching(text, stack, char)
        if opener is not None:
            del stack[stack.index(opener) :]
            if len(stack) < _MAX_DEPTH:
                quote = _quote(text, opener, position + 1, len(stack))
                if quote:
                    found.append(quote)
    for opener in stack:
        found = _close_with_nested(text, opener, found)
    return found


def _opens(text: str, position: int, start: int, end: int, stack: list[int]) -> bool:
    char = text[position]
    before = text[position - 1] if position > start else " "
    after = text[position + 1] if position + 1 < end else " "
    fits_open = (before.isspace() or before in _OPENERS_BEFORE) and (
        after.isalnum() or after in _FAMILY
    )
    fits_close = not before.isspace() and not after.isalnum()
    if _FAMILY[char] == "s":
        return fits_open and char != "’"
    if char in _OPENING:
        return fits_open or not fits_close
    if char in _CLOSING:
        return fits_open and not fits_close
    if fits_open != fits_close:
        return fits_open
    return _matching(text, stack, char) is None


def _matching(text: str, stack: list[int], char: str) -> int | None:
    family = _FAMILY[char]
    for opener in reversed(stack):
        if _FAMILY[text[opener]] == family:
            return opener
    return None


def _quote(text: str, start: int, end: int, depth: int) -> Quote | None:
    inner_start, inner_end = start + 1, end - 1
    while inner_start < inner_end and text[inner_start].isspace():
        inner_start += 1
    while inner_end > inner_start and text[inner_end - 1].isspace():
        inner_end -= 1
    if inner_start == inner_end:
        return None
    return Quote(start, end, Span(inner_start, inner_end), depth)


def _close_with_nested(text: str, opener: int, found: list[Quote]) -> list[Quote]:
    """Close an unclosed quote where the first quote inside it ends, if that one is part of it."""
    inside = [quote for quote in found if quote.start_char > opener]
    if not inside:
        return found
    first = min(inside, key=lambda quote: quote.start_char)
    before = text[opener + 1 : first.start_char].rstrip()
    if not before or not before[-1].isalnum():
        return found  # “A, “B”: the first was just never closed
    merged = _quote(text, opener, first.end_char, 0)
    kept = [
        quote for quote in found if quote.end_char <= opener or quote.start_char > first.end_char
    ]
    return [*kept, merged] if merged else kept
