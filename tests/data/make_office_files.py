"""Make a folder of files as offices have them: every format and encoding, good and hostile.

    python tests/data/make_office_files.py DIRECTORY

The same bytes in every run. `EXPECTED` says which sentence each good file must be found by and
where it stands, `FAILURES` how each bad one must fail. The ".doc" is a fixture from
`tests/data/office`, since no Python package writes that format.
"""

import email.policy
import importlib.util
import io
import json
import re
import shutil
import sys
import unicodedata
import zipfile
import zlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import docx
import openpyxl
import pptx
import xlwt
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

_HERE = Path(__file__).resolve().parent
if __name__ == "__main__":  # run as a script from anywhere
    sys.path.insert(0, str(_HERE.parent.parent))

from tests.data.legacy_bytes import (  # noqa: E402 - needs the path above
    to_cp1258,
    to_mojibake,
    to_tcvn3,
    to_viscii,
    to_vni,
)
from tests.data.office_stories import STORIES, Story  # noqa: E402

_DATE = (2024, 6, 3, 8, 0, 0)
_FONT = "DejaVuSans.ttf"

# Rows of registers: number, name, commune, organisation, content, result.
_REGISTER = (
    (1, "Nuôi dê vỗ béo trên rẫy", "xã Tân Xuân", "Hội Nông dân xã", "Góp vốn mua giống chung",
     "31 hộ lãi 268 triệu đồng"),
    (2, "Đèn đường chạy điện mặt trời", "xã Sông Phan", "Đoàn thanh niên xã",
     "Mỗi nhà góp một cột đèn", "Thắp sáng 5,9 km đường thôn"),
)  # fmt: skip
_REGISTER_2 = (
    (1, "Tổ hòa giải ba thế hệ", "xã Tân Thắng", "Mặt trận xã", "Ông bà, cha mẹ, con cháu cùng bàn",
     "Hòa giải xong 57 trên 59 vụ"),
)  # fmt: skip
_XLS = (
    (1, "Máy cày dùng chung", "xã Vĩnh Xương", "Hội Nông dân", "Hai mươi nhà góp tiền mua máy",
     "Cày thuê được 246 công ruộng"),
    (2, "Lớp bơi mùa hè miễn phí", "xã Phú Lộc", "Hội Phụ nữ", "Quây lưới trên sông dạy bơi",
     "Dạy 319 em biết bơi"),
)  # fmt: skip
_CSV = (
    (1, "Gian hàng không đồng", "phường Mỹ Bình", "Hội Chữ thập đỏ", "Ai thừa góp, ai thiếu lấy",
     "Trao 1.584 phần quà"),
    (2, "Câu lạc bộ cha mẹ học cùng con", "phường Mỹ Phước", "Hội Khuyến học", "Họp tối thứ tư",
     "Có 207 gia đình tham gia"),
)  # fmt: skip
_CSV_1258 = (
    (1, "Đường hoa mười giờ", "xã Lương Phú", "Chi hội phụ nữ", "Trồng hoa thay cỏ hai bên đường",
     "Trồng 7,3 km hoa"),
    (2, "Góp gạo nuôi cháu mồ côi", "xã Tân Thanh", "Hội Người cao tuổi", "Mỗi bữa bớt một nắm gạo",
     "Nuôi 16 cháu, góp 2.044 kg gạo"),
)  # fmt: skip
_ODS = (
    (1, "Trồng dâu nuôi tằm trên đất bãi", "xã Việt Thành", "Hợp tác xã", "Cho nhau mượn né tằm",
     "Bán 12,8 tấn kén"),
)  # fmt: skip
_WEB_XLS = (
    (1, "Nhà văn hóa mở cửa mỗi tối", "xã Hải Đường", "Đảng ủy xã", "Giao chìa khóa cho thanh niên",
     "Mở cửa 328 buổi tối"),
)  # fmt: skip
_HEADINGS = ("STT", "Tên mô hình", "Địa bàn", "Đơn vị thực hiện", "Cách làm", "Kết quả")

