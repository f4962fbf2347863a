import re

from ingest.cases.candidates import Candidate
from ingest.cases.merging import merge
from kb.models import Span
from kb.places import find_places


def _candidate(text: str, words: str, odds: float = 2.0, start: int = 0) -> Candidate:
    position = text.index(words, start)
    span = Span(position, position + len(words))
    return Candidate(span, span, odds, 0, is_quoted=True)


def test_an_unsure_candidate_counts_only_as_a_further_mention() -> None:
    text = "Áo ấm rồi áo ấm, còn Xe cũ"
    found = merge(
        text,
        [
            _candidate(text, "Áo ấm"),
            _candidate(text, "áo ấm", -3.0),
            _candidate(text, "Xe cũ", -3.0),
        ],
        [Span(0, len(text))],
    )
    assert [(draft.name, len(draft.mentions)) for draft in found] == [("Áo ấm", 2)]


def test_longer_names_are_found_again_without_marks() -> None:
    text = "“Bữa sáng cho em” và bữa sáng cho em, bữa sáng khác"
    (draft,) = merge(text, [_candidate(text, "Bữa sáng cho em")], [Span(0, len(text))])
    assert [span.start_char for span in draft.mentions] == [1, 21]


def test_lines_that_are_not_the_articles_own_are_not_searched() -> None:
    text = "“Bữa sáng cho em”\nbữa sáng cho em"
    (draft,) = merge(text, [_candidate(text, "Bữa sáng cho em")], [Span(0, 17)])
    assert len(draft.mentions) == 1


def test_places_behind_one_name_make_two_cases() -> None:
    text = "Áo ấm (thôn Đông) và Áo ấm (thôn Đoài), rồi Áo ấm"
    second = text.index("Áo ấm", 5)
    third = text.index("Áo ấm", second + 5)
    candidates = [_candidate(text, "Áo ấm", start=start) for start in (0, second, third)]
    found = merge(text, candidates, [Span(0, len(text))], find_places(text))
    assert [len(draft.mentions) for draft in found] == [1, 2]


def test_a_place_at_another_level_does_not_contradict() -> None:
    text = "Áo ấm (thôn Đông) và Áo ấm (huyện Đầm Dơi)"
    candidates = [
        _candidate(text, "Áo ấm"),
        _candidate(text, "Áo ấm", start=6),
    ]
    assert len(merge(text, candidates, [Span(0, len(text))], find_places(text))) == 1


def test_names_that_differ_in_joining_words_only_are_one_case() -> None:
    text = (
        "“Vườn bưởi và nuôi ong Mật”. “Trồng vườn bưởi kết hợp với nuôi ong mật”. “Nuôi ong mật”."
    )
    spans = [Span(match.start() + 1, match.end() - 1) for match in re.finditer("“[^”]+”", text)]
    candidates = [Candidate(span, span, 3.0, 0, is_quoted=True) for span in spans]
    first, second = merge(text, candidates, [Span(0, len(text))])
    assert first.mentions == spans[:2]
    assert second.mentions == spans[2:]
