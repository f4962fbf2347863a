"""The lexicon follows the documents."""

from collections.abc import Iterator

import pytest

from ingest.lexicon import (
    begin_changes,
    lexicon_path,
    rebuild_lexicon,
    refresh_lexicon,
    update_lexicon,
)
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


def test_a_rebuild_forgets_what_went_with_the_abbreviations_it_explained(
    kb: KnowledgeBase,
) -> None:
    put(kb, "a", "Nuôi ngao. Tổ đổi công lao động (TĐCLĐ) giúp nhau.")
    rebuild_lexicon(kb)
    assert stored(kb).abbreviations == {"TĐCLĐ": "Tổ đổi công lao động"}
    kb.store.remove(["a"])
    put(kb, "b", "nuôi hàu")
    rebuild_lexicon(kb)
    assert stored(kb).count("ngao") == 0
    assert stored(kb).abbreviations == {}


def test_a_new_document_adds_its_abbreviations_and_keeps_those_known(kb: KnowledgeBase) -> None:
    put(kb, "a", "Tổ đổi công lao động (TĐCLĐ) giúp nhau.")
    rebuild_lexicon(kb)
    put(kb, "b", "Ngày hội toàn dân (NHTD) ở ấp.")
    for name in ("c", "d", "e"):
        put(kb, name, "nuôi hàu")
    refresh_lexicon(kb, ["b"], replaced=0)
    assert stored(kb).abbreviations == {
        "TĐCLĐ": "Tổ đổi công lao động",
        "NHTD": "Ngày hội toàn dân",
    }
    assert stored(kb).count("hàu") == 0  # only what was named is read


def test_many_replaced_documents_cause_a_rebuild(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    rebuild_lexicon(kb)
    kb.store.remove(["a"])
    put(kb, "b", "nuôi hàu")
    refresh_lexicon(kb, [], replaced=1)
    assert stored(kb).count("ngao") == 0
    assert stored(kb).count("hàu") == 1


def test_a_damaged_lexicon_is_learnt_again_by_a_run_that_changes_nothing(
    kb: KnowledgeBase,
) -> None:
    put(kb, "a", "nuôi ngao")
    rebuild_lexicon(kb)
    lexicon_path(kb).write_bytes(b"hong")
    refresh_lexicon(kb, [], replaced=0)
    assert stored(kb).count("ngao") == 1


def test_a_run_that_did_not_finish_leaves_a_note_for_the_next(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    rebuild_lexicon(kb)
    assert begin_changes(kb) is False
    put(kb, "b", "nuôi hàu")  # and dies before the lexicon is refreshed
    unfinished = begin_changes(kb)
    assert unfinished is True
    refresh_lexicon(kb, [], replaced=0, anew=unfinished)
    assert stored(kb).count("hàu") == 1
    assert begin_changes(kb) is False


def test_abbreviations_that_the_list_knows_are_not_learnt(kb: KnowledgeBase) -> None:
    put(kb, "a", "Hội thao xã (HTX) năm nay. Tổ đổi công lao động (TĐCLĐ).")
    rebuild_lexicon(kb)
    assert stored(kb).abbreviations == {"TĐCLĐ": "Tổ đổi công lao động"}


def test_a_lost_lexicon_is_learnt_again_by_a_run_that_changes_nothing(kb: KnowledgeBase) -> None:
    put(kb, "a", "nuôi ngao")
    refresh_lexicon(kb, [], replaced=0)
    assert stored(kb).count("ngao") == 1


def test_texts_are_streamed_in_batches_and_in_order(kb: KnowledgeBase) -> None:
    for number in range(5):
        put(kb, f"d{number}", f"text {number}")
    found = list(kb.store.iter_texts(batch_documents=2))
    assert found == [(f"d{number}", f"text {number}") for number in range(5)]
    assert list(kb.store.iter_texts(batch_documents=5)) == found
