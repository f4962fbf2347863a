"""The card of a recorded case."""

from dataclasses import replace
from html import unescape

from ingest.records.models import case_document
from kb.models import Case, Field, Locator, Source
from service.pages import render

CASE = Case(
    case_id="nuoi-de",
    name="Nuôi dê vỗ béo",
    field=Field.ECONOMY,
    topics=(),
    province="Bình Thuận",
    sources=(Source("DANH SÁCH NĂM 2022", "UBND huyện Hàm Tân", None, "2022-12-05"),),
)


def page(origin: str, locators: tuple[Locator, ...]) -> str:
    document = replace(case_document(CASE, origin), locators=locators)
    return unescape(
        render("case.html", case=CASE, document=document, document_id=document.document_id)
    )


def test_a_row_of_a_register_is_named_with_its_file() -> None:
    shown = page("/kho/goi.zip!/2022/so.xlsx", (Locator(0, "row", 7, "2022"),))
    assert "Tệp gốc: goi.zip → 2022/so.xlsx, trang tính “2022”, dòng 7<" in shown
    assert "UBND huyện Hàm Tân, 05/12/2022" in shown


def test_a_record_without_rows_names_no_file() -> None:
    assert "Tệp gốc" not in page("/kho/so.jsonl", ())


def test_the_case_can_be_taken_as_a_brief() -> None:
    shown = page("/kho/so.jsonl", ())
    assert 'href="/briefs?case=nuoi-de&format=docx"' in shown
    assert 'href="/briefs?case=nuoi-de&format=md"' in shown
