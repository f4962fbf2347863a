"""Words that tell whether a name means a place: ranks, titles before persons, everyday names."""

from kb.text import fold

RANKS: dict[str, str] = {
    "tỉnh": "province", "huyện": "district", "quận": "district", "xã": "commune",
    "phường": "commune", "tp": "city", "tx": "district", "tt": "commune",
    "ấp": "hamlet", "thôn": "hamlet", "xóm": "hamlet", "khóm": "hamlet", "bản": "hamlet",
    "buôn": "hamlet", "sóc": "hamlet", "phum": "hamlet", "bon": "hamlet", "plei": "hamlet",
    "đường": "hamlet", "phố": "hamlet", "kp": "hamlet",
}  # fmt: skip
LETTER_RANKS = {"h": "district", "q": "district", "x": "commune", "p": "commune", "t": "province"}
RANK_PAIRS: dict[tuple[str, str], str] = {
    ("thành", "phố"): "city", ("thị", "xã"): "district", ("thị", "trấn"): "commune",
    ("đặc", "khu"): "commune", ("khu", "phố"): "hamlet", ("dân", "phố"): "hamlet",
    ("tỉnh", "ủy"): "province", ("huyện", "ủy"): "district", ("quận", "ủy"): "district",
    ("thị", "ủy"): "district", ("thành", "ủy"): "city", ("tỉnh", "đoàn"): "province",
    ("huyện", "đoàn"): "district", ("quận", "đoàn"): "district", ("thị", "đoàn"): "district",
    ("thành", "đoàn"): "city", ("xã", "đoàn"): "commune", ("tác", "xã"): "thing",
    ("huyện", "đảo"): "district", ("xã", "đảo"): "commune", ("làng", "nghề"): "thing",
    ("công", "ty"): "thing", ("câu", "lạc"): "thing", ("lạc", "bộ"): "thing",
    ("hợp", "tác"): "thing", ("thương", "hiệu"): "thing", ("đồng", "chí"): "person",
    ("liệt", "sĩ"): "person", ("liệt", "sỹ"): "person", ("anh", "hùng"): "person",
    ("nghệ", "nhân"): "person", ("tấm", "gương"): "person", ("chủ", "tịch"): "person",
    ("bí", "thư"): "person", ("giám", "đốc"): "person", ("nhà", "thơ"): "person",
    ("tổng", "thống"): "person", ("tư", "tưởng"): "person", ("lưu", "vực"): "thing",
    ("phong", "trào"): "thing", ("bệnh", "viện"): "thing", ("nhà", "máy"): "thing",
    ("tiểu", "học"): "thing", ("mầm", "non"): "thing", ("mẫu", "giáo"): "thing",
    ("khách", "sạn"): "thing", ("chiến", "thắng"): "thing",
    ("ủy", "viên"): "person", ("giống", "lúa"): "thing", ("chiến", "dịch"): "thing",
}  # fmt: skip
PLAIN_RANKS = {fold(word): kind for word, kind in RANKS.items() if kind != "hamlet"}
PLAIN_RANK_PAIRS = {
    (fold(one), fold(two)): kind for (one, two), kind in RANK_PAIRS.items() if kind != "person"
}
ACCENTED_RANK = {
    "tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "huyen": "huyện", "quan": "quận",
    "xa": "xã", "phuong": "phường", "thanh pho": "thành phố", "thi xa": "thị xã",
    "thi tran": "thị trấn", "huyện ủy": "huyện", "quận ủy": "quận", "thị ủy": "thị xã",
    "thành ủy": "thành phố", "huyện đoàn": "huyện", "thành đoàn": "thành phố",
    "thị đoàn": "thị xã", "xã đoàn": "xã", "huyện đảo": "huyện", "xã đảo": "xã",
}  # fmt: skip
BEFORE_PERSON = frozenset("ông bà anh chị cô chú cụ thầy cậu dì vua tướng".split())
BEFORE_THING = frozenset(
    "htx clb tht trường thpt thcs chùa đình đền miếu quán sông suối hồ núi kênh rạch cầu tàu nhóm"
    " đội cty tnhh hãng giống báo quỹ tổ".split()
)
# Words that open a sentence or a line before a place, so that their capital means nothing.
OPENERS = frozenset(
    "tại ở từ về đến và của cho do trên trong người dân các những huyện xã vùng nông cùng với như"
    " khi ngoài đặc riêng nếu theo sau trước gần qua ubnd hđnd mttq ubmttq là có tới".split()
)
MANY = frozenset("các những mỗi nhiều từng cac nhung moi nhieu".split())
# What is named after a commune far away: "sâm Ngọc Linh".
BEFORE_PRODUCT = frozenset(
    "sâm gạo chè trà bưởi cam quýt nhãn vải xoài dừa mật rượu mắm gà heo lợn bò tiêu tỏi hành bánh"
    " nem đồng núi đỉnh đèo vịnh đảo hang".split()
)
FAMILY_NAMES = frozenset(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trương lương lâm"
    " tạ đoàn quách trịnh mai tô cao đào phùng tôn thạch danh từ lưu tống nông hà thái đàm văn"
    " vương kim chu châu quang".split()
)
# Districts that carry the name of a famous person or an everyday word.
EVERYDAY_DISTRICTS = frozenset(
    {
        "thống nhất", "bình minh", "ngô quyền", "lê chân", "hai bà trưng", "hồng bàng",
        "bác ái", "phú quý", "thanh xuân", "hoàng mai", "tân bình", "thanh bình", "yên bình",
        "tân phú", "tân thành", "trường sa", "tân tiến", "cộng hòa", "hòa bình", "thái hòa",
        "tây sơn", "thái bình", "cửu long", "phú hòa", "vĩnh phúc",
    }
)  # fmt: skip
# Words of which names of co-operatives, hamlets, movements and ideals are made: a commune's name
# made of such words alone says little without a rank word or the unit above beside it.
EVERYDAY_SYLLABLES = frozenset(
    "an bình hòa thống nhất đoàn kết tiến bộ tân thành lợi minh phú quý thịnh vượng phát cộng sơn"
    " hưng thắng hạnh phúc tự do độc lập quyết tâm hợp đồng tiên phong thanh niên văn hóa giang"
    " trường xuân đại nghĩa trung hiếu ninh quang vinh vĩnh long mỹ phước lộc thọ khánh thuận hải"
    " chính công nông tháng tám dân chủ chí linh sao vàng bông sen đông tây nam bắc phong nhân"
    " đức tín lạc hồng kim ngọc bảo thái yên việt ái quốc giải phóng cách mạng xã hội".split()
)
# Newspapers, schools, uprisings: names that only happen to be those of a single commune.
EVERYDAY_COMMUNES = frozenset(
    {"tiền phong", "bách khoa", "lam sơn", "phù đổng", "hùng vương", "trường sơn", "biên giới"}
)
# Provinces that are taken in lower case only with a sign that a place is meant.
EVERYDAY_PROVINCES = frozenset(
    {"hòa bình", "thái bình", "vĩnh long", "huế", "thủ đô", "long an", "phú thọ"}
)
PERSONS = frozenset({"hồ chí minh"})
DIRECTIONS = frozenset({"tây bắc", "đông bắc", "bắc bộ", "trung bộ", "nam bộ", "việt bắc"})
BEFORE_DIRECTION = frozenset("phía hướng gió mùa cánh góc".split())
BEFORE_REGION = frozenset("vùng miền khu".split())
LOCATIVE = frozenset("ở tại o tai".split())
AND = frozenset(("và", "hoặc", "va"))
CONNECTING = frozenset(
    "tỉnh huyện quận thị xã thành phố tp tx tt của thuộc cũ trấn phường h t q x tinh huyen quan"
    " thi xa thanh pho cua thuoc".split()
)
