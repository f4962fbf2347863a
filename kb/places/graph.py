"""Provinces, districts and communes of before and after 1 July 2025, and what became of what.

The table is read at the first use (`warm_up` reads it early); see `make_units` for where it is
from and its licence.
"""

import gzip
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Literal

from kb.places.history import OTHER_DISTRICT_NAMES
from kb.places.provinces import MADE_OF, get_province
from kb.text import fold

Level = Literal["province", "district", "commune"]
Era = Literal["old", "new"]

# Resolution 202/2025/QH15: provinces were merged and districts abolished on this day.
_REFORM = "2025-07-01"

_TABLE = Path(__file__).parent / "data" / "units.tsv.gz"
_LEVELS: dict[str, Level] = {"p": "province", "d": "district", "c": "commune"}
_ERAS: dict[str, Era] = {"o": "old", "n": "new"}
# What separates the syllables of a name: spaces, hyphens, the apostrophe of "Đắk R'lấp".
_NO_LETTER = re.compile(r"[^\w\n]+|_")
_OPEN_Y = re.compile(r"\b(h|k|l|m|s|t|v|qu)([yýỳỷỹỵ])\b")
_I_OF = dict(zip("yýỳỷỹỵ", "iíìỉĩị", strict=True))


def era_of(date: str | None) -> Era | None:
    """Return whether a date is before or after the reform of 1 July 2025, None for no date.

    Args:
        date: Day, month or year; the month and the year of the reform count as after it.

    Example:
        >>> era_of("2025-06-30"), era_of("2025-07"), era_of("2025"), era_of(None)
        ('old', 'new', 'new', None)
    """
    if date is None:
        return None
    return "old" if date < _REFORM[: len(date)] else "new"


@dataclass(frozen=True, slots=True)
class Unit:
    """An administrative unit at some time.

    Attributes:
        code: Unique over both eras and all levels.
        name: Bare name, without rank word.
        level: Province, district or commune.
        era: Before ("old") or after ("new") 1 July 2025.
        rank: Rank word, such as "thị trấn". It never decides what is the same place.
        parent: Code of the unit above; "" for provinces.
        today: Codes of today's communes (of today's province, for a province) that it went to;
            for a new unit its own code.
        latitude: Degrees north, if known.
        longitude: Degrees east, if known.
    """

    code: str
    name: str
    level: Level
    era: Era
    rank: str
    parent: str
    today: tuple[str, ...]
    latitude: float | None
    longitude: float | None


def one_i(text: str) -> str:
    """Return lower-case text with "i" for the open "y" of lý, mỹ, quý, which writers mix.

    Example:
        >>> one_i("phú quý, mỹ tho, thúy")
        'phú quí, mĩ tho, thúy'
    """
    return _OPEN_Y.sub(lambda match: match[1] + _I_OF[match[2]], text)


def key_of(names: str) -> str:
    """Return the folded syllables of a name (of each name, for one name a line)."""
    return one_i(_NO_LETTER.sub(" ", fold(names)).strip(" "))


class PlaceGraph:
    """All units, by code and by name."""

    def __init__(self, table: str) -> None:
        rows = [line.split("\t") for line in table.splitlines()]
        self._rows = {row[0]: row for row in rows}
        keys = key_of("\n".join(row[3] for row in rows)).split("\n")
        self.codes_by_key: dict[str, list[str]] = defaultdict(list)
        self._children: dict[str, list[str]] = defaultdict(list)
        self._made_of: dict[str, list[str]] = defaultdict(list)
        self._provinces: dict[tuple[str, str], str] = {}
        self._other_names: dict[str, set[str]] = defaultdict(set)
        for row, key in zip(rows, keys, strict=True):
            code = row[0]
            if row[1] == "p":
                self._provinces[code[0], row[3]] = code
                continue
            self.codes_by_key[key].append(code)
            self._children[row[4]].append(code)
            if row[7]:
                for new in row[7].split(","):
                    self._made_of[new].append(code)
        for (province, name), successor in OTHER_DISTRICT_NAMES.items():
            parent = self._provinces["o", province]
            for code in self._children[parent]:
                if self._rows[code][3] == successor:
                    key = key_of(name)
                    self.codes_by_key[key].append(code)
                    self._other_names[code].add(name)
                    break

    @lru_cache(maxsize=4096)  # noqa: B019 - there is one graph, and it lives as long as the process
    def unit(self, code: str) -> Unit:
        """Return the unit of a code.

        Raises:
            KeyError: If there is none.
        """
        code, level, rank, name, parent, latitude, longitude, today = self._rows[code]
        successors: Iterable[str] = today.split(",") if today else ()
        if code[0] == "n":
            successors = (code,)
        elif level == "p":
            province = get_province(name)
            successors = (self._provinces["n", province.today],) if province else ()
        elif level == "d" and not today:
            successors = dict.fromkeys(
                new for child in self._children[code] for new in self._rows[child][7].split(",")
            )
        return Unit(
            code=code,
            name=name,
            level=_LEVELS[level],
            era=_ERAS[code[0]],
            rank=rank,
            parent=parent,
            today=tuple(successors),
            latitude=float(latitude) if latitude else None,
            longitude=float(longitude) if longitude else None,
        )

    def names_of(self, code: str) -> tuple[str, ...]:
        """Return the name of a unit those of districts that it took in, other spellings."""
        others = self._other_names.get(code)
        return (self._rows[code][3], *sorted(others)) if others else (self._rows[code][3],)

    def name_of(self, code: str) -> str:
        """Return the bare name of a unit without making the unit."""
        return self._rows[code][3]

    def rank_of(self, code: str) -> str:
        """Return the rank word of a unit without making the unit."""
        return self._rows[code][2]

    def parent_of(self, code: str) -> str:
        """Return the code of the unit above, or ""."""
        return self._rows[code][4]

    def predecessors(self, code: str) -> tuple[str, ...]:
        """Return the codes of the old communes that a new one was made of."""
        return tuple(self._made_of.get(code, ()))

    def province_code(self, name: str, era: Era) -> str | None:
        """Return the code of the province of that canonical name."""
        return self._provinces.get((era[0], name))

    @lru_cache(maxsize=16_384)  # noqa: B019 - as above
    def old_provinces(self, code: str) -> frozenset[str]:
        """Return the names of the old provinces that a unit lies in."""
        if code[0] == "n" and code[1] == "c":
            olds = self.predecessors(code)
            if olds:
                return frozenset().union(*(self.old_provinces(old) for old in olds))
        top = code
        while parent := self._rows[top][4]:
            top = parent
        name = self._rows[top][3]
        return frozenset((name,) if code[0] == "o" else MADE_OF.get(name, (name,)))

    @lru_cache(maxsize=16_384)  # noqa: B019 - as above
    def old_districts(self, code: str) -> frozenset[str]:
        """Return the codes of the old districts that a unit is, lies in or was made of."""
        if code[1] == "d":
            return frozenset((code,))
        if code[0] == "o":
            return frozenset((self._rows[code][4],)) if code[1] == "c" else frozenset()
        return frozenset().union(*(self.old_districts(old) for old in self.predecessors(code)))


@cache
def place_graph() -> PlaceGraph:
    """Return the graph, read at the first call."""
    return PlaceGraph(gzip.decompress(_TABLE.read_bytes()).decode("utf-8"))


def get_unit(code: str) -> Unit | None:
    """Return the unit of a code, or None."""
    try:
        return place_graph().unit(code)
    except KeyError:
        return None
