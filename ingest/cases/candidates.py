"""Words of an article that may name a case, each with the signs for and against it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.cases import cues, scoring
from ingest.cases.letters import CAPITALS
from ingest.cases.names import name_key, name_tokens
from ingest.cases.quotes import Quote
from kb.models import Span

_LOOK_BACK, _LOOK_AHEAD = 240, 170
# Most cues stand right before the name; looking for them further back only takes time.
_CLOSE = 80
_LONGEST, _LONG_TOKENS = 240, 32
_SENTENCE_END = re.compile(rf"[.!?…](?=[”\"»’]?\s+[{CAPITALS}\d“\"«‘-])|\n")
_LIST_LINK = re.compile(
    r"^\s*(?:\((?P<bracket>[^()]{0,90})\)|(?P<tail>,?\s*(?:của|ở|tại|do|thuộc|ấp|xã|huyện|thôn|"
    r"phường|nơi|bản|buôn|"
    r"được|đã|giúp|thu hút|với|có|cho|trên|hiện|nhằm|–|-)[^.;“”\"«»]{0,170}?))?\s*[,;]?\s*"
    r"(?:(?<=[,;])|(?<=\))|\s|)(?:,|;|và|hay|hoặc|cùng|cùng với|/|\+|–|-|rồi đến|đến)?\s*"
    r"(?:(?:các|những|một số)\s+)?(?:mô hình|cách làm|" + cues.CONTAINER + r"(?:\s+[\w,]+){0,4}?)?"
    r"(?:\s+(?:điểm|về|như|là))?[\s:]*$",
    re.IGNORECASE,
)
_TIGHT = re.compile(
    r"^\s*(?:\([^()]{0,90}\))?\s*(?:[,;/]|và|hay|hoặc|(?:rồi )?đến|với|cùng(?: với)?|,\s*(?:và|"
    r"hay|hoặc|đến))\s*"
    r"(?:(?:mô hình|cách làm|" + cues.CONTAINER + r")\s*)?$",
    re.IGNORECASE,
)
_AFTER_SEMICOLON = re.compile(
    r";\s*(?:và\s+)?(?:(?:mô hình|cách làm|"
    + cues.CONTAINER
    + r"(?:\s+[\w,]+){0,4}?)(?:\s+\w+){0,2}\s*[:]?)?\s*$",
    re.IGNORECASE,
)
_SEPARATED = re.compile(r"[,;]|\bvà\b|\bhay\b|\bhoặc\b|\bcùng\b|\)")
_MOVEMENT = re.compile(
    r"(?<!\w)(?:phong trào|cuộc vận động|chương trình|đề án|dự án)[\s:,]*$", re.IGNORECASE
)
_ITEM_MARK = re.compile(r"^(?:[-+•*●▪–—✓]|\d{1,2}[.)]|[a-zđ][.)])\s*")
_PENDING = re.compile(
    r"(?<!\w)(?:nếu được|nếu có|khi có|khi được)\s[^.]{0,40}(?:kinh phí|hỗ trợ|phê duyệt|đồng ý)"
)
_HOW_HEAD = re.compile(r"(?:cách làm|sáng kiến|điển hình)[\s:]*$", re.IGNORECASE)
_REFUSING = ("event", "refused", "speech", "planned", "other_sense", "sentence", "long")
_TERMINAL = re.compile(r"[.!?]$")
_FINITE = re.compile(
    r"(?<!\w)(?:rất|đã|sẽ|phải|đang|nhưng|thì|nếu|bởi vì|vì vậy|cũng|lắm|quá)(?!\w)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """Words that may name a case.

    Attributes:
        name_span: The words, without quotation marks.
        outer: With them.
        odds: Log odds that they do (`ingest.cases.scoring`).
        line: Index of the line.
        is_quoted: Whether marks stand around it.
        is_tight: Whether it follows another candidate with nothing but a separator between.
        is_refused: Whether something says outright that it is no case.
    """

    name_span: Span
    outer: Span
    odds: float
    line: int
    is_quoted: bool
    is_tight: bool = False
    is_refused: bool = False

    @property
    def is_case(self) -> bool:
        """Whether it is sure enough."""
        return self.odds >= scoring.FLOOR_ODDS


@dataclass(frozen=True, slots=True)
class Context:
    """What a line gives to judge its candidates by.

    Attributes:
        text: The document's text.
        line: Index of the line.
        span: The line.
        is_heading: Whether it is a heading or the title.
        list_open: Whether the paragraph before announced a list of cases, of which this is an item.
        title: Title of the article, folded words.
        announced: Whether the heading above or the line before speaks of several cases.
        following: How the next line begins.
        quoted_again: Keys of names that are quoted more than once in the article.
    """

    text: str
    line: int
    span: Span
    is_heading: bool
    list_open: bool
    title: str
    announced: bool = False
    quoted_again: frozenset[str] = frozenset()
    following: str = ""


def quoted_candidates(context: Context, quotes: Sequence[Quote]) -> list[Candidate]:
    """Return what the quotes of a line may name, in order.

    A list lends its sureness from one item to the next; where only the words behind the last item
    say what the list is ("… là những mô hình hay"), from the last to the first.
    """
    found: list[Candidate] = []
    for quote in _outermost(context, quotes):
        found.append(_judge(context, quote, found))
    return _lend_backwards(context, found)


def _outermost(context: Context, quotes: Sequence[Quote]) -> list[Quote]:
    """Return the quotes that are not part of another that may be a name."""
    kept: list[Quote] = []
    for quote in quotes:
        outer = kept[-1] if kept else None
        if outer and quote.start_char < outer.end_char:
            size = outer.inner.end_char - outer.inner.start_char
            if size <= _LONGEST and not _is_speech(context, outer):
                continue
        kept.append(quote)
    return kept


def _left(context: Context, position: int) -> str:
    """Return the text of the sentence before a position."""
    start = max(context.span.start_char, position - _LOOK_BACK)
    text = context.text[start:position]
    ends = list(_SENTENCE_END.finditer(text))
    return text[ends[-1].end() :] if ends else text


def _right(context: Context, position: int) -> str:
    text = context.text[position : min(context.span.end_char, position + _LOOK_AHEAD)]
    end = _SENTENCE_END.search(text)
    return text[: end.start()] if end else text


def _sentence_before(context: Context, position: int) -> str:
    start = max(context.span.start_char, position - 2 * _LOOK_BACK)
    return context.text[start:position]


def _judge(context: Context, quote: Quote, before: Sequence[Candidate]) -> Candidate:
    text, inner = context.text, quote.inner
    name = _trimmed(text, inner)
    words = text[name.start_char : name.end_char]
    left = _left(context, quote.start_char)
    close = left[-_CLOSE:]
    right = _right(context, quote.end_char)
    tokens = name_tokens(words)
    link = _link(context, quote, before)
    refused = _is_refused(left)
    direct = cues.DIRECT.search(left[-2 * _CLOSE :]) is not None
    opens_item = context.list_open and not _ITEM_MARK.sub("", left).strip()
    signs = {
        "direct": direct,
        "introduced": not direct and cues.INTRODUCED.search(left) is not None,
        "listed": not direct and (link is not None or opens_item),
        "predicated": not direct
        and (cues.PREDICATED.search(right) is not None or _is_pointed_at(context, quote.end_char)),
        "exemplified": not direct and cues.EXEMPLIFIED.search(close) is not None,
        "contained": cues.CONTAINED.search(close) is not None,
    }
    if signs["introduced"]:
        signs["listed"] = False
    if not (direct or signs["introduced"] or signs["listed"]):
        signs |= _loose_signs(context, quote, left, before)
    near = _sentence_before(context, quote.start_char)
    signs["bare"] = not any(signs.values())
    lower = words[:1].islower()
    catchword = len(tokens) < 3 or _HOW_HEAD.search(left) is not None
    signs |= {
        "opening": not left.strip(" -+•*"),
        "owned": cues.OWNED.match(right) is not None,
        "counted": re.search(r"\d", right[:150]) is not None,
        "case_before": any(candidate.is_case for candidate in before),
        "model_like": cues.MODEL_LIKE.match(words) is not None,
        "quoted_again": name_key(words) in context.quoted_again,
        "event": cues.EVENT.match(words) is not None and not direct,
        "lower_direct": direct and lower,
        "catchword": lower and (len(tokens) < 3 or (direct and catchword)),
        "model_near": context.announced or cues.MODEL_WORD.search(near) is not None,
        "referred": _is_referred(context, quote.end_char),
        "adopted": cues.ADOPTED.search(left[-80:]) is not None,
        "in_title": len(tokens) > 1 and cues.folded_words(words) in context.title,
        "heading": context.is_heading and bool(cues.MODEL_WORD.search(left)),
        "lower_first": lower and not direct,
        "count_slogan": cues.is_count_slogan(words),
        "one_word": len(tokens) < 2,
        "long": len(tokens) > _LONG_TOKENS,
        "sentence": _TERMINAL.search(words) is not None
        or (len(tokens) > 8 and len(_FINITE.findall(words)) > 1),
        "planned": cues.is_planned(left) or _PENDING.search(right) is not None,
        "other_sense": cues.OTHER_SENSE.search(left[-100:] + right[:80]) is not None,
        "refused": refused and not direct,
        "speech": _is_speech(context, quote),
    }
    signs["movement"] = _MOVEMENT.search(close) is not None and not (direct or signs["predicated"])
    odds = scoring.log_odds(signs)
    barred = not tokens or len(words) > _LONGEST or cues.is_no_name(words)
    # What is quoted right behind "mô hình" is its name even where it is worded like a maxim.
    barred = barred or (cues.is_saying(words) and (lower or not direct))
    if barred:
        odds = min(odds, -5.0)
    gap = text[link.outer.end_char : quote.start_char] if link else ""
    return Candidate(
        name,
        Span(quote.start_char, quote.end_char),
        odds,
        context.line,
        is_quoted=True,
        is_tight=link is not None and _TIGHT.match(gap) is not None,
        is_refused=barred or any(signs[sign] for sign in _REFUSING),
    )


def _loose_signs(
    context: Context, quote: Quote, left: str, before: Sequence[Candidate]
) -> dict[str, bool]:
    """Return what speaks for a name that no model word presents at once."""
    close = left[-_CLOSE:]
    # Movements and programmes are carried out everywhere; that says nothing.
    is_movement = _MOVEMENT.search(close) is not None
    adopted = not is_movement and cues.ADOPTED_HERE.search(close) is not None
    last = next((item for item in reversed(before) if item.is_case), None)
    gap = context.text[last.outer.end_char : quote.start_char] if last else ""
    joined = (
        last is not None
        and len(gap) < 2 * _LOOK_BACK
        and not _SENTENCE_END.search(gap)
        and cues.JOINED.search(close) is not None
    )
    return {
        "named": cues.NAMED.search(close) is not None,
        "adopted_here": adopted,
        "done_here": not adopted and not is_movement and cues.DONE_HERE.search(close) is not None,
        "enumerated": cues.ENUMERATED.search(left) is not None,
        "joined": joined,
    }


def _trimmed(text: str, span: Span) -> Span:
    """Return a span without punctuation and stray marks at its ends."""
    start, end = span.start_char, span.end_char
    while start < end and not (text[start].isalnum() or text[start] in "“\"«‘'("):
        start += 1
    while end > start and text[end - 1] in " ,;:.-–":
        end -= 1
    return Span(start, end)


def _is_refused(left: str) -> bool:
    return bool(cues.REFUSED.search(left[-_CLOSE:]) or cues.REFUSED_FAR.search(left))


def _is_speech(context: Context, quote: Quote) -> bool:
    words = context.text[quote.inner.start_char : quote.inner.end_char]
    tokens = words.count(" ") + 1
    if tokens >= 5 and cues.SPEECH_BEFORE.search(_left(context, quote.start_char)[-70:]):
        return not cues.DIRECT.search(_left(context, quote.start_char))
    if tokens >= 8 and cues.SPEECH_INSIDE.search(words):
        left = _left(context, quote.start_char).rstrip()
        return left.endswith(":") or not cues.DIRECT.search(left)
    return tokens >= 6 and bool(cues.SPEECH_AFTER.match(_right(context, quote.end_char)))


def _is_referred(context: Context, position: int) -> bool:
    ahead = context.text[position : min(context.span.end_char, position + 420)]
    return bool(
        re.search(r"(?<!\w)(?:mô hình|cách làm)\s+(?:này|trên|đó|ấy)(?!\w)", ahead, re.IGNORECASE)
    )


def _is_pointed_at(context: Context, position: int) -> bool:
    """Tell whether the next sentence says that what was named last is a model."""
    text = context.text
    if context.is_heading and not text[position : context.span.end_char].strip(' .”"»’'):
        return cues.POINTED_AT.match(context.following) is not None
    end = _SENTENCE_END.search(text, position, context.span.end_char)
    if end is None or any(mark in text[position : end.start()] for mark in '“"«'):
        return False
    return cues.POINTED_AT.match(text, end.end(), context.span.end_char) is not None


def _link(context: Context, quote: Quote, before: Sequence[Candidate]) -> Candidate | None:
    """Return the case that this quote continues the list of."""
    for candidate in reversed(before[-4:]):
        gap = context.text[candidate.outer.end_char : quote.start_char]
        if len(gap) > 3 * _LOOK_BACK or _SENTENCE_END.search(gap):
            return None
        if not candidate.is_case:
            continue
        if _is_refused(_left(context, quote.start_char)) and not _TIGHT.match(gap):
            return None
        skips = candidate is not before[-1]
        if _AFTER_SEMICOLON.search(gap):
            return candidate
        if not skips and _SEPARATED.search(gap) and _LIST_LINK.match(gap):
            return candidate
    return None


def _lend_backwards(context: Context, found: list[Candidate]) -> list[Candidate]:
    lent = list(found)
    for index in range(len(lent) - 2, -1, -1):
        current, following = lent[index], lent[index + 1]
        gap = context.text[current.outer.end_char : following.outer.start_char]
        if current.is_case or not following.is_case or not _TIGHT.match(gap):
            continue
        words = context.text[current.name_span.start_char : current.name_span.end_char]
        if current.odds > -4.5 and not words[:1].islower():
            odds = current.odds + scoring.WEIGHTS["listed"]
            if current.odds < scoring.WEIGHTS["bias"] - 1:
                odds -= scoring.WEIGHTS["bare"]
            lent[index] = replace(current, odds=odds)
            lent[index + 1] = replace(following, is_tight=True)
    return lent
