"""Every error as `application/problem+json` (RFC 9457), or as a Vietnamese page for pages.

The one table from our errors to HTTP statuses is `STATUS_OF`; a test walks all of `KbError`.
"""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from kb import errors
from kb.errors import KbError
from kb.validation import reason
from service.pages import render

logger = logging.getLogger(__name__)

PROBLEM_TYPE = "application/problem+json"
RETRY_AFTER_SECONDS = 5

STATUS_OF: Mapping[type[KbError], int] = {
    errors.KbError: 500,
    errors.SettingsError: 500,
    errors.AccessDenied: 403,
    errors.IngestError: 422,
    errors.SourceUnavailable: 502,
    errors.UnsupportedSource: 415,
    errors.ExtractionFailed: 422,
    errors.EmptyDocument: 422,
    errors.DuplicateId: 409,
    errors.UnsafeSource: 422,
    errors.ExtractionTimeout: 422,
    errors.MissingTool: 422,
    errors.FetchRefused: 403,
    errors.StoreError: 500,
    errors.StoreUnavailable: 503,
    errors.StoreLocked: 503,
    errors.IndexMismatch: 500,
    errors.DocumentNotFound: 404,
    errors.CaseNotFound: 404,
    errors.JobNotFound: 404,
    errors.QueryError: 422,
    errors.EmptyQuery: 422,
    errors.QueryTooLong: 422,
    errors.InvalidFilter: 422,
    errors.ModelError: 500,
    errors.ModelUnavailable: 503,
    errors.BriefError: 422,
}

# Titles of codes; they do not change from one occurrence to the next.
TITLES: Mapping[str, str] = {
    "internal_error": "Lỗi bên trong dịch vụ",
    "invalid_settings": "Thiết lập không hợp lệ",
    "access_denied": "Không được phép thay đổi kho",
    "ingest_failed": "Không nạp được tài liệu",
    "source_unavailable": "Không đọc được nguồn",
    "unsupported_source": "Định dạng không được hỗ trợ",
    "extraction_failed": "Nội dung nguồn bị hỏng",
    "empty_document": "Tài liệu trống",
    "duplicate_id": "Trùng mã tài liệu",
    "unsafe_source": "Tệp không an toàn",
    "extraction_timeout": "Đọc tệp quá lâu hoặc quá tốn bộ nhớ",
    "missing_tool": "Thiếu chương trình cho định dạng này",
    "fetch_refused": "Không được phép tải địa chỉ này",
    "store_failed": "Kho tài liệu báo lỗi",
    "store_unavailable": "Kho tài liệu tạm thời không dùng được",
    "store_locked": "Kho tài liệu đang bận",
    "index_mismatch": "Chỉ mục không khớp thiết lập",
    "document_not_found": "Không có tài liệu này",
    "case_not_found": "Không có mô hình này",
    "job_not_found": "Không có lượt nạp này",
    "invalid_query": "Câu hỏi không hợp lệ",
    "empty_query": "Câu hỏi trống",
    "query_too_long": "Câu hỏi quá dài",
    "invalid_filter": "Điều kiện lọc không hợp lệ",
    "model_failed": "Mô hình ngôn ngữ báo lỗi",
    "model_unavailable": "Mô hình ngôn ngữ tạm thời không dùng được",
    "brief_failed": "Không lập được báo cáo",
    "invalid_request": "Yêu cầu không hợp lệ",
    "malformed_body": "Thân yêu cầu không phải JSON hợp lệ",
    "body_too_large": "Thân yêu cầu quá lớn",
    "not_found": "Không tìm thấy",
    "method_not_allowed": "Phương thức không được hỗ trợ",
    "http_error": "Yêu cầu không thực hiện được",
}

# What the caller is told of our own failures; the message itself goes to the log.
_OWN_FAULTS: Mapping[int, str] = {
    500: "Dịch vụ gặp lỗi không mong đợi; lỗi đã được ghi lại. Hãy thử lại, nếu vẫn lỗi xin báo "
    "quản trị viên kèm thời điểm gặp lỗi.",
    502: "Không đọc được nguồn bên ngoài. Hãy thử lại sau.",
    503: "Dịch vụ tạm thời chưa phục vụ được. Hãy thử lại sau vài giây.",
}


@dataclass(frozen=True, slots=True)
class Fault:
    """A failed request, before it is written as a problem or as a page."""

    status: int
    code: str
    detail: str
    errors: Sequence[Mapping[str, str]] = ()
    headers: Mapping[str, str] | None = None


def fault_of(error: KbError) -> Fault:
    """Return what the caller is told of one of our errors."""
    status = next(STATUS_OF[kind] for kind in type(error).__mro__ if kind in STATUS_OF)
    detail = _OWN_FAULTS.get(status) or str(error)
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else None
    return Fault(status, error.code, detail, headers=headers)


