"""Articles that tell of a case by the very name that a query holds.

A name is a few words of a long chunk, so the legs hardly notice that it stands there whole: other
texts on the subject come first. The lookup of names therefore speaks for the article as a short
text of that name would: with the share of the query that the name is, of the best of each signal.
No weight is added: what a signal counts was learnt.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.ids import slugify
from kb.models import ScoredChunk
from kb.store import DocumentStore
from retrieval.features import Signals
from retrieval.query import Query

# Names of one word are no names of cases, and longer ones than this are told by their beginning.
_FEWEST, _MOST = 2, 16
_LEXICAL = ("accented", "folded")


@dataclass(frozen=True, slots=True)
class Named:
    """What of a query is the name of a case that an article tells of.

    Attributes:
        chunks: `(chunk id, document id)` -> share of the query's words that the name is, in (0, 1].
        documents: The same by document.
    """

    chunks: Mapping[tuple[str, str], float]
    documents: Mapping[str, float]


def find_named(store: DocumentStore, query: Query) -> Named:
    """Return the chunks in which cases stand that the query names."""
    shares = _names_in(query)
    chunks: dict[tuple[str, str], float] = {}
    documents: dict[str, float] = {}
    for key, chunk_id, document_id in store.extracted_cases.named_chunks(list(shares)):
        place = (chunk_id, document_id)
        chunks[place] = max(chunks.get(place, 0.0), shares[key])
        documents[document_id] = max(documents.get(document_id, 0.0), shares[key])
    return Named(chunks, documents)


def with_named(
    named: Named, legs: Mapping[str, Sequence[ScoredChunk]], *, may_add: bool
) -> dict[str, Sequence[ScoredChunk]]:
    """Return the lexical legs with the chunks in which named cases stand, raised.

    Args:
        named: What the query names.
        legs: Results by leg, best first.
        may_add: Whether chunks that a leg did not find may join it; under filters they may not,
            since nothing else is known to pass.
    """
    if not named.chunks:
        return dict(legs)
    return {
        leg: _raised(found, named.chunks, may_add=may_add) if leg in _LEXICAL and found else found
        for leg, found in legs.items()
    }


def raised(signals: Signals, share: float, best_late: float, *, legs: Sequence[str]) -> Signals:
    """Return the signals of a document that tells of a case which the query names.

    It counts as a text that is the name and nothing else would: with the share of the query that
    the name is, of the best score in every signal.
    """
    return Signals(
        {leg: max(signals.legs.get(leg, 0.0), share) for leg in legs},
        max(signals.late, share * best_late),
    )


def _raised(
    leg: Sequence[ScoredChunk], named: Mapping[tuple[str, str], float], *, may_add: bool
) -> list[ScoredChunk]:
    top = max(chunk.score for chunk in leg)
    scores = {(chunk.chunk_id, chunk.document_id): chunk.score for chunk in leg}
    for key, share in named.items():
        if may_add or key in scores:
            scores[key] = max(scores.get(key, 0.0), share * top)
    ranked = sorted(scores.items(), key=lambda item: (-item[1], item[0]))
    return [ScoredChunk(chunk_id, document_id, score) for (chunk_id, document_id), score in ranked]


def _names_in(query: Query) -> dict[str, float]:
    """Return what may be a name in the query, as stored names are keyed, with its share of it."""
    words = [slugify(token.text) for token in query.tokens]
    words = [word for word in words if word]
    return {
        "-".join(words[start : start + length]): length / len(words)
        for length in range(_FEWEST, min(_MOST, len(words)) + 1)
        for start in range(len(words) - length + 1)
    }
