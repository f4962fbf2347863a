"""What kind of answer a question wants."""

import re
from dataclasses import dataclass
from enum import StrEnum

from kb.text import fold, has_diacritics
from retrieval.matching import form_of, is_function_word
from retrieval.query import Query


class QuestionType(StrEnum):
    """How the answer is laid out."""

    FIGURE = "figure"
    HOW_TO = "how_to"
    LIST = "list"
    COMPARE = "compare"
    YES_NO = "yes_no"
    DEFINITION = "definition"
    PLACE = "place"


@dataclass(frozen=True, slots=True)
class Ask:
    """One figure that a question asks for.

    Attributes:
        unit: The one or two syllables after the number, as the question spells them ("tập thể"
            of "bao nhiêu tập thể"; the second may not belong to it), `money`, `percent`, `date`,
            or empty if any figure will do.
        kinds: What kinds of money it may be (`kinds_of_money`); empty if the question does not say.
        text: Its part of the question, lower case.
    """

    unit: str
    kinds: frozenset[str] = frozenset()
    text: str = ""


@dataclass(frozen=True, slots=True)
class Wanted:
    """The answer that a question wants: its kind, and the figures asked for if it is `FIGURE`."""

    type: QuestionType
    asks: tuple[Ask, ...] = ()

    @property
    def unit(self) -> str:
        """The unit of the first figure."""
        return self.asks[0].unit if self.asks else ""


MONEY, PERCENT, DATE = "money", "percent", "date"

# Words that tell what a sum of money is.
_MONEY_KINDS: dict[str, str] = {
    "income": "lãi|lời|kiếm|thu nhập|thu|doanh thu|lợi nhuận",
    "cost": "kinh phí|chi phí|tốn|hết|đầu tư|vốn|chi|trị giá",
    "price": "giá|giá bán|học phí|giá dịch vụ|hết",
    "support": "hỗ trợ|tặng|trao|vay|mượn|thưởng|giúp",
    "share": "góp|đóng|hùn|đóng góp|nộp|hùn vốn",
}
_KINDS = {kind: re.compile(rf"\b(?:{words})\b") for kind, words in _MONEY_KINDS.items()}
# Typed without marks, "chi" may be "chị" and "đóng" may be "đồng", so only longer words tell.
_FOLDED_KINDS = {
    kind: re.compile(
        r"\b(?:"
        + "|".join(fold(word) for word in words.split("|") if " " in word or word == "lãi")
        + r")\b"
    )
    for kind, words in _MONEY_KINDS.items()
}

