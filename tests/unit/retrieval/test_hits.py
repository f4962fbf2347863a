"""Results as they are shown: every stretch is one of the document's text."""

from kb.models import Case, Document, Field, Span
from retrieval.candidates import Candidate, Found
from retrieval.grouping import Group
from retrieval.hits import related_hits, to_hits
from retrieval.query import parse_query

HEAD = "Nuôi tôm quảng canh\nĐịa bàn: Cà Mau"
PARTS = (
    "Bà con nuôi tôm dưới tán rừng.",
    "Thương lái đến tận nơi mua tôm sạch.",
    "Trường học có thêm phòng.",
)
TEXT = "\n\n".join((HEAD, *PARTS))
CASE = Case("m", "Nuôi tôm quảng canh", Field.ECONOMY, (), "Cà Mau")
DOCUMENT = Document("m", "case", CASE.name, TEXT, "/m.md", "s", province="Cà Mau", case=CASE)


def span(part: str) -> Span:
    start = TEXT.index(part)
    return Span(start, start + len(part))


def found(chunk: Span, *further: Span, document: Document = DOCUMENT) -> Found:
    candidate = Candidate("m", "m.0", 0.123456789, {"dense": 0.9}, ("m.0",), {"late": 0.5})
    return Found(candidate, document, chunk, further)


def test_a_hit_carries_what_was_found_of_its_leader() -> None:
    other = found(span(PARTS[1]))
    hits = to_hits(parse_query("nuôi tôm"), [Group(found(span(PARTS[0])), (other,))])
    assert len(hits) == 1
    hit = hits[0]
    assert (hit.rank, hit.score, hit.chunk_id) == (1, 0.123457, "m.0")
    assert (hit.leg_scores, hit.features) == ({"dense": 0.9}, {"late": 0.5})
    assert hit.same_case == (DOCUMENT,)
    assert hit.snippet == PARTS[0]


def test_further_passages_are_shown_once_and_only_with_something_of_the_query() -> None:
    item = found(span(PARTS[0]), span(PARTS[1]), span(PARTS[0]), span(PARTS[1]), span(PARTS[2]))
    hit = related_hits(parse_query("nuôi tôm"), [item])[0]
    assert [passage.text for passage in hit.passages] == [PARTS[1]]
    for passage in hit.passages:
        assert passage.text == TEXT[passage.span.start_char : passage.span.end_char]
        assert passage.highlights


def test_the_head_of_a_case_is_left_out_of_its_snippet() -> None:
    hit = related_hits(parse_query("nuôi tôm"), [found(Span(0, span(PARTS[0]).end_char))])[0]
    assert hit.snippet == PARTS[0]
    assert hit.snippet_span == span(PARTS[0])


def test_a_chunk_that_is_nothing_but_head_is_shown() -> None:
    hit = related_hits(parse_query("nuôi tôm"), [found(Span(0, len(HEAD)))])[0]
    assert hit.snippet
    assert hit.snippet in HEAD


def test_an_article_has_no_head() -> None:
    article = Document("m", "article", "Bài", TEXT, "/m.md", "s")
    whole = Span(0, len(HEAD))
    hit = related_hits(parse_query("nuôi tôm"), [found(whole, document=article)])[0]
    assert hit.snippet.startswith("Nuôi tôm quảng canh")


def test_ranks_count_from_one() -> None:
    hits = related_hits(parse_query("tôm"), [found(span(part)) for part in PARTS])
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert related_hits(parse_query("tôm"), []) == []
