"""Provinces before and after the reform of 1 July 2025.

Today's 34 provinces and centrally run cities and the 63 that they were made of (Resolution
202/2025/QH15; the name "Huế" replaced "Thừa Thiên Huế" on 1 January 2025 by Resolution
175/2024/QH15). A text that names an old province means that part only; today's name covers all
of its parts. Names are matched bare, without "tỉnh" or "thành phố", because units change rank.
"""

import difflib
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from kb.text import fold, to_matching_form

# Today's name -> the provinces of before 1 July 2025 that it was made of (itself included).
MADE_OF: dict[str, tuple[str, ...]] = {
    "Hà Nội": ("Hà Nội",),
    "Huế": ("Huế",),
    "Lai Châu": ("Lai Châu",),
    "Điện Biên": ("Điện Biên",),
    "Sơn La": ("Sơn La",),
    "Lạng Sơn": ("Lạng Sơn",),
    "Quảng Ninh": ("Quảng Ninh",),
    "Thanh Hóa": ("Thanh Hóa",),
    "Nghệ An": ("Nghệ An",),
    "Hà Tĩnh": ("Hà Tĩnh",),
    "Cao Bằng": ("Cao Bằng",),
    "Tuyên Quang": ("Tuyên Quang", "Hà Giang"),
    "Lào Cai": ("Lào Cai", "Yên Bái"),
    "Thái Nguyên": ("Thái Nguyên", "Bắc Kạn"),
    "Phú Thọ": ("Phú Thọ", "Vĩnh Phúc", "Hòa Bình"),
    "Bắc Ninh": ("Bắc Ninh", "Bắc Giang"),
    "Hưng Yên": ("Hưng Yên", "Thái Bình"),
    "Hải Phòng": ("Hải Phòng", "Hải Dương"),
    "Ninh Bình": ("Ninh Bình", "Hà Nam", "Nam Định"),
    "Quảng Trị": ("Quảng Trị", "Quảng Bình"),
    "Đà Nẵng": ("Đà Nẵng", "Quảng Nam"),
    "Quảng Ngãi": ("Quảng Ngãi", "Kon Tum"),
    "Gia Lai": ("Gia Lai", "Bình Định"),
    "Đắk Lắk": ("Đắk Lắk", "Phú Yên"),
    "Khánh Hòa": ("Khánh Hòa", "Ninh Thuận"),
    "Lâm Đồng": ("Lâm Đồng", "Đắk Nông", "Bình Thuận"),
    "Đồng Nai": ("Đồng Nai", "Bình Phước"),
    "TP Hồ Chí Minh": ("TP Hồ Chí Minh", "Bình Dương", "Bà Rịa - Vũng Tàu"),
    "Tây Ninh": ("Tây Ninh", "Long An"),
    "Đồng Tháp": ("Đồng Tháp", "Tiền Giang"),
    "Vĩnh Long": ("Vĩnh Long", "Bến Tre", "Trà Vinh"),
    "Cần Thơ": ("Cần Thơ", "Sóc Trăng", "Hậu Giang"),
    "An Giang": ("An Giang", "Kiên Giang"),
    "Cà Mau": ("Cà Mau", "Bạc Liêu"),
}

# Other spellings that texts and officers use; matched like the names themselves.
ALIASES: dict[str, str] = {
    "Thừa Thiên Huế": "Huế",
    "Thừa Thiên - Huế": "Huế",
    "Hồ Chí Minh": "TP Hồ Chí Minh",
    "TPHCM": "TP Hồ Chí Minh",
    "TP HCM": "TP Hồ Chí Minh",
    "TP.HCM": "TP Hồ Chí Minh",
    "Sài Gòn": "TP Hồ Chí Minh",
    "Bà Rịa Vũng Tàu": "Bà Rịa - Vũng Tàu",
    "Bà Rịa-Vũng Tàu": "Bà Rịa - Vũng Tàu",
    "Vũng Tàu": "Bà Rịa - Vũng Tàu",
    "Thủ đô": "Hà Nội",
    "Đắc Lắc": "Đắk Lắk",
    "Đắk Lắc": "Đắk Lắk",
    "Đăk Lăk": "Đắk Lắk",
    "Đăk Nông": "Đắk Nông",
    "Đắc Nông": "Đắk Nông",
    "Bắc Cạn": "Bắc Kạn",
    "Công Tum": "Kon Tum",
    "Kontum": "Kon Tum",
    "Qui Nhơn": "Bình Định",
    "Quy Nhơn": "Bình Định",
}

