"""Whether the figures of a claim are those of its quotes: value, scale, percent, what is counted.

A figure of a claim is supported by a figure of the quotes if both have the same value, count the
same, have the same range word ("hơn 100 hộ" is not "100 hộ") and are by the same ("một năm",
"mỗi hộ"). Where one of it is in doubt the figure is not supported: the sentence of the source
says it anyway.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import pairwise

from kb.figures import normalize_number
from retrieval.answering.claim_checks.number_words import read_number_words
from retrieval.answering.claim_checks.tokens import STOP_WORDS, Token, tokens_of

_SCALES = {"nghìn": 3, "ngàn": 3, "triệu": 6, "tỷ": 9, "tỉ": 9}
_CURRENCY = frozenset({"đồng", "đ", "vnđ", "vnd"})
_RANGE_WORDS = {
    **dict.fromkeys(("hơn", "trên", "quá"), "above"),
    **dict.fromkeys(("gần", "dưới"), "below"),
    **dict.fromkeys(("khoảng", "chừng", "độ", "ước"), "about"),
}
# Two words before a number that mean a range ("ít nhất 5", "không dưới 5", "chưa đến 5").
_RANGE_PHRASES = {
    ("ít", "nhất"): "at least", ("tối", "thiểu"): "at least", ("không", "dưới"): "at least",
    ("trở", "lên"): "at least", ("tối", "đa"): "at most", ("không", "quá"): "at most",
    ("chưa", "đến"): "below", ("chưa", "tới"): "below", ("chưa", "đầy"): "below",
    ("xấp", "xỉ"): "about",
}  # fmt: skip
# What a figure may be "by": after a slash, after "mỗi", and after "một" or nothing behind it.
_PER = frozenset(
    "năm tháng ngày tuần quý vụ lứa đợt hộ người khẩu ha sào công mẫu m² km² con kg tấn tạ lần "
    "cây gốc xã ấp thôn bản tổ lít giờ".split()
)
_EACH = frozenset({"mỗi", "từng", "bình", "quân"})
# Words before a number that make it a name or a date, not a count.
_ORDINAL = frozenset(
    "năm tháng ngày quý khóa ấp thôn khóm khu phường quận số thứ điều khoản mục đoạn kỳ cấp lộ "
    "bước".split()
)
# Words between a number and what is counted that may be left out: "300 căn nhà" is "300 nhà".
_CLASSIFIERS = frozenset("căn ngôi con cây chiếc cái bộ tấm cuốn quyển em bà ông vị".split())
# Years, as years are written: "năm 2021", "giai đoạn 2021-2025", "tháng 3/2021".
_FIRST_YEAR, _LAST_YEAR = 1900, 2100
_BEFORE_YEAR = frozenset({"năm", "đoạn", "kỳ", "cuối", "đầu", "giữa", "/", "-", "–", "từ", "đến"})
_UNIT_WINDOW, _EACH_WINDOW, _WORDS_BEFORE = 4, 14, 3


@dataclass(frozen=True, slots=True)
class StatedFigure:
    """A figure as a text states it.

    Attributes:
        value: With its scale: "5,6 tỷ" is 5,600,000,000.
        unit: Words after number and scale in the same clause, at most four; what is counted
            stands first. "%" alone for a percentage, "đồng" for money.
        before: The word, slash or dash before the number.
        range_word: `above`, `below`, `about`, `at least`, `at most`, or empty.
        per: What it is by, such as {"năm", "hộ"}.
        around: The content words before it in the same sentence, at most three.
        position: Index of its first token.
    """

    value: Decimal
    unit: tuple[str, ...]
    before: str
    range_word: str
    per: frozenset[str]
    around: frozenset[str]
    position: int


def figures_supported(claim: str, quotes: Sequence[str], head: str = "") -> bool:
    """Tell whether every figure of a claim stands in its quotes or in the head of the document.

    Args:
        claim: Plain text.
        quotes: What the claim rests on, one stretch an item.
        head: Title and place of the quoted document ("5 không, 3 sạch" may be a name).

    Example:
        >>> figures_supported("Có 12 ha", ["Có 12 hộ"]), figures_supported("12 hộ", ["Có 12 hộ"])
        (False, True)
    """
    wanted = figures_of(claim)
    if not wanted:
        return True
    stated = [figure for text in (*quotes, head) for figure in figures_of(text)]
    if not all(_is_stated(figure, stated) for figure in wanted):
        return False
    return all(_same_order(pair, quotes) for pair in _changes(claim))


def figures_of(text: str) -> list[StatedFigure]:
    """Return the figures of a text in order; codes such as "01-NQ/TU" are none.

    Example:
        >>> [(f"{f.value:f}", *f.unit) for f in figures_of("1.129 hộ, 2,5 tỷ đồng, mười hai xã")]
        [('1129', 'hộ'), ('2500000000', 'đồng'), ('12', 'xã')]
    """
    tokens = tokens_of(text)
    return list(_figures(tokens))


def _figures(tokens: Sequence[Token]) -> Iterator[StatedFigure]:
    position = 0
    while position < len(tokens):
        read = _number_at(tokens, position)
        if read is None:
            position += 1
            continue
        value, end = read
        yield _figure(tokens, position, end, value)
        position = end


def _number_at(tokens: Sequence[Token], position: int) -> tuple[Decimal, int] | None:
    """Return the number that starts at a position, in digits or words, and where it ends."""
    if tokens[position].kind == "number":
        value = _decimal(tokens[position].text)
        return None if value is None else (value, position + 1)
    if tokens[position].kind != "word":
        return None
    previous = tokens[position - 1].text if position else ""
    return read_number_words(
        [token.text for token in tokens[position : position + 12]], previous, position
    )


def _decimal(written: str) -> Decimal | None:
    try:
        return Decimal(normalize_number(written).replace(",", "."))
    except InvalidOperation:  # "1.2.3": an address or a heading
        return None


def _figure(tokens: Sequence[Token], position: int, end: int, value: Decimal) -> StatedFigure:
    scale, after = _scale_at(tokens, end)
    upper = _upper_end(tokens, after)
    if upper is not None:  # "50-60 triệu": the scale and the unit are those of the upper end
        upper_scale, after = _scale_at(tokens, upper)
        scale = scale or upper_scale
    unit = _unit_at(tokens, after)
    if scale and not unit:
        unit = ("đồng",)
    before = tokens[position - 1] if position else None
    return StatedFigure(
        value=value.scaleb(scale),
        unit=unit,
        before=before.text if before and before.kind in {"word", "slash", "dash"} else "",
        range_word=_range_before(tokens, position),
        per=_per_of(tokens, position, after),
        around=_words_before(tokens, position),
        position=position,
    )


def _scale_at(tokens: Sequence[Token], position: int) -> tuple[int, int]:
    scale = 0
    while position < len(tokens) and tokens[position].text in _SCALES:
        scale += _SCALES[tokens[position].text]
        position += 1
    return scale, position


def _upper_end(tokens: Sequence[Token], position: int) -> int | None:
    """Return the position after the upper end of a range, if a range goes on here."""
    if position + 1 >= len(tokens):
        return None
    joins = tokens[position].kind == "dash" or tokens[position].text in {"đến", "tới"}
    if joins and tokens[position + 1].kind == "number":
        return position + 2
    return None


def _unit_at(tokens: Sequence[Token], position: int) -> tuple[str, ...]:
    if position < len(tokens) and tokens[position].kind == "percent":
        return ("%",)
    unit: list[str] = []
    for token in tokens[position : position + _UNIT_WINDOW]:
        if token.kind != "word" or token.text in {"và", "hoặc", "đến", "tới", "là", "có"}:
            break
        unit.append("đồng" if token.text in _CURRENCY else token.text)
    return tuple(unit)


def _range_before(tokens: Sequence[Token], position: int) -> str:
    before = [token.text for token in tokens[max(0, position - 2) : position]]
    if len(before) == 2 and tuple(before) in _RANGE_PHRASES:
        return _RANGE_PHRASES[(before[0], before[1])]
    return _RANGE_WORDS.get(before[-1], "") if before else ""


def _per_of(tokens: Sequence[Token], position: int, after: int) -> frozenset[str]:
    """Return what a figure is by: "mỗi hộ" before it, "/ha", "một năm", "mỗi tháng" behind it."""
    per: set[str] = set()
    for index in range(position - 1, max(-1, position - _EACH_WINDOW), -1):
        if tokens[index].text in {".", ";", "!", "?", "\n"} or tokens[index].kind == "number":
            break
        following = tokens[index + 1].text if index + 1 < position else ""
        if tokens[index].text in _EACH and following in _PER:
            per.add(following)
    for index in range(after, min(len(tokens) - 1, after + _UNIT_WINDOW + 4)):
        token, following = tokens[index], tokens[index + 1].text
        if token.kind in {"break", "number"} and token.text != "1":
            break
        joins = token.kind == "slash" or token.text in {"mỗi", "từng", "một", "1", "trên"}
        if joins and following in _PER:
            per.add(following)
    return frozenset(per)


def _words_before(tokens: Sequence[Token], position: int) -> frozenset[str]:
    words: list[str] = []
    for token in reversed(tokens[:position]):
        if token.text in {".", ";", "!", "?", "\n"} or len(words) == _WORDS_BEFORE:
            break
        if token.kind == "word" and token.text not in STOP_WORDS:
            words.append(token.text)
    return frozenset(words)


def _is_stated(wanted: StatedFigure, stated: Sequence[StatedFigure]) -> bool:
    return any(_is_same(wanted, figure, stated) for figure in stated)


def _is_same(wanted: StatedFigure, figure: StatedFigure, stated: Sequence[StatedFigure]) -> bool:
    if wanted.value != figure.value or wanted.range_word != figure.range_word:
        return False
    if _is_year(wanted) and _is_year(figure):
        return True
    if wanted.before in _ORDINAL or figure.before in _ORDINAL:
        return wanted.before == figure.before
    return wanted.per == figure.per and _counts_same(wanted, figure, stated)


def _is_year(figure: StatedFigure) -> bool:
    return _FIRST_YEAR <= figure.value <= _LAST_YEAR and figure.before in _BEFORE_YEAR


def _counts_same(
    wanted: StatedFigure, figure: StatedFigure, stated: Sequence[StatedFigure]
) -> bool:
    """Tell whether both count the same: "300 căn nhà" is "300 nhà", "12 ha" is not "12 hộ".

    "300 hộ khá" is not "300 hộ nghèo" either if the quotes say that of another number.
    """
    mine, theirs = _named(wanted.unit), _named(figure.unit)
    if not mine or not theirs:
        return mine == theirs
    if _head(mine) != _head(theirs) and mine[0] != theirs[0]:
        return False
    others = [other for other in stated if other.value != figure.value and mine[0] in other.unit]
    # The words before it are those before another number: "tiếp nhận 17 vụ" where 18 were.
    near = len(wanted.around & figure.around)
    if any(len(wanted.around & other.around) > near for other in others):
        return False
    if len(mine) < 2 or mine[1] in theirs:
        return True
    return not any(mine[1] in other.unit for other in others)


def _head(unit: tuple[str, ...]) -> str:
    return unit[1] if len(unit) > 1 and unit[0] in _CLASSIFIERS else unit[0]


def _named(unit: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in unit if word not in STOP_WORDS)


def _changes(claim: str) -> Iterator[tuple[Decimal, Decimal]]:
    """Yield the pairs of figures that a claim says something went from and to."""
    tokens = tokens_of(claim)
    figures = list(_figures(tokens))
    for first, second in pairwise(figures):
        between = {token.text for token in tokens[first.position + 1 : second.position]}
        if first.before == "từ" and between & {"lên", "xuống", "còn", "đến", "tới"}:
            yield first.value, second.value


def _same_order(pair: tuple[Decimal, Decimal], quotes: Sequence[str]) -> bool:
    for quote in quotes:
        values = [figure.value for figure in figures_of(quote)]
        if pair[0] in values and pair[1] in values[values.index(pair[0]) + 1 :]:
            return True
    return False
