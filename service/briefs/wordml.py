"""WordprocessingML by hand: what python-docx has no words for (fields, bookmarks, notes)."""

from copy import deepcopy
from typing import Any

from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import qn

from service.briefs.wording import xml_safe
from service.pages import safe_url

# An lxml element; lxml brings no types.
Element = Any


def make(tag: str, *children: Element, **attributes: str | int) -> Element:
    """Return an element with children; attributes are those of WordprocessingML.

    Args:
        tag: With its prefix, such as `w:p`.
        *children: In order; None is left out.
        **attributes: Without prefix; a trailing underscore is dropped (`type_`).
    """
    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name.rstrip('_')}"), str(value))
    element.extend(child for child in children if child is not None)
    return element


def text_runs(text: str, *, bold: bool = False, italic: bool = False) -> list[Element]:
    """Return the runs of a text; its line breaks become breaks."""
    runs: list[Element] = []
    for number, line in enumerate(xml_safe(text).split("\n")):
        if number:
            runs.append(make("w:r", make("w:br")))
        if line:
            runs.append(make("w:r", _format(bold=bold, italic=italic), _words(line)))
    return runs


def _format(*, bold: bool, italic: bool) -> Element:
    if not (bold or italic):
        return None
    return make("w:rPr", make("w:b") if bold else None, make("w:i") if italic else None)


def _words(text: str) -> Element:
    element = make("w:t")
    element.text = text
    element.set(qn("xml:space"), "preserve")
    return element


def styled_run(style: str, *content: Element) -> Element:
    """Return a run of a character style."""
    return make("w:r", make("w:rPr", make("w:rStyle", val=style)), *content)


def styled_text(style: str, text: str) -> Element:
    """Return words of a character style."""
    return styled_run(style, _words(xml_safe(text)))


def paragraph(style: str, *content: Element) -> Element:
    """Return a paragraph of a style."""
    return make("w:p", make("w:pPr", make("w:pStyle", val=style)), *content)


def field(instruction: str, shown: str, style: str | None = None) -> list[Element]:
    """Return a field: what Word computes, and what is shown until it does."""
    properties = [make("w:rPr", make("w:rStyle", val=style))] if style else []

    def run(*content: Element) -> Element:
        return make("w:r", *deepcopy(properties), *content)

    code = make("w:instrText")
    code.text = f" {instruction} "
    code.set(qn("xml:space"), "preserve")
    return [
        run(make("w:fldChar", fldCharType="begin")),
        run(code),
        run(make("w:fldChar", fldCharType="separate")),
        run(_words(shown)),
        run(make("w:fldChar", fldCharType="end")),
    ]


def hyperlink(part: Any, url: str, shown: str) -> Element:
    """Return a link out of a part; what is no http address is shown as words.

    Args:
        part: The part that holds the link (document or footnotes).
        url: Where it leads.
        shown: The words.
    """
    address = safe_url(xml_safe(url))
    if address is None:
        # No spelling is checked in an address.
        return make("w:r", make("w:rPr", make("w:noProof")), _words(xml_safe(shown)))
    relation = part.relate_to(address, RELATIONSHIP_TYPE.HYPERLINK, is_external=True)
    link = make("w:hyperlink", styled_text("Hyperlink", shown), history=1)
    link.set(qn("r:id"), relation)
    return link


def inner_link(anchor: str, style: str, shown: str) -> Element:
    """Return a link to a bookmark of the same document."""
    return make("w:hyperlink", styled_text(style, shown), anchor=anchor, history=1)
