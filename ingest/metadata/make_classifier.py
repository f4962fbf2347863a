"""Make the classifier of fields and topics from the casebook, and say how good it is.

    python -m ingest.metadata.make_classifier corpus

reads the cases under the folder `corpus`, prints cross-validated figures, and writes
`ingest/metadata/data/classifier.tsv`. Only what tells of a case is learnt from, never the facts
(field, topics, place) that are to be told.

Cross-validation is by province: cases of a province are all in one fold, because neighbours share
names, organisations and turns of phrase. Everything is fitted inside the folds, and the held-out
cases go through `ingest.metadata.classify.probabilities` as an article does. The tables of cues
(`kb/data/facets_topics.tsv`) were written with the casebook at hand and are not held out, so the
figures for topics are somewhat too good.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ingest.metadata.classify import (
    FIELDS,
    MIN_FIELD,
    MIN_TOPIC,
    CueRow,
    Model,
    Stack,
    dump_model,
    features,
    opening,
    probabilities,
    read_cues,
    scores,
    tf_idf,
)
from ingest.records.markdown import read_markdown
from kb.models import Case
from kb.taxonomy import TOPIC_NAMES

MODEL = Path(__file__).parent / "data" / "classifier.tsv"
LABELS = (*FIELDS, *TOPIC_NAMES)
_FEATURES = 800
_MIN_DOCUMENTS = 2
# Inverse strengths of the L2 penalty of the logistic regressions.
_FIELD_C, _TOPIC_C = 16.0, 4.0
# Smaller weights change no decision and would only swell the file.
_MIN_WEIGHT = 0.1
_OUTER, _INNER = 10, 5

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Example:
    """A case to learn from."""

    title: str
    text: str
    group: str
    labels: frozenset[str]


def prose(case: Case) -> str:
    """Return what a case tells, without its facts."""
    parts = (
        case.organization, case.participants, case.problem, *case.approach,
        *(result.text for result in case.results), case.conditions,
    )  # fmt: skip
    return "\n".join((case.name, *(part for part in parts if part)))


def read_examples(corpus: Path) -> list[Example]:
    """Return the cases of a corpus folder, in the order of their paths."""
    found = []
    for path in sorted((corpus / "cases").rglob("*.md")):
        document = read_markdown(path.read_text(encoding="utf-8"), origin=str(path), name=path.name)
        if (case := document.case) is not None:
            labels = frozenset((case.field.value, *case.topics))
            found.append(Example(case.name, prose(case), case.province, labels))
    return found


def folds(examples: Sequence[Example], count: int) -> Iterator[tuple[list[int], list[int]]]:
    """Yield (training, held out) indices; a group is never torn apart."""
    sizes = Counter(example.group for example in examples)
    bins: list[set[str]] = [set() for _ in range(count)]
    totals = [0] * count
    for group, size in sorted(sizes.items(), key=lambda item: (-item[1], item[0])):
        smallest = totals.index(min(totals))
        bins[smallest].add(group)
        totals[smallest] += size
    for held in bins:
        inside = [i for i, example in enumerate(examples) if example.group in held]
        outside = [i for i, example in enumerate(examples) if example.group not in held]
        if inside and outside:
            yield outside, inside


def truth(examples: Sequence[Example]) -> Array:
    """Return a (n, labels) float64 array of ones and zeros."""
    return np.array([[float(label in each.labels) for label in LABELS] for each in examples])


def vocabulary(counts: Sequence[Counter[str]], labels: Array) -> dict[str, float]:
    """Return the inverse document frequency of the features that tell labels apart (chi square)."""
    documents: Counter[str] = Counter()
    for each in counts:
        documents.update(each.keys())
    names = sorted(name for name, n in documents.items() if n >= _MIN_DOCUMENTS)
    present = np.array([[float(name in each) for name in names] for each in counts])
    n = len(counts)
    with_feature, with_label = present.sum(0)[:, None], labels.sum(0)[None, :]
    both = present.T @ labels
    spread = with_feature * with_label * (n - with_feature) * (n - with_label)
    chi = n * (both * n - with_feature * with_label) ** 2 / np.maximum(spread, 1e-9)
    best = np.argsort(-chi.max(axis=1), kind="stable")[:_FEATURES]
    return {names[i]: float(np.log((1 + n) / (1 + documents[names[i]])) + 1) for i in sorted(best)}


def fit_linear(vectors: Array, labels: Array, strengths: Sequence[float]) -> tuple[Array, Array]:
    """Return weights (features, labels) and biases of L2-penalised logistic regressions.

    Newton's method on the dual coefficients, for there are fewer cases than features.
    """
    kernel = vectors @ vectors.T
    n = len(vectors)
    weights, biases = [], []
    for column, strength in enumerate(strengths):
        wanted = labels[:, column]
        dual = np.zeros(n)
        bias = float(np.log((wanted.sum() + 0.5) / (n - wanted.sum() + 0.5)))
        for _ in range(100):
            scored = kernel @ dual + bias
            chance = 1 / (1 + np.exp(-np.clip(scored, -30, 30)))
            spread = np.maximum(chance * (1 - chance), 1e-4)
            system = np.block(
                [
                    [kernel + np.diag(1 / (strength * spread)), np.ones((n, 1))],
                    [np.ones((1, n)), np.zeros((1, 1))],
                ]
            )
            solved = np.linalg.solve(system, np.append(scored + (wanted - chance) / spread, 0.0))
            step = solved[:-1] - dual
            # Half steps: full ones overshoot where a label has few cases.
            dual, bias = dual + 0.5 * step, bias + 0.5 * (float(solved[-1]) - bias)
            if float(np.abs(step).max()) < 1e-3:
                break
        weights.append(vectors.T @ dual)
        biases.append(bias)
    return np.array(weights).T, np.array(biases)


def fit_scores(examples: Sequence[Example]) -> Model:
    """Return a model whose linear part is fitted; its calibration is still neutral."""
    counts = [features(opening(each.text)) for each in examples]
    labels = truth(examples)
    idf = vocabulary(counts, labels)
    names = list(idf)
    position = {name: i for i, name in enumerate(names)}
    vectors = np.zeros((len(examples), len(names)))
    for row, each in enumerate(counts):
        for name, value in tf_idf(each, idf).items():
            vectors[row, position[name]] = value
    strengths = [_FIELD_C] * len(FIELDS) + [_TOPIC_C] * len(TOPIC_NAMES)
    weights, biases = fit_linear(vectors, labels, strengths)
    table = {}
    for name, row in zip(names, weights, strict=True):
        listed = tuple((i, round(float(w), 2)) for i, w in enumerate(row) if abs(w) >= _MIN_WEIGHT)
        table[name] = (round(idf[name], 2), listed)
    return Model(LABELS, tuple(float(b) for b in biases), table, 1.0, Stack(1, 0, 0, 0, 0, 0))


def fit(examples: Sequence[Example]) -> Model:
    """Return a model with its calibration fitted on scores of held-out cases."""
    held = np.zeros((len(examples), len(LABELS)))
    for outside, inside in folds(examples, _INNER):
        model = fit_scores([examples[i] for i in outside])
        for i in inside:
            held[i] = scores(model, opening(examples[i].text))
    labels = truth(examples)
    model = fit_scores(examples)
    return Model(
        model.labels,
        model.biases,
        model.weights,
        _fit_sharpness(held[:, : len(FIELDS)], labels[:, : len(FIELDS)]),
        _fit_stack(examples, held[:, len(FIELDS) :], labels[:, len(FIELDS) :]),
    )


def _fit_sharpness(held: Array, labels: Array) -> float:
    """Return the factor of the scores that makes the true fields likeliest."""
    best, best_loss = 1.0, np.inf
    for factor in np.arange(0.2, 6.0, 0.05):
        raw = factor * held
        log_sum = np.log(np.exp(raw - raw.max(1, keepdims=True)).sum(1)) + raw.max(1)
        loss = float((log_sum - (raw * labels).sum(1)).mean())
        if loss < best_loss:
            best, best_loss = float(factor), loss
    return best


@cache
def _cues(example: Example) -> Mapping[str, CueRow]:
    return read_cues(example.title, opening(example.text)).topics


def _fit_stack(examples: Sequence[Example], held: Array, labels: Array) -> Stack:
    """Return a logistic regression over all pairs of case and topic."""
    rows: list[tuple[float, ...]] = []
    for each, found in zip(examples, held, strict=True):
        cues = _cues(each)
        rows.extend(
            (score, *cues.get(topic, (0.0,) * 4), 1.0)
            for topic, score in zip(TOPIC_NAMES, found, strict=True)
        )
    inputs, wanted = np.array(rows), labels.reshape(-1)
    weights = np.zeros(inputs.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ weights, -30, 30)))
        slope = inputs.T @ (wanted - chance) - 1e-2 * weights
        bend = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + 1e-2 * np.eye(len(weights))
        weights = weights + np.linalg.solve(bend, slope)
    return Stack(*(float(weight) for weight in weights))


@dataclass(frozen=True, slots=True)
class Figures:
    """Cross-validated figures.

    Attributes:
        field_accuracy: Share of cases whose likeliest field is right, nothing left out.
        field_precision: Share right of those at or above `MIN_FIELD`.
        field_coverage: Share of cases at or above it.
        topic_precision: Of all topics told (at or above `MIN_TOPIC`), the share that is right.
        topic_recall: Of all true topics, the share that is told.
        topic_f1: Micro-averaged F1.
        calibration: For bins of topic probability: lower end, mean probability, share right, size.
    """

    field_accuracy: float
    field_precision: float
    field_coverage: float
    topic_precision: float
    topic_recall: float
    topic_f1: float
    calibration: tuple[tuple[float, float, float, int], ...]


def held_out_probabilities(examples: Sequence[Example]) -> Array:
    """Return a (n, labels) float64 array of probabilities, each case by a model without it."""
    found = np.zeros((len(examples), len(LABELS)))
    for outside, inside in folds(examples, _OUTER):
        model = fit([examples[i] for i in outside])
        for i in inside:
            given = probabilities(model, examples[i].title, examples[i].text)
            found[i] = [given[label] for label in LABELS]
    return found


def measure(
    examples: Sequence[Example], found: Array, *, min_field: float, min_topic: float
) -> Figures:
    """Return the figures of held-out probabilities at given thresholds."""
    labels = truth(examples)
    fields, topics = found[:, : len(FIELDS)], found[:, len(FIELDS) :]
    right = labels[np.arange(len(examples)), fields.argmax(1)] > 0
    sure = fields.max(1) >= min_field
    told = topics >= min_topic
    wanted = labels[:, len(FIELDS) :] > 0
    hits = int((told & wanted).sum())
    bins = []
    for low in (0.1, 0.3, 0.5, 0.7, 0.9):
        inside = (topics >= low) & (topics < (low + 0.2 if low < 0.9 else 1.01))
        if inside.any():
            mean, share = float(topics[inside].mean()), float(wanted[inside].mean())
            bins.append((low, mean, share, int(inside.sum())))
    return Figures(
        field_accuracy=float(right.mean()),
        field_precision=float(right[sure].mean()) if sure.any() else 1.0,
        field_coverage=float(sure.mean()),
        topic_precision=hits / max(1, int(told.sum())),
        topic_recall=hits / max(1, int(wanted.sum())),
        topic_f1=2 * hits / max(1, int(told.sum()) + int(wanted.sum())),
        calibration=tuple(bins),
    )


def main(arguments: Sequence[str]) -> int:
    """Measure, train on all cases, and write the model."""
    if len(arguments) != 1:
        sys.stderr.write("usage: python -m ingest.metadata.make_classifier CORPUS_FOLDER\n")
        return 2
    examples = read_examples(Path(arguments[0]))
    found = held_out_probabilities(examples)
    for min_field, min_topic in ((0.5, 0.3), (0.6, 0.5), (0.7, 0.6), (0.8, 0.7), (0.9, 0.8)):
        figures = measure(examples, found, min_field=min_field, min_topic=min_topic)
        mark = " (used)" if (min_field, min_topic) == (MIN_FIELD, MIN_TOPIC) else ""
        sys.stdout.write(
            f"field: accuracy {figures.field_accuracy:.3f}, at p >= {min_field} precision "
            f"{figures.field_precision:.3f}, coverage {figures.field_coverage:.3f}; topics at "
            f"p >= {min_topic}: precision {figures.topic_precision:.3f}, recall "
            f"{figures.topic_recall:.3f}, micro-F1 {figures.topic_f1:.3f}{mark}\n"
        )
    for low, mean, share, size in figures.calibration:
        sys.stdout.write(f"topics from {low}: mean p {mean:.2f}, right {share:.2f}, n {size}\n")
    MODEL.parent.mkdir(parents=True, exist_ok=True)
    MODEL.write_text(dump_model(fit(examples)), encoding="utf-8")
    sys.stdout.write(f"{len(examples)} cases, {MODEL.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
