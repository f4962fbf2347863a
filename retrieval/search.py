"""Hybrid search: the facade that the command line, the service and the evaluation call."""

import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from kb.knowledge_base import KnowledgeBase
from kb.models import Filters, ScoredChunk, SearchMode, SearchResult
from kb.ports import QueryEmbedding, TokenEmbedder
from kb.terms import weighted_terms
from retrieval.calibration import dense_scale
from retrieval.candidates import Candidate, Found, Pool, pool_of, without_noise
from retrieval.cross_encoder import get_cross_encoder
from retrieval.features import FEATURES, LEGS, Signals, feature_matrix, feature_row
from retrieval.fusion import weighted_fusion
from retrieval.grouping import Group, group_same_cases
from retrieval.hits import to_hits
from retrieval.late_interaction import late_scores
from retrieval.named_cases import Named, find_named, raised, with_named
from retrieval.query import ALL_PARTS, Parts, Query, parse_query
from retrieval.reranker import Weights, shipped_weights
from retrieval.told_cases import with_cases

# Documents that are reranked; each costs about 0.1 ms.
RERANKED = 40
# Chunks of a document that take part in late interaction, and that results show.
_LATE_CHUNKS, _PASSAGES = 3, 3
# Further candidates that fill a page up where some of the first were folded together.
_GROUPED_BEYOND = 10
# Searches whose lexical legs run at once; each takes a few milliseconds.
_LEXICAL_THREADS = 4

_LEGS_OF_MODE: Mapping[SearchMode, frozenset[str]] = {
    "hybrid": frozenset({"dense", "accented", "folded"}),
    "dense": frozenset({"dense"}),
    "lexical": frozenset({"accented", "folded"}),
}


