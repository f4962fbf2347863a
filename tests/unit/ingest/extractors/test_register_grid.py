"""Workbooks that are built to keep the reader busy."""

import io
import zipfile
from pathlib import Path

import openpyxl
import pytest

from ingest.extractors.register_grid import read_workbook
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed, UnsafeSource

_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0"'
)
_TABLE = (
    '<table:table table:name="Sổ"><table:table-row><table:table-cell '
    'office:value-type="string"><text:p>Bếp chung</text:p></table:table-cell></table:table-row>'
)


def _open_document(path: Path, table_end: str, head: str = "") -> SourceFile:
    content = (
        f"{head}<office:document-content {_ODF}><office:body><office:spreadsheet>"
        f"{_TABLE}{table_end}</office:spreadsheet></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        package.writestr("content.xml", content)
        package.writestr("META-INF/manifest.xml", "<manifest/>")
    return SourceFile(path, "register")


def test_ods_is_read(tmp_path: Path) -> None:
    file = _open_document(tmp_path / "so.ods", "</table:table>")
    (grid,) = read_workbook(file, Limits()).grids
    assert grid.rows[0][0] == "Bếp chung"


def test_ods_whose_table_has_no_end_is_refused_at_once(tmp_path: Path) -> None:
    file = _open_document(tmp_path / "so.ods", "</t^ble:table>")
    with pytest.raises(ExtractionFailed, match=r"so\.ods"):
        read_workbook(file, Limits())


def test_ods_in_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    file = _open_document(
        tmp_path / "so.ods", "</table:table>", head='<?xml version="1.0" encoding="UT-8"?>'
    )
    with pytest.raises(ExtractionFailed, match=r"so\.ods"):
        read_workbook(file, Limits())


def _with_sheet(path: Path, change: bytes) -> SourceFile:
    book = openpyxl.Workbook()
    book.active.append(["Tên mô hình"])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "xl/worksheets/sheet1.xml":
                content = content.replace(b"<sheetData>", b"<sheetData>" + change)
            new.writestr(name, content)
    return SourceFile(path, "register")


@pytest.mark.parametrize("change", [b"<c " * 60_000, b'<c r="A1" ' * 20_000, b'<c r="A1' * 30_000])
def test_sheet_of_beginnings_of_cells_is_looked_through_in_linear_time(
    tmp_path: Path, change: bytes
) -> None:
    file = _with_sheet(tmp_path / "so.xlsx", change)
    # Takes minutes where each beginning is followed to the end of the part.
    with pytest.raises(ExtractionFailed):
        read_workbook(file, Limits())


def test_cell_far_from_all_others_is_refused(tmp_path: Path) -> None:
    cell = b'<row r="1048576"><c r="XFD1048576" t="n"><v>1</v></c></row>'
    with pytest.raises(UnsafeSource, match="1048576"):
        read_workbook(_with_sheet(tmp_path / "so.xlsx", cell), Limits())
