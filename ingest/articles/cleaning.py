"""Lines of a news page to the title, lead and body of its main article.

Crawled pages carry the site along: clock and weather, menus, share buttons, captions, links amid
the text, and a tail of teasers for other articles, which may be longer than the article and would
answer other questions in its name. Three kinds of evidence are used, and a cut needs them to
agree, because a lost sentence is worse than a teaser that stays:

- what a line is (a known button, a date line, a byline, a caption with its credit);
- where it stands (above the headline, after the byline, glued to the lead);
- what follows it (pairs of headline and summary, dates, nothing), since the paragraphs of an
  article run on while teasers alternate.

How much of its wording a line shares with the article only supports a cut.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache
from itertools import accumulate, pairwise

from ingest.metadata.bylines import parse_byline
from ingest.metadata.dates import DateLine, parse_date_line
from ingest.metadata.publishers import find_publisher, is_publisher
from ingest.metadata.titles import derive_title
from kb.text import fold, to_matching_form, to_reading_form


class LineKind(Enum):
    """What a line is by itself."""

    FURNITURE = auto()
    MARKER = auto()  # heading of a list of other articles
    DATE = auto()
    CAPTION = auto()
    ITEM = auto()  # of a list in the text
    SHORT = auto()  # headline, sub-heading, link or name: no sentence
    PROSE = auto()


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page.

    Attributes:
        text: Reading form, no white space at the ends.
        kind: What it is by itself.
        is_glued: No blank line stands between it and the line before.
    """

    text: str
    kind: LineKind
    is_glued: bool
    date: DateLine | None = None


@dataclass(frozen=True, slots=True)
class CleanedPage:
    """The main article of a page, and what of the rest tells about it.

    Attributes:
        title: Headline, or a title derived from the first sentence.
        paragraphs: Lead and body, sub-headings among them, in order.
        published: `YYYY-MM-DD` from a date line of the article.
        author: From the byline.
        publisher: Where a line names it outright.
        other_articles: Lines that belong to other articles.
    """

    title: str
    paragraphs: tuple[str, ...]
    published: str | None
    author: str | None
    publisher: str | None
    other_articles: tuple[str, ...]


# --- what a line is -----------------------------------------------------------------------------

