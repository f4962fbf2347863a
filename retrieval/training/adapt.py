"""Training of an adapter on pairs, and the judgement whether it is any good.

The model itself stays as it is: what is learnt is one matrix on top of its vectors
(`kb.embedders.adapter`), kept close to zero. With a few hundred cases more would mostly be learnt
by heart, and this trains in seconds once the texts are embedded. The loss is InfoNCE with in-batch
and hard negatives, as sentence-transformers implements it.

Three parts of the cases never meet: one to train on, one to decide when to stop, one that is
looked at once, at the end, and decides whether the adapter won.
"""

import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kb.embedders.adapter import Adapter, AdapterHeader
from kb.errors import ModelUnavailable
from kb.models import Document
from kb.ports import Embedder, FloatArray
from retrieval.training.pairs import (
    TrainingPair,
    add_hard_negatives,
    distinct_cases,
    hold_out,
    make_pairs,
)

SIGNIFICANT = 0.05
_SHARE = 0.2
_PAIRS_PER_CASE = 5
_BATCH = 32
_RATE = 3e-4
_TEMPERATURE = 0.03
# Weight of the squared entries of the matrix in the loss.
_DECAY = 0.1
_CUTOFF = 10
_PERMUTATIONS = 20_000
# Permutations that are drawn at once: about 8 MB a thousand cases.
_PERMUTATIONS_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Vectors:
    """Plain vectors of pairs and of the cases that compete.

    Attributes:
        queries: One a pair.
        passages: One a pair.
        negatives: One a pair.
        texts: One a case: its whole text.
        case_ids: Of the rows of `texts`.
    """

    queries: FloatArray
    passages: FloatArray
    negatives: FloatArray
    texts: FloatArray
    case_ids: tuple[str, ...]


def train_adapter(
    documents: Sequence[Document],
    embedder: Embedder,
    base_sha256: str,
    *,
    epochs: int = 6,
    seed: int = 0,
) -> Adapter:
    """Return an adapter trained on the cases among the documents, with its measures.

    Its matrix is zero if no epoch was better than none.

    Args:
        documents: Documents of the store.
        embedder: The plain model.
        base_sha256: Digest of its weights.
        epochs: Most passes over the pairs.
        seed: Of all random numbers.

    Raises:
        StoreError: There are too few cases.
        ModelUnavailable: sentence-transformers or torch is missing.
    """
    cases = distinct_cases(documents)
    pairs = _thinned(make_pairs(documents, seed=seed), seed)
    test = hold_out(list(cases), _SHARE, seed=seed)
    # The share is of all cases, so that both parts held out are equally large.
    stopping = hold_out([key for key in cases if key not in test], _SHARE / (1 - _SHARE), seed=seed)
    unseen = test | stopping
    learnt = [pair for pair in pairs if pair.case_id not in unseen]
    competitors = {key: item for key, item in cases.items() if key not in unseen}
    learnt = add_hard_negatives(learnt, competitors, seed=seed)
    judged = [pair for pair in pairs if pair.case_id in unseen]
    training = _embed(learnt, {}, embedder)
    judging = _embed(judged, cases, embedder)
    residual = _train(
        training,
        [pair.case_id for pair in learnt],
        lambda matrix: _mean(judge(judged, judging, matrix, stopping)),
        epochs=epochs,
        seed=seed,
    )
    measures = _measures(
        judge(judged, judging, np.zeros_like(residual), test),
        judge(judged, judging, residual, test),
        seed=seed,
    )
    header = AdapterHeader(
        base_sha256=base_sha256,
        training_cases=len(competitors),
        training_pairs=len(learnt),
        won=measures["difference"] > 0 and measures["p_value"] < SIGNIFICANT,
        measures={**measures, "test_cases": len(test)},
    )
    return Adapter(header, residual)


def judge(
    pairs: Sequence[TrainingPair],
    vectors: Vectors,
    residual: FloatArray,
    case_ids: frozenset[str],
) -> dict[str, float]:
    """Return by case the mean nDCG@10 of its queries; its own passage is the one right answer.

    The passage, without the sentence asked, competes with the whole texts of all other cases.

    Args:
        pairs: Judged pairs.
        vectors: Theirs.
        residual: Matrix of the adapter.
        case_ids: Cases to judge by.
    """
    apply = Adapter(AdapterHeader("", 0, 0, won=False), residual).apply
    queries, passages, texts = map(apply, (vectors.queries, vectors.passages, vectors.texts))
    gains: dict[str, list[float]] = {}
    for pair, query, passage in zip(pairs, queries, passages, strict=True):
        if pair.case_id in case_ids:
            others = np.array([key != pair.case_id for key in vectors.case_ids])
            rank = 1 + int(np.count_nonzero((texts @ query >= passage @ query) & others))
            gains.setdefault(pair.case_id, []).append(
                1 / float(np.log2(rank + 1)) if rank <= _CUTOFF else 0.0
            )
    return {case_id: float(np.mean(values)) for case_id, values in gains.items()}


