"""The lexicon follows the documents."""

from collections.abc import Iterator

import pytest

from ingest.lexicon import lexicon_path, rebuild_lexicon, update_lexicon
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.lexicon import Lexicon
from kb.models import Document
from kb.settings import Settings


@pytest.fixture
def kb(settings: Settings) -> Iterator[KnowledgeBase]:
    with open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder()) as opened:
        yield opened


def put(kb: KnowledgeBase, document_id: str, text: str, state: str = "indexed") -> Document:
    document = Document(document_id, "article", "T", text, f"/{document_id}", "s")
    kb.store.put_pending([(document, [])])
    kb.store.set_state([document_id], state)  # type: ignore[arg-type]
    return document


def stored(kb: KnowledgeBase) -> Lexicon:
    lexicon = Lexicon.load(lexicon_path(kb))
    assert lexicon is not None
    return lexicon


def test_it_learns_from_indexed_documents_only(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao biển")
    put(kb, "b", "nuôi hàu biển", state="pending")
    rebuild_lexicon(kb)
    assert stored(kb).count("ngao") == 1
    assert stored(kb).count("hàu") == 0


def test_new_documents_are_added_to_it(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    rebuild_lexicon(kb)
    update_lexicon(kb, [put(kb, "b", "nuôi hàu nuôi ngao")])
    assert stored(kb).count("hàu") == 1
    assert stored(kb).count("ngao") == 2


def test_without_a_lexicon_an_update_builds_it_from_everything(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    update_lexicon(kb, [put(kb, "b", "nuôi hàu")])
    assert (stored(kb).count("ngao"), stored(kb).count("hàu")) == (1, 1)


def test_a_broken_lexicon_is_replaced(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    lexicon_path(kb).write_bytes(b"junk")
    update_lexicon(kb, [])
    assert stored(kb).count("ngao") == 1


def test_a_rebuild_forgets_what_went_and_keeps_abbreviations(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    rebuild_lexicon(kb).with_abbreviations({"CCB": "cựu chiến binh"}).save(lexicon_path(kb))
    kb.store.remove(["a"])
    put(kb, "b", "nuôi hàu")
    rebuild_lexicon(kb)
    assert stored(kb).count("ngao") == 0
    assert stored(kb).abbreviations == {"CCB": "cựu chiến binh"}


def test_texts_are_streamed_in_batches_and_in_order(kb: KnowledgeBase) -> None:
    for number in range(5):
        put(kb, f"d{number}", f"text {number}")
    found = list(kb.store.iter_texts(batch_documents=2))
    assert found == [(f"d{number}", f"text {number}") for number in range(5)]
    assert list(kb.store.iter_texts(batch_documents=5)) == found
