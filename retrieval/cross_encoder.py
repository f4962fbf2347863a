"""An optional last step: a cross-encoder of sentence-transformers, by name or path.

Off by default: the models worth having take seconds on two cores. What it reads is the query and
the best passage of each of the first candidates.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from kb.errors import ModelUnavailable
from retrieval.candidates import Candidate, Found

# Candidates that it reads.
_READ = 20
Load = Callable[[Sequence[Candidate]], list[Found]]


class CrossEncoderReranker:
    """Reorders the first candidates by what a cross-encoder says of query and passage."""

    def __init__(self, model: str) -> None:
        """Load a model.

        Args:
            model: Name on the Hugging Face hub, or path of a saved model.

        Raises:
            ModelUnavailable: The library or the model is missing.
        """
        try:
            from sentence_transformers import CrossEncoder

            self._model: CrossEncoder = CrossEncoder(model, device="cpu")
        except Exception as exc:  # the hub, safetensors and torch each raise their own kind
            raise ModelUnavailable(
                f"Không nạp được mô hình xếp lại {model!r}: {exc}; hãy kiểm tra tên hoặc đường "
                "dẫn trong KB_RETRIEVAL__CROSS_ENCODER, tải mô hình về máy trước, hoặc để trống."
            ) from exc
        self._lock = threading.Lock()

    def rerank(self, question: str, candidates: Sequence[Candidate], load: Load) -> list[Candidate]:
        """Return the candidates, the first ones in the order of the model.

        Their scores are spread over the range of scores that they had, so that they stay
        comparable with those of the candidates behind them. A document that was removed meanwhile
        is left out.
        """
        found = load(candidates[:_READ])
        if not found:
            return list(candidates)
        pairs = [
            (question, item.document.text[item.chunk_span.start_char : item.chunk_span.end_char])
            for item in found
        ]
        with self._lock:
            judged = np.asarray(self._model.predict(pairs, show_progress_bar=False), np.float64)
        scores = sorted((item.candidate.score for item in found), reverse=True)
        order = np.argsort(-judged.reshape(len(found), -1)[:, -1], kind="stable")
        ranked = [
            replace(found[position].candidate, score=score)
            for position, score in zip(order, scores, strict=True)
        ]
        return [*ranked, *candidates[_READ:]]


@lru_cache(maxsize=1)
def _loaded(model: str) -> CrossEncoderReranker:
    return CrossEncoderReranker(model)


def get_cross_encoder(model: str) -> CrossEncoderReranker | None:
    """Return the cross-encoder of that name, loaded once; None if the name is empty."""
    return _loaded(model) if model else None
