"""Each part of the understanding can be switched off, and then leaves no trace."""

from collections import Counter

import pytest

from kb.errors import InvalidFilter
from kb.lexicon import Lexicon
from kb.terms import fold_runs, terms_of, tokenize
from retrieval.query import ALL_PARTS, PART_NAMES, Parts, parse_query

# Something for every part: missing marks, a slip, an abbreviation, a place, a topic, a synonym.
TEXT = "mo hinh nuôi tômm của HTX ở Bạc Liêu năm 2023"


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(
        ["Mô hình nuôi tôm của hợp tác xã ở Bạc Liêu năm 2023. Mô hình nuôi tôm."] * 5
    )


def test_every_part_takes_part_in_the_example(lexicon: Lexicon) -> None:
    query = parse_query(TEXT, lexicon=lexicon)
    assert query.active_parts == tuple(PART_NAMES)
    assert query.text == "mô hình nuôi tôm của HTX ở Bạc Liêu năm 2023"


@pytest.mark.parametrize("name", PART_NAMES)
def test_a_part_that_is_off_is_not_active_and_is_named(name: str, lexicon: Lexicon) -> None:
    query = parse_query(TEXT, lexicon=lexicon, parts=Parts.without([name]))
    assert query.active_parts == tuple(part for part in PART_NAMES if part != name)
    assert query.interpretation()["without"] == [name]


def test_without_diacritics_marks_stay_as_typed(lexicon: Lexicon) -> None:
    query = parse_query(TEXT, lexicon=lexicon, parts=Parts.without(["diacritics"]))
    assert query.text == "mo hinh nuôi tôm của HTX ở Bạc Liêu năm 2023"
    assert "mô" not in query.accented


def test_without_typos_slips_stay_as_typed(lexicon: Lexicon) -> None:
    query = parse_query(TEXT, lexicon=lexicon, parts=Parts.without(["typos"]))
    assert query.text == "mô hình nuôi tômm của HTX ở Bạc Liêu năm 2023"
    assert "tôm" not in query.accented


def test_without_abbreviations_nothing_is_written_out(lexicon: Lexicon) -> None:
    text = "nuôi bò của HTX"
    on = parse_query(text, lexicon=lexicon, parts=Parts.without(["synonyms"]))
    off = parse_query(text, lexicon=lexicon, parts=Parts.without(["synonyms", "abbreviations"]))
    assert on.embedded == "nuôi bò của hợp tác xã"
    assert off.embedded == off.text == text
    assert set(on.accented) - set(off.accented) >= {"hợp", "hợp tác", "tác xã"}
    assert set(off.accented) <= set(on.accented)


def test_a_document_cannot_change_what_a_listed_abbreviation_means(lexicon: Lexicon) -> None:
    known = lexicon.with_abbreviations({"TĐCLĐ": "Tổ đổi công lao động"})
    query = parse_query("HTX và TĐCLĐ, nuôi tôm", lexicon=known)
    assert query.embedded == "hợp tác xã và Tổ đổi công lao động, nuôi tôm"


def test_a_query_of_nothing_but_abbreviations_counts_as_marked(lexicon: Lexicon) -> None:
    assert parse_query("HTX CCB", lexicon=lexicon).is_accented
    off = Parts.without(["diacritics", "typos"])
    assert not parse_query("htx nuoi tom", lexicon=lexicon, parts=off).is_accented


def test_without_places_none_is_recognised_and_the_words_stay(lexicon: Lexicon) -> None:
    off = parse_query(TEXT, lexicon=lexicon, parts=Parts.without(["places"]))
    assert off.places == ()
    assert (off.interpretation()["places"], off.interpretation()["provinces"]) == ([], [])
    # What an answer is checked against cannot be switched off.
    assert [mention.province.name for mention in off.provinces] == ["Bạc Liêu"]
    assert off.accented == parse_query(TEXT, lexicon=lexicon).accented


