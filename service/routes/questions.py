"""The officers' pages of questions: ask and search, and go on asking in a conversation."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi import Form as Posted
from fastapi.responses import HTMLResponse, RedirectResponse

from kb.errors import AccessDenied, EmptyQuery, QueryError
from kb.models import Answer, NoAnswerReason, SearchResult
from retrieval.conversation.conversations import NEW
from retrieval.conversation.history import Exchange
from retrieval.query import Parts
from service.answer_view import view_of
from service.error_handlers import STATUS_OF, TITLES
from service.pages import cited_documents, render
from service.permissions import is_own_page
from service.routes.pages import Form, Text, Texts, status_of, whole
from service.state import ServiceState, State

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)

_HITS, _MAX_HITS = 10, 50
# Questions of a conversation that its page lists.
_SHOWN_TURNS = 6
_SEE_OTHER = 303
_EXAMPLES = (
    "Mô hình giảm nghèo ở Cà Mau có kết quả gì?",
    "Thu gom rác thải nhựa được làm thế nào?",
    "Vận động người dân lắp camera an ninh",
    "Hội phụ nữ giúp nhau tiết kiệm mua bảo hiểm y tế",
)

Given = Annotated[str, Posted()]


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation as its page shows it.

    Attributes:
        session_id: Its secret name; empty as long as nobody followed up.
        typed: A follow-up question that was refused, to be mended.
        asked: The question that the page answers.
        former: The exchanges before it that are listed, oldest first.
        number: Of the first of these, from 1.
        is_restarted: Whether what was said before is forgotten.
    """

    session_id: str = ""
    typed: str = ""
    asked: str = ""
    former: Sequence[Exchange] = ()
    number: int = 1
    is_restarted: bool = False


@router.get("/")
def show_search(
    state: State,
    q: Text = "",
    province: Text = "",
    field: Text = "",
    topic: Text = "",
    year: Text = "",
    n: Text = "",
    bo: Texts = (),
) -> HTMLResponse:
    """Show the search box, and below it the answer and the cases for a question."""
    off = ",".join(bo)
    form = Form(
        q.strip(), province.strip(), field.strip(), topic.strip(), year.strip(), off
    ).canonical()
    context: dict[str, Any] = {"form": form, "facets": state.facets(), "examples": _EXAMPLES}
    if not form.q:
        hint = form.has_filters or bool(q)
        return HTMLResponse(render("home.html", **context, hint=hint, problem=None, talk=None))
    try:
        filters = form.filters(state)
        parts = Parts.without(off.split(","))
        limit = whole(n, default=_HITS, largest=_MAX_HITS)
        answer = state.answerer.answer(form.q, filters=filters, parts=parts)
        result = state.searcher.search(form.q, filters=filters, top_k=limit, parts=parts)
    except QueryError as exc:
        return _refused_question(exc, context)
    return HTMLResponse(_results(state, context, answer, result, Talk(asked=form.q), limit))


@router.get("/hoi-tiep")
def leave_conversation() -> RedirectResponse:
    """Lead to the search box whoever opens the address of a follow-up without its question."""
    return RedirectResponse("/", _SEE_OTHER)


@router.post("/hoi-tiep")
def follow_up(
    request: Request,
    state: State,
    hoi: Given = "",
    phien: Given = "",
    truoc: Given = "",
    province: Given = "",
    field: Given = "",
    topic: Given = "",
    year: Given = "",
    bo: Given = "",
) -> HTMLResponse:
    """Answer a question that may refer to the ones before it.

    A conversation starts with the first follow-up (`truoc` is the question before it, with its
    conditions), so that mere searches leave nothing behind. Its name is sent as a field and never
    stands in an address, where histories and other sites would see it.
    """
    before = Form(truoc, province, field, topic, year, bo).canonical()
    context: dict[str, Any] = {"form": before, "facets": state.facets(), "examples": _EXAMPLES}
    if not is_own_page(request):
        problem = {
            "title": "Không nhận câu hỏi này",
            "detail": "Câu hỏi được gửi từ một trang khác. Hãy hỏi ngay trên trang này.",
        }
        page = render("home.html", **context, hint=False, problem=problem, talk=None)
        return HTMLResponse(page, STATUS_OF[AccessDenied])
    session_id = phien
    try:
        parts = Parts.without(before.bo.split(","))
        session_id = _session(state, phien, before, parts)
        answer = state.conversations.answer(hoi.strip(), session_id=session_id, parts=parts)
        form = _form_of(answer, before.bo)
        # What cannot be understood has nothing near it.
        is_unclear = answer.reason is NoAnswerReason.AMBIGUOUS
        result = None if is_unclear else _search(state, form, parts)
        if result and answer.status == "no_answer":
            # "The second one" then counts the nearest ones, so these are what is shown.
            result = replace(result, hits=answer.related, total=len(answer.related))
    except QueryError as exc:
        kept = "" if session_id == NEW else session_id
        return _refused_question(exc, context, Talk(kept, hoi))
    talk = _talk(state, answer, is_restarted=bool(phien) and session_id != phien)
    return HTMLResponse(_results(state, {**context, "form": form}, answer, result, talk))


