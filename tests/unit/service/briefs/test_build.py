"""Which sections a brief has and what stands in them."""

from dataclasses import replace

from kb.models import Hit, NoAnswerReason, Note, Span, Turn
from service.briefs.build import Frame, Material, build_brief
from service.briefs.model import Heading, Paragraph, Table
from service.briefs.selection import Chosen
from tests.unit.service.briefs.conftest import BASE, DAY


def _headings(brief):
    return [block.text for block in brief.blocks if isinstance(block, Heading)]


def _section(brief, start):
    """Return the paragraphs of a section as they read."""
    found, is_inside = [], False
    for block in brief.blocks:
        if isinstance(block, Heading) and block.level == 1:
            is_inside = block.text.startswith(start)
        elif is_inside and isinstance(block, Paragraph):
            words = " ".join(part.text for part in block.parts)
            found.append(f"{block.label}: {words}" if block.label else words)
    return found


def test_a_brief_of_an_answer_has_its_sections_in_order(brief):
    assert _headings(brief) == [
        "I. Câu hỏi và phạm vi",
        "II. Nội dung",
        "Trả lời câu hỏi",
        "Bảng tổng hợp",
        "III. Lưu ý",
    ]
    assert brief.subject == "Về câu hỏi: “Nuôi gì để giảm nghèo?”"
    assert _section(brief, "I.")[1] == "Chỉ lọc: Bạc Liêu"
    assert _section(brief, "I.")[-1] == "Căn cứ: câu trả lời dẫn 4 đoạn trích của 2 tài liệu."
    assert _section(brief, "III.") == [
        "Nguồn mới nhất là của năm 2021.",
        "Không rõ ngày đăng của nguồn số 2 trong danh mục.",
    ]


def test_an_answer_without_rows_is_a_list_of_its_claims(answer, documents):
    brief = build_brief(Material(replace(answer, rows=()), (), documents), Frame(DAY))
    assert not any(isinstance(block, Table) for block in brief.blocks)
    assert _section(brief, "II.") == [claim.text for claim in answer.claims]
    assert _headings(brief) == ["I. Câu hỏi và phạm vi", "II. Nội dung", "III. Lưu ý"]


def test_numbers_of_footnotes_are_the_markers_of_the_answer(answer, brief):
    quotes = {note.number: note.citation for note in brief.footnotes}
    assert quotes == {item.marker: item for item in answer.citations}


def test_a_source_is_named_in_full_once_and_by_its_number_after(brief):
    assert [note.source for note in brief.footnotes] == [
        "Nuôi vịt chạy đồng của 12 hộ, Báo Đồng Bằng, 09/03/2021, trang 3 (nguồn số 1)",
        "Nguồn số 1, trang 3",
        "Nguồn số 1, trang 3",
        "Vườn rau của tổ phụ nữ, Báo Mũi Đất (nguồn số 2)",
    ]


def test_a_refusal_says_so_and_lists_the_nearest_cases_as_such(answer, documents, garden):
    hit = Hit(1, 0.5, garden, garden.title, Span(0, 10), (), "c")
    nowhere = replace(garden, title="Tên không có trong văn bản", province="Bạc Liêu")
    refused = replace(
        answer,
        status="no_answer",
        reason=NoAnswerReason.NO_EVIDENCE,
        text="Cơ sở tri thức chưa có tài liệu trả lời câu hỏi này.",
        claims=(),
        citations=(),
        notes=(),
        rows=(),
        related=(hit, replace(hit, document=nowhere)),
    )
    brief = build_brief(Material(refused, (), documents), Frame(DAY, base=BASE))
    assert _section(brief, "II.") == [
        "Chưa có câu trả lời: Cơ sở tri thức chưa có tài liệu trả lời câu hỏi này.",
        "Mô hình gần nhất, không phải câu trả lời: ",
        "Vườn rau của tổ phụ nữ, Cà Mau",
        "Tên không có trong văn bản, Bạc Liêu (nay thuộc Cà Mau)",
    ]
    assert [note.citation.quote for note in brief.footnotes] == ["Vườn rau của tổ phụ nữ"]
    assert list(brief.mentions()) == [1]
    assert _section(brief, "III.")[0].startswith("Báo cáo không dùng số liệu của nơi khác")


def test_a_model_that_words_claims_and_a_partial_answer_are_told(answer, documents):
    worded = replace(answer, status="partial", writer="llm", notes=())
    remarks = _section(build_brief(Material(worded, (), documents), Frame(DAY)), "III.")
    assert remarks[0].startswith("Câu trả lời chưa đủ")
    assert "mô hình ngôn ngữ" in remarks[1]


def test_notes_keep_their_footnotes(answer, documents):
    noted = replace(answer, notes=(Note("conflicting_sources", "Hai nơi ghi khác nhau.", (3, 4)),))
    brief = build_brief(Material(noted, (), documents), Frame(DAY))
    assert list(brief.mentions())[-2:] == [3, 4]


def test_a_follow_up_names_the_question_that_was_answered(answer, documents):
    turn = Turn("s", 2, "còn vịt thì sao?", "Nuôi vịt để giảm nghèo ở đâu?")
    brief = build_brief(Material(replace(answer, turn=turn), (), documents), Frame(DAY))
    assert brief.subject == "Về câu hỏi: “Nuôi vịt để giảm nghèo ở đâu?”"
    assert _section(brief, "I.")[:2] == [
        "Câu hỏi: “Nuôi vịt để giảm nghèo ở đâu?”",
        "Câu đã gõ: “còn vịt thì sao?”",
    ]


def test_chosen_cases_follow_the_answer_with_further_numbers(answer, documents, ducks, garden):
    chosen = (Chosen(garden, garden.case), Chosen(ducks, ducks.case))
    brief = build_brief(Material(answer, chosen, documents), Frame(DAY))
    assert _headings(brief)[2:7] == [
        "Trả lời câu hỏi",
        "Bảng tổng hợp",
        "Các mô hình, tài liệu được chọn",
        "1. Vườn rau của tổ phụ nữ",
        "2. Nuôi vịt chạy đồng của 12 hộ",
    ]
    # The stretch that the answer quotes already keeps its number.
    income = next(note for note in brief.footnotes if "600 nghìn" in note.citation.quote)
    assert income.number == 4
    assert [note.number for note in brief.footnotes] == list(range(1, len(brief.footnotes) + 1))
    assert "Địa bàn ghi như nguồn: Bạc Liêu nay thuộc Cà Mau." in _section(brief, "III.")


def test_a_document_that_went_meanwhile_is_listed_by_its_citation(answer):
    brief = build_brief(Material(answer, (), {}), Frame(DAY))
    assert [entry.title for entry in brief.sources] == [
        "Nuôi vịt chạy đồng của 12 hộ",
        "Vườn rau của tổ phụ nữ",
    ]
    assert brief.sources[0].origins[0].text == "Báo Đồng Bằng, 09/03/2021"
