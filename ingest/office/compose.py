"""What an office format holds, to a document: reading form, locators, metadata.

One place for all office formats, so that a report means the same whether it came as DOCX, PDF or
RTF. Blocks are normalised one by one and then joined, never the other way round: the offsets of
pages would no longer be right after white space is removed.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.encodings import repair_text
from ingest.metadata.localities import locate_province
from ingest.metadata.titles import MAX_DERIVED_TITLE, derive_title
from ingest.office.letterhead import Fact, Letterhead, read_letterhead
from ingest.ports import Block, FileProperties, OfficeText
from ingest.records.case_text import years_in
from ingest.sources import SourceFile
from kb.errors import EmptyDocument
from kb.ids import content_sha256, document_id_for
from kb.models import Document, Locator, MetadataEvidence, Span
from kb.sentences import ends_statement
from kb.text import to_reading_form

# A heading or a short first line may be the title of a text without letterhead.
_FIRST_BLOCKS = 5
# What programs put there by themselves.
_NO_TITLE = re.compile(
    r"^(?:microsoft (?:word|powerpoint|office)\b.*|powerpoint presentation|untitled.*"
    r"|document\s*\d*|slide\s*\d+|bản trình bày.*|tài liệu\s*\d*|.*\.(?:docx?|pptx?|pdf|rtf|odt))$",
    re.IGNORECASE,
)
_LOCATED = 0.6
# Looking for places costs a second for every 100,000 characters, and a text says early where it is.
_LOCATED_FROM = 30_000
_FROM_PROPERTIES = 0.2


@dataclass(frozen=True, slots=True)
class ContinuedBlock(Block):
    """The rest of a block that a page begins in, for formats that know their paragraphs.

    Attributes:
        glue: What stands between it and the block before: a space, or nothing.
    """

    glue: str = " "


def compose(office: OfficeText, file: SourceFile, *, joins_pages: bool = True) -> Document:
    """Return the document of an office text.

    The title comes first, then blocks separated by a blank line, rows of a table by a line end. A
    sentence that runs on over a page border is joined again; the locator stands inside it. National
    motto, rules and the list of recipients are left out (`ingest.office.letterhead`).

    Args:
        office: What the extractor read.
        file: Where it is from.
        joins_pages: Whether a paragraph may have been broken at the end of a page, as it is where
            each page is read by itself. Formats that know their paragraphs say no, and mark the
            rest of one by `ContinuedBlock`.

    Raises:
        EmptyDocument: No letter or digit is left.
    """
    blocks = _clean(office.blocks)
    if not any(char.isalnum() for block in blocks for char in block.text):
        raise EmptyDocument(
            f"{file.name}: không có chữ nào đọc được. Nếu là bản chụp hay ảnh, hãy lưu thành PDF "
            "để nhận dạng chữ (OCR), hoặc nạp bản có chữ."
        )
    head = read_letterhead(blocks)
    title = head.title or _title_of(blocks, head.dropped, office.properties)
    left_out = head.dropped.union(title.blocks)
    body = [
        # The beginning of it is elsewhere: it stands by itself.
        Block(block.text, block.kind, block.number) if index - 1 in left_out else block
        for index, block in enumerate(blocks)
        if index not in left_out
    ]
    layout = _lay_out(title, blocks, body, office, joins_pages=joins_pages)
    published = head.published.value if head.published else None
    province = head.province or _located(title, blocks, head, published)
    evidence = _evidence(title, head, province, layout.text, office)
    publisher = head.publisher.value if head.publisher else None
    return Document(
        document_id=document_id_for(file.origin),
        kind="article",
        title=title.value,
        text=layout.text,
        origin=file.origin,
        sha256=content_sha256(
            "office",
            layout.text,
            title.value,
            publisher or "",
            published or "",
            province.value if province else "",
            file.url or "",
            repr(layout.locators),
            repr(evidence),
        ),
        publisher=publisher,
        url=file.url,
        published=published,
        province=province.value if province else None,
        years=years_in(published),
        fetched_at=file.fetched_at,
        locators=layout.locators,
        evidence=evidence,
    )


def _clean(blocks: Sequence[Block]) -> list[Block]:
    """Return the blocks in reading form, legacy encodings repaired, without empty ones."""
    lines = [" ".join(block.text.split()) for block in blocks]
    # The whole text is judged at once: a heading alone is too short to tell an encoding by.
    repaired = repair_text("\n".join(lines)).split("\n")
    if len(repaired) != len(blocks):
        repaired = lines
    cleaned = []
    for block, line in zip(blocks, repaired, strict=True):
        text = " ".join(to_reading_form(line).split())
        if text:
            cleaned.append(replace(block, text=text))
    return cleaned


def _title_of(blocks: Sequence[Block], dropped: frozenset[int], properties: FileProperties) -> Fact:
    """Return a title for a text whose letterhead gives none."""
    first = [index for index in range(len(blocks)) if index not in dropped][:_FIRST_BLOCKS]
    # What stands on a later page is no title of the whole.
    first = [index for index in first if blocks[index].number == blocks[first[0]].number]
    for kind in ("title", "heading"):
        for index in first:
            if blocks[index].kind == kind and _may_be_title(blocks[index].text):
                return Fact(blocks[index].text, 0.9, blocks[index].text, (index,), "heading")
    if first:
        text = blocks[first[0]].text
        # A text of one line is its own title.
        if _may_be_title(text) and (not ends_statement(text) or len(blocks) == 1):
            return Fact(text, 0.6, text, (first[0],), "first line")
    declared = to_reading_form(properties.title or "").replace("\n", " ")
    if _may_be_title(declared) and not _NO_TITLE.match(declared) and " " in declared:
        return Fact(declared, _FROM_PROPERTIES, declared, source="file property")
    prose = next((block.text for block in blocks if len(block.text) > 40), blocks[0].text)
    return Fact(derive_title(prose) or prose[:MAX_DERIVED_TITLE], 0.4, prose, (), "first sentence")


def _may_be_title(text: str) -> bool:
    return 3 < len(text) <= 2 * MAX_DERIVED_TITLE and any(char.isalpha() for char in text)


@dataclass(frozen=True, slots=True)
class _Layout:
    text: str
    locators: tuple[Locator, ...]


def _lay_out(
    title: Fact,
    blocks: Sequence[Block],
    body: Sequence[Block],
    office: OfficeText,
    *,
    joins_pages: bool,
) -> _Layout:
    """Return the text and where each page begins in it."""
    numbers = [blocks[index].number for index in title.blocks]
    first = numbers[0] if numbers else next((block.number for block in body), None)
    parts = [title.value]
    length = len(title.value)
    locators: list[Locator] = []
    number = None
    if office.counted and first is not None:
        locators.append(Locator(0, office.counted, first))
        number = first
    previous = None
    for block in body:
        separator = _separator(previous, block, joins_pages=joins_pages)
        length += len(separator)
        if office.counted and block.number is not None and block.number != number:
            locators.append(Locator(length, office.counted, block.number))
            number = block.number
        parts += [separator, block.text]
        length += len(block.text)
        previous = block
    return _Layout("".join(parts), tuple(locators))


def _separator(previous: Block | None, block: Block, *, joins_pages: bool) -> str:
    if previous is None:
        return "\n\n"
    if isinstance(block, ContinuedBlock):
        return block.glue
    if previous.kind == block.kind == "row":
        return "\n"
    runs_on = (
        joins_pages
        and previous.kind == block.kind == "paragraph"
        and previous.number is not None
        and block.number == previous.number + 1
        and not ends_statement(previous.text)
        and block.text[0].islower()
    )
    return " " if runs_on else "\n\n"


def _located(
    title: Fact, blocks: Sequence[Block], head: Letterhead, published: str | None
) -> Fact | None:
    """Return the province that the text is about, where the head of the document names none."""
    # The head was judged already: "Tân Hưng, ngày …" would count for the best known Tân Hưng.
    paragraphs: list[str] = []
    room = _LOCATED_FROM
    for index, block in enumerate(blocks):
        if index >= head.length and index not in head.dropped and room > 0:
            paragraphs.append(block.text[:room])
            room -= len(block.text)
    found = locate_province(title.value, paragraphs, published=published)
    return Fact(found, _LOCATED, found, source="text") if found else None


def _evidence(
    title: Fact, head: Letterhead, province: Fact | None, text: str, office: OfficeText
) -> tuple[MetadataEvidence, ...]:
    # The title opens the text, whatever it was made of.
    facts = {
        "title": replace(title, quote=title.value),
        "publisher": head.publisher,
        "published": head.published,
        "province": province,
    }
    evidence = [
        MetadataEvidence(
            field=name,
            value=fact.value,
            confidence=fact.confidence,
            source=fact.source,
            quote=fact.quote,
            span=_span(text, fact.quote),
        )
        for name, fact in facts.items()
        if fact is not None
    ]
    properties = office.properties
    # Templates and scanners leave other people's names and dates here: evidence, never a value.
    for name, value in (
        ("author", properties.author),
        ("publisher", properties.organization),
        ("created", properties.created.date().isoformat() if properties.created else None),
        ("updated", properties.modified.date().isoformat() if properties.modified else None),
    ):
        cleaned = to_reading_form(value or "").replace("\n", " ")
        if cleaned:
            evidence.append(
                MetadataEvidence(name, cleaned, _FROM_PROPERTIES, "file property", cleaned)
            )
    evidence += [MetadataEvidence("notes", note, 1.0, "extraction", "") for note in office.notes]
    return tuple(evidence)


def _span(text: str, quote: str) -> Span | None:
    start = text.find(quote) if quote else -1
    return Span(start, start + len(quote)) if start >= 0 else None
