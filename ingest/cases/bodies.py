"""The body that runs a case: an office, a union, a school, by its name as the text has it.

Names of bodies run from a word such as "Hội" or "Công an" over capital words and the small words
that such names hold. A place or a person beside them is no part of the name.
"""

import re
from collections.abc import Iterator, Sequence

from ingest.cases.letters import CAPITALS
from kb.models import CaseFact, Span
from kb.places import PlaceMention

_HEAD = re.compile(
    r"(?<!\w)(?:Ban Chấp hành |BCH |Ban Thường vụ )?(?:Hội Liên hiệp Phụ nữ|Hội LHPN|"
    r"Hội Phụ nữ|Hội phụ nữ|Chi hội|Hội Nông dân|Hội nông dân|Hội Cựu chiến binh|"
    rf"Hội CCB|Hội Người cao tuổi|Hội Chữ thập đỏ|Hội Khuyến học|Hội [{CAPITALS}]\w+|"
    r"Đoàn Thanh niên|Đoàn thanh niên|Đoàn TNCS|Đoàn xã|Đoàn phường|"
    r"Huyện đoàn|Tỉnh đoàn|Thành đoàn|Thị đoàn|Xã đoàn|Chi đoàn|Công an|Đồn Biên phòng|"
    r"Bộ đội Biên phòng|Bộ Chỉ huy|Ban Chỉ huy|"
    r"Ban CHQS|UBND|Ủy ban nhân dân|Uỷ ban nhân dân|Ủy ban MTTQ|UBMTTQ|Ủy ban Mặt trận|"
    r"Mặt trận Tổ quốc|MTTQ|Mặt trận|Liên đoàn Lao động|LĐLĐ|"
    r"Công đoàn|Đảng ủy|Đảng uỷ|Huyện ủy|Chi bộ|Đảng bộ|Ban Dân vận|Khối Dân vận|"
    r"Ban công tác Mặt trận|Ban Công tác Mặt trận|Trường|Trạm Y tế|Trung tâm|Phòng|Sở|"
    r"Kho bạc|Ngân hàng|Công ty|Hợp tác xã|HTX|Bưu điện|Bệnh viện|Tòa án|Viện Kiểm sát|Lữ đoàn|"
    r"Trung đoàn|Tiểu đoàn|Hải đội)(?!\w)"
)
# They say what kind of body it is, and alone name none.
_BARE = frozenset(
    (
        "Phòng", "Sở", "Trường", "Trung tâm", "Kho bạc", "Ngân hàng", "Công ty", "Hợp tác xã",
        "HTX", "Bưu điện", "Bệnh viện", "Trạm Y tế", "Tòa án", "Viện Kiểm sát", "Lữ đoàn",
        "Trung đoàn", "Tiểu đoàn", "Hải đội", "Bộ Chỉ huy", "Ban Chỉ huy",
    )
)  # fmt: skip
_SMALL_WORDS = frozenset(
    "nhân dân phụ nữ nông dân cựu chiến binh thanh niên người cao tuổi lao động tổ quốc việt"
    " nam quân sự biên phòng tỉnh huyện xã phường thị trấn thành phố quận thôn ấp khóm bản xóm"
    " tiểu học mầm non trung cơ sở y tế giáo dục đào tạo khu phố tổ dân cửa khẩu kỹ thuật nghề"
    " nghiệp đại cao đẳng phục vụ hành chính công công tác mặt trận buôn chữ thập đỏ khuyến học"
    " nông nghiệp dịch vụ điện lực nhà nước và mttq".split()
)
_JOINING = frozenset({"và", "công"})
_TOKEN = re.compile(r"[\w./]+")
# Schools, firms and regiments bear names of persons; behind the others stands their officer.
_NAMED_AFTER = re.compile(
    r"(?:Trường|Công ty|Bệnh viện|Trung tâm|HTX|Hợp tác xã|Lữ đoàn|Trung đoàn|Tiểu đoàn|Hải đội)"
    r"(?!\w)"
)
_RANK_BEFORE = re.compile(
    r"(?<!\w)(?:xã|phường|huyện|quận|thị trấn|thị xã|thành phố|tỉnh|thôn|ấp|khóm|bản|buôn|xóm|"
    r"khu phố|làng|tổ|đường)\s$",
    re.IGNORECASE,
)
# How names of persons begin: with a frequent family name, or with any and a middle name that only
# persons have. Rare family names alone begin too many names of places.
_PERSON = re.compile(
    rf"(?!Hồ Chí Minh)(?:(?:Nguyễn|Trần|Lê|Phạm|Huỳnh|Hoàng|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Ngô|Trương)"
    rf"\s[{CAPITALS}]|[{CAPITALS}]\w+\s(?:Văn|Thị|Hữu|Đình|Đức)\s[{CAPITALS}])"
)


