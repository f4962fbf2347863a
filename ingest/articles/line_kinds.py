"""What a line of a news page is by itself: a button, a date, a caption, a headline, prose.

The words of a line decide, never its neighbours, except that rows of a table are told by standing
together. Where a line stands and what follows it is weighed by `article_head`, `article_end` and
`article_body`.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import Enum, auto
from functools import lru_cache

from ingest.metadata.bylines import parse_byline
from ingest.metadata.dates import DateLine, parse_date_line
from kb.text import to_matching_form, to_reading_form

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
_ITEM = re.compile(r"^(?:[-–—+•*●▪✓]|\d{1,2}[.)]|[a-zđ]\)|[IVX]{1,4}\.)\s*\S")
_SENTENCE_END = re.compile(r"[.!?…;:][\"”’»)\]]*$|\.{2,}$")
_QUESTION_END = re.compile(r"[?!][\"”’»)\]]*$")
_WORD = re.compile(r"[^\W_]+")
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
        date: What it says as a date line, None if it is none.
    """

    text: str
    kind: LineKind
    is_glued: bool
    date: DateLine | None = None


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


def shows_weather(text: str) -> bool:
    """Tell whether a line gives the temperature as the header of a site does."""
    return bool(_WEATHER.search(text))


def is_text(line: Line) -> bool:
    """Tell whether a line is a sentence or an item of a list, not a headline or a label."""
    return line.kind in {LineKind.PROSE, LineKind.ITEM}


# The same lines are compared many times over; a page seldom has more of them.
@lru_cache(maxsize=2048)
def comparison_key(text: str) -> str:
    """Return a text for comparison: letters and digits only, quotes and tone style do not count."""
    return " ".join(_WORD.findall(to_matching_form(text)))


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
    if words <= 20 and shows_weather(text) and not _SENTENCE_END.search(text):
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


def without_credit(text: str) -> str:
    """Return a paragraph without the photographer's credit that ran into its end."""
    stripped = _CREDIT_END.sub("", text).rstrip()
    return stripped if _SENTENCE_END.search(stripped) else text
