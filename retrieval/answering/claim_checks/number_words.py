"""Vietnamese numbers in words, where they are counts and no other words.

"năm" is five and a year, "một" one and a, "ba" three and a father: a single word counts as a
number only before something that is counted. Runs ("một trăm hai mươi lăm") are read as spoken.
"""

from collections.abc import Sequence
from decimal import Decimal

_DIGITS = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "năm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8,
    "chín": 9, "mốt": 1, "tư": 4, "lăm": 5, "nhăm": 5, "không": 0,
}  # fmt: skip
_TENS, _ONES_ONLY_LATER = {"mười": 10, "mươi": 10}, frozenset({"mốt", "tư", "lăm", "nhăm", "không"})
_SCALE_WORDS = frozenset({"nghìn", "ngàn", "triệu", "tỷ", "tỉ"})
# What is counted in reports of this kind; a single number word counts only before one of these.
_COUNTED = frozenset(
    "hộ người xã ấp thôn bản làng tổ nhóm chi hội câu mô tuyến căn ngôi con cây ha sào công mẫu km "
    "m² tấn tạ kg lít triệu tỷ tỉ nghìn ngàn bước nội tiêu lớp đoàn đảng thanh phụ cán gia học "
    "em cháu trường chốt cơ điểm máy xe cầu bể thùng lần đợt vụ tháng tuần ngày giờ huyện "
    "tỉnh phường khu khóm buôn".split()
)
# After these "năm" is a year: "mỗi năm", "hằng năm", "trong năm", "nhiều năm", "một năm".
_YEAR_BEFORE = frozenset(
    "mỗi hằng hàng trong sau nhiều một cả đầu cuối giữa từ vào mấy vài những các từng qua "
    "đến tới hết so mười trăm là của trước".split()
)


def read_number_words(
    words: Sequence[str], previous: str, position: int
) -> tuple[Decimal, int] | None:
    """Return the number that a run of words starts with, and the index after it.

    Scale words ("triệu") are left to the caller, as after digits.

    Args:
        words: Words in matching form from the first one on.
        previous: The word before them, or empty.
        position: Index of the first word in its text; the result counts from there.

    Example:
        >>> read_number_words(["hai", "mươi", "lăm", "hộ"], "", 0)
        (Decimal('25'), 3)
        >>> read_number_words(["năm", "2021"], "", 0) is None
        True
    """
    if words[0] in _ONES_ONLY_LATER or previous in _TENS:
        return None
    value, length = _read(words)
    if length == 0:
        return None
    following = words[length] if length < len(words) else ""
    if length == 1 and words[0] != "mười":
        if words[0] == "một" or following not in _COUNTED:
            return None
        if words[0] == "năm" and previous in _YEAR_BEFORE:
            return None
    elif words[0] == "năm" and previous in _YEAR_BEFORE:
        return None
    if words[0] == "mười" and length == 1 and following not in _COUNTED:
        return None
    return Decimal(value), position + length


def _read(words: Sequence[str]) -> tuple[int, int]:
    """Return value and length of the longest number below a thousand that the words start with."""
    total = length = 0
    if len(words) > 1 and words[0] in _DIGITS and words[1] == "trăm":
        total, length = _DIGITS[words[0]] * 100, 2
        if length + 1 < len(words) and words[length] in {"linh", "lẻ"}:
            if words[length + 1] in _DIGITS:
                return total + _DIGITS[words[length + 1]], length + 2
            return total, length
    rest = words[length:]
    if rest and rest[0] == "mười":
        total, length, rest = total + 10, length + 1, rest[1:]
    elif len(rest) > 1 and rest[0] in _DIGITS and rest[1] == "mươi":
        total, length, rest = total + _DIGITS[rest[0]] * 10, length + 2, rest[2:]
    elif length:
        return total, length
    elif rest and rest[0] in _DIGITS:
        return _DIGITS[rest[0]], 1
    if length and rest and rest[0] in _DIGITS and rest[0] != "không":
        # "mười năm" is a decade, and "hai mươi năm" twenty years; five is then "lăm".
        if rest[0] == "năm":
            return total, length
        return total + _DIGITS[rest[0]], length + 1
    return total, length
