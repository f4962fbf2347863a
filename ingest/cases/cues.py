"""The words around a name that say whether it names a case.

Strong heads ("mô hình", "cách làm") present what follows as a case. Containers ("câu lạc bộ",
"quỹ") only say what kind of thing it is. Refusing heads ("phương châm", "hội thi") say that the
quoted words are something else.
"""

import re
from functools import lru_cache

from ingest.cases.letters import CAPITALS
from kb.text import fold, to_matching_form

STRONG = r"(?:mô\s?hình|MH|cách làm|điển hình|sáng kiến|cách thức)"
CONTAINER = (
    r"(?:câu lạc bộ|CLB|tổ hợp tác|THT|hợp tác xã|HTX|tổ liên gia|tổ liên kết|tổ tự quản|tổ|"
    r"đội|nhóm|quỹ|chi hội|chi đoàn|"
    r"chương trình|phong trào|đề án|dự án|công trình|phần việc|hũ gạo|tuyến đường|con đường|"
    r"đoạn đường|"
    r"tủ sách|lớp học|khu dân cư|ngày|phiên chợ|chợ|ngôi nhà|mái ấm|bếp ăn|bữa ăn|cửa hàng|"
    r"gian hàng|trạm|"
    r"điểm|cổng|tiếng loa|vườn|ngân hàng|hoạt động|kênh|trang|nhóm zalo|trang zalo|thùng|tủ|"
    r"cánh đồng|"
    r"làng|liên minh|mạng lưới|thôn|bản|ấp|xóm|khóm|buôn|chi bộ|gia đình|dòng họ|trường học|"
    r"lớp|tuyến phố|tuyến kênh|"
    r"sân chơi|góc|chuyến xe|quán|gian|giờ|hộp thư|chốt|hội quán|không gian|nhà|giải pháp|"
    r"ý tưởng|việc làm|đội hình)"
)
EXEMPLAR = (
    r"(?:tiêu biểu|điển hình|nổi bật|đơn cử|phải kể đến|có thể kể|kể đến|kể tới|ví dụ|ấn tượng)"
)
# Words that may stand between a head and the name without taking the name away from the head.
_FILL = (
    r"(?:hay|mới|sáng tạo|hiệu quả|có hiệu quả|tiêu biểu|điển hình|điểm|nổi bật|thiết thực|"
    r"kiểu mẫu|"
    r"tập thể|cá nhân|tự quản|ý nghĩa|nhân văn|độc đáo|thành công|cụ thể|đầu tiên|dân vận khéo|DVK|"
    r"[“\"«]\s?dân vận khéo\s?[”\"»]|dân vận|thi đua|kinh tế|sinh kế|khởi nghiệp|chuyển đổi số|"
    r"về|như|như là|là|có tên|"
    r"mang tên|với tên gọi|có tên gọi|tên gọi|tên là|tên|gọi là|đó là|là việc|gồm|bao gồm|sau|"
    r"thí điểm|trên|và|đã|được|đang|phải kể đến|có thể kể đến|có thể kể|kể đến|trong đó có|"
    r"đặc biệt là|nhất là|điển hình là|tiêu biểu là|tiêu biểu như|cũ|này|với|đặt tên|làm|cách|"
    r"phong trào|"
    r"\d+\s?trong\s?1|nhỏ|lớn|xanh)"
)
_SPACE = r"[\s,:–-]*"
DIRECT = re.compile(
    rf"(?<!\w){STRONG}(?:{_SPACE}{_FILL}(?!\w))*{_SPACE}(?:{CONTAINER}(?:\s+[\w,]+){{0,4}}?{_SPACE})?$",
    re.IGNORECASE,
)
# "mô hình hay được triển khai ở các xã như: “A”": the name is announced, but not at once.
INTRODUCED = re.compile(
    rf"(?<!\w){STRONG}(?!\w)[^“”\"«».!?\n]{{0,170}}?"
    rf"(?:như|là|gồm|kể đến|kể tới|{EXEMPLAR}|đó là|cụ thể|sau|có|với|như sau|[:])"
    rf"{_SPACE}(?:(?:các|những|một số)\s+)?(?:{CONTAINER}(?:\s+[\w,]+){{0,4}}?{_SPACE})?$",
    re.IGNORECASE,
)
EXEMPLIFIED = re.compile(
    rf"(?<!\w){EXEMPLAR}(?:\s+(?:là|như|có|đến|nhất|cho|của|trong số đó|phải kể đến|với))*{_SPACE}"
    rf"(?:{CONTAINER}(?:\s+[\w,]+){{0,4}}?{_SPACE})?$",
    re.IGNORECASE,
)
NAMED = re.compile(
    r"(?<!\w)(?:mang tên|có tên(?: gọi)?|tên gọi|đặt tên(?: là| cho [^“”\".]{1,30} là)?|"
    r"lấy tên(?: là)?|gọi(?: vui| tắt)? là|"
    r"với tên|tên là|với cái tên(?: rất \w+)?)[\s:,]*$",
    re.IGNORECASE,
)
_HOW = (
    r"(?:\s+(?:được|thêm|ra|nên|mới|thành công|hiệu quả|tốt|thí điểm|các|những|nhiều|"
    r"và (?:nhân rộng|duy trì|phát triển|triển khai)|ngay|cả|lại|đầu tiên))*"
)
ADOPTED_HERE = re.compile(
    rf"(?<!\w)(?:thành lập|ra mắt|lập|duy trì|triển khai|xây dựng|vận hành|gây dựng|khởi xướng|"
    rf"nhân rộng|sáng lập|hình thành|"
    rf"mở|dựng|đăng ký|áp dụng|cho ra đời|nhân ra|giới thiệu|khai trương|phát triển|đề xuất|"
    rf"nghĩ ra|lập nên|làm nên)"
    rf"{_HOW}{_SPACE}(?:{CONTAINER}(?:\s+[\w,]+){{0,4}}?{_SPACE})?$",
    re.IGNORECASE,
)
DONE_HERE = re.compile(
    rf"(?<!\w)(?:thực hiện|phát động|tổ chức|làm|có|tham gia|đó là|là|với|nhờ|từ|bằng|qua|còn|"
    rf"riêng|khác là)"
    rf"{_HOW}{_SPACE}(?:{CONTAINER}(?:\s+[\w,]+){{0,4}}?{_SPACE})?$",
    re.IGNORECASE,
)
ENUMERATED = re.compile(
    rf"(?:^|[\s.;:,])(?:\(\d{{1,2}}\)|\d{{1,2}}[.)]|[-+•*●▪✓–]|[a-zđ]\))\s*(?:(?:mô hình|"
    rf"{CONTAINER})(?:\s+[\w,]+){{0,3}}?{_SPACE})?$",
    re.IGNORECASE,
)
JOINED = re.compile(
    rf"(?:[,;]|(?<!\w)(?:và|còn|cùng|hay|hoặc|khác là|nữa là|có|lập|thì có|rồi|đến|là))\s*"
    rf"(?:(?:các|những)\s+)?(?:(?:mô hình|cách làm|{CONTAINER})(?:\s+[\w,]+){{0,4}}?{_SPACE})?$",
    re.IGNORECASE,
)
OWNED = re.compile(
    r"\s*(?:\(|[,–-]?\s*(?:của|do|ở|tại|thuộc|ra đời|được thành lập|được triển khai|giúp|"
    r"thu hút|hiện có|có|gồm|quy tụ|đã|đến nay|"
    r"được|nhận|mỗi|hằng|với)\s)|\s*:\s",
    re.IGNORECASE,
)
# How names of cases begin, and slogans do not.
MODEL_LIKE = re.compile(
    r"(?:Tổ|Đội|Nhóm|CLB|Câu lạc bộ|Quỹ|Hũ gạo|Tủ|Vườn|Chợ|Đường|Đoạn đường|Tuyến|Mương|"
    r"Dòng họ|Họ đạo|Ngân hàng|Nhà|Ngôi nhà|Bữa|"
    r"Bếp|Góc|Trạm|Lớp|Xóm|Ấp|Thôn|Bản|Buôn|Khu|Làng|Zalo|Camera|Tiếng|Cổng|Ánh sáng|Thắp sáng|"
    r"Nuôi|Trồng|Thư viện|Hòm|Hộp|Thùng|Giỏ|"
    r"Cánh đồng|Cây|Đèn|Gian hàng|Cửa hàng|Phiên|Chuyến|Xe|Thuyền|Tàu|Giếng|Cầu|Đổi|Biến|"
    r"Thu gom|Phân loại|Mái ấm|Mẹ|Nhận|Đỡ đầu|Hội quán|"
    r"Kết nghĩa|Một|Hai|Ba|Mỗi|\d+|Ngày|Giờ|Loa|Hẻm|Phố|Chi hội|Chi bộ|Chi đoàn|Giáo xứ|"
    r"Sân chơi|Bảng tin|Cùng|Nâng|Tiếp|Gạch|Con|Heo|Bò|Dê|Sổ|Rẫy|Suất|Bát|Chén|Bánh)(?!\w)"
)
EVENT = re.compile(
    r"(?:ngày hội|tháng (?!\d)|tuần lễ|hội thi|cuộc thi|lễ |hội nghị|hội thảo|giải |chiến dịch|"
    r"chương trình hành động|năm (?:dân vận|du lịch|chuyển|thanh niên|an)|"
    r"huy hiệu|kỷ niệm chương|danh hiệu|nghị quyết|luật |đề án|kế hoạch|cờ thi đua|bằng khen|"
    r"đêm hội|festival|tết trồng cây|liên hoan)",
    re.IGNORECASE,
)
CONTAINED = re.compile(
    rf"(?<!\w){CONTAINER}(?:\s+(?!và\b|của\b|đã\b|được\b)[\w-]+){{0,5}}?{_SPACE}"
    rf"(?:(?:có tên|mang tên|tên|tên gọi|với tên gọi|là|gọi là)\s+)?$",
    re.IGNORECASE,
)
# After the name: "là mô hình", "– một cách làm hay".
PREDICATED = re.compile(
    rf"^[^.!?\n“\"«]{{0,90}}?(?:,|\s|–|-)\s?(?:là|cũng là|chính là|được xem là|"
    rf"được đánh giá là|trở thành|được coi là|một trong)"
    rf"\s[^.!?\n;“\"«]{{0,40}}?{STRONG}(?!\w)(?!\s+(?:nhân rộng|phát triển))|"
    rf"^\s*[,–-]\s*(?:một\s+)?{STRONG}(?!\w)",
    re.IGNORECASE,
)
MODEL_WORD = re.compile(
    r"(?<!\w)(?:mô\s?hình|cách làm|điển hình|sáng kiến|dân vận khéo|(?-i:MH|DVK))(?!\w)",
    re.IGNORECASE,
)
# The sentence behind the name: "Đây là mô hình …", "Mô hình này …".
POINTED_AT = re.compile(
    r"\s*(?:đây (?:là|cũng là|chính là)\s[^.!?\n;“\"]{0,40}?(?:mô\s?hình|cách làm)(?!\w)|"
    r"(?:với |từ |nhờ |qua )?(?:mô hình|cách làm) (?:này|trên|đó|ấy)(?!\w))",
    re.IGNORECASE,
)
ADOPTED = re.compile(
    r"(?<!\w)(?:thành lập|ra mắt|xây dựng|duy trì|triển khai|phát động|vận hành|nhân rộng|"
    r"thực hiện|"
    r"ra đời|sáng lập|gây dựng|khởi xướng)(?!\w)",
    re.IGNORECASE,
)
REFUSED = re.compile(
    r"(?<!\w)(?:phương châm|khẩu hiệu|(?:với |bằng |trên )tinh thần|tinh thần|quan điểm|"
    r"lời dạy|câu nói|câu|thành ngữ|"
    r"tục ngữ|chủ đề|chuyên đề|chủ trương|tiêu chí|thông điệp|danh hiệu|giải thưởng|giải|"
    r"cuộc thi|hội thi|hội diễn|"
    r"liên hoan|cuộc vận động|hội nghị|hội thảo|tọa đàm|toạ đàm|diễn đàn|tập huấn|"
    r"lớp bồi dưỡng|sách|cuốn|"
    r"tập thơ|tập sách|bài hát|ca khúc|bài viết|bài báo|bài|loạt bài|tác phẩm|vở|vở kịch|phim|"
    r"bộ phim|tiểu phẩm|"
    r"kỷ niệm chương|huy chương|bằng khen|huân chương|nghị quyết|chỉ thị|quyết định|kết luận|"
    r"quy định|luật|nghị định|"
    r"thông tư|văn bản|đề án|kế hoạch|thi đua|theo hướng|theo kiểu|kiểu|phương thức|ví như|ví là|"
    r"mệnh danh|"
    r"xem như|coi như|trở thành|slogan|từ khóa|chữ|từ|nghề|thời|cái|nạn|tệ|bệnh|căn bệnh|"
    r"chiến dịch|ngày hội|chiến lược|"
    r"lễ|lễ hội|đêm nhạc|triển lãm|nghệ thuật|tuần lễ|tháng|chuyên mục|mục|tiết mục|bản tin|"
    r"chuyên trang|phóng sự|"
    r"nhãn hiệu|"
    r"thương hiệu|sản phẩm|công ty|trường|chương trình nghệ thuật|mục tiêu|nguyên tắc|"
    r"bộ tiêu chí|quy tắc|"
    r"đề tài|luận văn|nghiên cứu|báo cáo|tham luận|bức tranh|bài thơ|ước mơ|tình trạng|"
    r"hiện tượng|thói quen|tư tưởng|tâm lý|"
    r"học tập và làm theo|lối sống|bài học|điệu|làn điệu|truyện|trò chơi|gương|tấm gương|"
    r"khu phố văn hóa)"
    r"(?:\s+(?:về|là|của|cho|rằng|truyền thống|năm \d{4}|quốc gia|cấp tỉnh|cấp huyện|thứ|số|"
    r"có tên|mang tên|với|"
    r"số\s?[\w/-]+|[\w/-]*\d[\w/-]*|ngày|tuyên truyền|văn nghệ|thơ|ảnh))*[\s:,]*$",
    re.IGNORECASE,
)
# "Nghị quyết số 05 của Ban Chấp hành … về “…”" is far from its head.
REFUSED_FAR = re.compile(
    r"(?<!\w)(?:nghị quyết|chỉ thị|quyết định|kết luận|nghị định|thông tư|kế hoạch|quy định|"
    r"đề án|công văn|hướng dẫn|chương trình hành động)"
    r"\s[^“”\"«».;!?\n]{0,140}(?:có tên|mang tên|với tên|về(?: việc)?|phê duyệt|ban hành|"
    r"là)[\s:]*$",
    re.IGNORECASE,
)
_SPOKE = (
    r"(?<!\w)(?:cho biết|chia sẻ|nói|bày tỏ|khẳng định|nhấn mạnh|tâm sự|kể(?! đến| tới| từ)|"
    r"phấn khởi|cho rằng|phát biểu|"
    r"trao đổi|bộc bạch|giãi bày|thổ lộ|đánh giá|nhận xét|nhớ lại|tin tưởng|tự hào|cười|"
    r"xúc động|thừa nhận|dặn|dạy|nhắc)"
)
SPEECH_BEFORE = re.compile(
    rf"{_SPOKE}(?:\s+(?:rằng|là|thêm|lại|vui))*[\s:,-]*$|{_SPOKE}[^“”\"\n:]{{0,60}}:\s*$",
    re.IGNORECASE,
)
SPEECH_INSIDE = re.compile(
    r"(?<!\w)(?:tôi|chúng tôi|chúng ta|nhà tôi|nhà mình|gia đình mình|chúng mình|bà con mình|"
    r"nhờ có|trước đây|trước kia|bây giờ|"
    r"giờ đây|hồi trước)(?!\w)",
    re.IGNORECASE,
)
SPEECH_AFTER = re.compile(
    rf"^[\s,–-]*(?:ông|bà|anh|chị|cô|chú|đồng chí|bác|em)\s+[{CAPITALS}][^.“”\n]{{0,120}}"
    r"(?:chia sẻ|cho biết|nói|bày tỏ|khẳng định|nhấn mạnh|tâm sự|kể|phấn khởi)",
)

