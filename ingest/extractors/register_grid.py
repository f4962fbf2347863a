"""Spreadsheets, delimited text and web tables as grids of text with the row numbers of Excel."""

import csv
import io
import itertools
import math
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from xml.parsers import expat

import olefile
from python_calamine import (
    CalamineError,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)
from selectolax.lexbor import LexborHTMLParser, LexborNode

from ingest.encodings import decode_text, repair_text
from ingest.extractors.zip_guard import check_zip
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed, IngestError, SourceUnavailable, UnsafeSource
from kb.figures import format_number
from kb.text import to_reading_form

_ZIP, _OLE = b"PK", b"\xd0\xcf\x11\xe0"
_HTML = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype|html|head|body|meta|table)\b", re.I)
# The reader makes room for the whole rectangle around the cells that hold something.
_MAX_CELLS = 20_000_000
_MAX_SPAN = 1_000
# Tags are short; without limits a part of nothing but their beginnings takes quadratic time.
_CELL = re.compile(
    rb"<(?:\w{1,20}:)?c\s[^<>]{0,300}?\br=\"([A-Z]{1,3})(\d{1,7})\"[^<>]{0,300}(?<!/)>"
)
_ODS_CONTENT = "content.xml"
_ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"})
_DELIMITERS = ",;\t|"
_SNIFFED_ROWS = 60

# (first row, first column, last row, last column), 0-based in `Grid.rows`.
Merge = tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Grid:
    """One sheet.

    Attributes:
        name: Name of the sheet, None where the format has none.
        rows: Cells as reading text, rows of equal length; a merged cell only where it begins.
        first_number: Number that the spreadsheet shows for `rows[0]`.
        merges: Merged cells.
    """

    name: str | None
    rows: tuple[tuple[str, ...], ...]
    first_number: int = 1
    merges: tuple[Merge, ...] = field(default=())

    def number(self, index: int) -> int:
        """Return the number that the spreadsheet shows for a row."""
        return self.first_number + index


@dataclass(frozen=True, slots=True)
class Workbook:
    """The sheets of a file that hold something, and the names of those that are hidden."""

    grids: tuple[Grid, ...]
    hidden: tuple[str, ...] = ()


def read_workbook(file: SourceFile, limits: Limits) -> Workbook:
    """Return the sheets of a file.

    Args:
        file: XLSX, XLSM, XLS, ODS, or text: delimited, or a web page with tables.
        limits: Of sizes.

    Raises:
        ExtractionFailed: It is damaged, protected by a password, or in an unknown encoding.
        UnsafeSource: It unpacks to too much.
        UnsupportedSource: It is not a spreadsheet.
        SourceUnavailable: It cannot be read.
    """
    try:
        with file.path.open("rb") as stream:
            head = stream.read(8)
    except OSError as exc:
        raise _unavailable(file, exc) from exc
    if head.startswith(_ZIP):
        check_zip(file.path, limits, name=file.name)
        _check_extent(file.path, file.name)
        _check_open_document(file)
        return _read_binary(file)
    if head.startswith(_OLE):
        _check_compound(file)
        return _read_binary(file)
    try:
        data = file.path.read_bytes()
    except OSError as exc:
        raise _unavailable(file, exc) from exc
    text = decode_text(data, name=file.name, declared=file.charset)
    if _HTML.match(text):
        return Workbook(tuple(filter(_is_filled, map(_repaired, _web_tables(text)))))
    grid = _delimited(text, file.name)
    return Workbook((_repaired(grid),) if _is_filled(grid) else ())


def _unavailable(file: SourceFile, exc: OSError) -> IngestError:
    return SourceUnavailable(
        f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
    )


def _is_filled(grid: Grid) -> bool:
    return any(cell for row in grid.rows for cell in row)


# --- spreadsheets ---------------------------------------------------------------------------


