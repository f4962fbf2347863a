"""`POST /v1/answer`."""

from typing import Annotated, Any

from fastapi import APIRouter, Body

from retrieval.query import Parts
from retrieval.rendering import answer_to_data
from service.examples import ANSWER_REQUESTS, ANSWER_RESPONSE
from service.schemas import AnswerRequest, AnswerResponse, problem_responses
from service.state import State

router = APIRouter(prefix="/v1", tags=["Tìm và hỏi"])


@router.post(
    "/answer",
    summary="Hỏi và nhận câu trả lời có trích dẫn",
    response_model=AnswerResponse,
    response_model_exclude_unset=True,
    responses={
        200: {"content": {"application/json": {"example": ANSWER_RESPONSE}}},
        **problem_responses(400, 413, 422, 500, 503),
    },
)
def answer(
    body: Annotated[AnswerRequest, Body(openapi_examples=ANSWER_REQUESTS)], state: State
) -> dict[str, Any]:
    """Trả lời bằng các câu trích nguyên văn; không đủ căn cứ thì nói rõ lý do ở `reason`."""
    filters = state.filters(
        province=body.province, field=body.field, topic=body.topic, year=body.year
    )
    parts = Parts.without(body.without)
    return answer_to_data(state.answerer.answer(body.question, filters=filters, parts=parts))
