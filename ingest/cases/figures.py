"""Figures of a stretch of text: number, what is counted, range word, per what.

Vietnamese writes "1.129" for one thousand and "12,5" for a half more than twelve. A number counts
only with what it counts right behind it; dates, years, numbers of documents, hamlets and telephones
are none, and neither are spans of time and ages.
"""

import re
from collections.abc import Iterator

from ingest.cases.letters import SMALL
from kb.models import CaseFigure, Span

_NUMBER = r"(?:\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?(?:\.\d{1,2}(?![\d.]))?)"
_DIGITS: dict[str, int] = {
    "một": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "sáu": 6, "bảy": 7,
    "bẩy": 7,
    "tám": 8, "chín": 9,
}  # fmt: skip
_UNIT_WORD = "|".join(_DIGITS)
_WORDED = (
    rf"(?:(?:{_UNIT_WORD})\s+(?:trăm|nghìn|ngàn)(?!\s+(?:{_UNIT_WORD}|mười|linh|lẻ))|"
    rf"(?:{_UNIT_WORD})\s+mươi(?:\s+(?:mốt|{_UNIT_WORD}))?|mười(?:\s+(?:{_UNIT_WORD}))?|"
    rf"{_UNIT_WORD})"
)
_MONEY = (
    r"(?:(?:trăm|nghìn|ngàn|triệu|tỷ|tỉ|trăm triệu|nghìn tỷ|ngàn tỷ)\s+(?:đồng|đô la|USD)|"
    r"(?:đồng|VNĐ|VND|USD|đ)(?!\w)|"
    r"(?:triệu|tỷ|tỉ)(?=\s*(?:[.,;:)/–-]|$|\s(?:mỗi|một|trên|để|cho|từ|nhờ|tiền|vốn|và|mua|xây|"
    r"hỗ|giúp|trong|/)))|đô la)"
)
_MEASURE = (
    r"(?:%|phần trăm|(?:m2|m²|m3|m³|km2|km²|km|cm|kg|kWh|kWp|kW|MW|ha|tấn|tạ|yến|lít|gam|"
    r"mét vuông|mét khối|mét|"
    r"héc ta|héc-ta|hecta|công đất|công ruộng|sào|mẫu|cây số|m)(?!\w)(?:\s(?:rác thải|rác|gạo|"
    r"lúa|đường|đất|phế liệu|thóc|tôm|cá|rau|mặt nước)(?!\w))?)"
)
# What officers count, in two syllables or more; other nouns are taken by their first words.
_COUNTED = (
    r"(?:lượt\s(?:người dân|người|hộ nghèo|hộ|hội viên|đoàn viên|thành viên|học sinh|CNVCLĐ|"
    r"khách|xe|chị em|phụ nữ|"
    r"cán bộ|bà con|trẻ em|thanh niên|bệnh nhân|du khách|lao động|chị|em)|lượt|"
    r"hộ\s(?:dân|nghèo|cận nghèo|gia đình|hội viên|khó khăn|chính sách|tham gia(?!\w)|"
    r"thành viên|kinh doanh|nông dân)|hộ|"
    r"gia đình|thành viên|hội viên(?: nông dân| phụ nữ| nghèo)?|đoàn viên(?: thanh niên)?|"
    r"đảng viên|người dân|người cao tuổi|người nghèo|người bệnh|người|"
    r"phụ nữ(?: nghèo)?|chị em|chị|trẻ mồ côi|trẻ em|trẻ|em học sinh|em nhỏ|em|cháu|"
    r"học sinh(?: nghèo)?|sinh viên|thanh niên|lao động|công nhân|cán bộ|chiến sĩ|"
    r"tình nguyện viên|nông dân|giáo viên|xã viên|cựu chiến binh|đối tượng|"
    r"suất\s(?:quà|học bổng|cơm|ăn|cháo)|suất|phần\s(?:quà|cơm|cháo)|phần|căn\s(?:nhà|hộ)|căn|"
    r"ngôi\snhà|ngôi|mái\sấm|nhà\s(?:tình thương|đại đoàn kết|ở|vệ sinh|tiêu)|"
    r"con\s(?:bò|heo|lợn|dê|gà|vịt|trâu|giống|đường|tôm|cá|hươu)(?:\s(?:giống|sinh sản|đẻ))?|"
    r"con|cây\s(?:xanh|giống|cam|hoa|dừa|sầu riêng|bưởi|tràm|cau|bàng|ăn trái|ăn quả|trồng|"
    r"cầu)|cây|"
    r"mắt camera|camera|mắt|bóng đèn|trụ đèn|cột đèn|bóng|trụ|thùng rác|thùng|xe đạp|"
    r"chiếc xe đạp|chiếc áo phao|chiếc|cái|cặp|bộ (?:bàn ghế|quần áo|hồ sơ|sách)|bộ|"
    r"cuốn sách|quyển sách|đầu sách|cuốn|quyển|buổi|cuộc|vụ (?:việc|mâu thuẫn|án|vi phạm)|vụ|"
    r"tin báo|tin|hồ sơ|thủ tục|trường hợp|lá đơn|đơn|"
    r"phường|huyện|tỉnh|xóm|buôn|tổ dân phố|khu dân cư|chi hội|chi đoàn|chi bộ|tổ tự quản|"
    r"tổ hợp tác|tổ|câu lạc bộ|CLB|nhóm|đội|thôn|bản|ấp|xã|khóm|khu phố|tuyến đường|tuyến|"
    r"đoạn đường|công trình|"
    r"điểm|lồng bè|lồng|bè|ao|bể|vườn|nhà lưới|nhà kính|ngày công|giờ công|lớp (?:học|"
    r"tập huấn)|lớp|sản phẩm|mô hình|cơ sở|doanh nghiệp|"
    r"kiốt|gian hàng|đơn hàng|bao (?:gạo|phân)|bao|bình|chai|hộp|túi|thẻ (?:BHYT|"
    r"bảo hiểm y tế)|thẻ|sổ|tàu cá|tàu|thuyền|phương tiện|đơn vị máu|đơn vị|"
    r"hũ|con heo đất|heo đất|tủ|trạm|giếng|cầu|cống|lần|bài|video|thiết bị|máy|mẫu|dự án|"
    r"hợp tác xã|tập thể|cá nhân|mảnh|thửa|luống|giỏ|món|bữa|dòng họ|nhà|quả|trái|gốc|khách|"
    r"du khách|lời khuyên|địa chỉ|người con)"
)
_UNIT = re.compile(
    rf"\s?(?P<unit>{_MEASURE}|{_MONEY}|(?:(?:nghìn|ngàn|vạn|triệu|chục)\s+)?{_COUNTED}(?!\w))"
)
_FALLBACK_UNIT = re.compile(rf"\s(?P<unit>[{SMALL}]+(?:\s[{SMALL}]+)?)(?![\w])")
# How many communes there are, or took a way of working over, is a figure of the area.
_AREAS = frozenset(("xã", "phường", "thị trấn", "quận", "huyện", "tỉnh", "tỉnh thành"))
_NO_UNIT = frozenset(
    "năm tháng ngày tuần giờ phút giây quý tuổi sao giai bước cấp bên chiều mặt không rõ có"
    " biết nhất sạch cùng tại trong đến và hoặc thì là của được đã với cho nội lĩnh tiêu kỳ khóa"
    " nhiệm đợt lần ở từ theo do khi để rồi mà cũng này đó trên dưới hay nên như bởi qua vào ra"
    " lên xuống còn thế giảm tăng so gồm dân nhiều chưa sẽ đang nếu vì nhằm chung đầu cuối giữa"
    " thứ hơn".split()
)
_NOT_BEFORE = re.compile(
    r"(?:(?<!\w)(?:thứ|khóa|khoá|lần thứ|ấp|thôn|xóm|khóm|khu phố|khu vực|phường|quận|chỉ thị|"
    r"nghị quyết|quyết định|"
    r"kế hoạch|kết luận|điều|khoản|điểm|lớp|hạng|giải|quốc lộ|tỉnh lộ|hương lộ|QL|ĐT|đường|"
    r"kênh|rạch|bậc|mức độ|nhiệm kỳ|"
    r"chương trình|dự án|nghị định|thông tư|công văn|kỳ họp|tập|trang|số nhà|tiểu khu|bản|đội|"
    r"buôn|chi bộ|cụm|"
    r"tổ dân phố|tổ|cung|phiên bản|lúc|vùng|ĐT\.|hotline|điện thoại|số điện thoại|ngõ|hẻm|kiệt|"
    r"lô|bài|"
    r"cấp độ|độ tuổi|từ tuổi|tuổi|trung đoàn|tiểu đoàn|sư đoàn|đoàn|công ty)\s+|"
    r"(?<!\w)(?:(?-i:[A-Z]{2,})|km)\s?|[/.]|[a-z]-)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(?<!trong )(?<!tổng )(?<!con )(?<!với )(?<!một )(?<!\w)số\s+$", re.IGNORECASE
)
_YEAR_BEFORE = re.compile(
    r"(?<!mỗi )(?<!hằng )(?<!hàng )(?<!một )(?<!\w)(?:năm|giai đoạn|đến|từ|cuối|đầu|quý|và|-|"
    r"–)\s*$",
    re.IGNORECASE,
)
_MONTH_BEFORE = re.compile(
    r"(?<!mỗi )(?<!hằng )(?<!hàng )(?<!một )(?<!\w)(?:ngày|tháng|quý|sáng|chiều|tối)\s+$",
    re.IGNORECASE,
)
_QUALIFIER = re.compile(
    r"(?<!\w)(trên|hơn|gần|khoảng|chừng|ước khoảng|ước|ít nhất|tối thiểu|tối đa|không quá|dưới|"
    r"xấp xỉ|ngót|độ|"
    r"ngót nghét|khoảng hơn|đạt trên|ước tính)\s+$",
    re.IGNORECASE,
)
_RANGE_LINK = re.compile(r"\s?[-–]\s?|\s(?:đến|tới|-|–)\s(?:gần\s|trên\s|hơn\s)?")
_MORE_MONEY = re.compile(
    rf"\s+(?P<number>{_NUMBER})\s?(?P<scale>triệu|nghìn|ngàn|tỷ|tỉ)(?P<currency>\s+đồng)?(?!\w)"
)
_SCALE = {
    "nghìn": 1e3,
    "ngàn": 1e3,
    "vạn": 1e4,
    "triệu": 1e6,
    "tỷ": 1e9,
    "tỉ": 1e9,
    "trăm": 1e2,
    "chục": 10.0,
}
_PER_AFTER = re.compile(
    r"^\s?/\s?(?P<slash>[^\W\d_]+(?:\d|²)?(?:\s?/\s?[^\W\d_]+)*)|"
    r"^\s+(?:mỗi|một|trên một|trên mỗi|hằng|hàng|cho mỗi|trên)\s+(?P<word>năm|tháng|ngày|tuần|"
    r"hộ|vụ|ha|héc ta|người|đợt|con|công|lứa|mùa|quý|kg|sào|hội viên|em|cháu|suất|lần|"
    r"thành viên|buổi)(?!\w)"
)
_PER_BEFORE = re.compile(
    r"(?<!\w)(?:mỗi|hằng|hàng)\s+(năm|tháng|ngày|tuần|hộ|vụ|ha|héc ta|người|đợt|con|lứa|mùa|"
    r"quý|sào|hội viên|em|cháu|suất|thành viên|buổi|căn|tổ)"
    r"(?!\w)[^.;]{0,45}$",
    re.IGNORECASE,
)
_CLAUSE_EDGE = re.compile(r"[,;:.!?()](?=\s|$)|[()]|\n")
_FIGURE = re.compile(
    rf"(?<![\w.,/])(?:(?P<digits>{_NUMBER})(?!\d)|(?P<words>(?<!\w){_WORDED})(?=\s))", re.IGNORECASE
)
# Whole counts have no decimals, so three digits behind a comma are thousands there.
_FRACTIONAL = re.compile(rf"(?:{_MEASURE}|{_MONEY}|(?:nghìn|ngàn|vạn|triệu))")
_FRACTION = re.compile(r"/(?P<whole>\d+)(?![\d/])")


