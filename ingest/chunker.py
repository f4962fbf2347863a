"""Chunks: runs of whole sentences with the title and section as context.

A chunk is a span of the document's text, so a citation found in it can be shown where it stands.
Sentences are never cut, except one that alone exceeds the limit of the model.
"""

import re
from collections.abc import Sequence

from kb.ids import chunk_id_for
from kb.models import Chunk, Document, Span
from kb.sentences import split_sentences
from kb.settings import ChunkerSettings

_SYLLABLE = re.compile(r"[^\W_]+")
# A line without a final mark and this short is a heading, not a sentence.
_HEADING_SYLLABLES = 14
# A sentence longer than this many times the target is cut at clause borders; no chunk is longer.
_OVERSIZE = 1.5
# A run without spaces (an address, a list joined by slashes) is cut when it is longer than this;
# with two characters a syllable at least, a piece never exceeds the smallest target.
_PIECE = re.compile(r"\S{1,40}")


def chunk_document(document: Document, settings: ChunkerSettings) -> list[Chunk]:
    """Return the chunks of a document, in order; together they cover its whole text.

    Args:
        document: With `text` in reading form.
        settings: Target size in syllables and overlap in sentences.
    """
    units = [
        part
        for span in split_sentences(document.text)
        for part in _split_oversize(document.text, span, settings.target_syllables)
    ]
    chunks: list[Chunk] = []
    for first, last, section in _windows(document.text, units, settings):
        start, end = units[first].start_char, units[last].end_char
        chunks.append(
            Chunk(
                chunk_id=chunk_id_for(document.document_id, len(chunks)),
                document_id=document.document_id,
                ordinal=len(chunks),
                start_char=start,
                end_char=end,
                text=document.text[start:end],
                context=_context(document, section, is_first=first == 0),
            )
        )
    return chunks


def _windows(
    text: str, units: Sequence[Span], settings: ChunkerSettings
) -> list[tuple[int, int, str]]:
    """Return `(first unit, last unit, section heading)` of each chunk."""
    sizes = [max(1, count_syllables(text[unit.start_char : unit.end_char])) for unit in units]
    headings = [_is_heading(text, unit, size) for unit, size in zip(units, sizes, strict=True)]
    sections = _sections(text, units, headings)
    target = settings.target_syllables
    limit = int(target * _OVERSIZE)
    windows: list[tuple[int, int, str]] = []
    first, total = 0, 0
    for position, size in enumerate(sizes):
        if position > first and total + size > target:
            last = _last_unit(first, position, sizes, headings, limit)
            windows.append((first, last, sections[first]))
            # What the next chunk must hold in any case; the overlap takes what is left.
            room = limit - sum(sizes[last + 1 : position + 1])
            budget = min(target // 4, room)
            first = _overlap_start(first, last, sizes, headings, settings.overlap_sentences, budget)
            total = sum(sizes[first:position])
        total += size
    if units:
        windows.append((first, len(units) - 1, sections[first]))
    return windows


def _last_unit(
    first: int, position: int, sizes: Sequence[int], headings: Sequence[bool], limit: int
) -> int:
    """Return the last unit of a chunk that is full before `position`.

    A heading opens the next chunk rather than closing this one, unless the chunk holds nothing
    else (a table, a poem) or the next one would grow too large.
    """
    last = position - 1
    while last > first and headings[last]:
        last -= 1
    if headings[last] or sum(sizes[last + 1 : position + 1]) > limit:
        return position - 1
    return last


def _overlap_start(
    first: int,
    last: int,
    sizes: Sequence[int],
    headings: Sequence[bool],
    sentences: int,
    budget: int,
) -> int:
    """Return the unit that the next chunk starts with: a few sentences back, if they are short."""
    start = last + 1
    for _ in range(sentences):
        previous = start - 1
        if previous <= first or headings[start] or headings[previous] or sizes[previous] > budget:
            break
        budget -= sizes[previous]
        start = previous
    return start


def _sections(text: str, units: Sequence[Span], headings: Sequence[bool]) -> list[str]:
    """Return the heading that each unit stands under; the title (unit 0) is not a section."""
    sections: list[str] = []
    section = ""
    for position, (unit, is_heading) in enumerate(zip(units, headings, strict=True)):
        if is_heading and position > 0:
            section = text[unit.start_char : unit.end_char]
        # A chunk that opens with a heading holds it already.
        sections.append("" if is_heading else section)
    return sections


def _is_heading(text: str, unit: Span, size: int) -> bool:
    ends_line = text[unit.end_char : unit.end_char + 1] in {"\n", ""}
    starts_line = unit.start_char == 0 or text[unit.start_char - 1] == "\n"
    last = text[unit.end_char - 1]
    content = text[unit.start_char : unit.end_char]
    return (
        starts_line
        and ends_line
        and size <= _HEADING_SYLLABLES
        and last not in ".!?…:;,"
        and ": " not in content
        and not content.startswith(("-", "•", "+", "*"))
        and not content[0].isdigit()
    )


def _context(document: Document, section: str, *, is_first: bool) -> str:
    """Return what a reader of the bare chunk would miss: title, place, section."""
    parts = [] if is_first else [document.title, document.province, section]
    return " - ".join(part for part in parts if part)


def count_syllables(text: str) -> int:
    """Return the number of syllables and numbers.

    Example:
        >>> count_syllables("Trên 17.700 cuộc")
        4
    """
    return len(_SYLLABLE.findall(text))


def _split_oversize(text: str, span: Span, target: int) -> list[Span]:
    """Cut a sentence that is far too long at clause borders, else at spaces."""
    limit = int(target * _OVERSIZE)
    if count_syllables(text[span.start_char : span.end_char]) <= limit:
        return [span]
    parts: list[Span] = []
    start, count, last_border, last_space = span.start_char, 0, -1, -1
    for match in _PIECE.finditer(text, span.start_char, span.end_char):
        size = max(1, count_syllables(match[0]))
        while count + size > target and match.start() > start:
            cut = last_border if last_border > start else last_space
            parts.append(Span(start, cut))
            following = _PIECE.search(text, cut, span.end_char)
            start = following.start() if following else span.end_char
            count = count_syllables(text[start : match.start()])
            last_border = -1
        count += size
        last_space = match.end()
        if match[0][-1] in ";,:":
            last_border = match.end()
    parts.append(Span(start, span.end_char))
    return parts
