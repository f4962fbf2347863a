"""The parts that can be exchanged, as Protocols; `tests/contract` holds their suites."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from kb.models import Filters, ScoredChunk

FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.int8]
# Stored token vectors are unit vectors times this, rounded to int8.
TOKEN_SCALE = 127


@dataclass(frozen=True, slots=True)
class EmbedderSpec:
    """What decides a vector. Equal specs mean that vectors are interchangeable.

    Attributes:
        name: Adapter and model, such as `bundled:multilingual-e5-small`.
        dim: Length of a vector.
        query_prompt: Text put before a query.
        passage_prompt: Text put before a passage.
        segment: Whether pyvi joins syllables into words before the model reads them.
        revision: Identifies weights and conversion; empty if the adapter cannot know.
    """

    name: str
    dim: int
    query_prompt: str
    passage_prompt: str
    segment: bool
    revision: str


class Embedder(Protocol):
    """Turns texts into vectors; a query and a passage may be embedded differently."""

    @property
    def spec(self) -> EmbedderSpec:
        """What decides the vectors of this embedder."""
        ...

    def warm_up(self) -> None:
        """Load the weights now instead of at first use. Safe to call again, from any thread."""
        ...

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        ...

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        ...


@dataclass(frozen=True, slots=True)
class QueryEmbedding:
    """A query as vectors.

    Attributes:
        vector: `(dim,)` float32, L2-normalised.
        tokens: `(tokens, token_dim)` float32, rows scaled by the token's share of the query's
            information, so that the similarity of a passage is the plain sum over rows of the
            best product with one of its tokens; None if the embedder knows no token vectors.
    """

    vector: FloatArray
    tokens: FloatArray | None = None


@runtime_checkable
class TokenEmbedder(Protocol):
    """An `Embedder` that also gives the vectors of single tokens, for late interaction."""

    @property
    def token_dim(self) -> int:
        """Length of a token vector."""
        ...

    def embed_query_with_tokens(self, text: str) -> QueryEmbedding:
        """Return a query's vector and token vectors from one pass."""
        ...

    def embed_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[FloatArray, list[ByteArray]]:
        """Return `(n, dim)` vectors and, by text, `(tokens, token_dim)` int8 token vectors.

        Rows of the latter are unit vectors times `TOKEN_SCALE`, rounded; tokens without a letter
        or digit are left out.
        """
        ...


@dataclass(frozen=True, slots=True)
class SparseTerms:
    """Weights of hashed terms; `indices` are distinct, in no particular order."""

    indices: tuple[int, ...]
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """One chunk as the vector index stores it.

    Attributes:
        chunk_id: UUID in its canonical text form (the engine's point id).
        document_id: The document that the chunk is cut from.
        dense: `(dim,)` float32, L2-normalised.
        accented: BM25 term weights of the accented terms, without IDF.
        folded: The same of the folded terms.
        provinces: Names that a province filter may give to find this chunk.
        field: Value of `kb.models.Field`, or None.
        topics: Topic slugs.
        years: Years that the document speaks of or was published in.
    """

    chunk_id: str
    document_id: str
    dense: FloatArray
    accented: SparseTerms
    folded: SparseTerms
    provinces: tuple[str, ...] = ()
    field: str | None = None
    topics: tuple[str, ...] = ()
    years: tuple[int, ...] = ()


LEXICAL_LEGS = ("accented", "folded")


class VectorIndex(Protocol):
    """Dense and sparse vectors of chunks, with filters.

    Sparse queries are scored as `sum(query weight * stored weight * idf(term))`, with the IDF
    taken over the points that have terms in the leg. An engine may count deleted points until it
    cleans up, so scores can drift a little between a change and a rebuild. Results come best
    first, ties by chunk id.
    """

    def upsert(self, entries: Sequence[IndexEntry]) -> None:
        """Insert or replace chunks by id. Durable once it returns."""
        ...

    def delete_documents(self, document_ids: Sequence[str]) -> None:
        """Remove all chunks of these documents. Unknown ids are no error."""
        ...

    def query_dense(
        self, vector: FloatArray, *, limit: int, filters: Filters | None = None
    ) -> list[ScoredChunk]:
        """Return the nearest chunks by cosine similarity in [-1, 1]."""
        ...

    def query_lexical(
        self, leg: str, terms: SparseTerms, *, limit: int, filters: Filters | None = None
    ) -> list[ScoredChunk]:
        """Return the best chunks of a leg in `LEXICAL_LEGS`; only chunks that share a term."""
        ...

    def count(self, filters: Filters | None = None) -> int:
        """Return the number of chunks."""
        ...

    def document_ids(self) -> Iterable[str]:
        """Return the ids of all documents that have chunks, each once."""
        ...

    def optimize(self) -> None:
        """Build what makes search fast after a large load; may do nothing."""
        ...

    def close(self) -> None:
        """Release files and connections. Safe to call again."""
        ...
