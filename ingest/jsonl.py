"""JSON lines: casebook records (a case a line) and BEIR corpora (a passage a line)."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.records import CasebookRecord, case_document, validate
from kb.errors import EmptyDocument, ExtractionFailed, IngestError
from kb.ids import content_sha256
from kb.models import Document
from kb.text import to_reading_form


def read_jsonl(text: str, *, origin: str, name: str) -> Iterator[Document | IngestError]:
    """Yield the document of each line; a broken line yields its error and the others go on.

    Args:
        text: Content of the file.
        origin: Where it was read.
        name: File name for messages.
    """
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        where = f"{name}: dòng {number}"
        try:
            yield _document(_parse(line, where), origin, where)
        except IngestError as exc:
            yield exc


def _parse(line: str, where: str) -> Mapping[str, Any]:
    try:
        record = json.loads(line)
    except (ValueError, RecursionError) as exc:
        detail = getattr(exc, "msg", None) or "lồng quá sâu"
        column = f" ở cột {exc.colno}" if isinstance(exc, json.JSONDecodeError) else ""
        raise ExtractionFailed(
            f"{where}: JSON sai{column} ({detail}). Sửa dòng này rồi nạp lại."
        ) from exc
    if not isinstance(record, dict):
        raise ExtractionFailed(f"{where}: phải là một đối tượng JSON {{...}}.")
    return record


def _document(record: Mapping[str, Any], origin: str, where: str) -> Document:
    if "_id" in record:
        return _beir_document(record, origin, where)
    return case_document(validate(CasebookRecord, record, where).to_case(), origin)


def _beir_document(record: Mapping[str, Any], origin: str, where: str) -> Document:
    document_id, title, body = (record.get(key) for key in ("_id", "title", "text"))
    title = "" if title is None else title
    if not (isinstance(document_id, str) and isinstance(title, str) and isinstance(body, str)):
        raise ExtractionFailed(f"{where}: '_id', 'title' và 'text' phải là chuỗi.")
    title, body = to_reading_form(title), to_reading_form(body)
    text = to_reading_form(f"{title}\n\n{body}")
    if not text or not document_id:
        raise EmptyDocument(f"{where}: '_id' hoặc nội dung để trống.")
    return Document(
        document_id=document_id,
        kind="article",
        title=title or body[:100],
        text=text,
        origin=origin,
        sha256=content_sha256("beir", document_id, text),
    )
