"""What stands amid an article without being a part of it: captions, links, the writer's name."""

from collections.abc import Sequence
from dataclasses import replace

from ingest.articles.article_end import is_mentioned
from ingest.articles.line_kinds import Line, LineKind, comparison_key, is_text, without_credit
from ingest.metadata.bylines import parse_byline
from ingest.metadata.publishers import is_publisher


def drop_inside(body: Sequence[Line], title: str | None) -> list[Line]:
    """Return the lines of the article without captions, dates, boxes of links and credits."""
    spaced = _is_spaced(body)
    wanted = comparison_key(title) if title else None
    texts = [i for i, line in enumerate(body) if is_text(line)]
    lead = texts[0] if texts else len(body)
    dropped: set[int] = set()
    for index, line in enumerate(body):
        if line.kind in {LineKind.CAPTION, LineKind.DATE}:
            dropped.add(index)
        elif line.kind is LineKind.MARKER:
            dropped.add(index)
            dropped.update(_box(body, index))
        elif wanted is not None and index > lead and comparison_key(line.text) == wanted:
            # The headline again, amid the text: a picture's alternative text; a line glued to it
            # on a page that sets paragraphs apart is the caption.
            dropped.add(index)
            if spaced and _is_lone_glued(body, index + 1):
                dropped.add(index + 1)
    dropped.update(_links_after_lead(body, lead, spaced))
    dropped.update(_head_names(body, lead))
    kept = [line for index, line in enumerate(body) if index not in dropped]
    return [replace(line, text=without_credit(line.text)) for line in kept]


def name_under_lead(body: Sequence[Line]) -> int | None:
    """Return the index of the writer's name if it stands alone under the lead."""
    texts = [i for i, line in enumerate(body) if is_text(line)]
    if len(texts) < 3 or texts[1] != texts[0] + 2:
        return None
    line = body[texts[0] + 1]
    byline = parse_byline(line.text) if line.kind is LineKind.SHORT else None
    if byline is None or byline.is_unit or byline.is_caps or byline.word_count < 2:
        return None
    return None if is_mentioned(line.text, body, texts[0] + 1) else texts[0] + 1


def _is_spaced(body: Sequence[Line]) -> bool:
    """Tell whether the page sets its paragraphs apart by blank lines."""
    prose = [line for line in body[1:] if line.kind is LineKind.PROSE]
    return len(prose) >= 3 and sum(not line.is_glued for line in prose) >= 0.6 * len(prose)


def _is_lone_glued(body: Sequence[Line], index: int) -> bool:
    if index >= len(body) or not body[index].is_glued or not body[index].text:
        return False
    following_apart = index + 1 == len(body) or not body[index + 1].is_glued
    return following_apart and len(body[index].text.split()) <= 45


def _box(body: Sequence[Line], marker: int) -> list[int]:
    """Return the links under a heading of other articles amid the text.

    The last short line may be the sub-heading of what follows; a link is longer than that.
    """
    links = []
    for index in range(marker + 1, len(body)):
        if body[index].kind not in {LineKind.SHORT, LineKind.DATE}:
            break
        links.append(index)
    if links and len(body[links[-1]].text.split()) < 8:
        links.pop()
    return links


def _links_after_lead(body: Sequence[Line], lead: int, spaced: bool) -> list[int]:
    """Return the lines right after the lead that link to other articles.

    A sub-heading stands apart and is short; links are glued to the lead, or long, or several.
    """
    links = []
    for index in range(lead + 1, len(body)):
        if body[index].kind is not LineKind.SHORT:
            break
        links.append(index)
    if not links or links[-1] + 1 >= len(body):
        return []
    long_ones = [i for i in links if len(body[i].text.split()) >= 15]
    glued = [i for i in links if spaced and body[i].is_glued and body[i].text]
    if len(links) >= 2:
        # Of several, a last short one that stands apart is the sub-heading of what follows.
        return [i for i in links if i in glued or i in long_ones or i != links[-1]]
    return sorted({*long_ones, *glued})


def _head_names(body: Sequence[Line], lead: int) -> list[int]:
    """Return signatures that stand just under the lead or as labels anywhere."""
    names = []
    for index, line in enumerate(body):
        if line.kind is not LineKind.SHORT:
            continue
        byline = parse_byline(line.text)
        if byline and (byline.is_labelled or (index == lead + 1 and is_publisher(line.text))):
            names.append(index)
    return names + [index for index in [name_under_lead(body)] if index is not None]