def find_figures(text: str, start: int, end: int) -> list[CaseFigure]:
    """Return the figures in a stretch of a text, in order.

    Example:
        >>> [(f.value, f.unit, f.qualifier, f.per) for f in find_figures(
        ...     "Năm 2022, lãi trên 1,5 tỷ đồng/năm cho 1.129 hộ", 0, 48)]
        [(1.5, 'tỷ đồng', 'trên', 'năm'), (1129.0, 'hộ', '', '')]
    """
    return list(_figures(text, max(0, start), min(end, len(text))))


def _figures(text: str, start: int, end: int) -> Iterator[CaseFigure]:
    position = start
    while match := _FIGURE.search(text, position, end):
        position = match.end()
        if match["words"]:
            read = _worded(text, match, end)
            if read is not None:
                value, unit_end, unit = read
                yield _figure(text, (start, end), Span(*match.span()), unit_end, value, unit)
            continue
        if _is_no_count(text, match, start):
            continue
        numbers, after = _numbers(text, match, end)
        unit_match = _unit(text, after, end)
        if unit_match is None:
            continue
        unit, unit_end = unit_match["unit"], unit_match.end("unit")
        position = unit_end
        if _is_date_or_year(text, match, unit, start) or unit in _AREAS:
            continue
        values = [(_value(text[span.start_char : span.end_char], unit), span) for span in numbers]
        more = _MORE_MONEY.match(text, unit_end, end) if unit.split(" ")[0] in _SCALE else None
        if more and len(values) == 1 and unit in ("tỷ", "tỉ", "triệu"):
            first, span = values[0]
            ratio = _SCALE[more["scale"].lower()] / _SCALE[unit]
            values = [(round(first + _value(more["number"], "") * ratio, 9), span)]
            unit += " đồng"
            position = unit_end = more.end()
        for value, span in values:
            yield _figure(text, (start, end), span, unit_end, value, unit)


