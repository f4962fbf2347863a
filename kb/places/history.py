"""Places that are no unit of today or of 2025: regions, provinces of earlier times, lost districts.

Everything is told in names of the 63 provinces of before 1 July 2025.
"""

_WEST = (
    "An Giang", "Bạc Liêu", "Bến Tre", "Cà Mau", "Cần Thơ", "Đồng Tháp", "Hậu Giang", "Kiên Giang",
    "Long An", "Sóc Trăng", "Tiền Giang", "Trà Vinh", "Vĩnh Long",
)  # fmt: skip
_SOUTH_EAST = (
    "TP Hồ Chí Minh", "Bà Rịa - Vũng Tàu", "Bình Dương", "Bình Phước", "Đồng Nai", "Tây Ninh",
)  # fmt: skip
_HIGHLANDS = ("Kon Tum", "Gia Lai", "Đắk Lắk", "Đắk Nông", "Lâm Đồng")
_RED_RIVER = (
    "Hà Nội", "Hải Phòng", "Vĩnh Phúc", "Bắc Ninh", "Quảng Ninh", "Hải Dương", "Hưng Yên",
    "Thái Bình", "Hà Nam", "Nam Định", "Ninh Bình",
)  # fmt: skip
_NORTH_WEST = ("Hòa Bình", "Sơn La", "Điện Biên", "Lai Châu", "Lào Cai", "Yên Bái")
# Quảng Ninh belongs to the Red River delta in plans and to the north-east in common speech.
_NORTH_EAST = (
    "Hà Giang", "Cao Bằng", "Bắc Kạn", "Lạng Sơn", "Tuyên Quang", "Thái Nguyên", "Phú Thọ",
    "Bắc Giang", "Quảng Ninh",
)  # fmt: skip
_NORTHERN_MOUNTAINS = tuple(
    name for name in (*_NORTH_WEST, *_NORTH_EAST) if name != "Quảng Ninh"
)  # fmt: skip
_NORTH_CENTRAL = ("Thanh Hóa", "Nghệ An", "Hà Tĩnh", "Quảng Bình", "Quảng Trị", "Huế")
_SOUTH_CENTRAL = (
    "Đà Nẵng", "Quảng Nam", "Quảng Ngãi", "Bình Định", "Phú Yên", "Khánh Hòa", "Ninh Thuận",
    "Bình Thuận",
)  # fmt: skip
_VIET_BAC = ("Cao Bằng", "Bắc Kạn", "Lạng Sơn", "Hà Giang", "Tuyên Quang", "Thái Nguyên")
_NORTH = tuple(dict.fromkeys((*_RED_RIVER, *_NORTHERN_MOUNTAINS)))
_CENTRE = (*_NORTH_CENTRAL, *_SOUTH_CENTRAL)
_SOUTH = (*_SOUTH_EAST, *_WEST)

# Canonical name -> (other spellings, provinces).
REGIONS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Đồng bằng sông Cửu Long": (
        (
            "ĐBSCL", "miền Tây", "miền Tây Nam Bộ", "Tây Nam Bộ", "đồng bằng Nam Bộ",
            "miền Tây sông nước",
        ),
        _WEST,
    ),
    "Tây Nguyên": ((), _HIGHLANDS),
    "Đông Nam Bộ": (("miền Đông", "miền Đông Nam Bộ"), _SOUTH_EAST),
    "Đồng bằng sông Hồng": (("ĐBSH", "đồng bằng Bắc Bộ", "châu thổ sông Hồng"), _RED_RIVER),
    "Tây Bắc": (("Tây Bắc Bộ",), _NORTH_WEST),
    "Đông Bắc": (("Đông Bắc Bộ",), _NORTH_EAST),
    "Trung du và miền núi Bắc Bộ": (
        (
            "miền núi phía Bắc", "trung du và miền núi phía Bắc", "trung du miền núi phía Bắc",
            "trung du miền núi Bắc Bộ", "miền núi Bắc Bộ", "vùng cao phía Bắc",
        ),
        _NORTHERN_MOUNTAINS,
    ),
    "Việt Bắc": ((), _VIET_BAC),
    "Bắc Trung Bộ": (("Bắc miền Trung",), _NORTH_CENTRAL),
    "Duyên hải Nam Trung Bộ": (("Nam Trung Bộ",), _SOUTH_CENTRAL),
    "Miền Trung": (
        ("Trung Bộ", "duyên hải miền Trung", "Bắc Trung Bộ và Duyên hải miền Trung"),
        _CENTRE,
    ),
    "Miền Trung - Tây Nguyên": (("miền Trung và Tây Nguyên",), (*_CENTRE, *_HIGHLANDS)),
    "Miền Bắc": (("Bắc Bộ",), _NORTH),
    "Miền Nam": (("Nam Bộ",), _SOUTH),
    "Đồng Tháp Mười": ((), ("Long An", "Tiền Giang", "Đồng Tháp")),
    "Tứ giác Long Xuyên": ((), ("An Giang", "Kiên Giang", "Cần Thơ")),
    "Bán đảo Cà Mau": (
        (),
        ("Cà Mau", "Bạc Liêu", "Sóc Trăng", "Hậu Giang", "Kiên Giang", "Cần Thơ"),
    ),
    "U Minh Hạ": ((), ("Cà Mau",)),
}  # fmt: skip

