"""Briefs as Word documents in the form of administrative documents (Decree 30/2020/NĐ-CP)."""

import io
import zipfile
from copy import deepcopy
from datetime import UTC, datetime, time
from typing import Any

import docx
from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm

from service.briefs.footnotes import FootnoteWriter, footnote_settings
from service.briefs.model import (
    Block,
    Brief,
    Cell,
    Cited,
    Heading,
    Paragraph,
    SourceEntry,
    Table,
)
from service.briefs.styles import FONT, brief_styles
from service.briefs.wording import MOTTO, NATION, date_line, quoted_title, xml_safe
from service.briefs.wordml import Element, field, hyperlink, make, paragraph, text_runs

# A4 with the decree's margins, in millimetres.
_WIDTH, _HEIGHT = 210, 297
_TOP, _BOTTOM, _LEFT, _RIGHT = 20, 20, 30, 15
_TWIPS_A_MM = 1440 / 25.4
# Shares of the width: case, place, approach, results, conditions, source.
_COLUMNS = (0.14, 0.10, 0.26, 0.22, 0.13, 0.15)
# On an upright page the widest column takes some 26 characters a line and 50 lines: a cell of more
# than this fills half of it, and the table goes on pages laid across.
_UPRIGHT_CELL_CHARS = 650
# Shares of the width: issuer, national title.
_LETTERHEAD = (0.40, 0.60)
# The first moment that a zip archive can name.
_ZIP_EPOCH = (1980, 1, 1, 0, 0, 0)
# What the template of python-docx brings and a brief does not need.
_UNUSED = ("stylesWithEffects", "customXml", "fontTable", "webSettings", "thumbnail", "numbering")


def to_docx(brief: Brief) -> bytes:
    """Return a brief as a Word file, equal byte by byte for equal briefs."""
    return _Writer(brief).write()


