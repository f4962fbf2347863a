"""Chunks: runs of whole sentences with the title and section as context.

A chunk is a span of the document's text, so a citation found in it can be shown where it stands.
Sentences are never cut, except one that alone exceeds the limit of the model.
"""

import re
from collections.abc import Sequence

from kb.ids import chunk_id_for
from kb.models import Chunk, Document, Span
from kb.places import get_province
from kb.sentences import split_sentences
from kb.settings import ChunkerSettings

_SYLLABLE = re.compile(r"[^\W_]+")
# A line without a final mark and this short is a heading, not a sentence.
_HEADING_SYLLABLES = 14
# A sentence longer than this many times the target is cut at clause borders.
_OVERSIZE = 1.5


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
    sizes = [count_syllables(text[unit.start_char : unit.end_char]) for unit in units]
    headings = [_is_heading(text, unit, size) for unit, size in zip(units, sizes, strict=True)]
    windows: list[tuple[int, int, str]] = []
    first, total, section = 0, 0, ""
    for position, size in enumerate(sizes):
        # A heading opens the next chunk rather than closing this one.
        full = total + size > settings.target_syllables
        if position > first and full:
            last = position - 1
            while last > first and headings[last]:
                last -= 1
            windows.append((first, last, section))
            section = _section_at(text, units, headings, last + 1)
            first = _overlap_start(first, last, sizes, headings, settings)
            total = sum(sizes[first:position])
        total += size
    if units:
        windows.append((first, len(units) - 1, section))
    return windows


def _overlap_start(
    first: int,
    last: int,
    sizes: Sequence[int],
    headings: Sequence[bool],
    settings: ChunkerSettings,
) -> int:
    """Return the unit that the next chunk starts with: a few sentences back, if they are short."""
    start = last + 1
    budget = settings.target_syllables // 4
    for _ in range(settings.overlap_sentences):
        previous = start - 1
        if previous <= first or headings[previous] or sizes[previous] > budget:
            break
        if start < len(headings) and headings[start]:
            break
        budget -= sizes[previous]
        start = previous
    return start


def _section_at(text: str, units: Sequence[Span], headings: Sequence[bool], position: int) -> str:
    """Return the last heading before a unit; the title (unit 0) is not a section."""
    for candidate in range(min(position, len(units)) - 1, 0, -1):
        if headings[candidate]:
            return text[units[candidate].start_char : units[candidate].end_char]
    return ""


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
    place = document.province or ""
    if document.case is not None and (province := get_province(document.case.province)):
        place = province.name
    parts = [] if is_first else [document.title, place, section]
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
    for match in re.finditer(r"\S+", text[span.start_char : span.end_char]):
        word_start, word_end = span.start_char + match.start(), span.start_char + match.end()
        size = max(1, count_syllables(match[0]))
        if count + size > target and word_start > start:
            cut = last_border if last_border > start else last_space
            parts.append(Span(start, cut))
            start = cut + (len(text[cut:]) - len(text[cut:].lstrip()))
            count = count_syllables(text[start:word_start])
            last_border = -1
        count += size
        last_space = word_end
        if match[0][-1] in ";,:":
            last_border = word_end
    if start < span.end_char:
        parts.append(Span(start, span.end_char))
    return parts
