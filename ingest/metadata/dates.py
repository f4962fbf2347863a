"""Days of publication: dates, and lines that do nothing but date a page.

A date inside a sentence is the date of an event and not of publication, so a line counts only if
nothing is left of it once date, time, weekday and label are taken away.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime

from ingest.metadata.bylines import parse_byline
from ingest.metadata.publishers import is_publisher
from kb.places import get_province

# Vietnam keeps UTC+7 all year; the zone decides which day "today" is for a future date.
_VIETNAM = timezone(timedelta(hours=7))
# The first Vietnamese newspapers went online in 1997; older dates are anniversaries or typing
# errors, not days of publication on the web.
_FIRST_YEAR = 1997

_MONTH_WORDS = {
    "một": 1, "giêng": 1, "hai": 2, "ba": 3, "tư": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7,
    "tám": 8, "chín": 9, "mười": 10, "mười một": 11, "mười hai": 12,
}  # fmt: skip
_MONTHS = "|".join(sorted(_MONTH_WORDS, key=len, reverse=True))
_DATE = re.compile(
    r"(?<![\d/.,-])(?:"
    r"(?P<y1>\d{4})-(?P<m1>\d{1,2})-(?P<d1>\d{1,2})(?:T(?=\d))?"
    r"|(?P<d2>\d{1,2})\s?(?P<sep>[/.-])\s?(?P<m2>\d{1,2})\s?(?P=sep)\s?(?P<y2>\d{4}|\d{2})"
    rf"|(?P<d3>\d{{1,2}})\s*tháng\s*(?P<m3>\d{{1,2}}|{_MONTHS})\s*(?:,|năm|/)?\s*(?P<y3>\d{{4}})"
    r")(?![\d/])",
    re.IGNORECASE,
)
_TIME = re.compile(
    r"(?<![\d.,])(?P<hour>\d{1,2})\s?(?:[:h]|giờ)\s?(?P<minute>\d{2})(?:\s?phút)?"
    r"(?P<second>:\d{2}(?:\.\d+)?)?\s?(?:am|pm|sa|ch)?(?:\s?(?:gmt|utc)?\s?[+]0?7(?::?00)?)?(?![\d\w])",
    re.IGNORECASE,
)
_WEEKDAY = re.compile(
    r"\b(?:thứ\s+(?:hai|ba|tư|năm|sáu|bảy|bẩy|[2-7])|chủ\s*nhật)\b", re.IGNORECASE
)
_DATE_LABEL = re.compile(
    r"(?:ngày|thời gian|giờ)?\s*(?:đăng(?:\s+(?:tải|tin|bài))?|cập nhật|xuất bản|đưa tin)"
    r"(?:\s*(?:lúc|ngày|vào))*\s*:?",
    re.IGNORECASE,
)
_VIEWS = re.compile(
    r"(?:số\s+)?(?:lượt\s+(?:xem|đọc|truy cập)|đã xem|views?)\s*:?\s*[\d.,]*"
    r"|[\d.,]+\s*(?:lượt\s+(?:xem|đọc)|views?|phút đọc|bình luận)",
    re.IGNORECASE,
)
_DATE_NOISE = re.compile(r"\(?\b(?:gmt|utc)\s*\+?\s*\d*\)?|\b(?:lúc|vào|ngày)\b", re.IGNORECASE)
_EDGE = " \t|,:;.-–—()[]•·/*"
_DAYTIME = {"sáng", "chiều", "tối", "trưa", "đêm", "khuya", "từ", "đến", "sau", "trước", "tính"}


def today() -> date:
    """Return the day it is in Vietnam."""
    return datetime.now(tz=_VIETNAM).date()


@dataclass(frozen=True, slots=True)
class DateLine:
    """A line that does nothing but date a page.

    Attributes:
        published: `YYYY-MM-DD`.
        rest: What else stands in the line: a name, a newspaper, a section; mostly empty.
        has_time: A time of day is given.
        has_seconds: The time has seconds, as the ticking clock of a page header has.
        has_weekday: The day of the week is given.
        is_labelled: The line says what date it is ("Ngày đăng:", "Cập nhật lúc").
        updated: A second, later date, if "Cập nhật" stands before it.
        is_update: Its only date is called that of an update.
    """

    published: str
    rest: str
    has_time: bool
    has_seconds: bool
    has_weekday: bool
    is_labelled: bool
    updated: str | None = None
    is_update: bool = False


def parse_date(text: str) -> str | None:
    """Return the first date of a text as `YYYY-MM-DD`; None if it is impossible or in the future.

    Example:
        >>> parse_date("Thứ ba, 24/09/2024 | 05:46"), parse_date("31/02/2024")
        ('2024-09-24', None)
        >>> parse_date("2024-04-04T10:24:00+07:00")
        '2024-04-04'
    """
    match = _DATE.search(text)
    return _to_iso(match) if match else None


def parse_stamp(stamp: str) -> str | None:
    """Return the day in Vietnam of a machine's time stamp, or the first date of any other text.

    A stamp in UTC belongs to the next day from 17:00 on.

    Example:
        >>> parse_stamp("2024-05-05T22:15:00Z"), parse_stamp("2024-05-06T05:15:00+07:00")
        ('2024-05-06', '2024-05-06')
        >>> parse_stamp("06/05/2024 05:00")
        '2024-05-06'
    """
    stamp = stamp.strip()
    for parse in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = parse(stamp)
            if moment.tzinfo is not None:
                moment = moment.astimezone(_VIETNAM)
            return _plausible(moment.date())
        except (ValueError, OverflowError, IndexError):
            continue  # not in this form; most are written for people
    return parse_date(stamp)


def _to_iso(match: re.Match[str]) -> str | None:
    year = match["y1"] or match["y2"] or match["y3"]
    month = match["m1"] or match["m2"] or match["m3"]
    day = match["d1"] or match["d2"] or match["d3"]
    month_number = _MONTH_WORDS.get(" ".join(month.lower().split())) or int(month)
    year_number = int(year) + (2000 if len(year) == 2 else 0)
    try:
        return _plausible(date(year_number, month_number, int(day)))
    except ValueError:
        return None


def _plausible(found: date) -> str | None:
    return found.isoformat() if found.year >= _FIRST_YEAR and found <= today() else None


def parse_date_line(line: str) -> DateLine | None:
    """Return what a line dates, or None if it is not a date line.

    A sentence that holds a date is none: after date, time, weekday, label and counters are taken
    away, nothing may be left but a short name.

    Example:
        >>> parse_date_line("03:10, 19/10/2023").published
        '2023-10-19'
        >>> parse_date_line("Sáng ngày 27/10/2023, đồng chí bí thư dự họp.") is None
        True
        >>> parse_date_line("Thu Hà - Thứ hai, 8/4/2024 10:20").rest
        'Thu Hà'
    """
    if len(line) > 160:
        return None
    matches = list(_DATE.finditer(line))
    isos = {iso for match in matches if (iso := _to_iso(match))}
    if not isos or len(matches) > 2:
        return None
    labels = list(_DATE_LABEL.finditer(line))
    if len(isos) > 1 and not labels:
        return None  # a span of days, as in the title of an event
    time = _TIME.search(line)
    rest = _DATE.sub(" ", line)
    for pattern in (_TIME, _WEEKDAY, _VIEWS, _DATE_LABEL, _DATE_NOISE):
        rest = pattern.sub(" ", rest)
    rest = re.sub(r"\s*[|•·/–—-]\s*(?=[|•·/–—-]|\s*$)|\(\s*\)", " ", rest)
    rest = " ".join(rest.split()).strip(_EDGE)
    if rest and not _may_stand_beside_date(rest):
        return None
    first = next(iso for match in matches if (iso := _to_iso(match)))
    updates = [iso for match in matches if _is_update(line, match) and (iso := _to_iso(match))]
    return DateLine(
        published=first,
        rest=rest,
        has_time=time is not None,
        has_seconds=bool(time and time["second"]),
        has_weekday=bool(_WEEKDAY.search(line)),
        is_labelled=bool(labels),
        updated=next((iso for iso in updates if iso > first), None),
        is_update=len(matches) == 1 and bool(updates),
    )


def _is_update(line: str, date_match: re.Match[str]) -> bool:
    """Tell whether the label nearest before a date is "cập nhật"."""
    labels = [label[0] for label in _DATE_LABEL.finditer(line, 0, date_match.start())]
    return bool(labels) and "cập nhật" in labels[-1].lower()


def _may_stand_beside_date(rest: str) -> bool:
    words = rest.split()
    if len(words) > 8 or words[0].lower() in _DAYTIME:
        return False
    return rest[0].isupper() and (
        parse_byline(rest) is not None
        or is_publisher(rest)
        or len(words) <= 4
        or get_province(rest) is not None
    )
