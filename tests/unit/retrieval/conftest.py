"""A small knowledge base of cases, on real stores with the deterministic embedder."""

import pytest

from ingest.indexing import write_batch
from ingest.records import case_document
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, CaseResult, Document, Field, Source

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