class Searcher:
    """Search over an opened knowledge base; safe to use from several threads."""

    def __init__(
        self, kb: KnowledgeBase, *, weights: Weights | None = None, rerank: bool | None = None
    ) -> None:
        """Use an opened knowledge base; the model loads at the first dense search.

        Args:
            kb: The knowledge base.
            weights: Other weights than those shipped (training, experiments).
            rerank: Whether the learnt model reranks; default from the settings.
        """
        self._kb = kb
        self._rerank = kb.settings.retrieval.rerank if rerank is None else rerank
        self._weights = weights or shipped_weights()
        # The lexical legs need no vector, so they run while the query is embedded.
        self._lexical_pool = ThreadPoolExecutor(_LEXICAL_THREADS, "lexical")

    def parse(
        self, text: str, *, filters: Filters | None = None, parts: Parts = ALL_PARTS
    ) -> Query:
        """Return the query of a text, understood with the words of the knowledge base.

        Raises:
            EmptyQuery: The text holds no letter and no digit.
            QueryTooLong: It is longer than the limit.
        """
        limit = self._kb.settings.retrieval.max_query_chars
        return parse_query(text, filters, max_chars=limit, lexicon=self._kb.lexicon, parts=parts)

    def search(
        self,
        text: str,
        *,
        filters: Filters | None = None,
        mode: SearchMode = "hybrid",
        top_k: int | None = None,
        parts: Parts = ALL_PARTS,
    ) -> SearchResult:
        """Return the best documents for a query, one hit a case.

        Args:
            text: What was typed.
            filters: Strict conditions.
            mode: Which legs take part.
            top_k: Hits wanted; default from the settings.
            parts: Which parts of the understanding take part.

        Raises:
            EmptyQuery: The query holds no letter and no digit.
            QueryTooLong: It is longer than the limit.
        """
        started = time.perf_counter()
        query = self.parse(text, filters=filters, parts=parts)
        timings = {"parse": _ms(started)}
        candidates = self.candidates(query, mode=mode, timings=timings)
        loading = time.perf_counter()
        groups = self.groups(candidates, top_k or self._kb.settings.retrieval.top_k)
        timings["load"] = _ms(loading)
        built = time.perf_counter()
        hits = with_cases(self._kb.store, to_hits(query, groups))
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
        legs, embedding = self._run_legs(query, _LEGS_OF_MODE[mode], timings)
        named = find_named(self._kb.store, query)
        legs = with_named(named, legs, may_add=query.filters.is_empty)
        fusing = time.perf_counter()
        pool = self._pool(query, mode, legs)
        candidates = _in_fused_order(pool)
        timings["fuse"] = _ms(fusing)
        if mode == "hybrid" and self._rerank and candidates:
            reranking = time.perf_counter()
            candidates = self._reranked(query, pool, candidates, embedding, named)
            timings["rerank"] = _ms(reranking)
        encoder = get_cross_encoder(self._kb.settings.retrieval.cross_encoder)
        if encoder and mode == "hybrid" and candidates:
            candidates = encoder.rerank(query.text, candidates, self.load)
        return candidates

    def load(self, candidates: Sequence[Candidate]) -> list[Found]:
        """Return candidates with their documents, in order; one removed meanwhile is left out."""
        best = self._kb.store.get_passages([item.chunk_id for item in candidates])
        further = {item.document_id: _further_chunks(item) for item in candidates}
        spans = self._kb.store.get_spans([key for own in further.values() for key in own])
        return [
            Found(
                item,
                *best[item.chunk_id],
                tuple(spans[key] for key in further[item.document_id] if key in spans),
            )
            for item in candidates
            if item.chunk_id in best
        ]

    def groups(self, candidates: Sequence[Candidate], wanted: int) -> list[Group]:
        """Return the first cases with the documents that tell each, `wanted` if there are so many.

        Args:
            candidates: Best first.
            wanted: How many entries a page shows.
        """
        found = self.load(candidates[:wanted])
        groups = self._grouped(found)
        read = wanted
        while len(groups) < wanted and read < len(candidates):  # some were folded: fill up
            found += self.load(candidates[read : read + _GROUPED_BEYOND])
            groups = self._grouped(found)
            read += _GROUPED_BEYOND
        return groups[:wanted]

    def _grouped(self, found: Sequence[Found]) -> list[Group]:
        ids = [item.document.document_id for item in found]
        return group_same_cases(found, self._kb.store.signatures.groups(ids))

    def features(self, query: Query) -> tuple[list[str], list[tuple[float, ...]]]:
        """Return the documents that would be reranked and their features, for training."""
        legs, embedding = self._run_legs(query, _LEGS_OF_MODE["hybrid"], {})
        named = find_named(self._kb.store, query)
        pool = self._pool(query, "hybrid", with_named(named, legs, may_add=True))
        documents = pool.order[:RERANKED]
        return list(documents), self._features(query, pool, documents, embedding, named)[0]

    def _run_legs(
        self, query: Query, names: frozenset[str], timings: dict[str, float]
    ) -> tuple[dict[str, Sequence[ScoredChunk]], QueryEmbedding | None]:
        lexical = self._lexical_pool.submit(self._lexical_legs, query, names)
        legs: dict[str, Sequence[ScoredChunk]] = {}
        embedding = None
        if "dense" in names:
            embedding, legs["dense"] = self._dense_leg(query, timings)
        # Overlaps with the dense leg, so the stages may add up to more than the total.
        found, timings["lexical"] = lexical.result()
        return {**legs, **found}, embedding

    def _dense_leg(
        self, query: Query, timings: dict[str, float]
    ) -> tuple[QueryEmbedding, list[ScoredChunk]]:
        started = time.perf_counter()
        embedding = self._kb.embed_query(query.embedded)
        timings["embed"] = _ms(started)
        started = time.perf_counter()
        limit = self._kb.settings.retrieval.candidates
        found = self._kb.index.query_dense(embedding.vector, limit=limit, filters=query.filters)
        timings["dense"] = _ms(started)
        return embedding, found

    def _lexical_legs(
        self, query: Query, names: frozenset[str]
    ) -> tuple[dict[str, Sequence[ScoredChunk]], float]:
        """Return the lexical legs and how many milliseconds they took."""
        started = time.perf_counter()
        limit = self._kb.settings.retrieval.candidates
        legs: dict[str, Sequence[ScoredChunk]] = {}
        for leg, terms in (("accented", query.accented), ("folded", query.folded)):
            if leg in names:
                legs[leg] = self._kb.index.query_lexical(
                    leg, weighted_terms(terms), limit=limit, filters=query.filters
                )
        return legs, _ms(started)

    def _pool(
        self, query: Query, mode: SearchMode, legs: Mapping[str, Sequence[ScoredChunk]]
    ) -> Pool:
        weights = self._weights.of_legs(query.confidence, is_accented=query.is_accented)
        if mode == "lexical":
            weights = {**weights, "dense": 0.0}
        elif mode == "dense":
            weights = {"dense": 1.0, "accented": 0.0, "folded": 0.0}
        fused = weighted_fusion(legs, weights)
        if mode == "hybrid" and query.is_accented:
            scale = dense_scale(self._kb.embedder.spec.name)
            # Restored marks may be wrong, so the words that were typed decide.
            words_leg = "accented" if query.text == query.typed else "folded"
            fused = without_noise(fused, legs, scale, words_leg=words_leg)
        return pool_of(legs, fused)

    def _reranked(
        self,
        query: Query,
        pool: Pool,
        candidates: Sequence[Candidate],
        embedding: QueryEmbedding | None,
        named: Named,
    ) -> list[Candidate]:
        """Return the first candidates in the order of the learnt model, the others after them."""
        head, tail = candidates[:RERANKED], candidates[RERANKED:]
        documents = [item.document_id for item in head]
        rows, late = self._features(query, pool, documents, embedding, named)
        has_tokens = embedding is not None and embedding.tokens is not None
        model = self._weights.reranker(query, has_tokens=has_tokens)
        scores = model.scores(feature_matrix(rows))
        reranked = [
            replace(
                item,
                score=min(1.0, max(0.0, float(score))),
                chunk_id=max(item.chunk_ids, key=lambda key: late.get(key, -1.0)),
                features=dict(zip(FEATURES, row, strict=True)),
            )
            for item, row, score in zip(head, rows, scores, strict=True)
        ]
        ranks = {item.document_id: float(score) for item, score in zip(head, scores, strict=True)}
        reranked.sort(key=lambda item: (-ranks[item.document_id], item.document_id))
        least = reranked[-1].score
        best = max((item.score for item in tail), default=1.0) or 1.0
        return [*reranked, *(_scored(item, least * (item.score / best)) for item in tail)]

    def _features(
        self,
        query: Query,
        pool: Pool,
        documents: Sequence[str],
        embedding: QueryEmbedding | None,
        named: Named,
    ) -> tuple[list[tuple[float, ...]], dict[str, float]]:
        """Return the feature rows of documents and the late-interaction scores of their chunks."""
        late: dict[str, float] = {}
        embedder = self._kb.embedder
        if embedding and embedding.tokens is not None and isinstance(embedder, TokenEmbedder):
            chunk_ids = [key for each in documents for key in pool.chunks[each][:_LATE_CHUNKS]]
            stored = self._kb.store.token_vectors(chunk_ids, embedder.token_dim)
            late = late_scores(embedding.tokens, stored)
        facts = self._kb.store.facts(documents)
        signals = {
            each: Signals(
                pool.signals[each].legs,
                max((late.get(key, 0.0) for key in pool.chunks[each]), default=0.0),
            )
            for each in documents
        }
        best_late = max((own.late for own in signals.values()), default=0.0)
        rows = []
        for each in documents:
            share = named.documents.get(each, 0.0)
            own = raised(signals[each], share, best_late, legs=LEGS) if share else signals[each]
            rows.append(feature_row(query, own, facts.get(each), named=share))
        return rows, late


def _scored(candidate: Candidate, score: float) -> Candidate:
    """Return a candidate with another score (`replace` takes five times as long)."""
    return Candidate(
        candidate.document_id,
        candidate.chunk_id,
        score,
        candidate.leg_scores,
        candidate.chunk_ids,
        candidate.features,
    )


def _further_chunks(candidate: Candidate) -> list[str]:
    """Return the chunks that results show beside the best one."""
    return [key for key in candidate.chunk_ids if key != candidate.chunk_id][: _PASSAGES - 1]


def _in_fused_order(pool: Pool) -> list[Candidate]:
    return [
        Candidate(
            document_id,
            pool.chunks[document_id][0],
            pool.fused[document_id],
            _best_scores(pool, document_id),
            pool.chunks[document_id],
        )
        for document_id in pool.order
    ]


def _best_scores(pool: Pool, document_id: str) -> dict[str, float]:
    """Return the best score of a document by leg, on the leg's own scale."""
    best: dict[str, float] = {}
    for chunk_id in pool.chunks[document_id]:
        for leg, score in pool.leg_scores[chunk_id].items():
            best[leg] = max(best.get(leg, score), score)
    return best


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)
