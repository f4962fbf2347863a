"""The gate: measures pinned to what they were measured on, and a build that fails on a drop.

A pin holds for one state of topics, judgements, corpus and settings, known by their digests; when
one of them changes, old values say nothing, so the gate asks for a new pin instead of comparing.
On the same state, the code must not do worse beyond noise. Noise is real: OpenVINO computes
slightly different vectors on another processor, which swaps near-ties. So a drop of nDCG@10 fails
when it is both larger than a small tolerance and improbable in a paired randomisation test over
topics, or when it is large whatever the test says.

Source of the test: Smucker, Allan & Carterette 2007, "A Comparison of Statistical Significance
Tests for Information Retrieval Evaluation", section 3.1 (Fisher's randomisation, here one-sided).
"""

import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import fmean
from typing import Any, Literal

import numpy as np

from eval.answer_checks import ask_topics, circumstances_of, measures_of
from eval.errors import EvaluationError
from eval.experiment import (
    RunRecord,
    cache_directory,
    indexing_code_digest,
    open_for_dataset,
    run_experiment,
)
from eval.formats import Dataset, write_text
from ingest.pipeline import ingest
from kb.embedders import get_embedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.manifest import Manifest
from kb.ports import Embedder
from kb.settings import IndexSettings, Settings, StoreSettings
from kb.terms import TermScheme

BASELINE = Path(__file__).with_name("baseline.json")
BASELINE_VERSION = 1
RANKING = "nDCG@10"

# Drops of the mean of nDCG@10: one below the first is noise, one above the second is a fault even
# if few topics carry it. Over fewer topics the same noise moves the mean more, by the square root.
TOLERANCE, LARGEST_DROP = 0.005, 0.02
SIGNIFICANCE = 0.05
_PERMUTATIONS = 10_000
_SEED = 20250701

# Drops that are let pass of measures that have no test. Ten unanswerable topics move F1 by about
# 0.05 each, so one of them may fall the other way on another processor.
_ALLOWED_DROPS = {
    "R@100": 0.01,
    "nugget_recall": 0.02,
    "citation_precision": 0.02,
    "refusal_f1": 0.05,
}
# Properties, not qualities: nothing but 1 is right, whatever was pinned.
_WHOLE = ("quotes_verbatim", "figures_supported")
_DIGEST_LABELS = {
    "topics": "câu hỏi",
    "judgements": "đánh giá",
    "corpus": "kho tài liệu",
    "settings": "thiết lập",
}
_DIGITS = 4
_EPSILON = 1e-9

