"""Qdrant Edge: the server's engine inside this process, files in one directory.

One process owns the directory at a time (the engine locks its write-ahead log). What `upsert`
acknowledged survives `kill -9`.
"""

import logging
import shutil
import threading
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar

import qdrant_edge as qe

from kb.errors import StoreLocked, StoreUnavailable
from kb.indexes.layout import (
    DENSE,
    DOCUMENT_ID,
    PAYLOAD_INDEXES,
    batches,
    filter_pairs,
    payload_of,
    ranked,
)
from kb.models import Filters, ScoredChunk
from kb.ports import LEXICAL_LEGS, FloatArray, IndexEntry, SparseTerms

_T = TypeVar("_T")
logger = logging.getLogger(__name__)

# Kilobytes of vectors above which a segment gets an HNSW graph; below it a full scan is faster
# and exact (10,000 vectors of 384 floats are 15,000 KB).
_HNSW_THRESHOLD_KB = 20_000
_UPSERT_BATCH = 256
# The engine maps its files into memory and grows them in steps of up to 32 MB. A write to a mapped
# page that the disk cannot hold kills the process without a message, so room is checked before.
_MIN_FREE_MB = 64
_NO_LIMIT = 10_000_000
_SCHEMA = {"keyword": qe.PayloadSchemaType.Keyword, "integer": qe.PayloadSchemaType.Integer}


