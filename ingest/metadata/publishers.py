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


def is_publisher(line: str) -> bool:
    """Tell whether a line is nothing but the name of a newspaper, broadcaster or portal.

    Example:
        >>> is_publisher("Báo Vĩnh Long"), is_publisher("Báo cáo kết quả")
        (True, False)
    """
    words = line.split()
    if line in _AGENCIES:
        return True
    return bool(
        2 <= len(words) <= 13
        and line[0].isupper()
        and any(word[0].isupper() for word in words[1:])
        and line[-1] not in ".!?:;…"
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
        if is_publisher(line):
            return line
        match = _FOLLOW.search(line) or _COPYRIGHT.search(line)
        if match and indirect is None:
            indirect = re.sub(r"\s+", " ", match["name"]).strip(" -–:")
    return indirect
