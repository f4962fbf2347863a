"""Files under the paths that an ingest run is given."""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kb.errors import (
    ExtractionFailed,
    IngestError,
    SourceUnavailable,
    UnsupportedSource,
)

# Formats by suffix; everything else in a folder is skipped, named directly it is an error.
SUFFIXES = {
    ".jsonl": "casebook",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
}
# Files of a folder that describe it and are not cases.
_DESCRIPTIONS = {"readme.md", "template.md", "schema.md", "license.md", "changelog.md"}
# Bytes that no text in UTF-8 has.
_BINARY = bytes([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_HEAD = 8192


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: of a folder, from inside an archive or a mail, fetched or uploaded.

    Attributes:
        path: Where its bytes are.
        format: One of the values of `SUFFIXES`.
        known_as: What documents remember of it, where that is not the path: an address, or
            `archive.zip!/folder/file.docx`.
        url: Address that it was fetched from.
        fetched_at: When; the time of the file's last change if absent.
        charset: Encoding that the server or the mail declares.
        depth: How many archives or mails it lies in.
    """

    path: Path
    format: str
    known_as: str | None = None
    url: str | None = None
    fetched_at: datetime | None = None
    charset: str | None = None
    depth: int = 0

    @property
    def origin(self) -> str:
        """What documents remember of it: the absolute path in POSIX form, or `known_as`."""
        return self.known_as or self.path.as_posix()

    @property
    def name(self) -> str:
        """File name for messages."""
        return self.origin.rstrip("/").rpartition("/")[2] or self.origin


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A path or record that gives no document, and why.

    Attributes:
        origin: The file.
        error: What is wrong, with the remedy.
        skipped: Whether it was passed over on purpose (an unknown format inside a folder) rather
            than failed.
    """

    origin: str
    error: IngestError
    skipped: bool = False


def find_files(path: Path, *, recursive: bool) -> Iterator[SourceFile | Unreadable]:
    """Yield the files of a path, sorted; one that cannot be used yields its error.

    Args:
        path: A file or a folder.
        recursive: Whether to enter folders below it.

    Raises:
        SourceUnavailable: The path itself does not exist or cannot be read.
    """
    absolute = canonical_path(path)
    if absolute.is_file():
        suffix = absolute.suffix.lower()
        if suffix in SUFFIXES:
            yield SourceFile(absolute, SUFFIXES[suffix])
        else:
            yield Unreadable(absolute.as_posix(), _unsupported(absolute))
        return
    if not absolute.is_dir():
        raise SourceUnavailable(_missing(str(path), absolute))
    yield from _walk(absolute, recursive=recursive)


def canonical_path(path: Path) -> Path:
    """Return the absolute path without "..", so that a file has one origin however it is named.

    Links are kept: a linked file is known by the name that it has in its folder.
    """
    return Path(os.path.normpath(path.absolute()))


def _missing(name: str, path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return f"{name!r} là liên kết hỏng: đích {str(path.readlink())!r} không có."
    if path.exists():
        return f"{name!r} không phải tệp thường (ống dẫn hay thiết bị), không đọc được."
    return f"Không có tệp hay thư mục {name!r}. Kiểm tra lại đường dẫn."


def _unsupported(path: Path) -> UnsupportedSource:
    return UnsupportedSource(
        f"{path.name}: chưa đọc được định dạng {path.suffix or '(không có đuôi tệp)'!r}. "
        f"Các định dạng: {', '.join(SUFFIXES)}."
    )


def _walk(folder: Path, *, recursive: bool) -> Iterator[SourceFile | Unreadable]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as exc:
        yield Unreadable(
            folder.as_posix(),
            SourceUnavailable(f"Không mở được thư mục {str(folder)!r}: {exc.strerror}."),
        )
        return
    for entry in entries:
        path = folder / entry.name
        if entry.name.startswith("."):
            continue
        if not _is_utf8(entry.name):
            printable = path.as_posix().encode("utf-8", "backslashreplace").decode()
            message = f"{printable}: tên tệp không phải UTF-8. Đổi tên tệp rồi nạp lại."
            yield Unreadable(printable, UnsupportedSource(message))
            continue
        if entry.is_dir(follow_symlinks=False):
            if recursive:
                yield from _walk(path, recursive=True)
        elif path.suffix.lower() not in SUFFIXES:
            yield Unreadable(path.as_posix(), _unsupported(path), skipped=True)
        elif not entry.is_file():
            yield Unreadable(path.as_posix(), SourceUnavailable(_missing(entry.name, path)))
        elif entry.name.lower() not in _DESCRIPTIONS:
            yield SourceFile(path, SUFFIXES[path.suffix.lower()])


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # Python carries undecodable bytes as lone surrogates
        return False
    return True


def read_text(file: SourceFile, *, max_bytes: int) -> str:
    """Return the content of a file.

    Raises:
        SourceUnavailable: It cannot be read.
        UnsupportedSource: It is larger than the limit, or not text.
        ExtractionFailed: It is not UTF-8.
    """
    name = file.path.name
    try:
        size = file.path.stat().st_size
        if size > max_bytes:
            raise UnsupportedSource(
                f"{name}: tệp {size / 1e6:.1f} MB lớn hơn giới hạn {max_bytes / 1e6:.0f} MB. "
                "Chia nhỏ tệp, hoặc tăng KB_INGEST__MAX_FILE_MB."
            )
        data = file.path.read_bytes()
    except OSError as exc:
        raise SourceUnavailable(
            f"{name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _decode(data, "utf-16", name)
    head = data[:_HEAD]
    if head.translate(None, _BINARY) != head:
        raise UnsupportedSource(
            f"{name}: đây là tệp nhị phân mang đuôi {file.path.suffix!r}, không phải văn bản. "
            "Xuất tài liệu ra văn bản UTF-8 rồi nạp lại."
        )
    return _decode(data, "utf-8-sig", name)


def _decode(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as exc:
        line = data[: exc.start].count(b"\n") + 1
        raise ExtractionFailed(
            f"{name}: dòng {line} không phải UTF-8 (byte 0x{data[exc.start]:02x}). "
            "Lưu lại tệp với bảng mã UTF-8 rồi nạp lại."
        ) from exc
