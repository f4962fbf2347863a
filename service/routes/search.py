"""`POST /v1/search`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from retrieval.query import Parts
from retrieval.rendering import search_to_data
from service.examples import SEARCH_REQUESTS, SEARCH_RESPONSE
from service.schemas import SearchRequest, SearchResponse, problem_responses
from service.state import State

router = APIRouter(prefix="/v1", tags=["Tìm và hỏi"])


@router.post(
    "/search",
    summary="Tìm mô hình và tài liệu",
    response_model=SearchResponse,
    response_model_exclude_unset=True,
    responses={
        200: {"content": {"application/json": {"example": SEARCH_RESPONSE}}},
        **problem_responses(400, 413, 422, 500, 503),
    },
)
def search(
    body: Annotated[SearchRequest, Body(openapi_examples=SEARCH_REQUESTS)], state: State
) -> dict[str, Any]:
    """Trả về các tài liệu phù hợp nhất, mỗi tài liệu một kết quả, kèm đoạn khớp nhất."""
    filters = state.filters(
        province=body.province, field=body.field, topic=body.topic, year=body.year
    )
    result = state.searcher.search(
        body.query,
        filters=filters,
        mode=body.mode,
        top_k=body.top_k,
        parts=Parts.without(body.without),
    )
    return search_to_data(result)
