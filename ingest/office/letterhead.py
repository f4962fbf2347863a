"""Head and foot of Vietnamese administrative documents, and what they say about the document.

Reports and plans of offices all begin alike: issuing body and number on the left, national motto
(or that of the Party) with place and date on the right, then the kind of document and its subject;
they end with the recipients and the signature. Where these parts are found, they say title,
publisher, date and province far more surely than anything else in the file.

What is left out of the text: the motto, rules of dashes or stars, and the list of recipients. They
stand in every document and would make all of them alike to a search. Issuing body, number, place
and date, "Kính gửi" and the signature stay: officers look for them and cite them.

Source: Decree 30/2020/NĐ-CP, appendix I (state bodies); Guide 36-HD/VPTW of 2018 (Party bodies).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise

from ingest.metadata.dates import today
from ingest.office.sentence_case import sentence_case
from ingest.ports import Block
from kb.places import era_of, find_places, get_province
from kb.text import fold

# The head is within this many lines; a title page before it adds some.
_HEAD_BLOCKS = 30
_MAX_SUBJECT = 350
# How much of the opening is asked how the place of the issuing body is written.
_WRITTEN_CHARS = 6000
_MAX_SUBJECT_LINES = 4
_MAX_RECIPIENTS = 25
# No office of today dates a paper before this.
_FIRST_YEAR = 1945

_MOTTO = re.compile(
    r"cộng\s+h(?:òa|oà)\s+xã\s+hội\s+chủ\s+nghĩa(?:\s+việt(?:\s+nam)?)?"
    r"|độc\s+lập\s*[-–—.]*\s*tự\s+do\s*[-–—.]*\s*hạnh\s+ph(?:úc|uc)"
    r"|đảng\s+cộng\s+sản\s+việt\s+nam(?=\s*$|\s*\|)",
    re.IGNORECASE,
)
# What may stand in a line below where the column is narrow.
_MOTTO_END = {"NAM", "VIỆT NAM", "Hạnh phúc"}
_RULE = re.compile(r"^[\s\-–—_=*•.~☆★|]*$")
_NUMBER = re.compile(
    r"\bSố\s*:?\s*(?P<number>[\d.…\s_]{0,12}[-/–]\s*[A-ZĐ0-9][A-ZĐƯÂÔÊ0-9a-zđư\-–/&.+]*)",
)
# A whole line: "…, ngày 3 tháng 2 năm 2021" at the end of a sentence dates something else.
_DATE_LINE = re.compile(
    r"\W*(?P<place>[^\W\d_][^\d,|]{1,40}?)\s*,?\s*ngày\s+(?P<day>\d{1,2})\s*(?:tháng|[/.-])"
    r"\s*(?P<month>\d{1,2})\s*(?:năm|[/.-])\s*(?P<year>\d{4})\W*",
    re.IGNORECASE,
)
_MAX_PLACE_WORDS = 6
_OPEN_DATE = re.compile(r",\s*ngày\b.{0,20}\btháng\b.{0,20}\bnăm\b", re.IGNORECASE)
_TYPES = (
    "báo cáo", "kế hoạch", "tờ trình", "quyết định", "hướng dẫn", "thông báo", "chương trình",
    "nghị quyết", "biên bản", "đề án", "phương án", "quy chế", "chỉ thị", "kết luận", "thông tri",
    "quy định", "công văn", "giấy mời", "báo cáo tóm tắt", "báo cáo thành tích", "báo cáo sơ kết",
    "báo cáo tổng kết", "bản thuyết minh", "đề cương", "báo cáo chuyên đề", "tham luận",
    "báo cáo tham luận", "báo cáo kết quả", "công điện", "giấy giới thiệu", "thư mời", "dự án",
)  # fmt: skip
_TYPE_FORMS = {fold(name): name for name in _TYPES}
_TYPE_START = re.compile(
    r"^(?:"
    + "|".join(sorted((re.escape(name) for name in _TYPES), key=len, reverse=True))
    + r")\b",
    re.IGNORECASE,
)
_ABOUT = re.compile(r"^\W{0,3}(?:V/v|Về\s+việc)\b\s*:?\s*", re.IGNORECASE)
_ADDRESSEE = re.compile(r"^kính\s+gửi\b", re.IGNORECASE)
_RECIPIENTS = re.compile(r"^nơi\s+nhận\s*:?", re.IGNORECASE)
_RECIPIENT = re.compile(r"^(?:[-–—+•*]|như\s+trên\b|lưu\b)|;$", re.IGNORECASE)
_BODY_START = re.compile(
    r"^(?:căn\s+cứ|thực\s+hiện\b.*[,.;]|kính\s+gửi|phần\s+|[IVX]+\s*[./)-]|\d+\s*[./)]"
    r"|[a-z]\)|[-–+•(]|điều\s+\d|chương\s+[IVX]|nơi\s+nhận|xét\s+|theo\s+đề\s+nghị)",
    re.IGNORECASE,
)
# Words that begin the name of a body: a line without one continues the line before it.
_BODY_WORD = re.compile(
    r"^(?:ủy\s+ban|uỷ\s+ban|ubnd|ubmttq|hội|hội\s+đồng|hđnd|đoàn|đảng\s+bộ|đảng\s+ủy|đảng\s+uỷ"
    r"|huyện\s+[ủu][ỷy]|tỉnh\s+[ủu][ỷy]|thành\s+[ủu][ỷy]|thị\s+[ủu][ỷy]|quận\s+[ủu][ỷy]|chi\s+bộ|chi\s+hội"
    r"|ban|phòng|sở|bộ|cục|chi\s+cục|tổng\s+cục|văn\s+phòng|trung\s+tâm|trường|viện|công\s+an"
    r"|công\s+đoàn|liên\s+đoàn|liên\s+minh|mặt\s+trận|mttq|bch|bcđ|bộ\s+chỉ\s+huy|hợp\s+tác\s+xã|tổ|công\s+ty"
    r"|trạm|hạt|ngân\s+hàng|tòa\s+án|viện\s+kiểm\s+sát|huyện\s+đoàn|tỉnh\s+đoàn|xã\s+đoàn|quân\s+khu"
    r"|tiểu\s+ban|lđlđ|đội|đồn)(?!\w)",
    re.IGNORECASE,
)
# A body, the one above it, and each over two or three lines; then what stands before them.
_MAX_BODY_LINES = 6
_MAX_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with where it is from.

    Attributes:
        value: The value.
        confidence: In (0, 1].
        quote: Words of the text that say it.
        blocks: Numbers of the blocks that say it and nothing else.
        source: Kind of place where it stands.
    """

    value: str
    confidence: float
    quote: str
    blocks: tuple[int, ...] = ()
    source: str = "letterhead"


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What head and foot of a document say.

    Attributes:
        title: Kind and subject, such as "Báo cáo kết quả …".
        publisher: The issuing body.
        published: Date of the place-and-date line, `YYYY-MM-DD`.
        province: Province of the issuing body, where there can be no other.
        number: Number and sign of the document, such as "12/BC-UBND".
        dropped: Numbers of blocks that are furniture.
        length: Blocks up to the place-and-date line.
    """

    title: Fact | None = None
    publisher: Fact | None = None
    published: Fact | None = None
    province: Fact | None = None
    number: str | None = None
    dropped: frozenset[int] = field(default_factory=frozenset)
    length: int = 0


@dataclass(frozen=True, slots=True)
class _Line:
    block: int
    text: str
    column: int = 0


def read_letterhead(blocks: Sequence[Block]) -> Letterhead:
    """Return what head and foot of a document say; all empty if it is no administrative document.

    It is one if two of these are in its first lines: the motto, a document number, a line of place
    and date, a line that is nothing but the kind of document.

    Args:
        blocks: In reading form.
    """
    lines = _head_lines(blocks)
    marks = [
        any(_MOTTO.search(line.text) for line in lines),
        any(_NUMBER.match(line.text) for line in lines),
        any(_is_date_line(line.text) for line in lines),
        any(_is_type(line.text) for line in lines),
    ]
    if sum(marks) < 2:
        return Letterhead()
    published = _published(lines)
    publisher, body_lines = _publisher(lines, _written(blocks))
    return Letterhead(
        title=_title(lines, blocks),
        publisher=publisher,
        published=published,
        province=_province(body_lines, lines, published.value if published else None),
        number=_number(lines),
        dropped=_furniture(blocks),
        length=_length(lines),
    )


def _head_lines(blocks: Sequence[Block]) -> list[_Line]:
    """Return the first lines, what stood side by side in them taken apart."""
    lines = []
    for index, block in enumerate(blocks[:_HEAD_BLOCKS]):
        for column, cell in enumerate(block.text.split(" | ")):
            cuts = {0, len(cell)}
            for match in _MOTTO.finditer(cell):
                cuts |= {match.start(), match.end()}
            number = _NUMBER.search(cell)
            if number and number.start() == 0:
                cuts.add(number.end())
            borders = sorted(cuts)
            for start, end in pairwise(borders):
                if text := cell[start:end].strip():
                    lines.append(_Line(index, text, column))
    return lines


def _length(lines: Sequence[_Line]) -> int:
    dated = [line.block for line in lines if _is_date_line(line.text)]
    return dated[0] + 1 if dated else 0


def _dated(text: str) -> re.Match[str] | None:
    """Return the parts of a line that is nothing but place and date."""
    match = _DATE_LINE.fullmatch(text)
    if match is None or not match["place"][0].isupper():
        return None
    return match if len(match["place"].split()) <= _MAX_PLACE_WORDS else None


def _is_date_line(text: str) -> bool:
    """Tell whether a line is one of place and date, filled in or not."""
    return _dated(text) is not None or bool(
        len(text) < 80 and text[0].isupper() and _OPEN_DATE.search(text)
    )


def _is_type(text: str) -> bool:
    return fold(text).strip(" .:*-") in _TYPE_FORMS


def _number(lines: Sequence[_Line]) -> str | None:
    for line in lines:
        if match := _NUMBER.search(line.text):
            return re.sub(r"\s*([-/–])\s*", r"\1", " ".join(match["number"].split()))
    return None


def _published(lines: Sequence[_Line]) -> Fact | None:
    """Return the date of the first place-and-date line; none if its blanks are not filled in."""
    for line in lines:
        match = _dated(line.text)
        if match is None:
            if _is_date_line(line.text):
                return None  # the document's own line is open: a later date is another's
            continue
        try:
            day = date(int(match["year"]), int(match["month"]), int(match["day"]))
        except ValueError:
            return None
        if day.year < _FIRST_YEAR or day > today():
            return None
        return Fact(day.isoformat(), 0.95, match[0].strip())
    return None


def _written(blocks: Sequence[Block]) -> str:
    """Return the first words of a document, which write its own place with right capitals."""
    return "\n".join(block.text for block in blocks[:_HEAD_BLOCKS])[:_WRITTEN_CHARS]


def _publisher(lines: Sequence[_Line], written: str) -> tuple[Fact | None, list[str]]:
    """Return the issuing body, and the lines of it and of the body above it."""
    names: list[str] = []
    first: list[str] = []
    before = 0
    for line in lines:
        text = line.text.strip(" *-–—_")
        # The right column holds the motto; with the Youth Union its own name takes that place.
        is_other = line.column > 0 or _MOTTO.search(text) or text in _MOTTO_END
        if is_other or _is_date_line(line.text) or _RULE.match(line.text):
            continue
        is_body = _is_body_line(text) and _BODY_WORD.match(text)
        if not names and not is_body and before < _MAX_BEFORE and not _names_document(text):
            before += 1  # "DỰ THẢO", "Mẫu số 1"
            continue
        if not _is_body_line(text) or len(names) >= _MAX_BODY_LINES:
            break
        first.append(text)
        if names and not _BODY_WORD.match(text):
            names[-1] = f"{names[-1]} {text}"
        else:
            names.append(text)
    # Without a body's word at the beginning it may be a slogan or a title.
    if not names or not _BODY_WORD.match(names[0]):
        return None, []
    value = sentence_case(names[-1], written)
    if len(names) > 1 and not find_places(names[-1]):
        value = f"{value}, {sentence_case(names[-2], written)}"
    return Fact(value, 0.9 if len(first) == 1 else 0.85, first[-1]), names


def _names_document(text: str) -> bool:
    return bool(
        _NUMBER.search(text) or _is_type(text) or _ABOUT.match(text) or _ADDRESSEE.match(text)
    )


def _is_body_line(text: str) -> bool:
    if _names_document(text):
        return False
    letters = [char for char in text if char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    # "ĐOÀN TNCS Hồ Chí Minh" is written so too.
    return bool(letters) and len(text) <= 120 and capitals >= 0.6 * len(letters)


def _province(bodies: Sequence[str], lines: Sequence[_Line], published: str | None) -> Fact | None:
    """Return the one province that issuing body, body above it and place line agree on."""
    places = [match["place"] for line in lines if (match := _dated(line.text))][:1]
    # A commune's name alone, as in "Tân Hưng, ngày …", stands for places all over the country;
    # with its rank in the body's name the others may tell which.
    named = [_provinces_of(text, published, ranked=True) for text in bodies]
    named += [_provinces_of(text, published, ranked=False) for text in places]
    found = [names for names in named if names]
    common = frozenset.intersection(*found) if found else frozenset()
    if len(common) != 1:
        return None
    return Fact(next(iter(common)), 0.85, [*bodies, *places][-1])


def _provinces_of(text: str, published: str | None, *, ranked: bool) -> frozenset[str]:
    """Return the provinces that a line may mean, by the names of its day; empty if none."""
    after_reform = era_of(published) == "new"
    common: frozenset[str] | None = None
    for mention in find_places(text, date=published):
        if mention.level == "province":
            names = frozenset({mention.name})
        elif ranked and mention.level in ("district", "commune"):
            names = mention.old_provinces
        else:
            continue
        provinces = [province for name in names if (province := get_province(name))]
        names = frozenset(item.today if after_reform else item.name for item in provinces)
        common = names if common is None else common & names
    return common or frozenset()


def _title(lines: Sequence[_Line], blocks: Sequence[Block]) -> Fact | None:
    """Return kind and subject of a document."""
    for position, line in enumerate(lines):
        if _is_type(line.text):
            return _typed_title(lines, position, _TYPE_FORMS[fold(line.text).strip(" .:*-")])
        match = _TYPE_START.match(line.text)
        if match and match[0].isupper() and len(line.text) <= _MAX_SUBJECT:
            return _joined(lines, position, "")
        if match := _ABOUT.match(line.text):
            return _about_title(lines, position)
    return None


def _typed_title(lines: Sequence[_Line], position: int, kind: str) -> Fact:
    kind = kind[0].upper() + kind[1:]
    following = lines[position + 1] if position + 1 < len(lines) else None
    while following is not None and _RULE.match(following.text):
        position += 1
        following = lines[position + 1] if position + 1 < len(lines) else None
    if following is None or not _may_be_subject(following.text):
        return Fact(kind, 0.5, lines[position].text, (lines[position].block,))
    return _joined(lines, position + 1, kind)


def _may_be_subject(text: str) -> bool:
    return (
        len(text) <= _MAX_SUBJECT
        and not text.endswith((".", ";"))
        and not _BODY_START.match(text)
        and not _MOTTO.search(text)
        and not _dated(text)
    )


def _joined(lines: Sequence[_Line], position: int, kind: str) -> Fact:
    """Return a title from its subject's first line on."""
    subject = [lines[position]]
    for line in lines[position + 1 : position + _MAX_SUBJECT_LINES]:
        continues = line.text[0].islower() or line.text[0].isdigit()
        if subject[-1].text.isupper():
            continues = continues or line.text.isupper()
        if not continues or not _may_be_subject(line.text):
            break
        subject.append(line)
    text = " ".join(line.text.strip(" *") for line in subject)
    text = sentence_case(_ABOUT.sub("về việc ", text))
    if kind:
        value = f"{kind} {_lower_first(text)}"
        used = (lines[position - 1], *subject)
    else:
        value, used = text, tuple(subject)
    return Fact(value, 0.9, subject[0].text, tuple(line.block for line in used))


