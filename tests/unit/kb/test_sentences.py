"""Where sentences end."""

import time

import pytest

from kb.sentences import split_sentences, split_statements


def sentences(text: str) -> list[str]:
    return [text[span.start_char : span.end_char] for span in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Một. Hai! Ba? Bốn…", ["Một.", "Hai!", "Ba?", "Bốn…"]),
        ("Có 1.129 hộ. Đạt 2,5 tỷ.", ["Có 1.129 hộ.", "Đạt 2,5 tỷ."]),
        ("Ở TP. Cà Mau có ThS. Lê T. An.", ["Ở TP. Cà Mau có ThS. Lê T. An."]),
        ("Ấm no. Ấp 5 vui.", ["Ấm no.", "Ấp 5 vui."]),
        ("Hết câu. tiếp tục", ["Hết câu. tiếp tục"]),
        ("Ông nói: “Tốt.” Bà gật.", ["Ông nói: “Tốt.”", "Bà gật."]),
        ("1. Vận động dân.\n2. Làm đường.", ["1. Vận động dân.", "2. Làm đường."]),
        ("a. Vận động", ["a. Vận động"]),
        ("dòng một\ndòng hai\n\ndòng ba", ["dòng một", "dòng hai", "dòng ba"]),
        ("Năm 2023. Năm sau.", ["Năm 2023.", "Năm sau."]),
        ("Vân vân... Rồi thôi.", ["Vân vân...", "Rồi thôi."]),
        ("   ", []),
        ("", []),
        (".", ["."]),
        ("không dấu chấm", ["không dấu chấm"]),
    ],
)
def test_text_is_split_at_sentence_ends(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@pytest.mark.parametrize("unit", ["T. ", "Ấp 5 vui. ", "(a. ", "x.\n", "TP. "])
def test_time_grows_with_the_text_and_not_with_its_square(unit: str) -> None:
    text = unit * 20_000
    started = time.perf_counter()
    split_sentences(text)
    # About 0.1 s; the square of 20,000 would take minutes.
    assert time.perf_counter() - started < 5


def test_short_sentences_keep_their_semicolons() -> None:
    text = "Thu lúa; nuôi tôm; trồng màu."
    assert split_statements(text) == split_sentences(text)


def test_long_enumerations_are_cut_at_semicolons() -> None:
    parts = [f"mô hình số {i} " + "nuôi tôm " * 15 for i in range(3)]
    text = "; ".join(part.strip() for part in parts) + "."
    found = [text[span.start_char : span.end_char] for span in split_statements(text)]
    assert [part[:12] for part in found] == ["mô hình số 0", "mô hình số 1", "mô hình số 2"]
    assert [part[-1] for part in found] == [";", ";", "."]
