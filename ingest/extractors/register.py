"""Registers of models in spreadsheets: one row, one case.

XLSX, XLSM, XLS and ODS are read by calamine, CSV, TSV and web pages named .xls as text. The
columns, and the mapping file for odd ones, are described in `ingest.extractors.register_columns`.
A sheet that is the form of one model becomes one case; any other table becomes an article that
knows the row of each line. A row whose province or field neither it nor its surroundings tell
becomes an article too, rather than a case with a guess. Both carry a note (evidence of `notes`)
that says why, and what to write into the mapping file.

Formulas count by the value that was last computed; cells in error are empty.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ingest.extractors.archive import check_size
from ingest.extractors.register_columns import RegisterMapping, read_mapping
from ingest.extractors.register_facts import Facts, read_facts
from ingest.extractors.register_form import read_form
from ingest.extractors.register_grid import Grid, read_workbook
from ingest.extractors.register_notes import row_note, sheet_note
from ingest.extractors.register_place import Place
from ingest.extractors.register_rows import Record, read_records
from ingest.extractors.register_source import (
    RegisterSource,
    head_length,
    list_title,
    read_source,
    sheet_title,
)
from ingest.extractors.register_table import Table, find_table
from ingest.metadata.localities import locate_province
from ingest.ports import Item, Limits
from ingest.records.case_text import years_in
from ingest.records.models import case_document
from ingest.sources import SourceFile, Unreadable
from kb.errors import EmptyDocument, ExtractionFailed, UnsupportedSource
from kb.ids import content_sha256, document_id_for, slugify
from kb.models import (
    Case,
    Document,
    Field,
    Locator,
    Source,
)
from kb.taxonomy import FIELD_NAMES, topic_name
from kb.text import to_reading_form


def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
    """Yield the documents of a register, and what could not be read of it.

    Args:
        file: A spreadsheet or delimited text.
        limits: Of sizes.

    Raises:
        ExtractionFailed: It is damaged or protected, or its mapping file is wrong.
        EmptyDocument: No visible sheet holds anything.
        UnsafeSource: It unpacks to too much.
        UnsupportedSource: It is too large, or no spreadsheet.
        SourceUnavailable: It cannot be read.
    """
    check_size(file, limits)
    workbook = read_workbook(file, limits)
    mapping = read_mapping(file.path)
    grids = _wanted(workbook.grids, mapping)
    for name in workbook.hidden:
        message = f"{file.name}: trang tính “{name}” bị ẩn nên bỏ qua. Bỏ ẩn rồi nạp lại nếu cần."
        yield Unreadable(file.origin, UnsupportedSource(message), skipped=True)
    if not grids:
        raise EmptyDocument(f"{file.name}: bảng tính không có trang nào có nội dung.")
    tables = [find_table(grid, mapping) for grid in grids]
    mapping.check_headings(
        [heading.text for table in tables if table for heading in table.headings]
        + [heading.label for table in tables if table for heading in table.headings]
    )
    reader = _Reader(file, mapping)
    for grid, table in zip(grids, tables, strict=True):
        if table is not None:
            yield from reader.register(table)
        else:
            form = read_form(grid, mapping)
            yield reader.article(grid) if form is None else reader.form(grid, form)


def _wanted(grids: Iterable[Grid], mapping: RegisterMapping) -> list[Grid]:
    wanted = mapping.record.sheets
    if wanted is None:
        return list(grids)
    names = {grid.name: grid for grid in grids}
    for name in wanted:
        if name not in names:
            listed = ", ".join(repr(known) for known in names)
            raise ExtractionFailed(
                f"{mapping.name}: không có trang tính {name!r} có nội dung. Các trang: {listed}."
            )
    return [names[name] for name in wanted]


# A longer first line is a paragraph and no title.
_MAX_TITLE = 300


class _Reader:
    """Makes the documents of one file."""

    def __init__(self, file: SourceFile, mapping: RegisterMapping) -> None:
        self._file = file
        self._mapping = mapping
        self._ids: Counter[str] = Counter()
        self._fetched = file.fetched_at or datetime.fromtimestamp(file.path.stat().st_mtime, UTC)

    def register(self, table: Table) -> Iterator[Item]:
        """Yield the documents of a register."""
        source = read_source(self._file, table.grid, table.header, table.title)
        empty = True
        for record in read_records(table):
            empty = False
            if "name" in record.cells:
                yield self._document(table.grid, record, table.titles, source)
                continue
            message = (
                f"{self._where(table.grid, record.number)}: dòng không có tên mô hình và không "
                "thuộc mô hình nào ở trên. Điền tên rồi nạp lại."
            )
            yield Unreadable(self._file.origin, ExtractionFailed(message))
        if empty:
            where = f"{self._file.name}: trang tính “{table.grid.name or '1'}”"
            yield Unreadable(
                self._file.origin, EmptyDocument(f"{where} có tiêu đề cột nhưng không có dòng nào.")
            )

    def form(self, grid: Grid, record: Record) -> Document:
        """Return the document of a form of one model."""
        head = grid.rows[: record.number - grid.first_number]
        lines = [" ".join(cell.split()) for row in head for cell in row if cell]
        title = list_title(lines) or next(iter(lines), None)
        source = read_source(self._file, grid, len(head), title)
        return self._document(grid, record, (), source)

    def article(self, grid: Grid) -> Document:
        """Return a sheet that is no register as an article, one line a row."""
        lines = [
            (grid.number(index), " | ".join(" ".join(cell.split()) for cell in row if cell))
            for index, row in enumerate(grid.rows)
            if any(row)
        ]
        lines = [(number, to_reading_form(line)) for number, line in lines]
        title = next(
            (line for _, line in lines[:5] if "|" not in line and len(line) <= _MAX_TITLE),
            sheet_title(self._file, grid.name),
        )
        head = head_length(grid)
        source = read_source(self._file, grid, head, list_title([title]))
        header = grid.number(head if head < len(grid.rows) else 0)
        evidence = (*source.evidence, sheet_note(self._file, grid.name, header, self._mapping))
        position, locators = 0, []
        for number, line in lines:
            locators.append(Locator(position, "row", number, grid.name))
            position += len(line) + 1
        text = "\n".join(line for _, line in lines)
        return Document(
            document_id=self._numbered(
                document_id_for(
                    f"{self._file.origin}/{grid.name}" if grid.name else self._file.origin
                )
            ),
            kind="article",
            title=title,
            text=text,
            origin=self._file.origin,
            sha256=content_sha256(
                "sheet", text, title, repr(locators), repr(source), repr(evidence)
            ),
            publisher=source.source.publisher,
            url=self._file.url,
            published=source.source.published,
            province=self._mapping.record.province
            or locate_province(title, [line for _, line in lines]),
            field=self._mapping.record.field,
            topics=tuple(self._mapping.record.topics),
            years=years_in(title),
            sources=(source.source,),
            fetched_at=self._fetched,
            locators=tuple(locators),
            evidence=evidence,
        )

    def _where(self, grid: Grid, number: int) -> str:
        sheet = f"trang tính “{grid.name}”, " if grid.name else ""
        return f"{self._file.name}: {sheet}dòng {number}"

    def _numbered(self, document_id: str) -> str:
        self._ids[document_id] += 1
        count = self._ids[document_id]
        return document_id if count == 1 else f"{document_id}-{count}"

    def _id(self, name: str, place: Place) -> str:
        """Return an id that stays when rows are sorted, added and removed."""
        last = "/".join([part for part in re.split(r"[/\\]+", self._file.origin) if part][-2:])
        key = "\x00".join([last, slugify(name), slugify(place.written)])
        digest = hashlib.sha256(key.encode()).hexdigest()[:8]
        return self._numbered(f"{slugify(name)[:60].strip('-') or 'mo-hinh'}-{digest}")

    def _document(
        self, grid: Grid, record: Record, titles: tuple[str, ...], source: RegisterSource
    ) -> Document:
        facts = read_facts(record, self._mapping, titles, grid.name)
        document_id = self._id(facts.name, facts.place)
        evidence = (*source.evidence, *facts.evidence.collected())
        province, field_ = facts.place.province, facts.field
        at = Locator(0, "row", record.number, grid.name)
        if province is not None and field_ is not None:
            case = _case(document_id, facts, province, field_, source.source)
            document = case_document(case, self._file.origin, self._where(grid, record.number))
        else:
            document = _row_article(document_id, facts, self._file.origin, source.source)
            evidence = (*evidence, row_note(self._file, at, province, field_))
        return replace(
            document,
            sha256=content_sha256(
                document.sha256, grid.name or "", str(record.number), repr(source), repr(evidence)
            ),
            # The day of the list comes last: one of January tells of the year before.
            years=years_in(facts.period) or years_in(source.title, grid.name) or document.years,
            level=facts.level,
            subject=facts.subject,
            fetched_at=self._fetched,
            locators=(at,),
            evidence=evidence,
        )


# --- documents ------------------------------------------------------------------------------


def _case(case_id: str, facts: Facts, province: str, field_: Field, source: Source) -> Case:
    return Case(
        case_id=case_id,
        name=facts.name,
        field=field_,
        topics=facts.topics,
        province=province,
        district=facts.place.district,
        commune=facts.place.commune,
        organization=facts.organization,
        participants=facts.participants,
        period=facts.period,
        problem=facts.problem,
        approach=facts.approach,
        results=facts.results,
        conditions=facts.conditions,
        sources=(source,),
    )


def _row_article(document_id: str, facts: Facts, origin: str, source: Source) -> Document:
    """Return a row without province or field, in the form of a case as far as it goes."""
    lines = [
        ("Địa bàn", facts.place.line),
        ("Lĩnh vực", FIELD_NAMES[facts.field] if facts.field else None),
        ("Chủ đề", ", ".join(map(topic_name, facts.topics))),
        ("Đơn vị thực hiện", facts.organization),
        ("Đối tượng tham gia", facts.participants),
        ("Thời gian", facts.period),
    ]
    sections = [
        ("Thực trạng", facts.problem),
        ("Cách làm", "\n".join(f"{i}. {step}" for i, step in enumerate(facts.approach, 1))),
        ("Kết quả", "\n".join(f"- {result.text}" for result in facts.results)),
        ("Điều kiện nhân rộng", facts.conditions),
    ]
    head = "\n".join(f"{label}: {value}" for label, value in lines if value)
    body = [f"{label}\n{value}" for label, value in sections if value]
    text = to_reading_form("\n\n".join(filter(None, [facts.name, head, *body])))
    return Document(
        document_id=document_id,
        kind="article",
        title=facts.name,
        text=text,
        origin=origin,
        sha256=content_sha256("register row", text),
        publisher=source.publisher,
        url=source.url,
        published=source.published,
        province=facts.place.province,
        field=facts.field,
        topics=facts.topics,
        organization=facts.organization,
        years=years_in(source.published),
        sources=(source,),
    )
