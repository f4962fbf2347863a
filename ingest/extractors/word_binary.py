"""The text of a Word 97-2003 file, piece by piece as its piece table gives it.

Word stores the text of a document in pieces, each either in windows-1252 or in UTF-16, in an order
that the piece table alone tells. Readers that look for text in the stream instead lose or garble
pieces; those that drop soft hyphens lose the letter "ư" of TCVN3 fonts. The fonts are read too,
since they tell which pieces are TCVN3 or VNI.

Source: [MS-DOC] 2.4.1 Retrieving Text, 2.4.2 Determining Paragraph Boundaries, 2.5.1 Fib, 2.8.5
PlcBteChpx, 2.9.35 Clx, 2.9.38 ChpxFkp, 2.9.286 SttbfFfn.
"""

import re
import struct
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass

_MAGIC = 0xA5EC
# Word 97; Word 6 and 95 keep their text in another way.
_FIRST_VERSION = 0x00C1
_ENCRYPTED, _WHICH_TABLE = 0x0100, 0x0200
_FC_LCB = 0x9A  # first of the pairs of offset and length, in bytes from the start
_PAIR_CHPX, _PAIR_PAPX, _PAIR_FONTS, _PAIR_CLX = 12, 13, 15, 33
_CCP_TEXT = 0x4C  # characters of the main text, then of the footnotes
_PAGE = 512
_COMPRESSED = 0x40000000
_SPRM_FONTS = (0x4A4F, 0x4A51)  # sprmCRgFtc0 and sprmCRgFtc2: Latin and other letters
# Operand lengths by the top three bits of a sprm; 6 is variable.
_OPERANDS = (1, 1, 2, 4, 2, 2, -1, 3)
_SPRM_ROW_END, _SPRM_IN_TABLE, _SPRM_LIST = 0x2417, 0x2416, 0x460B
_BX = 13  # bytes of an entry of a page of paragraph properties
_HEADINGS = range(1, 10)  # style numbers that Word reserves for headings
_ENDS = "\r\x07\x0c"
_FIELD_START, _FIELD_MIDDLE, _FIELD_END = "\x13", "\x14", "\x15"
_PARTS = re.compile("[\x13\x14\x15\r\x07\x0c]|[^\x13\x14\x15\r\x07\x0c]+")


class NotWordError(ValueError):
    """The stream is no Word 97-2003 document that can be read."""


class EncryptedError(NotWordError):
    """The document is protected by a password."""


class OldWordError(NotWordError):
    """The document is of Word 6 or 95."""


@dataclass(frozen=True, slots=True)
class WordParagraph:
    """A paragraph, a cell's last paragraph, or the mark that ends a table row.

    Attributes:
        runs: Characters and font name; without the codes of fields and the end mark.
        in_table: It stands in a table.
        ends_cell: It is the last of its cell.
        ends_row: It is the mark at the end of a row and holds no text.
        is_heading: Its style is one of Word's headings.
        is_item: It is numbered or has a bullet.
    """

    runs: tuple[tuple[str, str | None], ...]
    in_table: bool = False
    ends_cell: bool = False
    ends_row: bool = False
    is_heading: bool = False
    is_item: bool = False


@dataclass(frozen=True, slots=True)
class WordText:
    """Paragraphs of the main text and of the footnotes, in order."""

    body: tuple[WordParagraph, ...]
    footnotes: tuple[WordParagraph, ...]


@dataclass(frozen=True, slots=True)
class _Piece:
    start: int
    end: int
    offset: int
    width: int


def needed_table(stream: bytes) -> str:
    """Return the name of the table stream that belongs to a WordDocument stream.

    Raises:
        NotWordError: It is not one; see the subclasses.
    """
    if len(stream) < _FC_LCB + 8 * (_PAIR_CLX + 1):
        raise NotWordError("stream too short")
    magic, version = struct.unpack_from("<HH", stream, 0)
    flags = struct.unpack_from("<H", stream, 0x0A)[0]
    if magic == _MAGIC and flags & _ENCRYPTED:
        raise EncryptedError("encrypted")
    if magic != _MAGIC or version < _FIRST_VERSION:
        raise OldWordError(f"magic {magic:#x}, version {version}")
    return "1Table" if flags & _WHICH_TABLE else "0Table"


