"""Styles of a brief in Word: few, named as Word names them, in the fonts of the decree.

They replace the template's styles as a whole: those bring theme fonts and spacing that an officer
would have to undo. No font is embedded; where Times New Roman is missing, another serif stands in.
"""

from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from service.briefs.wordml import Element

FONT = "Times New Roman"
# Half points: 14 for the text, 11 for tables, 10 for footnotes.
_TEXT, _TABLE, _NOTE = 28, 22, 20
# Twentieths of a point: first line 1.27 cm, list items hang by 0.75 cm.
_FIRST_LINE, _HANG = 720, 425

_RUN = (
    f'<w:rFonts w:ascii="{FONT}" w:hAnsi="{FONT}" w:eastAsia="{FONT}" w:cs="{FONT}"/>'
    f'<w:sz w:val="{_TEXT}"/><w:szCs w:val="{_TEXT}"/><w:lang w:val="vi-VN" w:eastAsia="vi-VN"/>'
)


def _paragraph_style(
    name: str, style_id: str, paragraph: str, run: str = "", *, based_on: str = "Normal"
) -> str:
    return (
        f'<w:style w:type="paragraph" w:styleId="{style_id}"><w:name w:val="{name}"/>'
        f'<w:basedOn w:val="{based_on}"/><w:qFormat/>'
        f"<w:pPr>{paragraph}</w:pPr><w:rPr>{run}</w:rPr></w:style>"
    )


def _spacing(before: int, after: int, line: int = 264) -> str:
    """Return spacing in twentieths of a point; `line` in 240ths of a line."""
    return f'<w:spacing w:before="{before}" w:after="{after}" w:line="{line}" w:lineRule="auto"/>'


def _size(half_points: int) -> str:
    return f'<w:sz w:val="{half_points}"/><w:szCs w:val="{half_points}"/>'


def _heading(level: int, size: int, run: str) -> str:
    return _paragraph_style(
        f"heading {level}",
        f"Heading{level}",
        f'<w:keepNext/><w:keepLines/>{_spacing(200, 80)}<w:outlineLvl w:val="{level - 1}"/>',
        f"{run}{_size(size)}",
    )


_STYLES = "".join(
    (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_RUN}</w:rPr></w:rPrDefault>",
        f"<w:pPrDefault><w:pPr>{_spacing(0, 0, 240)}</w:pPr></w:pPrDefault></w:docDefaults>",
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        "<w:qFormat/></w:style>",
        '<w:style w:type="character" w:default="1" w:styleId="DefaultParagraphFont">'
        '<w:name w:val="Default Paragraph Font"/><w:semiHidden/></w:style>',
        '<w:style w:type="table" w:default="1" w:styleId="TableNormal">'
        '<w:name w:val="Normal Table"/><w:semiHidden/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/>'
        '<w:tblCellMar><w:left w:w="85" w:type="dxa"/><w:right w:w="85" w:type="dxa"/>'
        "</w:tblCellMar></w:tblPr></w:style>",
        '<w:style w:type="numbering" w:default="1" w:styleId="NoList"><w:name w:val="No List"/>'
        "<w:semiHidden/></w:style>",
        _heading(1, _TEXT, "<w:b/>"),
        _heading(2, _TEXT, "<w:b/><w:i/>"),
        _paragraph_style(
            "Body Text",
            "BodyText",
            f'{_spacing(60, 60)}<w:ind w:firstLine="{_FIRST_LINE}"/><w:jc w:val="both"/>',
        ),
        _paragraph_style(
            "List Bullet",
            "ListBullet",
            f'<w:tabs><w:tab w:val="left" w:pos="{_FIRST_LINE + _HANG - 130}"/></w:tabs>'
            f'{_spacing(60, 60)}<w:ind w:firstLine="{_FIRST_LINE}"/><w:jc w:val="both"/>',
        ),
        _paragraph_style("Remark", "Remark", "", "<w:i/>", based_on="BodyText"),
        _paragraph_style("Title", "Title", f'{_spacing(360, 0)}<w:jc w:val="center"/>', "<w:b/>"),
        _paragraph_style(
            "Subtitle", "Subtitle", f'{_spacing(60, 0)}<w:jc w:val="center"/>', "<w:b/>"
        ),
        _paragraph_style("Letterhead", "Letterhead", '<w:jc w:val="center"/>', _size(26)),
        _paragraph_style(
            "Date", "Date", f'{_spacing(120, 0)}<w:jc w:val="center"/>', f"<w:i/>{_size(26)}"
        ),
        _paragraph_style("header", "Header", '<w:jc w:val="center"/>', _size(26)),
        _paragraph_style("Table Text", "TableText", _spacing(30, 30, 240), _size(_TABLE)),
        _paragraph_style(
            "Table Heading",
            "TableHeading",
            '<w:keepNext/><w:jc w:val="center"/>',
            "<w:b/>",
            based_on="TableText",
        ),
        _paragraph_style(
            "Bibliography",
            "Bibliography",
            f'{_spacing(60, 60)}<w:ind w:left="{_HANG}" w:hanging="{_HANG}"/>',
            _size(26),
        ),
        _paragraph_style("Closing", "Closing", '<w:jc w:val="both"/>', f"<w:i/>{_size(24)}"),
        _paragraph_style("Recipients", "Recipients", "", _size(_TABLE)),
        _paragraph_style("footnote text", "FootnoteText", _spacing(0, 40, 240), _size(_NOTE)),
        '<w:style w:type="character" w:styleId="FootnoteReference">'
        '<w:name w:val="footnote reference"/><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
        "</w:style>",
        '<w:style w:type="character" w:styleId="Hyperlink"><w:name w:val="Hyperlink"/>'
        '<w:rPr><w:color w:val="0563C1"/><w:u w:val="single"/></w:rPr></w:style>',
    )
)


def brief_styles() -> Element:
    """Return the root of the styles part."""
    return parse_xml(f"<w:styles {nsdecls('w')}>{_STYLES}</w:styles>")
