"""What retrieval compares of a document, as worked out and as stored."""

import json
from dataclasses import replace

import pytest

from kb.facts import DocumentFacts
from kb.models import Case, Document, Field
from kb.places import get_province

CASE = Case(
    "m", "Tổ phụ nữ hùn vốn", Field.ECONOMY, ("giam-ngheo",), "Cà Mau",
    district="U Minh", commune="xã Khánh Hội", organization="Hội Liên hiệp Phụ nữ xã",
)  # fmt: skip


def document(case: Case | None = None, **changes: object) -> Document:
    base = Document("d", "case" if case else "article", "Nhan đề", "Văn bản.", "/goc/d.md", "s")
    if case:
        base = replace(
            base, title=case.name, case=case, province=case.province, field=case.field,
            topics=case.topics, organization=case.organization, years=(2021, 2022),
        )  # fmt: skip
    return replace(base, **changes)


def test_facts_of_a_case_name_its_place_field_topics_organisation_and_years() -> None:
    facts = DocumentFacts.of(document(CASE))
    assert facts.is_case
    assert facts.place.old_provinces == {"Cà Mau"}
    assert facts.place.today == "Cà Mau"
    assert [unit.name for unit in facts.place.old_units] == ["Khánh Hội"]
    assert (facts.field, facts.topics, facts.years) == ("kinh-te", ("giam-ngheo",), (2021, 2022))
    assert facts.organizations == ("hoi-phu-nu",)


def test_facts_of_a_bare_article_are_empty() -> None:
    facts = DocumentFacts.of(document())
    assert not facts.is_case
    assert facts.place.old_provinces == frozenset()
    assert (facts.field, facts.topics, facts.organizations, facts.years) == (None, (), (), ())


def test_the_name_of_a_case_tells_who_runs_it_but_the_title_of_an_article_does_not() -> None:
    nameless = replace(CASE, organization=None, name="Chi hội Cựu chiến binh giúp nhau")
    assert "hoi-cuu-chien-binh" in DocumentFacts.of(document(nameless)).organizations
    article = document(title="Chi hội Cựu chiến binh giúp nhau")
    assert DocumentFacts.of(article).organizations == ()


def test_a_province_means_today_s_in_an_article_of_after_the_reform() -> None:
    before = DocumentFacts.of(document(province="Cà Mau", published="2024-05-01"))
    after = DocumentFacts.of(document(province="Cà Mau", published="2025-09-01"))
    assert before.place.old_provinces == {"Cà Mau"}
    assert after.place.old_provinces == {"Cà Mau", "Bạc Liêu"}


@pytest.mark.parametrize(
    "of",
    [
        document(CASE),
        document(),
        document(province="Cà Mau", published="2025-09-01"),
        document(replace(CASE, district=None, commune=None, province="Bạc Liêu")),
        document(replace(CASE, district="Không có huyện này", commune="Ấp 8")),
        document(province="Không có tỉnh này"),
    ],
    ids=["case", "bare", "today's province", "no district", "unknown district", "unknown province"],
)
def test_facts_survive_the_store(of: Document) -> None:
    facts = DocumentFacts.of(of)
    data = json.loads(json.dumps(facts.to_data(), ensure_ascii=False))
    assert DocumentFacts.from_data(data) == facts


def test_a_unit_that_the_table_no_longer_holds_is_left_out() -> None:
    data = DocumentFacts.of(document(CASE)).to_data()
    data["place"]["old_units"].append("od-nothing")
    assert [unit.name for unit in DocumentFacts.from_data(data).place.old_units] == ["Khánh Hội"]


def test_names_of_provinces_in_facts_are_canonical() -> None:
    facts = DocumentFacts.of(document(replace(CASE, province="Cà Mau")))
    assert all(
        (found := get_province(name)) and found.name == name for name in facts.place.old_provinces
    )