_MANY = re.compile(r"(?<!\w)(?:các(?: cấp)?|những|nhiều|mỗi|từng)\s$", re.IGNORECASE)
_MANY_LENGTH = 12


def find_heads(
    text: str, start: int, end: int, places: Sequence[PlaceMention]
) -> Iterator[re.Match[str]]:
    """Yield where names of bodies begin in a stretch.

    A part of a place's name ("Phòng" of "Hải Phòng") begins none, and many bodies ("các cấp Công
    đoàn") are none.
    """
    for match in _HEAD.finditer(text, start, end):
        is_place = any(
            place.start_char < match.end() and match.start() < place.end_char for place in places
        )
        before = text[max(0, match.start() - _MANY_LENGTH) : match.start()]
        if not is_place and not _MANY.search(before):
            yield match


def body_at(text: str, start: int, limit: int, places: Sequence[PlaceMention]) -> CaseFact | None:
    """Return the body whose name begins at a position, or None if it is but a kind of body.

    Args:
        text: The document's text.
        start: Where its first word stands (`find_heads`).
        limit: Where the name must end.
        places: Places of the whole text.
    """
    head = _HEAD.match(text, start, limit)
    if head is None:
        return None
    end = position = head.end()
    while word := _TOKEN.match(
        text, position + 1 if text[position : position + 1] == " " else position, limit
    ):
        if word.start() > position + 1 or text[position : word.start()] not in (" ", ""):
            break
        written = word[0].rstrip(".")
        if not (written[:1].isupper() or written.isdigit() or written.lower() in _SMALL_WORDS):
            break
        if _begins_person(text, head, word.start(), places):
            break
        if text.endswith(" và ", start, word.start()) and _HEAD.match(text, word.start(), limit):
            break
        position = end = word.start() + len(written)
        if len(written) < len(word[0]):
            break
    end = _without_joining(text, head.end(), end)
    if text[start:end] in _BARE:
        return None
    return CaseFact(text[start:end], Span(start, end), 0.9)


def _begins_person(
    text: str, head: re.Match[str], position: int, places: Sequence[PlaceMention]
) -> bool:
    if any(place.start_char <= position < place.end_char for place in places):
        return False
    # The name of a place ends that of a body: what has a capital right behind it is a person.
    if text[position].isupper() and any(place.end_char == position - 1 for place in places):
        return True
    if _PERSON.match(text, position) is None:
        return False
    if _RANK_BEFORE.search(text, head.start(), position):
        return False
    before = text[head.end() : position].split()
    # The first proper name of a school is its own.
    is_first = not any(
        word[0].isupper() and len(word) > 1 and not word.isupper()
        for word in before
        if word.lower() not in _SMALL_WORDS
    )
    return not (_NAMED_AFTER.match(head[0]) and is_first)


def _without_joining(text: str, start: int, end: int) -> int:
    """Return the end of a name without joint words that join nothing."""
    words = text[start:end].split(" ")
    while words and words[-1] in _JOINING:
        end -= len(words.pop()) + 1
    return max(start, end)
