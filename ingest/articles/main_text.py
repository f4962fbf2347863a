"""HTML to the lines of its main text, by two opinions.

The first is where the long paragraphs with few links are (`page_lines`). The second is
trafilatura (`trafilatura_text`), which knows many templates. Each is wrong on pages where
the other is right: what both take is the article, and what only one takes is kept where it stands
amid the article or runs on from it and is no link. What is left of furniture is plain lines, which
`ingest.articles.cleaning` strips as it does for text files.
"""

import json
import re
from collections.abc import Sequence

from selectolax.lexbor import LexborHTMLParser

from ingest.articles.page_lines import (
    RUNNING_LENGTH,
    PageLine,
    article_above,
    is_long_link,
    read_page,
)
from ingest.articles.trafilatura_text import trafilatura_lines
from ingest.metadata.dates import parse_date_line
from kb.text import fold, to_reading_form

# Lines that may stand from the headline to the text: section, date, author, buttons, lead.
_HEAD_LINES = 8
_COMMENTS = re.compile(
    r"^(?:\d+\s+)?(?:bình luận|ý kiến(?: của)?(?: bạn)?(?: đọc)?|comments?)\s*(?:\(\d+\)|:)?$",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W_]+")
# How far ahead in trafilatura's text a line is looked for, in characters.
_WINDOW = 20_000
_MAX_JSON_DEPTH = 8
# An opinion that nothing confirms and that takes less of the page is a box of furniture.
_LEAST = 0.2
# Characters of the declared summary by which the lead is known again.
_LEAD_KEY = 60


def main_text(tree: LexborHTMLParser, title: str | None, description: str) -> str:
    """Return the main text of a page, one block a line, blank lines between blocks.

    Args:
        tree: The parsed page; it is not changed.
        title: Headline, so that what stands under it is found again.
        description: Summary that the page declares; the lead often repeats it.
    """
    page = read_page(tree)
    _mark_known(page, trafilatura_lines(tree.html or ""))
    lines = weigh_opinions(page, title, description)
    declared = _declared_text(tree)
    # Pages that a script fills hold their text in the linked data alone.
    if sum(map(len, lines)) < 0.5 * sum(map(len, declared)):
        lines = declared
    return "\n\n".join(lines)


def dense_text(tree: LexborHTMLParser, title: str | None, description: str) -> str:
    """Return the main text by the first opinion alone, as `main_text` does by both."""
    return "\n\n".join(weigh_opinions(read_page(tree), title, description))


# --- opinions ------------------------------------------------------------------------------------


def _key(text: str) -> str:
    return " ".join(_WORD.findall(fold(text)))


def _mark_known(page: Sequence[PageLine], known: Sequence[str]) -> None:
    """Mark the lines that are in trafilatura's text, however it broke that into lines."""
    keys = [_key(line) for line in known]
    whole = set(keys)
    text = f" {' '.join(keys)} "
    position = 0
    for line in page:
        key = _key(line.text)
        if not key:
            continue
        found = text.find(f" {key} ", position, position + _WINDOW) if len(key) > 25 else -1
        if found >= 0:
            position = found + len(key)
        line.is_known = found >= 0 or key in whole


# --- weighing -----------------------------------------------------------------------------------


def weigh_opinions(page: Sequence[PageLine], title: str | None, description: str) -> list[str]:
    """Return the lines of the article.

    Args:
        page: Lines with both opinions marked; the marks may be changed.
        title: Headline, if known.
        description: Summary that the page declares.
    """
    wanted = _key(title or "")
    titles = [i for i, line in enumerate(page) if wanted and _key(line.text) == wanted]
    _leave_other_articles(page, titles)
    if not any(map(_is_agreed, page)):
        _follow_one(page, wanted)
    agreed = [i for i, line in enumerate(page) if _is_agreed(line)]
    if not agreed:
        return [line.text for line in page if line.is_taken] or [line.text for line in page]
    first = agreed[0]
    heading = max((i for i in titles if first - _HEAD_LINES <= i < first), default=None)
    level = 0 if heading is None else page[heading].level
    # Buttons under the lead may say "Bình luận" as the heading of the comments does.
    body = agreed[1] if len(agreed) > 1 else first
    other = next(
        (i for i in range(body + 1, len(page)) if _starts_other(page, i, level)), len(page)
    )
    last = max(i for i in agreed if i < other)
    amid = [i for i in range(first, last + 1) if _is_kept(page[i])]
    kept = [*_head(page, first, heading, description), *amid, *_rest(page[:other], last, level)]
    return [page[i].text for i in kept]


