"""Command `kb eval calibrate`: when a document is close enough to answer."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result

from eval.calibrate import (
    Fitted,
    Question,
    calibrate_command,
    choose_least,
    fit,
    held_out_logits,
    questions_of,
)
from eval.errors import EvaluationError
from eval.experiment import open_for_dataset
from eval.formats import read_dataset
from kb.settings import Settings
from retrieval.answering.support import FEATURES


def question(
    number: int, rows: Sequence[Sequence[float]], grades: Sequence[float], *, answerable: bool
) -> Question:
    return Question(
        f"q{number}",
        answerable,
        np.array(rows, np.float64).reshape(-1, len(FEATURES)),
        np.array(grades, np.float64),
    )


def separable(count: int = 60) -> list[Question]:
    """Return topics of which coverage and similarity tell whether they have an answer.

    Each third one has none. Beside its answer, an answerable topic has a document that is further
    away and not relevant.
    """
    random = np.random.default_rng(7)
    questions = []
    for number in range(count):
        noise = random.normal(0, 0.05, 4)
        if number % 3 == 0:
            rows = [[0.2 + noise[0], -0.5 + noise[1], 1.0 + noise[2], 0.0]]
            questions.append(question(number, rows, [0], answerable=False))
        else:
            answer = [0.8 + noise[0], 1.5 + noise[1], 1.0 + noise[2], 0.0]
            other = [0.1, -1.0, 1.0 + noise[2], 1.0]
            questions.append(question(number, [other, answer], [0, 2], answerable=True))
    return questions


def test_what_goes_with_answers_weighs_for_them():
    model = fit(separable())
    assert model.weights.shape == (len(FEATURES),)
    assert model.weights[0] > 0.1
    assert model.weights[1] > 0.1
    # Extent is noise here.
    assert abs(model.weights[2]) < 0.1 * model.weights[0]


def test_an_answerable_topic_teaches_by_its_relevant_document_only():
    # A closer document that nobody judged must not teach that answers are far away or near.
    tempted = [
        question(number, [[0.9, 3.0, 1.0, 0.0], [0.8, 1.5, 1.0, 0.0]], [0, 2], answerable=True)
        for number in range(20)
    ]
    refused = [
        question(number, [[0.2, -0.5, 1.0, 0.0]], [0], answerable=False) for number in range(20, 40)
    ]
    model = fit([*tempted, *refused])
    logits = model.logits(np.array([[0.8, 1.5, 1.0, 0.0], [0.2, -0.5, 1.0, 0.0]]))
    assert logits[0] > 0 > logits[1]
    assert logits[0] == pytest.approx(-logits[1], rel=1e-3)


def test_topics_without_documents_or_without_a_found_answer_teach_nothing():
    silent = [
        question(900, [], [], answerable=True),
        question(901, [[0.5, 0.5, 1.0, 0.0]], [1], answerable=True),
    ]
    base = separable()
    rows = np.concatenate([item.features for item in base])
    model = fit([*base, *silent])
    without = fit(base)
    # Only mean and deviation of the features see the second one.
    assert model.logits(rows) == pytest.approx(without.logits(rows), rel=0.1, abs=0.1)


@pytest.mark.parametrize("count", [20, 60])
def test_both_kinds_weigh_the_same_however_many_there_are(count: int):
    near, far = [0.8, 1.5, 1.0, 0.0], [0.2, -0.5, 1.0, 0.0]
    model = fit(
        [question(number, [near], [2], answerable=True) for number in range(count)]
        + [question(number, [far], [0], answerable=False) for number in range(100, 120)]
    )
    middle = (np.array([near]) + np.array([far])) / 2
    assert model.logits(middle)[0] == pytest.approx(0.0, abs=1e-3)


def test_logits_are_of_standardised_features():
    model = Fitted(np.array([2.0, -1.0]), 0.5, np.array([1.0, 10.0]), np.array([0.5, 2.0]))
    # The features lie 2 deviations above their means: 2 times 2, less 2, and 0.5.
    assert model.logits(np.array([[2.0, 14.0]])) == pytest.approx([2.5])


def test_no_document_is_infinitely_far():
    model = Fitted(np.ones(4), 0.0, np.zeros(4), np.ones(4))
    assert model.logits(np.empty((0, 4))).tolist() == [-np.inf]


def test_held_out_logits_part_the_topics_and_repeat():
    questions = [*separable(), question(999, [], [], answerable=False)]
    logits = held_out_logits(questions)
    answerable = np.array([item.is_answerable for item in questions])
    assert logits.shape == (61,)
    assert np.isfinite(logits).all()
    assert logits[answerable].min() > logits[~answerable].max()
    assert logits[-1] == -20.0
    assert held_out_logits(questions).tolist() == logits.tolist()


def test_a_topic_does_not_learn_from_itself():
    # One answerable topic looks like those without an answer. Learnt by heart it would stand out;
    # held out, it cannot be told from them.
    odd = question(500, [[0.2, -0.5, 1.0, 0.0]], [2], answerable=True)
    questions = [*separable(), odd]
    logits = held_out_logits(questions)
    answerable = np.array([item.is_answerable for item in questions])
    assert logits[-1] < logits[answerable][:-1].min()
    assert logits[-1] == pytest.approx(logits[~answerable].mean(), abs=0.5)


def test_the_least_logit_makes_refusing_best():
    logits = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    answerable = np.array([False, True, False, True, True])
    # Weights for a share of 0.5: answerable 0.5 / 0.6 = 5/6 each, unanswerable 0.5 / 0.4 = 5/4.
    # Below -1: hits 5/4, refused 5/4: F1 = 2 * 5/4 / (5/4 + 5/2) = 2/3.
    # Below  0: hits 5/4, refused 25/12: F1 = 5/2 / (25/12 + 5/2) = 6/11.
    # Below  1: hits 5/2, refused 10/3: F1 = 5 / (10/3 + 5/2) = 6/7, the best.
    # Below  2: hits 5/2, refused 25/6: F1 = 5 / (25/6 + 5/2) = 3/4.
    least, f1 = choose_least(logits, answerable, 0.5)
    assert least == 1.0
    assert f1 == pytest.approx(6 / 7)


def test_where_unanswerable_questions_are_rare_less_is_refused():
    logits = np.array([-2.0, -1.0, 0.0, 1.0, 2.0])
    answerable = np.array([False, True, False, True, True])
    # Weights for a share of 0.1: answerable 0.9 / 0.6 = 3/2, unanswerable 0.1 / 0.4 = 1/4.
    # Below -1: F1 = 1/2 / (1/4 + 1/2) = 2/3. Below 1: F1 = 1 / (2 + 1/2) = 2/5.
    least, f1 = choose_least(logits, answerable, 0.1)
    assert least == -1.0
    assert f1 == pytest.approx(2 / 3)


def test_what_can_be_parted_is_parted():
    logits = np.array([-1.0, -0.5, 0.5, 1.0])
    least, f1 = choose_least(logits, np.array([False, False, True, True]), 0.1)
    assert (least, f1) == (0.5, 1.0)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    directory = tmp_path / "tiny"
    (directory / "qrels").mkdir(parents=True)
    things = ("tôm sú", "cam sành", "ong mật", "nấm rơm")
    corpus = [
        {"_id": f"d{number}", "title": "", "text": f"Hộ dân nuôi trồng {thing} thu lãi khá."}
        for number, thing in enumerate(things)
    ]
    queries = [
        {"_id": f"q{number}", "text": f"mô hình {thing}", "metadata": {}}
        for number, thing in enumerate(things)
    ]
    for name, records in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (directory / f"{name}.jsonl").write_text(text, encoding="utf-8")
    rows = [f"q{number}\td{number}\t2" for number in range(len(things))]
    (directory / "qrels" / "test.tsv").write_text(
        "\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n", encoding="utf-8"
    )
    return directory


def call(*arguments: object) -> Result:
    return CliRunner().invoke(calibrate_command, [str(item) for item in arguments])


def test_an_embedder_of_unknown_scale_cannot_be_calibrated(folder: Path, settings: Settings):
    dataset = read_dataset(folder)
    with (
        open_for_dataset(dataset, settings) as kb,
        pytest.raises(EvaluationError, match="Chưa đo thang tương đồng") as caught,
    ):
        questions_of(dataset, kb)
    assert "retrieval/calibration.py" in str(caught.value)


def test_the_command_tells_so_too(folder: Path, tmp_path: Path):
    output = tmp_path / "support.json"
    error = call("--dataset", folder, "--output", output).exception
    assert isinstance(error, EvaluationError)
    assert not output.exists()


def test_too_few_topics_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eval.calibrate.questions_of", lambda *_: separable(59))
    error = call("--dataset", folder).exception
    assert isinstance(error, EvaluationError)
    assert "Cần ít nhất 60 truy vấn" in str(error)


def test_topics_of_one_kind_are_refused(folder: Path, monkeypatch: pytest.MonkeyPatch):
    answerable = [item for item in separable(120) if item.is_answerable]
    monkeypatch.setattr("eval.calibrate.questions_of", lambda *_: answerable)
    error = call("--dataset", folder).exception
    assert isinstance(error, EvaluationError)
    assert "có và không có lời đáp" in str(error)


def test_what_is_written_is_the_model_that_answers_read(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("eval.calibrate.questions_of", lambda *_: separable())
    output = tmp_path / "support.json"
    result = call("--dataset", folder, "--output", output, "--json")
    assert result.exception is None, result.output
    data = json.loads(output.read_text(encoding="utf-8"))
    assert json.loads(result.stdout) == data
    assert list(data["model"]["weights"]) == list(FEATURES)
    assert data["about"]["topics"] == 60
    assert data["about"]["cross_validated"] == {
        "f1": 1.0,
        "refused_of_unanswerable": 1.0,
        "refused_of_answerable": 0.0,
    }
    # Over plain features it parts what it has learnt from.
    weights = np.array(list(data["model"]["weights"].values()))
    margins = [
        float((item.features @ weights).max()) + data["model"]["bias"] - data["model"]["least"]
        for item in separable()
    ]
    assert [margin >= 0 for margin in margins] == [item.is_answerable for item in separable()]


def test_the_table_is_vietnamese(folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("eval.calibrate.questions_of", lambda *_: separable())
    result = call("--dataset", folder)
    assert result.exception is None, result.output
    assert "F1 của việc từ chối" in result.output
    assert "Từ chối sai" in result.output


def test_a_data_set_that_is_not_there_is_a_usage_error(tmp_path: Path):
    assert call("--dataset", tmp_path / "khong-co").exit_code == 2
    assert call().exit_code == 2
