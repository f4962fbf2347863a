"""Whether one run is better than another, and on which topics.

The test is the paired randomisation test: under the hypothesis that the two systems are the same,
the sign of every topic's difference is a coin toss, and the p-value is the share of tosses that
give a mean difference at least as far from 0 as the one seen. It asks nothing of the distribution
of the scores, and agrees with the t-test and the bootstrap where those hold, unlike Wilcoxon's and
the sign test. The size of the difference comes with a bootstrap confidence interval.

Source: Smucker, Allan & Carterette 2007, "A Comparison of Statistical Significance Tests for
Information Retrieval Evaluation", CIKM. The share counts the observed signs as one toss of a
sampled test, so that p is never 0: Phipson & Smyth 2010, "Permutation p-values should never be
zero", SAGMB 9(1), eq. 2. The interval is the percentile interval of Efron & Tibshirani 1993,
"An Introduction to the Bootstrap", chapter 13.
"""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.errors import NotComparable, RecordError
from eval.experiment import RunRecord, read_record
from eval.formats import Dataset, Qrels, Run, Topic, read_run_trec
from eval.measures import evaluate

PERMUTATIONS = 10_000
RESAMPLES = 10_000
CONFIDENCE = 0.95
DEFAULT_MEASURE = "nDCG@10"
# Differences below it are rounding, not results.
TIE = 1e-9
_BLOCK = 500

FloatVector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Significance:
    """What a paired test says of differences.

    Attributes:
        difference: Mean of the differences, second system minus first.
        interval: Bootstrap interval of it, at `CONFIDENCE`.
        p_value: Two-sided, of the randomisation test.
        permutations: How many sign patterns were looked at.
        is_exact: Whether those were all there are.
    """

    difference: float
    interval: tuple[float, float]
    p_value: float
    permutations: int
    is_exact: bool


@dataclass(frozen=True, slots=True)
class TopicChange:
    """One topic under both systems; `difference` is second minus first."""

    query_id: str
    first: float
    second: float
    difference: float


@dataclass(frozen=True, slots=True)
class ComparedRun:
    """One side of a comparison.

    Attributes:
        name: Of the record, or of the run file.
        run: Its rankings.
        topics: The topics that it was measured on.
        qrels: Their judgements.
        dataset_digest: Of the dataset.
        corpus_digest: Of the documents, or empty if only rankings are known.
        top_k: Longest ranking, or 0 if only rankings are known.
        titles: Document id -> title, where known.
    """

    name: str
    run: Run
    topics: tuple[Topic, ...]
    qrels: Qrels
    dataset_digest: str
    corpus_digest: str
    top_k: int
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared by one measure.

    Attributes:
        measure: Name of ir-measures.
        names: First and second run.
        means: Of the measure, over the same topics.
        significance: Of the difference.
        wins: Topics where the second run is better.
        ties: Topics where both are equal.
        losses: Topics where it is worse.
        changes: All topics, the greatest change first, ties by query id.
        warnings: What limits the comparison, in Vietnamese.
    """

    measure: str
    names: tuple[str, str]
    means: tuple[float, float]
    significance: Significance
    wins: int
    ties: int
    losses: int
    changes: tuple[TopicChange, ...]
    warnings: tuple[str, ...]

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data for JSON."""
        test = self.significance
        return {
            "measure": self.measure,
            "first": {"name": self.names[0], "mean": self.means[0]},
            "second": {"name": self.names[1], "mean": self.means[1]},
            "difference": test.difference,
            "confidence": CONFIDENCE,
            "interval": list(test.interval),
            "p_value": test.p_value,
            "permutations": test.permutations,
            "exact": test.is_exact,
            "topics": len(self.changes),
            "wins": self.wins,
            "ties": self.ties,
            "losses": self.losses,
            "warnings": list(self.warnings),
            "changes": [
                {
                    "query_id": change.query_id,
                    "first": change.first,
                    "second": change.second,
                    "difference": change.difference,
                }
                for change in self.changes
            ],
        }


