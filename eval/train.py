"""Command `kb eval train`: learns the weights of fusion and reranking from judged topics."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click
import numpy as np
from rich import box
from rich.console import Console
from rich.table import Table

from eval.baseline import open_for_gate
from eval.comparison import paired_test
from eval.console import progress_bar, wide_console
from eval.errors import EvaluationError
from eval.experiment import STYLE_KEY
from eval.formats import Dataset, Topic, read_dataset, write_text
from eval.learning import JudgedTopic, cross_validate, ideal_dcg, learn, mean
from eval.options import corpus_option, dataset_option, split_option
from kb.cli import print_json, settings_of_environment
from kb.errors import EmptyQuery, QueryTooLong
from kb.text import fold
from retrieval.features import FEATURES, LEGS
from retrieval.query import ALL_PARTS, Parts
from retrieval.search import Searcher

# A place outside those asked for speaks against a document, all else for it.
_SIGNS = {name: -1 if name == "elsewhere" else 1 for name in FEATURES}
# What each model may weigh. Without marks, similarities of the dense side say little.
_ALLOWED: Mapping[str, frozenset[str]] = {
    "late": frozenset(FEATURES),
    "plain": frozenset(FEATURES) - {"late"},
    "unmarked": frozenset(FEATURES) - {"late", "dense"},
}
# What an officer reads instead of the names of models and features in files.
_MODEL_LABELS = {
    "fusion": "chỉ gộp",
    "late": "đầy đủ",
    "plain": "không so từng từ",
    "unmarked": "câu không dấu",
}
_FEATURE_LABELS = {
    "dense": "gần nghĩa",
    "accented": "trùng từ có dấu",
    "folded": "trùng từ không xét dấu",
    "late": "so từng từ",
    "place": "đúng địa bàn",
    "district": "đúng huyện, xã",
    "elsewhere": "khác địa bàn",
    "case": "là mô hình",
    "topic": "đúng chủ đề",
    "organization": "đúng tổ chức",
    "year": "đúng năm",
}
_SHOWN_WEIGHT = 0.005
_LEAST_TOPICS = 20
# The model of the bundled embedder and queries with marks.
FULL_MODEL = "late"


@click.command("train", short_help="Học trọng số xếp hạng từ bộ truy vấn đã chấm.")
@dataset_option
@split_option
@corpus_option
@click.option("--folds", type=click.IntRange(2, 20), default=5, show_default=True, help="Số phần.")
@click.option(
    "--repeats", type=click.IntRange(1, 20), default=3, show_default=True, help="Số lần chia lại."
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ghi trọng số học trên mọi truy vấn vào tệp này.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def train_command(
    directory: Path,
    split: str,
    corpus: Path | None,
    folds: int,
    repeats: int,
    output: Path | None,
    as_json: bool,
) -> None:
    """Học trọng số, đo bằng kiểm tra chéo theo truy vấn, và ghi ra tệp nếu có --output."""
    settings = settings_of_environment()
    dataset = read_dataset(directory, split)
    with (
        progress_bar(quiet=as_json) as progress,
        open_for_gate(dataset, settings, corpus, progress=progress) as kb,
    ):
        searcher = Searcher(kb)
        marked = judged_topics(dataset, searcher, ALL_PARTS)
        unmarked = judged_topics(dataset, searcher, Parts.without(["diacritics"]), strip=True)
        embedder = kb.embedder.spec.name
    if len(marked) < _LEAST_TOPICS:
        raise EvaluationError(
            f"Bộ {dataset.name!r} chỉ có {len(marked)} truy vấn học được, cần ít nhất "
            f"{_LEAST_TOPICS}: hãy chấm thêm bằng `kb eval pool` và `kb eval judge`."
        )
    topics = {"late": marked, "plain": marked, "unmarked": unmarked}
    validation = {
        name: _validated(own, _signs(_ALLOWED[name]), folds, repeats)
        for name, own in topics.items()
    }
    validation["fusion"] = _validated(marked, _signs(frozenset(LEGS)), folds, repeats)
    styles = {topic.query_id: str(topic.metadata.get(STYLE_KEY, "")) for topic in dataset.topics}
    data = {
        "about": {
            "dataset": dataset.name,
            "digest": dataset.digest,
            "topics": len(marked),
            "embedder": embedder,
            "cross_validated_ndcg@10": {
                name: round(mean(scores), 4) for name, scores in validation.items()
            },
        },
        "fusion": {
            "accented": _weights(marked, frozenset(LEGS), LEGS),
            "unaccented": _weights(unmarked, frozenset(LEGS), LEGS),
        },
        "reranker": {name: _weights(own, _ALLOWED[name], FEATURES) for name, own in topics.items()},
    }
    if output:
        write_text(output, json.dumps(data, indent=2, ensure_ascii=False) + "\n")
    gain = paired_test(
        [validation["fusion"][key] for key in sorted(validation["late"])],
        [validation["late"][key] for key in sorted(validation["late"])],
    )
    if as_json:
        print_json({**data, "p_value": gain.p_value, "difference": gain.difference})
    else:
        _print(wide_console(), validation, styles, data, gain)


def judged_topics(
    dataset: Dataset, searcher: Searcher, parts: Parts, *, strip: bool = False
) -> list[JudgedTopic]:
    """Return the answerable topics with the features of what would be reranked.

    Args:
        dataset: Topics and judgements.
        searcher: Over the knowledge base that holds the documents.
        parts: Which parts of the understanding take part.
        strip: Take the diacritics from the topics first.
    """
    found = (_judged(topic, dataset, searcher, parts, strip=strip) for topic in dataset.topics)
    return [topic for topic in found if topic]


def _judged(
    topic: Topic, dataset: Dataset, searcher: Searcher, parts: Parts, *, strip: bool
) -> JudgedTopic | None:
    grades = dataset.qrels.get(topic.query_id, {})
    if not topic.is_answerable or not any(grade > 0 for grade in grades.values()):
        return None
    try:
        query = searcher.parse(fold(topic.text) if strip else topic.text, parts=parts)
    except (EmptyQuery, QueryTooLong):
        return None
    documents, rows = searcher.features(query)
    return JudgedTopic(
        query_id=topic.query_id,
        documents=tuple(documents),
        features=np.array(rows, np.float64).reshape(len(rows), len(FEATURES)),
        grades=np.array([max(0, grades.get(each, 0)) for each in documents], np.float64),
        ideal=ideal_dcg([max(0, grade) for grade in grades.values()]),
    )


def signs_of(model: str) -> list[int]:
    """Return by feature the sign that a model's weight may have, 0 where it may not weigh it."""
    return _signs(_ALLOWED[model])


