"""Learning to rank: linear weights from judged topics, with cross-validation by topic.

The objective is LambdaRank's (Burges 2010, "From RankNet to LambdaRank to LambdaMART", section 4):
the logistic loss of each pair of documents with different grades, weighted by how much swapping
them would change nDCG@10. A linear model with few features and signs fixed beforehand is all that
a hundred topics can teach; boosted trees on the same features were worse in cross-validation
(`DECISIONS.md`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

Floats = NDArray[np.float64]

CUTOFF = 10
# Set by cross-validation, flat over a factor of ten.
_STEEPNESS, _PENALTY, _ROUNDS = 8.0, 0.02, 8
# Beyond the cutoff a swap changes nothing of nDCG@10, but still says which document is better.
_BEYOND = 0.1


@dataclass(frozen=True, slots=True)
class JudgedTopic:
    """The candidates of a topic.

    Attributes:
        query_id: The topic.
        documents: `n` document ids in the order before reranking.
        features: `(n, features)`.
        grades: `(n,)` grades of the candidates, 0 if unjudged.
        ideal: DCG@10 of the best possible ranking of all judged documents.
    """

    query_id: str
    documents: tuple[str, ...]
    features: Floats
    grades: Floats
    ideal: float


def ideal_dcg(grades: Sequence[float]) -> float:
    """Return the DCG@10 of grades in the best order (linear gain, as in ir-measures' nDCG)."""
    best = sorted(grades, reverse=True)[:CUTOFF]
    return float(sum(grade / np.log2(rank + 2) for rank, grade in enumerate(best)))


def ndcg(topic: JudgedTopic, scores: Floats) -> float:
    """Return nDCG@10 of a topic's candidates in the order of scores; ties keep their order."""
    order = np.argsort(-scores, kind="stable")[:CUTOFF]
    discounts = 1 / np.log2(np.arange(len(order)) + 2)
    return float((topic.grades[order] * discounts).sum() / topic.ideal)


def learn(topics: Sequence[JudgedTopic], signs: Sequence[int]) -> Floats:
    """Return `(features,)` weights learnt from topics.

    Args:
        topics: At least one with documents of different grades.
        signs: By feature: 1 for a weight of at least 0, -1 for at most 0, 0 to leave it out.
    """
    bounds = [
        (0.0, None) if sign > 0 else (None, 0.0) if sign < 0 else (0.0, 0.0) for sign in signs
    ]
    pairs = [_pairs(topic) for topic in topics]
    differences = np.concatenate(
        [
            topic.features[better] - topic.features[worse]
            for topic, (better, worse) in zip(topics, pairs, strict=True)
        ]
    )
    weights: Floats = np.array(signs, np.float64) / max(1, int(np.count_nonzero(signs)))
    for _ in range(_ROUNDS):
        lambdas = np.concatenate(
            [_swap_gains(topic, own, weights) for topic, own in zip(topics, pairs, strict=True)]
        ) / len(topics)

        def loss(vector: Floats, shares: Floats = lambdas) -> tuple[float, Floats]:
            margins = differences @ vector * _STEEPNESS
            slope = -_STEEPNESS * shares / (1 + np.exp(np.clip(margins, -500, 500)))
            value = shares @ np.logaddexp(0, -margins) + _PENALTY * vector @ vector
            return float(value), differences.T @ slope + 2 * _PENALTY * vector

        found = minimize(loss, weights, jac=True, method="L-BFGS-B", bounds=bounds).x
        # Half a step: the swaps that count change with the ranking.
        weights = 0.5 * weights + 0.5 * found
    return np.asarray(weights, np.float64)


def cross_validate(
    topics: Sequence[JudgedTopic], signs: Sequence[int], *, folds: int, seed: int
) -> dict[str, float]:
    """Return nDCG@10 by topic, each under weights that were learnt without it.

    Topics with equal ids up to a suffix after `~` (variants of one topic) share a fold.
    """
    keys = sorted({_family(topic.query_id) for topic in topics})
    order = np.random.default_rng(seed).permutation(len(keys))
    fold_of = {keys[position]: place % folds for place, position in enumerate(order)}
    scores: dict[str, float] = {}
    for fold in range(folds):
        train = [topic for topic in topics if fold_of[_family(topic.query_id)] != fold]
        weights = learn(train, signs)
        for topic in topics:
            if fold_of[_family(topic.query_id)] == fold:
                scores[topic.query_id] = ndcg(topic, topic.features @ weights)
    return scores


def _family(query_id: str) -> str:
    return query_id.partition("~")[0]


def _pairs(topic: JudgedTopic) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the positions of the better and the worse document of each pair."""
    better, worse = np.nonzero(topic.grades[:, None] > topic.grades[None, :])
    return better, worse


def _swap_gains(
    topic: JudgedTopic, pairs: tuple[NDArray[np.int64], NDArray[np.int64]], weights: Floats
) -> Floats:
    """Return by pair how much nDCG@10 changes if the two documents change places."""
    ranks = np.empty(len(topic.grades), np.int64)
    ranks[np.argsort(-(topic.features @ weights), kind="stable")] = np.arange(len(ranks))
    full = 1 / np.log2(ranks + 2)
    discounts = np.where(ranks < CUTOFF, full, 0.0) + _BEYOND * full
    better, worse = pairs
    gains = (topic.grades[better] - topic.grades[worse]) * (discounts[better] - discounts[worse])
    return np.abs(gains) / topic.ideal


def mean(values: Mapping[str, float]) -> float:
    """Return the mean over topics."""
    return float(np.mean(list(values.values())))
