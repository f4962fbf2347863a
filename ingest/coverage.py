"""What a run has looked at, and so what of the base it may speak for.

Only what was to be found where the run looked, and could be looked at, may be called gone.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from enum import Enum
from itertools import islice
from pathlib import Path

from ingest.incremental import Gone
from ingest.sources import Unreadable, container_of, enclosing, is_upload
from ingest.targets import Targets
from kb.errors import IngestError, SourceUnavailable
from kb.store import DocumentStore

# A folder that lost all its files takes fewer documents than this along without a question.
_MANY_TO_LOSE = 5


class Whereabouts(Enum):
    """What a run knows of a source that a stored document is from."""

    GONE = "gone"
    """There is nothing any more: what it held may have moved."""
    SEARCHED = "searched"
    """This run has read it: what it was not seen to hold has moved."""
    AWAITED = "awaited"
    """This run is yet to read it."""
    STANDS = "stands"
    """It is there, but not for this run to read, or it could not be read."""


@dataclass(slots=True)
class Coverage:
    """The sources that a run came by.

    Attributes:
        targets: What the run was given.
        empty: Prefixes of the targets in which no file was found.
        visited: Origins that were looked at.
        unchanged: Of these, those that were passed over since they did not change.
        read: Of these, those that were read to their end.
        failures: What could not be read, by origin.
        passed_over: What is not read on purpose.
        gone: Addresses where nothing is any more.
        gone_without_trace: Of these, those of which nothing was stored; known after `vanished`.
    """

    targets: Targets
    empty: frozenset[str]
    visited: set[str] = field(default_factory=set)
    unchanged: set[str] = field(default_factory=set)
    read: set[str] = field(default_factory=set)
    failures: dict[str, IngestError] = field(default_factory=dict)
    passed_over: set[str] = field(default_factory=set)
    gone: list[Gone] = field(default_factory=list)
    gone_without_trace: list[Gone] = field(default_factory=list)

    def whereabouts(self, origin: str) -> Whereabouts:
        """Tell what is known of the source of a stored document that was found elsewhere."""
        if self._is_blamed(origin):
            return Whereabouts.STANDS
        if any(_inside(gone.origin)(origin) for gone in self.gone):
            return Whereabouts.GONE
        if origin in self.unchanged or any(outer in self.read for outer in _holders(origin)):
            return Whereabouts.SEARCHED
        container = container_of(origin)
        on_the_web = "://" in container
        if not on_the_web and not is_upload(container) and not _exists(container):
            return Whereabouts.GONE
        is_awaited = container in self.visited or (on_the_web and bool(self.targets.addresses))
        return Whereabouts.AWAITED if is_awaited else Whereabouts.STANDS

    def speaks_for(self, origin: str) -> bool:
        """Tell whether a local source, were it still there, would have been found and read."""
        return not self._is_blamed(origin) and any(
            target.owns(origin) for target in self.targets.local
        )

    @property
    def listed(self) -> set[str]:
        """The files and folders that the run was given and could list, unless a retry is empty."""
        prefixes = (target.prefix for target in self.targets.local)
        return {
            _folder(prefix)
            for prefix in prefixes
            if prefix.endswith("/") or prefix not in self.empty
        }

    def vanished(self, store: DocumentStore, seen: Collection[str]) -> Iterator[tuple[str, str]]:
        """Yield `(document id, origin)` of stored documents that no source holds any more.

        Args:
            store: The document store.
            seen: Ids of documents that the run found.
        """
        found: set[str] = set()
        stored: set[str] = set()  # prefixes under which anything is
        for prefix, owns in self._owners():
            for document_id, origin in store.sources.documents_under(prefix):
                if not owns(origin):
                    continue
                stored.add(prefix)
                if document_id in seen or document_id in found:
                    continue
                if not self._is_blamed(origin):
                    found.add(document_id)
                    yield document_id, origin
        self.gone_without_trace = [gone for gone in self.gone if gone.origin not in stored]

    def vanished_sources(self, store: DocumentStore) -> list[str]:
        """Return the origins of remembered sources that are gone."""
        return [gone.origin for gone in self.gone] + [
            origin
            for prefix, owns in self._owners()
            for origin in store.sources.under(prefix)
            if origin not in self.visited and owns(origin) and not self._is_blamed(origin)
        ]

    def doubtfully_empty(self, store: DocumentStore, seen: Collection[str]) -> Iterator[Unreadable]:
        """Yield folders without any file that many documents are from: a disk may be missing.

        Args:
            store: The document store.
            seen: Ids of documents that the run found.
        """
        for target in self.targets.local:
            if target.prefix not in self.empty or not target.prefix.endswith("/"):
                continue
            would_go = (
                document_id
                for document_id, origin in store.sources.documents_under(target.prefix)
                if document_id not in seen and target.owns(origin)
            )
            if sum(1 for _ in islice(would_go, _MANY_TO_LOSE)) == _MANY_TO_LOSE:
                folder = _folder(target.prefix)
                message = (
                    f"Thư mục {folder!r} không còn tệp nào, mà kho đang giữ nhiều tài liệu từ đó; "
                    "chưa gỡ tài liệu nào. Kiểm tra ổ đĩa đã được gắn chưa; nếu đúng là đã xóa "
                    "hết, chạy lại với --force để gỡ."
                )
                yield Unreadable(folder, SourceUnavailable(message))

    def _owners(self) -> Iterator[tuple[str, Callable[[str], bool]]]:
        """Yield what the run speaks for: a prefix, and whether an origin with it belongs."""
        for target in self.targets.local:
            yield target.prefix, target.owns
        for gone in self.gone:
            yield gone.origin, _inside(gone.origin)
        for origin in self.read:
            # What lies in another source goes with that.
            if "://" in origin and self.read.isdisjoint(islice(_holders(origin), 1, None)):
                yield origin, _inside(origin)

    def _is_blamed(self, origin: str) -> bool:
        """Tell whether a source, or anything that it lies in, could not be read."""
        return any(
            outer in self.failures or outer in self.passed_over for outer in enclosing(origin)
        )


def _folder(prefix: str) -> str:
    return prefix.rstrip("/") or "/"


def _holders(origin: str) -> Iterator[str]:
    """Yield an origin and the archives and mails that it lies in, without folders."""
    for outer in enclosing(origin):
        if outer == origin or origin.startswith(f"{outer}!/"):
            yield outer


def _inside(outer: str) -> Callable[[str], bool]:
    return lambda origin: origin == outer or origin.startswith(f"{outer}!/")


def _exists(path: str) -> bool:
    """Tell whether a path is there, or may be: a folder may forbid to look."""
    try:
        return Path(path).exists()
    except OSError:
        return True
