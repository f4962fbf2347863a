"""The one place that orders the steps of ingest: find, read, compare, store, index, prune."""

import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ingest.indexing import finish_pending, remove_documents, write_batch
from ingest.lexicon import begin_changes, refresh_lexicon
from ingest.readers import read_documents
from ingest.report import IngestItem, IngestReport, Outcome
from ingest.sources import SourceFile, Unreadable, canonical_path, find_files
from kb.errors import DuplicateId
from kb.knowledge_base import KnowledgeBase
from kb.models import Document
from kb.store import DocumentState, DocumentStore

logger = logging.getLogger(__name__)

_MEGABYTE = 1_000_000
# Called with (bytes read so far, bytes in all).
Progress = Callable[[int, int], None]


def ingest(
    kb: KnowledgeBase,
    paths: Sequence[Path],
    *,
    recursive: bool = False,
    progress: Progress | None = None,
) -> IngestReport:
    """Bring the knowledge base in step with files: new, changed and vanished ones.

    A document whose file lies under one of the paths but is gone, or no longer holds it, is
    removed; one whose file failed to be read is kept. Work that a crash left over is done first.

    Args:
        kb: The knowledge base, opened.
        paths: Files and folders.
        recursive: Whether to enter folders below the given ones.
        progress: Called as files are read.

    Raises:
        SourceUnavailable: A path does not exist; nothing was changed.
        StoreUnavailable: A store cannot be written; finished documents stay, the rest is redone
            by the next run.
    """
    started = time.perf_counter()
    report = IngestReport()
    run = _Run(paths, recursive=recursive, max_bytes=_max_bytes(kb), progress=progress)
    unfinished = begin_changes(kb)
    for document_id in finish_pending(kb):
        report.add(IngestItem(Outcome.REPAIRED, "", document_id))
    written: list[str] = []
    for batch in _batches(run.documents(report), kb.settings.ingest.batch_documents):
        changes = _compare(kb.store, batch, report)
        _apply(kb, changes)
        written += [document.document_id for document in changes.write]
    gone = run.vanished(kb.store)
    remove_documents(kb, [state.document_id for state in gone])
    for state in gone:
        report.add(IngestItem(Outcome.REMOVED, state.origin, state.document_id))
    if report.counts[Outcome.ADDED] + report.counts[Outcome.UPDATED]:
        kb.index.optimize()
    refresh_lexicon(
        kb,
        written,
        replaced=report.counts[Outcome.UPDATED] + report.counts[Outcome.REMOVED],
        anew=unfinished or bool(report.counts[Outcome.REPAIRED]),
    )
    report.seconds = time.perf_counter() - started
    return report