EXPECTED: Mapping[str, tuple[str, str | None]] = {
    "bao-cao-hien-dat.docx": (STORIES["docx"].figure, None),
    "bao-cao-phong-chu-cu.docx": (STORIES["docx_tcvn3"].figure, None),
    "bao-cao-nuoi-ca.doc": ("thả 1.250 kg cá giống trên 36 ha ruộng", None),
    "ke-hoach.rtf": (STORIES["rtf"].figure, None),
    "ke-hoach-cp1258.rtf": (STORIES["rtf_cp1258"].figure, None),
    "tong-ket.pdf": (STORIES["pdf"].figure, "trang 2"),
    "ban-quet.pdf": (STORIES["scan"].figure, "trang 1"),
    "tap-huan.pptx": (STORIES["pptx"].figure, "trang chiếu 2"),
    "so-theo-doi.xlsx": (_REGISTER[1][5], "trang tính “Kinh tế”, dòng 6"),
    "phieu-dang-ky.xlsx": ("Giảm 23 vụ mất trộm", "trang tính “Phiếu”, dòng 3"),
    "dang-ky-2022.xls": (_XLS[1][5], "trang tính “Đăng ký”, dòng 5"),
    "danh-sach.csv": (_CSV[1][5], "dòng 3"),
    "danh-sach-cp1258.csv": (_CSV_1258[1][5], "dòng 3"),
    "danh-sach.ods": (_ODS[0][5], "trang tính “Năm 2023”, dòng 3"),
    "Ghi chép của xóm.txt": (STORIES["txt_utf8"].figure, None),
    "utf16.txt": (STORIES["txt_utf16"].figure, None),
    "tcvn3.txt": (STORIES["txt_tcvn3"].figure, None),
    "vni.txt": (STORIES["txt_vni"].figure, None),
    "viscii.txt": (STORIES["txt_viscii"].figure, None),
    "luu-sai-bang-ma.txt": (STORIES["txt_mojibake"].figure, None),
    "nfd.txt": (STORIES["txt_nfd"].figure, None),
    "bai-viet.html": (STORIES["html"].figure, None),
    "bai-viet-cp1258.html": (STORIES["html_cp1258"].figure, None),
    "bai-viet.md": (STORIES["md_article"].figure, None),
    "mo-hinh.md": ("Đào 1.380 hố rác gia đình", None),
    "so-mo-hinh.jsonl": ("Ghép được 62 cặp bạn học", None),
    "thu-gui.eml": (STORIES["eml"].figure, None),
    "thu-gui.eml!/phu-luc.docx": (STORIES["eml_attachment"].figure, None),
    "goi-tai-lieu.zip!/Năm 2023/nhà sàn.txt": (STORIES["zip_member"].figure, None),
    "goi-tai-lieu.zip!/cu/goi-con.zip!/tram-bom.docx": (STORIES["zip_nested"].figure, None),
    "van-ban.odt": (STORIES["odt"].figure, None),
    "thuc-ra-la-docx.doc": (STORIES["docx_as_doc"].figure, None),
    "thuc-ra-la-rtf.doc": (STORIES["rtf_as_doc"].figure, None),
    "thuc-ra-la-trang-web.xls": (_WEB_XLS[0][5], "dòng 2"),
}
"""End of a document's origin to the sentence in its text and the label of its locator."""

FAILURES: Mapping[str, str] = {
    "bom-nen.zip": "unsafe_source",
    "thoat-ra-ngoai.zip": "unsafe_source",
    "ty-tieng-cuoi.docx": "unsafe_source",
    "cat-cut.pdf": "extraction_failed",
    "co-mat-khau.pdf": "extraction_failed",
    "co-mat-khau.zip": "extraction_failed",
    "rong.txt": "empty_document",
    "nhi-phan.txt": "unsupported_source",
}
"""File (or archive that holds it) to the code of the error that its report must carry."""


