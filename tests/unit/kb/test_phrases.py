"""Tables of phrases find them whatever the spelling."""

import pytest

from kb.phrases import PhraseTable, Tokens, is_syllable, phrase_key, read_rows

_TABLE = PhraseTable([("hợp tác", 1), ("hợp tác xã", 2), ("tác xã viên", 3), ("lợn", 4)])


def _found(text: str) -> list[int]:
    return [match.values[0] for match in _TABLE.find_longest(Tokens(text))]


def test_the_longest_phrase_wins_and_none_overlap():
    assert _found("hợp tác xã viên và hợp tác") == [2, 1]


def test_find_gives_those_inside_others_too():
    assert [m.values[0] for m in _TABLE.find(Tokens("hợp tác xã viên"))] == [2, 1, 3]


@pytest.mark.parametrize("text", ["hợp tác. xã", "hợp (tác) xã", "hop tạc xa", "hớp tác xã"])
def test_borders_and_other_marks_part_words(text: str):
    assert 2 not in _found(text)


def test_a_text_without_marks_is_matched_without_but_for_single_syllables():
    assert _found("HOP TAC XA nuoi lon") == [2]
    assert _found("nuôi lợn") == [4]


def test_entries_of_one_phrase_add_up():
    table = PhraseTable([("Hoà giải", "a"), ("hòa giải", "b")])
    assert next(table.find(Tokens("HÒA GIẢI"))).values == ("a", "b")


def test_keys_make_spellings_equal():
    assert phrase_key("Hoà - giải") == "hòa giải"
    assert phrase_key("Hoà giải", folded=True) == "hoa giai"


@pytest.mark.parametrize(
    ("folded", "expected"),
    [("nghieng", True), ("an", True), ("quy", True), ("gpmb", False), ("ocop", False)],
)
def test_syllables_are_told_from_abbreviations(folded: str, expected: bool):
    assert is_syllable(folded) is expected


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("abbreviations.tsv", 5),
        ("synonyms.tsv", 2),
        ("facets_topics.tsv", 3),
        ("facets_organizations.tsv", 4),
        ("facets_other.tsv", 5),
    ],
)
def test_rows_have_their_columns(name: str, columns: int):
    assert {len(row) for row in read_rows(name, columns)} == {columns}
