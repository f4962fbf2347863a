"""What an officer is told of tables and rows that became articles, and that it helps."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest

from ingest.extractors.register import extract
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.models import Document

UNKNOWN = [("Số", "Việc làm", "Ở đâu"), (1, "Tủ sách đầu ngõ", "Ấp 3"), (2, "Giữ xe", "Chợ cũ")]
HEAD = ("TT", "Tên mô hình", "Nơi thực hiện", "Lĩnh vực")


def write(tmp_path: Path, rows: Sequence[Sequence[object]]) -> Path:
    book = openpyxl.Workbook()
    book.active.title = "Trang1"
    for values in rows:
        book.active.append(list(values))
    book.save(tmp_path / "so.xlsx")
    return tmp_path / "so.xlsx"


def read(path: Path, **known: str) -> list[Document]:
    items = list(extract(replace(SourceFile(path, "register"), **known), Limits()))
    assert all(isinstance(item, Document) for item in items), items
    return items


def note(document: Document) -> str:
    (found,) = [item for item in document.evidence if item.field == "notes"]
    return found.value


def test_a_table_of_unknown_columns_says_why_it_is_an_article_and_what_helps(
    tmp_path: Path,
) -> None:
    path = write(tmp_path, UNKNOWN)
    (document,) = read(path)
    assert (document.kind, document.title) == ("article", "so.xlsx")
    assert note(document).startswith("Trang tính “Trang1” không có cột nào nhận ra là tên mô hình")
    assert "đặt cạnh nó tệp so.xlsx.mapping.toml" in note(document)
    assert "header_row = 1" in note(document)
    # What it tells to do gives the cases.
    (tmp_path / "so.xlsx.mapping.toml").write_text(
        'header_row = 1\nprovince = "Cà Mau"\nfield = "kinh-te"\n[columns]\n"Việc làm" = "name"\n',
        encoding="utf-8",
    )
    cases = read(path)
    assert [(item.kind, item.title) for item in cases] == [
        ("case", "Tủ sách đầu ngõ"),
        ("case", "Giữ xe"),
    ]
    assert all(item.field != "notes" for case in cases for item in case.evidence)


def test_the_note_names_the_row_that_may_hold_the_headings(tmp_path: Path) -> None:
    (document,) = read(write(tmp_path, [("Sổ tay của ấp",), (), *UNKNOWN]))
    assert "header_row = 3" in note(document)


@pytest.mark.parametrize(
    ("place", "field", "missing", "lines"),
    [
        ("Ấp 3", "Kinh tế", "không rõ tỉnh.", 'ví dụ province = "Cà Mau" (xem README)'),
        ("Cà Mau", "việc khác", "không rõ lĩnh vực.", 'ví dụ field = "kinh-te" (xem README)'),
        (
            "Ấp 3",
            "việc khác",
            "không rõ tỉnh và lĩnh vực.",
            'province = "Cà Mau" và field = "kinh-te"',
        ),
    ],
)
def test_a_row_says_what_is_not_known_of_it(
    tmp_path: Path, place: str, field: str, missing: str, lines: str
) -> None:
    (document,) = read(write(tmp_path, [HEAD, (1, "Giữ xe miễn phí", place, field)]))
    assert document.kind == "article"
    assert note(document).startswith("Trang tính “Trang1”, dòng 2 được nạp thành bài viết")
    assert missing in note(document)
    assert lines in note(document)
    assert "đặt cạnh nó tệp so.xlsx.mapping.toml" in note(document)


def test_a_row_that_is_a_case_has_no_note(tmp_path: Path) -> None:
    (document,) = read(write(tmp_path, [HEAD, (1, "Giữ xe miễn phí", "Cà Mau", "Kinh tế")]))
    assert document.kind == "case"
    assert all(item.field != "notes" for item in document.evidence)


def test_what_has_no_folder_is_told_to_be_put_into_one(tmp_path: Path) -> None:
    (document,) = read(write(tmp_path, UNKNOWN), known_as="/kho/goi.zip!/so.xlsx")
    assert "lưu bảng vào một thư mục, đặt cạnh nó tệp so.xlsx.mapping.toml" in note(document)


def test_a_mapping_file_that_does_not_help_is_named(tmp_path: Path) -> None:
    (tmp_path / "mapping.toml").write_text('province = "Cà Mau"\n', encoding="utf-8")
    (document,) = read(write(tmp_path, UNKNOWN))
    assert "sửa tệp mapping.toml" in note(document)
