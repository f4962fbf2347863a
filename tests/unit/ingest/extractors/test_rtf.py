"""RTF as Word, LibreOffice and careless programs write it."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.extractors.rtf import extract
from ingest.extractors.rtf_reader import read_rtf
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import EmptyDocument, ExtractionFailed
from kb.models import Document

FONTS = (
    r"{\fonttbl{\f0\froman\fcharset0 Times New Roman;}{\f1\fnil\fcharset0 .VnTime;}"
    r"{\f2\fnil\fcharset0 .VnTimeH;}{\f3\fnil\fcharset0 VNI-Times;}"
    r"{\f4\froman\fcharset163 Times New Roman;}{\f5\fnil\fcharset2 Symbol;}}"
)


def lines(body: str) -> list[str]:
    text = read_rtf(rf"{{\rtf1\ansi\ansicpg1252\deff0{FONTS}{body}}}".encode("latin-1"))
    return [" ".join(block.text.split()) for block in text.blocks]


def test_unicode_escapes_are_read_and_their_substitutes_skipped():
    assert lines(r"\uc1 T\u7893? h\u7907\'3fp t\u225\'e1c\par") == ["Tổ hợp tác"]
    assert lines(r"{\uc0 \u7845 }p{\uc2 \u7845 ab}p \par") == ["ấpấp"]
    assert lines(r"\u-10179?\u-8704?\par") == ["\U0001f600"]


def test_bytes_are_read_by_the_code_page_of_their_font():
    # windows-1258 writes ế as ê and a combining acute.
    (line,) = lines(r"\f4 K\'ea\'ect qu\'e3n\par")
    assert unicodedata.normalize("NFC", line) == "Kết quăn"


def test_legacy_fonts_become_unicode():
    assert lines(r"\f1 M\'ab h\'d7nh nu\'abi c\'b8 {\f0 2023}\par") == ["Mô hình nuôi cá 2023"]
    assert lines(r"\f2 b\'b8o c\'b8o\par") == ["BÁO CÁO"]
    assert lines(
        r"\f3 Toå hôïp taùc\par".replace("å", r"\'e5")
        .replace("ô", r"\'f4")
        .replace("ï", r"\'ef")
        .replace("ù", r"\'f9")
    ) == ["Tổ hợp tác"]
    # Word takes the letter ư of TCVN3 for an optional hyphen.
    assert lines(r"\f1 T\-\'ebi n\-\'edc\par") == ["Tưởi nước"]


def test_tables_become_rows_and_layout_tables_paragraphs():
    table = (
        r"\trowd\cellx1\cellx2\pard\intbl \u7844?p\cell S\u7889? h\u7897?\cell\row"
        r"\trowd\cellx1\cellx2\pard\intbl Rau D\u7915?a\cell 24\cell\row\pard Sau\par"
    )
    assert lines(table) == ["Ấp | Số hộ", "Rau Dừa | 24", "Sau"]


def test_what_is_not_the_body_is_left_out():
    assert lines(
        r"{\*\generator Riched20;}{\info{\title Ten}}{\header dau trang\par}"
        r"{\stylesheet{\s0 Normal;}}{\pict\wmetafile8 010203}{\v an}"
        r"Ch\u7919?{\field{\*\fldinst HYPERLINK x}{\fldrslt li\u234?n k\u7871?t}}"
        r"{\listtext\f5 \'b7\tab}\par"
    ) == ["Chữliên kết"]


def test_text_boxes_and_footnotes_are_read():
    assert lines(
        r"Thân bài{\*\shpinst{\sp{\sn a}{\sv b}}{\shptxt Trong khung\par}}\par".replace(
            "â", r"\'e2"
        ).replace("à", r"\'e0")
    ) == ["Thân bàiTrong khung"]


def test_binary_parts_are_stepped_over():
    assert lines(r"{\pict\bin5 }{}\\x}Sau\par") == ["Sau"]


def read(path: Path) -> Document:
    (document,) = extract(SourceFile(path, "rtf"), Limits())
    assert isinstance(document, Document)
    return document


def test_properties_and_headings_reach_the_document(tmp_path: Path):
    path = tmp_path / "a.rtf"
    path.write_bytes(
        rf"{{\rtf1\ansi{FONTS}{{\info{{\author May 01}}}}"
        r"\pard\outlinelevel0 Nu\'f4i c\'e1\par\pard M\'f4 h\'ecnh c\'f3 24 h.\par}".encode()
    )
    document = read(path)
    assert document.text == "Nuôi cá\n\nMô hình có 24 h."
    assert [(item.field, item.value) for item in document.evidence] == [
        ("title", "Nuôi cá"),
        ("author", "May 01"),
    ]


def test_a_cut_file_says_so_in_a_note(tmp_path: Path):
    path = tmp_path / "cut.rtf"
    path.write_bytes(rb"{\rtf1\ansi{\b Nu\'f4i c\'e1 tr\'ean ru")
    assert [item.field for item in read(path).evidence] == ["title", "notes"]


def test_other_formats_and_empty_files_are_errors(tmp_path: Path):
    path = tmp_path / "sai.rtf"
    for data, error in (
        (b"<html></html>", ExtractionFailed),
        (b"", ExtractionFailed),
        (rb"{\rtf1\ansi }", EmptyDocument),
        (b"{\\rtf1" + b"{" * 5000, ExtractionFailed),
    ):
        path.write_bytes(data)
        with pytest.raises(error, match=r"sai\.rtf"):
            read(path)


_PARTS = st.sampled_from(
    [
        "{", "}", r"\par ", r"\cell ", r"\row ", r"\f1 ", r"\f99 ", r"\uc2 ", r"\u-4000 ", r"\'b8",
        r"\*", r"\bin3 ", "abc", "\\", r"\fonttbl", r"\info", r"\title ", r"\shptxt ", ";",
        r"\pard",
        r"\ansicpg99999 ", r"\fcharset163 ", r"\intbl", "\x00", "é", r"\u99999999 ", r"\deff7 ",
    ]
)  # fmt: skip


@given(st.lists(_PARTS, max_size=40))
def test_any_tokens_give_blocks(tokens: list[str]):
    text = read_rtf(("{\\rtf1 " + "".join(tokens)).encode("latin-1"))
    assert all(block.text for block in text.blocks)
