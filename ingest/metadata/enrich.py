"""What an article does not say of itself in so many words, added to its document.

Values that a record, a front matter or the page declared stay as they are; only what is missing is
looked for, and what is not sure stays missing. The same document always gives the same result.
"""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any

from ingest.metadata.actors import find_actors
from ingest.metadata.classify import classify
from ingest.metadata.localities import locate
from ingest.records.case_text import years_in
from kb.facets import find_facets
from kb.ids import content_sha256
from kb.models import Document, MetadataEvidence, Span

_DEFAULTS = {
    field.name: field.default
    for field in dataclasses.fields(Document)
    if field.default is not dataclasses.MISSING
}
# Not content: when it was read, and the digest itself.
# A file that moved holds the same document: only its origin is stored anew.
_NOT_HASHED = {"sha256", "fetched_at", "origin"}
_TITLE_YEAR, _LEAD_YEAR = 0.9, 0.6
_SURE = 0.9
# The opening that is asked for years: title and first paragraph of most articles.
_LEAD_CHARS = 600


def enrich(document: Document) -> Document:
    """Return an article with province, field, topics, organisation, level, subject and years.

    Each is added only where it is missing and clear, with its evidence; spans refer to
    `document.text`. Cases come back unchanged. `sha256` is computed anew over all stored values.
    """
    if document.kind != "article":
        return document
    values: dict[str, Any] = {}
    evidence: list[MetadataEvidence] = []
    for found in (_place(document), _classes(document), _actors(document), _years(document)):
        for name, (value, reasons) in found.items():
            if value and not getattr(document, name):
                values[name] = value
                evidence.extend(reasons)
    enriched = dataclasses.replace(document, **values, evidence=(*document.evidence, *evidence))
    return dataclasses.replace(enriched, sha256=document_sha256(enriched))


def document_sha256(document: Document) -> str:
    """Return a digest of all stored values of a document.

    Values that are left at their default do not count, so an attribute that `Document` gains
    later changes no digest of documents that lack it. `sha256` and `fetched_at` are left out.
    """
    stored = {
        field.name: value
        for field in dataclasses.fields(document)
        if field.name not in _NOT_HASHED
        and (value := getattr(document, field.name)) != _DEFAULTS.get(field.name)
    }
    plain = json.dumps(
        {name: _plain(value) for name, value in stored.items()},
        ensure_ascii=True,  # any code point, lone surrogates too, has a form
        sort_keys=True,
        separators=(",", ":"),
    )
    return content_sha256("document", plain)


_Found = Mapping[str, tuple[object, Sequence[MetadataEvidence]]]


def _place(document: Document) -> _Found:
    if document.province:
        return {}
    place = locate(
        document.text,
        title=document.title,
        published=document.published,
        publisher=document.publisher,
    )
    return {"province": (place.province, place.evidence)}


def _classes(document: Document) -> _Found:
    if document.field and document.topics:
        return {}
    found = classify(document.title, document.text)
    return {
        "field": (found.field, _of("field", found.evidence)),
        "topics": (found.topics, _of("topics", found.evidence)),
    }


def _actors(document: Document) -> _Found:
    if document.organization and document.level and document.subject:
        return {}
    found = find_actors(document.title, document.text)
    return {
        "organization": (found.organization, _of("organization", found.evidence)),
        "level": (found.level, _of("level", found.evidence)),
        "subject": (found.subject, _of("subject", found.evidence)),
    }


def _years(document: Document) -> _Found:
    """Return the years of publication and title, or, if there are none, those of the opening."""
    if document.years:
        return {}
    if found := years_in(document.published, document.title):
        return {"years": (found, ())}
    opening = document.text[:_LEAD_CHARS]
    mentions = [m for m in find_facets(opening).years if m.confidence >= _SURE]
    evidence = [
        MetadataEvidence(
            "years", m.value, _LEAD_YEAR, "opening", m.text, Span(m.start_char, m.end_char)
        )
        for m in mentions
    ]
    return {"years": (tuple(sorted({int(m.value) for m in mentions})), evidence)}


def _of(field: str, evidence: Sequence[MetadataEvidence]) -> list[MetadataEvidence]:
    return [each for each in evidence if each.field == field]


def _plain(value: object) -> object:
    if isinstance(value, Enum):
        return value.value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: _plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    return value
