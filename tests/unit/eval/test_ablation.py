import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from eval.ablation import (
    FUSED,
    PLAIN,
    THIS,
    WITHOUT,
    Row,
    System,
    ablation_command,
    markdown_lines,
    measure_systems,
    measure_twins,
    reciprocal_rank_fusion,
    screen_lines,
)
from eval.formats import Dataset, ScoredDocument, read_dataset
from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, Field
from retrieval.query import PART_NAMES
from retrieval.reranker import shipped_weights

NAMES = {"a": "Nuôi tôm sinh thái", "b": "Tiếng kẻng an ninh", "c": "Phân loại rác"}


def _ranking(*document_ids: str) -> list[ScoredDocument]:
    return [ScoredDocument(key, float(-rank)) for rank, key in enumerate(document_ids)]


def test_reciprocal_rank_fusion_adds_one_over_sixty_plus_rank() -> None:
    fused = reciprocal_rank_fusion([{"q": _ranking("a", "b")}, {"q": _ranking("b", "c")}])
    scores = {item.document_id: item.score for item in fused["q"]}
    assert scores == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})
    assert [item.document_id for item in fused["q"]] == ["b", "a", "c"]


def test_a_query_that_one_run_lacks_keeps_the_ranking_of_the_other() -> None:
    fused = reciprocal_rank_fusion([{"q": _ranking("b", "a")}, {}])
    assert [item.document_id for item in fused["q"]] == ["b", "a"]


def test_each_part_has_a_system_without_it() -> None:
    assert [system.parts.off for system in WITHOUT] == [(name,) for name in PART_NAMES]


def test_what_a_system_goes_without_is_told_in_vietnamese() -> None:
    labels = [f"không {label}" for label in PART_NAMES.values()]
    assert [system.label for system in WITHOUT] == labels


def test_own_weights_of_a_system_replace_those_of_the_legs_only() -> None:
    system = System("x", "y", accented={"dense": 1.0, "accented": 0.0, "folded": 0.0})
    weights = system.weights()
    assert weights.accented == weights.unaccented == {"dense": 1.0, "accented": 0.0, "folded": 0.0}
    assert weights.rerankers == shipped_weights().rerankers
    assert THIS.weights() == shipped_weights()


@pytest.fixture
def dataset(tmp_path: Path, kb: KnowledgeBase) -> Path:
    """Three cases in the knowledge base, and topics over them."""
    cases = [
        Case(case_id=key, name=name, field=Field.ECONOMY, topics=(), province="Cà Mau")
        for key, name in NAMES.items()
    ]
    write_batch(kb, [case_document(case, "test") for case in cases])
    rows = [
        {"_id": key, "text": name.lower(), "metadata": {"style": "keyword"}}
        for key, name in NAMES.items()
    ]
    folder = tmp_path / "topics"
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "queries.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    judged = "\n".join(f"{key}\t{key}\t2" for key in NAMES)
    (folder / "qrels" / "test.tsv").write_text(
        f"query-id\tcorpus-id\tscore\n{judged}\n", encoding="utf-8"
    )
    return folder


def test_every_system_is_measured_on_every_topic(dataset: Path, kb: KnowledgeBase) -> None:
    rows = list(measure_systems(read_dataset(dataset), kb))
    plain = [system.name for system in PLAIN]
    fused = [system.name for system in FUSED]
    without = [system.name for system in WITHOUT]
    assert [row.name for row in rows] == [*plain, "RRF of both", *fused, THIS.name, *without]
    assert all(set(row.scores) == {"a", "b", "c"} for row in rows)
    assert next(row for row in rows if row.name == THIS.name).scores == {"a": 1, "b": 1, "c": 1}


def test_twins_are_the_marked_topics_with_and_without_their_marks(
    dataset: Path, kb: KnowledgeBase
) -> None:
    written, stripped = measure_twins(read_dataset(dataset), kb)
    assert set(written.scores) == set(stripped.scores) == {"a", "b", "c"}


