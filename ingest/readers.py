"""One way from a file to its documents, whatever its format."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime

from ingest.article import extract_article
from ingest.case_text import years_in
from ingest.jsonl import read_jsonl
from ingest.markdown import read_markdown
from ingest.sources import SourceFile, Unreadable, read_text
from kb.errors import EmptyDocument, IngestError
from kb.ids import content_sha256, document_id_for
from kb.models import Document


def read_documents(file: SourceFile, *, max_bytes: int) -> Iterator[Document | Unreadable]:
    """Yield the documents of a file; what is wrong with it or a record is yielded, not raised.

    Args:
        file: The file.
        max_bytes: Limit of its size.
    """
    try:
        text = read_text(file, max_bytes=max_bytes)
        if not text.strip():
            raise EmptyDocument(f"{file.path.name}: tệp rỗng.")
        fetched_at = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
        for item in _documents(file, text):
            if isinstance(item, IngestError):
                yield Unreadable(file.origin, item)
            else:
                yield replace(item, fetched_at=fetched_at)
    except IngestError as exc:
        yield Unreadable(file.origin, exc)


def _documents(file: SourceFile, text: str) -> Iterator[Document | IngestError]:
    name = file.path.name
    match file.format:
        case "casebook":
            yield from read_jsonl(text, origin=file.origin, name=name)
        case "markdown":
            yield read_markdown(text, origin=file.origin, name=name)
        case _:
            yield _article_document(file, text)


def _article_document(file: SourceFile, raw: str) -> Document:
    article = extract_article(raw, file_name=file.path.name, is_html=file.format == "html")
    return Document(
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
    )
