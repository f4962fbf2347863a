"""`GET /healthz` and `GET /readyz`, for whoever watches the process."""

from typing import Any

from fastapi import APIRouter

from service.schemas import HealthResponse, ReadyResponse, problem_responses
from service.state import State

router = APIRouter(tags=["Vận hành"])


@router.get("/healthz", summary="Tiến trình còn sống", response_model=HealthResponse)
def show_health() -> dict[str, str]:
    """Trả lời ngay, không đụng đến kho hay mô hình."""
    return {"status": "ok"}


@router.get(
    "/readyz",
    summary="Sẵn sàng phục vụ",
    response_model=ReadyResponse,
    responses=problem_responses(500, 503),
)
def show_readiness(state: State) -> dict[str, Any]:
    """Đọc thử kho và chỉ mục; mô hình nhúng đã được nạp trước khi dịch vụ nhận yêu cầu."""
    counts = state.kb.store.counts()
    return {
        "status": "ready",
        "documents": counts.documents,
        "cases": counts.cases,
        "chunks": counts.chunks,
        "pending": counts.pending,
        "indexed_chunks": state.kb.index.count(),
        "embedder": state.kb.embedder.spec.name,
    }
