"""What holds of abbreviations, synonyms and facets for any text."""

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from kb.abbreviations import (
    find_abbreviations,
    find_long_forms,
    index_expansions,
    mine_abbreviations,
)
from kb.facets import find_facets
from kb.phrases import phrase_key
from kb.synonyms import related_phrases
from kb.terms import fold_token, token_spans
from kb.text import has_diacritics

_WORDS = st.sampled_from(
    "HTX htx UB MTTQ UBMTTQ BTV HN QP - AN & . ; ( ) , \n hộ nghèo ho ngheo hợp tác xã hiến đất "
    "hien dat nuôi lợn nuoi lon Hội Phụ nữ 2023 2020-2022 249/MTTQ-BTT cấp tỉnh HOÀ GIẢI ve chai "
    "hủ tục İ 🙂 NĂM 5K (HTX) gọi tắt là BCĐ Ban Chỉ đạo".split(" ")
)
_TEXTS = st.one_of(st.lists(_WORDS, max_size=25).map(" ".join), st.text(max_size=80))


@given(_TEXTS)
def test_mentions_lie_inside_the_text_in_order(text: str):
    nfc = unicodedata.normalize("NFC", text)
    end = 0
    for mention in find_abbreviations(text):
        assert end <= mention.start_char < mention.end_char <= len(nfc)
        assert mention.longs
        assert 0 < mention.confidence <= 1
        end = mention.end_char
    for mention in find_long_forms(text):
        assert 0 <= mention.start_char < mention.end_char <= len(nfc)
    facets = find_facets(text)
    for found in (facets.fields, facets.topics, facets.organizations, facets.levels, facets.years):
        for facet in found:
            assert nfc[facet.start_char : facet.end_char] == facet.text
        assert len({facet.value for facet in found}) == len(found)


@given(_TEXTS)
def test_normal_forms_make_no_difference(text: str):
    nfc, nfd = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert find_abbreviations(nfc) == find_abbreviations(nfd)
    assert related_phrases(nfc) == related_phrases(nfd)
    assert find_facets(nfc) == find_facets(nfd)


@given(_TEXTS)
def test_related_phrases_are_new_ranked_and_unique(text: str):
    nfc = unicodedata.normalize("NFC", text)
    folded = not has_diacritics(nfc)
    forms = (token.text for token in token_spans(nfc))
    said = f" {' '.join(map(fold_token, forms) if folded else forms)} "
    related = related_phrases(text)
    assert len(related) <= 24
    assert [r.weight for r in related] == sorted((r.weight for r in related), reverse=True)
    keys = [phrase_key(r.phrase, folded=folded) for r in related]
    assert len(set(keys)) == len(keys)
    assert not any(f" {key} " in said for key in keys)
    assert all(r.because == nfc[r.start_char : r.end_char] for r in related)


@given(_TEXTS)
def test_mined_pairs_are_quotes(text: str):
    nfc = unicodedata.normalize("NFC", text)
    for short, long in mine_abbreviations(text).items():
        assert short in nfc
        assert long in nfc


@given(_TEXTS)
def test_expansions_come_once(text: str):
    added = index_expansions(text, mine_abbreviations(text))
    assert len(added) == len(set(added))


@given(_TEXTS)
def test_years_are_years(text: str):
    assert all(1990 <= int(year.value) <= 2049 for year in find_facets(text).years)
