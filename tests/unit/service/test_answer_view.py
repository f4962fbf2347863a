"""How claims, notes and refusals are laid out for the page."""

import re
from dataclasses import replace

import pytest

from ingest.records.models import case_document
from kb.models import (
    Answer,
    AnswerRow,
    Case,
    CaseResult,
    Cell,
    Citation,
    Claim,
    Document,
    Field,
    NoAnswerReason,
    Note,
)
from service.answer_view import ClaimView, Piece, claim_views, note_view, paragraphs, view_of

STEPS = ("Chia tổ theo xóm", "Mỗi tổ nhận một đoạn bờ kè")
DOCUMENT = case_document(
    Case(
        case_id="bo-ke-xanh",
        name="Bờ kè xanh",
        field=Field.CULTURE_SOCIETY,
        topics=(),
        province="Bến Tre",
        organization="Hội Nông dân xã",
        approach=STEPS,
        results=(CaseResult("Trồng 120 gốc bần", 120, "gốc"), CaseResult("Hết sạt lở")),
        conditions="Cần cây giống",
    ),
    "so.jsonl",
)
HEAD = "Bờ kè xanh (Bến Tre). Đơn vị thực hiện: Hội Nông dân xã."
IN_STEPS = (
    f"{HEAD} Cách làm: 1. Chia tổ theo xóm. 2. Mỗi tổ nhận một đoạn bờ kè. "
    "Kết quả: Trồng 120 gốc bần; Hết sạt lở."
)


def citation(marker: int, words: str, document: Document = DOCUMENT) -> Citation:
    """Return a citation of a stretch that begins and ends with words: "a…b"."""
    first, _, last = words.partition("…")
    start = document.text.index(first)
    end = document.text.index(last, start) + len(last) if last else start + len(first)
    return Citation(
        marker, document.document_id, "bo-ke-xanh", document.title, None, None, None,
        document.text[start:end], start, end, sha256=document.sha256,
    )  # fmt: skip


CITATIONS = (
    citation(1, "Bờ kè xanh…Hội Nông dân xã"),
    citation(2, f"1. {STEPS[0]}…{STEPS[1]}"),
    citation(3, "Trồng 120…Hết sạt lở"),
)


def answer(claim: str, *, type_: str = "how_to", **changes: object) -> Answer:
    given = Answer(
        question="Làm bờ kè thế nào?",
        status="answered",
        reason=None,
        text=f"Cách làm đã được ghi nhận:\n- {claim} [1][2][3]",
        claims=(Claim(claim, (1, 2, 3), {}),),
        citations=CITATIONS,
        related=(),
        interpretation={"question_type": type_},
        timings_ms={"total": 1.0},
    )
    return replace(given, **changes)


def view(claim: str, *, documents: tuple[Document, ...] = (DOCUMENT,), **changes) -> ClaimView:
    (only,) = claim_views(answer(claim, **changes), documents)
    return only


def words(text: str) -> list[str]:
    """Return the words of a text; numbers before steps are no words."""
    return re.findall(r"\w+", re.sub(r"\b\d\. ", "", text))


def test_steps_of_a_how_to_stand_one_by_one_with_their_own_marker() -> None:
    shown = view(IN_STEPS)
    assert (shown.name, shown.path) == ("Bờ kè xanh", "/cases/bo-ke-xanh")
    assert shown.lead == " (Bến Tre). Đơn vị thực hiện: Hội Nông dân xã."
    assert shown.citations == (1,)
    how, results = shown.parts
    assert (how.heading, how.steps, how.citations) == ("Cách làm", STEPS, (2,))
    assert (results.text, results.citations) == ("Trồng 120 gốc bần; Hết sạt lở.", (3,))


def test_no_word_and_no_marker_of_a_claim_is_lost() -> None:
    for type_ in ("how_to", "list"):
        shown = view(IN_STEPS, type_=type_)
        told = " ".join(
            [
                shown.name + shown.lead,
                *(f"{part.heading} {part.text} {' '.join(part.steps)}" for part in shown.parts),
            ]
        )
        assert words(told) == words(IN_STEPS)
        assert [*shown.citations, *(m for p in shown.parts for m in p.citations)] == [1, 2, 3]


