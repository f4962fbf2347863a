"""Which files are read, and what is said of those that cannot be."""

import os
import socket
import time
from pathlib import Path

import pytest

from ingest.sources import (
    MAX_ORIGIN_BYTES,
    PathTarget,
    SourceFile,
    Unreadable,
    canonical_path,
    container_of,
    find_files,
    read_text,
)
from kb.errors import ExtractionFailed, IngestError, SourceUnavailable, UnsupportedSource

LIMIT = 1_000_000


def found(path: Path, *, recursive: bool = False) -> list[str]:
    items = find_files(path, recursive=recursive)
    return [
        item.path.name
        if isinstance(item, SourceFile)
        else f"{Path(item.origin).name}: {item.error}"
        for item in items
    ]


def source(path: Path, content: bytes) -> SourceFile:
    path.write_bytes(content)
    return SourceFile(path, "text")


def refusal(path: Path, content: bytes) -> IngestError:
    with pytest.raises(IngestError) as caught:
        read_text(source(path, content), max_bytes=LIMIT)
    assert path.name in str(caught.value)
    return caught.value


def test_files_of_a_folder_come_sorted_by_name(tmp_path: Path) -> None:
    for name in ("b.md", "a.JSONL", "c.html", "d.txt", ".hidden.md", "README.md", "TEMPLATE.md"):
        (tmp_path / name).write_text("x", encoding="utf-8")
    assert found(tmp_path) == ["a.JSONL", "b.md", "c.html", "d.txt"]


def test_subfolders_are_entered_only_on_request(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "sub" / "deep" / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "b.md").write_text("x", encoding="utf-8")
    assert found(tmp_path) == []
    assert found(tmp_path, recursive=True) == ["a.md"]


def test_unknown_format_in_a_folder_is_passed_over_with_a_reason(tmp_path: Path) -> None:
    (tmp_path / "anh.png").write_bytes(b"x")
    (item,) = find_files(tmp_path, recursive=False)
    assert isinstance(item, Unreadable)
    assert item.skipped
    assert "anh.png: chưa đọc được định dạng '.png'" in str(item.error)
    assert ".jsonl, .md" in str(item.error)


def test_unknown_format_named_directly_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "bao-cao").write_bytes(b"x")
    (item,) = find_files(tmp_path / "bao-cao", recursive=False)
    assert isinstance(item, Unreadable)
    assert not item.skipped
    assert "(không có đuôi tệp)" in str(item.error)


def test_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"Không có tệp hay thư mục .*khong-co\.md"):
        list(find_files(tmp_path / "khong-co.md", recursive=False))


def test_broken_link_is_reported_with_its_target(tmp_path: Path) -> None:
    (tmp_path / "a.md").symlink_to("mat-roi.md")
    (tmp_path / "b.md").write_text("x", encoding="utf-8")
    assert found(tmp_path) == ["a.md: 'a.md' là liên kết hỏng: đích 'mat-roi.md' không có.", "b.md"]
    with pytest.raises(SourceUnavailable, match="liên kết hỏng"):
        list(find_files(tmp_path / "a.md", recursive=False))


def test_link_to_a_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "kho").mkdir()
    (tmp_path / "kho" / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "b.md").symlink_to("kho/a.md")
    assert found(tmp_path) == ["b.md"]


def test_pipes_and_sockets_are_refused_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.md")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "b.txt"))
        lines = found(tmp_path)
    assert len(lines) == 2
    assert all("không phải tệp thường" in line for line in lines)
    with pytest.raises(SourceUnavailable, match="không phải tệp thường"):
        list(find_files(tmp_path / "a.md", recursive=False))


def test_folder_that_is_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    (tmp_path / "x.md").mkdir()
    (tmp_path / "x.md" / "a.md").write_text("x", encoding="utf-8")
    assert found(tmp_path) == []
    assert found(tmp_path, recursive=True) == ["a.md"]
    assert found(tmp_path / "x.md") == ["a.md"]


def test_name_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / os.fsdecode(b"b\xe1o.md")).write_text("x", encoding="utf-8")
    (tmp_path / "c.md").write_text("x", encoding="utf-8")
    refused, kept = find_files(tmp_path, recursive=False)
    assert isinstance(refused, Unreadable)
    assert "tên tệp không phải UTF-8" in str(refused.error)
    refused.origin.encode()  # can be stored and printed
    str(refused.error).encode()
    assert isinstance(kept, SourceFile)


