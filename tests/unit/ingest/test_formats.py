import io
import zipfile
from pathlib import Path

import pytest
import xlwt

from ingest.formats import SUFFIXES, detect_format
from kb.errors import SourceUnavailable, UnsupportedSource


def package(*names: str, mime: str | None = None) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        if mime:
            archive.writestr("mimetype", mime)
        for name in names:
            archive.writestr(name, "x")
    return buffer.getvalue()


def workbook() -> bytes:
    book = xlwt.Workbook()
    book.add_sheet("A").write(0, 0, "x")
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def detect(tmp_path: Path, name: str, content: bytes) -> str:
    path = tmp_path / name
    path.write_bytes(content)
    return detect_format(path, SUFFIXES[path.suffix])


TYPES = "[Content_Types].xml"
ODF = "application/vnd.oasis.opendocument."


@pytest.mark.parametrize(
    ("name", "content", "expected"),
    [
        ("a.doc", b"{\\rtf1\\ansi x}", "rtf"),
        ("a.doc", b"<html><body>x</body></html>", "html"),
        ("a.doc", b"\xef\xbb\xbf\r\n<!DOCTYPE html><p>x", "html"),
        ("a.doc", package(TYPES, "word/document.xml"), "docx"),
        ("a.doc", "Báo cáo".encode(), "text"),
        ("a.doc", b"MIME-Version: 1.0\nContent-Type: multipart/related", "mail"),
        ("a.xls", package(TYPES, "xl/workbook.xml"), "register"),
        ("a.xls", b"<table><tr><td>x</table>", "register"),
        ("a.xls", b"STT,Ten\n1,x", "register"),
        ("a.doc", workbook(), "register"),
        ("a.docx", workbook(), "register"),
        ("a.txt", b"%PDF-1.7\n", "pdf"),
        ("a.pdf", b"junk\n%PDF-1.4\n", "pdf"),
        ("a.pdf", b"<html>404 Not Found</html>", "html"),
        ("a.txt", "Bài viết".encode(), "text"),
        ("a.txt", b"<!doctype html><p>x", "html"),
        ("a.md", b"<table><tr><td>HTML in Markdown", "markdown"),
        ("a.jsonl", b'{"text": "<html>"}', "casebook"),
        ("a.html", b"<p>x", "html"),
        ("a.docx", package(TYPES, "ppt/presentation.xml"), "pptx"),
        ("a.zip", package("mimetype.txt", "a.txt"), "archive"),
        ("a.zip", package(TYPES, "word/document.xml"), "docx"),
        ("a.docx", package("bao-cao.txt"), "archive"),
        ("a.docx", package("content.xml", mime=ODF + "text"), "odt"),
        ("a.zip", package("content.xml", mime=ODF + "spreadsheet"), "register"),
        ("a.docx", package(TYPES, "word/document.xml")[:40], "docx"),
        ("a.zip", b"PK\x03\x04 cut", "archive"),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 cut", "doc"),
        ("a.pdf", b"", "pdf"),
        ("a.txt", "<html>một</html>".encode("utf-16"), "html"),
        ("a.eml", b"From: a@b\n\n<html>", "mail"),
    ],
)
def test_content_wins_over_the_suffix(
    name: str, content: bytes, expected: str, tmp_path: Path
) -> None:
    assert detect(tmp_path, name, content) == expected


@pytest.mark.parametrize(
    ("content", "remedy"),
    [
        (b"Rar!\x1a\x07\x00", "nén lại thành .zip"),
        (b"7z\xbc\xaf\x27\x1c", "nén lại thành .zip"),
        (b"\x1f\x8b\x08\x00", "giải nén"),
        (package("content.xml", mime=ODF + "presentation"), "thành .pptx"),
        (package("x", mime="application/epub+zip"), ".docx hoặc .html"),
        (b'<?xml version="1.0"?><?mso-application progid="Excel.Sheet"?><x/>', "thành .xlsx"),
        (b'<?xml version="1.0"?><?mso-application progid="Word.Document"?><x/>', "thành .docx"),
    ],
)
def test_known_formats_that_are_not_read_say_how_to_convert(
    content: bytes, remedy: str, tmp_path: Path
) -> None:
    with pytest.raises(UnsupportedSource) as caught:
        detect(tmp_path, "a.doc", content)
    assert str(caught.value).startswith("a.doc: nội dung là ")
    assert remedy in str(caught.value)


def test_a_binary_word_document_is_known_by_its_streams() -> None:
    path = Path(__file__).parents[2] / "data" / "office" / "unicode.doc"
    assert detect_format(path, "text") == "doc"


def test_a_missing_file_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"khong-co\.doc: không đọc được tệp"):
        detect_format(tmp_path / "khong-co.doc", "doc")
