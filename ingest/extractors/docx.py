"""Word documents (`.docx`, `.docm`) through python-docx; macros are never looked at."""

import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.opc.part import PartFactory
from docx.oxml.ns import qn
from docx.package import Package
from docx.parts.document import DocumentPart

from ingest.extractors.legacy_fonts import decode_runs
from ingest.extractors.tables import table_blocks
from ingest.extractors.zip_guard import broken_message, check_zip
from ingest.office.compose import compose
from ingest.ports import Block, BlockKind, FileProperties, Item, Limits, OfficeText
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed, IngestError
from kb.models import Document

# The same XML under other content types: with macros, and templates.
for _content_type in (
    "application/vnd.ms-word.document.macroEnabled.main+xml",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.template.main+xml",
    "application/vnd.ms-word.template.macroEnabledTemplate.main+xml",
):
    PartFactory.part_type_for.setdefault(_content_type, DocumentPart)

_FOOTNOTES = "/footnotes"
# Tables in tables in tables: each level is a level of recursion here.
_MAX_NESTING = 20
_SKIPPED = {qn("w:del"), qn("w:moveFrom"), qn("w:instrText"), qn("w:delText")}
_BREAKS = {qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-"}
# Formulas are read as their letters and digits.
_FORMULA = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
_TEXT, _RUN, _PARAGRAPH, _TABLE = qn("w:t"), qn("w:r"), qn("w:p"), qn("w:tbl")
_SOFT_HYPHEN, _TEXT_BOX, _CONTENT = qn("w:softHyphen"), qn("w:txbxContent"), qn("w:sdtContent")
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"


def extract(file: SourceFile, limits: Limits) -> Iterator[Document | Item]:
    """Yield the document of a Word file.

    Body in order with text boxes where they are anchored, then footnotes; headers, footers,
    comments and deleted text are left out.

    Raises:
        UnsafeSource: The package is built to exhaust memory.
        ExtractionFailed: It cannot be opened.
        EmptyDocument: It holds no text.
    """
    check_zip(file.path, limits, name=file.name)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parts of a name twice: the reader takes the last
            word = _open(file.path)
        text = read_word(word)
    except IngestError:
        raise
    # Broken files make the library raise nearly anything (KeyError, AttributeError, lxml errors).
    except Exception as exc:
        raise ExtractionFailed(broken_message(file.name)) from exc
    yield compose(text, file)


def _open(path: Path) -> WordDocument:
    """Open a document, also one with macros or a template, which `docx.Document` refuses."""
    main = Package.open(str(path)).main_document_part
    document: WordDocument = main.document
    return document


def read_word(word: WordDocument) -> OfficeText:
    """Return what an open Word document holds."""
    reader = _Reader(word)
    blocks = reader.blocks(word.element.body)
    notes = _footnote_blocks(word, reader)
    return OfficeText(tuple(blocks + notes), properties=core_properties(word.core_properties))


def core_properties(core: Any) -> FileProperties:
    """Return the core properties of an OOXML package that are usable."""
    return FileProperties(
        title=core.title or None,
        author=core.author or None,
        created=_aware(core.created),
        modified=_aware(core.modified),
    )


def _aware(moment: datetime | None) -> datetime | None:
    """Office writes UTC; the libraries drop the zone."""
    if moment is None:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Reader:
    """Walks the XML of a Word document."""

    def __init__(self, word: WordDocument) -> None:
        self._styles: dict[str, tuple[str | None, str | None, BlockKind]] = {}
        self._default_font: str | None = None
        self._default_style: str | None = None
        self._read_styles(word)

    def _read_styles(self, word: WordDocument) -> None:
        root = word.styles.element
        fonts = root.find(f".//{qn('w:docDefaults')}//{qn('w:rFonts')}")
        self._default_font = _font_of(fonts)
        for style in root.iterchildren(qn("w:style")):
            style_id = style.get(qn("w:styleId")) or ""
            name = style.find(qn("w:name"))
            based = style.find(qn("w:basedOn"))
            properties = style.find(qn("w:rPr"))
            fonts = properties.find(qn("w:rFonts")) if properties is not None else None
            label = (name.get(qn("w:val")) or "").lower() if name is not None else ""
            parent = based.get(qn("w:val")) if based is not None else None
            self._styles[style_id] = (parent, _font_of(fonts), _kind_of(label))
            if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) == "1":
                self._default_style = style_id

    def _chain(self, style_id: str | None) -> Iterator[tuple[str | None, BlockKind]]:
        """Yield font and kind of a style and those that it is based on (which may be a ring)."""
        seen = set()
        while style_id and style_id not in seen and style_id in self._styles:
            seen.add(style_id)
            parent, font, kind = self._styles[style_id]
            yield font, kind
            style_id = parent

    def _style_font(self, style_id: str | None) -> str | None:
        return next((font for font, _ in self._chain(style_id) if font), None)

    def blocks(self, parent: Any, depth: int = 0) -> list[Block]:
        """Return the blocks of a body, a cell or a text box."""
        found: list[Block] = []
        for child in parent.iterchildren():
            if child.tag == _PARAGRAPH:
                found += self._paragraph(child, depth)
            elif child.tag == _TABLE:
                found += self._table(child, depth)
            elif child.tag == qn("w:sdt"):
                content = child.find(_CONTENT)
                if content is not None:
                    found += self.blocks(content, depth)
            elif child.tag in {qn("w:ins"), qn("w:customXml"), qn("w:moveTo")}:
                found += self.blocks(child, depth)
        return found

    def _paragraph(self, paragraph: Any, depth: int) -> list[Block]:
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        style_id = style.get(qn("w:val")) if style is not None else self._default_style
        kinds = (kind for _, kind in self._chain(style_id) if kind != "paragraph")
        kind: BlockKind = next(kinds, "paragraph")
        if kind == "paragraph" and _is_numbered(paragraph):
            kind = "item"
        runs: list[tuple[str, str | None]] = []
        boxes: list[Any] = []
        self._collect(paragraph, self._style_font(style_id), runs, boxes)
        blocks = [Block(line, kind) for line in decode_runs(runs).split("\n") if line.strip()]
        if depth < _MAX_NESTING:
            for box in boxes:
                blocks += self.blocks(box, depth + 1)
        return blocks

    def _collect(
        self, node: Any, font: str | None, runs: list[tuple[str, str | None]], boxes: list[Any]
    ) -> None:
        """Gather runs and text boxes below a node; iterative, since nesting may be hostile."""
        stack = [(child, font) for child in reversed(list(node.iterchildren()))]
        while stack:
            element, inherited = stack.pop()
            tag = element.tag
            if tag in _SKIPPED or tag == _FALLBACK or not isinstance(tag, str):
                continue
            if tag == _TEXT_BOX:
                boxes.append(element)
                continue
            if tag in {_TEXT, _FORMULA}:
                runs.append((element.text or "", inherited or self._default_font))
            elif tag in _BREAKS:
                runs.append((_BREAKS[tag], inherited or self._default_font))
            elif tag == _SOFT_HYPHEN:
                # In TCVN3 this is the letter ư, which Word takes for a hyphenation point.
                runs.append(("\u00ad", inherited or self._default_font))
            else:
                below = self._run_font(element) or inherited if tag == _RUN else inherited
                if tag != qn("w:pPr") and tag != qn("w:rPr"):
                    stack += [(child, below) for child in reversed(list(element.iterchildren()))]

    def _run_font(self, run: Any) -> str | None:
        properties = run.find(qn("w:rPr"))
        if properties is None:
            return None
        style = properties.find(qn("w:rStyle"))
        named = _font_of(properties.find(qn("w:rFonts")))
        return named or (self._style_font(style.get(qn("w:val"))) if style is not None else None)

    def _table(self, table: Any, depth: int) -> list[Block]:
        if depth >= _MAX_NESTING:
            return []
        rows = []
        for row in _children_through_wrappers(table, qn("w:tr")):
            cells = []
            for cell in _children_through_wrappers(row, qn("w:tc")):
                merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
                continued = merge is not None and merge.get(qn("w:val")) != "restart"
                inner = [] if continued else self.blocks(cell, depth + 1)
                cells.append([block.text for block in inner])
            rows.append(cells)
        return table_blocks(rows)


