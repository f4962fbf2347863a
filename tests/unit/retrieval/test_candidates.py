"""From chunks of legs to documents."""

from collections.abc import Mapping, Sequence

import pytest

from kb.models import ScoredChunk
from retrieval.calibration import DenseScale
from retrieval.candidates import NOISE_SHARE, pool_of, without_noise

Legs = Mapping[str, Sequence[ScoredChunk]]


def chunks(*scores: tuple[str, float]) -> list[ScoredChunk]:
    """Return chunks "document.number" with their scores."""
    return [ScoredChunk(key, key.partition(".")[0], score) for key, score in scores]


LEGS: Legs = {
    "dense": chunks(("b.0", 0.9), ("a.1", 0.8), ("a.0", 0.7)),
    "accented": chunks(("a.0", 8.0), ("c.0", 2.0)),
    "folded": [],
}


def test_documents_stand_in_the_order_of_their_best_chunk() -> None:
    pool = pool_of(LEGS, {"a.0": 0.2, "a.1": 0.5, "b.0": 0.4, "c.0": 0.6})
    assert pool.order == ("c", "a", "b")
    assert pool.fused == {"c": 0.6, "a": 0.5, "b": 0.4}
    assert pool.chunks == {"c": ("c.0",), "a": ("a.1", "a.0"), "b": ("b.0",)}


def test_equal_scores_are_ordered_by_id() -> None:
    pool = pool_of(LEGS, dict.fromkeys(["c.0", "b.0", "a.1", "a.0"], 0.5))
    assert pool.order == ("a", "b", "c")
    assert pool.chunks["a"] == ("a.0", "a.1")


def test_ties_go_by_document_whatever_the_ids_of_their_chunks() -> None:
    legs = {"dense": [ScoredChunk("z", "a", 0.5), ScoredChunk("y", "b", 0.5)]}
    assert pool_of(legs, {"z": 0.5, "y": 0.5}).order == ("a", "b")


def test_chunks_that_were_not_fused_are_left_out() -> None:
    pool = pool_of(LEGS, {"a.1": 0.5})
    assert pool.order == ("a",)
    assert pool.chunks == {"a": ("a.1",)}
    assert set(pool.signals) == {"a"}


def test_words_are_measured_by_the_best_and_similarities_by_their_range() -> None:
    pool = pool_of(LEGS, dict.fromkeys(["c.0", "b.0", "a.1", "a.0"], 0.5))
    assert pool.signals["a"].legs == pytest.approx({"accented": 1.0, "dense": 0.5})
    assert pool.signals["b"].legs == pytest.approx({"dense": 1.0})
    assert pool.signals["c"].legs == pytest.approx({"accented": 0.25})


def test_scores_of_the_legs_are_kept_on_their_own_scales() -> None:
    pool = pool_of(LEGS, dict.fromkeys(["c.0", "b.0", "a.1", "a.0"], 0.5))
    assert pool.leg_scores["a.0"] == {"accented": 8.0, "dense": 0.7}


def test_a_leg_that_scores_nothing_above_zero_says_nothing() -> None:
    pool = pool_of({"accented": chunks(("a.0", 0.0))}, {"a.0": 0.1})
    assert pool.signals["a"].legs == {}


def test_nothing_found_is_an_empty_pool() -> None:
    assert pool_of({"dense": [], "accented": [], "folded": []}, {}).order == ()


SCALE = DenseScale(noise=0.83, centre=0.85, spread=0.03)


def test_far_chunks_stay_only_if_their_words_match() -> None:
    legs = {
        "dense": chunks(("near.0", 0.83), ("far.0", 0.82), ("worded.0", 0.5), ("barely.0", 0.5)),
        "accented": chunks(
            ("best.0", 10.0), ("worded.0", 10.0 * NOISE_SHARE), ("barely.0", 10 * NOISE_SHARE - 0.1)
        ),
    }
    fused = {f"{name}.0": 0.5 for name in ("near", "far", "worded", "barely", "best")}
    assert set(without_noise(fused, legs, SCALE)) == {"near.0", "worded.0", "best.0"}


def test_without_any_word_far_chunks_go() -> None:
    legs: Legs = {"dense": chunks(("far.0", 0.2)), "accented": []}
    assert without_noise({"far.0": 1.0}, legs, SCALE) == {}


def test_without_a_scale_nothing_is_noise() -> None:
    legs: Legs = {"dense": chunks(("far.0", 0.2)), "accented": []}
    assert without_noise({"far.0": 1.0}, legs, None) == {"far.0": 1.0}