def test_without_facets_none_is_recognised_and_the_words_stay(lexicon: Lexicon) -> None:
    off = parse_query(TEXT, lexicon=lexicon, parts=Parts.without(["facets"]))
    shown = off.interpretation()
    assert shown["topics"] == shown["organizations"] == shown["years"] == shown["fields"] == []
    assert off.accented == parse_query(TEXT, lexicon=lexicon).accented


def test_without_synonyms_only_own_words_are_searched(lexicon: Lexicon) -> None:
    on = parse_query("nuôi tôm", lexicon=lexicon)
    off = parse_query("nuôi tôm", lexicon=lexicon, parts=Parts.without(["synonyms"]))
    assert off.related == ()
    assert off.accented == {"nuôi": 1.0, "tôm": 1.0, "nuôi tôm": 1.0}
    assert set(on.accented) > set(off.accented)


def test_related_words_weigh_less_than_those_typed(lexicon: Lexicon) -> None:
    query = parse_query("nuôi tôm", lexicon=lexicon)
    added = set(query.accented) - {"nuôi", "tôm", "nuôi tôm"}
    assert added
    assert all(0 < query.accented[term] < 1 for term in added)
    assert query.accented["nuôi tôm"] == 1.0


def test_without_any_part_a_query_is_its_words(lexicon: Lexicon) -> None:
    query = parse_query(TEXT, lexicon=lexicon, parts=Parts.without(["all"]))
    assert query.text == query.embedded == query.typed == TEXT
    assert query.accented == Counter(terms_of(tokenize(TEXT)))
    assert query.folded == Counter(terms_of(fold_runs(tokenize(TEXT))))
    assert query.active_parts == ()
    assert query.confidence == 1.0


def test_a_word_typed_twice_weighs_twice() -> None:
    query = parse_query("cam sành, cam xoàn", parts=Parts.without(["all"]))
    assert query.accented["cam"] == 2.0
    assert query.accented["sành"] == 1.0


def test_names_of_parts_are_taken_with_blanks_and_all_means_all() -> None:
    assert Parts.without([]) == Parts.without(["", " "]) == ALL_PARTS
    assert Parts.without([" places "]).off == ("places",)
    assert Parts.without(["all"]).off == tuple(PART_NAMES)
    assert Parts.without(["synonyms", "typos"]).off == ("typos", "synonyms")


def test_an_unknown_part_is_refused_with_those_there_are() -> None:
    with pytest.raises(InvalidFilter, match="Không có phần 'place' để tắt") as caught:
        Parts.without(["places", "place"])
    for name, shown in PART_NAMES.items():
        assert f"{name} ({shown})" in str(caught.value)


def test_every_part_has_a_name_for_officers() -> None:
    assert set(PART_NAMES) == set(Parts.__slots__)


def test_names_of_places_get_their_marks_and_are_listed_as_corrected(lexicon: Lexicon) -> None:
    query = parse_query("thue dat o hue", parts=Parts.without(["typos"]))
    assert query.text == "thue dat o Huế"  # "thue" holds the letters of the name, too
    assert [(item.typed, item.read) for item in query.corrections] == [("hue", "Huế")]
    assert [mention.name for mention in query.places] == ["Huế"]


@pytest.mark.parametrize("words", [True, False])
def test_without_diacritics_names_of_places_get_no_marks_either(
    words: bool, lexicon: Lexicon
) -> None:
    off = Parts.without(["diacritics"])
    query = parse_query("nuoi tom o ca mau", lexicon=lexicon if words else None, parts=off)
    assert query.text == "nuoi tom o ca mau"
    assert [mention.name for mention in query.places] == ["Cà Mau"]


def test_abbreviations_keep_their_place_when_the_words_around_them_grow(lexicon: Lexicon) -> None:
    query = parse_query("moo hinhf TT&TT cuar HTX o bac lieu", lexicon=lexicon)
    assert query.text == "mô hình TT&TT của HTX ở Bạc Liêu"
    assert [query.text[item.start_char : item.end_char] for item in query.abbreviations] == [
        "TT&TT",
        "HTX",
    ]
    assert "Thông tin và Truyền thông của hợp tác xã" in query.embedded
