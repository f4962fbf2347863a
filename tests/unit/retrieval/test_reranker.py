"""The linear model and the weights that are shipped."""

import json

import numpy as np
import pytest

from retrieval.features import FEATURES, LEGS
from retrieval.query import parse_query
from retrieval.reranker import RERANKERS, WEIGHTS_FILE, LinearModel, Weights, shipped_weights


def features(**values: float) -> np.ndarray:
    return np.array([[values.get(name, 0.0) for name in FEATURES]], np.float32)


def test_a_score_is_the_weighted_share_of_what_speaks_for_a_document() -> None:
    model = LinearModel({"late": 3.0, "place": 1.0})
    assert model.scores(features(late=1.0))[0] == pytest.approx(0.75)
    assert model.scores(features(late=1.0, place=1.0))[0] == pytest.approx(1.0)
    assert model.scores(features(dense=1.0))[0] == 0.0


def test_what_speaks_against_a_document_lowers_its_score() -> None:
    model = LinearModel({"late": 1.0, "elsewhere": -0.5})
    assert model.scores(features(late=1.0, elsewhere=1.0))[0] == pytest.approx(0.5)


@pytest.mark.parametrize("factor", [0.001, 0.5, 7.0, 1000.0])
def test_scaling_all_weights_changes_no_score(factor: float) -> None:
    weights = {"dense": 0.2, "late": 0.5, "case": 0.3, "elsewhere": -0.1}
    scaled = {name: weight * factor for name, weight in weights.items()}
    given = np.random.default_rng(1).uniform(0, 1, (20, len(FEATURES))).astype(np.float32)
    np.testing.assert_allclose(
        LinearModel(weights).scores(given), LinearModel(scaled).scores(given), rtol=1e-5
    )


@pytest.mark.parametrize("weights", [{}, {"late": 0.0}, {"elsewhere": -1.0}])
def test_without_a_positive_weight_scores_are_still_numbers(weights: dict[str, float]) -> None:
    assert np.isfinite(LinearModel(weights).scores(features(late=1.0, elsewhere=1.0))).all()


def test_no_documents_have_no_scores() -> None:
    assert LinearModel({"late": 1.0}).scores(np.empty((0, len(FEATURES)), np.float32)).size == 0


def test_the_shipped_file_holds_every_model_with_known_names() -> None:
    data = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    assert set(data["reranker"]) == set(RERANKERS)
    assert set(data["fusion"]) == {"accented", "unaccented"}
    for weights in data["fusion"].values():
        assert set(weights) == set(LEGS)
        assert min(weights.values()) >= 0
        assert sum(weights.values()) == pytest.approx(1.0, abs=1e-3)
    for weights in data["reranker"].values():
        assert set(weights) == set(FEATURES)
        assert sum(weight for weight in weights.values() if weight > 0) == pytest.approx(
            1.0, abs=1e-3
        )


def test_in_the_shipped_file_only_another_place_speaks_against_a_document() -> None:
    for model in shipped_weights().rerankers.values():
        assert model.weights["elsewhere"] <= 0
        assert all(weight >= 0 for name, weight in model.weights.items() if name != "elsewhere")


def test_the_shipped_file_says_what_it_was_learnt_from_and_how_good_it_is() -> None:
    about = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["about"]
    assert {"dataset", "digest", "topics", "embedder"} <= set(about)
    measured = about["cross_validated_ndcg@10"]
    assert set(measured) == {*RERANKERS, "fusion"}
    assert all(0 < value <= 1 for value in measured.values())


def test_models_that_know_no_similarity_weigh_none() -> None:
    rerankers = shipped_weights().rerankers
    assert rerankers["plain"].weights["late"] == 0
    assert rerankers["unmarked"].weights["late"] == rerankers["unmarked"].weights["dense"] == 0


def test_the_model_is_chosen_by_marks_and_token_vectors() -> None:
    weights = shipped_weights()
    marked, plain = parse_query("nuôi tôm"), parse_query("nuoi tom")
    assert weights.reranker(marked, has_tokens=True) is weights.rerankers["late"]
    assert weights.reranker(marked, has_tokens=False) is weights.rerankers["plain"]
    for has_tokens in (True, False):
        chosen = weights.reranker(plain, has_tokens=has_tokens)
        assert chosen is weights.rerankers["unmarked"]


def test_the_surer_the_marks_the_more_the_legs_of_marked_queries_count() -> None:
    weights = Weights(
        accented={"dense": 0.6, "accented": 0.4, "folded": 0.0},
        unaccented={"dense": 0.0, "accented": 0.2, "folded": 0.8},
        rerankers={},
    )
    assert weights.of_legs(1.0, is_accented=True) == pytest.approx(dict(weights.accented))
    assert weights.of_legs(0.5, is_accented=True) == pytest.approx(
        {"dense": 0.3, "accented": 0.3, "folded": 0.4}
    )
    assert weights.of_legs(0.9, is_accented=False) == weights.unaccented
