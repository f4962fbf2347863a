"""Our measures are those of ir-measures, whatever the run looks like."""

import random
from pathlib import Path
from tempfile import TemporaryDirectory

import ir_measures
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from eval.formats import (
    ScoredDocument,
    Topic,
    read_run_trec,
    sort_ranking,
    write_qrels_trec,
    write_run_trec,
)
from eval.measures import DEFAULT_MEASURES, evaluate

DOCUMENTS = [f"d{number}" for number in range(12)]
QUERIES = [f"q{number}" for number in range(5)]
# Few values, so that ties are common; far enough apart to differ in 32 bits.
SCORES = st.integers(-4, 8).map(lambda number: number / 4)

grades = st.dictionaries(st.sampled_from(DOCUMENTS), st.integers(0, 3), min_size=1)
qrels_sets = st.dictionaries(st.sampled_from(QUERIES), grades, min_size=1)
scored = st.dictionaries(st.sampled_from(DOCUMENTS), SCORES)
runs = st.dictionaries(st.sampled_from(QUERIES), scored)
answerable = st.fixed_dictionaries({name: st.booleans() for name in QUERIES})


def ours(run: dict[str, dict[str, float]]) -> dict[str, list[ScoredDocument]]:
    return {
        query_id: sort_ranking(ScoredDocument(*item) for item in scores.items())
        for query_id, scores in run.items()
    }


def theirs(
    qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]
) -> tuple[dict[str, float], dict[tuple[str, str], float]]:
    measures = [ir_measures.parse_measure(name) for name in DEFAULT_MEASURES]
    result = ir_measures.calc(measures, qrels, run)
    assert isinstance(result.aggregated, dict)
    return (
        {str(measure): float(value) for measure, value in result.aggregated.items()},
        {(item.query_id, str(item.measure)): float(item.value) for item in result.per_query},
    )


def without_ties(run: dict[str, dict[str, float]]) -> dict[str, dict[str, float]]:
    """Break ties by hand as we document it, and leave out what ir-measures divides by."""
    return {
        query_id: {item.document_id: 1.0 - place / 100 for place, item in enumerate(ranking)}
        for query_id, ranking in ours(run).items()
        if ranking
    }


@settings(max_examples=200, deadline=None)
@given(qrels_sets, runs, answerable)
def test_measures_are_those_of_ir_measures(
    qrels: dict[str, dict[str, int]],
    run: dict[str, dict[str, float]],
    is_answerable: dict[str, bool],
) -> None:
    topics = [Topic(name, "?", {"answerable": is_answerable[name]}) for name in QUERIES]
    counted = {name: dict(items) for name, items in qrels.items() if is_answerable[name]}
    result = evaluate(topics, qrels, ours(run))
    if not counted:
        assert result.per_query == {}
        return
    aggregated, per_query = theirs(counted, without_ties(run))
    assert dict(result.measures) == pytest.approx(aggregated, abs=1e-9)
    mine = {
        (query_id, name): value
        for query_id, values in result.per_query.items()
        for name, value in values.items()
    }
    assert mine == pytest.approx(per_query, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(qrels_sets, runs.filter(lambda run: any(run.values())))
def test_a_written_run_is_worth_the_same_to_other_tools(
    qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]]
) -> None:
    """What `--output` writes, read by ir-measures itself, gives what our table prints."""
    mine = evaluate([Topic(name, "?", {}) for name in QUERIES], qrels, ours(run))
    with TemporaryDirectory() as folder:
        run_path, qrels_path = Path(folder) / "run.trec", Path(folder) / "qrels.trec"
        write_run_trec(ours(run), run_path, "t")
        write_qrels_trec(qrels, qrels_path)
        again = read_run_trec(run_path)
        aggregated = ir_measures.calc_aggregate(
            [ir_measures.parse_measure(name) for name in DEFAULT_MEASURES],
            list(ir_measures.read_trec_qrels(str(qrels_path))),
            list(ir_measures.read_trec_run(str(run_path))),
        )
    assert isinstance(aggregated, dict)
    assert {str(name): value for name, value in aggregated.items()} == pytest.approx(
        dict(mine.measures), abs=1e-9
    )
    assert {name: [item.document_id for item in items] for name, items in again.items()} == {
        name: [item.document_id for item in items] for name, items in ours(run).items() if items
    }


@settings(max_examples=100, deadline=None)
@given(qrels_sets, runs, st.randoms(use_true_random=False))
def test_measures_lie_between_0_and_1_and_ignore_the_order_of_queries(
    qrels: dict[str, dict[str, int]], run: dict[str, dict[str, float]], chance: random.Random
) -> None:
    topics = [Topic(name, "?", {}) for name in QUERIES]
    result = evaluate(topics, qrels, ours(run))
    assert all(0.0 <= value <= 1.0 for value in result.measures.values())
    shuffled = list(ours(run).items())
    chance.shuffle(shuffled)
    chance.shuffle(topics)
    again = evaluate(topics, qrels, dict(shuffled))
    assert dict(again.measures) == pytest.approx(dict(result.measures), abs=1e-12)