# What is only planned is no case yet; what goes on or spreads is.
_PLANNED = re.compile(
    r"(?<!\w)(?:sẽ|dự kiến|đề xuất|phấn đấu|lên kế hoạch|có kế hoạch|nghiên cứu|dự định|"
    r"kiến nghị|năm tới|đăng ký mới|tham mưu|chờ|xin chủ trương)(?!\w)"
    r"[^.;“”\n]{0,80}(?:xây dựng|thành lập|ra mắt|triển khai|thí điểm|thực hiện|lập|mở|làm|"
    r"áp dụng|hình thành|phát động)(?!\w)",
    re.IGNORECASE,
)
_GOES_ON = re.compile(
    r"(?<!\w)(?:tiếp tục|nhân rộng|duy trì|mở rộng|nâng cao|giữ vững|phát huy|đã|đang)(?!\w)",
    re.IGNORECASE,
)
# "mô hình" is also a scale model and a model of science, of growth, of the state.
OTHER_SENSE = re.compile(
    r"(?<!\w)(?:thu nhỏ|sa bàn|đồ chơi|trưng bày|lắp ráp|mô phỏng|3D|giấy bồi|mô hình xốp|"
    r"toán học|dự báo|ngôn ngữ lớn|"
    r"trí tuệ nhân tạo|kinh tế lượng|học máy|tăng trưởng|thạch cao|đất sét|bằng gỗ|bằng giấy|"
    r"tỷ lệ 1/\d+|tỉ lệ 1/\d+)(?!\w)",
    re.IGNORECASE,
)