# "Chủ tịch Hồ Chí Minh", "tư tưởng Hồ Chí Minh": the person, unless a rank word stands before.
_PERSON = {"hồ chí minh", "ho chi minh"}
# Everyday words that are spelt like a province: taken only with a capital or a rank word.
_EVERYDAY = {"hòa bình", "thái bình", "vĩnh long", "huế", "thủ đô", "long an", "phú thọ"}
_RANK = re.compile(
    r"(?<![^\W_])(?:tỉnh|thành phố|tp\.?|t\.p\.?|tinh|thanh pho|ở|o|tại|tai)\s*$", re.IGNORECASE
)
_RANK_LENGTH = 12
_PREFIX = re.compile(r"^(?:tỉnh|thành phố|tp\.?|tinh|thanh pho)\s+(?=\S)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Province:
    """A province by its name at some time.

    Attributes:
        name: Canonical name.
        today: The province that its territory belongs to now.
        parts: Names of the old provinces that the name covers: for one of today's names all
            that it was made of, for a name that is gone just itself.
    """

    name: str
    today: str
    parts: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Whether the name is one of today's 34."""
        return self.name == self.today

    @property
    def filter_names(self) -> tuple[str, ...]:
        """Names under which a document of this province must be found."""
        return (self.name,) if self.is_current else (self.name, self.today)


@dataclass(frozen=True, slots=True)
class ProvinceMention:
    """A province named in a text, with where it stands."""

    province: Province
    start_char: int
    end_char: int


def _squeeze(text: str) -> str:
    return " ".join(re.findall(r"[^\W_]+", text))


@cache
def _by_key() -> dict[str, Province]:
    """All names and aliases, in matching and in folded form."""
    provinces: dict[str, Province] = {}
    for today, parts in MADE_OF.items():
        for part in parts:
            provinces[part] = Province(part, today, parts if part == today else (part,))
    keys: dict[str, Province] = {}
    for spelling, name in {**{name: name for name in provinces}, **ALIASES}.items():
        keys[_squeeze(to_matching_form(spelling))] = provinces[name]
        keys.setdefault(_squeeze(fold(spelling)), provinces[name])
    return keys


def province_names() -> list[str]:
    """Return all canonical names, today's first, each group in the order of `MADE_OF`."""
    gone = [part for today, parts in MADE_OF.items() for part in parts if part != today]
    return [*MADE_OF, *gone]


def get_province(name: str) -> Province | None:
    """Return the province of that name: any tone style, case, rank word, with or without marks.

    Example:
        >>> get_province("tinh bac lieu").today
        'Cà Mau'
        >>> get_province("Atlantis") is None
        True
    """
    name = unicodedata.normalize("NFC", name)
    for candidate in (name, _PREFIX.sub("", name.strip())):
        for form in (to_matching_form(candidate), fold(candidate)):
            if found := _by_key().get(_squeeze(form)):
                return found
    return None


def close_province_names(name: str, limit: int = 3) -> list[str]:
    """Return the canonical names spelt most like `name`, best first."""
    names = {fold(candidate): candidate for candidate in province_names()}
    wanted = fold(_PREFIX.sub("", name.strip()))
    return [names[key] for key in difflib.get_close_matches(wanted, names, n=limit, cutoff=0.5)]


@cache
def _scanner() -> re.Pattern[str]:
    keys = sorted(_by_key(), key=len, reverse=True)
    body = "|".join(re.escape(key).replace(r"\ ", r"[\s.\-–]+") for key in keys)
    return re.compile(rf"(?<![^\W_])(?:{body})(?![^\W_])")


def _everyday(text: str, start: int, key: str) -> bool:
    """Tell whether a match is more likely a common word than a place."""
    if _RANK.search(text[max(0, start - _RANK_LENGTH) : start]):
        return False
    if key in _PERSON:
        return True
    return key in _EVERYDAY and not text[start].isupper()


def find_provinces(text: str) -> list[ProvinceMention]:
    """Return the provinces that a text names, in order, longest match first.

    Names count with and without their marks ("Cà Mau", "ca mau"): officers leave marks out, often
    in a part of a query only.

    Args:
        text: NFC text; the offsets of the mentions refer to it.
    """
    # Matching form may move a tone mark, but keeps the number of characters of nearly all NFC
    # texts; a rare letter such as "İ" has a longer lower case.
    haystack = to_matching_form(text)
    if len(haystack) != len(text):
        haystack = "".join(low if len(low := char.lower()) == 1 else char for char in text)
    return list(_mentions(text, haystack))


def _mentions(text: str, haystack: str) -> Iterator[ProvinceMention]:
    for match in _scanner().finditer(haystack):
        key = _squeeze(match[0])
        province = _by_key().get(key)
        if province is None or _everyday(text, match.start(), key):
            continue
        yield ProvinceMention(province, match.start(), match.end())
