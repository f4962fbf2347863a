"""Titles and names of bodies in capitals, as they are written inside a sentence.

Office papers set both in capitals, which loses what is a name. Names of places are known
(`kb.places`), names of bodies follow a few rules, and a list holds the fixed ones.

Source: Decree 30/2020/NĐ-CP, appendix II (use of capitals).
"""

import re

from kb.abbreviations import is_listed
from kb.places import find_places
from kb.text import fold

_WORD = re.compile(r"[^\W_]+(?:[.&][^\W_]+)*")
# Fixed names, longest first where one begins another.
_FIXED = (
    "Việt Nam", "Hồ Chí Minh", "Mặt trận Tổ quốc", "Ủy ban Mặt trận Tổ quốc",
    "Hội Liên hiệp Phụ nữ", "Hội Nông dân", "Hội Cựu chiến binh", "Hội Chữ thập đỏ",
    "Hội Người cao tuổi", "Hội Khuyến học", "Hội Liên hiệp Thanh niên", "Đoàn Thanh niên",
    "Liên đoàn Lao động", "Ban Dân vận", "Ban Tuyên giáo", "Ban Tổ chức", "Ban Thường vụ",
    "Ban Thường trực", "Ban Chấp hành", "Ban Chỉ đạo", "Ban Bí thư", "Bộ Chính trị",
    "Đảng Cộng sản Việt Nam", "Đảng", "Nhà nước", "Quốc hội", "Chính phủ", "Tổ quốc",
    "Hội đồng nhân dân", "Ủy ban nhân dân", "Thanh niên Cộng sản", "Bộ đội Biên phòng",
    "Ban Chỉ huy", "Bộ Chỉ huy", "Ngân hàng Chính sách xã hội", "Liên minh Hợp tác xã",
)  # fmt: skip
# The word after one of these begins the proper part of a body's name: "Sở Nội vụ".
# "Đảng bộ", "cán bộ" are other words, and a rank ("Đảng bộ huyện") is no proper part.
_HEAD_WORDS = re.compile(
    r"\b(?<!đảng )(?<!cán )(?<!nội )(?<!toàn )(?<!chi )(?<!đồng )(?<!tiến )(?<!hải )"
    r"(?:sở|phòng|bộ|cục|tổng cục|chi cục|viện|trung tâm) "
    r"(?!(?:tỉnh|huyện|xã|phường|quận|thành phố|thị xã|thị trấn)\b)",
    re.IGNORECASE,
)
_RANK = re.compile(r"\b(?:tỉnh|huyện|xã|phường|quận|thành phố|thị xã|thị trấn) ", re.IGNORECASE)
# Names of places have two to four words; of one word it is not sure that it is a name.
_NAME_LENGTHS = (4, 3, 2)
_FIXED_PATTERNS = [
    (re.compile(rf"(?<!\w){re.escape(name)}(?!\w)", re.IGNORECASE), name)
    for name in sorted(_FIXED, key=len)
]
# "phòng, chống", "phòng họp", "bộ máy", "cục bộ": the same words with another meaning.
_NO_BODY = re.compile(r"(?:chống|ngừa|họp|học|ngủ|khám|máy|phận|mặt|bộ|đội|tộc|khách|trừ|cháy)\b")
_ROMAN = re.compile(r"[IVX]{2,5}")


def sentence_case(text: str, written: str = "") -> str:
    """Return a text in capitals as it is written inside a sentence; other text unchanged.

    The first letter is a capital; so are names of places and bodies and abbreviations.

    Args:
        text: In reading form.
        written: Other text of the same document: a place that is not known, because a scan was
            misread or it is a small one, is written as there.

    Example:
        >>> sentence_case("ỦY BAN NHÂN DÂN HUYỆN THỚI BÌNH")
        'Ủy ban nhân dân huyện Thới Bình'
        >>> sentence_case("Kết quả năm 2023")
        'Kết quả năm 2023'
    """
    letters = [char for char in text if char.isalpha()]
    if not letters or sum(char.isupper() for char in letters) < 0.9 * len(letters):
        return text
    lowered = _WORD.sub(_lower, text)
    for match in list(_HEAD_WORDS.finditer(lowered)):
        end = match.end()
        if end < len(lowered) and not _NO_BODY.match(lowered, end):
            lowered = lowered[:end] + lowered[end].upper() + lowered[end + 1 :]
    for pattern, name in _FIXED_PATTERNS:
        lowered = pattern.sub(name, lowered)
    for mention in find_places(text):
        named = _WORD.sub(_capitalize, text[mention.start_char : mention.end_char])
        lowered = lowered[: mention.start_char] + named + lowered[mention.end_char :]
    if written:
        lowered = _places_as_written(lowered, written)
    return lowered[:1].upper() + lowered[1:]


def _places_as_written(lowered: str, written: str) -> str:
    """Return a text with the small words behind ranks as another text writes that place."""
    words = list(_WORD.finditer(written))
    folded = [fold(word[0]) for word in words]
    for rank in reversed(list(_RANK.finditer(lowered))):
        following = lowered[rank.end() :].split(" ")
        for length in _NAME_LENGTHS:
            wanted = " ".join(following[:length])
            if len(following) < length or wanted != wanted.lower():
                continue
            name = _name_in(written, words, folded, wanted)
            if name:
                end = rank.end() + len(wanted)
                lowered = lowered[: rank.end()] + name + lowered[end:]
                break
    return lowered


def _name_in(
    written: str, words: list[re.Match[str]], folded: list[str], wanted: str
) -> str | None:
    """Return a name as written with its capitals, if its words are the wanted ones.

    Marks may differ only where the name as written is that of a known place.
    """
    keys = [fold(word) for word in wanted.split(" ")]
    for index in range(len(words) - len(keys) + 1):
        if folded[index : index + len(keys)] != keys:
            continue
        name = written[words[index].start() : words[index + len(keys) - 1].end()]
        known = name.lower() == wanted or any(mention.text == name for mention in find_places(name))
        if known and name.istitle() and "\n" not in name:
            return name
    return None


def _lower(match: re.Match[str]) -> str:
    word = match[0]
    keeps = _ROMAN.fullmatch(word) or any(char.isdigit() for char in word) or _is_short(word)
    return word if keeps else word.lower()


def _is_short(word: str) -> bool:
    """Tell whether a word in capitals is an abbreviation: on the list, or unpronounceable."""
    return len(word) > 1 and (is_listed(word) or not re.search("[aeiouy]", fold(word)))


def _capitalize(match: re.Match[str]) -> str:
    word = match[0]
    return word if any(char.isdigit() for char in word) else word[0].upper() + word[1:].lower()
