"""Tokens, terms and their weights."""

import pytest

from kb.terms import (
    TermScheme,
    document_terms,
    fold_runs,
    hash_term,
    query_terms,
    terms_of,
    token_spans,
    tokenize,
)


@pytest.mark.parametrize(
    ("text", "runs"),
    [
        ("Dân vận khéo", [["dân", "vận", "khéo"]]),
        ("thu 1.129 hộ", [["thu", "1129", "hộ"]]),
        ("lãi 2,5 tỷ", [["lãi", "2,5", "tỷ"]]),
        ("1.234.567,8 đồng", [["1234567,8", "đồng"]]),
        ("ngày 27.10.2023", [["ngày", "27.10.2023"]]),
        ("giai đoạn 2020-2023", [["giai", "đoạn", "2020", "2023"]]),
        ("số 06/2021/QĐ-UBND", [["số", "06/2021/qđ-ubnd"]]),
        ("249/MTTQ-BTT", [["249/mttq-btt"]]),
        ("ấp 5; xã (mới) Tân Hưng", [["ấp", "5"], ["xã"], ["mới"], ["tân", "hưng"]]),
        ("một. Hai\nba", [["một"], ["hai"], ["ba"]]),
        ("HOÀ, hòa", [["hòa", "hòa"]]),
        ("... !", []),
        ("", []),
    ],
)
def test_text_becomes_runs_of_tokens(text: str, runs: list[list[str]]) -> None:
    assert tokenize(text) == runs


def test_token_spans_point_into_the_text() -> None:
    text = "Trên 17.700 cuộc. Uỷ ban"
    assert [text[token.start_char : token.end_char] for token in token_spans(text)] == [
        "Trên",
        "17.700",
        "cuộc",
        "Uỷ",
        "ban",
    ]
    assert [token.starts_run for token in token_spans(text)] == [True, False, False, True, False]
    assert [token.text for token in token_spans(text)][3] == "ủy"


def test_bigrams_never_cross_the_border_of_a_run() -> None:
    assert terms_of([["a", "b"], ["c"]]) == ["a", "b", "a b", "c"]


def test_unigrams_alone_on_request() -> None:
    assert terms_of([["a", "b"]], bigrams=False) == ["a", "b"]


def test_document_number_is_a_term_and_so_are_its_parts() -> None:
    assert terms_of([["249/mttq-btt"]]) == ["249/mttq-btt", "249", "mttq", "btt"]


def test_folded_runs_meet_unaccented_queries() -> None:
    assert fold_runs(tokenize("Nuôi tôm, Đầm Dơi")) == tokenize("nuoi tom, Dam Doi")


def test_stored_weight_is_saturated_length_normalised_frequency() -> None:
    # k1 = 1, b = 0.5, mean length 4: four terms give the norm 1 * (1 - 0.5 + 0.5 * 4/4) = 1.
    weights = document_terms(["a", "a", "a", "b"], TermScheme(k1=1.0, b=0.5, mean_length=4.0))
    by_term = dict(zip(weights.indices, weights.values, strict=True))
    assert by_term[hash_term("a")] == pytest.approx(3 * 2 / (3 + 1))
    assert by_term[hash_term("b")] == pytest.approx(1 * 2 / (1 + 1))


def test_longer_chunks_weigh_their_terms_less() -> None:
    scheme = TermScheme(mean_length=10)
    short = document_terms(["a"] + ["x"] * 4, scheme)
    long = document_terms(["a"] + ["x"] * 40, scheme)
    assert short.values[0] > long.values[0]


def test_query_weight_counts_repetitions() -> None:
    terms = query_terms(["tôm", "lúa", "tôm"])
    assert dict(zip(terms.indices, terms.values, strict=True)) == {
        hash_term("tôm"): 2.0,
        hash_term("lúa"): 1.0,
    }


def test_term_hash_never_changes() -> None:
    # CRC-32 of "dân" in UTF-8; a change would make every stored index unreadable.
    assert hash_term("123456789") == 0xCBF43926
    assert 0 <= hash_term("dân vận") < 2**32
