"""Which extracted case is a recorded one, or one of another article.

Two articles tell the same case if they name it nearly alike and nothing says that they mean
different places. A name that any commune may use ("Tổ tự quản") needs the same commune or district
on both sides; a rare name only the same province.
"""

from collections.abc import Iterable

from ingest.cases.names import is_generic, similarity
from kb.models import Case, ExtractedCase
from kb.places import (
    PlaceMention,
    StoredPlace,
    Unit,
    find_places,
    get_province,
    place_graph,
    resolve_place,
)

# Names that differ in one word of five or more are still taken for one.
ALIKE = 0.85

Linkable = Case | ExtractedCase


def link(case: ExtractedCase, candidates: Iterable[Linkable]) -> str | None:
    """Return the id of the candidate that is the same case, or None.

    Recorded cases come before extracted ones, then the more alike name, then the smaller id.

    Args:
        case: A case of an article.
        candidates: Cases that share a key with it (`blocking_keys`); those of its own article are
            passed over.
    """
    best: tuple[bool, float, str] | None = None
    for candidate in candidates:
        if isinstance(candidate, ExtractedCase) and candidate.document_id == case.document_id:
            continue
        alike = similarity(case.name, candidate.name)
        if alike < ALIKE or not _places_fit(case, candidate):
            continue
        rank = (isinstance(candidate, ExtractedCase), -alike, candidate.case_id)
        if best is None or rank < best:
            best = rank
    return best[2] if best else None


def _places_fit(case: ExtractedCase, candidate: Linkable) -> bool:
    left, right = _place_of(case), _place_of(candidate)
    if not (left.old_provinces & right.old_provinces):
        return False
    shared, contradicting = _compare(left, right)
    if contradicting:
        return False
    return shared or not (is_generic(case.name) or is_generic(candidate.name))


def _place_of(case: Linkable) -> StoredPlace:
    if isinstance(case, Case):
        return resolve_place(case.province, case.district, case.commune)
    place = case.place.value if case.place else None
    named = find_places(f"{place}, {case.province}" if case.province else place) if place else []
    districts = [_ranked(item) for item in named if item.level == "district"]
    communes = [_ranked(item) for item in named if item.level == "commune"]
    return resolve_place(
        case.province or _only_province(named),
        ", ".join(districts) or None,
        ", ".join(communes) or None,
    )


def _ranked(mention: PlaceMention) -> str:
    """Return a name as `resolve_place` reads it: a numbered ward needs its rank word."""
    return f"phường {mention.name}" if mention.name.isdigit() else mention.name


def _only_province(mentions: list[PlaceMention]) -> str | None:
    names = {name for mention in mentions for name in mention.old_provinces}
    if len(names) != 1:
        return None
    found = get_province(names.pop())
    return found.name if found else None


def _compare(left: StoredPlace, right: StoredPlace) -> tuple[bool, bool]:
    """Return whether two places share a commune or district, and whether they contradict."""
    left_communes, right_communes = _communes(left), _communes(right)
    if left_communes and right_communes:
        shared = bool(left_communes & right_communes)
        return shared, not shared
    left_districts, right_districts = _districts(left), _districts(right)
    if left_districts and right_districts:
        shared = bool(left_districts & right_districts)
        return shared, not shared
    return False, False


def _communes(place: StoredPlace) -> frozenset[str]:
    units: tuple[Unit, ...] = (*place.old_units, *place.new_units)
    return frozenset(unit.code for unit in units if unit.level == "commune")


def _districts(place: StoredPlace) -> frozenset[str]:
    graph = place_graph()
    return frozenset().union(*(graph.old_districts(unit.code) for unit in place.old_units))
