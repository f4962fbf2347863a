"""From sources to what they hold: what did not change is passed over, the rest is read by workers.

Sources are looked at in their order, a few ahead of what the caller takes, so that workers read
while documents are embedded. Files inside archives and mails follow their container. Memory does
not grow with the number of documents: results that are ahead lie in a bounded window, large ones
on the disk.

A source did not change if its size and the time of its last change are what they were when the
same version of the readers read it. A file that was changed in the moment of its reading may
change again unseen within the resolution of that time, so those are compared by their bytes (as
Git does with "racily clean" entries), and so is everything that has no such time of its own.
"""

import hashlib
import os
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Self

from ingest.ports import Item, Limits, Stopped
from ingest.readers import PLAIN_FORMATS, format_of, read_documents, reader_version
from ingest.report import ProgressMeter
from ingest.sources import SourceFile, Unreadable, unreadable_file
from ingest.workers import PendingResult, ProcessLimits, WorkerPool
from kb.errors import IngestError, SourceUnavailable
from kb.models import Document
from kb.settings import IngestSettings
from kb.store import DocumentState, DocumentStore, SourceState

_MEGABYTE = 1_000_000
# Files of plain formats up to this size and number are read in this process: starting a worker
# takes longer, and nothing in them reaches a library that parses binary data.
_LOCAL_BYTES = 1_000_000
_LOCAL_FILES = 64
# Sources whose states are asked for in one statement.
_AT_ONCE = 500
# Coarsest resolution of a file system's times that is in use (FAT has two seconds).
_RACY_NS = 2_000_000_000
_POLL_SECONDS = 0.1
_HASH_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Same:
    """An address whose content is what `state` says: there is nothing to read."""

    origin: str
    state: SourceState


@dataclass(frozen=True, slots=True)
class Gone:
    """An address where nothing is any more; `error` is for the case that nothing was stored."""

    origin: str
    error: SourceUnavailable


# ETag, Last-Modified, and the address that they belong to.
Validators = tuple[str | None, str | None, str | None]
Found = SourceFile | Unreadable | Same | Gone
# What a source found, and the state in which it was read last.
Entry = tuple[Found, SourceState | None]


@dataclass(frozen=True, slots=True)
class SourceRead:
    """A source was read to its end; its documents came before. `state` is what to remember."""

    state: SourceState


@dataclass(frozen=True, slots=True)
class SourceUnchanged:
    """A source was passed over.

    Attributes:
        state: What is remembered of it.
        renewed: The same as it is to be remembered now, if that differs.
    """

    state: SourceState
    renewed: SourceState | None = None


Event = Document | Unreadable | SourceRead | SourceUnchanged | Gone


@dataclass(slots=True)
class _Reading:
    """A file whose reading was begun.

    Attributes:
        file: The file.
        mark: What it looks like, before it was read.
        unchanged: Its state and those of the files inside it, if none changed.
        items: What it holds, otherwise.
        error: Why it cannot be read, otherwise.
    """

    file: SourceFile
    mark: SourceState
    unchanged: Sequence[SourceUnchanged] = ()
    items: Iterable[Item] | PendingResult = ()
    error: IngestError | None = None


