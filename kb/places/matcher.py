"""Find the places that a text names: regions, provinces, districts, communes.

Names are matched on their syllables in both tone styles, bare, with a rank word before them or
with the unit above beside them. Many names are ordinary words or names of people and firms, so a
small place counts only where something tells that a place is meant.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from kb.places.graph import REFORM, PlaceGraph, Unit, key_of, one_i, place_graph
from kb.places.history import FORMER_PROVINCES, ONLY_WITH_RANK, REGIONS
from kb.places.provinces import ALIASES, Province, get_province, province_names
from kb.text import fold, to_matching_form

MentionLevel = Literal["region", "province", "district", "commune"]

_TOKEN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
_INNER_GAP = re.compile(r"\s{1,3}|\s?[-–—'’ʼ`]\s?|")
_RANK_GAP = re.compile(r"\s*\.?\s*")
# What may stand between the members of a list of places, or a place and the one it lies in.
_LIST_GAP = re.compile(r"\s*[,;/&+]?\s*")
_BESIDE_GAP = re.compile(r"\s*[,(\-–—:;/]?\s*")
_SHORT_TEXT = 40  # tokens: a query rather than a document

_RANKS: dict[str, str] = {
    "tỉnh": "province", "huyện": "district", "quận": "district", "xã": "commune",
    "phường": "commune", "tp": "city", "tx": "district", "tt": "commune",
    "ấp": "hamlet", "thôn": "hamlet", "xóm": "hamlet", "khóm": "hamlet", "bản": "hamlet",
    "buôn": "hamlet", "sóc": "hamlet", "phum": "hamlet", "bon": "hamlet", "plei": "hamlet",
    "đường": "hamlet", "phố": "hamlet", "kp": "hamlet",
}  # fmt: skip
_LETTER_RANKS = {"h": "district", "q": "district", "x": "commune", "p": "commune", "t": "province"}
_RANK_PAIRS: dict[tuple[str, str], str] = {
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
_BEFORE_PERSON = frozenset("ông bà anh chị cô chú cụ thầy cậu dì vua tướng".split())
_BEFORE_THING = frozenset(
    "htx clb tht trường thpt thcs chùa đình đền miếu quán sông suối hồ núi kênh rạch cầu tàu nhóm"
    " đội cty tnhh hãng giống báo quỹ tổ".split()
)
# Words that open a sentence or a line before a place, so that their capital means nothing.
_OPENERS = frozenset(
    "tại ở từ về đến và của cho do trên trong người dân các những huyện xã vùng nông cùng với như"
    " khi ngoài đặc riêng nếu theo sau trước gần qua ubnd hđnd mttq ubmttq là có tới".split()
)
_MANY = frozenset("các những mỗi nhiều từng cac nhung moi nhieu".split())
# What is named after a commune far away: "sâm Ngọc Linh".
_BEFORE_PRODUCT = frozenset(
    "sâm gạo chè trà bưởi cam quýt nhãn vải xoài dừa mật rượu mắm gà heo lợn bò tiêu tỏi hành bánh"
    " nem đồng núi đỉnh đèo vịnh đảo hang".split()
)
_FAMILY_NAMES = frozenset(
    "nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đinh trương lương lâm"
    " tạ đoàn quách trịnh mai tô cao đào phùng tôn thạch danh từ lưu tống nông hà thái đàm văn"
    " vương kim chu châu quang".split()
)
# Districts that carry the name of a famous person or an everyday word.
_EVERYDAY_DISTRICTS = frozenset(
    {
        "thống nhất", "bình minh", "ngô quyền", "lê chân", "hai bà trưng", "hồng bàng",
        "bác ái", "phú quý", "thanh xuân", "hoàng mai", "tân bình", "thanh bình", "yên bình",
        "tân phú", "tân thành", "trường sa", "tân tiến", "cộng hòa", "hòa bình", "thái hòa",
        "tây sơn", "thái bình", "cửu long", "phú hòa", "vĩnh phúc",
    }
)  # fmt: skip
# Words of which names of co-operatives, hamlets, movements and ideals are made: a commune's name
# made of such words alone says little without a rank word or the unit above beside it.
_EVERYDAY_SYLLABLES = frozenset(
    "an bình hòa thống nhất đoàn kết tiến bộ tân thành lợi minh phú quý thịnh vượng phát cộng sơn"
    " hưng thắng hạnh phúc tự do độc lập quyết tâm hợp đồng tiên phong thanh niên văn hóa giang"
    " trường xuân đại nghĩa trung hiếu ninh quang vinh vĩnh long mỹ phước lộc thọ khánh thuận hải"
    " chính công nông tháng tám dân chủ chí linh sao vàng bông sen đông tây nam bắc phong nhân"
    " đức tín lạc hồng kim ngọc bảo thái yên việt ái quốc giải phóng cách mạng xã hội".split()
)
# Newspapers, schools, uprisings: names that only happen to be those of a single commune.
_EVERYDAY_COMMUNES = frozenset(
    {"tiền phong", "bách khoa", "lam sơn", "phù đổng", "hùng vương", "trường sơn", "biên giới"}
)
# Provinces that are taken in lower case only with a sign that a place is meant.
_EVERYDAY_PROVINCES = frozenset(
    {"hòa bình", "thái bình", "vĩnh long", "huế", "thủ đô", "long an", "phú thọ"}
)
_PERSONS = frozenset({"hồ chí minh"})
_DIRECTIONS = frozenset({"tây bắc", "đông bắc", "bắc bộ", "trung bộ", "nam bộ", "việt bắc"})
_BEFORE_DIRECTION = frozenset("phía hướng gió mùa cánh góc".split())
_BEFORE_REGION = frozenset("vùng miền khu".split())
_LOCATIVE = frozenset("ở tại o tai".split())


# Spellings of provinces that mean them only as a whole ("TT" alone is a thị trấn).
_MORE_SPELLINGS = {"TT Huế": "Huế", "Daklak": "Đắk Lắk", "Đắklắk": "Đắk Lắk", "Daknong": "Đắk Nông"}
# No Vietnamese syllable has two vowels apart: "Pleiku", "Sapa".
_TWO_SYLLABLES = re.compile(r"[aeiouy]+[^aeiouy]+[aeiouy]")


class _Token(NamedTuple):
    start: int
    end: int
    form: str
    folded: str
    capital: bool


@dataclass(frozen=True, slots=True)
class PlaceMention:
    """A place named in a text.

    Attributes:
        start_char: Offset in the text.
        end_char: End of it, exclusive; the rank word is not part of it.
        text: The name as written.
        level: What kind of place is meant.
        name: Canonical bare name.
        units: The units that may be meant: several if neither the text nor the name tells which.
            Empty for regions and for provinces of before 1997.
        old_provinces: Names of the old provinces that the place covers or lies in.
        ranked: Whether a rank word stands before the name.
    """

    start_char: int
    end_char: int
    text: str
    level: MentionLevel
    name: str
    units: tuple[Unit, ...]
    old_provinces: frozenset[str]
    ranked: bool = False

    @property
    def is_ambiguous(self) -> bool:
        """Whether the name stands for places in several provinces and nothing tells which."""
        if self.level not in ("district", "commune") or len(self.units) < 2:
            return False
        graph = place_graph()
        shared = [graph.old_provinces(unit.code) for unit in self.units]
        return not frozenset.intersection(*shared)


@dataclass(frozen=True, slots=True)
class _Wide:
    """A region or province as the matcher knows it."""

    name: str
    level: Literal["region", "province"]
    forms: tuple[str, ...]
    old_provinces: frozenset[str]
    province: Province | None
    only_with_rank: bool = False


@dataclass(frozen=True, slots=True)
class _Hit:
    """Syllables of a text that spell some name."""

    first: int
    end: int
    key: str

    def overlaps(self, taken: Sequence[bool]) -> bool:
        return any(taken[self.first : self.end])


@lru_cache(maxsize=32_768)
def _forms(raw: str) -> tuple[str, str]:
    if raw.isascii():
        low = raw.lower()
        if low.isdigit():
            low = low.lstrip("0") or "0"
        return (low, low) if low.isdigit() else (one_i(low), one_i(low))
    # "Đăk" and "Đắk" are one word of the highlands' names.
    form = to_matching_form(raw)
    return one_i("đắk" if form == "đăk" else form), one_i(fold(raw))


def _tokens(text: str) -> list[_Token]:
    found = []
    for match in _TOKEN.finditer(text):
        raw = match[0]
        found.append(_Token(match.start(), match.end(), *_forms(raw), not raw[0].islower()))
    return found


@lru_cache(maxsize=32_768)
def name_forms(name: str) -> tuple[str, ...]:
    """Return the syllables of a name in the matching form."""
    return tuple(_forms(match[0])[0] for match in _TOKEN.finditer(name))


class _Vocabulary:
    """Every name by its folded key, and the lengths of the names that a syllable may begin."""

    def __init__(self, graph: PlaceGraph) -> None:
        self.graph = graph
        self.wide: dict[str, list[_Wide]] = defaultdict(list)
        for name, (spellings, parts) in REGIONS.items():
            for spelling in (name, *spellings):
                self._add(spelling, name, "region", parts)
        for name, (spellings, parts) in FORMER_PROVINCES.items():
            for spelling in (name, *spellings):
                self._add(spelling, name, "province", parts)
        names = {name: name for name in province_names()}
        for spelling, name in {**names, **ALIASES}.items():
            # Cities below the level of a province are found as such.
            if spelling not in ("Vũng Tàu", "Quy Nhơn", "Qui Nhơn"):
                self._add(spelling, name, "province", (name,), get_province(name))
        for spelling, name in _MORE_SPELLINGS.items():
            self._add(spelling, name, "province", (name,), get_province(name))
        self.codes = graph.codes_by_key
        lengths: dict[str, set[int]] = defaultdict(set)
        for key in (*self.wide, *self.codes):
            first, _, rest = key.partition(" ")
            lengths[first].add(rest.count(" ") + 2 if rest else 1)
        self.lengths = {
            first: tuple(sorted(found, reverse=True)) for first, found in lengths.items()
        }

    def _add(
        self,
        spelling: str,
        name: str,
        level: Literal["region", "province"],
        parts: Iterable[str],
        province: Province | None = None,
    ) -> None:
        forms = name_forms(spelling)
        key = key_of(" ".join(forms))
        wide = _Wide(name, level, forms, frozenset(parts), province, name in ONLY_WITH_RANK)
        if wide not in self.wide[key]:
            self.wide[key].append(wide)


@cache
def _vocabulary() -> _Vocabulary:
    return _Vocabulary(place_graph())


def warm_up() -> None:
    """Read the table of units now rather than at the first use."""
    _vocabulary()


class _Reader:
    """One pass over one text."""

    def __init__(self, text: str, date: str | None) -> None:
        self.text = text
        self.before_reform = date is not None and date < REFORM[: len(date)]
        self.date = date
        self.vocabulary = _vocabulary()
        self.graph = self.vocabulary.graph
        self.tokens = _tokens(text)
        self.taken = [False] * len(self.tokens)
        self.found: dict[int, tuple[_Hit, PlaceMention]] = {}
        self.named_districts: set[str] = set()
        self.named_provinces: set[str] = set()
        self.named_regions: set[str] = set()
        self.plain_text = all(token.form == token.folded for token in self.tokens)
        # In a text all in capitals they tell nothing.
        self.shouting = text.isupper()
        self.ranks: dict[int, tuple[str, str] | None] = {}

    # --- what stands around ---------------------------------------------------------------------

    def _gap(self, index: int) -> str:
        """Return what stands between a token and the one before it."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start]

    def _rank(self, index: int) -> tuple[str, str] | None:
        """Return the kind and the words of the rank that stands right before a token."""
        if index not in self.ranks:
            self.ranks[index] = self._find_rank(index)
        return self.ranks[index]

    def _find_rank(self, index: int) -> tuple[str, str] | None:
        if index == 0 or not _RANK_GAP.fullmatch(gap := self._gap(index)):
            return None
        word = self.tokens[index - 1].form
        if index > 1 and _RANK_GAP.fullmatch(self._gap(index - 1)):
            pair = (self.tokens[index - 2].form, word)
            kind = _RANK_PAIRS.get(pair) or (
                _PLAIN_RANK_PAIRS.get(pair) if word.isascii() else None
            )
            if kind == "hamlet" and self._generic(index - 3):
                return None
            if kind:
                if kind == "thing" and self.tokens[index - 1].capital and word == "xã":
                    return ("commune", word)
                return kind, _ACCENTED_RANK.get(" ".join(pair), " ".join(pair))
            if pair == ("t", "p"):
                return "city", "thành phố"
        if word in _LETTER_RANKS and len(word) == 1 and "." in gap:
            return _LETTER_RANKS[word], word
        kind = _RANKS.get(word)
        if kind is None and word in _PLAIN_RANKS and self._plain_near(index):
            kind = _PLAIN_RANKS[word]
        if kind == "hamlet" and self._generic(index - 2):
            return None
        if kind:
            # A full stop ends an abbreviation, but else a sentence.
            if "." in gap and word not in ("tp", "tx", "tt"):
                return None
            return kind, _ACCENTED_RANK.get(word, word)
        return None

    def _generic(self, index: int) -> bool:
        """Tell whether a rank word behind a token speaks of many: "các ấp", "ấp, khóm"."""
        return index >= 0 and (
            self.tokens[index].form in _MANY or self.tokens[index].form in _RANKS
        )

    def _plain_near(self, index: int) -> bool:
        """Tell whether the words around carry no marks, so that their lack says nothing."""
        if self.plain_text:
            return True
        near = self.tokens[max(0, index - 3) : index + 4]
        return all(token.form == token.folded for token in near)

    def _precise(self, hit: _Hit, forms: tuple[str, ...]) -> bool | None:
        """Tell whether a name is spelt with its marks (True) or without some; None: another."""
        tokens = self.tokens[hit.first : hit.end]
        exact = True
        if len(tokens) != len(forms):
            return None
        for token, form in zip(tokens, forms, strict=True):
            if token.form == form:
                continue
            if token.form != token.folded:
                return None
            exact = False
        return exact

    def _capitals(self, hit: _Hit) -> bool:
        if self.shouting:
            return False
        tokens = self.tokens[hit.first : hit.end]
        if not tokens[0].capital or tokens[0].form.isdigit():
            return False
        # "Đắk R'lấp": no capital after an apostrophe.
        return all(
            token.capital or self._gap(index).strip() in tuple("'’ʼ`")
            for index, token in enumerate(tokens[1:], hit.first + 1)
        )

    def _inside_longer_name(self, hit: _Hit) -> bool:
        """Tell whether a capitalised word before or after it makes a longer name of it."""
        if hit.first > 0 and self._gap(hit.first) in (" ", "-"):
            before = self.tokens[hit.first - 1]
            raw = self.text[before.start : before.end]
            if (
                before.capital
                and not raw.isdigit()
                and not (raw.isupper() and len(raw) > 1)
                and before.form not in _OPENERS
                and not self.taken[hit.first - 1]
                and self._rank(hit.first) is None
            ):
                return True
        if hit.end < len(self.tokens) and self._gap(hit.end) in (" ", "-"):
            after = self.tokens[hit.end]
            if after.capital and not self.taken[hit.end] and not self.shouting:
                raw = self.text[after.start : after.end]
                return not raw.isdigit() and after.form not in _RANKS and raw[0].isalpha()
        return False

    def _named_after(self, hit: _Hit) -> str | None:
        """Return "person" or "thing" if the word before tells that no place is meant."""
        if rank := self._rank(hit.first):
            return rank[0] if rank[0] in ("person", "thing", "hamlet") else None
        if hit.first == 0 or self._gap(hit.first).strip(' "'):
            return None
        before = self.tokens[hit.first - 1].form
        if before in _BEFORE_PERSON:
            return "person"
        return "thing" if before in _BEFORE_THING else None

    def _named_after_product(self, hit: _Hit) -> bool:
        return hit.first > 0 and self.tokens[hit.first - 1].form in _BEFORE_PRODUCT

    # --- the passes -----------------------------------------------------------------------------

    def read(self) -> list[PlaceMention]:
        hits = list(self._hits())
        if hits:
            self._take_wide(hits)
            small = [hit for hit in hits if hit.key in self.vocabulary.codes]
            self._take_small([hit for hit in small if not hit.overlaps(self.taken)], "district")
            self._take_small([hit for hit in small if not hit.overlaps(self.taken)], "commune")
        return [mention for _, (_, mention) in sorted(self.found.items())]

    def _hits(self) -> Iterator[_Hit]:
        """Yield what spells a name, from left to right, longer before shorter."""
        tokens, lengths = self.tokens, self.vocabulary.lengths
        wide, codes = self.vocabulary.wide, self.vocabulary.codes
        for index, token in enumerate(tokens):
            for length in lengths.get(token.folded, ()):
                end = index + length
                if end > len(tokens):
                    continue
                key = " ".join([each.folded for each in tokens[index:end]])
                if key not in wide and key not in codes:
                    continue
                if all(self._joined(inner) for inner in range(index + 1, end)):
                    yield _Hit(index, end, key)

    def _joined(self, index: int) -> bool:
        gap = self._gap(index)
        if _INNER_GAP.fullmatch(gap):
            return True
        return gap in (".", ". ") and self.tokens[index - 1].form == "tp"

    def _take(self, hit: _Hit, mention: PlaceMention) -> None:
        for index in range(hit.first, hit.end):
            self.taken[index] = True
        self.found[hit.first] = (hit, mention)
        if mention.level == "district":
            self.named_districts.update(unit.code for unit in mention.units)
        elif mention.level == "province":
            self.named_provinces |= mention.old_provinces
        elif mention.level == "region":
            self.named_regions |= mention.old_provinces

    def _mention(
        self,
        hit: _Hit,
        level: MentionLevel,
        name: str,
        units: Sequence[Unit],
        old_provinces: frozenset[str],
        ranked: bool,
    ) -> PlaceMention:
        start, end = self.tokens[hit.first].start, self.tokens[hit.end - 1].end
        written = self.text[start:end]
        return PlaceMention(start, end, written, level, name, tuple(units), old_provinces, ranked)

    # --- regions and provinces ------------------------------------------------------------------

    def _take_wide(self, hits: Sequence[_Hit]) -> None:
        blocked_until = 0
        for hit in hits:
            if hit.first < blocked_until or hit.overlaps(self.taken):
                continue
            rank = self._rank(hit.first)
            if rank and rank[0] in ("district", "commune") and self._small_codes(hit, rank[0]):
                blocked_until = hit.end
                continue
            for wide in self.vocabulary.wide.get(hit.key, ()):
                mention = self._judge_wide(hit, wide)
                if mention:
                    self._take(hit, mention)
                    break
            else:
                # "An Giang Đông" is no part of An Giang: a longer name hides the shorter one.
                if self._capitals(hit) and self._small_codes(hit) and hit.end - hit.first > 2:
                    blocked_until = hit.end

    def _judge_wide(self, hit: _Hit, wide: _Wide) -> PlaceMention | None:
        exact = self._precise(hit, wide.forms)
        if exact is None:
            return None
        rank = self._rank(hit.first)
        kind = rank[0] if rank else None
        ranked = kind in ("province", "city")
        if wide.level == "region":
            if kind in ("hamlet", "commune", "district") or not self._is_region(hit, exact):
                return None
            return self._mention(hit, "region", wide.name, (), wide.old_provinces, False)
        if kind == "hamlet" or (kind == "commune" and not self._generic(hit.first - 2)):
            return None
        if kind == "city" and self._is_city_below_province(hit, wide):
            return None
        if wide.only_with_rank and not ranked:
            return None
        if not ranked and not self._is_province_bare(hit, exact):
            return None
        if wide.province is None:
            return self._mention(hit, "province", wide.name, (), wide.old_provinces, ranked)
        covered = wide.old_provinces
        era: Literal["old", "new"] = "old"
        if not self.before_reform and wide.province.is_current:
            covered, era = frozenset(wide.province.parts), "new"
        code = self.graph.province_code(wide.name, era)
        units = (self.graph.unit(code),) if code else ()
        return self._mention(hit, "province", wide.name, units, covered, ranked)

    def _is_region(self, hit: _Hit, exact: bool) -> bool:
        if not exact and not self._plain_near(hit.first):
            return False
        before = self.tokens[hit.first - 1].form if hit.first else ""
        if before in _BEFORE_DIRECTION:
            return False
        form = " ".join(token.form for token in self.tokens[hit.first : hit.end])
        if form in _DIRECTIONS and not self.shouting:
            return self.tokens[hit.first].capital or before in _BEFORE_REGION
        if not exact and len(form.split()) == 2 and form.split()[0] != "mien":
            # "dong bac", "nam bo": too short to be sure of without a word that says region.
            return before in ("vung", "khu", "mien", "tinh") or form == "tay nguyen"
        return True

    def _is_city_below_province(self, hit: _Hit, wide: _Wide) -> bool:
        """Tell whether "thành phố X" is the town of that name rather than the province."""
        if not self._small_codes(hit, "district"):
            return False
        if hit.end < len(self.tokens) and self.tokens[hit.end].form == "tỉnh":
            return True
        today = self.graph.province_code(wide.name, "old" if self.before_reform else "new")
        return today is None or self.graph.rank_of(today) != "thành phố"

    def _is_province_bare(self, hit: _Hit, exact: bool) -> bool:
        tokens = self.tokens[hit.first : hit.end]
        before = self.tokens[hit.first - 1].form if hit.first else ""
        located = before in _LOCATIVE and self._gap(hit.first) == " "
        form = " ".join(token.form for token in tokens)
        if before in _BEFORE_PERSON and self._gap(hit.first) == " " and tokens[0].capital:
            return False
        if form in _PERSONS or hit.key == "ho chi minh":
            return located and self._capitals(hit)
        if form in _EVERYDAY_PROVINCES and not located:
            return tokens[0].capital and tokens[-1].capital
        if exact or self._plain_near(hit.first):
            return True
        # Officers leave marks out in a part of a query; a document does not.
        return located or (self.date is None and len(self.tokens) <= _SHORT_TEXT)

    # --- districts and communes -----------------------------------------------------------------

    def _small_codes(self, hit: _Hit, level: str | None = None) -> list[str]:
        """Return the units of that name whose spelling fits."""
        found = []
        for code in self.vocabulary.codes.get(hit.key, ()):
            if level is not None and code[1] != level[0]:
                continue
            if self.before_reform and code[0] == "n":
                continue
            names = self.graph.names_of(code)
            if any(self._precise(hit, name_forms(name)) is not None for name in names):
                found.append(code)
        return found

    def _exact(self, hit: _Hit, codes: Sequence[str]) -> list[str]:
        """Keep the units that are spelt just so, if there are any."""
        return [code for code in codes if self._is_exact(hit, code)] or list(codes)

    def _is_exact(self, hit: _Hit, code: str) -> bool:
        return any(self._precise(hit, name_forms(name)) for name in self.graph.names_of(code))

    def _take_small(self, hits: Sequence[_Hit], level: Literal["district", "commune"]) -> None:
        skip_until = 0
        for hit in hits:
            if hit.first < skip_until or hit.overlaps(self.taken):
                continue
            mention = self._judge_small(hit, level)
            if mention:
                self._take(hit, mention)
            elif (
                level == "district"
                and hit.end - hit.first > 1
                and (rank := self._rank(hit.first))
                and rank[0] == "commune"
                and self._small_codes(hit, "commune")
            ):
                # "xã Tân Hưng Đông" hides the district Tân Hưng.
                skip_until = hit.end

    def _judge_small(self, hit: _Hit, level: Literal["district", "commune"]) -> PlaceMention | None:
        rank = self._rank(hit.first)
        kind = rank[0] if rank else None
        if kind == "city":
            kind = "district"
        if self._named_after(hit) or kind == "province":
            return None
        ranked = kind == level
        if kind is not None and not ranked:
            return None
        capitals = self._capitals(hit)
        listed = not ranked and self._in_list(hit, level)
        # Nearly all names are written in capitals, so most of a text needs no closer look.
        if not (ranked or listed or capitals or self.plain_text or len(self.tokens) <= _SHORT_TEXT):
            return None
        codes = self._small_codes(hit, level)
        if not codes:
            return None
        codes = self._exact(hit, codes)
        exact = self._is_exact(hit, codes[0])
        if not exact and not ranked and not self._plain_near(hit.first):
            return None
        if (
            not exact
            and "-" in self.text[self.tokens[hit.first].end : self.tokens[hit.end - 1].start]
        ):
            return None  # a part of an address of a page
        if ranked and rank is not None:
            codes = self._of_rank(codes, rank[1])
        after, before = self._after(hit, level), self._before(hit, level)
        within = self._within(codes, after) if after else []
        contradicted = bool(after) and not within and not self._is_unique(codes)
        if not within and before:
            within = self._within(codes, before)
        number = self.tokens[hit.first].form.isdigit()
        if not ranked:
            if level == "commune" and self._named_after_product(hit):
                return None
            if number or (contradicted and not listed):
                return None
            if not within and not self._stands_alone(hit, level, codes, capitals, listed):
                return None
            if within and not capitals and not self._lower_case_is_fine(hit, after, level):
                return None
            if within and self._inside_longer_name(hit):
                return None
        codes = within or self._settle(codes)
        return self._small_mention(hit, level, codes, ranked)

    def _small_mention(
        self, hit: _Hit, level: MentionLevel, codes: Sequence[str], ranked: bool
    ) -> PlaceMention:
        covered = frozenset().union(*(self.graph.old_provinces(code) for code in codes))
        units = [self.graph.unit(code) for code in codes]
        name = next(
            (name for name in self.graph.names_of(codes[0]) if key_of(name) == hit.key),
            units[0].name,
        )
        return self._mention(hit, level, name, units, covered, ranked)

    def _stands_alone(
        self,
        hit: _Hit,
        level: Literal["district", "commune"],
        codes: Sequence[str],
        capitals: bool,
        listed: bool,
    ) -> bool:
        """Tell whether a name without rank word and without the unit above beside it is a place."""
        if self._inside_longer_name(hit):
            return False
        if hit.end - hit.first < 2 and not _TWO_SYLLABLES.search(hit.key):
            return False
        if not capitals:
            return level == "district" and self._located_in_lower_case(hit, codes)
        if listed:
            return True
        form = " ".join(token.form for token in self.tokens[hit.first : hit.end])
        forms = form.split()
        if level == "district":
            everyday = form in _EVERYDAY_DISTRICTS
            if everyday or (self.plain_text and not self._is_exact(hit, codes[0])):
                return False
            # Beside other places of An Giang, "Phú Lộc" is its commune, not the district of Huế.
            communes = self._small_codes(hit, "commune")
            return bool(self._named_parents(codes)) or not self._named_parents(communes)
        if (
            form in _EVERYDAY_COMMUNES
            or forms[0] in _FAMILY_NAMES
            or all(part in _EVERYDAY_SYLLABLES for part in forms)
        ):
            return False
        if self.plain_text and len(self.tokens) > len(forms):
            return False
        return bool(self._named_parents(codes)) or self._is_unique(codes)

    def _located_in_lower_case(self, hit: _Hit, codes: Sequence[str]) -> bool:
        """Tell whether a query without capitals says "ở" before a district, or ends with it."""
        if (
            self.date is not None
            or len(self.tokens) > _SHORT_TEXT
            or self.text != self.text.lower()
        ):
            return False
        located = hit.first > 0 and self.tokens[hit.first - 1].form in _LOCATIVE
        # "mô hình nuôi tôm năm căn": at the end of a query stands its place.
        if not located and (self.plain_text or hit.first == 0 or hit.end < len(self.tokens)):
            return False
        forms = [token.form for token in self.tokens[hit.first : hit.end]]
        everyday = {fold(part) for part in _EVERYDAY_SYLLABLES}
        return len(codes) == 1 and not all(fold(part) in everyday for part in forms)

    def _lower_case_is_fine(self, hit: _Hit, after: PlaceMention | None, level: str) -> bool:
        """Tell whether a lower-case name with the unit above beside it is a place.

        "biên giới Tây Ninh" is the border, though there is a commune of that name; so a commune
        needs its district right behind it.
        """
        if level == "commune" and (after is None or after.level != "district"):
            return False
        if self.shouting or self.plain_text:
            return hit.end - hit.first > 1
        forms = [token.form for token in self.tokens[hit.first : hit.end]]
        everyday = all(part in _EVERYDAY_SYLLABLES for part in forms)
        return len(forms) > 1 and not everyday and self.date is None

    def _is_unique(self, codes: Sequence[str]) -> bool:
        old = [code for code in codes if code[0] == "o"]
        new = [code for code in codes if code[0] == "n"]
        if len(old) > 1 or len(new) > 1:
            return False
        if old and new:
            return bool(self.graph.old_provinces(old[0]) & self.graph.old_provinces(new[0]))
        return True

    def _of_rank(self, codes: Sequence[str], word: str) -> list[str]:
        """Prefer the rank that is written.

        Ranks rise but hardly ever fall, so "thành phố" speaks against a mere huyện anywhere, while
        "huyện" tells two homonyms apart only if both lie under one parent.
        """
        if allowed := _AT_LEAST.get(word):
            codes = [code for code in codes if self.graph.rank_of(code) in allowed] or codes
        by_parent: dict[str, list[str]] = defaultdict(list)
        for code in codes:
            by_parent[self.graph.parent_of(code)].append(code)
        kept = []
        for group in by_parent.values():
            fitting = [code for code in group if self.graph.rank_of(code) == word]
            kept.extend(fitting or group)
        return kept

    def _in_list(self, hit: _Hit, level: str) -> bool:
        """Tell whether the place before it in a list has a rank word: "các huyện A, B và C"."""
        before = hit.first - 1
        if (
            before > 0
            and self.tokens[before].form in ("và", "hoặc", "va")
            and not self.taken[before]
        ):
            before -= 1
        if before < 0 or not self.taken[before]:
            return False
        for start in range(before, max(-1, before - 6), -1):
            if start in self.found:
                other, mention = self.found[start]
                return (
                    other.end == before + 1
                    and mention.level == level
                    and mention.ranked
                    and bool(_LIST_GAP.fullmatch(self._gap(other.end)))
                    and (before + 1 != hit.first or "," in self._gap(hit.first))
                )
        return False

    def _after(self, hit: _Hit, level: str) -> PlaceMention | None:
        """Return the larger place that stands right after a name: "A, huyện B"."""
        index = hit.end
        while index < len(self.tokens) and _BESIDE_GAP.fullmatch(self._gap(index)):
            if index in self.found:
                mention = self.found[index][1]
                return mention if mention.level not in (level, "commune") else None
            if self.taken[index] or index - hit.end >= 3 or not self._connects(index):
                return None
            index += 1
        return None

    def _before(self, hit: _Hit, level: str) -> PlaceMention | None:
        """Return the larger place that stands right before a name: "B: xã A"."""
        index = hit.first - 1
        while index >= 0 and _BESIDE_GAP.fullmatch(self._gap(index + 1)):
            if self.taken[index]:
                while index not in self.found:
                    index -= 1
                mention = self.found[index][1]
                return mention if mention.level not in (level, "commune") else None
            if hit.first - index > 3 or not self._connects(index):
                return None
            index -= 1
        return None

    def _connects(self, index: int) -> bool:
        return self.tokens[index].form in _CONNECTING

    def _within(self, codes: Sequence[str], mention: PlaceMention) -> list[str]:
        """Return the units that lie in a district, province or region."""
        if mention.level == "district":
            return self._in_districts(codes, {unit.code for unit in mention.units})
        found = self._in_provinces(codes, mention.old_provinces)
        # Districts and old communes were in old provinces: "huyện Châu Thành, Tây Ninh" is not
        # the one of Long An, though that is a part of Tây Ninh today.
        namesakes = self._in_provinces([code for code in found if code[0] == "o"], {mention.name})
        return [*namesakes, *(code for code in found if code[0] == "n")] if namesakes else found

    def _in_districts(self, codes: Sequence[str], districts: AbstractSet[str]) -> list[str]:
        return [
            code for code in codes if code[1] == "c" and self.graph.old_districts(code) & districts
        ]

    def _in_provinces(self, codes: Sequence[str], provinces: AbstractSet[str]) -> list[str]:
        return [code for code in codes if self.graph.old_provinces(code) & provinces]

    def _named_parents(self, codes: Sequence[str]) -> list[str]:
        """Return the units that lie in a district, else in a province that the text names."""
        return self._in_districts(codes, self.named_districts) or self._in_provinces(
            codes, self.named_provinces
        )

    def _settle(self, codes: Sequence[str]) -> list[str]:
        """Keep the homonyms that the places named anywhere in the text speak for."""
        if len(codes) == 1:
            return list(codes)
        return (
            self._named_parents(codes)
            or self._in_provinces(codes, self.named_regions)
            or list(codes)
        )


