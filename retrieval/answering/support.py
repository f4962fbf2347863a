"""When a document is close enough to a question to answer it: a small calibrated model."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

_FILE = Path(__file__).parent.parent / "data" / "support.json"


@dataclass(frozen=True, slots=True)
class SupportModel:
    """Logistic regression of "answers the question" on three features of a document.

    A long question is rarely covered as fully as a short one, so its extent takes part.

    Attributes:
        coverage: Weight of the share of the question's weighted words that the document holds.
        similarity: Weight of the standardised similarity (`DenseScale.standardize`).
        extent: Weight of `ln(1 + extent)` of the question (`Need.extent`).
        bias: Constant.
        least: Logit that an answer needs.
    """

    coverage: float
    similarity: float
    extent: float
    bias: float
    least: float

    def margin(self, coverage: float, similarity: float, extent: float) -> float:
        """Return how far the logit of a document lies above the least.

        Args:
            coverage: In [0, 1].
            similarity: Standardised.
            extent: `ln(1 + extent)` of the question, at least 0.
        """
        return (
            self.coverage * coverage
            + self.similarity * similarity
            + self.extent * extent
            + self.bias
            - self.least
        )


@cache
def support_model() -> SupportModel:
    """Return the model that is shipped; `kb eval calibrate` learns it."""
    return SupportModel(**json.loads(_FILE.read_text("utf-8"))["model"])
