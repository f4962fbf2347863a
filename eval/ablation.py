"""Command `kb eval ablation`: plain set-ups, this search, and this search without each part."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import click
import numpy as np

from eval.baseline import open_for_gate
from eval.comparison import paired_test
from eval.console import progress_bar
from eval.experiment import STYLE_KEY, run_experiment
from eval.formats import Dataset, Run, ScoredDocument, read_dataset, write_text
from eval.learning import cross_validate, mean
from eval.measures import evaluate
from eval.options import corpus_option, dataset_option, split_option
from eval.train import FULL_MODEL, judged_topics, signs_of
from kb.cli import print_json, settings_of_environment
from kb.knowledge_base import KnowledgeBase
from kb.models import SearchMode
from kb.text import fold, has_diacritics
from retrieval.query import ALL_PARTS, PART_NAMES, Parts
from retrieval.reranker import WEIGHTS_FILE, Weights, shipped_weights
from retrieval.search import Searcher

MEASURE, DEPTH = "nDCG@10", "R@100"
# Cormack, Clarke & Buettcher 2009, "Reciprocal Rank Fusion outperforms Condorcet".
_RRF_K = 60
_NOTHING = Parts.without(["all"])
_BM25 = {"dense": 0.0, "accented": 1.0, "folded": 0.0}
_EVEN = {"dense": 0.5, "accented": 0.5, "folded": 0.0}
# The weights that were set by hand before there was a learnt model.
_BY_HAND = {"dense": 0.4, "accented": 0.45, "folded": 0.15}
_BY_HAND_UNMARKED = {"dense": 0.2, "accented": 0.0, "folded": 0.8}


@dataclass(frozen=True, slots=True)
class System:
    """A set-up of the search.

    Attributes:
        name: Of the system in files.
        label: What an officer reads instead.
        mode: Which legs take part.
        parts: Which parts of the understanding take part.
        rerank: Whether the learnt model reranks.
        accented: Weight by leg; None for the learnt ones.
        unaccented: The same for queries without marks.
    """

    name: str
    label: str
    mode: SearchMode = "hybrid"
    parts: Parts = ALL_PARTS
    rerank: bool = True
    accented: Mapping[str, float] | None = None
    unaccented: Mapping[str, float] | None = None

    def weights(self) -> Weights:
        """Return the weights of the searcher."""
        shipped = shipped_weights()
        if self.accented is None:
            return shipped
        return replace(shipped, accented=self.accented, unaccented=self.unaccented or self.accented)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table.

    Attributes:
        name: Of the system in files.
        label: What an officer reads instead.
        scores: nDCG@10 by topic.
        recall: R@100, or None where there is no ranking of that depth.
    """

    name: str
    label: str
    scores: Mapping[str, float]
    recall: float | None = None


THIS = System("this search", "cách tìm này")
PLAIN = (
    System("dense", "chỉ theo nghĩa (vector)", "dense", _NOTHING, rerank=False),
    System("BM25", "chỉ theo từ (BM25)", "lexical", _NOTHING, rerank=False, accented=_BM25),
)
FUSED = (
    System(
        "weighted fusion, 0.5 dense",
        "gộp hai cách, mỗi bên một nửa",
        "hybrid",
        _NOTHING,
        rerank=False,
        accented=_EVEN,
    ),
    System(
        "weighted fusion with folded leg, by hand",
        "gộp thêm chữ không dấu, đặt tay",
        "hybrid",
        _NOTHING,
        rerank=False,
        accented=_BY_HAND,
        unaccented=_BY_HAND_UNMARKED,
    ),
    System("understanding, without reranking", "hiểu câu hỏi, không xếp hạng lại", rerank=False),
    System(
        "reranking, without understanding",
        "xếp hạng lại, không hiểu câu hỏi",
        parts=_NOTHING,
    ),
)
WITHOUT = tuple(
    System(f"this without {name}", f"không {label}", parts=Parts.without([name]))
    for name, label in PART_NAMES.items()
)


