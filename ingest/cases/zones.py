"""Which lines of an article are its own: teasers of other articles, bylines and captions are not.

`articles.cleaning` takes site furniture out before; what is left over here is what plain text files
and other extractors let through. A case must never come from a teaser.
"""

import re
from dataclasses import dataclass

from ingest.cases.letters import CAPITALS
from kb.models import Span

_TEASER_LINE = re.compile(
    r"^\W*(?:>>+|»|→|▶|(?:xem|đọc|nghe)\s+(?:thêm|tiếp)|(?:tin|bài)(?:\s+(?:viết|"
    r"đọc))?\s+(?:liên quan|khác|cùng|trước|tiếp|sau\s*:|nhiều)|"
    r"liên quan\s*:|kỳ (?:tới|sau|trước)\s*:|đừng bỏ lỡ|có thể bạn|mời\s+(?:quý\s+)?(?:độc giả|"
    r"bạn đọc)|\[?video\]?\s*[:\]]|clip\s*:|podcast\s*:)",
    re.IGNORECASE,
)
# A line that only heads a block of links.
_TEASER_HEAD = re.compile(
    r"^\W*(?:(?:các\s+)?(?:tin|bài)(?:\s+viết|\s+bài)?\s+(?:liên quan|khác|cùng chuyên mục|"
    r"mới nhất|"
    r"mới hơn|cũ hơn|nổi bật|đọc nhiều|đã đưa)|cùng chuyên mục|có thể bạn quan tâm|"
    r"đọc nhiều(?: nhất)?|"
    r"xem nhiều(?: nhất)?|tin mới(?: nhất)?|bài đọc nhiều|đừng bỏ lỡ|chuyên mục khác|"
    r"có thể bạn thích|bạn đọc quan tâm|(?:tin|bài) (?:viết )?cùng (?:chủ đề|chuyên đề|"
    r"tác giả)|cùng chủ đề|liên quan|"
    r"(?:tin|bài) đọc nhiều|tin nổi bật|xem thêm|đọc thêm|xem tiếp|dòng sự kiện|tin nóng)\W*$",
    re.IGNORECASE,
)
_STAMP = re.compile(
    r"^\W*(?:\d{1,2}:\d{2}\W+)?\d{1,2}[/-]\d{1,2}[/-]\d{4}(?:\W+\d{1,2}:\d{2})?\W*$"
)
_BYLINE = re.compile(
    rf"^(?:(?:tin|bài|ảnh|tác giả|thực hiện|theo)[\w ,&và]*:\s*)?"
    rf"(?:[{CAPITALS}][\w.]*)(?:\s+[{CAPITALS}][\w.]*){{1,4}}"
    rf"(?:\s*[-–,&]\s*[{CAPITALS}][\w.]*(?:\s+[{CAPITALS}][\w.]*){{1,3}})?$"
)
_CREDIT = re.compile(r"^(?:tin|bài|bài viết|tác giả|ảnh)\s*[,:&]", re.IGNORECASE)
_BODY_LENGTH = 160
# What follows a byline is another article only if most of the text stands before it.
_BYLINE_FROM = 0.5


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the article's own text.

    Attributes:
        span: Where it stands, without white space at its ends.
        is_title: Whether it is the first line.
        is_heading: Whether it is short and no sentence.
        is_item: Whether a bullet or a number opens it.
    """

    span: Span
    is_title: bool
    is_heading: bool
    is_item: bool


_ITEM = re.compile(r"(?:[-+•*●▪–—✓]|\d{1,2}[.)]|[a-zđ][.)])\s*(?=\S)")


def own_lines(text: str) -> list[Line]:
    r"""Return the lines that belong to the article itself, in order.

    Example:
        >>> text = "Tên bài\n\nMột câu.\n\nTin liên quan:\n\nMô hình “X” ở nơi khác"
        >>> [text[line.span.start_char:line.span.end_char] for line in own_lines(text)]
        ['Tên bài', 'Một câu.']
    """
    lines: list[Line] = []
    skipping = False
    after_stamp = False
    position = 0
    for raw in text.split("\n"):
        start = position + len(raw) - len(raw.lstrip())
        content = raw.strip()
        position += len(raw) + 1
        if not content:
            continue
        span = Span(start, start + len(content))
        if lines and _is_byline(content, start, len(text)):
            break
        if lines and _TEASER_HEAD.match(content):
            skipping = True
            continue
        is_body = len(content) >= _BODY_LENGTH and content[-1] in '.!?…”"'
        skipping = skipping and not is_body
        stamped, after_stamp = after_stamp, bool(_STAMP.match(content))
        if lines and (skipping or stamped or after_stamp or _TEASER_LINE.match(content)):
            continue
        lines.append(_line(content, span, is_title=not lines))
    # A heading with nothing under it heads another article.
    while len(lines) > 1 and lines[-1].is_heading and not lines[-1].is_item:
        lines.pop()
    return lines


def _line(content: str, span: Span, *, is_title: bool) -> Line:
    item = _ITEM.match(content)
    is_heading = (
        len(content) <= 140
        and content[-1] not in ".!?…:;,"
        and not (item and content[0] in "-+•*●▪")
    )
    return Line(span, is_title, is_heading, item is not None)


def _is_byline(content: str, start: int, length: int) -> bool:
    if len(content) > 60 or start < _BYLINE_FROM * length:
        return False
    if _CREDIT.match(content):
        return True
    return bool(_BYLINE.match(content)) and not any(char.isdigit() for char in content)
