"""Files and fields of a multipart form; files are kept under the data directory for a job."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException

from ingest.jobs import drop_unused_uploads, keep_upload
from kb.errors import ExtractionFailed
from service.state import ServiceState

FILE_FIELD = "file"
_MAX_FILES, _MAX_FIELDS = 200, 20


@dataclass(frozen=True, slots=True)
class UploadForm:
    """What a form asks for.

    Attributes:
        uploads: Names of the kept files, as `ingest.jobs.IngestRequest` takes them.
        url: Address to fetch, or empty.
        retry: Whether failed sources are to be read again.
    """

    uploads: tuple[str, ...]
    url: str
    retry: bool


@asynccontextmanager
async def form_of(request: Request, state: ServiceState) -> AsyncIterator[UploadForm]:
    """Read a form and keep its files.

    Raises:
        ExtractionFailed: It asks for nothing, or is broken.
        UnsupportedSource: A file is larger than the limit.
    """
    try:
        form = await request.form(max_files=_MAX_FILES, max_fields=_MAX_FIELDS)
    except HTTPException as exc:
        raise ExtractionFailed(
            f"Biểu mẫu tải lên bị hỏng hoặc có hơn {_MAX_FILES} tệp: {exc.detail}"
        ) from exc
    try:
        yield await _asked(form, state)
    finally:
        await form.close()


async def _asked(form: FormData, state: ServiceState) -> UploadForm:
    url = str(form.get("url") or "").strip()
    kept: list[str] = []
    try:
        await _keep(form, state, kept)
        asked = UploadForm(tuple(kept), url, bool(form.get("retry")))
        if not (asked.uploads or asked.url or asked.retry):
            raise ExtractionFailed(
                f"Chưa có tệp nào trong trường {FILE_FIELD!r}. Chọn tệp rồi gửi lại, ví dụ: "
                "curl -F file=@baocao.docx ĐỊA_CHỈ/v1/documents"
            )
        if url and not url.startswith(("http://", "https://")):
            raise ExtractionFailed(f"Địa chỉ {url!r} phải bắt đầu bằng http:// hoặc https://.")
    except BaseException:
        # No job will ever name what was kept before the refusal.
        await run_in_threadpool(drop_unused_uploads, state.kb, kept)
        raise
    return asked


async def _keep(form: FormData, state: ServiceState, kept: list[str]) -> None:
    """Keep the files of a form, adding their names to `kept` one by one.

    Raises:
        UnsupportedSource: A file is larger than the limit.
    """
    settings = state.kb.settings
    limit = int(settings.service.max_upload_mb * 1_000_000)
    for _, item in form.multi_items():
        if isinstance(item, UploadFile) and item.filename:
            kept.append(
                await run_in_threadpool(
                    keep_upload, settings.data_dir, item.filename, item.file, max_bytes=limit
                )
            )