def test_elsewhere_an_approach_stays_a_sentence() -> None:
    claim = f"{HEAD} Cách làm: {STEPS[0]}; {STEPS[1]}. Kết quả: Trồng 120 gốc bần; Hết sạt lở."
    how, _ = view(claim, type_="list").parts
    assert (how.text, how.steps) == (f"{STEPS[0]}; {STEPS[1]}.", ())


@pytest.mark.parametrize(
    "claim",
    [
        f"{HEAD} Cách làm: Đọc sách. Kết quả: Vui.",  # the stored text says something else
        f"{HEAD} Kết quả: 1 năm: Trồng 120 gốc bần.",  # the heading is not right before the words
    ],
)
def test_what_the_stored_text_does_not_tell_stays_whole(claim: str) -> None:
    shown = view(claim)
    assert shown.parts == ()
    assert shown.name + shown.lead == claim
    assert shown.citations == (1, 2, 3)


@pytest.mark.parametrize("more", ["Rồi nghỉ.", "2019.", "7 %."])
def test_steps_with_anything_between_or_after_them_stay_a_sentence(more: str) -> None:
    for told in (f"1. {STEPS[0]}. {more} 2. {STEPS[1]}.", f"1. {STEPS[0]}. 2. {STEPS[1]}. {more}"):
        (how,) = view(f"{HEAD} Cách làm: {told}").parts
        assert (how.text, how.steps) == (told, ())


def test_a_claim_of_a_document_that_is_gone_stays_whole() -> None:
    shown = view(IN_STEPS, documents=())
    assert (shown.name + shown.lead, shown.parts) == (IN_STEPS, ())


def test_a_claim_of_a_language_model_stays_whole_and_is_marked() -> None:
    claim = Claim(IN_STEPS, (1, 2), {}, written_by="llm")
    (shown,) = claim_views(answer(IN_STEPS, claims=(claim,)), [DOCUMENT])
    assert shown == ClaimView("", "", IN_STEPS, (1, 2), (), is_reworded=True)


def test_markers_in_a_note_are_cut_out_and_the_others_follow() -> None:
    note = Note("old_source", "Đăng năm 2019 [3][4], xem khoản [7].", (3, 4, 9))
    assert note_view(note).pieces == (
        Piece("Đăng năm 2019 "),
        Piece("[3]", 3),
        Piece("[4]", 4),
        Piece(", xem khoản [7]."),
        Piece("[9]", 9),
    )


def test_choices_of_a_refusal_are_a_list() -> None:
    shown = paragraphs("Có hai mô hình.\n- “A” (Cà Mau)\n- “B”\n\nHãy hỏi lại.")
    assert [item.text or item.items for item in shown] == [
        "Có hai mô hình.",
        ("“A” (Cà Mau)", "“B”"),
        "Hãy hỏi lại.",
    ]


def test_the_opening_is_what_stands_before_the_first_claim() -> None:
    assert view_of(answer(IN_STEPS)).opening == "Cách làm đã được ghi nhận:"
    assert view_of(answer(IN_STEPS, text=f"{IN_STEPS} [1][2][3]")).opening == ""


def test_the_table_comes_first_only_where_quoted_cases_are_compared() -> None:
    cell = Cell("Bờ kè xanh", (1,))
    rows = (AnswerRow("a", "a", cell, cell), AnswerRow("b", "b", cell, cell))
    compared = answer(IN_STEPS, type_="compare", rows=rows)
    assert view_of(compared).is_table_first
    assert not view_of(replace(compared, writer="llm")).is_table_first
    assert not view_of(replace(compared, rows=rows[:1])).has_table
    listed = view_of(answer(IN_STEPS, type_="list", rows=rows))
    assert (listed.has_table, listed.is_table_first) == (True, False)


def test_only_what_may_mislead_is_a_warning() -> None:
    for code, is_warning in (("old_source", False), ("conflicting_sources", True)):
        note = Note(code, "x")
        assert view_of(answer(IN_STEPS, notes=(note,))).has_warnings is is_warning


def test_a_refusal_says_its_own_text() -> None:
    refused = answer(IN_STEPS, claims=(), citations=(), text="Chưa có.", status="no_answer")
    shown = view_of(replace(refused, reason=NoAnswerReason.WRONG_PLACE))
    assert [item.text for item in shown.paragraphs] == ["Chưa có."]
    assert not shown.is_empty
    assert view_of(replace(refused, reason=NoAnswerReason.EMPTY_KNOWLEDGE_BASE)).is_empty
