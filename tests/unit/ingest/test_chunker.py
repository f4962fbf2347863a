"""Chunks: whole sentences, headings with what follows, never too long."""

import time

import pytest

from ingest.chunker import chunk_document, count_syllables
from kb.ids import chunk_id_for
from kb.models import Chunk, Document
from kb.settings import ChunkerSettings


def chunk(
    text: str, target: int = 20, overlap: int = 0, province: str | None = None
) -> list[Chunk]:
    document = Document("d", "article", "Nhan đề", text, "/d.md", "s", province=province)
    settings = ChunkerSettings(target_syllables=target, overlap_sentences=overlap)
    return chunk_document(document, settings)


def sentence(word: str, syllables: int = 10) -> str:
    return " ".join([word.capitalize()] + [word] * (syllables - 1)) + "."


def test_short_document_is_one_chunk_without_context() -> None:
    (only,) = chunk("Một câu. Hai câu.", province="Cà Mau")
    assert only == Chunk(chunk_id_for("d", 0), "d", 0, 0, 17, "Một câu. Hai câu.", "")


def test_empty_document_has_no_chunk() -> None:
    assert chunk("") == []


def test_sentences_are_packed_up_to_the_target() -> None:
    chunks = chunk(" ".join(sentence(word) for word in "abcde"))
    assert [item.text.split()[0] + item.text.split()[10] for item in chunks[:2]] == ["AB", "CD"]
    assert [count_syllables(item.text) for item in chunks] == [20, 20, 10]
    assert [item.ordinal for item in chunks] == [0, 1, 2]


def test_overlap_repeats_the_last_short_sentence() -> None:
    text = f"{sentence('a', 15)} Ngắn thôi mà. {sentence('b', 15)}"
    first, second = chunk(text, overlap=1)
    assert first.text.endswith("Ngắn thôi mà.")
    assert second.text.startswith("Ngắn thôi mà.")
    long = f"{sentence('a', 8)} {sentence('c', 8)} {sentence('b', 15)}"
    assert chunk(long, overlap=1)[1].text.startswith("B")  # 8 of 20 syllables are too many


def test_heading_opens_the_next_chunk() -> None:
    text = f"{sentence('a', 14)}\n\nKết quả đạt được\n\n{sentence('b', 12)}"
    first, second = chunk(text)
    assert first.text == sentence("a", 14)
    assert second.text.startswith("Kết quả đạt được")


def test_later_chunks_carry_title_place_and_section() -> None:
    text = "\n\n".join([
        "Nhan đề", sentence("a", 14), "Cách làm", *(sentence(word, 15) for word in "bcd"),
    ])  # fmt: skip
    contexts = [(item.text.split()[0], item.context) for item in chunk(text, province="Cà Mau")]
    assert contexts == [
        ("Nhan", ""),
        ("Cách", "Nhan đề - Cà Mau"),  # it opens with its heading
        ("C", "Nhan đề - Cà Mau - Cách làm"),
        ("D", "Nhan đề - Cà Mau - Cách làm"),
    ]


def test_list_lines_and_facts_are_no_headings() -> None:
    lines = ["- nuôi tôm", "1. trồng lúa", "Địa bàn: Cà Mau", "Kết thúc."] * 6
    chunks = chunk("\n".join(["Nhan đề", *lines]))
    assert all(item.context in {"", "Nhan đề"} for item in chunks)


def test_document_of_short_lines_is_packed_and_not_shredded() -> None:
    # A table or a poem: every line looks like a heading.
    chunks = chunk("\n".join(f"Dòng {number} của bảng" for number in range(100)), target=40)
    assert [count_syllables(item.text) for item in chunks] == [40] * 10


def test_long_sentence_is_cut_at_clause_borders() -> None:
    clauses = [" ".join([word] * 12) for word in "abcd"]
    chunks = chunk("; ".join(clauses) + ".")
    assert [item.text for item in chunks] == [f"{clause};" for clause in clauses[:3]] + [
        f"{clauses[3]}."
    ]


def test_long_sentence_without_clauses_is_cut_at_spaces() -> None:
    chunks = chunk(" ".join(["từ"] * 50))
    assert [count_syllables(item.text) for item in chunks] == [20, 20, 10]


def test_run_without_spaces_is_cut_too() -> None:
    text = "/".join(["từ"] * 200)
    chunks = chunk(text)
    assert max(count_syllables(item.text) for item in chunks) <= 30
    assert "".join(item.text for item in chunks) == text


def test_sentence_a_little_over_the_target_stays_whole() -> None:
    assert len(chunk(sentence("a", 30))) == 1
    assert len(chunk(sentence("a", 31))) == 2


@pytest.mark.parametrize("heading", ["Mục", ""])
def test_no_chunk_exceeds_one_and_a_half_targets(heading: str) -> None:
    text = "\n".join(
        part
        for number in range(40)
        for part in (heading, sentence("a", 4), heading, sentence("b", 5 + number % 26))
        if part
    )
    for overlap in range(4):
        sizes = [count_syllables(item.text) for item in chunk(text, overlap=overlap)]
        assert max(sizes) <= 30


def test_time_grows_with_the_text_and_not_with_its_square() -> None:
    text = " ".join(sentence("a") for _ in range(20_000))
    started = time.perf_counter()
    chunks = chunk(text, target=240)
    # About a second; the square of 20,000 sentences would take many.
    assert time.perf_counter() - started < 8
    assert len(chunks) == 834


def test_numbers_count_once() -> None:
    assert count_syllables("Trên 17.700 cuộc, 5 xã") == 6
