"""States of sources, and documents by where they are from."""

from dataclasses import replace
from pathlib import Path

import pytest

from kb.models import Document
from kb.store import DocumentStore, SourceState


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(f"sqlite:///{tmp_path}/documents.db")


def state(origin: str, **values: object) -> SourceState:
    return SourceState(origin, "v1", 10, 123_456_789_012_345_678, "a" * 64, 1.5, **values)  # type: ignore[arg-type]


def put_documents(store: DocumentStore, origins: dict[str, str]) -> None:
    store.put_pending(
        [(Document(key, "article", "T", "x", origin, "s"), []) for key, origin in origins.items()]
    )


def test_state_comes_back_as_it_was_put(store: DocumentStore) -> None:
    full = state(
        "https://a.vn/b",
        document_ids=("d1", "d2"),
        children=("c",),
        etag='"x"',
        last_modified="Mon",
        url="https://a.vn/b?x",
    )
    store.sources.put([full, state("/b")])
    assert store.sources.get(["https://a.vn/b", "/b", "/khong-co"]) == {
        "https://a.vn/b": full,
        "/b": state("/b"),
    }


def test_put_replaces_and_the_last_of_equal_origins_counts(store: DocumentStore) -> None:
    store.sources.put([state("/a")])
    newer = replace(state("/a"), size=99)
    store.sources.put([replace(newer, size=50), newer])
    assert store.sources.get(["/a"]) == {"/a": newer}
    store.sources.put([])


def test_removed_state_is_forgotten_and_unknown_ones_are_no_error(store: DocumentStore) -> None:
    store.sources.put([state("/a"), state("/b")])
    store.sources.remove(["/a", "/khong-co"])
    assert store.sources.under("") == ["/b"]


def test_prefix_is_literal_and_case_counts(store: DocumentStore) -> None:
    names = ["/kho/a", "/KHO/a", "/kho2/a", "/kho/%_", "/kho/ẩ", "/kho/\U0010fffe"]
    store.sources.put([state(name) for name in names])
    assert store.sources.under("/kho/") == ["/kho/%_", "/kho/a", "/kho/ẩ", "/kho/\U0010fffe"]
    assert store.sources.under("/kho/%") == ["/kho/%_"]
    assert store.sources.under("/kho/ẩ") == ["/kho/ẩ"]


def test_states_of_more_origins_than_one_statement_takes(store: DocumentStore) -> None:
    names = [f"/{number}" for number in range(1203)]
    store.sources.put([state(name) for name in names])
    assert len(store.sources.get(names)) == 1203
    store.sources.remove(names[:1200])
    assert store.sources.under("/") == ["/1200", "/1201", "/1202"]


def test_addresses_lead_to_origins(store: DocumentStore) -> None:
    store.sources.put([state("https://a.vn/bai", url="https://a.vn/bai?amp=1"), state("/a")])
    assert store.sources.by_url() == {"https://a.vn/bai?amp=1": "https://a.vn/bai"}


def test_documents_are_found_by_the_start_of_their_origin(store: DocumentStore) -> None:
    put_documents(store, {"b": "/kho/2", "a": "/kho/2", "c": "/kho/1", "d": "/KHO/1", "e": "/kho"})
    assert list(store.sources.documents_under("/kho/")) == [
        ("c", "/kho/1"),
        ("a", "/kho/2"),
        ("b", "/kho/2"),
    ]
    assert list(store.sources.documents_under("/kho/2")) == [("a", "/kho/2"), ("b", "/kho/2")]
    assert list(store.sources.documents_under("/khong-co")) == []


def test_documents_come_in_pages_while_they_are_removed(
    store: DocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kb.store.sources._PAGE", 2)
    put_documents(store, {f"d{number}": f"/kho/{number // 3}" for number in range(7)})
    found = []
    for document_id, _ in store.sources.documents_under("/kho/"):
        found.append(document_id)
        store.remove([document_id])
    assert found == [f"d{number}" for number in range(7)]
