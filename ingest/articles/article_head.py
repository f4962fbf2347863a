"""Where an article begins: its headline, and the date and author about it."""

import re
from collections.abc import Sequence

from ingest.articles.line_kinds import Line, LineKind, comparison_key, is_text, shows_weather
from ingest.metadata.bylines import parse_byline
from ingest.metadata.publishers import is_publisher

_SITE_MENU = re.compile(
    r"trang chủ|hotline|đường dây nóng|liên hệ|đăng nhập|rss|menu|giới thiệu|tìm kiếm|english",
    re.IGNORECASE,
)
# Paragraphs that show what an article speaks of, and how much more of a headline's words they must
# hold than of another's.
_OPENING = 4
_CLEARLY = 0.35


def visit_dates(lines: Sequence[Line]) -> set[int]:
    """Return the indexes of date lines that show the day of the visit.

    The clock of a page header ticks in seconds, or stands by the weather or in the menu.
    """
    found = set()
    for index, line in enumerate(lines):
        if line.date is None or line.date.is_labelled:
            continue
        near = lines[max(0, index - 2) : index + 3]
        by_weather = any(
            other.kind is LineKind.FURNITURE and shows_weather(other.text) for other in near
        )
        above_text = not any(other.kind is LineKind.SHORT for other in lines[:index])
        following = lines[index + 1] if index + 1 < len(lines) else None
        in_menu = (
            above_text
            and following is not None
            and following.kind is LineKind.FURNITURE
            and bool(_SITE_MENU.search(following.text))
        )
        # A weekday and no time, above the headline: the date of today in a page header.
        in_header = (
            above_text
            and line.date.has_weekday
            and not line.date.has_time
            and following is not None
            and following.kind is LineKind.SHORT
        )
        if line.date.has_seconds or by_weather or in_menu or in_header:
            found.add(index)
    return found


def find_title(lines: Sequence[Line], start: int, declared: str | None) -> int | None:
    """Return the index of the headline among the lines before the first text, or None.

    The line above the date line is it; otherwise the first short line of enough words, unless a
    later one shares clearly more words with the text (then the first ones were a ticker).
    """
    if declared is not None:
        wanted = comparison_key(declared)
        return next((i for i in range(len(lines)) if comparison_key(lines[i].text) == wanted), None)
    candidates = [i for i in range(start) if _may_be_title(lines[i])] or [
        # A headline all in capitals has the shape of a name.
        i
        for i in range(start)
        if lines[i].text.isupper() and len(lines[i].text.split()) >= 3
    ]
    if not candidates:
        return None
    dated = [i for i in range(start) if lines[i].kind is LineKind.DATE]
    for date_index in dated:
        above = [i for i in candidates if i < date_index]
        if above and date_index - above[-1] <= 3:
            return above[-1]
    following = set(
        comparison_key(" ".join(line.text for line in lines[start : start + 4])).split()
    )
    shares = {i: _share(comparison_key(lines[i].text).split(), following) for i in candidates}
    long_enough = [i for i in candidates if len(lines[i].text.split()) >= 5] or candidates
    first = long_enough[0]
    best = max(long_enough, key=lambda i: shares[i])
    return best if shares[best] > shares[first] + _CLEARLY else first


def is_name_of_site(declared: str, shown: str, lines: Sequence[Line], start: int) -> bool:
    """Tell whether a declared title is the site's, as portals put it, and not the headline shown.

    The text speaks of its own headline; the declared one is nowhere on the page.
    """
    text = [line.text for line in lines[start:] if is_text(line)][:_OPENING]
    vocabulary = set(comparison_key(" ".join(text)).split())
    shares = [_share(comparison_key(title).split(), vocabulary) for title in (declared, shown)]
    return shares[1] > shares[0] + _CLEARLY and len(shown.split()) >= 5


def _may_be_title(line: Line) -> bool:
    if line.kind is not LineKind.SHORT or is_publisher(line.text):
        return False
    byline = parse_byline(line.text)
    return byline is None or (byline.is_unit and byline.word_count >= 5)


def _share(words: Sequence[str], vocabulary: set[str]) -> float:
    return sum(word in vocabulary for word in words) / len(words) if words else 0.0


def read_head(
    lines: Sequence[Line], start: int, heading: int | None
) -> tuple[str | None, str | None]:
    """Return date and author from the lines about the headline and the lead."""
    # The date may stand under the lead; below the second paragraph it dates something else.
    texts = [i for i in range(start, len(lines)) if is_text(lines[i])]
    limit = texts[1] if len(texts) > 1 else start
    dates = [(i, line.date) for i, line in enumerate(lines[:limit]) if line.date is not None]
    below = [pair for pair in dates if heading is None or pair[0] > heading]
    chosen = next((d for _, d in below if d.is_labelled), None) or (
        below[0][1] if below else dates[-1][1] if dates else None
    )
    first = 0 if heading is None else heading + 1
    names = [line.text for line in lines[first:start] if line.kind is LineKind.SHORT]
    if chosen is not None and chosen.rest:
        names.append(chosen.rest)
    author = None
    for name in names:
        byline = parse_byline(name)
        if byline and not is_publisher(name) and (byline.is_labelled or not byline.is_unit):
            author = byline.name
            break
    return (chosen.published if chosen else None), author


def body_lines(
    lines: Sequence[Line], start: int, heading: int | None, title: str | None
) -> list[Line]:
    """Return the lines from the lead on; of the head, sub-titles stay."""
    wanted = comparison_key(title) if title else None
    head: list[Line] = []
    if heading is not None and heading < start:
        for line in lines[heading + 1 : start]:
            keeps = line.kind is LineKind.SHORT and comparison_key(line.text) != wanted
            if keeps and not is_publisher(line.text) and parse_byline(line.text) is None:
                head.append(line)
    rest = list(lines[start:])
    # No text at all (a page of short lines): nothing tells a headline from a line of text.
    while rest and rest[0].kind is LineKind.SHORT and comparison_key(rest[0].text) == wanted:
        rest.pop(0)
    return head + rest
