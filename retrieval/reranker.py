"""The learnt weights of fusion and reranking, shipped in `data/weights.json`.

A linear model over features that can be told to an officer; `kb eval train` learns it from judged
topics and writes the file. The score is `w . f / sum of positive w`, which keeps it in [-1, 1].
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from kb.ports import FloatArray
from kb.text import has_diacritics
from retrieval.features import FEATURES, LEGS
from retrieval.query import Query

RERANKERS = ("late", "plain", "unmarked")
WEIGHTS_FILE = Path(__file__).parent / "data" / "weights.json"


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of features; a feature that is not listed weighs nothing."""

    weights: Mapping[str, float]

    def mixed_with(self, other: "LinearModel", share: float) -> "LinearModel":
        """Return this model with a share in [0, 1], and another with the rest."""
        mine, theirs = _scaled(self.weights), _scaled(other.weights)
        names = dict.fromkeys((*mine, *theirs))
        return LinearModel(
            {
                name: share * mine.get(name, 0.0) + (1 - share) * theirs.get(name, 0.0)
                for name in names
            }
        )

    def scores(self, features: FloatArray) -> FloatArray:
        """Return the score of each row of `(n, len(FEATURES))`."""
        weights = _scaled(self.weights)
        vector = np.array([weights.get(name, 0.0) for name in FEATURES], np.float32)
        scores: FloatArray = features @ vector
        return scores


def _scaled(weights: Mapping[str, float]) -> dict[str, float]:
    """Return weights whose positive ones sum to 1."""
    total = sum(weight for weight in weights.values() if weight > 0) or 1.0
    return {name: weight / total for name, weight in weights.items()}


@dataclass(frozen=True, slots=True)
class Weights:
    """Everything that is learnt.

    Attributes:
        accented: Weight by leg of a query whose marks can be trusted.
        unaccented: Weight by leg of a query without marks.
        rerankers: By `RERANKERS`: `late` with token vectors, `plain` for embedders without them,
            `unmarked` for queries without marks, of which similarities say little.
    """

    accented: Mapping[str, float]
    unaccented: Mapping[str, float]
    rerankers: Mapping[str, LinearModel]

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """Return the weights of a file's content."""
        return cls(
            accented=data["fusion"]["accented"],
            unaccented=data["fusion"]["unaccented"],
            rerankers={name: LinearModel(data["reranker"][name]) for name in RERANKERS},
        )

    def reranker(self, query: Query, *, has_tokens: bool) -> LinearModel:
        """Return the reranker for a query.

        Restored marks may be wrong, so a query that was typed without any gets a mixture of the
        models with and without marks, by how likely two neighbouring syllables are right: what
        the accented leg matches are pairs.
        """
        unmarked = self.rerankers["unmarked"]
        if not query.is_accented:
            return unmarked
        marked = self.rerankers["late" if has_tokens else "plain"]
        if has_diacritics(query.typed):
            return marked
        return marked.mixed_with(unmarked, query.confidence**2)

    def of_legs(self, confidence: float, *, is_accented: bool) -> dict[str, float]:
        """Return the weight of each leg: the surer the marks, the more the dense leg counts."""
        if not is_accented:
            return dict(self.unaccented)
        return {
            leg: confidence * self.accented[leg] + (1 - confidence) * self.unaccented[leg]
            for leg in LEGS
        }


@cache
def shipped_weights() -> Weights:
    """Return the weights that are shipped."""
    return Weights.from_data(json.loads(WEIGHTS_FILE.read_text(encoding="utf-8")))
