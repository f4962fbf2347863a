"""An embedder without weights: hashed character n-grams, for tests and as an offline fallback.

Texts that share letters are near each other, with or without diacritics; it knows no synonyms.
"""

import hashlib
import unicodedata
from collections.abc import Iterator, Sequence
from functools import lru_cache

import numpy as np

from kb.ports import EmbedderSpec, FloatArray

_NGRAM_SIZES = (3, 4, 5)
# Unaccented n-grams count less: they bridge "dan van" and "dân vận" but also confuse words.
_FOLDED_WEIGHT = 0.5
_REVISION = "ngram-3-5.1"


class HashingEmbedder:
    """Signed feature hashing of character n-grams; the same on every machine and run.

    Source: Weinberger et al. (2009), "Feature Hashing for Large Scale Multitask Learning".

    Args:
        dim: Length of a vector, at least 1.
    """

    def __init__(self, dim: int = 256) -> None:
        self._spec = EmbedderSpec(
            name="hashing",
            dim=dim,
            query_prompt="",
            passage_prompt="",
            segment=False,
            revision=_REVISION,
        )

    @property
    def spec(self) -> EmbedderSpec:
        """What decides the vectors of this embedder."""
        return self._spec

    def warm_up(self) -> None:
        """Do nothing: there are no weights."""

    def embed_queries(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        return self.embed_passages(texts)

    def embed_passages(self, texts: Sequence[str]) -> FloatArray:
        """Return `(n, dim)` float32, rows L2-normalised, in the order of `texts`."""
        vectors = np.zeros((len(texts), self._spec.dim), np.float32)
        for row, text in zip(vectors, texts, strict=True):
            for feature, weight in _features(text):
                digest = _digest(feature)
                row[digest % self._spec.dim] += weight if digest >> 63 else -weight
            norm = float(np.linalg.norm(row))
            if norm > 0.0:
                row /= norm
            else:  # all features cancelled out: a vector must still have length one
                row[0] = 1.0
        return vectors


def _features(text: str) -> Iterator[tuple[str, float]]:
    accented = " ".join(unicodedata.normalize("NFC", text).lower().split())
    folded = _fold(accented)
    for kind, form, weight in (("a", accented, 1.0), ("f", folded, _FOLDED_WEIGHT)):
        padded = f" {form} "
        for size in _NGRAM_SIZES:
            for start in range(max(1, len(padded) - size + 1)):
                yield f"{kind}{padded[start : start + size]}", weight


def _fold(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text)
    letters = "".join(char for char in decomposed if not unicodedata.combining(char))
    return letters.replace("đ", "d")


@lru_cache(maxsize=1 << 16)
def _digest(feature: str) -> int:
    digest = hashlib.blake2b(feature.encode("utf-8", "replace"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
