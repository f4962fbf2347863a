"""Where a sheet holds its register: headings, groups, records; and forms of one model."""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from ingest.extractors.register_columns import Column, RegisterMapping, heading_key
from ingest.extractors.register_grid import Grid
from kb.errors import ExtractionFailed, InvalidFilter
from kb.facets import find_facets
from kb.models import Field
from kb.places import find_places
from kb.taxonomy import parse_field
from kb.text import fold

GroupKind = Literal["field", "place", "organization", "other"]

_SEARCHED_ROWS = 40
_MAX_HEADER_ROWS = 3
_MIN_COLUMNS = 2
_MIN_FORM_ITEMS = 3
_ROMAN = re.compile(r"[IVXLC]{1,6}[.)]?")
_LETTER = re.compile(r"[A-ZĐ][.)]?")
_ARABIC = re.compile(r"\d{1,5}(?:\.\d{1,3}){0,3}[.)]?")
_NUMBERING = re.compile(r"^(?:[IVXLC]{1,6}|[A-ZĐ]|\d{1,2})\s*[.):/-]\s*(?=\S)")
_TOTAL = re.compile(r"(?:tong cong|tong so|tong|cong)(?:\s*[:.]?|\s+(?:chung|so)?\b.{0,40})")
_FOOTER = re.compile(
    r"(?:nguoi lap|lap bieu|thu truong|tm[. ]|t/m|kt[. ]|noi nhan|chu tich|pho chu tich|xac nhan|"
    r"truong ban|bi thu|giam doc|ky ten|\(ky|.{0,30}ngay\W+\d{0,2}\W*thang\b)"
)
_FIELD_LABEL = re.compile(r"lĩnh\s+vực\s*:?\s*", re.IGNORECASE)
# Abbreviations that in running text mean other things too.
_FIELD_SHORT = {
    "kt": Field.ECONOMY,
    "ptkt": Field.ECONOMY,
    "vh": Field.CULTURE_SOCIETY,
    "xh": Field.CULTURE_SOCIETY,
    "vhxh": Field.CULTURE_SOCIETY,
    "qp": Field.DEFENCE_SECURITY,
    "an": Field.DEFENCE_SECURITY,
}
# "Kinh tế - xã hội" is two fields.
_BOTH_FIELDS = re.compile(r"(?:phat trien )?kinh te\W+(?:van hoa\W+)?xa hoi")
_RANKED = re.compile(
    r"(?:cum|khoi|dia ban|ubnd|ubmttq|dang bo|dang uy)?\s*"
    r"(?:tinh|thanh pho|tp|huyen|thi xa|tx|quan|xa|phuong|thi tran|dac khu)\b"
)
_DITTO = frozenset({"nt", "-nt-", "như trên", '"', "''", "”", "-//-"})
# Columns whose merged or "ditto" cells hold for all rows that they span.
_SHARED: frozenset[Column] = frozenset(
    ("hamlet", "place", "commune", "district", "province", "field", "topic", "organization",
     "partners", "period", "subject", "level")
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Heading:
    """A column's heading.

    Attributes:
        text: All of it, from the upper to the lower row.
        label: Its lowest part.
        column: What it means, None if that is not known.
    """

    text: str
    label: str
    column: Column | None


@dataclass(frozen=True, slots=True)
class Table:
    """A register in a sheet.

    Attributes:
        grid: The sheet.
        header: Index of the first row of headings.
        body: Index of the first row below them.
        headings: One a column.
        titles: Lines above the headings.
    """

    grid: Grid
    header: int
    body: int
    headings: tuple[Heading, ...]
    titles: tuple[str, ...]

    @property
    def title(self) -> str | None:
        """The line above the headings that names the register."""
        named = re.compile(r"danh sach|bieu|tong hop|mo hinh|dang ky|phu luc|thong ke")
        candidates = [line for line in self.titles if named.search(fold(line))]
        return candidates[0] if candidates else None


@dataclass(frozen=True, slots=True)
class Group:
    """A row that holds for the rows below it."""

    kind: GroupKind
    text: str
    number: int


@dataclass(frozen=True, slots=True)
class Cell:
    """What a record says in one column."""

    heading: str
    label: str
    text: str


@dataclass(frozen=True, slots=True)
class Record:
    """One row, with the rows that continue it.

    Attributes:
        number: Of the row, as the spreadsheet shows it.
        cells: By what their column means.
        extra: Of columns that are not known.
        groups: The group rows that hold for it, outermost first.
    """

    number: int
    cells: Mapping[Column, tuple[Cell, ...]]
    extra: tuple[Cell, ...] = ()
    groups: tuple[Group, ...] = ()

    def text(self, column: Column) -> str:
        """Return what all columns of a meaning say, a line each; empty if nothing."""
        return "\n".join(cell.text for cell in self.cells.get(column, ()))


# --- headings -------------------------------------------------------------------------------


def find_table(grid: Grid, mapping: RegisterMapping) -> Table | None:
    """Return the register of a sheet, None if it holds none.

    Args:
        grid: The sheet.
        mapping: May say which row holds the headings and what they mean.

    Raises:
        ExtractionFailed: The mapping names a row that the sheet does not have.
    """
    wanted = mapping.record.header_row
    if wanted is not None:
        index = wanted - grid.first_number
        if not 0 <= index < len(grid.rows):
            raise ExtractionFailed(
                f"{mapping.name}: 'header_row' là {wanted}, nhưng trang tính "
                f"{grid.name or ''} chỉ có dòng {grid.first_number} đến "
                f"{grid.number(len(grid.rows) - 1)}."
            )
        return _best_table(grid, index, mapping)
    for index in range(min(len(grid.rows), _SEARCHED_ROWS)):
        table = _best_table(grid, index, mapping)
        columns = {heading.column for heading in table.headings} - {None, "ignore"}
        if "name" in columns and len(columns) >= _MIN_COLUMNS:
            return table
    return None


def _best_table(grid: Grid, index: int, mapping: RegisterMapping) -> Table:
    depth = _header_depth(grid, index)
    headings = _headings(grid, index, depth, mapping)
    body = index + depth
    if body < len(grid.rows) and _is_index_row(grid.rows[body]):
        body += 1
    titles = dict.fromkeys(
        " ".join(cell.split()) for row in grid.rows[:index] for cell in row if cell
    )
    return Table(grid, index, body, headings, tuple(titles))


def _header_depth(grid: Grid, index: int) -> int:
    """Return how many rows the headings take."""
    merged = [merge for merge in grid.merges if merge[0] == index]
    if merged:
        deepest = max(bottom for _, _, bottom, _ in merged)
        if deepest > index:
            return min(deepest - index + 1, _MAX_HEADER_ROWS)
    below = grid.rows[index + 1] if index + 1 < len(grid.rows) else ()
    row = grid.rows[index]
    filled = [position for position, cell in enumerate(below) if cell]
    is_sub = (
        bool(filled)
        and not below[0]
        and any(not row[position] for position in filled)
        and all(len(below[position]) <= 60 for position in filled)
        and not any(_ARABIC.fullmatch(below[position]) for position in filled)
        # Above each there is a heading, or left of it the one that spans it.
        and all(any(row[: position + 1]) for position in filled)
        and sum(map(bool, row)) > len(filled)
        and len(filled) >= 2
    )
    return 2 if is_sub else 1


def _headings(grid: Grid, index: int, depth: int, mapping: RegisterMapping) -> tuple[Heading, ...]:
    rows = [list(row) for row in grid.rows[index : index + depth]]
    for top, left, _, right in grid.merges:
        if index <= top < index + depth:
            for position in range(left, min(right + 1, len(rows[0]))):
                rows[top - index][position] = grid.rows[top][left]
    if depth > 1 and not grid.merges:
        for position in range(1, len(rows[0])):
            if not rows[0][position] and rows[1][position]:
                rows[0][position] = rows[0][position - 1]
    return _unique_name(
        [
            _heading([" ".join(row[position].split()) for row in rows], mapping)
            for position in range(len(rows[0]))
        ]
    )


def _heading(levels: Sequence[str], mapping: RegisterMapping) -> Heading:
    parts = list(dict.fromkeys(filter(None, levels)))
    text = " ".join(parts)
    label = parts[-1] if parts else ""
    tried = dict.fromkeys([label, text, *reversed(parts)])
    known = [column for column in map(mapping.column_of, filter(None, tried)) if column]
    return Heading(text, label, known[0] if known else None)


def _unique_name(headings: Sequence[Heading]) -> tuple[Heading, ...]:
    """Keep one column of names: the second "mô hình" is about the model."""
    found = []
    seen = False
    for heading in headings:
        is_name = heading.column == "name"
        found.append(replace(heading, column=None) if is_name and seen else heading)
        seen = seen or is_name
    return tuple(found)


def _is_index_row(row: Sequence[str]) -> bool:
    """Tell whether a row numbers the columns: "(1) (2) (3)" or "A B 1 2"."""
    cells = [cell.strip("() ") for cell in row if cell]
    numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 3]
    letters = [cell for cell in cells if len(cell) == 1 and cell.isalpha()]
    return (
        len(cells) >= 3
        and len(numbers) + len(letters) == len(cells)
        and all(right - left == 1 for left, right in itertools.pairwise(numbers))
    )


