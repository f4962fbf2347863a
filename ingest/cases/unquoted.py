"""Names of cases without quotation marks, where the sentence shows how far they go.

"mô hình Tổ tự quản" and "mô hình nuôi tôm hai giai đoạn" end where a verb, an owner, a place or a
mark begins. Only names that a strong head presents are taken, and lower-case ones only if they
begin with what people do or keep: everything else is too often just a kind of thing.
"""

import re
from collections.abc import Sequence

from ingest.cases import cues, scoring
from ingest.cases.candidates import Candidate, Context
from ingest.cases.letters import CAPITALS
from ingest.cases.name_end import LONGEST_WORDS, PROPER, name_from
from ingest.cases.names import name_tokens
from kb.models import Span

_HEAD = re.compile(
    r"(?P<plural>(?<!\w)(?:các|những|nhiều|một số|nhân rộng các|hàng (?:chục|trăm|nghìn)|mỗi|"
    r"từng|\d[\d.]{0,14}|hai|ba|bốn|năm)\s+"
    r"(?:\w+\s+){0,1})?(?<!\w)(?P<head>mô hình|cách làm|sáng kiến)"
    r"(?:\s+(?:điểm|thí điểm|tiêu biểu|sinh kế|điển hình|hay|mới|dân vận khéo|“dân vận khéo”|"
    r"\"dân vận khéo\"))*"
    r"(?:\s*(?P<intro>(?:như|là|gồm|bao gồm|có tên|mang tên|có tên gọi|với tên gọi|tên)\s*:?|"
    r":))?\s+(?=\w)",
    re.IGNORECASE,
)
_LIST_HEAD = re.compile(
    r"(?<!\w)(?:mô hình|cách làm)(?!\w)[^“”\"«».!?\n]{0,120}?(?:như|gồm|là|điển hình|tiêu biểu|"
    r"kể đến)\s*(?P<colon>:)?\s+"
    rf"(?=(?-i:[{CAPITALS}\d]))",
    re.IGNORECASE,
)
_SMALL_LIST_HEAD = re.compile(
    r"(?<!\w)(?:các|những|nhiều|một số|\d+)\s+(?:\w+\s)?(?:mô hình|"
    r"cách làm)(?!\w)[^“”\"«».!?\n]{0,120}?"
    r"(?:như|gồm|kể đến|(?=:))\s*:?\s+(?=\w)",
    re.IGNORECASE,
)
_PREDICATE = re.compile(
    r"(?P<name>(?:Câu lạc bộ|CLB|Tổ|Đội|Nhóm|Quỹ|Chi hội|Hợp tác xã|HTX|Tủ sách|Hũ gạo|"
    r"Ngân hàng|Phiên chợ|Bếp)"
    r"(?:\s(?!là\b|được\b|đã\b)[\w]+){1,9})\s(?:là|được đánh giá là|được xem là|"
    r"trở thành)\s[^.,;“”]{0,40}?"
    r"(?:mô hình|cách làm|điển hình)(?!\w)"
)
_ACTIVITY = re.compile(
    r"(?:nuôi|trồng|ươm|sản xuất|canh tác|chăn nuôi|vườn|ruộng|lúa|tôm|cua|cá|du lịch|"
    r"phân loại|thu gom|đổi|ủ|xử lý|"
    r"camera|tiếng loa|tiếng kẻng|cổng rào|tổ|đội|nhóm|câu lạc bộ|clb|quỹ|hũ gạo|heo đất|"
    r"nuôi heo|tủ sách|tủ|bếp ăn|bữa|"
    r"tuyến đường|đoạn đường|con đường|thắp sáng|ánh sáng|đỡ đầu|tiết kiệm|góp vốn|hùn vốn|"
    r"liên kết|luân canh|"
    r"xen canh|ghép|cánh đồng|chợ|phiên chợ|gian hàng|ngân hàng|thư viện|lớp học|điểm|trạm|"
    r"dòng họ|giỏ|"
    r"cửa hàng|tự quản|homestay|làm|chế biến|đan|dệt|ong|bò|dê|trả kết quả|hỗ trợ|tận dụng|"
    r"biến|nhà lưới|nhà màng|nhà sạch|hố|thùng|vận động|"
    r"bếp|hầm|áo|mương|kênh|xưởng|bãi|sân|góc|phòng|ao|rau|hoa|cây|gà|vịt|heo|lợn|dưa|bưởi|cam|"
    r"na|chuối|nhãn|dược liệu|"
    r"quế|rừng|măng|mít|xoài|sen|lươn|ếch|ốc|ba ba|hươu|thỏ|tằm|dâu|muối|bánh|mây tre|may|thêu|"
    r"đèn|wifi|loa|"
    r"zalo|họ đạo|giáo xứ|chùa|dòng tộc|gia đình|xóm|thôn|ấp|khu dân cư|liên gia|hòa giải|"
    r"bảo vệ|chăm sóc|tư vấn|giữ|"
    r"ứng dụng|số hóa|khuyến học|bán trú|học|truyền dạy|chuyển|khôi phục|thả|gieo|cấy|bón|tưới|"
    r"thâm canh|mẹ|"
    r"hiến|dạy|tuyên truyền|giúp|nhận|cấp|giao|họp|sinh hoạt|khám|đưa|lò|nấm|mắc ca|sầu riêng|"
    r"cà phê)(?!\w)"
)
_ITEM_OPENING = re.compile(
    r"(?:[-+•*●▪–—✓]|\d{1,2}[.)]|[a-zđ][.)])\s*(?:(?:mô hình|cách làm)(?:\s+(?:điểm|"
    r"tiêu biểu))?\s*:?\s*)?",
    re.IGNORECASE,
)
_GENERIC = re.compile(
    r"(?:phat trien|kinh te|san xuat kinh doanh|chan nuoi|trong trot|nuoi trong thuy san|"
    r"san xuat|san xuat nong nghiep|"
    r"tu quan|hop tac xa|to hop tac|cau lac bo|chinh quyen dia phuong.*|chinh quyen hai cap|"
    r"chinh quyen 2 cap.*|"
    r"to chuc.*|to dan van.*|lien ket|lien ket san xuat|du lich|nong nghiep.*|giup nhau|"
    r"giup do.*|ho tro.*|"
    r"lam an.*|lam kinh te.*|lam giau.*|diem|dien hinh.*|nhan dan.*|nguoi dan.*|hieu qua.*|"
    r"van dong nhan dan|"
    r"san xuat (?:hieu qua|gioi|kinh doanh.*)|khoi nghiep|tap the.*|ca nhan.*|cap (?:tinh|"
    r"huyen|xa|co so).*|giao thong|"
    r"tuyen truyen|nhan rong|nha nuoc|nha truong|nuoi trong|nha dai doan ket|dang|bac|to|doi|"
    r"nhom|quy|"
    r"bao ve moi truong.*|giu gin (?:an ninh|ve sinh).*|bao ve an ninh.*|tu quan ve .*|"
    r"dam bao an ninh.*|lien ket voi.*|cap|vuon|trong cay|trong hoa mau|trong)"
)
# What stands behind "mô hình" without naming one.
_NO_NAME = re.compile(
    r"(?:hay|mới|này|trên|đó|ấy|kia|khác|nào|nói|đã|được|đang|sẽ|có|của|do|là|ở|tại|trong|cho|"
    r"với|và|hoặc|từ|để|nhằm|giúp|mang|đem|góp|"
    r"tạo|thu|đạt|vừa|còn|cũng|không (?:chỉ|còn|phải|những|thể|đạt|hiệu|phát|đúng|được|có)|"
    r"kinh tế|sản xuất(?! \w+ \w+ \w+)|phát triển|"
    r"dân vận|hiệu quả|tiêu biểu|điển hình|thiết thực|sáng tạo|phù hợp|tốt|cụ thể|tập thể|"
    r"cá nhân|đăng ký|thực hiện|triển khai|hoạt động|"
    r"lĩnh vực|cấp|toàn|ra|bước|bắt đầu|ngày càng|nhận được|lan|phát huy|nên|mà|thì|nếu|khi|"
    r"đến|đi|nhân rộng|quản lý|tổ chức|chính quyền|"
    r"tăng trưởng|đào tạo|bệnh viện|hai|ba|\d|đầu|thứ|gắn|dựa|theo|hướng|đúng|chưa|vẫn|luôn|"
    r"thật|thực|nhỏ|lớn|đơn giản|gần|thành|sinh kế|"
    r"hợp tác|đa|xanh|sạch|thông minh|kiểu|tiên tiến|xã hội|văn hóa|nông thôn|đô thị|tương tự|"
    r"chung|riêng|cũ|rất|quá|nhiều|về|trực|liên quan|"
    r"nâng cao|xây dựng|đẩy mạnh|tăng cường|chăm lo|nghiên cứu|an ninh|quốc phòng|giảm nghèo|"
    r"cải cách|"
    r"thực hành|áp dụng|đổi mới|tham gia|học tập|giữ gìn|phục vụ|chuyển đổi số|y tế|giáo dục|"
    r"trường|tổng|các|những|một|vì|bị|qua|vào|tuy|song|bởi|như|xuất|tồn|chủ|nổi|khá|đáng|trọng|"
    r"mẫu|số|đặc|ưu|tự quản về)(?!\w)",
    re.IGNORECASE,
)
_FEWEST_SMALL = 3
_NEXT_PART = re.compile(rf";\s+(?=[{CAPITALS}])")
_OPENED = re.compile(r"\s*[“\"«‘'„]")
_ENDED = re.compile(r"\s*(?:[,;.:]|$)")
_BOUND = re.compile(
    r"\s*(?:của|ở|tại|do|được|đã|giúp|thuộc|có|đang|với|là|trên địa bàn|từ|hiện|này|mang|đem|"
    r"thu hút|cũng|còn|vừa|ra đời|không|"
    r"cho|đạt|tạo|góp|\()",
    re.IGNORECASE,
)
_CONTAINED_NAME = (
    r"(?:Câu lạc bộ|CLB|Tổ|Đội|Nhóm|Quỹ|Chi hội|Hợp tác xã|HTX|THT|Tổ hợp tác|Tủ sách|Hũ gạo|"
    r"Ngân hàng|Phiên chợ|Bếp|"
    r"Khu dân cư|Cụm dân cư|Hội quán|Trạm|Lớp học|Bữa cơm|Dòng họ|Làng|Camera|Cổng|"
    r"Đoạn đường|Tuyến đường|Vườn|Cánh đồng|Gian hàng|Thư viện)"
)
# "Một điển hình khác là Hợp tác xã …", "Tiêu biểu có Câu lạc bộ …".
_PRESENTED = re.compile(
    rf"(?<!\w)(?:điển hình|mô hình|cách làm|tiêu biểu|nổi bật|phải kể đến|đơn cử)(?:\s+(?:khác|"
    rf"nữa|tiêu biểu|hay|phải kể đến|trong số đó))*"
    rf"\s+(?:(?:là|như|có|đến)\s+)*(?P<name>(?-i:{_CONTAINED_NAME})(?!\w))",
    re.IGNORECASE,
)
_STARTED = re.compile(
    rf"(?<!\w)(?:thành lập|ra mắt|xây dựng|duy trì|lập|gây dựng|vận động|sáng lập|hình thành|"
    rf"có|tổ chức|mở)\s+(?:được\s+)?(?P<name>{_CONTAINED_NAME}(?!\w))"
)
_ANYWHERE = re.compile(rf"(?<!\w)(?P<name>{_CONTAINED_NAME}(?!\w))")
# Standing bodies, which no article presents as a model of its own.
_BODY = re.compile(
    r"(?:Ngân hàng (?:Chính sách|Nông nghiệp|Nhà nước|Thế giới)|Quỹ (?:Bảo hiểm|Tín dụng|"
    r"Hỗ trợ [nN]ông dân|Đền ơn|Vì người nghèo|"
    r"Khuyến học|Quốc gia)|Đội (?:Cảnh sát|Công an|Quản lý|tuyển)|Tổ (?:dân|công tác|trưởng|"
    r"chức|[qQ]uốc|giúp việc|bầu cử|biên tập|đại biểu)|"
    r"Nhóm (?:trẻ|hộ|máu)|Trạm (?:[yY] tế|xá|[bB]iên|[kK]iểm)|Vườn quốc gia|Làng (?:nghề|"
    r"văn hóa)|Hợp tác xã|HTX|Chi hội|Lớp học)"
)
_FEW_TOKENS = 4
_STOP = re.compile(r"[.!?](?=\s)")
_REFERRED = re.compile(
    r"(?<!các )(?<!những )(?<!nhiều )(?<!\w)(?:mô hình|cách làm)(?:\s(?:này|trên|đó|ấy|hay|của|"
    r"được|đã|do|có)|[,.;])",
    re.IGNORECASE,
)
# Headings that are themes and no names.
_THEME = re.compile(
    r"(?:phát huy|lan tỏa|lan toả|nhân rộng|đẩy mạnh|tăng cường|nâng cao|góp phần|tạo|khơi|gắn|"
    r"hiệu quả|đổi mới|chung sức|những|nhiều|"
    r"từ|khi|để|vì|các|một số|kết quả|khó khăn|giải pháp|bài học|phương hướng|tiếp tục|đa dạng|"
    r"chủ động|lấy|làm|xây dựng|"
    r"quan tâm|tập trung|hướng|đưa|sức|vai trò|cách làm|mô hình|dân vận|tình hình|nhiệm vụ|"
    r"lĩnh vực|về|phần|trong|ở|tại|với|niềm|đồng|[IVX]+\.)(?!\w)",
    re.IGNORECASE,
)
_SAID_BELOW = re.compile(
    r"\W*(?:(?:đây|đó) (?:là|cũng là|chính là)\s[^.!?\n;“\"]{0,40}?(?:mô hình|cách làm)|"
    r"mô hình (?:này|trên|đó|ra đời|được|do|của|có|bắt đầu|hình thành|đã|xuất phát|hoạt động|"
    r"thành lập|đi vào)|"
    r"(?:với|từ|qua|nhờ) mô hình (?:này|trên)|cách làm (?:này|của))",
    re.IGNORECASE,
)


