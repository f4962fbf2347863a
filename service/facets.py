"""How many cases each province, field and topic has: what the filter boxes offer."""

from collections import Counter
from dataclasses import dataclass

from kb.models import Field
from kb.places import get_province, province_names
from kb.store import DocumentStore
from kb.taxonomy import FIELD_NAMES, TOPIC_NAMES, topic_name
from kb.text import fold

_PAGE = 1_000_000


@dataclass(frozen=True, slots=True)
class ProvinceFacet:
    """A province by its canonical name; one of today's counts the cases of all its parts."""

    name: str
    today: str
    cases: int

    @property
    def is_current(self) -> bool:
        """Whether the name is one of today's."""
        return self.name == self.today


@dataclass(frozen=True, slots=True)
class NamedFacet:
    """A field or topic: the value that a filter takes and the name that officers read."""

    value: str
    name: str
    cases: int


@dataclass(frozen=True, slots=True)
class Facets:
    """All values to filter by.

    Attributes:
        cases: How many cases there are.
        provinces: Today's names first, then the names that are gone, each group by name.
        fields: The four fields in their usual order.
        topics: By name.
    """

    cases: int
    provinces: tuple[ProvinceFacet, ...]
    fields: tuple[NamedFacet, ...]
    topics: tuple[NamedFacet, ...]


def count_facets(store: DocumentStore) -> Facets:
    """Return the facets of all cases of a store."""
    total, rows = store.list_cases(limit=_PAGE)
    places: Counter[str] = Counter()
    fields: Counter[Field] = Counter()
    topics: Counter[str] = Counter()
    for case, _ in rows:
        province = get_province(case.province)
        places.update(province.filter_names if province else (case.province,))
        fields[case.field] += 1
        topics.update(set(case.topics))
    return Facets(
        cases=total,
        provinces=_provinces(places),
        fields=tuple(NamedFacet(key.value, name, fields[key]) for key, name in FIELD_NAMES.items()),
        topics=tuple(
            NamedFacet(slug, topic_name(slug), topics[slug])
            for slug in sorted({*TOPIC_NAMES, *topics}, key=lambda slug: fold(topic_name(slug)))
        ),
    )


def _provinces(places: Counter[str]) -> tuple[ProvinceFacet, ...]:
    facets = []
    for name in province_names():
        province = get_province(name)
        facets.append(ProvinceFacet(name, province.today if province else name, places[name]))
    return tuple(sorted(facets, key=lambda facet: (not facet.is_current, fold(facet.name))))
