"""Fields and topics by slug and by Vietnamese name."""

import pytest

from kb.errors import InvalidFilter
from kb.models import Field
from kb.taxonomy import FIELD_NAMES, TOPIC_NAMES, parse_field, parse_topic, topic_name


def test_each_field_has_a_name() -> None:
    assert set(FIELD_NAMES) == set(Field)


@pytest.mark.parametrize(
    "written", ["van-hoa-xa-hoi", "Văn hóa - xã hội", "VĂN HOÁ - XÃ HỘI", "van hoa - xa hoi "]
)
def test_field_is_known_by_slug_and_by_name(written: str) -> None:
    assert parse_field(written) is Field.CULTURE_SOCIETY


def test_unknown_field_lists_the_four() -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_field("thể thao")
    message = str(caught.value)
    assert "'thể thao'" in message
    assert all(f"{field.value} ({name})" in message for field, name in FIELD_NAMES.items())


@pytest.mark.parametrize("written", ["giam-ngheo", "Giảm nghèo", "GIAM NGHEO"])
def test_topic_is_known_by_slug_and_by_name(written: str) -> None:
    assert parse_topic(written) == "giam-ngheo"


def test_topic_that_officers_made_up_is_known_if_the_base_carries_it() -> None:
    assert parse_topic("nuoi-ong", ["nuoi-ong"]) == "nuoi-ong"
    assert topic_name("nuoi-ong") == "nuoi-ong"
    assert topic_name("giam-ngheo") == "Giảm nghèo"


def test_unknown_topic_names_close_ones() -> None:
    with pytest.raises(InvalidFilter, match=r"'giam-nheo'.*Gần nhất: giam-ngheo \(Giảm nghèo\)"):
        parse_topic("giam-nheo")


def test_topic_like_no_other_lists_all() -> None:
    with pytest.raises(InvalidFilter) as caught:
        parse_topic("zzzz")
    assert all(slug in str(caught.value) for slug in TOPIC_NAMES)
