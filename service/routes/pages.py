"""The officers' pages: browse, a case, a document, and a guide to the API."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import FileResponse, HTMLResponse

from kb.errors import (
    CaseNotFound,
    DocumentNotFound,
    InvalidFilter,
    KbError,
)
from kb.models import Case, ExtractedCase, Filters, Span
from kb.places import get_province
from kb.taxonomy import parse_field, parse_topic
from retrieval.query import PART_NAMES
from service.case_list import find_case, list_cases
from service.error_handlers import STATUS_OF, TITLES
from service.pages import render
from service.state import ServiceState, State

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_FAVICON = Path(__file__).parent.parent / "static" / "favicon.svg"
_CASES_A_PAGE = 20

Text = Annotated[str, Query()]
Texts = Annotated[tuple[str, ...], Query()]

# A prefix of a hash as `document_path` writes it, or a longer one.
_SHA = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True)
class Form:
    """The search form as it was sent; it is shown again with what was typed.

    `bo` names the parts of the understanding that are switched off, with commas between.
    """

    q: str = ""
    province: str = ""
    field: str = ""
    topic: str = ""
    year: str = ""
    bo: str = ""

    @property
    def values(self) -> dict[str, str]:
        """Its fields as parameters of an address."""
        return {
            "q": self.q,
            "province": self.province,
            "field": self.field,
            "topic": self.topic,
            "year": self.year,
            "bo": self.bo,
        }

    @property
    def has_filters(self) -> bool:
        """Whether any condition is given."""
        return any((self.province, self.field, self.topic, self.year))

    def canonical(self) -> "Form":
        """Return it with values spelt as the filter boxes spell them, where they exist."""
        province = get_province(self.province) if self.province else None
        return Form(
            q=self.q,
            province=province.name if province else self.province,
            field=_slug(parse_field, self.field),
            topic=_slug(parse_topic, self.topic),
            year=self.year,
            bo=_canonical_parts(self.bo),
        )

    def filters(self, state: ServiceState) -> Filters:
        """Return the checked conditions.

        Raises:
            InvalidFilter: A value does not exist.
        """
        year: int | None = None
        if self.year:
            if not (self.year.isascii() and self.year.isdigit() and len(self.year) <= 9):
                raise InvalidFilter(f"Năm {self.year!r} không phải là số. Nhập năm, ví dụ 2023.")
            year = int(self.year)
        return state.filters(province=self.province, field=self.field, topic=self.topic, year=year)


def _canonical_parts(text: str) -> str:
    """Return the known parts that a parameter names, each once and in order.

    What is unknown is left out: it has no control in the form with which one could remove it.
    """
    names = {name.strip() for name in text.split(",")}
    return ",".join(name for name in PART_NAMES if name in names or "all" in names)


def _slug(parse: Any, value: str) -> str:
    try:
        return str(parse(value)) if value else ""
    except InvalidFilter:
        return value


@router.get("/cases")
def browse_cases(
    state: State,
    province: Text = "",
    field: Text = "",
    topic: Text = "",
    page: Text = "",
) -> HTMLResponse:
    """Show the cases that match the conditions, page by page."""
    form = Form("", province.strip(), field.strip(), topic.strip()).canonical()
    context: dict[str, Any] = {"form": form, "facets": state.facets()}
    number = whole(page, default=1, largest=1_000_000)
    try:
        filters = form.filters(state)
    except InvalidFilter as exc:
        problem = {"title": TITLES[exc.code], "detail": str(exc)}
        rendered = render(
            "cases.html", **context, problem=problem, total=0, rows=[], page=1, pages=1, first=0
        )
        return HTMLResponse(rendered, status_of(exc))
    first = (number - 1) * _CASES_A_PAGE
    total, rows = list_cases(state.kb.store, filters, kind="all", limit=_CASES_A_PAGE, offset=first)
    recorded, _ = list_cases(state.kb.store, filters, kind="recorded", limit=1, offset=0)
    pages = max(1, -(-total // _CASES_A_PAGE))
    rendered = render(
        "cases.html",
        **context,
        problem=None,
        total=total,
        told_total=total - recorded,
        rows=[row if isinstance(row, ExtractedCase) else row[0] for row in rows],
        page=number,
        pages=pages,
        first=first,
    )
    return HTMLResponse(rendered)


@router.get("/cases/{case_id}")
def show_case(case_id: str, state: State) -> HTMLResponse:
    """Show the card of a case."""
    case, document = find_case(state.kb.store, case_id)
    if isinstance(case, ExtractedCase):
        same_as = _known_case(state, case.same_as)
        return HTMLResponse(render("told_case.html", case=case, document=document, same_as=same_as))
    return HTMLResponse(render("case.html", case=case, document=document))


@router.get("/documents/{document_id}")
def show_document(
    document_id: str, state: State, start: Text = "", end: Text = "", sha: Text = ""
) -> HTMLResponse:
    """Show a stored text, with the quoted span marked if one is named.

    `sha` is the beginning of the hash of what was quoted; links without it stay valid.
    """
    document = state.kb.store.get_document(document_id)
    span = _span(start, end, len(document.text))
    asked = bool(start or end)
    told = state.kb.store.extracted_cases.of_documents([document_id])
    return HTMLResponse(
        render(
            "document.html",
            document=document,
            cases=told.get(document_id, []),
            spans=[span] if span else [],
            span=span,
            is_outside=asked and span is None,
            is_changed=bool(_SHA.fullmatch(sha)) and not document.sha256.startswith(sha),
        )
    )


@router.get("/api")
def show_api(request: Request) -> HTMLResponse:
    """Show the operations and error codes of the HTTP API."""
    operations = [
        {"method": method.upper(), "path": path, **operation}
        for path, methods in request.app.openapi()["paths"].items()
        for method, operation in methods.items()
    ]
    statuses = {kind.code: status for kind, status in STATUS_OF.items()}
    statuses |= {
        "malformed_body": 400,
        "not_found": 404,
        "method_not_allowed": 405,
        "body_too_large": 413,
        "invalid_request": 422,
    }
    rows = sorted((status, code, TITLES[code]) for code, status in statuses.items())
    return HTMLResponse(render("api.html", operations=operations, problems=rows))


@router.get("/favicon.ico")
def show_favicon() -> FileResponse:
    """Send the icon to those who do not read the page's link to it."""
    return FileResponse(_FAVICON, media_type="image/svg+xml")


def _known_case(state: ServiceState, case_id: str | None) -> Case | ExtractedCase | None:
    """Return a case that another one refers to, or None if it was removed meanwhile."""
    if case_id is None:
        return None
    try:
        return find_case(state.kb.store, case_id)[0]
    except (CaseNotFound, DocumentNotFound):
        return None


def status_of(error: KbError) -> int:
    """Return the status of the page that tells of an error."""
    return STATUS_OF[type(error)]


def whole(text: str, *, default: int, largest: int) -> int:
    """Return the whole number of a parameter between 1 and `largest`; else the default."""
    if not (text.isascii() and text.isdigit()):
        return default
    return max(1, min(largest, int(text[:12])))


def _span(start: str, end: str, length: int) -> Span | None:
    """Return the span that two parameters name, or None if it lies outside the text."""
    if not all(text.isascii() and text.isdigit() and len(text) <= 12 for text in (start, end)):
        return None
    first, last = int(start), int(end)
    return Span(first, last) if first < last <= length else None
