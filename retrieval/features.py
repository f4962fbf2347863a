"""What speaks for a document: the features that fusion and reranking weigh.

All lie in [-1, 1] and can be told to an officer; `FEATURES` fixes their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.facets import FacetMention
from kb.facts import DocumentFacts
from kb.places import Agreement, PlaceMention, agreement
from kb.ports import FloatArray
from retrieval.query import Query

LEGS = ("dense", "accented", "folded")
FEATURES = (
    *LEGS,  # scores of the legs, normalised over what each found
    "late",  # late interaction of query and passage tokens
    "place",  # lies in a place that the query names
    "district",  # lies in a district or commune that the query names
    "elsewhere",  # lies in none of the places that the query names
    "case",  # tells one case, where articles tell of many
    "topic",
    "organization",
    "year",
)


@dataclass(frozen=True, slots=True)
class Signals:
    """What the legs say of a document.

    Attributes:
        legs: Normalised score in [0, 1] by leg; a leg that did not find it is 0.
        late: Best late-interaction score of its chunks, or 0.
    """

    legs: Mapping[str, float]
    late: float = 0.0


def feature_row(
    query: Query, signals: Signals, facts: DocumentFacts | None, *, named: float = 0.0
) -> tuple[float, ...]:
    """Return the features of a document, in the order of `FEATURES`.

    Args:
        query: The query.
        signals: Scores of the document.
        facts: Its facts; None (a store without them) leaves the features of facts at 0.
        named: Share of the query that is the name of a case which the document, an article, tells
            of: so far it tells one case.
    """
    scores = [signals.legs.get(leg, 0.0) for leg in LEGS]
    if facts is None:
        return (*scores, signals.late, *([0.0] * (len(FEATURES) - len(LEGS) - 1)))
    return (
        *scores,
        signals.late,
        *_place_features(query.places, facts),
        max(float(facts.is_case), named),
        _share(query.facets.topics, facts.topics),
        _share(query.facets.organizations, facts.organizations),
        _share(query.facets.years, tuple(map(str, facts.years))),
    )


def feature_matrix(rows: Sequence[tuple[float, ...]]) -> FloatArray:
    """Return `(n, len(FEATURES))` float32."""
    return np.array(rows, np.float32).reshape(len(rows), len(FEATURES))


def _place_features(
    places: Sequence[PlaceMention], facts: DocumentFacts
) -> tuple[float, float, float]:
    """Return how far a document lies in one of the places, and whether it lies in none.

    Without places in the query, or without one of the document, all are 0.
    """
    if not places:
        return 0.0, 0.0, 0.0
    found = [agreement(mention, facts.place) for mention in places]
    best = max(found)
    exact = any(
        level >= Agreement.DISTRICT and mention.level in {"district", "commune"}
        for level, mention in zip(found, places, strict=True)
    )
    return (
        float(best >= Agreement.REGION),
        float(exact),
        float(best is Agreement.CONFLICT),
    )


def _share(wanted: Sequence[FacetMention], has: Sequence[str]) -> float:
    """Return the share of the wanted values, by confidence, that a document has."""
    total = sum(mention.confidence for mention in wanted)
    if not total:
        return 0.0
    return sum(mention.confidence for mention in wanted if mention.value in has) / total
