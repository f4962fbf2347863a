"""What a news page says about itself: date, author, publisher, place, and a title if it has none.

Every function here would rather find nothing than something wrong: a date inside a sentence is
the date of an event and not of publication, a clock in a page header is the day of the visit, and
a province is named only where the text leaves no doubt. Shapes of lines (date line, byline) are
recognised here, because `ingest.cleaning` needs the same decision to know what is no prose.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from kb.places import Province, find_provinces, get_province
from kb.sentences import split_sentences
from kb.text import to_reading_form

# Vietnam keeps UTC+7 all year; the zone decides which day "today" is for a future date.
_VIETNAM = timezone(timedelta(hours=7))
# The first Vietnamese newspapers went online in 1997; older dates are anniversaries or typing
# errors, not days of publication on the web.
_FIRST_YEAR = 1997
# From this day on a province's name covers the provinces merged into it (Resolution 202/2025/QH15).
_MERGER = "2025-07-01"
# Provinces that are cities: an unnamed "tỉnh" cannot mean them.
_CITIES = {"Hà Nội", "TP Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Huế"}

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
    """

    published: str
    rest: str
    has_time: bool
    has_seconds: bool
    has_weekday: bool
    is_labelled: bool


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


def _to_iso(match: re.Match[str]) -> str | None:
    year = match["y1"] or match["y2"] or match["y3"]
    month = match["m1"] or match["m2"] or match["m3"]
    day = match["d1"] or match["d2"] or match["d3"]
    month_number = _MONTH_WORDS.get(" ".join(month.lower().split())) or int(month)
    year_number = int(year) + (2000 if len(year) == 2 else 0)
    try:
        found = date(year_number, month_number, int(day))
    except ValueError:
        return None
    if found.year < _FIRST_YEAR or found > today():
        return None
    return found.isoformat()


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
    return DateLine(
        published=first,
        rest=rest,
        has_time=time is not None,
        has_seconds=bool(time and time["second"]),
        has_weekday=bool(_WEEKDAY.search(line)),
        is_labelled=bool(labels),
    )


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


# --- bylines ------------------------------------------------------------------------------------

_WORD = r"[^\W\d_]+(?:[.'’-][^\W\d_]+)*\.?"
_NAME_PART = re.compile(rf"{_WORD}(?: {_WORD}){{0,5}}")
_LABEL = re.compile(
    r"^(?:thực hiện|tác giả|người viết|biên soạn|tổng hợp|phóng viên|nhóm (?:pv|phóng viên)"
    r"|(?:tin|bài|ảnh|hình|clip|video)(?:\s*(?:,|và|&|-|–|/|\+)\s*(?:tin|bài|ảnh|hình|clip|video"
    r"|đồ họa))*)\s*:\s*(?P<rest>\S.*)$",
    re.IGNORECASE,
)
_PHOTO_ONLY = re.compile(r"^(?:ảnh|hình|clip|video)\s*:", re.IGNORECASE)
_SOURCE = re.compile(r"^(?:theo|nguồn(?: tin)?\s*:?)\s*(?P<rest>\S.*)$", re.IGNORECASE)
_CREDIT_TAIL = re.compile(
    r"\s*(?:\((?:tổng hợp|t/h|th|ghi|lược ghi|sưu tầm|biên soạn|thực hiện)\)"
    r"|\s(?:tổng hợp|lược ghi|thực hiện|sưu tầm))\.?$",
    re.IGNORECASE,
)
_SPLIT_NAMES = re.compile(r"\s+[-–—]\s*|\s*[-–—]\s+|\s*[,;/&+–—]\s*|\s+và\s+")
# "TẬPcvb": initials of whoever typed the page, glued to a signature in capitals.
_GLUED = re.compile(r"^(?P<caps>.*?)(?<=[^\W\d_a-zđ])[a-zđ]{1,5}$")
_UNIT = re.compile(
    r"^(?:ban|bbt|phòng|sở|hội|văn phòng|trung tâm|cổng|báo|đài|ubnd|ubmttq|mttq|tạp chí|tổ|bộ phận"
    r"|thông tấn xã|ttxvn|trang|đảng ủy|đoàn|liên đoàn|công an|bộ chỉ huy|cục|chi cục|ctv|pv"
    r"|nhóm)\b",
    re.IGNORECASE,
)
_ACRONYMS = {
    "pv", "ctv", "bbt", "ttxvn", "ubnd", "ubmttq", "mttq", "hđnd", "lđlđ", "vov", "vtv", "tp",
    "hcm", "ttđt", "pt-th", "ptth", "nv", "th", "cttđt",
}  # fmt: skip
# A signature never addresses its writer; a sub-heading or a caption names a person this way.
_ADDRESS = {"ông", "bà", "anh", "chị", "đồng", "em", "cô", "chú", "bác", "cụ", "gs", "nhà"}
_FIXED_DISPLAY = {"ban biên tập": "Ban Biên tập", "bbt": "Ban Biên tập"}
# Signatures of a newsroom, which no heading is worded like.
_NEWSROOM = {"pv", "p.v", "bbt", "ctv", "ttxvn", "nhóm pv", "ban biên tập", "phóng viên"}