_AT_LEAST = {
    "thành phố": {"thành phố", "quận"}, "thị xã": {"thị xã", "thành phố", "quận"},
    "quận": {"quận", "thành phố"}, "phường": {"phường"}, "thị trấn": {"thị trấn", "phường"},
}  # fmt: skip
_AND = frozenset(("và", "hoặc", "va"))
_CONNECTING = frozenset(
    "tỉnh huyện quận thị xã thành phố tp tx tt của thuộc cũ trấn phường h t q x tinh huyen quan"
    " thi xa thanh pho cua thuoc".split()
)
_PLAIN_RANKS = {fold(word): kind for word, kind in _RANKS.items() if kind != "hamlet"}
_PLAIN_RANK_PAIRS = {
    (fold(one), fold(two)): kind for (one, two), kind in _RANK_PAIRS.items() if kind != "person"
}
_ACCENTED_RANK = {
    "tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "huyen": "huyện", "quan": "quận",
    "xa": "xã", "phuong": "phường", "thanh pho": "thành phố", "thi xa": "thị xã",
    "thi tran": "thị trấn", "huyện ủy": "huyện", "quận ủy": "quận", "thị ủy": "thị xã",
    "thành ủy": "thành phố", "huyện đoàn": "huyện", "thành đoàn": "thành phố",
    "thị đoàn": "thị xã", "xã đoàn": "xã", "huyện đảo": "huyện", "xã đảo": "xã",
}  # fmt: skip


def find_places(text: str, *, date: str | None = None) -> list[PlaceMention]:
    """Return the places that a text names, in order, none inside another.

    Args:
        text: A query or a document; the offsets of the mentions refer to it.
        date: Day, month or year of a document ("2024-05-03", "2024-05", "2024"): before
            1 July 2025 a name means the place of then. None means today.
    """
    return _Reader(text, date).read()