def unquoted_candidates(
    context: Context, taken: Sequence[Span], places: Sequence[Span]
) -> list[Candidate]:
    """Return names without marks in a line, in order, none overlapping.

    Args:
        context: The line.
        taken: Spans of quotes; no name is looked for in or across them.
        places: Spans of place names.
    """
    found: list[Candidate] = []
    line = context.text[: context.span.end_char]
    for match in _HEAD.finditer(line, context.span.start_char):
        span = name_from(line, match.end(), _next_start(taken, match.end(), context.span.end_char))
        if span is None or _covered(match.start("head"), taken):
            continue
        candidate = _judge(context, match, span, places)
        if candidate:
            found.append(candidate)
    found.extend(_listed(context, taken, places))
    for match in _PREDICATE.finditer(line, context.span.start_char):
        span = name_from(line, match.start("name"), match.end("name"))
        if span and not _covered(span.start_char, taken):
            odds = scoring.log_odds({"unquoted_capital": True, "predicated": True, "bare": True})
            found.append(Candidate(span, span, odds, context.line, is_quoted=False))
    found.extend(_presented(context, taken))
    found.extend(_parallel(context, found, taken, places))
    found.extend(_heading(context, taken))
    if context.list_open:
        found.extend(_item(context, taken, places))
    return _without_overlap(found)


