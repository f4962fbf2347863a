"""What must hold of follow-up questions for any input."""

from hypothesis import example, given
from hypothesis import strategies as st

from kb.settings import ConversationSettings
from kb.text import to_reading_form
from retrieval.conversation.history import AnsweredCase, Exchange
from retrieval.conversation.references import ReferenceKind, find_reference, refers_back
from retrieval.conversation.rewriting import rewrite
from retrieval.conversation.sessions import Sessions
from retrieval.conversation.subjects import subject_of, with_place, with_year

# Words that make and break references, so that many of the questions hold one.
_WORDS = (
    "còn thế vậy ở tại Bạc Liêu|Cà Mau|Hậu Giang|bac lieu|thì sao|thi sao|mô hình|mo hinh|thứ hai|"
    "thu hai|đầu tiên|cuối cùng|đó|này|ấy|trên|nơi|chỗ|họ|nó|ông|các|hai|nào|nữa|không|thêm|khác|"
    "bao nhiêu|hộ|tham gia|kết quả|ra sao|ai|làm|thế nào|năm|2021|2023|về|môi trường|nuôi cua|"
    "“Hội quán”|(|)|,|?|:|.|\U0001f41f|và|tổ tự quản|ấp"
).split("|")
questions = st.one_of(
    st.lists(st.sampled_from(_WORDS), min_size=1, max_size=9).map(" ".join), st.text(max_size=60)
)
cases = st.builds(
    AnsweredCase,
    st.tuples(st.sampled_from(["a", "b", "c", "d"])),
    st.sampled_from(["Nuôi cua", "Đưa màu xuống ruộng", "Tổ “5 không”", "Hội quán"]),
    st.sampled_from(["Cà Mau", "Bạc Liêu", None]),
)
lists = st.lists(cases, max_size=4).map(tuple)


@st.composite
def exchanges(draw: st.DrawFn) -> Exchange:
    text = draw(questions)
    return Exchange(
        text,
        text,
        to_reading_form(text),
        draw(lists),
        draw(lists),
        is_held=draw(st.booleans()),
        is_unclear=refers_back(text),
    )


@given(questions)
@example("mô hình thứ hai\u200b làm thế nào")
def test_a_reference_is_a_stretch_of_the_question(text: str):
    reference = find_reference(text)
    if reference is not None:
        reading = to_reading_form(text)
        assert reading[reference.start_char : reference.end_char] == reference.text
        assert reference.text


@given(questions)
def test_only_references_point_back(text: str):
    if refers_back(text):
        reference = find_reference(text)
        assert reference is not None
        assert reference.kind not in {ReferenceKind.ELLIPSIS, ReferenceKind.TOPIC_CHANGE}


@given(questions, st.lists(exchanges(), max_size=4))
def test_a_rewriting_can_be_understood_or_says_why_not(text: str, history: list[Exchange]):
    rewriting = rewrite(text, history)
    assert not (rewriting.changes and rewriting.unclear)
    if rewriting.changes:
        assert not refers_back(rewriting.text)
    else:
        assert to_reading_form(rewriting.text) == to_reading_form(text)
        assert rewriting.document_ids == ()
    known = {key for item in history for case in item.cases for key in case.document_ids}
    known |= {key for item in history for case in item.nearest for key in case.document_ids}
    assert set(rewriting.document_ids) <= known
    if find_reference(text) is None or not history:
        assert not rewriting.is_follow_up


@given(questions, st.lists(exchanges(), min_size=1, max_size=3), lists)
def test_a_case_that_is_put_in_stands_in_the_question(
    text: str, history: list[Exchange], listed: tuple[AnsweredCase, ...]
):
    asked = Exchange("nuôi cua ở Cà Mau", "nuôi cua ở Cà Mau", "nuôi cua ở Cà Mau", listed)
    rewriting = rewrite(text, [*history, asked])
    reference = find_reference(text)
    if reference and reference.kind == ReferenceKind.ORDINAL and rewriting.changes:
        assert any(case.label in rewriting.text for case in listed)
        assert not refers_back(rewriting.text)


@given(questions)
def test_parts_of_a_question_never_break_it(text: str):
    reading = to_reading_form(text)
    assert subject_of(reading) in reading
    assert "Sóc Trăng" in with_place(reading, "Sóc Trăng")
    assert "2024" in with_year(reading, "2024")


@given(
    st.integers(1, 3),
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(0, 4), st.floats(0, 90)), max_size=40),
)
def test_sessions_stay_bounded_and_count_every_turn(
    most: int, turns: int, steps: list[tuple[int, float]]
):
    now = [0.0]
    settings = ConversationSettings(max_sessions=most, max_turns=turns, minutes=1)
    sessions = Sessions(settings, clock=lambda: now[0])
    ids: dict[int, str] = {}
    counts: dict[str, int] = {}
    for who, pause in steps:
        now[0] += pause
        found = sessions.find(ids[who]) if who in ids else None
        if pause > 60:
            assert found is None
        session_id, number = sessions.remember(found[0] if found else None, Exchange("", "", ""))
        assert number == (counts[session_id] + 1 if found else 1)
        ids[who], counts[session_id] = session_id, number
        again = sessions.find(session_id)
        assert again is not None
        assert len(again[1]) == min(number, turns)
        assert len(sessions) <= most
