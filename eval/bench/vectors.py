"""Vectors for more texts than can be embedded in the time of a benchmark.

The first texts are embedded by the model. Every other text gets the vector of one of them, chosen
by the CRC-32 of its own characters, turned by noise to a cosine of about `COSINE`: near-duplicates
as dense as a real collection of one genre. A text has the same vector in every system. Token
vectors, which only our system has, are noise in the amount of real ones.
"""

import zlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np

from kb.ports import (
    TOKEN_SCALE,
    ByteArray,
    Embedder,
    EmbedderSpec,
    FloatArray,
    QueryEmbedding,
    TokenEmbedder,
)

COSINE = 0.95
# Length of the noise that turns a unit vector of many dimensions to that cosine.
_NOISE = (1 / COSINE**2 - 1) ** 0.5
_NOISE_ROWS = 4096


class VectorBook:
    """Vectors of texts, looked up or made up.

    Args:
        texts: Texts that were embedded.
        vectors: `(len(texts), dim)` float32, rows L2-normalised; at least one row.
    """

    def __init__(self, texts: Sequence[str], vectors: FloatArray) -> None:
        if len(texts) != len(vectors) or not len(texts):
            raise ValueError(f"{len(texts)} texts for {len(vectors)} vectors")
        self._rows = {text: row for row, text in enumerate(texts)}
        self._vectors = vectors

    @classmethod
    def load(cls, path: Path, texts: Sequence[str]) -> "VectorBook":
        """Return the book of the vectors saved at `path`; more texts than vectors may be given."""
        vectors = np.load(path, allow_pickle=False)
        return cls(texts[: len(vectors)], vectors)

    def vectors_of(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        found = np.empty((len(texts), self._vectors.shape[1]), np.float32)
        for place, text in enumerate(texts):
            row = self._rows.get(text)
            found[place] = self._vectors[row] if row is not None else self._made_up(text)
        return found

    def _made_up(self, text: str) -> FloatArray:
        seed = zlib.crc32(text.encode())
        noise = np.random.default_rng(seed).standard_normal(self._vectors.shape[1], np.float32)
        noise *= _NOISE / np.linalg.norm(noise)
        vector = self._vectors[seed % len(self._vectors)] + noise
        return np.asarray(vector / np.linalg.norm(vector), np.float32)


class BookEmbedder:
    """Our embedder for queries, the book for passages."""

    def __init__(self, embedder: Embedder, book: VectorBook) -> None:
        self._embedder = embedder
        self._book = book

    @property
    def spec(self) -> EmbedderSpec:
        """The spec of the real embedder, whose vectors the book holds."""
        return self._embedder.spec

    def warm_up(self) -> None:
        """Load the weights."""
        self._embedder.warm_up()

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Embed with the model."""
        return self._embedder.embed_queries(texts)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Look up or make up."""
        return self._book.vectors_of(texts)

    @property
    def token_dim(self) -> int:
        """Length of a token vector."""
        return self._tokens().token_dim

    def embed_query_with_tokens(self, text: str) -> QueryEmbedding:
        """Embed with the model."""
        return self._tokens().embed_query_with_tokens(text)

    def embed_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[FloatArray, list[ByteArray]]:
        """Look up or make up; token vectors are noise, as many as the text has words."""
        noise = _token_noise(self.token_dim)
        tokens = []
        for text in texts:
            start = zlib.crc32(text.encode()) % (len(noise) // 2)
            tokens.append(noise[start : start + len(text.split())])
        return self._book.vectors_of(texts), tokens

    def _tokens(self) -> TokenEmbedder:
        if not isinstance(self._embedder, TokenEmbedder):
            # So that `isinstance(..., TokenEmbedder)` says what the embedder inside would.
            raise AttributeError(f"{self._embedder.spec.name} has no token vectors")  # noqa: TRY004
        return self._embedder


@cache
def _token_noise(dim: int) -> ByteArray:
    """Return `(rows, dim)` int8 unit vectors, enough for the longest passage at any start."""
    rows = np.random.default_rng(0).standard_normal((_NOISE_ROWS, dim), np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return np.rint(rows * TOKEN_SCALE).astype(np.int8)
