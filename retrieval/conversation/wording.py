"""Questions as rows of words, and the words that name no subject of their own.

A question "cannot be understood alone" if nothing but asking, pointing and the things that can be
asked of any case (households, results, money, steps) is left in it. The lists below are that
vocabulary: closed classes of Vietnamese and the boxes of a case form, not words of single topics.
"""

import re
from bisect import bisect_right
from functools import cached_property
from itertools import accumulate

from kb.terms import Token, fold_token, token_spans
from kb.text import fold, has_diacritics, to_matching_form, to_reading_form
from retrieval.matching import FUNCTION_WORDS

# Words that ask.
ASKING = (
    "bao nhiêu|bao lâu|bao xa|bao giờ|khi nào|lúc nào|mấy|ai|gì|nào|đâu|thế nào|như thế nào|"
    "ra sao|làm sao|vì sao|tại sao|sao"
)
# Words that frame a question.
_FRAMING = (
    "thì|mà|nhỉ|hả|ạ|à|ừ|vâng|dạ|vậy|thế|còn|nữa|khác|thêm|hãy|xin|vui lòng|làm ơn|giúp|tôi|em|"
    "anh|chị|mình|bạn|biết|hỏi|xem|kể|nêu|nói|rõ|hơn|chi tiết|cụ thể|ngắn gọn|đi|nhé|thử|luôn|"
    "tổng cộng|tổng số|tất cả|khoảng|chừng|hiện nay|hiện|bây giờ|đến nay|rồi|tới|từng|nói chung|"
    "nay|năm nay|năm ngoái|không|chưa|phải|cần|muốn|nên|phần|chính|chủ yếu|trước đây|sau này|"
    "trung bình|bình quân"
)
# What can be asked of any case.
_OF_ANY_CASE = (
    "mô hình|cách làm|cách thức|cách|trường hợp|ví dụ|điển hình|kinh nghiệm|bài học|kết quả|"
    "hiệu quả|tác dụng|lợi ích|ý nghĩa|hộ dân|hộ|người|gia đình|thành viên|hội viên|đoàn viên|"
    "xã viên|tham gia|làm theo|hưởng lợi|thụ hưởng|kinh phí|chi phí|tốn|mất|hết|"
    "tổng vốn|tổng|vốn|tiền|đồng|triệu|tỷ|tỉ|"
    "thu bao nhiêu|thu được|thu về|kiếm được|thu nhập|lãi|lợi nhuận|doanh thu|năng suất|"
    "sản lượng|diện tích|quy mô|số lượng|tỷ lệ|"
    "phần trăm|thời gian|thời điểm|năm|tháng|ngày|vụ|lần|làm|làm được|tổ chức|thực hiện|"
    "triển khai|hoạt động|vận hành|duy trì|nhân rộng|mở rộng|áp dụng|học tập|thành lập|ra đời|"
    "lập|bắt đầu|kết thúc|chủ trì|đứng ra|phụ trách|chịu trách nhiệm|phối hợp|hỗ trợ|đóng góp|"
    "góp|lấy|nguồn lực|nguồn vốn|nguồn|điều kiện|yêu cầu|tiêu chí|khó khăn|thuận lợi|hạn chế|"
    "vướng mắc|bước|các bước|quy trình|nội dung|mục tiêu|lý do|nguyên nhân|đối tượng|địa điểm|"
    "địa chỉ|địa bàn|nơi|chỗ|sản phẩm|đầu ra|tốt|hay|nhất|tiêu biểu|nổi bật|thành công|thất bại|"
    "bền vững|giảm|tăng|đạt|so với|so sánh|giống|giống nhau|khác nhau|khác gì|trước|sau|một|hai|"
    "ba|bốn|sáu|bảy|tám|chín|mười|ha|héc ta|mỗi|các|những"
)
# Headings of a case: asked as they stand ("Kinh phí?").
HEADINGS = (
    "kết quả|hiệu quả|kinh phí|chi phí|cách làm|cách thức|thu nhập|lợi nhuận|thời gian|địa chỉ|"
    "nguồn vốn|nguồn lực|khó khăn|thuận lợi|bài học|bài học kinh nghiệm|điều kiện|"
    "điều kiện nhân rộng|quy trình|các bước|cách tổ chức|quy mô"
)
# Kinds of case, to which "đó" or "thứ hai" may be joined.
CASES = (
    "mô hình|cách làm|cách thức|cách|trường hợp|ví dụ|điển hình|kinh nghiệm|dự án|đề án|"
    "chương trình|phong trào|câu lạc bộ|clb|hợp tác xã|htx|tổ hợp tác|tht|hội quán|tổ tự quản|"
    "tổ liên kết|tổ|nhóm|chi hội|quỹ|cái|việc|hoạt động|mô hình dân vận khéo|đơn vị"
)
PLACES = (
    "nơi|chỗ|địa phương|địa bàn|vùng|tỉnh|thành phố|huyện|quận|thị xã|thị trấn|xã|phường|"
    "thôn|ấp|xóm|khóm|bản|buôn|làng|khu phố"
)
# What may stand before the name of a place.
BEFORE_NAMES = (
    "ở|tại|trong|của|bên|dưới|trên|ngoài|vùng|khu vực|địa bàn|tỉnh|thành phố|tp|huyện|quận|"
    "thị xã|thị trấn|xã|phường|và|với|hoặc|cũ|mới|thôn|ấp|xóm|khóm|bản|buôn|làng|sóc|phum|"
    "khu phố|cồn|cù lao|đảo"
)

