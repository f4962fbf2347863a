"""Requests that no base of case studies can meet, whatever stands near them in it."""

import re

from kb.text import fold
from retrieval.query import Query

# Making something new instead of finding what was done.
_MAKE = re.compile(
    r"^(?:hay |xin |nho |lam on )*(?:giup (?:toi |minh )?)?"
    r"(?:viet|soan|sang tac|lam|ve|dich|lap trinh|code|tao)\b.{0,30}"
    r"\b(?:ham|doan ma|ma nguon|code|python|javascript|sql|script|chuong trinh may tinh|"
    r"tho|bai hat|truyen|kich ban phim|buc tranh|sang tieng)\b"
)
# "Những xã nào không làm ...": a base of what was done cannot tell who did not do it.
_NOT_DONE = re.compile(
    r"\b(?:nao|dau)\b.{0,40}\b(?:khong|chua)\s+(?:he |tung |he tung )?"
    r"(?:lam|ap dung|tham gia|thuc hien|trien khai|co mo hinh|xay dung)\b"
)
_SUPERLATIVE = re.compile(
    r"\b(?:cao|thap|nhieu|it|lon|nho|dong|giau|ngheo|dai|rong) nhat\s+(?:ca |toan )?"
    r"(?:nuoc|quoc|viet nam|the gioi|mien \w+)\b"
)
_PRIVATE = re.compile(
    r"\b(?:so dien thoai|so can cuoc|can cuoc cong dan|so chung minh|dia chi nha|"
    r"tai khoan ngan hang|so tai khoan|mat khau)\b"
)


def is_request_to_make(query: Query) -> bool:
    """Tell whether something is to be written, drawn or translated instead of found."""
    return bool(_MAKE.search(fold(query.text.lower())))


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
    found = _SUPERLATIVE.search(folded) or _PRIVATE.search(folded)
    return found[0] if found else None
