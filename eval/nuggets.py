"""Whether a text says what a nugget holds: figures compared by value, prose by syllables.

A nugget is one fact that a good answer holds (Voorhees 2003, "Overview of the TREC 2003 Question
Answering Track", section 4; Pradeep et al. 2024, "Initial Nugget Evaluation Results for the TREC
2024 RAG Track"). There people, or a language model, decide whether an answer holds it. Here rules
do, so that the same answer scores the same on every machine and offline: figures must agree in
value and unit, and a nugget without figures must share enough of its syllables with the text.

The module shares no code with `retrieval/`, whose answers it judges.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import pairwise

from kb.text import to_matching_form, to_reading_form

_TOKEN = re.compile(
    r"(?P<code>\d+(?:/\d+)?(?:[/-][A-ZĐƯ]+)+)|(?P<number>\d+(?:[.,]\d+)*)|(?P<percent>%)"
    r"|(?P<range>[-–—])|(?P<word>[^\W\d_]+)|(?P<break>[.;:!?…()\[\]\n|])"
)
# "km2" is "km²", and "22h30" is "22 giờ 30".
_SQUARE = re.compile(r"\b(k?m|cm|dm)2\b")
_CLOCK = re.compile(r"(?<=\d)\s?h(?=\d|\b)")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_SCALES = {"nghìn": 3, "ngàn": 3, "triệu": 6, "tỷ": 9, "tỉ": 9}
_RANGE_WORDS = frozenset({"đến", "tới"})
_COUNTS = {
    word: Decimal(value)
    for value, word in enumerate("một hai ba bốn năm sáu bảy tám chín mười".split(), 1)
}
# Tokens after a number among which its unit may stand ("300 căn nhà" has "nhà" as its second).
_UNIT_WINDOW = 4
# Syllables that carry no content.
_STOP = frozenset(
    "là và của có cho ở tại trong với các những một thì mà được bị để từ đến về ra vào theo như "
    "này đó nào gì khi nếu hay hoặc cũng đã đang sẽ không rất hơn trên dưới do vì nên rồi lại qua "
    "cùng mỗi mọi từng".split()
)

# Shares of a nugget's content syllables that a text must hold. Over the development topics, 95 %
# of the number-free nuggets share 0.7 or more with the documents that state them, and 95 % of the
# other relevant documents of their topics share 0.57 or less, although a whole document is far
# longer than an answer. 0.6 keeps the two apart; at 0.4 a paraphrase passes, and so does one in
# four of the documents that only speak of the same thing.
STRICT_SHARE, LENIENT_SHARE = 0.6, 0.4


@dataclass(frozen=True, slots=True)
class Figure:
    """A number as it is meant.

    Attributes:
        value: With its scale: "5,6 tỷ" is 5,600,000,000; in a range ("50-60 triệu") both ends
            have the scale of the last.
        after: The tokens after number and scale, lower case, among which its unit stands.
        unit: The first of them if it follows directly; empty if the number has a scale (which
            speaks for itself), or nothing follows in the same clause.
    """

    value: Decimal
    after: tuple[str, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def figures_of(text: str) -> list[Figure]:
    """Return the figures of a text in order, without codes such as "01-NQ/TU".

    Example:
        >>> [(str(figure.value), figure.unit) for figure in figures_of("1.129 hộ, 2,50 tỷ đồng")]
        [('1129', 'hộ'), ('2500000000', '')]
        >>> [str(figure.value) for figure in figures_of("lãi 50-60 triệu đồng/ha")]
        ['50000000', '60000000']
    """
    tokens = _tokens(text)
    return [
        _figure(tokens, position, _number(token.text))
        for position, token in enumerate(tokens)
        if token.kind == "number"
    ]


def codes_of(text: str) -> set[str]:
    """Return the numbers of documents in a text, lower case.

    Example:
        >>> sorted(codes_of("Nghị quyết 01-NQ/TU và Kế hoạch 249/KH"))
        ['01-nq/tu', '249/kh']
    """
    return {token.text for token in _tokens(text) if token.kind == "code"}


def states_number(written: str, text: str) -> bool:
    """Tell whether a text states a figure as a nugget writes it.

    Every number of `written` must stand in the text with the same value and, where `written`
    gives a unit, with that unit's first syllable shortly after it. Small numbers written as words
    ("hai thùng") count as numbers where nothing else does.

    Example:
        >>> states_number("100 ngàn đồng", "mỗi người góp 100.000 đồng một tháng")
        True
        >>> states_number("14.000 lượt", "có 14.000 hộ")
        False
        >>> states_number("hai thùng", "tặng mỗi hộ 2 thùng rác")
        True
    """
    if not codes_of(written) <= codes_of(text):
        return False
    wanted = figures_of(written)
    if wanted:
        stated = figures_of(text)
        return all(_is_stated(figure, stated) for figure in wanted)
    if codes_of(written):
        return True
    stated = [*figures_of(text), *_counted_in_words(text)]
    counted = _counted_in_words(written)
    if counted:
        return all(_is_stated(figure, stated) for figure in counted)
    return content_share(written, text) == 1.0


def has_values_of(text: str, source: str) -> bool:
    """Tell whether every figure of a text stands in its source with the same scale and percent.

    Units other than scales and the percent sign may be worded differently in a rewritten claim,
    and are not compared.

    Example:
        >>> has_values_of("thu 5 tỷ đồng", "thu 5 triệu đồng")
        False
    """
    if not codes_of(text) <= codes_of(source):
        return False
    stated = {(figure.value, figure.unit == "%") for figure in figures_of(source)}
    return all((figure.value, figure.unit == "%") in stated for figure in figures_of(text))


def content_share(text: str, source: str) -> float:
    """Return the share of the distinct content syllables of a text that a source holds.

    Numbers and function words do not count; a text without content syllables has all of them.

    Example:
        >>> content_share("hộ nghèo vay vốn", "cho hộ nghèo mượn tiền")
        0.5
    """
    wanted = _content(text)
    return len(wanted & _content(source)) / len(wanted) if wanted else 1.0


def _content(text: str) -> set[str]:
    return {token.text for token in _tokens(text) if token.kind == "word"} - _STOP


@lru_cache(maxsize=4096)
def _tokens(text: str) -> tuple[_Token, ...]:
    text = _CLOCK.sub(" giờ ", _SQUARE.sub(r"\1²", to_reading_form(text)))
    return tuple(
        _Token(match.lastgroup, to_matching_form(match[0]))
        for match in _TOKEN.finditer(text)
        if match.lastgroup is not None
    )


def _number(written: str) -> Decimal:
    if _THOUSANDS.fullmatch(written):
        written = written.replace(".", "")
    whole, _, decimals = written.replace(".", ",").partition(",")
    return Decimal(f"{whole}.{decimals.replace(',', '') or 0}").normalize() + 0


def _figure(tokens: Sequence[_Token], position: int, value: Decimal) -> Figure:
    scale, end = _scale_after(tokens, position + 1)
    following = tokens[end : end + _UNIT_WINDOW]
    after = tuple(token.text for token in following if token.kind in {"word", "percent"})
    unit = ""
    if not scale and following and following[0].kind in {"word", "percent"}:
        unit = following[0].text
    if unit in _RANGE_WORDS or (following and following[0].kind == "range"):
        upper = _upper_end(tokens, end)
        if upper is not None:
            scale = scale or _scale_after(tokens, upper + 1)[0]
            last = _figure(tokens, upper, Decimal(0))
            after, unit = last.after, last.unit
        else:
            unit = ""
    return Figure(_plain(value.scaleb(scale)), after, unit)


def _upper_end(tokens: Sequence[_Token], position: int) -> int | None:
    """Return where the upper end of a range stands, given where its connector does."""
    upper = position + 1
    return upper if upper < len(tokens) and tokens[upper].kind == "number" else None


def _scale_after(tokens: Sequence[_Token], position: int) -> tuple[int, int]:
    """Return the powers of ten of the scale words at a position, and where they end."""
    scale = 0
    while position < len(tokens) and tokens[position].text in _SCALES:
        scale += _SCALES[tokens[position].text]
        position += 1
    return scale, position


def _plain(value: Decimal) -> Decimal:
    """Return a value in one canonical form, so that equal values print alike."""
    return value.quantize(Decimal(1)) if value == value.to_integral_value() else value.normalize()


def _counted_in_words(text: str) -> list[Figure]:
    """Return the numbers up to ten that are written as words, each with what it counts."""
    return [
        Figure(_COUNTS[left.text], (right.text,), right.text)
        for left, right in pairwise(_tokens(text))
        if left.text in _COUNTS and right.kind == "word"
    ]


def _is_stated(wanted: Figure, stated: Sequence[Figure]) -> bool:
    return any(
        figure.value == wanted.value and (not wanted.unit or wanted.unit in figure.after)
        for figure in stated
    )
