import io
import stat
import struct
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest.extractors.archive import extract
from ingest.ports import Limits
from ingest.sources import SourceFile, Unreadable
from kb.errors import (
    ExtractionFailed,
    SourceUnavailable,
    UnsafeSource,
    UnsupportedSource,
)
from tests.data.legacy_bytes import to_tcvn3


def pack(members: Mapping[str, bytes] | list[zipfile.ZipInfo]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.writestr(member, members[member] if isinstance(members, Mapping) else b"x")
    return buffer.getvalue()


@pytest.fixture
def limits(tmp_path: Path) -> Limits:
    spool = tmp_path / "spool"
    spool.mkdir()
    return Limits(spool=spool)


def source(tmp_path: Path, content: bytes, *, depth: int = 0) -> SourceFile:
    path = tmp_path / "goi.zip"
    path.write_bytes(content)
    return SourceFile(path, "archive", depth=depth)


def read(tmp_path: Path, content: bytes, limits: Limits) -> list[SourceFile | Unreadable]:
    return list(extract(source(tmp_path, content), limits))


def test_members_become_files_that_remember_where_they_were(tmp_path: Path, limits: Limits) -> None:
    content = pack(
        {"2023/Báo cáo.docx": b"one", "b.txt": b"two", "goi-con.zip": pack({"c.md": b"x"})}
    )
    files = read(tmp_path, content, limits)
    origin = (tmp_path / "goi.zip").as_posix()
    assert [file.origin for file in files] == [
        f"{origin}!/2023/Báo cáo.docx",
        f"{origin}!/b.txt",
        f"{origin}!/goi-con.zip",
    ]
    assert [file.format for file in files] == ["docx", "text", "archive"]
    assert [file.path.read_bytes() for file in files[:2]] == [b"one", b"two"]
    assert {file.depth for file in files} == {1}
    assert files[0].name == "Báo cáo.docx"
    assert {file.path.parent for file in files} == {limits.spool}
    assert "Báo" not in files[0].path.name  # spool names are made here


def test_the_day_of_a_member_is_kept(tmp_path: Path, limits: Limits) -> None:
    info = zipfile.ZipInfo("a.txt", (2021, 3, 4, 5, 6, 8))
    (file,) = read(tmp_path, pack([info]), limits)
    assert file.fetched_at == datetime(2021, 3, 4, 5, 6, 8, tzinfo=UTC)


@pytest.mark.parametrize(
    "name",
    ["../thoat.txt", "a/../../b.txt", "/etc/x.txt", "C:/x.txt", "..\\x.txt", "nul.txt", "a/COM1"],
)
def test_a_name_that_leads_out_fails_alone(name: str, tmp_path: Path, limits: Limits) -> None:
    bad, good = read(tmp_path, pack({name: b"bad", "tot.txt": b"good"}), limits)
    assert isinstance(bad, Unreadable)
    assert isinstance(bad.error, UnsafeSource)
    assert "không giải nén" in str(bad.error)
    assert good.path.read_bytes() == b"good"
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert sorted(path.parent for path in written) == [tmp_path, limits.spool]


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_links_and_devices_are_never_made(kind: int, tmp_path: Path, limits: Limits) -> None:
    info = zipfile.ZipInfo("a.txt")
    info.external_attr = (kind | 0o777) << 16
    (item,) = read(tmp_path, pack([info]), limits)
    assert isinstance(item, Unreadable)
    assert isinstance(item.error, UnsafeSource)


def test_a_bomb_fails_alone_and_leaves_nothing_in_the_spool(tmp_path: Path, limits: Limits) -> None:
    bomb, good = read(tmp_path, pack({"bom.txt": bytes(12_000_000), "tot.txt": b"x"}), limits)
    assert isinstance(bomb, Unreadable)
    assert isinstance(bomb.error, UnsafeSource)
    assert "bom nén" in str(bomb.error)
    assert list(limits.spool.iterdir()) == [good.path]


def test_sizes_are_counted_and_not_believed(tmp_path: Path, limits: Limits) -> None:
    content = bytearray(pack({"a.txt": bytes(3_000_000)}))
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 10)  # says ten bytes
    small = Limits(spool=limits.spool, max_bytes=1_000_000)
    (item,) = read(tmp_path, bytes(content), small)
    assert isinstance(item, Unreadable)
    assert isinstance(item.error, UnsupportedSource | ExtractionFailed)
    assert list(limits.spool.iterdir()) == []


