"""Claims are let in by their checks, numbered, and said once."""

from retrieval.answering.drafts import ClaimBook, Draft, Quoted, merge_equal
from tests.unit.retrieval.answering.stories import EELS, EELS_ELSEWHERE, span_of

HOUSEHOLDS = Quoted(EELS, span_of(EELS, "Có 26 hộ nuôi lươn"))
GAIN = Quoted(EELS, span_of(EELS, "Mỗi hộ lãi 35 triệu đồng một năm"))
OTHERS = Quoted(EELS_ELSEWHERE, span_of(EELS_ELSEWHERE, "Có 71 hộ nuôi lươn"))


def test_a_quote_is_the_stretch_itself():
    assert HOUSEHOLDS.text == "Có 26 hộ nuôi lươn"


def test_a_draft_knows_its_documents_once_each_in_order():
    draft = Draft("…", (OTHERS, HOUSEHOLDS, GAIN))
    assert draft.document_ids == ("nuoi-luon-hau-giang", "nuoi-luon-vinh-long")


def test_the_same_words_are_one_claim_on_the_quotes_of_all():
    merged = merge_equal([Draft("A", (HOUSEHOLDS,)), Draft("B", (GAIN,)), Draft("A", (OTHERS,))])
    assert merged == [Draft("A", (HOUSEHOLDS, OTHERS)), Draft("B", (GAIN,))]


def test_a_claim_gets_its_markers_and_a_stretch_has_one_marker():
    book = ClaimBook()
    first = book.add(Draft("Có 26 hộ", (HOUSEHOLDS,)))
    second = book.add(Draft("26 hộ, lãi 35 triệu", (HOUSEHOLDS, GAIN, HOUSEHOLDS)))
    assert first is not None
    assert second is not None
    assert (first.citations, second.citations) == ((1,), (1, 2))
    assert book.claims == (first, second)
    assert [citation.quote for citation in book.citations] == [HOUSEHOLDS.text, GAIN.text]
    assert all(first.checks.values())


def test_a_figure_that_no_quote_states_keeps_a_claim_out_without_a_trace():
    book = ClaimBook()
    assert book.add(Draft("Có 27 hộ", (HOUSEHOLDS,))) is None
    assert (book.claims, book.citations) == ((), ())


def test_a_claim_without_a_quote_is_kept_out():
    assert ClaimBook().add(Draft("Có nhiều hộ", ())) is None


def test_a_check_of_the_writer_keeps_a_claim_out():
    book = ClaimBook()
    assert book.add(Draft("Có 26 hộ", (HOUSEHOLDS,), checks={"entailed": False})) is None
    claim = book.add(Draft("Có 26 hộ", (HOUSEHOLDS,), "llm", {"entailed": True}))
    assert claim is not None
    assert claim.checks["entailed"]
    assert claim.written_by == "llm"


def test_nothing_is_said_twice():
    book = ClaimBook()
    assert book.add(Draft("Có 26 hộ", (HOUSEHOLDS,))) is not None
    assert book.add(Draft("Có 26 hộ", (HOUSEHOLDS, GAIN))) is None
    assert len(book.citations) == 1


def test_stretches_are_marked_beside_the_claims():
    book = ClaimBook()
    book.add(Draft("Có 26 hộ", (HOUSEHOLDS,)))
    assert book.mark([GAIN, HOUSEHOLDS, GAIN]) == (2, 1)
    assert [citation.quote for citation in book.citations] == [HOUSEHOLDS.text, GAIN.text]