def _check_extent(path: Path, name: str) -> None:
    """Refuse a sheet with cells so far apart that the reader would take all memory.

    Raises:
        UnsafeSource: There is one.
    """
    with zipfile.ZipFile(path) as package:
        for member in package.namelist():
            if not re.match(r"xl/worksheets/[^/]+\.xml$", member):
                continue
            last_row = last_column = 0
            with package.open(member) as stream:
                tail = b""
                while chunk := stream.read(1 << 20):
                    window = tail + chunk
                    for match in _CELL.finditer(window):
                        last_row = max(last_row, int(match[2]))
                        last_column = max(last_column, _column(match[1]))
                    tail = window[-200:]
            if last_row * last_column > _MAX_CELLS:
                raise UnsafeSource(
                    f"{name}: bảng tính có ô ở dòng {last_row}, cột {last_column}, quá xa các ô "
                    "khác. Xóa các dòng và cột thừa, lưu lại rồi nạp lại."
                )


def _check_open_document(file: SourceFile) -> None:
    """Refuse an ODS whose tables are never closed: calamine looks for their ends for ever.

    Raises:
        ExtractionFailed: Its content is no XML.
    """
    with zipfile.ZipFile(file.path) as package:
        if _ODS_CONTENT not in package.namelist():
            return
        # No document type is left in it (`check_zip`), so nothing can be expanded.
        try:
            with package.open(_ODS_CONTENT) as stream:
                expat.ParserCreate().ParseFile(stream)
        except (expat.ExpatError, LookupError, ValueError) as exc:  # or an unknown encoding
            raise _damaged(file) from exc


def _check_compound(file: SourceFile) -> None:
    """Refuse a compound file whose chains of sectors are broken: calamine follows loops for ever.

    Raises:
        ExtractionFailed: It is damaged, protected by a password, or no workbook.
    """
    try:
        with olefile.OleFileIO(file.path) as compound:
            if compound.exists("EncryptedPackage"):
                raise _protected(file)
            stream = next(filter(compound.exists, ("Workbook", "Book")), None)
            if stream is None:
                raise _damaged(file)
            compound.openstream(stream).read()
    # On damaged files olefile raises whatever the bytes lead it to.
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError) as exc:
        raise _damaged(file) from exc


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - 64
    return number


def _read_binary(file: SourceFile) -> Workbook:
    try:
        with CalamineWorkbook.from_path(str(file.path)) as workbook:
            hidden = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.visible is not SheetVisibleEnum.Visible
            ]
            names = [
                sheet.name
                for sheet in workbook.sheets_metadata
                if sheet.typ is SheetTypeEnum.WorkSheet and sheet.name not in hidden
            ]
            grids = [_grid(workbook, name) for name in names]
    except PasswordError as exc:
        raise _protected(file) from exc
    # The file could be opened before: an OSError is about what is in it.
    except (CalamineError, ValueError, OSError) as exc:
        raise _damaged(file) from exc
    except BaseException as exc:
        # A failed assertion inside the Rust library; its class cannot be imported.
        if type(exc).__name__ != "PanicException":
            raise
        raise _damaged(file) from exc
    return Workbook(tuple(filter(_is_filled, map(_repaired, grids))), tuple(hidden))


def _protected(file: SourceFile) -> ExtractionFailed:
    return ExtractionFailed(
        f"{file.name}: bảng tính có mật khẩu nên không đọc được. Bỏ mật khẩu, lưu lại rồi nạp lại."
    )


def _damaged(file: SourceFile) -> ExtractionFailed:
    return ExtractionFailed(
        f"{file.name}: bảng tính bị hỏng hoặc có mật khẩu, không đọc được. "
        "Mở bằng Excel hoặc LibreOffice, bỏ mật khẩu, lưu lại thành .xlsx rồi nạp lại."
    )


def _grid(workbook: Any, name: str) -> Grid:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.start is None:
        return Grid(name, ())
    first_row, first_column = sheet.start
    rows = tuple(
        tuple(_cell_text(value) for value in row) for row in sheet.to_python(skip_empty_area=True)
    )
    merges = tuple(
        (top - first_row, left - first_column, bottom - first_row, right - first_column)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if top >= first_row and left >= first_column
    )
    return Grid(name, rows, first_row + 1, merges)


