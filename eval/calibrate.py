"""Command `kb eval calibrate`: learns when a document is close enough to answer a question."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
import numpy as np
from numpy.typing import NDArray
from rich import box
from rich.table import Table
from scipy.optimize import minimize
from scipy.special import expit

from eval.baseline import open_for_gate
from eval.console import progress_bar, wide_console
from eval.errors import EvaluationError
from eval.formats import Dataset, read_dataset, write_text
from eval.options import corpus_option, split_option
from kb.cli import print_json, settings_of_environment
from kb.errors import QueryError
from kb.knowledge_base import KnowledgeBase
from retrieval.answering.evidence import features_of, is_of_place, need_of
from retrieval.answering.support import FEATURES
from retrieval.calibration import dense_scale
from retrieval.search import Searcher

Floats = NDArray[np.float64]

# Documents of a topic that take part, after those of other places are left out.
_READ, _KEPT = 24, 8
# Refusals of these kinds are decided by other rules than how close a document is.
_OTHER_RULES = frozenset({"figure_not_given", "ambiguous"})
_FOLDS, _REPEATS, _PENALTY, _ROUNDS = 10, 3, 1.0, 6
_LEAST_TOPICS = 60


@dataclass(frozen=True, slots=True)
class Question:
    """A topic as the model sees it.

    Attributes:
        query_id: The topic.
        is_answerable: Whether the corpus holds an answer.
        features: `(documents, features)`, in the order of `retrieval.answering.support.FEATURES`.
        grades: `(documents,)` grades, 0 if unjudged.
    """

    query_id: str
    is_answerable: bool
    features: Floats
    grades: Floats


@dataclass(frozen=True, slots=True)
class Fitted:
    """Weights of standardised features with their mean and deviation, and the constant."""

    weights: Floats
    bias: float
    mean: Floats
    deviation: Floats

    def logits(self, features: Floats) -> Floats:
        """Return `(documents,)` logits."""
        if not len(features):
            return np.full(1, -np.inf)
        standard = (features - self.mean) / self.deviation
        return np.asarray(standard @ self.weights + self.bias, np.float64)


def questions_of(dataset: Dataset, kb: KnowledgeBase) -> list[Question]:
    """Return the topics with diacritics that closeness decides on."""
    searcher = Searcher(kb)
    scale = dense_scale(kb.embedder.spec.name)
    if scale is None:
        raise EvaluationError(
            f"Chưa đo thang tương đồng của mô hình nhúng {kb.embedder.spec.name!r} "
            "(retrieval/calibration.py), nên không hiệu chỉnh được."
        )
    questions = []
    for topic in dataset.topics:
        if topic.metadata.get("reason") in _OTHER_RULES:
            continue
        try:
            query = searcher.parse(topic.text)
        except QueryError:
            continue
        need = need_of(query, kb)
        if not query.is_accented or need.is_place_only:
            continue
        found = searcher.load(searcher.candidates(query)[:_READ])
        local = [item for item in found if is_of_place(item, query)][:_KEPT]
        grades = dataset.qrels.get(topic.query_id, {})
        questions.append(
            Question(
                topic.query_id,
                topic.is_answerable,
                np.array([features_of(item, query, need, scale) for item in local]).reshape(
                    -1, len(FEATURES)
                ),
                np.array([grades.get(item.document.document_id, 0) for item in local], np.float64),
            )
        )
    return questions


def fit(questions: Sequence[Question]) -> Fitted:
    """Return the weights learnt from topics.

    An answerable topic teaches by its best document of grade 2, an unanswerable one by its best
    document of all: what is best depends on the weights, so both are looked for again in each
    round. An answerable topic none of whose answers was found teaches nothing.
    """
    every = np.concatenate([question.features for question in questions])
    mean, deviation = every.mean(axis=0), every.std(axis=0) + 1e-9
    weights, bias = np.ones(every.shape[1]), 0.0
    for _ in range(_ROUNDS):
        model = Fitted(weights, bias, mean, deviation)
        rows, labels = [], []
        for question in questions:
            logits = model.logits(question.features)
            allowed = question.grades >= 2 if question.is_answerable else question.grades >= 0
            if not len(question.features) or not allowed.any():
                continue
            best = int(np.argmax(np.where(allowed, logits, -np.inf)))
            rows.append((question.features[best] - mean) / deviation)
            labels.append(question.is_answerable)
        weights, bias = _logistic(np.array(rows), np.array(labels))
    return Fitted(weights, bias, mean, deviation)


def _logistic(rows: Floats, labels: NDArray[np.bool_]) -> tuple[Floats, float]:
    """Return weights and constant of a logistic regression; both classes weigh the same."""
    sign = np.where(labels, 1.0, -1.0)
    share = np.where(labels, 0.5 / max(1, labels.sum()), 0.5 / max(1, (~labels).sum())) * len(sign)

    def loss(theta: Floats) -> tuple[float, Floats]:
        logits = sign * (rows @ theta[:-1] + theta[-1])
        slope = -share * sign * expit(-logits)
        penalty = 0.5 * _PENALTY * float(theta[:-1] @ theta[:-1])
        gradient = np.append(rows.T @ slope + _PENALTY * theta[:-1], slope.sum())
        return float((share * np.logaddexp(0, -logits)).sum()) + penalty, gradient

    best = minimize(loss, np.zeros(rows.shape[1] + 1), jac=True, method="L-BFGS-B").x
    return best[:-1], float(best[-1])


def held_out_logits(questions: Sequence[Question]) -> Floats:
    """Return, by topic, the best logit of its documents under weights learnt without it."""
    total = np.zeros(len(questions))
    for seed in range(_REPEATS):
        folds = np.random.default_rng(seed).permutation(len(questions)) % _FOLDS
        for fold in range(_FOLDS):
            model = fit([item for item, own in zip(questions, folds, strict=True) if own != fold])
            for position in np.flatnonzero(folds == fold).tolist():
                total[position] += max(model.logits(questions[position].features).max(), -20.0)
    return total / _REPEATS


def choose_least(
    logits: Floats, answerable: NDArray[np.bool_], share: float
) -> tuple[float, float]:
    """Return the least logit that makes the F1 of refusing best, and that F1.

    Args:
        logits: By topic.
        answerable: By topic.
        share: Expected share of unanswerable questions, by which both kinds are weighted.
    """
    weight = np.where(answerable, (1 - share) / answerable.mean(), share / (~answerable).mean())
    best = (-1.0, 0.0)
    for least in np.unique(logits):
        refused = logits < least
        hits = float(weight[refused & ~answerable].sum())
        total = float(weight[refused].sum() + weight[~answerable].sum())
        best = max(best, (2 * hits / total, float(least)))
    return best[1], best[0]


@click.command("calibrate", short_help="Hiệu chỉnh lúc nào trả lời, lúc nào từ chối.")
@click.option(
    "--dataset",
    "directories",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    multiple=True,
    required=True,
    help="Bộ truy vấn đã chấm; dùng được nhiều lần.",
)
@split_option
@corpus_option
@click.option(
    "--unanswerable",
    type=click.FloatRange(0.01, 0.9),
    default=0.1,
    show_default=True,
    help="Tỷ lệ câu không có lời đáp khi dùng thật.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Ghi mô hình học trên mọi truy vấn vào tệp này.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def calibrate_command(
    directories: tuple[Path, ...],
    split: str,
    corpus: Path | None,
    unanswerable: float,
    output: Path | None,
    as_json: bool,
) -> None:
    """Học một tài liệu phải gần câu hỏi đến đâu thì được dùng để trả lời.

    Ngưỡng được chọn trên các truy vấn không tham gia học (kiểm tra chéo).
    """
    settings = settings_of_environment()
    datasets = [read_dataset(directory, split) for directory in directories]
    questions: list[Question] = []
    with (
        progress_bar(quiet=as_json) as progress,
        open_for_gate(datasets[0], settings, corpus, progress=progress) as kb,
    ):
        for dataset in datasets:
            questions += questions_of(dataset, kb)
        embedder = kb.embedder.spec.name
    answerable = np.array([question.is_answerable for question in questions])
    if len(questions) < _LEAST_TOPICS or answerable.all() or not answerable.any():
        raise EvaluationError(
            f"Cần ít nhất {_LEAST_TOPICS} truy vấn, gồm cả câu có và không có lời đáp."
        )
    logits = held_out_logits(questions)
    least, f1 = choose_least(logits, answerable, unanswerable)
    data = _to_data(fit(questions), least)
    refused = logits < least
    data["about"] = {
        "datasets": {dataset.name: dataset.digest for dataset in datasets},
        "embedder": embedder,
        "topics": len(questions),
        "unanswerable_share": unanswerable,
        "cross_validated": {
            "f1": round(f1, 4),
            "refused_of_unanswerable": round(float(refused[~answerable].mean()), 4),
            "refused_of_answerable": round(float(refused[answerable].mean()), 4),
        },
    }
    if output is not None:
        write_text(output, json.dumps(data, ensure_ascii=False, indent=2) + "\n")
    if as_json:
        print_json(data)
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Kiểm tra chéo")
    table.add_column("Giá trị", justify="right")
    for label, key in (
        ("F1 của việc từ chối", "f1"),
        ("Từ chối đúng", "refused_of_unanswerable"),
        ("Từ chối sai", "refused_of_answerable"),
    ):
        table.add_row(label, f"{data['about']['cross_validated'][key]:.3f}")
    wide_console().print(table)
    click.echo(json.dumps(data["model"]))


def _to_data(model: Fitted, least: float) -> dict[str, Any]:
    """Return the model over plain features, as `retrieval.answering.support` reads it."""
    weights = model.weights / model.deviation
    return {
        "about": {},
        "model": {
            "weights": {
                name: round(float(weight), 4)
                for name, weight in zip(FEATURES, weights, strict=True)
            },
            "bias": round(model.bias - float(weights @ model.mean), 4),
            "least": round(least, 4),
        },
    }
