"""Chosen cases and documents as parts of a brief, each statement quoted from the stored text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kb.errors import CaseNotFound, DocumentNotFound
from kb.models import Case, CaseFact, Document, ExtractedCase, Span
from kb.store import DocumentStore
from service.briefs.citing import FootnoteBook
from service.briefs.model import Block, Cited, Paragraph
from service.case_list import find_case

# Labels of a case's stored text, in its order (`ingest.records.case_text`).
_FACTS = ("Địa bàn", "Đơn vị thực hiện", "Đối tượng tham gia", "Thời gian")
_PROBLEM, _STEPS, _RESULTS, _CONDITIONS = (
    "Thực trạng",
    "Cách làm",
    "Kết quả",
    "Điều kiện nhân rộng",
)
_SECTIONS = (_PROBLEM, _STEPS, _RESULTS, _CONDITIONS)
_BULLET = re.compile(r"[-•]\s+")
# Paragraphs of an article that no case is known of: its lead says what it is about.
_LEAD_PARAGRAPHS = 3


@dataclass(frozen=True, slots=True)
class Chosen:
    """What an officer put into a brief.

    Attributes:
        document: The stored document.
        case: The case, recorded or told by the document; None for an article as a whole.
        told: Cases that the article tells of, if it was chosen as a whole.
    """

    document: Document
    case: Case | ExtractedCase | None = None
    told: tuple[ExtractedCase, ...] = ()

    @property
    def name(self) -> str:
        """What it is called."""
        return self.case.name if self.case else self.document.title

    @property
    def province(self) -> str | None:
        """Its province as the source names it."""
        return self.case.province if self.case else self.document.province


def find_chosen(store: DocumentStore, identifier: str) -> Chosen:
    """Return the case, or else the document, that has an id.

    Raises:
        CaseNotFound: There is neither.
    """
    try:
        case, document = find_case(store, identifier)
    except CaseNotFound:
        return _find_document(store, identifier)
    return Chosen(document, case)


def _find_document(store: DocumentStore, document_id: str) -> Chosen:
    try:
        document = store.get_document(document_id)
    except DocumentNotFound as exc:
        raise CaseNotFound(
            f"Không có mô hình hay tài liệu {document_id!r}. Xem các mã bằng `kb cases list` và "
            "`kb documents list`."
        ) from exc
    if document.case is not None:
        return Chosen(document, document.case)
    told = store.extracted_cases.of_documents([document_id]).get(document_id, [])
    return Chosen(document, None, tuple(told))


def chosen_blocks(chosen: Chosen, book: FootnoteBook) -> list[Block]:
    """Return what the stored text says of a chosen case or article."""
    match chosen.case:
        case Case():
            return list(_recorded(chosen.document, book))
        case ExtractedCase() as case:
            return list(_told(case, chosen.document, book))
        case None:
            return list(_article(chosen, book))


def _recorded(document: Document, book: FootnoteBook) -> Iterator[Block]:
    text = document.text
    facts, sections = _read(text)
    for label in _FACTS:
        if span := facts.get(label):
            # The name stands just above the place; one quote shows that they belong together.
            quoted = Span(0, span.end_char) if label == _FACTS[0] else span
            value = text[span.start_char + len(label) + 2 : span.end_char]
            yield Paragraph((Cited(value, (book.cite(document, quoted),)),), label=label)
    for label in _SECTIONS:
        lines = sections.get(label, [])
        if label in {_PROBLEM, _CONDITIONS}:
            parts = tuple(_quoted(document, line, book) for line in lines)
            if parts:
                yield Paragraph(parts, label=label)
            continue
        if lines:
            yield Paragraph((), label=label)
        for line in lines:
            yield Paragraph((_quoted(document, line, book),), "step" if label == _STEPS else "item")
    if absent := [label for label in (*_FACTS[:2], *_SECTIONS) if label not in {*facts, *sections}]:
        yield _absent(absent)


def _absent(labels: list[str]) -> Paragraph:
    names = ", ".join(label[0].lower() + label[1:] for label in labels)
    return Paragraph((Cited(f"Bản lưu trong kho không nêu: {names}."),), "remark")


def _read(text: str) -> tuple[dict[str, Span], dict[str, list[Span]]]:
    """Return the lines of facts by label, and the lines of each section."""
    facts: dict[str, Span] = {}
    sections: dict[str, list[Span]] = {}
    to_come = list(_SECTIONS)
    for span in _lines(text):
        line = text[span.start_char : span.end_char]
        if line in to_come:
            # In order and once each, so that a line of a section is not taken for a heading.
            to_come = to_come[to_come.index(line) + 1 :]
            sections[line] = []
        elif sections:
            list(sections.values())[-1].append(span)
        else:
            label = line.partition(": ")[0]
            if label in _FACTS:
                facts.setdefault(label, span)
    return facts, {label: lines for label, lines in sections.items() if lines}


def _lines(text: str, start: int = 0) -> Iterator[Span]:
    """Yield the lines of a text that hold anything."""
    for line in text[start:].split("\n"):
        if line.strip():
            yield Span(start, start + len(line))
        start += len(line) + 1


def _quoted(document: Document, span: Span, book: FootnoteBook) -> Cited:
    """Return a stretch of a document without its bullet, quoted by itself."""
    text = document.text[span.start_char : span.end_char]
    if bullet := _BULLET.match(text):
        span = Span(span.start_char + bullet.end(), span.end_char)
        text = text[bullet.end() :]
    return Cited(text, (book.cite(document, span),))


def _told(case: ExtractedCase, document: Document, book: FootnoteBook) -> Iterator[Block]:
    named = book.cite(document, case.mentions[0])
    yield Paragraph((Cited(f"“{case.name}”", (named,)),), label="Tên được nêu")
    facts = (
        (_FACTS[0], case.place),
        (_FACTS[1], case.organization),
        (_FACTS[3], case.period),
    )
    for label, fact in facts:
        if fact is not None:
            yield Paragraph((_fact(document, fact, book),), label=label)
    if case.figures:
        yield Paragraph((), label=_RESULTS)
    for span in dict.fromkeys(figure.span for figure in case.figures):
        yield Paragraph((_quoted(document, span, book),), "item")
    if case.passages:
        yield Paragraph((), label="Nguồn kể")
    for span in case.passages:
        yield Paragraph((_quoted(document, span, book),), "item")
    missing = [label for label, fact in facts if fact is None]
    if not case.figures:
        missing.append(_RESULTS)
    if missing:
        yield _absent(missing)


def _fact(document: Document, fact: CaseFact, book: FootnoteBook) -> Cited:
    """Return a fact in the words of the source: a value that was tidied could say more."""
    words = document.text[fact.span.start_char : fact.span.end_char]
    return Cited(words, (book.cite(document, fact.span),))


def _article(chosen: Chosen, book: FootnoteBook) -> Iterator[Block]:
    document = chosen.document
    for case in chosen.told:
        named = book.cite(document, case.mentions[0])
        yield Paragraph((Cited(f"“{case.name}”", (named,)),), label="Mô hình được kể")
        for span in case.passages:
            yield Paragraph((_quoted(document, span, book),), "item")
    if not any(case.passages for case in chosen.told):
        lines = [
            span
            for span in _lines(document.text)
            if document.text[span.start_char : span.end_char] != document.title
        ]
        yield Paragraph((), label="Phần đầu tài liệu")
        for span in lines[:_LEAD_PARAGRAPHS]:
            yield Paragraph((_quoted(document, span, book),), "item")