# --- rows -----------------------------------------------------------------------------------


@dataclass(slots=True)
class _State:
    """What reading rows downwards remembers."""

    groups: list[Group] = field(default_factory=list)
    order: list[GroupKind] = field(default_factory=list)

    def enter(self, group: Group) -> None:
        """Take up a group row: it ends the groups of its kind and those inside them."""
        if group.kind not in self.order:
            self.order.append(group.kind)
        rank = self.order.index(group.kind)
        self.groups = [old for old in self.groups if self.order.index(old.kind) < rank]
        self.groups.append(group)


def read_records(table: Table) -> Iterator[Record]:
    """Yield the records of a register, without totals, repeated headings and signatures.

    A row without a name continues the one above; above the first name it comes without one.
    """
    state = _State()
    shared = _shared_cells(table)
    record: Record | None = None
    for index in range(table.body, len(table.grid.rows)):
        row = table.grid.rows[index]
        if not any(row) or _is_repeated(table, row) or _is_index_row(row):
            continue
        number = _number(table, row)
        if not _ARABIC.fullmatch(number) and (_is_total(row) or _is_footer(row)):
            continue
        group = _group(table, index, number)
        if group is not None:
            state.enter(group)
            continue
        read = _record(table, index, shared, record, tuple(state.groups))
        if "name" in read.cells:
            if record is not None:
                yield record
            record = read
        elif record is not None:
            record = _continued(record, read)
        else:  # above the first name: nothing that it could belong to
            yield read
    if record is not None:
        yield record


