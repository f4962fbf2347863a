import logging

import pytest

from kb import errors
from kb.errors import KbError
from service.error_handlers import STATUS_OF, TITLES

API_PROBLEM_KEYS = {"type", "title", "status", "detail", "instance", "code"}


def _all_errors(kind: type[KbError] = KbError) -> list[type[KbError]]:
    return [kind, *(found for sub in kind.__subclasses__() for found in _all_errors(sub))]


def _is_problem(response, status: int, code: str) -> bool:
    data = response.json()
    assert (response.status_code, data.get("code")) == (status, code), response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert data.keys() - {"errors"} == API_PROBLEM_KEYS
    assert data["status"] == status
    assert data["type"] == f"/api#{code}"
    return True


@pytest.mark.parametrize("kind", [k for k in _all_errors() if k.__module__ == "kb.errors"])
def test_every_error_has_a_status_and_a_title(kind):
    assert kind in STATUS_OF, f"give {kind.__name__} a status in service/error_handlers.py"
    assert TITLES[kind.code]


def test_retryable_errors_are_503_or_502():
    for kind, status in STATUS_OF.items():
        assert kind.retryable == (status in {502, 503})


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        (errors.EmptyQuery, 422),
        (errors.StoreUnavailable, 503),
        (errors.ModelUnavailable, 503),
        (errors.StoreLocked, 503),
        (errors.IndexMismatch, 500),
        (errors.KbError, 500),
    ],
)
def test_kb_errors_become_problems(broken, kind, status, caplog):
    with caplog.at_level(logging.ERROR):
        response = broken(kind("mật: /srv/kb")).post("/v1/search", json={"query": "tôm"})
    assert _is_problem(response, status, kind.code)
    if status >= 500:  # our own faults are told in the log only
        assert "mật" not in response.text
        assert "mật" in caplog.text
    assert ("retry-after" in response.headers) == (status == 503)


def test_unexpected_exceptions_leak_nothing(broken, caplog):
    with caplog.at_level(logging.ERROR):
        response = broken(RuntimeError("password=abc")).post("/v1/search", json={"query": "tôm"})
    assert _is_problem(response, 500, "internal_error")
    assert "abc" not in response.text
    assert "Traceback" not in response.text
    assert "password=abc" in caplog.text
    assert response.headers["x-content-type-options"] == "nosniff"


def test_unexpected_exceptions_on_pages_are_a_page(broken):
    response = broken(RuntimeError("password=abc")).get("/", params={"q": "tôm"})
    assert response.status_code == 500
    assert response.headers["content-type"] == "text/html; charset=utf-8"
    assert "Lỗi bên trong dịch vụ" in response.text
    assert "abc" not in response.text


@pytest.mark.parametrize(
    ("body", "code", "pointer", "words"),
    [
        ({}, "invalid_request", "/query", "bị thiếu"),
        ({"query": 3}, "invalid_request", "/query", "phải là chữ"),
        ({"query": "tôm", "top_k": 0}, "invalid_request", "/top_k", "từ 1"),
        ({"query": "tôm", "top_k": 101}, "invalid_request", "/top_k", "100"),
        ({"query": "tôm", "top_k": 2.5}, "invalid_request", "/top_k", "số nguyên"),
        ({"query": "tôm", "mode": "x"}, "invalid_request", "/mode", "một trong"),
        ({"query": "tôm", "year": "hai"}, "invalid_request", "/year", "số nguyên"),
        ({"query": "tôm", "k": 1}, "invalid_request", "/k", "không phải là khóa"),
        ({"query": "tôm", "without": "typos"}, "invalid_request", "/without", ""),
        ({"query": "tôm", "without": [3]}, "invalid_request", "/without/0", "phải là chữ"),
        ([], "invalid_request", "", "đối tượng JSON"),
    ],
)
def test_wrong_requests_name_what_is_wrong(client, body, code, pointer, words):
    response = client.post("/v1/search", json=body)
    assert _is_problem(response, 422, code)
    (item,) = response.json()["errors"]
    assert item["pointer"] == pointer
    assert words in item["detail"]


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"query": " ?! "}, "empty_query"),
        ({"query": ""}, "empty_query"),
        ({"query": "a" * 5001}, "query_too_long"),
        ({"query": "tôm", "province": "Atlantis"}, "invalid_filter"),
        ({"query": "tôm", "field": "x"}, "invalid_filter"),
        ({"query": "tôm", "topic": "zzz"}, "invalid_filter"),
        ({"query": "tôm", "year": 1800}, "invalid_filter"),
        ({"query": "tôm", "without": ["synonyms", "spelling"]}, "invalid_filter"),
    ],
)
def test_queries_that_cannot_be_answered(client, body, code):
    assert _is_problem(client.post("/v1/search", json=body), 422, code)
    question = {"question": body.pop("query"), **body}
    assert _is_problem(client.post("/v1/answer", json=question), 422, code)


@pytest.mark.parametrize("content", [b'{"query": ', b"\xff\xfe", b"", b"[" * 200_000])
def test_malformed_json(client, content):
    response = client.post(
        "/v1/search", content=content, headers={"content-type": "application/json"}
    )
    assert response.status_code in {400, 422}
    assert _is_problem(response, response.status_code, response.json()["code"])


def test_lone_surrogates_are_refused(client):
    response = client.post(
        "/v1/search",
        content=rb'{"query": "t\ud800m"}',
        headers={"content-type": "application/json"},
    )
    assert _is_problem(response, 422, "invalid_request")


def test_large_bodies_are_refused_whether_or_not_they_say_so(client):
    body = b" " * 1_000_001
    assert _is_problem(client.post("/v1/search", content=body), 413, "body_too_large")
    chunks = client.post("/v1/search", content=iter([b" " * 600_000] * 2))
    assert _is_problem(chunks, 413, "body_too_large")


def test_unknown_addresses_and_methods(client):
    assert _is_problem(client.get("/v1/khong-có"), 404, "not_found")
    assert client.get("/v1/khong-có").json()["instance"] == "/v1/khong-c%C3%B3"
    response = client.delete("/v1/cases")
    assert _is_problem(response, 405, "method_not_allowed")
    assert "GET" in response.headers["allow"]
    assert _is_problem(client.get("/v1/cases/x"), 404, "case_not_found")
    assert _is_problem(client.get("/v1/documents/x"), 404, "document_not_found")
    assert _is_problem(client.get("/v1/cases/%00%C3%A0"), 404, "case_not_found")


@pytest.mark.parametrize("query", ["limit=0", "limit=abc", "offset=-1", f"offset={10**30}"])
def test_wrong_pages_of_lists(client, query):
    response = client.get(f"/v1/documents?{query}")
    assert _is_problem(response, 422, "invalid_request")
    assert response.json()["errors"][0]["parameter"] == query.split("=")[0]


def test_pages_get_pages_and_programs_get_problems(client):
    page = client.get("/cases/khong-co")
    assert page.status_code == 404
    assert "Không có mô hình này" in page.text
    assert "text/html" in page.headers["content-type"]
    as_json = client.get("/cases/khong-co", headers={"accept": "application/json"})
    assert _is_problem(as_json, 404, "case_not_found")
    assert "text/html" in client.get("/x", headers={"accept": "text/html"}).headers["content-type"]
    assert _is_problem(client.get("/x"), 404, "not_found")
    assert "text/html" in client.get("/documents/khong-co").headers["content-type"]