def _presented(context: Context, taken: Sequence[Span]) -> list[Candidate]:
    """Return things with a proper name ("Quỹ …", "Tổ …") that the text calls a model."""
    found: list[Candidate] = []
    line = context.text[: context.span.end_char]
    for pattern in (_PRESENTED, _STARTED, _ANYWHERE):
        for match in pattern.finditer(line, context.span.start_char):
            start = match.start("name")
            span = name_from(line, start, _next_start(taken, start, context.span.end_char))
            if span is None or span.end_char == match.end("name") or _covered(start, taken):
                continue
            words = line[span.start_char : span.end_char]
            before = line[max(context.span.start_char, start - 300) : start]
            end = _STOP.search(line, span.end_char)
            pointed = end is not None and cues.POINTED_AT.match(line, end.end()) is not None
            signs = {
                "unquoted_capital": pattern is _PRESENTED,
                "adopted_here": pattern is _STARTED,
                "contained": True,
                "bare": pattern is _ANYWHERE,
                "model_near": context.announced or cues.MODEL_WORD.search(before) is not None,
                "predicated": pointed,
                "one_word": len(name_tokens(words)) < 3,
                "in_title": cues.folded_words(words) in context.title,
                "quoted_again": context.text.count(_beginning(words)) > 1,
                "referred": _REFERRED.search(context.text, span.end_char, span.end_char + 500)
                is not None,
            }
            if pattern is _ANYWHERE and _BODY.match(words):
                continue
            signs["repeated"] = context.text.count(_beginning(words)) > 2
            again = signs["quoted_again"] and any(
                signs[sign] for sign in ("referred", "in_title", "model_near")
            )
            told = pointed or again or (signs["model_near"] and pattern is not _STARTED)
            if told and not cues.is_no_name(words) and not cues.is_planned(before):
                odds = scoring.log_odds(signs)
                found.append(Candidate(span, span, odds, context.line, is_quoted=False))
    return found