def _leave_other_articles(page: Sequence[PageLine], titles: Sequence[int]) -> None:
    """Take the marks off the lines of `article` elements beside the one with the headline."""
    headed = next((page[i].article for i in titles if page[i].level), None)
    if headed is None:
        return
    within = {id(headed)}
    for line in page:  # parents come before children
        if line.article is not None and id(article_above(line.article)) in within:
            within.add(id(line.article))
    inside = [line for line in page if line.article is not None and id(line.article) in within]
    running = [line for line in inside if len(line.text) >= RUNNING_LENGTH and not line.is_link]
    if len(running) < 2:
        return  # the headline alone stands in it
    if not any(line.is_taken for line in running):
        for line in inside:
            line.is_dense = True
    for line in page:
        if line.article is not None and id(line.article) not in within:
            line.is_dense = line.is_known = False


def _starts_other(page: Sequence[PageLine], index: int, level: int) -> bool:
    """Tell whether the comments begin here, or an article with heading and date like this one."""
    if _COMMENTS.match(page[index].text):
        return True
    if not 0 < page[index].level <= level:
        return False
    return any(parse_date_line(line.text) for line in page[index + 1 : index + 3])


def _is_agreed(line: PageLine) -> bool:
    is_running = len(line.text) >= RUNNING_LENGTH and not line.is_link
    return line.is_dense and line.is_known and is_running and not line.is_teaser


def _is_kept(line: PageLine) -> bool:
    """Tell whether a line amid the article is of it: a link needs both opinions."""
    return (line.is_dense and line.is_known) or (line.is_taken and not line.is_link)


def _follow_one(page: Sequence[PageLine], title: str) -> None:
    """Give both marks to the lines of one opinion where the two share nothing.

    The one that speaks of what the title says is followed; if neither does, the longer one.
    """
    wanted = set(title.split())

    def merit(lines: Sequence[PageLine]) -> tuple[float, int]:
        running = [line for line in lines if not line.is_link]
        words = set(_key(" ".join(line.text for line in running)).split())
        share = len(wanted & words) / len(wanted) if wanted else 0.0
        return round(share, 1), sum(len(line.text) for line in running)

    dense = [line for line in page if line.is_dense]
    known = [line for line in page if line.is_known]
    chosen = max(dense, known, key=merit)
    everything = sum(len(line.text) for line in page)
    if sum(len(line.text) for line in chosen) < _LEAST * everything:
        chosen = list(page)
    for line in page:
        line.is_dense = line.is_known = False
    for line in chosen:
        line.is_dense = line.is_known = True


def _head(page: Sequence[PageLine], first: int, heading: int | None, description: str) -> list[int]:
    """Return the lines above the text that are of the article: headline, date, author, lead."""
    if heading is not None:
        return [i for i in range(heading, first) if not is_long_link(page[i])]
    # No headline found: what stands above without a link between, and what an opinion takes.
    above: list[int] = []
    is_near = True
    for index in range(first - 1, max(0, first - _HEAD_LINES) - 1, -1):
        is_near = is_near and not page[index].is_link
        if is_near or (page[index].is_taken and not page[index].is_link):
            above.insert(0, index)
    lead = _key(description)[:_LEAD_KEY]
    if len(lead) >= _LEAD_KEY // 2:
        limit = above[0] if above else first
        above = [i for i in range(limit) if _key(page[i].text).startswith(lead)][-1:] + above
    return above


def _rest(page: Sequence[PageLine], last: int, level: int) -> list[int]:
    """Return the lines that run on below the text, of which only one opinion is sure.

    A link, a gap and a heading of the headline's rank begin something else.
    """
    rest = []
    for index in range(last + 1, len(page)):
        line = page[index]
        if 0 < line.level <= level or not line.is_taken or is_long_link(line):
            break
        rest.append(index)
    return rest


# --- linked data --------------------------------------------------------------------------------


def _declared_text(tree: LexborHTMLParser) -> list[str]:
    """Return the lines of the longest article text in the page's JSON-LD; none as a rule."""
    longest = ""
    for node in tree.css("script[type='application/ld+json']"):
        try:
            data = json.loads(node.text() or "", strict=False)
        except (ValueError, RecursionError):
            continue  # many templates write invalid JSON
        longest = max(longest, *_bodies(data), key=len)
    if "<" in longest:  # some sites declare markup
        return [line.text for line in read_page(LexborHTMLParser(longest))]
    lines = (" ".join(line.split()) for line in to_reading_form(longest).split("\n"))
    return [line for line in lines if line]


def _bodies(data: object, depth: int = 0) -> list[str]:
    if depth > _MAX_JSON_DEPTH:
        return [""]
    if isinstance(data, list):
        return ["", *(body for item in data for body in _bodies(item, depth + 1))]
    if not isinstance(data, dict):
        return [""]
    body = data.get("articleBody")
    inner = _bodies(data.get("@graph"), depth + 1) + _bodies(data.get("mainEntity"), depth + 1)
    return [body if isinstance(body, str) else "", *inner]
