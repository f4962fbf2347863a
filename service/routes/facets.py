"""`GET /v1/facets`."""

from dataclasses import asdict
from typing import Any

from fastapi import APIRouter

from service.schemas import FacetsResponse, problem_responses
from service.state import State

router = APIRouter(prefix="/v1", tags=["Kho"])


@router.get(
    "/facets",
    summary="Các giá trị để lọc",
    response_model=FacetsResponse,
    responses=problem_responses(500, 503),
)
def list_facets(state: State) -> dict[str, Any]:
    """Trả về tỉnh, lĩnh vực, chủ đề với số mô hình; tên tỉnh hiện nay gồm cả các tỉnh cũ."""
    return asdict(state.facets())