def _beginning(words: str) -> str:
    """Return the first words of a name: how far it goes may differ from mention to mention."""
    return " ".join(words.split()[:_FEW_TOKENS])


def _parallel(
    context: Context, found: Sequence[Candidate], taken: Sequence[Span], places: Sequence[Span]
) -> list[Candidate]:
    """Return names that open the parts of a sentence whose first part names a case.

    "Mô hình Tiếng trống đêm ra đời ở xã A; Camera nghĩa tình được bà con xã B góp tiền lắp."
    """
    more: list[Candidate] = []
    line = context.text[: context.span.end_char]
    for case in found:
        if not case.is_case or not PROPER.match(line, case.name_span.start_char):
            continue
        stop = _STOP.search(line, case.name_span.end_char)
        end = stop.start() if stop else context.span.end_char
        for part in _NEXT_PART.finditer(line, case.name_span.end_char, end):
            span = name_from(line, part.end(), end)
            if span is None or _covered(part.end(), taken):
                continue
            words = line[span.start_char : span.end_char]
            small = len(name_tokens(words)) >= _FEWEST_SMALL and words.split()[1][0].islower()
            if (
                small
                and _BOUND.match(line, span.end_char)
                and not _is_sentence_case_noise(words, span, places)
            ):
                odds = scoring.log_odds({"joined": True, "bounded": True})
                more.append(Candidate(span, span, odds, context.line, is_quoted=False))
    return more