def _figure(
    text: str, bounds: tuple[int, int], number: Span, unit_end: int, value: float, unit: str
) -> CaseFigure:
    start, end = bounds
    before = text[max(start, number.start_char - 70) : number.start_char]
    qualifier = _QUALIFIER.search(before)
    after = _PER_AFTER.match(text[unit_end : min(end, unit_end + 40)])
    per = ((after["slash"] or after["word"]) if after else "") or ""
    if not per and (told := _PER_BEFORE.search(before)):
        per = told[1].lower()
    clause = _clause(text, number, unit_end, start, end)
    return CaseFigure(
        value=value,
        unit=unit,
        qualifier=qualifier[1].lower() if qualifier else "",
        per=per.replace(" / ", "/"),
        text=text[clause.start_char : clause.end_char],
        span=clause,
        number_span=number,
    )


def _clause(text: str, number: Span, unit_end: int, start: int, end: int) -> Span:
    left = start
    for edge in _CLAUSE_EDGE.finditer(text, start, number.start_char):
        left = edge.end()
    edge_after = _CLAUSE_EDGE.search(text, unit_end, end)
    right = edge_after.start() if edge_after else end
    while left < number.start_char and text[left].isspace():
        left += 1
    while right > unit_end and text[right - 1].isspace():
        right -= 1
    return Span(left, right)