class _Writer:
    def __init__(self, brief: Brief) -> None:
        self._brief = brief
        self._document = docx.Document()
        _drop_unused(self._document.part)
        self._add_fonts()
        _replace_styles(self._document)
        self._body = self._document.element.body
        self._footnotes = FootnoteWriter(self._document.part, brief)

    def write(self) -> bytes:
        self._set_page()
        self._set_settings()
        self._set_properties()
        self._add(*self._head())
        for block in self._brief.blocks:
            self._add_block(block)
        self._add(*self._end())
        file = io.BytesIO()
        self._document.save(file)
        return _without_times(file.getvalue())

    def _add(self, *elements: Element) -> None:
        for element in elements:
            self._body.insert(len(self._body) - 1, element)  # before the section's properties

    # The page

    def _set_page(self) -> None:
        section = self._document.sections[0]
        section.page_width, section.page_height = Mm(_WIDTH), Mm(_HEIGHT)
        section.top_margin, section.bottom_margin = Mm(_TOP), Mm(_BOTTOM)
        section.left_margin, section.right_margin = Mm(_LEFT), Mm(_RIGHT)
        section.header_distance = section.footer_distance = Mm(10)
        section.different_first_page_header_footer = True
        header = section.header
        header.is_linked_to_previous = False
        root = header._element
        for old in list(root):
            root.remove(old)
        root.append(paragraph("Header", *field("PAGE", "2")))

    def _set_settings(self) -> None:
        settings = self._document.settings.element
        for old in list(settings):
            settings.remove(old)
        compatibility = make("w:compatSetting", name="compatibilityMode", val=15)
        compatibility.set(qn("w:uri"), "http://schemas.microsoft.com/office/word")
        settings.extend(
            [
                make("w:zoom", percent=100),
                make("w:defaultTabStop", val=720),
                make("w:characterSpacingControl", val="doNotCompress"),
                footnote_settings(),
                make("w:compat", compatibility),
                make("w:themeFontLang", val="vi-VN"),
                make("w:decimalSymbol", val=","),
                make("w:listSeparator", val=";"),
            ]
        )

    def _set_properties(self) -> None:
        brief, properties = self._brief, self._document.core_properties
        moment = datetime.combine(brief.dated, time(), UTC)
        issuer = " ".join(brief.letterhead.organization.split())
        properties.title = xml_safe(f"{brief.title}. {brief.subject}")[:255]
        properties.author = properties.last_modified_by = xml_safe(issuer)[:255]
        properties.subject, properties.keywords, properties.comments = "", "", ""
        properties.created = properties.modified = moment
        properties.revision, properties.language = 1, "vi-VN"

    def _add_fonts(self) -> None:
        fonts = (
            f'<w:fonts {nsdecls("w")}><w:font w:name="{FONT}"><w:altName w:val="Liberation Serif"/>'
            '<w:panose1 w:val="02020603050405020304"/><w:charset w:val="A3"/>'
            '<w:family w:val="roman"/><w:pitch w:val="variable"/></w:font></w:fonts>'
        )
        part = self._document.part
        table = Part(
            PackURI("/word/fontTable.xml"),
            CONTENT_TYPE.WML_FONT_TABLE,
            fonts.encode(),
            part.package,
        )
        part.relate_to(table, RELATIONSHIP_TYPE.FONT_TABLE)

    # Head and end

    def _head(self) -> list[Element]:
        brief = self._brief
        dated = date_line(brief.letterhead.place, brief.dated)
        if brief.letterhead.organization.strip():
            head = [self._letterhead(dated)]
        else:
            head = [_aligned(paragraph("Date", *text_runs(dated)), "right")]
        return [
            *head,
            paragraph("Title", *text_runs(brief.title)),
            paragraph("Subtitle", *text_runs(brief.subject)),
            _rule(_text_width(), share=0.3, after=200),
        ]

    def _letterhead(self, dated: str) -> Element:
        lines = self._brief.letterhead.organization.splitlines()
        *above, own = [line.strip() for line in lines if line.strip()]
        widths = [round(_text_width() * share) for share in _LETTERHEAD]
        left = [
            *(paragraph("Letterhead", *text_runs(line.upper())) for line in above),
            paragraph("Letterhead", *text_runs(own.upper(), bold=True)),
            _rule(widths[0], share=0.35),
            _spaced(paragraph("Letterhead", *text_runs("Số:          /BC-")), before=120),
        ]
        right = [
            paragraph("Letterhead", *text_runs(NATION, bold=True)),
            paragraph("Letterhead", *text_runs(MOTTO, bold=True)),
            _rule(widths[1], share=0.62),
            paragraph("Date", *text_runs(dated)),
        ]
        for run in right[0].iter(qn("w:rPr")):
            if run.getparent().tag == qn("w:r"):
                # The national title must fit on one line, also in a wider serif.
                run.extend([make("w:sz", val=23), make("w:szCs", val=23)])
        cells = [
            _cell(width, content) for width, content in zip(widths, (left, right), strict=True)
        ]
        return _table(widths, [make("w:tr", *cells)], bordered=False)

    def _end(self) -> list[Element]:
        brief = self._brief
        entries = [self._entry(entry) for entry in brief.sources]
        nothing = paragraph("BodyText", *text_runs("Không có nguồn nào được trích."))
        recipients = brief.letterhead.recipients
        lines = [f"- {line}" for line in recipients]
        return [
            paragraph("Heading1", *text_runs("IV. Danh mục nguồn")),
            *(entries or [nothing]),
            _spaced(paragraph("Closing", *text_runs(brief.closing)), before=240),
            *(
                [
                    _spaced(
                        paragraph("Recipients", *text_runs("Nơi nhận:", bold=True, italic=True)),
                        before=240,
                    ),
                    *(paragraph("Recipients", *text_runs(line)) for line in lines),
                ]
                if recipients
                else []
            ),
        ]

    def _entry(self, entry: SourceEntry) -> Element:
        content: list[Element] = [*text_runs(f"{entry.number}."), make("w:r", make("w:tab"))]
        content += text_runs(quoted_title(entry.title))
        for origin in entry.origins:
            content += text_runs(f"; {origin.text}" if origin.text else ";")
            if origin.url:
                content += [
                    *text_runs(", " if origin.text else " "),
                    hyperlink(self._document.part, origin.url, origin.url),
                ]
        facts = [", ".join(entry.places), entry.kept]
        content += text_runs("".join(f"; {fact}" for fact in facts if fact) + ".")
        return paragraph("Bibliography", *content)

    # Blocks

    def _add_block(self, block: Block) -> None:
        match block:
            case Heading(text=text, level=level):
                self._add(paragraph(f"Heading{level}", *text_runs(text)))
            case Paragraph():
                self._add(self._paragraph(block))
            case Table():
                self._add_table(block)

    def _paragraph(self, block: Paragraph) -> Element:
        style = {"item": "ListBullet", "remark": "Remark"}.get(block.kind, "BodyText")
        content: list[Element] = []
        if block.kind == "item":
            content += [*text_runs("-"), make("w:r", make("w:tab"))]
        if block.label:
            content += text_runs(
                f"{block.label}: " if block.parts else f"{block.label}:", bold=True
            )
        for number, part in enumerate(block.parts):
            content += text_runs(" ") if number else []
            content += self._cited(part)
        element = paragraph(style, *content)
        if block.label and not block.parts:
            # What is announced stands on the same page.
            element.pPr.append(make("w:keepNext"))
            _sort_properties(element.pPr)
        return element

    def _cited(self, part: Cited) -> list[Element]:
        return [*text_runs(part.text), *self._footnotes.references(part.notes)]

    def _add_table(self, table: Table) -> None:
        longest = max(
            (sum(len(line.text) for line in cell.lines) for row in table.rows for cell in row),
            default=0,
        )
        is_across = longest > _UPRIGHT_CELL_CHARS
        if is_across:
            self._move_heading_across()
        width = _text_width(across=is_across)
        widths = [round(width * share) for share in _COLUMNS]
        heading = make(
            "w:tr",
            make("w:trPr", make("w:cantSplit"), make("w:tblHeader")),
            *(
                _cell(column, [paragraph("TableHeading", *text_runs(name))], shade="E7E6E6")
                for column, name in zip(widths, table.heading, strict=True)
            ),
        )
        rows = [heading, *(self._row(row, widths) for row in table.rows)]
        self._add(_table(widths, rows, bordered=True))
        if is_across:
            self._add(_section_end(self._section(across=True, first=False)))
        else:
            self._add(make("w:p"))

    def _row(self, row: tuple[Cell, ...], widths: list[int]) -> Element:
        cells = []
        for cell, width in zip(row, widths, strict=True):
            lines = [paragraph("TableText", *self._cited(line)) for line in cell.lines]
            cells.append(_cell(width, lines or [paragraph("TableText")]))
        return make("w:tr", make("w:trPr", make("w:cantSplit")), *cells)

    def _move_heading_across(self) -> None:
        """End the upright section before the heading of a table, which goes with its table."""
        heading = self._body[len(self._body) - 2]
        if heading.tag != qn("w:p") or not str(heading.style or "").startswith("Heading"):
            heading = None
        else:
            self._body.remove(heading)
        is_first = not self._body.findall(f".//{qn('w:pPr')}/{qn('w:sectPr')}")
        self._add(_section_end(self._section(across=False, first=is_first)))
        final = self._body[-1]
        for child in list(final):
            # Later sections take over the header; only the first page of all has none.
            if child.tag in {qn("w:headerReference"), qn("w:titlePg")}:
                final.remove(child)
        if heading is not None:
            self._add(heading)

    def _section(self, *, across: bool, first: bool) -> Element:
        section = deepcopy(self._body[-1])
        if not first:
            for child in list(section):
                if child.tag in {qn("w:headerReference"), qn("w:titlePg")}:
                    section.remove(child)
        if across:
            size = section.find(qn("w:pgSz"))
            width, height = size.get(qn("w:w")), size.get(qn("w:h"))
            size.set(qn("w:w"), height)
            size.set(qn("w:h"), width)
            size.set(qn("w:orient"), "landscape")
        return section