class EdgeIndex:
    """`VectorIndex` on Qdrant Edge."""

    def __init__(self, directory: Path, dim: int) -> None:
        """Open the shard in `directory`, or create it.

        Raises:
            StoreLocked: Another process has it open.
            StoreUnavailable: The files cannot be read or written.
        """
        self._directory = directory
        # The engine's calls are safe from several threads; closing while one runs is not.
        self._lock = threading.Lock()
        self._shard: qe.EdgeShard | None = self._open(directory, dim)

    @staticmethod
    def _open(directory: Path, dim: int) -> qe.EdgeShard:
        if not directory.exists():
            EdgeIndex._create(directory, dim)
        shard = _guarded(partial(qe.EdgeShard.load, str(directory)), directory)
        for key, schema in PAYLOAD_INDEXES.items():  # no work where it has them
            operation = qe.UpdateOperation.create_field_index(key, _SCHEMA[schema])
            _guarded(partial(shard.update, operation), directory)
        return shard

    @staticmethod
    def _create(directory: Path, dim: int) -> None:
        """Create an empty shard under another name, so that a crash never leaves half of one."""
        _check_room(directory.parent, _MIN_FREE_MB)
        draft = directory.with_name(f"{directory.name}.new")
        shutil.rmtree(draft, ignore_errors=True)
        try:
            draft.mkdir(parents=True)
        except OSError as exc:
            raise StoreUnavailable(
                f"Không tạo được thư mục chỉ mục {str(directory)!r}: {exc.strerror}. "
                "Kiểm tra quyền ghi và dung lượng đĩa."
            ) from exc
        config = qe.EdgeConfig(
            vectors={DENSE: qe.EdgeVectorParams(size=dim, distance=qe.Distance.Dot)},
            sparse_vectors={
                leg: qe.EdgeSparseVectorParams(modifier=qe.Modifier.Idf) for leg in LEXICAL_LEGS
            },
            optimizers=qe.EdgeOptimizersConfig(indexing_threshold=_HNSW_THRESHOLD_KB),
        )
        shard = _guarded(partial(qe.EdgeShard.create, str(draft), config), directory)
        _guarded(shard.close, directory)
        draft.rename(directory)

    @property
    def _open_shard(self) -> qe.EdgeShard:
        if self._shard is None:
            raise StoreUnavailable(f"Chỉ mục {str(self._directory)!r} đã đóng; hãy mở lại.")
        return self._shard

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Insert or replace chunks; durable once it returns."""
        shard = self._open_shard
        for batch in batches(entries, _UPSERT_BATCH):
            _check_room(self._directory, _MIN_FREE_MB)
            points = [
                qe.Point(
                    entry.chunk_id,
                    {
                        DENSE: entry.dense.tolist(),
                        "accented": _sparse(entry.accented),
                        "folded": _sparse(entry.folded),
                    },
                    payload_of(entry),
                )
                for entry in batch
            ]
            operation = qe.UpdateOperation.upsert_points(points)
            _guarded(partial(shard.update, operation), self._directory)

    def delete_documents(self, document_ids: Sequence[str]) -> None:
        """Remove all chunks of these documents."""
        shard = self._open_shard
        for batch in batches(document_ids, _UPSERT_BATCH):
            condition = qe.FieldCondition(DOCUMENT_ID, match=qe.MatchAny(list(batch)))
            operation = qe.UpdateOperation.delete_points_by_filter(qe.Filter(must=[condition]))
            _guarded(partial(shard.update, operation), self._directory)

    def query_dense(
        self, vector: FloatArray, *, limit: int, filters: Filters | None = None
    ) -> list[ScoredChunk]:
        """Return the nearest chunks by cosine similarity (vectors are normalised)."""
        query = qe.Query.Nearest(vector.tolist(), using=DENSE)
        return self._query(query, limit, filters)

    def query_lexical(
        self, leg: str, terms: SparseTerms, *, limit: int, filters: Filters | None = None
    ) -> list[ScoredChunk]:
        """Return the best chunks of a lexical leg by BM25."""
        if not terms.indices:
            return []
        return self._query(qe.Query.Nearest(_sparse(terms), using=leg), limit, filters)

    def _query(self, query: qe.Query, limit: int, filters: Filters | None) -> list[ScoredChunk]:
        request = qe.QueryRequest(
            limit=limit, query=query, filter=_filter(filters), with_payload=[DOCUMENT_ID]
        )
        return ranked(
            (str(point.id), str((point.payload or {})[DOCUMENT_ID]), point.score)
            for point in self._open_shard.query(request)
        )

    def count(self, filters: Filters | None = None) -> int:
        """Return the number of chunks."""
        return self._open_shard.count(qe.CountRequest(exact=True, filter=_filter(filters)))

    def document_ids(self) -> Iterable[str]:
        """Return the ids of all documents that have chunks."""
        facet = self._open_shard.facet(qe.FacetRequest(DOCUMENT_ID, limit=_NO_LIMIT, exact=True))
        # The exact facet still lists values whose points are all deleted.
        return [str(hit.value) for hit in facet.hits if hit.count > 0]

    def optimize(self) -> None:
        """Merge segments and build HNSW graphs where a segment is large enough.

        Left out, with a warning in the log, where the disk has no room for a second copy.
        """
        shard = self._open_shard
        files = (path for path in self._directory.rglob("*") if path.is_file())
        used_mb = sum(path.stat().st_blocks for path in files) * 512 // 2**20
        try:
            _check_room(self._directory, _MIN_FREE_MB + used_mb)
        except StoreUnavailable as exc:
            logger.warning("index not optimised reason=%s", exc)
            return
        _guarded(shard.optimize, self._directory)

    def close(self) -> None:
        """Flush and release the directory."""
        with self._lock:
            if self._shard is not None:
                shard, self._shard = self._shard, None
                _guarded(shard.flush, self._directory)
                _guarded(shard.close, self._directory)


def _check_room(directory: Path, needed_mb: int) -> None:
    free_mb = shutil.disk_usage(directory).free // 2**20
    if free_mb < needed_mb:
        raise StoreUnavailable(
            f"Đĩa chứa {str(directory)!r} chỉ còn {free_mb} MB trống, cần ít nhất {needed_mb} MB. "
            "Giải phóng dung lượng đĩa rồi chạy lại lệnh; phần đã nạp vẫn còn nguyên."
        )


def _guarded(operation: Callable[[], _T], directory: Path) -> _T:
    """Run an engine call and translate its failures (the engine raises bare exceptions)."""
    try:
        return operation()
    except BaseException as exc:
        if isinstance(exc, KeyboardInterrupt | SystemExit):
            raise
        if "WouldBlock" in str(exc):
            raise StoreLocked(
                f"Chỉ mục {str(directory)!r} đang được một tiến trình khác dùng. "
                "Dừng tiến trình đó (ví dụ `kb serve`) hoặc hỏi qua địa chỉ của nó."
            ) from exc
        raise StoreUnavailable(
            f"Chỉ mục {str(directory)!r} không đọc hoặc ghi được: {exc}. "
            "Kiểm tra dung lượng đĩa và quyền ghi, rồi chạy lại lệnh; "
            "nếu tệp hỏng, chạy `kb reindex`."
        ) from exc


def _sparse(terms: SparseTerms) -> qe.SparseVector:
    return qe.SparseVector(list(terms.indices), list(terms.values))


def _filter(filters: Filters | None) -> qe.Filter | None:
    pairs = filter_pairs(filters)
    if not pairs:
        return None
    return qe.Filter(
        must=[qe.FieldCondition(key, match=qe.MatchValue(value)) for key, value in pairs]
    )
