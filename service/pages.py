"""What the officers' pages need beside templates: the environment and how values are shown."""

import hashlib
import re
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from kb.dates import show_date
from kb.figures import result_line
from kb.models import Answer, AnswerRow, Citation, ExtractedCase, Field, Filters, Span
from kb.places import get_province
from kb.taxonomy import FIELD_NAMES, topic_name
from retrieval.interpretation import Row, describe_interpretation
from retrieval.permalinks import SHA_CHARS, document_path
from retrieval.query import PART_NAMES
from retrieval.rendering import key_result, source_line
from service.briefs import pdf
from service.briefs.model import BriefFormat
from service.job_text import (
    STATUS_NAMES,
    failure_key,
    job_subject,
    moment,
    outcome_line,
    outcome_name,
    progress_line,
    source_name,
)

_FOLDER = Path(__file__).parent
_BLANK_LINES = re.compile(r"\n{2,}")
_BRIEF_NAMES: Mapping[BriefFormat, str] = {"docx": "Word", "md": "Markdown", "pdf": "PDF"}


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a text, marked or not."""

    text: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class Switch:
    """Rows of the understanding that are switched off together; no parts, no switch."""

    parts: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class CitedDocument:
    """A document with the citations that quote it."""

    document_id: str
    case_id: str | None
    title: str
    publisher: str | None
    published: str | None
    url: str | None
    sha256: str
    fetched_at: datetime | None
    citations: tuple[Citation, ...]


def render(template: str, **context: Any) -> str:
    """Return a page.

    Args:
        template: File name under `templates`.
        **context: What it shows; every value is escaped.
    """
    return _environment().get_template(template).render(**context)


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        place=show_place,
        date=show_date,
        source_url=safe_url,
        field_name=lambda field: FIELD_NAMES[Field(field)],
        topic_name=topic_name,
        number=show_number,
        seconds=show_seconds,
        understood=understood,
        part_names=part_names,
        failure_key=failure_key,
        job_status=lambda status: STATUS_NAMES[status],
        job_subject=job_subject,
        key_result=key_result,
        moment=moment,
        outcome_line=outcome_line,
        outcome_name=outcome_name,
        progress_line=progress_line,
        source_name=source_name,
        source_line=source_line,
        one_line_breaks=lambda text: _BLANK_LINES.sub("\n", text),
        result_line=result_line,
        row_sources=row_sources,
    )
    environment.tests["told_case"] = lambda case: isinstance(case, ExtractedCase)
    environment.globals.update(
        brief_formats=brief_formats,
        document_url=document_path,
        filter_values=filter_values,
        list_url=list_url,
        row_of=row_of,
        segments=segments,
        switched=switched,
        style_version=_digest(_FOLDER / "static" / "style.css"),
    )
    return environment


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def segments(text: str, start_char: int, spans: Iterable[Span]) -> list[Segment]:
    """Return a text cut at the borders of spans.

    Args:
        text: A stretch of a document.
        start_char: Where it starts in the document.
        spans: Spans of the document; what lies outside `text` is left out, and spans that
            touch or overlap become one.

    Example:
        >>> [(s.text, s.is_marked) for s in segments("nuôi tôm", 10, [Span(15, 18)])]
        [('nuôi ', False), ('tôm', True)]
    """
    result: list[Segment] = []
    position = 0
    for start, end in _merged(spans, start_char, len(text)):
        if start > position:
            result.append(Segment(text[position:start], is_marked=False))
        result.append(Segment(text[start:end], is_marked=True))
        position = end
    if position < len(text):
        result.append(Segment(text[position:], is_marked=False))
    return result


def _merged(spans: Iterable[Span], offset: int, length: int) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for span in sorted(spans, key=lambda span: (span.start_char, span.end_char)):
        start = max(0, span.start_char - offset)
        end = min(length, span.end_char - offset)
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def show_place(name: str | None) -> str:
    """Return a province as its source names it, with today's name where that differs.

    Example:
        >>> show_place("Bạc Liêu")
        'Bạc Liêu (nay thuộc Cà Mau)'
    """
    if not name:
        return ""
    province = get_province(name)
    if province is None or province.is_current:
        return name
    return f"{name} (nay thuộc {province.today})"


def show_number(value: int) -> str:
    """Return a count with points between thousands.

    Example:
        >>> show_number(1129)
        '1.129'
    """
    return f"{value:,}".replace(",", ".")


def show_seconds(milliseconds: float) -> str:
    """Return a duration in seconds with a decimal comma.

    Example:
        >>> show_seconds(123.4)
        '0,12'
    """
    return f"{milliseconds / 1000:.2f}".replace(".", ",")


def safe_url(url: str | None) -> str | None:
    """Return an address if a link may lead there: http or https, with a host.

    Example:
        >>> safe_url("javascript:alert(1)") is None
        True
    """
    if not url:
        return None
    try:
        parts = urlsplit(url.strip())
    except ValueError:
        return None
    return url.strip() if parts.scheme in {"http", "https"} and parts.netloc else None


def list_url(path: str, values: Mapping[str, object], **changes: object) -> str:
    """Return an address with the values that are given, after changes.

    Example:
        >>> list_url("/briefs", {"q": "", "case": ("a", "b")}, format="md")
        '/briefs?case=a&case=b&format=md'
    """
    merged = {**values, **changes}
    given = {key: value for key, value in merged.items() if value not in {None, "", ()}}
    query = urlencode(given, doseq=True)
    return f"{path}?{query}" if query else path


def filter_values(filters: Filters) -> dict[str, str]:
    """Return conditions as parameters of an address.

    Example:
        >>> filter_values(Filters(province="Cà Mau", year=2023))
        {'province': 'Cà Mau', 'year': '2023'}
    """
    values = {
        "province": filters.province,
        "field": filters.field.value if filters.field else None,
        "topic": filters.topic,
        "year": filters.year,
    }
    return {key: str(value) for key, value in values.items() if value is not None}


def brief_formats() -> dict[BriefFormat, str]:
    """Return the formats of a brief that can be made here, with their names.

    PDF takes LibreOffice, which may be installed while the service runs.
    """
    has_pdf = any(shutil.which(name) for name in pdf.PROGRAMS)
    return {key: name for key, name in _BRIEF_NAMES.items() if key != "pdf" or has_pdf}


def understood(interpretation: Mapping[str, Any]) -> list[Switch]:
    """Return what the search understood, rows of the same switch together.

    The rows of a follow-up, of the reading and of what is switched off are shown apart (`row_of`).
    """
    apart = {"follow_up", "reading", "off"}
    rows = [row for row in describe_interpretation(interpretation) if row.key not in apart]
    return [Switch(parts, tuple(own)) for parts, own in groupby(rows, key=lambda row: row.parts)]


def row_of(interpretation: Mapping[str, Any], key: str) -> Row | None:
    """Return the row of a key, or None if there is nothing to tell."""
    rows = describe_interpretation(interpretation)
    return next((row for row in rows if row.key == key), None)


def switched(off: str, names: Iterable[str], *, on: bool = False) -> str:
    """Return the parameter `bo` with further parts switched off, or with some switched on again.

    Example:
        >>> switched("synonyms", ["typos"]), switched("typos,synonyms", ["typos"], on=True)
        ('typos,synonyms', 'synonyms')
    """
    kept = {name for name in off.split(",") if name}
    wanted = kept - set(names) if on else kept | set(names)
    return ",".join(name for name in PART_NAMES if name in wanted)


def part_names(names: Iterable[str]) -> str:
    """Return the Vietnamese names of parts in a row."""
    return ", ".join(PART_NAMES[name] for name in names)


def row_sources(row: AnswerRow) -> str:
    """Return how many sources tell a case of a table, how many on their own, and the newest date.

    Example:
        >>> from kb.models import Cell
        >>> case = Cell("Nuôi dê")
        >>> row_sources(AnswerRow("a", "a", case, case, source_count=3, independent_source_count=2))
        '3 nơi đăng, 2 nguồn độc lập; không ghi ngày'
    """
    count = "1 nguồn"
    if row.source_count > 1:
        count = f"{row.source_count} nơi đăng, {row.independent_source_count} nguồn độc lập"
    newest = f"mới nhất {show_date(row.published)}" if row.published else "không ghi ngày"
    return f"{count}; {newest if row.source_count > 1 else newest.removeprefix('mới nhất ')}"


def cited_documents(answer: Answer) -> list[CitedDocument]:
    """Return the citations of an answer by document, in the order of their first marker."""
    by_id: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        by_id.setdefault(citation.document_id, []).append(citation)
    return [
        CitedDocument(
            document_id=document_id,
            case_id=own[0].case_id,
            title=own[0].title,
            publisher=own[0].publisher,
            published=own[0].published,
            url=own[0].url,
            sha256=own[0].sha256[:SHA_CHARS],
            fetched_at=own[0].fetched_at,
            citations=tuple(own),
        )
        for document_id, own in by_id.items()
    ]
