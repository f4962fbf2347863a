"""How offices number rows and items: I, II; A, B; 1, 1.1, 2)."""

import re

_ROMAN = re.compile(r"[IVXLC]{1,6}[.)]?")
_ARABIC = re.compile(r"\d{1,5}(?:\.\d{1,3}){0,3}[.)]?")
_NUMBERING = re.compile(r"^(?:[IVXLC]{1,6}|[A-ZĐ]|\d{1,2})\s*[.):/-]\s*(?=\S)")


def is_arabic(text: str) -> bool:
    """Tell whether a text is only a number as of a row.

    Example:
        >>> is_arabic("12."), is_arabic("1.2.3"), is_arabic("IV"), is_arabic("12 hộ")
        (True, True, False, False)
    """
    return bool(_ARABIC.fullmatch(text))


def is_roman(text: str) -> bool:
    """Tell whether a text is only a Roman number, as groups of rows have.

    Example:
        >>> is_roman("IV."), is_roman("4")
        (True, False)
    """
    return bool(_ROMAN.fullmatch(text))


def without_number(text: str) -> str:
    """Return a text without the number or letter before it.

    Example:
        >>> without_number("II. Lĩnh vực kinh tế"), without_number("5 hộ dân")
        ('Lĩnh vực kinh tế', '5 hộ dân')
    """
    return _NUMBERING.sub("", text)
