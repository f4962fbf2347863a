"""The paired test against hand counts and SciPy, and what may be compared at all."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from eval.comparison import ComparedRun, compare, paired_test, read_compared
from eval.errors import NotComparable, RecordError, UnknownMeasure
from eval.experiment import DatasetReference, RunRecord, write_record
from eval.formats import Dataset, ScoredDocument, Topic, write_run_trec

TOPICS = tuple(Topic(f"q{number}", f"câu {number}", {}) for number in range(4))
QRELS = {topic.query_id: {"good": 1} for topic in TOPICS}
GOOD = [ScoredDocument("good", 2.0), ScoredDocument("bad", 1.0)]
BAD = [ScoredDocument("bad", 2.0), ScoredDocument("good", 1.0)]


def side(name: str, *rankings: list[ScoredDocument], digest: str = "x") -> ComparedRun:
    run = {topic.query_id: ranking for topic, ranking in zip(TOPICS, rankings, strict=False)}
    return ComparedRun(name, run, TOPICS, QRELS, digest, "", 0, {})


def test_the_exact_p_value_is_the_share_of_sign_patterns() -> None:
    """Differences 0.1, 0.2, 0.3, -0.4 sum to 0.2.

    Of the 16 patterns only two sum to less, namely to 0: 0.1 - 0.2 - 0.3 + 0.4 and its mirror
    image; so p = 14/16.
    """
    result = paired_test([0, 0, 0, 0.4], [0.1, 0.2, 0.3, 0.0])
    assert result.p_value == 14 / 16
    assert (result.is_exact, result.permutations) == (True, 16)


def test_one_sided_differences_give_the_smallest_p_value() -> None:
    result = paired_test([0.0] * 6, [0.5] * 6)
    assert result.p_value == 2 / 2**6
    assert result.difference == 0.5
    assert result.interval == (0.5, 0.5)


def test_ties_change_nothing_but_the_mean() -> None:
    result = paired_test([0.0] * 6 + [0.3] * 30, [0.5] * 6 + [0.3] * 30)
    assert (result.p_value, result.is_exact) == (2 / 2**6, True)
    assert result.difference == pytest.approx(0.5 * 6 / 36)


def test_equal_systems_have_p_1() -> None:
    result = paired_test([0.1, 0.2], [0.1, 0.2])
    assert (result.p_value, result.difference, result.interval) == (1.0, 0.0, (0.0, 0.0))


def test_a_sampled_test_never_says_0() -> None:
    result = paired_test([0.0] * 40, [0.5] * 40)
    assert (result.is_exact, result.permutations) == (False, 10_000)
    assert result.p_value == 1 / 10_001


@pytest.mark.parametrize("shift", [0.0, 0.02, 0.05])
def test_p_value_and_interval_agree_with_scipy(shift: float) -> None:
    random = np.random.default_rng(7)
    first = random.random(60)
    second = first + random.normal(shift, 0.1, 60)
    result = paired_test(first.tolist(), second.tolist())
    permuted = stats.permutation_test(
        (second - first,),
        lambda values, axis: values.mean(axis=axis),
        permutation_type="samples",
        n_resamples=10_000,
        rng=np.random.default_rng(1),
        vectorized=True,
    )
    assert result.p_value == pytest.approx(permuted.pvalue, abs=0.02)
    resampled = stats.bootstrap(
        (second - first,), np.mean, method="percentile", rng=np.random.default_rng(1)
    ).confidence_interval
    assert result.interval == pytest.approx((resampled.low, resampled.high), abs=0.003)


def test_false_alarms_are_as_rare_as_promised() -> None:
    """Of pairs drawn from one distribution, about 5 % may have p below 0.05."""
    random = np.random.default_rng(3)
    alarms = sum(
        paired_test(*random.random((2, 25)).tolist(), permutations=1000, resamples=1).p_value < 0.05
        for _ in range(300)
    )
    assert 4 <= alarms <= 28


def test_a_seed_fixes_the_result() -> None:
    random = np.random.default_rng(5)
    first, second = random.random((2, 50)).tolist()
    assert paired_test(first, second, seed=1) == paired_test(first, second, seed=1)
    assert paired_test(first, second, seed=1) != paired_test(first, second, seed=2)


def test_turning_the_systems_round_turns_the_sign_only() -> None:
    random = np.random.default_rng(5)
    first, second = random.random((2, 10)).tolist()
    there, back = paired_test(first, second), paired_test(second, first)
    assert (there.p_value, there.difference) == (back.p_value, -back.difference)


@pytest.mark.parametrize(("first", "second"), [([], []), ([0.1], [0.1, 0.2])])
def test_samples_that_are_not_paired_are_refused(first: list[float], second: list[float]) -> None:
    with pytest.raises(NotComparable, match="cùng các truy vấn"):
        paired_test(first, second)


def test_wins_ties_losses_and_the_topics_that_changed_most() -> None:
    missing: list[ScoredDocument] = []
    first = side("A", BAD, GOOD, GOOD, missing)
    second = side("B", GOOD, GOOD, BAD, GOOD)
    result = compare(first, second, measure="RR")
    assert (result.wins, result.ties, result.losses) == (2, 1, 1)
    assert [(change.query_id, change.difference) for change in result.changes] == [
        ("q3", 1.0),
        ("q0", 0.5),
        ("q2", -0.5),
        ("q1", 0.0),
    ]
    assert result.means == (0.625, 0.875)
    assert result.significance.difference == 0.25
    assert json.loads(json.dumps(result.to_data()))["wins"] == 2


def test_runs_of_different_datasets_are_refused() -> None:
    with pytest.raises(NotComparable, match="hai bộ đánh giá khác nhau"):
        compare(side("A", GOOD), side("B", GOOD, digest="y"))


def test_a_run_without_any_topic_is_refused() -> None:
    with pytest.raises(NotComparable, match="'B' không có kết quả"):
        compare(side("A", GOOD), side("B"))


def test_a_dataset_of_refusals_only_is_refused() -> None:
    topics = (Topic("q0", "?", {"answerable": False}),)
    empty = replace(side("A", GOOD), topics=topics)
    with pytest.raises(NotComparable, match="không có truy vấn nào"):
        compare(empty, empty)


def test_an_unknown_measure_is_refused() -> None:
    with pytest.raises(UnknownMeasure):
        compare(side("A", GOOD), side("B", GOOD), measure="nDGC@10")


def test_missing_and_foreign_topics_and_other_corpora_are_warned_of() -> None:
    first = replace(side("A", GOOD, GOOD, GOOD, GOOD), corpus_digest="x", top_k=10)
    second = replace(side("B", GOOD), corpus_digest="y", top_k=100)
    second = replace(second, run={**second.run, "foreign": GOOD})
    result = compare(first, second)
    assert [warning.split(",")[0] for warning in result.warnings] == [
        "B: thiếu 3/4 truy vấn",
        "B: 1 truy vấn không có trong bộ đánh giá",
        "Hai lần chạy trên hai kho tài liệu khác nhau.",
        "Danh sách dài khác nhau (10 và 100 tài liệu): "
        "thước đo sâu hơn danh sách ngắn thì không so được.",
    ]


def record() -> RunRecord:
    return RunRecord(
        name="A",
        created_at="2026-01-01T00:00:00+00:00",
        dataset=DatasetReference("tiny", "test", "x"),
        corpus_digest="c",
        settings={},
        settings_digest="s",
        mode="hybrid",
        top_k=10,
        run={topic.query_id: GOOD for topic in TOPICS},
        timings_ms={},
        measures={},
        per_query={},
        by_style={},
        topics={topic.query_id: {"text": topic.text, "metadata": {}} for topic in TOPICS},
        qrels=QRELS,
    )


def test_a_record_and_a_run_file_of_one_dataset_compare(tmp_path: Path) -> None:
    dataset = Dataset("tiny", tmp_path, "test", TOPICS, QRELS, {}, False, "x")
    write_record(record(), tmp_path / "a.json")
    write_run_trec({topic.query_id: BAD for topic in TOPICS}, tmp_path / "b.trec", "b")
    first = read_compared(tmp_path / "a.json", dataset)
    second = read_compared(tmp_path / "b.trec", dataset)
    assert compare(first, second, measure="RR").means == (1.0, 0.5)
    with pytest.raises(NotComparable, match="cần --dataset"):
        read_compared(tmp_path / "b.trec")
    with pytest.raises(NotComparable, match="một bản khác của bộ đánh giá"):
        read_compared(tmp_path / "a.json", replace(dataset, digest="y"))
    with pytest.raises(RecordError, match="Không đọc được"):
        read_compared(tmp_path / "none.json")
