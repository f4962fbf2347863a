"""The document store on SQLite."""

import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy.engine import URL

from kb.errors import CaseNotFound, DocumentNotFound, StoreError, StoreUnavailable
from kb.facts import DocumentFacts
from kb.ids import chunk_id_for
from kb.models import Case, CaseResult, Chunk, Document, Field, Source, Span
from kb.places import resolve_place
from kb.ports import ByteArray
from kb.store import DocumentStore, StoreCounts
from kb.store import documents as store_module


@pytest.fixture
def store(tmp_path: Path) -> Iterator[DocumentStore]:
    opened = DocumentStore(URL.create("sqlite", database=str(tmp_path / "documents.db")))
    yield opened
    opened.close()


def document(document_id: str = "a", **changes: object) -> Document:
    text = "Đưa màu xuống ruộng. Lãi 100 triệu đồng."
    base = Document(document_id, "article", "Tiêu đề", text, f"/goc/{document_id}.md", "s" * 64)
    return replace(base, **changes)


def case_document(case_id: str, **changes: object) -> Document:
    case = Case(case_id, "Tên", Field.ECONOMY, ("thuy-san",), "Bạc Liêu")
    case = replace(case, **changes)
    return document(
        case_id, kind="case", case=case, province=case.province, field=case.field,
        topics=case.topics,
    )  # fmt: skip


def chunks(of: Document, *spans: tuple[int, int]) -> list[Chunk]:
    return [
        Chunk(chunk_id_for(of.document_id, n), of.document_id, n, start, end, of.text[start:end])
        for n, (start, end) in enumerate(spans)
    ]


def put(store: DocumentStore, *documents: Document) -> None:
    store.put_pending([(item, chunks(item, (0, 20), (21, len(item.text)))) for item in documents])
    store.set_state([item.document_id for item in documents], "indexed")


def test_document_comes_back_with_all_its_parts(store: DocumentStore) -> None:
    full = document(
        publisher="Báo", author="A", url="https://example.org", published="2024-05",
        province="Cà Mau", field=Field.ECONOMY, topics=("thuy-san",), organization="Hội",
        years=(2023, 2024), sources=(Source("T", None, None, "2024"),),
        fetched_at=datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC),
    )  # fmt: skip
    put(store, full)
    assert store.get_document("a") == full


def test_case_comes_back_with_its_document(store: DocumentStore) -> None:
    stored = case_document("m", results=(CaseResult("Lãi", 2.5, "tỷ"),), approach=("Một",))
    put(store, stored)
    assert store.get_document("m").case == stored.case
    assert store.get_case("m") == (stored.case, "m")


def test_document_is_not_shown_before_it_is_indexed(store: DocumentStore) -> None:
    store.put_pending([(case_document("m"), [])])
    with pytest.raises(DocumentNotFound):
        store.get_document("m")
    with pytest.raises(CaseNotFound):
        store.get_case("m")
    assert store.list_documents() == []
    assert store.list_cases()[0] == 0
    assert [item.document_id for item in store.get_documents(["m"], any_state=True)] == ["m"]
    assert [state.document_id for state in store.states_in("pending")] == ["m"]
    assert store.counts().pending == 1


def test_documents_come_in_the_order_asked_and_missing_ones_are_left_out(
    store: DocumentStore,
) -> None:
    put(store, document("a"), document("b"), document("c"))
    found = store.get_documents(["c", "nothing", "a"])
    assert [item.document_id for item in found] == ["c", "a"]


def test_put_replaces_text_case_and_chunks(store: DocumentStore) -> None:
    put(store, case_document("m"))
    shorter = document("m", text="Ngắn.")
    store.put_pending([(shorter, chunks(shorter, (0, 5)))])
    store.set_state(["m"], "indexed")
    assert store.get_document("m").text == "Ngắn."
    assert store.get_document("m").case is None
    assert [chunk.text for chunk in store.get_document_chunks("m")] == ["Ngắn."]
    assert store.counts() == StoreCounts(documents=1, cases=0, chunks=1, pending=0)


