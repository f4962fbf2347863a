"""Jobs and failures over HTTP."""

import time
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ingest.remote import TOKEN_FILE
from kb.settings import Settings
from kb.store import DeadLetter, Job
from service.job_text import failure_key

# Refused by the guard against private addresses, so nothing is fetched.
ADDRESS = "http://127.0.0.1:9/bai"


@pytest.fixture
def local(empty_client: TestClient) -> TestClient:
    return TestClient(empty_client.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000))


@pytest.fixture
def key(local: TestClient, settings: Settings) -> dict[str, str]:
    token = (settings.data_dir / TOKEN_FILE).read_text(encoding="utf-8")
    return {"Authorization": f"Bearer {token}"}


def ended(client: TestClient, job_id: str) -> dict[str, Any]:
    """Wait until a job ended."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        job = client.get(f"/v1/jobs/{job_id}").json()
        if job["status"] not in {"queued", "running"}:
            return job
        time.sleep(0.02)
    pytest.fail(f"the job did not end: {job}")


def jobs_of(client: TestClient) -> Any:
    return client.app.state.service.kb.store.jobs


def add_jobs(client: TestClient, count: int, **values: Any) -> list[str]:
    """Note jobs that ended already, oldest first, and return their ids."""
    for number in range(count):
        created = f"2026-03-01T00:00:0{number}.000+00:00"
        request = {"targets": [f"/kho/{number}"], "uploads": []}
        job = Job(**{"status": "done", "report": {"added": 1}, **values}, job_id=f"luot-{number}",
                  created_at=created, request=request)  # fmt: skip
        jobs_of(client).add(job)
    return [f"luot-{number}" for number in range(count)]


def test_a_job_is_made_and_named_by_its_location(local):
    response = local.post("/v1/documents", json={"urls": [ADDRESS], "force": True})
    assert response.status_code == 202
    job = response.json()
    assert response.headers["location"] == f"/v1/jobs/{job['job_id']}"
    assert set(job) == {
        "job_id", "status", "created_at", "started_at", "finished_at",
        "request", "progress", "report", "error",
    }  # fmt: skip
    assert job["request"]["targets"] == [ADDRESS]
    assert job["request"]["force"] is True
    done = ended(local, job["job_id"])
    assert done["status"] == "done"
    assert done["created_at"] <= done["started_at"] <= done["finished_at"]
    assert [item["code"] for item in done["report"]["items"]] == ["fetch_refused"]


def test_paths_are_taken_from_who_holds_the_key(local, key, tmp_path):
    folder = tmp_path / "goc"
    (folder / "con").mkdir(parents=True)
    (folder / "a.txt").write_text("Bà con góp công làm đường hoa dài 2 km.", encoding="utf-8")
    (folder / "con" / "b.txt").write_text("Tổ tự quản nhặt rác bến sông.", encoding="utf-8")
    body = {"targets": [str(folder)], "recursive": True}
    response = local.post("/v1/ingest", json=body, headers=key)
    assert response.status_code == 202
    report = ended(local, response.json()["job_id"])["report"]
    assert report["added"] == 2
    stored = {row["document_id"] for row in local.get("/v1/documents").json()["documents"]}
    assert {item["document_id"] for item in report["items"] if item["outcome"] == "added"} == stored


def test_a_path_that_does_not_exist_breaks_the_job_off_with_a_reason(local, key):
    response = local.post("/v1/ingest", json={"targets": ["/khong/co"]}, headers=key)
    job = ended(local, response.json()["job_id"])
    assert (job["status"], job["error"]["code"]) == ("failed", "source_unavailable")
    assert "/khong/co" in job["error"]["detail"]
    assert job["report"] is None
    assert "Lượt nạp bị đứt" in local.get(f"/jobs/{job['job_id']}").text


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (b"{}", "/urls"),
        (b'{"urls": []}', "/urls"),
        (b'{"urls": ["ftp://a.vn/"]}', "/urls/0"),
        (b'{"urls": ["list:/etc/passwd"]}', "/urls/0"),
        (b'{"urls": ["http://a.vn/ b"]}', "/urls/0"),
        (b'{"urls": ["http://a.vn/"], "recursive": true}', "/recursive"),
        (b'{"urls": ["http://a.vn/\\ud800"]}', "/urls/0"),
        (b"[]", ""),
    ],
)
def test_a_body_of_another_shape_says_where_it_is_wrong(local, body, pointer):
    response = local.post("/v1/documents", content=body)
    assert (response.status_code, response.json()["code"]) == (422, "invalid_request")
    assert [item["pointer"] for item in response.json()["errors"]] == [pointer]
    assert local.get("/v1/jobs").json()["total"] == 0


@pytest.mark.parametrize("body", [b"", b"{", b"url=http", b"\xff\xfe{}", b"[" * 100_000])
def test_a_body_that_is_no_json_is_said(local, body):
    response = local.post("/v1/documents", content=body)
    assert (response.status_code, response.json()["code"]) == (400, "malformed_body")


def test_jobs_are_listed_newest_first_without_their_reports(local):
    ids = add_jobs(local, 5)
    page = local.get("/v1/jobs", params={"limit": 2, "offset": 1}).json()
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 1)
    assert [job["job_id"] for job in page["jobs"]] == [ids[3], ids[2]]
    assert {job["report"] for job in page["jobs"]} == {None}
    assert local.get(f"/v1/jobs/{ids[3]}").json()["report"] == {"added": 1}
    assert local.get("/v1/jobs", params={"offset": 5}).json()["jobs"] == []


def test_jobs_are_listed_by_status(local):
    add_jobs(local, 2, status="cancelled")
    assert local.get("/v1/jobs", params={"status": "cancelled"}).json()["total"] == 2
    assert local.get("/v1/jobs", params={"status": "done"}).json()["total"] == 0
    assert local.get("/v1/jobs", params={"status": "xong"}).status_code == 422


def test_a_job_that_ended_is_not_changed_by_cancelling(local):
    [job_id] = add_jobs(local, 1)
    response = local.post(f"/v1/jobs/{job_id}/cancel")
    assert (response.status_code, response.json()["status"]) == (200, "done")


@pytest.mark.parametrize("path", ["/v1/jobs/khong-co", "/jobs/khong-co"])
def test_unknown_jobs_are_not_found(local, path):
    shown = local.get(path)
    assert shown.status_code == 404
    assert "Không có lượt nạp" in shown.text
    assert local.post(f"{path}/cancel").json()["code"] == "job_not_found"


def failure(number: int) -> DeadLetter:
    return DeadLetter(f"/kho/goi.zip!/tep-{number}.pdf", "extraction_failed", "Tệp hỏng.", False)


def test_failures_are_listed_with_remedies_page_by_page(local):
    store = local.app.state.service.kb.store.dead_letters
    store.record([failure(number) for number in range(3)])
    store.record([failure(1)])
    page = local.get("/v1/dead-letters", params={"limit": 1}).json()
    assert page["total"] == 3
    [row] = page["dead_letters"]
    assert (row["origin"], row["attempts"]) == ("/kho/goi.zip!/tep-1.pdf", 2)
    assert (row["code"], row["reason"], row["retryable"]) == (
        "extraction_failed",
        "Tệp hỏng.",
        False,
    )
    shown = local.get("/jobs").text
    assert "Chưa nạp được (3)" in shown
    assert "goi.zip → tep-2.pdf" in shown
    assert "/kho/" not in shown


def test_retrying_reads_what_failed_and_takes_it_off(local, key, tmp_path):
    path = tmp_path / "goc" / "a.txt"
    path.parent.mkdir()
    path.write_bytes(b"")
    first = local.post("/v1/ingest", json={"targets": [str(path)]}, headers=key)
    assert ended(local, first.json()["job_id"])["report"]["failed"] == 1
    letters = local.get("/v1/dead-letters").json()["dead_letters"]
    assert [row["origin"] for row in letters] == [str(path)]
    assert letters[0]["job_id"] == first.json()["job_id"]
    path.write_text("Bà con góp công làm đường hoa dài 2 km.", encoding="utf-8")
    again = local.post("/v1/dead-letters/retry")
    assert again.headers["location"] == f"/v1/jobs/{again.json()['job_id']}"
    assert ended(local, again.json()["job_id"])["report"]["added"] == 1
    assert local.get("/v1/dead-letters").json()["total"] == 0


def test_deleting_names_what_is_not_there(local):
    response = local.delete("/v1/documents/khong-co")
    assert (response.status_code, response.json()["code"]) == (404, "document_not_found")


def test_the_page_of_a_job_shows_what_became_of_its_sources(local, key, tmp_path: Path):
    folder = tmp_path / "goc"
    folder.mkdir()
    (folder / "a.txt").write_text("Bà con góp công làm đường hoa dài 2 km.", encoding="utf-8")
    (folder / "<b>.txt").write_bytes(b"")
    started = local.post("/v1/ingest", json={"targets": [str(folder)]}, headers=key)
    job = ended(local, started.json()["job_id"])
    page = local.get(f"/jobs/{job['job_id']}").text
    assert "thêm mới 1, lỗi 1" in page
    assert "&lt;b&gt;.txt" in page
    assert "<b>.txt" not in page
    assert 'http-equiv="refresh"' not in page
    [added] = [item for item in job["report"]["items"] if item["outcome"] == "added"]
    assert f'href="/documents/{added["document_id"]}"' in page


def test_a_failure_can_be_taken_off_the_list(local: TestClient) -> None:
    letters = local.app.state.service.kb.store.dead_letters
    letters.record([DeadLetter("upload:abc/hong.docx", "extraction_failed", "hỏng", False)])
    page = local.get("/jobs").text
    assert "hong.docx" in page
    response = local.post(
        "/jobs/dismiss",
        data={"failure": failure_key("upload:abc/hong.docx")},
        follow_redirects=False,
    )
    assert (response.status_code, response.headers["location"]) == (303, "/jobs")
    assert letters.list() == (0, [])
    assert "hong.docx" not in local.get("/jobs").text
