"""From the characters of PDF pages to paragraphs and table rows.

A PDF says where each character stands and nothing of paragraphs. Producers write in reading order
(cell by cell, column by column), so that order is kept; positions only decide what belongs to one
line, one row and one paragraph.
"""

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import median
from typing import Any

import pypdfium2.raw as pdfium

from ingest.encodings import legacy_of_font
from ingest.extractors.legacy_fonts import decode_runs
from ingest.ports import Block, BlockKind
from kb.sentences import ends_statement
from kb.text import fold

# Multiples of the size of the font.
_WIDE_GAP = 1.2  # between cells; a justified space is at most about one
_SAME_LINE = 0.5
_PITCH, _MAX_PITCH = 1.9, 2.3  # between base lines: if unknown, and at most
_LARGER_PITCH = 1.2  # of the usual pitch: space between paragraphs
_SHORT_BY = 2.5
_INDENT = 0.8
_TITLE_SIZE, _HEADING_SIZE = 1.25, 1.12
# Outside these a font size is not that of the page; a glyph with accents is this part of the size.
_SMALLEST, _LARGEST, _SIZE_OF_GLYPH = 4.0, 120.0, 1.2
_EDGE_LINES = 2
_MIN_REPEATS, _REPEAT_SHARE = 3, 0.6
_COLUMN_LINES, _COLUMN_WORDS = 6, 4
_PAGE_NUMBER = re.compile(
    r"^\W*(?:trang|page)?\s*\W?\s*\d{1,4}\s*(?:[/|]\s*\d{1,4})?\W*$", re.IGNORECASE
)
_MARKER = re.compile(
    r"^(?:[-–—+•▪●*·]\s|\(?\d{1,3}[.)]\s|\d+(?:\.\d+)+\.?\s|[a-zđ]\)\s|[IVX]+\.\s)"
)
_GLYPH = re.compile(r"^[•▪●·]\s+(?=\S)")  # drawn by the program, not typed
_BULLET = re.compile(r"^[-–—+•▪●*·]\s")
_HYPHEN_CODES = {0x02, 0xFFFE}  # how pdfium marks a hyphen at the end of a line


@dataclass(frozen=True, slots=True)
class Segment:
    """Characters side by side; lengths in points, from the lower left corner of the page.

    `size` is that of the font; boxes are as high as the glyphs and say little of it.
    """

    text: str
    left: float
    bottom: float
    right: float
    top: float
    size: float


