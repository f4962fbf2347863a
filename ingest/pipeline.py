"""The one place that orders the steps of ingest: find, read, compare, store, index, prune.

A document is stored and indexed before the state of its source is written, so whatever a crash
interrupts is found unread by the next run and done again. Nothing is removed before all sources
were looked at, and never because a source could not be read.
"""

import logging
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path

from ingest.claims import Claims
from ingest.coverage import Coverage
from ingest.incremental import (
    Entry,
    Gone,
    SourceRead,
    SourceReader,
    SourceUnchanged,
    Validators,
    size_of,
)
from ingest.indexing import finish_pending, remove_documents, write_batch
from ingest.lexicon import begin_changes, refresh_lexicon
from ingest.ports import Stopped
from ingest.report import IngestItem, IngestProgress, IngestReport, Outcome, ProgressMeter
from ingest.sources import (
    SourceFile,
    Unreadable,
)
from ingest.targets import Targets, WebEntries, open_spool, targets_of
from ingest.targets import is_address as is_address
from kb.knowledge_base import KnowledgeBase
from kb.models import Document
from kb.settings import IngestSettings, WebSettings
from kb.store import DeadLetter, DocumentStore, SourceState

logger = logging.getLogger(__name__)

# States of sources that wait for a batch of documents; most sources of a run may be unchanged.
_STATES_AT_ONCE = 500
_REMOVE_AT_ONCE = 500
_PLAN_BATCH = 256

Progress = Callable[[IngestProgress], None]


@dataclass(frozen=True, slots=True)
class RunOptions:
    """How a run goes about its sources.

    Attributes:
        recursive: Enter folders below the given ones.
        force: Read what did not change too.
        retry_failed: Read the sources on the list of failures too.
        isolate: Read every file in a worker process, small plain ones too: for files that others
            sent.
        job_id: Noted with failures.
        on_progress: Told of the progress, a few times a second.
        should_stop: Asked between documents; true ends the run after the batch in hand.
    """

    recursive: bool = False
    force: bool = False
    retry_failed: bool = False
    isolate: bool = False
    job_id: str | None = None
    on_progress: Progress | None = None
    should_stop: Callable[[], bool] = field(default=lambda: False)


def ingest(
    kb: KnowledgeBase,
    paths: Sequence[Path | str],
    *,
    recursive: bool = False,
    progress: Callable[[int, int], None] | None = None,
    options: RunOptions | None = None,
) -> IngestReport:
    """Bring the knowledge base in step with files and addresses: new, changed, vanished ones.

    A document whose file lies under one of the paths but is gone, or no longer holds it, is
    removed; one whose file failed to be read is kept. Work that a crash left over is done first.

    Args:
        kb: The knowledge base, opened.
        paths: Files and folders; addresses (anything with "://"), lists of them (`FILE.urls`) and
            uploads (`upload:...`).
        recursive: Whether to enter folders below the given ones; `options` say it otherwise.
        progress: Called with the bytes done and in all; `options.on_progress` is told more.
        options: How to go about it.

    Raises:
        SourceUnavailable: A path does not exist; nothing was changed.
        StoreUnavailable: A store cannot be written; finished documents stay, the rest is redone
            by the next run.
    """
    started = time.perf_counter()
    options = options or RunOptions(recursive=recursive)
    tell = options.on_progress
    if tell is None and progress is not None:
        tell = _bytes_only(progress)
    meter = ProgressMeter(tell)
    report = IngestReport()
    with ExitStack() as opened:
        spool = opened.enter_context(open_spool(kb.settings.data_dir))
        run = _Run(
            kb.store, kb.settings.ingest, kb.settings.web, report, options,
            targets=_targets(paths, kb.store, kb.settings.data_dir, options),
            spool=spool, meter=meter,
        )  # fmt: skip
        opened.enter_context(run.reader)
        unfinished = begin_changes(kb)
        for document_id in finish_pending(kb):
            report.add(IngestItem(Outcome.REPAIRED, "", document_id))
        written: list[str] = []
        for batch in run.batches(kb.settings.ingest.batch_documents):
            with kb.writing:
                changes = run.compare(batch.documents, last=batch.is_last)
                if changes.moved:
                    kb.store.set_origins(changes.moved)
                # Before the first of its documents changes: were the run to die here and the file
                # be set back, its state would vouch for what is only half there.
                kb.store.sources.remove(sorted({document.origin for document in changes.write}))
                added = write_batch(kb, changes.write) if changes.write else 0
                written += [document.document_id for document in changes.write]
                meter.store(len(changes.write), added)
                read, doubtful = run.settle(batch)
                kb.store.sources.remove(doubtful)
                kb.store.sources.put(read)
        if not report.cancelled:
            _prune(kb, run, report)
        if written:
            # The engine looks at its segments and mostly leaves them: 20 ms after one document.
            kb.index.optimize()
        refresh_lexicon(
            kb,
            written,
            replaced=report.counts[Outcome.UPDATED] + report.counts[Outcome.REMOVED],
            anew=unfinished or bool(report.counts[Outcome.REPAIRED]),
        )
        run.note_failures()
        meter.tell(now=True)
    report.seconds = time.perf_counter() - started
    return report


