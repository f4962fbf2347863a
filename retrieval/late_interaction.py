"""Late interaction: how well the tokens of a passage answer those of a query.

`sum over query tokens i of share_i * max over passage tokens j of cos(q_i, d_j)`, where the shares
of information sum to 1. Source: Khattab & Zaharia 2020, "ColBERT: Efficient and Effective Passage
Search via Contextualized Late Interaction over BERT", equation 3; the shares are ours
(`E5Tokenizer.information`).
"""

from collections.abc import Mapping

import numpy as np

from kb.ports import TOKEN_SCALE, ByteArray, FloatArray


def late_scores(query: FloatArray, passages: Mapping[str, ByteArray]) -> dict[str, float]:
    """Return the late-interaction score in [-1, 1] of each passage.

    Args:
        query: `(tokens, token_dim)` float32, rows scaled by their shares
            (`kb.ports.QueryEmbedding.tokens`).
        passages: By chunk id, `(tokens, token_dim)` int8; one without tokens scores 0.
    """
    filled = {key: own for key, own in passages.items() if len(own)}
    scores = dict.fromkeys(passages, 0.0)
    if not filled or not len(query):
        return scores
    stacked = np.concatenate(list(filled.values())).astype(np.float32)
    products = stacked @ (query.T / TOKEN_SCALE)
    starts = np.cumsum([0, *map(len, filled.values())])[:-1]
    best = np.maximum.reduceat(products, starts, axis=0).sum(axis=1)
    scores.update(zip(filled, map(float, best), strict=True))
    return scores