def test_batch_is_written_as_a_whole_or_not_at_all(store: DocumentStore) -> None:
    put(store, document("a", text="Cũ cũ cũ cũ cũ cũ cũ cũ cũ."))
    clash = chunks(document("b"), (0, 5)) * 2  # the same chunk id twice
    with pytest.raises(StoreError):
        store.put_pending([(document("a"), []), (document("b"), clash)])
    assert store.get_document("a").text.startswith("Cũ")
    assert store.states(["a", "b"]).keys() == {"a"}


def test_chunks_carry_the_text_that_their_span_covers(store: DocumentStore) -> None:
    put(store, document("a"))
    stored = store.get_document_chunks("a")
    assert [chunk.text for chunk in stored] == ["Đưa màu xuống ruộng.", "Lãi 100 triệu đồng."]
    assert stored == chunks(document("a"), (0, 20), (21, 40))


def test_chunks_are_replaced_and_the_document_waits_for_the_index(store: DocumentStore) -> None:
    put(store, document("a"))
    store.replace_chunks("a", chunks(document("a"), (0, 3)))
    assert [chunk.text for chunk in store.get_document_chunks("a")] == ["Đưa"]
    assert store.states(["a"])["a"].state == "pending"


def test_removal_takes_document_case_and_chunks(store: DocumentStore) -> None:
    put(store, case_document("m"), document("a"))
    store.remove(["m", "nothing"])
    assert store.counts() == StoreCounts(documents=1, cases=0, chunks=2, pending=0)


def test_rebuild_marks_what_is_indexed_but_not_what_is_being_deleted(
    store: DocumentStore,
) -> None:
    put(store, document("a"), document("b"))
    store.set_state(["b"], "deleting")
    store.set_all_pending()
    assert {state.document_id: state.state for state in store.states(["a", "b"]).values()} == {
        "a": "pending",
        "b": "deleting",
    }


def test_prefix_of_origins_is_taken_letter_by_letter(store: DocumentStore) -> None:
    origins = {
        "a": "/goc/Cases/a.md",
        "b": "/goc/cases/b.md",
        "c": "/goc/Cases2/c.md",
        "d": "/goc/C_ses/d.md",
        "e": "/goc/Đầm_%/e.md",
    }
    put(store, *(document(key, origin=origin) for key, origin in origins.items()))
    assert [state.document_id for state in store.states_under("/goc/Cases/")] == ["a"]
    assert [state.document_id for state in store.states_under("/goc/C_ses/")] == ["d"]
    assert [state.document_id for state in store.states_under("/goc/Đầm_%/")] == ["e"]
    assert len(store.states_under("/goc/")) == 5


def test_moved_documents_get_their_new_origin(store: DocumentStore) -> None:
    put(store, document("a"))
    store.set_origins([("a", "/moi/a.md")])
    assert store.get_document("a").origin == "/moi/a.md"


def test_more_ids_than_a_statement_takes_are_asked_in_parts(store: DocumentStore) -> None:
    ids = [f"d{n:04}" for n in range(1100)]
    store.put_pending([(document(document_id), []) for document_id in ids])
    store.set_state(ids, "indexed")
    assert len(store.states(ids)) == 1100
    assert [item.document_id for item in store.get_documents(ids)] == ids
    store.remove(ids)
    assert store.counts().documents == 0


def test_documents_are_listed_by_id_in_pages(store: DocumentStore) -> None:
    put(store, *(document(document_id) for document_id in ("c", "a", "b")))
    pages = [store.list_documents(limit=2, offset=offset) for offset in (0, 2, 4)]
    assert [[row.document_id for row in page] for page in pages] == [["a", "b"], ["c"], []]


