"""Learning to rank, on topics whose right answer is plain."""

import numpy as np
import pytest

from eval.formats import ScoredDocument, Topic
from eval.learning import JudgedTopic, cross_validate, ideal_dcg, learn, mean, ndcg
from eval.measures import evaluate


def topic(
    query_id: str, rows: list[list[float]], grades: list[float], unfound: tuple[float, ...] = ()
) -> JudgedTopic:
    return JudgedTopic(
        query_id=query_id,
        documents=tuple(f"d{n}" for n in range(len(grades))),
        features=np.array(rows, np.float64),
        grades=np.array(grades, np.float64),
        ideal=ideal_dcg([*grades, *unfound]),
    )


def noisy_topics(count: int, useful: int = 0, sign: float = 1.0) -> list[JudgedTopic]:
    """Topics of 15 documents in which one of three features tells the grade, the others nothing."""
    random = np.random.default_rng(11)
    topics = []
    for number in range(count):
        rows = random.uniform(0, 1, (15, 3))
        order = np.argsort(-sign * rows[:, useful])
        grades = np.zeros(15)
        grades[order[:2]], grades[order[2:4]] = 2, 1
        topics.append(topic(f"q{number:02}", rows.tolist(), grades.tolist()))
    return topics


def test_ideal_dcg_is_computed_by_hand() -> None:
    assert ideal_dcg([0, 2, 1]) == pytest.approx(2 + 1 / np.log2(3))
    assert ideal_dcg([1] * 30) == ideal_dcg([1] * 10)
    assert ideal_dcg([]) == 0.0


def test_ndcg_is_one_for_the_best_order_and_less_for_documents_not_found() -> None:
    rows, grades = [[1.0], [0.5], [0.0]], [2.0, 1.0, 0.0]
    scores = np.array([3.0, 2.0, 1.0])
    assert ndcg(topic("q", rows, grades), scores) == pytest.approx(1.0)
    assert ndcg(topic("q", rows, grades, unfound=(2,)), scores) < 1.0


def test_ties_keep_the_order_of_the_candidates() -> None:
    tied = topic("q", [[0.0], [0.0]], [0.0, 1.0])
    assert ndcg(tied, np.zeros(2)) == pytest.approx(1 / np.log2(3))


@pytest.mark.parametrize("seed", range(5))
def test_ndcg_equals_that_of_the_measures(seed: int) -> None:
    random = np.random.default_rng(seed)
    grades = random.integers(0, 3, 25).astype(float)
    grades[0] = 2
    scores = random.permutation(25).astype(float)
    judged = topic("q", [[0.0]] * 25, grades.tolist(), unfound=(2, 1))
    qrels = {"q": {f"d{n}": int(grade) for n, grade in enumerate(grades)} | {"x": 2, "y": 1}}
    order = np.argsort(-scores)
    run = {"q": [ScoredDocument(f"d{n}", float(scores[n])) for n in order]}
    expected = evaluate([Topic("q", "ong", {})], qrels, run, ["nDCG@10"])
    assert ndcg(judged, scores) == pytest.approx(expected.measures["nDCG@10"])


@pytest.mark.parametrize("useful", [0, 1, 2])
def test_the_feature_that_tells_the_grades_gets_the_weight(useful: int) -> None:
    topics = noisy_topics(12, useful)
    weights = learn(topics, [1, 1, 1])
    assert np.argmax(weights) == useful
    assert weights[useful] > 5 * max(np.delete(weights, useful))
    assert np.mean([ndcg(each, each.features @ weights) for each in topics]) > 0.95


def test_signs_bound_the_weights() -> None:
    against = noisy_topics(12, sign=-1.0)  # a high first feature speaks against a document
    assert learn(against, [-1, 1, 1])[0] < -0.1
    bound = learn(against, [1, 1, 1])
    assert 0 <= bound[0] < 0.05
    assert (bound >= 0).all()
    assert learn(against, [-1, 0, 0])[1:].tolist() == [0.0, 0.0]


def test_a_feature_left_out_weighs_nothing_even_if_it_tells_all() -> None:
    weights = learn(noisy_topics(12, useful=1), [1, 0, 1])
    assert weights[1] == 0.0


def test_learning_is_deterministic_and_changes_no_topic() -> None:
    topics = noisy_topics(6)
    before = [each.features.copy() for each in topics]
    np.testing.assert_array_equal(learn(topics, [1, 1, 1]), learn(topics, [1, 1, 1]))
    for each, features in zip(topics, before, strict=True):
        np.testing.assert_array_equal(each.features, features)


def test_no_topic_is_scored_with_weights_learnt_from_it(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[set[str]] = []

    def noting(topics: list[JudgedTopic], signs: list[int]) -> np.ndarray:
        seen.append({each.query_id for each in topics})
        return np.ones(len(signs))

    def scored(each: JudgedTopic, scores: np.ndarray) -> float:
        del scores
        assert each.query_id not in seen[-1]
        return 0.5

    monkeypatch.setattr("eval.learning.learn", noting)
    monkeypatch.setattr("eval.learning.ndcg", scored)
    scores = cross_validate(noisy_topics(10), [1, 1, 1], folds=5, seed=0)
    assert len(scores) == 10
    assert [len(train) for train in seen] == [8] * 5


def test_a_poisoned_topic_does_not_lift_its_own_score() -> None:
    """Its secret feature is 1 for its only relevant document: who trains on it, ranks it first."""
    plain = [
        topic(each.query_id, [[*row, 0.0] for row in each.features], each.grades.tolist())
        for each in noisy_topics(4)
    ]
    rows = [[0.9, 0.5, 0.5, 0.0]] * 9 + [[0.1, 0.5, 0.5, 1.0]]
    poisoned = topic("poisoned", rows, [0.0] * 9 + [2.0])
    trained_on_it = learn([*plain, *[poisoned] * 8], [1, 1, 1, 1])
    assert ndcg(poisoned, poisoned.features @ trained_on_it) == pytest.approx(1.0)
    honest = cross_validate([*plain, poisoned], [1, 1, 1, 1], folds=5, seed=0)
    assert honest["poisoned"] == pytest.approx(1 / np.log2(11))


def test_variants_of_one_topic_share_a_fold(monkeypatch: pytest.MonkeyPatch) -> None:
    base = noisy_topics(6)
    variants = [
        JudgedTopic(f"{each.query_id}~bare", each.documents, each.features, each.grades, each.ideal)
        for each in base
    ]
    seen: list[set[str]] = []

    def noting(topics: list[JudgedTopic], signs: list[int]) -> np.ndarray:
        seen.append({each.query_id for each in topics})
        return np.ones(len(signs))

    monkeypatch.setattr("eval.learning.learn", noting)
    cross_validate([*base, *variants], [1, 1, 1], folds=3, seed=1)
    for train in seen:
        assert {name for name in train if "~" not in name} == {
            name.partition("~")[0] for name in train if "~" in name
        }


def test_cross_validation_depends_on_the_seed_only() -> None:
    topics = noisy_topics(10)
    first = cross_validate(topics, [1, 1, 1], folds=3, seed=4)
    assert cross_validate(topics[::-1], [1, 1, 1], folds=3, seed=4) == pytest.approx(first)
    assert set(first) == {each.query_id for each in topics}


def test_mean_is_over_topics() -> None:
    assert mean({"a": 1.0, "b": 0.5}) == 0.75
