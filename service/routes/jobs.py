"""Taking documents in over HTTP: uploads and addresses become jobs, to be watched and stopped."""

import json
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ingest.jobs import IngestRequest
from kb.store import DeadLetter, Job
from service.permissions import Changer, KeyHolder
from service.routes.cases import Limit, Offset
from service.schemas import (
    DeadLettersResponse,
    IngestByPath,
    IngestByUrl,
    JobOut,
    JobsResponse,
    JobStatusName,
    problem_responses,
)
from service.state import State
from service.uploads import form_of

router = APIRouter(prefix="/v1", tags=["Nạp tài liệu"])

_MULTIPART = "multipart/form-data"
_UPLOAD_BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {"schema": IngestByUrl.model_json_schema()},
            _MULTIPART: {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {
                            "type": "array",
                            "items": {"type": "string", "format": "binary"},
                            "description": "Một hay nhiều tệp: DOCX, PDF, XLSX, HTML, ZIP ...",
                        }
                    },
                }
            },
        },
    }
}


@router.post(
    "/documents",
    status_code=202,
    summary="Nạp tệp tải lên hoặc địa chỉ mạng",
    response_model=JobOut,
    responses=problem_responses(400, 403, 413, 415, 422, 500, 503),
    openapi_extra=_UPLOAD_BODY,
)
async def add_documents(
    request: Request, response: Response, state: State, _: Changer
) -> dict[str, Any]:
    """Nhận tệp (multipart, trường `file`) hoặc địa chỉ (JSON, khóa `urls`), trả về một lượt nạp.

    Việc đọc và lập chỉ mục chạy sau; theo dõi ở `/v1/jobs/{job_id}` (đầu `Location`).
    """
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() == _MULTIPART:
        async with form_of(request, state) as form:
            targets = (form.url,) if form.url else ()
            asked = IngestRequest(targets=targets, uploads=form.uploads)
    else:
        body = _addresses_of(await request.body())
        asked = IngestRequest(targets=tuple(body.urls), force=body.force)
    return await run_in_threadpool(_submitted, state, asked, response)


@router.post(
    "/ingest",
    status_code=202,
    summary="Nạp tệp và thư mục trên máy chủ",
    response_model=JobOut,
    responses=problem_responses(403, 422, 500, 503),
)
def ingest_paths(
    body: IngestByPath, response: Response, state: State, _: KeyHolder
) -> dict[str, Any]:
    """Nạp theo đường dẫn tuyệt đối trên máy chạy dịch vụ; cần khóa của dịch vụ."""
    asked = IngestRequest(
        targets=tuple(body.targets),
        recursive=body.recursive,
        force=body.force,
        retry_failed=body.retry_failed,
    )
    return _submitted(state, asked, response)


@router.get(
    "/jobs",
    summary="Liệt kê các lượt nạp",
    response_model=JobsResponse,
    responses=problem_responses(422, 500, 503),
)
def list_jobs(
    state: State, status: JobStatusName = None, limit: Limit = 50, offset: Offset = 0
) -> dict[str, Any]:
    """Trả về một trang các lượt nạp, mới nhất trước, không kèm báo cáo."""
    total, jobs = state.kb.store.jobs.list(status=status, limit=limit, offset=offset)
    rows = [{**job_to_data(job), "report": None} for job in jobs]
    return {"total": total, "limit": limit, "offset": offset, "jobs": rows}


@router.get(
    "/jobs/{job_id}",
    summary="Xem một lượt nạp",
    response_model=JobOut,
    responses=problem_responses(404, 422, 500, 503),
)
def show_job(job_id: str, state: State) -> dict[str, Any]:
    """Trả về trạng thái, tiến độ (kèm thời gian còn lại) và báo cáo của một lượt nạp."""
    return job_to_data(state.kb.store.jobs.get(job_id))


@router.post(
    "/jobs/{job_id}/cancel",
    summary="Dừng một lượt nạp",
    response_model=JobOut,
    responses=problem_responses(403, 404, 422, 500, 503),
)
def cancel_job(job_id: str, state: State, _: Changer) -> dict[str, Any]:
    """Dừng sau lô đang ghi; tài liệu đã nạp vẫn còn. Lượt đã xong thì không đổi."""
    return job_to_data(state.jobs.cancel(job_id))


@router.get(
    "/dead-letters",
    summary="Các nguồn chưa nạp được",
    response_model=DeadLettersResponse,
    responses=problem_responses(422, 500, 503),
)
def list_dead_letters(state: State, limit: Limit = 50, offset: Offset = 0) -> dict[str, Any]:
    """Trả về một trang các nguồn lỗi, lỗi mới nhất trước, kèm cách khắc phục."""
    total, letters = state.kb.store.dead_letters.list(limit=limit, offset=offset)
    rows = [letter_to_data(letter) for letter in letters]
    return {"total": total, "limit": limit, "offset": offset, "dead_letters": rows}


@router.post(
    "/dead-letters/retry",
    status_code=202,
    summary="Nạp lại các nguồn lỗi",
    response_model=JobOut,
    responses=problem_responses(403, 500, 503),
)
def retry_dead_letters(response: Response, state: State, _: Changer) -> dict[str, Any]:
    """Tạo một lượt nạp cho mọi nguồn trong danh sách lỗi."""
    return _submitted(state, IngestRequest(retry_failed=True), response)


def _addresses_of(body: bytes) -> IngestByUrl:
    """Return a JSON body; it is read here since the same route takes forms too.

    Raises:
        RequestValidationError: It is no JSON, or not of this shape.
        HTTPException: It is no text, or nested too deep.
    """
    try:
        return IngestByUrl.model_validate(json.loads(body))
    except json.JSONDecodeError as exc:
        found = {"type": "json_invalid", "loc": ("body", exc.pos), "msg": exc.msg}
        raise RequestValidationError([found]) from exc
    except (UnicodeDecodeError, RecursionError) as exc:
        raise HTTPException(400) from exc
    except ValidationError as exc:
        errors = [{**error, "loc": ("body", *error["loc"])} for error in exc.errors()]
        raise RequestValidationError(errors) from exc


def _submitted(state: State, asked: IngestRequest, response: Response) -> dict[str, Any]:
    job = state.jobs.submit(asked)
    response.headers["Location"] = f"/v1/jobs/{job.job_id}"
    return job_to_data(job)


def job_to_data(job: Job) -> dict[str, Any]:
    """Return a job as the body of a response."""
    return {
        "job_id": job.job_id,
        "status": job.status,
        "created_at": job.created_at,
        "started_at": job.started_at,
        "finished_at": job.finished_at,
        "request": dict(job.request),
        "progress": dict(job.progress),
        "report": dict(job.report) if job.report else None,
        "error": dict(job.error) if job.error else None,
    }


def letter_to_data(letter: DeadLetter) -> dict[str, Any]:
    """Return a failed source as plain data."""
    return {name: getattr(letter, name) for name in DeadLetter.__slots__}