def _about_title(lines: Sequence[_Line], position: int) -> Fact:
    """Return the title of an official letter from its "V/v" line; that line stays in the text."""
    words = [_ABOUT.sub("", lines[position].text)]
    for line in lines[position + 1 : position + _MAX_SUBJECT_LINES]:
        if not line.text[0].islower() or not _may_be_subject(line.text):
            break
        words.append(line.text)
    subject = sentence_case(" ".join(words).strip(" *"))
    return Fact(f"Về việc {_lower_first(subject)}", 0.85, lines[position].text)


def _lower_first(text: str) -> str:
    """Lower the first letter unless it begins a name or an abbreviation."""
    first = text.split(" ", 1)[0]
    is_name = any(mention.start_char == 0 for mention in find_places(text))
    if is_name or (len(first) > 1 and first.isupper()):
        return text
    return text[:1].lower() + text[1:]


def _furniture(blocks: Sequence[Block]) -> frozenset[int]:
    """Return the blocks that are nothing but motto, rule or recipients."""
    dropped = set()
    remaining = 0
    for index, block in enumerate(blocks):
        text = block.text
        without = _MOTTO.sub("", text) if index < _HEAD_BLOCKS else text
        if _RULE.match(without) or (text in _MOTTO_END and index - 1 in dropped):
            dropped.add(index)
        elif _RECIPIENTS.match(text) and " | " not in text:
            dropped.add(index)
            remaining = _MAX_RECIPIENTS
        elif remaining and (block.kind == "item" or _RECIPIENT.search(text)) and len(text) < 160:
            dropped.add(index)
            remaining -= 1
        else:
            remaining = 0
    return frozenset(dropped)
