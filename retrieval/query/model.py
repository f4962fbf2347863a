"""A query with everything that was understood of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from kb.abbreviations import AbbreviationMention
from kb.facets import FacetMention, Facets
from kb.models import Filters
from kb.places import PlaceMention, ProvinceMention
from kb.synonyms import Related
from kb.terms import Token
from retrieval.query.parts import ALL_PARTS, PART_NAMES, Parts
from retrieval.query.spelling import Correction

# Interpretations list at most so many related phrases.
_SHOWN_RELATED = 8


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the legs need it.

    Attributes:
        typed: Reading form of what was typed.
        text: The reading of it that is searched: the same, or with diacritics restored and typing
            errors mended.
        tokens: Tokens of `text`, with offsets in it.
        is_accented: Whether `text` carries Vietnamese marks that can be trusted; without them
            words are compared folded.
        confidence: Of the reading, 0 to 1; 1 if nothing was restored.
        embedded: What the embedding model reads: `text` with its abbreviations written out.
        accented: Weight by term of the accented leg.
        folded: Weight by term of the folded leg.
        provinces: Provinces that it names, whatever parts are off: no answer about one province
            may be given with the figures of another.
        places: Places of any level that it names.
        abbreviations: Abbreviations in it.
        facets: Fields, topics, organisations, levels and years in it.
        related: Phrases added to its own words.
        corrections: What was changed of what was typed, with offsets in `typed`.
        parts: Which parts of the understanding took part.
        filters: Strict conditions that were given beside it.
    """

    typed: str
    text: str
    tokens: tuple[Token, ...]
    is_accented: bool
    confidence: float
    embedded: str
    accented: Mapping[str, float]
    folded: Mapping[str, float]
    provinces: tuple[ProvinceMention, ...] = ()
    places: tuple[PlaceMention, ...] = ()
    abbreviations: tuple[AbbreviationMention, ...] = ()
    facets: Facets = field(default_factory=Facets)
    related: tuple[Related, ...] = ()
    corrections: tuple[Correction, ...] = ()
    parts: Parts = ALL_PARTS
    filters: Filters = field(default_factory=Filters)

    def interpretation(self) -> Mapping[str, object]:
        """Return what the search understood, for the reader; offsets refer to `typed`/`text`."""
        return {
            "typed": self.typed,
            "normalized": self.text,
            "diacritics": self.is_accented,
            "confidence": round(self.confidence, 3),
            "corrections": [
                {
                    "start_char": item.start_char,
                    "end_char": item.end_char,
                    "typed": item.typed,
                    "read": item.read,
                    "kind": item.kind,
                }
                for item in self.corrections
            ],
            "abbreviations": [
                {"short": item.short, "long": list(item.longs)} for item in self.abbreviations
            ],
            "provinces": [
                {
                    "name": mention.province.name,
                    "today": mention.province.today,
                    "covers": list(mention.province.parts),
                }
                for mention in (self.provinces if self.parts.places else ())
            ],
            "places": [
                {
                    "text": mention.text,
                    "level": mention.level,
                    "name": mention.name,
                    "provinces": sorted(mention.old_provinces),
                }
                for mention in self.places
            ],
            "fields": _values(self.facets.fields),
            "topics": _values(self.facets.topics),
            "organizations": _values(self.facets.organizations),
            "levels": _values(self.facets.levels),
            "years": [int(item.value) for item in self.facets.years],
            "related": list(dict.fromkeys(item.phrase for item in self.related[:_SHOWN_RELATED])),
            "without": list(self.parts.off),
            "filters": {
                key: value
                for key, value in (
                    ("province", self.filters.province),
                    ("field", self.filters.field.value if self.filters.field else None),
                    ("topic", self.filters.topic),
                    ("year", self.filters.year),
                )
                if value is not None
            },
        }

    @property
    def active_parts(self) -> tuple[str, ...]:
        """Names of the parts that changed or recognised something."""
        kinds = {item.kind for item in self.corrections}
        active = {
            "diacritics": "diacritics" in kinds,
            "typos": bool(kinds - {"diacritics"}),
            "abbreviations": bool(self.abbreviations),
            "places": self.parts.places and bool(self.places or self.provinces),
            "facets": bool(
                self.facets.fields
                or self.facets.topics
                or self.facets.organizations
                or self.facets.years
            ),
            "synonyms": bool(self.related),
        }
        return tuple(name for name in PART_NAMES if active[name])


def _values(mentions: tuple[FacetMention, ...]) -> list[dict[str, str]]:
    return [{"value": item.value, "name": item.name} for item in mentions]
