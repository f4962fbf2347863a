"""One way from a file to what it holds, whatever its format.

It runs in a worker process (`ingest.workers`) or, for small files of plain formats, in this one.
What a format needs is imported when a file needs it: most runs see few formats, and a run that
finds nothing changed shall not wait for the tables of any.
"""

import importlib
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version

from ingest.formats import detect_format
from ingest.ports import Extractor, Item, Limits
from ingest.records.case_text import years_in
from ingest.records.jsonl import read_jsonl
from ingest.records.markdown import read_markdown
from ingest.sources import SourceFile, Unreadable, read_bytes, read_text, unreadable_file
from kb.errors import (
    EmptyDocument,
    ExtractionFailed,
    IngestError,
    MissingTool,
    UnsupportedSource,
)
from kb.ids import content_sha256, document_id_for
from kb.models import Document
from kb.settings import IngestSettings

# Raised when a change of the code makes readers give something else for the same file, so that the
# next run reads everything again.
READER_VERSION = 2

# Formats that are read without libraries that parse binary data.
PLAIN_FORMATS = frozenset({"casebook", "markdown"})
# Format -> module of `ingest.extractors` with `extract(file, limits)`.
_MODULES = {
    "docx": "docx",
    "doc": "doc",
    "pdf": "pdf",
    "pptx": "slides",
    "rtf": "rtf",
    "odt": "open_document",
    "register": "register",
    "mail": "mail",
    "archive": "archive",
}
# Records say themselves what they are; the words of articles are looked at.
_ARTICLE_FORMATS = frozenset(
    {"markdown", "text", "html", "docx", "doc", "pdf", "pptx", "rtf", "odt", "mail"}
)
_HEAD = 4096
_META_CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9._-]+)""", re.IGNORECASE)


def read_documents(
    file: SourceFile, limits: Limits | None = None, *, max_bytes: int | None = None
) -> Iterator[Item]:
    """Yield what a file holds; what is wrong with it or a part of it is yielded, not raised.

    Args:
        file: The file.
        limits: What reading it may take.
        max_bytes: Limit of its size, instead of that of `limits`.

    Raises:
        MemoryError: The caller's process has no memory left.
    """
    limits = limits or Limits()
    if max_bytes is not None:
        limits = replace(limits, max_bytes=max_bytes)
    try:
        yield from _items(file, limits)
    except IngestError as exc:
        yield Unreadable(file.origin, exc)
    except OSError as exc:
        yield Unreadable(file.origin, unreadable_file(file, exc))
    except MemoryError:
        raise
    # The libraries of formats raise nearly anything on broken files; the file fails alone.
    except Exception as exc:  # noqa: BLE001
        message = (
            f"{file.name}: không đọc được nội dung ({type(exc).__name__}); tệp có thể hỏng. "
            "Mở tệp bằng chương trình soạn thảo, lưu lại rồi nạp lại."
        )
        yield Unreadable(file.origin, _chained(ExtractionFailed(message), exc))


def format_of(file: SourceFile) -> str:
    """Return the format that a file's bytes are in.

    Raises:
        SourceUnavailable: It cannot be read.
        UnsupportedSource: It is of a format that is not read.
    """
    return detect_format(file.path, file.format)


def reader_version(settings: IngestSettings) -> str:
    """Return what decides, beside a file's bytes, what is read from it."""
    try:
        package = version("mohinh-kb")
    except PackageNotFoundError:  # run from a checkout that is not installed
        package = ""
    names = (
        "max_file_mb",
        "max_archive_mb",
        "max_archive_files",
        "file_timeout_seconds",
        "worker_memory_mb",
        "ocr",
        "extract_cases",
    )
    chosen = {name: getattr(settings, name) for name in names}
    return content_sha256(str(READER_VERSION), package, json.dumps(chosen))[:16]


