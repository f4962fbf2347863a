"""What a Vietnamese syllable is, and the keys that type it."""

import pytest

from kb.syllables import (
    Pattern,
    completions,
    compose,
    encode_telex,
    encode_vni,
    parse_syllable,
    read_pattern,
    telex_pattern,
    vni_pattern,
)


@pytest.mark.parametrize(
    "word",
    "nghiêng quyết giếng gì gìn giữ khuya thuở huơ oanh ấp yến yêu uống ương quốc quý quỳnh khoắng "
    "ngoằn nguyễn xoong khuấy rượu tuyệt hươu đường chuyển ở ý nghề ghế kỹ hoà thuỷ".split(),
)
def test_words_are_possible_syllables(word: str) -> None:
    assert parse_syllable(word) is not None


@pytest.mark.parametrize(
    "word", "camera ocop htx nghan ce kă tomf hinhf nuooi cấch hìc tiênh bb iên zalo wifi".split()
)
def test_other_letters_are_no_syllable(word: str) -> None:
    assert parse_syllable(word) is None


@pytest.mark.parametrize(
    ("typed", "written"),
    [("hòan", "hoàn"), ("hoà", "hòa"), ("qúy", "quý"), ("thúôc", "thuốc"), ("uỷ", "ủy"),
     ("ngừơi", "người"), ("khủyu", "khuỷu"), ("giừơng", "giường")],
)  # fmt: skip
def test_a_misplaced_tone_is_written_where_it_belongs(typed: str, written: str) -> None:
    assert str(parse_syllable(typed)) == written


def test_a_pattern_fits_what_has_more_marks_but_no_other_ones() -> None:
    typed = read_pattern("duồng")
    assert not typed.fits(read_pattern("dường"))  # ô is not ơ
    assert Pattern("duong", "f").fits(read_pattern("đường"))
    assert not Pattern("duong", "f").fits(read_pattern("dưỡng"))
    assert not Pattern("đuong", "").fits(read_pattern("dưỡng"))


@pytest.mark.parametrize(
    ("keys", "pattern"),
    [
        ("hinhf", ("hinh", "f")), ("moo", ("mô", "")), ("ddaats", ("đât", "s")),
        ("dats", ("dat", "s")), ("datsd", ("đat", "s")), ("nghieepj", ("nghiêp", "j")),
        ("khowir", ("khơi", "r")), ("sarn", ("san", "r")), ("bof", ("bo", "f")),
        ("dduwowcj", ("đươc", "j")), ("duocwdj", ("đươc", "j")),
        ("thw", ("thư", "")), ("muaw", ("mưa", "")), ("quawn", ("quăn", "")),
        ("trangw", ("trăng", "")),
        ("nam", None), ("toto", ("tôt", "")), ("hieen", ("hiên", "")),
    ],
)  # fmt: skip
def test_telex_keys_are_read_wherever_they_stand(
    keys: str, pattern: tuple[str, str] | None
) -> None:
    assert telex_pattern(keys) == pattern


@pytest.mark.parametrize(
    ("keys", "pattern"),
    [("nuo6i", ("nuôi", "")), ("to6m", ("tôm", "")), ("tom1", ("tom", "s")),
     ("d9a61t", ("đât", "s")), ("duong972", ("đương", "f")), ("tra8ng", ("trăng", "")),
     ("tom", None)],
)  # fmt: skip
def test_vni_keys_are_read_wherever_they_stand(keys: str, pattern: tuple[str, str] | None) -> None:
    assert vni_pattern(keys) == pattern


@pytest.mark.parametrize("name", ["h5n1", "km2", "covid19", "f0", "m3", "a4b"])
def test_names_with_digits_make_no_syllable(name: str) -> None:
    pattern = vni_pattern(name)
    assert pattern is None or compose(pattern) is None


def test_completions_add_as_few_marks_as_they_can() -> None:
    found = completions(Pattern("duong", "f"))
    assert found[:2] == ["duồng", "dường"]
    assert "đường" in found
    assert "dưỡng" not in found
    assert completions(Pattern("camera", "")) == []


@pytest.mark.parametrize("style", ["inline", "tone-last", "all-last"])
@pytest.mark.parametrize("word", "nuôi tôm đường nghiệp khuỷu trường mười ăn quý giếng đất".split())
def test_what_is_encoded_is_decoded_again(word: str, style: str) -> None:
    telex = telex_pattern(encode_telex(word, style))  # type: ignore[arg-type]
    vni = vni_pattern(encode_vni(word, style))  # type: ignore[arg-type]
    assert telex == vni == read_pattern(word)
