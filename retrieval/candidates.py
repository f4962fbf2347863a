"""From what the legs found to a ranking of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kb.models import Document, ScoredChunk, Span
from retrieval.calibration import DenseScale
from retrieval.features import Signals
from retrieval.fusion import min_max

# Share of the best lexical score below which a chunk with a random similarity is left out.
NOISE_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document with its best chunk and its score in [0, 1].

    Attributes:
        document_id: The document.
        chunk_id: The chunk that speaks most for it.
        score: Fused, and reranked where it is among the first.
        leg_scores: By leg, the score of the best chunk on the leg's own scale.
        chunk_ids: All its chunks that a leg found, best first.
        features: By name, what was weighed (`retrieval.features`); empty if not reranked.
    """

    document_id: str
    chunk_id: str
    score: float
    leg_scores: Mapping[str, float]
    chunk_ids: tuple[str, ...] = ()
    features: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate with its document, and where its best chunk lies in it.

    `passages` are the spans of its further chunks, best first.
    """

    candidate: Candidate
    document: Document
    chunk_span: Span
    passages: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Pool:
    """The documents that the legs found, best first by fused score, ties by document id.

    Attributes:
        order: Document ids.
        fused: Fused score in [0, 1] by document.
        chunks: By document, its chunks, best first by fused score.
        signals: By document, the normalised scores of the legs.
        leg_scores: By chunk, the scores of the legs on their own scales.
    """

    order: tuple[str, ...]
    fused: Mapping[str, float]
    chunks: Mapping[str, tuple[str, ...]]
    signals: Mapping[str, Signals]
    leg_scores: Mapping[str, Mapping[str, float]]


def pool_of(legs: Mapping[str, Sequence[ScoredChunk]], fused: Mapping[str, float]) -> Pool:
    """Return the documents of fused chunks.

    Args:
        legs: Results by leg.
        fused: Fused score by chunk; chunks that are missing here are left out.
    """
    documents = {chunk.chunk_id: chunk.document_id for leg in legs.values() for chunk in leg}
    chunks: dict[str, list[str]] = {}
    for chunk_id in sorted(fused, key=lambda key: (-fused[key], key)):
        chunks.setdefault(documents[chunk_id], []).append(chunk_id)
    scores = {document_id: fused[own[0]] for document_id, own in chunks.items()}
    order = sorted(scores, key=lambda document_id: (-scores[document_id], document_id))
    leg_scores: dict[str, dict[str, float]] = {}
    normalised: dict[str, dict[str, float]] = {document_id: {} for document_id in order}
    for leg in sorted(legs):
        raw = {chunk.chunk_id: chunk.score for chunk in legs[leg]}
        for chunk_id, score in raw.items():
            leg_scores.setdefault(chunk_id, {})[leg] = score
        for chunk_id, share in _normalised(leg, raw).items():
            own = normalised.get(documents[chunk_id])
            if own is not None:
                own[leg] = max(own.get(leg, 0.0), share)
    return Pool(
        order=tuple(order),
        fused=scores,
        chunks={document_id: tuple(own) for document_id, own in chunks.items()},
        signals={document_id: Signals(own) for document_id, own in normalised.items()},
        leg_scores=leg_scores,
    )


def _normalised(leg: str, scores: Mapping[str, float]) -> Mapping[str, float]:
    """Return the scores of a leg in [0, 1].

    Lexical scores have a natural zero and are divided by the best; similarities have none.
    """
    if leg == "dense":
        return min_max(scores)
    best = max(scores.values(), default=0.0)
    return {key: score / best for key, score in scores.items()} if best > 0 else {}


def without_noise(
    fused: Mapping[str, float],
    legs: Mapping[str, Sequence[ScoredChunk]],
    scale: DenseScale | None,
    *,
    words_leg: str = "accented",
) -> dict[str, float]:
    """Leave out chunks that no leg speaks for.

    The nearest neighbours of a query always exist, however far they are, so in a small knowledge
    base every document would be a result. A chunk goes if its similarity is that of a random one
    and its words match far worse than those of the best chunk.

    Args:
        fused: Fused score by chunk.
        legs: Results by leg.
        scale: The similarity scale of the model; None leaves all in.
        words_leg: The lexical leg whose words can be trusted.
    """
    if scale is None:
        return dict(fused)
    similarity = {chunk.chunk_id: chunk.score for chunk in legs["dense"]}
    words = {chunk.chunk_id: chunk.score for chunk in legs[words_leg]}
    enough = NOISE_SHARE * max(words.values(), default=0.0)
    return {
        chunk_id: score
        for chunk_id, score in fused.items()
        if similarity.get(chunk_id, 0.0) >= scale.noise
        or (words.get(chunk_id, 0.0) >= enough and chunk_id in words)
    }
