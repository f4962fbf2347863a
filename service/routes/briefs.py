"""`POST /v1/briefs`, and the links of the pages that download a brief."""

from typing import Annotated

from fastapi import APIRouter, Body, Query
from fastapi.responses import Response

from retrieval.query import Parts
from service.briefs.export import (
    MEDIA_TYPES,
    BriefRequest,
    content_disposition,
    file_name,
    make_brief,
    render_brief,
)
from service.briefs.model import BriefFormat, Letterhead
from service.examples import BRIEF_REQUESTS
from service.routes.pages import Form, Text, Texts
from service.schemas import BriefBody, problem_responses
from service.state import ServiceState, State

router = APIRouter()

_FILE = {"schema": {"type": "string", "format": "binary"}}


@router.post(
    "/v1/briefs",
    tags=["Tìm và hỏi"],
    summary="Lập báo cáo Word, Markdown hoặc PDF",
    response_class=Response,
    responses={
        200: {
            "description": "Tệp báo cáo; tên ở `Content-Disposition`.",
            "content": {media.partition(";")[0]: _FILE for media in MEDIA_TYPES.values()},
        },
        **problem_responses(400, 404, 413, 422, 500, 503),
    },
)
def create_brief(
    body: Annotated[BriefBody, Body(openapi_examples=BRIEF_REQUESTS)], state: State
) -> Response:
    """Lập báo cáo theo thể thức văn bản hành chính; mỗi ý có chú thích trích nguyên văn nguồn."""
    request = BriefRequest(
        question=body.question,
        chosen=tuple(body.cases),
        filters=state.filters(
            province=body.province, field=body.field, topic=body.topic, year=body.year
        ),
        parts=Parts.without(body.without),
        writer=body.writer,
        letterhead=Letterhead(body.organization, body.place, tuple(body.recipients)),
        title=body.title,
        dated=body.date,
        base=state.kb.settings.service.public_url,
    )
    return _file(state, request, body.format)


@router.get("/briefs", include_in_schema=False)
def download_brief(
    state: State,
    q: Text = "",
    province: Text = "",
    field: Text = "",
    topic: Text = "",
    year: Text = "",
    bo: Texts = (),
    case: Texts = (),
    format: Annotated[BriefFormat, Query()] = "docx",  # noqa: A002 - the interface's word
) -> Response:
    """Send the brief of what a page shows: its question with its conditions, or its cases."""
    form = Form(
        q.strip(), province.strip(), field.strip(), topic.strip(), year.strip(), ",".join(bo)
    ).canonical()
    request = BriefRequest(
        question=form.q,
        chosen=case,
        filters=form.filters(state),
        parts=Parts.without(form.bo.split(",")),
        base=state.kb.settings.service.public_url,
    )
    return _file(state, request, format)


def _file(state: ServiceState, request: BriefRequest, kind: BriefFormat) -> Response:
    brief = make_brief(state.kb.store, state.answerer, request)
    return Response(
        render_brief(brief, kind),
        media_type=MEDIA_TYPES[kind],
        headers={"Content-Disposition": content_disposition(file_name(brief, kind))},
    )
