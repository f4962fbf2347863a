"""A Qdrant server or cluster by URL, through qdrant-client; its local mode serves as a test."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TypeVar

from qdrant_client import QdrantClient, models
from qdrant_client.http.exceptions import ApiException

from kb.errors import StoreUnavailable
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
_UPSERT_BATCH = 128
_NO_LIMIT = 10_000_000


class QdrantIndex:
    """`VectorIndex` on a collection of a Qdrant server."""

    def __init__(
        self, client: QdrantClient, collection: str, dim: int, *, recreate: bool = False
    ) -> None:
        """Use `collection`, created if it does not exist.

        Args:
            client: Connection, owned by the index from now on.
            collection: Name of the collection.
            dim: Length of the dense vectors.
            recreate: Drop the collection first, whatever it holds.

        Raises:
            StoreUnavailable: The server cannot be reached or refuses.
        """
        self._client = client
        self._collection = collection
        self._call(lambda: self._create(dim, recreate=recreate))

    @classmethod
    def connect(
        cls,
        url: str,
        collection: str,
        dim: int,
        *,
        api_key: str | None = None,
        recreate: bool = False,
    ) -> "QdrantIndex":
        """Return the index of a server's collection.

        Args:
            url: Such as `http://127.0.0.1:6333`.
            collection: Name of the collection.
            dim: Length of the dense vectors.
            api_key: Key of the server, if it asks for one.
            recreate: Drop the collection first, whatever it holds.
        """
        # The client's own check of versions runs in a thread and only warns.
        client = QdrantClient(url=url, api_key=api_key, check_compatibility=False)
        try:
            return cls(client, collection, dim, recreate=recreate)
        except StoreUnavailable:
            client.close()
            raise

    def _create(self, dim: int, *, recreate: bool) -> None:
        if self._client.collection_exists(self._collection):
            if not recreate:
                return
            self._client.delete_collection(self._collection)
        self._client.create_collection(
            self._collection,
            vectors_config={
                DENSE: models.VectorParams(size=dim, distance=models.Distance.DOT),
            },
            sparse_vectors_config={
                leg: models.SparseVectorParams(modifier=models.Modifier.IDF) for leg in LEXICAL_LEGS
            },
        )
        for key, schema in PAYLOAD_INDEXES.items():
            self._client.create_payload_index(
                self._collection, key, field_schema=models.PayloadSchemaType(schema)
            )

    def _call(self, operation: Callable[[], _T]) -> _T:
        try:
            return operation()
        except (ApiException, OSError) as exc:
            raise StoreUnavailable(
                f"Máy chủ Qdrant không phục vụ được bộ {self._collection!r}: {exc}. "
                "Kiểm tra KB_INDEX__URL, KB_INDEX__API_KEY và trạng thái máy chủ."
            ) from exc

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Insert or replace chunks; waits until the server has applied them."""
        for batch in batches(entries, _UPSERT_BATCH):
            points = [
                models.PointStruct(
                    id=entry.chunk_id,
                    vector={
                        DENSE: entry.dense.tolist(),
                        "accented": _sparse(entry.accented),
                        "folded": _sparse(entry.folded),
                    },
                    payload=payload_of(entry),
                )
                for entry in batch
            ]
            self._call(partial(self._client.upsert, self._collection, points, wait=True))

    def delete_documents(self, document_ids: Sequence[str]) -> None:
        """Remove all chunks of these documents."""
        for batch in batches(document_ids, _UPSERT_BATCH):
            condition = models.FieldCondition(
                key=DOCUMENT_ID, match=models.MatchAny(any=list(batch))
            )
            selector = models.FilterSelector(filter=models.Filter(must=[condition]))
            self._call(partial(self._client.delete, self._collection, selector, wait=True))

    def query_dense(
        self, vector: FloatArray, *, limit: int, filters: Filters | None = None
    ) -> list[ScoredChunk]:
        """Return the nearest chunks by cosine similarity (vectors are normalised)."""
        return self._query(vector.tolist(), DENSE, limit, filters)

    def query_lexical(
        self, leg: str, terms: SparseTerms, *, limit: int, filters: Filters | None = None
    ) -> list[ScoredChunk]:
        """Return the best chunks of a lexical leg by BM25."""
        if not terms.indices:
            return []
        # Local mode also returns points that share no term, at score 0; servers do not.
        hits = self._query(_sparse(terms), leg, limit, filters)
        return [hit for hit in hits if hit.score > 0]

    def _query(
        self,
        query: list[float] | models.SparseVector,
        using: str,
        limit: int,
        filters: Filters | None,
    ) -> list[ScoredChunk]:
        response = self._call(
            lambda: self._client.query_points(
                self._collection,
                query=query,
                using=using,
                limit=limit,
                query_filter=_filter(filters),
                with_payload=[DOCUMENT_ID],
            )
        )
        return ranked(
            (str(point.id), str((point.payload or {})[DOCUMENT_ID]), point.score)
            for point in response.points
        )

    def count(self, filters: Filters | None = None) -> int:
        """Return the number of chunks."""
        result = self._call(
            lambda: self._client.count(self._collection, count_filter=_filter(filters), exact=True)
        )
        return result.count

    def document_ids(self) -> Iterable[str]:
        """Return the ids of all documents that have chunks."""
        facet = self._call(
            lambda: self._client.facet(self._collection, DOCUMENT_ID, limit=_NO_LIMIT, exact=True)
        )
        return [str(hit.value) for hit in facet.hits if hit.count > 0]

    def optimize(self) -> None:
        """Do nothing: a server optimises by itself."""

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


def _sparse(terms: SparseTerms) -> models.SparseVector:
    return models.SparseVector(indices=list(terms.indices), values=list(terms.values))


def _filter(filters: Filters | None) -> models.Filter | None:
    pairs = filter_pairs(filters)
    if not pairs:
        return None
    return models.Filter(
        must=[
            models.FieldCondition(key=key, match=models.MatchValue(value=value))
            for key, value in pairs
        ]
    )