def _children_through_wrappers(parent: Any, tag: str) -> Iterator[Any]:
    """Yield children of a tag, also those inside content controls and tracked insertions."""
    for child in parent.iterchildren():
        if child.tag == tag:
            yield child
        elif child.tag == qn("w:sdt"):
            content = child.find(_CONTENT)
            if content is not None:
                yield from content.iterchildren(tag)


def _font_of(fonts: Any) -> str | None:
    if fonts is None:
        return None
    # Accented letters of a legacy font are Latin-1, for which Word uses `hAnsi`.
    name: str | None = fonts.get(qn("w:hAnsi")) or fonts.get(qn("w:ascii"))
    return name


def _kind_of(style_name: str) -> BlockKind:
    if style_name == "title":
        return "title"
    if style_name.startswith("heading") or style_name == "subtitle":
        return "heading"
    if style_name.startswith("list") and style_name != "list paragraph":
        return "item"
    return "paragraph"


def _is_numbered(paragraph: Any) -> bool:
    number = paragraph.find(f"{qn('w:pPr')}/{qn('w:numPr')}/{qn('w:numId')}")
    return number is not None and number.get(qn("w:val")) != "0"


def _footnote_blocks(word: WordDocument, reader: _Reader) -> list[Block]:
    blocks: list[Block] = []
    for relation in word.part.rels.values():
        if relation.is_external or not relation.reltype.endswith(_FOOTNOTES):
            continue
        root = docx.oxml.parse_xml(relation.target_part.blob)
        for note in root.iterchildren(qn("w:footnote")):
            if note.get(qn("w:type")) is None:  # separators have one
                blocks += reader.blocks(note)
    return blocks
