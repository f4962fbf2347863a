"""Snippets and highlights are spans of the stored text."""

from kb.models import Span
from retrieval.matching import excerpt
from retrieval.query import parse_query

TEXT = (
    "Chuyện ở xã.\n\nNăm qua mưa nhiều. Bà con hiến đất mở đường dài 3 km. "
    "Hoà giải viên đến từng nhà."
)


def _marked(text: str, query: str) -> list[str]:
    found = excerpt(text, parse_query(query), Span(0, len(text)))
    return [text[span.start_char : span.end_char] for span in found.highlights]


def test_neighbouring_matches_are_marked_as_one_stretch():
    assert _marked(TEXT, "hiến đất mở đường") == ["hiến đất mở đường"]


def test_a_function_word_is_marked_only_between_content_words():
    assert _marked("Người ở của làng. Nhà của dân.", "nhà của dân ở") == ["Nhà của dân"]


def test_both_tone_styles_and_unaccented_queries_match():
    assert _marked(TEXT, "hòa giải") == ["Hoà giải"]
    assert _marked(TEXT, "hien dat") == ["hiến đất"]
    assert _marked("hiền đạt", "hiến đất") == []


def test_the_snippet_holds_the_best_sentence_and_lies_inside_the_window():
    filler = "Câu không liên quan gì hết cả đâu nhé. " * 20
    text = filler + "Bà con hiến đất mở đường. " + filler
    window = Span(10, len(text) - 5)
    found = excerpt(text, parse_query("hiến đất"), window)
    assert "hiến đất" in text[found.span.start_char : found.span.end_char]
    assert window.start_char <= found.span.start_char < found.span.end_char <= window.end_char
    for span in found.highlights:
        assert found.span.start_char <= span.start_char < span.end_char <= found.span.end_char


def test_a_snippet_does_not_end_with_a_bare_heading():
    text = "Vận động dân hiến đất.\n\nCách làm"
    found = excerpt(text, parse_query("hiến đất"), Span(0, len(text)))
    assert text[found.span.start_char : found.span.end_char] == "Vận động dân hiến đất."
