"""Weighted fusion of legs on min-max normalised scores."""

from collections.abc import Mapping, Sequence

from kb.models import ScoredChunk


def min_max(scores: Mapping[str, float]) -> dict[str, float]:
    """Return the scores scaled to [0, 1]; all equal gives 1 for each.

    `(s - min) / (max - min)`. Source: Lee 1997, "Analyses of Multiple Evidence Combination".

    Example:
        >>> min_max({"a": 2.0, "b": 4.0, "c": 3.0})
        {'a': 0.0, 'b': 1.0, 'c': 0.5}
    """
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}


def weighted_fusion(
    legs: Mapping[str, Sequence[ScoredChunk]], weights: Mapping[str, float]
) -> dict[str, float]:
    """Return the fused score in [0, 1] of every chunk that some leg found.

    `sum over legs of w * minmax(score) / sum of w`; a chunk that a leg did not find scores 0
    there. Source: Bruch, Gai & Ingber 2023, "An Analysis of Fusion Functions for Hybrid
    Retrieval", eq. 2 (convex combination). The order of the legs does not matter.

    Args:
        legs: Results by leg; a leg without results takes no part.
        weights: Weight by leg, at least 0.
    """
    active = {name: results for name, results in legs.items() if results and weights[name] > 0}
    total = sum(weights[name] for name in active)
    fused: dict[str, float] = {}
    for name in sorted(active):
        normalised = min_max({chunk.chunk_id: chunk.score for chunk in active[name]})
        for chunk_id, score in normalised.items():
            fused[chunk_id] = fused.get(chunk_id, 0.0) + weights[name] / total * score
    return fused
