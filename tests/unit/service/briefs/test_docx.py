"""Word briefs, read again from their XML."""

import io
import re
import zipfile
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import docx
import pytest

from kb.figures import numbers_in
from kb.models import Cell, Claim
from service.briefs.build import Frame, Material, build_brief
from service.briefs.docx import to_docx
from service.briefs.model import Letterhead
from tests.unit.service.briefs.conftest import BASE, DAY, R, W


def _texts(element):
    return ["".join(item.text or "" for item in p.iter(f"{W}t")) for p in element.iter(f"{W}p")]


def test_every_quote_is_what_the_stored_text_has_at_the_linked_span(brief, documents, read_word):
    word = read_word(to_docx(brief))
    quotes, addresses = word.quotes(), word.addresses()
    assert sorted(quotes) == sorted(addresses) == [1, 2, 3, 4]
    for number, quote in quotes.items():
        parts = urlsplit(addresses[number])
        assert f"{parts.scheme}://{parts.netloc}" == BASE
        assert parts.fragment == "trich-dan"
        span = parse_qs(parts.query)
        text = documents[parts.path.rpartition("/")[2]].text
        assert text[int(span["start"][0]) : int(span["end"][0])] == quote
    assert quotes[1] == "Nuôi vịt chạy đồng của 12 hộ\n\nĐịa bàn: xã Bờ Kinh, Bạc Liêu"
    assert quotes[2].splitlines() == [
        "1. Góp vốn 5 triệu đồng mỗi hộ",
        "2. Thuê chung máy ấp & chuồng <di động>",
    ]


def test_every_figure_of_the_content_stands_in_a_quote_of_its_footnotes(brief, read_word):
    word = read_word(to_docx(brief))
    quotes, statements = word.quotes(), word.statements()
    cited = [(text, numbers) for text, numbers in statements if numbers]
    assert [numbers for _, numbers in cited[:2]] == [[1, 2, 3], [4, 1]]
    assert len(cited) == 2 + 4  # two claims, four cells
    for text, numbers in cited:
        quoted = {figure for number in numbers for figure in numbers_in(quotes[number])}
        assert set(numbers_in(text)) <= quoted, text
    uncited = [text for text, numbers in statements if not numbers]
    assert uncited == [
        *("Mô hình", "Địa bàn", "Cách làm", "Kết quả", "Điều kiện nhân rộng", "Nguồn"),
        "Nguồn không nêu",
        *("Báo Đồng Bằng", "09/03/2021", "nguồn số 1", "3 nơi đăng, 2 nguồn độc lập"),
    ]


def test_footnotes_are_real_and_a_second_mention_follows_the_first(brief, read_word):
    word = read_word(to_docx(brief))
    notes = word.part("word/footnotes.xml").findall(f"{W}footnote")
    assert [(note.get(f"{W}id"), note.get(f"{W}type")) for note in notes[:2]] == [
        ("-1", "separator"),
        ("0", "continuationSeparator"),
    ]
    references = [item.get(f"{W}id") for item in word.document.iter(f"{W}footnoteReference")]
    assert references == ["1", "2", "3", "4"]
    bookmarks = {item.get(f"{W}name") for item in word.document.iter(f"{W}bookmarkStart")}
    codes = [item.text.split() for item in word.document.iter(f"{W}instrText")]
    # The second claim, three cells of the table's four that repeat, and the note.
    assert [code[1] for code in codes] == [
        *("_Ref000000001", "_Ref000000001", "_Ref000000001"),
        *("_Ref000000002", "_Ref000000003", "_Ref000000003"),
    ]
    assert all(code[0] == "NOTEREF" and code[1] in bookmarks for code in codes)
    types = word.part("[Content_Types].xml")
    assert any(
        item.get("PartName") == "/word/footnotes.xml"
        and item.get("ContentType", "").endswith("wordprocessingml.footnotes+xml")
        for item in types
    )
    settings = word.part("word/settings.xml")
    assert [item.get(f"{W}id") for item in settings.find(f"{W}footnotePr")] == ["-1", "0"]


def test_numbers_that_come_out_of_order_are_fixed_marks(answer, documents, read_word):
    swapped = replace(answer, claims=answer.claims[::-1], rows=(), notes=())
    brief = build_brief(Material(swapped, (), documents), Frame(DAY))
    word = read_word(to_docx(brief))
    references = list(word.document.iter(f"{W}footnoteReference"))
    assert [item.get(f"{W}id") for item in references] == ["4", "1", "2", "3"]
    assert {item.get(f"{W}customMarkFollows") for item in references} == {"1"}
    marks = re.findall(
        r"customMarkFollows=\"1\" w:id=\"(\d)\"/><w:t[^>]*>(\d)<",
        zipfile.ZipFile(io.BytesIO(word.content)).read("word/document.xml").decode(),
    )
    assert marks == [("4", "4"), ("1", "1"), ("2", "2"), ("3", "3")]
    assert not list(word.document.iter(f"{W}instrText"))
    assert [numbers for _, numbers in word.statements()] == [[4, 1], [2, 3, 1]]


