"""What holds for any text that is restored."""

from functools import cache

from hypothesis import given, settings
from hypothesis import strategies as st

from kb.lexicon import Lexicon
from kb.syllables import (
    compose,
    encode_telex,
    encode_vni,
    parse_syllable,
    read_pattern,
    telex_pattern,
    vni_pattern,
)
from kb.terms import token_spans
from kb.text import fold, to_matching_form, to_reading_form
from retrieval.query.spelling import MAX_READINGS, restore

TEXTS = [
    "Mô hình nuôi tôm của Hội Cựu chiến binh xã ven biển. Người dân hiến đất làm đường.",
    "Xây dựng nông thôn mới. Tổ hòa giải ở cơ sở. Phụ nữ giúp nhau thoát nghèo. Dân vận khéo.",
]
SYLLABLES = sorted(
    {to_matching_form(word) for text in TEXTS for word in text.replace(".", "").split()}
)


@cache
def lexicon(number: int = 0) -> Lexicon:
    """Return the lexicon of the texts; other numbers give other objects of the same content."""
    return Lexicon.build(TEXTS)


_ANYTHING = st.text(max_size=80)
_LIKELY = st.lists(
    st.one_of(
        st.sampled_from(SYLLABLES),
        st.sampled_from(SYLLABLES).map(fold),
        st.sampled_from(SYLLABLES).map(encode_telex),
        st.sampled_from(SYLLABLES).map(encode_vni),
        st.sampled_from("CCB HTX 249/MTTQ-BTT 2.500 camera , . ; ( ) \n xyz NUÔI a1 đ".split(" ")),
        st.text("abcdeghinouđơưâs16", min_size=1, max_size=9),
    ),
    max_size=14,
).map(" ".join)
_TEXTS = st.one_of(_ANYTHING, _LIKELY)


@given(_TEXTS, st.booleans(), st.booleans())
@settings(deadline=None)
def test_restoring_never_fails_and_its_parts_agree(text: str, marks: bool, typos: bool) -> None:
    result = restore(text, lexicon(), diacritics=marks, typos=typos)
    reading = to_reading_form(text)
    end = 0
    rebuilt = ""
    for item in result.corrections:
        assert end <= item.start_char < item.end_char
        assert reading[item.start_char : item.end_char] == item.typed != item.read
        rebuilt += reading[end : item.start_char] + item.read
        end = item.end_char
    assert rebuilt + reading[end:] == result.text == result.readings[0].text
    assert result.changed == (result.text != reading)
    assert 0 <= result.confidence <= 1
    assert 1 <= len(result.readings) <= MAX_READINGS
    assert sum(item.probability for item in result.readings) <= 1 + 1e-9
    if not marks and not typos:
        assert not result.changed


@given(_TEXTS)
@settings(deadline=None)
def test_the_same_text_gives_the_same_result(text: str) -> None:
    assert restore(text, lexicon()) == restore(text, lexicon(1))


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=12).map(" ".join))
@settings(deadline=None)
def test_only_marks_are_added_to_folded_text(text: str) -> None:
    folded = fold(text)
    result = restore(folded, lexicon(), typos=False)
    assert fold(result.text) == folded


@given(st.lists(st.sampled_from(SYLLABLES), min_size=1, max_size=12).map(" ".join))
@settings(deadline=None)
def test_marked_words_of_the_texts_are_never_doubted(text: str) -> None:
    before = to_matching_form(text).split()
    after = to_matching_form(restore(text, lexicon()).text).split()
    assert len(before) == len(after)
    assert all(a == b for a, b in zip(before, after, strict=True) if fold(a) != a)


@given(_TEXTS, st.data())
@settings(deadline=None)
def test_protected_text_stays(text: str, data: st.DataObject) -> None:
    reading = to_reading_form(text)
    start = data.draw(st.integers(0, len(reading)))
    end = data.draw(st.integers(start, len(reading)))
    result = restore(text, lexicon(), protected=[(start, end)])
    assert all(item.end_char <= start or item.start_char >= end for item in result.corrections)


@given(_TEXTS)
@settings(deadline=None)
def test_syllables_are_written_as_they_are_parsed(text: str) -> None:
    for token in token_spans(to_reading_form(text)):
        syllable = parse_syllable(token.text)
        if syllable is not None:
            assert compose(read_pattern(str(syllable))) == syllable


@given(_ANYTHING)
def test_decoders_take_anything(text: str) -> None:
    for decode in (telex_pattern, vni_pattern):
        pattern = decode(text)
        assert pattern is None or pattern.folded.isalpha() or not pattern.letters.isascii()
