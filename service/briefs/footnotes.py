"""Footnotes in Word: the part that python-docx lacks, and references to it.

The first mention of a footnote is a real reference. Every further mention is a field that shows
the number of the first (NOTEREF), so that it follows when an officer adds notes. Word numbers
footnotes by their order in the text; where a text mentions them in another order than their
numbers, they carry their numbers as fixed marks instead, since a number that differs from the
answer's would send the reader to the wrong quote.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from docx.opc.constants import CONTENT_TYPE, RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import XmlPart
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from service.briefs.model import Brief, Footnote
from service.briefs.wordml import (
    Element,
    field,
    hyperlink,
    inner_link,
    make,
    paragraph,
    styled_run,
    styled_text,
    text_runs,
)

_REFERENCE = "FootnoteReference"
# Word's own ids of the lines that part footnotes from the text.
_SEPARATOR, _CONTINUED = -1, 0


class FootnoteWriter:
    """Writes the footnotes of one document, each at its first mention."""

    def __init__(self, document_part: Any, brief: Brief) -> None:
        """Add an empty footnotes part to a document.

        Args:
            document_part: The main part (python-docx).
            brief: Whose footnotes are written.
        """
        self._notes = {note.number: note for note in brief.footnotes}
        mentioned = list(dict.fromkeys(brief.mentions()))
        self._is_counted = mentioned == list(range(1, len(mentioned) + 1))
        self._written: set[int] = set()
        package = document_part.package
        self._part = XmlPart(
            PackURI("/word/footnotes.xml"), CONTENT_TYPE.WML_FOOTNOTES, _empty(), package
        )
        document_part.relate_to(self._part, RELATIONSHIP_TYPE.FOOTNOTES)

    def references(self, numbers: Sequence[int]) -> list[Element]:
        """Return the raised numbers behind a statement, with commas between."""
        runs: list[Element] = []
        for number in dict.fromkeys(numbers):
            if number not in self._notes:
                continue
            if runs:
                # A hard space keeps the numbers of one statement on one line.
                runs.append(styled_text(_REFERENCE, ",\u00a0"))
            runs += self._again(number) if number in self._written else self._first(number)
        return runs

    def _first(self, number: int) -> Iterable[Element]:
        self._written.add(number)
        self._part.element.append(self._note(self._notes[number]))
        mark = _bookmark(number)
        yield make("w:bookmarkStart", id=number, name=mark)
        if self._is_counted:
            yield styled_run(_REFERENCE, make("w:footnoteReference", id=number))
        else:
            run = styled_text(_REFERENCE, str(number))
            run.insert(1, make("w:footnoteReference", customMarkFollows=1, id=number))
            yield run
        yield make("w:bookmarkEnd", id=number)

    def _again(self, number: int) -> Iterable[Element]:
        if self._is_counted:
            return field(f"NOTEREF {_bookmark(number)} \\f \\h", str(number), _REFERENCE)
        return [inner_link(_bookmark(number), _REFERENCE, str(number))]

    def _note(self, note: Footnote) -> Element:
        mark = (
            styled_run(_REFERENCE, make("w:footnoteRef"))
            if self._is_counted
            else styled_text(_REFERENCE, str(note.number))
        )
        # A blank line in the quote starts a paragraph, so that it takes no line of its own.
        paragraphs = [
            paragraph("FootnoteText", *text_runs(part))
            for part in f" “{note.citation.quote}”".split("\n\n")
        ]
        paragraphs[0].insert(1, mark)
        paragraphs[-1].extend(
            [
                *text_runs(f" {note.source}. ", italic=True),
                hyperlink(self._part, note.address, note.address),
            ]
        )
        return make("w:footnote", *paragraphs, id=note.number)


def _bookmark(number: int) -> str:
    # Word hides bookmarks that start with an underscore.
    return f"_Ref{number:09d}"


def _empty() -> Element:
    separators = "".join(
        f'<w:footnote w:type="{kind}" w:id="{number}"><w:p><w:pPr>'
        '<w:spacing w:before="0" w:after="0" w:line="240" w:lineRule="auto"/></w:pPr>'
        f"<w:r><w:{kind}/></w:r></w:p></w:footnote>"
        for kind, number in (("separator", _SEPARATOR), ("continuationSeparator", _CONTINUED))
    )
    return parse_xml(f"<w:footnotes {nsdecls('w', 'r')}>{separators}</w:footnotes>")


def footnote_settings() -> Element:
    """Return the entry of the document's settings that names the separators."""
    return make(
        "w:footnotePr",
        make("w:footnote", id=_SEPARATOR),
        make("w:footnote", id=_CONTINUED),
    )
