"""Provinces of before and after July 2025, as texts and officers write them."""

import unicodedata

import pytest

from kb.places import (
    MADE_OF,
    close_province_names,
    find_provinces,
    get_province,
    province_names,
)


def names(text: str) -> list[str]:
    return [mention.province.name for mention in find_provinces(text)]


def test_sixty_three_provinces_became_thirty_four() -> None:
    assert len(MADE_OF) == 34
    parts = [part for made_of in MADE_OF.values() for part in made_of]
    assert len(parts) == len(set(parts)) == 63
    assert all(today in parts for today, parts in MADE_OF.items())
    assert sum(len(parts) == 1 for parts in MADE_OF.values()) == 11
    assert sorted(province_names()) == sorted(parts)


@pytest.mark.parametrize(
    ("written", "name", "today"),
    [
        ("Cà Mau", "Cà Mau", "Cà Mau"),
        ("tỉnh Bạc Liêu", "Bạc Liêu", "Cà Mau"),
        ("tinh bac lieu", "Bạc Liêu", "Cà Mau"),
        ("BẠC LIÊU", "Bạc Liêu", "Cà Mau"),
        ("Khánh Hoà", "Khánh Hòa", "Khánh Hòa"),
        ("Thanh Hoá", "Thanh Hóa", "Thanh Hóa"),
        ("Đắc Lắc", "Đắk Lắk", "Đắk Lắk"),
        ("Ðắk Nông", "Đắk Nông", "Lâm Đồng"),
        ("TP.HCM", "TP Hồ Chí Minh", "TP Hồ Chí Minh"),
        ("Thành phố Hồ Chí Minh", "TP Hồ Chí Minh", "TP Hồ Chí Minh"),
        ("Thừa Thiên Huế", "Huế", "Huế"),
        ("Bà Rịa-Vũng Tàu", "Bà Rịa - Vũng Tàu", "TP Hồ Chí Minh"),
        ("Thành phố Đồng Nai", "Đồng Nai", "Đồng Nai"),  # a city since April 2026
        ("  yên  bái ", "Yên Bái", "Lào Cai"),
    ],
)
def test_a_province_is_known_however_it_is_written(written: str, name: str, today: str) -> None:
    for form in (written, unicodedata.normalize("NFD", written)):
        province = get_province(form)
        assert province is not None
        assert (province.name, province.today) == (name, today)


@pytest.mark.parametrize("name", ["Atlantis", "", "tỉnh", "Cà"])
def test_what_is_no_province_is_none(name: str) -> None:
    assert get_province(name) is None


def test_todays_name_covers_all_its_parts_and_an_old_one_only_itself() -> None:
    lao_cai, yen_bai = get_province("Lào Cai"), get_province("Yên Bái")
    assert lao_cai is not None
    assert yen_bai is not None
    assert lao_cai.parts == ("Lào Cai", "Yên Bái")
    assert lao_cai.is_current
    assert lao_cai.filter_names == ("Lào Cai",)
    assert yen_bai.parts == ("Yên Bái",)
    assert not yen_bai.is_current
    assert yen_bai.filter_names == ("Yên Bái", "Lào Cai")


def test_close_names_help_with_typing_errors() -> None:
    assert close_province_names("Cà Mâu")[0] == "Cà Mau"
    assert close_province_names("tinh Bac Lieuu")[0] == "Bạc Liêu"
    assert close_province_names("zzzzzz") == []
    assert len(close_province_names("Quảng", limit=2)) <= 2


def test_mentions_carry_their_place_in_the_text() -> None:
    text = "Từ Hoà Bình đến tỉnh Cà Mau"
    mentions = find_provinces(text)
    assert [text[m.start_char : m.end_char] for m in mentions] == ["Hoà Bình", "Cà Mau"]
    assert [m.province.name for m in mentions] == ["Hòa Bình", "Cà Mau"]


def test_offsets_hold_beside_letters_that_grow_in_lower_case() -> None:
    text = "İİ ở Cà Mau"
    assert [text[m.start_char : m.end_char] for m in find_provinces(text)] == ["Cà Mau"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("giữ gìn hòa bình cho nhân dân", []),
        ("tỉnh hòa bình", ["Hòa Bình"]),
        ("ở Hòa Bình", ["Hòa Bình"]),
        ("học tập tư tưởng Hồ Chí Minh", []),
        ("viết cho Hồ Chí Minh", []),  # "cho" ends with o, which is no rank word
        ("tại TP. Hồ Chí Minh", ["TP Hồ Chí Minh"]),
        ("Thành phố Hồ Chí Minh", ["TP Hồ Chí Minh"]),
        ("nuoi tom o ca mau", ["Cà Mau"]),
        ("mô hình nuôi tôm ca mau", ["Cà Mau"]),
        ("Bà Rịa – Vũng Tàu", ["Bà Rịa - Vũng Tàu"]),
        ("Hà Nam và Hà Nội", ["Hà Nam", "Hà Nội"]),
        ("xã Cà Maurice", []),
        ("không nơi nào", []),
        ("", []),
    ],
)
def test_provinces_in_running_text(text: str, expected: list[str]) -> None:
    assert names(text) == expected
