"""A sheet that is the form of one model: items in one column, texts beside them."""

from collections.abc import Sequence

from ingest.extractors.register_columns import Column, RegisterMapping
from ingest.extractors.register_grid import Grid
from ingest.extractors.register_numbering import is_arabic, is_roman, without_number
from ingest.extractors.register_rows import Cell, Record

_MIN_FORM_ITEMS = 3


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
    if filled and len(filled) > 1 and (is_arabic(filled[0]) or is_roman(filled[0])):
        filled = filled[1:]
    if not filled:
        return None, []
    label = without_number(" ".join(filled[0].split())).rstrip(" :")
    if len(filled) > 1 and len(label) <= 120 and (mapping.column_of(label) or row[0]):
        return label, filled[1:]
    name, colon, rest = filled[0].partition(":")
    name = without_number(name.strip())
    if len(filled) == 1 and colon and rest.strip() and mapping.column_of(name):
        return name, [rest.strip()]
    return None, filled if len(filled) == 1 and not mapping.column_of(label) else []
