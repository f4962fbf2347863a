"""Results as plain data: the one shape of `--json` and of the HTTP API."""

from collections.abc import Mapping, Sequence
from typing import Any

from kb.codec import (
    case_to_data,
    evidence_to_data,
    extracted_to_data,
    source_to_data,
    span_to_data,
)
from kb.figures import result_line
from kb.models import (
    Answer,
    AnswerRow,
    Case,
    Cell,
    Citation,
    Claim,
    Document,
    ExtractedCase,
    Hit,
    Locator,
    Note,
    Passage,
    SearchResult,
    Source,
    Turn,
)
from kb.places import get_province
from kb.taxonomy import FIELD_NAMES, topic_name
from retrieval.permalinks import document_path


def search_to_data(result: SearchResult) -> dict[str, Any]:
    """Return the body of `POST /v1/search` and `kb search --json`."""
    return {
        "query": result.query,
        "interpretation": dict(result.interpretation),
        "total": result.total,
        "hits": [hit_to_data(hit) for hit in result.hits],
        "timings_ms": dict(result.timings_ms),
    }


def hit_to_data(hit: Hit) -> dict[str, Any]:
    """Return one hit. `snippet` and `highlights` are spans of the document's text."""
    document = hit.document
    return {
        "rank": hit.rank,
        "score": hit.score,
        "document_id": document.document_id,
        "case_id": document.case.case_id if document.case else None,
        "title": document.title,
        "snippet": hit.snippet,
        "snippet_start_char": hit.snippet_span.start_char,
        "snippet_end_char": hit.snippet_span.end_char,
        "highlights": [span_to_data(span) for span in hit.highlights],
        "province": document.province,
        "province_today": _today(document.province),
        "field": document.field.value if document.field else None,
        "topics": list(document.topics),
        "organization": document.organization,
        "key_result": key_result(document),
        "url": document.url,
        "publisher": document.publisher,
        "published": document.published,
        "passages": [passage_to_data(passage) for passage in hit.passages],
        "same_case": [same_case_to_data(other) for other in hit.same_case],
        "source_count": hit.source_count,
        "independent_source_count": hit.independent_source_count,
        "features": dict(hit.features),
        "locator": locator_to_data(document.locate(hit.snippet_span.start_char)),
        "cases": [told_case_to_data(case) for case in hit.cases],
    }


def source_line(hit: Hit) -> str:
    """Return how many sources tell the case of a hit, for officers; empty if it is one."""
    if hit.source_count < 2:
        return ""
    if hit.independent_source_count == hit.source_count:
        return f"{hit.source_count} nguồn cùng đưa"
    return f"{hit.source_count} nơi đăng, {hit.independent_source_count} nguồn độc lập"


def passage_to_data(passage: Passage) -> dict[str, Any]:
    """Return a further matching stretch: `text` is verbatim `text[start_char:end_char]`."""
    return {
        "text": passage.text,
        **span_to_data(passage.span),
        "highlights": [span_to_data(span) for span in passage.highlights],
    }


def same_case_to_data(document: Document) -> dict[str, Any]:
    """Return a document that tells the same case as a hit, and is folded into it."""
    return {
        "document_id": document.document_id,
        "title": document.title,
        "publisher": document.publisher,
        "url": document.url,
        "published": document.published,
    }


def answer_to_data(answer: Answer) -> dict[str, Any]:
    """Return the body of `POST /v1/answer` and `kb ask --json`."""
    return {
        "question": answer.question,
        "status": answer.status,
        "reason": answer.reason.value if answer.reason else None,
        "answer": answer.text,
        "claims": [claim_to_data(claim) for claim in answer.claims],
        "citations": [citation_to_data(citation) for citation in answer.citations],
        "related": [hit_to_data(hit) for hit in answer.related],
        "writer": answer.writer,
        "notes": [note_to_data(note) for note in answer.notes],
        "rows": [row_to_data(row) for row in answer.rows],
        "turn": turn_to_data(answer.turn),
        "interpretation": dict(answer.interpretation),
        "timings_ms": dict(answer.timings_ms),
    }


def claim_to_data(claim: Claim) -> dict[str, Any]:
    """Return one claim, as it stands in the body of its answer."""
    return {
        "text": claim.text,
        "citations": list(claim.citations),
        "checks": dict(claim.checks),
        "written_by": claim.written_by,
    }


def note_to_data(note: Note) -> dict[str, Any]:
    """Return what the reader of an answer must know beside it."""
    return {"code": note.code, "text": note.text, "citations": list(note.citations)}


