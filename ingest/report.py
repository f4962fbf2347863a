"""What an ingest run did, to every document."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Outcome(StrEnum):
    """What became of a document or a file."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    REPAIRED = "repaired"
    SKIPPED = "skipped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class IngestItem:
    """One line of the report.

    Attributes:
        outcome: What became of it.
        origin: The file.
        document_id: Absent if no document could be read.
        title: The same.
        code: Stable code of the error, for `FAILED` and `SKIPPED`.
        reason: The message with its remedy.
    """

    outcome: Outcome
    origin: str
    document_id: str | None = None
    title: str | None = None
    code: str | None = None
    reason: str | None = None

    def to_data(self) -> dict[str, Any]:
        """Return plain data; absent fields are left out."""
        data = {
            "outcome": self.outcome.value,
            "origin": self.origin,
            "document_id": self.document_id,
            "title": self.title,
            "code": self.code,
            "reason": self.reason,
        }
        return {key: value for key, value in data.items() if value is not None}


@dataclass(slots=True)
class IngestReport:
    """Counts and the items that an operator reads; unchanged documents are only counted."""

    dry_run: bool = False
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    items: list[IngestItem] = field(default_factory=list)
    seconds: float = 0.0

    def add(self, item: IngestItem) -> None:
        """Count an item, and keep it unless nothing happened to it."""
        self.counts[item.outcome] += 1
        if item.outcome is not Outcome.UNCHANGED:
            self.items.append(item)

    @property
    def failed(self) -> Sequence[IngestItem]:
        """The items that failed."""
        return [item for item in self.items if item.outcome is Outcome.FAILED]

    def to_data(self) -> Mapping[str, Any]:
        """Return plain data for `--json`."""
        return {
            "dry_run": self.dry_run,
            **{outcome.value: count for outcome, count in self.counts.items()},
            "items": [item.to_data() for item in self.items],
            "seconds": round(self.seconds, 3),
        }