@dataclass(frozen=True, slots=True)
class Line:
    """Segments on one base line, in reading order."""

    cells: tuple[Segment, ...]

    @property
    def text(self) -> str:
        """The cells joined by " | "."""
        return " | ".join(cell.text for cell in self.cells)

    @property
    def left(self) -> float:
        """Left edge."""
        return self.cells[0].left

    @property
    def right(self) -> float:
        """Right edge."""
        return self.cells[-1].right

    @property
    def top(self) -> float:
        """Upper edge."""
        return max(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        """Lower edge."""
        return min(cell.bottom for cell in self.cells)

    @property
    def size(self) -> float:
        """Size of the largest font."""
        return max(cell.size for cell in self.cells)


def read_lines(textpage: Any) -> list[Line]:
    """Return the lines of a pdfium text page, in the order in which they were written."""
    return _columns_apart(_join(_segments(textpage.raw)))


def _segments(raw: Any) -> list[Segment]:
    collector = _Collector()
    box = pdfium.FS_RECTF()
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    word_begins = True
    font: str | None = None
    for index in range(pdfium.FPDFText_CountChars(raw)):
        code = pdfium.FPDFText_GetUnicode(raw, index)
        if code in (0x0A, 0x0D):
            collector.flush()
            word_begins = True
            continue
        if code == 0:
            continue
        if code in (0x20, 0xA0, 0x09):
            collector.space()
            word_begins = True
            continue
        if word_begins:
            font = _font_name(raw, index)
            word_begins = False
        char = _char(code, font)
        if pdfium.FPDFText_GetLooseCharBox(raw, index, box) and box.right > box.left:
            edges = (box.left, box.bottom, box.right, box.top)
        elif pdfium.FPDFText_GetCharBox(raw, index, left, right, bottom, top):
            edges = (left.value, bottom.value, right.value, top.value)
        else:
            continue
        collector.add(char, font, edges, pdfium.FPDFText_GetFontSize(raw, index))
    collector.flush()
    return collector.segments


def _char(code: int, font: str | None) -> str:
    if code in _HYPHEN_CODES:
        # In a TCVN3 font it is the letter ư at the end of a line.
        return "\u00ad" if font and legacy_of_font(font) == "tcvn3" else "-"
    # Symbol fonts put their bullets into the private area, where they say nothing.
    return "•" if 0xF000 <= code <= 0xF0FF else chr(code)


def _font_name(raw: Any, index: int) -> str | None:
    flags = ctypes.c_int()
    size = pdfium.FPDFText_GetFontInfo(raw, index, None, 0, flags)
    if not 0 < size < 512:
        return None
    buffer = ctypes.create_string_buffer(size)
    pdfium.FPDFText_GetFontInfo(raw, index, buffer, size, flags)
    return buffer.value.decode("utf-8", "replace")


_Box = tuple[float, float, float, float]


class _Collector:
    """Gathers characters until a jump."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self._runs: list[tuple[str, str | None]] = []
        self._boxes: list[_Box] = []
        self._size = 1.0
        self._font: str | None = None

    def add(self, char: str, font: str | None, box: _Box, size: float) -> None:
        # Some producers set all text in size 1 and scale the page.
        if not _SMALLEST <= size <= _LARGEST:
            size = max(box[3] - box[1], 1.0) * _SIZE_OF_GLYPH
        if self._boxes and self._jumps(box):
            self.flush()
        self._size = size if not self._boxes else max(self._size, size)
        self._runs.append((char, font))
        self._font = font
        self._boxes.append(box)

    def space(self) -> None:
        if self._runs:
            self._runs.append((" ", self._font))

    def flush(self) -> None:
        text = " ".join(decode_runs(self._runs).split())
        if text and self._boxes:
            lefts, bottoms, rights, tops = zip(*self._boxes, strict=True)
            self.segments.append(
                Segment(text, min(lefts), median(bottoms), max(rights), median(tops), self._size)
            )
        self._runs, self._boxes = [], []

    def _jumps(self, box: _Box) -> bool:
        _, last_bottom, last_right, last_top = self._boxes[-1]
        gap = box[0] - last_right
        middle = (box[1] + box[3]) / 2
        return (
            gap > _WIDE_GAP * self._size
            or gap < -2 * self._size
            or not last_bottom - 0.3 * self._size < middle < last_top + 0.3 * self._size
        )


def _join(segments: Iterable[Segment]) -> list[Line]:
    """Put neighbours on one base line together."""
    lines: list[list[Segment]] = []
    for segment in segments:
        last = lines[-1][-1] if lines else None
        same = (
            last is not None
            and abs(last.bottom - segment.bottom) < _SAME_LINE * min(last.size, segment.size)
            and segment.left >= last.right - 0.5 * last.size
        )
        if same and last is not None:
            # The number or bullet of a list stands at a tab stop before its text.
            is_near = segment.left - last.right <= _WIDE_GAP * last.size
            if is_near or (len(lines[-1]) == 1 and _MARKER.fullmatch(f"{last.text} ")):
                lines[-1][-1] = Segment(
                    f"{last.text} {segment.text}",
                    last.left,
                    min(last.bottom, segment.bottom),
                    segment.right,
                    max(last.top, segment.top),
                    max(last.size, segment.size),
                )
            else:
                lines[-1].append(segment)
        else:
            lines.append([segment])
    return [Line(tuple(cells)) for cells in lines]


def _columns_apart(lines: Sequence[Line]) -> list[Line]:
    """Read two columns of prose one after the other where a producer wrote across them."""
    ordered: list[Line] = []
    for is_pair, group in groupby(lines, key=lambda line: len(line.cells) == 2):
        found = list(group)
        if is_pair and len(found) >= _COLUMN_LINES and _is_prose(found):
            ordered += [Line((line.cells[0],)) for line in found]
            ordered += [Line((line.cells[1],)) for line in found]
        else:
            ordered += found
    return ordered


def _is_prose(lines: Sequence[Line]) -> bool:
    gutter_left = max(line.cells[0].right for line in lines)
    gutter_right = min(line.cells[1].left for line in lines)
    words = [median(len(line.cells[side].text.split()) for line in lines) for side in (0, 1)]
    return gutter_left < gutter_right and min(words) >= _COLUMN_WORDS


def drop_furniture(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Drop page numbers, and heads and feet that repeat from page to page."""
    edges = [_edges(page) for page in pages]
    counts = Counter(
        key
        for number, page in enumerate(edges, start=1)
        for key in {_repeat_key(line, number) for line in page}
    )
    needed = max(_MIN_REPEATS, _REPEAT_SHARE * len(pages))
    kept = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True), start=1):
        outermost = {id(line) for line in (edge[:1] + edge[-1:])}
        kept.append(
            [
                line
                for line in page
                if not (
                    (line in edge and counts[_repeat_key(line, number)] >= needed)
                    or (id(line) in outermost and len(pages) > 1 and _PAGE_NUMBER.match(line.text))
                )
            ]
        )
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    """Return the first and last lines of a page, from top to bottom."""
    ordered = sorted(page, key=lambda line: -line.top)
    if len(ordered) <= 2 * _EDGE_LINES:
        return ordered
    return ordered[:_EDGE_LINES] + ordered[-_EDGE_LINES:]