def _text_width(*, across: bool = False) -> int:
    """Return the width of the text in twips."""
    return round(((_HEIGHT if across else _WIDTH) - _LEFT - _RIGHT) * _TWIPS_A_MM)


def _table(widths: list[int], rows: list[Element], *, bordered: bool) -> Element:
    sides = ("top", "left", "bottom", "right", "insideH", "insideV")
    kind: dict[str, str | int] = {"val": "single", "sz": 4, "space": 0, "color": "auto"}
    borders = make("w:tblBorders", *(make(f"w:{side}", **kind) for side in sides))
    margins = make(
        "w:tblCellMar",
        make("w:left", w=0, type_="dxa"),
        make("w:right", w=0, type_="dxa"),
    )
    return make(
        "w:tbl",
        make(
            "w:tblPr",
            make("w:tblW", w=sum(widths), type_="dxa"),
            borders if bordered else None,
            make("w:tblLayout", type_="fixed"),
            None if bordered else margins,
        ),
        make("w:tblGrid", *(make("w:gridCol", w=width) for width in widths)),
        *rows,
    )


def _cell(width: int, content: list[Element], shade: str = "") -> Element:
    return make(
        "w:tc",
        make(
            "w:tcPr",
            make("w:tcW", w=width, type_="dxa"),
            make("w:shd", val="clear", color="auto", fill=shade) if shade else None,
        ),
        *content,
    )


