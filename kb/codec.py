"""Case and Source as plain data and back: one shape for the store, the CLI and the HTTP API."""

from collections.abc import Iterable, Mapping
from typing import Any

from kb.models import Case, CaseResult, Field, Source


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
