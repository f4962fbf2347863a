"""Tables of office documents: those that hold data, and those that only place text on the page."""

from collections.abc import Sequence

from ingest.ports import Block
from kb.text import fold

Cell = Sequence[str]
"""Paragraphs of a cell."""

_FOOT = "noi nhan"
# The head and the foot of an administrative document are tables of two columns without lines.
_LAYOUT = ("cong hoa xa hoi chu nghia viet nam", "dang cong san viet nam", _FOOT)


def table_blocks(rows: Sequence[Sequence[Cell]], number: int | None = None) -> list[Block]:
    """Return the blocks of a table: one for each row, or the paragraphs of a layout table.

    A layout table (one column; or the head or foot of an administrative document) is read column
    by column, since there each column is a text of its own.

    Args:
        rows: Cells of each row; a merged cell only where it begins.
        number: Page or slide.
    """
    if not rows:
        return []
    if _is_layout(rows):
        width = max(len(row) for row in rows)
        columns = [[row[column] for row in rows if column < len(row)] for column in range(width)]
        return [
            Block(text, "paragraph", number)
            for column in columns
            for cell in column
            for text in cell
            if text.strip()
        ]
    foot = next((at for at, row in enumerate(rows) if at and _begins_foot(row)), None)
    if foot is not None:  # two tables that a format does not keep apart
        return table_blocks(rows[:foot], number) + table_blocks(rows[foot:], number)
    lines = [[" ".join(" ".join(cell).split()) for cell in row] for row in rows]
    return [Block(" | ".join(cells), "row", number) for cells in lines if any(cells)]


def _begins_foot(row: Sequence[Cell]) -> bool:
    return any(cell and fold(cell[0]).startswith(_FOOT) for cell in row)


def _is_layout(rows: Sequence[Sequence[Cell]]) -> bool:
    if all(len(row) <= 1 for row in rows):
        return True
    if len(rows) > 4 or max(len(row) for row in rows) > 3:
        return False
    text = " ".join(
        fold(" ".join(paragraph.split())) for row in rows for cell in row for paragraph in cell
    )
    return any(marker in text for marker in _LAYOUT)
