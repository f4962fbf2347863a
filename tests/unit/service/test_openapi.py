import pytest
from pydantic import BaseModel

from retrieval.query import PART_NAMES
from service import examples, schemas
from service.briefs.export import MEDIA_TYPES
from service.schemas import AnswerRequest, AnswerResponse, SearchRequest, SearchResponse


def _references(node):
    if isinstance(node, dict):
        for key, value in node.items():
            if key == "$ref":
                yield value
            else:
                yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)


def test_schema_is_complete(client):
    schema = client.get("/openapi.json").json()
    assert schema["openapi"].startswith("3.1")
    assert set(schema["paths"]) == {
        "/v1/search",
        "/v1/answer",
        "/v1/briefs",
        "/v1/cases",
        "/v1/cases/{case_id}",
        "/v1/documents",
        "/v1/documents/{document_id}",
        "/v1/facets",
        "/v1/ingest",
        "/v1/jobs",
        "/v1/jobs/{job_id}",
        "/v1/jobs/{job_id}/cancel",
        "/v1/dead-letters",
        "/v1/dead-letters/retry",
        "/healthz",
        "/readyz",
    }
    for reference in _references(schema):
        node = schema
        for part in reference.removeprefix("#/").split("/"):
            node = node[part]
        assert node


def test_the_parts_that_can_be_switched_off_are_listed(client):
    models = client.get("/openapi.json").json()["components"]["schemas"]
    for name in ("SearchRequest", "AnswerRequest"):
        without = models[name]["properties"]["without"]
        assert without["items"]["enum"] == [*PART_NAMES, "all"]
        assert all(meaning in without["description"] for meaning in PART_NAMES.values())


def test_errors_are_documented_as_problems(client):
    schema = client.get("/openapi.json").json()
    for path, methods in schema["paths"].items():
        for operation in methods.values():
            assert operation["summary"], path
            assert operation["description"], path
            for status, response in operation["responses"].items():
                wanted = "application/json" if status < "400" else "application/problem+json"
                types = [wanted]
                if (path, status) == ("/v1/answer", "200"):
                    types.append("text/event-stream")
                if (path, status) == ("/v1/briefs", "200"):
                    types = [media.partition(";")[0] for media in MEDIA_TYPES.values()]
                assert list(response["content"]) == types, (path, status)
            if path != "/healthz":
                assert {"500", "503"} <= set(operation["responses"])


@pytest.mark.parametrize(
    ("model", "data"),
    [
        (SearchResponse, examples.SEARCH_RESPONSE),
        (AnswerResponse, examples.ANSWER_RESPONSE),
        *((SearchRequest, example["value"]) for example in examples.SEARCH_REQUESTS.values()),
        *((AnswerRequest, example["value"]) for example in examples.ANSWER_REQUESTS.values()),
    ],
)
def test_examples_fit_their_models(model: type[BaseModel], data):
    assert model.model_validate(data).model_dump(mode="json", exclude_unset=True) == data


def test_every_response_key_is_in_the_schema(client):
    data = client.post("/v1/search", json={"query": "tôm"}).json()
    hit = data["hits"][0]
    assert set(hit) == set(schemas.HitOut.model_fields)
    assert set(data) == set(SearchResponse.model_fields)
    assert set(data["interpretation"]) == {*schemas.Interpretation.model_fields, "mode"}
    answer = client.post("/v1/answer", json={"question": "lắp bao nhiêu mắt camera?"}).json()
    assert set(answer) == set(AnswerResponse.model_fields)
    assert set(answer["citations"][0]) == set(schemas.CitationOut.model_fields)
    document = client.get("/v1/documents/bai-nuoi-tom").json()
    assert set(document) == set(schemas.DocumentOut.model_fields)
    card = client.get("/v1/cases/mat-than-an-ninh").json()
    assert set(card) <= set(schemas.CaseCard.model_fields)
