"""Facets: what a query or a field names."""

import unicodedata

import pytest

from kb.facets import FacetMention, find_facets, organization_names
from kb.models import Field
from kb.phrases import read_rows
from kb.taxonomy import FIELD_NAMES, TOPIC_NAMES


def _values(mentions: tuple[FacetMention, ...]) -> list[str]:
    return [mention.value for mention in mentions]


@pytest.mark.parametrize(
    ("text", "topic"),
    [
        ("giúp hộ nghèo", "giam-ngheo"),
        ("giup ho ngheo", "giam-ngheo"),
        ("camera an ninh", "an-ninh-trat-tu"),
        ("PHÂN LOẠI RÁC", "moi-truong"),
        ("htx rau sach", "hop-tac-xa"),
        ("hoà giải", "hoa-giai"),
    ],
)
def test_cues_tell_the_topic(text: str, topic: str):
    assert topic in _values(find_facets(text).topics)


@pytest.mark.parametrize(
    "text", ["Hội LHPN", "hoi phu nu", "Hội Liên hiệp Phụ nữ xã Tam Thanh", "các chị em", "HPN xã"]
)
def test_all_names_of_an_organisation_give_one_value(text: str):
    assert _values(find_facets(text).organizations) == ["hoi-phu-nu"]


def test_loose_cues_get_less_confidence():
    sure = find_facets("Hội Phụ nữ").organizations[0]
    loose = find_facets("chị em").organizations[0]
    assert sure.confidence > loose.confidence


@pytest.mark.parametrize(
    ("text", "levels"),
    [
        ("được công nhận cấp tỉnh", ["tinh"]),
        ("cap huyen va cap co so", ["huyen", "co-so"]),
        ("xã Tam Thanh, huyện Quế Sơn, tỉnh Quảng Nam", []),
        ("cung cấp. Tỉnh", []),
    ],
)
def test_levels_count_only_where_said_as_such(text: str, levels: list[str]):
    assert _values(find_facets(text).levels) == levels


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("năm 2023", ["2023"]),
        ("giai đoạn 2021 - 2023", ["2021", "2022", "2023"]),
        ("2020–2021", ["2020", "2021"]),
        ("tu 2019 den 2021", ["2019", "2020", "2021"]),
        ("ngày 15/3/2022", ["2022"]),
        ("phan loai rac 2023 cap tinh", ["2023"]),
        ("2000 hộ dân", []),
        ("2.000 ho", []),
        ("2025 m2 đất", []),
        ("2000 ho", []),
        ("20234", []),
        ("Quyết định 06/2021/QĐ-UBND", []),
        ("năm 1975", []),
        ("2030-2020", ["2020", "2030"]),
    ],
)
def test_years_are_told_from_figures(text: str, years: list[str]):
    assert sorted(_values(find_facets(text).years)) == years


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mô hình tập thể", True),
        ("điển hình cá nhân", False),
        ("tập thể, cá nhân", None),
        ("", None),
    ],
)
def test_collective_or_person(text: str, expected: bool | None):
    assert find_facets(text).is_collective is expected


def test_fields_are_known_by_name_and_abbreviation():
    assert _values(find_facets("lĩnh vực QP-AN").fields) == [Field.DEFENCE_SECURITY.value]
    for field, name in FIELD_NAMES.items():
        assert field.value in _values(find_facets(f"lĩnh vực {name}").fields)


@pytest.mark.parametrize("text", ["như vậy thì sao", "chăm chỉ", "buôn bán", "từ đây", "ai", "tu"])
def test_everyday_words_tell_nothing(text: str):
    facets = find_facets(text)
    assert (facets.topics, facets.organizations) == ((), ())


def test_mentions_quote_the_nfc_text():
    text = unicodedata.normalize("NFD", "Ở đó Hội Nông dân lo")
    mention = find_facets(text).organizations[0]
    assert unicodedata.normalize("NFC", text)[mention.start_char : mention.end_char] == mention.text
    assert mention.text == "Hội Nông dân"


def test_tables_hold_known_slugs_and_every_topic():
    assert [row[0] for row in read_rows("facets_topics.tsv", 3)] == list(TOPIC_NAMES)
    other = read_rows("facets_other.tsv", 5)
    assert {row[1] for row in other if row[0] == "field"} == {field.value for field in Field}
    assert {row[0] for row in other} == {"field", "level", "collective"}
    assert len(organization_names()) >= 20
    for name in ("facets_topics.tsv", "facets_organizations.tsv"):
        for row in read_rows(name, 3):
            cues = [cue for part in row[-2:] for cue in part.split("|") if cue]
            assert len(cues) == len(set(cues)), row[0]
