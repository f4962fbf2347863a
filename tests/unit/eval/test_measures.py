"""Which topics count, and that the values are those printed in the literature."""

from math import log2

import ir_measures
import pytest

from eval.errors import UnknownMeasure
from eval.formats import Run, ScoredDocument, Topic
from eval.measures import DEFAULT_MEASURES, break_down, evaluate, parse_measure


def ranking(*document_ids: str) -> list[ScoredDocument]:
    return [
        ScoredDocument(document_id, float(len(document_ids) - place))
        for place, document_id in enumerate(document_ids)
    ]


def topic(query_id: str, **metadata: object) -> Topic:
    return Topic(query_id, "?", metadata)


def judged_list(pattern: str, relevant: int) -> tuple[dict[str, dict[str, int]], Run]:
    """Return judgements and run of a list written as in the textbook, `R N R`."""
    marks = pattern.split()
    grades = {f"d{place}": 1 for place, mark in enumerate(marks) if mark == "R"}
    missed = {f"m{number}": 1 for number in range(relevant - len(grades))}
    return {"q": grades | missed}, {"q": ranking(*(f"d{place}" for place in range(len(marks))))}


@pytest.mark.parametrize(
    ("pattern", "average", "r_precision"),
    [("R N R N N N N N R R", 0.6, 0.5), ("N R N N R R R N N N", 0.4929, 0.25)],
)
def test_average_precision_of_a_textbook(pattern: str, average: float, r_precision: float) -> None:
    """Manning, Raghavan & Schütze 2008, "Introduction to Information Retrieval", exercise 8.8.

    Two systems, four relevant documents. System 1: AP = (1 + 2/3 + 3/9 + 4/10) / 4 = 0.6;
    system 2: AP = (1/2 + 2/5 + 3/6 + 4/7) / 4 = 0.4929. R-precision (c): 0.5 and 0.25.
    """
    qrels, run = judged_list(pattern, relevant=4)
    result = evaluate([topic("q")], qrels, run, ["AP", "Rprec"])
    assert result.measures == pytest.approx({"AP": average, "Rprec": r_precision}, abs=5e-5)


def test_precision_and_recall_of_a_textbook() -> None:
    """The same, exercise 8.9: `RRNNN NNNRN RNNNR NNNNR`, 8 relevant documents in all.

    P@20 = 6/20 = 0.3 and R@20 = 6/8 = 0.75 (a, b); interpolated precision at a recall of 0.33 is
    4/11 = 0.364 (d); with nothing below rank 20,
    AP = (1/1 + 2/2 + 3/9 + 4/11 + 5/15 + 6/20) / 8 = 0.4163 (e).
    """
    qrels, run = judged_list("R R N N N N N N R N R N N N R N N N N R", relevant=8)
    names = ["P@20", "R@20", "IPrec@0.33", "AP", "RR@10", "P@1", "Success@5"]
    assert evaluate([topic("q")], qrels, run, names).measures == pytest.approx(
        {
            "P@20": 0.3,
            "R@20": 0.75,
            "IPrec@0.33": 4 / 11,
            "AP": 0.4163,
            "RR@10": 1.0,
            "P@1": 1.0,
            "Success@5": 1.0,
        },
        abs=5e-5,
    )


def test_ndcg_of_a_published_example() -> None:
    """Wikipedia, "Discounted cumulative gain", section "Example": nDCG of six documents is 0.785.

    Grades in rank order 3, 2, 3, 0, 1, 2; two more, of grades 3 and 2, are not found.
    DCG = 3/1 + 2/1.585 + 3/2 + 0 + 1/2.585 + 2/2.807 = 6.861;
    ideal 3, 3, 3, 2, 2, 2: 8.740; 6.861 / 8.740 = 0.785.

    The example of Järvelin & Kekäläinen 2002 (figure of 9.61 at rank 10) is of another variant:
    it does not discount the second rank, where trec_eval and ir-measures divide by log2(3).
    """
    grades = [3, 2, 3, 0, 1, 2]
    qrels = {"q": {f"d{place}": grade for place, grade in enumerate(grades)} | {"m1": 3, "m2": 2}}
    run = {"q": ranking(*(f"d{place}" for place in range(6)))}
    value = evaluate([topic("q")], qrels, run, ["nDCG@6"]).measures["nDCG@6"]
    assert value == pytest.approx(6.861 / 8.740, abs=5e-4)
    assert round(value, 3) == 0.785


