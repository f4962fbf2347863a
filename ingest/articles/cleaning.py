"""Lines of a news page to the title, lead and body of its main article.

Crawled pages carry the site along: clock and weather, menus, share buttons, captions, links amid
the text, and a tail of teasers for other articles, which may be longer than the article and would
answer other questions in its name. Three kinds of evidence are used, and a cut needs them to
agree, because a lost sentence is worse than a teaser that stays:

- what a line is (a known button, a date line, a byline, a caption with its credit);
- where it stands (above the headline, after the byline, glued to the lead);
- what follows it (pairs of headline and summary, dates, nothing), since the paragraphs of an
  article run on while teasers alternate.

How much of its wording a line shares with the article only supports a cut.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.articles.article_body import drop_inside, name_under_lead
from ingest.articles.article_end import credited_publisher, find_end, labelled_date
from ingest.articles.article_head import (
    body_lines,
    find_title,
    is_name_of_site,
    read_head,
    visit_dates,
)
from ingest.articles.line_kinds import Line, LineKind, is_text, read_lines
from ingest.articles.repeats import drop_repeats
from ingest.metadata.bylines import parse_byline
from ingest.metadata.publishers import find_publisher
from ingest.metadata.titles import derive_title

# Contact lines belong to a page's foot; amid the text they may be where a model is found.
_CONTACT = re.compile(
    r"^(?:điện thoại|đt|e-?mail|website|địa chỉ|trụ sở|số điện thoại)\s*[:.]\s*\S", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """The main article of a page, and what of the rest tells about it.

    Attributes:
        title: Headline, or a title derived from the first sentence.
        paragraphs: Lead and body, sub-headings among them, in order.
        published: `YYYY-MM-DD` from a date line of the article.
        author: From the byline.
        publisher: Where a line names it outright.
        other_articles: Lines that belong to other articles.
    """

    title: str
    paragraphs: tuple[str, ...]
    published: str | None
    author: str | None
    publisher: str | None
    other_articles: tuple[str, ...]


def clean_page(text: str, *, title: str | None = None) -> CleanedPage:
    """Return the main article of a page.

    Args:
        text: Lines of the page in any form.
        title: Headline, where the page declares it; otherwise it is looked for.

    Example:
        >>> lines = ["Trang chủ > Tin tức", "Xã A có mô hình hay", "05/03/2024 08:10",
        ...     "Xã A vừa nhân rộng mô hình thu gom rác tại mười ấp trong xã.", "Thu Hà"]
        >>> page = clean_page(chr(10).join(lines))
        >>> page.title, page.published, page.author, len(page.paragraphs)
        ('Xã A có mô hình hay', '2024-03-05', 'Thu Hà', 1)
    """
    every = read_lines(text)
    of_visit = visit_dates(every)
    publisher = find_publisher(line.text for line in every if line.kind is not LineKind.PROSE)
    lines = [
        line
        for index, line in enumerate(every)
        if line.kind is not LineKind.FURNITURE and index not in of_visit
    ]
    lines = drop_repeats(_drop_contacts(lines))
    start = next((i for i, line in enumerate(lines) if is_text(line)), len(lines))
    heading = find_title(lines, start, title)
    if title is not None and heading is None:
        shown = find_title(lines, start, None)
        if shown is not None and is_name_of_site(title, lines[shown].text, lines, start):
            title, heading = None, shown
    published, author = read_head(lines, start, heading)
    found = title or (lines[heading].text if heading is not None else None)
    body = body_lines(lines, start, heading, found)
    end, byline, signature_end = find_end(body, found)
    others = [line.text for line in body[end:]]
    under_lead = name_under_lead(body[:end])
    if under_lead is not None and (named := parse_byline(body[under_lead].text)):
        author = author or named.name
    body = drop_inside(body[:end], found)
    paragraphs = [line.text for line in body]
    if published is None:
        published = labelled_date(signature_end)
    if found is None:
        found = next((derive_title(text) for text in paragraphs if any(map(str.isalnum, text))), "")
    return CleanedPage(
        title=found,
        paragraphs=tuple(paragraphs),
        published=published,
        author=byline or author,
        publisher=publisher or credited_publisher(signature_end),
        other_articles=tuple(others),
    )


def _drop_contacts(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without addresses and telephone numbers below the last text."""
    last = max((i for i, line in enumerate(lines) if line.kind is LineKind.PROSE), default=-1)
    return [line for i, line in enumerate(lines) if i <= last or not _CONTACT.match(line.text)]
