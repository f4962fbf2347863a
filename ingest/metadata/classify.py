"""Field and topics of an article: a linear model of its words, checked by our tables of cues.

The model (`data/classifier.tsv`, made by `make_classifier` from the casebook) gives each
folded syllable and pair of syllables a weight a label, so every decision can be traced to words.
Values become filters, so what is not sure is left out: the opening of an article and the article
as a whole must both speak for a label, and a survey that goes through the fields one by one has
none.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

from kb.facets import find_facets
from kb.models import Field, MetadataEvidence, Span
from kb.sentences import split_sentences
from kb.terms import fold_token

FIELDS = tuple(field.value for field in Field)
# A label needs this probability; `ingest.metadata.make_classifier` prints what precision that gave.
MIN_FIELD, MIN_TOPIC = 0.8, 0.7
# The opening: as much as a case of the casebook is long, since the model learnt from those.
_HEAD_CHARS = 900
_STRONG = 0.9
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]|_")
# The four fields, as surveys of a movement go through them.
_FIELD_NAMES = (
    re.compile(r"lĩnh vực (?:phát triển )?kinh tế|(?:kinh tế|: ?kinh tế)\s?[,;]\s?văn h(?:óa|oá)"),
    re.compile(r"văn h(?:óa|oá)\s?[-–,]\s?xã hội"),
    re.compile(r"quốc phòng\s?[-–,]\s?an ninh|an ninh\s?[-–,]\s?quốc phòng"),
    re.compile(r"hệ thống chính trị"),
)
_SURVEY_FIELDS = 3


@dataclass(frozen=True, slots=True)
class Stack:
    """Weights that turn a topic's score and its cues into a probability.

    Attributes:
        score: Of the linear score.
        title_strong: Of ln(1 + strong cues in the title).
        title_loose: Of ln(1 + loose cues in the title).
        text_strong: Of ln(1 + strong cues in the opening, the title included).
        text_loose: Of ln(1 + loose cues in the opening, the title included).
        bias: Constant.
    """

    score: float
    title_strong: float
    title_loose: float
    text_strong: float
    text_loose: float
    bias: float


@dataclass(frozen=True, slots=True)
class Model:
    """A trained classifier.

    Attributes:
        labels: Fields, then topics.
        biases: One a label.
        weights: Of a feature: its inverse document frequency and `(label index, weight)`.
        sharpness: What scores of fields are multiplied with before the softmax.
        stack: Of topics.
    """

    labels: tuple[str, ...]
    biases: tuple[float, ...]
    weights: Mapping[str, tuple[float, tuple[tuple[int, float], ...]]]
    sharpness: float
    stack: Stack


CueRow = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class Cues:
    """What the tables of cues say of an opening.

    Attributes:
        topics: Of each topic with a cue, ln(1 + cues): strong and loose in the title, then strong
            and loose in the opening.
        fields: Fields with a cue.
    """

    topics: Mapping[str, CueRow]
    fields: frozenset[str]


@dataclass(frozen=True, slots=True)
class Classification:
    """Field and topics with their evidence; spans refer to the text that was read."""

    field: Field | None = None
    topics: tuple[str, ...] = ()
    evidence: tuple[MetadataEvidence, ...] = ()


def features(text: str) -> Counter[str]:
    """Return how often each syllable and pair occurs, folded; none across punctuation or numbers.

    Example:
        >>> sorted(features("Nuôi tôm, 5 hộ"))
        ['ho', 'nuoi', 'nuoi tom', 'tom']
    """
    found: list[str] = []
    previous = ""
    for word in _WORD.findall(text.lower()):
        token = fold_token(word)  # cached: a language has few syllables
        if not token.isalpha():
            previous = ""
            continue
        found.append(token)
        if previous:
            found.append(f"{previous} {token}")
        previous = token
    return Counter(found)


def tf_idf(counts: Mapping[str, int], idf: Mapping[str, float]) -> dict[str, float]:
    """Return the known features as a vector of length 1: (1 + ln tf) idf."""
    raw = {name: (1 + math.log(n)) * idf[name] for name, n in counts.items() if name in idf}
    norm = math.sqrt(sum(value * value for value in raw.values()))
    return {name: value / norm for name, value in raw.items()} if norm else {}


def scores(model: Model, text: str) -> list[float]:
    """Return the linear score of each label."""
    weights = model.weights
    counts = features(text)
    vector = tf_idf(counts, {name: weights[name][0] for name in counts if name in weights})
    found = list(model.biases)
    for name, value in vector.items():
        for label, weight in weights[name][1]:
            found[label] += value * weight
    return found


def field_probabilities(model: Model, found: Sequence[float]) -> list[float]:
    """Return the probabilities of the fields from the scores of all labels."""
    raw = [model.sharpness * score for score in found[: len(FIELDS)]]
    highest = max(raw)
    powers = [math.exp(value - highest) for value in raw]
    return [power / sum(powers) for power in powers]


def read_cues(title: str, head: str) -> Cues:
    """Return what the tables of cues say of a title and an opening.

    Of a cue that occurs often only its presence counts: `kb.facets` gives the surest mention.
    """
    topics: dict[str, list[float]] = {}
    fields: set[str] = set()
    for offset, text in ((0, title), (2, head)):
        facets = find_facets(text)
        fields.update(mention.value for mention in facets.fields)
        for mention in facets.topics:
            row = topics.setdefault(mention.value, [0.0] * 4)
            row[offset + (mention.confidence < _STRONG)] = math.log(2)
    rows = {topic: (row[0], row[1], row[2], row[3]) for topic, row in topics.items()}
    return Cues(rows, frozenset(fields))


def topic_probability(stack: Stack, score: float, cues: CueRow) -> float:
    """Return the probability of a topic."""
    value = (
        stack.bias
        + stack.score * score
        + stack.title_strong * cues[0]
        + stack.title_loose * cues[1]
        + stack.text_strong * cues[2]
        + stack.text_loose * cues[3]
    )
    return 1 / (1 + math.exp(-max(-60.0, min(60.0, value))))


def opening(text: str) -> str:
    """Return the first paragraphs of a text, up to 900 characters, cut between words."""
    if len(text) <= _HEAD_CHARS:
        return text
    cut = text.rfind("\n", _HEAD_CHARS // 2, _HEAD_CHARS)
    if cut < 0:
        cut = text.rfind(" ", 0, _HEAD_CHARS)
    return text[: cut if cut > 0 else _HEAD_CHARS]


def probabilities(model: Model, title: str, text: str) -> dict[str, float]:
    """Return the probability of every label: the lower of what opening and whole text give.

    A label of which the opening holds no cue at all has 0: the model alone knows nothing of texts
    that are not about work with the people, and a few stray words would decide.

    Args:
        model: The classifier.
        title: Title of the text.
        text: The text; if it does not begin with the title, that is put before it.
    """
    whole = text if text.startswith(title) else f"{title}\n\n{text}"
    head = opening(whole)
    both = [scores(model, head)]
    if len(head) < len(whole):
        both.append(scores(model, whole))
    cues = read_cues(title, head)
    found: dict[str, float] = {}
    each = [field_probabilities(model, part) for part in both]
    for index, label in enumerate(FIELDS):
        found[label] = min(part[index] for part in each) if label in cues.fields else 0.0
    for index, label in enumerate(model.labels[len(FIELDS) :], len(FIELDS)):
        row = cues.topics.get(label)
        found[label] = (
            min(topic_probability(model.stack, part[index], row) for part in both) if row else 0.0
        )
    return found


def is_survey(text: str) -> bool:
    """Tell whether a text names at least three of the four fields by their names."""
    low = text.lower()
    return sum(bool(name.search(low)) for name in _FIELD_NAMES) >= _SURVEY_FIELDS


def classify(title: str, text: str) -> Classification:
    """Return field and topics of an article, each only if it is sure.

    Args:
        title: Title of the article.
        text: The article; spans refer to it.

    Example:
        >>> title = "Nông dân giúp nhau nuôi tôm, thoát nghèo"
        >>> text = "Tổ hợp tác nuôi tôm giúp hộ nghèo vay vốn, con giống để chăn nuôi, trồng trọt."
        >>> classify(title, text).field
        <Field.ECONOMY: 'kinh-te'>
    """
    model = load_model()
    found = probabilities(model, title, text)
    evidence = []
    field = max(FIELDS, key=lambda label: found[label])
    chosen_field = None
    if found[field] >= MIN_FIELD and not is_survey(text):
        chosen_field = Field(field)
        evidence.append(_evidence(model, "field", field, found[field], text))
    topics = sorted(
        (label for label in model.labels[len(FIELDS) :] if found[label] >= MIN_TOPIC),
        key=lambda label: (-found[label], label),
    )
    evidence.extend(_evidence(model, "topics", topic, found[topic], text) for topic in topics)
    return Classification(chosen_field, tuple(topics), tuple(evidence))


def _evidence(
    model: Model, field: str, label: str, probability: float, text: str
) -> MetadataEvidence:
    span = _best_sentence(model, label, text)
    return MetadataEvidence(
        field=field,
        value=label,
        confidence=max(0.01, round(probability, 2)),
        source="classifier",
        quote=text[span.start_char : span.end_char] if span else "",
        span=span,
    )


def _best_sentence(model: Model, label: str, text: str) -> Span | None:
    """Return the sentence of the opening whose words weigh most for a label."""
    index = model.labels.index(label)
    best, best_weight = None, -math.inf
    for span in split_sentences(opening(text)):
        counts = features(text[span.start_char : span.end_char])
        weight = sum(
            model.weights[name][0] * weight
            for name in counts
            if name in model.weights
            for position, weight in model.weights[name][1]
            if position == index
        )
        if weight > best_weight:
            best, best_weight = span, weight
    return best


# --- the stored model ---------------------------------------------------------------------------


def dump_model(model: Model) -> str:
    """Return a model as text; `parse_model` reads it."""
    stack = model.stack
    numbers = (
        stack.score, stack.title_strong, stack.title_loose, stack.text_strong, stack.text_loose,
        stack.bias,
    )  # fmt: skip
    lines = [
        "# Made by `ingest.metadata.make_classifier`; rows: feature, idf, label index:weight.",
        "labels\t" + " ".join(model.labels),
        "biases\t" + " ".join(f"{value:.3f}" for value in model.biases),
        f"sharpness\t{model.sharpness:.3f}",
        "stack\t" + " ".join(f"{value:.3f}" for value in numbers),
    ]
    for name, (idf, weights) in sorted(model.weights.items()):
        listed = " ".join(f"{label}:{weight:.2f}" for label, weight in weights)
        lines.append(f"{name}\t{idf:.2f}\t{listed}")
    return "\n".join(lines) + "\n"


def parse_model(lines: Iterable[str]) -> Model:
    """Return the model that `dump_model` wrote.

    Raises:
        ValueError: The lines are something else.
    """
    rows = [line.rstrip("\n").split("\t") for line in lines if not line.startswith("#")]
    head = {row[0]: row[1].split() for row in rows[:4]}
    numbers = [float(value) for value in head["stack"]]
    weights = {}
    for name, idf, listed in rows[4:]:
        pairs = (pair.partition(":") for pair in listed.split())
        weights[name] = (float(idf), tuple((int(label), float(w)) for label, _, w in pairs))
    return Model(
        labels=tuple(head["labels"]),
        biases=tuple(float(value) for value in head["biases"]),
        weights=weights,
        sharpness=float(head["sharpness"][0]),
        stack=Stack(*numbers),
    )


@cache
def load_model() -> Model:
    """Return the stored model, read at the first call."""
    stored = resources.files("ingest.metadata").joinpath("data", "classifier.tsv")
    return parse_model(stored.read_text(encoding="utf-8").splitlines())
