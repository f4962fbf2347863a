"""Measures of rankings, named and computed by ir-measures.

Nothing is computed here: this module decides which topics count and in which order ir-measures
sees a ranking. Topics without an answer are left out, topics without a result count 0, and since
the tools behind ir-measures break ties each in its own way (and trec_eval compares 32-bit floats),
they are given strictly falling whole numbers instead of scores.

Source: MacAvaney, Macdonald & Ounis 2022, "Streamlining Evaluation with ir-measures", ECIR.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import ir_measures

from eval.errors import UnknownMeasure
from eval.formats import Qrels, Run, Topic

DEFAULT_MEASURES = (
    "nDCG@10",
    "RR@10",
    "R@10",
    "R@100",
    "P@1",
    "AP",
    "Success@5",
    "Judged@10",
)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What a run is worth.

    Attributes:
        measures: Measure -> value over all topics.
        per_query: Query id -> measure -> value, in the order of the topics.
    """

    measures: Mapping[str, float]
    per_query: Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Group:
    """The topics that share a value of some metadata.

    Attributes:
        count: How many topics.
        measures: Measure -> value over them.
    """

    count: int
    measures: Mapping[str, float]


def parse_measure(name: str) -> Any:
    """Return the measure of ir-measures with this name.

    Raises:
        UnknownMeasure: There is none, or no installed provider computes it.
    """
    try:
        measure = ir_measures.parse_measure(name)
        ir_measures.evaluator([measure], [])
    except (LookupError, NameError, ValueError, TypeError, AssertionError, RuntimeError) as exc:
        raise UnknownMeasure(
            f"Không có thước đo {name!r}. Dùng tên của ir-measures, ví dụ: "
            f"{', '.join(DEFAULT_MEASURES)}."
        ) from exc
    return measure


def ranking_topics(topics: Iterable[Topic], qrels: Qrels) -> list[Topic]:
    """Return the topics that ranking measures are taken over: answerable and judged."""
    return [topic for topic in topics if topic.is_answerable and topic.query_id in qrels]


def evaluate(
    topics: Iterable[Topic], qrels: Qrels, run: Run, measures: Sequence[str] = DEFAULT_MEASURES
) -> Evaluation:
    """Return the measures of a run over the answerable topics.

    Args:
        topics: Those of the dataset.
        qrels: Their judgements.
        run: Rankings, best first; their order counts, not their scores. A topic without a
            ranking counts 0 in every measure.
        measures: Names of ir-measures.

    Raises:
        UnknownMeasure: ir-measures does not know a name.
    """
    parsed = {parse_measure(name): name for name in measures}
    chosen = ranking_topics(topics, qrels)
    if not chosen:
        return Evaluation(dict.fromkeys(measures, 0.0), {})
    # Copies: providers change dictionaries, and an empty ranking makes Judged divide by zero.
    judgements = {topic.query_id: dict(qrels[topic.query_id]) for topic in chosen}
    rankings = {
        query_id: _falling_numbers(run[query_id]) for query_id in judgements if run.get(query_id)
    }
    result = ir_measures.calc(list(parsed), judgements, rankings)
    aggregated = cast(Mapping[Any, float], result.aggregated)
    per_query: dict[str, dict[str, float]] = {query_id: {} for query_id in judgements}
    for metric in result.per_query:
        per_query[metric.query_id][parsed[metric.measure]] = float(metric.value)
    return Evaluation(
        {name: float(aggregated[measure]) for measure, name in parsed.items()},
        {
            query_id: {name: values[name] for name in parsed.values()}
            for query_id, values in per_query.items()
        },
    )


def _falling_numbers(ranking: Sequence[Any]) -> dict[str, float]:
    return {item.document_id: float(len(ranking) - place) for place, item in enumerate(ranking)}


def break_down(topics: Iterable[Topic], evaluation: Evaluation, key: str) -> dict[str, Group]:
    """Return the measures by the values of a metadata key, in the order of their first topics.

    A topic whose value is a list belongs to each of its items; one without the key is left out,
    so an unknown key gives no groups.

    Args:
        topics: Those of the dataset.
        evaluation: What `evaluate` returned.
        key: Key of `Topic.metadata`.
    """
    members: dict[str, list[str]] = {}
    for topic in topics:
        if topic.query_id in evaluation.per_query:
            for value in _values(topic.metadata.get(key)):
                members.setdefault(value, []).append(topic.query_id)
    return {
        value: Group(len(query_ids), _aggregate(evaluation, query_ids))
        for value, query_ids in members.items()
    }


def _values(value: Any) -> list[str]:
    if value is None or value == "":
        return []
    if isinstance(value, list):
        return list(dict.fromkeys(map(_label, value)))
    return [_label(value)]


def _label(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _aggregate(evaluation: Evaluation, query_ids: Sequence[str]) -> dict[str, float]:
    aggregated = {}
    for name in evaluation.measures:
        aggregator = parse_measure(name).aggregator()
        for query_id in query_ids:
            aggregator.add(evaluation.per_query[query_id][name])
        aggregated[name] = float(aggregator.result())
    return aggregated
