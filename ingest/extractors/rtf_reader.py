"""The text of RTF, with fonts.

No library keeps what Vietnamese files need: the font of each run (TCVN3 and VNI are told by it)
together with its code page, and optional hyphens, which are the letter "ư" of TCVN3.

Source: Rich Text Format Specification 1.9.1.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.encodings import legacy_of_font
from ingest.extractors.legacy_fonts import decode_runs
from ingest.extractors.tables import table_blocks
from ingest.ports import Block, BlockKind, FileProperties, OfficeText

_TOKEN = re.compile(
    r"\\(?P<word>[A-Za-z]{1,32})(?P<number>-?\d{1,10})? ?|\\'(?P<hex>[0-9A-Fa-f]{2})"
    r"|\\(?P<symbol>[^A-Za-z])|(?P<brace>[{}])|(?P<text>[^\\{}\r\n\x00]+)"
)
_CODE_PAGES = {
    77: "mac_roman", 128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253",
    162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251",
    222: "cp874", 238: "cp1250",
}  # fmt: skip
_SYMBOL_CHARSET = 2
# Groups that hold no text of the body. Those that begin with \* are skipped anyhow.
_SKIPPED = frozenset(
    "colortbl stylesheet pict objdata header headerl headerr headerf footer footerl footerr "
    "footerf fldinst listtable listoverridetable themedata datastore rsidtbl generator xmlnstbl "
    "pntext listtext nonshppict annotation atnid atnauthor sn sv bkmkstart bkmkend filetbl revtbl "
    "latentstyles colorschememapping private tc xe txe rxe".split()
)
_CHARACTERS = {
    "tab": " ", "line": "\n", "emdash": "—", "endash": "–", "lquote": "‘", "rquote": "’",
    "ldblquote": "“", "rdblquote": "”", "bullet": "•", "emspace": " ", "enspace": " ",
    "qmspace": " ", "lbr": "\n", "softline": "\n",
}  # fmt: skip
# An optional hyphen is what Word makes of the letter ư of TCVN3.
_SYMBOLS = {"~": " ", "-": "\u00ad", "_": "-", "\\": "\\", "{": "{", "}": "}"}
_PARAGRAPH_ENDS = {"par", "sect", "page", "column", "nestcell", "nestrow"}
_INFO = {"title": "title", "author": "author", "company": "organization"}
_MAX_DEPTH = 2_000


class NotRtfError(ValueError):
    """The bytes are no RTF."""


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits and its end restores."""

    font: int | None = None
    unicode_skip: int = 1
    skipped: bool = False
    hidden: bool = False
    collects: str = ""  # "fonts", an attribute of the properties, or nothing


@dataclass(slots=True)
class _Paragraph:
    runs: list[tuple[str, str | None]] = field(default_factory=list)
    kind: BlockKind = "paragraph"
    in_table: bool = False


def read_rtf(data: bytes) -> OfficeText:
    """Return what an RTF file holds: body with text boxes and footnotes where they are anchored.

    Raises:
        NotRtfError: It is not RTF.
    """
    if not data.lstrip()[:6].startswith(b"{\\rtf"):
        raise NotRtfError("no RTF header")
    return _Reader(data.decode("latin-1")).read()


