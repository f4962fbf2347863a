"""Group `kb eval`: lazy commands, tables, JSON, and what goes to which stream."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from eval import cli
from eval.cli import eval_group
from eval.errors import DatasetError, NotComparable
from eval.formats import read_run_trec

TEXTS = {
    "nha-xanh": "Ngôi nhà xanh thu gom chai nhựa, bán lấy tiền giúp học sinh nghèo.",
    "hun-von": "Tổ hùn vốn xoay vòng của hội phụ nữ giúp chị em mua bò.",
    "camera": "Camera an ninh do dân góp tiền, trộm cắp giảm hẳn.",
}
QUERIES = [
    {"_id": "q1", "text": "ngôi nhà xanh", "metadata": {"style": "keyword", "place": "[Huế]"}},
    {"_id": "q2", "text": "hội phụ nữ góp vốn mua bò", "metadata": {"style": "question"}},
    {"_id": "q3", "text": "giá vàng", "metadata": {"style": "none", "answerable": False}},
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    directory = tmp_path / "tiny"
    (directory / "qrels").mkdir(parents=True)
    corpus = [{"_id": name, "title": "", "text": text} for name, text in TEXTS.items()]
    for name, records in (("corpus", corpus), ("queries", QUERIES)):
        text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
        (directory / f"{name}.jsonl").write_text(text, encoding="utf-8")
    (directory / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\nq1\tnha-xanh\t2\nq2\thun-von\t1\n"
    )
    return directory


def call(*arguments: object, ok: bool = True) -> Result:
    result = CliRunner().invoke(eval_group, [str(item) for item in arguments])
    if ok:
        assert result.exception is None, result.output
    return result


def test_help_lists_all_commands_without_importing_them(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(name: str) -> Any:
        raise AssertionError(name)

    monkeypatch.setattr(cli.importlib, "import_module", refuse)
    output = call("--help").output
    for name in ("answers", "compare", "gate", "judge", "pool", "report", "run"):
        assert f"  {name} " in output


@pytest.mark.parametrize("target", ["eval.none:none_command", "eval.cli:none_command"])
def test_a_command_that_is_not_there_fails_alone(
    monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    commands = {**cli._COMMANDS, "gate": cli._Command(target, "?")}
    monkeypatch.setattr(cli, "_COMMANDS", commands)
    result = call("gate", ok=False)
    assert result.exit_code == 2
    assert "chưa có trong bản cài đặt này" in result.output
    assert call("run", "--help").exit_code == 0


def test_a_broken_import_of_a_command_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(name: str) -> Any:
        raise ModuleNotFoundError("No module named 'plot'", name="plot")

    monkeypatch.setattr(cli.importlib, "import_module", broken)
    assert isinstance(call("run", ok=False).exception, ModuleNotFoundError)


def test_an_unknown_command_is_a_usage_error() -> None:
    assert call("rnu", ok=False).exit_code == 2


def test_run_prints_measures_by_style_and_latency(folder: Path) -> None:
    output = call("run", "--dataset", folder, "--mode", "lexical", "--by", "place").output
    assert "tiny-lexical: tiny/test, lexical, 2 truy vấn có đáp án trên 3" in output
    for name in ("nDCG@10", "RR@10", "R@10", "R@100", "P@1", "AP", "Success@5", "Judged@10"):
        assert name in output
    lines = [line.split() for line in output.splitlines()]
    assert ["tất", "cả", "2", *["1.000"] * 7] == [
        *next(line for line in lines if line[:2] == ["tất", "cả"])[:10]
    ]
    assert [line[0] for line in lines if line and line[0] in {"keyword", "question", "none"}] == [
        "keyword",
        "question",
    ]
    assert ["place", "=", "[Huế]", "1"] in [line[:4] for line in lines]
    assert ["p50", "p95", "p99"] in [line[-3:] for line in lines]
    assert any(line[:2] == ["tổng", "cộng"] for line in lines)


def test_run_writes_run_record_and_history(folder: Path, tmp_path: Path) -> None:
    run_path, record_path = tmp_path / "run.trec", tmp_path / "record.json"
    result = call(
        "run", "--dataset", folder, "--output", run_path, "--record", record_path, "--json",
        "--name", "thử", "--top-k", 2,
    )  # fmt: skip
    data = json.loads(result.stdout)
    assert data["measures"]["nDCG@10"] == 1.0
    assert (data["topics"], data["ranking_topics"], data["name"]) == (3, 2, "thử")
    assert set(data["latency_ms"]["total"]) == {"p50", "p95", "p99"}
    assert "run" not in data
    assert max(map(len, read_run_trec(run_path).values())) <= 2
    (kept,) = (tmp_path / "data" / "eval" / "history").iterdir()
    assert kept.read_text(encoding="utf-8") == record_path.read_text(encoding="utf-8")
    assert json.loads(kept.read_text(encoding="utf-8"))["measures"] == data["measures"]


def test_a_broken_dataset_is_an_error_of_ours(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q1\tnha-xanh\t2\n")
    result = call("run", "--dataset", folder, ok=False)
    assert isinstance(result.exception, DatasetError)


@pytest.fixture
def runs(folder: Path, tmp_path: Path) -> tuple[Path, Path, Path]:
    for mode in ("lexical", "dense"):
        call(
            "run", "--dataset", folder, "--mode", mode,
            "--record", tmp_path / f"{mode}.json", "--output", tmp_path / f"{mode}.trec",
        )  # fmt: skip
    worse = tmp_path / "worse.trec"
    worse.write_text(
        "q1 Q0 camera 1 2 t\nq1 Q0 nha-xanh 2 1 t\nq2 Q0 hun-von 1 1 t\n", encoding="utf-8"
    )
    return tmp_path / "lexical.json", tmp_path / "dense.json", worse


def test_compare_prints_the_interval_and_both_lists(
    folder: Path, runs: tuple[Path, Path, Path]
) -> None:
    lexical, _, worse = runs
    output = call("compare", lexical, worse, "--dataset", folder, "--measure", "RR").output
    assert "A  RR 1.0000  tiny-lexical" in output
    assert "B  RR 0.7500  worse" in output
    assert "B - A = -0.2500, khoảng tin cậy 95% [-0.5000, +0.0000], p = 1.0000" in output
    assert "2 truy vấn: B hơn 0, bằng 1, kém 1." in output
    assert "q1  ngôi nhà xanh  1.000 → 0.500 (-0.500)" in output
    assert "1 [2] Ngôi nhà xanh" in output
    assert "[?] camera" in output
    assert "q2  " not in output


def test_compare_as_json(folder: Path, runs: tuple[Path, Path, Path]) -> None:
    lexical, _, worse = runs
    result = call("compare", lexical, worse, "--dataset", folder, "--measure", "RR", "--json")
    data = json.loads(result.stdout)
    assert (data["difference"], data["p_value"], data["exact"]) == (-0.25, 1.0, True)
    (changed,) = data["most_changed"]
    assert changed["text"] == "ngôi nhà xanh"
    assert changed["second"] == [
        {"document_id": "camera", "grade": None},
        {"document_id": "nha-xanh", "grade": 2},
    ]


def test_records_compare_without_their_dataset(runs: tuple[Path, Path, Path]) -> None:
    assert "nDCG@10" in call("compare", *runs[:2]).output
    result = call("compare", runs[0], runs[2], ok=False)
    assert isinstance(result.exception, NotComparable)
