"""The optional last step, with a judge that counts; the real library is in the contract tests."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from kb.errors import ModelUnavailable
from kb.models import Document, Span
from retrieval import cross_encoder
from retrieval.candidates import Candidate, Found
from retrieval.cross_encoder import CrossEncoderReranker, get_cross_encoder


class LengthJudge:
    """Prefers long passages; `columns` as models with several labels answer."""

    def __init__(self, columns: int = 0) -> None:
        self.columns = columns
        self.pairs: list[tuple[str, str]] = []

    def predict(self, pairs: list[tuple[str, str]], *, show_progress_bar: bool) -> Any:
        assert not show_progress_bar
        self.pairs = pairs
        lengths = np.array([len(passage) for _, passage in pairs], np.float32)
        if not self.columns:
            return lengths
        return np.stack([*[-lengths] * (self.columns - 1), lengths], axis=1)


def reranker(judge: LengthJudge) -> CrossEncoderReranker:
    made = CrossEncoderReranker.__new__(CrossEncoderReranker)
    made._model = judge  # type: ignore[assignment]
    made._lock = cross_encoder.threading.Lock()
    return made


def candidates(count: int) -> list[Candidate]:
    return [Candidate(f"d{n:02}", f"d{n:02}.0", 1 - n / 100, {}) for n in range(count)]


def load(items: Sequence[Candidate]) -> list[Found]:
    """Return documents whose texts grow with their rank."""
    documents = [Document(item.document_id, "article", "", "x" * 99, "", "") for item in items]
    spans = [Span(1, 2 + int(item.document_id[1:])) for item in items]
    return [Found(*each) for each in zip(items, documents, spans, strict=True)]


@pytest.mark.parametrize("columns", [0, 1, 2])
def test_the_first_candidates_are_put_in_the_order_of_the_model(columns: int) -> None:
    judge = LengthJudge(columns)
    ranked = reranker(judge).rerank("hỏi", candidates(3), load)
    assert [item.document_id for item in ranked] == ["d02", "d01", "d00"]
    assert [item.score for item in ranked] == [1.0, 0.99, 0.98]
    assert judge.pairs == [("hỏi", "x"), ("hỏi", "xx"), ("hỏi", "xxx")]


def test_candidates_beyond_those_read_keep_their_place_and_score() -> None:
    given = candidates(25)
    ranked = reranker(LengthJudge()).rerank("hỏi", given, load)
    assert [item.document_id for item in ranked[:20]] == [f"d{n:02}" for n in range(19, -1, -1)]
    assert ranked[20:] == given[20:]
    assert [item.score for item in ranked] == [item.score for item in given]


def test_a_document_that_was_removed_meanwhile_does_not_upset_the_order() -> None:
    def without_first(items: Sequence[Candidate]) -> list[Found]:
        return load(items)[1:]

    ranked = reranker(LengthJudge()).rerank("hỏi", candidates(25), without_first)
    scores = [item.score for item in ranked]
    assert scores == sorted(scores, reverse=True)
    assert "d00" not in {item.document_id for item in ranked[:19]}


def test_nothing_loaded_leaves_all_as_it_was() -> None:
    given = candidates(2)
    assert reranker(LengthJudge()).rerank("hỏi", given, lambda _: []) == given
    assert reranker(LengthJudge()).rerank("hỏi", [], load) == []


def test_no_name_means_no_cross_encoder() -> None:
    assert get_cross_encoder("") is None


@pytest.mark.slow
def test_a_missing_model_is_named_with_the_setting() -> None:
    with pytest.raises(ModelUnavailable, match=r"'/khong/co'.*KB_RETRIEVAL__CROSS_ENCODER"):
        get_cross_encoder("/khong/co")