@click.command("ablation", short_help="So sánh với cách tìm đơn giản và khi tắt từng phần.")
@dataset_option
@split_option
@corpus_option
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ghi bảng dạng Markdown vào tệp này.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def ablation_command(
    directory: Path, split: str, corpus: Path | None, output: Path | None, as_json: bool
) -> None:
    """Đo cách tìm đơn giản, cách tìm này, và khi tắt từng phần, có kiểm định theo cặp."""
    settings = settings_of_environment()
    dataset = read_dataset(directory, split)
    with (
        progress_bar(quiet=as_json) as progress,
        open_for_gate(dataset, settings, corpus, progress=progress) as kb,
    ):
        rows = list(measure_systems(dataset, kb))
        twins = list(measure_twins(dataset, kb))
    styles = {topic.query_id: str(topic.metadata.get(STYLE_KEY, "")) for topic in dataset.topics}
    if output:
        write_text(output, "\n".join(markdown_lines(dataset, rows, styles, twins)) + "\n")
    if as_json:
        print_json(
            {
                "dataset": dataset.name,
                "systems": {
                    row.name: {MEASURE: mean(row.scores), DEPTH: row.recall} for row in rows
                },
                "twins": {row.name: mean(row.scores) for row in twins},
            }
        )
    elif not output:
        click.echo("\n".join(screen_lines(dataset, rows, styles, twins)))
    else:
        click.echo(f"Đã ghi {output}.")


def measure_systems(dataset: Dataset, kb: KnowledgeBase) -> Iterator[Row]:
    """Yield the rows of a dataset: plain set-ups first, this search, then it without each part."""
    runs: list[Run] = []
    for system in PLAIN:
        row, run = _measure(dataset, kb, system)
        runs.append(run)
        yield row
    fused = reciprocal_rank_fusion(runs)
    yield _row("RRF of both", "gộp hai cách theo thứ hạng (RRF)", dataset, fused)
    for system in FUSED:
        yield _measure(dataset, kb, system)[0]
    yield _measure(dataset, kb, THIS)[0]
    if _was_trained_on(dataset):
        topics = judged_topics(dataset, Searcher(kb), ALL_PARTS)
        yield Row(
            "this search, cross-validated",
            "cách tìm này, kiểm tra chéo",
            cross_validate(topics, signs_of(FULL_MODEL), folds=5, seed=0),
        )
    for system in WITHOUT:
        yield _measure(dataset, kb, system)[0]


def measure_twins(dataset: Dataset, kb: KnowledgeBase) -> Iterator[Row]:
    """Yield this search over the topics that carry marks, and over the same without them."""
    marked = tuple(topic for topic in dataset.topics if has_diacritics(topic.text))
    stripped = tuple(replace(topic, text=fold(topic.text)) for topic in marked)
    for name, label, topics in (
        ("as written", "như đã viết", marked),
        ("without diacritics", "bỏ hết dấu", stripped),
    ):
        system = replace(THIS, name=name, label=label)
        yield _measure(replace(dataset, topics=topics), kb, system)[0]


def reciprocal_rank_fusion(runs: Sequence[Run]) -> Run:
    """Return runs fused by `sum over runs of 1 / (60 + rank)`."""
    fused: dict[str, list[ScoredDocument]] = {}
    for query_id in {key for run in runs for key in run}:
        scores: dict[str, float] = {}
        for run in runs:
            for rank, item in enumerate(run.get(query_id, ()), 1):
                scores[item.document_id] = scores.get(item.document_id, 0.0) + 1 / (_RRF_K + rank)
        order = sorted(scores, key=lambda key: (-scores[key], key))
        fused[query_id] = [ScoredDocument(key, scores[key]) for key in order]
    return fused


def _measure(dataset: Dataset, kb: KnowledgeBase, system: System) -> tuple[Row, Run]:
    record = run_experiment(
        dataset,
        kb,
        mode=system.mode,
        parts=system.parts,
        searcher=Searcher(kb, weights=system.weights(), rerank=system.rerank),
        measures=(MEASURE, DEPTH),
    )
    return _row(system.name, system.label, dataset, record.run), record.run


