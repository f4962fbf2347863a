"""Documents and slides: DOCX, RTF, ODT, PPTX, PDF."""

import io

import docx
import pptx

from tests.data.legacy_bytes import to_cp1258, to_tcvn3
from tests.data.office_files.packages import frozen, open_document
from tests.data.office_files.pdf import pdf_of, scan_of
from tests.data.office_files.texts import plain
from tests.data.office_stories import STORIES, Story


def documents() -> dict[str, bytes]:
    return {
        "bao-cao-hien-dat.docx": docx_of(STORIES["docx"], letterhead=True),
        "bao-cao-phong-chu-cu.docx": docx_of(STORIES["docx_tcvn3"], legacy=True),
        "thuc-ra-la-docx.doc": docx_of(STORIES["docx_as_doc"]),
        "ke-hoach.rtf": rtf_of(STORIES["rtf"]),
        "ke-hoach-cp1258.rtf": _rtf_cp1258(STORIES["rtf_cp1258"]),
        "thuc-ra-la-rtf.doc": rtf_of(STORIES["rtf_as_doc"]),
        "tong-ket.pdf": pdf_of(STORIES["pdf"]),
        "ban-quet.pdf": scan_of(STORIES["scan"]),
        "tap-huan.pptx": _pptx(STORIES["pptx"]),
        "van-ban.odt": _odt(STORIES["odt"]),
    }


def docx_of(story: Story, *, letterhead: bool = False, legacy: bool = False) -> bytes:
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
        run = paragraph.add_run(to_tcvn3(plain(text)).decode("latin-1") if legacy else text)
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
    return frozen(buffer.getvalue())


def rtf_of(story: Story) -> bytes:
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
        raw = to_cp1258(plain(text))
        lines += b"".join(
            bytes([byte]) if byte < 128 else f"\\'{byte:02x}".encode() for byte in raw
        )
        lines += b"\\par\n"
    font = b"{\\fonttbl{\\f0\\fcharset163 Arial;}}"
    return b"{\\rtf1\\ansi\\ansicpg1258\\deff0" + font + b"\n\\f0 " + lines + b"}"


def _pptx(story: Story) -> bytes:
    deck = pptx.Presentation()
    slides = ((story.title, story.paragraphs), ("Kết quả", (story.figure,)))
    for title, lines in slides:
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = title
        slide.placeholders[1].text = "\n".join(lines)
    buffer = io.BytesIO()
    deck.save(buffer)
    return frozen(buffer.getvalue())


def _odt(story: Story) -> bytes:
    heading = f'<text:h text:outline-level="1">{story.title}</text:h>'
    lines = "".join(f"<text:p>{text}</text:p>" for text in (*story.paragraphs, story.figure))
    return open_document("text", f"<office:text>{heading}{lines}</office:text>")
