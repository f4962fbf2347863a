"""Where a register is from: its file, the list's own title, issuing body and date."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import zip_longest

from ingest.extractors.register_grid import Grid
from ingest.metadata.dates import today
from ingest.office.letterhead import Fact, read_letterhead
from ingest.ports import Block
from ingest.sources import SourceFile
from kb.models import MetadataEvidence, Source
from kb.text import fold

_LIST = re.compile(r"danh sach|bieu|tong hop|mo hinh|dang ky|phu luc|thong ke")
# "(Kèm theo Báo cáo số 77-BC/BDVTU ngày 05/12/2023)": the list is as old as what it belongs to.
_ATTACHED = re.compile(
    r"\bkèm\s+theo\b.{0,120}?\bngày\s+(?P<day>\d{1,2})\s*(?:tháng|[/.-])\s*(?P<month>\d{1,2})"
    r"\s*(?:năm|[/.-])\s*(?P<year>\d{4})\b",
    re.IGNORECASE,
)
# "(Tính đến ngày 30/11/2023)" dates the figures.
_AS_OF = re.compile(r"\b(?:đến|từ|trước|sau|trong)\b[^|]*\bngày\b", re.IGNORECASE)
_FIRST_YEAR = 1945
_MAX_ROWS = 20
# A row of as many cells is of a table and no longer above it.
_MIN_TABLE_CELLS = 3
# A letterhead is told by two of its marks. What stands above a register has issuing body and date
# but seldom these, and that it is a register we know: they stand in for what it need not have.
_MARKS = (Block("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"), Block("Báo cáo"))
# As the programs name sheets themselves.
_DEFAULT_SHEET = re.compile(r"(?:sheet|trang(?:[ _]?tinh)?|bang|tabelle|feuil)[ _]?\(?\d*\)?")


@dataclass(frozen=True, slots=True)
class RegisterSource:
    """What a sheet says of itself.

    Attributes:
        title: The list's own title, None if it has none.
        source: What its rows cite: title with file and sheet, issuing body, address and date.
        evidence: For issuing body and date.
    """

    title: str | None
    source: Source
    evidence: tuple[MetadataEvidence, ...]


def list_title(lines: Iterable[str]) -> str | None:
    """Return the line above a table that names the register, None if there is none."""
    return next((line for line in lines if _LIST.search(fold(line))), None)


def read_source(file: SourceFile, grid: Grid, end: int, title: str | None) -> RegisterSource:
    """Return what a sheet says of itself.

    Args:
        file: The spreadsheet.
        grid: The sheet.
        end: Index of the first row that is no longer above the table.
        title: The list's own title.
    """
    blocks = _blocks(grid.rows[: min(end, _MAX_ROWS)])
    head = next((at for at, block in enumerate(blocks) if block.text == title), len(blocks))
    publisher = read_letterhead([*blocks[:head], *_MARKS]).publisher
    signed = [block for block in blocks if not _AS_OF.search(block.text)]
    published = read_letterhead([*signed, *_MARKS]).published or _attached(blocks)
    place = file_label(file.origin, grid.name)
    facts = {"publisher": publisher, "published": published}
    return RegisterSource(
        title=title,
        source=Source(
            title=f"{title} ({place})" if title else place,
            publisher=publisher.value if publisher else None,
            url=_web(file.url),
            published=published.value if published else None,
        ),
        evidence=tuple(
            MetadataEvidence(name, fact.value, fact.confidence, fact.source, fact.quote)
            for name, fact in facts.items()
            if fact is not None
        ),
    )


def head_length(grid: Grid) -> int:
    """Return how many rows stand above the first that is one of a table."""
    sizes = (sum(map(bool, row)) for row in grid.rows)
    return next((at for at, size in enumerate(sizes) if size >= _MIN_TABLE_CELLS), len(grid.rows))


def file_label(origin: str, sheet: str | None = None) -> str:
    """Return a file, and its sheet, as officers name it.

    Example:
        >>> file_label("/kho/goi.zip!/2023/so.xlsx", "Năm 2023")
        'goi.zip → 2023/so.xlsx, trang tính “Năm 2023”'
        >>> file_label("/kho/so.csv")
        'so.csv'
    """
    outer, *inner = (origin.rstrip("/") or origin).split("!/")
    name = " → ".join([outer.rpartition("/")[2] or outer, *inner])
    return f"{name}, trang tính “{sheet}”" if sheet else name


def sheet_title(file: SourceFile, sheet: str | None) -> str:
    """Return a title for a sheet without one: its name, if somebody gave it one that tells."""
    if sheet is None or _DEFAULT_SHEET.fullmatch(fold(sheet).strip()):
        return file.name
    if not any(char.isalpha() for char in sheet):  # "2023"
        return f"{file.name}, trang tính “{sheet}”"
    return sheet


def _blocks(rows: Sequence[Sequence[str]]) -> list[Block]:
    """Return rows as lines of a letterhead, what stands side by side kept apart."""
    blocks = []
    for row in rows:
        cells = [cell.split("\n") for cell in row if cell]
        for line in zip_longest(*cells, fillvalue=""):
            parts = [" ".join(part.split()) for part in line]
            if any(parts):
                blocks.append(Block(" | ".join(parts)))
    return blocks


def _attached(blocks: Iterable[Block]) -> Fact | None:
    """Return the date of the paper that a register is attached to."""
    for block in blocks:
        match = _ATTACHED.search(block.text)
        if match is None:
            continue
        try:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            continue
        if day.year >= _FIRST_YEAR and day <= today():
            return Fact(day.isoformat(), 0.85, block.text, source="attachment line")
    return None


def _web(url: str | None) -> str | None:
    return url if url and url.startswith(("http://", "https://")) else None
