"""The officers' pages for taking documents in: a form, the jobs, and what could not be read."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from ingest.jobs import IngestRequest, drop_unused_uploads
from kb.errors import IngestError
from service.error_handlers import TITLES, fault_of
from service.job_text import failure_key
from service.pages import render
from service.permissions import Changer
from service.state import ServiceState, State
from service.uploads import form_of

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_SHOWN = 20
_MOST_FAILURES = 100_000
_SEE_OTHER = 303

Text = Annotated[str, Query()]


@router.get("/jobs")
def show_jobs(state: State) -> HTMLResponse:
    """Show the form, the latest jobs and the sources that failed."""
    return HTMLResponse(_page(state))


@router.post("/jobs", response_model=None)
async def start_job(request: Request, state: State, _: Changer) -> Response:
    """Take a form's files or address in, and lead to the page of its job."""
    try:
        async with form_of(request, state) as form:
            asked = IngestRequest(
                targets=(form.url,) if form.url else (),
                uploads=form.uploads,
                retry_failed=form.retry,
            )
    except IngestError as exc:
        problem = {"title": TITLES[exc.code], "detail": str(exc)}
        page = await run_in_threadpool(_page, state, problem)
        return HTMLResponse(page, fault_of(exc).status)
    job = await run_in_threadpool(state.jobs.submit, asked)
    return RedirectResponse(f"/jobs/{job.job_id}", _SEE_OTHER)


@router.post("/jobs/dismiss", response_model=None)
def dismiss_failure(
    failure: Annotated[str, Form(max_length=64)], state: State, _: Changer
) -> Response:
    """Take a source off the list of failures; it is not tried again."""
    _total, letters = state.kb.store.dead_letters.list(limit=_MOST_FAILURES)
    origins = [letter.origin for letter in letters if failure_key(letter.origin) == failure]
    state.kb.store.dead_letters.resolve(origins)
    drop_unused_uploads(state.kb, origins)
    return RedirectResponse("/jobs", _SEE_OTHER)


@router.get("/jobs/{job_id}")
def show_job(job_id: str, state: State, live: Text = "", stopping: Text = "") -> HTMLResponse:
    """Show a job; while it runs the page renews itself, unless `live=0` asks for rest.

    `stopping` is what `cancel_job` leads to: a running job ends after the batch in hand.
    """
    job = state.kb.store.jobs.get(job_id)
    is_open = job.status in {"queued", "running"}
    return HTMLResponse(
        render(
            "job.html",
            job=job,
            is_open=is_open,
            is_live=is_open and live != "0",
            is_stopping=is_open and bool(stopping),
        )
    )


@router.post("/jobs/{job_id}/cancel", response_model=None)
def cancel_job(job_id: str, state: State, _: Changer) -> Response:
    """Stop a job after the batch in hand."""
    job = state.jobs.cancel(job_id)
    query = "?stopping=1" if job.status == "running" else ""
    return RedirectResponse(f"/jobs/{job_id}{query}", _SEE_OTHER)


def _page(state: ServiceState, problem: dict[str, Any] | None = None) -> str:
    _, jobs = state.kb.store.jobs.list(limit=_SHOWN)
    failure_count, failures = state.kb.store.dead_letters.list(limit=_SHOWN)
    return render(
        "jobs.html",
        jobs=jobs,
        failures=failures,
        failure_count=failure_count,
        problem=problem,
        max_upload_mb=state.kb.settings.service.max_upload_mb,
    )