def make(folder: Path) -> list[Path]:
    """Write all files into a folder and return their paths, sorted.

    Args:
        folder: Is made if it does not exist.

    Raises:
        FileNotFoundError: No font with Vietnamese letters is installed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in {**_office(), **_tables(), **_texts(), **_containers(), **_hostile()}.items():
        (folder / name).write_bytes(data)
    shutil.copyfile(_HERE / "office" / "unicode.doc", folder / "bao-cao-nuoi-ca.doc")
    return sorted(folder.iterdir())


# --- office formats -------------------------------------------------------------------------


def _office() -> dict[str, bytes]:
    return {
        "bao-cao-hien-dat.docx": _docx(STORIES["docx"], letterhead=True),
        "bao-cao-phong-chu-cu.docx": _docx(STORIES["docx_tcvn3"], legacy=True),
        "thuc-ra-la-docx.doc": _docx(STORIES["docx_as_doc"]),
        "ke-hoach.rtf": _rtf(STORIES["rtf"]),
        "ke-hoach-cp1258.rtf": _rtf_cp1258(STORIES["rtf_cp1258"]),
        "thuc-ra-la-rtf.doc": _rtf(STORIES["rtf_as_doc"]),
        "tong-ket.pdf": _pdf(STORIES["pdf"]),
        "ban-quet.pdf": _scan(STORIES["scan"]),
        "tap-huan.pptx": _pptx(STORIES["pptx"]),
        "van-ban.odt": _odt(STORIES["odt"]),
    }


def _docx(story: Story, *, letterhead: bool = False, legacy: bool = False) -> bytes:
    document = docx.Document()
    if letterhead:
        head = document.add_table(rows=1, cols=2)
        head.cell(0, 0).text = "ỦY BAN NHÂN DÂN\nXÃ TÂN THUẬN\nSố: 45/BC-UBND"
        head.cell(0, 1).text = (
            "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
            "Tân Thuận, ngày 3 tháng 6 năm 2024"
        )
    for number, text in enumerate((story.title, *story.paragraphs, story.figure)):
        style = "Heading 1" if number == 0 and not legacy else None
        paragraph = document.add_paragraph(style=style)
        run = paragraph.add_run(to_tcvn3(_plain(text)).decode("latin-1") if legacy else text)
        if legacy:
            run.font.name = ".VnTime"
    if letterhead:
        table = document.add_table(rows=1, cols=2)
        for cell, text in zip(table.rows[0].cells, ("Đoạn", "Chiều dài (m)"), strict=True):
            cell.text = text
        for values in (("Rạch Lùm", "820"), ("Xóm Chùa", "450")):
            for cell, text in zip(table.add_row().cells, values, strict=True):
                cell.text = text
    buffer = io.BytesIO()
    document.save(buffer)
    return _frozen(buffer.getvalue())


def _plain(text: str) -> str:
    """Return text without the quotation marks that old encodings lack."""
    return text.translate({0x201C: '"', 0x201D: '"', 0x2013: "-"}).replace("m²", "m2")


def _rtf(story: Story) -> bytes:
    def escaped(text: str) -> str:
        return "".join(
            char if ord(char) < 128 else f"\\u{ord(char) - 65536 * (ord(char) > 32767)}?"
            for char in text
        )

    lines = "\n".join(
        f"{escaped(text)}\\par" for text in (story.title, *story.paragraphs, story.figure)
    )
    return (
        f"{{\\rtf1\\ansi\\ansicpg1252\\uc1\\deff0{{\\fonttbl{{\\f0 Arial;}}}}\n{lines}\n}}".encode()
    )


def _rtf_cp1258(story: Story) -> bytes:
    lines = b""
    for text in (story.title, *story.paragraphs, story.figure):
        raw = to_cp1258(_plain(text))
        lines += b"".join(
            bytes([byte]) if byte < 128 else f"\\'{byte:02x}".encode() for byte in raw
        )
        lines += b"\\par\n"
    font = b"{\\fonttbl{\\f0\\fcharset163 Arial;}}"
    return b"{\\rtf1\\ansi\\ansicpg1258\\deff0" + font + b"\n\\f0 " + lines + b"}"


def _font_path() -> Path:
    spec = importlib.util.find_spec("matplotlib")
    folders = [Path("/usr/share/fonts/truetype/dejavu"), Path("/usr/share/fonts/dejavu-sans-fonts")]
    if spec is not None and spec.origin is not None:
        folders.insert(0, Path(spec.origin).parent / "mpl-data" / "fonts" / "ttf")
    for folder in folders:
        if (folder / _FONT).is_file():
            return folder / _FONT
    raise FileNotFoundError(f"{_FONT}: install matplotlib or the system package fonts-dejavu-core")


def _canvas(buffer: io.BytesIO, **options: object) -> Canvas:
    if "DejaVu" not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont("DejaVu", str(_font_path())))
    return Canvas(buffer, invariant=1, pageCompression=1, **options)


def _pdf(story: Story, **options: object) -> bytes:
    buffer = io.BytesIO()
    canvas = _canvas(buffer, **options)
    for page in ((story.title, *story.paragraphs), (story.figure,)):
        canvas.setFont("DejaVu", 11)
        y = 780
        for text in page:
            for line in _wrapped(text, 80):
                canvas.drawString(60, y, line)
                y -= 18
            y -= 10
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _wrapped(text: str, width: int) -> list[str]:
    lines = [""]
    for word in text.split():
        if len(lines[-1]) + len(word) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip()
    return lines


def _scan(story: Story) -> bytes:
    """Return a page that is only a picture, at 200 dots an inch."""
    page = Image.new("L", (1654, 2339), 255)
    draw = ImageDraw.Draw(page)
    font = ImageFont.truetype(str(_font_path()), 42)
    y = 240
    for text in (story.title, *story.paragraphs, story.figure):
        for line in _wrapped(text, 52):
            draw.text((170, y), line, font=font, fill=0)
            y += 72
        y += 40
    buffer = io.BytesIO()
    canvas = _canvas(buffer)
    canvas.drawImage(ImageReader(page), 0, 0, 595, 842)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _pptx(story: Story) -> bytes:
    deck = pptx.Presentation()
    slides = ((story.title, story.paragraphs), ("Kết quả", (story.figure,)))
    for title, lines in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    buffer = io.BytesIO()
    deck.save(buffer)
    return _frozen(buffer.getvalue())


_ODF = (
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" office:version="1.2"'
)


def _open_document(kind: str, body: str) -> bytes:
    mime = f"application/vnd.oasis.opendocument.{kind}"
    manifest = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
    return _zip(
        {
            "mimetype": mime.encode(),
            "content.xml": (
                f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {_ODF}>'
                f"<office:body>{body}</office:body></office:document-content>"
            ).encode(),
            "META-INF/manifest.xml": (
                '<?xml version="1.0" encoding="UTF-8"?>'
                f'<manifest:manifest xmlns:manifest="{manifest}" manifest:version="1.2">'
                f'<manifest:file-entry manifest:full-path="/" '
                f'manifest:media-type="{mime}"/>'
                '<manifest:file-entry manifest:full-path="content.xml" '
                'manifest:media-type="text/xml"/></manifest:manifest>'
            ).encode(),
        },
        stored={"mimetype"},
    )


def _odt(story: Story) -> bytes:
    heading = f'<text:h text:outline-level="1">{story.title}</text:h>'
    lines = "".join(f"<text:p>{text}</text:p>" for text in (*story.paragraphs, story.figure))
    return _open_document("text", f"<office:text>{heading}{lines}</office:text>")


# --- tables ---------------------------------------------------------------------------------


def _tables() -> dict[str, bytes]:
    csv_rows = [_HEADINGS, *_CSV]
    old_rows = [_HEADINGS, *_CSV_1258]
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
    for sheet, rows in ((economy, _REGISTER), (society, _REGISTER_2)):
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
    return _frozen(buffer.getvalue())


def _xls() -> bytes:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("Đăng ký")
    sheet.write(0, 0, "TỈNH AN GIANG")
    sheet.write(1, 0, "BIỂU ĐĂNG KÝ MÔ HÌNH LĨNH VỰC VĂN HÓA - XÃ HỘI NĂM 2022")
    for index, row in enumerate((_HEADINGS, *_XLS), 2):
        for position, value in enumerate(row):
            sheet.write(index, position, value)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _ods() -> bytes:
    rows = (("MÔ HÌNH LĨNH VỰC KINH TẾ TỈNH YÊN BÁI",), _HEADINGS, *_ODS)
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
    return _open_document("spreadsheet", f"<office:spreadsheet>{table}</office:spreadsheet>")


def _web_xls() -> bytes:
    headings = (*_HEADINGS, "Lĩnh vực", "Tỉnh")
    rows = [(*row, "Xây dựng hệ thống chính trị", "Nam Định") for row in _WEB_XLS]
    lines = "".join(
        "<tr>" + "".join(f"<td>{value}</td>" for value in row) + "</tr>"
        for row in (headings, *rows)
    )
    head = '<html><head><meta charset="utf-8"></head>'
    return f'{head}<body><table border="1">{lines}</table></body></html>'.encode()


# --- text -----------------------------------------------------------------------------------


def _texts() -> dict[str, bytes]:
    return {
        "Ghi chép của xóm.txt": _text("txt_utf8").encode(),
        "utf16.txt": _text("txt_utf16").encode("utf-16-le"),
        "tcvn3.txt": to_tcvn3(_plain(_text("txt_tcvn3"))),
        "vni.txt": to_vni(_plain(_text("txt_vni"))),
        "viscii.txt": to_viscii(_plain(_text("txt_viscii"))),
        "luu-sai-bang-ma.txt": to_mojibake(_text("txt_mojibake")).encode(),
        "nfd.txt": unicodedata.normalize("NFD", _text("txt_nfd")).encode(),
        "bai-viet.html": _page(STORIES["html"], "utf-8").encode(),
        "bai-viet-cp1258.html": to_cp1258(_plain(_page(STORIES["html_cp1258"], "windows-1258"))),
        "bai-viet.md": (
            "---\nkind: article\n"
            f"title: {STORIES['md_article'].title}\npublished: 2024-03-15\n---\n\n"
            + "\n\n".join((*STORIES["md_article"].paragraphs, STORIES["md_article"].figure))
        ).encode(),
        "mo-hinh.md": _case().encode(),
        "so-mo-hinh.jsonl": _casebook().encode(),
    }


def _text(name: str) -> str:
    story = STORIES[name]
    return "\n\n".join((story.title, *story.paragraphs, story.figure)) + "\n"


def _page(story: Story, charset: str) -> str:
    paragraphs = "".join(f"<p>{text}</p>\n" for text in (*story.paragraphs, story.figure))
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="{charset}">'
        f"<title>{story.title}</title></head>\n<body><nav><a href='/'>Trang chủ</a> "
        f"<a href='/tin'>Tin mới</a></nav>\n<article><h1>{story.title}</h1>\n{paragraphs}</article>"
        "<footer>Liên hệ quảng cáo</footer></body></html>\n"
    )


def _case() -> str:
    return """---
