"""OpenDocument texts made here, to documents."""

import zipfile
from pathlib import Path

import pytest

from ingest.extractors.open_document import extract
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import EmptyDocument, ExtractionFailed, UnsafeSource
from kb.models import Document

NAMES = " ".join(
    f'xmlns:{prefix}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
    for prefix, name in {
        "office": "office", "text": "text", "table": "table", "style": "style", "meta": "meta",
        "draw": "drawing", "svg": "svg-compatible",
    }.items()
)  # fmt: skip
STYLES = (
    '<office:font-face-decls><style:font-face style:name="F1" '
    'svg:font-family="&apos;.VnTime&apos;"/></office:font-face-decls>'
    '<office:automatic-styles><style:style style:name="P1" '
    'style:family="paragraph"><style:text-properties style:font-name="F1"/></style:style>'
    '<style:style style:name="P2" style:parent-style-name="P1"/></office:automatic-styles>'
)


def odt(folder: Path, body: str, **parts: str) -> Path:
    path = folder / "to.odt"
    content = (
        f"<office:document-content {NAMES}>{STYLES}<office:body><office:text>{body}"
        "</office:text></office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", content)
        for name, data in parts.items():
            package.writestr(name.replace("_", "/", 1) + ".xml", data)
    return path


def read(path: Path) -> Document:
    (document,) = extract(SourceFile(path, "odt"), Limits())
    assert isinstance(document, Document)
    return document


def test_body_is_read_in_order_and_notes_at_the_end(tmp_path: Path):
    body = (
        '<text:p text:style-name="Title">Nuôi cá trên ruộng lúa</text:p>'
        "<text:tracked-changes><text:p>đã xóa</text:p></text:tracked-changes>"
        "<text:h>Cách làm</text:h>"
        "<text:list><text:list-item><text:p>Góp<text:s/>vốn</text:p></text:list-item></text:list>"
        "<text:p>Có <text:span>24 hộ</text:span><text:note><text:note-citation>1"
        "</text:note-citation><text:note-body><text:p>Số liệu tháng 5.</text:p></text:note-body>"
        "</text:note> cùng làm.</text:p>"
        "<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Ấp"
        "</text:p></table:table-cell><table:table-cell><text:p>Số hộ</text:p></table:table-cell>"
        "</table:table-row></table:table-header-rows><table:table-row><table:table-cell>"
        "<text:p>Rau Dừa</text:p></table:table-cell><table:table-cell><text:p>24</text:p>"
        "</table:table-cell><table:covered-table-cell/></table:table-row></table:table>"
        "<text:p><draw:frame><draw:text-box><text:p>Trong khung</text:p></draw:text-box>"
        "</draw:frame></text:p>"
    )
    assert read(odt(tmp_path, body)).text == (
        "Nuôi cá trên ruộng lúa\n\nCách làm\n\nGóp vốn\n\nCó 24 hộ cùng làm.\n\n"
        "Ấp | Số hộ\nRau Dừa | 24\n\nTrong khung\n\nSố liệu tháng 5."
    )


def test_legacy_fonts_are_found_through_styles(tmp_path: Path):
    body = '<text:p text:style-name="P2">M« h×nh nu«i c¸ ë Êp</text:p>'
    assert read(odt(tmp_path, body)).text == "Mô hình nuôi cá ở ấp"


def test_a_protected_file_asks_for_its_password_to_be_removed(tmp_path: Path):
    path = odt(tmp_path, "<text:p>abc</text:p>", **{"META-INF_manifest": "<m:encryption-data/>"})
    with pytest.raises(ExtractionFailed, match="có mật khẩu"):
        read(path)


def test_entities_broken_xml_and_missing_parts_are_errors(tmp_path: Path):
    path = odt(tmp_path, "<text:p>abc</text:q>")
    with pytest.raises(ExtractionFailed, match=r"to\.odt"):
        read(path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.text")
    with pytest.raises(ExtractionFailed, match=r"to\.odt"):
        read(path)
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("content.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(UnsafeSource, match=r"to\.odt"):
        read(path)


def test_deep_nesting_and_empty_texts_end_in_errors_of_ours(tmp_path: Path):
    deep = "<text:section>" * 5000 + "<text:p>abc</text:p>" + "</text:section>" * 5000
    with pytest.raises((EmptyDocument, ExtractionFailed), match=r"to\.odt"):
        read(odt(tmp_path, deep))
    with pytest.raises(EmptyDocument, match=r"to\.odt"):
        read(odt(tmp_path, "<text:p/>"))
