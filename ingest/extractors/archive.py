"""ZIP archives: their members become files of their own.

Nothing that an archive says of itself is believed: sizes are counted while unpacking, in bounded
chunks, and files in the spool have names made here. A member that is built to escape or to
exhaust fails alone; an archive that does as a whole stops.
"""

import lzma
import re
import stat
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from ingest.encodings import decode_text
from ingest.formats import SUFFIXES
from ingest.ports import Item, Limits
from ingest.sources import SourceFile, Unreadable, refused_origin, too_long
from kb.errors import (
    ExtractionFailed,
    IngestError,
    SourceUnavailable,
    UnsafeSource,
    UnsupportedSource,
)
from kb.text import to_reading_form

_CHUNK = 1 << 16
# Text packs at most about 1:20, so more than this over this size is no document.
_MAX_RATIO, _RATIO_FROM = 200, 10_000_000
_IGNORED_FOLDERS = {"__MACOSX"}
_IGNORED_FILES = {".ds_store", "thumbs.db", "desktop.ini"}
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
_UNICODE_PATH = 0x7075
# What reading a damaged or unknown member raises.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    struct.error,
    NotImplementedError,
    RuntimeError,
)


@dataclass(slots=True)
class _Budget:
    """What unpacking has taken so far."""

    written: int = 0


