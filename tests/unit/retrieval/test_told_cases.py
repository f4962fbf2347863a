"""Which cases of an article stand beside its hit, and in which order."""

from collections.abc import Sequence

import pytest

from ingest.indexing import write_batch
from kb.ids import content_sha256
from kb.knowledge_base import KnowledgeBase
from kb.models import Document, ExtractedCase, Hit, Passage, Span
from retrieval.told_cases import with_cases

TEXT = (
    "Mô hình Vườn rau sạch của chi hội phụ nữ giúp bữa ăn đỡ tốn.\n\n"
    "Mô hình Ao cá chung được mười nhà góp giống, cuối năm chia đều.\n\n"
    "Nhắc lại Vườn rau sạch, có năm mươi nhà theo. Thêm mô hình Đường hoa ở đầu ấp."
)
RAU, CA, HOA = "Vườn rau sạch", "Ao cá chung", "Đường hoa"


def span(words: str, *, nth: int = 0) -> Span:
    start = -1
    for _ in range(nth + 1):
        start = TEXT.index(words, start + 1)
    return Span(start, start + len(words))


def told(name: str, *passages: str, document_id: str = "bai") -> ExtractedCase:
    mentions = tuple(span(name, nth=nth) for nth in range(TEXT.count(name)))
    return ExtractedCase(
        f"{document_id}-{name}", document_id, name, mentions, tuple(span(each) for each in passages)
    )


CASES = (
    told(RAU, "giúp bữa ăn đỡ tốn"),
    told(CA, "cuối năm chia đều"),
    told(HOA),
)


def article(document_id: str = "bai", cases: Sequence[ExtractedCase] = CASES) -> Document:
    return Document(
        document_id, "article", "Ba mô hình", TEXT, f"{document_id}.md",
        content_sha256(TEXT + document_id), extracted=tuple(cases),
    )  # fmt: skip


def hit(shown: Span, marks: Sequence[Span] = (), further: Sequence[Span] = (),
        document: Document | None = None) -> Hit:  # fmt: skip
    def inside(window: Span) -> tuple[Span, ...]:
        return tuple(
            mark
            for mark in marks
            if window.start_char <= mark.start_char and mark.end_char <= window.end_char
        )

    passages = tuple(Passage(TEXT[w.start_char : w.end_char], w, inside(w)) for w in further)
    text = TEXT[shown.start_char : shown.end_char]
    return Hit(1, 0.5, document or article(), text, shown, inside(shown), "c", passages=passages)


@pytest.fixture
def stored(kb: KnowledgeBase) -> KnowledgeBase:
    write_batch(kb, [article()])
    return kb


def names(kb: KnowledgeBase, found: Hit) -> list[str]:
    [shown] = with_cases(kb.store, [found])
    return [case.name for case in shown.cases]


WHOLE = Span(0, len(TEXT))


def test_cases_stand_in_the_order_of_the_text_if_the_query_names_none(stored):
    assert names(stored, hit(WHOLE, [span("bữa ăn")])) == [RAU, CA, HOA]


def test_the_case_that_the_query_names_comes_first(stored):
    assert names(stored, hit(WHOLE, [span("Đường"), span("hoa")])) == [HOA, RAU, CA]
    assert names(stored, hit(WHOLE, [span(CA)])) == [CA, RAU, HOA]


def test_a_larger_part_of_the_name_weighs_more(stored):
    marks = [span("cá"), span("Đường hoa")]
    assert names(stored, hit(WHOLE, marks)) == [HOA, CA, RAU]


def test_a_word_marked_in_snippet_and_passage_counts_once(stored):
    # "Vườn rau" is more of its name than "cá chung" marked in two windows that overlap.
    marks = [span("Vườn rau", nth=1), span("cá")]
    window = Span(span(CA).start_char, span(CA).end_char)
    found = hit(WHOLE, marks, [window, window, window])
    assert names(stored, found)[0] == RAU


def test_only_cases_of_what_is_shown_stand_beside_it(stored):
    first = Span(0, TEXT.index("\n"))
    assert names(stored, hit(first)) == [RAU]
    assert names(stored, hit(first, further=[span("Thêm mô hình Đường hoa ở đầu ấp.")])) == [
        RAU,
        HOA,
    ]


def test_a_passage_that_tells_of_a_case_without_its_name_counts(stored):
    assert names(stored, hit(span("cuối năm chia đều"))) == [CA]
    assert names(stored, hit(span("có năm mươi nhà theo"))) == []


def test_a_window_that_only_touches_shows_nothing(stored):
    end = span(CA).start_char
    assert names(stored, hit(Span(end - 8, end))) == []


def test_other_hits_stay_as_they_are(stored):
    elsewhere = article("khac", ())
    plain = hit(WHOLE, document=elsewhere)
    shown = with_cases(stored.store, [plain, hit(WHOLE)])
    assert shown[0] is plain
    assert [len(each.cases) for each in shown] == [0, 3]
    assert with_cases(stored.store, []) == []
