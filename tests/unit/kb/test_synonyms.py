"""Related phrases: other words for the same need."""

import unicodedata

import pytest

from kb.phrases import phrase_key
from kb.synonyms import related_phrases, synonym_groups
from kb.text import to_reading_form


def _phrases(text: str) -> list[str]:
    return [related.phrase for related in related_phrases(text)]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        ("giúp người mãn hạn tù", "tái hòa nhập cộng đồng"),
        ("chị em gom ve chai", "phế liệu"),
        ("chống tảo hôn", "kết hôn sớm"),
        ("nuôi heo", "nuôi lợn"),
        ("chợ không dùng tiền mặt", "quét mã QR"),
        ("trồng khóm", "trồng dứa"),
        ("tau ca bam bien", "ngư dân"),
        ("HOÀ GIẢI Ở CƠ SỞ", "tổ hòa giải"),
        ("hoà giải", "mâu thuẫn"),
    ],
)
def test_everyday_wording_and_officialese_lead_to_each_other(text: str, phrase: str):
    assert phrase in _phrases(text)


def test_same_meaning_weighs_more_than_related():
    weights = {related.phrase: related.weight for related in related_phrases("hiến đất")}
    assert weights["góp đất"] > weights["lùi hàng rào"]


def test_the_longest_phrase_wins():
    because = {related.because for related in related_phrases("cho vay không lãi")}
    assert because == {"cho vay không lãi"}


def test_what_is_said_already_is_not_returned():
    assert "nuôi heo" not in _phrases("nuôi lợn và nuôi heo")


def test_marks_count_in_a_marked_text_unless_told_otherwise():
    assert _phrases("chuyện hien dat") == []
    assert "góp đất" in [r.phrase for r in related_phrases("chuyện hien dat", folded=True)]


@pytest.mark.parametrize("text", ["như vậy", "lon nuoc", "câu lạc bộ", "vay", "ngon ngo"])
def test_ambiguous_syllables_start_nothing(text: str):
    assert _phrases(text) == []


def test_offsets_point_at_the_words_in_nfc():
    text = unicodedata.normalize("NFD", "Mô hình nuôi lợn")
    related = related_phrases(text)[0]
    assert unicodedata.normalize("NFC", text)[related.start_char : related.end_char] == "nuôi lợn"


def test_at_most_24_and_always_the_same():
    text = "hiến đất làm đường, rác thải, ma túy, hộ nghèo, tảo hôn, bỏ học, ngư dân, một cửa"
    assert len(related_phrases(text)) == 24
    assert related_phrases(text) == related_phrases(text)


def test_the_list_is_well_formed():
    groups = synonym_groups()
    assert len(groups) >= 150
    for group in groups:
        assert len(group.phrases) >= 2
        assert group.cues
        keys = [phrase_key(phrase) for phrase in group.phrases]
        assert len(keys) == len(set(keys)), group
        assert all(phrase == to_reading_form(phrase) and phrase for phrase in group.phrases)