class SourceReader:
    """Reads the sources of one run. A context manager: leaving it ends the workers."""

    def __init__(
        self,
        store: DocumentStore | None,
        settings: IngestSettings,
        spool: Path,
        meter: ProgressMeter,
        *,
        force: bool = False,
        isolate: bool = False,
        should_stop: Callable[[], bool] = lambda: False,
        validators: Mapping[str, Validators] | None = None,
    ) -> None:
        """Prepare; no process is started yet.

        Args:
            store: Where states of sources are, None if there is none yet.
            settings: Limits.
            spool: Directory for files out of archives and for large results.
            meter: Told of each source that is done.
            force: Read what did not change too.
            isolate: Read every file in a worker, also small plain ones.
            should_stop: Asked while a file is waited for.
            validators: ETag, Last-Modified and address of what was fetched, by origin.
        """
        self._store = store
        self._spool = spool
        self._meter = meter
        self._force = force
        self._should_stop = should_stop
        self._validators = validators if validators is not None else {}
        self._version = reader_version(settings)
        self._limits = limits_of(settings, spool)
        self._local_left = 0 if isolate else _LOCAL_FILES
        self._workers = settings.workers or len(os.sched_getaffinity(0))
        self._process_limits = ProcessLimits(
            settings.file_timeout_seconds,
            settings.worker_memory_mb,
            # A result repeats the text several times over: title, evidence, cases.
            max_file_mb=4 * max(settings.max_file_mb, 16),
        )
        self._pool: WorkerPool | None = None

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End the workers."""
        if self._pool is not None:
            self._pool.close()

    def known(self, origin: str) -> SourceState | None:
        """Return the state of a source as it was last read, if it counts."""
        state = self._counting(self._states([origin]).get(origin))
        # With a part missing, it must be read again.
        return state if state and self._with_children(SourceUnchanged(state)) else None

    def remembered(self, origin: str) -> SourceState | None:
        """Return the state of a source as it was last read, whatever read it and whether it counts.

        It tells who a source is, not that there is nothing to read.
        """
        return self._store.sources.get([origin]).get(origin) if self._store else None

    def with_states(self, files: Iterable[SourceFile | Unreadable]) -> Iterator[Entry]:
        """Yield files with the states in which they were last read."""
        remaining = iter(files)
        while batch := list(islice(remaining, _AT_ONCE)):
            states = self._states([file.origin for file in batch])
            for file in batch:
                yield file, states.get(file.origin)

    def events(self, entries: Iterable[Entry]) -> Iterator[Event]:
        """Yield what sources hold and what became of them, in their order.

        Raises:
            Stopped: The caller wants to stop; what was yielded before stands.
        """
        yield from self._windowed(entries, counted=True)

    # --- a window over sources ---------------------------------------------------------------

    def _windowed(self, entries: Iterable[Entry], *, counted: bool = False) -> Iterator[Event]:
        begun: deque[tuple[int, _Reading | Found]] = deque()
        remaining = iter(entries)
        is_open = True
        while is_open or begun:
            while is_open and len(begun) < 2 * self._workers + 2:
                entry = next(remaining, None)
                if entry is None:
                    is_open = False
                    break
                item, state = entry
                size = size_of(item)
                begun.append(
                    (size, self._begin(item, state) if isinstance(item, SourceFile) else item)
                )
            if not begun:
                return
            size, first = begun.popleft()
            was_read = False
            for event in self._finish(first):
                was_read = was_read or not isinstance(event, SourceUnchanged)
                yield event
            if counted:
                origin = first.file.origin if isinstance(first, _Reading) else first.origin
                self._meter.finish(origin, size, was_read=was_read)

    def _begin(self, file: SourceFile, state: SourceState | None) -> _Reading:
        mark = SourceState(file.origin, self._version, 0, 0, "", time.time())
        try:
            status = file.path.stat()
            mark = replace(
                mark,
                size=status.st_size,
                # What was unpacked or fetched has no time of its own.
                modified_ns=0 if file.known_as else status.st_mtime_ns,
                url=file.url,
            )
            unchanged, mark = self._compare(file, mark, self._counting(state))
        except OSError as exc:
            return _Reading(file, mark, error=unreadable_file(file, exc))
        if unchanged:
            return _Reading(file, mark, unchanged=unchanged)
        return _Reading(file, mark, items=self._submit(file, mark.size))

    def _finish(self, reading: _Reading | Found) -> Iterator[Event]:
        if isinstance(reading, Unreadable | Gone):
            yield reading
        elif isinstance(reading, Same):
            yield from self._unchanged_on_the_web(reading)
        elif isinstance(reading, SourceFile):  # every file was begun
            raise TypeError(reading)
        elif reading.unchanged:
            yield from reading.unchanged
            self._forget(reading.file)
        else:
            yield from self._read(reading)

    def _read(self, reading: _Reading) -> Iterator[Event]:
        file, failed = reading.file, False
        document_ids: list[str] = []
        children: list[SourceFile] = []
        inside: list[str] = []
        try:
            for item in self._items(reading):
                if isinstance(item, Document):
                    document_ids.append(item.document_id)
                    yield item
                    continue
                if isinstance(item, SourceFile):
                    children.append(item)
                else:
                    yield item
                if item.origin == file.origin:
                    failed = True
                elif isinstance(item, SourceFile) or not item.skipped:
                    inside.append(item.origin)
        except IngestError as exc:
            failed = True
            yield Unreadable(file.origin, exc)
        self._forget(file)
        yield from self._windowed(self.with_states(children))
        # Last, so that after a crash everything inside is looked at again.
        if not failed:
            state = replace(reading.mark, document_ids=tuple(document_ids), children=tuple(inside))
            yield SourceRead(self._validated(state))

    def _items(self, reading: _Reading) -> Iterator[Item]:
        if reading.error is not None:
            raise reading.error
        if isinstance(reading.items, PendingResult):
            while not reading.items.wait(_POLL_SECONDS):
                if self._should_stop():
                    raise Stopped
            yield from reading.items.items()
        else:
            yield from reading.items

    def _forget(self, file: SourceFile) -> None:
        """Delete a file that was unpacked or fetched, once it was read."""
        if file.path.parent == self._spool:
            file.path.unlink(missing_ok=True)

    # --- reading -----------------------------------------------------------------------------

    def _submit(self, file: SourceFile, size: int) -> Iterable[Item] | PendingResult:
        if self._is_local(file, size):
            self._local_left -= 1
            return read_documents(file, self._limits)
        if self._pool is None:
            self._pool = WorkerPool(
                "ingest.readers:read_documents",
                size=self._workers,
                limits=self._process_limits,
                spool=self._spool,
            )
        return self._pool.submit(file.name, file, self._limits, first=file.depth > 0)

    def _is_local(self, file: SourceFile, size: int) -> bool:
        if self._local_left <= 0 or file.format not in PLAIN_FORMATS or size > _LOCAL_BYTES:
            return False
        try:
            return format_of(file) in PLAIN_FORMATS
        except IngestError:
            return True  # to be said by the reader

    # --- comparing ---------------------------------------------------------------------------

    def _states(self, origins: Sequence[str]) -> dict[str, SourceState]:
        """Return the states of sources whose documents are all stored, as theirs."""
        if self._store is None or self._force:
            return {}
        states = self._store.sources.get(origins)
        ids = [document_id for state in states.values() for document_id in state.document_ids]
        stored = self._store.states(list(dict.fromkeys(ids)))
        return {origin: state for origin, state in states.items() if _is_borne_out(state, stored)}

    def _counting(self, state: SourceState | None) -> SourceState | None:
        return state if state is not None and state.reader == self._version else None

    def _compare(
        self, file: SourceFile, mark: SourceState, state: SourceState | None
    ) -> tuple[Sequence[SourceUnchanged], SourceState]:
        """Return the states that still hold (none if it must be read) and the completed mark.

        Raises:
            OSError: The file cannot be read.
        """
        same_size = state is not None and state.size == mark.size
        if state is not None and same_size and _is_unmodified(state, mark):
            unchanged = self._with_children(SourceUnchanged(state))
            if unchanged:
                return unchanged, mark
        if mark.size <= self._limits.max_bytes:  # a larger one will be refused
            mark = replace(mark, sha256=_digest(file.path))
        if state is not None and same_size and state.sha256 == mark.sha256:
            renewed = replace(state, modified_ns=mark.modified_ns, read_at=mark.read_at)
            is_new = not file.known_as
            return self._with_children(SourceUnchanged(state, renewed if is_new else None)), mark
        return (), mark

    def _with_children(self, own: SourceUnchanged) -> Sequence[SourceUnchanged]:
        """Return a state and those of everything inside; none if one of them is not known."""
        found = [own]
        level = list(own.state.children)
        while level:
            states = [self._counting(state) for state in self._states(level).values()]
            known = [state for state in states if state is not None]
            if len(known) < len(set(level)):
                return ()
            found += map(SourceUnchanged, known)
            level = [child for state in known for child in state.children]
        return found

    def _unchanged_on_the_web(self, found: Same) -> Iterator[Event]:
        renewed = self._validated(found.state)
        own = SourceUnchanged(found.state, renewed if renewed != found.state else None)
        yield from self._with_children(own) or [own]

    def _validated(self, state: SourceState) -> SourceState:
        validators = self._validators.get(state.origin)
        if validators is None:
            return state
        etag, last_modified, url = validators
        return replace(state, etag=etag, last_modified=last_modified, url=url)


def limits_of(settings: IngestSettings, spool: Path) -> Limits:
    """Return what reading one file may take."""
    return Limits(
        max_bytes=int(settings.max_file_mb * _MEGABYTE),
        max_archive_bytes=int(settings.max_archive_mb * _MEGABYTE),
        max_archive_files=settings.max_archive_files,
        ocr=settings.ocr == "auto",
        extract_cases=settings.extract_cases,
        spool=spool,
    )


def size_of(item: Found) -> int:
    """Return the bytes of a file, 0 for what is none (any more)."""
    if not isinstance(item, SourceFile):
        return 0
    try:
        return item.path.stat().st_size
    except OSError:
        return 0


def _is_borne_out(state: SourceState, stored: Mapping[str, DocumentState]) -> bool:
    """Tell whether all documents that a source gave are there and were not taken by another."""
    for document_id in state.document_ids:
        document = stored.get(document_id)
        if document is None or document.state == "deleting":
            return False
        if document.origin != state.origin and not document.origin.startswith(f"{state.origin}!/"):
            return False
    return True


def _is_unmodified(state: SourceState, mark: SourceState) -> bool:
    return (
        mark.modified_ns > 0
        and state.modified_ns == mark.modified_ns
        and state.modified_ns + _RACY_NS < state.read_at * 1e9
    )


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_HASH_BYTES):
            digest.update(block)
    return digest.hexdigest()
