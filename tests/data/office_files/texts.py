"""Plain text in every encoding, pages, Markdown and records."""

import json
import unicodedata

from tests.data.legacy_bytes import to_cp1258, to_mojibake, to_tcvn3, to_viscii, to_vni
from tests.data.office_stories import STORIES, Story


def texts() -> dict[str, bytes]:
    return {
        "Ghi chép của xóm.txt": text_of("txt_utf8").encode(),
        "utf16.txt": text_of("txt_utf16").encode("utf-16-le"),
        "tcvn3.txt": to_tcvn3(plain(text_of("txt_tcvn3"))),
        "vni.txt": to_vni(plain(text_of("txt_vni"))),
        "viscii.txt": to_viscii(plain(text_of("txt_viscii"))),
        "luu-sai-bang-ma.txt": to_mojibake(text_of("txt_mojibake")).encode(),
        "nfd.txt": unicodedata.normalize("NFD", text_of("txt_nfd")).encode(),
        "bai-viet.html": page_of(STORIES["html"], "utf-8").encode(),
        "bai-viet-cp1258.html": to_cp1258(plain(page_of(STORIES["html_cp1258"], "windows-1258"))),
        "bai-viet.md": (
            "---\nkind: article\n"
            f"title: {STORIES['md_article'].title}\npublished: 2024-03-15\n---\n\n"
            + "\n\n".join((*STORIES["md_article"].paragraphs, STORIES["md_article"].figure))
        ).encode(),
        "mo-hinh.md": _case().encode(),
        "so-mo-hinh.jsonl": _casebook().encode(),
    }


def text_of(name: str) -> str:
    story = STORIES[name]
    return "\n\n".join((story.title, *story.paragraphs, story.figure)) + "\n"


def plain(text: str) -> str:
    """Return text without the quotation marks that old encodings lack."""
    return text.translate({0x201C: '"', 0x201D: '"', 0x2013: "-"}).replace("m²", "m2")


def page_of(story: Story, charset: str) -> str:
    paragraphs = "".join(f"<p>{text}</p>\n" for text in (*story.paragraphs, story.figure))
    return (
        f'<!DOCTYPE html>\n<html lang="vi"><head><meta charset="{charset}">'
        f"<title>{story.title}</title></head>\n<body><nav><a href='/'>Trang chủ</a> "
        f"<a href='/tin'>Tin mới</a></nav>\n<article><h1>{story.title}</h1>\n{paragraphs}</article>"
        "<footer>Liên hệ quảng cáo</footer></body></html>\n"
    )


def _case() -> str:
    return """---
id: ho-rac-gia-dinh-binh-an
name: Hố rác gia đình hai ngăn
field: van-hoa-xa-hoi
topics: [moi-truong]
province: Tiền Giang
district: huyện Gò Công Tây
commune: xã Bình Nhì
organization: Hội Liên hiệp Phụ nữ xã
period: 2021-2023
figures:
  - {result: 1, value: 1380, unit: hố}
---

## Thực trạng

Xe gom rác không vào được các ấp ven kênh.

## Cách làm

1. Hướng dẫn đào hố hai ngăn, một ngăn ủ, một ngăn chôn.
2. Chi hội đến từng nhà kiểm tra mỗi quý.

## Kết quả

- Đào 1.380 hố rác gia đình ở bảy ấp.
"""


def _casebook() -> str:
    record = {
        "id": "doi-ban-cung-tien-phuong-xuan-phu",
        "name": "Đôi bạn cùng tiến",
        "field": "van-hoa-xa-hoi",
        "topics": ["giao-duc"],
        "province": "Đắk Lắk",
        "commune": "xã Xuân Phú",
        "approach": ["Ghép một em học khá với một em học yếu ở gần nhà."],
        "results": [{"text": "Ghép được 62 cặp bạn học", "value": 62, "unit": "cặp"}],
    }
    return json.dumps(record, ensure_ascii=False) + "\n"
