"""Word documents (`.docx`, `.docm`) through python-docx; macros are never looked at.

Pages: a Word file holds no pages, only the marks that Word left where each began when it last laid
the text out (`w:lastRenderedPageBreak`). A file with such marks gets page numbers from them; page
breaks and sections that begin on a new page count where no mark follows. A file without any mark
was never laid out by Word, so its pages are unknown: breaks alone would count too few, and no
number is better than a wrong one. Numbers count sheets from 1, whatever the footer prints.
"""

import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
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
from ingest.extractors.zip_guard import check_zip, translated_errors
from ingest.office.compose import ContinuedBlock, compose
from ingest.ports import Block, BlockKind, FileProperties, Item, Limits, OfficeText
from ingest.sources import SourceFile
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
_BREAK, _RENDERED, _NOTE = qn("w:br"), qn("w:lastRenderedPageBreak"), qn("w:footnoteReference")
# Stand for marks in the text of a paragraph until it is cut at them; XML allows none of them.
_TURNED, _LAID_OUT, _NOTED = "\x0b", "\x0c", "\x0e"
_MARKS = re.compile(f"([{_TURNED}{_LAID_OUT}{_NOTED}])")
_NEW_PAGE = {"nextPage", "oddPage", "evenPage"}
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
    with translated_errors(file.name):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # parts of a name twice: the reader takes the last
            word = _open(file.path)
        text = read_word(word)
    yield compose(text, file, joins_pages=False)


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
    return OfficeText(
        tuple(blocks + notes),
        "page" if reader.has_pages else None,
        core_properties(word.core_properties),
    )


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
        body = word.element.body
        self.has_pages = next(body.iter(_RENDERED), None) is not None
        self.note_pages: dict[str, int] = {}
        self._noted: list[str] = []
        self._page = 1
        self._is_turned = False  # by a break, and nothing stands on the new page yet
        self._turning_sections = _turning_sections(body) if self.has_pages else set()

    @property
    def number(self) -> int | None:
        """The page that the reader is on; None if pages are unknown."""
        return self._page if self.has_pages else None

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
        blocks = self._lines(decode_runs(runs), kind)
        if paragraph.find(f"{qn('w:pPr')}/{qn('w:sectPr')}") in self._turning_sections:
            self._turn(_TURNED)
        if depth < _MAX_NESTING:
            for box in boxes:
                blocks += self.blocks(box, depth + 1)
        return blocks

    def _lines(self, text: str, kind: BlockKind) -> list[Block]:
        """Return the lines of a paragraph, each cut where a page begins."""
        blocks: list[Block] = []
        for line in text.split("\n"):
            own: list[Block] = []
            space = ""
            for piece in _MARKS.split(line):
                if _MARKS.fullmatch(piece):
                    self._turn(piece)
                elif not piece.strip():
                    space += piece
                else:
                    self._is_turned = False
                    self._add(own, Block(space + piece, kind, self.number))
                    space = ""
            blocks += own
        return blocks

    def _add(self, line: list[Block], block: Block) -> None:
        """Put a piece of a line behind those before it, to the last one if that is on its page."""
        if not line:
            line.append(block)
        elif line[-1].number == block.number:
            line[-1] = replace(line[-1], text=line[-1].text + block.text)
        else:
            apart = line[-1].text[-1].isspace() or block.text[0].isspace()
            line.append(ContinuedBlock(block.text, block.kind, block.number, " " if apart else ""))

    def _turn(self, mark: str) -> None:
        """Take note of a mark in the text."""
        if mark == _NOTED:
            self.note_pages[self._noted.pop(0)] = self._page
        elif mark == _TURNED:
            self._page += 1
            self._is_turned = True
        elif self._is_turned:  # where Word came to by the break before
            self._is_turned = False
        else:
            self._page += 1

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
            if self.has_pages and (mark := _mark_of(element)):
                is_break = tag == _BREAK  # ends the line too
                runs.append((f"\n{mark}" if is_break else mark, inherited or self._default_font))
                if mark == _NOTED:
                    self._noted.append(element.get(qn("w:id")) or "")
            elif tag in {_TEXT, _FORMULA}:
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
        rows: list[list[list[Block]]] = []
        for row in _children_through_wrappers(table, qn("w:tr")):
            # Cells stand side by side: a page that begins in several of them begins once.
            start, ends = (self._page, self._is_turned), []
            cells = []
            for cell in _children_through_wrappers(row, qn("w:tc")):
                self._page, self._is_turned = start
                merge = cell.find(f"{qn('w:tcPr')}/{qn('w:vMerge')}")
                continued = merge is not None and merge.get(qn("w:val")) != "restart"
                cells.append([] if continued else self.blocks(cell, depth + 1))
                ends.append((self._page, self._is_turned))
            self._page, self._is_turned = max(ends, default=start)
            rows.append(cells)
        if not self.has_pages:
            return table_blocks([[_paragraphs(cell) for cell in row] for row in rows])
        return _numbered(rows)


def _numbered(rows: Sequence[Sequence[Sequence[Block]]]) -> list[Block]:
    """Return the blocks of a table with the page of each."""
    filled = [min(block.number or 1 for cell in row for block in cell) for row in rows if any(row)]
    if not filled:
        return []
    if all(len(row) <= 1 for row in rows):  # a frame around text
        return [replace(block, kind="paragraph") for row in rows for cell in row for block in cell]
    blocks = table_blocks([[_paragraphs(cell) for cell in row] for row in rows], filled[0])
    lines = [index for index, block in enumerate(blocks) if block.kind == "row"]
    for index, number in zip(lines, filled, strict=False):
        blocks[index] = replace(blocks[index], number=number)
    if lines:  # recipients and signature below, which belong to the last rows
        foot = lines[-1] + 1
        last = filled[min(len(lines), len(filled) - 1)]
        blocks[foot:] = [replace(block, number=last) for block in blocks[foot:]]
    return blocks


def _paragraphs(cell: Sequence[Block]) -> list[str]:
    texts: list[str] = []
    for block in cell:
        if isinstance(block, ContinuedBlock) and texts:
            texts[-1] = f"{texts[-1].rstrip()}{block.glue}{block.text.lstrip()}"
        else:
            texts.append(block.text)
    return texts


def _mark_of(element: Any) -> str | None:
    """Return what stands for an element that begins a page or refers to a note."""
    if element.tag == _RENDERED:
        return _LAID_OUT
    if element.tag == _BREAK and element.get(qn("w:type")) == "page":
        return _TURNED
    return _NOTED if element.tag == _NOTE else None


def _turning_sections(body: Any) -> set[Any]:
    """Return the ends of sections that another one follows on a new page."""
    sections = list(body.iter(qn("w:sectPr")))
    turning = set()
    for section, following in pairwise(sections):
        kind = following.find(qn("w:type"))
        # Without a type a section begins on a new page.
        if kind is None or (kind.get(qn("w:val")) or "nextPage") in _NEW_PAGE:
            turning.add(section)
    return turning


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
                page = reader.note_pages.get(note.get(qn("w:id")) or "", reader.number)
                blocks += [
                    Block(block.text, block.kind, page if reader.has_pages else None)
                    for block in reader.blocks(note)
                ]
    return blocks
