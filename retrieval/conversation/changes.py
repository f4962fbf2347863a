"""Questions that take over most of the one before: another place, year or subject, or none."""

from dataclasses import replace

from kb.places import PlaceMention, find_places
from kb.terms import Token, fold_token
from retrieval.conversation.reference import (
    SURE_LEAD,
    SURE_TAIL,
    Reference,
    ReferenceKind,
    core_of,
    is_framed,
    reference_of_all,
)
from retrieval.conversation.wording import (
    ASKING,
    BEFORE_NAMES,
    CASES,
    HEADINGS,
    PLACES,
    Phrase,
    Words,
    longest_first,
)

_MOST_ELLIPTIC, _MOST_TOPIC = 12, 8

_WHAT = longest_first(CASES, PLACES, "ai")
_SOME = "các|những|mấy|vài|một số|một vài|một|hai|ba|nhiều|\\d{1,2}"
_MORE = Phrase(
    rf"(?:(?:còn|có|thế|vậy|và)(?= |$) ?)*(?:(?:{_SOME}) )?(?:{_WHAT}) nào (?:khác|nữa)(?: nữa)?"
    r"(?: không| chưa)?|"
    rf"(?:thế |vậy )?còn (?:(?:{_WHAT}) )?(?:ai|gì|đâu|nào|khác)(?: khác)?(?: nữa)? không|"
    r"(?:thế |vậy )?còn nữa không|còn không|"
    rf"(?:(?:cho|kể|nêu|xem|tìm|hãy|xin|tôi|mình|em|biết|giúp|liệt kê|nói|có)(?= |$) ?)*"
    rf"thêm (?:(?:{_SOME}) )?(?:{_WHAT})(?: khác| nữa| nào)*(?: không| đi| nhé)?|"
    rf"(?:(?:còn|thế|vậy|và)(?= |$) ?)*(?:(?:{_SOME}) )?(?:ở )?(?:{_WHAT}) khác(?: nữa)?"
    r"(?: thì sao| không)?"
)
# Other provinces are elsewhere; other spots ("nơi nào nữa") may be of the same province.
_ELSEWHERE = Phrase(
    "(?:tỉnh|thành phố|địa phương|vùng|nơi|chỗ) (?:nào )?khác|(?:tỉnh|địa phương) nào nữa"
)
_ASKS = Phrase(longest_first(ASKING))
_YES_NO = Phrase("(?:không|chưa)")
_HEADING = Phrase(longest_first(HEADINGS))
_YEARS = Phrase(
    r"(?:(?:trong|từ|đến|năm|giai đoạn|nhiệm kỳ|các|và|cuối|đầu|của|vào|sang)(?= |$) ?)*"
    r"(?:19|20)\d\d(?:(?: (?:và|đến|năm|tới))* (?:19|20)\d\d)*"
)
_BEFORE_NAME = Phrase(rf"(?:{longest_first(BEFORE_NAMES)})(?: (?:{longest_first(BEFORE_NAMES)}))*")
_PREPOSITION = Phrase("(?:ở|tại|trong|của|bên|dưới|trên|ngoài)")
_AT = Phrase("(?:ở|tại)")
_ABOUT = Phrase("(?:về|về lĩnh vực|lĩnh vực|về chủ đề|về nội dung|về mảng|mảng)")


def find_more(words: Words) -> Reference | None:
    """Return the reference of "còn nơi nào nữa không?": more of the same."""
    if not _MORE.of(words).fullmatch(words.line):
        return None
    is_elsewhere = _ELSEWHERE.of(words).search(words.line) is not None
    found = reference_of_all(words, ReferenceKind.MORE)
    return replace(found, noun="place") if is_elsewhere else found


# --- another place or year -------------------------------------------------------------------


def find_change(words: Words) -> Reference | None:
    """Return the reference of a question that holds nothing but another place or year."""
    start, end = core_of(words)
    if start >= end:
        return None
    year = ""
    match = next(
        (item for item in _YEARS.of(words).finditer(words.line, start) if item.end() == end), None
    )
    if match:
        first, last = words.span(match.start(), match.end())
        year = _without_first(words.text[first:last], words)
        end = match.start()
        while end > start and words.line[end - 1] == " ":
            end -= 1
        if end == start:
            return _year_change(words, year)
    place = _place_of(words, start, end)
    if not place or not (is_framed(words) or _is_at(words, start)):
        return None
    found = reference_of_all(words, ReferenceKind.PLACE_CHANGE)
    return replace(found, place=place, year=year)


