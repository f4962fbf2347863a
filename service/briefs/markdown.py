"""Briefs as Markdown with footnotes (`[^1]`), for GitHub, Pandoc and whoever reads plain text."""

import re
from collections.abc import Iterator, Sequence

from service.briefs.model import (
    Block,
    Brief,
    Cell,
    Cited,
    Footnote,
    Heading,
    Paragraph,
    SourceEntry,
    Table,
)
from service.briefs.wording import MOTTO, NATION, date_line, quoted_title, xml_safe
from service.pages import safe_url

# A character that could start emphasis, code, a link, HTML, a table cell or a footnote.
_SPECIAL = re.compile(r"([\\`*_\[\]<>|~^$&])")
# What would make a list, a heading or a rule of a line that is none.
_LINE_START = re.compile(r"^(\s*)(?:([-+#=])|(\d{1,9})([.)])(?=\s|$))")
# What belongs to a footnote or to a list item stands under its words.
_IN_FOOTNOTE, _IN_ITEM = "    ", "  "


def to_markdown(brief: Brief) -> str:
    """Return a brief as Markdown; quotes are verbatim but for escapes of Markdown's characters."""
    parts = [
        *_head(brief),
        *(_block(block) for block in brief.blocks),
        "## IV. Danh mục nguồn",
        "\n".join(_entry(entry) for entry in brief.sources) or "Không có nguồn nào được trích.",
        *_end(brief),
        *(_footnote(note) for note in _used(brief)),
    ]
    return _joined(parts)


def _joined(parts: Sequence[str]) -> str:
    """Return blocks with blank lines between, list items of one kind without."""
    text = ""
    for previous, part in zip(["", *parts], parts, strict=False):
        tight = previous.startswith("- ") and part.startswith("- ")
        text += ("\n" if tight else "\n\n") * bool(text) + part
    return f"{text}\n"


def _head(brief: Brief) -> Iterator[str]:
    head = brief.letterhead
    if head.organization.strip():
        lines = [f"**{escape(line)}**" for line in head.organization.splitlines() if line.strip()]
        yield "\\\n".join(lines)
        yield f"**{NATION}**\\\n**{MOTTO}**"
    yield f"*{escape(date_line(head.place, brief.dated))}*"
    yield f"# {escape(brief.title)}"
    yield f"**{escape(brief.subject)}**"


def _end(brief: Brief) -> Iterator[str]:
    yield f"*{escape(brief.closing)}*"
    if brief.letterhead.recipients:
        yield "**Nơi nhận:**"
        yield from (f"- {escape(line)}" for line in brief.letterhead.recipients)


def _used(brief: Brief) -> list[Footnote]:
    mentioned = set(brief.mentions())
    return [note for note in brief.footnotes if note.number in mentioned]


def _block(block: Block) -> str:
    match block:
        case Heading(text=text, level=level):
            return f"{'#' * (level + 1)} {escape(text)}"
        case Table():
            return _table(block)
        case Paragraph():
            return _paragraph(block)


def _paragraph(paragraph: Paragraph) -> str:
    indent = _IN_ITEM if paragraph.kind == "item" else ""
    words = " ".join(_cited(part, indent) for part in paragraph.parts)
    if paragraph.label:
        words = f"**{escape(paragraph.label)}:** {words}".rstrip()
    match paragraph.kind:
        case "item":
            return f"- {words}"
        case "remark":
            return f"*{words}*"
        case "step":
            # A step brings its number, which makes it an item of a list as it stands.
            return re.sub(r"^(\d+)\\([.)])", r"\1\2", words)
        case "body":
            return words


def _cited(part: Cited, indent: str = "") -> str:
    notes = "".join(f"[^{number}]" for number in part.notes)
    return f"{_lines(part.text, indent)}{notes}"


def _lines(text: str, indent: str = "") -> str:
    """Return a text with its line breaks; a blank line starts a paragraph."""
    paragraphs = [
        f"\\\n{indent}".join(escape(line) for line in paragraph.split("\n"))
        for paragraph in text.split("\n\n")
    ]
    return f"\n\n{indent}".join(paragraphs)


def _table(table: Table) -> str:
    rows = [
        _row([escape(name) for name in table.heading]),
        _row(["---"] * len(table.heading)),
        *(_row([_cell(cell) for cell in row]) for row in table.rows),
    ]
    return "\n".join(rows)


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    # A cell is one line in Markdown.
    return "<br>".join(
        _cited(line).replace("\\\n", "<br>").replace("\n", " ") for line in cell.lines
    )


def _entry(entry: SourceEntry) -> str:
    facts = [escape(quoted_title(entry.title))]
    for origin in entry.origins:
        link = f"<{_address(origin.url)}>" if origin.url else ""
        facts.append(" ".join(item for item in (escape(origin.text), link) if item))
    if entry.places:
        facts.append(escape(", ".join(entry.places)))
    if entry.kept:
        facts.append(escape(entry.kept))
    return f"{entry.number}. {'; '.join(facts)}."


def _address(url: str) -> str:
    return xml_safe(url).replace("<", "%3C").replace(">", "%3E").replace(" ", "%20")


def _footnote(note: Footnote) -> str:
    address = f"<{_address(note.address)}>" if safe_url(note.address) else f"`{note.address}`"
    quote = _lines(note.citation.quote, _IN_FOOTNOTE)
    return f"[^{note.number}]: “{quote}”\n\n{_IN_FOOTNOTE}{escape(note.source)}. {address}"


def escape(text: str) -> str:
    r"""Return a line that Markdown shows as it is.

    Example:
        >>> escape("3. Mô hình *5 không* <b>")
        '3\\. Mô hình \\*5 không\\* \\<b\\>'
    """
    line = _SPECIAL.sub(r"\\\1", xml_safe(text))
    return _LINE_START.sub(_escaped_start, line)


def _escaped_start(match: re.Match[str]) -> str:
    space, sign, number, dot = match.groups()
    return f"{space}\\{sign}" if sign else f"{space}{number}\\{dot}"
