"""The table of syllables that the tokenizer of the bundled model gives."""

import pytest

from kb.embedders.syllable_table import TABLE, syllable_scores
from kb.syllables import parse_syllable


def test_whole_syllables_are_kept_in_matching_form() -> None:
    pieces = {
        "\u2581nuôi": -11.0, "\u2581NUÔI": -11.0, "\u2581hoà": -12.0, "tôm": -9.0,
        "\u2581camera": -9.0, "\u2581the": -7.0, "\u2581não": -9.0, "\u2581": -5.0, "\u25812": -4.0,
    }  # fmt: skip
    scores = syllable_scores(pieces)
    assert set(scores) == {"nuôi", "hòa", "the", "não"}
    assert scores["nuôi"] == pytest.approx(-11 + 0.6931, abs=1e-3)


def test_words_of_other_languages_score_low() -> None:
    scores = syllable_scores({"\u2581the": -7.0, "\u2581não": -9.0, "\u2581những": -9.0})
    assert scores["the"] == scores["não"] < scores["những"]


def test_the_table_holds_syllables_only() -> None:
    rows = [line.split("\t") for line in TABLE.read_text("utf-8").splitlines() if line[0] != "#"]
    assert len(rows) > 2000
    for word, score in rows:
        assert str(parse_syllable(word)) == word
        assert float(score) < 0
