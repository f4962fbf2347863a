"""From stored documents to index entries, in an order that survives a crash."""

from collections.abc import Sequence

import numpy as np
import pytest

from ingest.indexing import finish_pending, passage_text, remove_documents, write_batch
from kb.embedders.hashing import HashingEmbedder
from kb.errors import StoreUnavailable
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Chunk, Document, Field, Filters
from kb.ports import ByteArray, FloatArray, QueryEmbedding
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


def test_facts_are_stored_with_the_documents_and_go_with_them(kb: KnowledgeBase) -> None:
    write_batch(kb, [document("a", province="Bạc Liêu"), document("b")])
    facts = kb.store.facts(["a", "b"])
    assert facts["a"].place.old_provinces == {"Bạc Liêu"}
    assert facts["b"].place.old_provinces == frozenset()
    assert (facts["a"].topics, facts["a"].years) == (("thuy-san",), (2023,))
    write_batch(kb, [document("a", province="Huế")])
    assert kb.store.facts(["a"])["a"].place.today == "Huế"
    remove_documents(kb, ["a"])
    assert kb.store.facts(["a", "b"]).keys() == {"b"}


class LetterEmbedder(HashingEmbedder):
    """The deterministic embedder with a vector for each letter."""

    token_dim = 2

    def embed_query_with_tokens(self, text: str) -> QueryEmbedding:
        return QueryEmbedding(self.embed_queries([text])[0], np.zeros((0, 2), np.float32))

    def embed_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[FloatArray, list[ByteArray]]:
        tokens = [np.full((len(text), 2), len(text) % 100, np.int8) for text in texts]
        return self.embed_passages(texts), tokens


def test_token_vectors_of_each_chunk_are_stored(settings: Settings) -> None:
    text = " ".join(f"Câu số {number} nói về nuôi tôm quảng canh." for number in range(60))
    with open_knowledge_base(settings, purpose="test", embedder=LetterEmbedder()) as kb:
        write_batch(kb, [document("a", text), document("b", "Ngắn.")])
        chunks = [*kb.store.get_document_chunks("a"), *kb.store.get_document_chunks("b")]
        assert len(chunks) > 2
        stored = kb.store.token_vectors([chunk.chunk_id for chunk in chunks], dim=2)
        for chunk in chunks:
            length = len(passage_text(chunk))
            assert stored[chunk.chunk_id].tolist() == [[length % 100] * 2] * length


def test_an_embedder_without_token_vectors_stores_none(kb: KnowledgeBase) -> None:
    write_batch(kb, [document("a")])
    own = [chunk.chunk_id for chunk in kb.store.get_document_chunks("a")]
    assert kb.store.token_vectors(own, dim=2) == {}


def test_token_vectors_survive_a_crash_before_the_index(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_knowledge_base(settings, purpose="test", embedder=LetterEmbedder()) as kb:
        with monkeypatch.context() as patch:
            patch.setattr(kb.index, "upsert", _fail)
            with pytest.raises(StoreUnavailable):
                write_batch(kb, [document("a")])
        assert kb.store.facts(["a"]) == {}  # not shown before it is indexed
        assert list(finish_pending(kb)) == ["a"]
        own = [chunk.chunk_id for chunk in kb.store.get_document_chunks("a")]
        assert kb.store.token_vectors(own, dim=2).keys() == set(own)
        assert kb.store.facts(["a"]).keys() == {"a"}


def test_abbreviations_are_indexed_with_their_long_forms_and_the_other_way_round(
    kb: KnowledgeBase,
) -> None:
    short, long = "Nuôi bò theo HTX kiểu mới.", "Nuôi bò theo hợp tác xã kiểu mới."
    write_batch(kb, [document("short", short), document("long", long), document("none")])
    for leg, terms in (("accented", ["hợp tác", "tác xã"]), ("folded", ["htx"])):
        hits = kb.index.query_lexical(leg, query_terms(terms), limit=5)
        assert {hit.document_id for hit in hits} == {"short", "long"}


def test_an_abbreviation_that_the_text_explains_is_known_in_it(kb: KnowledgeBase) -> None:
    text = "Câu lạc bộ Hạt giống đỏ (CLBHGĐ) họp. CLBHGĐ trồng rau."
    write_batch(kb, [document("a", text), document("b")])
    hits = kb.index.query_lexical("accented", query_terms(["clbhgđ"]), limit=5)
    assert [hit.document_id for hit in hits] == ["a"]


def _fail(*_: object, **__: object) -> None:
    raise StoreUnavailable("đĩa đầy")
