"""`GET /v1/cases` and `GET /v1/cases/{case_id}`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from retrieval.rendering import case_card_to_data
from service.schemas import (
    CaseCard,
    CasesResponse,
    FieldName,
    ProvinceName,
    TopicName,
    problem_responses,
)
from service.state import State

router = APIRouter(prefix="/v1/cases", tags=["Kho"])

Limit = Annotated[int, Query(ge=1, le=200, description="Số dòng của một trang.")]
Offset = Annotated[int, Query(ge=0, le=10_000_000, description="Bỏ qua số dòng.")]


@router.get(
    "",
    summary="Liệt kê mô hình",
    response_model=CasesResponse,
    response_model_exclude_unset=True,
    responses=problem_responses(422, 500, 503),
)
def list_cases(
    state: State,
    province: ProvinceName = None,
    field: FieldName = None,
    topic: TopicName = None,
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Trả về một trang phiếu mô hình theo điều kiện lọc, xếp theo mã."""
    filters = state.filters(province=province, field=field, topic=topic)
    total, rows = state.kb.store.list_cases(
        province=filters.province,
        field=filters.field,
        topic=filters.topic,
        limit=limit,
        offset=offset,
    )
    cards = [case_card_to_data(case, document_id) for case, document_id in rows]
    return {"total": total, "limit": limit, "offset": offset, "cases": cards}


@router.get(
    "/{case_id}",
    summary="Xem một mô hình",
    response_model=CaseCard,
    response_model_exclude_unset=True,
    responses=problem_responses(404, 422, 500, 503),
)
def show_case(case_id: str, state: State) -> dict[str, Any]:
    """Trả về phiếu mô hình: thực trạng, cách làm, kết quả, điều kiện, nguồn."""
    case, document_id = state.kb.store.get_case(case_id)
    return case_card_to_data(case, document_id)
