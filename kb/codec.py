"""Domain types as plain data and back: one shape for the store, the CLI and the HTTP API."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kb.models import (
    Case,
    CaseFact,
    CaseFigure,
    CaseResult,
    ExtractedCase,
    Field,
    Locator,
    MetadataEvidence,
    Source,
    Span,
)


def _without_none(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if value is not None}


def source_to_data(source: Source) -> dict[str, Any]:
    """Return a source as plain data; absent fields are left out."""
    return _without_none(
        {
            "title": source.title,
            "publisher": source.publisher,
            "url": source.url,
            "published": source.published,
        }
    )


def source_from_data(data: Mapping[str, Any]) -> Source:
    """Return the source that `source_to_data` wrote."""
    return Source(
        title=data.get("title"),
        publisher=data.get("publisher"),
        url=data.get("url"),
        published=data.get("published"),
    )


def case_to_data(case: Case) -> dict[str, Any]:
    """Return a case as plain data, in the shape of the casebook; absent fields are left out."""
    data = {
        "id": case.case_id,
        "name": case.name,
        "field": case.field.value,
        "topics": list(case.topics),
        "province": case.province,
        "district": case.district,
        "commune": case.commune,
        "organization": case.organization,
        "participants": case.participants,
        "period": case.period,
        "problem": case.problem,
        "approach": list(case.approach) or None,
        "results": [
            _without_none({"text": result.text, "value": result.value, "unit": result.unit})
            for result in case.results
        ]
        or None,
        "conditions": case.conditions,
        "sources": [source_to_data(source) for source in case.sources],
    }
    return _without_none(data)


def case_from_data(data: Mapping[str, Any]) -> Case:
    """Return the case that `case_to_data` wrote."""
    return Case(
        case_id=data["id"],
        name=data["name"],
        field=Field(data["field"]),
        topics=tuple(data["topics"]),
        province=data["province"],
        district=data.get("district"),
        commune=data.get("commune"),
        organization=data.get("organization"),
        participants=data.get("participants"),
        period=data.get("period"),
        problem=data.get("problem"),
        approach=tuple(data.get("approach") or ()),
        results=tuple(results_from_data(data.get("results") or ())),
        conditions=data.get("conditions"),
        sources=tuple(source_from_data(source) for source in data.get("sources") or ()),
    )


def results_from_data(rows: Iterable[Mapping[str, Any]]) -> Iterable[CaseResult]:
    """Yield results from plain data."""
    for row in rows:
        yield CaseResult(row["text"], row.get("value"), row.get("unit"))


def span_to_data(span: Span) -> dict[str, int]:
    """Return a span as plain data."""
    return {"start_char": span.start_char, "end_char": span.end_char}


def span_from_data(data: Mapping[str, int]) -> Span:
    """Return the span that `span_to_data` wrote."""
    return Span(data["start_char"], data["end_char"])


def locator_to_data(locator: Locator) -> list[Any]:
    """Return a locator as a short row, since a register has thousands."""
    return [locator.start_char, locator.kind, locator.number, locator.sheet]


def locator_from_data(row: Sequence[Any]) -> Locator:
    """Return the locator that `locator_to_data` wrote."""
    return Locator(row[0], row[1], row[2], row[3])


def evidence_to_data(evidence: MetadataEvidence) -> dict[str, Any]:
    """Return metadata evidence as plain data; an absent span is left out."""
    return _without_none(
        {
            "field": evidence.field,
            "value": evidence.value,
            "confidence": evidence.confidence,
            "source": evidence.source,
            "quote": evidence.quote,
            "span": span_to_data(evidence.span) if evidence.span else None,
        }
    )


def evidence_from_data(data: Mapping[str, Any]) -> MetadataEvidence:
    """Return the evidence that `evidence_to_data` wrote."""
    span = data.get("span")
    return MetadataEvidence(
        field=data["field"],
        value=data["value"],
        confidence=data["confidence"],
        source=data["source"],
        quote=data["quote"],
        span=span_from_data(span) if span else None,
    )


def extracted_to_data(case: ExtractedCase) -> dict[str, Any]:
    """Return an extracted case as plain data; absent fields are left out."""
    return _without_none(
        {
            "id": case.case_id,
            "document_id": case.document_id,
            "name": case.name,
            "mentions": [span_to_data(span) for span in case.mentions],
            "passages": [span_to_data(span) for span in case.passages],
            "figures": [
                {
                    "value": figure.value,
                    "unit": figure.unit,
                    "qualifier": figure.qualifier,
                    "per": figure.per,
                    "text": figure.text,
                    "span": span_to_data(figure.span),
                    "number_span": span_to_data(figure.number_span),
                }
                for figure in case.figures
            ],
            "place": _fact_to_data(case.place),
            "province": case.province,
            "organization": _fact_to_data(case.organization),
            "period": _fact_to_data(case.period),
            "field": case.field.value if case.field else None,
            "topics": list(case.topics),
            "subject": case.subject,
            "confidence": case.confidence,
            "same_as": case.same_as,
        }
    )


def extracted_from_data(data: Mapping[str, Any]) -> ExtractedCase:
    """Return the extracted case that `extracted_to_data` wrote."""
    return ExtractedCase(
        case_id=data["id"],
        document_id=data["document_id"],
        name=data["name"],
        mentions=tuple(map(span_from_data, data["mentions"])),
        passages=tuple(map(span_from_data, data["passages"])),
        figures=tuple(
            CaseFigure(
                value=row["value"],
                unit=row["unit"],
                qualifier=row["qualifier"],
                per=row["per"],
                text=row["text"],
                span=span_from_data(row["span"]),
                number_span=span_from_data(row["number_span"]),
            )
            for row in data["figures"]
        ),
        place=_fact_from_data(data.get("place")),
        province=data.get("province"),
        organization=_fact_from_data(data.get("organization")),
        period=_fact_from_data(data.get("period")),
        field=Field(data["field"]) if data.get("field") else None,
        topics=tuple(data["topics"]),
        subject=data.get("subject"),
        confidence=data["confidence"],
        same_as=data.get("same_as"),
    )


def _fact_to_data(fact: CaseFact | None) -> dict[str, Any] | None:
    if fact is None:
        return None
    return {
        "value": fact.value,
        "span": span_to_data(fact.span),
        "confidence": fact.confidence,
    }


def _fact_from_data(data: Mapping[str, Any] | None) -> CaseFact | None:
    if data is None:
        return None
    return CaseFact(data["value"], span_from_data(data["span"]), data["confidence"])
