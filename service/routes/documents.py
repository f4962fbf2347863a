"""`GET /v1/documents` and `GET /v1/documents/{document_id}`."""

from typing import Any

from fastapi import APIRouter

from ingest.jobs import remove_with_uploads
from kb.errors import DocumentNotFound
from retrieval.rendering import document_to_data
from service.permissions import Changer
from service.routes.cases import Limit, Offset
from service.schemas import DeletedResponse, DocumentOut, DocumentsResponse, problem_responses
from service.state import State

router = APIRouter(prefix="/v1/documents", tags=["Kho"])


@router.get(
    "",
    summary="Liệt kê tài liệu",
    response_model=DocumentsResponse,
    responses=problem_responses(422, 500, 503),
)
def list_documents(state: State, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Trả về một trang tài liệu, xếp theo mã, không kèm toàn văn."""
    rows = state.kb.store.list_documents(limit=limit, offset=offset)
    return {
        "total": state.kb.store.counts().documents,
        "limit": limit,
        "offset": offset,
        "documents": [
            {
                "document_id": row.document_id,
                "kind": row.kind,
                "title": row.title,
                "province": row.province,
                "published": row.published,
            }
            for row in rows
        ],
    }


@router.delete(
    "/{document_id}",
    summary="Xóa một tài liệu",
    response_model=DeletedResponse,
    responses=problem_responses(403, 404, 422, 500, 503),
)
def delete_document(document_id: str, state: State, _: Changer) -> dict[str, Any]:
    """Xóa tài liệu khỏi kho và chỉ mục; tệp gốc không bị đụng tới, bản tải lên thì bị xóa."""
    if document_id not in state.kb.store.states([document_id]):
        raise DocumentNotFound(f"Không có tài liệu {document_id!r}; chưa xóa gì.")
    remove_with_uploads(state.kb, [document_id])
    return {"deleted": [document_id]}


@router.get(
    "/{document_id}",
    summary="Xem một tài liệu với toàn văn",
    response_model=DocumentOut,
    response_model_exclude_unset=True,
    responses=problem_responses(404, 422, 500, 503),
)
def show_document(document_id: str, state: State) -> dict[str, Any]:
    """Trả về toàn văn `text`; vị trí ký tự của mọi trích dẫn tính theo điểm mã Unicode trên đó."""
    store = state.kb.store
    document = store.get_document(document_id)
    told = store.extracted_cases.of_documents([document_id])
    return document_to_data(document, told.get(document_id, ()))
