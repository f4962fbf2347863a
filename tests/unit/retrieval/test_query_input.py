"""Whatever is typed has one defined result: a query, or an error that says what to do."""

import unicodedata

import pytest

from kb.errors import EmptyQuery, QueryTooLong
from kb.knowledge_base import KnowledgeBase
from kb.lexicon import Lexicon
from retrieval.query import Query, parse_query
from retrieval.search import Searcher

TEXTS = [
    "Đưa màu xuống ruộng ở Cà Mau. Mô hình nuôi tôm của Hội Cựu chiến binh (CCB).",
    "Nuôi cua trong vuông tôm. Trồng cam sành. Nuôi tôm ở Cà Mau.",
]


@pytest.fixture(scope="module")
def lexicon() -> Lexicon:
    return Lexicon.build(TEXTS * 3)


@pytest.fixture(params=["with words", "without words"])
def words(request: pytest.FixtureRequest, lexicon: Lexicon) -> Lexicon | None:
    return lexicon if request.param == "with words" else None


def places_of(query: Query) -> dict[str, set[str]]:
    return {mention.name: set(mention.old_provinces) for mention in query.places}


@pytest.mark.parametrize(
    "text",
    [
        "",
        " \t\n",
        "?!…",
        "--- ... ///",
        "🙂🎉",
        "👨‍👩‍👧 🇻🇳",
        "\x00\x07",
        "\u200b\ufeff",
        "_ _",
        "\ud800",
    ],
)
def test_what_holds_no_letter_and_no_digit_is_an_empty_query(
    text: str, words: Lexicon | None
) -> None:
    with pytest.raises(EmptyQuery, match=r"Câu hỏi trống\. Hãy nhập vài từ"):
        parse_query(text, lexicon=words)


def test_five_thousand_characters_are_read_and_one_more_is_refused(lexicon: Lexicon) -> None:
    text = ("nuôi tôm ở Cà Mau " * 300)[:5000].rstrip().ljust(5000, "x")
    query = parse_query(text, lexicon=lexicon)
    assert len(query.typed) == 5000
    assert len(query.accented) < 100  # each term once, however often it is typed
    with pytest.raises(QueryTooLong, match="dài 5001 ký tự, giới hạn là 5000"):
        parse_query(text + "x", lexicon=lexicon)


def test_one_word_of_five_thousand_letters_is_one_term(lexicon: Lexicon) -> None:
    query = parse_query("a" * 5000, lexicon=lexicon)
    assert set(query.accented) == {"a" * 5000}


@pytest.mark.parametrize("text", ["a", "x", "ở", "Đ", "7"])
def test_one_letter_or_digit_is_a_query_for_just_that(text: str, words: Lexicon | None) -> None:
    query = parse_query(text, lexicon=words)
    assert query.text == query.typed == text
    assert query.accented[text.lower()] == 1.0
    assert sum(query.accented.values()) < 2  # other readings of "a" count together less than it
    assert not query.corrections


def test_stop_words_alone_are_searched_as_they_stand(words: Lexicon | None) -> None:
    query = parse_query("và của thì là", lexicon=words)
    assert {"và", "của", "thì", "là", "và của"} <= set(query.accented)
    assert query.is_accented
    assert query.active_parts == ()


@pytest.mark.parametrize("text", ["Cà Mau", "cà mau", "CÀ MAU", "ca mau", "tỉnh Cà Mau"])
def test_a_place_alone_is_a_query_for_that_place(text: str, words: Lexicon | None) -> None:
    query = parse_query(text, lexicon=words)
    assert places_of(query) == {"Cà Mau": {"Cà Mau", "Bạc Liêu"}}
    assert {"ca", "mau", "ca mau"} <= set(query.folded)


def test_emoji_between_words_count_for_nothing(words: Lexicon | None) -> None:
    query = parse_query("🙂 nuôi tôm 🎉🇻🇳", lexicon=words)
    assert query.accented == parse_query("nuôi tôm", lexicon=words).accented
    assert query.typed == "🙂 nuôi tôm 🎉🇻🇳"


def test_english_words_are_searched_as_typed_and_vietnamese_ones_understood(
    words: Lexicon | None,
) -> None:
    query = parse_query("nuôi tôm using camera for farmers", lexicon=words)
    assert query.text == query.typed
    assert {"nuôi tôm", "using", "farmers"} <= set(query.accented)


