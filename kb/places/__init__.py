"""Places of Viet Nam before and after the reform of 1 July 2025.

Provinces (`get_province`, `find_provinces`) need no data but their names. Districts and communes
(`find_places`, `resolve_place`, `agreement`) read a table of 14,149 units at their first use;
`kb.places.make_units` says where it is from and under which licence.
"""

from kb.places.graph import PlaceGraph, Unit, era_of, get_unit, place_graph
from kb.places.matcher import find_places, warm_up
from kb.places.mention import PlaceMention
from kb.places.provinces import (
    MADE_OF,
    Province,
    ProvinceMention,
    close_province_names,
    find_provinces,
    get_province,
    province_names,
)
from kb.places.resolve import Agreement, StoredPlace, agreement, resolve_place

__all__ = [
    "MADE_OF",
    "Agreement",
    "PlaceGraph",
    "PlaceMention",
    "Province",
    "ProvinceMention",
    "StoredPlace",
    "Unit",
    "agreement",
    "close_province_names",
    "era_of",
    "find_places",
    "find_provinces",
    "get_province",
    "get_unit",
    "place_graph",
    "province_names",
    "resolve_place",
    "warm_up",
]