def _repeat_key(line: Line, number: int) -> str:
    """Return what repeats from page to page: the words, and the page's number as a sign.

    Other figures count as they are: sentences that differ only in them are no furniture. A cover
    may not be counted, so the number before is the page's too.
    """
    own = {str(number), str(number - 1)}
    return re.sub(r"\d+", lambda match: "#" if match[0] in own else match[0], fold(line.text))


def page_blocks(lines: Sequence[Line], number: int, body_size: float) -> list[Block]:
    """Return the blocks of a page.

    Args:
        lines: In reading order, without furniture.
        number: Page, 1-based.
        body_size: Usual size of the font in the document, in points.
    """
    blocks: list[Block] = []
    paragraph: list[Line] = []
    row: Line | None = None
    measure = _Measure.of(lines)
    for line in lines:
        longer = _wrapped(row, line) if row is not None else None
        if longer is not None:
            row = longer
            blocks[-1] = Block(row.text, "row", number)
            continue
        row = line if len(line.cells) > 1 else None
        if row is not None:
            blocks += _finish(paragraph, number, body_size)
            paragraph = []
            blocks.append(Block(row.text, "row", number))
        elif paragraph and measure.continues(paragraph, line):
            paragraph.append(line)
        else:
            blocks += _finish(paragraph, number, body_size)
            paragraph = [line]
    return blocks + _finish(paragraph, number, body_size)


def _wrapped(row: Line, line: Line) -> Line | None:
    """Return a row with the line below it as part of the cell above it; None if it is none.

    Only a line that goes on in the middle of a sentence is taken: below a row may stand anything.
    """
    below = line.cells[0]
    pitch = row.bottom - below.bottom
    is_near = len(line.cells) == 1 and 0 < pitch <= _MAX_PITCH * row.size
    if not is_near or not (below.text[0].islower() or below.text[0].isdigit()):
        return None
    for index, cell in enumerate(row.cells):
        if below.left >= cell.left - row.size and below.right <= cell.right + 2 * row.size:
            longer = replace(
                cell, text=f"{cell.text} {below.text}", bottom=min(cell.bottom, below.bottom)
            )
            return Line((*row.cells[:index], longer, *row.cells[index + 1 :]))
    return None


@dataclass(frozen=True, slots=True)
class _Measure:
    """Margins and pitch of a page, which tell where paragraphs end."""

    margins: Sequence[float]
    pitch: float | None

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "_Measure":
        counts = Counter(round(line.right / 6) for line in lines if len(line.cells) == 1)
        shared = sorted(6.0 * edge for edge, count in counts.items() if count >= 3)
        margins = shared or [max((line.right for line in lines), default=0.0)]
        measure = cls(margins, None)
        pitches = [
            pitch
            for above, below in pairwise(lines)
            if measure.is_full(above)
            and 0 < (pitch := above.bottom - below.bottom) < _MAX_PITCH * above.size
        ]
        return cls(margins, median(pitches) if pitches else None)

    def is_full(self, line: Line) -> bool:
        """Tell whether a line reaches the margin, so that a sentence may run on below it."""
        nearest = min(
            (edge for edge in self.margins if edge >= line.right - line.size), default=line.right
        )
        return nearest - line.right <= _SHORT_BY * line.size

    def continues(self, paragraph: Sequence[Line], line: Line) -> bool:
        """Tell whether a line belongs to the paragraph above it."""
        last = paragraph[-1]
        size = max(last.size, line.size)
        pitch = last.bottom - line.bottom
        usual = self.pitch or _PITCH * size
        if abs(last.size - line.size) > 0.1 * size or not 0 < pitch <= _LARGER_PITCH * usual:
            return False
        if not self.is_full(last) and not line.text[0].islower():
            return False
        ended = ends_statement(last.text)
        if ended and (_MARKER.match(line.text) or line.left > last.left + _INDENT * size):
            return False
        # A heading in capitals is centred, so its lines do not end at the margin by their width.
        is_heading = paragraph[0].text.isupper()
        return not is_heading or line.text.isupper() or line.text[0].islower()


def _finish(paragraph: Sequence[Line], number: int, body_size: float) -> list[Block]:
    if not paragraph:
        return []
    text = " ".join(line.text for line in paragraph)
    if bullet := _GLYPH.match(text):
        return [Block(text[bullet.end() :], "item", number)]
    return [Block(text, _kind(text, paragraph[0].size, number, body_size), number)]


def _kind(text: str, size: float, number: int, body_size: float) -> BlockKind:
    if _BULLET.match(text):
        return "item"
    if len(text) > 250:
        return "paragraph"
    if number == 1 and size >= _TITLE_SIZE * body_size:
        return "title"
    return "heading" if size >= _HEADING_SIZE * body_size else "paragraph"


def usual_size(pages: Iterable[Sequence[Line]]) -> float:
    """Return the size of the font that most characters have, in points."""
    weights: Counter[float] = Counter()
    for page in pages:
        for line in page:
            weights[round(line.size, 1)] += len(line.text)
    return weights.most_common(1)[0][0] if weights else 12.0
