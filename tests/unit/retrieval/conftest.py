"""Small knowledge bases of cases, on real stores with the deterministic embedder."""

import zlib
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import pytest

from ingest.indexing import write_batch
from ingest.lexicon import rebuild_lexicon
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Case, CaseResult, Document, Field, Source
from kb.ports import TOKEN_SCALE, ByteArray, FloatArray, QueryEmbedding
from kb.settings import Settings
from kb.terms import token_spans
from kb.text import to_reading_form

_SOURCES = (Source("Bài báo", "Báo Thử", "https://example.org/bai", "2022-03-04"),)


def _case(case_id: str, name: str, province: str, steps: list[str], results: list[str]) -> Document:
    case = Case(
        case_id=case_id,
        name=name,
        field=Field.ECONOMY,
        topics=("giam-ngheo",),
        province=province,
        period="2021",
        approach=tuple(steps),
        results=tuple(CaseResult(result) for result in results),
        sources=_SOURCES,
    )
    return case_document(case, f"/cases/{case_id}.md")


@pytest.fixture
def cases(kb: KnowledgeBase) -> KnowledgeBase:
    write_batch(
        kb,
        [
            _case(
                "trong-mau-ca-mau",
                "Đưa màu xuống ruộng",
                "Cà Mau",
                ["Chọn giống rau màu", "Trồng trên chân ruộng"],
                ["Mỗi hộ thu 100 triệu đồng một năm", "Có 12 hộ làm theo"],
            ),
            _case(
                "nuoi-cua-bac-lieu",
                "Nuôi cua trong vuông tôm",
                "Bạc Liêu",
                ["Thả cua giống cỡ nhỏ"],
                ["Lãi 70 triệu đồng mỗi héc ta"],
            ),
            _case(
                "cam-sanh-ha-giang",
                "Trồng cam sành",
                "Hà Giang",
                ["Ghép mắt cam sành"],
                ["Cả xã có 300 hộ trồng cam"],
            ),
        ],
    )
    return kb


class WordEmbedder(HashingEmbedder):
    """The deterministic embedder with a vector for each word, as late interaction wants them."""

    token_dim = 32

    def embed_query_with_tokens(self, text: str) -> QueryEmbedding:
        """Return a query; its words have equal shares."""
        rows = self._words(text)
        return QueryEmbedding(self.embed_queries([text])[0], rows / max(1, len(rows)))

    def embed_passages_with_tokens(
        self, texts: Sequence[str]
    ) -> tuple[FloatArray, list[ByteArray]]:
        """Return passages and their words."""
        words = [np.rint(self._words(text) * TOKEN_SCALE).astype(np.int8) for text in texts]
        return self.embed_passages(texts), words

    def _words(self, text: str) -> FloatArray:
        rows = np.empty((0, self.token_dim), np.float32)
        for token in token_spans(to_reading_form(text)):
            random = np.random.default_rng(zlib.crc32(token.text.encode()))
            row = random.standard_normal(self.token_dim).astype(np.float32)
            rows = np.vstack([rows, row / np.linalg.norm(row)])
        return rows


@pytest.fixture
def tokens_kb(settings: Settings) -> Iterator[KnowledgeBase]:
    """An empty knowledge base whose embedder gives token vectors."""
    with open_knowledge_base(settings, purpose="test", embedder=WordEmbedder()) as opened:
        yield opened


Fill = Callable[..., None]


@pytest.fixture
def fill() -> Fill:
    """Store documents and learn the words of the knowledge base, as an ingest does."""

    def filled(kb: KnowledgeBase, *documents: Document) -> None:
        write_batch(kb, documents)
        rebuild_lexicon(kb)

    return filled