def unexpected_fault() -> Fault:
    """Return what the caller is told of an exception that nobody expected."""
    return Fault(500, "internal_error", _OWN_FAULTS[500])


def is_page(request: Request) -> bool:
    """Tell whether the caller of a failed request should see a page."""
    if request.method not in {"GET", "HEAD"}:
        return False
    path, accept = request.url.path, request.headers.get("accept", "")
    if path == "/" or path.split("/")[1] in {"cases", "documents", "api", "jobs"}:
        return "json" not in accept or "text/html" in accept
    if path.split("/")[1] in {"v1", "healthz", "readyz", "openapi.json"}:
        return False
    return "text/html" in accept


def respond(request: Request, fault: Fault) -> Response:
    """Return the response of a fault: a page for pages, a problem for everything else."""
    if is_page(request):
        title = TITLES.get(fault.code, TITLES["http_error"])
        body = render("error.html", title=title, fault=fault)
        return Response(body, fault.status, fault.headers, "text/html; charset=utf-8")
    return JSONResponse(problem_of(request, fault), fault.status, fault.headers, PROBLEM_TYPE)


def problem_of(request: Request, fault: Fault) -> dict[str, Any]:
    """Return a fault as the problem object of RFC 9457."""
    problem: dict[str, Any] = {
        "type": f"/api#{fault.code}",
        "title": TITLES.get(fault.code, TITLES["http_error"]),
        "status": fault.status,
        "detail": fault.detail,
        "instance": quote(request.scope.get("path", "/")),
        "code": fault.code,
    }
    if fault.errors:
        problem["errors"] = [dict(error) for error in fault.errors]
    return problem


def add_error_handlers(app: FastAPI) -> None:
    """Register the handlers of all errors that reach the application."""
    app.add_exception_handler(KbError, _handle_kb_error)
    app.add_exception_handler(RequestValidationError, _handle_validation_error)
    app.add_exception_handler(HTTPException, _handle_http_exception)


def _handle_kb_error(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, KbError):
        raise exc
    fault = fault_of(exc)
    if fault.status >= 500:
        logger.error("request failed code=%s path=%s", exc.code, request.url.path, exc_info=exc)
    return respond(request, fault)


def _handle_validation_error(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, RequestValidationError):
        raise exc
    found = exc.errors()
    if any(error["type"] == "json_invalid" for error in found):
        return respond(request, Fault(400, "malformed_body", _malformed(found[0])))
    items = [_item(error) for error in found]
    listed = "; ".join(
        f"{item.get('parameter') or item['pointer'].removeprefix('/') or 'thân yêu cầu'} "
        f"{item['detail']}"
        for item in items
    )
    return respond(request, Fault(422, "invalid_request", f"Yêu cầu sai: {listed}.", items))


def _malformed(error: Mapping[str, Any]) -> str:
    return (
        f"Thân yêu cầu không phải JSON hợp lệ, sai ở ký tự thứ {error['loc'][-1]}. "
        "Gửi JSON mã hóa UTF-8, kèm Content-Type: application/json."
    )


def _item(error: Mapping[str, Any]) -> dict[str, str]:
    place, *path = error["loc"]
    detail = _reason(error, path)
    if place == "body":
        return {"pointer": "".join(f"/{part}" for part in path), "detail": detail}
    return {"parameter": ".".join(str(part) for part in path), "detail": detail}


def _reason(error: Mapping[str, Any], path: Sequence[object]) -> str:
    match error["type"]:
        case "missing" if not path:
            return "bị thiếu; hãy gửi một đối tượng JSON"
        case "missing":
            return "bị thiếu"
        case "extra_forbidden":
            return "không phải là khóa được dùng ở đây"
        case "string_unicode":
            return "chứa ký tự Unicode không hợp lệ"
        case "model_attributes_type":
            return "phải là một đối tượng JSON, kèm Content-Type: application/json"
        case "int_parsing_size":
            return "là số quá lớn"
        case _:
            return reason(error)


def _handle_http_exception(request: Request, exc: Exception) -> Response:
    if not isinstance(exc, HTTPException):
        raise exc
    fault = Fault(exc.status_code, "http_error", str(exc.detail), headers=exc.headers)
    match exc.status_code:
        case HTTPStatus.NOT_FOUND:
            fault = replace(fault, code="not_found", detail="Không có địa chỉ này trên dịch vụ.")
        case HTTPStatus.METHOD_NOT_ALLOWED:
            fault = replace(
                fault,
                code="method_not_allowed",
                detail=f"Địa chỉ này không nhận phương thức {request.method}.",
            )
        case HTTPStatus.BAD_REQUEST:
            fault = replace(
                fault,
                code="malformed_body",
                detail="Không đọc được thân yêu cầu. Gửi JSON mã hóa UTF-8.",
            )
        case _:
            pass
    return respond(request, fault)