# Provinces that were gone before 2025 -> (other spellings, what they became).
FORMER_PROVINCES: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "Quảng Nam - Đà Nẵng": ((), ("Quảng Nam", "Đà Nẵng")),
    "Bình Trị Thiên": ((), ("Quảng Bình", "Quảng Trị", "Huế")),
    "Minh Hải": ((), ("Cà Mau", "Bạc Liêu")),
    "Sông Bé": ((), ("Bình Dương", "Bình Phước")),
    "Hà Tây": ((), ("Hà Nội",)),
    "Hà Sơn Bình": ((), ("Hà Nội", "Hòa Bình")),
    "Hà Nam Ninh": ((), ("Hà Nam", "Nam Định", "Ninh Bình")),
    "Nam Hà": ((), ("Hà Nam", "Nam Định")),
    "Hải Hưng": ((), ("Hải Dương", "Hưng Yên")),
    "Vĩnh Phú": ((), ("Vĩnh Phúc", "Phú Thọ")),
    "Bắc Thái": ((), ("Bắc Kạn", "Thái Nguyên")),
    "Hà Bắc": ((), ("Bắc Giang", "Bắc Ninh")),
    "Hà Tuyên": ((), ("Hà Giang", "Tuyên Quang")),
    "Hoàng Liên Sơn": ((), ("Lào Cai", "Yên Bái")),
    "Cao Lạng": ((), ("Cao Bằng", "Lạng Sơn")),
    "Nghệ Tĩnh": ((), ("Nghệ An", "Hà Tĩnh")),
    "Nghĩa Bình": ((), ("Quảng Ngãi", "Bình Định")),
    "Phú Khánh": ((), ("Phú Yên", "Khánh Hòa")),
    "Thuận Hải": ((), ("Ninh Thuận", "Bình Thuận")),
    "Gia Lai - Kon Tum": ((), ("Gia Lai", "Kon Tum")),
    "Cửu Long": ((), ("Vĩnh Long", "Trà Vinh")),
    "Vũng Tàu - Côn Đảo": ((), ("Bà Rịa - Vũng Tàu",)),
}
# Names that are more often something else; taken only after "tỉnh" ("Cửu Long" is a river).
ONLY_WITH_RANK = frozenset(
    {"Cửu Long", "Hoàng Liên Sơn", "Vĩnh Phú", "Nam Hà", "Thuận Hải", "Phú Khánh"}
)

# Districts that were gone before July 2025 and other names: (province, name) -> the district that
# took them in or has that name.
OTHER_DISTRICT_NAMES: dict[tuple[str, str], str] = {
    ("TP Hồ Chí Minh", "2"): "Thủ Đức",
    ("TP Hồ Chí Minh", "9"): "Thủ Đức",
    ("Thanh Hóa", "Đông Sơn"): "Thanh Hóa",
    ("Quảng Ninh", "Hoành Bồ"): "Hạ Long",
    ("Cao Bằng", "Trà Lĩnh"): "Trùng Khánh",
    ("Cao Bằng", "Thông Nông"): "Hà Quảng",
    ("Cao Bằng", "Phục Hòa"): "Quảng Hòa",
    ("Cao Bằng", "Quảng Uyên"): "Quảng Hòa",
    ("Quảng Nam", "Nông Sơn"): "Quế Sơn",
    ("Quảng Ngãi", "Tây Trà"): "Trà Bồng",
    ("Lâm Đồng", "Cát Tiên"): "Đạ Huoai",
    ("Lâm Đồng", "Đạ Tẻh"): "Đạ Huoai",
    ("Nam Định", "Mỹ Lộc"): "Nam Định",
    ("Ninh Bình", "Ninh Bình"): "Hoa Lư",
    ("Bắc Giang", "Yên Dũng"): "Bắc Giang",
    ("Bà Rịa - Vũng Tàu", "Long Điền"): "Long Đất",
    ("Bà Rịa - Vũng Tàu", "Đất Đỏ"): "Long Đất",
    ("Huế", "Nam Đông"): "Phú Lộc",
    ("Hòa Bình", "Kỳ Sơn"): "Hòa Bình",
    ("Nghệ An", "Cửa Lò"): "Vinh",
    ("Hà Tĩnh", "Lộc Hà"): "Thạch Hà",
    ("Lào Cai", "Sapa"): "Sa Pa",
    ("Đắk Lắk", "Buôn Mê Thuột"): "Buôn Ma Thuột",
    ("Đắk Lắk", "Ban Mê Thuột"): "Buôn Ma Thuột",
}
