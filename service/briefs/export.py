"""Briefs as files: what is asked for, where it comes from, and how the file is called."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Protocol
from urllib.parse import quote

from kb.errors import BriefError
from kb.ids import slugify
from kb.models import Answer, Document, Filters
from kb.store import DocumentStore
from retrieval.answering.answerer import WriterChoice
from retrieval.query import ALL_PARTS, Parts
from service.briefs.build import Frame, Material, build_brief
from service.briefs.citing import vietnam_today
from service.briefs.docx import to_docx
from service.briefs.markdown import to_markdown
from service.briefs.model import NO_LETTERHEAD, Brief, BriefFormat, Letterhead
from service.briefs.pdf import to_pdf
from service.briefs.selection import find_chosen

MOST_CHOSEN = 50
MEDIA_TYPES: dict[BriefFormat, str] = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "md": "text/markdown; charset=utf-8",
    "pdf": "application/pdf",
}
_NAME_CHARS = 80


class Answers(Protocol):
    """What answers questions (`retrieval.answering.answerer.Answerer`)."""

    def answer(
        self,
        question: str,
        *,
        filters: Filters | None = None,
        parts: Parts = ALL_PARTS,
        writer: WriterChoice = "auto",
    ) -> Answer:
        """Return an answer with its citations."""
        ...


@dataclass(frozen=True, slots=True)
class BriefRequest:
    """What a brief shall hold.

    Attributes:
        question: Answered first, if given.
        chosen: Ids of cases or documents, in the order wanted.
        filters: Conditions on what answers the question.
        parts: Which parts of the understanding take part.
        writer: A brief is signed, so its claims are quoted unless a model is wanted expressly.
        letterhead: Issuer and recipients.
        title: Instead of the usual title.
        dated: Day of the brief; None is today in Vietnam.
        base: Public address of the service; empty if unknown.
    """

    question: str = ""
    chosen: tuple[str, ...] = ()
    filters: Filters | None = None
    parts: Parts = ALL_PARTS
    writer: WriterChoice = "extractive"
    letterhead: Letterhead = NO_LETTERHEAD
    title: str = ""
    dated: date | None = None
    base: str = ""


def make_brief(store: DocumentStore, answers: Answers | None, request: BriefRequest) -> Brief:
    """Return the brief that a request asks for.

    Args:
        store: The document store.
        answers: Answers the question; may be None where none is asked.
        request: What it shall hold.

    Raises:
        BriefError: It asks for nothing, or for too much.
        CaseNotFound: A chosen id is unknown.
        EmptyQuery: The question holds no letter and no digit.
        QueryTooLong: The question is longer than the limit.
    """
    ids = tuple(dict.fromkeys(request.chosen))
    check_request(request.question, ids)
    if not request.question.strip() and request.filters and not request.filters.is_empty:
        raise BriefError(
            "Điều kiện lọc chỉ dùng cho câu hỏi. Nêu câu hỏi, hoặc bỏ điều kiện lọc: mô hình được "
            "chọn theo mã thì không lọc."
        )
    chosen = tuple(find_chosen(store, identifier) for identifier in ids)
    answer = None
    if request.question.strip() and answers is not None:
        answer = answers.answer(
            request.question,
            filters=request.filters,
            parts=request.parts,
            writer=request.writer,
        )
    material = Material(answer, chosen, _documents_of(store, answer))
    frame = Frame(
        dated=request.dated or vietnam_today(),
        letterhead=replace(
            request.letterhead,
            place=_one_line(request.letterhead.place),
            recipients=tuple(filter(None, map(_one_line, request.letterhead.recipients))),
        ),
        title=_one_line(request.title),
        base=request.base,
    )
    return build_brief(material, frame)


def _one_line(text: str) -> str:
    """Return a text without line ends, which would break up the line of the brief it stands in."""
    return " ".join(text.split())


def check_request(question: str, chosen: Sequence[str]) -> None:
    """Refuse a request that asks for nothing or for too much.

    Raises:
        BriefError: Says which.
    """
    if not question.strip() and not chosen:
        raise BriefError(
            "Chưa có gì để lập báo cáo. Nêu câu hỏi, hoặc mã của ít nhất một mô hình hay tài liệu."
        )
    if len(chosen) > MOST_CHOSEN:
        raise BriefError(
            f"Một báo cáo nhận nhiều nhất {MOST_CHOSEN} mô hình, tài liệu; đã chọn {len(chosen)}. "
            "Bỏ bớt, hoặc chia thành nhiều báo cáo."
        )


def _documents_of(store: DocumentStore, answer: Answer | None) -> dict[str, Document]:
    if answer is None:
        return {}
    ids = [item.document_id for item in answer.citations]
    ids += [row.document_id for row in answer.rows]
    ids += [hit.document.document_id for hit in answer.related]
    documents = store.get_documents(list(dict.fromkeys(ids)))
    return {document.document_id: document for document in documents}


def render_brief(brief: Brief, format: BriefFormat) -> bytes:  # noqa: A002 - the interface's word
    """Return the file of a brief; Word and Markdown of equal briefs are equal byte by byte.

    Raises:
        MissingTool: A PDF is asked for and LibreOffice is not installed.
        BriefError: LibreOffice failed or took too long.
    """
    match format:
        case "md":
            return to_markdown(brief).encode()
        case "docx":
            return to_docx(brief)
        case "pdf":
            return to_pdf(to_docx(brief))


def file_name(brief: Brief, format: BriefFormat) -> str:  # noqa: A002 - the interface's word
    """Return a name without characters that file systems refuse, such as "Báo cáo ... .docx"."""
    subject = brief.subject.removeprefix("Về ").removeprefix("câu hỏi: ")
    kept = "".join(
        char if char.isalnum() or char in " -_,()" else " "
        for char in f"{brief.title.capitalize()} - {subject}"
    )
    stem = " ".join(kept.split())
    if len(stem) > _NAME_CHARS:
        # A title may be one long word.
        stem = stem[: _NAME_CHARS + 1].rpartition(" ")[0] or stem[:_NAME_CHARS]
    return f"{stem.strip(' -_,(')}.{format}"


def content_disposition(name: str) -> str:
    """Return the header that saves a file under a name (RFC 6266), with an ASCII one beside it.

    Example:
        >>> print(content_disposition("Báo cáo.md"))
        attachment; filename="bao-cao.md"; filename*=UTF-8''B%C3%A1o%20c%C3%A1o.md
    """
    stem, _, ending = name.rpartition(".")
    plain = slugify(stem) or "bao-cao"
    return f"attachment; filename=\"{plain}.{ending}\"; filename*=UTF-8''{quote(name, safe='')}"
