"""What kind of answer a question wants."""

import re
from dataclasses import dataclass
from enum import StrEnum

from kb.text import fold
from retrieval.matching import is_function_word
from retrieval.query import Query


class QuestionType(StrEnum):
    """How the answer is laid out."""

    FIGURE = "figure"
    HOW_TO = "how_to"
    LIST = "list"
    COMPARE = "compare"


@dataclass(frozen=True, slots=True)
class Wanted:
    """The answer that a question wants.

    Attributes:
        type: Its kind.
        unit: For a figure, the folded syllable that follows the number ("tap" of "bao nhiêu tập
            thể"), `money`, `percent`, or empty if any figure will do.
    """

    type: QuestionType
    unit: str = ""


MONEY, PERCENT = "money", "percent"
_HOW_MANY = re.compile(r"\b(?:bao nhieu|bao lau)\b(?P<rest>.*)")
# "mấy" asks for a number in a question, but means "some" elsewhere ("đỡ đầu mấy em khó khăn").
_ASKS_MAY = re.compile(r"\b(?:có|được|xong|gồm|lên) mấy\b|\bmấy\b(?=.*\?)", re.IGNORECASE)
_COMPARE = re.compile(r"\b(?:so sanh|khac nhau|khac gi)\b")
_RATE = re.compile(r"\b(?:ty le|ti le|phan tram)\b")
_MONEY = re.compile(
    r"\b(?:lai|kiem duoc|thu nhap|thu lai|doanh thu|kinh phi|tien|von|chi phi|gia|tri gia|"
    r"dong gop|hoc phi)\b"
)
_HOW_TO = re.compile(
    r"\b(?:lam the nao|nhu the nao|the nao|ra sao|lam sao|cach nao|cach lam|bang cach|lam gi|"
    r"bat dau tu dau|quy trinh|cac buoc)\b"
)
# Words after "bao nhiêu" that are no unit.
_NOT_UNITS = frozenset("la the do thi o tai cho moi mot nam vay nhi dong".split())


def classify(query: Query) -> Wanted:
    """Return what a question wants; whatever is no question wants a list of cases."""
    folded = fold(_ASKS_MAY.sub("bao nhiêu", query.text))
    if _COMPARE.search(folded):
        return Wanted(QuestionType.COMPARE)
    if match := _HOW_MANY.search(folded):
        return Wanted(QuestionType.FIGURE, _unit(match["rest"], folded[: match.start()], query))
    if _RATE.search(folded) and not _HOW_TO.search(folded):
        return Wanted(QuestionType.FIGURE, PERCENT)
    if _HOW_TO.search(folded):
        return Wanted(QuestionType.HOW_TO)
    return Wanted(QuestionType.LIST)


def _unit(rest: str, before: str, query: Query) -> str:
    following = re.findall(r"[a-z%]+", rest)
    first = following[0] if following else ""
    if first in {"tien", "dong", "trieu", "ty", "ti"}:
        return MONEY
    if first == "phan" or first == "%":
        return PERCENT
    if first and first not in _NOT_UNITS and not is_function_word(first, query):
        return first
    if _RATE.search(before):
        return PERCENT
    return MONEY if _MONEY.search(before) else ""
