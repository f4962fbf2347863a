"""Where an article ends: a signature, a heading of other articles, or the wording of others."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import accumulate, pairwise

from ingest.articles.line_kinds import Line, LineKind, comparison_key, is_text
from ingest.metadata.bylines import Byline, parse_byline
from ingest.metadata.publishers import is_publisher
from kb.text import fold

_END_MARKER = re.compile(r"cùng|khác|mới|cũ|đã|nhiều|nổi bật|bạn|tiêu điểm|đừng", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
# Lines of other articles share at most a third as many word pairs with an article as its own
# paragraphs share with each other; later paragraphs of it share two thirds and more.
_FOREIGN_RATIO = 0.45
_DAY_OPENING = re.compile(
    r"(?:(?:sáng|trưa|chiều|tối|đêm)\s+)?(?:ngày\s+)?\d{1,2}[/-]\d{1,2}\b", re.IGNORECASE
)
# Lines below a signature or a marker that are looked at; nothing is learned from more of them.
_MAX_TAIL = 600
# The wording of longer pages is not compared pair by pair: they are books and registers.
_MAX_COMPARED = 1500
# Of fewer paragraphs the wording of an article is not known well enough to tell.
_MIN_KNOWN = 4


def find_end(body: Sequence[Line], title: str | None) -> tuple[int, str | None, list[Line]]:
    """Return where the article ends, its author if a line signs it, and the lines about the end."""
    texts = [i for i, line in enumerate(body) if is_text(line)]
    if not texts:
        return len(body), None, []
    for index in range(texts[0] + 1, len(body)):
        line = body[index]
        if line.kind is LineKind.MARKER and _ends_at_marker(body, index, title):
            return _signed_end(body, _unsigned_end(body[:index], title))
        name = _signature(body, index, title)
        if name is not None:
            more = [name, *_further_names(body, index)]
            return index, _author(body, index, more), list(body[index : index + 4])
    return _signed_end(body, _unsigned_end(body, title))


def labelled_date(lines: Sequence[Line]) -> str | None:
    """Return the `YYYY-MM-DD` of the first date line that says what it dates ("Cập nhật: …")."""
    dates = (line.date for line in lines if line.date is not None)
    return next((date.published for date in dates if date.is_labelled), None)


def credited_publisher(lines: Sequence[Line]) -> str | None:
    """Return the newspaper that the text is credited to ("Nguồn: Báo X", "Theo TTXVN")."""
    for line in lines:
        byline = parse_byline(line.text)
        if byline and _is_newspaper(byline):
            return byline.name
    return None


def _is_newspaper(byline: Byline) -> bool:
    """Tell whether a signature names the newspaper that a text was taken from."""
    return byline.is_source and (is_publisher(byline.name) or byline.is_site)


def _signed_end(body: Sequence[Line], end: int) -> tuple[int, str | None, list[Line]]:
    """Return the end before the signature, if the line before the end is one."""
    line = body[end - 1]
    byline = parse_byline(line.text) if line.kind is LineKind.SHORT else None
    if end < 2 or byline is None or is_mentioned(line.text, body[:end], end - 1):
        return end, None, list(body[end:])
    return end - 1, _author(body, end - 1, [byline.name]), list(body[end - 1 :])


def _author(body: Sequence[Line], index: int, names: Sequence[str]) -> str | None:
    byline = parse_byline(body[index].text)
    if byline and _is_newspaper(byline):
        return None  # see `credited_publisher`
    return names[0] if byline else None


def _further_names(body: Sequence[Line], index: int) -> list[str]:
    following = body[index + 1 : index + 2]
    return [byline.name for line in following if (byline := parse_byline(line.text))]


def _signature(body: Sequence[Line], index: int, title: str | None) -> str | None:
    """Return the name if this line signs the article above it.

    What follows decides: nothing, or the teasers of other articles.
    """
    line = body[index]
    if line.kind not in {LineKind.SHORT, LineKind.PROSE, LineKind.CAPTION}:
        return None
    byline = parse_byline(line.text)
    if byline is None:
        return None
    # A second signature line (writer, then source) belongs to the first.
    tail = list(body[index + 1 : index + 1 + _MAX_TAIL])
    while tail and (
        tail[0].kind is LineKind.CAPTION
        or ((other := parse_byline(tail[0].text)) and (other.is_labelled or other.is_source))
    ):
        tail.pop(0)
    shape = _tail_shape(tail)
    if byline.is_labelled or byline.is_source:
        is_end = shape != "text" or _is_foreign(tail, body[:index], title)
        return byline.name if is_end else None
    if shape == "empty":
        return byline.name
    # More names than an article has signatures are a list of people, not worth comparing.
    listed = sum(parse_byline(other.text) is not None for other in tail[:60]) > 10
    foreign = (
        len(tail) >= 4
        and not listed
        and not byline.is_caps
        and _is_foreign(tail, body[:index], title)
    )
    if not byline.is_newsroom and (byline.word_count == 1 or byline.is_unit):
        # One word or an office may be a heading: what follows must show the end by more.
        marked = shape == "dated" or tail[0].kind is LineKind.MARKER
        return byline.name if marked or (foreign and shape != "text") else None
    if (shape == "text" and not foreign) or is_mentioned(line.text, body, index):
        return None
    return byline.name


def is_mentioned(name: str, body: Sequence[Line], index: int) -> bool:
    """Tell whether the article speaks of the person: then the line is a heading about them."""
    key = comparison_key(name)
    return any(
        f" {key} " in f" {comparison_key(line.text)} "
        for i, line in enumerate(body)
        if i != index and is_text(line)
    )


def _tail_shape(tail: Sequence[Line]) -> str:
    """Return what lines are like: "empty", "titles", "pairs", "dated" or "text".

    Teasers are headlines, headlines each with one paragraph, or paragraphs each with a date. An
    article that goes on has paragraphs one after the other.
    """
    kinds = [line.kind for line in tail if line.kind not in {LineKind.MARKER, LineKind.CAPTION}]
    if not kinds:
        return "empty"
    prose = [i for i, kind in enumerate(kinds) if kind in {LineKind.PROSE, LineKind.ITEM}]
    if not prose:
        return "titles"
    dates = kinds.count(LineKind.DATE)
    if dates and LineKind.DATE in kinds[:2] and dates >= 0.6 * len(prose):
        return "dated"
    runs = sum(b - a == 1 for a, b in pairwise(prose))
    # One summary in seven may have come in two paragraphs.
    if prose[0] == 0 or runs > len(prose) / 7:
        return "text"
    return "pairs"


def _ends_at_marker(body: Sequence[Line], index: int, title: str | None) -> bool:
    """Tell whether a heading of other articles ends the article or stands amid it."""
    tail = body[index + 1 : index + 1 + _MAX_TAIL]
    shape = _tail_shape(tail)
    if shape in {"empty", "titles", "dated"}:
        return True
    count = sum(line.kind is LineKind.PROSE for line in tail)
    if shape == "pairs" and count >= 3 and _END_MARKER.search(body[index].text):
        return True
    return _is_foreign(tail, body[:index], title) if shape == "pairs" else False


def _unsigned_end(body: Sequence[Line], title: str | None) -> int:
    """Return the end of an article that nobody signed: dated teasers, pairs or a list of links."""
    dates = [i for i, line in enumerate(body) if line.kind is LineKind.DATE]
    texts = [i for i, line in enumerate(body) if is_text(line)]
    late = [i for i in dates if i > texts[0]]
    if len(late) >= 2 and _tail_shape(body[late[0] :]) != "text":
        first = late[0]
        if body[first - 1].kind is LineKind.SHORT and first - 1 > texts[0]:
            return first - 1
        return first
    # Headline and summary in turn up to the end: sub-headings may do so too, so that length of
    # the headlines and foreign wording must both speak for teasers.
    start = len(body)
    while start >= 2 and _is_pair(body[start - 2], body[start - 1]):
        start -= 2
    begin = max(start, texts[0] + 1)
    begin += (len(body) - begin) % 2
    tail = body[begin:]
    # Words of the headlines from each on, summed once: a register may have thousands of pairs.
    headline_words = list(accumulate(len(line.text.split()) for line in reversed(tail[::2])))[::-1]
    candidates = range(begin, len(body) - 5, 2) if len(body) <= _MAX_COMPARED else ()
    for first in candidates:
        heads = (len(body) - first) // 2
        if headline_words[(first - begin) // 2] < 8 * heads:
            continue
        # Summaries of news open with their day, each with another: wording may be nearer then.
        days = {match[0] for line in body[first:] if (match := _DAY_OPENING.match(line.text))}
        nearer = len(days) >= 2 and heads >= 5
        whole, pair = (0.65, 0.9) if nearer else (_FOREIGN_RATIO, _FOREIGN_RATIO)
        if _is_foreign(body[first : first + 2], body[:first], title, pair) and _is_foreign(
            body[first:], body[:first], title, whole
        ):
            return first
    start = len(body)
    while start and body[start - 1].kind is LineKind.SHORT:
        start -= 1
    links = body[start:]
    if len(links) >= 3 and start > texts[0] and not body[start - 1].text.endswith(":"):
        words = sum(len(line.text.split()) for line in links) / len(links)
        if words >= 8 and _is_foreign(links, body[:start], title):
            return start
    return len(body)


def _is_pair(head: Line, summary: Line) -> bool:
    return head.kind is LineKind.SHORT and summary.kind is LineKind.PROSE


def _pairs_of(text: str) -> list[tuple[str, str]]:
    words = _WORD.findall(fold(text))
    return list(pairwise(words))


def _is_foreign(
    tail: Sequence[Line],
    article: Sequence[Line],
    title: str | None,
    ratio: float = _FOREIGN_RATIO,
) -> bool:
    """Tell whether lines share far less wording with the article than its own paragraphs do."""
    own = [_pairs_of(line.text) for line in article if line.kind is LineKind.PROSE]
    others = [
        pairs
        for line in tail
        if line.kind in {LineKind.PROSE, LineKind.SHORT} and (pairs := _pairs_of(line.text))
    ]
    if len(own) < _MIN_KNOWN or not others:
        return False
    # A pair counts as shared by a paragraph if any other paragraph or the title has it.
    owners = Counter(pair for pairs in [*own, _pairs_of(title or "")] for pair in set(pairs))
    inner = [sum(owners[pair] > 1 for pair in pairs) / max(1, len(pairs)) for pairs in own]
    outer = [sum(owners[pair] > 0 for pair in pairs) / len(pairs) for pairs in others]
    return sum(outer) / len(outer) < ratio * sum(inner) / len(inner)
