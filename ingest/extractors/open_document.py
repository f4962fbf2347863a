"""OpenDocument texts (`.odt`) of LibreOffice, straight from their XML."""

import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from defusedxml.ElementTree import fromstring

from ingest.extractors.legacy_fonts import decode_runs
from ingest.extractors.tables import table_blocks
from ingest.extractors.zip_guard import check_zip, protected_message, translated_errors
from ingest.office.compose import compose
from ingest.ports import Block, BlockKind, FileProperties, Item, Limits, OfficeText
from ingest.sources import SourceFile
from kb.errors import ExtractionFailed

_NAMESPACES = {
    "office": "urn:oasis:names:tc:opendocument:xmlns:office:1.0",
    "text": "urn:oasis:names:tc:opendocument:xmlns:text:1.0",
    "table": "urn:oasis:names:tc:opendocument:xmlns:table:1.0",
    "style": "urn:oasis:names:tc:opendocument:xmlns:style:1.0",
    "draw": "urn:oasis:names:tc:opendocument:xmlns:drawing:1.0",
    "svg": "urn:oasis:names:tc:opendocument:xmlns:svg-compatible:1.0",
    "fo": "urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0",
    "meta": "urn:oasis:names:tc:opendocument:xmlns:meta:1.0",
    "dc": "http://purl.org/dc/elements/1.1/",
}
# Sections in cells in sections: each level is a level of recursion here.
_MAX_NESTING = 40


def _name(short: str) -> str:
    prefix, _, local = short.partition(":")
    return f"{{{_NAMESPACES[prefix]}}}{local}"


_INLINE = {_name("text:tab"): " ", _name("text:line-break"): "\n"}
_HEADING, _PARAGRAPH, _TABLE = _name("text:h"), _name("text:p"), _name("table:table")
_NOTE, _BOX, _SPACES = _name("text:note"), _name("draw:text-box"), _name("text:s")
_SKIPPED = {
    _name("text:tracked-changes"),
    _name("office:annotation"),
    _name("text:table-of-content"),
    _name("office:forms"),
}


def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
    """Yield the document of an OpenDocument text: body in order, then notes.

    Raises:
        UnsafeSource: The package is built to exhaust memory.
        ExtractionFailed: It cannot be opened.
        EmptyDocument: It holds no text.
    """
    check_zip(file.path, limits, name=file.name)
    with translated_errors(file.name):
        with zipfile.ZipFile(file.path) as package:
            names = set(package.namelist())
            if "META-INF/manifest.xml" in names:
                manifest = package.read("META-INF/manifest.xml")
                if b"encryption-data" in manifest:
                    raise ExtractionFailed(protected_message(file.name))
            content = fromstring(package.read("content.xml"))
            styles = fromstring(package.read("styles.xml")) if "styles.xml" in names else None
            meta = fromstring(package.read("meta.xml")) if "meta.xml" in names else None
        text = _Reader(content, styles).read(_properties(meta))
    yield compose(text, file)


def _properties(meta: Any) -> FileProperties:
    if meta is None:
        return FileProperties()

    def value(short: str) -> str | None:
        element = meta.find(f".//{_name(short)}")
        return element.text if element is not None else None

    return FileProperties(
        title=value("dc:title"),
        author=value("meta:initial-creator") or value("dc:creator"),
        created=_moment(value("meta:creation-date")),
        modified=_moment(value("dc:date")),
    )


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


class _Reader:
    """Walks the XML of a text."""

    def __init__(self, content: Any, styles: Any) -> None:
        self._content = content
        self._notes: list[Block] = []
        self._faces: dict[str, str] = {}
        self._fonts: dict[str, tuple[str | None, str | None]] = {}
        for root in (styles, content):
            if root is None:
                continue
            for face in root.iter(_name("style:font-face")):
                family = (face.get(_name("svg:font-family")) or "").strip("'\"")
                self._faces[face.get(_name("style:name")) or ""] = family
            for style in root.iter(_name("style:style")):
                properties = style.find(_name("style:text-properties"))
                font = None
                if properties is not None:
                    font = properties.get(_name("style:font-name")) or properties.get(
                        _name("fo:font-family")
                    )
                name = style.get(_name("style:name")) or ""
                self._fonts[name] = (style.get(_name("style:parent-style-name")), font)

    def read(self, properties: FileProperties) -> OfficeText:
        """Return the blocks."""
        body = self._content.find(f"{_name('office:body')}/{_name('office:text')}")
        if body is None:
            raise ValueError("no text body")
        blocks = self._walk(body, "paragraph", 0)
        return OfficeText(tuple(blocks + self._notes), properties=properties)

    def _font(self, style: str | None) -> str | None:
        seen = set()
        while style and style not in seen:
            seen.add(style)
            parent, font = self._fonts.get(style, (None, None))
            if font:
                return self._faces.get(font, font)
            style = parent
        return None

    def _walk(self, parent: Any, kind: BlockKind, depth: int) -> list[Block]:
        blocks: list[Block] = []
        if depth > _MAX_NESTING:
            return blocks
        for child in parent:
            if child.tag in _SKIPPED:
                continue
            if child.tag == _HEADING:
                blocks += self._paragraph(child, "heading", depth)
            elif child.tag == _PARAGRAPH:
                blocks += self._paragraph(child, kind, depth)
            elif child.tag == _TABLE:
                blocks += self._table(child, depth)
            else:
                inner: BlockKind = "item" if child.tag == _name("text:list") else kind
                blocks += self._walk(child, inner, depth + 1)
        return blocks

    def _paragraph(self, paragraph: Any, kind: BlockKind, depth: int) -> list[Block]:
        style = paragraph.get(_name("text:style-name"))
        if kind == "paragraph" and style == "Title":
            kind = "title"
        runs: list[tuple[str, str | None]] = []
        boxes: list[Any] = []
        self._inline(paragraph, self._font(style), runs, boxes, depth)
        blocks = [Block(line, kind) for line in decode_runs(runs).split("\n") if line.strip()]
        for box in boxes:
            blocks += self._walk(box, "paragraph", depth + 1)
        return blocks

    def _inline(
        self,
        node: Any,
        font: str | None,
        runs: list[tuple[str, str | None]],
        boxes: list[Any],
        depth: int,
    ) -> None:
        if depth > _MAX_NESTING:
            return
        runs.append((node.text or "", font))
        for child in node:
            if child.tag == _NOTE:
                self._notes += self._walk(child, "paragraph", depth + 1)
            elif child.tag == _BOX:
                boxes.append(child)
            elif child.tag in _INLINE:
                runs.append((_INLINE[child.tag], font))
            elif child.tag == _SPACES:
                runs.append((" ", font))
            elif child.tag not in _SKIPPED:
                own = self._font(child.get(_name("text:style-name"))) or font
                self._inline(child, own, runs, boxes, depth + 1)
            runs.append((child.tail or "", font))

    def _table(self, table: Any, depth: int) -> list[Block]:
        rows = []
        # Rows of inner tables are read with the cell that holds them.
        for row in _rows_of(table):
            cells = [
                [block.text for block in self._walk(cell, "paragraph", depth + 1)]
                for cell in row
                if cell.tag == _name("table:table-cell")
            ]
            rows.append(cells)
        return table_blocks(rows)


def _rows_of(table: Any) -> Iterator[Any]:
    for child in table:
        if child.tag == _name("table:table-row"):
            yield child
        elif child.tag in {
            _name("table:table-header-rows"),
            _name("table:table-rows"),
            _name("table:table-row-group"),
        }:
            yield from child.findall(_name("table:table-row"))
