"""The cross-encoder step with a real model of sentence-transformers, tiny and random."""

from pathlib import Path

import pytest

from ingest.indexing import write_batch
from kb.knowledge_base import KnowledgeBase
from kb.models import Document
from kb.settings import RetrievalSettings
from retrieval.search import Searcher

TEXTS = {
    "a": "Nuôi tôm quảng canh dưới tán rừng.",
    "b": "Nuôi tôm công nghệ cao trong nhà kính.",
    "c": "Tôm ôm cây lúa trên cùng thửa ruộng.",
}


@pytest.mark.slow
@pytest.mark.model
def test_a_search_puts_the_first_hits_in_the_order_of_the_model(
    kb: KnowledgeBase, tiny_cross_encoder: Path
) -> None:
    from sentence_transformers import CrossEncoder

    write_batch(
        kb, [Document(key, "article", "Bài", text, key, "s") for key, text in TEXTS.items()]
    )
    plain = Searcher(kb).search("nuôi tôm").hits
    kb.settings = kb.settings.model_copy(
        update={"retrieval": RetrievalSettings(cross_encoder=str(tiny_cross_encoder))}
    )
    hits = Searcher(kb).search("nuôi tôm").hits
    judged = CrossEncoder(str(tiny_cross_encoder), device="cpu").predict(
        [("nuôi tôm", hit.document.text) for hit in hits], show_progress_bar=False
    )
    assert list(judged) == sorted(judged, reverse=True)
    assert len(set(judged)) == len(judged)
    assert sorted(hit.score for hit in hits) == sorted(hit.score for hit in plain)
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
