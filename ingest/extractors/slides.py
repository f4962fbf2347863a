"""PowerPoint slides (`.pptx`) through python-pptx."""

import warnings
from collections.abc import Iterator
from typing import Any

import pptx
from pptx.enum.shapes import PP_PLACEHOLDER
from pptx.oxml.ns import qn

from ingest.extractors.docx import core_properties
from ingest.extractors.legacy_fonts import decode_runs
from ingest.extractors.tables import table_blocks
from ingest.extractors.zip_guard import check_zip, translated_errors
from ingest.office.compose import compose
from ingest.ports import Block, BlockKind, Item, Limits, OfficeText
from ingest.sources import SourceFile

_TITLES = {PP_PLACEHOLDER.TITLE, PP_PLACEHOLDER.CENTER_TITLE, PP_PLACEHOLDER.VERTICAL_TITLE}
_FURNITURE = {PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.SLIDE_NUMBER}
# Groups in groups: each level is a level of recursion here.
_MAX_NESTING = 20


def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
    """Yield the document of a presentation; locators count slides.

    Title, text, tables and speaker's notes of each slide; date, footer and number are left out.

    Raises:
        UnsafeSource: The package is built to exhaust memory.
        ExtractionFailed: It cannot be opened.
        EmptyDocument: It holds no text.
    """
    check_zip(file.path, limits, name=file.name)
    with translated_errors(file.name):
        text = _read(file)
    yield compose(text, file)


def _read(file: SourceFile) -> OfficeText:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # parts of a name twice: the reader takes the last
        presentation = pptx.Presentation(str(file.path))
    blocks: list[Block] = []
    for number, slide in enumerate(presentation.slides, start=1):
        shapes = list(slide.shapes)
        # The title is read first wherever it lies in the pile of shapes.
        shapes.sort(key=lambda shape: _placeholder(shape) not in _TITLES)
        for shape in shapes:
            blocks += _shape_blocks(shape, number, 0)
        if slide.has_notes_slide:
            frame = slide.notes_slide.notes_text_frame
            if frame is not None:
                blocks += _frame_blocks(frame, "paragraph", number)
    return OfficeText(tuple(blocks), "slide", core_properties(presentation.core_properties))


def _placeholder(shape: Any) -> Any:
    return shape.placeholder_format.type if shape.is_placeholder else None


def _shape_blocks(shape: Any, number: int, depth: int) -> Iterator[Block]:
    role = _placeholder(shape)
    if role in _FURNITURE or depth > _MAX_NESTING:
        return
    if hasattr(shape, "shapes"):
        for inner in shape.shapes:
            yield from _shape_blocks(inner, number, depth + 1)
    elif getattr(shape, "has_table", False):
        yield from table_blocks(
            [
                [
                    [block.text for block in _frame_blocks(cell.text_frame, "paragraph", number)]
                    for cell in row.cells
                    if not cell.is_spanned
                ]
                for row in shape.table.rows
            ],
            number,
        )
    elif shape.has_text_frame:
        if role in _TITLES:
            lines = [block.text for block in _frame_blocks(shape.text_frame, "heading", number)]
            if lines:
                yield Block(" ".join(lines), "title" if number == 1 else "heading", number)
        else:
            yield from _frame_blocks(shape.text_frame, "paragraph", number)


def _frame_blocks(frame: Any, kind: BlockKind, number: int) -> Iterator[Block]:
    for paragraph in frame.paragraphs:
        for line in decode_runs(_runs(paragraph._p)).split("\n"):
            if line.strip():
                yield Block(line, kind, number)


def _runs(paragraph: Any) -> Iterator[tuple[str, str | None]]:
    for child in paragraph.iterchildren():
        if child.tag == qn("a:br"):
            yield "\n", None
        elif child.tag in {qn("a:r"), qn("a:fld")}:
            text = child.find(qn("a:t"))
            font = child.find(f"{qn('a:rPr')}/{qn('a:latin')}")
            if text is not None:
                yield text.text or "", font.get("typeface") if font is not None else None