id: ho-rac-gia-dinh-binh-an
name: Hố rác gia đình hai ngăn
field: van-hoa-xa-hoi
topics: [moi-truong]
province: Tiền Giang
district: huyện Gò Công Tây
commune: xã Bình Nhì
organization: Hội Liên hiệp Phụ nữ xã
period: 2021-2023
figures:
  - {result: 1, value: 1380, unit: hố}
---

## Thực trạng

Xe gom rác không vào được các ấp ven kênh.

## Cách làm

1. Hướng dẫn đào hố hai ngăn, một ngăn ủ, một ngăn chôn.
2. Chi hội đến từng nhà kiểm tra mỗi quý.

## Kết quả

- Đào 1.380 hố rác gia đình ở bảy ấp.
"""


def _casebook() -> str:
    record = {
        "id": "doi-ban-cung-tien-phuong-xuan-phu",
        "name": "Đôi bạn cùng tiến",
        "field": "van-hoa-xa-hoi",
        "topics": ["giao-duc"],
        "province": "Đắk Lắk",
        "commune": "xã Xuân Phú",
        "approach": ["Ghép một em học khá với một em học yếu ở gần nhà."],
        "results": [{"text": "Ghép được 62 cặp bạn học", "value": 62, "unit": "cặp"}],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"


# --- mails and archives -----------------------------------------------------------------------


def _containers() -> dict[str, bytes]:
    inner = _zip({"tram-bom.docx": _docx(STORIES["zip_nested"])})
    members = {
        "Năm 2023/nhà sàn.txt": _text("zip_member").encode(),
        "cu/goi-con.zip": inner,
        "__MACOSX/._rac": b"\x00\x05",
        "anh.jpg": b"\xff\xd8\xff\xe0",
    }
    return {"thu-gui.eml": _mail(), "goi-tai-lieu.zip": _zip(members)}


def _mail() -> bytes:
    story = STORIES["eml"]
    # Not folded: Python drops the space between two encoded words of a folded header.
    mail = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=300))
    mail["From"] = "Đồn biên phòng <don@example.vn>"
    mail["To"] = "ban-dan-van@example.vn"
    mail["Subject"] = story.title
    mail["Date"] = "Mon, 03 Jun 2024 08:00:00 +0700"
    mail["Message-ID"] = "<vuon-rau@example.vn>"
    mail.set_content("\n\n".join((*story.paragraphs, story.figure)) + "\n")
    mail.add_attachment(
        _docx(STORIES["eml_attachment"]),
        maintype="application",
        subtype="vnd.openxmlformats-officedocument.wordprocessingml.document",
        filename="phu-luc.docx",
    )
    mail.set_boundary("ranh-gioi-phan-thu")
    return mail.as_bytes()


def _zip(members: Mapping[str, bytes], *, stored: Iterable[str] = ()) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, _DATE)
            info.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, data)
    return buffer.getvalue()


_NOW = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")


def _frozen(package: bytes) -> bytes:
    """Return an office package with the times of its writing made constant."""
    stamp = datetime(*_DATE, tzinfo=UTC).strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    core = "docProps/core.xml"
    if core in members:
        members[core] = _NOW.sub(rb"\g<1>" + stamp + rb"\g<2>", members[core])
    return _zip(members)


# --- hostile --------------------------------------------------------------------------------


def _hostile() -> dict[str, bytes]:
    story = STORIES["pdf"]
    secret = StandardEncryption("mo-ra", ownerPassword="chu", canPrint=0)
    return {
        "bom-nen.zip": _zip({"bom.txt": bytes(30_000_000)}),
        "thoat-ra-ngoai.zip": _zip({"../../thoat.txt": b"ra ngoai"}),
        "ty-tieng-cuoi.docx": _billion_laughs(),
        "cat-cut.pdf": _pdf(story)[:900],
        "co-mat-khau.pdf": _pdf(story, encrypt=secret),
        "co-mat-khau.zip": _encrypted_zip("mat.txt", "Nội dung kín".encode(), b"mat-khau"),
        "rong.txt": b"",
        "nhi-phan.txt": bytes(range(256)) * 8,
    }


def _billion_laughs() -> bytes:
    entities = '<!ENTITY a0 "ha">' + "".join(
        f'<!ENTITY a{level} "{f"&a{level - 1};" * 10}">' for level in range(1, 10)
    )
    body = (
        f'<?xml version="1.0"?><!DOCTYPE w [{entities}]><w:document xmlns:w="http://schemas.'
        'openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>&a9;</w:t></w:r>'
        "</w:p></w:body></w:document>"
    )
    with zipfile.ZipFile(io.BytesIO(_docx(STORIES["docx"]))) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    return _zip({**members, "word/document.xml": body.encode()})


def _encrypted_zip(name: str, data: bytes, password: bytes) -> bytes:
    """Return an archive with one member in the traditional encryption of PKWARE (APPNOTE 6.1)."""
    keys = [0x12345678, 0x23456789, 0x34567890]

    def crc(byte: int, start: int) -> int:
        return zlib.crc32(bytes([byte]), start ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    def update(byte: int) -> None:
        keys[0] = crc(byte, keys[0])
        keys[1] = ((keys[1] + (keys[0] & 0xFF)) * 134775813 + 1) & 0xFFFFFFFF
        keys[2] = crc(keys[1] >> 24, keys[2])

    for byte in password:
        update(byte)
    checksum = zlib.crc32(data)
    secret = bytearray()
    for byte in (*range(11), checksum >> 24, *data):
        word = (keys[2] | 2) & 0xFFFF
        secret.append(byte ^ (((word * (word ^ 1)) >> 8) & 0xFF))
        update(byte)
    plain = _zip({name: bytes(secret)}, stored={name})
    # Stored as it is, the member only lacks the flag, its size and its checksum: in both headers.
    out = bytearray(plain)
    for header, flags, sums in ((b"PK\x03\x04", 6, 14), (b"PK\x01\x02", 8, 16)):
        start = out.index(header)
        out[start + flags] |= 1
        out[start + sums : start + sums + 4] = checksum.to_bytes(4, "little")
        size = start + sums + 8
        out[size : size + 4] = len(data).to_bytes(4, "little")
    return bytes(out)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    make(Path(sys.argv[1]))
