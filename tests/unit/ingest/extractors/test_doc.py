"""Old Word files: two made by LibreOffice from a text written for these tests, and damaged ones."""

import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.extractors import doc
from ingest.extractors.doc import extract
from ingest.extractors.word_binary import NotWordError, needed_table, read_word_text
from ingest.ports import Limits
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed, IngestError, MissingTool
from kb.models import Document

DATA = Path(__file__).parents[3] / "data" / "office"
TEXT = (
    "Báo cáo kết quả thực hiện mô hình nuôi cá đồng trên ruộng lúa\n\n"
    "ỦY BAN NHÂN DÂN\n\nXÃ TÂN HƯNG\n\nSố: 12/BC-UBND\n\n"
    "Tân Hưng, ngày 12 tháng 5 năm 2023\n\n"
    "Tổ hợp tác ấp Rau Dừa có 24 hộ, thả 1.250 kg cá giống trên 36 ha ruộng; mỗi vụ lãi gần "
    "18 triệu đồng một hộ.\n\n"
    "1. Cách làm\n\nHội Nông dân vận động từng hộ góp vốn, chia việc theo ngày.\n\n"
    "Ấp | Số hộ | Lãi (triệu đồng)\nRau Dừa | 24 | 18\nKinh Lớn | 17 | 15,5"
)


def read(path: Path) -> Document:
    (document,) = extract(SourceFile(path, "doc"), Limits())
    assert isinstance(document, Document)
    return document


def test_a_unicode_file_is_read_whole_with_table_rows():
    document = read(DATA / "unicode.doc")
    assert document.text == TEXT
    assert document.published == "2023-05-12"
    assert document.publisher == "Ủy ban nhân dân xã Tân Hưng"


def test_a_file_in_a_tcvn3_font_reads_the_same():
    # The font has no capital with a tone mark: "Ấp" was typed as "ấp".
    assert read(DATA / "tcvn3.doc").text == TEXT.replace("Ấp |", "ấp |")


def changed(folder: Path, at: int, value: int) -> Path:
    """Return a copy whose WordDocument stream has another 16-bit value at an offset."""
    data = bytearray((DATA / "unicode.doc").read_bytes())
    start = data.index(struct.pack("<H", 0xA5EC))
    struct.pack_into("<H", data, start + at, value)
    path = folder / "changed.doc"
    path.write_bytes(bytes(data))
    return path


def test_a_protected_file_asks_for_its_password_to_be_removed(tmp_path: Path):
    with pytest.raises(ExtractionFailed, match=r"changed\.doc: tệp có mật khẩu"):
        read(changed(tmp_path, 0x0A, 0x13F0))


def test_word_95_without_a_program_for_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doc.shutil, "which", lambda name: None)
    with pytest.raises(MissingTool, match="apt-get install antiword"):
        read(changed(tmp_path, 0x02, 104))


@pytest.mark.parametrize("size", [0, 8, 512, 1536, 5000, 12_000])
def test_a_cut_file_is_an_error_that_names_it(tmp_path: Path, size: int):
    path = tmp_path / "cut.doc"
    path.write_bytes((DATA / "unicode.doc").read_bytes()[:size])
    with pytest.raises(IngestError, match=r"cut\.doc"):
        read(path)


def test_a_file_of_another_format_is_an_error(tmp_path: Path):
    path = tmp_path / "rtf.doc"
    path.write_bytes(b"{\\rtf1 abc}")
    with pytest.raises(ExtractionFailed, match=r"rtf\.doc"):
        read(path)


@settings(max_examples=60)
@given(st.lists(st.tuples(st.integers(0, 20_479), st.integers(0, 255)), min_size=1, max_size=30))
def test_damaged_bytes_give_a_document_or_an_error_of_ours(
    tmp_path_factory: pytest.TempPathFactory, damage: list[tuple[int, int]]
):
    data = bytearray((DATA / "unicode.doc").read_bytes())
    for place, value in damage:
        data[place] = value
    path = tmp_path_factory.getbasetemp() / "damaged.doc"
    path.write_bytes(bytes(data))
    try:
        text = read(path).text
    except IngestError as exc:
        text = str(exc)
    assert text


def made(pieces: list[tuple[bytes, bool]], characters: int) -> tuple[bytes, bytes]:
    """Return a WordDocument and a table stream with these pieces and no formatting."""
    stream = bytearray(0x800)
    struct.pack_into("<HH", stream, 0, 0xA5EC, 0x00C1)
    struct.pack_into("<i", stream, 0x4C, characters)
    borders, coded, position = [0], [], 0
    for raw, compressed in pieces:
        offset = len(stream)
        stream += raw + b"\0" * (len(raw) % 2)
        position += len(raw) if compressed else len(raw) // 2
        borders.append(position)
        coded.append(struct.pack("<HIH", 0, offset * 2 | 0x40000000 if compressed else offset, 0))
    plc = struct.pack(f"<{len(borders)}I", *borders) + b"".join(coded)
    clx = b"\x01\x02\x00ab" + b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<II", stream, 0x9A + 8 * 33, 0, len(clx))
    return bytes(stream), clx


def test_pieces_in_both_encodings_are_joined_and_codes_of_fields_dropped():
    stream, table = made(
        [
            (b"Xem \x13 HYPERLINK x \x14", True),
            ("trang ấp\x15".encode("utf-16-le"), False),
            (b" nh\xe9\rHai\r", True),
        ],
        characters=100,
    )
    assert needed_table(stream) == "0Table"
    text = read_word_text(stream, table)
    lines = ["".join(part for part, _ in paragraph.runs) for paragraph in text.body]
    assert lines == ["Xem trang ấp nhé", "Hai"]
    assert text.footnotes == ()


def test_a_stream_without_a_piece_table_is_refused():
    stream, _ = made([(b"abc", True)], characters=3)
    with pytest.raises(NotWordError):
        read_word_text(stream, b"\x05\x00\x00")