def row_to_data(row: AnswerRow) -> dict[str, Any]:
    """Return a case of an answer as a row of its table."""
    return {
        "document_id": row.document_id,
        "case_id": row.case_id,
        "case": _cell(row.case),
        "place": _cell(row.place),
        "approach": [_cell(cell) for cell in row.approach],
        "results": [_cell(cell) for cell in row.results],
        "conditions": [_cell(cell) for cell in row.conditions],
        "source_count": row.source_count,
        "independent_source_count": row.independent_source_count,
        "published": row.published,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {"text": cell.text, "citations": list(cell.citations)}


def turn_to_data(turn: Turn | None) -> dict[str, Any] | None:
    """Return where an answer stands in its conversation, if it is part of one."""
    if turn is None:
        return None
    return {
        "session_id": turn.session_id,
        "number": turn.number,
        "asked": turn.asked,
        "understood": turn.understood,
        "is_restarted": turn.is_restarted,
    }


def citation_to_data(citation: Citation) -> dict[str, Any]:
    """Return one citation; `quote` is verbatim `text[start_char:end_char]` of its document.

    `permalink` is the path of the page that shows the quote marked; see
    `retrieval.permalinks.permalink` for an absolute address.
    """
    return {
        "marker": citation.marker,
        "document_id": citation.document_id,
        "case_id": citation.case_id,
        "title": citation.title,
        "publisher": citation.publisher,
        "url": citation.url,
        "published": citation.published,
        "quote": citation.quote,
        "start_char": citation.start_char,
        "end_char": citation.end_char,
        "locator": locator_to_data(citation.locator),
        "permalink": document_path(
            citation.document_id, citation.start_char, citation.end_char, citation.sha256
        ),
        "sha256": citation.sha256,
        "fetched_at": citation.fetched_at.isoformat() if citation.fetched_at else None,
    }


def locator_to_data(locator: Locator | None) -> dict[str, Any] | None:
    """Return the page, slide or row of the source, with its name for display."""
    if locator is None:
        return None
    return {
        "kind": locator.kind,
        "number": locator.number,
        "sheet": locator.sheet,
        "label": locator.label,
    }


def told_case_to_data(case: ExtractedCase) -> dict[str, Any]:
    """Return a case that an article tells of, as it stands beside a hit."""
    return {
        "case_id": case.case_id,
        "name": case.name,
        **span_to_data(case.mentions[0]),
        "same_as": case.same_as,
    }


def document_to_data(document: Document, cases: Sequence[ExtractedCase] = ()) -> dict[str, Any]:
    """Return a document with its full text, for showing citations.

    Args:
        document: The document.
        cases: Cases that it tells of.
    """
    return {
        "document_id": document.document_id,
        "case_id": document.case.case_id if document.case else None,
        "kind": document.kind,
        "title": document.title,
        "text": document.text,
        "sha256": document.sha256,
        "publisher": document.publisher,
        "author": document.author,
        "url": document.url,
        "published": document.published,
        "province": document.province,
        "province_today": _today(document.province),
        "field": document.field.value if document.field else None,
        "topics": list(document.topics),
        "organization": document.organization,
        "sources": [source_to_data(source) for source in document.sources],
        "fetched_at": document.fetched_at.isoformat() if document.fetched_at else None,
        "updated": document.updated,
        "level": document.level,
        "subject": document.subject,
        "evidence": [evidence_to_data(item) for item in document.evidence],
        "locators": [
            {"start_char": item.start_char, **(locator_to_data(item) or {})}
            for item in document.locators
        ],
        "cases": [told_case_to_data(case) for case in cases],
    }


def case_card_to_data(case: Case, document_id: str) -> dict[str, Any]:
    """Return a case card: the casebook's fields, names for display, and its document."""
    return {
        "kind": "recorded",
        **case_to_data(case),
        "case_id": case.case_id,
        "document_id": document_id,
        "province_today": _today(case.province),
        "field_name": FIELD_NAMES[case.field],
        "topic_names": [topic_name(topic) for topic in case.topics],
    }


def told_card_to_data(case: ExtractedCase, document: Document) -> dict[str, Any]:
    """Return the card of a case that an article tells of: every field with its span and words."""
    text = document.text
    data = extracted_to_data(case)
    for key in ("mentions", "passages"):
        data[key] = [{**span, "text": _words(text, span)} for span in data[key]]
    return {
        "kind": "extracted",
        **data,
        "case_id": case.case_id,
        "province_today": _today(case.province),
        "field_name": FIELD_NAMES[case.field] if case.field else None,
        "topic_names": [topic_name(topic) for topic in case.topics],
        "sources": [
            source_to_data(
                Source(document.title, document.publisher, document.url, document.published)
            )
        ],
    }


def _words(text: str, span: Mapping[str, int]) -> str:
    return text[span["start_char"] : span["end_char"]]


def _today(province_name: str | None) -> str | None:
    province = get_province(province_name) if province_name else None
    return province.today if province else province_name


def key_result(document: Document) -> str | None:
    """Return the first result of a case, one with a figure if there is one; None for articles."""
    results = document.case.results if document.case else ()
    with_figure = [result for result in results if result.value is not None]
    return next((result_line(result) for result in (*with_figure, *results)), None)