def test_folder_that_cannot_be_opened_is_reported_and_the_others_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.md").write_text("x", encoding="utf-8")
    scandir = os.scandir

    def refusing(path: Path) -> object:  # the superuser may open everything
        if Path(path).name == "a":
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    assert found(tmp_path, recursive=True) == [
        f"a: Không mở được thư mục {str(tmp_path / 'a')!r}: Permission denied.",
        "x.md",
    ]


def test_a_file_has_one_origin_however_its_path_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.md").write_text("x", encoding="utf-8")
    monkeypatch.chdir(tmp_path / "sub")
    spellings = [Path("../a.md"), Path("../sub/../a.md"), tmp_path / "a.md"]
    origins = {item.origin for path in spellings for item in find_files(path, recursive=False)}
    assert origins == {(tmp_path / "a.md").as_posix()}
    assert canonical_path(Path()) == tmp_path / "sub"


def test_text_is_decoded_with_and_without_byte_order_mark(tmp_path: Path) -> None:
    for name, content in {
        "a.txt": "Ấp 5".encode(),
        "b.txt": "Ấp 5".encode("utf-8-sig"),
        "c.txt": "Ấp 5".encode("utf-16"),
    }.items():
        assert read_text(source(tmp_path / name, content), max_bytes=LIMIT) == "Ấp 5"


@pytest.mark.parametrize(
    "content",
    [b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", b"PK\x03\x04\x14\x00", b"%PDF-1.7\n\x00\x01" * 9],
)
def test_binary_file_with_a_text_name_is_refused(content: bytes, tmp_path: Path) -> None:
    error = refusal(tmp_path / "bao-cao.txt", content)
    assert isinstance(error, UnsupportedSource)
    assert "tệp nhị phân mang đuôi '.txt'" in str(error)
    assert "UTF-8" in str(error)


def test_wrong_encoding_is_reported_with_the_line(tmp_path: Path) -> None:
    content = "dòng một\ndòng hai\n".encode() + "Đường làng".encode("cp1258", "replace")
    error = refusal(tmp_path / "a.md", content)
    assert isinstance(error, ExtractionFailed)
    assert "dòng 3 không phải UTF-8 (byte 0x" in str(error)
    assert "Lưu lại tệp với bảng mã UTF-8" in str(error)


def test_file_of_200_mb_is_refused_at_once_without_reading_it(tmp_path: Path) -> None:
    path = tmp_path / "lon.txt"
    with path.open("wb") as file:
        file.truncate(200_000_000)
    started = time.perf_counter()
    with pytest.raises(UnsupportedSource) as caught:
        read_text(SourceFile(path, "text"), max_bytes=50_000_000)
    assert time.perf_counter() - started < 0.1
    assert "lon.txt: tệp 200.0 MB lớn hơn giới hạn 50 MB" in str(caught.value)
    assert "KB_INGEST__MAX_FILE_MB" in str(caught.value)


def test_file_of_exactly_the_limit_is_read(tmp_path: Path) -> None:
    assert len(read_text(source(tmp_path / "a.txt", b"a" * 100), max_bytes=100)) == 100


def test_unreadable_file_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Path) -> bytes:  # the superuser may read everything
        raise PermissionError(13, "Permission denied")

    file = source(tmp_path / "a.txt", b"x")
    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(SourceUnavailable, match=r"a\.txt: không đọc được tệp \(Permission denied"):
        read_text(file, max_bytes=LIMIT)


def test_file_that_vanished_after_listing_is_reported(tmp_path: Path) -> None:
    with pytest.raises(SourceUnavailable, match=r"a\.txt: không đọc được tệp"):
        read_text(SourceFile(tmp_path / "a.txt", "text"), max_bytes=LIMIT)


def test_files_that_programs_leave_beside_open_documents_are_passed_over(tmp_path: Path) -> None:
    for name in ("~$bao-cao.docx", "bao-cao.docx"):
        (tmp_path / name).write_bytes(b"x")
    assert found(tmp_path) == ["bao-cao.docx"]


