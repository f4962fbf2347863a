"""The cases of an answer side by side."""

from collections.abc import Mapping, Sequence

from kb.models import AnswerRow, Cell, Document, Span
from retrieval.answering.case_sections import CONDITIONS, RESULTS, STEPS, CaseSections, sections_of
from retrieval.answering.drafts import ClaimBook, Quoted
from retrieval.grouping import Group


def rows_of(
    documents: Sequence[Document], groups: Mapping[str, Group], book: ClaimBook
) -> tuple[AnswerRow, ...]:
    """Return the quoted cases as rows; what is no case has no parts to put side by side.

    Args:
        documents: Quoted documents, in order.
        groups: By document id, the documents that tell the same case.
        book: Numbers the quotes of the cells.
    """
    rows = []
    for document in documents:
        sections = sections_of(document)
        if sections is not None:
            rows.append(_row(document, sections, groups.get(document.document_id), book))
    return tuple(rows)


def _row(
    document: Document, sections: CaseSections, group: Group | None, book: ClaimBook
) -> AnswerRow:
    head = Quoted(document, sections.head)

    def cell(span: Span, quoted: Quoted) -> Cell:
        return Cell(document.text[span.start_char : span.end_char], book.mark([quoted]))

    def cells(heading: str) -> tuple[Cell, ...]:
        blocks = [Quoted(document, block) for block in sections.blocks(document, heading)]
        return tuple(
            cell(item, next(block for block in blocks if block.span.overlaps(item)))
            for item in sections.items(document, heading)
        )

    place = cell(sections.place, head) if sections.place else Cell(document.province or "")
    return AnswerRow(
        document_id=document.document_id,
        case_id=document.case.case_id if document.case else None,
        case=cell(sections.name, head),
        place=place,
        approach=cells(STEPS),
        results=cells(RESULTS),
        conditions=cells(CONDITIONS),
        source_count=group.source_count if group else 1,
        independent_source_count=group.independent_count if group else 1,
        published=newest_date(document),
    )


def newest_date(document: Document) -> str | None:
    """Return the newest date on which the document or one of its sources was published."""
    dates = [document.published, *(source.published for source in document.sources)]
    return max((date for date in dates if date), default=None)
