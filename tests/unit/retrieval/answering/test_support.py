"""The calibrated model that tells evidence from what is merely near."""

import pytest

from retrieval.answering.support import FEATURES, SupportModel, support_model


def test_the_margin_is_the_logit_above_the_least_that_an_answer_needs():
    model = SupportModel((2.0, 1.0, 0.5, -3.0), bias=-1.0, least=0.25)
    # 2 * 0.5 + 1 * 2 + 0.5 * 4 - 3 * 1 - 1 - 0.25
    assert model.margin((0.5, 2.0, 4.0, 1.0)) == pytest.approx(0.75)


def test_features_of_another_number_are_an_error():
    with pytest.raises(ValueError, match="shorter"):
        SupportModel((1.0, 1.0), 0.0, 0.0).margin((1.0,))


def test_the_shipped_model_rewards_likeness_and_punishes_another_product():
    weights = dict(zip(FEATURES, support_model().weights, strict=True))
    assert weights["coverage"] > 0
    assert weights["similarity"] > 0
    assert weights["other_product"] < 0


def test_the_shipped_model_answers_what_fits_and_refuses_what_does_not():
    everything, nothing = (1.0, 1.5, 1.2, 0.0), (0.0, -1.0, 1.2, 1.0)
    assert support_model().margin(everything) > 0 > support_model().margin(nothing)


def test_the_shipped_model_is_read_once():
    assert support_model() is support_model()