@dataclass(frozen=True, slots=True)
class Byline:
    """A line that names who wrote.

    Attributes:
        name: As shown: title case, without labels.
        is_labelled: "Bài, ảnh:", "Tác giả:" stood before it.
        is_source: "Theo", "Nguồn:" stood before it.
        is_unit: An office or newsroom and not a person.
        is_newsroom: "PV", "Ban Biên tập": no heading is worded like it.
        is_site: The address of a web site.
        is_caps: Written all in capitals, as a heading may be too.
        word_count: Words of the name.
    """

    name: str
    is_labelled: bool
    is_source: bool
    is_unit: bool
    is_newsroom: bool
    is_site: bool
    is_caps: bool
    word_count: int


def parse_byline(line: str) -> Byline | None:
    """Return the name that a line signs with, or None if it has no such shape.

    The shape alone does not make a signature: a heading may be a name too. Where the line stands
    and what follows is for `ingest.cleaning` to weigh.

    Example:
        >>> parse_byline("Bài, ảnh: HẢI YẾN").name
        'Hải Yến'
        >>> parse_byline("BAN BIÊN TẬPxyz").name
        'Ban Biên tập'
        >>> parse_byline("Tạo sức lan tỏa mới") is None
        True
    """
    text = line.strip().strip("*_ ")
    if len(text) > 90 or not text or text[-1] in "!?…:;":
        return None
    if text.startswith("(") and text.endswith(")"):
        text = text[1:-1].strip()
    labelled = source = False
    if not _PHOTO_ONLY.match(text) and (match := _LABEL.match(text)):
        labelled, text = True, match["rest"]
    elif (match := _SOURCE.match(text)) and match["rest"][0].isalnum():
        source, text = True, match["rest"]
    is_sentence = text.endswith(".") and not (labelled or source)
    text = _CREDIT_TAIL.sub("", text).strip(" .-–—/")
    glued = _GLUED.match(text)
    if glued and glued["caps"].isupper() and len(glued["caps"].split()) > 1:
        text = glued["caps"]
    text = re.sub(r"\s*\([^()]{1,40}\)\s*", " ", text).strip()
    text = re.sub(r"[,;]\s*ảnh\s*:?.*$", "", text, flags=re.IGNORECASE).strip()
    if not text:
        return None
    if source and re.fullmatch(r"(?:www\.)?[\w-]+(?:\.[\w-]+)+", text):
        return Byline(text, labelled, source, True, False, True, False, 1)
    if not _is_signature(text, trusted=labelled or source):
        return None
    unit = bool(_UNIT.match(text))
    if unit and is_sentence:
        return None
    words = len(re.findall(_WORD, text))
    newsroom = text.lower() in _NEWSROOM
    caps = text.isupper()
    return Byline(display_name(text), labelled, source, unit, newsroom, False, caps, words)


def _is_signature(text: str, *, trusted: bool) -> bool:
    if _UNIT.match(text) and text[0].isupper():
        # "Hội Nông dân xã giúp nhau làm giàu" is a headline: names of offices have capitals
        # nearly every other word, sentences have runs of small letters.
        small = run = 0
        for word in text.split():
            run = run + 1 if word[0].islower() else 0
            small = max(small, run)
        is_name = small <= 2 or is_publisher(text)
        return is_name and len(text.split()) <= 9 and not re.search(r"[.!?:;”“\"]", text)
    parts = [part for part in _SPLIT_NAMES.split(text) if part]
    if not parts or len(parts) > 5:
        return False
    words = [word for part in parts for word in part.split()]
    if words[0].lower().strip(".") in _ADDRESS or get_province(text) is not None:
        return False
    if not all(_NAME_PART.fullmatch(part) for part in parts):
        return False
    if not all(word[0].isupper() for word in words):
        return False
    return trusted or len(words) <= (5 if len(parts) == 1 else 10)


