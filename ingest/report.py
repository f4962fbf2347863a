"""What an ingest run did, to every document, and how far it is."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

# What went well is listed up to this number and then only counted, so that a run's memory does not
# grow with its documents; what failed, was skipped or removed is always listed.
_MAX_LISTED = 10_000
_SECONDS_BETWEEN = 0.2
# An estimate from less than this says nothing.
_MIN_SECONDS = 1.0


class Outcome(StrEnum):
    """What became of a document or a file."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    REMOVED = "removed"
    REPAIRED = "repaired"
    SKIPPED = "skipped"
    FAILED = "failed"


OUTCOME_NAMES: Mapping[Outcome, str] = {
    Outcome.ADDED: "thêm mới",
    Outcome.UPDATED: "cập nhật",
    Outcome.UNCHANGED: "không đổi",
    Outcome.REMOVED: "gỡ bỏ",
    Outcome.REPAIRED: "hoàn tất việc dở dang",
    Outcome.SKIPPED: "bỏ qua",
    Outcome.FAILED: "lỗi",
}
_WENT_WELL = {Outcome.ADDED, Outcome.UPDATED, Outcome.UNCHANGED, Outcome.REPAIRED}


@dataclass(frozen=True, slots=True)
class IngestItem:
    """One line of the report.

    Attributes:
        outcome: What became of it.
        origin: The file or address.
        document_id: Absent if no document could be read.
        title: The same, or if the document was not read since its source did not change.
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
    """Counts and the items that an operator reads.

    Attributes:
        dry_run: Nothing was changed; every document is listed, unchanged ones too.
        cancelled: The run was stopped before its end; what it had stored stays.
        counts: Documents or files by outcome.
        items: What happened, in order; of a real run, unchanged documents are only counted, and
            so are further ones after many went well (`left_out`).
        left_out: How many of the latter.
        seconds: Duration.
    """

    dry_run: bool = False
    cancelled: bool = False
    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))
    items: list[IngestItem] = field(default_factory=list)
    left_out: int = 0
    seconds: float = 0.0

    def add(self, item: IngestItem) -> None:
        """Count an item, and list it if somebody wants to read it."""
        self.counts[item.outcome] += 1
        if not self.dry_run:
            if item.outcome is Outcome.UNCHANGED:
                return
            if item.outcome in _WENT_WELL and len(self.items) >= _MAX_LISTED:
                self.left_out += 1
                return
        self.items.append(item)

    @property
    def failed(self) -> Sequence[IngestItem]:
        """The items that failed."""
        return [item for item in self.items if item.outcome is Outcome.FAILED]

    def to_data(self, *, max_items: int | None = None) -> Mapping[str, Any]:
        """Return plain data for `--json` and for jobs.

        Args:
            max_items: Length of the list of items; failures are kept first.
        """
        items = self.items
        if max_items is not None and len(items) > max_items:
            ranked = sorted(range(len(items)), key=lambda i: items[i].outcome in _WENT_WELL)
            items = [items[position] for position in sorted(ranked[:max_items])]
        return {
            "dry_run": self.dry_run,
            "cancelled": self.cancelled,
            **{outcome.value: count for outcome, count in self.counts.items()},
            "items": [item.to_data() for item in items],
            "items_left_out": self.left_out + len(self.items) - len(items),
            "seconds": round(self.seconds, 3),
        }


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """How far a run is.

    Attributes:
        files_done: Files and addresses that were read or found unchanged.
        files_total: All that are known so far; lists on the web are only known once fetched.
        bytes_done: Bytes of the former.
        bytes_total: The same of all.
        documents: Documents stored and indexed by this run.
        chunks: Their chunks.
        seconds: Since the run began.
        rate: Documents a second.
        seconds_left: Estimate from the bytes read so far, None while there is nothing to go by.
        origin: What was worked on last.
    """

    files_done: int
    files_total: int
    bytes_done: int
    bytes_total: int
    documents: int
    chunks: int
    seconds: float
    rate: float
    seconds_left: float | None
    origin: str

    def to_data(self) -> dict[str, Any]:
        """Return plain data; `done` and `total` are bytes."""
        return {
            "done": self.bytes_done,
            "total": self.bytes_total,
            "files_done": self.files_done,
            "files_total": self.files_total,
            "documents": self.documents,
            "chunks": self.chunks,
            "seconds": round(self.seconds, 1),
            "rate": round(self.rate, 2),
            "seconds_left": None if self.seconds_left is None else round(self.seconds_left, 1),
            "origin": self.origin,
        }


class ProgressMeter:
    """Counts what a run does and tells it, a few times a second at most."""

    def __init__(self, tell: Callable[[IngestProgress], None] | None) -> None:
        """Start the clock.

        Args:
            tell: Called with the progress.
        """
        self._tell = tell
        self._started = time.perf_counter()
        self._told = 0.0
        self._files = [0, 0]
        self._bytes = [0, 0]
        self._bytes_read = 0
        self._documents = 0
        self._chunks = 0
        self._origin = ""

    def expect(self, size: int) -> None:
        """Count a file that is to be read, with its bytes."""
        self._files[1] += 1
        self._bytes[1] += size

    def finish(self, origin: str, size: int, *, was_read: bool) -> None:
        """Count a file that is done."""
        self._files[0] += 1
        self._bytes[0] += size
        self._bytes_read += size if was_read else 0
        self._origin = origin
        self.tell()

    def store(self, documents: int, chunks: int) -> None:
        """Count documents that were stored and indexed."""
        self._documents += documents
        self._chunks += chunks
        self.tell()

    def tell(self, *, now: bool = False) -> None:
        """Tell the progress, unless it was told a moment ago."""
        moment = time.perf_counter()
        if self._tell is None or (not now and moment - self._told < _SECONDS_BETWEEN):
            return
        self._told = moment
        self._tell(self._snapshot(moment - self._started))

    def _snapshot(self, seconds: float) -> IngestProgress:
        left = None
        if self._bytes_read and seconds >= _MIN_SECONDS:
            left = (self._bytes[1] - self._bytes[0]) * seconds / self._bytes_read
        return IngestProgress(
            files_done=self._files[0],
            files_total=self._files[1],
            bytes_done=self._bytes[0],
            bytes_total=self._bytes[1],
            documents=self._documents,
            chunks=self._chunks,
            seconds=seconds,
            rate=self._documents / seconds if seconds else 0.0,
            seconds_left=left,
            origin=self._origin,
        )