def is_planned(before: str) -> bool:
    """Tell whether the words before a name say that it is still to come.

    Example:
        >>> is_planned("Năm tới, xã sẽ xây dựng mô hình "), is_planned("sẽ tiếp tục mô hình ")
        (True, False)
    """
    planned = _PLANNED.search(before)
    return planned is not None and not _GOES_ON.search(before[planned.start() :])


# Folded names. They are movements, not what a place did; nothing makes them a case.
_CAMPAIGN = re.compile(
    r"(?:(?:phong trao|cuoc van dong|mo hinh|thi dua|dien hinh)\s)*(?:"
    r"dan van kheo(?: (?:cap|tren|tai|o|nam|quy|thang|giai doan|nhiem ky) .*)?|dan van|"
    r"(?:day manh )?hoc tap va lam theo.*|hoc tap|lam theo.*|"
    r"toan dan doan ket xay dung.*|toan dan bao ve an ninh to quoc|toan dan .*ky niem.*|"
    r"(?:ca nuoc|toan dan|toan tinh|[\w ]{0,24})\s?(?:chung suc|chung tay|"
    r"thi dua) xay dung nong thon moi.*|"
    r"(?:ca nuoc )?chung tay vi nguoi ngheo.*|vi nguoi ngheo khong de ai bi bo lai phia sau|"
    r"vi nguoi ngheo|"
    r"khong de ai bi bo lai phia sau|den on dap nghia|uong nuoc nho nguon|thi dua quyet thang|"
    r"vi an ninh to quoc|nguoi viet nam uu tien dung hang viet nam|nong thon moi|do thi van minh|"
    r"(?:chuong trinh (?:muc tieu quoc gia )?)?xay dung nong thon moi(?: (?:do thi|va|nang cao|"
    r"kieu mau|giai doan).*)?|nguoi tot viec tot|"
    r"nong dan (?:thi dua )?san xuat kinh doanh gioi.*|doi moi sang tao|thanh nien tinh nguyen|"
    r"phu nu tich cuc hoc tap lao dong sang tao xay dung gia dinh hanh phuc|"
    r"xay dung gia dinh 5 khong 3 sach|tuoi cao guong sang|cuu chien binh guong mau|"
    r"(?:gia dinh|ap|thon|khu dan cu|lang|co quan|don vi|khu pho|khom|xa|phuong|to dan pho|ban|"
    r"xom|cong dong|cong dan|dong ho) "
    r"(?:dat chuan )?(?:van hoa|hieu hoc|hoc tap|nong thon moi|do thi van minh|"
    r"an toan ve an ninh trat tu|tieu bieu)(?: .{0,20})?|"
    r"hien mau tinh nguyen|mot trieu sang kien.*|thi dua yeu nuoc|"
    r"(?:ca nuoc )?thi dua .*|xoa nha tam nha dot nat|mat tran to quoc)"
)
_SAYING = re.compile(
    r"(?:di tung ngo.*|lay dan lam goc|dan biet.*|nghe dan noi.*|noi dan hieu.*|trong dan.*|"
    r"gan dan.*|oc nghi.*|"
    r"noi di doi voi lam.*|noi phai di doi.*|mot mieng khi doi.*|la lanh dum la rach.*|"
    r"mua dam tham lau.*|"
    r"mat thay tai nghe|tai nghe mat thay|cam tay chi viec|nha nuoc va nhan dan cung lam|"
    r"\d tai cho|bon tai cho|"
    r"y dang long dan|doan ket la suc manh|tuong than tuong ai|tot doi dep dao|"
    r"can kiem liem chinh.*|"
    r"lam cho dan tin.*|ky cuong trach nhiem.*|de tram lan khong dan.*|vi nhan dan phuc vu|"
    r"chung suc dong long|"
    r"nuoc chay da mon|viec gi co loi cho dan.*|trong nguoi|trong nghe|o bau thi tron.*|"
    r"mot cay lam chang.*|"
    r"thuong nguoi nhu the thuong than|ro nguoi ro viec.*|[34] cung|ba cung|bon cung)"
)
_COUNT_SLOGAN = re.compile(r"(?:\d|ba|bon|nam|sau)\s(?:khong|ro|co|biet|hon|nhat|dung|xay|chong)")