def paired_test(
    first: Sequence[float],
    second: Sequence[float],
    *,
    permutations: int = PERMUTATIONS,
    resamples: int = RESAMPLES,
    seed: int = 0,
) -> Significance:
    """Return how far the means of two paired samples are apart, and how sure that is.

    Args:
        first: Values of the first system, one a topic.
        second: Values of the second, in the same order.
        permutations: Sign patterns to draw; if there are no more than that, all are taken.
        resamples: Bootstrap samples.
        seed: Of the random numbers: equal input gives equal output.

    Raises:
        NotComparable: There are no topics, or not the same number of them.

    Example:
        >>> result = paired_test([0.1, 0.2, 0.3], [0.2, 0.3, 0.4])
        >>> round(result.difference, 3), result.p_value, result.is_exact
        (0.1, 0.25, True)
    """
    if not len(first) or len(first) != len(second):
        raise NotComparable(
            f"Không so sánh được {len(first)} với {len(second)} truy vấn: "
            "hai lần chạy phải có cùng các truy vấn."
        )
    differences = np.asarray(second, dtype=np.float64) - np.asarray(first, dtype=np.float64)
    random = np.random.default_rng(seed)
    p_value, tried, is_exact = _randomisation(differences, permutations, random)
    return Significance(
        difference=float(differences.mean()),
        interval=_bootstrap(differences, resamples, random),
        p_value=p_value,
        permutations=tried,
        is_exact=is_exact,
    )


def _randomisation(
    differences: FloatVector, permutations: int, random: np.random.Generator
) -> tuple[float, int, bool]:
    """Return the two-sided p-value, the number of sign patterns, and whether they are all."""
    changed = differences[np.abs(differences) > TIE]  # the sign of a tie changes nothing
    # Sums of the same numbers in another order differ in the last bits.
    observed = abs(float(changed.sum())) - TIE
    if 2 ** min(len(changed), 64) <= permutations:
        signs = np.array(list(itertools.product((1.0, -1.0), repeat=len(changed))))
        sums = np.abs(signs @ changed) if len(changed) else np.zeros(1)
        return float(np.mean(sums >= observed)), len(sums), True
    extreme = 0
    for start in range(0, permutations, _BLOCK):
        size = (min(_BLOCK, permutations - start), len(changed))
        signs = random.integers(0, 2, size=size, dtype=np.int8) * 2.0 - 1.0
        extreme += int(np.count_nonzero(np.abs(signs @ changed) >= observed))
    return (extreme + 1) / (permutations + 1), permutations, False


def _bootstrap(
    differences: FloatVector, resamples: int, random: np.random.Generator
) -> tuple[float, float]:
    count = len(differences)
    means = np.concatenate(
        [
            differences[
                random.integers(0, count, size=(min(_BLOCK, resamples - start), count))
            ].mean(axis=1)
            for start in range(0, resamples, _BLOCK)
        ]
    )
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(means, (tail, 1 - tail))
    return float(low), float(high)


def read_compared(path: Path, dataset: Dataset | None = None) -> ComparedRun:
    """Return one side of a comparison from a record or a TREC run.

    Args:
        path: A file of `kb eval run --record`, or a TREC run.
        dataset: Needed for a TREC run; for a record, a check that it is of this dataset.

    Raises:
        NotComparable: A TREC run comes without dataset, or a record is of another dataset.
        RecordError: The record cannot be read.
        RunFileError: The run cannot be read.
    """
    if _is_json(path):
        return _of_record(read_record(path), path, dataset)
    if dataset is None:
        raise NotComparable(
            f"{str(path)!r} là tệp kết quả TREC, cần --dataset THƯ_MỤC để biết các đánh giá."
        )
    run = read_run_trec(path)
    return ComparedRun(path.stem, run, dataset.topics, dataset.qrels, dataset.digest, "", 0, {})


def _is_json(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"{")
    except OSError as exc:
        raise RecordError(f"Không đọc được {str(path)!r}: {exc.strerror}.") from exc


