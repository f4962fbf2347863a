"""Lines that sign: who wrote, in what words."""

import re
from dataclasses import dataclass

from ingest.metadata.publishers import is_publisher, without_date
from kb.places import get_province
from kb.text import to_reading_form

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
    and what follows is for `ingest.articles.cleaning` to weigh.

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
        source, text = True, without_date(match["rest"])
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