_HOW_MANY = re.compile(r"\b(?:bao nhieu|bao lau)\b")
# "mấy" asks for a number in a question, but means "some" elsewhere ("đỡ đầu mấy em khó khăn").
_ASKS_MAY = re.compile(
    r"\b(?:có|được|xong|gồm|lên|đã \w+|sang|hiện có|trao|lắp)\s+mấy\b|"
    r"(?<!tháng )(?<!năm )\bmấy\b(?=.*\?)|\bmấy (?=phần trăm)",
    re.IGNORECASE,
)
# Where the part of a question that asks for one figure ends.
_PART_END = re.compile(r",| va ")
# "từ bao nhiêu lên bao nhiêu" asks once.
_UP_TO = re.compile(r"[\s,]*(?:len|den|xuong|toi|con)\s*")
_WHEN = re.compile(
    r"\b(?:khi nao|bao gio|nam nao|ngay nao|thang nao|thang may|nam may|luc nao|thoi gian nao|"
    r"tu bao gio)\b"
)
_COMPARE = re.compile(r"\b(?:so sanh|khac nhau|khac gi|giong nhau|khac biet)\b")
_RATE = re.compile(r"\b(?:ty le|ti le|phan tram)\b")
_MONEY = re.compile(
    r"\b(?:lai|kiem duoc|phi|thu nhap|thu lai|doanh thu|kinh phi|tien|von|chi phi|gia|tri gia|"
    r"dong gop|hoc phi|gop|hun|ton|loi nhuan|het|dau tu)\b"
)
# "thu" and "đóng" mean money only right before the number asked for.
_MONEY_BEFORE = re.compile(r"\b(?:thu|dong|nop|thuong|ho tro|giup)\s*$")
_HOW_TO = re.compile(
    r"\b(?:lam the nao|nhu the nao|the nao|ra sao|lam sao|cach nao|cach lam|bang cach|lam gi|"
    r"bat dau tu dau|quy trinh|cac buoc|nhung buoc nao)\b"
)
_WHICH = re.compile(
    r"\b(?:noi nao|o dau|dau lam|mo hinh nao|quy nao|dia phuong nao|tinh nao|huyen nao|xa nao|"
    r"don vi nao|ai lam|ai dung ra|cho nao|cac mo hinh|nhung mo hinh)\b"
)
_DEFINITION = re.compile(r"\b(?:nghia la gi|la gi|the nao la|la mo hinh gi|tuc la gi)\b")
_YES_NO = re.compile(
    r"\b(?:co|da)\b.+\b(?:khong|chua)\s*\??$|\b(?:phai khong|dung khong|dung chua|phai chang)\b"
)
_YES, _NO = frozenset({"co", "da"}), frozenset({"khong", "chua"})
_ANY = re.compile(r"\bnao\b|\bnhung gi\b|\bgi\b")
# A keyword query that is nothing but the name of a figure: "Doanh thu một năm của ...".
_FIGURE_NAME = re.compile(
    r"^(?:tong )?(?:doanh thu|thu nhap|loi nhuan|kinh phi|chi phi|muc ho tro|muc gop|von dau tu|"
    r"dien tich|nang suat|san luong|so luong|so ho|so nguoi|so thanh vien)\b"
)
_NAMED_UNIT = re.compile(r"^(?:tong )?so (?P<unit>ho|nguoi|thanh vien)\b")
# Words after "bao nhiêu" that are no unit.
_NOT_UNITS = frozenset(
    "la the do thi o tai cho moi mot nam vay nhi dong len tren cua thang".split()
)
# Words that only say that a thing is counted; sources leave them out or use another.
_CLASSIFIERS = frozenset({"cai", "chiec", "buc", "tam", "quyen"})
# Units of what is measured and not counted.
_UNIT_OF = {"dien tich": "ha", "san luong": "tấn", "nang suat": "tấn"}
# Other spellings of units; the first of each is how texts mostly write it.
_SAME_UNITS = (
    ("ha", "héc ta", "hecta", "hécta", "héc"),
    ("kg", "ký", "kí", "ki lô gam", "kilogam"),
    ("km", "cây số", "ki lô mét", "kilomet"),
    ("m2", "mét vuông"),
    ("người", "nhân khẩu"),
    ("nước", "quốc gia"),
    ("hộ", "gia đình"),
    ("em", "cháu", "trẻ"),
)


def classify(query: Query) -> Wanted:
    """Return what a question wants; whatever is no question wants a list of cases."""
    text = _ASKS_MAY.sub(lambda match: re.sub("mấy", "bao nhiêu", match[0], flags=re.I), query.text)
    text = text.lower()
    folded = fold(text)
    asks = _asks(text, folded, query)
    if _COMPARE.search(folded):
        return Wanted(QuestionType.COMPARE, asks)
    if asks and not _WHICH.search(folded):
        if _HOW_TO.search(_without_asks(folded)):
            return Wanted(QuestionType.HOW_TO, asks)
        return Wanted(QuestionType.FIGURE, asks)
    if _DEFINITION.search(folded) and not _HOW_TO.search(folded.replace("the nao la", "")):
        return Wanted(QuestionType.DEFINITION)
    if _HOW_TO.search(folded):
        return Wanted(QuestionType.HOW_TO)
    if _YES_NO.search(folded.strip()) and not _ANY.search(folded):
        return Wanted(QuestionType.YES_NO)
    return Wanted(QuestionType.LIST, asks)


def _without_asks(folded: str) -> str:
    return _HOW_MANY.sub(" ", folded)


