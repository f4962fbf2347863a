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
from retrieval.features import FEATURES, LEGS
from retrieval.query import Query

RERANKERS = ("late", "plain", "unmarked")
WEIGHTS_FILE = Path(__file__).parent / "data" / "weights.json"


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Weights of features; a feature that is not listed weighs nothing."""

    weights: Mapping[str, float]

    def scores(self, features: FloatArray) -> FloatArray:
        """Return the score of each row of `(n, len(FEATURES))`."""
        vector = np.array([self.weights.get(name, 0.0) for name in FEATURES], np.float32)
        total = vector[vector > 0].sum() or np.float32(1)
        scores: FloatArray = features @ (vector / total)
        return scores


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
        """Return the reranker for a query."""
        if not query.is_accented:
            return self.rerankers["unmarked"]
        if not has_tokens:
            return self.rerankers["plain"]
        return self.rerankers["late"]

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