def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
    """Yield the members of an archive as files, and what is wrong with the others.

    Args:
        file: The archive.
        limits: Sizes, number and depth; members are unpacked into `limits.spool`.

    Raises:
        ExtractionFailed: It is no readable ZIP archive.
        UnsafeSource: It lies in too many archives, holds too many files, or unpacks to more than
            `limits.max_archive_bytes`.
        UnsupportedSource: It is larger than `limits.max_bytes`.
        SourceUnavailable: It cannot be read.
    """
    check_size(file, limits)
    check_depth(file, limits)
    try:
        archive = zipfile.ZipFile(file.path)
    except OSError as exc:
        raise SourceUnavailable(
            f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    except _BROKEN as exc:
        raise ExtractionFailed(
            f"{file.name}: tệp nén ZIP bị hỏng hoặc thiếu phần cuối. Nén hay tải lại rồi nạp lại."
        ) from exc
    with archive:
        members = [member for member in archive.infolist() if not member.is_dir()]
        if len(members) > limits.max_archive_files:
            raise UnsafeSource(
                f"{file.name}: có {len(members)} tệp, quá giới hạn {limits.max_archive_files}. "
                "Chia thành nhiều tệp nén rồi nạp lại."
            )
        yield from _members(file, archive, members, limits)


def check_size(file: SourceFile, limits: Limits) -> None:
    """Refuse a file that is too large.

    Raises:
        UnsupportedSource: It is larger than the limit.
        SourceUnavailable: It cannot be read.
    """
    try:
        size = file.path.stat().st_size
    except OSError as exc:
        raise SourceUnavailable(
            f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    if size > limits.max_bytes:
        raise UnsupportedSource(_too_large(file.name, limits, f"{size / 1e6:.1f} MB "))


def check_depth(file: SourceFile, limits: Limits) -> None:
    """Refuse an archive or a mail that lies in too many others.

    Raises:
        UnsafeSource: It does.
    """
    if file.depth >= limits.max_depth:
        raise UnsafeSource(
            f"{file.name}: nằm trong {file.depth} lớp tệp nén hoặc thư, quá giới hạn "
            f"{limits.max_depth}. Giải nén bớt rồi nạp lại."
        )


def format_of(name: str) -> str | None:
    """Return the format that a name's suffix says, None if it is none that is read."""
    return SUFFIXES.get(PurePosixPath(name).suffix.lower())


def unknown_format(origin: str) -> Unreadable:
    """Return the note on a file inside another whose format is not read."""
    path = PurePosixPath(origin)
    message = (
        f"{path.name}: chưa đọc được định dạng {path.suffix or '(không có đuôi tệp)'!r}. "
        f"Các định dạng: {', '.join(SUFFIXES)}."
    )
    return Unreadable(origin, UnsupportedSource(message), skipped=True)


def numbered(name: str, number: int) -> str:
    """Return the name of the n-th file of one name: an archive or a mail may hold several.

    Example:
        >>> numbered("a/mau.docx", 1), numbered("a/mau.docx", 2)
        ('a/mau.docx', 'a/mau (2).docx')
    """
    path = PurePosixPath(name)
    return name if number == 1 else str(path.with_name(f"{path.stem} ({number}){path.suffix}"))


def new_spool_file(limits: Limits, suffix: str) -> Path:
    """Return a fresh, empty file in the spool; only the suffix comes from outside."""
    safe = suffix.lower() if suffix.lower() in SUFFIXES else ""
    with tempfile.NamedTemporaryFile(
        prefix="kb-", suffix=safe, dir=limits.spool, delete=False
    ) as made:
        return Path(made.name)


def why_unsafe(name: str) -> str | None:
    """Return what is wrong with the name of a file inside another, None if nothing is."""
    parts = name.split("/")
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "tên là đường dẫn tuyệt đối"
    if ".." in parts:
        return "tên đi ra ngoài tệp nén (“..”)"
    if any(ord(char) < 0x20 or 0xD800 <= ord(char) < 0xE000 for char in name):
        return "tên có ký tự điều khiển"
    if any(_DEVICES.fullmatch(part.strip()) for part in parts):
        return "tên là tên thiết bị"
    return None


def _too_large(name: str, limits: Limits, size: str = "") -> str:
    return (
        f"{name}: tệp {size}lớn hơn giới hạn {limits.max_bytes / 1e6:.0f} MB. "
        "Chia nhỏ tệp, hoặc tăng KB_INGEST__MAX_FILE_MB."
    )


def _members(
    file: SourceFile, archive: zipfile.ZipFile, members: list[zipfile.ZipInfo], limits: Limits
) -> Iterator[Item]:
    budget = _Budget()
    seen: Counter[str] = Counter()
    for member in members:
        name = _name_of(member)
        if _is_ignored(name):
            continue
        seen[name] += 1
        name = numbered(name, seen[name])
        origin = f"{file.origin}!/{name}"
        if error := too_long(origin):
            yield Unreadable(refused_origin(origin), error)
            continue
        kind = format_of(name)
        try:
            _check_member(member, name)
            if kind is None:
                yield unknown_format(origin)
                continue
            unpacked = _unpack(file, archive, member, name, limits, budget)
        except IngestError as exc:
            if budget.written > limits.max_archive_bytes:
                raise
            yield Unreadable(origin, exc)
            continue
        yield SourceFile(
            unpacked, kind, known_as=origin, fetched_at=_changed(member, file), depth=file.depth + 1
        )


def _is_ignored(name: str) -> bool:
    path = PurePosixPath(name)
    return (
        not _IGNORED_FOLDERS.isdisjoint(path.parts)
        or path.name.lower() in _IGNORED_FILES
        or path.name.startswith(("._", "~$"))  # of macOS; left by Word while a file is open
    )


def _check_member(member: zipfile.ZipInfo, name: str) -> None:
    """Refuse members by what they are.

    Raises:
        UnsafeSource: A name that leads out, a link or a device.
        ExtractionFailed: It is encrypted.
    """
    problem = why_unsafe(name)
    kind = stat.S_IFMT(member.external_attr >> 16)
    if problem is None and stat.S_ISLNK(kind):
        problem = "là liên kết, không phải tệp"
    elif problem is None and kind and not stat.S_ISREG(kind):
        problem = "là thiết bị hay ống dẫn, không phải tệp"
    if problem is not None:
        raise UnsafeSource(f"{name!r}: {problem}, nên không giải nén. Kiểm tra nguồn gốc tệp nén.")
    if member.flag_bits & _ENCRYPTED:
        raise ExtractionFailed(
            f"{name}: có mật khẩu. Giải nén bằng mật khẩu, rồi nạp tệp đã giải nén."
        )


def _unpack(
    file: SourceFile,
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    name: str,
    limits: Limits,
    budget: _Budget,
) -> Path:
    """Write a member into the spool and return its path.

    Raises:
        UnsafeSource: It unpacks out of proportion, or all members together to too much.
        UnsupportedSource: It is larger than one file may be.
        ExtractionFailed: It is damaged.
    """
    path = new_spool_file(limits, PurePosixPath(name).suffix)
    size = 0
    packed = max(1, min(member.compress_size, file.path.stat().st_size))
    try:
        with archive.open(member) as source, path.open("wb") as target:
            while chunk := source.read(_CHUNK):
                size += len(chunk)
                budget.written += len(chunk)
                _check_budget(file, name, size, packed, limits, budget)
                target.write(chunk)
    except IngestError:
        path.unlink(missing_ok=True)
        raise
    except _BROKEN as exc:
        path.unlink(missing_ok=True)
        raise ExtractionFailed(
            f"{name}: bị hỏng trong tệp nén {file.name}. Nén lại rồi nạp lại."
        ) from exc
    return path


def _check_budget(
    file: SourceFile, name: str, size: int, packed: int, limits: Limits, budget: _Budget
) -> None:
    if budget.written > limits.max_archive_bytes:
        raise UnsafeSource(
            f"{file.name}: giải nén ra hơn {limits.max_archive_bytes / 1e6:.0f} MB, quá giới hạn. "
            "Chia thành nhiều tệp nén rồi nạp lại."
        )
    if size > _RATIO_FROM and size > _MAX_RATIO * packed:
        raise UnsafeSource(
            f"{name}: nén hơn {_MAX_RATIO} lần, giống “bom nén”, nên không giải nén tiếp. "
            "Kiểm tra nguồn gốc tệp nén."
        )
    if size > limits.max_bytes:
        raise UnsupportedSource(_too_large(name, limits))


def _changed(member: zipfile.ZipInfo, file: SourceFile) -> datetime:
    try:
        return datetime(*member.date_time, tzinfo=UTC)
    except ValueError:  # ZIP stores zeros where the date is unknown
        return file.fetched_at or datetime.fromtimestamp(file.path.stat().st_mtime, UTC)


# --- names ----------------------------------------------------------------------------------


def _name_of(member: zipfile.ZipInfo) -> str:
    name = _unicode_path(member) or (
        member.filename if member.flag_bits & _UTF8_NAME else _repaired(member.filename)
    )
    # to_reading_form would drop the control characters that make a name unsafe.
    name = name.replace("\\", "/")
    return to_reading_form(name) if name.isprintable() else name


def _unicode_path(member: zipfile.ZipInfo) -> str | None:
    """Return the name in the extra field that Info-ZIP writes beside one in another code page."""
    extra = member.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        field, extra = extra[4 : 4 + size], extra[4 + size :]
        if kind == _UNICODE_PATH and len(field) > 5:
            try:
                return field[5:].decode("utf-8")
            except UnicodeDecodeError:
                return None
    return None


def _repaired(name: str) -> str:
    """Return a name that the library took for code page 437 in what it was written in."""
    if name.isascii():
        return name
    raw = name.encode("cp437")
    try:
        return decode_text(raw, name="")
    except IngestError:
        return name