# "quý I năm 2021", "6 tháng đầu năm": when something was, in matching form.
_PERIOD = re.compile(
    r"(?:(?:đầu|cuối|giữa|đến|từ|của|và|hết|trong|sơ kết|tổng kết|qua|này|nay|trước|sau|\d+|[ivx]+|"
    r"một|hai|ba|bốn|năm|sáu|chín)\s)*(?:quý|tháng|năm|giai đoạn|nhiệm kỳ|quy|thang|nam|"
    r"giai doan|nhiem ky)(?:\s(?:quý|tháng|năm|giai đoạn|nhiệm kỳ|quy|thang|nam|dau|cuoi|đầu|cuối|"
    r"giữa|đến|tới|và|của|qua|này|nay|trước|sau|\d+|[ivx]+|một|hai|ba|bốn|sáu|chín))*"
)
_WORDS = re.compile(r"[^\W_]+")


@lru_cache(maxsize=4096)
def folded_words(text: str) -> str:
    """Return the words of a text without marks, one space between them."""
    return " ".join(_WORDS.findall(fold(text)))


def is_campaign(name: str) -> bool:
    """Tell whether a name is that of a nation-wide movement.

    Example:
        >>> is_campaign("Dân vận khéo"), is_campaign("Toàn dân đoàn kết xây dựng đời sống văn hóa")
        (True, True)
    """
    return _CAMPAIGN.fullmatch(folded_words(name)) is not None


def is_period(name: str) -> bool:
    """Tell whether words that should name a case only say when something was.

    Example:
        >>> is_period("quý I năm 2021"), is_period("6 tháng đầu năm"), is_period("Năm tấm lòng")
        (True, True, False)
    """
    return _PERIOD.fullmatch(" ".join(_WORDS.findall(to_matching_form(name)))) is not None


def is_no_name(name: str) -> bool:
    """Tell whether words can name no case: a movement (`is_campaign`) or a period of time."""
    return is_campaign(name) or is_period(name)


def is_saying(name: str) -> bool:
    """Tell whether quoted words are a proverb or a maxim.

    Example:
        >>> is_saying("đi từng ngõ, gõ từng nhà, rà từng người")
        True
    """
    return _SAYING.fullmatch(folded_words(name)) is not None


def is_count_slogan(name: str) -> bool:
    """Tell whether the words are a bare numbered slogan such as "4 không"."""
    return _COUNT_SLOGAN.fullmatch(folded_words(name)) is not None