def _heading(context: Context, taken: Sequence[Span]) -> list[Candidate]:
    """Return a heading that is a bare name, if the paragraph under it says that it is a model."""
    start = context.span.start_char
    opening = _ITEM_OPENING.match(context.text, start, context.span.end_char)
    start = opening.end() if opening else start
    words = context.text[start : context.span.end_char].strip()
    if (
        not context.is_heading
        or not words
        or any(span.start_char < context.span.end_char and span.end_char > start for span in taken)
        or not 2 <= len(name_tokens(words)) <= LONGEST_WORDS
        or not PROPER.match(words)
        or _THEME.match(words)
        or not _SAID_BELOW.match(context.following)
    ):
        return []
    span = Span(start, start + len(words))
    odds = scoring.log_odds({"heading": True, "predicated": True})
    return [Candidate(span, span, odds, context.line, is_quoted=False)]


def _item(context: Context, taken: Sequence[Span], places: Sequence[Span]) -> list[Candidate]:
    """Return the name that opens an item of an announced list of cases."""
    line = context.text[: context.span.end_char]
    opening = _ITEM_OPENING.match(line, context.span.start_char)
    if opening is None or _covered(opening.end(), taken):
        return []
    span = name_from(line, opening.end(), _next_start(taken, opening.end(), context.span.end_char))
    if span is None:
        return []
    words = line[span.start_char : span.end_char]
    tokens = name_tokens(words)
    ends = re.compile(r"\s*(?:[:(;,.–-]|của|do|ở|tại|$)").match(line, span.end_char)
    if (
        len(tokens) < 2
        or ends is None
        or not PROPER.match(words)
        or _is_sentence_case_noise(words, span, places)
        or _GENERIC.fullmatch(cues.folded_words(words))
        or cues.is_no_name(words)
    ):
        return []
    odds = scoring.log_odds({"unquoted_item": True})
    return [Candidate(span, span, odds, context.line, is_quoted=False)]


