"""From an answer and chosen cases to the sections of a brief.

What the sources say stands in section II alone, and every statement there has its footnotes;
sections I and III speak of the question and of the sources, in our words.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from kb.dates import show_date
from kb.models import Answer, AnswerRow, Document, ExtractedCase, Hit, Span
from kb.models import Cell as AnswerCell
from kb.places import get_province
from retrieval.interpretation import describe_interpretation
from service.briefs.citing import FootnoteBook, entry_numbers, footnotes_of, sources_of
from service.briefs.model import (
    NO_LETTERHEAD,
    Block,
    Brief,
    Cell,
    Cited,
    Heading,
    Letterhead,
    Paragraph,
    SourceEntry,
    Table,
)
from service.briefs.selection import Chosen, chosen_blocks
from service.pages import show_place

TITLE = "Báo cáo tóm tắt"
TABLE_HEADING = ("Mô hình", "Địa bàn", "Cách làm", "Kết quả", "Điều kiện nhân rộng", "Nguồn")
_CHOSEN_PART = "Các mô hình, tài liệu được chọn"
_TABLE_PART = "Bảng tổng hợp"
# Rows of the understanding that tell a reader on paper nothing.
_UNTOLD = frozenset({"reading", "related", "plain", "question_type"})


@dataclass(frozen=True, slots=True)
class Material:
    """What a brief is made of.

    Attributes:
        answer: The answer, if a question was asked.
        chosen: Cases and documents, in the order in which they were named.
        documents: Stored documents that the answer cites or names, by id.
    """

    answer: Answer | None
    chosen: tuple[Chosen, ...]
    documents: Mapping[str, Document]


@dataclass(frozen=True, slots=True)
class Frame:
    """How a brief is issued.

    Attributes:
        dated: Day of the brief.
        letterhead: Issuer and recipients.
        title: Instead of the usual title.
        base: Public address of the service, for links to the quotes; empty if unknown.
    """

    dated: date
    letterhead: Letterhead = NO_LETTERHEAD
    title: str = ""
    base: str = ""


def build_brief(material: Material, frame: Frame) -> Brief:
    """Return the brief of an answer, of chosen cases, or of both."""
    answer = material.answer
    book = FootnoteBook(answer.citations if answer else ())
    told: list[Block] = []
    if answer:
        told += _answer_blocks(answer, material, book)
        if answer.rows:
            # After the claims, so that the markers of the answer come in order.
            told += _table_blocks(answer, material, entry_numbers(book.citations))
    told += _chosen_parts(material, book)
    documents = {
        **material.documents,
        **{chosen.document.document_id: chosen.document for chosen in material.chosen},
    }
    sources = sources_of(book.citations, documents)
    return Brief(
        letterhead=frame.letterhead,
        title=(frame.title or TITLE).upper(),
        subject=_subject(material),
        dated=frame.dated,
        blocks=(
            Heading("I. Câu hỏi và phạm vi", 1),
            *_scope(material),
            Heading("II. Nội dung", 1),
            *told,
            Heading("III. Lưu ý", 1),
            *_remarks(material, sources),
        ),
        sources=sources,
        footnotes=footnotes_of(book.citations, frame.base),
        closing=_closing(material, frame),
    )


def _closing(material: Material, frame: Frame) -> str:
    numbers = "; số chú thích là số trích dẫn của câu trả lời" if _has_claims(material) else ""
    return (
        "Báo cáo này được lập từ cơ sở tri thức về mô hình, cách làm hay ngày "
        f"{frame.dated:%d/%m/%Y}. Mỗi chú thích là trích nguyên văn bản lưu của nguồn{numbers}."
    )


def _has_claims(material: Material) -> bool:
    return material.answer is not None and bool(material.answer.claims)


def _subject(material: Material) -> str:
    if material.answer:
        return f"Về câu hỏi: “{_question(material.answer)}”"
    names = [chosen.name for chosen in material.chosen]
    if len(names) == 1:
        return f"Về mô hình, tài liệu: {names[0]}"
    return f"Về {len(names)} mô hình, tài liệu được chọn"


def _question(answer: Answer) -> str:
    """Return what was answered: of a follow-up, the question with what it refers to put in."""
    return answer.turn.understood if answer.turn else answer.question


def _scope(material: Material) -> Iterator[Block]:
    if answer := material.answer:
        yield Paragraph((Cited(f"“{_question(answer)}”"),), label="Câu hỏi")
        if answer.turn and answer.turn.asked != answer.turn.understood:
            yield Paragraph((Cited(f"“{answer.turn.asked}”"),), label="Câu đã gõ")
        for row in describe_interpretation(answer.interpretation):
            if row.key not in _UNTOLD:
                yield Paragraph((Cited(row.text),), label=row.label)
        documents = {item.document_id for item in answer.citations}
        if documents:
            sources = Cited(
                f"câu trả lời dẫn {len(answer.citations)} đoạn trích của {len(documents)} tài liệu."
            )
            yield Paragraph((sources,), label="Căn cứ")
    if material.chosen:
        names = "; ".join(chosen.name for chosen in material.chosen)
        yield Paragraph((Cited(f"{names}."),), label=_CHOSEN_PART)


def _answer_blocks(answer: Answer, material: Material, book: FootnoteBook) -> Iterator[Block]:
    if material.chosen or answer.rows:
        yield Heading("Trả lời câu hỏi", 2)
    if not answer.claims:
        yield Paragraph((Cited(answer.text),), label="Chưa có câu trả lời")
    for claim in answer.claims:
        yield Paragraph(
            (Cited(claim.text, claim.citations),), "item" if len(answer.claims) > 1 else "body"
        )
    if answer.status != "answered" and answer.related:
        yield Paragraph((), label="Mô hình gần nhất, không phải câu trả lời")
        for hit in answer.related:
            yield Paragraph((_nearest(hit, book),), "item")


def _nearest(hit: Hit, book: FootnoteBook) -> Cited:
    """Return the title of a near case, quoted where the stored text has it."""
    document = hit.document
    place = f", {show_place(document.province)}" if document.province else ""
    start = document.text.find(document.title)
    if start < 0 or not document.title:
        return Cited(document.title + place)
    number = book.cite(document, Span(start, start + len(document.title)))
    return Cited(document.title + place, (number,))


def _table_blocks(
    answer: Answer, material: Material, entries: Mapping[str, int]
) -> Iterator[Block]:
    yield Heading(_TABLE_PART, 2)
    yield Table(
        TABLE_HEADING,
        tuple(
            (
                Cell((_cited(row.case),)),
                Cell((_cited(row.place),)),
                _lines(row.approach),
                _lines(row.results),
                _lines(row.conditions),
                Cell(tuple(_row_source(row, material, entries))),
            )
            for row in answer.rows
        ),
    )


def _lines(cells: Sequence[AnswerCell]) -> Cell:
    return Cell(tuple(_cited(cell) for cell in cells) or (Cited("Nguồn không nêu"),))


def _cited(cell: AnswerCell) -> Cited:
    return Cited(cell.text, cell.citations)


def _row_source(row: AnswerRow, material: Material, entries: Mapping[str, int]) -> list[Cited]:
    document = material.documents.get(row.document_id)
    number = entries.get(row.document_id)
    facts = [
        document.publisher if document else None,
        show_date(row.published),
        f"nguồn số {number}" if number else None,
        _told_by(row),
    ]
    return [Cited(fact) for fact in facts if fact]


def _told_by(row: AnswerRow) -> str:
    if row.source_count < 2:
        return ""
    if row.independent_source_count == row.source_count:
        return f"{row.source_count} nguồn cùng đưa"
    return f"{row.source_count} nơi đăng, {row.independent_source_count} nguồn độc lập"


def _chosen_parts(material: Material, book: FootnoteBook) -> Iterator[Block]:
    if not material.chosen:
        return
    if material.answer:
        yield Heading(_CHOSEN_PART, 2)
    for number, chosen in enumerate(material.chosen, 1):
        yield Heading(f"{number}. {chosen.name}", 2)
        yield from chosen_blocks(chosen, book)


def _remarks(material: Material, sources: Sequence[SourceEntry]) -> Iterator[Block]:
    """Yield what a reader must know before signing."""
    remarks = [
        *_answer_remarks(material.answer),
        *_chosen_remarks(material.chosen),
        *_undated(sources),
    ]
    if not remarks:
        remarks = [Cited("Không có lưu ý riêng về các nguồn được trích.")]
    for remark in remarks:
        yield Paragraph((remark,), "item")


def _answer_remarks(answer: Answer | None) -> Iterator[Cited]:
    if answer is None:
        return
    if answer.status == "partial":
        yield Cited("Câu trả lời chưa đủ: nguồn chỉ cho biết một phần điều được hỏi.")
    for note in answer.notes:
        yield Cited(note.text, note.citations)
    if answer.writer == "llm":
        yield Cited(
            "Có ý do mô hình ngôn ngữ diễn đạt lại và máy đã đối chiếu với chú thích; cần đọc lại "
            "chú thích trước khi ký."
        )
    if not answer.claims:
        yield Cited(
            "Báo cáo không dùng số liệu của nơi khác, mô hình khác để thay cho điều chưa có nguồn."
        )


def _chosen_remarks(chosen: Sequence[Chosen]) -> Iterator[Cited]:
    machine_made = [item.name for item in chosen if isinstance(item.case, ExtractedCase)]
    if machine_made:
        names = "; ".join(f"“{name}”" for name in machine_made)
        yield Cited(f"Do máy rút từ bài viết, cần đối chiếu với bản gốc: {names}.")
    for name in dict.fromkeys(item.province for item in chosen if item.province):
        province = get_province(name)
        if province is not None and not province.is_current:
            yield Cited(f"Địa bàn ghi như nguồn: {name} nay thuộc {province.today}.")


def _undated(sources: Sequence[SourceEntry]) -> Iterator[Cited]:
    """Yield which sources say nothing of their date: nobody can tell how old their figures are."""
    numbers = [str(entry.number) for entry in sources if not entry.is_dated]
    if numbers:
        yield Cited(f"Không rõ ngày đăng của nguồn số {', '.join(numbers)} trong danh mục.")
