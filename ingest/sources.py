"""Files under the paths that an ingest run is given."""

import hashlib
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path, PurePosixPath

from ingest.encodings import decode_text
from ingest.formats import SUFFIXES
from kb.errors import IngestError, SourceUnavailable, UnsupportedSource

# Files of a folder that describe it and are not cases.
_DESCRIPTIONS = {"readme.md", "template.md", "schema.md", "license.md", "changelog.md"}
_UPLOAD_SCHEME = "upload:"
# PostgreSQL keeps no longer keys than about 2,700 bytes; the column of origins is one.
MAX_ORIGIN_BYTES = 2_000
_MAX_SHOWN = 200
# Names of files that programs leave beside open documents.
_LEFTOVERS = (".", "~$")


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read: of a folder, from inside an archive or a mail, fetched or uploaded.

    Attributes:
        path: Where its bytes are.
        format: One of the values of `ingest.formats.SUFFIXES`, by its name; the bytes may say else.
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
    try:
        is_file, is_folder = absolute.is_file(), absolute.is_dir()
    except OSError as exc:  # a path longer than the system takes, a folder that may not be entered
        raise SourceUnavailable(_unopened(_short(str(path)), exc)) from exc
    if is_file:
        suffix = absolute.suffix.lower()
        if suffix in SUFFIXES:
            yield _named(SourceFile(absolute, SUFFIXES[suffix]))
        else:
            yield Unreadable(absolute.as_posix(), _unsupported(absolute))
        return
    if not is_folder:
        raise SourceUnavailable(_missing(str(path), absolute))
    yield from _walk(absolute, recursive=recursive)


def canonical_path(path: Path) -> Path:
    """Return the absolute path without "..", so that a file has one origin however it is named.

    Links are kept: a linked file is known by the name that it has in its folder.
    """
    return Path(os.path.normpath(path.absolute()))


def too_long(origin: str) -> UnsupportedSource | None:
    """Return the error for an origin that databases cannot keep as a key, None if it is fine.

    Args:
        origin: Absolute path, or the name of a file inside an archive or a mail.
    """
    if len(origin.encode("utf-8", "surrogateescape")) <= MAX_ORIGIN_BYTES:
        return None
    return UnsupportedSource(
        f"{_short(origin)}: đường dẫn dài quá {MAX_ORIGIN_BYTES} byte. "
        "Đặt tên ngắn hơn cho thư mục và tệp, hoặc chuyển tệp lên gần gốc, rồi nạp lại."
    )


