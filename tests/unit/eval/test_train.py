"""Command `kb eval train` on a tiny set, with the deterministic embedder."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner, Result

from eval.errors import EvaluationError
from eval.experiment import open_for_dataset
from eval.formats import Dataset, read_dataset
from eval.train import judged_topics, train_command
from kb.settings import Settings
from retrieval.features import FEATURES, LEGS
from retrieval.query import ALL_PARTS, Parts
from retrieval.reranker import RERANKERS, Weights
from retrieval.search import Searcher

THINGS = (
    "tôm sú", "cua đinh", "bò lai", "dê núi", "ong mật", "cam sành", "bưởi da xanh", "lúa thơm",
    "rau sạch", "nấm rơm", "hoa lan", "cá lóc", "vịt trời", "gà đồi", "mía tím", "chè shan",
    "sầu riêng", "dừa xiêm", "tiêu đen", "cà phê", "khoai lang", "sen hồng",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    directory = tmp_path / "tiny"
    write(directory, len(THINGS))
    return directory


def write(directory: Path, count: int) -> None:
    (directory / "qrels").mkdir(parents=True, exist_ok=True)
    corpus = [
        {"_id": f"d{n}", "title": "", "text": f"Hộ dân trồng hoặc nuôi {thing} thu lãi khá."}
        for n, thing in enumerate(THINGS)
    ]
    queries: list[dict[str, Any]] = [
        {"_id": f"q{n}", "text": f"mô hình {THINGS[n]}", "metadata": {"style": "keyword"}}
        for n in range(count)
    ]
    queries += [
        {"_id": "no-answer", "text": "giá vàng", "metadata": {"answerable": False}},
        {"_id": "nothing-relevant", "text": "giá bạc", "metadata": {}},
        {"_id": "unreadable", "text": "?!", "metadata": {}},
    ]
    for name, records in (("corpus", corpus), ("queries", queries)):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (directory / f"{name}.jsonl").write_text(text, encoding="utf-8")
    rows = [f"q{n}\td{n}\t2" for n in range(count)] + [
        "nothing-relevant\td0\t0",
        "unreadable\td0\t1",
    ]
    (directory / "qrels" / "test.tsv").write_text(
        "\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n"
    )


def call(folder: Path, *arguments: object, ok: bool = True) -> Result:
    options = ["--dataset", folder, "--folds", 2, "--repeats", 1, *arguments]
    result = CliRunner().invoke(train_command, [str(item) for item in options])
    if ok:
        assert result.exception is None, result.output
    return result


def topics_of(dataset: Dataset, settings: Settings, **options: Any) -> list[Any]:
    with open_for_dataset(dataset, settings) as kb:
        return judged_topics(dataset, Searcher(kb), **options)


def test_written_weights_are_those_that_search_reads(folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "weights.json"
    shown = json.loads(call(folder, "--output", output, "--json").stdout)
    data = json.loads(output.read_text(encoding="utf-8"))
    assert shown["reranker"] == data["reranker"]
    weights = Weights.from_data(data)
    for model in weights.rerankers.values():
        assert set(model.weights) == set(FEATURES)
        assert model.weights["elsewhere"] <= 0
        assert sum(value for value in model.weights.values() if value > 0) == pytest.approx(
            1.0, abs=0.002
        )
    for legs in (weights.accented, weights.unaccented):
        assert set(legs) == set(LEGS)
    assert data["about"]["topics"] == len(THINGS)
    assert set(data["about"]["cross_validated_ndcg@10"]) == {*RERANKERS, "fusion"}
    assert data["reranker"]["unmarked"]["dense"] == data["reranker"]["plain"]["late"] == 0


def test_tables_tell_the_cross_validation(folder: Path) -> None:
    output = call(folder).output
    assert "kiểm tra chéo" in output
    assert "keyword" in output  # a style keeps the spelling of the file of topics
    heads = next(line for line in output.splitlines() if "chỉ gộp" in line).split("  ")
    assert [head.strip() for head in heads if head.strip()] == [
        "chỉ gộp",
        "đầy đủ",
        "không so từng từ",
        "câu không dấu",
    ]
    assert "Xếp hạng đầy đủ so với chỉ gộp: " in output


def test_the_screen_names_no_model_and_no_feature_in_english(folder: Path) -> None:
    words = set(re.findall(r"\w+", call(folder).output))
    assert not words & {*RERANKERS, *FEATURES, "fusion"}


def test_too_few_topics_are_refused(folder: Path) -> None:
    write(folder, 19)
    error = call(folder, ok=False).exception
    assert isinstance(error, EvaluationError)
    assert "chỉ có 19 truy vấn học được, cần ít nhất 20" in str(error)


def test_only_topics_that_can_be_learnt_from_count(folder: Path, settings: Settings) -> None:
    topics = topics_of(read_dataset(folder), settings, parts=ALL_PARTS)
    assert [topic.query_id for topic in topics] == [f"q{n}" for n in range(len(THINGS))]
    for topic in topics:
        assert topic.features.shape == (len(topic.documents), len(FEATURES))
        relevant = [topic.documents[n] for n in np.flatnonzero(topic.grades)]
        assert relevant == ["d" + topic.query_id[1:]]
        assert topic.ideal == 2.0


def test_topics_can_be_read_without_their_marks(folder: Path, settings: Settings) -> None:
    off = Parts.without(["diacritics"])
    marked = topics_of(read_dataset(folder), settings, parts=off)
    bare = topics_of(read_dataset(folder), settings, parts=off, strip=True)
    accented = FEATURES.index("accented")
    assert max(topic.features[:, accented].sum() for topic in marked) > 0
    assert any(
        not np.array_equal(left.features, right.features)
        for left, right in zip(marked, bare, strict=True)
    )
