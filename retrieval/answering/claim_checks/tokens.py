"""Tokens of claims and quotes, with what the checks look at: numbers, codes, words, borders."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from kb.text import to_matching_form, to_reading_form

TokenKind = Literal["code", "number", "percent", "slash", "dash", "word", "break"]

_TOKEN = re.compile(
    r"(?P<code>\d+(?:/\d+)?(?:[/-][A-ZĐƯ]+(?:[\w.]*\w)?)+(?:[/-][A-ZĐƯ\d]+)*)"
    r"|(?P<number>\d+(?:[.,]\d+)*)|(?P<percent>%)|(?P<slash>/)|(?P<dash>[-–—])"
    r"|(?P<word>[^\W\d_]+[²³23]?(?![^\W_]))|(?P<letters>[^\W\d_]+)|(?P<break>[.,;:!?…()\[\]\n|])"
)
_SQUARE = re.compile(r"\b([kcd]?m)2\b")
# Ways of writing the same unit.
_UNIT_NAMES = re.compile(r"\b(?:héc[ -]?ta|hec[ -]?ta|hécta)\b", re.IGNORECASE)
_PERCENT = re.compile(r"\bphần trăm\b", re.IGNORECASE)

# Syllables that carry no fact by themselves; negations and range words are looked at elsewhere.
STOP_WORDS = frozenset(
    "là và của có cho ở tại trong với các những một thì mà được bị để từ đến về ra vào theo như "
    "này đó nào gì khi nếu hay hoặc cũng đã đang sẽ không chưa rất hơn trên dưới do vì nên rồi "
    "lại qua cùng mỗi mọi từng việc sự bằng còn tới lên xuống nhờ giữa ngoài sau trước vẫn đều "
    "chỉ cả hết chẳng chả gần khoảng".split()
)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a claim or a quote.

    Attributes:
        kind: What it is.
        text: Matching form (`kb.text.to_matching_form`); numbers as written.
        raw: As written.
    """

    kind: TokenKind
    text: str
    raw: str

    @property
    def is_capital(self) -> bool:
        """Whether it is a word that starts with a capital letter."""
        return self.kind == "word" and self.raw[0].isupper()


@lru_cache(maxsize=1024)
def tokens_of(text: str) -> tuple[Token, ...]:
    """Return the tokens of a text; spellings of units are made one ("héc ta" is "ha").

    Example:
        >>> [token.text for token in tokens_of("Lãi 5-6 triệu/héc ta (01-NQ/TU)")]
        ['lãi', '5', '-', '6', 'triệu', '/', 'ha', '(', '01-nq/tu', ')']
    """
    text = _PERCENT.sub("%", _UNIT_NAMES.sub("ha", _SQUARE.sub(r"\1²", to_reading_form(text))))
    tokens = []
    for match in _TOKEN.finditer(text):
        kind = match.lastgroup
        if kind == "letters":
            kind = "word"
        if kind is not None:
            tokens.append(Token(kind, to_matching_form(match[0]), match[0]))  # type: ignore[arg-type]
    return tuple(tokens)


def words_of(text: str) -> list[str]:
    """Return the words of a text in matching form, in order, without numbers and marks."""
    return [token.text for token in tokens_of(text) if token.kind == "word"]


def content_words(text: str) -> list[str]:
    """Return the words that carry content, in order.

    Example:
        >>> content_words("Có 12 hộ được vay vốn ở xã")
        ['hộ', 'vay', 'vốn', 'xã']
    """
    return [word for word in words_of(text) if word not in STOP_WORDS]


def holds_run(words: list[str], run: list[str]) -> bool:
    """Tell whether a run of words stands in a list, side by side."""
    size = len(run)
    return any(words[start : start + size] == run for start in range(len(words) - size + 1))
