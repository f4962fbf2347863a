"""Cases that articles tell of are linked to recorded ones and to each other."""

from dataclasses import replace
from pathlib import Path

import pytest

from ingest.case_links import link_cases, unlink_cases
from kb.models import Case, Document, ExtractedCase, Field, Span
from kb.store import DocumentStore, Membership

NAME = "Bếp ăn tình thương nhóm lửa chiều"


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(f"sqlite:///{tmp_path}/documents.db")


def article(key: str, name: str = NAME, province: str = "Cà Mau") -> Document:
    told = ExtractedCase(f"{key}-told", key, name, (Span(0, len(name)),), province=province)
    document = Document(key, "article", name, name, f"/{key}.html", key, province=province)
    return replace(document, extracted=(told,))


def record(key: str, name: str = NAME, province: str = "Cà Mau") -> Document:
    case = Case(key, name, Field.CULTURE_SOCIETY, ("an-sinh",), province)
    return Document(key, "case", name, name, f"/{key}.md", key, province=province, case=case)


def put(store: DocumentStore, *documents: Document) -> None:
    ids = [document.document_id for document in documents]
    unlink_cases(store, ids)
    store.put_pending([(document, []) for document in documents])
    link_cases(store, documents)
    store.set_state(ids, "indexed")


def same_as(store: DocumentStore, key: str) -> str | None:
    return store.extracted_cases.get(f"{key}-told").same_as


def test_told_case_is_linked_to_the_record_that_was_there(store: DocumentStore) -> None:
    put(store, record("r"))
    put(store, article("a"))
    assert same_as(store, "a") == "r"


def test_record_that_comes_later_takes_the_told_case(store: DocumentStore) -> None:
    put(store, article("a"))
    assert same_as(store, "a") is None
    put(store, record("r"))
    assert same_as(store, "a") == "r"


def test_second_article_is_linked_to_the_first_telling_without_a_chain(
    store: DocumentStore,
) -> None:
    for key in ("a", "b", "c"):
        put(store, article(key))
    assert [same_as(store, key) for key in ("a", "b", "c")] == [None, "a-told", "a-told"]


def test_other_names_and_other_provinces_stay_apart(store: DocumentStore) -> None:
    put(store, record("r"), record("s", "Nuôi lươn không bùn trong bể bạt"))
    put(store, article("a", province="Nghệ An"), article("b", "Con đường hoa giấy ven kênh"))
    assert [same_as(store, key) for key in ("a", "b")] == [None, None]


def test_link_goes_with_the_record(store: DocumentStore) -> None:
    put(store, record("r"))
    put(store, article("a"))
    unlink_cases(store, ["r"])
    store.remove(["r"])
    assert same_as(store, "a") is None


def test_linked_cases_are_left_out_of_the_list_of_all(store: DocumentStore) -> None:
    put(store, record("r"))
    put(store, article("a"), article("b", "Con đường hoa giấy ven kênh"))
    total, cases = store.extracted_cases.list(unlinked=True)
    assert (total, [case.case_id for case in cases]) == (1, ["b-told"])
    assert store.extracted_cases.list()[0] == 2


def test_reprint_needs_no_place_to_be_linked(store: DocumentStore) -> None:
    generic = "Tổ tự quản"
    put(store, article("a", generic))
    put(store, article("b", generic))
    assert same_as(store, "b") is None  # the name alone may be any commune's
    store.signatures.set_groups([Membership("a", "a", None, 1.0), Membership("b", "a", "a", 1.0)])
    link_cases(store, store.get_documents(["b"]))
    assert same_as(store, "b") == "a-told"
