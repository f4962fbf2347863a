"""What is weighed of a document, computed by hand."""

import numpy as np
import pytest

from kb.facts import DocumentFacts
from kb.places import resolve_place
from retrieval.features import FEATURES, LEGS, Signals, feature_matrix, feature_row
from retrieval.query import Parts, parse_query

NO_SIGNALS = Signals({})


def facts(
    province: str | None = None,
    district: str | None = None,
    commune: str | None = None,
    **changes: object,
) -> DocumentFacts:
    place = resolve_place(province, district, commune)
    return DocumentFacts(is_case=True, place=place, **changes)  # type: ignore[arg-type]


def row(query: str, of: DocumentFacts | None, signals: Signals = NO_SIGNALS) -> dict[str, float]:
    return dict(zip(FEATURES, feature_row(parse_query(query), signals, of), strict=True))


def places(query: str, of: DocumentFacts) -> tuple[float, float, float]:
    found = row(query, of)
    return found["place"], found["district"], found["elsewhere"]


def test_signals_come_first_and_missing_legs_are_zero() -> None:
    found = row("nuôi tôm", None, Signals({"dense": 0.7, "folded": 0.2}, late=0.5))
    assert [found[leg] for leg in LEGS] == [0.7, 0.0, 0.2]
    assert found["late"] == 0.5


def test_without_facts_only_the_legs_speak() -> None:
    found = row("nuôi tôm ở Cà Mau năm 2023", None, Signals({"dense": 1.0}, late=1.0))
    assert {name for name, value in found.items() if value} == {"dense", "late"}


@pytest.mark.parametrize(
    ("query", "province", "expected"),
    [
        # Today's Cà Mau was made of Cà Mau and Bạc Liêu.
        ("nuôi tôm ở Cà Mau", "Cà Mau", (1, 0, 0)),
        ("nuôi tôm ở Cà Mau", "Bạc Liêu", (1, 0, 0)),
        ("nuôi tôm ở Cà Mau", "Hà Giang", (0, 0, 1)),
        # An old name means itself alone.
        ("nuôi tôm ở Bạc Liêu", "Bạc Liêu", (1, 0, 0)),
        ("nuôi tôm ở Bạc Liêu", "Cà Mau", (0, 0, 1)),
        # Today's Lào Cai was made of Lào Cai and Yên Bái.
        ("mô hình ở Lào Cai", "Yên Bái", (1, 0, 0)),
        ("mô hình ở Yên Bái", "Lào Cai", (0, 0, 1)),
        # A region covers its provinces.
        ("nuôi tôm ở đồng bằng sông Cửu Long", "Cà Mau", (1, 0, 0)),
        ("nuôi tôm ở đồng bằng sông Cửu Long", "Hà Giang", (0, 0, 1)),
        # Nothing asked or nothing known: nothing said.
        ("nuôi tôm", "Cà Mau", (0, 0, 0)),
        ("nuôi tôm ở Cà Mau", None, (0, 0, 0)),
        # Of several places one is enough.
        ("ở Cà Mau tại Hà Giang", "Hà Giang", (1, 0, 0)),
        ("ở Cà Mau tại Hà Giang", "Bạc Liêu", (1, 0, 0)),
        ("ở Cà Mau tại Hà Giang", "Nghệ An", (0, 0, 1)),
    ],
)
def test_a_document_lies_in_a_named_place_or_elsewhere_or_neither(
    query: str, province: str | None, expected: tuple[float, float, float]
) -> None:
    assert places(query, facts(province)) == expected


def test_the_district_counts_beside_the_province() -> None:
    query = "mô hình ở huyện U Minh, Cà Mau"
    assert places(query, facts("Cà Mau", "U Minh")) == (1, 1, 0)
    assert places(query, facts("Hà Giang", "Vị Xuyên"))[1:] == (0, 1)
    same_province = places(query, facts("Cà Mau", "Trần Văn Thời"))
    assert same_province[1] == 0


def test_without_the_part_places_no_place_is_weighed() -> None:
    query = parse_query("nuôi tôm ở Cà Mau", parts=Parts.without(["places"]))
    found = dict(zip(FEATURES, feature_row(query, NO_SIGNALS, facts("Hà Giang")), strict=True))
    assert found["place"] == found["elsewhere"] == 0.0


def test_a_case_counts_as_one_and_an_article_does_not() -> None:
    place = resolve_place(None)
    assert row("tôm", DocumentFacts(is_case=True, place=place))["case"] == 1.0
    assert row("tôm", DocumentFacts(is_case=False, place=place))["case"] == 0.0


def test_shared_topics_organisations_and_years_count_by_their_share() -> None:
    query = "hội phụ nữ nuôi tôm năm 2022 và năm 2023"
    parsed = parse_query(query).facets
    assert [item.value for item in parsed.organizations] == ["hoi-phu-nu"]
    topics = tuple(item.value for item in parsed.topics)
    found = row(query, facts(topics=topics, organizations=("hoi-phu-nu",), years=(2023,)))
    assert found["topic"] == found["organization"] == 1.0
    assert found["year"] == pytest.approx(0.5)
    nothing = row(query, facts(topics=("khac",), organizations=("doan-thanh-nien",), years=(1999,)))
    assert nothing["topic"] == nothing["organization"] == nothing["year"] == 0.0


def test_what_is_not_asked_for_counts_for_nothing() -> None:
    found = row("abc", facts("Cà Mau", topics=("thuy-san",), years=(2023,)))
    assert {name for name, value in found.items() if value} == {"case"}


def test_rows_become_a_matrix_also_if_there_are_none() -> None:
    rows = [feature_row(parse_query("tôm"), Signals({"dense": 0.5}), None)] * 2
    assert feature_matrix(rows).shape == (2, len(FEATURES))
    assert feature_matrix(rows).dtype == np.float32
    assert feature_matrix([]).shape == (0, len(FEATURES))