def plan_ingest(
    store: DocumentStore | None,
    paths: Sequence[Path | str],
    *,
    recursive: bool = False,
    max_file_mb: float | None = None,
    settings: IngestSettings | None = None,
    web: WebSettings | None = None,
    data_dir: Path | None = None,
    options: RunOptions | None = None,
) -> IngestReport:
    """Return what `ingest` would do, without changing anything (`--dry-run`).

    Every document is listed, unchanged ones too.

    Args:
        store: The document store, or None if there is none yet.
        paths: As for `ingest`.
        recursive: Whether to enter folders below the given ones; `options` say it otherwise.
        max_file_mb: Limit of a file's size in megabytes; `settings` say it otherwise.
        settings: Limits; with others than those of the last run, every file is read.
        web: How addresses are fetched.
        data_dir: Where uploads are.
        options: How to go about it.

    Raises:
        SourceUnavailable: A path does not exist.
    """
    started = time.perf_counter()
    options = options or RunOptions(recursive=recursive)
    if settings is None:
        settings = IngestSettings(max_file_mb=max_file_mb or IngestSettings().max_file_mb)
    report = IngestReport(dry_run=True)
    with ExitStack() as opened:
        spool = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="kb-plan-")))
        meter = ProgressMeter(options.on_progress)
        run = _Run(
            store, settings, web or WebSettings(), report, options,
            targets=_targets(paths, store, data_dir or Path(), options),
            spool=spool, meter=meter,
        )  # fmt: skip
        opened.enter_context(run.reader)
        for batch in run.batches(_PLAN_BATCH):
            run.compare(batch.documents, last=batch.is_last)
            run.settle(batch)
        if not report.cancelled:
            run.refuse_to_empty()
            for document_id, origin in run.vanished():
                report.add(IngestItem(Outcome.REMOVED, origin, document_id))
        meter.tell(now=True)
    report.seconds = time.perf_counter() - started
    return report


def retry_failed(kb: KnowledgeBase, *, options: RunOptions | None = None) -> IngestReport:
    """Read the sources again that failed in earlier runs.

    Raises:
        StoreUnavailable: A store cannot be written.
    """
    options = options or RunOptions()
    if not options.retry_failed:
        values = {name: getattr(options, name) for name in RunOptions.__slots__}
        options = RunOptions(**{**values, "retry_failed": True})
    return ingest(kb, (), options=options)


def _bytes_only(progress: Callable[[int, int], None]) -> Progress:
    return lambda state: progress(state.bytes_done, state.bytes_total)


def _targets(
    paths: Sequence[Path | str], store: DocumentStore | None, data_dir: Path, options: RunOptions
) -> Targets:
    return targets_of(
        paths, store, data_dir, recursive=options.recursive, retry_failed=options.retry_failed
    )


# --- one run --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Batch:
    """Documents to store, and sources whose documents are all stored once these are.

    Attributes:
        documents: Read documents.
        read: States to remember.
        doubtful: Origins of which nothing may be remembered, since they are to be read again.
        is_last: Whether everything was read before.
    """

    documents: list[Document] = field(default_factory=list)
    read: list[SourceState] = field(default_factory=list)
    doubtful: list[str] = field(default_factory=list)
    is_last: bool = False