class _Reader:
    """One pass over the tokens; a list of states stands for the groups, so depth is no danger."""

    def __init__(self, source: str) -> None:
        self._source = source
        self._fonts: dict[int, tuple[str, int]] = {}
        self._code_page = "cp1252"
        self._default_font: int | None = None
        self._state = _State()
        self._stack: list[_State] = []
        self._pending = bytearray()
        self._skip = 0
        self._starred = False
        self._paragraph = _Paragraph()
        self._blocks: list[Block] = []
        self._rows: list[list[list[str]]] = []
        self._cells: list[list[str]] = []
        self._cell: list[str] = []
        self._font_name: list[str] = []
        self._info: dict[str, list[str]] = {}

    def read(self) -> OfficeText:
        """Return the blocks, properties and notes."""
        for token in self._tokens():
            if token["hex"]:
                self._byte(int(token["hex"], 16))
                continue
            if not token["text"]:
                self._flush_bytes()
            if token["brace"]:
                self._brace(token["brace"])
            elif token["word"]:
                self._word(token["word"], token["number"])
            elif token["symbol"]:
                self._symbol(token["symbol"])
            else:
                self._plain(token["text"])
        self._flush_bytes()
        is_cut = bool(self._stack)
        self._end_paragraph()
        if self._cell or self._cells:
            self._rows.append([*self._cells, self._cell])
        self._end_table()
        found = {name: "".join(parts).strip() or None for name, parts in self._info.items()}
        note = "Tệp RTF bị cắt cụt: phần cuối có thể thiếu. Hãy lấy lại bản gốc nếu cần."
        return OfficeText(
            tuple(self._blocks),
            properties=FileProperties(
                title=found.get("title"),
                author=found.get("author"),
                organization=found.get("organization"),
            ),
            notes=(note,) if is_cut else (),
        )

    def _tokens(self) -> Iterator[re.Match[str]]:
        position = 0
        while token := _TOKEN.search(self._source, position):
            position = token.end()
            if token["word"] == "bin" and token["number"]:
                position += max(int(token["number"]), 0)  # raw bytes of a picture
                continue
            yield token

    # --- text ---------------------------------------------------------------------------------

    def _byte(self, value: int) -> None:
        if self._skip:
            self._skip -= 1
        else:
            self._pending.append(value)

    def _plain(self, text: str) -> None:
        cut = min(self._skip, len(text))
        self._skip -= cut
        # Bytes above 0x7F stand in the file unescaped too, where a careless program wrote it.
        self._pending += text[cut:].encode("latin-1")

    def _flush_bytes(self) -> None:
        if self._pending:
            text = self._pending.decode(self._encoding(), "replace")
            self._pending.clear()
            self._add(text)

    def _encoding(self) -> str:
        name, charset = self._fonts.get(self._state.font or 0, ("", 0))
        # The bytes of a legacy font are glyph numbers, whatever code page it claims.
        if legacy_of_font(name):
            return "cp1252" if all(byte in _CP1252 for byte in self._pending) else "latin-1"
        return _CODE_PAGES.get(charset, self._code_page)

    def _add(self, text: str) -> None:
        state = self._state
        if state.collects == "fonts":
            self._font_name.append(text)
            if ";" in text:
                self._end_font()
        elif state.collects:
            self._info.setdefault(state.collects, []).append(text)
        elif not state.skipped and not state.hidden:
            name, charset = self._fonts.get(state.font or 0, ("", 0))
            if charset != _SYMBOL_CHARSET:
                self._paragraph.runs.append((text, name or None))

    def _end_font(self) -> None:
        number = self._state.font
        if number is not None:
            _, charset = self._fonts.get(number, ("", 0))
            self._fonts[number] = ("".join(self._font_name).split(";")[0].strip(), charset)
        self._font_name = []

    # --- control ------------------------------------------------------------------------------

    def _brace(self, brace: str) -> None:
        self._skip = 0
        if brace == "{":
            if len(self._stack) > _MAX_DEPTH:
                raise NotRtfError("groups too deep")
            self._stack.append(self._state)
        elif self._stack:
            self._state = self._stack.pop()
        self._starred = False

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._starred = True
        elif symbol in "\r\n":
            self._end_paragraph()
        elif symbol in _SYMBOLS:
            if self._skip:
                self._skip -= 1
            else:
                self._add(_SYMBOLS[symbol])

    def _word(self, word: str, digits: str | None) -> None:
        number = int(digits) if digits else None
        if word == "u" and number is not None:
            self._add(chr(number % 0x10000))
            self._skip = self._state.unicode_skip
        elif self._destination(word):
            pass
        elif word in _CHARACTERS:
            self._add(_CHARACTERS[word])
        elif word in _PARAGRAPH_ENDS and not self._state.skipped:
            self._end_paragraph()
        elif word == "cell" and not self._state.skipped:
            self._paragraph.in_table = True
            self._end_paragraph()
            self._cells.append(self._cell)
            self._cell = []
        elif word == "row" and not self._state.skipped:
            self._rows.append(self._cells)
            self._cells = []
        else:
            self._format(word, number)

    def _destination(self, word: str) -> bool:
        """Take the first word of a group that says what the group is for."""
        starred, self._starred = self._starred, False
        if word == "fonttbl":
            self._state = replace(self._state, collects="fonts")
        elif word in _INFO and self._state.collects == "info":
            self._state = replace(self._state, collects=_INFO[word])
        elif word == "info":
            self._state = replace(self._state, collects="info")
        elif word == "shptxt":
            self._state = replace(self._state, skipped=False, hidden=False)
        elif word in _SKIPPED or starred:
            self._state = replace(self._state, skipped=True)
        else:
            return False
        return True

    def _format(self, word: str, number: int | None) -> None:
        if word == "f" and number is not None:
            self._state = replace(self._state, font=number)
            if self._state.collects == "fonts":
                self._fonts.setdefault(number, ("", 0))
        elif word == "fcharset" and self._state.font is not None:
            name, _ = self._fonts.get(self._state.font, ("", 0))
            self._fonts[self._state.font] = (name, number or 0)
        elif word == "uc":
            self._state = replace(self._state, unicode_skip=max(number or 0, 0))
        elif word in {"v", "deleted"}:
            self._state = replace(self._state, hidden=number != 0)
        elif word == "plain":
            self._state = replace(self._state, font=self._default_font, hidden=False)
        elif word == "deff":
            self._default_font = number
            self._state = replace(self._state, font=number)
        elif word == "ansicpg":
            self._code_page = _known_code_page(number)
        else:
            self._format_paragraph(word, number)

    def _format_paragraph(self, word: str, number: int | None) -> None:
        if self._state.skipped:
            return
        if word == "pard":
            self._paragraph.kind, self._paragraph.in_table = "paragraph", False
        elif word == "intbl":
            self._paragraph.in_table = True
        elif word == "outlinelevel" and (number or 0) < 9:
            self._paragraph.kind = "heading"
        elif word == "ls" and number and self._paragraph.kind == "paragraph":
            self._paragraph.kind = "item"

    # --- blocks -------------------------------------------------------------------------------

    def _end_paragraph(self) -> None:
        paragraph = self._paragraph
        # Paragraph properties stay in force until \pard.
        self._paragraph = _Paragraph([], paragraph.kind, paragraph.in_table)
        text = decode_runs(paragraph.runs)
        # Letters beyond the first plane come as two \u.
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "ignore")
        lines = [line for line in text.split("\n") if line.strip()]
        if paragraph.in_table:
            self._cell += lines
        elif lines:
            self._end_table()
            self._blocks += [Block(line, paragraph.kind) for line in lines]

    def _end_table(self) -> None:
        self._blocks += table_blocks(self._rows)
        self._rows = []


_CP1252 = frozenset(range(256)) - {0x81, 0x8D, 0x8F, 0x90, 0x9D}


def _known_code_page(number: int | None) -> str:
    name = "utf-8" if number == 65001 else f"cp{number}"
    try:
        codecs.lookup(name)
    except LookupError:
        return "cp1252"
    return name