_PADDED = r"(?<!\S)(?:{})(?!\S)"


class Phrase:
    r"""A pattern over the words of a question, with and without diacritics.

    The source is written with diacritics, in lower case (which rules out escapes like `\S`);
    words are separated by single spaces, and alternatives stand longest first.
    """

    def __init__(self, source: str) -> None:
        """Compile both readings."""
        self._accented = re.compile(_PADDED.format(to_matching_form(source)))
        self._folded = re.compile(_PADDED.format(fold(source)))

    def of(self, words: "Words") -> re.Pattern[str]:
        """Return the pattern that fits the spelling of a question."""
        return self._accented if words.is_accented else self._folded


def longest_first(*lists: str) -> str:
    """Return alternatives as one, so that "cách làm" is tried before "cách"."""
    words = {word for each in lists for word in each.split("|")}
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


# Things that are counted say nothing by themselves.
_COUNTED = (
    "(?:bao nhiêu|mấy) (?:xã|huyện|tỉnh|thôn|ấp|bản|tổ|nhóm|đội|câu lạc bộ|căn|nhà|cây|con|chiếc|"
    "suất|lượt|mét|km|tấn|kg|tạ|ký|phút|giờ|buổi|cuộc|cơ sở|đơn vị|chị em|bà con|dân|cái|mẫu|sào)"
)
_EMPTY = Phrase(
    f"{_COUNTED}|" + longest_first(ASKING, _FRAMING, _OF_ANY_CASE, "|".join(sorted(FUNCTION_WORDS)))
)
_QUOTED = re.compile(r"“[^”]{4,}”|\"[^\"]{4,}\"")
_YEAR = re.compile(r"(?<!\S)(?:19|20)\d\d(?!\S)")


class Words:
    """A question as a row of words.

    Attributes:
        text: Its reading form.
        tokens: Its tokens, with offsets in `text`.
        is_accented: Whether its words carry marks; names may be written with marks by people who
            leave them out elsewhere, so capitals inside the question do not count.
        line: Its words in the form in which they are compared, separated by single spaces.
    """

    def __init__(self, text: str, *, is_accented: bool | None = None) -> None:
        """Read a text.

        Args:
            text: A question, or a part of one.
            is_accented: How it is read; None if its own words tell.
        """
        self.text = to_reading_form(text)
        self.tokens = token_spans(self.text)
        self.is_accented = self._carries_marks() if is_accented is None else is_accented
        forms = [self._form(token) for token in self.tokens]
        self.line = " ".join(forms)
        self._starts = list(accumulate((len(form) + 1 for form in forms), initial=0))[:-1]

    def _carries_marks(self) -> bool:
        raws = [self.raw(token) for token in self.tokens]
        lower = [raw for position, raw in enumerate(raws) if not position or not raw[0].isupper()]
        return any(has_diacritics(raw) for raw in lower)

    def _form(self, token: Token) -> str:
        form = token.text.replace(" ", "")
        return form if self.is_accented else fold_token(form)

    def raw(self, token: Token) -> str:
        """Return a token as written."""
        return self.text[token.start_char : token.end_char]

    def index_at(self, position: int) -> int:
        """Return the number of the token that a place of `line` lies in."""
        return bisect_right(self._starts, position) - 1

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Return the span of `text` of a stretch of `line` that is not empty."""
        first, last = self.index_at(start), self.index_at(end - 1)
        return self.tokens[first].start_char, self.tokens[last].end_char

    def part(self, start_char: int, end_char: int | None = None) -> "Words":
        """Return a stretch of `text` as words, read as the whole is."""
        return Words(self.text[start_char:end_char], is_accented=self.is_accented)

    @cached_property
    def content(self) -> tuple[str, ...]:
        """The words that name a subject, in order."""
        rest = _EMPTY.of(self).sub(" ", self.line)
        return tuple(_YEAR.sub(" ", rest).split())

    @cached_property
    def has_quoted_name(self) -> bool:
        """Whether a name stands in quotation marks."""
        return _QUOTED.search(self.text) is not None
