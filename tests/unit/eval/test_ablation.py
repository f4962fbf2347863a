import json
from pathlib import Path

import pytest

from eval.ablation import (
    FUSED,
    PLAIN,
    THIS,
    WITHOUT,
    System,
    measure_systems,
    measure_twins,
    reciprocal_rank_fusion,
)
from eval.formats import ScoredDocument, read_dataset
from ingest.indexing import write_batch
from ingest.records import case_document
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, Field
from retrieval.query import PART_NAMES
from retrieval.reranker import shipped_weights


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


def test_own_weights_of_a_system_replace_those_of_the_legs_only() -> None:
    system = System("x", accented={"dense": 1.0, "accented": 0.0, "folded": 0.0})
    weights = system.weights()
    assert weights.accented == weights.unaccented == {"dense": 1.0, "accented": 0.0, "folded": 0.0}
    assert weights.rerankers == shipped_weights().rerankers
    assert THIS.weights() == shipped_weights()


@pytest.fixture
def dataset(tmp_path: Path, kb: KnowledgeBase) -> Path:
    """Three cases in the knowledge base, and topics over them."""
    names = {"a": "Nuôi tôm sinh thái", "b": "Tiếng kẻng an ninh", "c": "Phân loại rác"}
    cases = [
        Case(case_id=key, name=name, field=Field.ECONOMY, topics=(), province="Cà Mau")
        for key, name in names.items()
    ]
    write_batch(kb, [case_document(case, "test") for case in cases])
    rows = [
        {"_id": key, "text": name.lower(), "metadata": {"style": "keyword"}}
        for key, name in names.items()
    ]
    folder = tmp_path / "topics"
    (folder / "qrels").mkdir(parents=True)
    lines = [json.dumps(row, ensure_ascii=False) for row in rows]
    (folder / "queries.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    judged = "\n".join(f"{key}\t{key}\t2" for key in names)
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
