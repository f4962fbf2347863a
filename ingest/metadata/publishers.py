"""Names of newspapers, broadcasters and portals, where a line names them outright."""

import re
from collections.abc import Iterable

_PUBLISHER = re.compile(
    r"^(?:báo(?: điện tử| ảnh| và phát thanh,? truyền hình)?|tạp chí|thông tấn xã|đài|cổng"
    r"|trang (?:thông tin|tin)|cơ quan báo chí|ttxvn|truyền hình)\b(?: \S+){0,12}$",
    re.IGNORECASE,
)
_AGENCIES = {"TTXVN", "VOV", "VTV", "VietnamPlus"}
_REPORT = re.compile(r"^báo cáo\b|^trang (?:trọng|trại|phục)|^đài tưởng", re.IGNORECASE)
_FOLLOW = re.compile(
    r"^(?:theo dõi|quan tâm)\s+(?P<name>(?:báo|tạp chí|đài|cổng|trang)\b.+?)\s+(?:trên|tại)\b",
    re.IGNORECASE,
)
_COPYRIGHT = re.compile(
    r"(?:©|bản quyền(?:\s+\S+){0,2}\s+(?:thuộc(?: về)?|của)|ghi rõ nguồn)\s*:?\s*[\"“']?"
    r"(?P<name>(?:báo|tạp chí|đài|cổng thông tin|trang thông tin)\b[^.,|\"”'()©\d]{2,70})",
    re.IGNORECASE,
)


_CLOCK = r"(?:lúc\s+)?\d{1,2}\s?[:hg]\s?\d{2}(?::\d{2})?(?:\s?[ap]m)?(?:\s?\(?GMT[+-]\d+\)?)?"
_DAY = (
    r"(?:(?:thứ\s\w+|chủ nhật)\s*,?\s+)?(?:(?:số\s+)?(?:ra\s+)?ngày\s+)?\d{1,2}"
    r"(?:\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d{2})|\s+tháng\s+\d{1,2}\s*,?\s+(?:năm\s+)?\d{4})"
)
_GAP = r"[\s,;|•·()\[\]–—-]+"
_DATE_TAIL = re.compile(
    rf"{_GAP}(?:{_CLOCK}{_GAP})?{_DAY}(?:{_GAP}{_CLOCK})?[\s)\].,;|-]*$", re.IGNORECASE
)
# A longer line is no name with a date, and not worth the search.
_LONGEST_LINE = 160


def without_date(line: str) -> str:
    """Return a line without a day, and a time beside it, that end it, and what sets them apart.

    Example:
        >>> without_date("Báo Sông Xanh - 22/09/2023 08:15")
        'Báo Sông Xanh'
        >>> without_date("Báo Sông Xanh")
        'Báo Sông Xanh'
    """
    return _DATE_TAIL.sub("", line) if len(line) <= _LONGEST_LINE else line


def is_publisher(line: str) -> bool:
    """Tell whether a line is nothing but a newspaper, broadcaster or portal, and maybe a date.

    Example:
        >>> is_publisher("Báo Vĩnh Long"), is_publisher("Báo cáo kết quả")
        (True, False)
    """
    return publisher_of(line) is not None


def publisher_of(line: str) -> str | None:
    """Return the name if a line is nothing but that of a publisher and maybe a date behind it.

    Example:
        >>> publisher_of("Báo Sông Xanh, ngày 5/8/2023")
        'Báo Sông Xanh'
    """
    name = without_date(line).strip()
    return name if _is_name(name) else None


def _is_name(line: str) -> bool:
    words = line.split()
    if line in _AGENCIES:
        return True
    return bool(
        2 <= len(words) <= 13
        and line[0].isupper()
        and any(word[0].isupper() for word in words[1:])
        and line[-1] not in ".!?:;…"
        # A date or a number that is left is no part of a name.
        and not line[-1].isdigit()
        and _PUBLISHER.match(line)
        and not _REPORT.match(line)
    )


def find_publisher(lines: Iterable[str]) -> str | None:
    """Return the publisher that lines of furniture name outright, or None; never a guess.

    Example:
        >>> find_publisher(["Theo dõi Báo điện tử Cà Mau trên", "Báo Cà Mau"])
        'Báo Cà Mau'
    """
    indirect = None
    for line in lines:
        if name := publisher_of(line):
            return name
        match = _FOLLOW.search(line) or _COPYRIGHT.search(line)
        if match and indirect is None:
            indirect = re.sub(r"\s+", " ", match["name"]).strip(" -–:")
    return indirect