# Degrees as a range, or in a line of hardly more than a town; not the temperature of a cold store.
_WEATHER = re.compile(
    r"\d\s*[°º]\s*C?\s*[-–/~]\s*\d+\s*[°º]|\bicon thời tiết\b|^thời tiết\s*:?$"
    r"|^(?:\S+\s+){0,4}\d+\s*[°º]\s*C?$",
    re.IGNORECASE,
)
# Whole lines: buttons, counters, headings of boxes. A line of prose never equals one of these.
_BUTTON = re.compile(
    r"""^(?:
    (?:chia\s?sẻ|share)(?:\s+(?:bài\s+viết|tin|lên|qua|với|facebook|zalo|twitter|ngay|:|-|,|&|\|)+.{0,25})?
    |(?:theo\s+dõi|quan\s+tâm|đọc)\b.{0,60}\b(?:trên|tại)(?:\s+(?:google(?:\s+news)?|zalo
      |facebook|tiktok|youtube))?
    |(?:facebook|zalo|twitter|x|tiktok|youtube|messenger|google\s+news|google\+?|linkedin
      |pinterest|telegram|viber|rss|email|e-mail|print|like|tweet|follow)
    |(?:in|gửi|lưu|nghe|thích|đánh\s+giá|báo\s+lỗi|sao\s+chép|copy|in\s+trang)(?:\s+(?:bài
      |bài\s+viết|tin|trang|trang\s+này|email|mail|liên\s+kết|link|đọc\s+bài|audio|in))*
    |(?:cỡ\s+chữ|kiểu\s+chữ|tương\s+phản|độc\s+giả\s+đánh\s+giá|giọng\s+đọc|nghe\s+(?:đọc
      |nội\s+dung)).{0,40}
    |a\s*[-+]?\s*\|?\s*a\s*[-+]?(?:\s*\|?\s*a\s*[-+]?)?
    |(?:trang\s+chủ|home|liên\s+hệ|sơ\s+đồ\s+(?:site|cổng|trang|website)|đăng\s+(?:nhập|ký|xuất)
      |giới\s+thiệu|tìm\s+kiếm|menu|quảng\s+cáo|hỏi\s+đáp|thư\s+viện\s+(?:ảnh|video)|english
      |tiếng\s+việt|quay\s+lại|về\s+trang\s+chủ|đầu\s+trang|lên\s+đầu\s+trang|trở\s+về|next|prev
      |previous|trước|sau|đóng)
    |(?:phóng\s+sự\s+ảnh|video|podcast|multimedia|e-?magazine|infographics?|longform|media|audio
      |ảnh|tin\s+ảnh|clip)
    |(?:từ\s+khóa|từ\s+khoá|tags?|chủ\s+đề|dòng\s+sự\s+kiện|sự\s+kiện|chuyên\s+mục|danh\s+mục
      |thẻ)\s*:.{0,120}
    |(?:lượt\s+(?:xem|đọc|truy\s+cập)|số\s+lượt\s+(?:xem|truy\s+cập)|đã\s+xem|views?|bình\s+luận
      |đang\s+truy\s+cập|hôm\s+nay|tổng\s+(?:số\s+)?(?:lượt\s+)?truy\s+cập)\s*:?\s*\(?[\d.,]*\)?
    |[\d.,]+\s*(?:lượt\s+(?:xem|đọc)|views?|bình\s+luận|phút\s+đọc)
    |(?:ý\s+kiến\s+(?:của\s+bạn|bạn\s+đọc|\(\d+\))|gửi\s+(?:bình\s+luận|ý\s+kiến
      |phản\s+hồi)(?:\s+của\s+bạn)?|viết\s+bình\s+luận|đăng\s+ký\s+nhận\s+tin|nhập\s+email.{0,40}
      |mã\s+xác\s+(?:nhận|thực).{0,30}|họ\s+(?:và\s+)?tên\s*\*?|nội\s+dung\s*\*?)\s*:?
    |(?:đường\s+dây\s+nóng|hotline|tel|fax)\s*[:.].{0,120}
    |(?:tin|bài)\s*[-,]?\s*(?:ảnh)?
    |(?:cập\s+nhật|đăng|xuất\s+bản)\s*:?
    )[\s.:>»]*$""",
    re.IGNORECASE | re.VERBOSE,
)
# Openings that only the frame of a site has.
_FRAME = re.compile(
    r"^(?:©|copyright\b|bản quyền\b|giấy phép\b|tổng biên tập\b|phó tổng biên tập\b|tòa soạn\b"
    r"|toà soạn\b|cơ quan chủ quản\b|chịu trách nhiệm (?:chính|nội dung|xuất bản)\b"
    r"|trưởng ban biên tập\b|ghi rõ nguồn\b|®|chào mừng (?:quý|các|bạn|đến).{0,40}"
    r"(?:website|trang|cổng)|bạn đang (?:xem|đọc|ở)\b|vui lòng (?:nhập|đăng nhập|bật)"
    r"|trình duyệt (?:của bạn|không)|bạn cần đăng nhập|mời (?:quý vị|bạn đọc|độc giả)\b)",
    re.IGNORECASE,
)
# Contact lines belong to a page's foot; amid the text they may be where a model is found.
_CONTACT = re.compile(
    r"^(?:điện thoại|đt|e-?mail|website|địa chỉ|trụ sở|số điện thoại)\s*[:.]\s*\S", re.IGNORECASE
)
_SITE_MENU = re.compile(
    r"trang chủ|hotline|đường dây nóng|liên hệ|đăng nhập|rss|menu|giới thiệu|tìm kiếm|english",
    re.IGNORECASE,
)
_MARKER = re.compile(
    r"""^\W*(?:
    (?:các\s+)?(?:tin|bài|bài\s+viết|bài\s+báo|tin\s+bài|tin\s+tức|video|tin,\s*bài)\s+
      (?:(?:có\s+)?liên\s+quan|khác|mới|mới\s+(?:nhất|hơn|đăng|cập\s+nhật)|cũ|cũ\s+hơn|đã\s+đưa
      |đã\s+đăng|nổi\s+bật|cùng\s+(?:chuyên\s+mục|mục|chủ\s+đề|loại|lĩnh\s+vực)|đọc\s+nhiều
      |xem\s+nhiều|tiêu\s+điểm|trong\s+(?:ngày|chuyên\s+mục|tuần))(?:\s+(?:nhất|khác))?
    |(?:đọc|xem)\s+(?:thêm|tiếp|nhiều(?:\s+nhất)?)|xem\s+tất\s+cả
    |các\s+(?:bài\s+)?đăng\s+khác|cùng\s+chuyên\s+mục|có\s+thể\s+bạn\s+quan\s+tâm|liên\s+quan
      |tiêu\s+điểm|nổi\s+bật|mới\s+nhất
    |có\s+thể\s+bạn\s+(?:thích|chưa\s+đọc)|bạn\s+(?:có\s+thể|nên)\s+(?:quan\s+tâm|đọc)
      |đừng\s+bỏ\s+lỡ
    )\s*[:»>.…]*\s*$""",
    re.IGNORECASE | re.VERBOSE,
)
# The same words with a link behind them on the line, or an arrow before it.
_LINK = re.compile(
    r"^(?:>>+|»+|►|▶|☛|👉)\s*\S"
    r"|^(?:xem thêm|đọc thêm|tin liên quan|xem tiếp|mời xem)\s*[:>»]+\s*\S",
    re.IGNORECASE,
)
_END_MARKER = re.compile(r"cùng|khác|mới|cũ|đã|nhiều|nổi bật|bạn|tiêu điểm|đừng", re.IGNORECASE)
_CAPTION_START = re.compile(
    r"^(?:\(?ảnh|hình|chú thích(?: ảnh)?|trong ảnh)"
    r"(?:\s+(?:ảnh|minh\s+(?:họa|hoạ)|tư liệu|trên|dưới|bìa|\d{1,2}))*\s*[:.]\s*\S"
    r"|^(?:một số|những|các) hình ảnh\b[^.!?;…]{0,90}:?$"
    r"|^(?:\(?ảnh\s+(?:minh\s+(?:họa|hoạ)|tư liệu|internet))\W*$",
    re.IGNORECASE,
)
_CREDIT_END = re.compile(
    r"[\s(\[–-]\(?(?:ảnh|hình|nguồn ảnh)(?:\s+(?:minh\s+(?:họa|hoạ)|tư liệu))?"
    r"\s*(?::\s*[^.:;!?]{0,30}(?:\.[^\s.:;!?]{1,4}){0,3}|minh\s+(?:họa|hoạ)|tư liệu)[.)\]]*$",
    re.IGNORECASE,
)
# Who stands where in a picture.
_POSITION = re.compile(
    r"\((?:[^()]{0,25}\s)?(?:giữa|bìa (?:trái|phải)|bên (?:trái|phải)|ngoài cùng|trái|phải|đứng"
    r"|hàng (?:đầu|trước|trên|sau)|từ (?:trái|phải)(?:\s+(?:sang|qua)(?:\s+(?:trái|phải))?)?)"
    r"(?:,[^()]{0,25})?\)",
    re.IGNORECASE,
)
_MAX_CAPTION_WORDS = 60
_MAX_CELL_WORDS = 15
# Paragraphs that show what an article speaks of, and how much more of a headline's words they must
# hold than of another's.
_OPENING = 4
_CLEARLY = 0.35
_ITEM = re.compile(r"^(?:[-–—+•*●▪✓]|\d{1,2}[.)]|[a-zđ]\)|[IVX]{1,4}\.)\s*\S")
_SENTENCE_END = re.compile(r"[.!?…;:][\"”’»)\]]*$|\.{2,}$")
_QUESTION_END = re.compile(r"[?!][\"”’»)\]]*$")
_WORD = re.compile(r"[^\W_]+")
_FIGURE = re.compile(r"\d+")
# No dash: a heading may name four fields with dashes between them.
_SEPARATOR = re.compile(r"\s+(?:/|::)\s*|[>»›|•·]")
# A headline seldom has more words; a paragraph seldom has fewer without any end mark.
_MAX_SHORT_WORDS = 30
_SIGNED = re.compile(
    r"^(?P<body>.+[.!?…”\"/)])\s*(?P<sign>(?:\((?:theo|nguồn)\b[^()]{2,60}\)"
    r"|(?:bài|tin)(?:\s*(?:,|và|&|-)\s*(?:bài|ảnh|tin|clip|video))*\s*:\s*[^.:;!?]{2,50}))\.?$",
    re.IGNORECASE,
)
_SIGNED_END = re.compile(r"^(?P<body>.+\./\.)\s*(?P<sign>[^.!?:;]{2,50})\.?$")


