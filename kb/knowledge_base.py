"""A knowledge base as a whole: everything under one data directory, opened consistently."""

import logging
import shutil
import threading
from contextlib import ExitStack
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy.engine import URL

from kb.embedders import get_embedder
from kb.errors import StoreUnavailable
from kb.indexes import get_index
from kb.lexicon import FILE_NAME as LEXICON_FILE
from kb.lexicon import Lexicon
from kb.lock import DirectoryLock
from kb.manifest import Manifest, read_manifest, write_manifest
from kb.ports import Embedder, QueryEmbedding, TokenEmbedder, VectorIndex
from kb.settings import Settings
from kb.store import DocumentStore
from kb.terms import TermScheme

logger = logging.getLogger(__name__)

INDEX_DIRECTORY = "index"
STORE_FILE = "documents.db"
# A page asks once for the answer and once for the results; officers also go back and forth.
# With token vectors, a usual query takes 10 KB, a pasted page 260 KB.
_REMEMBERED_QUERIES = 256


def open_store(settings: Settings) -> DocumentStore:
    """Open the document store alone; needs no lock, so it works beside a running service.

    Raises:
        StoreUnavailable: The data directory or the database cannot be opened.
    """
    _make_directory(settings.data_dir)
    if settings.store.url:
        return DocumentStore(settings.store.url)
    path = settings.data_dir.absolute() / STORE_FILE
    return DocumentStore(URL.create("sqlite", database=str(path)))


def _make_directory(directory: Path) -> None:
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as exc:
        raise StoreUnavailable(
            f"Không tạo được thư mục dữ liệu {str(directory)!r}: {exc.strerror}. "
            "Kiểm tra quyền ghi, hoặc đặt KB_DATA_DIR sang thư mục khác."
        ) from exc


class KnowledgeBase:
    """Document store, vector index and embedder that fit each other.

    Use it as a context manager, or call `close`.

    Attributes:
        settings: What it was opened with.
        store: The document store.
        index: The vector index.
        embedder: The embedding model; its weights load at first use.
        terms: How lexical terms are made.
        writing: Held by whatever changes documents in both stores, from its first look at them to
            its last write: a run of ingest holds it a batch at a time, a removal throughout, so
            that neither finds half of what the other does. Searches never take it.
    """

    def __init__(
        self,
        settings: Settings,
        store: DocumentStore,
        index: VectorIndex,
        embedder: Embedder,
        terms: TermScheme,
        lock: DirectoryLock,
    ) -> None:
        """Take ownership of opened parts; use `open_knowledge_base` instead."""
        self.settings = settings
        self.store = store
        self.index = index
        self.embedder = embedder
        self.terms = terms
        self.writing = threading.RLock()
        self._lock = lock

        self._lexicon: tuple[int, Lexicon] | None = None

        @lru_cache(maxsize=_REMEMBERED_QUERIES)
        def embed_query(text: str) -> QueryEmbedding:
            if isinstance(embedder, TokenEmbedder):
                return embedder.embed_query_with_tokens(text)
            return QueryEmbedding(embedder.embed_queries([text])[0])

        self._embed_query = embed_query

    def embed_query(self, text: str) -> QueryEmbedding:
        """Return a query as vectors; the last ones are remembered."""
        return self._embed_query(text)

    @property
    def lexicon(self) -> Lexicon:
        """The words of the stored texts; the background alone until something was ingested."""
        path = self.settings.data_dir / LEXICON_FILE
        try:
            changed = path.stat().st_mtime_ns
        except OSError:
            changed = 0
        if self._lexicon is None or self._lexicon[0] != changed:
            self._lexicon = (changed, (Lexicon.load(path) if changed else None) or Lexicon.empty())
        return self._lexicon[1]

    def close(self) -> None:
        """Release files, connections and the lock. Safe to call again."""
        with ExitStack() as parts:  # the lock last, and even if another part fails
            parts.callback(self._lock.release)
            parts.callback(self.store.close)
            parts.callback(self.index.close)

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()


def open_knowledge_base(
    settings: Settings,
    *,
    purpose: str,
    url: str | None = None,
    embedder: Embedder | None = None,
    rebuild: bool = False,
) -> KnowledgeBase:
    """Open the knowledge base of the settings and lock its directory.

    Args:
        settings: The settings in force.
        purpose: The command that opens it, named to others that find it locked.
        url: Address of the service that holds it, if it is one.
        embedder: Used instead of the one of the settings (tests, benchmarks).
        rebuild: Drop the index, accept the settings in force, and mark all documents as pending.

    Raises:
        StoreLocked: Another process holds the directory.
        IndexMismatch: It was built with other settings and `rebuild` is false.
        StoreUnavailable: A part cannot be opened.
    """
    directory = settings.data_dir
    _make_directory(directory)
    lock = DirectoryLock(directory)
    lock.acquire(purpose, url)
    with ExitStack() as opened:
        opened.callback(lock.release)
        embedder = embedder or get_embedder(settings.embedder, settings.model_dir)
        terms = TermScheme()
        where: str = settings.index.kind
        if settings.index.kind == "qdrant":
            where = f"qdrant {settings.index.url} {settings.index.collection}"
        current = Manifest.of(embedder.spec, terms, settings.chunker, where)
        stored = None if rebuild else read_manifest(directory)
        if stored is not None:
            stored.check(current, directory)
        store = open_store(settings)
        opened.callback(store.close)
        if stored is None:
            # Order matters: once documents are pending and the old index is gone, a crash at
            # any point leaves work that the next ingest or reindex finishes.
            store.set_all_pending()
            shutil.rmtree(directory / INDEX_DIRECTORY, ignore_errors=True)
        index = get_index(
            settings.index, directory / INDEX_DIRECTORY, embedder.spec.dim, recreate=rebuild
        )
        opened.callback(index.close)
        if stored is None:
            write_manifest(directory, current)
        opened.pop_all()
        return KnowledgeBase(settings, store, index, embedder, terms, lock)
