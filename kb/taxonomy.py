"""Fields and topics: the slugs that data carries and the names that officers read."""

import difflib

from kb.errors import InvalidFilter
from kb.models import Field
from kb.text import fold

FIELD_NAMES: dict[Field, str] = {
    Field.ECONOMY: "Kinh tế",
    Field.CULTURE_SOCIETY: "Văn hóa - xã hội",
    Field.DEFENCE_SECURITY: "Quốc phòng - an ninh",
    Field.POLITICAL_SYSTEM: "Xây dựng hệ thống chính trị",
}

TOPIC_NAMES: dict[str, str] = {
    "giam-ngheo": "Giảm nghèo",
    "nong-thon-moi": "Nông thôn mới",
    "nong-nghiep": "Nông nghiệp",
    "thuy-san": "Thủy sản",
    "hop-tac-xa": "Hợp tác xã",
    "ocop": "OCOP (mỗi xã một sản phẩm)",
    "khoi-nghiep": "Khởi nghiệp",
    "moi-truong": "Môi trường",
    "giao-duc": "Giáo dục",
    "y-te": "Y tế",
    "an-sinh-xa-hoi": "An sinh xã hội",
    "nha-o": "Nhà ở",
    "tre-em": "Trẻ em",
    "phu-nu": "Phụ nữ",
    "thanh-nien": "Thanh niên",
    "nguoi-cao-tuoi": "Người cao tuổi",
    "cuu-chien-binh": "Cựu chiến binh",
    "cong-doan": "Công đoàn",
    "dan-toc-ton-giao": "Dân tộc, tôn giáo",
    "van-hoa": "Văn hóa",
    "du-lich": "Du lịch",
    "an-ninh-trat-tu": "An ninh trật tự",
    "quoc-phong": "Quốc phòng",
    "bien-dao": "Biển đảo",
    "cai-cach-hanh-chinh": "Cải cách hành chính",
    "chuyen-doi-so": "Chuyển đổi số",
    "xay-dung-dang": "Xây dựng Đảng",
    "hoa-giai": "Hòa giải",
    "giao-thong": "Giao thông",
    "tin-dung-tiet-kiem": "Tín dụng, tiết kiệm",
}


def topic_name(slug: str) -> str:
    """Return the name of a topic; a topic that officers made up is shown as it is."""
    return TOPIC_NAMES.get(slug, slug)


def parse_field(value: str) -> Field:
    """Return the field of a slug or a Vietnamese name, whatever its case and marks.

    Raises:
        InvalidFilter: There is no such field; the message lists them.
    """
    wanted = fold(value).strip()
    for field, name in FIELD_NAMES.items():
        if wanted in {field.value, fold(name)}:
            return field
    listed = ", ".join(f"{field.value} ({name})" for field, name in FIELD_NAMES.items())
    raise InvalidFilter(f"Không có lĩnh vực {value!r}. Chọn một trong: {listed}.")


def parse_topic(value: str, known: list[str] | None = None) -> str:
    """Return the slug of a topic given as slug or Vietnamese name.

    Args:
        value: What the officer typed.
        known: Further slugs that the knowledge base carries.

    Raises:
        InvalidFilter: There is no such topic; the message names close ones.
    """
    wanted = fold(value).strip()
    slugs = {**{slug: slug for slug in known or []}, **{slug: slug for slug in TOPIC_NAMES}}
    names = {**slugs, **{fold(name): slug for slug, name in TOPIC_NAMES.items()}}
    if wanted in names:
        return names[wanted]
    close = difflib.get_close_matches(wanted, names, n=3, cutoff=0.5)
    slugs_close = list(dict.fromkeys(names[key] for key in close))
    hint = (
        "Gần nhất: " + ", ".join(f"{slug} ({topic_name(slug)})" for slug in slugs_close)
        if slugs_close
        else "Các chủ đề: " + ", ".join(TOPIC_NAMES)
    )
    raise InvalidFilter(f"Không có chủ đề {value!r}. {hint}.")
