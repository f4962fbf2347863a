"""When a document is close enough to a question to answer it: a small calibrated model."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent.parent / "data" / "support.json"


FEATURES = (
    "coverage",  # share of the question's weighted words that the document holds, in [0, 1]
    "similarity",  # standardised (`DenseScale.standardize`)
    "extent",  # ln(1 + extent) of the question (`Need.extent`)
    "other_product",  # 1 if it names none of the products asked for, 0.5 if only broader ones
)


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Logistic regression of "answers the question" on `FEATURES`.

    A long question is rarely covered as fully as a short one, so its extent takes part.

    Attributes:
        weights: By feature, in order.
        bias: Constant.
        least: Logit that an answer needs.
    """

    weights: tuple[float, ...]
    bias: float
    least: float

    def margin(self, features: Sequence[float]) -> float:
        """Return how far the logit of a document lies above the least.

        Args:
            features: In the order of `FEATURES`.
        """
        pairs = zip(self.weights, features, strict=True)
        return sum(weight * value for weight, value in pairs) + self.bias - self.least


@cache
def support_model() -> SupportModel:
    """Return the model that is shipped; `kb eval calibrate` learns it."""
    data = json.loads(_FILE.read_text("utf-8"))["model"]
    return SupportModel(
        tuple(data["weights"][name] for name in FEATURES), data["bias"], data["least"]
    )
