"""Hybrid search: the facade that the command line, the service and the evaluation call."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from kb.knowledge_base import KnowledgeBase
from kb.models import Document, Filters, Hit, ScoredChunk, SearchMode, SearchResult, Span
from kb.places import get_province
from kb.terms import fold_runs, query_terms, terms_of
from retrieval.calibration import DenseScale, dense_scale
from retrieval.fusion import weighted_fusion
from retrieval.matching import excerpt
from retrieval.query import Query, parse_query

# Weights of the legs in weighted fusion, by what the query looks like (DECISIONS.md tells how
# they were set). The embedding model has hardly seen Vietnamese without marks.
WEIGHTS: Mapping[str, Mapping[str, float]] = {
    "accented": {"dense": 0.4, "accented": 0.45, "folded": 0.15},
    "unaccented": {"dense": 0.2, "accented": 0.0, "folded": 0.8},
}
# Added to the fused score (in [0, 1]) of documents from a province that the query names.
PLACE_BONUS = 0.15
# Share of the best lexical score below which a chunk with a random similarity is left out.
NOISE_SHARE = 0.25
# Searches whose lexical legs run at once; each takes a few milliseconds.
_LEXICAL_THREADS = 4

_LEGS_OF_MODE: Mapping[SearchMode, frozenset[str]] = {
    "hybrid": frozenset({"dense", "accented", "folded"}),
    "dense": frozenset({"dense"}),
    "lexical": frozenset({"accented", "folded"}),
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A document with its best chunk and fused score in [0, 1]."""

    document_id: str
    chunk_id: str
    score: float
    leg_scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Found:
    """A candidate with its document, and where its best chunk lies in it."""

    candidate: Candidate
    document: Document
    chunk_span: Span


class Searcher:
    """Search over an opened knowledge base; safe to use from several threads."""

    def __init__(self, kb: KnowledgeBase) -> None:
        """Use an opened knowledge base; the model loads at the first dense search."""
        self._kb = kb
        # The lexical legs need no vector, so they run while the query is embedded.
        self._lexical_pool = ThreadPoolExecutor(_LEXICAL_THREADS, "lexical")

    def search(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        mode: SearchMode = "hybrid",
        top_k: int | None = None,
    ) -> SearchResult:
        """Return the best documents for a query, one hit a document.

        Args:
            text: What was typed.
            filters: Strict conditions.
            mode: Which legs take part.
            top_k: Hits wanted; default from the settings.

        Raises:
            EmptyQuery: The query holds no letter and no digit.
            QueryTooLong: It is longer than the limit.
        """
        started = time.perf_counter()
        settings = self._kb.settings.retrieval
        query = parse_query(text, filters, max_chars=settings.max_query_chars)
        timings = {"parse": _ms(started)}
        candidates = self.candidates(query, mode=mode, timings=timings)
        loading = time.perf_counter()
        found = self.load(candidates[: top_k or settings.top_k])
        timings["load"] = _ms(loading)
        built = time.perf_counter()
        hits = to_hits(query, found)
        timings["highlight"] = _ms(built)
        timings["total"] = _ms(started)
        return SearchResult(
            query=text,
            interpretation={**query.interpretation(), "mode": mode},
            total=len(candidates),
            hits=tuple(hits),
            timings_ms=timings,
        )

    def candidates(
        self, query: Query, *, mode: SearchMode = "hybrid", timings: dict[str, float] | None = None
    ) -> list[Candidate]:
        """Return documents with their best chunks, best first, ties by document id.

        Args:
            query: The parsed query.
            mode: Which legs take part.
            timings: Filled with milliseconds by stage, if given.
        """
        timings = {} if timings is None else timings
        legs = self._run_legs(query, _LEGS_OF_MODE[mode], timings)
        fusing = time.perf_counter()
        weights = WEIGHTS["accented" if query.is_accented else "unaccented"]
        if mode == "lexical":
            weights = {**weights, "dense": 0.0}
        elif mode == "dense":
            weights = {"dense": 1.0, "accented": 0.0, "folded": 0.0}
        fused = weighted_fusion(legs, weights)
        if mode == "hybrid" and query.is_accented:
            fused = _without_noise(fused, legs, dense_scale(self._kb.embedder.spec.name))
        best = _best_chunks(legs, fused)
        candidates = self._rank(query, best, legs)
        timings["fuse"] = _ms(fusing)
        return candidates

    def load(self, candidates: Sequence[Candidate]) -> list[Found]:
        """Return candidates with their documents, in order; one removed meanwhile is left out."""
        passages = self._kb.store.get_passages([item.chunk_id for item in candidates])
        return [
            Found(item, *passages[item.chunk_id])
            for item in candidates
            if item.chunk_id in passages
        ]

    def _run_legs(
        self, query: Query, names: frozenset[str], timings: dict[str, float]
    ) -> dict[str, Sequence[ScoredChunk]]:
        lexical = self._lexical_pool.submit(self._lexical_legs, query, names)
        legs: dict[str, Sequence[ScoredChunk]] = {}
        if "dense" in names:
            legs["dense"] = self._dense_leg(query, timings)
        # Overlaps with the dense leg, so the stages may add up to more than the total.
        found, timings["lexical"] = lexical.result()
        return {**legs, **found}

    def _dense_leg(self, query: Query, timings: dict[str, float]) -> list[ScoredChunk]:
        started = time.perf_counter()
        vector = self._kb.embed_query(query.text)
        timings["embed"] = _ms(started)
        started = time.perf_counter()
        limit = self._kb.settings.retrieval.candidates
        found = self._kb.index.query_dense(vector, limit=limit, filters=query.filters)
        timings["dense"] = _ms(started)
        return found

    def _lexical_legs(
        self, query: Query, names: frozenset[str]
    ) -> tuple[dict[str, Sequence[ScoredChunk]], float]:
        """Return the lexical legs and how many milliseconds they took."""
        started = time.perf_counter()
        limit = self._kb.settings.retrieval.candidates
        runs = _runs(query)
        legs: dict[str, Sequence[ScoredChunk]] = {}
        for leg in ("accented", "folded"):
            if leg in names:
                terms = query_terms(terms_of(runs if leg == "accented" else fold_runs(runs)))
                legs[leg] = self._kb.index.query_lexical(
                    leg, terms, limit=limit, filters=query.filters
                )
        return legs, _ms(started)

    def _rank(
        self,
        query: Query,
        best: Mapping[str, tuple[str, float]],
        legs: Mapping[str, Sequence[ScoredChunk]],
    ) -> list[Candidate]:
        # Provinces matter only to a query that names one.
        provinces = self._kb.store.provinces(list(best)) if query.provinces else {}
        by_leg = {
            name: {chunk.chunk_id: chunk.score for chunk in results}
            for name, results in legs.items()
        }
        candidates = []
        for document_id, (chunk_id, score) in best.items():
            local = agrees_in_place(query, provinces.get(document_id))
            bonus = PLACE_BONUS if local else 0.0
            leg_scores = {
                name: scores[chunk_id] for name, scores in by_leg.items() if chunk_id in scores
            }
            candidates.append(Candidate(document_id, chunk_id, min(1.0, score + bonus), leg_scores))
        return sorted(candidates, key=lambda item: (-item.score, item.document_id))


