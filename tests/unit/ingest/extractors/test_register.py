from collections.abc import Iterable, Sequence
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pytest
import xlwt

from ingest.extractors.register import extract
from ingest.ports import Item, Limits
from ingest.sources import SourceFile, Unreadable
from kb.errors import EmptyDocument, ExtractionFailed, UnsafeSource, UnsupportedSource
from kb.models import CaseResult, Document, Field, Locator
from tests.data.legacy_bytes import to_cp1258, to_tcvn3

Rows = Sequence[Sequence[object]]
HEAD = ("STT", "Tên mô hình", "Lĩnh vực", "Địa bàn", "Kết quả")
PLACE = "xã Tân Xuân, huyện Hàm Tân, tỉnh Bình Thuận"


def row(
    number: object, name: str, result: object = "Tốt", *, field: str = "Kinh tế"
) -> list[object]:
    return [number, name, field, PLACE, result]


def write(path: Path, sheets: dict[str, Rows], *, merged: Iterable[str] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for values in rows:
            sheet.append(list(values))
        for cells in merged:
            sheet.merge_cells(cells)
    book.save(path)
    return path


def read(path: Path) -> list[Item]:
    return list(extract(SourceFile(path, "register"), Limits()))


def documents(path: Path) -> list[Document]:
    items = read(path)
    assert all(isinstance(item, Document) for item in items), items
    return items


def one_sheet(tmp_path: Path, rows: Rows, *, merged: Iterable[str] = ()) -> list[Document]:
    return documents(write(tmp_path / "so.xlsx", {"Năm 2024": rows}, merged=merged))


def test_one_row_is_one_case_with_all_fields_of_the_form(tmp_path: Path) -> None:
    head = [
        "TT", "Tên mô hình \"Dân vận khéo\"", "Thực trạng, lý do xây dựng", "Mục tiêu",
        "Nội dung, cách thức thực hiện", "Địa bàn", "Đối tượng tham gia", "Đơn vị thực hiện",
        "Đơn vị phối hợp", "Kinh phí (triệu đồng)", "Thời gian thực hiện", "Kết quả, sản phẩm",
        "Khả năng nhân rộng", "Lĩnh vực", "Tập thể/cá nhân", "Cấp công nhận", "Số hộ tham gia",
        "Ghi chú",
    ]  # fmt: skip
    values = [
        1, "Nuôi dê vỗ béo", "Đất rẫy cằn.", "Mỗi hộ có 10 con dê.", "- Góp vốn\n- Mua giống chung",
        f"Thôn 2, {PLACE}", "Hộ nghèo", "Hội Nông dân xã", "Trạm thú y", 120.5, "2022-2024",
        "Lãi 268 triệu đồng", "Nơi có bãi chăn", "Kinh tế", "Tập thể", "Cấp huyện", 1129,
        "Được khen",
    ]  # fmt: skip
    (document,) = one_sheet(tmp_path, [head, values])
    case = document.case
    assert document.kind == "case"
    assert case is not None
    assert (case.name, case.field, case.province) == ("Nuôi dê vỗ béo", Field.ECONOMY, "Bình Thuận")
    assert (case.commune, case.district) == ("Thôn 2, xã Tân Xuân", "huyện Hàm Tân")
    assert case.problem == "Đất rẫy cằn.\nMục tiêu: Mỗi hộ có 10 con dê."
    assert case.approach == ("Góp vốn", "Mua giống chung")
    assert case.participants == "Hộ nghèo; Phối hợp: Trạm thú y"
    assert case.organization == "Hội Nông dân xã"
    assert case.conditions == "Nguồn lực: 120,5 triệu đồng\nNơi có bãi chăn"
    assert case.period == "2022-2024"
    assert case.results == (
        CaseResult("Lãi 268 triệu đồng"),
        CaseResult("Số hộ tham gia: 1.129", 1129.0, "hộ"),
        CaseResult("Ghi chú: Được khen"),
    )
    assert (document.subject, document.level) == ("collective", "district")
    assert document.years == (2022, 2023, 2024)
    assert document.locators == (Locator(0, "row", 2, "Năm 2024"),)
    assert document.locators[0].label == "trang tính “Năm 2024”, dòng 2"


@pytest.mark.parametrize(
    "head",
    [
        ("STT", "TÊN MÔ HÌNH", "LĨNH VỰC", "ĐỊA BÀN", "KẾT QUẢ"),
        ("Stt", "Ten mo hinh", "Linh vuc", "Dia ban", "Ket qua"),
        (
            "Số TT",
            "Tên mô hình,\nđiển hình",
            "Thuộc lĩnh vực",
            "Nơi thực hiện",
            "Hiệu quả mang lại",
        ),
        ("TT", "Mô hình DVK", "Lĩnh vực đăng ký", "Địa điểm", "Kết quả đạt được (đến 12/2024)"),
    ],
)
def test_headings_are_known_by_synonyms_case_and_missing_marks(
    head: Sequence[str], tmp_path: Path
) -> None:
    (document,) = one_sheet(tmp_path, [head, row(1, "Nuôi dê", "12 hộ thoát nghèo")])
    assert document.case is not None
    assert document.case.results == (CaseResult("12 hộ thoát nghèo"),)
    assert document.case.commune == "xã Tân Xuân"


def test_titles_numbers_of_columns_totals_and_signatures_are_no_cases(tmp_path: Path) -> None:
    rows = [
        ["UBND HUYỆN HÀM TÂN"],
        ["DANH SÁCH MÔ HÌNH NĂM 2024"],
        [],
        HEAD,
        ["(1)", "(2)", "(3)", "(4)", "(5)"],
        row(1, "Nuôi dê"),
        [],
        row(2, "Đường hoa"),
        ["", "Tổng cộng: 2 mô hình"],
        [],
        ["", "", "", "Hàm Tân, ngày 5 tháng 12 năm 2024"],
        ["", "", "", "NGƯỜI LẬP BIỂU"],
    ]
    found = one_sheet(tmp_path, rows, merged=["A1:E1", "A2:E2"])
    assert [(item.title, item.locators[0].number) for item in found] == [
        ("Nuôi dê", 6),
        ("Đường hoa", 8),
    ]
    assert (
        found[0].sources[0].title == "DANH SÁCH MÔ HÌNH NĂM 2024 (so.xlsx, trang tính “Năm 2024”)"
    )
    assert found[0].years == (2024,)


def test_headings_of_two_rows_and_repeated_headings_are_understood(tmp_path: Path) -> None:
    top = ["STT", "Tên mô hình", "Lĩnh vực", "Địa bàn", None, "Kết quả", None]
    sub = [None, None, None, "Xã", "Huyện", "Số hộ", "Hiệu quả"]
    rows = [
        top,
        sub,
        [1, "Nuôi dê", "Kinh tế", "Tân Xuân", "Hàm Tân", 25, "Lãi cao"],
        top,
        sub,
        [2, "Đường hoa", "Kinh tế", "Sông Phan", "Hàm Tân", 30, "Đẹp"],
    ]
    merged = ["A1:A2", "B1:B2", "C1:C2", "D1:E1", "F1:G1"]
    for found in (one_sheet(tmp_path, rows, merged=merged), one_sheet(tmp_path, rows)):
        assert [item.title for item in found] == ["Nuôi dê", "Đường hoa"]
        case = found[0].case
        assert case is not None
        assert (case.commune, case.district) == ("xã Tân Xuân", "huyện Hàm Tân")
        assert case.results == (CaseResult("Số hộ: 25", 25.0, "hộ"), CaseResult("Lãi cao"))


def test_group_rows_hold_for_the_rows_below(tmp_path: Path) -> None:
    head = ["STT", "Tên mô hình", "Xã", "Kết quả"]
    rows = [
        head,
        ["A", "Huyện Hàm Tân"],
        ["I", "Lĩnh vực kinh tế"],
        [1, "Nuôi dê", "Tân Xuân", "x1"],
        ["II", "Lĩnh vực quốc phòng - an ninh"],
        [1, "Tiếng kẻng", "Sông Phan", "x2"],
        ["B", "Huyện Tánh Linh"],
        [1, "Gọi loa", "Bắc Ruộng", "x3"],
    ]
    first, second, third = one_sheet(tmp_path, rows)
    assert (first.field, first.case.district) == (
        Field.ECONOMY,
        "huyện Hàm Tân",
    )
    assert second.field is Field.DEFENCE_SECURITY
    # The field of the group before belongs to the other district.
    assert third.field is None
    assert third.kind == "article"
    assert third.province == "Bình Thuận"


def test_a_row_without_a_name_continues_the_row_above(tmp_path: Path) -> None:
    rows = [HEAD, row(1, "Nuôi dê", "Lãi 5 triệu"), ["", "", "", "", "Thêm 7 hộ"]]
    (document,) = one_sheet(tmp_path, rows)
    assert [result.text for result in document.case.results] == ["Lãi 5 triệu", "Thêm 7 hộ"]


def test_merged_and_ditto_cells_hold_for_all_their_rows(tmp_path: Path) -> None:
    rows = [HEAD, row(1, "Nuôi dê"), [2, "Nuôi gà", "nt", None, "Tốt"]]
    _, second = one_sheet(tmp_path, rows, merged=["D2:D3"])
    assert second.case is not None
    assert second.case.commune == "xã Tân Xuân"
    assert second.field is Field.ECONOMY


def test_without_province_or_field_a_row_is_an_article_and_nothing_is_invented(
    tmp_path: Path,
) -> None:
    head = ["STT", "Tên mô hình", "Địa bàn", "Kết quả"]
    rows = [head, [1, "Thứ bảy vui", "xã Bình Minh", "31 buổi"], [2, "Nuôi dê", "", "12 hộ"]]
    first, second = one_sheet(tmp_path, rows)
    assert (first.kind, first.province, first.field) == ("article", None, None)
    assert first.text == "Thứ bảy vui\n\nĐịa bàn: xã Bình Minh\n\nKết quả\n- 31 buổi"
    assert (second.kind, second.province) == ("article", None)


def test_a_district_with_the_name_of_a_province_is_told_by_the_commune(tmp_path: Path) -> None:
    head = ["STT", "Tên mô hình", "Địa bàn", "Lĩnh vực"]
    values = [1, "Nuôi tôm", "xã Vĩnh Mỹ A, Hòa Bình", "KT"]
    (document,) = one_sheet(tmp_path, [head, values])
    assert (document.province, document.field) == ("Bạc Liêu", Field.ECONOMY)


def test_a_field_that_is_not_understood_is_not_replaced_by_a_guess(tmp_path: Path) -> None:
    head = ["STT", "Tên mô hình", "Địa bàn", "Lĩnh vực"]
    values = [1, "Tổ hợp tác nuôi tôm", PLACE, "Lĩnh vực kinh tế - xã hội"]
    (document,) = one_sheet(tmp_path, [head, values])
    assert (document.kind, document.field) == ("article", None)


def test_province_and_field_say_where_they_are_from(tmp_path: Path) -> None:
    rows = [
        ["MÔ HÌNH DÂN VẬN KHÉO TỈNH AN GIANG"],
        ["STT", "Tên mô hình", "Địa bàn", "Cách làm"],
        [1, "Tổ hợp tác nuôi cá", "xã nhà", "Góp vốn thành hợp tác xã thủy sản"],
    ]
    (document,) = one_sheet(tmp_path, rows)
    why = {item.field: (item.value, item.source, item.confidence) for item in document.evidence}
    assert why["province"] == ("An Giang", "sheet title", 0.8)
    assert why["field"] == ("kinh-te", "words of the name", 0.6)


def test_ids_stay_when_rows_move_and_duplicates_are_numbered(tmp_path: Path) -> None:
    before = one_sheet(tmp_path, [HEAD, row(1, "Nuôi dê"), row(2, "Đường hoa"), row(3, "Nuôi dê")])
    after = one_sheet(tmp_path, [HEAD, row(1, "Đường hoa"), row(2, "Mới"), row(3, "Nuôi dê")])
    ids = {item.title: item.document_id for item in after}
    assert before[1].document_id == ids["Đường hoa"]
    assert before[0].document_id == ids["Nuôi dê"]
    assert before[2].document_id == f"{ids['Nuôi dê']}-2"
    assert before[0].sha256 != after[2].sha256  # its row is another, so it is stored again


def test_values_are_written_as_in_vietnamese_texts(tmp_path: Path) -> None:
    head = [*HEAD, "Ngày công nhận", "Đạt", "Lúc", "Mã số"]
    values = [
        *row(1, "Nuôi dê", 12.5),
        date(2024, 5, 6),
        True,
        datetime.fromisoformat("2024-05-06T07:30"),
        84912345678,
    ]
    (document,) = one_sheet(tmp_path, [head, values])
    texts = [result.text for result in document.case.results]
    assert texts == [
        "Kết quả: 12,5",
        "Ngày công nhận: 06/05/2024",
        "Đạt: Có",
        "Lúc: 07:30 06/05/2024",
        "Mã số: 84912345678",
    ]


def test_formulas_without_value_and_errors_are_empty(tmp_path: Path) -> None:
    (document,) = one_sheet(tmp_path, [HEAD, row(1, "Nuôi dê", "=1/0")])
    assert document.case.results == ()


def test_hidden_sheets_are_passed_over_with_a_note(tmp_path: Path) -> None:
    path = write(tmp_path / "so.xlsx", {"A": [HEAD, row(1, "Nuôi dê")], "Nháp": [["x"]]})
    book = openpyxl.load_workbook(path)
    book["Nháp"].sheet_state = "veryHidden"
    book.save(path)
    note, document = read(path)
    assert isinstance(note, Unreadable)
    assert note.skipped
    assert "trang tính “Nháp” bị ẩn" in str(note.error)
    assert document.title == "Nuôi dê"


def test_a_form_sheet_is_one_case(tmp_path: Path) -> None:
    rows = [
        ["PHIẾU ĐĂNG KÝ MÔ HÌNH"],
        [1, "Tên mô hình", "Tổ liên gia an ninh trật tự"],
        [2, "Thực trạng, lý do xây dựng", "Hay mất trộm"],
        [3, "Nội dung, cách thức thực hiện", "Mười nhà một tổ"],
        [None, None, "Chung một nhóm Zalo"],
        [4, "Địa bàn, đối tượng", PLACE],
        [5, "Kết quả", "Giảm 23 vụ"],
    ]
    (document,) = one_sheet(tmp_path, rows)
    assert document.kind == "case"
    assert document.title == "Tổ liên gia an ninh trật tự"
    assert document.case.approach == ("Mười nhà một tổ", "Chung một nhóm Zalo")
    assert document.field is Field.DEFENCE_SECURITY
    assert document.locators[0].number == 2


def test_any_other_table_is_an_article_that_knows_its_rows(tmp_path: Path) -> None:
    (document,) = one_sheet(tmp_path, [["Giá phân bón"], [], ["Loại", "Giá"], ["Urê", 12000]])
    assert document.text == "Giá phân bón\nLoại | Giá\nUrê | 12.000"
    at = document.text.index("Urê")
    assert document.locate(at).label == "trang tính “Năm 2024”, dòng 4"
    assert document.kind == "article"


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encode", [str.encode, to_cp1258, to_tcvn3])
def test_delimited_text_is_read_in_any_encoding(encode, delimiter: str, tmp_path: Path) -> None:
    head = ("STT", "Tên mô hình", "Lĩnh vực", "Tỉnh", "Kết quả")
    values = ("1", "Đường hoa mười giờ", "Kinh tế", "Bến Tre", 'Trồng "đẹp" 7,3 km\nhai bên')
    quoted = [
        delimiter.join('"' + value.replace('"', '""') + '"' for value in line)
        for line in (head, values, ("2", "Nuôi gà", "Kinh tế", "Bến Tre", "5 hộ"))
    ]
    path = tmp_path / "so.csv"
    path.write_bytes(encode("\r\n".join(quoted)))
    first, second = documents(path)
    assert first.title == "Đường hoa mười giờ"
    assert [result.text for result in first.case.results] == ['Trồng "đẹp" 7,3 km', "hai bên"]
    assert second.locators == (Locator(0, "row", 3, None),)


def test_the_separator_line_of_excel_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "so.csv"
    path.write_text("sep=;\r\nTên mô hình;Tỉnh;Lĩnh vực\r\nNuôi dê;Cà Mau;Kinh tế\r\n", "utf-8")
    (document,) = documents(path)
    assert document.locators[0].number == 2


def test_legacy_letters_in_cells_are_repaired(tmp_path: Path) -> None:
    def old(text: str) -> str:
        return to_tcvn3(text).decode("latin-1")

    rows = [
        [old("STT"), old("Tên mô hình"), old("Lĩnh vực"), old("Tỉnh"), old("Kết quả")],
        [1, old("Đường hoa"), old("Văn hóa - xã hội"), old("Thanh Hóa"), old("Trồng 7 km hoa")],
    ]
    (document,) = one_sheet(tmp_path, rows)
    assert (document.title, document.province) == ("Đường hoa", "Thanh Hóa")


def test_old_workbooks_and_web_pages_named_xls_are_read(tmp_path: Path) -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Đăng ký")
    for index, values in enumerate([HEAD, row(1, "Nuôi dê", "8 hộ")]):
        for position, value in enumerate(values):
            sheet.write(index, position, value)
    book.save(str(tmp_path / "cu.xls"))
    page = (
        "<html><body><table><tr><td colspan=5>DANH SÁCH MÔ HÌNH</td></tr><tr>"
        + "".join(f"<th>{value}</th>" for value in HEAD)
        + f"</tr><tr><td>1</td><td>Nuôi dê</td><td rowspan=2>Kinh tế</td><td>{PLACE}</td>"
        f"<td>8 hộ</td></tr><tr><td>2</td><td>Nuôi gà</td><td>{PLACE}</td><td>9 hộ</td></tr>"
        "</table></body></html>"
    )
    (tmp_path / "web.xls").write_text(page, encoding="utf-8")
    (old,) = documents(tmp_path / "cu.xls")
    assert (old.title, old.locators) == ("Nuôi dê", (Locator(0, "row", 2, "Đăng ký"),))
    first, second = documents(tmp_path / "web.xls")
    assert (first.title, first.locators[0].number) == ("Nuôi dê", 3)
    assert (second.title, second.field, second.case.results[0].text) == (
        "Nuôi gà",
        Field.ECONOMY,
        "9 hộ",
    )


# --- mapping files ---------------------------------------------------------------------------


ODD = [["ghi gì đó"], ["Việc", "Đã làm", "Được gì", "Bỏ"], ["Nuôi dê", "Góp vốn", "8 hộ", "zzz"]]
MAPPING = """
header_row = 2
province = "Bình Thuận"
field = "kinh-te"
topics = ["giam-ngheo"]
[columns]
"Việc" = "name"
"Đã làm" = "approach"
"Được gì" = "results"
"Bỏ" = "ignore"
"""


@pytest.mark.parametrize("name", ["so.xlsx.mapping.toml", "mapping.toml"])
def test_a_mapping_file_explains_odd_registers(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text(MAPPING, encoding="utf-8")
    (document,) = one_sheet(tmp_path, ODD)
    assert document.case is not None
    assert (document.title, document.province, document.topics) == (
        "Nuôi dê",
        "Bình Thuận",
        ("nong-nghiep", "giam-ngheo"),
    )
    assert document.case.approach == ("Góp vốn",)
    assert "zzz" not in document.text


@pytest.mark.parametrize(
    ("toml", "message"),
    [
        ("header_row = 9", "'header_row' là 9"),
        ("header_row = 0", "'header_row' phải từ 1 trở lên"),
        ("header_rows = 2", "có phải ý là 'header_row'"),
        ('province = "Cà Mauu"', "không có tỉnh, thành 'Cà Mauu'. Gần nhất: Cà Mau"),
        ('field = "kinhte"', "'field' phải là một trong: kinh-te"),
        ('sheets = ["2023"]', "không có trang tính '2023'"),
        ('[columns]\n"Tên mô hinh" = "nam"', "gán cho 'nam', nhưng chỉ có: number, name"),
        ('[columns]\n"Tên mô hìn" = "name"', "có phải ý là 'Tên mô hình'"),
        ("province = Cà Mau", "TOML sai"),
    ],
)
def test_errors_in_a_mapping_file_name_it_and_the_remedy(
    toml: str, message: str, tmp_path: Path
) -> None:
    (tmp_path / "mapping.toml").write_text(toml, encoding="utf-8")
    path = write(tmp_path / "so.xlsx", {"A": [HEAD, row(1, "Nuôi dê")]})
    with pytest.raises(ExtractionFailed) as caught:
        read(path)
    assert str(caught.value).startswith("mapping.toml: ")
    assert message in str(caught.value)


# --- what cannot be read -----------------------------------------------------------------------


def test_rows_that_belong_to_no_model_and_registers_without_rows_are_reported(
    tmp_path: Path,
) -> None:
    stray, document = read(
        write(
            tmp_path / "so.xlsx", {"A": [HEAD, [1, "", "Kinh tế", PLACE, "x"], row(2, "Nuôi dê")]}
        )
    )
    assert "trang tính “A”, dòng 2: dòng không có tên mô hình" in str(stray.error)
    assert document.title == "Nuôi dê"
    (empty,) = read(write(tmp_path / "rong.xlsx", {"A": [HEAD]}))
    assert isinstance(empty.error, EmptyDocument)


def test_empty_workbooks_are_reported(tmp_path: Path) -> None:
    with pytest.raises(EmptyDocument, match=r"so\.xlsx: bảng tính không có trang nào"):
        read(write(tmp_path / "so.xlsx", {"A": []}))


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)]
)
def test_damaged_workbooks_are_reported(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "so.xlsx"
    path.write_bytes(content)
    with pytest.raises(ExtractionFailed, match=r"so\.xlsx: "):
        read(path)


def test_a_panic_inside_the_library_is_an_ordinary_failure(tmp_path: Path) -> None:
    book = xlwt.Workbook()
    book.add_sheet("A").write(0, 0, "x")
    path = tmp_path / "so.xls"
    book.save(str(path))
    content = bytearray(path.read_bytes())
    content[0x1E] = 3  # sectors of eight bytes: too small for what they hold
    path.write_bytes(content)
    with pytest.raises(ExtractionFailed, match=r"so\.xls: bảng tính bị hỏng"):
        read(path)


def test_cells_so_far_apart_that_memory_would_end_are_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"] = book.active["XFD1048576"] = "x"
    book.save(tmp_path / "so.xlsx")
    with pytest.raises(UnsafeSource, match="dòng 1048576, cột 16384"):
        read(tmp_path / "so.xlsx")


def test_files_over_the_limit_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "so.xlsx", {"A": [HEAD]})
    with pytest.raises(UnsupportedSource, match="lớn hơn giới hạn"):
        list(extract(SourceFile(path, "register"), Limits(max_bytes=100)))
