"""Figures in Vietnamese text: numbers as they are written and compared.

Vietnamese writes "1.129" for one thousand, "2,5" for two and a half; "05" and "5" are the same
count. Two texts state the same figure if their numbers are equal in `normalize_number`.
"""

import re

from kb.models import CaseResult

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_LEADING_ZEROS = re.compile(r"^0+(?=\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?")
_MONEY = frozenset({"đồng", "triệu", "tỷ", "tỉ", "nghìn", "ngàn", "usd", "vnđ"})


def numbers_in(text: str) -> list[str]:
    """Return the numbers of a text in order, normalised.

    Example:
        >>> numbers_in("Năm 2024 có 1.129 tập thể, 05 cá nhân, 2,50 tỷ đồng")
        ['2024', '1129', '5', '2,5']
    """
    return [normalize_number(match[0]) for match in _NUMBER.finditer(text)]


def normalize_number(written: str) -> str:
    """Return a number without thousands separators, leading zeros and trailing decimals.

    Example:
        >>> normalize_number("14.000"), normalize_number("05"), normalize_number("5,240")
        ('14000', '5', '5,24')
    """
    if _THOUSANDS.fullmatch(written):
        written = written.replace(".", "")
    whole, comma, decimals = written.partition(",")
    if comma and decimals.isdigit():
        decimals = decimals.rstrip("0")
    whole = _LEADING_ZEROS.sub("", whole)
    return f"{whole},{decimals}" if decimals else whole


def is_money_unit(syllable: str) -> bool:
    """Tell whether a lower-case syllable is a unit of money or part of one."""
    return syllable in _MONEY


def result_line(result: CaseResult) -> str:
    """Return a result with its figure: the value is added where the sentence lacks it."""
    if result.value is None:
        return result.text
    figure = format_number(result.value)
    if normalize_number(figure) in numbers_in(result.text):
        return result.text
    return f"{result.text.rstrip('.')}: {figure} {result.unit or ''}".rstrip()


def format_number(value: float) -> str:
    """Return a number as Vietnamese texts write it.

    Example:
        >>> format_number(1129), format_number(2.5)
        ('1.129', '2,5')
    """
    if value == int(value):
        return f"{int(value):,}".replace(",", ".")
    return f"{value:,.10g}".replace(",", "\x00").replace(".", ",").replace("\x00", ".")
