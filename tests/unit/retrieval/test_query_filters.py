"""Filters as officers type them."""

import pytest

from kb.errors import InvalidFilter
from kb.models import Field, Filters
from retrieval.query import parse_filters


def test_filters_take_any_spelling() -> None:
    given = parse_filters(province="tinh bac lieu", field="Kinh tế", topic="Giảm nghèo", year=2023)
    assert given == Filters("Bạc Liêu", Field.ECONOMY, "giam-ngheo", 2023)


def test_blank_filters_count_as_not_given() -> None:
    assert parse_filters(province=" ", field="", topic=" ").is_empty


@pytest.mark.parametrize(
    ("province", "message"),
    [
        ("Cà Mauu", r"'Cà Mauu'\. Gần nhất: Cà Mau"),
        ("Bạc Liu", r"'Bạc Liu'\. Gần nhất: Bạc Liêu"),
        ("zzzzzz", r"'zzzzzz'\. Dùng tên như"),
    ],
)
def test_unknown_province_is_refused_with_close_names(province: str, message: str) -> None:
    with pytest.raises(InvalidFilter, match=message):
        parse_filters(province=province)


@pytest.mark.parametrize("year", [1944, 2101])
def test_year_outside_the_range_is_refused(year: int) -> None:
    with pytest.raises(InvalidFilter, match=f"Năm {year} ngoài khoảng"):
        parse_filters(year=year)
