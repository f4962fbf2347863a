"""Checks on office packages (docx, pptx, odt) before a library opens them.

The libraries unpack every part into memory. What a part unpacks to is known only by unpacking it:
the sizes that the directory states can lie, and entries can overlap. So every part is unpacked
once in small pieces and thrown away.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.ports import Limits
from kb.errors import ExtractionFailed, IngestError, SourceUnavailable, UnsafeSource

_PIECE = 1 << 16
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Office never writes a document type; one can only be there to expand entities.
_DECLARATIONS = ("<!DOCTYPE", "<!ENTITY")
_FORBIDDEN = tuple(
    word.encode(encoding)
    for word in _DECLARATIONS
    for encoding in ("utf-8", "utf-16-le", "utf-16-be")
)
_OVERLAP = max(map(len, _FORBIDDEN)) - 1
# An ODT may carry a formula or chart of which we read nothing, with a document type of MathML.
_XML_SUFFIXES = (".xml", ".rels")


def check_zip(path: Path, limits: Limits, *, name: str) -> None:
    """Refuse a package that is broken, protected, or built to exhaust memory.

    Args:
        path: The package.
        limits: `max_archive_bytes` for all parts together, `max_bytes` for one part,
            `max_archive_files` parts.
        name: File name for messages.

    Raises:
        UnsafeSource: It unpacks to more than the limits, or its XML declares entities.
        ExtractionFailed: It is no package, protected by a password, or damaged.
        SourceUnavailable: It cannot be read.
    """
    try:
        with path.open("rb") as stream:
            head = stream.read(len(_OLE))
        if head == _OLE:
            raise ExtractionFailed(_ole_message(name))
        with zipfile.ZipFile(path) as package:
            _check_parts(package, limits, name)
    except (ExtractionFailed, UnsafeSource):
        raise
    except OSError as exc:
        raise SourceUnavailable(
            f"{name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    except NotImplementedError as exc:  # a RuntimeError too, so it comes first
        raise ExtractionFailed(
            f"{name}: tệp nén theo cách không hỗ trợ ({exc}). Mở bằng Word rồi lưu lại."
        ) from exc
    except (zipfile.BadZipFile, zlib.error, EOFError, ValueError, RuntimeError) as exc:
        # RuntimeError is how zipfile says that a part is encrypted.
        raise ExtractionFailed(broken_message(name)) from exc


@contextmanager
def translated_errors(name: str) -> Iterator[None]:
    """Say in our words what a library raises over a broken file: nearly anything.

    Args:
        name: File name for messages.

    Raises:
        ExtractionFailed: The library raised; our own errors pass.
    """
    try:
        yield
    except IngestError:
        raise
    except Exception as exc:
        raise ExtractionFailed(broken_message(name)) from exc


def broken_message(name: str) -> str:
    """Return the message for a package that cannot be opened."""
    return (
        f"{name}: tệp hỏng, bị cắt cụt hoặc không đúng định dạng của đuôi tệp. "
        "Mở bằng Word hoặc LibreOffice rồi lưu lại, hoặc lấy lại bản gốc."
    )


def protected_message(name: str) -> str:
    """Return the message for a file that asks for a password."""
    return (
        f"{name}: tệp có mật khẩu nên không đọc được. Mở tệp, bỏ mật khẩu (Tệp > Thông tin > "
        "Bảo vệ tài liệu), lưu lại rồi nạp lại."
    )


def _ole_message(name: str) -> str:
    return (
        f"{name}: tệp có mật khẩu, hoặc là định dạng Office cũ mang đuôi mới. Bỏ mật khẩu rồi lưu "
        "lại; nếu là tệp cũ thì mở bằng Office rồi lưu thành định dạng mới."
    )


def _check_parts(package: zipfile.ZipFile, limits: Limits, name: str) -> None:
    parts = package.infolist()
    if len(parts) > limits.max_archive_files:
        raise UnsafeSource(
            f"{name}: tệp gồm {len(parts)} phần, vượt giới hạn {limits.max_archive_files}. "
            "Tài liệu thường không có nhiều đến thế; kiểm tra nguồn của tệp."
        )
    total = 0
    for part in parts:
        size = 0
        tail = b""
        is_xml = part.filename.lower().endswith(_XML_SUFFIXES)
        with package.open(part) as stream:
            while piece := stream.read(_PIECE):
                size += len(piece)
                if size > limits.max_bytes or total + size > limits.max_archive_bytes:
                    raise UnsafeSource(_too_large(name, limits))
                if is_xml:
                    window = tail + piece
                    if any(word in window for word in _FORBIDDEN):
                        raise UnsafeSource(
                            f"{name}: phần {part.filename!r} khai báo thực thể XML, điều Office "
                            "không bao giờ làm. Không mở; kiểm tra nguồn của tệp."
                        )
                    tail = window[-_OVERLAP:]
        total += size


def _too_large(name: str, limits: Limits) -> str:
    return (
        f"{name}: giải nén ra quá lớn (giới hạn {limits.max_bytes / 1e6:.0f} MB một phần, "
        f"{limits.max_archive_bytes / 1e6:.0f} MB cả tệp). Nếu tệp đáng tin, chia nhỏ tài liệu "
        "hoặc giảm cỡ ảnh."
    )
