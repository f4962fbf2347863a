"""`POST /v1/answer`: as JSON, as a stream, and the errors of both."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient

from kb.errors import ModelUnavailable, StoreUnavailable
from kb.settings import LlmSettings, ServiceSettings, Settings
from retrieval.answering.answerer import Answerer
from retrieval.answering.drafts import Draft
from retrieval.answering.writers import WritingTask
from service import examples
from service.app import create_app
from service.schemas import AnswerResponse, CitationOut, DeltaEvent, Problem, SearchEvent
from tests.data.event_stream import StreamEvent, read_events

QUESTION = "Mắt thần an ninh lắp bao nhiêu mắt camera?"
UNANSWERABLE = "Hà Giang có bao nhiêu camera an ninh?"


@pytest.fixture
def settings(settings: Settings, request: pytest.FixtureRequest) -> Settings:
    """The usual settings, with the public address that a test asks for."""
    service = ServiceSettings(public_url=getattr(request, "param", ""))
    return settings.model_copy(update={"service": service})


def _stream(client: TestClient, question: str = QUESTION, **more: Any) -> list[StreamEvent]:
    response = client.post("/v1/answer", json={"question": question, "stream": True, **more})
    assert response.status_code == 200
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-accel-buffering"] == "no"
    return list(read_events(response.text.split("\n")))


def _without_times(data: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "timings_ms"}


def _text(events: list[StreamEvent]) -> str:
    return "".join(event.data["text"] for event in events if event.name == "delta")


@pytest.mark.parametrize("question", [QUESTION, UNANSWERABLE, "Các mô hình ở Cà Mau"])
def test_a_stream_ends_with_what_json_holds(client: TestClient, question: str):
    whole = client.post("/v1/answer", json={"question": question}).json()
    events = _stream(client, question)
    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert events[0].name == "search"
    assert events[0].data["interpretation"] == whole["interpretation"]
    assert events[-1].name == "done"
    assert _without_times(events[-1].data) == _without_times(whole)
    assert set(events[-1].data["timings_ms"]) == set(whole["timings_ms"])
    assert _text(events) == whole["answer"]
    assert [event.data for event in events if event.name == "citation"] == whole["citations"]
    claims = [event.data["claim"] for event in events if event.name == "delta"]
    assert [claim for claim in claims if claim] == whole["claims"]


def test_every_citation_comes_before_the_words_that_use_it(client: TestClient):
    cited: set[int] = set()
    events = _stream(client)
    for event in events:
        if event.name == "citation":
            cited.add(event.data["marker"])
        elif event.name == "delta":
            assert event.data["claim"]["citations"]
            assert set(event.data["claim"]["citations"]) <= cited
    assert cited


def test_a_refusal_streams_its_words_without_a_claim(client: TestClient):
    events = _stream(client, UNANSWERABLE)
    assert events[-1].data["status"] == "no_answer"
    assert [event.name for event in events] == ["search", "delta", "done"]
    assert events[1].data == {"text": events[-1].data["answer"], "claim": None}


def test_events_fit_their_schemas(client: TestClient):
    models = {
        "search": SearchEvent,
        "citation": CitationOut,
        "delta": DeltaEvent,
        "done": AnswerResponse,
    }
    for events in (_stream(client), read_events(examples.ANSWER_STREAM.split("\n"))):
        for event in events:
            model = models[event.name].model_validate(event.data)
            assert model.model_dump(mode="json", exclude_unset=True) == event.data


def test_letters_go_over_the_wire_as_themselves(client: TestClient):
    body = {"question": QUESTION, "stream": True}
    assert "Lắp 34 mắt camera" in client.post("/v1/answer", json=body).content.decode()


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/event-stream", "text/event-stream; charset=utf-8"),
        ("Text/Event-Stream; charset=utf-8", "text/event-stream; charset=utf-8"),
        ("application/json, text/event-stream", "application/json"),
        ("*/*", "application/json"),
        ("text/event-streams", "application/json"),
    ],
)
def test_the_accept_header_chooses_too(client: TestClient, accept: str, kind: str):
    response = client.post("/v1/answer", json={"question": QUESTION}, headers={"accept": accept})
    assert response.headers["content-type"] == kind


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"question": "?!"}, "empty_query"),
        ({"question": "a" * 5001}, "query_too_long"),
        ({"question": "tôm", "province": "Atlantis"}, "invalid_filter"),
        ({"question": "tôm", "without": ["spelling"]}, "invalid_filter"),
        ({"question": "tôm", "session_id": ""}, "invalid_request"),
        ({"question": "tôm", "session_id": "x" * 201}, "invalid_request"),
        ({"question": "tôm", "writer": "llm"}, "invalid_request"),
        ({"question": "tôm", "max_tokens": 3}, "invalid_request"),
    ],
)
def test_what_is_wrong_with_a_question_is_an_error_and_no_stream(
    client: TestClient, body: dict[str, Any], code: str
):
    response = client.post("/v1/answer", json={**body, "stream": True})
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["code"] == code


def test_stream_must_be_a_boolean(client: TestClient):
    response = client.post("/v1/answer", json={"question": QUESTION, "stream": "yes"})
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")


def test_a_store_that_is_down_is_a_503_before_the_stream(client: TestClient, monkeypatch):
    def candidates(*_: Any, **__: Any) -> None:
        raise StoreUnavailable("hidden words")

    monkeypatch.setattr("retrieval.search.Searcher.candidates", candidates)
    response = client.post("/v1/answer", json={"question": QUESTION, "stream": True})
    assert (response.status_code, response.json()["code"]) == (503, "store_unavailable")
    assert response.headers["retry-after"] == "5"


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (StoreUnavailable("hidden words"), "store_unavailable", 503),
        (RuntimeError("hidden words"), "internal_error", 500),
    ],
)
def test_a_failure_in_the_middle_is_the_last_event(
    client: TestClient, monkeypatch, error: Exception, code: str, status: int
):
    def make_plan(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("retrieval.answering.answerer.make_plan", make_plan)
    events = _stream(client)
    assert [event.name for event in events] == ["search", "error"]
    problem = Problem.model_validate(events[-1].data)
    assert (problem.code, problem.status, problem.instance) == (code, status, "/v1/answer")
    assert "hidden" not in json.dumps(events[-1].data)


class OneClaimWriter:
    """Words one claim of the first passage in its own way, then is out of order."""

    def write(self, task: WritingTask) -> Iterator[Draft]:
        yield Draft(f"Tóm lại: {task.passages[0].text}", task.passages[:1], "llm")
        raise ModelUnavailable("down")


def test_a_writer_s_claims_are_streamed_and_can_be_declined(client: TestClient):
    state = client.app.state.service
    state.answerer = Answerer(state.kb, writer=OneClaimWriter())
    worded = _stream(client)[-1].data
    assert worded["writer"] == "llm"
    assert worded["claims"][0]["text"].startswith("Tóm lại: ")
    assert "llm_unavailable" in {note["code"] for note in worded["notes"]}
    quoted = _stream(client, writer="extractive")[-1].data
    assert quoted["writer"] == "extractive"
    assert "llm_unavailable" not in {note["code"] for note in quoted["notes"]}
    body = {"question": QUESTION, "writer": "extractive"}
    assert client.post("/v1/answer", json=body).json()["writer"] == "extractive"


@pytest.mark.parametrize("stream", [False, True])
def test_a_question_may_go_on_in_a_conversation(client: TestClient, stream: bool):
    def ask(**body: Any) -> dict[str, Any]:
        if stream:
            return _stream(client, **body)[-1].data
        return client.post("/v1/answer", json={"question": QUESTION, **body}).json()

    assert ask()["turn"] is None
    first = ask(session_id="new", province="Cà Mau")
    assert AnswerResponse.model_validate(first)
    assert first["turn"]["number"] == 1
    assert not first["turn"]["is_restarted"]
    session_id = first["turn"]["session_id"]
    follow_up = ask(session_id=session_id, question="còn ở Bạc Liêu thì sao?")
    assert AnswerResponse.model_validate(follow_up)
    assert (follow_up["turn"]["session_id"], follow_up["turn"]["number"]) == (session_id, 2)
    assert follow_up["question"] == "còn ở Bạc Liêu thì sao?"
    assert "Bạc Liêu" in follow_up["turn"]["understood"]
    again = ask(session_id="không-còn-nữa")
    assert (again["turn"]["is_restarted"], again["turn"]["number"]) == (True, 1)


@pytest.mark.parametrize("stream", [False, True])
def test_conditions_last_until_others_are_sent(client: TestClient, stream: bool):
    def ask(**body: Any) -> dict[str, Any]:
        if stream:
            return _stream(client, **body)[-1].data
        return client.post("/v1/answer", json={"question": QUESTION, **body}).json()

    first = ask(session_id="new", province="Cà Mau")
    assert first["interpretation"]["filters"] == {"province": "Cà Mau"}
    session_id = first["turn"]["session_id"]
    kept = ask(session_id=session_id, question="còn năm 2022 thì sao?")
    assert kept["interpretation"]["filters"] == {"province": "Cà Mau"}
    lifted = ask(session_id=session_id, question="còn năm 2022 thì sao?", province=None)
    assert lifted["interpretation"]["filters"] == {}


def test_a_follow_up_that_is_unclear_is_a_refusal_of_the_usual_shape(client: TestClient):
    first = client.post("/v1/answer", json={"question": QUESTION, "session_id": "new"}).json()
    asked = {"question": "mô hình thứ chín thì sao?", "session_id": first["turn"]["session_id"]}
    response = client.post("/v1/answer", json=asked)
    assert response.status_code == 200
    assert (response.json()["status"], response.json()["reason"]) == ("no_answer", "ambiguous")
    events = _stream(client, **asked)
    assert [event.name for event in events] == ["search", "delta", "done"]
    assert SearchEvent.model_validate(events[0].data)


def test_a_language_model_of_the_settings_writes(settings: Settings):
    llm = LlmSettings(base_url="http://127.0.0.1:9/v1", model="thu")
    with TestClient(create_app(settings.model_copy(update={"llm": llm}))) as client:
        assert client.app.state.service.answerer.has_writer


def test_without_one_answers_are_quoted(client: TestClient):
    assert not client.app.state.service.answerer.has_writer


@pytest.mark.parametrize("settings", ["https://mohinh.example.vn/kho/"], indirect=True)
def test_links_are_absolute_where_the_public_address_is_known(client: TestClient):
    start = "https://mohinh.example.vn/kho/documents/"
    whole = client.post("/v1/answer", json={"question": QUESTION}).json()
    assert all(citation["permalink"].startswith(start) for citation in whole["citations"])
    events = _stream(client)
    assert [event.data for event in events if event.name == "citation"] == whole["citations"]


def test_links_are_paths_of_this_service_otherwise(client: TestClient):
    whole = client.post("/v1/answer", json={"question": QUESTION}).json()
    for citation in whole["citations"]:
        assert citation["permalink"].startswith("/documents/")
        assert client.get(citation["permalink"]).status_code == 200


def test_both_media_types_are_documented(client: TestClient):
    operation = client.get("/openapi.json").json()["paths"]["/v1/answer"]["post"]
    content = operation["responses"]["200"]["content"]
    assert list(content) == ["application/json", "text/event-stream"]
    names = [
        event.name for event in read_events(content["text/event-stream"]["example"].split("\n"))
    ]
    assert names == ["search", "citation", "delta", "done"]
    assert all(
        f"`{name}`" in operation["responses"]["200"]["description"]
        for name in ("search", "citation", "delta", "done", "error", "ping")
    )


def test_a_head_request_is_refused_without_a_body(client: TestClient):
    response = client.head("/v1/answer")
    assert (response.status_code, response.content) == (405, b"")
