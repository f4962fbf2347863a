"""What the rows of a register cite; all lists are made up."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from ingest.extractors.register import extract
from ingest.extractors.register_source import file_label, sheet_title
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.models import Document, MetadataEvidence, Source

HEAD = ("STT", "Tên mô hình", "Lĩnh vực", "Địa bàn", "Thời gian", "Kết quả")
PLACE = "xã Tân Xuân, huyện Hàm Tân, tỉnh Bình Thuận"
ROW = (1, "Nuôi dê vỗ béo", "Kinh tế", PLACE, None, "31 hộ có lãi")
TITLE = "DANH SÁCH MÔ HÌNH DÂN VẬN KHÉO NĂM 2022"


def read(
    tmp_path: Path, rows: Sequence[Sequence[object]], *, sheet: str = "2022", **known: str
) -> list[Document]:
    book = openpyxl.Workbook()
    book.active.title = sheet
    for values in rows:
        book.active.append(list(values))
    path = tmp_path / "so-theo-doi.xlsx"
    book.save(path)
    items = list(extract(replace(SourceFile(path, "register"), **known), Limits()))
    assert all(isinstance(item, Document) for item in items), items
    return items


def evidence(document: Document, field: str) -> list[MetadataEvidence]:
    return [item for item in document.evidence if item.field == field]


def test_a_row_cites_the_list_its_file_and_its_sheet(tmp_path: Path) -> None:
    (document,) = read(tmp_path, [(TITLE,), HEAD, ROW])
    title = f"{TITLE} (so-theo-doi.xlsx, trang tính “2022”)"
    assert document.sources == document.case.sources == (Source(title=title),)


def test_a_row_of_a_list_without_title_cites_the_file(tmp_path: Path) -> None:
    (document,) = read(tmp_path, [HEAD, ROW])
    assert document.sources == (Source(title="so-theo-doi.xlsx, trang tính “2022”"),)


def test_the_path_inside_an_archive_is_cited(tmp_path: Path) -> None:
    origin = "/kho/goi.zip!/Năm 2022/so-theo-doi.xlsx"
    (document,) = read(tmp_path, [HEAD, ROW], known_as=origin)
    assert document.sources[0].title == ("goi.zip → Năm 2022/so-theo-doi.xlsx, trang tính “2022”")


def test_rows_of_one_sheet_cite_one_source(tmp_path: Path) -> None:
    first, second = read(tmp_path, [(TITLE,), HEAD, ROW, (2, "Đường hoa", *ROW[2:])])
    assert first.sources == second.sources


def test_issuing_body_and_date_of_the_letterhead_are_taken_with_evidence(tmp_path: Path) -> None:
    rows = [
        ("TỈNH ỦY BÌNH THUẬN", None, None, "ĐẢNG CỘNG SẢN VIỆT NAM"),
        ("BAN DÂN VẬN", None, None, "Phan Thiết, ngày 05 tháng 01 năm 2023"),
        (),
        (TITLE,),
        HEAD,
        ROW,
    ]
    (document,) = read(tmp_path, rows)
    assert document.publisher == "Ban Dân vận, Tỉnh ủy Bình Thuận"
    assert document.published == "2023-01-05"
    assert document.sources[0].publisher == document.publisher
    assert document.case.sources[0].published == "2023-01-05"
    (body,) = evidence(document, "publisher")
    (day,) = evidence(document, "published")
    assert (body.value, body.quote, body.source) == (
        "Ban Dân vận, Tỉnh ủy Bình Thuận",
        "BAN DÂN VẬN",
        "letterhead",
    )
    assert day.quote == "Phan Thiết, ngày 05 tháng 01 năm 2023"
    assert document.years == (2022,), "the list of a year is signed in the next"


@pytest.mark.parametrize(
    "line",
    [
        "(Kèm theo Báo cáo số 77-BC/BDVTU ngày 05/12/2022)",
        "(Ban hành kèm theo Quyết định số 9/QĐ-UBND ngày 5 tháng 12 năm 2022 của UBND huyện)",
    ],
)
def test_a_list_is_as_old_as_the_paper_that_it_is_attached_to(tmp_path: Path, line: str) -> None:
    (document,) = read(tmp_path, [("UBND HUYỆN HÀM TÂN",), (TITLE,), (line,), HEAD, ROW])
    assert document.published == "2022-12-05"
    assert document.publisher == "UBND huyện Hàm Tân"
    (day,) = evidence(document, "published")
    assert (day.quote, day.source) == (line, "attachment line")


def test_the_place_and_date_line_goes_before_the_attachment(tmp_path: Path) -> None:
    attached = "(Kèm theo Báo cáo số 7-BC/HU ngày 01/12/2022)"
    own = "Hàm Tân, ngày 9 tháng 12 năm 2022"
    (document,) = read(tmp_path, [(own,), (TITLE,), (attached,), HEAD, ROW])
    assert document.published == "2022-12-09"


@pytest.mark.parametrize(
    "line",
    [
        "(Kèm theo Báo cáo số 7-BC/HU ngày 31/02/2022)",
        "(Kèm theo Báo cáo số 7-BC/HU ngày 01/12/2222)",
        "(Kèm theo Báo cáo số 7-BC/HU ngày    tháng    năm 2022)",
        "Nhận hồ sơ đến hết ngày 01/12/2022",
        "(Tính đến ngày 30/11/2022)",
    ],
)
def test_other_days_do_not_date_a_list(tmp_path: Path, line: str) -> None:
    (document,) = read(tmp_path, [(TITLE,), (line,), HEAD, ROW])
    assert document.published is None
    assert evidence(document, "published") == []


def test_a_title_alone_names_no_issuing_body(tmp_path: Path) -> None:
    (document,) = read(tmp_path, [(TITLE,), HEAD, ROW])
    assert document.publisher is None


def test_form_and_plain_table_cite_their_file_and_issuing_body(tmp_path: Path) -> None:
    form = [
        ("UBND XÃ TÂN XUÂN",),
        ("PHIẾU ĐĂNG KÝ MÔ HÌNH",),
        ("Tên mô hình", "Tổ liên gia an ninh trật tự"),
        ("Thực trạng", "Hay mất trộm"),
        ("Cách làm", "Mười nhà một tổ"),
        ("Địa bàn", PLACE),
    ]
    (document,) = read(tmp_path, form, sheet="Phiếu")
    assert document.case is not None
    assert document.sources[0].title == (
        "PHIẾU ĐĂNG KÝ MÔ HÌNH (so-theo-doi.xlsx, trang tính “Phiếu”)"
    )
    assert document.publisher == "UBND xã Tân Xuân"
    table = [("UBND XÃ TÂN XUÂN",), ("Loại", "Giá", "Nơi bán"), ("Urê", 12000, "Chợ")]
    (article,) = read(tmp_path, table, sheet="Giá")
    assert article.publisher == "UBND xã Tân Xuân"
    assert article.sources[0].title == "so-theo-doi.xlsx, trang tính “Giá”"


def test_a_change_of_date_changes_the_digest(tmp_path: Path) -> None:
    line = "(Kèm theo Báo cáo số 7-BC/HU ngày 0{}/12/2022)"
    (first,) = read(tmp_path, [(TITLE,), (line.format(1),), HEAD, ROW])
    (second,) = read(tmp_path, [(TITLE,), (line.format(2),), HEAD, ROW])
    assert first.document_id == second.document_id
    assert first.sha256 != second.sha256


@pytest.mark.parametrize(
    ("sheet", "expected"),
    [
        ("Trang1", "so.xlsx"),
        ("Sheet1", "so.xlsx"),
        ("Sheet", "so.xlsx"),
        ("Trang tính1", "so.xlsx"),
        ("Trang_tính 2", "so.xlsx"),
        (None, "so.xlsx"),
        ("2023", "so.xlsx, trang tính “2023”"),
        ("Giá phân bón", "Giá phân bón"),
    ],
)
def test_no_document_is_called_as_the_program_called_the_sheet(
    sheet: str | None, expected: str
) -> None:
    assert sheet_title(SourceFile(Path("/kho/so.xlsx"), "register"), sheet) == expected


def test_addresses_and_uploads_are_called_by_their_file() -> None:
    assert file_label("https://vi-du.vn/tai/so.xlsx") == "so.xlsx"
    assert file_label("upload:0123456789ab/so.xlsx", "A") == "so.xlsx, trang tính “A”"
