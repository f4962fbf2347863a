"""What a brief says, before it becomes Word, Markdown or PDF.

Both writers walk the same blocks, so that no format says more or less than the other. The numbers
of footnotes are the markers of the answer; each stands for one verbatim quote.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Literal

from kb.models import Citation

BriefFormat = Literal["docx", "md", "pdf"]
# body: justified with a first line that is indented; item: behind a dash; step: its text brings
# its own number; remark: set apart in italics.
ParagraphKind = Literal["body", "item", "step", "remark"]


@dataclass(frozen=True, slots=True)
class Cited:
    """Words and the numbers of the footnotes that carry them."""

    text: str
    notes: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 is a section of the brief, 2 a part of it."""

    text: str
    level: Literal[1, 2]


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Words that belong together; `label` stands before them in bold."""

    parts: tuple[Cited, ...]
    kind: ParagraphKind = "body"
    label: str = ""


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table: lines one below the other."""

    lines: tuple[Cited, ...] = ()


@dataclass(frozen=True, slots=True)
class Table:
    """A table with a heading row; every row has as many cells as the heading."""

    heading: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


Block = Heading | Paragraph | Table


@dataclass(frozen=True, slots=True)
class Footnote:
    """A verbatim quote with where it stands.

    Attributes:
        citation: The quote; its marker is the number of the footnote.
        source: Who says so: at the first quote of a document its title, publisher and date, later
            its number in the list of sources; with the page or row.
        address: Page of the knowledge base that shows the quote marked; absolute if the public
            address of the service is known, else a path.
    """

    citation: Citation
    source: str
    address: str

    @property
    def number(self) -> int:
        """Its number in the text."""
        return self.citation.marker


@dataclass(frozen=True, slots=True)
class Origin:
    """A publication that a source rests on."""

    text: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class SourceEntry:
    """An entry of the list of sources.

    Attributes:
        number: From 1.
        title: Of the stored document.
        origins: Where it was published; empty if unknown.
        places: Pages or rows that are quoted, such as "trang 3".
        kept: When it was taken in and which version, for officers.
        is_dated: Whether any of its publications says when it came out.
    """

    number: int
    title: str
    origins: tuple[Origin, ...]
    places: tuple[str, ...]
    kept: str
    is_dated: bool


@dataclass(frozen=True, slots=True)
class Letterhead:
    """Who issues the brief and to whom; what is empty is left out.

    Attributes:
        organization: Name of the issuing body; a line above it names the superior body. With it
            the national title and motto stand at the right.
        place: Before the date.
        recipients: Lines under "Nơi nhận".
    """

    organization: str = ""
    place: str = ""
    recipients: tuple[str, ...] = ()


NO_LETTERHEAD = Letterhead()


@dataclass(frozen=True, slots=True)
class Brief:
    """A brief in full.

    Attributes:
        letterhead: Issuer and recipients.
        title: In capitals, centred.
        subject: What it is about, under the title.
        dated: Day of the brief.
        blocks: Sections I to III.
        sources: Section IV.
        footnotes: By number.
        closing: How and when the brief was put together.
    """

    letterhead: Letterhead
    title: str
    subject: str
    dated: date
    blocks: tuple[Block, ...]
    sources: tuple[SourceEntry, ...]
    footnotes: tuple[Footnote, ...]
    closing: str

    def mentions(self) -> Iterator[int]:
        """Yield the numbers of footnotes as the text refers to them, in reading order."""
        for block in self.blocks:
            match block:
                case Paragraph(parts=parts):
                    for part in parts:
                        yield from part.notes
                case Table(rows=rows):
                    for row in rows:
                        for cell in row:
                            for line in cell.lines:
                                yield from line.notes
                case Heading():
                    pass
