"""`POST /v1/answer`: the whole answer as JSON, or as server-sent events while it is made."""

from collections.abc import Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Request
from starlette.concurrency import run_in_threadpool

from retrieval.answering.events import AnswerEvent
from retrieval.query import Parts
from service.answer_bodies import answer_body
from service.examples import ANSWER_REQUESTS, ANSWER_RESPONSE, ANSWER_STREAM
from service.schemas import AnswerRequest, AnswerResponse, problem_responses
from service.state import ServiceState, State
from service.streaming import STREAM_TYPE, EventEncoder, wants_stream

router = APIRouter(prefix="/v1", tags=["Tìm và hỏi"])

_CONDITIONS = frozenset({"province", "field", "topic", "year"})

_DESCRIPTION = """\
Câu trả lời hoặc lời từ chối có lý do ở `reason`.
Dòng sự kiện (`stream: true` hoặc `Accept: text/event-stream`): mỗi sự kiện một đối tượng JSON ở
`data`, `id` đếm từ 1.

- `search`: đã hiểu câu hỏi thế nào (`interpretation`), tìm thấy bao nhiêu tài liệu (`found`).
- `citation`: một trích dẫn đã kiểm tra, luôn đến trước chữ dùng nó.
- `delta`: phần chữ tiếp theo (`text`) và ý của nó (`claim`, có thể `null`). Nối lại thành `answer`.
- `done`: toàn bộ kết quả như khi nhận JSON. Sự kiện cuối.
- `error`: lỗi sau khi dòng đã mở, như thân của lỗi thường. Sự kiện cuối.
- `ping`: giữ kết nối; bỏ qua."""


@router.post(
    "/answer",
    summary="Hỏi và nhận câu trả lời có trích dẫn",
    response_model=AnswerResponse,
    response_model_exclude_unset=True,
    responses={
        200: {
            "description": _DESCRIPTION,
            "content": {
                "application/json": {"example": ANSWER_RESPONSE},
                STREAM_TYPE: {"schema": {"type": "string"}, "example": ANSWER_STREAM},
            },
        },
        **problem_responses(400, 413, 422, 500, 503),
    },
)
async def answer(
    body: Annotated[AnswerRequest, Body(openapi_examples=ANSWER_REQUESTS)],
    request: Request,
    state: State,
) -> Any:
    """Trả lời bằng lời của nguồn, mọi ý có trích dẫn; không đủ căn cứ thì nói rõ lý do."""
    if body.stream or wants_stream(request.headers.get("accept", "")):
        encoder = EventEncoder(request, base=_base(state))
        return await state.streams.respond(_events(body, state), encoder)
    return await run_in_threadpool(_answer, body, state)


def _answer(body: AnswerRequest, state: ServiceState) -> dict[str, Any]:
    if body.session_id is None:
        made = state.answerer.answer(body.question, **_arguments(body, state))
    else:
        made = state.conversations.answer(
            body.question, session_id=body.session_id, **_arguments(body, state)
        )
    return answer_body(made, _base(state))


def _events(body: AnswerRequest, state: ServiceState) -> Iterator[AnswerEvent]:
    """Make an answer; a generator, so that all of it happens in the thread that reads it."""
    if body.session_id is None:
        yield from state.answerer.stream(body.question, **_arguments(body, state))
    else:
        yield from state.conversations.stream(
            body.question, session_id=body.session_id, **_arguments(body, state)
        )


def _arguments(body: AnswerRequest, state: ServiceState) -> dict[str, Any]:
    # A follow-up without conditions keeps those of the question that it follows.
    keeps = body.session_id is not None and not body.model_fields_set & _CONDITIONS
    filters = (
        None
        if keeps
        else state.filters(
            province=body.province, field=body.field, topic=body.topic, year=body.year
        )
    )
    return {"filters": filters, "parts": Parts.without(body.without), "writer": body.writer}


def _base(state: ServiceState) -> str:
    return state.kb.settings.service.public_url