def read_word_text(stream: bytes, table: bytes) -> WordText:
    """Return the text of a Word file.

    Args:
        stream: The WordDocument stream.
        table: The table stream that `needed_table` names.

    Raises:
        NotWordError: The tables are damaged.
    """
    try:
        pieces = _pieces(_part(stream, table, _PAIR_CLX))
        fonts = _fonts(_part(stream, table, _PAIR_FONTS))
        runs = _Ranges(stream, _part(stream, table, _PAIR_CHPX), _character_properties)
        paragraphs = _Ranges(stream, _part(stream, table, _PAIR_PAPX), _paragraph_properties)
        body, notes = struct.unpack_from("<ii", stream, _CCP_TEXT)
        if not pieces or body < 0 or notes < 0:
            raise NotWordError("no text")
        reader = _Reader(stream, pieces, runs, paragraphs, fonts)
        return WordText(tuple(reader.read(0, body)), tuple(reader.read(body, body + notes)))
    except (struct.error, IndexError) as exc:
        raise NotWordError("damaged tables") from exc


def _part(stream: bytes, table: bytes, pair: int) -> bytes:
    offset, length = struct.unpack_from("<II", stream, _FC_LCB + 8 * pair)
    return table[offset : offset + length]


def _pieces(clx: bytes) -> list[_Piece]:
    position = 0
    while position < len(clx) and clx[position] == 0x01:  # formatting, before the piece table
        position += 3 + struct.unpack_from("<H", clx, position + 1)[0]
    if position >= len(clx) or clx[position] != 0x02:
        raise NotWordError("no piece table")
    size = struct.unpack_from("<I", clx, position + 1)[0]
    plc = clx[position + 5 : position + 5 + size]
    count = (len(plc) - 4) // 12
    if count < 1:
        raise NotWordError("empty piece table")
    borders = struct.unpack_from(f"<{count + 1}I", plc, 0)
    pieces = []
    for index in range(count):
        coded = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * index + 2)[0]
        compressed = bool(coded & _COMPRESSED)
        offset = coded & ~_COMPRESSED
        if borders[index] < borders[index + 1]:
            pieces.append(
                _Piece(
                    borders[index],
                    borders[index + 1],
                    offset // 2 if compressed else offset,
                    1 if compressed else 2,
                )
            )
    return pieces


def _fonts(table: bytes) -> list[str]:
    """Return the names of the font table, by index."""
    if len(table) < 4:
        return []
    count = struct.unpack_from("<H", table, 0)[0]
    names, position = [], 4
    for _ in range(count):
        if position >= len(table):
            break
        size = table[position]
        entry = table[position + 1 : position + 1 + size]
        name = entry[39:].decode("utf-16-le", "ignore")
        names.append(name.split("\x00")[0])
        position += 1 + size
    return names


