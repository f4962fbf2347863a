"""Databases of earlier versions open and get the columns that came later."""

import sqlite3
from pathlib import Path

import pytest

from kb.models import Document, ExtractedCase, Locator, MetadataEvidence, Span
from kb.store import DocumentStore

_OLD_DOCUMENTS = """CREATE TABLE documents (
    document_id VARCHAR(200) PRIMARY KEY, kind VARCHAR(16) NOT NULL, title TEXT NOT NULL,
    text TEXT NOT NULL, origin TEXT NOT NULL, sha256 VARCHAR(64) NOT NULL,
    state VARCHAR(16) NOT NULL, publisher TEXT, author TEXT, url TEXT, published VARCHAR(10),
    province VARCHAR(64), field VARCHAR(32), topics JSON NOT NULL, organization TEXT,
    years JSON NOT NULL, sources JSON NOT NULL, fetched_at VARCHAR(40))"""


@pytest.fixture
def old_database(tmp_path: Path) -> Path:
    path = tmp_path / "documents.db"
    connection = sqlite3.connect(path)
    connection.execute(_OLD_DOCUMENTS)
    connection.execute(
        "INSERT INTO documents VALUES ('a', 'article', 'Bài', 'Bài', '/a.txt', 's', 'indexed',"
        " NULL, NULL, NULL, NULL, NULL, NULL, '[]', NULL, '[]', '[]', NULL)"
    )
    connection.commit()
    connection.close()
    return path


def test_documents_of_an_old_database_are_read(old_database: Path) -> None:
    document = DocumentStore(f"sqlite:///{old_database}").get_document("a")
    assert (document.title, document.locators, document.evidence) == ("Bài", (), ())


def test_an_old_database_takes_what_is_new(old_database: Path) -> None:
    store = DocumentStore(f"sqlite:///{old_database}")
    evidence = MetadataEvidence("published", "2024-05-06", 0.9, "date line", "06/05/2024")
    case = ExtractedCase("b-to-tu-quan", "b", "Tổ tự quản", (Span(0, 10),))
    document = Document(
        "b",
        "article",
        "Tổ tự quản",
        "Tổ tự quản",
        "/b.pdf",
        "s",
        updated="2024-05-07",
        level="commune",
        subject="collective",
        locators=(Locator(0, "page", 1), Locator(4, "page", 2)),
        evidence=(evidence,),
        extracted=(case,),
    )
    store.put_pending([(document, [])])
    store.set_state(["b"], "indexed")
    stored = store.get_document("b")
    assert stored.locate(5) == Locator(4, "page", 2)
    assert (stored.updated, stored.level, stored.subject) == (
        "2024-05-07",
        "commune",
        "collective",
    )
    assert stored.evidence == (evidence,)
    assert store.extracted_cases.of_documents(["a", "b"]) == {"b": [case]}
    assert store.extracted_cases.get("b-to-tu-quan") == case


def test_opening_twice_changes_nothing(old_database: Path) -> None:
    for _ in range(2):
        DocumentStore(f"sqlite:///{old_database}").close()
    rows = sqlite3.connect(old_database).execute("PRAGMA table_info(documents)").fetchall()
    names = [row[1] for row in rows]
    assert len(names) == len(set(names))
    assert {"updated", "level", "subject", "locators", "evidence"} <= set(names)