def display_name(name: str) -> str:
    """Return a name as it is shown: NFC, title case where it came all in capitals.

    Example:
        >>> display_name("GIA NGUYỄN"), display_name("Ban biên tập"), display_name("PV")
        ('Gia Nguyễn', 'Ban Biên tập', 'PV')
    """
    name = " ".join(to_reading_form(name).split())
    fixed = _FIXED_DISPLAY.get(name.lower())
    if fixed:
        return fixed
    if not name.isupper() or name.lower() in _ACRONYMS or not re.search(r"\s", name):
        return name
    return re.sub(r"[^\W\d_]+(?:\.[^\W\d_]+)*", _title_case, name)


def _title_case(match: re.Match[str]) -> str:
    word = match[0]
    return word if "." in word or word.lower() in _ACRONYMS else word[0] + word[1:].lower()


# --- publisher ----------------------------------------------------------------------------------

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


# --- title --------------------------------------------------------------------------------------

MAX_DERIVED_TITLE = 150
_EVENT = re.compile(
    r"\b(?P<noun>(?:hội (?:nghị|thi|thảo|diễn|thao)|lễ|đại hội|tọa đàm|toạ đàm|kỳ họp|phiên họp"
    r"|liên hoan|ngày hội|diễn đàn|lớp (?:tập huấn|bồi dưỡng)|cuộc thi|buổi (?:lễ|làm việc|gặp mặt"
    r"|tọa đàm|đối thoại)|chương trình|chuyên đề)\s+(?=\S))",
    re.IGNORECASE,
)
# The event must be what the sentence reports: an object of one of these verbs.
_EVENT_VERB = re.compile(
    r"(?:chủ trì|tổ chức|diễn ra|khai mạc|tham dự|dự|bế mạc|phối hợp tổ chức|tiến hành|khai giảng"
    r"|phát động|đã có)(?:\s+(?:thành công|xong))?\s+$",
    re.IGNORECASE,
)
_SUBJECT = re.compile(r"^(?:phong trào|mô hình|cuộc vận động|chương trình|công tác)\b", re.I)
_ADVERBIAL = re.compile(
    r"^(?:(?:trong\s+)?(?:thời gian|những năm|nhiều năm|các năm|năm|tháng)\b.{0,30}"
    r"|hiện nay|đến nay|vừa qua|qua đó|từ đó)$",
    re.IGNORECASE,
)
_BORDER = re.compile(r"[,;:]\s|\s[-–—]\s")


def derive_title(paragraph: str) -> str:
    """Return a title for a text that has none: words of its first sentence, at most 150 characters.

    In order: the event that the sentence reports on, up to the end of its sentence; the clause
    about a movement or model; the sentence cut at the last border of a clause that fits.

    Example:
        >>> derive_title("Sáng 5/3, đồng chí A chủ trì Hội nghị sơ kết phong trào X năm 2023.")
        'Hội nghị sơ kết phong trào X năm 2023'
    """
    spans = split_sentences(paragraph)
    if not spans:
        return ""
    sentence = paragraph[spans[0].start_char : spans[0].end_char].rstrip(" .…;:,!")
    sentence = re.sub(r"^\([^()]{1,20}\)\s*[-–—:]\s*", "", sentence).lstrip(_EDGE + "+") or sentence
    for match in _EVENT.finditer(sentence):
        if not _EVENT_VERB.search(sentence[: match.start()]):
            continue
        event = _fit(sentence[match.start() :])
        if len(event.split()) >= 5:
            return event[0].upper() + event[1:]
    if len(sentence) > MAX_DERIVED_TITLE:
        for border in re.finditer(r",\s", sentence):
            clause = sentence[border.end() :]
            if border.end() > MAX_DERIVED_TITLE:
                break
            if _SUBJECT.match(clause) and len(fitted := _fit(clause)) >= 40:
                return fitted[0].upper() + fitted[1:]
    return _fit(sentence)


def _fit(text: str) -> str:
    """Return the text, or its longest whole clauses within the limit, quotes not torn apart."""
    if len(text) <= MAX_DERIVED_TITLE:
        return text
    cuts = [match.start() for match in _BORDER.finditer(text[: MAX_DERIVED_TITLE + 2])]
    for cut in reversed(cuts):
        head = text[:cut].rstrip(" ,;:-–—")
        torn = head.count("“") != head.count("”") or head.count("(") > head.count(")")
        if len(head) < 30 or torn:
            continue
        previous = max((match.end() for match in _BORDER.finditer(head)), default=0)
        if previous and _ADVERBIAL.match(head[previous:].strip()):
            continue  # "…, thời gian qua": a hanging adverbial says nothing in a title
        return head
    head = text[: MAX_DERIVED_TITLE - 1]
    cut = head.rfind(" ")
    return (head[:cut] if cut > 40 else head).rstrip(" ,;:-–—") + "…"


