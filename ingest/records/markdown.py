"""Markdown with front matter: a case in our form, or an article.

The front matter's `kind` decides: `case` (or a front matter with `name`, `field` and `province`)
is read section by section into a `Case`; anything else is an article whose body becomes plain
text.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import yaml
from markdown_it import MarkdownIt
from markdown_it.token import Token

from ingest.records.case_text import years_in
from ingest.records.models import (
    ArticleFrontMatter,
    CasebookRecord,
    CaseFacts,
    FigureRecord,
    canonical_province,
    case_document,
    validate,
)
from kb.errors import EmptyDocument, ExtractionFailed
from kb.ids import content_sha256, document_id_for
from kb.models import Case, Document, Source
from kb.text import fold, to_reading_form

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\r?\n(?P<yaml>.*?)^---[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_UNCLOSED = re.compile(r"\A\s*---[ \t]*\r?\n")
_SECTIONS = {
    "thuc trang": "problem",
    "cach lam": "approach",
    "ket qua": "results",
    "dieu kien nhan rong": "conditions",
}
_HEADINGS = "Thực trạng, Cách làm, Kết quả, Điều kiện nhân rộng"
_markdown = MarkdownIt("commonmark")


class CaseFrontMatter(CaseFacts):
    """Front matter of a Markdown case; the texts stand in the body's sections."""

    kind: str = "case"
    figures: tuple[FigureRecord, ...] = ()


def read_markdown(text: str, *, origin: str, name: str) -> Document:
    """Return the document of a Markdown file.

    Args:
        text: Content of the file.
        origin: Where it was read.
        name: File name for messages.

    Raises:
        ExtractionFailed: The front matter or a section is wrong; the message says which.
        EmptyDocument: There is no text.
    """
    match = _FRONT_MATTER.match(text)
    if match is None:
        if _UNCLOSED.match(text):
            raise ExtractionFailed(
                f"{name}: phần đầu mở bằng '---' mà không có dòng '---' đóng lại."
            )
        return _article({}, text, origin, name)
    data = _parse_yaml(match["yaml"], name)
    body = text[match.end() :]
    kind = data.get("kind", "case" if {"name", "field", "province"} <= data.keys() else "article")
    if kind == "case":
        return case_document(_case(data, body, name), origin, name)
    if kind == "article":
        return _article(data, body, origin, name)
    raise ExtractionFailed(f"{name}: 'kind' phải là 'case' hoặc 'article', không phải {kind!r}.")


def _parse_yaml(source: str, name: str) -> Mapping[str, Any]:
    try:
        data = yaml.safe_load(source)
    except yaml.YAMLError as exc:
        mark = getattr(exc, "problem_mark", None)
        line = f" ở dòng {mark.line + 2}" if mark else ""
        raise ExtractionFailed(
            f"{name}: phần đầu (YAML) sai{line}: {getattr(exc, 'problem', None) or exc}. "
            "Đặt giá trị có dấu hai chấm trong dấu nháy."
        ) from exc
    except (ValueError, RecursionError) as exc:  # a day such as 2024-02-30, brackets without end
        raise ExtractionFailed(
            f"{name}: phần đầu (YAML) có giá trị không đọc được ({exc}). Xem lại ngày tháng và số."
        ) from exc
    if data is None:
        return {}
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        raise ExtractionFailed(f"{name}: phần đầu phải gồm các dòng 'khóa: giá trị'.")
    return data


def _case(data: Mapping[str, Any], body: str, name: str) -> Case:
    front = validate(CaseFrontMatter, data, name)
    record: dict[str, Any] = front.model_dump(exclude={"kind", "figures"}, exclude_none=True)
    for key, blocks in _sections(body, name).items():
        if not blocks:
            continue
        if key in {"approach", "results"}:
            record[key] = blocks if key == "approach" else [{"text": block} for block in blocks]
        else:
            record[key] = "\n".join(blocks)
    results = record.get("results", [])
    for figure in front.figures:
        if figure.result > len(results):
            raise ExtractionFailed(
                f"{name}: 'figures' nói đến kết quả thứ {figure.result}, "
                f"nhưng mục Kết quả chỉ có {len(results)} dòng."
            )
        results[figure.result - 1].update(value=figure.value, unit=figure.unit)
    return validate(CasebookRecord, record, name).to_case()


def _blocks(body: str) -> Iterator[tuple[str, str]]:
    """Yield `(tag, text)` of headings (h1 to h6), paragraphs, list items (p) and code (pre)."""
    tokens = _markdown.parse(body)
    for position, token in enumerate(tokens):
        if token.type in {"fence", "code_block"}:
            yield "pre", token.content.strip()
        elif token.type == "inline":
            opener = tokens[position - 1]
            tag = opener.tag if opener.type == "heading_open" else "p"
            yield tag, _inline_text(token).replace("\n", " ").strip()


def _sections(body: str, name: str) -> dict[str, list[str]]:
    """Return the blocks (list items or paragraphs) under each known heading."""
    sections: dict[str, list[str]] = {}
    current: list[str] | None = None
    for tag, block in _blocks(body):
        text = to_reading_form(block.replace("\n", " "))
        if tag.startswith("h"):
            key = _SECTIONS.get(fold(text).strip(" :"))
            if key is None:
                raise ExtractionFailed(
                    f"{name}: không có mục {text!r} trong mẫu mô hình. Các mục: {_HEADINGS}."
                )
            current = sections.setdefault(key, [])
        elif current is None:
            raise ExtractionFailed(
                f"{name}: có chữ trước mục đầu tiên ({text[:40]!r}). Đặt dưới một mục: {_HEADINGS}."
            )
        elif text:
            current.append(text)
    return sections


def _inline_text(token: Token) -> str:
    parts = []
    for child in token.children or []:
        if child.type in {"softbreak", "hardbreak"}:
            parts.append("\n")
        elif child.type in {"text", "code_inline", "image"}:
            parts.append(child.content)
        elif child.type == "html_inline" and child.content.lower().startswith("<br"):
            parts.append("\n")
    return "".join(parts)


def _article(data: Mapping[str, Any], body: str, origin: str, name: str) -> Document:
    front = validate(ArticleFrontMatter, data, name)
    heading, blocks = _plain_text(body)
    title = front.title or heading
    if not blocks:
        raise EmptyDocument(f"{name}: không có nội dung sau phần đầu.")
    if title is None:
        title = blocks[0][:150]
    text = to_reading_form("\n\n".join([title, *blocks]))
    sources = tuple(source.to_source() for source in front.sources)
    first = sources[0] if sources else Source()
    province = canonical_province(front.province, name) if front.province else None
    return Document(
        document_id=front.id or document_id_for(origin),
        kind="article",
        title=title,
        text=text,
        origin=origin,
        sha256=content_sha256("article", text, front.model_dump_json()),
        publisher=front.publisher or first.publisher,
        author=front.author,
        url=front.url or first.url,
        published=front.published or first.published,
        province=province,
        field=front.field,
        topics=tuple(front.topics),
        organization=front.organization,
        years=years_in(front.period, front.published, *(source.published for source in sources)),
        sources=sources,
    )


def _plain_text(body: str) -> tuple[str | None, list[str]]:
    """Return the first level-1 heading, if any, and the blocks of text without markup."""
    title: str | None = None
    blocks: list[str] = []
    for tag, text in _blocks(body):
        if tag == "h1" and title is None:
            title = to_reading_form(text)
        elif text:
            blocks.append(text)
    return title, blocks