def _of_record(record: RunRecord, path: Path, dataset: Dataset | None) -> ComparedRun:
    if dataset is not None and dataset.digest != record.dataset.digest:
        raise NotComparable(
            f"Bản ghi {str(path)!r} được đo trên một bản khác của bộ đánh giá "
            f"{record.dataset.name!r}. Chạy lại `kb eval run` với bộ hiện tại."
        )
    topics = tuple(
        Topic(query_id, item["text"], item["metadata"]) for query_id, item in record.topics.items()
    )
    return ComparedRun(
        record.name,
        record.run,
        topics,
        record.qrels,
        record.dataset.digest,
        record.corpus_digest,
        record.top_k,
        record.titles,
    )


def compare(
    first: ComparedRun,
    second: ComparedRun,
    *,
    measure: str = DEFAULT_MEASURE,
    seed: int = 0,
) -> Comparison:
    """Return how the second run differs from the first.

    Args:
        first: The one to compare with.
        second: The one that is new.
        measure: Name of ir-measures.
        seed: Of the random numbers.

    Raises:
        NotComparable: They were judged on different datasets, or no topic is in a run.
        UnknownMeasure: ir-measures does not know the measure.
    """
    if first.dataset_digest != second.dataset_digest:
        raise NotComparable(
            f"{first.name!r} và {second.name!r} được đo trên hai bộ đánh giá khác nhau "
            "(truy vấn, đánh giá hoặc tài liệu khác nhau). Chạy lại cả hai trên cùng một bộ."
        )
    values = [
        evaluate(side.topics, side.qrels, side.run, [measure]).per_query for side in (first, second)
    ]
    changes = [
        TopicChange(
            query_id,
            before[measure],
            values[1][query_id][measure],
            values[1][query_id][measure] - before[measure],
        )
        for query_id, before in values[0].items()
    ]
    if not changes:
        raise NotComparable(
            "Bộ đánh giá không có truy vấn nào vừa trả lời được vừa có đánh giá để so sánh."
        )
    significance = paired_test(
        [change.first for change in changes], [change.second for change in changes], seed=seed
    )
    return Comparison(
        measure=measure,
        names=(first.name, second.name),
        means=(
            float(np.mean([change.first for change in changes])),
            float(np.mean([change.second for change in changes])),
        ),
        significance=significance,
        wins=sum(change.difference > TIE for change in changes),
        ties=sum(abs(change.difference) <= TIE for change in changes),
        losses=sum(change.difference < -TIE for change in changes),
        changes=tuple(
            sorted(changes, key=lambda change: (-abs(change.difference), change.query_id))
        ),
        warnings=tuple(_warnings(first, second, set(values[0]))),
    )


def _warnings(first: ComparedRun, second: ComparedRun, topics: set[str]) -> list[str]:
    warnings = []
    for side in (first, second):
        if not topics & set(side.run):
            raise NotComparable(
                f"{side.name!r} không có kết quả cho truy vấn nào của bộ đánh giá. "
                "Kiểm tra tệp và --dataset, --split."
            )
        if missing := topics - set(side.run):
            warnings.append(
                f"{side.name}: thiếu {len(missing)}/{len(topics)} truy vấn, tính 0 điểm."
            )
        if foreign := set(side.run) - {topic.query_id for topic in side.topics}:
            warnings.append(
                f"{side.name}: {len(foreign)} truy vấn không có trong bộ đánh giá, bỏ qua."
            )
    if first.corpus_digest and second.corpus_digest and first.corpus_digest != second.corpus_digest:
        warnings.append("Hai lần chạy trên hai kho tài liệu khác nhau.")
    if first.top_k and second.top_k and first.top_k != second.top_k:
        warnings.append(
            f"Danh sách dài khác nhau ({first.top_k} và {second.top_k} tài liệu): "
            "thước đo sâu hơn danh sách ngắn thì không so được."
        )
    return warnings
