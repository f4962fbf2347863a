"""Training and measuring of the classifier, on numbers small enough to check by hand."""

from collections import Counter

import numpy as np
import pytest

from ingest.metadata.make_classifier import (
    LABELS,
    Example,
    fit_linear,
    folds,
    measure,
    prose,
    truth,
    vocabulary,
)
from kb.models import Case, Field


def _example(group: str, *labels: str) -> Example:
    return Example("tên", "lời", group, frozenset(labels))


def test_prose_tells_nothing_of_the_facts_to_be_told() -> None:
    case = Case(
        "a", "Gom vỏ chai", Field.CULTURE_SOCIETY, ("moi-truong",), "Cà Mau", problem="Rác nhiều."
    )
    assert prose(case) == "Gom vỏ chai\nRác nhiều."


def test_folds_hold_every_case_out_once_and_tear_no_group() -> None:
    examples = [_example(group) for group in "aaabbcddddde"]
    held: list[int] = []
    for outside, inside in folds(examples, 3):
        assert not {examples[i].group for i in outside} & {examples[i].group for i in inside}
        assert sorted(outside + inside) == list(range(len(examples)))
        held.extend(inside)
    assert sorted(held) == list(range(len(examples)))


def test_vocabulary_leaves_out_what_occurs_once() -> None:
    counts = [Counter({"tom": 3, "ao": 1}), Counter({"tom": 1}), Counter({"rac": 1})]
    labels = truth([_example("a", "thuy-san"), _example("b", "thuy-san"), _example("c")])
    # The smoothed inverse document frequency of 2 out of 3: 1 and the logarithm of 4/3.
    assert vocabulary(counts, labels) == {"tom": pytest.approx(1.28768, abs=1e-5)}


def test_linear_fit_meets_the_optimum_of_the_penalised_loss() -> None:
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.6, 0.8]])
    labels = np.array([[1.0], [1.0], [0.0], [0.0]])
    weights, biases = fit_linear(vectors, labels, [4.0])
    chance = 1 / (1 + np.exp(-(vectors @ weights + biases)))
    # At the optimum of C * log loss + |w|^2 / 2 both gradients vanish.
    assert weights[:, 0] == pytest.approx(4.0 * vectors.T @ (labels - chance)[:, 0], abs=1e-2)
    assert float((labels - chance).sum()) == pytest.approx(0, abs=1e-2)


def test_figures_count_what_is_told_and_what_is_right() -> None:
    examples = [_example("a", "kinh-te", "thuy-san", "ocop"), _example("b", "van-hoa-xa-hoi")]
    found = np.zeros((2, len(LABELS)))
    for row, label, chance in (
        (0, "kinh-te", 0.9), (0, "thuy-san", 0.8), (0, "y-te", 0.75), (0, "ocop", 0.2),
        (1, "kinh-te", 0.6), (1, "van-hoa-xa-hoi", 0.4),
    ):  # fmt: skip
        found[row, LABELS.index(label)] = chance
    figures = measure(examples, found, min_field=0.8, min_topic=0.7)
    assert (figures.field_accuracy, figures.field_precision) == (0.5, 1.0)
    assert figures.field_coverage == 0.5
    # Told: thuy-san (right), y-te (wrong); true: thuy-san, ocop.
    assert (figures.topic_precision, figures.topic_recall, figures.topic_f1) == (0.5, 0.5, 0.5)
