"""From stored documents to index entries, in an order that survives a crash."""

import pytest

from ingest.indexing import finish_pending, passage_text, remove_documents, write_batch
from kb.embedders.hashing import HashingEmbedder
from kb.errors import StoreUnavailable
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Chunk, Document, Field, Filters
from kb.settings import ChunkerSettings, Settings
from kb.terms import query_terms


def document(document_id: str, text: str = "Nuôi tôm.", province: str | None = None) -> Document:
    return Document(
        document_id, "article", "Bài", text, f"/goc/{document_id}.md", "s",
        province=province, field=Field.ECONOMY, topics=("thuy-san",), years=(2023,),
    )  # fmt: skip


def test_passage_is_context_then_text() -> None:
    chunk = Chunk("c", "d", 1, 0, 4, "Text", "Nhan đề - Cà Mau")
    assert passage_text(chunk) == "Nhan đề - Cà Mau\nText"
    assert passage_text(Chunk("c", "d", 0, 0, 4, "Text")) == "Text"


def test_written_documents_are_found_by_vector_by_terms_and_by_filters(kb: KnowledgeBase) -> None:
    write_batch(kb, [document("a", "Nuôi tôm quảng canh.", "Bạc Liêu"), document("b", "Dệt vải.")])
    vector = kb.embedder.embed_queries(["Nuôi tôm quảng canh."])[0]
    best = kb.index.query_dense(vector, limit=1)[0]
    assert (best.document_id, best.score) == ("a", pytest.approx(1.0, abs=1e-5))
    for leg, term in (("accented", "nuôi tôm"), ("folded", "nuoi tom")):
        hits = kb.index.query_lexical(leg, query_terms([term]), limit=5)
        assert [hit.document_id for hit in hits] == ["a"]
    assert kb.index.count(Filters(province="Cà Mau")) == 1  # of which Bạc Liêu is part today
    assert kb.index.count(Filters(province="Bạc Liêu")) == 1
    assert kb.index.count(Filters(field=Field.ECONOMY, topic="thuy-san", year=2023)) == 2
    assert {state.state for state in kb.store.states(["a", "b"]).values()} == {"indexed"}


def test_batch_of_nothing_does_nothing(kb: KnowledgeBase) -> None:
    write_batch(kb, [])
    assert kb.index.count() == 0


def test_index_that_fails_leaves_documents_pending_and_the_next_run_finishes(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(kb.index, "upsert", _fail)
        with pytest.raises(StoreUnavailable):
            write_batch(kb, [document("a"), document("b")])
    assert kb.store.list_documents() == []
    assert kb.store.counts().pending == 2
    assert list(finish_pending(kb)) == ["a", "b"]
    assert sorted(kb.index.document_ids()) == ["a", "b"]
    assert kb.store.counts().pending == 0
    assert list(finish_pending(kb)) == []


def test_removal_that_fails_half_way_is_finished_by_the_next_run(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_batch(kb, [document("a")])
    with monkeypatch.context() as patch:
        patch.setattr(kb.index, "delete_documents", _fail)
        with pytest.raises(StoreUnavailable):
            remove_documents(kb, ["a"])
    assert kb.store.list_documents() == []  # shown no more
    assert list(finish_pending(kb)) == ["a"]
    assert list(kb.index.document_ids()) == []
    assert kb.store.states(["a"]) == {}


def test_rebuild_with_other_chunk_sizes_stores_the_new_spans(settings: Settings) -> None:
    text = " ".join(f"Câu số {number} nói về nuôi tôm quảng canh." for number in range(40))
    with open_knowledge_base(settings, purpose="test") as kb:
        write_batch(kb, [document("a", text)])
        before = len(kb.store.get_document_chunks("a"))
    changed = settings.model_copy(update={"chunker": ChunkerSettings(target_syllables=40)})
    with open_knowledge_base(changed, purpose="test", rebuild=True) as kb:
        assert list(finish_pending(kb)) == ["a"]
        chunks = kb.store.get_document_chunks("a")
        assert len(chunks) == kb.index.count() > before
        assert chunks[-1].end_char == len(text)


def test_rebuild_with_another_embedder_makes_the_index_fit(settings: Settings) -> None:
    with open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder(dim=64)) as kb:
        write_batch(kb, [document("a")])
    wider = HashingEmbedder(dim=128)
    with open_knowledge_base(settings, purpose="test", embedder=wider, rebuild=True) as kb:
        list(finish_pending(kb))
        vector = wider.embed_queries(["Nuôi tôm."])[0]
        assert kb.index.query_dense(vector, limit=1)[0].score == pytest.approx(1.0, abs=1e-5)


def _fail(*_: object, **__: object) -> None:
    raise StoreUnavailable("đĩa đầy")
