"""Articles that tell of a case by the name in the query come forward."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.cases import extract_cases
from ingest.indexing import write_batch
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Document, Filters, ScoredChunk
from kb.settings import load_settings
from retrieval.features import Signals
from retrieval.named_cases import Named, find_named, raised, with_named
from retrieval.search import Searcher

NAME = "Bữa sáng ấm bụng"
ROUND_UP = (
    "Hội nghị biểu dương điển hình\n\nHuyện biểu dương nhiều mô hình hay, tiêu biểu như mô hình"
    f" “{NAME}” của hội phụ nữ xã Tân Lập, mô hình “Con đường hoa” của thanh niên, mô hình “Tiếng"
    " kẻng học bài” của khuyến học. " + "Các đại biểu trao đổi cách nhân rộng. " * 40
)
NEAR = "Bữa sáng cho trẻ\n\nCác cô nấu bữa sáng ấm, no bụng cho trẻ mầm non trước giờ vào lớp."


def article(key: str, text: str, province: str) -> Document:
    title = text.partition("\n")[0]
    document = Document(key, "article", title, text, f"/{key}.txt", key, province=province)
    return replace(document, extracted=extract_cases(document))


@pytest.fixture
def kb(tmp_path: Path) -> KnowledgeBase:
    settings = load_settings(data_dir=tmp_path)
    opened = open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder())
    write_batch(
        opened, [article("hoi-nghi", ROUND_UP, "Cà Mau"), article("bua-sang", NEAR, "Cà Mau")]
    )
    return opened


def test_exact_name_brings_the_article_that_tells_of_it(kb: KnowledgeBase) -> None:
    with kb:
        query = Searcher(kb).parse(NAME)
        named = find_named(kb.store, query)
        assert named.documents == {"hoi-nghi": 1.0}
        (place,) = named.chunks
        span = kb.store.get_spans([place[0]])[place[0]]
        assert span.start_char <= ROUND_UP.index(NAME) < span.end_char
        hits = Searcher(kb).search(NAME).hits
        assert hits[0].document.document_id == "hoi-nghi"
        assert hits[0].cases[0].name == NAME


def test_name_typed_without_marks_and_within_a_question_is_found(kb: KnowledgeBase) -> None:
    with kb:
        query = Searcher(kb).parse("mo hinh bua sang am bung o dau")
        assert find_named(kb.store, query).documents == {"hoi-nghi": pytest.approx(0.5)}


def test_query_without_a_name_finds_none(kb: KnowledgeBase) -> None:
    with kb:
        assert find_named(kb.store, Searcher(kb).parse("nuôi tôm")) == Named({}, {})


def test_filters_are_not_passed_by_a_name(kb: KnowledgeBase) -> None:
    with kb:
        hits = Searcher(kb).search(NAME, filters=Filters(province="Lào Cai")).hits
        assert hits == ()


def test_named_chunk_joins_the_lexical_legs_with_its_share() -> None:
    leg = [ScoredChunk("c1", "a", 8.0), ScoredChunk("c2", "b", 2.0)]
    named = Named({("c2", "b"): 0.5, ("c3", "d"): 0.75}, {"b": 0.5, "d": 0.75})
    found = with_named(named, {"accented": leg, "folded": [], "dense": leg}, may_add=True)
    assert [(item.chunk_id, item.score) for item in found["accented"]] == [
        ("c1", 8.0),
        ("c3", 6.0),
        ("c2", 4.0),
    ]
    assert (found["dense"], found["folded"]) == (leg, [])
    kept = with_named(named, {"accented": leg}, may_add=False)["accented"]
    assert [item.chunk_id for item in kept] == ["c1", "c2"]


def test_signals_are_raised_to_the_share_and_never_lowered() -> None:
    signals = Signals({"accented": 0.9, "folded": 0.1}, 0.2)
    found = raised(signals, 0.5, 0.8, legs=("accented", "folded", "dense"))
    assert found.legs == {"accented": 0.9, "folded": 0.5, "dense": 0.5}
    assert found.late == pytest.approx(0.4)
