"""Addresses to files: the source of ingest that reads the web.

An address may lead to a page, to a file, or to a list of addresses (feed, sitemap, sitemap index,
text list), which is expanded. Links inside pages are not followed: this is no crawler, what is
read is what someone listed.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.formats import SUFFIXES
from ingest.sources import SourceFile, Unreadable
from ingest.web.addresses import (
    LIST_PREFIX,
    LIST_SUFFIX,
    canonical,
    display,
    identity,
    is_home_page,
    is_same_site,
)
from ingest.web.body import unpack_gzip
from ingest.web.content import HEAD_BYTES, MARKUP_BYTES, classify, read_head
from ingest.web.feeds import Listing, read_feed, read_list, read_sitemap
from ingest.web.fetcher import Fetched, Fetcher, Validators
from kb.errors import (
    DuplicateId,
    EmptyDocument,
    FetchRefused,
    IngestError,
    SourceUnavailable,
    UnsupportedSource,
)
from kb.settings import WebSettings
from kb.store.sources import SourceState

# A list may name an index, that names sitemaps, that name pages.
_MAX_DEPTH = 3
_NOT_MODIFIED = 304
_COMPLETE = 200


@dataclass(frozen=True, slots=True)
class Unchanged:
    """An address whose content is what was read before: the server says so, or it is equal.

    Attributes:
        origin: Its document identity.
        state: What `known` told of it.
    """

    origin: str
    state: SourceState


@dataclass(frozen=True, slots=True)
class Gone:
    """An address, given directly, where the server says that nothing is any more (404, 410).

    Attributes:
        origin: Its document identity, as far as known; a document stored under it may go.
        error: What to report where none is stored.
    """

    origin: str
    error: SourceUnavailable


WebItem = SourceFile | Unreadable | Unchanged | Gone


@dataclass(frozen=True, slots=True)
class _Target:
    """An address to visit.

    Attributes:
        address: As given or listed.
        depth: How many lists it stands in.
    """

    address: str
    depth: int = 0


class WebSource:
    """Files at addresses, each fetched into the spool directory.

    One article is one document however it is linked: its origin is the canonical address that the
    page declares where that can be believed, else its final address, both normalised. Once stored
    under its own address a page keeps it. Two pages of one run that declare the same canonical
    address are one article if their titles agree; otherwise the declaration is wrong.

    A page of a list that has vanished is unreadable, and what is stored of it stays.

    Attributes:
        validators: For each document whose server answered with content: ETag, Last-Modified and
            the address that they belong to, by origin; for `SourceState`.
    """

    def __init__(
        self,
        addresses: Sequence[str],
        settings: WebSettings,
        spool: Path,
        known: Callable[[str], SourceState | None],
        *,
        remembered: Callable[[str], SourceState | None] | None = None,
        suffixes: Mapping[str, str] = SUFFIXES,
        fetcher: Fetcher | None = None,
        should_stop: Callable[[], bool] | None = None,
    ) -> None:
        """Make a source; nothing is fetched yet.

        Args:
            addresses: Addresses; `list:FILE` or a path that ends in ".urls" for a text list.
            settings: Limits and manners.
            spool: Directory for what is fetched; made if absent. The caller deletes it.
            known: State of an origin as it was last read, None if that should not count (never
                read, or read by another version). It may also find a state by its `url`.
            remembered: The same whether it counts or not: a page keeps its identity when it must
                be read again. `known` by default.
            suffixes: Suffix to format, for the formats that are read.
            fetcher: Used and left open; by default one is made for each run.
            should_stop: Asked by that one between and during fetches; true raises `Stopped`.
        """
        self._addresses = tuple(addresses)
        self._settings = settings
        self._spool = spool
        self._known = known
        self._remembered = remembered or known
        self._suffixes = suffixes
        self._given_fetcher = fetcher
        self._should_stop = should_stop
        self.validators: dict[str, Validators] = {}
        self._seen: set[str] = set()
        self._claims: dict[str, str | None] = {}  # origin to title

    def files(self) -> Iterator[WebItem]:
        """Yield what the addresses lead to, in their order, one fetch at a time."""
        self._seen.clear()
        self._claims.clear()
        fetcher = self._given_fetcher or Fetcher(self._settings, should_stop=self._should_stop)
        try:
            yield from self._walk(fetcher)
        finally:
            if self._given_fetcher is None:
                fetcher.close()

    def _walk(self, fetcher: Fetcher) -> Iterator[WebItem]:
        stack = [_Target(address) for address in reversed(self._addresses)]
        pages = 0
        while stack:
            target = stack.pop()
            try:
                if path := _list_path(target):
                    listing = read_list(path)
                    stack += _targets(listing, target)
                    if not listing.addresses:
                        yield _empty_list(path.name)
                    continue
                address = identity(target.address)
            except IngestError as exc:
                yield Unreadable(display(target.address), exc)
                continue
            if address in self._seen:
                continue  # listed twice
            self._seen.add(address)
            if pages >= self._settings.max_pages:
                yield Unreadable(address, self._too_many(len(stack) + 1))
                return
            pages += 1
            for found in self._visit(fetcher, address, target):
                if isinstance(found, Listing):
                    stack += _targets(found, target)
                else:
                    yield found

    def _too_many(self, left: int) -> FetchRefused:
        return FetchRefused(
            f"Đã tải đủ {self._settings.max_pages} địa chỉ, giới hạn của một lần chạy; "
            f"còn ít nhất {left} địa chỉ chưa tải. Tăng KB_WEB__MAX_PAGES rồi nạp lại."
        )

    def _visit(
        self, fetcher: Fetcher, address: str, target: _Target
    ) -> Iterator[WebItem | Listing]:
        path = self._spool / f"{hashlib.sha256(address.encode()).hexdigest()[:32]}.part"
        try:
            self._spool.mkdir(parents=True, exist_ok=True)
            with path.open("w+b") as sink:
                fetched = fetcher.fetch(address, sink, validators=self._validators_of)
            yield from self._interpret(fetched, path, address, target)
        except IngestError as exc:
            yield Unreadable(address, exc)
        except OSError as exc:
            yield Unreadable(
                address,
                SourceUnavailable(
                    f"{address}: không ghi được vào thư mục tạm {str(self._spool)!r} "
                    f"({exc.strerror}). Kiểm tra quyền ghi và dung lượng đĩa."
                ),
            )
        finally:
            with contextlib.suppress(OSError):  # renamed to be read, or never made
                path.unlink()

    def _validators_of(self, address: str) -> Validators | None:
        state = self._known(identity(address))
        return Validators(state.etag, state.last_modified, state.url) if state else None

    def _interpret(
        self, fetched: Fetched, path: Path, address: str, target: _Target
    ) -> Iterator[WebItem | Listing]:
        if fetched.status == _NOT_MODIFIED:
            yield self._not_modified(fetched)
            return
        if fetched.status != _COMPLETE:
            yield self._vanished(fetched, address, target)
            return
        if _is_sent_home(address, fetched.address):
            raise SourceUnavailable(
                f"{address}: máy chủ chuyển về trang chủ, có lẽ bài đã bị gỡ. "
                "Kiểm tra lại địa chỉ bằng trình duyệt."
            )
        if fetched.size == 0:
            raise EmptyDocument(f"{address}: máy chủ trả về trang rỗng.")
        with path.open("rb") as file:
            kind = classify(
                file.read(HEAD_BYTES), fetched.content_type, fetched.address, fetched.file_name
            )
        if kind in ("feed", "sitemap", "gzip"):
            yield from self._expand(kind, path.read_bytes(), fetched, target)
        else:
            yield self._document(kind, path, fetched, address)

    def _not_modified(self, fetched: Fetched) -> Unchanged:
        state = self._known(identity(fetched.address))
        if state is None:
            raise SourceUnavailable(
                f"{fetched.address}: máy chủ trả lời 304 (không đổi) dù chưa từng đọc trang này. "
                "Nạp lại sau."
            )
        self._claims.setdefault(state.origin, None)
        return Unchanged(state.origin, state)

    def _vanished(self, fetched: Fetched, address: str, target: _Target) -> Gone | Unreadable:
        error = SourceUnavailable(
            f"{address}: trang không còn (máy chủ trả lời {fetched.status}). Kiểm tra lại địa chỉ."
        )
        if target.depth > 0:
            return Unreadable(address, error)
        state = self._remembered(address) or self._remembered(identity(fetched.address))
        return Gone(state.origin if state else address, error)

    def _expand(
        self, kind: str, data: bytes, fetched: Fetched, target: _Target
    ) -> Iterator[WebItem | Listing]:
        name = fetched.address
        if kind == "gzip":
            limit = int(self._settings.max_page_mb * 1e6)
            data = unpack_gzip(data, max_bytes=limit, name=name)
            kind = classify(data[:HEAD_BYTES], "", name)
        if kind not in ("feed", "sitemap"):
            raise UnsupportedSource(
                f"{name}: tệp nén GZip không chứa sitemap hay nguồn tin. Giải nén rồi nạp từ đĩa."
            )
        if target.depth >= _MAX_DEPTH:
            raise UnsupportedSource(
                f"{name}: danh sách địa chỉ lồng nhau quá {_MAX_DEPTH} lớp nên không mở tiếp. "
                "Nạp thẳng địa chỉ này."
            )
        if kind == "feed":
            listing = read_feed(data, name, fetched.content_type)
        else:
            listing = read_sitemap(data, name)
        yield from (Unreadable(name, problem) for problem in listing.problems)
        if not listing.addresses:
            yield _empty_list(name)
        yield listing

    def _document(self, suffix: str, path: Path, fetched: Fetched, address: str) -> WebItem:
        file_format = self._suffixes.get(suffix)
        if file_format is None:
            raise UnsupportedSource(
                f"{fetched.address}: chưa đọc được định dạng {suffix!r}. "
                f"Các định dạng: {', '.join(self._suffixes)}."
            )
        declared, title = None, None
        if suffix == ".html":
            with path.open("rb") as file:
                declared, title = read_head(file.read(MARKUP_BYTES), fetched.charset)
        origin = self._claim(canonical(declared, fetched.address), identity(fetched.address), title)
        if origin is None:
            same = canonical(declared, fetched.address)
            error = DuplicateId(f"{address}: cùng một bài với {same}, đã tải trong lần chạy này.")
            return Unreadable(address, error, skipped=True)
        self.validators[origin] = fetched.validators
        state = self._known(origin)
        if state is not None and state.sha256 == fetched.sha256:
            return Unchanged(origin, state)
        return SourceFile(
            path=path.rename(path.with_suffix(suffix)),
            format=file_format,
            known_as=origin,
            url=fetched.address,
            fetched_at=fetched.fetched_at,
            charset=fetched.charset,
        )

    def _claim(self, declared: str, own: str, title: str | None) -> str | None:
        """Return the origin of a page, or None if the run has had this article already."""
        state = self._remembered(own)
        for origin in dict.fromkeys((state.origin if state else declared, own)):
            if origin not in self._claims:
                self._claims[origin] = title
                return origin
            earlier = self._claims[origin]
            if origin == own or earlier is None or earlier == title:
                return None
        return None


def _list_path(target: _Target) -> Path | None:
    """Return the file of a text list; lists do not stand in lists."""
    text = target.address.strip()
    lowered = text.lower()
    if target.depth > 0 or lowered.startswith(("http://", "https://")):
        return None
    if lowered.startswith(LIST_PREFIX):
        return Path(text[len(LIST_PREFIX) :].strip())
    return Path(text) if lowered.endswith(LIST_SUFFIX) else None


def _empty_list(name: str) -> Unreadable:
    error = EmptyDocument(f"{name}: danh sách không có địa chỉ nào để tải.")
    return Unreadable(name, error, skipped=True)  # a feed may well be empty today


def _targets(listing: Listing, parent: _Target) -> list[_Target]:
    """Return what a list names, last first, to be put on the stack."""
    return [_Target(address, parent.depth + 1) for address in reversed(listing.addresses)]


def _is_sent_home(asked: str, final: str) -> bool:
    return is_home_page(final) and not is_home_page(asked) and is_same_site(asked, final)
