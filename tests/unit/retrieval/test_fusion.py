"""Weighted fusion by hand-computed numbers."""

import pytest

from kb.models import ScoredChunk
from retrieval.fusion import min_max, weighted_fusion


def _leg(**scores: float) -> list[ScoredChunk]:
    return [ScoredChunk(chunk_id, f"doc-{chunk_id}", score) for chunk_id, score in scores.items()]


def test_min_max_of_equal_scores_is_one_for_each():
    assert min_max({"a": 3.0, "b": 3.0}) == {"a": 1.0, "b": 1.0}
    assert min_max({}) == {}


def test_scores_are_scaled_weighted_and_summed():
    legs = {"dense": _leg(a=0.9, b=0.8, c=0.7), "lexical": _leg(b=10.0, d=5.0)}
    fused = weighted_fusion(legs, {"dense": 0.6, "lexical": 0.4})
    assert fused == pytest.approx({"a": 0.6, "b": 0.6 * 0.5 + 0.4, "c": 0.0, "d": 0.0})


def test_a_leg_without_results_or_weight_leaves_the_others_their_full_share():
    legs = {"dense": _leg(a=0.9, b=0.8), "lexical": [], "folded": _leg(b=1.0, a=0.5)}
    fused = weighted_fusion(legs, {"dense": 0.3, "lexical": 0.4, "folded": 0.0})
    assert fused == pytest.approx({"a": 1.0, "b": 0.0})


def test_the_order_of_the_legs_does_not_matter():
    legs = {"dense": _leg(a=0.9, b=0.8), "folded": _leg(b=1.0, c=0.5)}
    weights = {"dense": 0.3, "folded": 0.7}
    turned = dict(reversed(legs.items()))
    assert weighted_fusion(legs, weights) == weighted_fusion(turned, weights)