def _asks(text: str, folded: str, query: Query) -> tuple[Ask, ...]:
    """Return the figures that a question asks for, in order.

    Each owns the words from the end of the one before it to its own end: up to the next comma
    after its number.
    """
    found = sorted(
        [*_HOW_MANY.finditer(folded), *_WHEN.finditer(folded)], key=lambda match: match.start()
    )
    if not found:
        return _unasked(text, folded)
    asks: list[Ask] = []
    start = 0
    for position, match in enumerate(found):
        following = found[position + 1].start() if position + 1 < len(found) else len(folded)
        part = _PART_END.search(folded, match.end(), following)
        end = part.start() if part else following
        is_range = position > 0 and _UP_TO.fullmatch(
            folded, found[position - 1].end(), match.start()
        )
        before, rest = folded[start : match.start()], text[match.end() : end]
        if _WHEN.fullmatch(match[0]):
            asks.append(Ask(DATE, frozenset(), text[start:end]))
        elif not is_range:
            unit = _unit(rest, before, query)
            kinds = kinds_of_money(text[start:end]) if unit == MONEY else frozenset[str]()
            asks.append(Ask(unit, kinds, text[start:end]))
        start = end
    return tuple(asks)


def _unasked(text: str, folded: str) -> tuple[Ask, ...]:
    """Return the figure of a query that only names one, or of a rate."""
    if _RATE.search(folded) and not _HOW_TO.search(folded):
        return (Ask(PERCENT, frozenset(), text),)
    if _FIGURE_NAME.match(folded) and not _HOW_TO.search(folded):
        named = _NAMED_UNIT.match(folded)
        # Folding keeps the length of a text.
        unit = text[slice(*named.span("unit"))] if named else ""
        if not named and _MONEY.search(folded):
            unit = MONEY
        kinds = kinds_of_money(text) if unit == MONEY else frozenset[str]()
        return (Ask(unit, kinds, text),)
    return ()


def kinds_of_money(text: str) -> frozenset[str]:
    """Return the kinds of money that a text speaks of.

    Example:
        >>> sorted(kinds_of_money("Tổng kinh phí 452 tỷ đồng"))
        ['cost']
    """
    text = text.lower()
    patterns = _KINDS if has_diacritics(text) else _FOLDED_KINDS
    return frozenset(kind for kind, pattern in patterns.items() if pattern.search(text))


def predicate_of(query: Query) -> frozenset[str]:
    """Return the words of a yes-or-no question between "có" or "đã" and "không" or "chưa".

    They are in the form in which the question's words are compared (`retrieval.matching.form_of`).
    """
    forms = [form_of(token, query) for token in query.tokens]
    folded = [fold(form) for form in forms]
    end = next((n for n in range(len(folded) - 1, -1, -1) if folded[n] in _NO), len(folded))
    start = next((n for n in range(end - 1, -1, -1) if folded[n] in _YES), end)
    return frozenset(form for form in forms[start + 1 : end] if not is_function_word(form, query))


def same_units(unit: str) -> tuple[str, ...]:
    """Return all spellings of a unit.

    Example:
        >>> same_units("héc ta"), same_units("căn nhà")
        (('ha', 'héc ta', 'hecta', 'hécta', 'héc'), ('căn nhà',))
    """
    for group in _SAME_UNITS:
        if unit in group or unit.split(" ")[0] in group:
            return group
    return (unit,)


def _unit(rest: str, before: str, query: Query) -> str:
    """Return the unit of a figure, from the words after and before its question word.

    Folding keeps the length of a text, so both are cut at the same places.
    """
    written = re.findall(r"[^\W_]+|%", rest)
    following = [fold(word) for word in written]
    first = following[0] if following else ""
    if first in {"tien", "dong", "trieu", "ty", "ti", "nghin", "ngan"}:
        return MONEY
    if first == "phan" or first == "%":
        return PERCENT
    if first == "kinh" and following[1:2] == ["phi"]:
        return MONEY
    if first in _CLASSIFIERS:
        written, first = written[1:], following[1] if len(following) > 1 else ""
    if first and first not in _NOT_UNITS and not is_function_word(written[0], query):
        return " ".join(written[:2])
    if _RATE.search(before):
        return PERCENT
    for named, unit in _UNIT_OF.items():
        if named in before:
            return unit
    if _MONEY.search(before) or _MONEY_BEFORE.search(before):
        return MONEY
    return ""