def test_cases_are_filtered_by_place_field_and_topic(store: DocumentStore) -> None:
    put(
        store,
        case_document("bl", province="Bạc Liêu", topics=("thuy-san",)),
        case_document("cm", province="Cà Mau", topics=("giam-ngheo", "thuy-san")),
        case_document("hn", province="Hà Nội", field=Field.POLITICAL_SYSTEM, topics=("y-te",)),
    )

    def ids(**conditions: object) -> list[str]:
        total, page = store.list_cases(**conditions)
        assert total == len(page)
        return [case.case_id for case, _ in page]

    assert ids() == ["bl", "cm", "hn"]
    assert ids(province="Cà Mau") == ["bl", "cm"]  # Bạc Liêu is part of it today
    assert ids(province="Bạc Liêu") == ["bl"]
    assert ids(field=Field.POLITICAL_SYSTEM) == ["hn"]
    assert ids(topic="thuy-san") == ["bl", "cm"]
    assert ids(province="Cà Mau", topic="giam-ngheo") == ["cm"]
    assert ids(province="Huế") == []


def test_page_of_cases_still_tells_how_many_there_are(store: DocumentStore) -> None:
    put(store, *(case_document(case_id) for case_id in "abcde"))
    total, page = store.list_cases(limit=2, offset=3)
    assert total == 5
    assert [case.case_id for case, _ in page] == ["d", "e"]


def test_missing_ids_are_named_with_a_remedy(store: DocumentStore) -> None:
    with pytest.raises(DocumentNotFound, match=r"'x'.*kb documents list"):
        store.get_document("x")
    with pytest.raises(CaseNotFound, match=r"'x'.*kb cases list"):
        store.get_case("x")


def test_topics_of_all_documents_are_known(store: DocumentStore) -> None:
    put(store, case_document("m"), document("a", topics=("y-te", "nuoi-ong")))
    assert store.known_topics() == ["nuoi-ong", "thuy-san", "y-te"]


def facts(province: str = "Bạc Liêu", **changes: object) -> DocumentFacts:
    return replace(DocumentFacts(is_case=True, place=resolve_place(province)), **changes)


def test_facts_come_back_for_indexed_documents_only(store: DocumentStore) -> None:
    put(store, case_document("m"), document("a"), document("b"))
    given = {"m": facts(topics=("thuy-san",)), "a": facts("Huế"), "b": facts("Hà Nội")}
    store.put_facts(given)
    store.set_state(["b"], "deleting")
    assert store.facts(["b", "a", "m", "nothing"]) == {"m": given["m"], "a": given["a"]}
    assert store.facts([]) == {}


def test_facts_are_replaced(store: DocumentStore) -> None:
    put(store, document("a"))
    store.put_facts({"a": facts("Huế")})
    assert store.facts(["a"])["a"].place.today == "Huế"
    store.put_facts({"a": facts("Hà Nội")})
    assert store.facts(["a"])["a"].place.today == "Hà Nội"


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.remove(["a"]),
        lambda store: store.set_state(["a"], "deleting"),
        lambda store: store.set_all_pending(),
        lambda store: store.replace_chunks("a", []),
        lambda store: store.put_pending([(document("a"), [])]),
    ],
    ids=["removed", "being deleted", "to be rebuilt", "chunked anew", "replaced"],
)
def test_remembered_facts_are_forgotten_with_the_document(
    store: DocumentStore, change: Callable[[DocumentStore], None]
) -> None:
    put(store, document("a"))
    store.put_facts({"a": facts()})
    assert store.facts(["a"])
    change(store)
    assert store.facts(["a"]) == {}


