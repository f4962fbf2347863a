"""How far a name without quotation marks goes.

It ends where a verb, an owner, a place or a mark begins; but "không rác" and "trong bể" are parts
of names although "không" and "trong" mostly end them.
"""

import re

from ingest.cases.letters import CAPITALS
from kb.models import Span

_ALWAYS_STOP = frozenset(
    "của ở tại do được đã đang sẽ giúp là từ mang đem góp nhằm để theo không còn vẫn thu đạt"
    " cũng ngay khi mà nên vào qua này trên trong đó ấy nói có như thì nhưng bởi vì rất ngày"
    " hiện thuộc bước ra bằng thành nhờ phát mở huy tạo khiến làm chỉ càng tiếp bắt phải cần vừa"
    " hơn nơi sau trước gồm bao nhận bình".split()
)
_SOFT_STOP = frozenset("với cho và hoặc hay đến gắn hiệu tiêu điển nổi rồi cùng".split())
_SOFT_TAIL = re.compile(
    r"(?:với|cho)\s+(?:\d|sự|hơn|gần|trên|khoảng|số|mục|các|nhiều|mức|tổng|quy|bà con|"
    r"người dân|thu nhập|hiệu quả|lợi nhuận|mong|ý|kết quả|thấy|hội viên|chị em|nông)|"
    r"(?:hiệu quả|tiêu biểu|điển hình|nổi bật|rồi|hoặc|hay|cùng với|đến nay|gắn với)"
)
_WORD = re.compile(r"[^\W_]+(?:[/-][^\W_]+)*")
_GAP = re.compile(r" [-–] | |-")
PROPER = re.compile(f"[{CAPITALS}]")
LONGEST_WORDS = 14
_COMPOUNDS = re.compile(
    r"(?:không (?:rác|ma túy|ma tuý|khói|tội phạm|tiếng|gia|có tội|sử dụng|vứt|xả|đốt|hút|"
    r"uống)|trên (?:cạn|cát|đất|giàn|núi|biển|sông|mạng)|trong (?:nhà|bể|ao|vèo|lồng|ruộng|"
    r"vườn|rừng|nước)|"
    r"ra (?:khơi|quân)|làm (?:theo|đẹp|sạch|chủ|vườn|việc)|vì (?:người|môi|trẻ|đàn|bạn|cộng|"
    r"học|phụ|sức|an|biển)|theo (?:tiêu chuẩn|hướng|chuỗi|công nghệ|chương|quy trình|gương)|"
    r"thành (?:phố|thị)|"
    r"từ (?:rác|phế|lục|xa|thiện|nguồn|gia)|bằng (?:men|phân|công nghệ|chế phẩm|nước|tre)|"
    r"thu (?:gom|nhập|hoạch)|ngày (?:chủ nhật|thứ|hội|nay)|phát (?:triển|sáng|huy)|bao (?:tiêu|"
    r"bì|nilon)|hiện đại|"
    r"đang (?:học)|nhận (?:chăm|đỡ|nuôi|con)|tiếp (?:bước|sức|nhận)|huy (?:hiệu)|mở (?:đường|"
    r"lòng)|tạo (?:việc)|"
    r"bình (?:yên|an|đẳng|dân)|đạt (?:chuẩn)|có (?:múi|hoàn cảnh|trách nhiệm)|ở (?:nhà|trọ)|"
    r"nên (?:người)|qua (?:sông|đường)|mang (?:yêu|thai)|bước (?:tới|đến|chân)|sau (?:cai|"
    r"sinh)|trước (?:trường)|hơn (?:nữa))"
)
_CUT_NUMBER = re.compile(r"\d+[.,]\d")
_NEGATED = re.compile(
    r"không\s(?!chỉ|còn|phải|những|thể|ngừng|đạt|hiệu|phát|được|có\s(?!tội|ma|rác|người|tệ)|"
    r"đem|mang|giúp|làm|đủ|cần|thấy|đơn)[^\W\d_]"
)


def name_from(text: str, start: int, limit: int) -> Span | None:
    """Return the longest stretch from a position that may be one name."""
    word = _WORD.match(text, start, limit)
    if word is None:
        return None
    capital = bool(PROPER.match(word[0]))
    end = word.end()
    count = 1
    while count < LONGEST_WORDS:
        gap = _GAP.match(text, end, limit)
        following = _WORD.match(text, gap.end(), limit) if gap else None
        if gap is None or following is None:
            break
        if len(gap[0]) == 3 and not _dash_joins(following, capital):
            break
        lower = following[0].lower()
        if (
            following[0][0].islower()
            and lower in _ALWAYS_STOP
            and not _is_compound(text, following)
            and not text.endswith(" tự do", start, following.end())
        ):
            break
        if _CUT_NUMBER.match(text, following.start()):
            break
        if lower in _SOFT_STOP and following[0][0].islower():
            if _SOFT_TAIL.match(text, following.start(), limit):
                break
            joined = _WORD.match(text, following.end() + 1, limit)
            if lower == "và" and not (capital and joined and joined[0][0].islower()):
                break
        if not capital and following[0][0].isupper() and not _fits_small(text, end, following):
            break
        if (
            lower.isdigit()
            and not capital
            and re.match(r"\s*(?:hộ|ha|người|triệu|thành viên)", text[following.end() :])
        ):
            break
        end, count = following.end(), count + 1
    # A joint word left at the end joins nothing.
    words = text[start:end].split(" ")
    while words and words[-1].lower() in {
        "với",
        "cho",
        "và",
        "đến",
        "gắn",
        "-",
        "–",
        "hay",
        "cùng",
        "trong",
    }:
        words.pop()
    return Span(start, start + len(" ".join(words))) if words else None


def _fits_small(text: str, end: int, following: re.Match[str]) -> bool:
    """Tell whether a capital word goes on a lower-case name: short forms and days do."""
    return following[0].isupper() or text[:end].endswith("thứ") or following[0] == "Chủ"


def _is_compound(text: str, following: re.Match[str]) -> bool:
    return (
        _COMPOUNDS.match(text, following.start()) is not None
        or _NEGATED.match(text, following.start()) is not None
    )


def _dash_joins(following: re.Match[str], capital: bool) -> bool:
    if capital:
        return True
    return following[0][0].islower() and following[0].lower() not in _ALWAYS_STOP
