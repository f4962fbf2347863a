import pytest
from fastapi.testclient import TestClient

from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import KnowledgeBase
from kb.settings import Settings
from retrieval.query import PART_NAMES
from retrieval.rendering import (
    answer_to_data,
    case_card_to_data,
    document_to_data,
    search_to_data,
)
from service.app import create_app


def _state(client: TestClient):
    return client.app.state.service


def _kb(client: TestClient) -> KnowledgeBase:
    return _state(client).kb


def _without_times(data):
    return {key: value for key, value in data.items() if key != "timings_ms"}


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_search_response_is_the_rendering(client, mode):
    response = client.post("/v1/search", json={"query": "nuôi tôm ở Cà Mau", "mode": mode})
    assert response.status_code == 200
    expected = search_to_data(_state(client).searcher.search("nuôi tôm ở Cà Mau", mode=mode))
    assert _without_times(response.json()) == _without_times(expected)
    assert list(response.json()) == list(expected)
    assert response.json()["timings_ms"].keys() == expected["timings_ms"].keys()
    assert response.json()["hits"]


@pytest.mark.parametrize(
    "question", ["Mắt thần an ninh lắp bao nhiêu mắt camera?", "Trồng sâm ở Kon Tum?", "rac nhua"]
)
def test_answer_response_is_the_rendering(client, question):
    response = client.post("/v1/answer", json={"question": question})
    assert response.status_code == 200
    expected = answer_to_data(_state(client).answerer.answer(question))
    assert _without_times(response.json()) == _without_times(expected)
    assert list(response.json()) == list(expected)


def test_citations_are_verbatim_in_the_document_that_the_api_serves(client):
    answer = client.post(
        "/v1/answer", json={"question": "Mắt thần an ninh lắp bao nhiêu mắt camera?"}
    ).json()
    assert answer["status"] == "answered"
    for citation in answer["citations"]:
        text = client.get(f"/v1/documents/{citation['document_id']}").json()["text"]
        assert text[citation["start_char"] : citation["end_char"]] == citation["quote"]


def test_filters_restrict_and_top_k_limits(client):
    body = {"query": "mô hình", "province": "bac lieu", "top_k": 1}
    hits = client.post("/v1/search", json=body).json()["hits"]
    assert [hit["document_id"] for hit in hits] == ["thu-gom-rac-thai-nhua"]
    body = {"query": "mô hình", "province": "Cà Mau", "field": "Văn hóa - xã hội"}
    hits = client.post("/v1/search", json=body).json()["hits"]
    assert [hit["document_id"] for hit in hits] == ["thu-gom-rac-thai-nhua"]


@pytest.mark.parametrize(("path", "key"), [("/v1/search", "query"), ("/v1/answer", "question")])
def test_parts_of_the_understanding_are_switched_off(client, path, key):
    body = {key: "nuôi tôm của HTX ở Cà Mau"}
    shown = client.post(path, json=body).json()["interpretation"]
    assert shown["abbreviations"] == [{"short": "HTX", "long": ["hợp tác xã"]}]
    assert shown["without"] == []
    body["without"] = ["places", "abbreviations", "places"]
    shown = client.post(path, json=body).json()["interpretation"]
    assert (shown["abbreviations"], shown["places"], shown["provinces"]) == ([], [], [])
    assert shown["without"] == ["abbreviations", "places"]
    shown = client.post(path, json={**body, "without": ["all"]}).json()["interpretation"]
    assert shown["without"] == list(PART_NAMES)


def test_unknown_parts_are_refused_with_the_names(client):
    response = client.post("/v1/search", json={"query": "tôm", "without": ["spelling"]})
    assert response.status_code == 422
    detail = response.json()["detail"]
    assert "'spelling'" in detail
    assert all(f"{name} ({meaning})" in detail for name, meaning in PART_NAMES.items())


def test_cases_are_cards(client):
    data = client.get("/v1/cases", params={"limit": 2}).json()
    total, rows = _kb(client).store.list_cases(limit=2)
    assert data == {
        "total": total,
        "limit": 2,
        "offset": 0,
        "cases": [case_card_to_data(*row) for row in rows],
    }
    one = client.get("/v1/cases/mat-than-an-ninh").json()
    assert one == case_card_to_data(*_kb(client).store.get_case("mat-than-an-ninh"))


def test_cases_are_filtered_and_paged(client):
    data = client.get("/v1/cases", params={"province": "ca mau", "limit": 1, "offset": 2}).json()
    assert (data["total"], len(data["cases"])) == (3, 1)
    data = client.get("/v1/cases", params={"province": "Bạc Liêu", "topic": "Môi trường"}).json()
    assert [case["case_id"] for case in data["cases"]] == ["thu-gom-rac-thai-nhua"]


@pytest.mark.parametrize("document_id", ["mat-than-an-ninh", "bai-nuoi-tom"])
def test_document_is_the_rendering(client, document_id):
    data = client.get(f"/v1/documents/{document_id}").json()
    assert data == document_to_data(_kb(client).store.get_document(document_id))


def test_documents_are_listed(client):
    data = client.get("/v1/documents", params={"limit": 1, "offset": 1}).json()
    assert (data["total"], data["limit"], data["offset"]) == (4, 1, 1)
    assert data["documents"][0]["document_id"] == "mat-than-an-ninh"


def test_facets_count_todays_province_with_its_parts(client):
    data = client.get("/v1/facets").json()
    provinces = {row["name"]: row for row in data["provinces"]}
    assert data["cases"] == 3
    assert provinces["Cà Mau"] == {"name": "Cà Mau", "today": "Cà Mau", "cases": 3}
    assert provinces["Bạc Liêu"] == {"name": "Bạc Liêu", "today": "Cà Mau", "cases": 1}
    assert len([row for row in data["provinces"] if row["name"] == row["today"]]) == 34
    assert {row["value"]: row["cases"] for row in data["fields"]}["kinh-te"] == 1
    assert {row["value"]: row["name"] for row in data["topics"]}["phu-nu"] == "Phụ nữ"


def test_readiness_counts(client):
    assert client.get("/healthz").json() == {"status": "ok"}
    data = client.get("/readyz").json()
    assert (data["status"], data["documents"], data["cases"]) == ("ready", 4, 3)
    assert data["chunks"] == data["indexed_chunks"] > 0


def test_not_ready_before_the_knowledge_base_is_open(settings: Settings):
    client = TestClient(create_app(settings, embedder=HashingEmbedder()))  # lifespan not run
    response = client.get("/readyz")
    assert response.status_code == 503
    assert response.json()["code"] == "store_unavailable"
    assert response.headers["retry-after"]
    assert client.get("/healthz").status_code == 200


def test_the_directory_is_free_after_shutdown(settings: Settings):
    for _ in range(2):
        with TestClient(create_app(settings, embedder=HashingEmbedder())) as client:
            assert client.get("/readyz").status_code == 200


def test_empty_knowledge_base_answers_with_its_reason(empty_client):
    data = empty_client.post("/v1/answer", json={"question": "nuôi tôm"}).json()
    assert (data["status"], data["reason"]) == ("no_answer", "empty_knowledge_base")
    assert empty_client.post("/v1/search", json={"query": "nuôi tôm"}).json()["hits"] == []
    assert empty_client.get("/v1/cases").json()["total"] == 0


def test_head_is_get_without_body(client):
    for path in ("/", "/healthz", "/v1/cases"):
        response = client.head(path)
        assert (response.status_code, response.content) == (200, b"")
