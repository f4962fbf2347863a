"""JSON lines: casebook records (a case a line) and BEIR corpora (a passage a line)."""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ingest.records.models import MAX_ID_LENGTH, CasebookRecord, case_document, validate
from kb.errors import EmptyDocument, ExtractionFailed, IngestError
from kb.ids import content_sha256
from kb.models import Document
from kb.text import to_reading_form

_BAD_ID = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]")


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
        detail = "lồng quá sâu" if isinstance(exc, RecursionError) else getattr(exc, "msg", exc)
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
    return case_document(validate(CasebookRecord, record, where).to_case(), origin, where)


def _beir_document(record: Mapping[str, Any], origin: str, where: str) -> Document:
    document_id, title, body = (record.get(key) for key in ("_id", "title", "text"))
    title = "" if title is None else title
    if not (isinstance(document_id, str) and isinstance(title, str) and isinstance(body, str)):
        raise ExtractionFailed(f"{where}: '_id', 'title' và 'text' phải là chuỗi.")
    if _BAD_ID.search(document_id) or len(document_id) > MAX_ID_LENGTH:
        raise ExtractionFailed(
            f"{where}: '_id' phải dài không quá {MAX_ID_LENGTH} ký tự, không có khoảng trắng "
            "hay ký tự điều khiển."
        )
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
