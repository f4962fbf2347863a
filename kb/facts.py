"""What retrieval compares of a document beside its words, worked out once at ingest."""

from dataclasses import dataclass
from typing import Any, Self

from kb.facets import find_facets
from kb.models import Document
from kb.places import StoredPlace, get_unit, resolve_place


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """Facts of a document in the form in which queries name them.

    Attributes:
        is_case: Whether it tells one case (an article tells of many).
        place: As written, with the units of both times and coordinates.
        field: Value of `kb.models.Field`, or None.
        topics: Topic slugs.
        organizations: Slugs of `kb.facets` of who runs it.
        years: Years that it speaks of or was published in.
    """

    is_case: bool
    place: StoredPlace
    field: str | None = None
    topics: tuple[str, ...] = ()
    organizations: tuple[str, ...] = ()
    years: tuple[int, ...] = ()

    @classmethod
    def of(cls, document: Document) -> Self:
        """Return the facts of a document."""
        case = document.case
        place = resolve_place(
            document.province,
            case.district if case else None,
            case.commune if case else None,
            date=document.published,
        )
        names = f"{document.organization or ''}. {document.title if case else ''}"
        organizations = tuple(mention.value for mention in find_facets(names).organizations)
        return cls(
            is_case=case is not None,
            place=place,
            field=document.field.value if document.field else None,
            topics=document.topics,
            organizations=organizations,
            years=document.years,
        )

    def to_data(self) -> dict[str, Any]:
        """Return them as JSON data; `from_data` reads it."""
        place = self.place
        return {
            "is_case": self.is_case,
            "place": {
                "as_written": place.as_written,
                "old_provinces": sorted(place.old_provinces),
                "today": place.today,
                "old_units": [unit.code for unit in place.old_units],
                "new_units": [unit.code for unit in place.new_units],
                "latitude": place.latitude,
                "longitude": place.longitude,
            },
            "field": self.field,
            "topics": list(self.topics),
            "organizations": list(self.organizations),
            "years": list(self.years),
        }

    @classmethod
    def from_data(cls, data: dict[str, Any]) -> Self:
        """Return the facts that `to_data` wrote."""
        place = data["place"]
        return cls(
            is_case=data["is_case"],
            place=StoredPlace(
                as_written=place["as_written"],
                old_provinces=frozenset(place["old_provinces"]),
                today=place["today"],
                old_units=_units(place["old_units"]),
                new_units=_units(place["new_units"]),
                latitude=place["latitude"],
                longitude=place["longitude"],
            ),
            field=data["field"],
            topics=tuple(data["topics"]),
            organizations=tuple(data["organizations"]),
            years=tuple(data["years"]),
        )


def _units(codes: list[str]) -> Any:
    return tuple(unit for code in codes if (unit := get_unit(code)))