def test_a_query_without_results_counts_0() -> None:
    qrels = {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 1}}
    run: Run = {"q1": ranking("a"), "q2": []}
    result = evaluate([topic("q1"), topic("q2"), topic("q3")], qrels, run)
    assert result.measures["nDCG@10"] == pytest.approx(1 / 3)
    assert result.per_query["q2"] == dict.fromkeys(DEFAULT_MEASURES, 0.0)
    assert result.per_query["q3"] == dict.fromkeys(DEFAULT_MEASURES, 0.0)


def test_unanswerable_and_unjudged_topics_are_left_out() -> None:
    topics = [topic("q1"), topic("q2", answerable=False), topic("q3")]
    qrels = {"q1": {"a": 1}, "q2": {"b": 1}}
    run = {"q1": ranking("a"), "q2": ranking("x"), "q3": ranking("y")}
    result = evaluate(topics, qrels, run)
    assert list(result.per_query) == ["q1"]
    assert result.measures["nDCG@10"] == 1.0


def test_no_topic_at_all_gives_zeros() -> None:
    assert evaluate([], {}, {}, ["AP"]).measures == {"AP": 0.0}


def test_the_order_counts_and_not_the_scores() -> None:
    """trec_eval would take these scores for ties and put z first."""
    qrels = {"q": {"a": 1, "z": 0}}
    tied = {"q": [ScoredDocument("a", 0.5 + 1e-12), ScoredDocument("z", 0.5)]}
    assert evaluate([topic("q")], qrels, tied, ["P@1"]).measures == {"P@1": 1.0}


def test_the_run_and_the_judgements_are_left_as_they_are() -> None:
    qrels = {"q": {"a": 1}}
    run = {"q": ranking("b", "a")}
    evaluate([topic("q")], qrels, run)
    assert (qrels, run) == ({"q": {"a": 1}}, {"q": ranking("b", "a")})


def test_graded_ndcg_has_linear_gains() -> None:
    run = {"q": ranking("a", "b", "c")}
    qrels = {"q": {"a": 1, "c": 2}}
    ideal = 2 / log2(2) + 1 / log2(3)
    value = evaluate([topic("q")], qrels, run, ["nDCG@10"]).measures["nDCG@10"]
    assert value == pytest.approx((1 / log2(2) + 2 / log2(4)) / ideal)


@pytest.mark.parametrize(
    "name", ["", "nDCG@", "foo@10", "nDCG", "import os", "R", "R@10; R@5", "P@0.5", "alpha_nDCG@10"]
)
def test_names_that_ir_measures_does_not_know_are_refused(name: str) -> None:
    if name == "nDCG":
        assert parse_measure(name) == ir_measures.nDCG
        return
    with pytest.raises(UnknownMeasure, match="ví dụ: nDCG@10"):
        parse_measure(name)


def test_a_break_down_averages_within_each_value() -> None:
    topics = [
        topic("q1", style="keyword", tags=["a", "b"]),
        topic("q2", style="question", tags=["b"], hard=True),
        topic("q3", style="keyword"),
        topic("q4", style="none", answerable=False),
    ]
    qrels = {name: {"d": 1} for name in ("q1", "q2", "q3", "q4")}
    run = {"q1": ranking("d"), "q2": ranking("x", "d"), "q3": ranking("x")}
    result = evaluate(topics, qrels, run, ["RR"])
    styles = break_down(topics, result, "style")
    assert {name: (group.count, group.measures["RR"]) for name, group in styles.items()} == {
        "keyword": (2, 0.5),
        "question": (1, 0.5),
    }
    tags = break_down(topics, result, "tags")
    assert {name: (group.count, group.measures["RR"]) for name, group in tags.items()} == {
        "a": (1, 1.0),
        "b": (2, 0.75),
    }
    assert list(break_down(topics, result, "hard")) == ["true"]
    assert break_down(topics, result, "unknown") == {}