def _judge(
    context: Context, match: re.Match[str], span: Span, places: Sequence[Span]
) -> Candidate | None:
    text = context.text
    words = text[span.start_char : span.end_char]
    tokens = name_tokens(words)
    capital = bool(PROPER.match(words))
    if capital and _is_sentence_case_noise(words, span, places):
        return None
    folded = cues.folded_words(words)
    if (
        len(tokens) < 2
        or _GENERIC.fullmatch(folded)
        or cues.is_no_name(words)
        or cues.is_saying(words)
    ):
        return None
    if not capital and (_NO_NAME.match(words) or len(tokens) < _FEWEST_SMALL):
        return None
    if _OPENED.match(text, span.end_char):
        return None  # what kind of thing is quoted behind it
    if not capital and not _ACTIVITY.match(words) and match["head"].lower() != "mô hình":
        return None  # "cách làm mới: mỗi tháng hai lần …" tells what is done
    named = bool(match["intro"]) and "tên" in (match["intro"] or "")
    rest = text[span.end_char : context.span.end_char]
    after_head = context.is_heading and match.start("head") - context.span.start_char < 12
    usual = capital or named or _ACTIVITY.match(words) is not None
    signs = {
        "unquoted_capital": capital or named,
        "unquoted_lower": not (capital or named) and usual,
        "unquoted_other": not usual,
        "bounded": bool(_BOUND.match(rest)) or (len(tokens) > 3 and _ENDED.match(rest) is not None),
        "long_name": len(tokens) >= 4,
        "plural": bool(match["plural"]) and not match["intro"],
        "planned": cues.is_planned(_before(context, match.start("head"))),
        "other_sense": cues.OTHER_SENSE.search(words + rest[:80]) is not None,
        "heading": after_head and span.end_char >= context.span.end_char - 1,
        "in_title": not context.is_heading and len(tokens) > 2 and folded in context.title,
        "referred": bool(
            re.search(r"(?<!\w)mô hình\s+(?:này|trên|đó)(?!\w)", rest[:420], re.IGNORECASE)
        ),
    }
    odds = scoring.log_odds(signs)
    return Candidate(span, span, odds, context.line, is_quoted=False)


def _before(context: Context, position: int) -> str:
    """Return the sentence before a position, up to 160 characters."""
    start = max(context.span.start_char, position - 160)
    return re.split(r"[.!?]\s", context.text[start:position])[-1]


def _is_sentence_case_noise(words: str, span: Span, places: Sequence[Span]) -> bool:
    """Tell whether a capital run is a place, or a party, a person, a body."""
    if any(place.start_char <= span.start_char < place.end_char for place in places):
        return True
    return bool(
        re.match(
            r"(?:Đảng|Nhà nước|Bác|Hội (?:Nông|Phụ|Liên|Cựu|LHPN|ND|CCB)|Ông|Bà|Anh|Chị|"
            r"Công ty|UBND|Ủy ban|Chính phủ|Trung ương|Tỉnh|Huyện|Xã|"
            r"Việt Nam|Ban |Sở |Đoàn |Mặt trận|Liên đoàn|Công an|Nghị quyết|Hồ Chí Minh|Covid|"
            r"VietGAP$|OCOP)",
            words,
        )
    )


