"""`GET /v1/cases` and `GET /v1/cases/{case_id}`."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from kb.models import ExtractedCase
from retrieval.rendering import case_card_to_data, told_card_to_data
from service.case_list import cards_of, find_case, list_cases
from service.schemas import (
    CaseCard,
    CaseKind,
    CasesResponse,
    FieldName,
    ProvinceName,
    ToldCaseCard,
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
def show_cases(
    state: State,
    province: ProvinceName = None,
    field: FieldName = None,
    topic: TopicName = None,
    kind: CaseKind = "all",
    limit: Limit = 50,
    offset: Offset = 0,
) -> dict[str, Any]:
    """Trả về một trang phiếu mô hình theo điều kiện lọc, xếp theo mã.

    Mô hình rút từ bài viết đứng sau các mô hình có phiếu riêng.
    """
    filters = state.filters(province=province, field=field, topic=topic)
    store = state.kb.store
    total, rows = list_cases(store, filters, kind=kind, limit=limit, offset=offset)
    cards = cards_of(store, rows)
    return {"total": total, "limit": limit, "offset": offset, "cases": cards}


@router.get(
    "/{case_id}",
    summary="Xem một mô hình",
    response_model=CaseCard | ToldCaseCard,
    response_model_exclude_unset=True,
    responses=problem_responses(404, 422, 500, 503),
)
def show_case(case_id: str, state: State) -> dict[str, Any]:
    """Trả về phiếu mô hình: thực trạng, cách làm, kết quả, điều kiện, nguồn.

    Mọi thông tin của mô hình rút từ bài viết đều kèm chỗ nêu trong toàn văn.
    """
    case, document = find_case(state.kb.store, case_id)
    if isinstance(case, ExtractedCase):
        return told_card_to_data(case, document)
    return case_card_to_data(case, document.document_id)