@dataclass(frozen=True, slots=True)
class _Changes:
    """What a batch asks of the stores."""

    write: list[Document] = field(default_factory=list)
    moved: list[tuple[str, str]] = field(default_factory=list)


class _Run:
    """The sources of one run and what was seen in them."""

    def __init__(
        self,
        store: DocumentStore | None,
        settings: IngestSettings,
        web: WebSettings,
        report: IngestReport,
        options: RunOptions,
        *,
        targets: Targets,
        spool: Path,
        meter: ProgressMeter,
    ) -> None:
        """Find the files of all paths.

        Raises:
            SourceUnavailable: A path does not exist.
        """
        self._store = store
        self._report = report
        self._options = options
        self._meter = meter
        # Listing first makes a mistyped path an error before anything is changed.
        listed = [(target, list(target.files())) for target in targets.local]
        self._coverage = Coverage(
            targets, frozenset(target.prefix for target, files in listed if not files)
        )
        self._claims = Claims(store, self._coverage.whereabouts)
        self._letters = store.dead_letters.origins() if store else set()
        self._settled: set[str] = set()  # of these letters
        self._held: list[SourceState] = []  # of sources with documents that are put off
        self._found = list(self._unvisited(chain.from_iterable(files for _, files in listed)))
        validators: dict[str, Validators] = {}
        self.reader = SourceReader(
            store,
            settings,
            spool,
            meter,
            force=options.force,
            isolate=options.isolate,
            should_stop=options.should_stop,
            validators=validators,
        )
        self._web = WebEntries(
            targets.addresses, web, spool, self.reader, store, validators, options.should_stop
        )

    def _unvisited(
        self, files: Iterable[SourceFile | Unreadable]
    ) -> Iterator[SourceFile | Unreadable]:
        for file in files:
            if file.origin not in self._coverage.visited:
                self._coverage.visited.add(file.origin)
                self._meter.expect(size_of(file))
                yield file

    def _entries(self) -> Iterator[Entry]:
        yield from self.reader.with_states(self._found)
        for found in self._web:
            if found.origin not in self._coverage.visited:
                self._coverage.visited.add(found.origin)
                self._meter.expect(size_of(found))
                yield found, None

    def batches(self, size: int) -> Iterator[_Batch]:
        """Yield what is read in batches; the last one may be smaller or hold states only."""
        batch = _Batch()
        try:
            for event in self.reader.events(self._entries()):
                if self._options.should_stop():
                    raise Stopped
                if isinstance(event, Document):
                    batch.documents.append(event)
                else:
                    self._take(event, batch)
                if len(batch.documents) >= size or len(batch.read) >= _STATES_AT_ONCE:
                    yield batch
                    batch = _Batch()
        except Stopped:
            self._report.cancelled = True
        if batch.documents or batch.read or batch.doubtful:
            yield batch
        put_off = self._claims.put_off
        while put_off and not self._report.cancelled:
            documents = put_off[:size]
            del put_off[:size]
            yield _Batch(documents, [] if put_off else self._held, is_last=True)

    def _take(self, event: Unreadable | SourceRead | SourceUnchanged | Gone, batch: _Batch) -> None:
        if isinstance(event, Unreadable):
            self._fail(event)
            if not event.skipped:  # a member of an archive: what it was must not hide the failure
                batch.doubtful.append(event.origin)
        elif isinstance(event, Gone):
            self._coverage.gone.append(event)
        else:
            origin = event.state.origin
            self._coverage.visited.add(origin)
            if isinstance(event, SourceUnchanged):
                self._keep(event.state)
                self._coverage.unchanged.add(origin)
            else:
                self._coverage.read.add(origin)
            state = event.renewed if isinstance(event, SourceUnchanged) else event.state
            if origin in self._coverage.failures:
                batch.doubtful.append(origin)
            elif state is not None:
                batch.read.append(state)
            if origin in self._letters and origin not in self._coverage.failures:
                self._settled.add(origin)

    def _keep(self, state: SourceState) -> None:
        """Note the documents of a source that did not change."""
        for document_id in state.document_ids:
            refused = self._claims.keep(document_id, state.origin)
            if refused is not None:
                self._fail(refused)
            else:
                self._report.add(IngestItem(Outcome.UNCHANGED, state.origin, document_id))

    def _fail(self, item: Unreadable) -> None:
        self._coverage.visited.add(item.origin)
        outcome = Outcome.SKIPPED if item.skipped else Outcome.FAILED
        if item.skipped:
            self._coverage.passed_over.add(item.origin)
        else:
            self._coverage.failures[item.origin] = item.error
        self._report.add(
            IngestItem(outcome, item.origin, code=item.error.code, reason=str(item.error))
        )

    # --- comparing ---------------------------------------------------------------------------

    def compare(self, documents: Sequence[Document], *, last: bool = False) -> _Changes:
        """Sort documents into new, changed and unchanged, and report them."""
        changes = _Changes()
        for found in self._claims.claim(documents, last=last):
            if isinstance(found, Unreadable):
                self._fail(found)
                continue
            document = found.document
            if found.is_moved:
                changes.moved.append((document.document_id, document.origin))
            elif found.outcome is not Outcome.UNCHANGED:
                changes.write.append(document)
            self._report.add(
                IngestItem(
                    found.outcome,
                    document.origin,
                    document.document_id,
                    document.title,
                    reason=_notes(document, found.outcome),
                )
            )
        return changes

    def settle(self, batch: _Batch) -> tuple[list[SourceState], list[str]]:
        """Return the states to remember after a batch was stored, and the origins to forget."""
        waiting = {document.origin for document in self._claims.put_off}
        read: list[SourceState] = []
        doubtful = list(batch.doubtful)
        for state in batch.read:
            if state.origin in waiting:
                self._held.append(state)
                doubtful.append(state.origin)
            elif state.origin in self._coverage.failures:
                doubtful.append(state.origin)
            else:
                read.append(self._claims.as_stored(state))
        return read, doubtful

    # --- what is gone ------------------------------------------------------------------------

    def vanished(self) -> Iterator[tuple[str, str]]:
        """Yield `(document id, origin)` of stored documents that no source holds any more."""
        if self._store is None:
            return
        yield from self._coverage.vanished(self._store, self._claims.seen)
        for gone in self._coverage.gone_without_trace:
            self._fail(Unreadable(gone.origin, gone.error))

    def vanished_sources(self) -> list[str]:
        """Return the origins of remembered sources that are gone."""
        return self._coverage.vanished_sources(self._store) if self._store else []

    def refuse_to_empty(self) -> None:
        """Blame folders that are empty now but hold much of the base, unless the run is forced."""
        if self._store is None or self._options.force:
            return
        for folder in list(self._coverage.doubtfully_empty(self._store, self._claims.seen)):
            self._fail(folder)

    def note_failures(self) -> None:
        """Put what failed on the list of failures, and take off what was read or is gone."""
        if self._store is None:
            return
        self._store.dead_letters.record(
            [
                DeadLetter(
                    origin, error.code, str(error), error.retryable, job_id=self._options.job_id
                )
                for origin, error in self._coverage.failures.items()
            ]
        )
        settled = self._settled | (self._letters & self._coverage.passed_over)
        if not self._report.cancelled:
            settled |= {
                origin
                for origin in self._letters - self._coverage.visited
                if self._coverage.speaks_for(origin)
            }
            settled |= self._letters & self._coverage.listed
        self._store.dead_letters.resolve(sorted(settled - self._coverage.failures.keys()))


def _prune(kb: KnowledgeBase, run: _Run, report: IngestReport) -> None:
    """Remove what is gone, a batch at a time.

    Sources first: a state that outlives its documents would vouch for them.
    """
    run.refuse_to_empty()
    kb.store.sources.remove(run.vanished_sources())
    waiting: list[str] = []
    for document_id, origin in run.vanished():
        report.add(IngestItem(Outcome.REMOVED, origin, document_id))
        waiting.append(document_id)
        if len(waiting) >= _REMOVE_AT_ONCE:
            remove_documents(kb, waiting, forget_sources=False)
            waiting = []
    if waiting:
        remove_documents(kb, waiting, forget_sources=False)


def _notes(document: Document, outcome: Outcome) -> str | None:
    """Return what a reader should know of a document that is new or changed, None if nothing."""
    notes = [item.value for item in document.evidence if item.field == "notes"]
    if outcome not in {Outcome.ADDED, Outcome.UPDATED} or not notes:
        return None
    return f"{document.origin.rpartition('/')[2]}: {' '.join(notes)}"
