"""What a run of ingest is given: paths, uploads, addresses, and what failed before."""

import contextlib
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ingest.incremental import Found, Gone, Same, SourceReader, Validators
from ingest.sources import (
    PathTarget,
    SourceFile,
    Unreadable,
    UploadTarget,
    container_of,
    is_upload,
)
from kb.errors import SourceUnavailable, StoreUnavailable
from kb.settings import WebSettings
from kb.store import DocumentStore, SourceState

UPLOADS_DIRECTORY = "uploads"
_SPOOL_DIRECTORY = "spool"
_LIST_SUFFIX = ".urls"

# Spools of runs of this process; others in the same place were left by a crash.
_active_spools: set[str] = set()


class Target(Protocol):
    """What a run was given: finds files, and speaks for what is stored of them."""

    @property
    def prefix(self) -> str:
        """What every origin starts with that it may speak for."""
        ...

    def files(self) -> Iterator[SourceFile | Unreadable]:
        """Yield the files."""
        ...

    def owns(self, origin: str) -> bool:
        """Tell whether a stored origin was to be found here, were it still there."""
        ...


class _RetriedPath:
    """A path that failed before. Whatever is missing of it is no reason to remove anything."""

    def __init__(self, origin: str) -> None:
        self.prefix = origin
        self._target = PathTarget(Path(origin), recursive=True)
        self._is_file = not Path(origin).is_dir()

    def files(self) -> Iterator[SourceFile | Unreadable]:
        try:
            yield from self._target.files()
        except SourceUnavailable as exc:
            yield Unreadable(self.prefix, exc)

    def owns(self, origin: str) -> bool:
        return self._is_file and self._target.owns(origin)


@dataclass(frozen=True, slots=True)
class Targets:
    """What a run is given, sorted: what lies on this machine, and addresses."""

    local: Sequence[Target]
    addresses: Sequence[str]


def targets_of(
    paths: Sequence[Path | str],
    store: DocumentStore | None,
    data_dir: Path,
    *,
    recursive: bool,
    retry_failed: bool,
) -> Targets:
    """Sort what a run is given; listed twice is taken once.

    Args:
        paths: Files, folders, addresses and uploads.
        store: Where the list of failures is.
        data_dir: Where uploads are.
        recursive: Whether to enter folders below the given ones.
        retry_failed: Whether what is on the list of failures is taken too.
    """
    local: dict[str, Target] = {}
    addresses: dict[str, None] = {}

    def add(name: Path | str, *, retried: bool) -> None:
        text = str(name)
        if is_address(text):
            addresses[text] = None
        elif is_upload(text):
            local.setdefault(text, UploadTarget(text, data_dir / UPLOADS_DIRECTORY))
        elif retried:
            local.setdefault(text, _RetriedPath(text))
        else:
            local.setdefault(text, PathTarget(Path(name), recursive=recursive))

    for path in paths:
        add(path, retried=False)
    if retry_failed and store is not None:
        for origin in sorted(_containers(store)):
            add(origin, retried=True)
    return Targets(list(local.values()), list(addresses))


def _containers(store: DocumentStore) -> set[str]:
    """Return what is to be read for what failed: an archive for a file in it."""
    return {
        container_of(origin, is_stored=lambda name: bool(store.sources.get([name])))
        for origin in store.dead_letters.origins()
    }


def is_address(target: str) -> bool:
    """Tell whether a target is an address on the web or a list of some."""
    return "://" in target or target.startswith("list:") or target.lower().endswith(_LIST_SUFFIX)


# --- the web --------------------------------------------------------------------------------


class WebEntries:
    """What the addresses of a run lead to; its module is imported if there are any."""

    def __init__(
        self,
        addresses: Sequence[str],
        settings: WebSettings,
        spool: Path,
        reader: SourceReader,
        store: DocumentStore | None,
        validators: dict[str, Validators],
        should_stop: Callable[[], bool],
    ) -> None:
        self._addresses = addresses
        self._settings = settings
        self._spool = spool
        self._reader = reader
        self._by_url = store.sources.by_url() if store and addresses else {}
        self._validators = validators
        self._should_stop = should_stop

    def __iter__(self) -> Iterator[Found]:
        """Yield what the addresses lead to, in their order."""
        if not self._addresses:
            return
        from ingest.web import source

        web = source.WebSource(
            self._addresses,
            self._settings,
            self._spool,
            self._known,
            remembered=self._remembered,
            should_stop=self._should_stop,
        )
        for item in web.files():
            validators = web.validators.get(item.origin)
            if validators is not None:
                etag, last_modified, url = validators
                self._validators[item.origin] = (etag, last_modified, url)
            if isinstance(item, source.Unchanged):
                yield Same(item.origin, item.state)
            elif isinstance(item, source.Gone):
                yield Gone(item.origin, item.error)
            else:
                yield item

    def _known(self, origin: str) -> SourceState | None:
        return self._found(self._reader.known, origin)

    def _remembered(self, origin: str) -> SourceState | None:
        return self._found(self._reader.remembered, origin)

    def _found(
        self, state_of: Callable[[str], SourceState | None], origin: str
    ) -> SourceState | None:
        state = state_of(origin)
        if state is None and (other := self._by_url.get(origin)) not in {None, origin}:
            state = state_of(str(other))
        return state


# --- the spool ------------------------------------------------------------------------------


@contextlib.contextmanager
def open_spool(data_dir: Path) -> Iterator[Path]:
    """Give a directory for unpacked files, and delete it, and those that a crash left, after."""
    root = data_dir / _SPOOL_DIRECTORY
    name = uuid.uuid4().hex
    _active_spools.add(name)
    try:
        for left_over in root.glob("*"):
            if left_over.name not in _active_spools:
                shutil.rmtree(left_over, ignore_errors=True)
        (root / name).mkdir(parents=True)
    except OSError as exc:
        _active_spools.discard(name)
        raise StoreUnavailable(
            f"Không tạo được thư mục tạm {str(root / name)!r}: {exc.strerror}. "
            "Kiểm tra quyền ghi và dung lượng đĩa, rồi chạy lại lệnh."
        ) from exc
    try:
        yield root / name
    finally:
        shutil.rmtree(root / name, ignore_errors=True)
        _active_spools.discard(name)
