"""Where a sheet holds its register: headings, and what each column means."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.extractors.register_columns import Column, RegisterMapping
from ingest.extractors.register_grid import Grid
from ingest.extractors.register_numbering import is_arabic
from ingest.extractors.register_source import list_title
from kb.errors import ExtractionFailed

_SEARCHED_ROWS = 40
_MAX_HEADER_ROWS = 3
_MIN_COLUMNS = 2


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
        return list_title(self.titles)


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


def is_index_row(row: Sequence[str]) -> bool:
    """Tell whether a row numbers the columns: "(1) (2) (3)" or "A B 1 2"."""
    cells = [cell.strip("() ") for cell in row if cell]
    numbers = [int(cell) for cell in cells if cell.isascii() and cell.isdigit() and len(cell) < 3]
    letters = [cell for cell in cells if len(cell) == 1 and cell.isalpha()]
    return (
        len(cells) >= 3
        and len(numbers) + len(letters) == len(cells)
        and all(right - left == 1 for left, right in itertools.pairwise(numbers))
    )


def _best_table(grid: Grid, index: int, mapping: RegisterMapping) -> Table:
    depth = _header_depth(grid, index)
    headings = _headings(grid, index, depth, mapping)
    body = index + depth
    if body < len(grid.rows) and is_index_row(grid.rows[body]):
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
        and not any(is_arabic(below[position]) for position in filled)
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
