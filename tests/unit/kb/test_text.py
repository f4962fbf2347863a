"""Reading form, matching form and folding of Vietnamese text."""

import unicodedata

import pytest

from kb.text import fold, has_diacritics, to_matching_form, to_reading_form, unify_tone_style


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("dân\u00advận", "dânvận"),  # soft hyphen
        ("dân\u200bvận\ufeff", "dânvận"),  # zero width space, byte-order mark
        ("dân\u00a0\u00a0vận", "dân vận"),  # no-break spaces
        ("dân\u2003\tvận", "dân vận"),
        ("một\r\nhai\rba", "một\nhai\nba"),
        ("một\u2028hai\u2029ba\u0085bốn\fnăm", "một\nhai\nba\nbốn\nnăm"),
        ("một \n\n\n\n hai", "một\n\nhai"),
        ("  một  \n", "một"),
        ("một\x00\x07hai", "mộthai"),
        ("\ud800Ấp\udfff 5", "Ấp 5"),  # halves of characters out of broken JSON
        ("Ðắk Lắk, ð", "Đắk Lắk, đ"),
        ("", ""),
        (" \u200b\n ", ""),
    ],
)
def test_reading_form_drops_what_nobody_sees(raw: str, expected: str) -> None:
    assert to_reading_form(raw) == expected


def test_reading_form_composes_letters_that_macos_takes_apart() -> None:
    apart = unicodedata.normalize("NFD", "Đưa màu xuống ruộng")
    assert len(apart) > len("Đưa màu xuống ruộng")
    assert to_reading_form(apart) == "Đưa màu xuống ruộng"


def test_reading_form_keeps_the_writers_tone_style_and_case() -> None:
    assert to_reading_form("HOÀ giải, uỷ ban, Hòa Bình") == "HOÀ giải, uỷ ban, Hòa Bình"


@pytest.mark.parametrize(
    ("new", "old"),
    [
        ("hoà", "hòa"),
        ("hoá", "hóa"),
        ("toả", "tỏa"),
        ("hoạ", "họa"),
        ("khoẻ", "khỏe"),
        ("uỷ", "ủy"),
        ("thuỷ", "thủy"),
        ("luỹ", "lũy"),
        ("xoè", "xòe"),
    ],
)
def test_both_tone_styles_have_one_matching_form(new: str, old: str) -> None:
    assert new != old
    assert to_matching_form(new) == old
    assert to_matching_form(old) == old
    assert to_matching_form(new.upper()) == old


@pytest.mark.parametrize(
    "word", ["hoàn", "quý", "quỹ", "suýt", "huỳnh", "khuya", "ngoáy", "của", "thuở", "khuỷu", "quà"]
)
def test_words_that_both_styles_write_alike_stay(word: str) -> None:
    assert unify_tone_style(word) == word


def test_matching_form_keeps_the_number_of_characters() -> None:
    text = "Hoà giải, uỷ ban, khoẻ mạnh, Thuỷ sản"
    assert len(to_matching_form(text)) == len(text)


def test_folding_takes_off_all_marks() -> None:
    assert fold("Ủy ban nhân dân Đắk Lắk, Ðồng Nai") == "uy ban nhan dan dak lak, dong nai"
    assert fold("hoà") == fold("hòa") == fold(unicodedata.normalize("NFD", "HOÀ")) == "hoa"


def test_diacritics_are_noticed_in_any_encoding() -> None:
    assert has_diacritics("đ")
    assert has_diacritics(unicodedata.normalize("NFD", "nuôi tôm"))
    assert not has_diacritics("nuoi TOM 2024, 1.129 ha")
