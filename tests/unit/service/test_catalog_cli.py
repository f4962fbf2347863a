"""`kb documents` and `kb cases` as they are typed."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from ingest.records.models import case_document
from kb.ids import content_sha256
from kb.knowledge_base import open_store
from kb.models import Case, Document, Field, Locator, MetadataEvidence, Source
from kb.settings import load_settings
from kb.store import DocumentStore
from service.catalog_cli import cases_group, documents_group

ORIGIN = "/kho/so-theo-doi.xlsx"
CASE = Case(
    case_id="nuoi-de",
    name="Nuôi dê vỗ béo",
    field=Field.ECONOMY,
    topics=(),
    province="Bình Thuận",
    sources=(Source("DANH SÁCH (so-theo-doi.xlsx)", "UBND huyện Hàm Tân", None, "2022-12-05"),),
)


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentStore]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    opened = open_store(load_settings())
    yield opened
    opened.close()


def keep(store: DocumentStore, document: Document) -> None:
    store.put_pending([(document, [])])
    store.set_state([document.document_id], "indexed")


def test_notes_of_a_document_stand_before_its_text(store: DocumentStore) -> None:
    text = "Sổ tay của ấp"
    notes = ("Trang 2 do máy nhận dạng.", "Không đọc được trang 3.")
    evidence = (
        MetadataEvidence("province", "Cà Mau", 0.6, "text", "Cà Mau"),
        *(MetadataEvidence("notes", note, 1.0, "extraction", "") for note in notes),
    )
    document = Document(
        "so-tay", "article", text, text, ORIGIN, content_sha256(text), evidence=evidence
    )
    keep(store, document)
    result = CliRunner().invoke(documents_group, ["show", "so-tay"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[1:] == [*(f"Lưu ý: {note}" for note in notes), text]


def test_a_case_of_a_register_names_its_file_and_row(store: DocumentStore) -> None:
    row = replace(case_document(CASE, ORIGIN), locators=(Locator(0, "row", 7, "2022"),))
    keep(store, row)
    result = CliRunner().invoke(cases_group, ["show", "nuoi-de"])
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines()[-2:] == [
        "- DANH SÁCH (so-theo-doi.xlsx) · UBND huyện Hàm Tân · 2022-12-05",
        f"Tệp gốc: {ORIGIN}, trang tính “2022”, dòng 7",
    ]


def test_a_case_without_rows_names_no_file(store: DocumentStore) -> None:
    keep(store, case_document(CASE, "/kho/so.jsonl"))
    result = CliRunner().invoke(cases_group, ["show", "nuoi-de"])
    assert result.exit_code == 0, result.output
    assert "Tệp gốc" not in result.stdout
