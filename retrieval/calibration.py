"""What a cosine similarity means, by embedding model.

Similarities of different models are on different scales (multilingual-e5-small puts unrelated
Vietnamese passages near 0.80, others near 0), so a rule that needs to know whether a passage is
close at all needs the scale of the model. Models that are not listed take part in ranking, which
needs no scale, but not in such rules; those then rest on the words alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DenseScale:
    """The similarity scale of a model on Vietnamese passages.

    Attributes:
        noise: Below this, a passage is as far as a random one. On the development topics, 2 % of
            the relevant passages lie below 0.83, and 62 % of those that nobody judged.
        centre: Similarity at which a passage is as often relevant as not among the first ones.
        spread: Distance that changes that clearly (about the interquartile range of those).
    """

    noise: float
    centre: float
    spread: float

    def standardize(self, similarity: float) -> float:
        """Return how many spreads a similarity lies above the centre."""
        return (similarity - self.centre) / self.spread


_SCALES: Mapping[str, DenseScale] = {
    "bundled:multilingual-e5-small": DenseScale(noise=0.83, centre=0.85, spread=0.03),
}


def dense_scale(embedder_name: str) -> DenseScale | None:
    """Return the scale of an embedder by `EmbedderSpec.name`, or None if it was not measured."""
    return _SCALES.get(embedder_name)