def refused_origin(origin: str) -> str:
    """Return what stands for an origin that is too long in reports and in the list of failures."""
    digest = hashlib.sha256(origin.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return f"{_short(origin)}…{digest}"


def _named(file: SourceFile) -> SourceFile | Unreadable:
    error = too_long(file.origin)
    return Unreadable(refused_origin(file.origin), error) if error else file


def _short(name: str) -> str:
    printable = name.encode("utf-8", "backslashreplace").decode()
    return printable if len(printable) <= _MAX_SHOWN else f"{printable[:_MAX_SHOWN]}…"


def _unopened(name: str, exc: OSError) -> str:
    return (
        f"Không mở được {name!r}: {exc.strerror}. Kiểm tra quyền đọc, liên kết và độ dài đường dẫn."
    )


def _missing(name: str, path: Path) -> str:
    if path.is_symlink() and not path.exists():
        return f"{name!r} là liên kết hỏng: đích {str(path.readlink())!r} không có."
    if path.is_symlink() and path.is_dir():
        return (
            f"{name!r} là liên kết tới thư mục {str(path.readlink())!r}, không đi theo. "
            "Nạp thẳng thư mục đó."
        )
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
        if entry.name.startswith(_LEFTOVERS):
            continue
        if not _is_utf8(entry.name):
            printable = path.as_posix().encode("utf-8", "backslashreplace").decode()
            message = f"{printable}: tên tệp không phải UTF-8. Đổi tên tệp rồi nạp lại."
            yield Unreadable(printable, UnsupportedSource(message))
            continue
        try:
            yield from _entry(entry, path, recursive=recursive)
        except OSError as exc:  # a link to itself, a target that may not be looked at
            error = SourceUnavailable(_unopened(entry.name, exc))
            yield Unreadable(path.as_posix(), error)


def _entry(
    entry: os.DirEntry[str], path: Path, *, recursive: bool
) -> Iterator[SourceFile | Unreadable]:
    """Yield what an entry of a folder holds.

    Raises:
        OSError: The system does not tell what it is.
    """
    suffix = path.suffix.lower()
    if entry.is_dir(follow_symlinks=False):
        if recursive:
            yield from _walk(path, recursive=True)
    elif entry.is_symlink() and entry.is_dir():
        # Followed, a link to a folder above would never end.
        message = _missing(entry.name, path)
        yield Unreadable(path.as_posix(), SourceUnavailable(message), skipped=True)
    elif suffix not in SUFFIXES:
        yield Unreadable(path.as_posix(), _unsupported(path), skipped=True)
    elif not entry.is_file():
        yield Unreadable(path.as_posix(), SourceUnavailable(_missing(entry.name, path)))
    elif entry.name.lower() not in _DESCRIPTIONS:
        yield _named(SourceFile(path, SUFFIXES[suffix]))


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:  # Python carries undecodable bytes as lone surrogates
        return False
    return True


def read_text(file: SourceFile, *, max_bytes: int, declared: str | None = None) -> str:
    """Return the content of a text file, in whatever encoding it is.

    Args:
        file: The file.
        max_bytes: Limit of its size.
        declared: Encoding that the file itself declares; what its server declared comes first.

    Raises:
        SourceUnavailable: It cannot be read.
        UnsupportedSource: It is larger than the limit, or not text.
        ExtractionFailed: Its encoding is none that is known.
    """
    return decode_text(
        read_bytes(file, max_bytes=max_bytes), name=file.name, declared=file.charset or declared
    )


def read_bytes(file: SourceFile, *, max_bytes: int) -> bytes:
    """Return the content of a file.

    Raises:
        SourceUnavailable: It cannot be read.
        UnsupportedSource: It is larger than the limit.
    """
    try:
        size = file.path.stat().st_size
        if size > max_bytes:
            raise UnsupportedSource(
                f"{file.name}: tệp {size / 1e6:.1f} MB lớn hơn giới hạn {max_bytes / 1e6:.0f} MB. "
                "Chia nhỏ tệp, hoặc tăng KB_INGEST__MAX_FILE_MB."
            )
        return file.path.read_bytes()
    except OSError as exc:
        raise unreadable_file(file, exc) from exc


def unreadable_file(file: SourceFile, exc: OSError) -> SourceUnavailable:
    """Return the error for a file that the system does not give."""
    return SourceUnavailable(
        f"{file.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
    )


# --- what a run is given --------------------------------------------------------------------


class PathTarget:
    """A file or a folder, and the stored origins that it speaks for."""

    def __init__(self, path: Path, *, recursive: bool) -> None:
        """Take a path.

        Args:
            path: A file or a folder.
            recursive: Whether to enter folders below it.
        """
        self._path = path
        self._recursive = recursive
        self._absolute = canonical_path(path)
        try:
            self._is_folder = self._absolute.is_dir()
        except OSError:  # `files` tells what is wrong
            self._is_folder = False

    @property
    def prefix(self) -> str:
        """What every origin starts with that it may speak for."""
        return self._absolute.as_posix().rstrip("/") + "/" * self._is_folder

    def files(self) -> Iterator[SourceFile | Unreadable]:
        """Yield the files.

        Raises:
            SourceUnavailable: The path does not exist or cannot be read.
        """
        return find_files(self._path, recursive=self._recursive)

    def owns(self, origin: str) -> bool:
        """Tell whether an origin is one that this target would have found, were it still there."""
        if not self._is_folder:
            return origin == self.prefix or origin.startswith(f"{self.prefix}!/")
        if not origin.startswith(self.prefix):
            return False
        return self._recursive or "/" not in container_of(origin)[len(self.prefix) :]


class UploadTarget:
    """A file that came over HTTP and is kept under the data directory (`ingest.jobs`)."""

    def __init__(self, origin: str, uploads: Path) -> None:
        """Take an upload.

        Args:
            origin: `upload:<12 hex digits>/<name>`.
            uploads: The directory of uploads.
        """
        self.prefix = origin
        self._uploads = uploads

    def files(self) -> Iterator[SourceFile | Unreadable]:
        """Yield the file, or that it is gone."""
        file = find_upload(self._uploads, self.prefix)
        if file is None:
            message = f"Không còn tệp tải lên {self.prefix!r}. Tải lên lại."
            yield Unreadable(self.prefix, SourceUnavailable(message))
        else:
            yield file

    def owns(self, origin: str) -> bool:
        """Tell whether an origin is the upload or inside it."""
        return origin == self.prefix or origin.startswith(f"{self.prefix}!/")


def is_upload(target: str) -> bool:
    """Tell whether a target names an upload."""
    return target.startswith(_UPLOAD_SCHEME)


def upload_origin(sha256: str, name: str) -> str:
    """Return what documents of an upload remember of it."""
    return f"{_UPLOAD_SCHEME}{sha256[:12]}/{name}"


def find_upload(uploads: Path, origin: str) -> SourceFile | None:
    """Return the kept file of an upload, None if there is none."""
    digest, _, name = origin.removeprefix(_UPLOAD_SCHEME).partition("/")
    kind = SUFFIXES.get(Path(name).suffix.lower())
    # The name stands in a request: it must not lead out of the directory.
    if kind is None or "/" in name or name in {"", ".", ".."} or not digest.isalnum():
        return None
    kept = next(uploads.glob(f"{digest}*/"), None) if len(digest) == 12 else None
    path = kept / name if kept else None
    return SourceFile(path, kind, known_as=origin) if path and path.is_file() else None


def container_of(origin: str, *, is_stored: Callable[[str], bool] = lambda _: False) -> str:
    """Return the file that an origin lies in on the disk: itself, or the outermost archive or mail.

    In the query of an address "!/" may be the site's own, and an archive may come from an address
    without a suffix; so an address is cut after "?" only where something stored says so.

    Args:
        origin: Path, address or upload.
        is_stored: Whether an address is one that was read.

    Example:
        >>> container_of("/kho/a.zip!/b.eml!/c.docx"), container_of("/kho/a!/b.md")
        ('/kho/a.zip', '/kho/a!/b.md')
        >>> container_of("https://a.vn/a.zip!/b.docx"), container_of("https://a.vn/?f=a.zip!/b.docx")
        ('https://a.vn/a.zip', 'https://a.vn/?f=a.zip!/b.docx')
    """
    is_address = "://" in origin
    position = origin.find("!/")
    while position >= 0:
        outer = origin[:position]
        if is_address and is_stored(outer):
            return outer
        if _holds_files(outer) and not (is_address and "?" in outer):
            return outer
        position = origin.find("!/", position + 1)
    return origin


def _holds_files(name: str) -> bool:
    return SUFFIXES.get(PurePosixPath(name).suffix.lower()) in {"archive", "mail"}


def enclosing(origin: str) -> Iterator[str]:
    """Yield an origin and everything that it lies in: archives, mails and folders.

    Example:
        >>> list(enclosing("/kho/a.zip!/x/b.md"))
        ['/kho/a.zip!/x/b.md', '/kho/a.zip!/x', '/kho/a.zip!', '/kho/a.zip', '/kho', '']
    """
    yield origin
    while "/" in origin:
        origin = origin.rpartition("/")[0]
        yield origin
        if origin.endswith("!"):
            origin = origin[:-1]
            yield origin
