"""Every name of a place by its syllables, and the syllables of a text in the same form."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal, NamedTuple

from kb.places.graph import PlaceGraph, key_of, one_i, place_graph
from kb.places.history import FORMER_PROVINCES, ONLY_WITH_RANK, REGIONS
from kb.places.provinces import ALIASES, Province, get_province, province_names
from kb.text import fold, to_matching_form

_TOKEN = re.compile(r"[^\W_]+(?:[\u0300-\u036f]+[^\W_]*)*")
# Spellings of provinces that mean them only as a whole ("TT" alone is a thị trấn).
_MORE_SPELLINGS = {"TT Huế": "Huế", "Daklak": "Đắk Lắk", "Đắklắk": "Đắk Lắk", "Daknong": "Đắk Nông"}


class Token(NamedTuple):
    """A syllable of a text.

    Attributes:
        start: Offset in the text.
        end: End of it, exclusive.
        form: In the matching form, "y" and "i" as one.
        folded: The same without marks.
        capital: Whether it begins with no lower-case letter.
    """

    start: int
    end: int
    form: str
    folded: str
    capital: bool


@dataclass(frozen=True, slots=True)
class WidePlace:
    """A region or province by one of its spellings.

    Attributes:
        name: Canonical name.
        level: Region or province.
        forms: The syllables of the spelling in the matching form.
        old_provinces: Names of the old provinces that it covers.
        province: None for regions and for provinces of before 1997.
        only_with_rank: It is taken for a place only behind a rank word.
    """

    name: str
    level: Literal["region", "province"]
    forms: tuple[str, ...]
    old_provinces: frozenset[str]
    province: Province | None
    only_with_rank: bool = False


@dataclass(frozen=True, slots=True)
class NameHit:
    """Syllables of a text that spell some name.

    Attributes:
        first: Index of the first syllable.
        end: Index behind the last one.
        key: The folded syllables, a space between each.
    """

    first: int
    end: int
    key: str

    def overlaps(self, taken: Sequence[bool]) -> bool:
        """Tell whether one of the syllables is marked in `taken`, one a syllable of the text."""
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


def tokens_of(text: str) -> list[Token]:
    """Return the syllables of a text in their order."""
    found = []
    for match in _TOKEN.finditer(text):
        raw = match[0]
        found.append(Token(match.start(), match.end(), *_forms(raw), not raw[0].islower()))
    return found


@lru_cache(maxsize=32_768)
def name_forms(name: str) -> tuple[str, ...]:
    """Return the syllables of a name in the matching form."""
    return tuple(_forms(match[0])[0] for match in _TOKEN.finditer(name))


class NameIndex:
    """Every name by its folded key.

    Attributes:
        graph: The units.
        wide: Regions and provinces by key.
        codes: Codes of districts and communes by key.
        lengths: Folded syllable to the numbers of syllables of the names that it begins, longest
            first.
    """

    def __init__(self, graph: PlaceGraph) -> None:
        self.graph = graph
        self.wide: dict[str, list[WidePlace]] = defaultdict(list)
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
        wide = WidePlace(name, level, forms, frozenset(parts), province, name in ONLY_WITH_RANK)
        if wide not in self.wide[key]:
            self.wide[key].append(wide)


@cache
def name_index() -> NameIndex:
    """Return the index of all names; the table of units is read at the first call."""
    return NameIndex(place_graph())
