"""Registers and forms: XLSX, XLS, CSV, ODS, a page under the name of a spreadsheet."""

import io
from collections.abc import Iterable, Sequence

import openpyxl
import xlwt

from tests.data.legacy_bytes import to_cp1258
from tests.data.office_files.packages import frozen, open_document

# Rows of registers: number, name, commune, organisation, content, result.
REGISTER = (
    (1, "Nuôi dê vỗ béo trên rẫy", "xã Tân Xuân", "Hội Nông dân xã", "Góp vốn mua giống chung",
     "31 hộ lãi 268 triệu đồng"),
    (2, "Đèn đường chạy điện mặt trời", "xã Sông Phan", "Đoàn thanh niên xã",
     "Mỗi nhà góp một cột đèn", "Thắp sáng 5,9 km đường thôn"),
)  # fmt: skip
REGISTER_2 = (
    (1, "Tổ hòa giải ba thế hệ", "xã Tân Thắng", "Mặt trận xã", "Ông bà, cha mẹ, con cháu cùng bàn",
     "Hòa giải xong 57 trên 59 vụ"),
)  # fmt: skip
XLS = (
    (1, "Máy cày dùng chung", "xã Vĩnh Xương", "Hội Nông dân", "Hai mươi nhà góp tiền mua máy",
     "Cày thuê được 246 công ruộng"),
    (2, "Lớp bơi mùa hè miễn phí", "xã Phú Lộc", "Hội Phụ nữ", "Quây lưới trên sông dạy bơi",
     "Dạy 319 em biết bơi"),
)  # fmt: skip
CSV = (
    (1, "Gian hàng không đồng", "phường Mỹ Bình", "Hội Chữ thập đỏ", "Ai thừa góp, ai thiếu lấy",
     "Trao 1.584 phần quà"),
    (2, "Câu lạc bộ cha mẹ học cùng con", "phường Mỹ Phước", "Hội Khuyến học", "Họp tối thứ tư",
     "Có 207 gia đình tham gia"),
)  # fmt: skip
CSV_1258 = (
    (1, "Đường hoa mười giờ", "xã Lương Phú", "Chi hội phụ nữ", "Trồng hoa thay cỏ hai bên đường",
     "Trồng 7,3 km hoa"),
    (2, "Góp gạo nuôi cháu mồ côi", "xã Tân Thanh", "Hội Người cao tuổi", "Mỗi bữa bớt một nắm gạo",
     "Nuôi 16 cháu, góp 2.044 kg gạo"),
)  # fmt: skip
ODS = (
    (1, "Trồng dâu nuôi tằm trên đất bãi", "xã Việt Thành", "Hợp tác xã", "Cho nhau mượn né tằm",
     "Bán 12,8 tấn kén"),
)  # fmt: skip
WEB_XLS = (
    (1, "Nhà văn hóa mở cửa mỗi tối", "xã Hải Đường", "Đảng ủy xã", "Giao chìa khóa cho thanh niên",
     "Mở cửa 328 buổi tối"),
)  # fmt: skip
_HEADINGS = ("STT", "Tên mô hình", "Địa bàn", "Đơn vị thực hiện", "Cách làm", "Kết quả")


def tables() -> dict[str, bytes]:
    csv_rows = [_HEADINGS, *CSV]
    old_rows = [_HEADINGS, *CSV_1258]
    return {
        "so-theo-doi.xlsx": _xlsx(),
        "phieu-dang-ky.xlsx": _form(),
        "dang-ky-2022.xls": _xls(),
        "danh-sach.csv": _joined(csv_rows, ",", "An Giang").encode("utf-8-sig"),
        "danh-sach-cp1258.csv": to_cp1258(_joined(old_rows, ";", "Bến Tre")),
        "danh-sach.ods": _ods(),
        "thuc-ra-la-trang-web.xls": _web_xls(),
    }


def _joined(rows: Iterable[Sequence[object]], delimiter: str, province: str) -> str:
    lines = [
        delimiter.join(f'"{value}"' if delimiter in str(value) else str(value) for value in row)
        for row in rows
    ]
    last = [f"{delimiter}Tỉnh{delimiter}Lĩnh vực"] + [
        f"{delimiter}{province}{delimiter}Văn hóa - xã hội" for _ in lines[1:]
    ]
    return "".join(f"{line}{more}\r\n" for line, more in zip(lines, last, strict=True))


def _xlsx() -> bytes:
    book = openpyxl.Workbook()
    economy = book.active
    economy.title = "Kinh tế"
    society = book.create_sheet("Hệ thống chính trị")
    for sheet, rows in ((economy, REGISTER), (society, REGISTER_2)):
        sheet.append(["UBND HUYỆN HÀM TÂN, TỈNH BÌNH THUẬN"])
        sheet.append(["DANH SÁCH MÔ HÌNH “DÂN VẬN KHÉO” NĂM 2023"])
        sheet.append([])
        for row in (_HEADINGS, *rows):
            sheet.append(list(row))
        sheet.append(["", "Tổng cộng", "", "", "", len(rows)])
        sheet.merge_cells("A1:F1")
        sheet.merge_cells("A2:F2")
    return _saved(book)


def _form() -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Phiếu"
    for row in (
        ["PHIẾU ĐĂNG KÝ MÔ HÌNH"],
        [],
        [1, "Tên mô hình", "Tổ liên gia giữ gìn an ninh trật tự"],
        [2, "Thực trạng, lý do xây dựng", "Cuối năm hay mất trộm gia cầm"],
        [3, "Nội dung, cách thức thực hiện", "Mười nhà một tổ, chung một nhóm Zalo"],
        [4, "Địa bàn, đối tượng", "Thôn 3, xã Ea Kpam, huyện Cư M'gar, tỉnh Đắk Lắk"],
        [5, "Kết quả", "Giảm 23 vụ mất trộm"],
    ):
        sheet.append(row)
    return _saved(book)


def _saved(book: openpyxl.Workbook) -> bytes:
    buffer = io.BytesIO()
    book.save(buffer)
    return frozen(buffer.getvalue())


def _xls() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Đăng ký")
    sheet.write(0, 0, "TỈNH AN GIANG")
    sheet.write(1, 0, "BIỂU ĐĂNG KÝ MÔ HÌNH LĨNH VỰC VĂN HÓA - XÃ HỘI NĂM 2022")
    for index, row in enumerate((_HEADINGS, *XLS), 2):
        for position, value in enumerate(row):
            sheet.write(index, position, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _ods() -> bytes:
    rows = (("MÔ HÌNH LĨNH VỰC KINH TẾ TỈNH YÊN BÁI",), _HEADINGS, *ODS)
    lines = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{value}</text:p>'
            "</table:table-cell>"
            for value in row
        )
        + "</table:table-row>"
        for row in rows
    )
    table = f'<table:table table:name="Năm 2023">{lines}</table:table>'
    return open_document("spreadsheet", f"<office:spreadsheet>{table}</office:spreadsheet>")


def _web_xls() -> bytes:
    headings = (*_HEADINGS, "Lĩnh vực", "Tỉnh")
    rows = [(*row, "Xây dựng hệ thống chính trị", "Nam Định") for row in WEB_XLS]
    lines = "".join(
        "<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
        for row in (headings, *rows)
    )
    head = '<html><head><meta charset="utf-8"></head>'
    return f'{head}<body><table border="1">{lines}</table></body></html>'.encode()