def _session(state: ServiceState, session_id: str, before: Form, parts: Parts) -> str:
    """Return the conversation to go on with, or a new one that knows the question before it.

    Raises:
        QueryError: That question, or one of its conditions, is none.
    """
    if session_id and state.sessions.find(session_id) is not None:
        return session_id
    if not before.q:
        return NEW
    # Which cases were cited is what counts, and in which order; nobody reads the words again.
    answer = state.conversations.answer(
        before.q,
        session_id=NEW,
        filters=before.filters(state),
        parts=parts,
        writer="extractive",
    )
    return answer.turn.session_id if answer.turn else NEW


def _form_of(answer: Answer, bo: str) -> Form:
    """Return the search form that asks the same without the conversation."""
    given: Any = answer.interpretation.get("filters", {})
    filters = {key: str(value) for key, value in given.items()}
    understood = answer.turn.understood if answer.turn else answer.question
    return Form(
        q=understood,
        province=filters.get("province", ""),
        field=filters.get("field", ""),
        topic=filters.get("topic", ""),
        year=filters.get("year", ""),
        bo=bo,
    )


def _search(state: ServiceState, form: Form, parts: Parts) -> SearchResult:
    return state.searcher.search(form.q, filters=form.filters(state), top_k=_HITS, parts=parts)


def _talk(state: ServiceState, answer: Answer, *, is_restarted: bool) -> Talk:
    if answer.turn is None:
        return Talk(asked=answer.question)
    found = state.sessions.find(answer.turn.session_id)
    former = found[1][:-1][-_SHOWN_TURNS:] if found else ()
    return Talk(
        session_id=answer.turn.session_id,
        asked=answer.turn.asked,
        former=former,
        number=answer.turn.number - len(former),
        is_restarted=is_restarted or answer.turn.is_restarted,
    )


def _results(
    state: ServiceState,
    context: dict[str, Any],
    answer: Answer,
    result: SearchResult | None,
    talk: Talk,
    limit: int = _HITS,
) -> str:
    """Return the page of an answer and of what the search found."""
    ids = dict.fromkeys(citation.document_id for citation in answer.citations)
    cited = state.answerer.documents(list(ids))
    more = min(_MAX_HITS, limit + _HITS) if result and result.total > len(result.hits) else None
    return render(
        "results.html",
        **context,
        answer=answer,
        view=view_of(answer, cited),
        sources=cited_documents(answer),
        documents={citation.marker: citation for citation in answer.citations},
        brief=_brief(context["form"], answer, talk),
        result=result,
        talk=talk,
        more=more if more and more > limit else None,
    )


def _brief(form: Form, answer: Answer, talk: Talk) -> dict[str, Any]:
    """Return the parameters of the brief of an answer; none of a refusal.

    "More of the same" is asked in the words of an earlier question, whose brief would hold the
    cases of that one: its own are chosen instead.
    """
    if not answer.claims:
        return {}
    if any(form.q in {exchange.understood, exchange.reading} for exchange in talk.former):
        ids = (citation.case_id or citation.document_id for citation in answer.citations)
        return {"case": tuple(dict.fromkeys(ids))}
    return dict(form.values)


def _refused_question(
    error: QueryError, context: dict[str, Any], talk: Talk | None = None
) -> HTMLResponse:
    """Return the page that says why a question cannot be asked, with what was typed."""
    problem = {"title": TITLES[error.code], "detail": str(error)}
    is_hint = isinstance(error, EmptyQuery) and talk is None
    page = render("home.html", **context, hint=is_hint, problem=problem, talk=talk)
    return HTMLResponse(page, status_of(error))