def read_lines(text: str) -> list[Line]:
    """Return the lines of a page in reading form, each with its kind; blank lines are left out."""
    lines: list[Line] = []
    blank = True
    for raw in to_reading_form(text).split("\n"):
        if not raw.strip():
            blank = True
            continue
        for part in _split_signature(raw.strip()):
            date = parse_date_line(part)
            lines.append(Line(part, _kind(part, date), not blank and bool(lines), date))
            blank = False
    return _with_table_rows(lines)


def _with_table_rows(lines: list[Line]) -> list[Line]:
    """Return the lines, those of tables as items: a row of two words and a figure is no headline.

    A table is two rows or more of as many short cells, with a figure in one of them. Dates make
    a list of other articles of it.
    """
    cells = [line.text.split(" | ") for line in lines]
    found = list(lines)
    start = 0
    while start < len(lines):
        end = start + 1
        while end < len(lines) and len(cells[end]) == len(cells[start]):
            end += 1
        rows = cells[start:end]
        if len(rows[0]) > 1 and _is_table(rows):
            found[start:end] = [replace(line, kind=LineKind.ITEM) for line in lines[start:end]]
        start = end
    return found


def _is_table(rows: Sequence[Sequence[str]]) -> bool:
    every = [cell for row in rows for cell in row]
    return (
        len(rows) > 1
        and max(len(cell.split()) for cell in every) <= _MAX_CELL_WORDS
        and any(char.isdigit() for row in rows for char in "".join(row))
        and not any(parse_date_line(cell) for cell in every)
    )


def _split_signature(line: str) -> list[str]:
    """Return the line, or its text and the signature that was glued to its end."""
    match = _SIGNED.match(line) or _SIGNED_END.match(line)
    if match and len(match["body"].split()) > 8 and parse_byline(match["sign"].strip()):
        return [match["body"].strip(), match["sign"].strip()]
    return [line]


def _kind(text: str, date: DateLine | None) -> LineKind:
    words = len(_WORD.findall(text))
    if words == 0 or _is_frame(text, words):
        return LineKind.FURNITURE
    if date is not None:
        return LineKind.DATE
    if _MARKER.match(text):
        return LineKind.MARKER
    if words <= 30 and _LINK.match(text):
        return LineKind.FURNITURE
    if _is_caption(text, words):
        return LineKind.CAPTION
    if _ITEM.match(text):
        return LineKind.ITEM
    if _QUESTION_END.search(text):
        return LineKind.SHORT if words <= 20 else LineKind.PROSE
    if _SENTENCE_END.search(text):
        return LineKind.PROSE if words >= 8 or text[-1] in ":;" else LineKind.SHORT
    return LineKind.SHORT if words <= _MAX_SHORT_WORDS else LineKind.PROSE