def test_facts_read_while_others_are_written_are_not_remembered(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(store, document("a"))
    store.put_facts({"a": facts("Huế")})
    insert = store_module.insert_rows

    def reading_meanwhile(*arguments: Any) -> None:
        assert store.facts(["a"])["a"].place.today == "Huế"  # not committed yet
        insert(*arguments)

    monkeypatch.setattr(store_module, "insert_rows", reading_meanwhile)
    store.put_facts({"a": facts("Hà Nội")})
    assert store.facts(["a"])["a"].place.today == "Hà Nội"


def test_facts_beyond_what_is_remembered_are_read_again(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store_module, "_REMEMBERED_FACTS", 1)
    put(store, document("a"), document("b"))
    store.put_facts({"a": facts("Huế"), "b": facts("Hà Nội")})
    for _ in range(2):
        assert store.facts(["a", "b"]).keys() == {"a", "b"}


def vectors(*rows: tuple[int, int, int]) -> ByteArray:
    return np.array(rows, np.int8).reshape(-1, 3)


def test_token_vectors_come_back_by_chunk(store: DocumentStore) -> None:
    put(store, document("a"))
    first, second = (chunk.chunk_id for chunk in store.get_document_chunks("a"))
    store.put_token_vectors({first: vectors((1, -2, 127), (0, 0, -127)), second: vectors()})
    found = store.token_vectors([second, first, "nothing"], dim=3)
    assert found.keys() == {first, second}
    np.testing.assert_array_equal(found[first], vectors((1, -2, 127), (0, 0, -127)))
    assert found[first].dtype == np.int8
    assert found[second].shape == (0, 3)
    assert store.token_vectors([], dim=3) == {}


def test_token_vectors_are_replaced(store: DocumentStore) -> None:
    put(store, document("a"))
    chunk_id = store.get_document_chunks("a")[0].chunk_id
    store.put_token_vectors({chunk_id: vectors((1, 1, 1), (2, 2, 2))})
    store.put_token_vectors({chunk_id: vectors((3, 3, 3))})
    assert store.token_vectors([chunk_id], dim=3)[chunk_id].tolist() == [[3, 3, 3]]


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.remove(["a"]),
        lambda store: store.replace_chunks("a", []),
        lambda store: store.put_pending([(document("a"), [])]),
    ],
    ids=["removed", "chunked anew", "replaced"],
)
def test_token_vectors_go_with_their_chunks(
    store: DocumentStore, change: Callable[[DocumentStore], None], tmp_path: Path
) -> None:
    put(store, document("a"), document("b"))
    for name in ("a", "b"):
        own = [chunk.chunk_id for chunk in store.get_document_chunks(name)]
        store.put_token_vectors({chunk_id: vectors((1, 1, 1)) for chunk_id in own})
    change(store)
    with sqlite3.connect(tmp_path / "documents.db") as raw:
        left = {chunk_id for (chunk_id,) in raw.execute("SELECT chunk_id FROM chunk_tokens")}
    raw.close()
    assert left == {chunk.chunk_id for chunk in store.get_document_chunks("b")}


def test_spans_come_by_chunk(store: DocumentStore) -> None:
    put(store, document("a"))
    first, second = (chunk.chunk_id for chunk in store.get_document_chunks("a"))
    assert store.get_spans([second, first, "nothing"]) == {first: Span(0, 20), second: Span(21, 40)}
    assert store.get_spans([]) == {}


def test_database_in_a_missing_folder_is_named(tmp_path: Path) -> None:
    path = tmp_path / "missing" / "documents.db"
    with pytest.raises(StoreUnavailable, match=r"documents\.db.*KB_STORE__URL"):
        DocumentStore(URL.create("sqlite", database=str(path)))


def test_password_of_a_database_stays_out_of_messages() -> None:
    with pytest.raises(StoreError) as caught:
        DocumentStore("sqlite://user:top-secret@/srv/x.db")
    assert "top-secret" not in str(caught.value)


def test_file_that_is_no_database_is_reported(tmp_path: Path) -> None:
    path = tmp_path / "documents.db"
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StoreError, match=r"documents\.db"):
        DocumentStore(URL.create("sqlite", database=str(path)))


def test_readers_do_not_wait_for_a_writer(store: DocumentStore, tmp_path: Path) -> None:
    put(store, document("a"))
    writer = sqlite3.connect(tmp_path / "documents.db", isolation_level=None)
    writer.execute("BEGIN IMMEDIATE")
    writer.execute("UPDATE documents SET title = 'Mới'")
    assert store.get_document("a").title == "Tiêu đề"
    writer.execute("ROLLBACK")
    writer.close()
