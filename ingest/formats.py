"""Which format a file is in: the table of suffixes, and what its first bytes say.

Offices rename files freely: a ".doc" that is RTF, HTML or DOCX inside, an ".xls" that is a web
page. What the bytes say wins over the suffix. Only the first kilobytes are read, and of
archives the list of members.
"""

import codecs
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import olefile

from kb.errors import SourceUnavailable, UnsupportedSource

# The one table of suffixes. Everything else in a folder is skipped, named directly it is an error.
SUFFIXES: Mapping[str, str] = {
    ".jsonl": "casebook",
    ".md": "markdown",
    ".markdown": "markdown",
    ".txt": "text",
    ".html": "html",
    ".htm": "html",
    ".docx": "docx",
    ".docm": "docx",
    ".doc": "doc",
    ".pdf": "pdf",
    ".pptx": "pptx",
    ".rtf": "rtf",
    ".odt": "odt",
    ".xlsx": "register",
    ".xlsm": "register",
    ".xls": "register",
    ".ods": "register",
    ".csv": "register",
    ".tsv": "register",
    ".eml": "mail",
    ".zip": "archive",
}

_HEAD = 4096
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
_HTML = re.compile(
    rb"\s*+(?:<\?xml[^>]*>\s*+)?(?:(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html|head|body|meta|table)\b",
    re.IGNORECASE | re.DOTALL,
)
_MIME = re.compile(rb"\s*MIME-Version:\s*1\.0", re.IGNORECASE)
_OFFICE_2003 = re.compile(rb"<\?mso-application\s+progid=[\"'](\w+)\.")

# Member of a package to format; the first that is there decides.
_MEMBERS = (
    ("word/", "docx"),
    ("ppt/", "pptx"),
    ("xl/", "register"),
)
_MIME_TYPES = {
    "application/vnd.oasis.opendocument.text": "odt",
    "application/vnd.oasis.opendocument.spreadsheet": "register",
}
_STREAMS = (
    ("WordDocument", "doc"),
    ("Workbook", "register"),
    ("Book", "register"),
)
# Formats that are binary: what is plain text under such a suffix is not of that format.
_BINARY_FORMATS = frozenset({"docx", "doc", "pdf", "pptx", "rtf", "odt"})
# Formats of text, whose content may hold anything that looks like another.
_TEXT_FORMATS = frozenset({"casebook", "markdown", "mail"})
_CONTROL = bytes([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])

_CONVERT = {
    "ppt": "bài trình chiếu PowerPoint 97-2003; lưu lại thành .pptx rồi nạp lại",
    "odp": "bài trình chiếu OpenDocument; lưu lại thành .pptx rồi nạp lại",
    "msg": "thư Outlook (.msg); lưu lại thành .eml rồi nạp lại",
    "epub": "sách EPUB; xuất ra .docx hoặc .html rồi nạp lại",
    "word2003": "tài liệu XML của Word 2003; mở bằng Word, lưu lại thành .docx rồi nạp lại",
    "excel2003": "bảng tính XML của Excel 2003; mở bằng Excel, lưu lại thành .xlsx rồi nạp lại",
    "rar": "tệp nén RAR; giải nén, hoặc nén lại thành .zip rồi nạp lại",
    "7z": "tệp nén 7-Zip; giải nén, hoặc nén lại thành .zip rồi nạp lại",
    "gzip": "tệp nén GZip; giải nén rồi nạp lại",
}
_COMPRESSED = ((b"Rar!\x1a\x07", "rar"), (b"7z\xbc\xaf\x27\x1c", "7z"), (b"\x1f\x8b\x08", "gzip"))


def detect_format(path: Path, suffix_format: str) -> str:
    """Return the format that a file's content is in.

    A file that is too broken to tell keeps the format of its suffix, so that its extractor says
    what is wrong. A spreadsheet suffix with a web page or plain text inside stays a register:
    `ingest.extractors.register` reads tables of both.

    Args:
        path: The file.
        suffix_format: What its name or its declared content type says, a value of `SUFFIXES`.

    Raises:
        SourceUnavailable: It cannot be read.
        UnsupportedSource: It is of a format that is not read; the message says how to convert it.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError as exc:
        raise SourceUnavailable(
            f"{path.name}: không đọc được tệp ({exc.strerror}). Kiểm tra quyền đọc."
        ) from exc
    found = _by_magic(path, head, suffix_format)
    if found is None and head and suffix_format not in _TEXT_FORMATS:
        found = _by_text(head, suffix_format)
    if found in _CONVERT:
        raise UnsupportedSource(f"{path.name}: nội dung là {_CONVERT[found]}.")
    return found or suffix_format


def _by_magic(path: Path, head: bytes, suffix_format: str) -> str | None:
    if head.startswith(_ZIP):
        return _in_zip(path, suffix_format)
    if head.startswith(_OLE):
        return _in_ole(path, suffix_format)
    if head.lstrip().startswith(b"{\\rtf"):
        return "rtf"
    # Other programs may put bytes before the header; a text may quote it further in.
    if head.startswith(b"%PDF-") or (
        suffix_format not in ("text", *_TEXT_FORMATS) and b"%PDF-" in head[:1024]
    ):
        return "pdf"
    return next((name for magic, name in _COMPRESSED if head.startswith(magic)), None)


def _in_zip(path: Path, suffix_format: str) -> str:
    try:
        with zipfile.ZipFile(path) as package:
            names = package.namelist()
            if "[Content_Types].xml" in names:
                for prefix, name in _MEMBERS:
                    if any(member.startswith(prefix) for member in names):
                        return name
            return _open_document(package) if "mimetype" in names else "archive"
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, RuntimeError):
        # Cut off or encrypted: the suffix is all there is to go by.
        return suffix_format if suffix_format in ("docx", "pptx", "odt", "register") else "archive"


def _open_document(package: zipfile.ZipFile) -> str:
    with package.open("mimetype") as member:
        declared = member.read(200).decode("ascii", "replace").strip()
    if declared.startswith("application/vnd.oasis.opendocument.presentation"):
        return "odp"
    if declared == "application/epub+zip":
        return "epub"
    return _MIME_TYPES.get(declared.removesuffix("-template"), "archive")


def _in_ole(path: Path, suffix_format: str) -> str:
    try:
        with olefile.OleFileIO(path) as compound:
            for stream, name in _STREAMS:
                if compound.exists(stream):
                    return name
            if compound.exists("PowerPoint Document"):
                return "ppt"
            if compound.exists("__properties_version1.0"):
                return "msg"
    except (OSError, ValueError, IndexError, KeyError, TypeError, AttributeError):
        return suffix_format  # damaged: olefile raises whatever the bytes lead it to
    return suffix_format  # with a password, or unknown


def _by_text(head: bytes, suffix_format: str) -> str | None:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        head = head[: len(head) - len(head) % 2].decode("utf-16", "replace").encode()
    head = head.removeprefix(codecs.BOM_UTF8)
    office = _OFFICE_2003.search(head)
    if office:
        return {b"Word": "word2003", b"Excel": "excel2003"}.get(office[1])
    if _HTML.match(head):
        return "register" if suffix_format == "register" else "html"
    if _MIME.match(head) and suffix_format != "text":
        return "mail"  # Word saves "single file web pages" as mails
    is_text = head.translate(None, _CONTROL) == head
    return "text" if is_text and suffix_format in _BINARY_FORMATS else None