def _number(table: Table, row: Sequence[str]) -> str:
    for heading, cell in zip(table.headings, row, strict=True):
        if heading.column == "number":
            return cell.strip()
    return ""


def _is_repeated(table: Table, row: Sequence[str]) -> bool:
    """Tell whether headings are printed again, as at the top of each page."""
    filled = [position for position, cell in enumerate(row) if cell]
    for header in table.grid.rows[table.header : table.body]:
        same = sum(_is_same_heading(row[position], header[position]) for position in filled)
        if same >= 2 and same >= 0.6 * len(filled):
            return True
    return False


def _is_same_heading(cell: str, heading: str) -> bool:
    # Printed again it may be broken into lines otherwise, but it is no longer.
    if not heading or len(cell) > 2 * len(heading):
        return False
    return cell == heading or heading_key(cell) == heading_key(heading) != ""


def _is_total(row: Sequence[str]) -> bool:
    return any(_TOTAL.fullmatch(fold(cell).strip()) for cell in row[:4] if cell)


def _is_footer(row: Sequence[str]) -> bool:
    cells = [cell for cell in row if cell]
    return len(cells) <= 3 and any(_FOOTER.match(fold(cell).strip()) for cell in cells)


def _group(table: Table, index: int, number: str) -> Group | None:
    """Return the group that a row begins, None if it is a record."""
    row = table.grid.rows[index]
    # Merged from the left, the text of a group stands in the column of the numbers.
    # Merged from the left, the text of a group stands in the column of the numbers.
    texts = [
        (position, cell)
        for position, cell in enumerate(row)
        if cell and (table.headings[position].column != "number" or len(cell) > 8)
    ]
    words = [(position, cell) for position, cell in texts if any(map(str.isalpha, cell))]
    if len(words) != 1:
        return None
    position, cell = words[0]
    text = _NUMBERING.sub("", " ".join(cell.split()))
    kind = _group_kind(text)
    is_arabic = bool(_ARABIC.fullmatch(number))
    if is_arabic:
        # A numbered row with a name alone is a model, unless the name is just a place.
        is_group = kind == "place" and _is_only_place(text)
    elif _ROMAN.fullmatch(number) or _LETTER.fullmatch(number):
        is_group = True
    elif len(texts) > 1:
        return None
    else:
        column = table.headings[position].column
        has_numbers = any(heading.column == "number" for heading in table.headings)
        # A lone text in any other column continues the row above.
        is_group = (
            kind in ("field", "place")
            or column == "number"
            or (column == "name" and has_numbers)
            or any(top == index and right > left for top, left, _, right in table.grid.merges)
        )
    return Group(kind, text, table.grid.number(index)) if is_group else None


def _group_kind(text: str) -> GroupKind:
    if field_of(text) is not None:
        return "field"
    if _RANKED.match(fold(text)) and find_places(text):
        return "place"
    return "organization" if find_facets(text).organizations else "other"


def _is_only_place(text: str) -> bool:
    mentions = find_places(text)
    rest = text
    for mention in reversed(mentions):
        rest = rest[: mention.start_char] + rest[mention.end_char :]
    words = set(heading_key(rest).split())
    return bool(mentions) and words <= set(
        "tinh thanh pho tp huyen thi xa quan phuong tran".split()
    )


