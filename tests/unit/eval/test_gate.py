"""What the gate lets pass and what it stops, on made-up values; `tests/e2e` has a real run."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from eval.baseline import (
    BASELINE,
    LARGEST_DROP,
    TOLERANCE,
    Pin,
    compare,
    lowered,
    pin_anew,
    randomization_p,
    read_baseline,
    require_same_state,
    write_baseline,
)
from eval.errors import EvaluationError

DIGESTS = {"topics": "t", "judgements": "j", "corpus": "c", "settings": "s"}
MEASURES = {
    "nDCG@10": 0.8,
    "R@100": 0.97,
    "nugget_recall": 0.8,
    "citation_precision": 0.95,
    "refusal_f1": 0.8,
    "quotes_verbatim": 1.0,
    "figures_supported": 1.0,
}
STYLES = {f"q{number}": "place" if number < 4 else "question" for number in range(100)}


def pin(scores: Mapping[str, float] | None = None, **measures: float) -> Pin:
    topics = dict.fromkeys(STYLES, 0.8) | dict(scores or {})
    styles = {}
    for style in ("place", "question"):
        own = [value for name, value in topics.items() if STYLES[name] == style]
        styles[style] = sum(own) / len(own)
    mean = sum(topics.values()) / len(topics)
    return Pin(DIGESTS, {**MEASURES, "nDCG@10": round(mean, 4), **measures}, styles, topics)


def verdicts(now: Pin, pinned: Pin | None = None) -> dict[str, str]:
    return {check.measure: check.verdict for check in compare(pinned or pin(), now, STYLES)}


def test_the_same_values_pass() -> None:
    assert set(verdicts(pin()).values()) == {"same"}
    assert list(verdicts(pin())) == [
        "nDCG@10",
        "nDCG@10/place",
        "nDCG@10/question",
        "R@100",
        "nugget_recall",
        "citation_precision",
        "refusal_f1",
        "quotes_verbatim",
        "figures_supported",
    ]


def test_a_drop_of_many_topics_beyond_the_tolerance_fails() -> None:
    now = pin(dict.fromkeys(STYLES, 0.8 - 2 * TOLERANCE))
    assert verdicts(now)["nDCG@10"] == "worse"


def test_a_drop_within_the_tolerance_is_noise_however_regular() -> None:
    now = pin(dict.fromkeys(STYLES, 0.8 - TOLERANCE * 0.8))
    assert verdicts(now)["nDCG@10"] == "noise"


def test_an_irregular_drop_is_noise_until_it_is_large() -> None:
    up_and_down = {f"q{number}": 0.8 + (0.1 if number % 2 else -0.1) for number in range(60)}
    small = pin(up_and_down | {"q60": 0.0})
    assert verdicts(small)["nDCG@10"] == "noise"
    large = pin(up_and_down | {"q60": 0.0, "q61": 0.0, "q62": 0.0})
    checks = {check.measure: check for check in compare(pin(), large, STYLES)}
    assert checks["nDCG@10"].verdict == "worse"
    assert f"{LARGEST_DROP:.3f}" in checks["nDCG@10"].why


def test_a_style_of_few_topics_may_vary_more_but_not_collapse() -> None:
    assert verdicts(pin({"q0": 0.6}))["nDCG@10/place"] == "noise"
    collapsed = pin({"q0": 0.0, "q1": 0.3})
    assert verdicts(collapsed)["nDCG@10/place"] == "worse"


def test_a_topic_that_has_no_value_any_more_counts_nothing() -> None:
    now = pin()
    topics = {name: value for name, value in now.topics.items() if int(name[1:]) > 5}
    assert verdicts(replace(now, topics=topics))["nDCG@10"] == "worse"


@pytest.mark.parametrize(
    ("name", "noise", "worse"),
    [
        ("R@100", 0.965, 0.95),
        ("nugget_recall", 0.785, 0.77),
        ("citation_precision", 0.94, 0.92),
        ("refusal_f1", 0.76, 0.74),
    ],
)
def test_measures_without_a_test_have_an_allowance(name: str, noise: float, worse: float) -> None:
    assert verdicts(pin(**{name: noise}))[name] == "noise"
    assert verdicts(pin(**{name: worse}))[name] == "worse"
    assert verdicts(pin(**{name: 0.99}))[name] == "better"


@pytest.mark.parametrize("name", ["quotes_verbatim", "figures_supported"])
def test_properties_must_be_whole_even_if_less_was_pinned(name: str) -> None:
    assert verdicts(pin(**{name: 0.999}), pin(**{name: 0.9}))[name] == "worse"


def test_a_measure_that_vanished_fails() -> None:
    now = pin()
    measures = {name: value for name, value in now.measures.items() if name != "nugget_recall"}
    assert verdicts(replace(now, measures=measures))["nugget_recall"] == "worse"


def test_the_p_value_of_all_signs_equal_is_that_of_the_sign_test() -> None:
    assert randomization_p([0.5] * 4, [0.4] * 4) == pytest.approx(1 / 16, abs=0.01)
    assert randomization_p([0.4] * 4, [0.5] * 4) == 1.0
    assert randomization_p([0.5, 0.4], [0.4, 0.5]) == pytest.approx(0.75, abs=0.02)


@pytest.mark.parametrize(
    ("key", "label"),
    [
        ("topics", "câu hỏi"),
        ("judgements", "đánh giá"),
        ("corpus", "kho tài liệu"),
        ("settings", "thiết lập"),
    ],
)
def test_a_changed_state_demands_a_new_pin(key: str, label: str) -> None:
    with pytest.raises(EvaluationError, match=f"thay đổi: {label}.*--pin"):
        require_same_state(pin(), {**DIGESTS, key: "khác"}, "tiny", Path("b.json"))


def test_a_dataset_without_a_pin_demands_one() -> None:
    with pytest.raises(EvaluationError, match="--pin"):
        require_same_state(None, DIGESTS, "tiny", Path("b.json"))


def test_pinning_never_lowers_a_floor_unasked(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    write_baseline(path, {"tiny": pin()})
    lower = pin(nugget_recall=0.7999)
    with pytest.raises(EvaluationError, match=r"nugget_recall 0.8000 -> 0.7999.*--allow-lower"):
        pin_anew(read_baseline(path), "tiny", lower, path, allow_lower=False)
    assert read_baseline(path)["tiny"] == pin()
    pin_anew(read_baseline(path), "tiny", lower, path, allow_lower=True)
    assert read_baseline(path)["tiny"] == lower


def test_a_lower_style_is_a_lower_floor() -> None:
    moved = pin({"q0": 0.7, "q50": 0.9})
    assert lowered(pin(), moved) == ["nDCG@10/place 0.8000 -> 0.7750"]
    assert lowered(pin(), pin()) == []


def test_what_breaks_a_property_is_never_pinned(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    checks = pin_anew({}, "tiny", pin(quotes_verbatim=0.99), path, allow_lower=True)
    assert "worse" in {check.verdict for check in checks}
    assert not path.exists()


def test_a_baseline_keeps_other_datasets_and_is_stable(tmp_path: Path) -> None:
    path = tmp_path / "baseline.json"
    pin_anew({"other": pin()}, "tiny", pin(), path, allow_lower=False)
    assert sorted(read_baseline(path)) == ["other", "tiny"]
    first = path.read_bytes()
    write_baseline(path, dict(reversed(read_baseline(path).items())))
    assert path.read_bytes() == first
    assert first.endswith(b"}\n")
    assert b"\r" not in first


@pytest.mark.parametrize(
    "text", ["", "[]", '{"version": 7}', '{"version": 1, "datasets": {"a": {"x": 1}}}']
)
def test_what_is_no_baseline_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "baseline.json"
    path.write_text(text)
    with pytest.raises(EvaluationError):
        read_baseline(path)


def test_the_baseline_of_the_repository_holds_whole_properties() -> None:
    pins = read_baseline(BASELINE)
    assert "casebook-dev" in pins
    for item in pins.values():
        assert item.measures["quotes_verbatim"] == 1.0
        assert item.measures["figures_supported"] == 1.0