def test_capitals_are_understood_like_small_letters(words: Lexicon | None) -> None:
    small = parse_query("mô hình nuôi tôm ở Cà Mau", lexicon=words)
    shouted = parse_query("MÔ HÌNH NUÔI TÔM Ở CÀ MAU", lexicon=words)
    assert shouted.accented == small.accented
    assert shouted.folded == small.folded
    assert places_of(shouted) == places_of(small)
    assert [item.value for item in shouted.facets.topics] == [
        item.value for item in small.facets.topics
    ]
    assert not shouted.abbreviations


def test_capitals_without_marks_are_restored_in_capitals(lexicon: Lexicon) -> None:
    query = parse_query("MO HINH NUOI TOM", lexicon=lexicon)
    assert query.text == "MÔ HÌNH NUÔI TÔM"
    assert query.typed == "MO HINH NUOI TOM"


@pytest.mark.parametrize("text", ["农村 养虾", "разведение креветок", "ចិញ្ចឹមបង្គា"])
def test_another_script_is_searched_as_it_stands(text: str, words: Lexicon | None) -> None:
    query = parse_query(text, lexicon=words)
    assert query.text == query.embedded == text
    assert query.accented
    assert query.active_parts == ()


@pytest.mark.parametrize(
    ("text", "name", "provinces"),
    [
        ("mô hình ở Yên Bái", "Yên Bái", {"Yên Bái"}),  # part of Lào Cai since July 2025
        ("mô hình ở Hà Tây", "Hà Tây", {"Hà Nội"}),  # part of Hà Nội since 2008
    ],
)
def test_a_province_that_is_gone_is_still_known(
    text: str, name: str, provinces: set[str], words: Lexicon | None
) -> None:
    assert places_of(parse_query(text, lexicon=words)) == {name: provinces}


def test_contradictory_places_are_both_kept(words: Lexicon | None) -> None:
    query = parse_query("ở Cà Mau tại Hà Giang", lexicon=words)
    assert set(places_of(query)) == {"Cà Mau", "Hà Giang"}


@pytest.mark.parametrize("text", ["nuôi tôm ở Cà Mau", "đường hoà giải", "CỰU CHIẾN BINH ẤP"])
def test_decomposed_input_is_the_same_query(text: str, words: Lexicon | None) -> None:
    decomposed = unicodedata.normalize("NFD", text)
    assert decomposed != text
    assert parse_query(decomposed, lexicon=words) == parse_query(text, lexicon=words)


def test_control_characters_and_odd_spaces_are_not_part_of_the_query(
    words: Lexicon | None,
) -> None:
    odd = parse_query("\x00nuôi\u00a0\x07tôm\u200b\r\n\u202e", lexicon=words)
    assert odd == parse_query("nuôi tôm", lexicon=words)


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("12", {"12"}),
        ("1.129", {"1129"}),
        ("249/MTTQ-BTT", {"249/mttq-btt", "249", "mttq", "btt"}),
    ],
)
def test_a_number_stays_a_number(text: str, terms: set[str], words: Lexicon | None) -> None:
    query = parse_query(text, lexicon=words)
    assert set(query.accented) == set(query.folded) == terms
    assert query.text == query.embedded == text
    assert not query.abbreviations


def test_a_year_alone_is_recognised_as_one(words: Lexicon | None) -> None:
    query = parse_query("2023", lexicon=words)
    assert [item.value for item in query.facets.years] == ["2023"]


def test_tone_style_makes_no_difference(words: Lexicon | None) -> None:
    new, old = parse_query("tổ hòa giải", lexicon=words), parse_query("tổ hoà giải", lexicon=words)
    assert new.accented == old.accented


@pytest.mark.parametrize(
    "text",
    ["a", "và của", "Cà Mau", "🙂 nuôi tôm", "农村", "Yên Bái", "249/MTTQ-BTT", "12", "x" * 5000],
)
@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_query_searches_without_an_error(cases: KnowledgeBase, text: str, mode: str) -> None:
    result = Searcher(cases).search(text, mode=mode)  # type: ignore[arg-type]
    scores = [hit.score for hit in result.hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0.0 <= score <= 1.0 for score in scores)


def test_a_search_of_an_empty_knowledge_base_finds_nothing(kb: KnowledgeBase) -> None:
    result = Searcher(kb).search("nuôi tôm ở Cà Mau")
    assert (result.total, result.hits) == (0, ())


def test_what_was_typed_is_kept_beside_what_was_read(lexicon: Lexicon) -> None:
    shown = parse_query("nuoi tom o ca mau", lexicon=lexicon).interpretation()
    assert shown["typed"] == "nuoi tom o ca mau"
    assert str(shown["normalized"]).lower() == "nuôi tôm ở cà mau"
    for item in shown["corrections"]:  # type: ignore[attr-defined]
        assert "nuoi tom o ca mau"[item["start_char"] : item["end_char"]] == item["typed"]