def _year_change(words: Words, year: str) -> Reference | None:
    if not is_framed(words) and len(words.tokens) > 2:
        return None
    if len(words.tokens) == 1:
        return None
    found = reference_of_all(words, ReferenceKind.YEAR_CHANGE)
    return replace(found, year=year)


def _without_first(text: str, words: Words) -> str:
    """Return years without the words before them that the question changed has, too."""
    inner = Words(text, is_accented=words.is_accented)
    numbers = [token for token in inner.tokens if token.text[0].isdigit()]
    return inner.text[numbers[0].start_char : numbers[-1].end_char]


def _is_at(words: Words, start: int) -> bool:
    return _AT.of(words).match(words.line, start) is not None


def _place_of(words: Words, start: int, end: int) -> str:
    """Return the place that a stretch of the line names if it names nothing else."""
    first, last = words.index_at(start), words.index_at(end - 1)
    tokens = words.tokens[first : last + 1]
    mentions = find_places(words.text)
    named = [token for token in tokens if _is_in(token, mentions)]
    if not named:
        return _unknown_place(words, tokens)
    others = [token for token in tokens if not _is_in(token, mentions)]
    if not all(_stands_before_names(words, token) for token in others):
        return ""
    begin = tokens[0]
    if _PREPOSITION.of(words).match(words.line, start):
        begin = tokens[1]
    return words.text[begin.start_char : named[-1].end_char]


def _is_in(token: Token, mentions: list[PlaceMention]) -> bool:
    return any(item.start_char <= token.start_char < item.end_char for item in mentions)


def _stands_before_names(words: Words, token: Token) -> bool:
    part = words.part(token.start_char, token.end_char)
    known = ("thành", "phố", "khu", "vực", "thị", "xã", "trấn", "địa", "bàn", "cù", "lao")
    form = part.line
    syllables = known if words.is_accented else tuple(map(fold_token, known))
    return form in syllables or _BEFORE_NAME.of(words).fullmatch(form) is not None


def _unknown_place(words: Words, tokens: list[Token]) -> str:
    """Return a place that no table knows: "ở" and words in capitals ("ở ấp Tân Lập")."""
    if len(tokens) < 2 or not _AT.of(words).fullmatch(words.part(*_ends(tokens[:1])).line):
        return ""
    rest = tokens[1:]
    names = [token for token in rest if words.raw(token)[0].isupper()]
    others = [token for token in rest if token not in names]
    if not names or not all(
        token.text.isdigit() or _stands_before_names(words, token) for token in others
    ):
        return ""
    start, end = _ends(rest)
    return words.text[start:end]


def _ends(tokens: list[Token]) -> tuple[int, int]:
    return tokens[0].start_char, tokens[-1].end_char


# --- another subject, or none ----------------------------------------------------------------


def find_topic_change(words: Words) -> Reference | None:
    """Return the reference of "còn về môi trường thì sao?": another subject, all else the same."""
    if not SURE_LEAD.of(words).match(words.line):
        return None
    start, end = core_of(words)
    if start >= end:
        return None
    about = _ABOUT.of(words).match(words.line, start)
    is_ended = any(
        match.end() == len(words.line) for match in SURE_TAIL.of(words).finditer(words.line)
    )
    if not (about or is_ended):
        return None
    if about:
        start = min(about.end() + 1, end)
    if start >= end:
        return None
    first, last = words.span(start, end)
    topic = words.part(first, last)
    if not topic.content or len(topic.tokens) > _MOST_TOPIC or _ASKS.of(words).search(topic.line):
        return None
    found = reference_of_all(words, ReferenceKind.TOPIC_CHANGE)
    return replace(found, topic=topic.text, is_alone=False)


def find_ellipsis(words: Words) -> Reference | None:
    """Return the reference of a question that holds nothing but what is asked."""
    if len(words.tokens) > _MOST_ELLIPTIC or words.content or find_places(words.text):
        return None
    start, end = core_of(words)
    is_heading = start < end and _HEADING.of(words).fullmatch(words.line[start:end]) is not None
    asks = _ASKS.of(words).search(words.line) is not None or any(
        match.end() == len(words.line) for match in _YES_NO.of(words).finditer(words.line)
    )
    if not (is_heading or asks):
        return None
    return reference_of_all(words, ReferenceKind.ELLIPSIS)
