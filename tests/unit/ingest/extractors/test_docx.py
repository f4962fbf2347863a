"""Word files made here, with what offices' files hold, to documents."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import docx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn

from ingest.extractors.docx import extract
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import EmptyDocument, ExtractionFailed, UnsafeSource
from kb.models import Document

LIMITS = Limits()


def read(path: Path, limits: Limits = LIMITS) -> Document:
    (document,) = extract(SourceFile(path, "docx"), limits)
    assert isinstance(document, Document)
    return document


def saved(word: docx.document.Document, folder: Path) -> Path:
    path = folder / "to-hop-tac.docx"
    word.save(str(path))
    return path


def rewrite(path: Path, change: Callable[[bytes], bytes]) -> Path:
    """Change the main part of a package."""
    target = path.with_name("changed.docx")
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.infolist():
            data = old.read(part)
            new.writestr(part, change(data) if part.filename == "word/document.xml" else data)
    return target


def test_body_is_read_in_order_with_headings_lists_and_tables(tmp_path: Path):
    word = docx.Document()
    word.add_heading("Nuôi cá trên ruộng lúa", 0)
    word.add_heading("Cách làm", 1)
    word.add_paragraph("Góp vốn theo hộ.", style="List Bullet")
    table = word.add_table(2, 2)
    for cell, text in zip(
        [cell for row in table.rows for cell in row.cells],
        ["Ấp", "Số hộ", "Rau Dừa", "24"],
        strict=True,
    ):
        cell.text = text
    word.add_paragraph("Mỗi vụ lãi 18 triệu đồng.")
    word.sections[0].header.paragraphs[0].text = "LƯU HÀNH NỘI BỘ"
    document = read(saved(word, tmp_path))
    assert document.text == (
        "Nuôi cá trên ruộng lúa\n\nCách làm\n\nGóp vốn theo hộ.\n\n"
        "Ấp | Số hộ\nRau Dừa | 24\n\nMỗi vụ lãi 18 triệu đồng."
    )


def test_a_merged_cell_is_read_once(tmp_path: Path):
    word = docx.Document()
    word.add_heading("Bảng", 0)
    table = word.add_table(3, 2)
    for index, row in enumerate(table.rows):
        for place, cell in enumerate(row.cells):
            cell.text = f"ô {index}{place}"
    table.cell(0, 0).merge(table.cell(0, 1)).text = "Kết quả"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "Ấp Một"
    document = read(saved(word, tmp_path))
    assert document.text == "Bảng\n\nKết quả\nẤp Một | ô 11\n| ô 21"


def test_runs_in_legacy_fonts_become_unicode_and_others_stay(tmp_path: Path):
    word = docx.Document()
    word.styles["Normal"].font.name = ".VnTime"
    word.styles["Normal"].element.rPr.rFonts.set(qn("w:hAnsi"), ".VnTime")
    paragraph = word.add_paragraph("M« h×nh nu«i c¸ cña ")
    paragraph.add_run("héi viªn").font.name = ".VnTimeH"
    paragraph.add_run(" – chị Lâm Thị Sáu").font.name = "Times New Roman"
    vni = word.add_paragraph()
    # A letter of VNI torn apart by a change of format.
    for text in ("Toå hôïp taù", "c", " aáp Rau Dö", "øa"):
        vni.add_run(text).font.name = "VNI-Times"
    document = read(saved(word, tmp_path))
    assert "Mô hình nuôi cá của HỘI VIÊN – chị Lâm Thị Sáu" in document.text
    assert "Tổ hợp tác ấp Rau Dừa" in document.text


def test_the_soft_hyphen_of_a_legacy_font_is_its_letter(tmp_path: Path):
    word = docx.Document()
    run = word.add_paragraph().add_run("TØnh C")
    run.font.name = ".VnTime"
    run._r.append(parse_xml(f"<w:softHyphen {nsdecls('w')}/>"))
    run._r.append(parse_xml(f"<w:t {nsdecls('w')}>êng gãp vèn</w:t>"))
    document = read(saved(word, tmp_path))
    assert document.title == "Tỉnh Cường góp vốn"


def test_text_boxes_and_insertions_are_read_and_deletions_are_not(tmp_path: Path):
    word = docx.Document()
    word.add_heading("Tổ tự quản", 0)
    paragraph = word.add_paragraph("Ấp có")
    names = nsdecls("w")
    paragraph._p.append(parse_xml(f"<w:ins {names} w:id='1'><w:r><w:t> 12 tổ.</w:t></w:r></w:ins>"))
    paragraph._p.append(
        parse_xml(f"<w:del {names} w:id='2'><w:r><w:delText>sai</w:delText></w:r></w:del>")
    )
    paragraph._p.append(
        parse_xml(
            f"<w:r {names}><w:pict><w:txbxContent><w:p><w:r><w:t>Ghi chú trong khung.</w:t>"
            "</w:r></w:p></w:txbxContent></w:pict></w:r>"
        )
    )
    # Word writes a box twice, for readers old and new.
    mc = "xmlns:mc='http://schemas.openxmlformats.org/markup-compatibility/2006'"
    box = "<w:txbxContent><w:p><w:r><w:t>Khung hai.</w:t></w:r></w:p></w:txbxContent>"
    paragraph._p.append(
        parse_xml(
            f"<w:r {names} {mc}><mc:AlternateContent><mc:Choice Requires='wps'>{box}</mc:Choice>"
            f"<mc:Fallback><w:pict>{box}</w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    document = read(saved(word, tmp_path))
    assert document.text == ("Tổ tự quản\n\nẤp có 12 tổ.\n\nGhi chú trong khung.\n\nKhung hai.")


def test_a_damaged_or_foreign_file_is_an_error_that_names_it(tmp_path: Path):
    whole = saved(docx.Document(), tmp_path).read_bytes()
    for name, data in {
        "cut.docx": whole[: len(whole) // 2],
        "rtf.docx": b"{\\rtf1 abc}",
        "html.docx": b"<html><body>abc</body></html>",
        "empty.docx": b"",
    }.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(ExtractionFailed, match=name):
            read(path)


def test_broken_xml_is_an_error_that_names_the_file(tmp_path: Path):
    path = rewrite(saved(docx.Document(), tmp_path), lambda data: data[:-40])
    with pytest.raises(ExtractionFailed, match=r"changed\.docx"):
        read(path)


def test_a_zip_without_word_parts_is_an_error(tmp_path: Path):
    path = tmp_path / "other.docx"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("hello.txt", "xin chào")
    with pytest.raises(ExtractionFailed, match=r"other\.docx"):
        read(path)


def test_entity_expansion_is_refused(tmp_path: Path):
    levels = "".join(f'<!ENTITY l{level} "{f"&l{level - 1};" * 10}">' for level in range(1, 10))
    bomb = f'<?xml version="1.0"?><!DOCTYPE w [<!ENTITY l0 "ha">{levels}]>'.encode()
    path = rewrite(
        saved(docx.Document(), tmp_path),
        lambda data: bomb + data.partition(b"?>")[2].replace(b"<w:sectPr", b"&l9;<w:sectPr"),
    )
    with pytest.raises(UnsafeSource, match=r"changed\.docx"):
        read(path)


def test_a_part_that_unpacks_beyond_the_limit_is_refused(tmp_path: Path):
    path = rewrite(
        saved(docx.Document(), tmp_path),
        lambda data: data.replace(b"</w:body>", b" " * 3_000_000 + b"</w:body>"),
    )
    assert path.stat().st_size < 100_000
    with pytest.raises(UnsafeSource, match="quá lớn"):
        read(path, Limits(max_bytes=1_000_000))


def test_deep_nesting_does_not_break_the_reader(tmp_path: Path):
    depth = 3000
    deep = b"<w:smartTag>" * depth + b"<w:r><w:t>abc</w:t></w:r>" + b"</w:smartTag>" * depth
    path = rewrite(
        saved(docx.Document(), tmp_path),
        lambda data: data.replace(b"<w:sectPr", b"<w:p>" + deep + b"</w:p><w:sectPr", 1),
    )
    with pytest.raises(ExtractionFailed, match=r"changed\.docx"):
        read(path)


def test_footnotes_follow_the_body(tmp_path: Path):
    word = docx.Document()
    word.add_heading("Tổ tự quản", 0)
    word.add_paragraph("Ấp có 12 tổ.")
    names = nsdecls("w")
    note = (
        f"<w:footnotes {names}><w:footnote w:type='separator' w:id='0'><w:p><w:r><w:t>---x"
        "</w:t></w:r></w:p></w:footnote><w:footnote w:id='1'><w:p><w:r>"
        "<w:t>Số liệu tháng 5.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        note.encode(),
        word.part.package,
    )
    word.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    document = read(saved(word, tmp_path))
    assert document.text == "Tổ tự quản\n\nẤp có 12 tổ.\n\nSố liệu tháng 5."


def test_a_file_with_macros_is_read_as_text(tmp_path: Path):
    word = docx.Document()
    word.add_heading("Tổ tự quản", 0)
    word.add_paragraph("Ấp có 12 tổ.")
    path = saved(word, tmp_path)
    target = tmp_path / "macro.docm"
    main = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    macro = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w") as new:
        for item in old.infolist():
            new.writestr(item, old.read(item).replace(main, macro))
        new.writestr("word/vbaProject.bin", b"\x00macro")
    assert read(target).text == "Tổ tự quản\n\nẤp có 12 tổ."


def test_a_document_without_text_is_empty(tmp_path: Path):
    with pytest.raises(EmptyDocument, match=r"to-hop-tac\.docx"):
        read(saved(docx.Document(), tmp_path))


# --- pages -----------------------------------------------------------------------------------

LAID_OUT = "<w:r><w:lastRenderedPageBreak/></w:r>"
BROKEN = '<w:r><w:br w:type="page"/></w:r>'


def run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{text}</w:t></w:r>'


def paragraph(*runs: str, properties: str = "") -> str:
    return f"<w:p><w:pPr>{properties}</w:pPr>{''.join(runs)}</w:p>"


def section(kind: str | None) -> str:
    inside = f'<w:type w:val="{kind}"/>' if kind else ""
    return f"<w:sectPr>{inside}</w:sectPr>"


def with_body(folder: Path, *body: str) -> Path:
    xml = f"<w:body {nsdecls('w')}>{''.join(body)}</w:body>"
    word = docx.Document()
    word.element.replace(word.element.body, parse_xml(xml))
    return saved(word, folder)


def pages(document: Document) -> list[tuple[int, str]]:
    """The number of each page with the first two words that stand on it."""
    return [
        (item.number, " ".join(document.text[item.start_char :].split()[:2]))
        for item in document.locators
        if item.kind == "page"
    ]


def test_pages_are_those_of_the_last_layout(tmp_path: Path):
    document = read(
        with_body(
            tmp_path,
            paragraph(run("Nuôi cá trên ruộng")),
            paragraph(run("Một hộ góp 3 công đất.")),
            paragraph(LAID_OUT, run("Hai hộ góp giống.")),
            paragraph(LAID_OUT, run("Ba hộ góp công.")),
        )
    )
    assert pages(document) == [(1, "Nuôi cá"), (2, "Hai hộ"), (3, "Ba hộ")]


def test_a_paragraph_over_a_page_border_stays_whole_with_the_locator_inside(tmp_path: Path):
    document = read(
        with_body(
            tmp_path,
            paragraph(run("Nuôi cá trên ruộng")),
            paragraph(run("Cả ấp cùng thả cá. "), LAID_OUT, run("Vụ này lãi 18 triệu đồng.")),
            paragraph(run("Giai đoạn 2022-"), LAID_OUT, run("2024 có 24 hộ")),
            paragraph(LAID_OUT, run("theo dõi hằng tuần.")),
        )
    )
    assert document.text == (
        "Nuôi cá trên ruộng\n\nCả ấp cùng thả cá. Vụ này lãi 18 triệu đồng.\n\n"
        "Giai đoạn 2022-2024 có 24 hộ\n\ntheo dõi hằng tuần."
    )
    assert pages(document) == [(1, "Nuôi cá"), (2, "Vụ này"), (3, "2024 có"), (4, "theo dõi")]


def test_a_break_and_the_mark_that_word_leaves_behind_it_are_one_page(tmp_path: Path):
    document = read(
        with_body(
            tmp_path,
            paragraph(run("Nuôi cá trên ruộng"), LAID_OUT, run(" ở ấp Rau Dừa")),
            paragraph(BROKEN),
            paragraph(LAID_OUT, run("Hai hộ góp giống.")),
            paragraph(BROKEN),
            paragraph(run("Ba hộ góp công.")),
        )
    )
    assert pages(document)[1:] == [(2, "ở ấp"), (3, "Hai hộ"), (4, "Ba hộ")]


@pytest.mark.parametrize(
    ("kind", "number"),
    [("nextPage", 3), ("oddPage", 3), ("evenPage", 3), (None, 3), ("continuous", 2)],
)
def test_a_section_begins_a_page_if_its_own_kind_says_so(
    kind: str | None, number: int, tmp_path: Path
):
    document = read(
        with_body(
            tmp_path,
            paragraph(run("Nuôi cá trên ruộng")),
            paragraph(LAID_OUT, run("Hai hộ góp."), properties=section("continuous")),
            paragraph(run("Ba hộ góp công.")),
            section(kind),
        )
    )
    assert document.locate(document.text.index("Ba hộ")).number == number


def test_a_file_that_was_never_laid_out_has_no_pages(tmp_path: Path):
    document = read(
        with_body(
            tmp_path,
            paragraph(run("Nuôi cá trên ruộng")),
            paragraph(BROKEN, run("Hai hộ góp giống.")),
        )
    )
    assert document.locators == ()
    assert document.text == "Nuôi cá trên ruộng\n\nHai hộ góp giống."


def test_a_page_that_begins_in_two_cells_of_a_row_begins_once(tmp_path: Path):
    def row(*cells: str) -> str:
        return f"<w:tr>{''.join(f'<w:tc>{cell}</w:tc>' for cell in cells)}</w:tr>"

    document = read(
        with_body(
            tmp_path,
            paragraph(run("Nuôi cá trên ruộng")),
            "<w:tbl>",
            row(paragraph(run("Ấp")), paragraph(run("Số hộ"))),
            row(
                paragraph(run("Rau Dừa "), LAID_OUT, run("và Tắc")),
                paragraph(run("24 hộ "), LAID_OUT, run("và 9 hộ")),
            ),
            row(paragraph(run("Kênh Mới")), paragraph(run("12"))),
            row(paragraph(LAID_OUT, run("Cái Rắn")), paragraph(LAID_OUT, run("7"))),
            "</w:tbl>",
            paragraph(run("Cộng 52 hộ.")),
        )
    )
    assert "Rau Dừa và Tắc | 24 hộ và 9 hộ\nKênh Mới | 12\nCái Rắn | 7" in document.text
    assert pages(document) == [(1, "Nuôi cá"), (2, "Kênh Mới"), (3, "Cái Rắn")]
    assert document.locate(document.text.index("Cộng 52")).number == 3


def test_a_frame_around_the_text_keeps_its_pages(tmp_path: Path):
    document = read(
        with_body(
            tmp_path,
            "<w:tbl><w:tr><w:tc>",
            paragraph(run("Nuôi cá trên ruộng")),
            paragraph(run("Cả ấp cùng "), LAID_OUT, run("thả cá.")),
            "</w:tc></w:tr></w:tbl>",
        )
    )
    assert document.text == "Nuôi cá trên ruộng\n\nCả ấp cùng thả cá."
    assert pages(document) == [(1, "Nuôi cá"), (2, "thả cá.")]


def test_a_page_border_inside_legacy_text_does_not_hinder_its_decoding(tmp_path: Path):
    font = '<w:rPr><w:rFonts w:ascii=".VnTime" w:hAnsi=".VnTime"/></w:rPr>'
    document = read(
        with_body(
            tmp_path,
            paragraph(run("Báo cáo về việc nuôi cá")),
            f"<w:p><w:r>{font}<w:t xml:space='preserve'>M« h×nh </w:t>"
            "<w:lastRenderedPageBreak/><w:t>nu«i c¸</w:t></w:r></w:p>",
        )
    )
    assert document.text.endswith("Mô hình nuôi cá")
    assert document.locate(document.text.rindex("nuôi cá")).number == 2


def test_a_footnote_is_on_the_page_that_refers_to_it(tmp_path: Path):
    word = docx.Document()
    body = "".join(
        (
            paragraph(run("Nuôi cá trên ruộng")),
            paragraph(LAID_OUT, run("Lãi 18 triệu"), '<w:r><w:footnoteReference w:id="2"/></w:r>'),
            paragraph(LAID_OUT, run("Ba hộ góp công.")),
        )
    )
    word.element.replace(word.element.body, parse_xml(f"<w:body {nsdecls('w')}>{body}</w:body>"))
    note = paragraph(run("Số liệu của hợp tác xã."))
    notes = f'<w:footnotes {nsdecls("w")}><w:footnote w:id="2">{note}</w:footnote></w:footnotes>'
    part = Part(
        PackURI("/word/footnotes.xml"),
        "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml",
        notes.encode(),
        word.part.package,
    )
    word.part.relate_to(part, RELATIONSHIP_TYPE.FOOTNOTES)
    document = read(saved(word, tmp_path))
    assert pages(document) == [(1, "Nuôi cá"), (2, "Lãi 18"), (3, "Ba hộ"), (2, "Số liệu")]
