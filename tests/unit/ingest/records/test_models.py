"""Checks of records, and the messages for the officers who write them."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import pytest

from ingest.records.models import (
    ArticleFrontMatter,
    CasebookRecord,
    SourceRecord,
    canonical_province,
    case_document,
    validate,
)
from kb.errors import ExtractionFailed
from kb.models import Case, Field, Source

MINIMAL = {
    "id": "a-1",
    "name": "Tên",
    "field": "kinh-te",
    "topics": ["thuy-san"],
    "province": "Cà Mau",
}


def message(model: type, data: dict[str, Any]) -> str:
    with pytest.raises(ExtractionFailed) as caught:
        validate(model, data, "tep.jsonl: dòng 3")
    assert str(caught.value).startswith("tep.jsonl: dòng 3: ")
    return str(caught.value)


def test_minimal_record_becomes_a_case() -> None:
    case = validate(CasebookRecord, MINIMAL, "x").to_case()
    assert case == Case("a-1", "Tên", Field.ECONOMY, ("thuy-san",), "Cà Mau")


def test_texts_are_brought_to_reading_form() -> None:
    record = {**MINIMAL, "name": "  Hoà\u00a0giải\u200b ", "approach": ["Ðắk  Lắk"]}
    case = validate(CasebookRecord, record, "x").to_case()
    assert (case.name, case.approach) == ("Hoà giải", ("Đắk Lắk",))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"organisation": "Hội"}, "không có khóa 'organisation', có phải ý là 'organization'"),
        ({"zzz": 1}, "không có khóa 'zzz', các khóa có thể dùng: id, name,"),
        ({"name": None}, "'name'"),
        ({"name": "  "}, "'name' không được để trống"),
        ({"name": "a" * 20_001}, "'name' dài quá 20000 ký tự"),
        ({"name": ["a"]}, "'name' phải là chữ"),
        ({"name": True}, "'name' phải là chữ"),
        ({"field": "kinh te"}, "'field' phải là một trong: kinh-te, van-hoa-xa-hoi,"),
        ({"topics": []}, "'topics' cần ít nhất 1 mục"),
        ({"topics": "thuy-san"}, "'topics' phải là một danh sách"),
        ({"topics": ["Thủy sản"]}, "'topics.0' không đúng dạng ('Thủy sản')"),
        ({"id": "có dấu"}, "'id' không đúng dạng ('có dấu')"),
        ({"sources": [{"published": "6/5/2024"}]}, "'sources.0.published' phải là ngày có thật"),
        ({"sources": [{"published": "2024-02-30"}]}, "'sources.0.published' phải là ngày có thật"),
        ({"sources": [{"published": "2024-13"}]}, "dạng 2024, 2024-05 hoặc 2024-05-06"),
        ({"sources": [{"url": "baocamau.vn"}]}, "'sources.0.url' không đúng dạng"),
        ({"sources": [{"link": "x"}]}, "không có khóa 'sources.0.link'"),
        ({"results": [{"text": "a", "value": "nhiều"}]}, "'results.0.value' phải là một số"),
        ({"results": [{"text": "a", "value": float("nan")}]}, "'results.0.value' phải là một số"),
        ({"results": [{"text": "a", "value": float("inf")}]}, "'results.0.value' phải là một số"),
        ({"results": [{"text": "a", "value": 10**400}]}, "'results.0.value' phải là một số"),
        ({"results": ["a"]}, "'results.0' phải gồm các cặp khóa và giá trị"),
    ],
)
def test_bad_record_is_refused_with_key_and_remedy(change: dict[str, Any], expected: str) -> None:
    assert expected in message(CasebookRecord, {**MINIMAL, **change})


def test_missing_keys_are_all_named() -> None:
    text = message(CasebookRecord, {"id": "a"})
    assert all(f"thiếu khóa bắt buộc {key!r}" in text for key in MINIMAL if key != "id")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (2024, "2024"),
        ("2024-05", "2024-05"),
        (date(2024, 5, 6), "2024-05-06"),
        ("2024-02-29", "2024-02-29"),
    ],
)
def test_published_may_be_a_year_a_month_or_a_day(written: object, kept: str) -> None:
    assert validate(SourceRecord, {"published": written}, "x").to_source() == Source(published=kept)


def test_time_of_day_is_no_date() -> None:
    assert "'published'" in message(SourceRecord, {"published": datetime(2024, 5, 6, 7, 8)})  # noqa: DTZ001


def test_front_matter_of_an_article_may_be_empty() -> None:
    assert validate(ArticleFrontMatter, {}, "x").kind == "article"


def test_document_of_a_case_takes_its_first_source_and_its_years() -> None:
    case = Case(
        "a-1", "Tên", Field.ECONOMY, ("thuy-san",), "tỉnh Bạc Liêu", period="2020-2021",
        sources=(Source("T", "Báo", "https://example.org", "2024-05"), Source(published="2023")),
    )  # fmt: skip
    document = case_document(case, "/goc/a.jsonl")
    assert document.document_id == document.case.case_id == "a-1"
    assert (document.publisher, document.url, document.published) == (
        "Báo",
        "https://example.org",
        "2024-05",
    )
    assert document.province == "Bạc Liêu"
    assert document.years == (2020, 2021, 2023, 2024)
    assert document.text.startswith("Tên\n\nĐịa bàn: tỉnh Bạc Liêu\n")


def test_digest_changes_with_any_part_and_not_with_the_file() -> None:
    case = Case("a-1", "Tên", Field.ECONOMY, ("thuy-san",), "Cà Mau")
    digest = case_document(case, "/goc/a.jsonl").sha256
    assert case_document(case, "/khac/b.md").sha256 == digest
    changed = replace(case, sources=(Source(url="https://example.org"),))
    assert case_document(changed, "/goc/a.jsonl").sha256 != digest


def test_unknown_province_names_close_ones() -> None:
    with pytest.raises(
        ExtractionFailed, match=r"không có tỉnh, thành 'Cà Mauu'\. Gần nhất: Cà Mau"
    ):
        canonical_province("Cà Mauu", "tep.md")
    with pytest.raises(ExtractionFailed, match=r"corpus/README\.md"):
        canonical_province("zzzzzz", "tep.md")