def _cell_text(value: Any) -> str:
    """Return a cell as a Vietnamese text writes its value; empty for Excel's errors.

    Example:
        >>> [_cell_text(value) for value in (1129.0, 12.5, 2024.0, date(2024, 5, 6), "#REF!")]
        ['1.129', '12,5', '2024', '06/05/2024', '']
    """
    match value:
        case bool():
            return "Có" if value else "Không"
        case float() if not math.isfinite(value):
            return ""
        case int() | float():
            # Years, and numbers that are names (of telephones, of persons).
            is_name = value == int(value) and (1900 <= value <= 2100 or abs(value) >= 1e10)
            return str(int(value)) if is_name else format_number(value)
        case datetime() if value.time() != time():
            return value.strftime("%H:%M %d/%m/%Y")
        case date():
            return value.strftime("%d/%m/%Y")
        case time():
            return value.strftime("%H:%M")
        case timedelta():
            return str(value)
        case _:
            text = str(value)
            return "" if text in _ERRORS else text


# --- text -----------------------------------------------------------------------------------


def _delimited(text: str, name: str) -> Grid:
    declared = re.match(r"sep=(.)\r?\n", text)
    if declared:  # a note of Excel to itself, which it does not show as a row
        text = text[declared.end() :]
    text = text.removeprefix("\ufeff")
    delimiter = declared[1] if declared else _sniff(text)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error as exc:
        raise ExtractionFailed(
            f"{name}: bảng CSV sai ({exc}). Mở bằng Excel, lưu lại thành .xlsx rồi nạp lại."
        ) from exc
    return Grid(None, _rectangle(rows))


def _sniff(text: str) -> str:
    """Return the delimiter that cuts the most rows into the same number of cells, above one."""
    lines = "\n".join(itertools.islice(io.StringIO(text), _SNIFFED_ROWS))

    def agreement(delimiter: str) -> tuple[int, int]:
        try:
            widths = [len(row) for row in csv.reader(io.StringIO(lines), delimiter=delimiter)]
        except csv.Error:
            return 0, 0
        wide = [width for width in widths if width > 1]
        most = max(set(wide), key=lambda width: (wide.count(width), width), default=0)
        return wide.count(most), most

    return max(_DELIMITERS, key=agreement)


def _rectangle(rows: Iterable[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    rows = [tuple(row) for row in rows]
    width = max(map(len, rows), default=0)
    return tuple((*row, *[""] * (width - len(row))) for row in rows)


def _web_tables(html: str) -> Iterator[Grid]:
    """Yield the innermost tables of a page; programs of offices save such pages as .xls."""
    tree = LexborHTMLParser(html)
    tables = [table for table in tree.css("table") if len(table.css("table")) <= 1]
    for number, table in enumerate(tables, 1):
        yield _web_grid(table, f"bảng {number}" if len(tables) > 1 else None)


def _web_grid(table: LexborNode, name: str | None) -> Grid:
    taken: set[tuple[int, int]] = set()
    merges: list[Merge] = []
    rows: list[list[str]] = []
    for top, line in enumerate(table.css("tr")):
        row: list[str] = []
        for cell in line.css("td, th"):
            while (top, len(row)) in taken:
                row.append("")
            down, across = _span(cell, "rowspan"), _span(cell, "colspan")
            if down > 1 or across > 1:
                merges.append((top, len(row), top + down - 1, len(row) + across - 1))
            left = len(row)
            taken.update(
                (top + below, left + aside) for below in range(1, down) for aside in range(across)
            )
            row += [" ".join(cell.text(separator=" ").split()), *[""] * (across - 1)]
        rows.append(row)
    return Grid(name, _rectangle(rows), merges=tuple(merges))


def _span(cell: LexborNode, name: str) -> int:
    value = cell.attributes.get(name) or ""
    return min(max(1, int(value)), _MAX_SPAN) if value.isascii() and value.isdigit() else 1


# --- legacy encodings -------------------------------------------------------------------------


def _repaired(grid: Grid) -> Grid:
    """Return a sheet in Unicode: its cells are judged together, since one alone is too short."""
    cells = [cell for row in grid.rows for cell in row]
    lines = iter(repair_text("\n".join(cells)).split("\n"))
    texts = (
        to_reading_form("\n".join(itertools.islice(lines, cell.count("\n") + 1))) for cell in cells
    )
    return replace(grid, rows=tuple(tuple(itertools.islice(texts, len(row))) for row in grid.rows))
