"""The place of a record: its own columns first, then its group, then the title of the sheet."""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.extractors.register_rows import Record
from kb.places import PlaceMention, find_places, get_province
from kb.text import fold

_RANK = re.compile(
    r"(?<!\w)(?P<rank>xã|phường|thị trấn|đặc khu|huyện|thị xã|thành phố|quận|xa|phuong|thi tran|"
    r"huyen|thi xa|thanh pho|quan|tp|tx|tt|h|x|p|q)\.?\s*$",
    re.IGNORECASE,
)
_SHORT_RANKS = {
    "tp": "thành phố", "tx": "thị xã", "tt": "thị trấn", "h": "huyện", "x": "xã", "p": "phường",
    "q": "quận",
}  # fmt: skip
_PROVINCE_RANK = re.compile(r"^(?:tỉnh|thành phố|tp\.?)\s+", re.IGNORECASE)
_PART = re.compile(r"[^,;\n]+")
_MAX_HAMLET = 80
_SURE, _LIKELY = 0.95, 0.8

Note = Callable[[str, str, float, str, str], None]


# Titles, groups and communes come again in row after row.
@lru_cache(maxsize=4096)
def _places(text: str) -> tuple[PlaceMention, ...]:
    return tuple(find_places(text)) if text else ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where a record is.

    Attributes:
        province: Canonical name, None if nothing tells.
        district: With its rank word where the sheet gives one.
        commune: Likewise, behind the hamlet if there is one ("thôn 2, xã Tân Thắng").
        written: All that the row itself says, for its id.
        unnamed: What the row says beyond these and is too long for a hamlet; empty if nothing.
    """

    province: str | None
    district: str | None
    commune: str | None
    written: str
    unnamed: str

    @property
    def line(self) -> str:
        """The place from small to large."""
        return ", ".join(filter(None, (self.commune, self.district, self.province)))


def locate(
    record: Record, default: str | None, titles: Sequence[str], organization: str, note: Note
) -> Place:
    """Return the place of a record.

    Args:
        record: A row of a register.
        default: Province of the mapping file.
        titles: Title lines and name of the sheet.
        organization: Who runs it; its name often ends with its place.
        note: Takes the evidence for the province.
    """
    own = _own_text(record)
    groups = [group.text for group in record.groups if group.kind == "place"]
    province = _province(record, own, default, groups, titles, organization, note)
    commune = _cell(record, "commune", "xã")
    district = _cell(record, "district", "huyện")
    for text in (own, *reversed(groups)):
        mentions = _places(text)
        commune = commune or _named(text, mentions, "commune")
        district = district or _named(text, mentions, "district")
    hamlet = _unnamed(record)
    if 0 < len(hamlet) <= _MAX_HAMLET:
        commune, hamlet = ", ".join(filter(None, (hamlet, commune))), ""
    return Place(province, district or _titled(titles, province), commune, own, hamlet)


def _titled(titles: Sequence[str], province: str | None) -> str | None:
    """Return the one district that the title of a sheet names, if it lies in the province."""
    found = {
        f"{_rank_before(title, mention)} {mention.name}".strip()
        for title in titles
        for mention in _places(title)
        if mention.level == "district" and mention.ranked and province in mention.old_provinces
    }
    return found.pop() if len(found) == 1 else None


def _rank_before(text: str, mention: PlaceMention) -> str:
    rank = _RANK.search(text[: mention.start_char])
    word = rank["rank"].lower() if rank else ""
    return _SHORT_RANKS.get(word, word)


def _own_text(record: Record) -> str:
    """Return what the columns of the row say of the place, from small to large."""
    hamlet, place = record.text("hamlet"), record.text("place")
    parts = [
        hamlet,
        place,
        _cell(record, "commune", "xã") or "",
        _cell(record, "district", "huyện") or "",
        record.text("province"),
    ]
    return ", ".join(_line(part) for part in parts if part)


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(record: Record, column: str, rank: str) -> str | None:
    """Return the cell of a column of places, with the rank if the heading is just that."""
    for cell in record.cells.get("commune" if column == "commune" else "district", ()):
        text = _line(cell.text)
        if _RANK.match(f"{text.split(' ')[0]} ") or fold(cell.label).strip() != fold(rank):
            return text
        return f"{rank} {text}"
    return None


def _named(text: str, mentions: Iterable[PlaceMention], level: str) -> str | None:
    """Return the first place of a level as the text writes it, with its rank word."""
    for mention in mentions:
        if mention.level != level:
            continue
        return f"{_rank_before(text, mention)} {mention.text}".strip()
    return None


def _province(
    record: Record,
    own: str,
    default: str | None,
    groups: Sequence[str],
    titles: Sequence[str],
    organization: str,
    note: Note,
) -> str | None:
    column = _line(record.text("province"))
    told: list[tuple[str | None, float, str, str]] = [
        (_get(column), 1.0, "column province", column),
        (_only([own]), _SURE, "column place", own),
        (_implied([own]), _LIKELY, "column place", own),
        (default, 1.0, "mapping file", default or ""),
        (_only(reversed(groups)), _SURE, "group row", "; ".join(groups)),
        (_implied([own, *groups]), _LIKELY, "group row", "; ".join(groups)),
        (_only([organization]), _LIKELY, "column organization", organization),
        (_only(titles), _LIKELY, "sheet title", "; ".join(filter(None, titles))),
        (_implied([own, *groups, organization, *titles]), 0.7, "places of the row", own),
    ]
    for province, confidence, source, quote in told:
        if province is not None:
            note("province", province, confidence, source, quote)
            return province
    return None


def _get(text: str) -> str | None:
    if not text:
        return None
    province = get_province(text) or get_province(_PROVINCE_RANK.sub("", text))
    return province.name if province else None


def _only(texts: Iterable[str]) -> str | None:
    """Return the one province that texts name, unless places beside it contradict."""
    named: set[str] = set()
    for text in texts:
        mentions = _places(text)
        smaller = [one for one in mentions if one.level in ("district", "commune") and one.ranked]
        for mention in mentions:
            if mention.level != "province":
                continue
            # "xã Vĩnh Mỹ A, Hòa Bình" is in a district of Bạc Liêu, not in that province.
            agrees = all(mention.old_provinces & one.old_provinces for one in smaller)
            if mention.ranked or agrees:
                named.add(mention.name)
    return _get(named.pop()) if len(named) == 1 else None


def _implied(texts: Iterable[str]) -> str | None:
    """Return the only province in which all ranked districts and communes can lie."""
    candidates: set[str] | None = None
    for text in texts:
        for mention in _places(text):
            if mention.level in ("district", "commune") and mention.ranked:
                names = set(mention.old_provinces)
                candidates = names if candidates is None else candidates & names
    if candidates is None or len(candidates) != 1:
        return None
    return _get(candidates.pop())


def _unnamed(record: Record) -> str:
    """Return the row's words on its place that name no unit: hamlets and the like."""
    words = ", ".join(filter(None, (_line(record.text("hamlet")), _line(record.text("place")))))
    mentions = _places(words)
    parts = [match for match in _PART.finditer(words) if match[0].strip()]
    kept = [
        match[0].strip(" .")
        for match in parts
        if not any(match.start() <= mention.start_char < match.end() for mention in mentions)
    ]
    return ", ".join(filter(None, kept))