class _Ranges:
    """Properties of stretches of the stream, as pages of them ("FKP") give them."""

    def __init__(
        self, stream: bytes, plc: bytes, read_entry: Callable[[bytes, int, int], bytes]
    ) -> None:
        self.starts: list[int] = []
        self.properties: list[bytes] = []
        count = max((len(plc) - 4) // 8, 0)
        for index in range(count):
            number = struct.unpack_from("<I", plc, 4 * (count + 1) + 4 * index)[0] & 0x3FFFFF
            page = stream[number * _PAGE : (number + 1) * _PAGE]
            if len(page) == _PAGE and page[-1] * 5 + 4 < _PAGE:
                self.starts += struct.unpack_from(f"<{page[-1]}I", page, 0)
                self.properties += [read_entry(page, page[-1], at) for at in range(page[-1])]

    def index_at(self, position: int) -> int:
        """Return the number of the stretch that holds a position, -1 if none does."""
        return bisect_right(self.starts, position) - 1

    def at(self, position: int) -> bytes:
        """Return the properties of the stretch that holds a position."""
        index = self.index_at(position)
        return self.properties[index] if index >= 0 else b""


def _character_properties(page: bytes, count: int, index: int) -> bytes:
    where = page[4 * (count + 1) + index] * 2
    return page[where + 1 : where + 1 + page[where]] if where else b""


def _paragraph_properties(page: bytes, count: int, index: int) -> bytes:
    """Return style number and properties of a paragraph."""
    at = 4 * (count + 1) + _BX * index
    where = page[at] * 2 if at < _PAGE - 1 else 0
    if not where or where + 1 >= _PAGE:
        return b""
    if page[where]:
        return page[where + 1 : where + 2 * page[where]]
    return page[where + 2 : where + 2 + 2 * page[where + 1]]


def _sprms(properties: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the codes and operands of a list of properties."""
    position = 0
    while position + 2 <= len(properties):
        sprm = struct.unpack_from("<H", properties, position)[0]
        position += 2
        length = _OPERANDS[sprm >> 13]
        if length < 0:
            length = properties[position] + 1 if position < len(properties) else 1
        operand = properties[position : position + length]
        if len(operand) == length:
            yield sprm, operand
        position += length


@dataclass(frozen=True, slots=True)
class _Reader:
    """Puts pieces, fonts and paragraph properties together."""

    stream: bytes
    pieces: list[_Piece]
    runs: _Ranges
    paragraphs: _Ranges
    fonts: list[str]

    def read(self, first: int, last: int) -> Iterator[WordParagraph]:
        """Yield the paragraphs of the characters from `first` up to `last`."""
        inside: list[bool] = []  # of each open field: whether its result has begun
        runs: list[tuple[str, str | None]] = []
        for text, font, offset, width in self._slices(first, last):
            for match in _PARTS.finditer(text):
                part = match[0]
                if part == _FIELD_START:
                    inside.append(False)
                elif part == _FIELD_MIDDLE:
                    inside[-1:] = [True] if inside else []
                elif part == _FIELD_END:
                    del inside[-1:]
                elif part in _ENDS:
                    yield self._paragraph(runs, part, offset + match.start() * width)
                    runs = []
                elif all(inside):
                    runs.append((part, font))
        if runs:
            yield WordParagraph(tuple(runs))

    def _slices(self, first: int, last: int) -> Iterator[tuple[str, str | None, int, int]]:
        """Yield text, font, stream offset and bytes a character of each run."""
        for piece in self.pieces:
            start, end = max(piece.start, first), min(piece.end, last)
            if start >= end:
                continue
            position = piece.offset + (start - piece.start) * piece.width
            stop = min(position + (end - start) * piece.width, len(self.stream))
            while position < stop:
                index = self.runs.index_at(position)
                border = self.runs.starts[index + 1] if index + 1 < len(self.runs.starts) else stop
                # Borders inside a character only occur in damaged files.
                length = max(min(border, stop) - position, piece.width)
                length -= length % piece.width
                raw = self.stream[position : position + length]
                font = self._font(self.runs.properties[index]) if index >= 0 else None
                yield _decode(raw, piece.width), font, position, piece.width
                position += length

    def _font(self, properties: bytes) -> str | None:
        number = None
        for sprm, operand in _sprms(properties):
            if sprm in _SPRM_FONTS:
                number = struct.unpack("<H", operand)[0]
        return self.fonts[number] if number is not None and number < len(self.fonts) else None

    def _paragraph(
        self, runs: list[tuple[str, str | None]], mark: str, offset: int
    ) -> WordParagraph:
        properties = self.paragraphs.at(offset)
        style = struct.unpack_from("<H", properties)[0] if len(properties) >= 2 else 0
        found = dict(_sprms(properties[2:]))
        return WordParagraph(
            tuple(runs),
            in_table=any(found.get(_SPRM_IN_TABLE, b"")),
            ends_cell=mark == "\x07",
            ends_row=mark == "\x07" and any(found.get(_SPRM_ROW_END, b"")),
            is_heading=style in _HEADINGS,
            is_item=any(found.get(_SPRM_LIST, b"")),
        )


def _decode(raw: bytes, width: int) -> str:
    # One character for each unit, so that offsets in the text are offsets in the stream.
    if width == 1:
        return raw.decode("cp1252", "replace")
    units = struct.unpack(f"<{len(raw) // 2}H", raw)
    return "".join(map(chr, units))