def _signs(allowed: frozenset[str]) -> list[int]:
    return [_SIGNS[name] if name in allowed else 0 for name in FEATURES]


def _validated(
    topics: Sequence[JudgedTopic], signs: Sequence[int], folds: int, repeats: int
) -> dict[str, float]:
    """Return nDCG@10 by topic, the mean over several divisions into folds."""
    runs = [cross_validate(topics, signs, folds=folds, seed=seed) for seed in range(repeats)]
    return {key: float(np.mean([run[key] for run in runs])) for key in runs[0]}


def _weights(
    topics: Sequence[JudgedTopic], allowed: frozenset[str], names: Sequence[str]
) -> dict[str, float]:
    """Return the weights learnt from all topics, scaled so that the positive ones sum to 1."""
    learnt = dict(zip(FEATURES, learn(topics, _signs(allowed)), strict=True))
    total = sum(weight for weight in learnt.values() if weight > 0)
    return {name: round(float(learnt[name] / total), 4) for name in names}


def _print(
    console: Console,
    validation: Mapping[str, Mapping[str, float]],
    styles: Mapping[str, str],
    data: Mapping[str, Any],
    gain: Any,
) -> None:
    console.print("nDCG@10 kiểm tra chéo (mỗi truy vấn chấm bằng trọng số học không có nó):")
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("")
    for name in ("fusion", *_ALLOWED):
        table.add_column(_MODEL_LABELS[name], justify="right")
    groups = ["", *dict.fromkeys(styles[key] for key in validation["late"] if styles[key])]
    for style in groups:
        row = [
            np.mean(
                [value for key, value in validation[name].items() if style in {"", styles[key]}]
            )
            for name in ("fusion", *_ALLOWED)
        ]
        table.add_row(style or "tất cả", *(f"{value:.3f}" for value in row))
    console.print(table)
    console.print(
        f"Xếp hạng {_MODEL_LABELS['late']} so với {_MODEL_LABELS['fusion']}: "
        f"{gain.difference:+.4f}, p = {gain.p_value:.4f} (kiểm định hoán vị theo cặp)"
    )
    for name, weights in data["reranker"].items():
        listed = "; ".join(
            f"{_FEATURE_LABELS[key]} {value:.2f}"
            for key, value in weights.items()
            if abs(value) >= _SHOWN_WEIGHT
        )
        console.print(f"{_MODEL_LABELS[name]}: {listed}", highlight=False)
