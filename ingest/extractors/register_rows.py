"""The rows of a register: groups, records, totals, repeated headings and signatures."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Literal

from ingest.extractors.register_columns import Column, heading_key
from ingest.extractors.register_numbering import is_arabic, is_roman, without_number
from ingest.extractors.register_table import Table, is_index_row
from kb.errors import InvalidFilter
from kb.facets import find_facets
from kb.models import Field
from kb.places import find_places
from kb.taxonomy import parse_field
from kb.text import fold

GroupKind = Literal["field", "place", "organization", "other"]
_LETTER = re.compile(r"[A-ZĐ][.)]?")
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
        if not any(row) or _is_repeated(table, row) or is_index_row(row):
            continue
        number = _number(table, row)
        if not is_arabic(number) and (_is_total(row) or _is_footer(row)):
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
    texts = [
        (position, cell)
        for position, cell in enumerate(row)
        if cell and (table.headings[position].column != "number" or len(cell) > 8)
    ]
    words = [(position, cell) for position, cell in texts if any(map(str.isalpha, cell))]
    if len(words) != 1:
        return None
    position, cell = words[0]
    text = without_number(" ".join(cell.split()))
    kind = _group_kind(text)
    if is_arabic(number):
        # A numbered row with a name alone is a model, unless the name is just a place.
        is_group = kind == "place" and _is_only_place(text)
    elif is_roman(number) or _LETTER.fullmatch(number):
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
