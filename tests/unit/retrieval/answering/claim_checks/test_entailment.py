"""How far quotes carry a claim."""

import numpy as np

from kb.embedders.hashing import HashingEmbedder
from kb.ports import EmbedderSpec
from retrieval.answering.claim_checks.entailment import (
    LEAST_COVERAGE,
    LEAST_ORDER,
    Entailment,
    is_entailed,
    measure_entailment,
)

BUNDLED = "bundled:multilingual-e5-small"


def test_coverage_and_order_are_shares_of_the_content_words_of_the_claim():
    measured = measure_entailment(
        "Hộ nghèo vay vốn nuôi bò", ["Hộ nghèo được vay vốn"], "", HashingEmbedder()
    )
    assert measured.coverage == 4 / 6
    assert measured.order == 3 / 5
    assert measured.similarity is None


def test_the_head_of_the_document_carries_its_words():
    measured = measure_entailment("Nuôi bò ở xã", ["Ở xã"], "Nuôi bò", HashingEmbedder())
    assert measured.coverage == 1.0


def test_words_that_only_connect_need_no_support():
    measured = measure_entailment(
        "Kết quả cụ thể: hộ vay vốn", ["hộ vay vốn"], "", HashingEmbedder()
    )
    assert measured.coverage == 1.0


def test_a_claim_without_content_is_carried_by_nothing():
    assert measure_entailment("Và của các", ["Hộ"], "", HashingEmbedder()).coverage == 0.0


def test_each_threshold_decides():
    assert is_entailed(Entailment(LEAST_COVERAGE, LEAST_ORDER, None), "hashing")
    assert not is_entailed(Entailment(LEAST_COVERAGE - 0.01, 1.0, None), "hashing")
    assert not is_entailed(Entailment(1.0, LEAST_ORDER - 0.01, None), "hashing")
    assert is_entailed(Entailment(1.0, 1.0, 0.93), BUNDLED)
    assert not is_entailed(Entailment(1.0, 1.0, 0.85), BUNDLED)


def test_similarity_is_taken_from_a_model_whose_scale_is_known():
    class Known(HashingEmbedder):
        @property
        def spec(self) -> EmbedderSpec:
            return EmbedderSpec(BUNDLED, 256, "", "", False, "")

    measured = measure_entailment("Hộ vay vốn", ["Hộ vay vốn"], "", Known())
    assert np.isclose(measured.similarity or 0.0, 1.0)
