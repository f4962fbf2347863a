"""Names and payload that both Qdrant adapters share, so that they cannot drift apart."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from kb.models import Filters, ScoredChunk
from kb.ports import IndexEntry

_T = TypeVar("_T")

DENSE = "dense"
DOCUMENT_ID = "document_id"
# Payload key -> how it is indexed ("keyword" or "integer"). All may hold several values.
PAYLOAD_INDEXES = {
    DOCUMENT_ID: "keyword",
    "provinces": "keyword",
    "field": "keyword",
    "topics": "keyword",
    "years": "integer",
}


def payload_of(entry: IndexEntry) -> dict[str, Any]:
    """Return the payload stored with a chunk."""
    return {
        DOCUMENT_ID: entry.document_id,
        "provinces": list(entry.provinces),
        "field": entry.field,
        "topics": list(entry.topics),
        "years": list(entry.years),
    }


def filter_pairs(filters: Filters | None) -> list[tuple[str, str | int]]:
    """Return `(payload key, value)` pairs that must all hold."""
    if filters is None:
        return []
    pairs: list[tuple[str, str | int | None]] = [
        ("provinces", filters.province),
        ("field", filters.field.value if filters.field else None),
        ("topics", filters.topic),
        ("years", filters.year),
    ]
    return [(key, value) for key, value in pairs if value is not None]


def ranked(points: Iterable[tuple[str, str, float]]) -> list[ScoredChunk]:
    """Return `(chunk id, document id, score)` as chunks, best first, ties by chunk id."""
    chunks = [ScoredChunk(chunk_id, document_id, score) for chunk_id, document_id, score in points]
    return sorted(chunks, key=lambda chunk: (-chunk.score, chunk.chunk_id))


def batches(items: Sequence[_T], size: int) -> Iterable[Sequence[_T]]:
    """Yield slices of at most `size` items."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