def test_folder_speaks_for_its_own_files_and_what_is_inside_them(tmp_path: Path) -> None:
    base = tmp_path.as_posix()
    flat = PathTarget(tmp_path, recursive=False)
    deep = PathTarget(tmp_path, recursive=True)
    assert flat.prefix == f"{base}/"
    for origin, by_flat, by_deep in [
        (f"{base}/a.md", True, True),
        (f"{base}/a.zip!/x/y.md", True, True),
        (f"{base}/sub/a.md", False, True),
        (f"{base}/sub/a.zip!/y.md", False, True),
        (f"{base}/la!/y.md", False, True),  # a folder whose name ends so
        (f"{base}2/a.md", False, False),
        ("https://a.vn/b", False, False),
    ]:
        assert (flat.owns(origin), deep.owns(origin)) == (by_flat, by_deep), origin


def test_file_speaks_for_itself_and_what_is_inside(tmp_path: Path) -> None:
    archive = tmp_path / "a.zip"
    archive.write_bytes(b"x")
    target = PathTarget(archive, recursive=True)
    base = archive.as_posix()
    assert target.prefix == base
    assert target.owns(base)
    assert target.owns(f"{base}!/x.md")
    assert not target.owns(f"{base}x")


def items_of(folder: Path, *, recursive: bool = True) -> dict[str, SourceFile | Unreadable]:
    return {Path(item.origin).name: item for item in find_files(folder, recursive=recursive)}


def test_link_to_itself_does_not_hide_the_other_files(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "b.md").symlink_to(tmp_path / "b.md")
    (tmp_path / "c.md").write_text("x", encoding="utf-8")
    items = items_of(tmp_path)
    assert list(items) == ["a.md", "b.md", "c.md"]
    broken = items["b.md"]
    assert isinstance(broken, Unreadable)
    assert not broken.skipped
    assert isinstance(broken.error, SourceUnavailable)
    assert "Không mở được 'b.md'" in str(broken.error)


def test_link_to_a_folder_is_named_and_not_followed(tmp_path: Path) -> None:
    (tmp_path / "kho" / "con").mkdir(parents=True)
    (tmp_path / "kho" / "con" / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "goc").mkdir()
    (tmp_path / "goc" / "lien-ket").symlink_to(tmp_path / "kho")
    item = items_of(tmp_path / "goc")["lien-ket"]
    assert isinstance(item, Unreadable)
    assert item.skipped
    assert "liên kết tới thư mục" in str(item.error)
    assert "không đi theo" in str(item.error)


@pytest.mark.parametrize("name", ["a" * 300 + ".md", "a/" * 3000])
def test_path_that_the_system_does_not_take_is_said(tmp_path: Path, name: str) -> None:
    with pytest.raises(SourceUnavailable, match="Không mở được"):
        list(PathTarget(tmp_path / name, recursive=False).files())


def test_path_that_is_too_long_to_be_a_key_is_refused_beside_the_others(tmp_path: Path) -> None:
    folder = tmp_path / "kho"
    deep = folder
    while len(os.fsencode(deep)) < 1_850:
        deep /= "ă" * 100
    deep.mkdir(parents=True)
    (deep / ("b" * 200 + ".md")).write_text("x", encoding="utf-8")
    (deep / "b.md").write_text("x", encoding="utf-8")
    refused, fine = sorted(
        find_files(folder, recursive=True), key=lambda item: isinstance(item, SourceFile)
    )
    assert isinstance(fine, SourceFile)
    assert isinstance(refused, Unreadable)
    assert isinstance(refused.error, UnsupportedSource)
    assert "dài quá 2000 byte" in str(refused.error)
    assert len(refused.origin.encode()) <= MAX_ORIGIN_BYTES


@pytest.mark.parametrize(
    ("origin", "container"),
    [
        ("/kho/a.zip!/b.eml!/c.docx", "/kho/a.zip"),
        ("/kho/la!/a.zip!/b.docx", "/kho/la!/a.zip"),
        ("/kho/a!/b.md", "/kho/a!/b.md"),
        ("https://x.vn/a.zip!/b.docx", "https://x.vn/a.zip"),
        ("https://x.vn/tai?id=3!/b.docx", "https://x.vn/tai?id=3!/b.docx"),
        ("https://x.vn/tai?f=a.zip!/b.docx", "https://x.vn/tai?f=a.zip!/b.docx"),
        ("https://x.vn/tai?id=7!/b.zip!/c.docx", "https://x.vn/tai?id=7"),
        ("upload:0123456789ab/a.zip!/b.docx", "upload:0123456789ab/a.zip"),
    ],
)
def test_container_of_an_address_is_cut_in_its_query_only_where_it_was_read(
    origin: str, container: str
) -> None:
    assert container_of(origin, is_stored=lambda name: name.endswith("?id=7")) == container