def _is_no_count(text: str, match: re.Match[str], start: int) -> bool:
    before = text[max(start, match.start() - 24) : match.start()]
    digits = match[0]
    if len(digits) > 7 and "." not in digits:
        return True
    if digits[0] == "0" and len(digits) > 2 and "," not in digits:
        return True
    return bool(_NOT_BEFORE.search(before) or _NUMBERED.search(before))


def _is_date_or_year(text: str, match: re.Match[str], unit: str, start: int) -> bool:
    before = text[max(start, match.start() - 24) : match.start()]
    digits = match[0]
    if re.fullmatch(r"(?:19|20)\d\d", digits) and _YEAR_BEFORE.search(before):
        return True
    return len(digits) <= 2 and bool(_MONTH_BEFORE.search(before)) and unit not in ("%",)


def _numbers(text: str, match: re.Match[str], end: int) -> tuple[list[Span], int]:
    """Return the numbers that share a unit: one, or the two of a range; and where they end."""
    first = Span(*match.span("digits"))
    fraction = _FRACTION.match(text, first.end_char, end)
    if fraction and _is_share(text, first, fraction, end):
        return [first], fraction.end()
    link = _RANGE_LINK.match(text, first.end_char, end)
    if link:
        second = re.compile(_NUMBER).match(text, link.end(), end)
        if second:
            return [first, Span(*second.span())], second.end()
    return [first], first.end_char