def _is_frame(text: str, words: int) -> bool:
    if words <= 20 and _WEATHER.search(text) and not _SENTENCE_END.search(text):
        return True
    if words <= 40 and (_BUTTON.match(text) or _FRAME.match(text)):
        return parse_byline(text) is None or bool(_BUTTON.match(text))
    # Breadcrumbs and menus: many short parts between separators, no sentence.
    parts = [part for part in _SEPARATOR.split(text) if part.strip()]
    if re.match(r"trang chủ\b", text, re.IGNORECASE) and words <= 30 and len(parts) > 1:
        return True
    longest = max(len(part.split()) for part in parts) if parts else 0
    return len(parts) >= 4 and longest <= 4 and not re.search(r"\d|[.;:?!]", text)


def _is_caption(text: str, words: int) -> bool:
    if words > _MAX_CAPTION_WORDS:
        return False
    if _CAPTION_START.match(text):
        return True
    # Several sentences with a credit are a paragraph that a caption ran into: kept.
    one_sentence = len(re.findall(r"[.!?…]\s+[^\Wa-z\d_]", _CREDIT_END.sub("", text))) == 0
    return one_sentence and bool(
        _CREDIT_END.search(text) or (_POSITION.search(text) and words <= 45)
    )


# --- the whole page -----------------------------------------------------------------------------


def clean_page(text: str, *, title: str | None = None) -> CleanedPage:
    """Return the main article of a page.

    Args:
        text: Lines of the page in any form.
        title: Headline, where the page declares it; otherwise it is looked for.

    Example:
        >>> lines = ["Trang chủ > Tin tức", "Xã A có mô hình hay", "05/03/2024 08:10",
        ...     "Xã A vừa nhân rộng mô hình thu gom rác tại mười ấp trong xã.", "Thu Hà"]
        >>> page = clean_page(chr(10).join(lines))
        >>> page.title, page.published, page.author, len(page.paragraphs)
        ('Xã A có mô hình hay', '2024-03-05', 'Thu Hà', 1)
    """
    every = read_lines(text)
    visit_dates = _visit_dates(every)
    publisher = find_publisher(line.text for line in every if line.kind is not LineKind.PROSE)
    lines = [
        line
        for index, line in enumerate(every)
        if line.kind is not LineKind.FURNITURE and index not in visit_dates
    ]
    lines = _drop_repeats(_drop_contacts(lines))
    start = next((i for i, line in enumerate(lines) if _is_text(line)), len(lines))
    heading = _find_title(lines, start, title)
    if title is not None and heading is None:
        shown = _find_title(lines, start, None)
        if shown is not None and _is_name_of_site(title, lines[shown].text, lines, start):
            title, heading = None, shown
    published, author = _read_head(lines, start, heading)
    found = title or (lines[heading].text if heading is not None else None)
    body = _body_lines(lines, start, heading, found)
    end, byline, signature_end = _find_end(body, found)
    others = [line.text for line in body[end:]]
    under_lead = _name_under_lead(body[:end])
    if under_lead is not None and (named := parse_byline(body[under_lead].text)):
        author = author or named.name
    body = _drop_inside(body[:end], found)
    paragraphs = [line.text for line in body]
    if published is None:
        published = _labelled_date(signature_end)
    if found is None:
        found = derive_title(paragraphs[0]) if paragraphs else ""
    return CleanedPage(
        title=found,
        paragraphs=tuple(paragraphs),
        published=published,
        author=byline or author,
        publisher=publisher or _credited_publisher(signature_end),
        other_articles=tuple(others),
    )


def _is_text(line: Line) -> bool:
    return line.kind in {LineKind.PROSE, LineKind.ITEM}