def _rule(width: int, *, share: float, after: int = 0) -> Element:
    """Return a centred line of a share of a width, as under titles of official documents."""
    indent = round(width * (1 - share) / 2)
    rule = make("w:p")
    rule.append(
        make(
            "w:pPr",
            make("w:pBdr", make("w:top", val="single", sz=6, space=1, color="auto")),
            make("w:spacing", before=40, after=after, line=120, lineRule="exact"),
            make("w:ind", left=indent, right=indent),
        )
    )
    return rule


# Order of the properties that are set here (ECMA-376, CT_PPrBase).
_ORDER = ("w:pStyle", "w:keepNext", "w:pBdr", "w:spacing", "w:ind", "w:jc", "w:sectPr")


def _sort_properties(properties: Element) -> None:
    names = [qn(name) for name in _ORDER]
    properties[:] = sorted(properties, key=lambda child: names.index(child.tag))


def _aligned(element: Element, side: str) -> Element:
    element.pPr.append(make("w:jc", val=side))
    return element


def _spaced(element: Element, *, before: int) -> Element:
    element.pPr.append(make("w:spacing", before=before))
    return element


def _section_end(section: Element) -> Element:
    """Return the paragraph that ends a section; as low as can be, so that it starts no page."""
    mark = make("w:rPr", make("w:sz", val=2))
    spacing = make("w:spacing", before=0, after=0, line=20, lineRule="exact")
    return make("w:p", make("w:pPr", spacing, mark, section))


def _drop_unused(part: Any) -> None:
    for owner in (part, part.package):
        for key, relation in list(owner.rels.items()):
            if any(name in relation.reltype or name in relation.target_ref for name in _UNUSED):
                del owner.rels[key]


def _replace_styles(document: Any) -> None:
    root = document.styles.element
    for old in list(root):
        root.remove(old)
    root.extend(list(brief_styles()))


def _without_times(content: bytes) -> bytes:
    """Return a zip archive with the times of its members taken away."""
    file = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for name in old.namelist():
            new.writestr(_member(name), old.read(name))
    return file.getvalue()


def _member(name: str) -> zipfile.ZipInfo:
    member = zipfile.ZipInfo(name, _ZIP_EPOCH)
    member.compress_type = zipfile.ZIP_DEFLATED
    member.external_attr = 0o600 << 16
    member.create_system = 3  # the same on every system
    return member