def plan_ingest(
    store: DocumentStore | None,
    paths: Sequence[Path],
    *,
    recursive: bool = False,
    max_file_mb: float,
    progress: Progress | None = None,
) -> IngestReport:
    """Return what `ingest` would do, without changing anything (`--dry-run`).

    Args:
        store: The document store, or None if there is none yet.
        paths: Files and folders.
        recursive: Whether to enter folders below the given ones.
        max_file_mb: Limit of a file's size in megabytes.
        progress: Called as files are read.

    Raises:
        SourceUnavailable: A path does not exist.
    """
    started = time.perf_counter()
    report = IngestReport(dry_run=True)
    max_bytes = int(max_file_mb * _MEGABYTE)
    run = _Run(paths, recursive=recursive, max_bytes=max_bytes, progress=progress)
    for batch in _batches(run.documents(report), 256):
        _compare(store, batch, report)
    if store is not None:
        for state in run.vanished(store):
            report.add(IngestItem(Outcome.REMOVED, state.origin, state.document_id))
    report.seconds = time.perf_counter() - started
    return report


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a batch asks of the stores."""

    write: list[Document]
    moved: list[tuple[str, str]]


class _Run:
    """The files of one run and what was seen in them."""

    def __init__(
        self, paths: Sequence[Path], *, recursive: bool, max_bytes: int, progress: Progress | None
    ) -> None:
        self._recursive = recursive
        self._max_bytes = max_bytes
        self._progress = progress
        self._paths = [canonical_path(path) for path in paths]
        # Listing first makes a mistyped path an error before anything is changed.
        self._found = [
            item for path in self._paths for item in find_files(path, recursive=recursive)
        ]
        self._seen: dict[str, str] = {}  # document id -> origin
        self._failed_origins: set[str] = set()

    def documents(self, report: IngestReport) -> Iterator[Document]:
        """Yield the documents of all files; failures go to the report."""
        total = sum(_size(item) for item in self._found)
        done = 0
        visited: set[str] = set()
        for item in self._found:
            if item.origin not in visited:
                visited.add(item.origin)
                yield from self._documents_of(item, report)
            done += _size(item)
            if self._progress:
                self._progress(done, total)

    def _documents_of(
        self, item: SourceFile | Unreadable, report: IngestReport
    ) -> Iterator[Document]:
        if isinstance(item, Unreadable):
            self._fail(item, report)
            return
        for entry in read_documents(item, max_bytes=self._max_bytes):
            if isinstance(entry, Unreadable):
                self._fail(entry, report)
            elif (first := self._seen.get(entry.document_id)) is not None:
                where = "chính tệp này" if first == item.origin else f"tệp {first!r}"
                self._fail(_duplicate(entry, item.origin, where), report)
            else:
                self._seen[entry.document_id] = item.origin
                yield entry

    def _fail(self, item: Unreadable, report: IngestReport) -> None:
        self._failed_origins.add(item.origin)
        outcome = Outcome.SKIPPED if item.skipped else Outcome.FAILED
        report.add(IngestItem(outcome, item.origin, code=item.error.code, reason=str(item.error)))

    def vanished(self, store: DocumentStore) -> list[DocumentState]:
        """Return stored documents under the paths that no file holds any more."""
        gone: dict[str, DocumentState] = {}
        for path in self._paths:
            is_folder = path.is_dir()
            prefix = path.as_posix() + ("/" if is_folder else "")
            for state in store.states_under(prefix):
                inside = state.origin == prefix if not is_folder else True
                if is_folder and not self._recursive:
                    inside = "/" not in state.origin[len(prefix) :]
                if inside and not self._is_blamed(state) and state.document_id not in self._seen:
                    gone[state.document_id] = state
        return list(gone.values())

    def _is_blamed(self, state: DocumentState) -> bool:
        """Tell whether the document's file, or a folder above it, could not be read."""
        path = PurePosixPath(state.origin)
        return not self._failed_origins.isdisjoint(map(str, (path, *path.parents)))


def _duplicate(document: Document, origin: str, where: str) -> Unreadable:
    return Unreadable(
        origin,
        DuplicateId(
            f"{Path(origin).name}: mã {document.document_id!r} đã có trong {where} ở lần nạp này. "
            "Đặt 'id' khác (hoặc đổi tên tệp) cho một trong hai."
        ),
    )


def _compare(
    store: DocumentStore | None, batch: Sequence[Document], report: IngestReport
) -> _Changes:
    """Sort documents into new, changed and unchanged, and report them."""
    states = store.states([document.document_id for document in batch]) if store else {}
    changes = _Changes([], [])
    for document in batch:
        state = states.get(document.document_id)
        if state is None:
            outcome = Outcome.ADDED
        elif state.sha256 != document.sha256 or state.state != "indexed":
            outcome = Outcome.UPDATED
        else:
            outcome = Outcome.UNCHANGED
            if state.origin != document.origin:
                changes.moved.append((document.document_id, document.origin))
        if outcome is not Outcome.UNCHANGED:
            changes.write.append(document)
        report.add(IngestItem(outcome, document.origin, document.document_id, document.title))
    return changes


def _apply(kb: KnowledgeBase, changes: _Changes) -> None:
    if changes.moved:
        kb.store.set_origins(changes.moved)
    if changes.write:
        write_batch(kb, changes.write)


def _batches(documents: Iterator[Document], size: int) -> Iterator[list[Document]]:
    batch: list[Document] = []
    for document in documents:
        batch.append(document)
        if len(batch) >= size:
            yield batch
            batch = []
    if batch:
        yield batch


def _size(item: SourceFile | Unreadable) -> int:
    if isinstance(item, Unreadable):
        return 0
    try:
        return item.path.stat().st_size
    except OSError:
        return 0


def _max_bytes(kb: KnowledgeBase) -> int:
    return int(kb.settings.ingest.max_file_mb * _MEGABYTE)
