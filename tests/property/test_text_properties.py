"""What must hold for every text: normal forms, tokens, sentences, numbers, ids."""

import unicodedata

from hypothesis import example, given
from hypothesis import strategies as st

from kb.figures import normalize_number, numbers_in
from kb.ids import chunk_id_for, document_id_for, slugify
from kb.places import find_provinces, get_province
from kb.sentences import split_sentences, split_statements
from kb.terms import fold_runs, terms_of, token_spans, tokenize
from kb.text import fold, to_matching_form, to_reading_form

VIETNAMESE = (
    "aăâbcdđeêghiklmnoôơpqrstuưvxyàáảãạằắẳẵặầấẩẫậèéẻẽẹềếểễệìíỉĩịòóỏõọồốổỗộờớởỡợùúủũụừứửữựỳýỷỹỵ"
)
MARKS = "\u0300\u0301\u0303\u0309\u0323\u0302\u0306\u031b"
letters = st.sampled_from(VIETNAMESE + VIETNAMESE.upper() + MARKS + "ÐðİK")
punctuation = st.sampled_from(' \n\t.,;:!?…"“”()[]-–/|0123456789\u00a0\u00ad\u200b\r\u2028')
texts = st.one_of(
    st.text(st.one_of(letters, punctuation), max_size=120),
    st.text(max_size=60),
    st.text(st.characters(), max_size=60),
)


@given(texts)
@example("\ud800a")
@example("a \u200b\n b")
def test_reading_form_is_idempotent_nfc_and_storable(text: str) -> None:
    once = to_reading_form(text)
    assert to_reading_form(once) == once
    assert unicodedata.is_normalized("NFC", once)
    assert once == once.strip()
    assert "\n\n\n" not in once
    once.encode()


@given(texts)
def test_reading_form_does_not_depend_on_how_letters_are_composed(text: str) -> None:
    assert to_reading_form(unicodedata.normalize("NFD", text)) == to_reading_form(
        unicodedata.normalize("NFC", text)
    )


@given(texts)
@example("HOÀ")
def test_matching_form_is_idempotent(text: str) -> None:
    once = to_matching_form(text)
    assert to_matching_form(once) == once


@given(
    st.text(st.sampled_from("bcdđghklmnprstvx"), max_size=3),
    st.sampled_from(["oa", "oe", "uy"]),
    st.sampled_from("\u0300\u0301\u0303\u0309\u0323"),
)
def test_both_tone_styles_have_one_matching_form(onset: str, pair: str, tone: str) -> None:
    old = unicodedata.normalize("NFC", onset + pair[0] + tone + pair[1])
    new = unicodedata.normalize("NFC", onset + pair + tone)
    assert to_matching_form(old) == to_matching_form(new)
    assert to_matching_form(old.upper()) == to_matching_form(new)


@given(texts)
@example("İ")
def test_folding_is_idempotent(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(texts)
def test_folding_does_not_depend_on_the_tone_style(text: str) -> None:
    reading = to_reading_form(text)
    assert fold(to_matching_form(reading)) == fold(reading)


@given(texts)
def test_token_spans_are_in_order_and_hold_their_token(text: str) -> None:
    text = to_reading_form(text)
    end = 0
    for token in token_spans(text):
        assert end <= token.start_char < token.end_char
        end = token.end_char
        (again,) = token_spans(text[token.start_char : token.end_char])
        assert again.text == token.text


@given(texts)
def test_runs_are_the_tokens_of_the_spans(text: str) -> None:
    text = to_reading_form(text)
    assert [token for run in tokenize(text) for token in run] == [
        token.text for token in token_spans(text)
    ]
    assert all(tokenize(text))


@given(st.lists(st.lists(st.sampled_from(["tôm", "lúa", "1/x"]), max_size=4), max_size=4))
def test_each_pair_of_neighbours_is_a_bigram(runs: list[list[str]]) -> None:
    terms = terms_of(runs)
    assert sum(" " in term for term in terms) == sum(max(0, len(run) - 1) for run in runs)
    assert [len(run) for run in fold_runs(runs)] == [len(run) for run in runs]


@given(texts)
def test_sentences_cover_every_character_that_is_not_space_once(text: str) -> None:
    text = to_reading_form(text)
    for spans in (split_sentences(text), split_statements(text)):
        end = 0
        for span in spans:
            assert not text[end : span.start_char].strip()
            sentence = text[span.start_char : span.end_char]
            assert sentence
            assert sentence == sentence.strip()
            assert "\n" not in sentence
            end = span.end_char
        assert not text[end:].strip()


@given(texts)
def test_splitting_a_statement_again_changes_nothing_outside_it(text: str) -> None:
    text = to_reading_form(text)
    borders = {span.start_char for span in split_sentences(text)}
    assert borders <= {span.start_char for span in split_statements(text)}


@given(texts)
def test_numbers_are_normal_already(text: str) -> None:
    assert [normalize_number(number) for number in numbers_in(text)] == numbers_in(text)


@given(st.integers(0, 10**15))
def test_thousands_separators_and_leading_zeros_do_not_change_a_number(number: int) -> None:
    grouped = f"{number:,}".replace(",", ".")
    assert numbers_in(f"có {grouped} hộ") == numbers_in(f"có {number} hộ") == [str(number)]
    assert numbers_in(f"0{number}") == [str(number)]
    assert numbers_in(f"{grouped},50") == [f"{number},5"]


@given(st.text(max_size=40), st.text(st.characters(codec="utf-8"), min_size=1, max_size=40))
def test_ids_are_stable_and_plain(folder: str, name: str) -> None:
    origin = f"/{folder}/{name}".encode("utf-8", "ignore").decode()
    document_id = document_id_for(origin)
    assert document_id == document_id_for(origin)
    assert document_id.isascii()
    assert len(document_id) <= 87
    assert slugify(document_id) == document_id
    assert chunk_id_for(document_id, 3) == chunk_id_for(document_id, 3)


@given(texts)
def test_mentions_of_provinces_hold_a_province(text: str) -> None:
    text = to_reading_form(text) + " ở Cà Mau"
    mentions = find_provinces(text)
    assert mentions[-1].province.name == "Cà Mau"
    for mention in mentions:
        assert get_province(text[mention.start_char : mention.end_char]) == mention.province
