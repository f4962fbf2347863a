"""What is missing is added, what stands is kept, and any change shows in the digest."""

from dataclasses import fields, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.metadata.enrich import document_sha256, enrich
from kb.models import Document, Field, Locator, MetadataEvidence, Source, Span
from kb.text import to_reading_form

TITLE = "Hội Phụ nữ xã Khánh Hội giúp nhau nuôi cua, thoát nghèo"
TEXT = (
    f"{TITLE}\n\n"
    "Năm 2023, Hội Phụ nữ xã Khánh Hội, huyện U Minh, tỉnh Cà Mau lập tổ hợp tác nuôi cua cho 12 "
    "hội viên nghèo. Tổ góp vốn xoay vòng, chia con giống và bán cua cho thương lái.\n\n"
    "Sau hai năm, bảy hộ nghèo đã thoát nghèo, thu nhập mỗi hộ tăng thêm 40 triệu đồng."
)
ARTICLE = Document("bai-1", "article", TITLE, TEXT, "bai.txt", "cũ")


def test_missing_values_are_added_with_evidence() -> None:
    found = enrich(ARTICLE)
    assert (found.province, found.field) == ("Cà Mau", Field.ECONOMY)
    assert {"giam-ngheo", "thuy-san"} <= set(found.topics)
    assert found.organization == "Hội Phụ nữ xã Khánh Hội"
    assert (found.level, found.subject, found.years) == ("commune", "collective", (2023,))
    told = {each.field for each in found.evidence}
    assert {
        "province", "district", "commune", "field", "topics", "organization", "level", "subject",
        "years",
    } == told  # fmt: skip
    for each in found.evidence:
        assert 0 < each.confidence <= 1
        assert each.span is not None
        assert found.text[each.span.start_char : each.span.end_char] == each.quote


def test_stated_values_are_never_overwritten() -> None:
    stated = replace(
        ARTICLE,
        province="Bạc Liêu",
        field=Field.CULTURE_SOCIETY,
        topics=("y-te",),
        organization="Trạm Y tế",
        level="district",
        subject="personal",
        years=(1999,),
        evidence=(MetadataEvidence("province", "Bạc Liêu", 1.0, "front matter", "Bạc Liêu"),),
    )
    assert replace(enrich(stated), sha256="") == replace(stated, sha256="")


def test_enriching_twice_changes_nothing() -> None:
    once = enrich(ARTICLE)
    assert enrich(once) == once
    assert enrich(ARTICLE) == once


def test_case_comes_back_as_it_is() -> None:
    case = replace(ARTICLE, kind="case")
    assert enrich(case) is case


def test_published_day_dates_the_article() -> None:
    assert enrich(replace(ARTICLE, published="2024-03-08")).years == (2024,)


def test_article_that_tells_nothing_keeps_nothing() -> None:
    plain = Document("x", "article", "Trời mưa", "Trời mưa\n\nMưa cả ngày.", "x.txt", "")
    found = enrich(plain)
    assert replace(found, sha256="") == plain


def test_moved_file_keeps_the_digest() -> None:
    moved = replace(ARTICLE, origin="khac.txt")
    assert document_sha256(moved) == document_sha256(ARTICLE)


@pytest.mark.parametrize(
    "change",
    [
        {"title": "Khác"},
        {"text": "Khác"},
        {"kind": "case"},
        {"publisher": "Báo"},
        {"published": "2024-01-01"},
        {"updated": "2024-01-02"},
        {"field": Field.ECONOMY},
        {"topics": ("y-te", "ocop")},
        {"topics": ("y-te,ocop",)},
        {"years": (2024,)},
        {"level": "commune"},
        {"subject": "personal"},
        {"sources": (Source(title="Nguồn"),)},
        {"locators": (Locator(0, "page", 1),)},
        {"evidence": (MetadataEvidence("title", "A", 0.5, "headline", "A"),)},
        {"evidence": (MetadataEvidence("title", "A", 0.5, "headline", "A", Span(0, 1)),)},
    ],
)
def test_change_of_any_stored_value_changes_the_digest(change: dict[str, object]) -> None:
    assert document_sha256(replace(ARTICLE, **change)) != document_sha256(ARTICLE)


def test_digest_covers_every_attribute_but_two() -> None:
    later = replace(ARTICLE, sha256="mới", fetched_at=datetime(2026, 1, 1, tzinfo=UTC))
    assert document_sha256(later) == document_sha256(ARTICLE)
    # Whoever adds an attribute with a default changes no digest; without one, every digest.
    assert [f.name for f in fields(Document)][:6] == [
        "document_id", "kind", "title", "text", "origin", "sha256",
    ]  # fmt: skip


def test_broken_characters_have_a_digest() -> None:
    assert len(document_sha256(replace(ARTICLE, text="\ud800 \x00 \U0001f30f"))) == 64


_WORDS = st.sampled_from(
    ["Hội Phụ nữ", "xã", "Tân Hòa", "huyện", "Năm Căn", "tỉnh", "Cà Mau", "ông Tư", "nuôi tôm",
     "2023", "\n\n", ".", ",", "THÀNH PHỐ", "Sở", "rác", "cá nhân", "tập thể", "1/2/2024"]
)  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.lists(_WORDS | st.text(max_size=5), max_size=30), st.text(max_size=10))
def test_any_text_is_enriched_with_verbatim_quotes(words: list[str], title: str) -> None:
    text = to_reading_form(f"{title}\n\n{' '.join(words)}")
    found = enrich(Document("x", "article", to_reading_form(title), text, "x.txt", ""))
    for each in found.evidence:
        if each.span is not None:
            assert text[each.span.start_char : each.span.end_char] == each.quote
    assert enrich(found) == found