def _listed(context: Context, taken: Sequence[Span], places: Sequence[Span]) -> list[Candidate]:
    """Return the items of "các mô hình như: Tổ tự quản, Hũ gạo tình thương của …"."""
    found: list[Candidate] = []
    line = context.text[: context.span.end_char]
    for match in _LIST_HEAD.finditer(line, context.span.start_char):
        limit = _next_start(taken, match.end(), context.span.end_char)
        stop = re.compile(r"[.!?…](?=\s|$)").search(line, match.end(), limit)
        end = stop.start() if stop else limit
        if limit < context.span.end_char and not stop:
            continue  # the list goes on in quotes, which tell more
        items = _items(line, match.end(), end)
        names = [span for start in items if (span := name_from(line, start, end))]
        names = [
            span
            for span in names
            if len(name_tokens(line[span.start_char : span.end_char])) >= 2
            and not _is_sentence_case_noise(line[span.start_char : span.end_char], span, places)
            and not cues.is_no_name(line[span.start_char : span.end_char])
            and not _GENERIC.fullmatch(cues.folded_words(line[span.start_char : span.end_char]))
        ]
        if len(names) < 2 or len(names) < len(items) - 1:
            continue
        odds = scoring.log_odds({"unquoted_item": True})
        found.extend(
            Candidate(span, span, odds, context.line, is_quoted=False, is_tight=index > 0)
            for index, span in enumerate(names)
        )
    found.extend(_small_listed(context, taken))
    return found


def _small_listed(context: Context, taken: Sequence[Span]) -> list[Candidate]:
    """Return the items of "các mô hình như nuôi lươn không bùn, trồng dưa trong nhà lưới"."""
    found: list[Candidate] = []
    line = context.text[: context.span.end_char]
    for match in _SMALL_LIST_HEAD.finditer(line, context.span.start_char):
        limit = _next_start(taken, match.end(), context.span.end_char)
        stop = re.compile(r"[.!?…](?=\s|$)").search(line, match.end(), limit)
        end = stop.start() if stop else limit
        parts = re.compile(r"(?:,|;|\svà|\shay)\s+(?:và\s+|mô hình\s+)?").finditer(
            line, match.end(), end
        )
        starts = [match.end(), *(part.end() for part in parts)]
        spans = [span for at in starts if (span := _small_item(line, at, end)) is not None]
        known = sum(_ACTIVITY.match(line, span.start_char) is not None for span in spans)
        if len(spans) < 2 or len(spans) < len(starts) - 1 or 2 * known < len(spans):
            continue
        odds = scoring.log_odds({"unquoted_item": True})
        found.extend(
            Candidate(span, span, odds, context.line, is_quoted=False, is_tight=index > 0)
            for index, span in enumerate(spans)
        )
    return found


def _small_item(line: str, start: int, end: int) -> Span | None:
    span = name_from(line, start, end)
    if span is None or _NO_NAME.match(line, start):
        return None
    words = line[span.start_char : span.end_char]
    usual = _ACTIVITY.match(words) is not None
    is_name = len(name_tokens(words)) >= (
        _FEWEST_SMALL if usual else _FEWEST_SMALL + 1
    ) and not _GENERIC.fullmatch(cues.folded_words(words))
    return span if is_name and words[0].islower() else None


def _items(text: str, start: int, end: int) -> list[int]:
    """Return where the items of a list begin: only those with a capital count."""
    separator = r";\s+(?:và\s+)?" if ";" in text[start:end] else r"(?:,|;|\svà|\shay)\s+(?:và\s+)?"
    head = r"(?:mô hình\s+)?"
    starts = [start]
    starts.extend(
        match.end()
        for match in re.compile(separator + head + rf"(?=[{CAPITALS}\d])").finditer(
            text, start, end
        )
    )
    return starts


def _next_start(taken: Sequence[Span], position: int, end: int) -> int:
    return min((span.start_char for span in taken if span.start_char >= position), default=end)


def _covered(position: int, taken: Sequence[Span]) -> bool:
    return any(span.start_char <= position < span.end_char for span in taken)


def _without_overlap(found: Sequence[Candidate]) -> list[Candidate]:
    kept: list[Candidate] = []
    for candidate in sorted(found, key=lambda item: (-item.odds, item.name_span.start_char)):
        if all(
            candidate.name_span.end_char <= other.name_span.start_char
            or other.name_span.end_char <= candidate.name_span.start_char
            for other in kept
        ):
            kept.append(candidate)
    return sorted(kept, key=lambda item: item.name_span.start_char)