@pytest.fixture
def measured(dataset: Path) -> tuple[Dataset, list[Row], dict[str, str], list[Row]]:
    """Three topics, two systems and the twins."""
    this = Row(THIS.name, THIS.label, {"a": 1.0, "b": 0.5, "c": 0.9}, 1.0)
    plain = Row(PLAIN[0].name, PLAIN[0].label, {"a": 0.5, "b": 0.5, "c": 0.5})
    twins = [Row("as written", "như đã viết", {"a": 0.75}), Row("bare", "bỏ hết dấu", {"a": 0.25})]
    styles = {"a": "keyword", "b": "keyword", "c": "place"}
    return read_dataset(dataset), [plain, this], styles, twins


def test_the_screen_is_vietnamese(measured: Any) -> None:
    lines = screen_lines(*measured)
    dataset = measured[0].name
    assert lines[0].startswith(f"{dataset}: 3 câu hỏi. p: kiểm định hoán vị")
    assert [line.split() for line in lines[2:5]] == [
        ["Cách", "tìm", "nDCG@10", "R@100", "cách", "này", "hơn", "p", "keyword", "place"],
        ["chỉ", "theo", "nghĩa", "(vector)", "0.500", "+0.300", "0.5000", "0.500", "0.500"],
        ["cách", "tìm", "này", "0.800", "1.000", "0.750", "0.900"],
    ]
    # Numbers stand below their heads.
    assert lines[2].index("keyword") + 7 == lines[3].rindex("0.500", 0, -5) + 5
    assert lines[2].index("R@100") == lines[4].index("1.000")
    assert lines[5:] == ["", "1 câu hỏi có dấu, nDCG@10: như đã viết 0.750, bỏ hết dấu 0.250."]


def test_the_file_is_an_english_document(measured: Any) -> None:
    lines = markdown_lines(*measured)
    assert lines[0].endswith("`p` is the two-sided paired randomisation test against this search.")
    assert lines[2:6] == [
        "| system | nDCG@10 | R@100 | to this | p | keyword | place |",
        "| --- | --- | --- | --- | --- | --- | --- |",
        "| dense | 0.500 |  | +0.300 | 0.5000 | 0.500 | 0.500 |",
        "| this search | 0.800 | 1.000 |  |  | 0.750 | 0.900 |",
    ]
    assert lines[7:] == [
        "1 topics that carry marks: nDCG@10 0.750 as written, 0.250 with all diacritics taken away."
    ]


def test_without_marked_topics_nothing_is_said_of_them(measured: Any) -> None:
    dataset, rows, styles, _ = measured
    none = [Row("as written", "như đã viết", {}), Row("bare", "bỏ hết dấu", {})]
    assert screen_lines(dataset, rows, styles, none) == screen_lines(*measured)[:5]
    assert not any("carry marks" in line for line in markdown_lines(dataset, rows, styles, none))


def test_the_command_shows_vietnamese_writes_english_and_keeps_its_keys(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "other"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    corpus = [{"_id": key, "title": "", "text": NAMES[key]} for key in NAMES]
    lines = [json.dumps(row, ensure_ascii=False) for row in corpus]
    (dataset / "corpus.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def call(*options: object) -> str:
        arguments = ["--dataset", dataset, *options]
        result = CliRunner().invoke(ablation_command, [str(item) for item in arguments])
        assert result.exception is None, result.output
        return result.stdout

    systems = [*PLAIN, *FUSED, THIS, *WITHOUT]
    shown = call().splitlines()
    for system in systems:
        assert any(line.startswith(system.label + "  ") for line in shown)
        assert not any(line.startswith(system.name + "  ") for line in shown)
    written = tmp_path / "table.md"
    assert call("--output", written) == f"Đã ghi {written}.\n"
    document = written.read_text(encoding="utf-8")
    assert all(f"\n| {system.name} | " in document for system in systems)
    data = json.loads(call("--json"))
    assert {system.name for system in systems} < set(data["systems"])
    assert set(data["twins"]) == {"as written", "without diacritics"}