def _row(name: str, label: str, dataset: Dataset, run: Run) -> Row:
    found = evaluate(dataset.topics, dataset.qrels, run, (MEASURE, DEPTH))
    scores = {key: values[MEASURE] for key, values in found.per_query.items()}
    return Row(name, label, scores, found.measures[DEPTH])


def _was_trained_on(dataset: Dataset) -> bool:
    about = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))["about"]
    return bool(about["digest"] == dataset.digest)


def markdown_lines(
    dataset: Dataset, rows: Sequence[Row], styles: Mapping[str, str], twins: Sequence[Row]
) -> list[str]:
    """Return the tables for a file, which is a document and thus in English.

    Args:
        dataset: The topics.
        rows: Of `measure_systems`.
        styles: Style of each topic, by its id; may be empty.
        twins: Of `measure_twins`.
    """
    named, cells = _cells(dataset, rows, styles)
    head = ["system", MEASURE, DEPTH, "to this", "p", *named]
    lines = [
        f"{dataset.name}: {len(_this(rows).scores)} topics. `p` is the two-sided paired "
        "randomisation test against this search.",
        "",
        "| " + " | ".join(head) + " |",
        "| --- |" + " --- |" * (len(head) - 1),
        *("| " + " | ".join([row.name, *own]) + " |" for row, own in zip(rows, cells, strict=True)),
        "",
    ]
    if twins and twins[0].scores:
        written, stripped = twins
        lines.append(
            f"{len(written.scores)} topics that carry marks: {MEASURE} "
            f"{mean(written.scores):.3f} as written, {mean(stripped.scores):.3f} with all "
            "diacritics taken away."
        )
    return lines


def screen_lines(
    dataset: Dataset, rows: Sequence[Row], styles: Mapping[str, str], twins: Sequence[Row]
) -> list[str]:
    """Return the same for an officer; arguments as for `markdown_lines`.

    Styles keep the spelling of the file of topics.
    """
    named, cells = _cells(dataset, rows, styles)
    table = [
        ["Cách tìm", MEASURE, DEPTH, "cách này hơn", "p", *named],
        *([row.label, *own] for row, own in zip(rows, cells, strict=True)),
    ]
    widths = [max(map(len, column)) for column in zip(*table, strict=True)]
    lines = [
        f"{dataset.name}: {len(_this(rows).scores)} câu hỏi. p: kiểm định hoán vị theo cặp, hai "
        "phía, so với cách tìm này.",
        "",
    ]
    for label, *numbers in table:
        padded = [text.rjust(width) for text, width in zip(numbers, widths[1:], strict=True)]
        lines.append("  ".join([label.ljust(widths[0]), *padded]).rstrip())
    if twins and twins[0].scores:
        told = ", ".join(f"{row.label} {mean(row.scores):.3f}" for row in twins)
        lines += ["", f"{len(twins[0].scores)} câu hỏi có dấu, {MEASURE}: {told}."]
    return lines


def _this(rows: Sequence[Row]) -> Row:
    return next(row for row in rows if row.name == THIS.name)


def _cells(
    dataset: Dataset, rows: Sequence[Row], styles: Mapping[str, str]
) -> tuple[list[str], list[list[str]]]:
    """Return the styles that occur, and the cells of each row behind its name."""
    this = _this(rows)
    keys = sorted(this.scores)
    named = list(
        dict.fromkeys(
            styles[topic.query_id]
            for topic in dataset.topics
            if topic.query_id in this.scores and styles[topic.query_id]
        )
    )
    cells = []
    for row in rows:
        test = paired_test([row.scores[key] for key in keys], [this.scores[key] for key in keys])
        same = row is this
        cells.append(
            [
                f"{mean(row.scores):.3f}",
                "" if row.recall is None else f"{row.recall:.3f}",
                "" if same else f"{test.difference:+.3f}",
                "" if same else f"{test.p_value:.4f}",
                *(
                    f"{np.mean([row.scores[key] for key in keys if styles[key] == style]):.3f}"
                    for style in named
                ),
            ]
        )
    return named, cells
