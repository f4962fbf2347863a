"""Cases and sources as plain data and back."""

import json

from kb.codec import case_from_data, case_to_data, source_from_data, source_to_data
from kb.models import Case, CaseResult, Field, Source

FULL = Case(
    case_id="a",
    name="Đưa màu xuống ruộng",
    field=Field.ECONOMY,
    topics=("nong-nghiep", "giam-ngheo"),
    province="Cà Mau",
    district="Thới Bình",
    commune="xã Tân Lộc",
    organization="Hội Nông dân",
    participants="35 hộ",
    period="2020-2023",
    problem="Đất bỏ không",
    approach=("Một", "Hai"),
    results=(CaseResult("Lãi", 2.5, "tỷ đồng"), CaseResult("Vui")),
    conditions="Có nước ngọt",
    sources=(Source("T", "P", "https://example.org", "2024-05"), Source(title="Sổ tay")),
)
BARE = Case("b", "Tên", Field.CULTURE_SOCIETY, ("van-hoa",), "Huế")


def test_case_survives_the_way_through_json() -> None:
    for case in (FULL, BARE):
        assert case_from_data(json.loads(json.dumps(case_to_data(case)))) == case


def test_absent_parts_are_left_out() -> None:
    assert case_to_data(BARE) == {
        "id": "b",
        "name": "Tên",
        "field": "van-hoa-xa-hoi",
        "topics": ["van-hoa"],
        "province": "Huế",
        "sources": [],
    }
    assert source_to_data(Source(title="Sổ tay")) == {"title": "Sổ tay"}
    assert source_from_data({}) == Source()