def _items(file: SourceFile, limits: Limits) -> Iterator[Item]:
    status = file.path.stat()
    if status.st_size == 0:
        raise EmptyDocument(f"{file.name}: tệp rỗng. Kiểm tra tệp rồi nạp lại.")
    if status.st_size > limits.max_bytes:
        read_bytes(file, max_bytes=limits.max_bytes)  # says so
    found = format_of(file)
    if found != file.format:
        file = replace(file, format=found)
    fetched_at = file.fetched_at or datetime.fromtimestamp(status.st_mtime, UTC)
    for item in _extractor(found, file)(file, limits):
        if isinstance(item, Document):
            document = replace(
                item, fetched_at=item.fetched_at or fetched_at, url=item.url or file.url
            )
            if found in _ARTICLE_FORMATS:
                yield from _finished(document, limits, file)
            else:
                yield document
        else:
            yield item


def _finished(document: Document, limits: Limits, file: SourceFile) -> Iterator[Item]:
    """Yield an article with what its words tell; where that fails, the article and the failure."""
    try:
        yield finish(document, limits)
    except MemoryError:
        raise
    # The text itself is sound: it must not be lost because something in it was not understood.
    except Exception as exc:  # noqa: BLE001
        yield document
        message = (
            f"{file.name}: đã nạp bài, nhưng không rút được thông tin và mô hình trong bài "
            f"({type(exc).__name__}). Gửi tệp này cho người phụ trách phần mềm."
        )
        yield Unreadable(file.origin, _chained(ExtractionFailed(message), exc))


def finish(document: Document, limits: Limits) -> Document:
    """Return an article with the metadata and the cases that its words tell.

    Args:
        document: As an extractor gives it; a case comes back as it is.
        limits: Say whether cases are looked for.
    """
    if document.kind != "article":
        return document
    from ingest.metadata.enrich import document_sha256, enrich

    enriched = enrich(document)
    if limits.extract_cases:
        from ingest.cases import extract_cases

        enriched = replace(enriched, extracted=extract_cases(enriched))
    return replace(enriched, sha256=document_sha256(enriched))


def _extractor(found: str, file: SourceFile) -> Extractor:
    match found:
        case "casebook":
            return _read_casebook
        case "markdown":
            return _read_markdown
        case "text" | "html":
            return _read_article
    try:
        module = importlib.import_module(f"ingest.extractors.{_MODULES[found]}")
    except ModuleNotFoundError as exc:
        if exc.name is not None and not exc.name.startswith("ingest."):
            raise MissingTool(
                f"{file.name}: thiếu gói {exc.name!r} để đọc định dạng này. Cài lại chương trình."
            ) from exc
        raise UnsupportedSource(f"{file.name}: chưa đọc được định dạng {found!r}.") from exc
    extract: Extractor = module.extract
    return extract


def _read_casebook(file: SourceFile, limits: Limits) -> Iterator[Item]:
    text = _text(file, limits)
    for item in read_jsonl(text, origin=file.origin, name=file.name):
        yield Unreadable(file.origin, item) if isinstance(item, IngestError) else item


def _read_markdown(file: SourceFile, limits: Limits) -> Iterator[Item]:
    yield read_markdown(_text(file, limits), origin=file.origin, name=file.name)


def _read_article(file: SourceFile, limits: Limits) -> Iterator[Item]:
    from ingest.articles.article import extract_article

    declared = _meta_charset(file) if file.format == "html" else None
    raw = _text(file, limits, declared)
    article = extract_article(raw, file_name=file.name, is_html=file.format == "html")
    yield Document(
        document_id=document_id_for(file.origin),
        kind="article",
        title=article.title,
        text=article.text,
        origin=file.origin,
        sha256=content_sha256("article", repr(article)),
        publisher=article.publisher,
        author=article.author,
        url=article.url,
        published=article.published,
        province=article.province,
        years=years_in(article.published, article.title),
        updated=article.updated,
        evidence=article.evidence,
    )


def _text(file: SourceFile, limits: Limits, declared: str | None = None) -> str:
    text = read_text(file, max_bytes=limits.max_bytes, declared=declared)
    if not text.strip():
        raise EmptyDocument(f"{file.name}: tệp rỗng. Kiểm tra tệp rồi nạp lại.")
    return text


def _meta_charset(file: SourceFile) -> str | None:
    """Return the encoding that a page declares in its head."""
    with file.path.open("rb") as stream:
        match = _META_CHARSET.search(stream.read(_HEAD))
    return match[1].decode("ascii") if match else None


def _chained(error: IngestError, cause: Exception) -> IngestError:
    error.__cause__ = cause
    return error
