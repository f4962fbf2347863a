"""Requests that no base of case studies can meet, whatever stands near them in it."""

import re

from kb.sentences import split_sentences
from kb.text import fold, has_diacritics, to_reading_form
from retrieval.query import Query

# A question longer than this is read for the sentences in it that ask.
_LONG = 600
# Making something new instead of finding what was done. Without marks "hàm" is "hầm", "thơ" is
# "thợ" and "vẽ" is "về", so what is typed with marks is read with them, and without them only
# what has one sense tells.
_LEAD = r"^(?:(?:hãy|xin|nhờ|làm ơn|giúp|cho|tôi|mình|em)\s+){0,4}"
_MAKE = re.compile(
    _LEAD + r"(?:viết|soạn|sáng tác|làm|vẽ|dịch|lập trình|code|tạo)\b.{0,30}"
    r"(?:\b(?:hàm|đoạn mã|mã nguồn|code|python|javascript|sql|script|bài hát|kịch bản phim|"
    r"bức tranh|sang tiếng)\b|\b(?:bài |câu )?thơ\b|\btruyện\b)"
)
_FOLDED_MAKE = re.compile(
    fold(_LEAD) + r"(?:viet|soan|sang tac|lam|dich|lap trinh|code|tao)\b.{0,30}"
    r"\b(?:doan ma|ma nguon|code|python|javascript|sql|script|bai tho|bai hat|sang tieng)\b"
)
# "Những xã nào không làm ...": a base of what was done cannot tell who did not do it. "Làm thế
# nào để ... không" and "cách nào" ask for a way.
_NOT_DONE = re.compile(
    r"(?<!\bthe )(?<!\bcach )\b(?:nao|dau)\b.{0,40}\b(?:khong|chua)\s+(?:he |tung |he tung )?"
    r"(?:lam|ap dung|tham gia|thuc hien|trien khai|co mo hinh|xay dung)\b"
    r"|\bmo hinh (?:nao )?(?:bi )?(?:khong thanh cong|that bai|khong hieu qua)\b"
)
_GREETING = re.compile(
    r"^\W*(?:xin )?(?:chao|cam on|tam biet|hello|hi)\b"
    r"(?: (?:ban|anh|chi|em|nhe|nha|nhieu|ca nha))*\W*$"
)
_QUALITIES = "cao|thap|nhieu|it|lon|nho|dong|giau|ngheo|dai|rong|tot|hay|gioi|hieu qua|tieu bieu"
_OF_ALL = r"nhat\s+(?:ca |toan |trong )?(?:nuoc|quoc|viet nam|the gioi|mien \w+)\b"
_SUPERLATIVE = re.compile(rf"\b(?:{_QUALITIES}) {_OF_ALL}")
# "nhiều mô hình nhất nước"
_SUPERLATIVE_APART = re.compile(rf"\b(?:{_QUALITIES}) (?:\w+ ){{1,3}}{_OF_ALL}")
_PRIVATE = re.compile(
    r"\b(?:so dien thoai|so can cuoc|can cuoc cong dan|so chung minh|dia chi nha|"
    r"tai khoan ngan hang|so tai khoan|mat khau)\b"
)


def focus_of(question: str) -> str:
    """Return the questions of a long text that asks among much else; a short one as it is.

    Example:
        >>> focus_of("Mô hình này hay. Nó làm thế nào?")
        'Mô hình này hay. Nó làm thế nào?'
    """
    if len(question) <= _LONG:
        return question
    text = to_reading_form(question)
    spans = [text[span.start_char : span.end_char] for span in split_sentences(text)]
    asking = [sentence for sentence in spans if sentence.endswith("?")]
    focus = " ".join(asking)
    return focus if 0 < len(focus) <= _LONG else question


def is_request_to_make(query: Query) -> bool:
    """Tell whether something is to be written, drawn or translated, or nothing is to be found."""
    text = query.text.lower()
    if _GREETING.search(fold(text)):
        return True
    return bool(_MAKE.search(text) if has_diacritics(text) else _FOLDED_MAKE.search(text))


def asks_for_absence(query: Query) -> bool:
    """Tell whether a question asks who did *not* do something."""
    return bool(_NOT_DONE.search(fold(query.text.lower())))


def required_words(query: Query) -> str | None:
    """Return words that a sentence must hold to answer, folded; None if there are none.

    A superlative over a country, or a private fact of a person, is answered only by a sentence that
    states it as such.

    Example:
        >>> from retrieval.query import parse_query
        >>> required_words(parse_query("Tỉnh nào có tỷ lệ hộ nghèo cao nhất nước?"))
        'cao nhat nuoc'
    """
    folded = fold(query.text.lower())
    for pattern in (_SUPERLATIVE, _SUPERLATIVE_APART, _PRIVATE):
        if found := pattern.search(folded):
            return found[0]
    return None
