"""Packages that are fine, and packages built to do harm."""

import struct
import zipfile
from pathlib import Path

import pytest

from ingest.extractors.zip_guard import check_zip
from ingest.ports import Limits
from kb.errors import ExtractionFailed, SourceUnavailable, UnsafeSource


def package(folder: Path, parts: dict[str, bytes]) -> Path:
    path = folder / "goi.docx"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, data in parts.items():
            opened.writestr(name, data)
    return path


def test_a_plain_package_passes(tmp_path: Path):
    path = package(tmp_path, {"word/document.xml": b"<w>&lt;!ENTITY is text here</w>"})
    check_zip(path, Limits(), name="goi.docx")


def test_all_parts_together_are_counted(tmp_path: Path):
    path = package(tmp_path, {f"part{number}.bin": b"\0" * 600 for number in range(4)})
    check_zip(path, Limits(max_bytes=700, max_archive_bytes=2400), name="goi.docx")
    with pytest.raises(UnsafeSource, match=r"goi\.docx: giải nén ra quá lớn"):
        check_zip(path, Limits(max_bytes=700, max_archive_bytes=2399), name="goi.docx")


def test_sizes_that_the_directory_states_are_not_believed(tmp_path: Path):
    path = package(tmp_path, {"word/document.xml": b"a" * 200_000})
    data = bytearray(path.read_bytes())
    lied = struct.pack("<I", 100)
    for place, offset in ((data.index(b"PK\x01\x02"), 24), (data.index(b"PK\x03\x04"), 22)):
        data[place + offset : place + offset + 4] = lied
    path.write_bytes(bytes(data))
    with pytest.raises((UnsafeSource, ExtractionFailed)):
        check_zip(path, Limits(max_bytes=1000), name="goi.docx")


def test_too_many_parts_are_refused(tmp_path: Path):
    path = package(tmp_path, {f"part{number}": b"" for number in range(11)})
    with pytest.raises(UnsafeSource, match="11 phần"):
        check_zip(path, Limits(max_archive_files=10), name="goi.docx")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be"])
def test_entities_are_refused_in_any_encoding_and_wherever_they_stand(
    tmp_path: Path, encoding: str
):
    # The declaration lies across the border of two pieces.
    text = " " * 65_530 + '<!DOCTYPE x [<!ENTITY a "b">]><x/>'
    path = package(tmp_path, {"word/document.xml": text.encode(encoding)})
    with pytest.raises(UnsafeSource, match="thực thể XML"):
        check_zip(path, Limits(), name="goi.docx")


def test_a_protected_office_file_asks_for_its_password_to_be_removed(tmp_path: Path):
    path = tmp_path / "kin.docx"
    path.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    with pytest.raises(ExtractionFailed, match=r"kin\.docx: tệp có mật khẩu"):
        check_zip(path, Limits(), name="kin.docx")


def test_an_encrypted_part_is_an_error(tmp_path: Path):
    path = package(tmp_path, {"word/document.xml": b"abc"})
    data = bytearray(path.read_bytes())
    for place, offset in ((data.index(b"PK\x01\x02"), 8), (data.index(b"PK\x03\x04"), 6)):
        data[place + offset] |= 1
    path.write_bytes(bytes(data))
    with pytest.raises(ExtractionFailed, match=r"goi\.docx"):
        check_zip(path, Limits(), name="goi.docx")


def test_a_missing_file_is_unavailable(tmp_path: Path):
    with pytest.raises(SourceUnavailable, match=r"khong\.docx"):
        check_zip(tmp_path / "khong.docx", Limits(), name="khong.docx")


def test_an_unknown_way_of_packing_is_told_as_such(tmp_path: Path):
    path = package(tmp_path, {"word/document.xml": b"<w/>"})
    data = bytearray(path.read_bytes())
    for place, offset in ((data.index(b"PK\x01\x02"), 10), (data.index(b"PK\x03\x04"), 8)):
        data[place + offset : place + offset + 2] = struct.pack("<H", 99)
    path.write_bytes(bytes(data))
    with pytest.raises(ExtractionFailed, match=r"goi\.docx: tệp nén theo cách không hỗ trợ"):
        check_zip(path, Limits(), name="goi.docx")
