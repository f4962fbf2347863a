"""Which lines of a page gave its metadata, and how sure they make them.

`articles.cleaning` decides what is the date line, the signature and the headline; here the line is
found again, so that a value can show the words it is from. Confidences are ordinal, not measured:
a labelled line is surer than a bare one, and words of a sentence that serve as title are least.
"""

from collections.abc import Sequence

from ingest.articles.cleaning import CleanedPage
from ingest.metadata.bylines import parse_byline
from ingest.metadata.dates import parse_date_line
from ingest.metadata.publishers import publisher_of
from kb.models import MetadataEvidence, Span
from kb.sentences import split_sentences
from kb.text import fold, to_reading_form

_LABELLED, _SHAPED, _BARE = 0.95, 0.9, 0.8
_CALLED_UPDATE = 0.7
_GLUED = 0.8
_HEADLINE, _DERIVED = 0.9, 0.5
# What a declaration is worth if the page's own lines say something else.
_CONTESTED = 0.6
# A line of its own for the update stands at most so far below the line of the publication.
_UPDATE_REACH = 2
_MAX_QUOTE = 120


def line_evidence(lines_text: str, page: CleanedPage, text: str) -> tuple[MetadataEvidence, ...]:
    """Return the evidence for what the lines of a page tell.

    Args:
        lines_text: The page as lines, before cleaning.
        page: What cleaning made of it.
        text: The article's text, which spans refer to.
    """
    lines = [line for raw in to_reading_form(lines_text).split("\n") if (line := raw.strip())]
    found = [_title(lines, page, text), *_dates(lines, page.published, text)]
    if page.author:
        found.append(_author(lines, page.author, text))
    if page.publisher:
        found.append(_publisher(lines, page.publisher, text))
    return tuple(each for each in found if each)


def weigh(
    declared: Sequence[MetadataEvidence], lines: Sequence[MetadataEvidence], text: str
) -> tuple[MetadataEvidence, ...]:
    """Return one piece of evidence a field: what is declared, checked against the lines.

    What the lines alone say counts as it is; a declaration that they contradict is trusted less.
    """
    said = {each.field: each for each in lines}
    weighed = []
    for each in declared:
        line = said.pop(each.field, None)
        agrees = line is None or each.field == "title" or _same(each.value, line.value)
        confidence = each.confidence if agrees else min(each.confidence, _CONTESTED)
        # The headline heads the text; other declared words stand only in the markup.
        span = _paragraph(each.quote, text) if each.field == "title" else None
        weighed.append(
            MetadataEvidence(each.field, each.value, confidence, each.source, each.quote, span)
        )
    published = next((each.value for each in weighed if each.field == "published"), None)
    # The lines' day of change must also be later than a declared day of publication.
    weighed.extend(
        line
        for line in said.values()
        if line.field != "updated" or published is None or line.value > published
    )
    return tuple(weighed)


def _same(one: str, other: str) -> bool:
    first, second = fold(one), fold(other)
    return first in second or second in first


def _evidence(
    field: str, value: str, confidence: float, source: str, quote: str, text: str
) -> MetadataEvidence:
    return MetadataEvidence(field, value, confidence, source, quote, _paragraph(quote, text))


def _paragraph(quote: str, text: str) -> Span | None:
    """Return where a line stands as a whole paragraph of the text, if it does."""
    start = f"\n{text}\n".find(f"\n{quote}\n")
    return Span(start, start + len(quote)) if start >= 0 else None


def _title(lines: Sequence[str], page: CleanedPage, text: str) -> MetadataEvidence | None:
    if not page.title:
        return None
    if page.title in lines or not page.paragraphs:
        return _evidence("title", page.title, _HEADLINE, "headline", page.title, text)
    first = page.paragraphs[0]
    spans = split_sentences(first)
    if not spans:
        return None
    quote = first[spans[0].start_char : spans[0].end_char]
    # The derived title may be the same words, and stands above: the sentence itself is meant.
    start = text.find(quote, len(page.title))
    span = Span(start, start + len(quote)) if start >= 0 else None
    return MetadataEvidence("title", page.title, _DERIVED, "first sentence", quote, span)


def _dates(lines: Sequence[str], published: str | None, text: str) -> list[MetadataEvidence]:
    if published is None:
        return []
    for index, line in enumerate(lines):
        date = parse_date_line(line)
        if date is None or date.published != published:
            continue
        confidence = _SHAPED if date.has_time or date.has_weekday else _BARE
        if date.is_labelled:
            confidence = _CALLED_UPDATE if date.is_update else _LABELLED
        found = [_evidence("published", published, confidence, "date line", line, text)]
        updated = _update(lines[index : index + 1 + _UPDATE_REACH], published)
        if updated:
            found.append(_evidence("updated", updated[0], _LABELLED, "date line", updated[1], text))
        return found
    return []


def _update(lines: Sequence[str], published: str) -> tuple[str, str] | None:
    for line in lines:
        date = parse_date_line(line)
        day = date and (date.updated or (date.published if date.is_update else None))
        if day and day > published:
            return day, line
    return None


def _author(lines: Sequence[str], author: str, text: str) -> MetadataEvidence:
    for line in lines:
        byline = parse_byline(line)
        if byline and byline.name == author:
            confidence = _LABELLED if byline.is_labelled else _SHAPED
            return _evidence("author", author, confidence, "byline", line, text)
        date = parse_date_line(line)
        beside = parse_byline(date.rest) if date and date.rest else None
        if beside and beside.name == author:
            return _evidence("author", author, _SHAPED, "date line", line, text)
    return _evidence("author", author, _GLUED, "signature", _tail_with(lines, author), text)


def _publisher(lines: Sequence[str], publisher: str, text: str) -> MetadataEvidence:
    for line in lines:
        if publisher_of(line) == publisher:
            return _evidence("publisher", publisher, _LABELLED, "publisher line", publisher, text)
    quote = _tail_with(lines, publisher)
    return _evidence("publisher", publisher, _GLUED, "site furniture", quote, text)


def _tail_with(lines: Sequence[str], name: str) -> str:
    """Return the end of the last line that holds a name, or the name itself if none does."""
    wanted = fold(name)
    for line in reversed(lines):
        if wanted in fold(line):
            return line[-_MAX_QUOTE:].strip()
    return name