# --- province -----------------------------------------------------------------------------------

# Names that are smaller places or things called after a province.
_NOT_THE_PROVINCE = re.compile(
    r"(?:xã|phường|thị trấn|huyện|quận|thị xã|ấp|thôn|xóm|khóm|khu phố|đường|phố|cầu|chợ|sông|cảng"
    r"|trường (?:tiểu học|thcs|thpt|mầm non)|đại học|đh|quốc lộ|viettel|vnpt|khách sạn|bia"
    r"|nghị quyết|cao tốc|chiến dịch|nhà máy|đồng chí|ông|bà|anh|chị)\s*$",
    re.IGNORECASE,
)
_RANKED = re.compile(
    r"(?:tỉnh|thành phố|tp\.?|tỉnh ủy|tỉnh uỷ|thành ủy|thành uỷ|tỉnh đoàn)\s*$", re.IGNORECASE
)
_UNNAMED_PROVINCE = re.compile(
    r"\b(?:toàn|trong|của|ở|các|cấp|cả|LĐLĐ|UBND|HĐND|MTTQ|cùng)\s+tỉnh\b(?!\s+[A-ZĐÂ])"
    r"|\b[Tt]ỉnh\s+(?:[Đđ]oàn|[ủu][ủyỷ]y?|uỷ)\b(?!\s+[A-ZĐÂ])"
)
_TITLE_WEIGHT, _LEAD_WEIGHT, _RANK_WEIGHT = 4.0, 3.0, 1.0
# A lone mention deep in the text (weight 1 or 2) may be a market or a visitor's home.
_MIN_WEIGHT = 3.0
# More than three in five, so that two provinces of equal standing give none.
_MIN_SHARE = 0.6


def locate_province(
    title: str,
    paragraphs: Sequence[str],
    *,
    published: str | None = None,
    publisher: str | None = None,
    other_articles: Sequence[str] = (),
) -> str | None:
    """Return the one province that an article is about, or None.

    Mentions count by place: title 4, first two paragraphs 3, elsewhere 1, and 1 more after a rank
    word ("tỉnh Cà Mau"). One province must hold three fifths of the weight; an article that names
    many has none. A provincial newspaper often writes just "tỉnh": where the article names no
    province at all and speaks of its own unnamed one, the publisher's name tells which, or, if
    none is named, the teasers of other articles on the page if at least three of them name a
    province and all the same.

    Args:
        title: Title of the article.
        paragraphs: Lead and body.
        published: Day of publication; after the reform of 2025-07-01 a merged province's old
            names count for the new one.
        publisher: Newspaper or portal, if known.
        other_articles: Lines of the page that belong to other articles.
    """
    weights: dict[str, float] = {}
    _count(title, _TITLE_WEIGHT, weights, published)
    for index, paragraph in enumerate(paragraphs):
        _count(paragraph, _LEAD_WEIGHT if index < 2 else 1.0, weights, published)
    if weights:
        # Ties cannot win: the share is more than a half.
        best, weight = max(weights.items(), key=lambda item: item[1])
        enough = weight >= _MIN_WEIGHT and weight >= _MIN_SHARE * sum(weights.values())
        return best if enough else None
    if not any(_UNNAMED_PROVINCE.search(paragraph) for paragraph in paragraphs):
        return None
    return _implied_province(publisher, other_articles)


def _count(text: str, weight: float, weights: dict[str, float], published: str | None) -> None:
    for province, ranked in _mentions(text):
        after_reform = published is not None and published >= _MERGER
        name = province.today if after_reform else province.name
        weights[name] = weights.get(name, 0.0) + weight + (_RANK_WEIGHT if ranked else 0.0)


def _mentions(text: str) -> list[tuple[Province, bool]]:
    found = []
    for mention in find_provinces(text):
        before = text[max(0, mention.start_char - 30) : mention.start_char]
        if not _NOT_THE_PROVINCE.search(before):
            found.append((mention.province, bool(_RANKED.search(before))))
    return found


def _implied_province(publisher: str | None, other_articles: Sequence[str]) -> str | None:
    names = {mention.province.name for mention in find_provinces(publisher or "")}
    if not names:
        per_line = [{province.name for province, _ in _mentions(line)} for line in other_articles]
        named = [line for line in per_line if line]
        names = set().union(*named) if len(named) >= 3 else set()
    if len(names) != 1 or names & _CITIES:
        return None
    return names.pop()