def to_hits(query: Query, found: Sequence[Found]) -> list[Hit]:
    """Return what was found as hits, ranked as given, with snippets and highlights."""
    hits = []
    for rank, item in enumerate(found, 1):
        text = item.document.text
        shown = excerpt(text, query, _without_head(item.document, item.chunk_span))
        hits.append(
            Hit(
                rank=rank,
                score=round(item.candidate.score, 6),
                document=item.document,
                snippet=text[shown.span.start_char : shown.span.end_char],
                snippet_span=shown.span,
                highlights=shown.highlights,
                chunk_id=item.candidate.chunk_id,
                leg_scores=item.candidate.leg_scores,
            )
        )
    return hits


def _without_head(document: Document, window: Span) -> Span:
    """Return a window without the name and facts that open the text of a case.

    Results show those apart; a snippet is worth more if it tells what was done.
    """
    head_end = document.text.find("\n\n", len(document.title) + 2)
    if document.case is None or head_end < 0:
        return window
    start = max(window.start_char, head_end + 2)
    return Span(start, window.end_char) if start < window.end_char else window


def agrees_in_place(query: Query, province_name: str | None) -> bool:
    """Tell whether a document's province is one that the query names.

    One of today's names covers the provinces it was made of; an old name only itself.
    """
    if province_name is None or not query.provinces:
        return False
    province = get_province(province_name)
    names = province.filter_names if province else (province_name,)
    return any(mention.province.name in names for mention in query.provinces)


def _runs(query: Query) -> list[list[str]]:
    runs: list[list[str]] = []
    for token in query.tokens:
        if token.starts_run:
            runs.append([])
        runs[-1].append(token.text)
    return runs


def _without_noise(
    fused: Mapping[str, float],
    legs: Mapping[str, Sequence[ScoredChunk]],
    scale: DenseScale | None,
) -> dict[str, float]:
    """Leave out chunks that no leg speaks for.

    The nearest neighbours of a query always exist, however far they are, so in a small knowledge
    base every document would be a result. A chunk goes if its similarity is that of a random one
    and its words match far worse than those of the best chunk.
    """
    if scale is None:
        return dict(fused)
    similarity = {chunk.chunk_id: chunk.score for chunk in legs["dense"]}
    words = {chunk.chunk_id: chunk.score for chunk in legs["accented"]}
    enough = NOISE_SHARE * max(words.values(), default=0.0)
    return {
        chunk_id: score
        for chunk_id, score in fused.items()
        if similarity.get(chunk_id, 0.0) >= scale.noise
        or (words.get(chunk_id, 0.0) >= enough and chunk_id in words)
    }


def _best_chunks(
    legs: Mapping[str, Sequence[ScoredChunk]], fused: Mapping[str, float]
) -> dict[str, tuple[str, float]]:
    """Return the best chunk and its score by document."""
    documents = {chunk.chunk_id: chunk.document_id for leg in legs.values() for chunk in leg}
    best: dict[str, tuple[str, float]] = {}
    for chunk_id in sorted(fused):
        document_id = documents[chunk_id]
        if document_id not in best or fused[chunk_id] > best[document_id][1]:
            best[document_id] = (chunk_id, fused[chunk_id])
    return best


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