def randomisation_p(differences: FloatArray, *, seed: int = 0) -> float:
    """Return the two-sided p-value of a paired randomisation test by random sign changes.

    Args:
        differences: One a case; cases are independent, queries of one case are not.
        seed: Of the random numbers.
    """
    chance = np.random.default_rng(seed)
    observed = abs(float(differences.sum())) - 1e-9
    extreme = 0
    for start in range(0, _PERMUTATIONS, _PERMUTATIONS_AT_ONCE):
        drawn = min(_PERMUTATIONS_AT_ONCE, _PERMUTATIONS - start)
        signs = chance.choice((-1.0, 1.0), (drawn, len(differences)))
        extreme += int(np.count_nonzero(np.abs(signs @ differences) >= observed))
    return (extreme + 1) / (_PERMUTATIONS + 1)


def _measures(
    before: Mapping[str, float], after: Mapping[str, float], *, seed: int
) -> dict[str, float]:
    differences = np.array([after[key] - before[key] for key in sorted(before)])
    return {
        "ndcg_before": _mean(before),
        "ndcg_after": _mean(after),
        "difference": float(differences.mean()),
        "p_value": randomisation_p(differences, seed=seed),
    }


def _mean(values: Mapping[str, float]) -> float:
    return float(np.mean(list(values.values()))) if values else 0.0


def _thinned(pairs: Sequence[TrainingPair], seed: int) -> list[TrainingPair]:
    """Return at most so many pairs a case, so that long cases do not rule."""
    by_case: dict[str, list[TrainingPair]] = {}
    for pair in pairs:
        by_case.setdefault(pair.case_id, []).append(pair)
    return [
        pair
        for case_id, own in by_case.items()
        for pair in random.Random(f"{seed} thin {case_id}").sample(
            own, min(len(own), _PAIRS_PER_CASE)
        )
    ]


def _embed(
    pairs: Sequence[TrainingPair], cases: Mapping[str, Document], embedder: Embedder
) -> Vectors:
    return Vectors(
        queries=embedder.embed_queries([pair.query for pair in pairs]),
        passages=embedder.embed_passages([pair.passage for pair in pairs]),
        negatives=_embed_once([pair.negative for pair in pairs], embedder),
        texts=embedder.embed_passages([item.text for item in cases.values()]),
        case_ids=tuple(cases),
    )


def _embed_once(texts: Sequence[str], embedder: Embedder) -> FloatArray:
    """Return a vector a text; equal texts are embedded once (negatives repeat a lot)."""
    distinct = list(dict.fromkeys(texts))
    vectors = embedder.embed_passages(distinct)
    rows = {text: row for row, text in enumerate(distinct)}
    return vectors[[rows[text] for text in texts]]


def batches(case_ids: Sequence[str], size: int, chance: random.Random) -> Iterator[list[int]]:
    """Yield batches of positions in random order, each case at most once a batch.

    Two queries of one case must not be each other's negatives. A rest of one pair has no negatives
    and is left out.

    Args:
        case_ids: Case of each pair.
        size: Pairs a batch.
        chance: Random numbers.
    """
    waiting = list(range(len(case_ids)))
    chance.shuffle(waiting)
    while waiting:
        batch: list[int] = []
        rest: list[int] = []
        present: set[str] = set()
        for position in waiting:
            if len(batch) < size and case_ids[position] not in present:
                present.add(case_ids[position])
                batch.append(position)
            else:
                rest.append(position)
        if len(batch) > 1:
            yield batch
        waiting = rest


def _train(
    vectors: Vectors,
    case_ids: Sequence[str],
    score: Callable[[FloatArray], float],
    *,
    epochs: int,
    seed: int,
) -> FloatArray:
    """Return the matrix of the best epoch by `score`; zeros if none beats them."""
    try:
        import torch
        from sentence_transformers import SentenceTransformer
        from sentence_transformers.sentence_transformer.losses import MultipleNegativesRankingLoss
    except ImportError as exc:
        raise ModelUnavailable(
            f"Thiếu gói {exc.name!r} để huấn luyện; "
            "hãy chạy: pip install 'sentence-transformers>=6.2' torch"
        ) from exc

    dim = vectors.queries.shape[1]

    class Residual(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.matrix = torch.nn.Parameter(torch.zeros(dim, dim))

        def forward(self, features: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
            plain = features["sentence_embedding"]
            return {"sentence_embedding": plain + plain @ self.matrix}

    residual = Residual()
    model = SentenceTransformer(modules=[residual], device="cpu")
    loss = MultipleNegativesRankingLoss(model, scale=1 / _TEMPERATURE)
    optimiser = torch.optim.Adam([residual.matrix], lr=_RATE)
    columns = [
        torch.from_numpy(array) for array in (vectors.queries, vectors.passages, vectors.negatives)
    ]
    chance = random.Random(f"{seed} batches")
    best = np.zeros((dim, dim), np.float32)
    best_score = score(best)
    for _ in range(epochs):
        for batch in batches(case_ids, _BATCH, chance):
            features = [{"sentence_embedding": column[batch]} for column in columns]
            value = loss(features, torch.arange(len(batch)))
            value = value + _DECAY * residual.matrix.square().sum()
            optimiser.zero_grad()
            value.backward()
            optimiser.step()
        matrix = residual.matrix.detach().numpy().copy()
        if (reached := score(matrix)) > best_score:
            best, best_score = matrix, reached
    return best
