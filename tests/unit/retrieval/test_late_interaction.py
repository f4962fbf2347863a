"""The sum over query tokens of the best product with a passage token."""

import numpy as np
import pytest

from kb.ports import TOKEN_SCALE, ByteArray, FloatArray
from retrieval.late_interaction import late_scores


def rows(*values: tuple[float, ...]) -> FloatArray:
    return np.array(values, np.float32)


def stored(*values: tuple[float, ...]) -> ByteArray:
    return np.rint(rows(*values) * TOKEN_SCALE).astype(np.int8)


def test_each_query_token_counts_with_its_best_match_and_its_share() -> None:
    query = rows((0.75, 0.0), (0.0, 0.25))  # shares 3/4 and 1/4
    passages = {
        "both": stored((1.0, 0.0), (0.0, 1.0)),
        "first": stored((1.0, 0.0)),
        "second": stored((0.0, 1.0), (0.0, 1.0)),
        "against": stored((-1.0, 0.0)),
        "between": stored((0.6, 0.8)),
    }
    assert late_scores(query, passages) == pytest.approx(
        {"both": 1.0, "first": 0.75, "second": 0.25, "against": -0.75, "between": 0.65}, abs=0.005
    )


def test_a_passage_without_tokens_scores_zero_wherever_it_stands() -> None:
    empty = np.empty((0, 2), np.int8)
    query = rows((1.0, 0.0))
    scores = late_scores(
        query,
        {"a": empty, "b": stored((1.0, 0.0)), "c": empty, "d": stored((0.0, 1.0)), "e": empty},
    )
    assert scores == pytest.approx({"a": 0.0, "b": 1.0, "c": 0.0, "d": 0.0, "e": 0.0})


def test_a_query_without_tokens_scores_zero_everywhere() -> None:
    query = np.empty((0, 2), np.float32)
    assert late_scores(query, {"a": stored((1.0, 0.0))}) == {"a": 0.0}


def test_no_passages_have_no_scores() -> None:
    assert late_scores(rows((1.0, 0.0)), {}) == {}


def test_negative_matches_are_not_lifted_by_another_passage() -> None:
    scores = late_scores(rows((1.0, 0.0)), {"a": stored((-1.0, 0.0)), "b": stored((1.0, 0.0))})
    assert scores == pytest.approx({"a": -1.0, "b": 1.0})