def test_members_that_are_too_much_together_stop_the_archive(
    tmp_path: Path, limits: Limits
) -> None:
    few = Limits(spool=limits.spool, max_archive_bytes=2_500)
    content = pack({f"{number}.txt": bytes(1_000) for number in range(5)})
    items = extract(source(tmp_path, content), few)
    assert [next(items).name, next(items).name] == ["0.txt", "1.txt"]
    with pytest.raises(UnsafeSource, match=r"goi\.zip: giải nén ra hơn"):
        next(items)


def test_too_many_members_and_too_many_layers_are_refused(tmp_path: Path, limits: Limits) -> None:
    content = pack({f"{number}.txt": b"x" for number in range(4)})
    with pytest.raises(UnsafeSource, match="có 4 tệp, quá giới hạn 3"):
        read(tmp_path, content, Limits(spool=limits.spool, max_archive_files=3))
    with pytest.raises(UnsafeSource, match="nằm trong 3 lớp"):
        list(extract(source(tmp_path, content, depth=3), limits))
    assert len(list(extract(source(tmp_path, content, depth=2), limits))) == 4


def test_an_encrypted_member_says_what_to_do(tmp_path: Path, limits: Limits) -> None:
    content = bytearray(pack({"mat.txt": b"x"}))
    content[content.index(b"PK\x01\x02") + 8] |= 1
    (item,) = read(tmp_path, bytes(content), limits)
    assert isinstance(item, Unreadable)
    assert "mat.txt: có mật khẩu" in str(item.error)


def test_unknown_formats_are_reported_and_leftovers_ignored(tmp_path: Path, limits: Limits) -> None:
    members = ["anh.jpg", "__MACOSX/._a.txt", ".DS_Store", "x/Thumbs.db", "~$bao-cao.docx", "a.txt"]
    skipped, file = read(tmp_path, pack(dict.fromkeys(members, b"x")), limits)
    assert isinstance(skipped, Unreadable)
    assert skipped.skipped
    assert skipped.origin.endswith("!/anh.jpg")
    assert file.name == "a.txt"


def test_a_damaged_member_fails_alone(tmp_path: Path, limits: Limits) -> None:
    content = bytearray(pack({"hong.txt": bytes(range(256)) * 40, "tot.txt": b"x"}))
    content[60:90] = b"\xff" * 30
    bad, good = read(tmp_path, bytes(content), limits)
    assert isinstance(bad, Unreadable)
    assert isinstance(bad.error, ExtractionFailed)
    assert good.name == "tot.txt"


def test_two_members_of_one_name_are_two_files(tmp_path: Path, limits: Limits) -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        content = pack([zipfile.ZipInfo("a/mau.txt"), zipfile.ZipInfo("a/mau.txt")])
    files = read(tmp_path, content, limits)
    assert [file.name for file in files] == ["mau.txt", "mau (2).txt"]


@pytest.mark.parametrize(
    "raw", ["Đề án số 5.txt".encode(), to_tcvn3("Báo cáo tổng kết mô hình.txt")]
)
def test_names_in_other_code_pages_are_repaired(raw: bytes, tmp_path: Path, limits: Limits) -> None:
    plain = "x" * len(raw)
    content = pack({plain: b"x"}).replace(plain.encode(), raw)  # without the flag of UTF-8
    (file,) = read(tmp_path, content, limits)
    assert file.name in ("Đề án số 5.txt", "Báo cáo tổng kết mô hình.txt")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip", pack({"a.txt": b"x"})[:-30]])
def test_what_is_no_archive_says_so(content: bytes, tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(ExtractionFailed, match="ZIP bị hỏng"):
        read(tmp_path, content, limits)


def test_a_file_that_is_gone_or_too_large_is_reported(tmp_path: Path, limits: Limits) -> None:
    with pytest.raises(SourceUnavailable, match=r"x\.zip: không đọc được"):
        list(extract(SourceFile(tmp_path / "x.zip", "archive"), limits))
    with pytest.raises(UnsupportedSource, match="lớn hơn giới hạn"):
        read(tmp_path, pack({"a.txt": b"x"}), Limits(spool=limits.spool, max_bytes=10))


def test_a_name_that_is_too_long_to_be_a_key_fails_alone(tmp_path: Path, limits: Limits) -> None:
    refused, fine = read(tmp_path, pack({f"{'a' * 2000}.md": b"x", "b.md": b"x"}), limits)
    assert isinstance(refused, Unreadable)
    assert isinstance(refused.error, UnsupportedSource)
    assert "dài quá 2000 byte" in str(refused.error)
    assert len(refused.origin.encode()) <= 2000
    assert isinstance(fine, SourceFile)