def _is_share(text: str, first: Span, fraction: re.Match[str], end: int) -> bool:
    """Tell whether "11/12" is a share of what is counted behind it, and not a date."""
    part, whole = text[first.start_char : first.end_char], int(fraction["whole"])
    if not part.isdigit() or int(part) > whole:
        return False
    if whole > 31:
        return True
    dated = re.search(
        r"(?:ngày|dịp|lễ|mùng|sáng|chiều|tối|hôm|tháng)\s+$",
        text[: first.start_char][-9:],
        re.IGNORECASE,
    )
    return dated is None and _UNIT.match(text, fraction.end(), end) is not None


def _unit(text: str, position: int, end: int) -> re.Match[str] | None:
    known = _UNIT.match(text, position, end)
    if known:
        return known
    other = _FALLBACK_UNIT.match(text, position, end)
    if other is None or other["unit"].split(" ")[0] in _NO_UNIT:
        return None
    if other["unit"].split(" ")[-1] in _NO_UNIT:
        return re.compile(rf"\s(?P<unit>[{SMALL}]+)").match(text, position, end)
    return other


def _value(written: str, unit: str) -> float:
    whole, comma, decimals = written.partition(",")
    if re.fullmatch(r"\d{1,3}(?:\.\d{3})+", whole):
        whole = whole.replace(".", "")
    if comma and len(decimals) == 3 and not _FRACTIONAL.match(unit):
        return float(whole + decimals)
    return float(f"{whole}.{decimals}" if comma else whole)


def _worded(text: str, match: re.Match[str], end: int) -> tuple[float, int, str] | None:
    """Return a number in words with its unit; only exact ones, and "một" is mostly an article."""
    words = match["words"].lower().split()
    before = text[max(0, match.start() - 12) : match.start()].lower()
    unit = _UNIT.match(text, match.end(), end)
    if unit is None or re.search(r"(?:thứ|thứ\s|vài|dăm|mấy|tháng|cả|hàng|hằng)\s*$", before):
        return None
    if re.match(r"(?:xã|phường|huyện|tỉnh|thôn|bản|ấp|khóm|xóm|buôn|lần|bên|vụ)\b", unit["unit"]):
        return None  # "hai xã ấy": which ones, not how many
    is_money = bool(re.match(_MONEY, unit["unit"]))
    if (
        len(words) == 1
        and words[0] in ("một", "năm", "tư")
        and not (is_money and words[0] == "một")
    ):
        return None
    value = 0
    for word in words:
        if word in ("trăm", "nghìn", "ngàn"):
            value *= 100 if word == "trăm" else 1000
        elif word == "mươi":
            value *= 10
        elif word == "mười":
            value = 10
        else:
            value += 1 if word == "mốt" else _DIGITS[word]
    return float(value), unit.end("unit"), unit["unit"]