def test_equal_briefs_are_equal_files(brief):
    content = to_docx(brief)
    assert content == to_docx(brief)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert {item.date_time for item in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    properties = docx.Document(io.BytesIO(content)).core_properties
    assert properties.author == "Huyện ủy Bờ Kinh Ban Dân vận"
    assert properties.created.date() == properties.modified.date() == DAY


def test_every_relation_leads_to_a_part_and_every_style_exists(brief, read_word):
    word = read_word(to_docx(brief))
    with zipfile.ZipFile(io.BytesIO(word.content)) as archive:
        names = set(archive.namelist())
    for name in [name for name in names if name.endswith(".rels")]:
        for relation in word.part(name):
            target = relation.get("Target", "")
            if relation.get("TargetMode") != "External":
                folder = "" if name == "_rels/.rels" or target.startswith("/") else "word/"
                assert folder + target.lstrip("/") in names, (name, target)
    defined = {style.get(f"{W}styleId") for style in word.part("word/styles.xml")}
    for name in ("word/document.xml", "word/footnotes.xml"):
        root = word.part(name)
        used = {
            item.get(f"{W}val") for tag in ("pStyle", "rStyle") for item in root.iter(f"{W}{tag}")
        }
        assert used <= defined


def test_only_http_addresses_become_links(brief, read_word):
    word = read_word(to_docx(brief))
    links = [
        item.get("Target")
        for item in word.part("word/_rels/document.xml.rels")
        if item.get("TargetMode") == "External"
    ]
    assert links == ["https://bao.example.vn/vit?a=1&b=2", "https://bao.example.vn/rau"]
    used = {item.get(f"{R}id") for item in word.document.iter(f"{W}hyperlink")}
    assert len(used) == 2


def test_without_a_public_address_the_path_stands_as_words(answer, documents, read_word):
    brief = build_brief(Material(answer, (), documents), Frame(DAY))
    notes = read_word(to_docx(brief)).part("word/footnotes.xml")
    assert not list(notes.iter(f"{W}hyperlink"))
    end = len("Nuôi vịt chạy đồng của 12 hộ\n\nĐịa bàn: xã Bờ Kinh, Bạc Liêu")
    sha = documents["nuoi-vit-chay-dong"].sha256[:12]
    path = f"/documents/nuoi-vit-chay-dong?start=0&end={end}&sha={sha}#trich-dan"
    assert path in " ".join(_texts(notes))


def test_characters_that_xml_cannot_hold_are_dropped(answer, documents, read_word):
    claim = Claim("12\x00 hộ\x0b nuôi \ufffevịt\ud800", (1,), {})
    odd = replace(answer, claims=(claim,), rows=(), notes=(), question="Vịt\x01 <gì> & sao?")
    word = read_word(to_docx(build_brief(Material(odd, (), documents), Frame(DAY))))
    assert word.statements()[0] == ("12 hộ nuôi vịt", [1])
    assert "Về câu hỏi: “Vịt <gì> & sao?”" in _texts(word.document)


def test_the_page_is_that_of_an_administrative_document(brief):
    section = docx.Document(io.BytesIO(to_docx(brief))).sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (210, 297)
    assert 20 <= round(section.top_margin.mm) <= 25
    assert 20 <= round(section.bottom_margin.mm) <= 25
    assert 30 <= round(section.left_margin.mm) <= 35
    assert 15 <= round(section.right_margin.mm) <= 20
    assert section.different_first_page_header_footer
    assert [p.text for p in section.first_page_header.paragraphs if p.text] == []
    header = section.header.paragraphs[0]
    assert [item.text for item in header._p.iter(f"{W}instrText")] == [" PAGE "]


def test_text_is_in_times_new_roman_13_or_14_points(brief, read_word):
    styles = read_word(to_docx(brief)).part("word/styles.xml")
    fonts = [item.get(f"{W}ascii") for item in styles.iter(f"{W}rFonts")]
    assert fonts == ["Times New Roman"]
    size = styles.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}sz")
    assert size.get(f"{W}val") in {"26", "28"}
    body = next(item for item in styles if item.get(f"{W}styleId") == "BodyText")
    assert body.find(f"{W}pPr/{W}jc").get(f"{W}val") == "both"
    first_line = int(body.find(f"{W}pPr/{W}ind").get(f"{W}firstLine")) / 567  # twips a cm
    assert 1 <= first_line <= 1.27


def test_national_title_stands_beside_the_issuer_alone(brief, answer, documents, read_word):
    texts = _texts(read_word(to_docx(brief)).document)
    assert texts[:2] == ["HUYỆN ỦY BỜ KINH", "BAN DÂN VẬN"]
    assert "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM" in texts
    assert "Bờ Kinh, ngày 05 tháng 02 năm 2026" in texts
    assert texts[-2:] == ["Nơi nhận:", "- Lưu."]
    plain = build_brief(Material(answer, (), documents), Frame(DAY, Letterhead("  ")))
    texts = _texts(read_word(to_docx(plain)).document)
    assert texts[:2] == ["Ngày 05 tháng 02 năm 2026", "BÁO CÁO TÓM TẮT"]
    assert not any("CỘNG HÒA" in text for text in texts)


@pytest.mark.parametrize(("characters", "orientations"), [(100, 1), (900, 3)])
def test_a_table_with_long_cells_goes_on_pages_laid_across(
    answer, documents, read_word, characters, orientations
):
    row = replace(answer.rows[0], approach=(Cell("a" * characters, (2,)),))
    brief = build_brief(Material(replace(answer, rows=(row,)), (), documents), Frame(DAY))
    document = read_word(to_docx(brief)).document
    sizes = [item.get(f"{W}orient") for item in document.iter(f"{W}pgSz")]
    assert len(sizes) == orientations
    assert [size == "landscape" for size in sizes] == [False, True, False][:orientations]
    sections = list(document.iter(f"{W}sectPr"))
    assert [len(section.findall(f"{W}headerReference")) for section in sections] == [
        1,
        *[0] * (orientations - 1),
    ]
    assert [section.find(f"{W}titlePg") is not None for section in sections] == [
        True,
        *[False] * (orientations - 1),
    ]
    headings = [len(row.findall(f"{W}trPr/{W}tblHeader")) for row in document.iter(f"{W}tr")]
    assert headings == [1, 0]
    widths = [int(item.get(f"{W}w")) for item in document.iter(f"{W}gridCol")]
    assert len(widths) == 6
