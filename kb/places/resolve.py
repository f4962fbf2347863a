"""What an index stores of a document's place, and how a place named in a query agrees with it."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from kb.places.graph import Era, PlaceGraph, Unit, era_of, key_of, place_graph
from kb.places.history import FORMER_PROVINCES
from kb.places.mention import PlaceMention
from kb.places.name_index import name_forms
from kb.places.provinces import MADE_OF, get_province
from kb.text import fold

_SEPARATOR = re.compile(r"[,;/()\n+]|\s+(?:và|va|&)\s+")
_DASH = re.compile(r"\s+[-–—]\s+")
_ACCENTED = (
    r"thành phố|thị xã|thị trấn|đặc khu|tỉnh|huyện đảo|huyện|quận|xã đảo|xã|phường"
    r"|t\.?p|tx|tt|[hqxp]"
)
_PLAIN = r"thanh pho|thi xa|thi tran|dac khu|huyen|quan|xa|phuong|tinh"
_RANKED = re.compile(
    rf"(?<!\w)(?P<rank>{_ACCENTED})(?:\.\s*|\s+)(?P<name>\w.*)$", re.IGNORECASE | re.DOTALL
)
_PLAIN_RANKED = re.compile(rf"^(?P<rank>{_PLAIN})\s+(?P<name>\w.*)$", re.IGNORECASE | re.DOTALL)
_LEADING = re.compile(r"^(?:các|cac|một số|nhiều|tại|ở|thuộc)\s+", re.IGNORECASE)
_HAMLET = re.compile(
    r"^(?:ấp|thôn|xóm|khóm|bản|buôn|bon|sóc|phum|plei|làng|khu phố|khu dân cư|khu|kp|tổ|đội|số"
    r"|đường|ap|thon|xom|khom|ban|buon|soc)(?:\s|$)",
    re.IGNORECASE,
)
_SHORT_RANKS = {
    "tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "h": "huyện", "q": "quận", "x": "xã",
    "p": "phường", "huyện đảo": "huyện", "xã đảo": "xã", "thanh pho": "thành phố",
    "thi xa": "thị xã", "thi tran": "thị trấn", "huyen": "huyện", "quan": "quận", "xa": "xã",
    "phuong": "phường",
}  # fmt: skip


class Agreement(IntEnum):
    """How closely the place of a document agrees with a place that a query names."""

    CONFLICT = -1
    UNKNOWN = 0
    REGION = 1
    PROVINCE = 2
    DISTRICT = 3
    COMMUNE = 4


@dataclass(frozen=True, slots=True)
class StoredPlace:
    """Where a document is about.

    Attributes:
        as_written: The fields as they were given, smallest first.
        old_provinces: Names of the provinces of before July 2025 that it lies in; several if only
            today's province is known, none if nothing is.
        today: Name of today's province, if all lie in one.
        old_units: The smallest units of before July 2025 that are known: communes or districts.
        new_units: Today's communes, if a commune is known.
        latitude: Degrees north of the smallest known unit (the middle of several).
        longitude: Degrees east of it.
    """

    as_written: str
    old_provinces: frozenset[str]
    today: str | None
    old_units: tuple[Unit, ...]
    new_units: tuple[Unit, ...]
    latitude: float | None
    longitude: float | None


@dataclass(frozen=True, slots=True)
class _Name:
    """One name out of a field."""

    text: str
    rank: str | None


def _names(graph: PlaceGraph, field: str | None) -> list[_Name]:
    """Return the units that a field names; hamlets and streets are none."""
    found: list[_Name] = []
    for piece in _SEPARATOR.split(unicodedata.normalize("NFC", field or "")):
        name = _name(graph, piece)
        # A few names hold a dash ("Phan Rang - Tháp Chàm"), most dashes part two names.
        if name and _DASH.search(name.text) and not _known(graph, name.text):
            parts = (_name(graph, part) for part in _DASH.split(piece))
            found.extend(part for part in parts if part)
        elif name:
            found.append(name)
    return found


def _known(graph: PlaceGraph, text: str) -> bool:
    return key_of(text) in graph.codes_by_key


def _name(graph: PlaceGraph, piece: str) -> _Name | None:
    text = _LEADING.sub("", piece.strip(" .:\t"))
    if not text or _known(graph, text):
        return _Name(text, None) if text else None  # "Buôn Đôn", "Sóc Sơn", "Quan Hóa"
    hamlet = _HAMLET.match(text)
    ranked = _RANKED.search(text) or (_PLAIN_RANKED.match(text) if text.isascii() else None)
    if ranked:
        rank = ranked["rank"].lower().replace(".", "")
        return _Name(ranked["name"].strip(), _SHORT_RANKS.get(rank, rank))
    return None if hamlet else _Name(text, None)


def _lookup(graph: PlaceGraph, name: _Name, prefix: str) -> tuple[int, list[str]]:
    """Return the units of a name whose code begins so ("od": old districts).

    Also returns how many syllables the name has, since words may stand behind it
    ("xã Trần Thới trong huyện").
    """
    forms = name_forms(name.text)
    fitting: list[str] = []
    length = 0
    for length in range(min(len(forms), 8), 0, -1):
        head = forms[:length]
        key = key_of(" ".join(head))
        codes = [code for code in graph.codes_by_key.get(key, ()) if code.startswith(prefix)]
        exact = [
            code for code in codes if any(name_forms(each) == head for each in graph.names_of(code))
        ]
        plain = all(form == fold(form) for form in head)
        fitting = exact or (codes if plain else [])
        if fitting:
            break
    if name.rank is not None:
        ranked = [code for code in fitting if graph.rank_of(code) == name.rank]
        by_name = [code for code in fitting if code not in ranked]
        # Ranks change, so a rank only settles which of two namesakes side by side is meant.
        parents = {graph.parent_of(code) for code in ranked}
        fitting = ranked + [code for code in by_name if graph.parent_of(code) not in parents]
    return length, fitting


def _in_provinces(graph: PlaceGraph, codes: Sequence[str], provinces: frozenset[str]) -> list[str]:
    return [code for code in codes if not provinces or graph.old_provinces(code) & provinces]


def _province_names(field: str | None, *, after: bool) -> tuple[frozenset[str], frozenset[str]]:
    """Return the old provinces that a field means, and those that it may mean."""
    meant: set[str] = set()
    possible: set[str] = set()
    whole = (field or "").strip()
    pieces = [whole]
    if whole and get_province(whole) is None and whole not in FORMER_PROVINCES:
        pieces = [piece for piece in _SEPARATOR.split(whole) if piece.strip()]
    for piece in pieces:
        province = get_province(piece)
        if province is None:
            former = FORMER_PROVINCES.get(piece.strip())
            meant.update(former[1] if former else ())
            possible.update(former[1] if former else ())
            continue
        meant.update(province.parts if after else (province.name,))
        possible.update(MADE_OF[province.today] if province.is_current else (province.name,))
    return frozenset(meant), frozenset(possible)


def _place(units: Sequence[Unit]) -> tuple[float | None, float | None]:
    known = [
        (unit.latitude, unit.longitude)
        for unit in units
        if unit.latitude is not None and unit.longitude is not None
    ]
    if not known:
        return None, None
    return (
        round(sum(latitude for latitude, _ in known) / len(known), 5),
        round(sum(longitude for _, longitude in known) / len(known), 5),
    )


def resolve_place(
    province: str | None,
    district: str | None = None,
    commune: str | None = None,
    *,
    date: str | None = None,
) -> StoredPlace:
    """Return what is known of a place that the fields of a case or an article name.

    Args:
        province: Name of a province in any spelling.
        district: One or more districts, with or without rank words.
        commune: Communes, hamlets or both ("Ấp 8, xã Khánh Hội"); hamlets are passed over.
        date: Day, month or year of the document. From 1 July 2025 on, a province means today's
            and a commune may be one of today's right under it.
    """
    graph = place_graph()
    before, after = era_of(date) == "old", era_of(date) == "new"
    meant, possible = _province_names(province, after=after)
    if before:
        possible = meant

    groups: list[list[str]] = []
    for name in _names(graph, district):
        _, codes = _lookup(graph, name, "od")
        inside = _in_provinces(graph, codes, meant) or _in_provinces(graph, codes, possible)
        if meant or len(inside) == 1:
            groups.append(inside)
    districts = list(dict.fromkeys(code for group in groups for code in group))

    communes = _communes(graph, commune, districts, (meant, possible), before=before, after=after)
    if not communes and not before and not districts:
        # Since 2025 the field of the district may hold today's commune.
        communes = _communes(graph, district, [], (meant, possible), before=before, after=True)

    old_units, new_units = _both_eras(graph, communes, groups)
    covered = meant
    if old_units:
        # A new commune may lie on an old border, but the field of the province decides there.
        settled = frozenset().union(*(graph.old_provinces(unit.code) for unit in old_units))
        covered = (settled & meant) or settled
    todays = {found.today for name in covered if (found := get_province(name))}
    shown: Sequence[Unit] = [graph.unit(code) for code in communes] or old_units
    if not shown:
        era: Era = "new" if after and len(todays) == 1 else "old"
        wanted = todays if era == "new" else covered
        codes_of_provinces = [graph.province_code(name, era) for name in sorted(wanted)]
        shown = [graph.unit(code) for code in codes_of_provinces if code]
    latitude, longitude = _place(shown)
    fields = (commune, district, province)
    return StoredPlace(
        as_written=", ".join(field.strip() for field in fields if field and field.strip()),
        old_provinces=covered,
        today=next(iter(todays)) if len(todays) == 1 else None,
        old_units=old_units,
        new_units=new_units,
        latitude=latitude,
        longitude=longitude,
    )


def _communes(
    graph: PlaceGraph,
    field: str | None,
    districts: Sequence[str],
    provinces: tuple[frozenset[str], frozenset[str]],
    *,
    before: bool,
    after: bool,
) -> list[str]:
    """Return the communes of a field: old ones of the districts, or new ones of the province."""
    eras = ["oc"] if before else ["nc", "oc"] if after else ["oc", "nc"]
    found: list[str] = []
    for name in _names(graph, field):
        best_length = 0
        best: list[str] = []
        for era in eras:
            length, codes = _lookup(graph, name, era)
            if districts:
                codes = [code for code in codes if graph.old_districts(code) & set(districts)]
            elif any(provinces):
                meant, possible = provinces
                codes = _in_provinces(graph, codes, meant or possible) or _in_provinces(
                    graph, codes, possible
                )
            elif len(codes) > 1:
                codes = []
            # "Tân Phước 3" is no Tân Phước: the longer name wins, else the era that comes first.
            if codes and length > best_length:
                best_length, best = length, codes
        found.extend(code for code in best if code not in found)
    return found


def _both_eras(
    graph: PlaceGraph, communes: Sequence[str], groups: Sequence[Sequence[str]]
) -> tuple[tuple[Unit, ...], tuple[Unit, ...]]:
    """Return the old and the new units of what was found."""
    olds: list[str] = []
    news: list[str] = []
    for code in communes:
        if code[0] == "o":
            olds.append(code)
            news.extend(graph.unit(code).today)
        else:
            olds.extend(graph.predecessors(code))
            news.append(code)
    # Of several districts those count, too, in which no commune is named; of two namesakes (town
    # and country) only the one that holds the commune.
    covered = frozenset().union(*(graph.old_districts(code) for code in olds))
    for group in groups:
        if not covered.intersection(group):
            olds.extend(group)
    return (
        tuple(graph.unit(code) for code in dict.fromkeys(olds)),
        tuple(graph.unit(code) for code in dict.fromkeys(news)),
    )


def agreement(mention: PlaceMention, place: StoredPlace) -> Agreement:
    """Tell how closely the place of a document agrees with a place named in a query.

    The deepest level that both share counts: a document of the same commune agrees on it, one of
    another commune of the same district on the district. Of a name that several small places
    share, only the places themselves agree; another place in their provinces stays unknown.
    """
    if not place.old_provinces or not mention.old_provinces:
        return Agreement.UNKNOWN
    if not place.old_provinces & mention.old_provinces:
        return Agreement.CONFLICT
    if mention.level in ("district", "commune"):
        found = _agreement_below(mention, place)
        if found is not None:
            return found
    if not place.old_provinces <= mention.old_provinces or mention.is_ambiguous:
        return Agreement.UNKNOWN
    return Agreement.REGION if mention.level == "region" else Agreement.PROVINCE


def _agreement_below(mention: PlaceMention, place: StoredPlace) -> Agreement | None:
    graph = place_graph()
    codes = {unit.code for unit in mention.units}
    # A stored place holds both eras, so a unit of either is simply looked for. Two old communes
    # of one new commune stay two.
    if mention.level == "commune" and codes & {
        unit.code for unit in (*place.old_units, *place.new_units) if unit.level == "commune"
    }:
        return Agreement.COMMUNE
    wanted = frozenset().union(*(graph.old_districts(code) for code in codes))
    there = frozenset().union(*(graph.old_districts(unit.code) for unit in place.old_units))
    return Agreement.DISTRICT if wanted & there else None