def _drop_contacts(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without addresses and telephone numbers below the last text."""
    last = max((i for i, line in enumerate(lines) if line.kind is LineKind.PROSE), default=-1)
    return [line for i, line in enumerate(lines) if i <= last or not _CONTACT.match(line.text)]


def _visit_dates(lines: Sequence[Line]) -> set[int]:
    """Return the indexes of date lines that show the day of the visit.

    The clock of a page header ticks in seconds, or stands by the weather or in the menu.
    """
    found = set()
    for index, line in enumerate(lines):
        if line.date is None or line.date.is_labelled:
            continue
        near = lines[max(0, index - 2) : index + 3]
        by_weather = any(
            other.kind is LineKind.FURNITURE and _WEATHER.search(other.text) for other in near
        )
        above_text = not any(other.kind is LineKind.SHORT for other in lines[:index])
        following = lines[index + 1] if index + 1 < len(lines) else None
        in_menu = (
            above_text
            and following is not None
            and following.kind is LineKind.FURNITURE
            and bool(_SITE_MENU.search(following.text))
        )
        # A weekday and no time, above the headline: the date of today in a page header.
        in_header = (
            above_text
            and line.date.has_weekday
            and not line.date.has_time
            and following is not None
            and following.kind is LineKind.SHORT
        )
        if line.date.has_seconds or by_weather or in_menu or in_header:
            found.add(index)
    return found


# The same lines are compared many times over; a page seldom has more of them.
@lru_cache(maxsize=2048)
def _key(text: str) -> str:
    """Return a text for comparison: letters and digits only, quotes and tone style do not count."""
    return " ".join(_WORD.findall(to_matching_form(text)))


def _drop_repeats(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without repeated captions, repeated leads and what stands twice.

    A sentence twice in a row is a picture's alternative text and its caption: both go, unless it
    is the first text (a lead twice), long, or gives a figure found nowhere else. What returns
    farther away goes the second time. A line that only begins a longer line near by is a
    shortened lead: it goes.
    """
    keys = [_key(line.text) for line in lines]
    count = Counter(keys)
    owners = _owners_of_figures(keys)
    first_text = _first_lasting_text(lines, keys)
    after_lead = len(keys) if first_text is None else first_text
    dropped: set[int] = set()
    seen: set[str] = set()
    for index, (line, key) in enumerate(zip(lines, keys, strict=True)):
        words = len(key.split())
        if line.kind not in {LineKind.PROSE, LineKind.CAPTION, LineKind.SHORT}:
            continue
        if line.kind is LineKind.SHORT and (words < 5 or parse_byline(line.text) is not None):
            continue
        if key in seen:
            # A short line may come back: the headline, or a sub-heading of two parts.
            # A lead of one sentence may say what its headline says.
            again = line.kind is LineKind.SHORT and not (
                keys[index - 1] == key and index > after_lead
            )
            if index != first_text and not again:
                dropped.add(index)
        elif index + 1 < len(keys) and keys[index + 1] == key:
            is_lead = index == first_text or (line.kind is LineKind.SHORT and index < after_lead)
            if not is_lead and words <= 45 and all(owners[f] > 1 for f in _FIGURE.findall(key)):
                dropped.add(index)
        elif line.kind is not LineKind.CAPTION and count[key] == 1:
            longer = range(max(0, index - 4), min(len(keys), index + 9))
            if any(_is_shortened(key, keys[i]) for i in longer):
                dropped.add(index)
        seen.add(key)
    return [line for index, line in enumerate(lines) if index not in dropped]


def _is_shortened(key: str, other: str) -> bool:
    """Tell whether a text only begins another one; the cut may fall inside a word."""
    return key != other and other.startswith(key) and len(key.split()) >= 8


def _first_lasting_text(lines: Sequence[Line], keys: Sequence[str]) -> int | None:
    """Return the index of the lead: the first prose that no longer line near by begins with."""
    for index, line in enumerate(lines):
        if line.kind not in {LineKind.PROSE, LineKind.SHORT}:
            continue
        later = range(index + 1, min(len(keys), index + 9))
        whole = next((i for i in later if _is_shortened(keys[index], keys[i])), None)
        if whole is not None:
            return whole
        if line.kind is LineKind.PROSE:
            return index
    return None


def _owners_of_figures(keys: Sequence[str]) -> Counter[str]:
    """Return in how many different lines each figure stands."""
    return Counter(figure for key in set(keys) for figure in set(_FIGURE.findall(key)))


# --- head ---------------------------------------------------------------------------------------


def _find_title(lines: Sequence[Line], start: int, declared: str | None) -> int | None:
    """Return the index of the headline among the lines before the first text, or None.

    The line above the date line is it; otherwise the first short line of enough words, unless a
    later one shares clearly more words with the text (then the first ones were a ticker).
    """
    if declared is not None:
        wanted = _key(declared)
        return next((i for i in range(len(lines)) if _key(lines[i].text) == wanted), None)
    candidates = [i for i in range(start) if _may_be_title(lines[i])] or [
        # A headline all in capitals has the shape of a name.
        i
        for i in range(start)
        if lines[i].text.isupper() and len(lines[i].text.split()) >= 3
    ]
    if not candidates:
        return None
    dated = [i for i in range(start) if lines[i].kind is LineKind.DATE]
    for date_index in dated:
        above = [i for i in candidates if i < date_index]
        if above and date_index - above[-1] <= 3:
            return above[-1]
    following = set(_key(" ".join(line.text for line in lines[start : start + 4])).split())
    shares = {i: _share(_key(lines[i].text).split(), following) for i in candidates}
    long_enough = [i for i in candidates if len(lines[i].text.split()) >= 5] or candidates
    first = long_enough[0]
    best = max(long_enough, key=lambda i: shares[i])
    return best if shares[best] > shares[first] + _CLEARLY else first


def _is_name_of_site(declared: str, shown: str, lines: Sequence[Line], start: int) -> bool:
    """Tell whether a declared title is the site's, as portals put it, and not the headline shown.

    The text speaks of its own headline; the declared one is nowhere on the page.
    """
    text = [line.text for line in lines[start:] if _is_text(line)][:_OPENING]
    vocabulary = set(_key(" ".join(text)).split())
    shares = [_share(_key(title).split(), vocabulary) for title in (declared, shown)]
    return shares[1] > shares[0] + _CLEARLY and len(shown.split()) >= 5


def _may_be_title(line: Line) -> bool:
    if line.kind is not LineKind.SHORT or is_publisher(line.text):
        return False
    byline = parse_byline(line.text)
    return byline is None or (byline.is_unit and byline.word_count >= 5)


def _share(words: Sequence[str], vocabulary: set[str]) -> float:
    return sum(word in vocabulary for word in words) / len(words) if words else 0.0


def _read_head(
    lines: Sequence[Line], start: int, heading: int | None
) -> tuple[str | None, str | None]:
    """Return date and author from the lines about the headline and the lead."""
    # The date may stand under the lead; below the second paragraph it dates something else.
    texts = [i for i in range(start, len(lines)) if _is_text(lines[i])]
    limit = texts[1] if len(texts) > 1 else start
    dates = [(i, line.date) for i, line in enumerate(lines[:limit]) if line.date is not None]
    below = [pair for pair in dates if heading is None or pair[0] > heading]
    chosen = next((d for _, d in below if d.is_labelled), None) or (
        below[0][1] if below else dates[-1][1] if dates else None
    )
    first = 0 if heading is None else heading + 1
    names = [line.text for line in lines[first:start] if line.kind is LineKind.SHORT]
    if chosen is not None and chosen.rest:
        names.append(chosen.rest)
    author = None
    for name in names:
        byline = parse_byline(name)
        if byline and not is_publisher(name) and (byline.is_labelled or not byline.is_unit):
            author = byline.name
            break
    return (chosen.published if chosen else None), author


def _body_lines(
    lines: Sequence[Line], start: int, heading: int | None, title: str | None
) -> list[Line]:
    """Return the lines from the lead on; of the head, sub-titles stay."""
    wanted = _key(title) if title else None
    head: list[Line] = []
    if heading is not None and heading < start:
        for line in lines[heading + 1 : start]:
            keeps = line.kind is LineKind.SHORT and _key(line.text) != wanted
            if keeps and not is_publisher(line.text) and parse_byline(line.text) is None:
                head.append(line)
    rest = list(lines[start:])
    # No text at all (a page of short lines): nothing tells a headline from a line of text.
    while rest and rest[0].kind is LineKind.SHORT and _key(rest[0].text) == wanted:
        rest.pop(0)
    return head + rest


def _labelled_date(lines: Sequence[Line]) -> str | None:
    dates = (line.date for line in lines if line.date is not None)
    return next((date.published for date in dates if date.is_labelled), None)


def _credited_publisher(lines: Sequence[Line]) -> str | None:
    """Return the newspaper that the text is credited to ("Nguồn: Báo X", "Theo TTXVN")."""
    for line in lines:
        byline = parse_byline(line.text)
        if byline and byline.is_source and (is_publisher(byline.name) or byline.is_site):
            return byline.name
    return None


# --- end ----------------------------------------------------------------------------------------

# Lines of other articles share at most a third as many word pairs with an article as its own
# paragraphs share with each other; later paragraphs of it share two thirds and more.
_FOREIGN_RATIO = 0.45
_DAY_OPENING = re.compile(
    r"(?:(?:sáng|trưa|chiều|tối|đêm)\s+)?(?:ngày\s+)?\d{1,2}[/-]\d{1,2}\b", re.IGNORECASE
)
# Lines below a signature or a marker that are looked at; nothing is learned from more of them.
_MAX_TAIL = 600
# The wording of longer pages is not compared pair by pair: they are books and registers.
_MAX_COMPARED = 1500
# Of fewer paragraphs the wording of an article is not known well enough to tell.
_MIN_KNOWN = 4


def _find_end(body: Sequence[Line], title: str | None) -> tuple[int, str | None, list[Line]]:
    """Return where the article ends, its author if a line signs it, and the lines about the end."""
    texts = [i for i, line in enumerate(body) if _is_text(line)]
    if not texts:
        return len(body), None, []
    for index in range(texts[0] + 1, len(body)):
        line = body[index]
        if line.kind is LineKind.MARKER and _ends_at_marker(body, index, title):
            return _signed_end(body, _unsigned_end(body[:index], title))
        name = _signature(body, index, title)
        if name is not None:
            more = [name, *_further_names(body, index)]
            return index, _author(body, index, more), list(body[index : index + 4])
    return _signed_end(body, _unsigned_end(body, title))


def _signed_end(body: Sequence[Line], end: int) -> tuple[int, str | None, list[Line]]:
    """Return the end before the signature, if the line before the end is one."""
    line = body[end - 1]
    byline = parse_byline(line.text) if line.kind is LineKind.SHORT else None
    if end < 2 or byline is None or _is_mentioned(line.text, body[:end], end - 1):
        return end, None, list(body[end:])
    return end - 1, _author(body, end - 1, [byline.name]), list(body[end - 1 :])


def _author(body: Sequence[Line], index: int, names: Sequence[str]) -> str | None:
    byline = parse_byline(body[index].text)
    if byline and byline.is_source and (is_publisher(byline.name) or byline.is_site):
        return None  # the name of a newspaper: see `_credited_publisher`
    return names[0] if byline else None


def _further_names(body: Sequence[Line], index: int) -> list[str]:
    following = body[index + 1 : index + 2]
    return [byline.name for line in following if (byline := parse_byline(line.text))]


def _signature(body: Sequence[Line], index: int, title: str | None) -> str | None:
    """Return the name if this line signs the article above it.

    What follows decides: nothing, or the teasers of other articles.
    """
    line = body[index]
    if line.kind not in {LineKind.SHORT, LineKind.PROSE, LineKind.CAPTION}:
        return None
    byline = parse_byline(line.text)
    if byline is None:
        return None
    # A second signature line (writer, then source) belongs to the first.
    tail = list(body[index + 1 : index + 1 + _MAX_TAIL])
    while tail and (
        tail[0].kind is LineKind.CAPTION
        or ((other := parse_byline(tail[0].text)) and (other.is_labelled or other.is_source))
    ):
        tail.pop(0)
    shape = _tail_shape(tail)
    if byline.is_labelled or byline.is_source:
        is_end = shape != "text" or _is_foreign(tail, body[:index], title)
        return byline.name if is_end else None
    if shape == "empty":
        return byline.name
    # More names than an article has signatures are a list of people, not worth comparing.
    listed = sum(parse_byline(other.text) is not None for other in tail[:60]) > 10
    foreign = (
        len(tail) >= 4
        and not listed
        and not byline.is_caps
        and _is_foreign(tail, body[:index], title)
    )
    if not byline.is_newsroom and (byline.word_count == 1 or byline.is_unit):
        # One word or an office may be a heading: what follows must show the end by more.
        marked = shape == "dated" or tail[0].kind is LineKind.MARKER
        return byline.name if marked or (foreign and shape != "text") else None
    if (shape == "text" and not foreign) or _is_mentioned(line.text, body, index):
        return None
    return byline.name


def _is_mentioned(name: str, body: Sequence[Line], index: int) -> bool:
    """Tell whether the article speaks of the person: then the line is a heading about them."""
    key = _key(name)
    return any(
        f" {key} " in f" {_key(line.text)} "
        for i, line in enumerate(body)
        if i != index and _is_text(line)
    )


def _tail_shape(tail: Sequence[Line]) -> str:
    """Return what lines are like: "empty", "titles", "pairs", "dated" or "text".

    Teasers are headlines, headlines each with one paragraph, or paragraphs each with a date. An
    article that goes on has paragraphs one after the other.
    """
    kinds = [line.kind for line in tail if line.kind not in {LineKind.MARKER, LineKind.CAPTION}]
    if not kinds:
        return "empty"
    prose = [i for i, kind in enumerate(kinds) if kind in {LineKind.PROSE, LineKind.ITEM}]
    if not prose:
        return "titles"
    dates = kinds.count(LineKind.DATE)
    if dates and LineKind.DATE in kinds[:2] and dates >= 0.6 * len(prose):
        return "dated"
    runs = sum(b - a == 1 for a, b in pairwise(prose))
    # One summary in seven may have come in two paragraphs.
    if prose[0] == 0 or runs > len(prose) / 7:
        return "text"
    return "pairs"


def _ends_at_marker(body: Sequence[Line], index: int, title: str | None) -> bool:
    """Tell whether a heading of other articles ends the article or stands amid it."""
    tail = body[index + 1 : index + 1 + _MAX_TAIL]
    shape = _tail_shape(tail)
    if shape in {"empty", "titles", "dated"}:
        return True
    count = sum(line.kind is LineKind.PROSE for line in tail)
    if shape == "pairs" and count >= 3 and _END_MARKER.search(body[index].text):
        return True
    return _is_foreign(tail, body[:index], title) if shape == "pairs" else False


def _unsigned_end(body: Sequence[Line], title: str | None) -> int:
    """Return the end of an article that nobody signed: dated teasers, pairs or a list of links."""
    dates = [i for i, line in enumerate(body) if line.kind is LineKind.DATE]
    texts = [i for i, line in enumerate(body) if _is_text(line)]
    late = [i for i in dates if i > texts[0]]
    if len(late) >= 2 and _tail_shape(body[late[0] :]) != "text":
        first = late[0]
        if body[first - 1].kind is LineKind.SHORT and first - 1 > texts[0]:
            return first - 1
        return first
    # Headline and summary in turn up to the end: sub-headings may do so too, so that length of
    # the headlines and foreign wording must both speak for teasers.
    start = len(body)
    while start >= 2 and _is_pair(body[start - 2], body[start - 1]):
        start -= 2
    begin = max(start, texts[0] + 1)
    begin += (len(body) - begin) % 2
    tail = body[begin:]
    # Words of the headlines from each on, summed once: a register may have thousands of pairs.
    headline_words = list(accumulate(len(line.text.split()) for line in reversed(tail[::2])))[::-1]
    candidates = range(begin, len(body) - 5, 2) if len(body) <= _MAX_COMPARED else ()
    for first in candidates:
        heads = (len(body) - first) // 2
        if headline_words[(first - begin) // 2] < 8 * heads:
            continue
        # Summaries of news open with their day, each with another: wording may be nearer then.
        days = {match[0] for line in body[first:] if (match := _DAY_OPENING.match(line.text))}
        nearer = len(days) >= 2 and heads >= 5
        whole, pair = (0.65, 0.9) if nearer else (_FOREIGN_RATIO, _FOREIGN_RATIO)
        if _is_foreign(body[first : first + 2], body[:first], title, pair) and _is_foreign(
            body[first:], body[:first], title, whole
        ):
            return first
    start = len(body)
    while start and body[start - 1].kind is LineKind.SHORT:
        start -= 1
    links = body[start:]
    if len(links) >= 3 and start > texts[0] and not body[start - 1].text.endswith(":"):
        words = sum(len(line.text.split()) for line in links) / len(links)
        if words >= 8 and _is_foreign(links, body[:start], title):
            return start
    return len(body)


def _is_pair(head: Line, summary: Line) -> bool:
    return head.kind is LineKind.SHORT and summary.kind is LineKind.PROSE


def _pairs_of(text: str) -> list[tuple[str, str]]:
    words = _WORD.findall(fold(text))
    return list(pairwise(words))


def _is_foreign(
    tail: Sequence[Line],
    article: Sequence[Line],
    title: str | None,
    ratio: float = _FOREIGN_RATIO,
) -> bool:
    """Tell whether lines share far less wording with the article than its own paragraphs do."""
    own = [_pairs_of(line.text) for line in article if line.kind is LineKind.PROSE]
    others = [
        pairs
        for line in tail
        if line.kind in {LineKind.PROSE, LineKind.SHORT} and (pairs := _pairs_of(line.text))
    ]
    if len(own) < _MIN_KNOWN or not others:
        return False
    # A pair counts as shared by a paragraph if any other paragraph or the title has it.
    owners = Counter(pair for pairs in [*own, _pairs_of(title or "")] for pair in set(pairs))
    inner = [sum(owners[pair] > 1 for pair in pairs) / max(1, len(pairs)) for pairs in own]
    outer = [sum(owners[pair] > 0 for pair in pairs) / len(pairs) for pairs in others]
    return sum(outer) / len(outer) < ratio * sum(inner) / len(inner)


# --- inside -------------------------------------------------------------------------------------


def _drop_inside(body: Sequence[Line], title: str | None) -> list[Line]:
    """Return the lines of the article without captions, dates, boxes of links and credits."""
    spaced = _is_spaced(body)
    wanted = _key(title) if title else None
    texts = [i for i, line in enumerate(body) if _is_text(line)]
    lead = texts[0] if texts else len(body)
    dropped: set[int] = set()
    for index, line in enumerate(body):
        if line.kind in {LineKind.CAPTION, LineKind.DATE}:
            dropped.add(index)
        elif line.kind is LineKind.MARKER:
            dropped.add(index)
            dropped.update(_box(body, index))
        elif wanted is not None and index > lead and _key(line.text) == wanted:
            # The headline again, amid the text: a picture's alternative text; a line glued to it
            # on a page that sets paragraphs apart is the caption.
            dropped.add(index)
            if spaced and _is_lone_glued(body, index + 1):
                dropped.add(index + 1)
    dropped.update(_links_after_lead(body, lead, spaced))
    dropped.update(_head_names(body, lead))
    kept = [line for index, line in enumerate(body) if index not in dropped]
    return [replace(line, text=_strip_credit(line.text)) for line in kept]


def _strip_credit(text: str) -> str:
    """Return a paragraph without the photographer's credit that ran into its end."""
    stripped = _CREDIT_END.sub("", text).rstrip()
    return stripped if _SENTENCE_END.search(stripped) else text


def _is_spaced(body: Sequence[Line]) -> bool:
    """Tell whether the page sets its paragraphs apart by blank lines."""
    prose = [line for line in body[1:] if line.kind is LineKind.PROSE]
    return len(prose) >= 3 and sum(not line.is_glued for line in prose) >= 0.6 * len(prose)


def _is_lone_glued(body: Sequence[Line], index: int) -> bool:
    if index >= len(body) or not body[index].is_glued or not body[index].text:
        return False
    following_apart = index + 1 == len(body) or not body[index + 1].is_glued
    return following_apart and len(body[index].text.split()) <= 45


def _box(body: Sequence[Line], marker: int) -> list[int]:
    """Return the links under a heading of other articles amid the text.

    The last short line may be the sub-heading of what follows; a link is longer than that.
    """
    links = []
    for index in range(marker + 1, len(body)):
        if body[index].kind not in {LineKind.SHORT, LineKind.DATE}:
            break
        links.append(index)
    if links and len(body[links[-1]].text.split()) < 8:
        links.pop()
    return links


def _links_after_lead(body: Sequence[Line], lead: int, spaced: bool) -> list[int]:
    """Return the lines right after the lead that link to other articles.

    A sub-heading stands apart and is short; links are glued to the lead, or long, or several.
    """
    links = []
    for index in range(lead + 1, len(body)):
        if body[index].kind is not LineKind.SHORT:
            break
        links.append(index)
    if not links or links[-1] + 1 >= len(body):
        return []
    long_ones = [i for i in links if len(body[i].text.split()) >= 15]
    glued = [i for i in links if spaced and body[i].is_glued and body[i].text]
    if len(links) >= 2:
        # Of several, a last short one that stands apart is the sub-heading of what follows.
        return [i for i in links if i in glued or i in long_ones or i != links[-1]]
    return sorted({*long_ones, *glued})


def _head_names(body: Sequence[Line], lead: int) -> list[int]:
    """Return signatures that stand just under the lead or as labels anywhere."""
    names = []
    for index, line in enumerate(body):
        if line.kind is not LineKind.SHORT:
            continue
        byline = parse_byline(line.text)
        if byline and (byline.is_labelled or (index == lead + 1 and is_publisher(line.text))):
            names.append(index)
    return names + [index for index in [_name_under_lead(body)] if index is not None]


def _name_under_lead(body: Sequence[Line]) -> int | None:
    """Return the index of the writer's name if it stands alone under the lead."""
    texts = [i for i, line in enumerate(body) if _is_text(line)]
    if len(texts) < 3 or texts[1] != texts[0] + 2:
        return None
    line = body[texts[0] + 1]
    byline = parse_byline(line.text) if line.kind is LineKind.SHORT else None
    if byline is None or byline.is_unit or byline.is_caps or byline.word_count < 2:
        return None
    return None if _is_mentioned(line.text, body, texts[0] + 1) else texts[0] + 1