@lru_cache(maxsize=4096)
def field_of(text: str) -> Field | None:
    """Return the field that a cell, a group row or the name of a sheet names."""
    # The title of a sheet may name the field among other words.
    labelled = _FIELD_LABEL.search(text)
    plain = text[labelled.end() :].strip() if labelled else text.strip()
    if fold(plain) in _FIELD_SHORT:
        return _FIELD_SHORT[fold(plain)]
    if len(plain.split()) > 12 or _BOTH_FIELDS.match(fold(plain)):
        return None
    try:
        return parse_field(plain)
    except InvalidFilter:  # no name of a field, but it may be an abbreviation of one
        fields = find_facets(text[labelled.start() :] if labelled else plain).fields
    sure = {mention.value for mention in fields if mention.confidence >= 0.9}
    return Field(sure.pop()) if len(sure) == 1 else None


def _shared_cells(table: Table) -> Mapping[tuple[int, int], str]:
    """Return the cells below the first of each cell that is merged over several rows."""
    return {
        (index, left): table.grid.rows[top][left]
        for top, left, bottom, _ in table.grid.merges
        if top >= table.body and left < len(table.headings)
        for index in range(top + 1, min(bottom + 1, len(table.grid.rows)))
        if table.headings[left].column in _SHARED
    }


def _record(
    table: Table,
    index: int,
    shared: Mapping[tuple[int, int], str],
    previous: Record | None,
    groups: tuple[Group, ...],
) -> Record:
    cells: dict[Column, tuple[Cell, ...]] = {}
    extra: list[Cell] = []
    for position, heading in enumerate(table.headings):
        text = table.grid.rows[index][position] or shared.get((index, position), "")
        column = heading.column
        if text.lower() in _DITTO:
            text = previous.text(column) if previous and column in _SHARED else ""
        if not text or column in ("ignore", "number"):
            continue
        cell = Cell(heading.text, heading.label, text)
        if column is None:
            extra.append(cell)
        else:
            cells[column] = (*cells.get(column, ()), cell)
    return Record(table.grid.number(index), cells, tuple(extra), groups)


def _continued(record: Record, more: Record) -> Record:
    """Return a record with what the row below adds to it."""
    cells = {
        column: (
            *record.cells.get(column, ()),
            *(
                cell
                for cell in more.cells.get(column, ())
                if cell not in record.cells.get(column, ())
            ),
        )
        for column in (
            *record.cells,
            *(column for column in more.cells if column not in record.cells),
        )
    }
    return replace(record, cells=cells, extra=(*record.extra, *more.extra))


# --- forms ----------------------------------------------------------------------------------


def read_form(grid: Grid, mapping: RegisterMapping) -> Record | None:
    """Return the model of a sheet that is a form: items in one column, texts beside them.

    A row without an item continues the one above. None if the sheet is no form.
    """
    cells: dict[Column, tuple[Cell, ...]] = {}
    extra: list[Cell] = []
    number = 0
    items: set[Column] = set()
    current: tuple[str, Column | None] | None = None
    for index, row in enumerate(grid.rows):
        item, texts = _form_row(row, mapping)
        if item is not None:
            current = item, mapping.column_of(item)
        if current is None or not texts:
            continue
        heading, column = current
        cell = Cell(heading, heading, "\n".join(texts))
        if column is None:
            extra.append(cell)
        elif column not in ("ignore", "number"):
            cells[column] = (*cells.get(column, ()), cell)
            items.add(column)
            if column == "name" and not number:
                number = grid.number(index)
    if "name" not in cells or len(items) < _MIN_FORM_ITEMS or len(cells["name"]) > 1:
        return None
    return Record(number, cells, tuple(extra))


def _form_row(row: Sequence[str], mapping: RegisterMapping) -> tuple[str | None, list[str]]:
    """Return the item of a row of a form, None if it has none, and what is said of it."""
    filled = [cell for cell in row if cell]
    if filled and len(filled) > 1 and (_ARABIC.fullmatch(filled[0]) or _ROMAN.fullmatch(filled[0])):
        filled = filled[1:]
    if not filled:
        return None, []
    label = _NUMBERING.sub("", " ".join(filled[0].split())).rstrip(" :")
    if len(filled) > 1 and len(label) <= 120 and (mapping.column_of(label) or row[0]):
        return label, filled[1:]
    name, colon, rest = filled[0].partition(":")
    name = _NUMBERING.sub("", name.strip())
    if len(filled) == 1 and colon and rest.strip() and mapping.column_of(name):
        return name, [rest.strip()]
    return None, filled if len(filled) == 1 and not mapping.column_of(label) else []