Verdict = Literal["better", "same", "noise", "worse"]
# Called with what is being done ("index", "search", "answer"), how much is done, how much there is.
Advance = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Pin:
    """What a state of the code was worth, and what it was measured on.

    Attributes:
        digests: `topics`, `judgements`, `corpus`, `settings` -> SHA-256, shortened.
        measures: Measure -> value; one that the dataset cannot show is missing.
        by_style: Style -> nDCG@10.
        topics: Query id -> nDCG@10.
    """

    digests: Mapping[str, str]
    measures: Mapping[str, float]
    by_style: Mapping[str, float] = field(default_factory=dict)
    topics: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the gate's verdict.

    Attributes:
        measure: What was measured, with the style behind a slash.
        pinned: The value in the baseline.
        now: The value of the code at hand.
        verdict: Whether that is good enough.
        why: What decided, in Vietnamese.
    """

    measure: str
    pinned: float
    now: float
    verdict: Verdict
    why: str = ""


def digests_of(dataset: Dataset, circumstances: RunRecord) -> dict[str, str]:
    """Return the digests of everything that measures depend on, beside the code."""
    topics = [[topic.query_id, topic.text, dict(topic.metadata)] for topic in dataset.topics]
    judgements = {
        "qrels": {query_id: dict(grades) for query_id, grades in dataset.qrels.items()},
        "nuggets": {
            query_id: [asdict(item) for item in items]
            for query_id, items in dataset.nuggets.items()
        },
    }
    return {
        "topics": _digest(topics),
        "judgements": _digest(judgements),
        "corpus": circumstances.corpus_digest[:16],
        "settings": circumstances.settings_digest[:16],
    }


def _digest(data: Any) -> str:
    text = json.dumps(data, ensure_ascii=False, sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]


def measure_pin(dataset: Dataset, kb: KnowledgeBase, *, progress: Advance | None = None) -> Pin:
    """Search and answer every topic and return what the code at hand is worth."""
    record = run_experiment(dataset, kb, measures=(RANKING, "R@100"), progress=progress)
    asking = partial(progress, "answer") if progress else None
    answers = measures_of(ask_topics(dataset, kb, progress=asking))
    measures = {**record.measures, **answers}
    wanted = (RANKING, *_ALLOWED_DROPS, *_WHOLE)
    return Pin(
        digests=digests_of(dataset, record),
        measures={name: round(measures[name], _DIGITS) for name in wanted if name in measures},
        by_style={
            style: round(values[RANKING], _DIGITS) for style, values in record.by_style.items()
        },
        topics={
            query_id: round(values[RANKING], _DIGITS)
            for query_id, values in record.per_query.items()
        },
    )


def compare(pinned: Pin, now: Pin, styles: Mapping[str, str]) -> list[Check]:
    """Return the verdict on every measure; both pins must have the same digests.

    Args:
        pinned: The baseline.
        now: The code at hand.
        styles: Query id -> style.
    """
    checks = [_check_ranking(RANKING, pinned.topics, now.topics, len(pinned.topics), SIGNIFICANCE)]
    # Many styles, many chances of a false alarm: Bonferroni.
    by_style = SIGNIFICANCE / max(len(pinned.by_style), 1)
    for style in pinned.by_style:
        members = [query_id for query_id in pinned.topics if styles.get(query_id) == style]
        checks.append(
            _check_ranking(
                f"{RANKING}/{style}",
                {query_id: pinned.topics[query_id] for query_id in members},
                now.topics,
                len(pinned.topics),
                by_style,
            )
        )
    for name, allowed in _ALLOWED_DROPS.items():
        if name in pinned.measures:
            checks.append(
                _check_floor(name, pinned.measures[name], now.measures.get(name, 0.0), allowed)
            )
    checks.extend(check_whole(now.measures))
    return checks


def check_whole(measures: Mapping[str, float]) -> list[Check]:
    """Return the verdict on what must hold of every answer, pinned or not."""
    return [
        Check(
            name,
            1.0,
            measures.get(name, 0.0),
            "same" if measures.get(name, 0.0) == 1.0 else "worse",
            "" if measures.get(name, 0.0) == 1.0 else "phải bằng 1",
        )
        for name in _WHOLE
    ]


def _check_ranking(
    name: str,
    pinned: Mapping[str, float],
    now: Mapping[str, float],
    all_topics: int,
    significance: float,
) -> Check:
    """Compare topic by topic; a topic that has no value now counts 0."""
    before = list(pinned.values())
    after = [now.get(query_id, 0.0) for query_id in pinned]
    mean_before, mean_after = fmean(before or [0.0]), fmean(after or [0.0])
    drop = mean_before - mean_after
    # The standard error of a mean grows with one over the root of the number of topics.
    largest = LARGEST_DROP * math.sqrt(all_topics / max(len(before), 1))
    check = Check(name, round(mean_before, _DIGITS), round(mean_after, _DIGITS), "same")
    if drop < -_EPSILON:
        return _with(check, "better")
    if drop <= _EPSILON:
        return check
    if drop > largest + _EPSILON:
        return _with(check, "worse", f"giảm {drop:.4f}, hơn mức tối đa {largest:.3f}")
    p_value = randomization_p(before, after)
    why = f"giảm {drop:.4f}, p = {p_value:.3f}"
    if drop > TOLERANCE + _EPSILON and p_value < significance:
        return _with(check, "worse", why)
    return _with(check, "noise", why)


def _check_floor(name: str, pinned: float, now: float, allowed: float) -> Check:
    check = Check(name, pinned, now, "same")
    drop = pinned - now
    if drop < -_EPSILON:
        return _with(check, "better")
    if drop <= _EPSILON:
        return check
    if drop <= allowed + _EPSILON:
        return _with(check, "noise", f"giảm {drop:.4f}, cho phép {allowed:g}")
    return _with(check, "worse", f"giảm {drop:.4f}, chỉ cho phép {allowed:g}")


def _with(check: Check, verdict: Verdict, why: str = "") -> Check:
    return Check(check.measure, check.pinned, check.now, verdict, why)


def randomization_p(before: Sequence[float], after: Sequence[float]) -> float:
    """Return the one-sided p-value of a drop from `before` to `after`, paired by position.

    If the change did nothing, each topic's difference is as likely to have the other sign. The
    p-value is the share of `_PERMUTATIONS` random sign assignments, the observed one added, whose
    mean drop is at least the observed one. The seed is fixed: the same values, the same verdict.

    Example:
        >>> randomization_p([0.5, 0.6], [0.5, 0.6])
        1.0
        >>> randomization_p([0.9] * 20, [0.5] * 20) < 0.001
        True
    """
    drops = np.asarray(before) - np.asarray(after)
    drops = drops[np.abs(drops) > _EPSILON]
    if drops.size == 0:
        return 1.0
    signs = np.random.default_rng(_SEED).choice((-1.0, 1.0), size=(_PERMUTATIONS, drops.size))
    at_least = int(np.count_nonzero(signs @ drops >= drops.sum() - _EPSILON))
    return (at_least + 1) / (_PERMUTATIONS + 1)


def lowered(pinned: Pin, now: Pin) -> list[str]:
    """Return the measures whose floor a new pin would lower, each with both values."""
    pairs = [(name, pinned.measures[name], now.measures.get(name, 0.0)) for name in pinned.measures]
    pairs += [
        (f"{RANKING}/{style}", value, now.by_style.get(style, 0.0))
        for style, value in pinned.by_style.items()
    ]
    return [
        f"{name} {before:.4f} -> {after:.4f}"
        for name, before, after in pairs
        if after < before - _EPSILON
    ]


def read_baseline(path: Path) -> dict[str, Pin]:
    """Return the pins of a baseline file by dataset; none if there is no file.

    Raises:
        EvaluationError: The file is no baseline.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["version"] != BASELINE_VERSION:
            raise EvaluationError(
                f"{str(path)!r} là phiên bản {data['version']!r}, cần {BASELINE_VERSION}. "
                "Xóa tệp và ghim lại bằng --pin --allow-lower."
            )
        return {name: Pin(**pin) for name, pin in data["datasets"].items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as exc:
        raise EvaluationError(
            f"Không đọc được mốc so sánh {str(path)!r}: {exc}. Lấy lại tệp từ git."
        ) from exc


def write_baseline(path: Path, pins: Mapping[str, Pin]) -> None:
    """Write pins, datasets in the order of their names, one value a line for a readable diff.

    Raises:
        EvaluationError: The file cannot be written.
    """
    data = {
        "version": BASELINE_VERSION,
        "datasets": {name: asdict(pins[name]) for name in sorted(pins)},
    }
    write_text(path, json.dumps(data, ensure_ascii=False, indent=2) + "\n")


@contextmanager
def open_for_gate(
    dataset: Dataset,
    settings: Settings,
    corpus: Path | None = None,
    *,
    embedder: Embedder | None = None,
    progress: Advance | None = None,
) -> Iterator[KnowledgeBase]:
    """Open what the gate measures on.

    Args:
        dataset: If it brings documents, or `corpus` is None, this is `open_for_dataset`.
        settings: The settings in force.
        corpus: A folder for `kb ingest`. It goes to a scratch knowledge base in the user's cache,
            another one for every state of the code and settings that decide what an index holds,
            so that work on the chunker is never measured on an index of the old one.
        embedder: Used instead of the one of the settings (tests).
        progress: Shows how indexing goes on.

    Raises:
        EvaluationError: A file of the corpus cannot be taken in.
    """
    if corpus is None or dataset.has_corpus:
        with open_for_dataset(
            dataset,
            settings,
            purpose="eval gate",
            embedder=embedder,
            progress=progress,
        ) as kb:
            yield kb
        return
    embedder = embedder or get_embedder(settings.embedder, settings.model_dir)
    manifest = Manifest.of(embedder.spec, TermScheme(), settings.chunker, IndexSettings().kind)
    digest = _digest([str(corpus.resolve()), asdict(manifest), indexing_code_digest()])
    scratch = settings.model_copy(
        update={
            "data_dir": cache_directory() / f"corpus-{digest}",
            "index": IndexSettings(),
            "store": StoreSettings(),
        }
    )
    with open_knowledge_base(scratch, purpose="eval gate", embedder=embedder) as kb:
        report = ingest(
            kb,
            [corpus],
            recursive=True,
            progress=partial(progress, "index") if progress else None,
        )
        if report.failed:
            failed = report.failed[0]
            raise EvaluationError(
                f"{len(report.failed)} tệp của {str(corpus)!r} không nạp được, ví dụ "
                f"{failed.document_id or failed.origin}: {failed.reason}. Sửa rồi chạy lại."
            )
        yield kb


def check_gate(
    pinned: Pin | None,
    dataset: Dataset,
    kb: KnowledgeBase,
    baseline: Path,
    *,
    progress: Advance | None = None,
) -> list[Check]:
    """Measure the code at hand and return the verdict on every measure.

    Args:
        pinned: The pin of the dataset, if there is one.
        dataset: Topics, judgements, nuggets.
        kb: Opened by `open_for_gate`.
        baseline: Where the pin comes from, for messages.
        progress: Shows how far it is.

    Raises:
        EvaluationError: There is no pin for this state of topics, judgements, corpus, settings.
    """
    pinned = require_same_state(
        pinned, digests_of(dataset, circumstances_of(dataset, kb)), dataset.name, baseline
    )
    now = measure_pin(dataset, kb, progress=progress)
    return compare(pinned, now, {topic.query_id: topic.style for topic in dataset.topics})


def require_same_state(
    pinned: Pin | None, digests: Mapping[str, str], name: str, baseline: Path
) -> Pin:
    """Return the pin if it was taken on the state at hand.

    Raises:
        EvaluationError: There is no pin, or one of the digests differs.
    """
    if pinned is None:
        raise EvaluationError(
            f"{str(baseline)!r} chưa có mốc cho bộ đánh giá {name!r}. "
            "Ghim mốc đầu tiên bằng `kb eval gate --pin` rồi lưu tệp vào git."
        )
    changed = [
        label for key, label in _DIGEST_LABELS.items() if pinned.digests.get(key) != digests[key]
    ]
    if changed:
        raise EvaluationError(
            f"Mốc của {name!r} không còn dùng được vì đã thay đổi: {', '.join(changed)}. "
            "Nếu thay đổi là chủ ý, ghim lại bằng `kb eval gate --pin` (thêm --allow-lower nếu "
            "mốc mới thấp hơn); nếu không, trả phần đó về như cũ."
        )
    return pinned


def pin_anew(
    pins: Mapping[str, Pin], name: str, now: Pin, baseline: Path, *, allow_lower: bool
) -> list[Check]:
    """Write a new pin and return the old one beside it; unless a broken property forbids it.

    Raises:
        EvaluationError: It would lower a floor, and `allow_lower` is false.
    """
    checks = check_whole(now.measures)
    if any(check.verdict == "worse" for check in checks):
        return checks
    if name in pins and not allow_lower and (lower := lowered(pins[name], now)):
        raise EvaluationError(
            f"Không ghim, vì mốc mới thấp hơn mốc cũ: {'; '.join(lower)}. "
            "Sửa mã, hoặc thêm --allow-lower nếu chấp nhận hạ mốc, và nêu lý do khi lưu vào git."
        )
    write_baseline(baseline, {**pins, name: now})
    before = pins.get(name, now)
    return [
        *(
            _check_floor(key, before.measures.get(key, value), value, 1.0)
            for key, value in now.measures.items()
            if key not in _WHOLE
        ),
        *checks,
    ]
