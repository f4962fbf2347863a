"""Forms with files: what is kept, under which name, and what is refused."""

import time
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from kb.embedders.hashing import HashingEmbedder
from kb.settings import Settings
from service.app import create_app

TEXT = "Bà con góp công làm đường hoa dài 2 km.".encode()


@pytest.fixture
def local(empty_client: TestClient) -> TestClient:
    return TestClient(empty_client.app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000))


def send(client: TestClient, *files: tuple[str, bytes], **fields: str):
    named = [("file", (name, content)) for name, content in files]
    return client.post("/v1/documents", files=named or None, data=fields)


def send_fields(client: TestClient, path: str, **fields: str):
    """Send a multipart form without any file."""
    parts = [(name, (None, value)) for name, value in fields.items()]
    return client.post(path, files=parts, follow_redirects=False)


def kept(settings: Settings) -> list[Path]:
    return sorted(path for path in (settings.data_dir / "uploads").rglob("*") if path.is_file())


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("../../../etc/cron.d/duong-hoa.txt", "duong-hoa.txt"),
        ("C:\\Users\\lan\\Đường hoa.txt", "Đường hoa.txt"),
        ("a/b!/c.txt", "c.txt"),
        ("Đường hoa.txt", "Đường hoa.txt"),
        (".duong.txt", "duong.txt"),
        ("x" * 300 + ".txt", "x" * 116 + ".txt"),
    ],
)  # fmt: skip
def test_only_the_last_part_of_a_name_is_used(local, settings, sent, name):
    response = send(local, (sent, TEXT))
    assert response.status_code == 202
    [upload] = response.json()["request"]["uploads"]
    assert upload.startswith("upload:")
    assert upload.partition("/")[2] == name
    [path] = kept(settings)
    assert path.name == name
    assert path.read_bytes() == TEXT
    assert path.is_relative_to(settings.data_dir / "uploads")


def test_several_files_are_one_job(local, settings):
    response = send(local, ("a.txt", TEXT), ("b.txt", TEXT + b"!"), ("a.txt", TEXT + b"?"))
    assert response.status_code == 202
    assert len(set(response.json()["request"]["uploads"])) == 3
    assert len(kept(settings)) == 3


def test_the_same_file_sent_twice_is_kept_once(local, settings):
    first, second = (send(local, ("a.txt", TEXT)).json() for _ in range(2))
    assert first["request"] == second["request"]
    assert first["job_id"] != second["job_id"]
    assert len(kept(settings)) == 1


def test_a_form_without_a_file_says_how_to_send_one(local):
    response = send_fields(local, "/v1/documents", file="baocao.docx")
    assert response.status_code == 422
    assert "-F file=@" in response.json()["detail"]
    assert local.get("/v1/jobs").json()["total"] == 0


def test_the_field_for_files_left_empty_in_a_browser_is_no_file(local, settings):
    boundary = "x" * 20
    body = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename=""\r\n'
        f"Content-Type: application/octet-stream\r\n\r\n\r\n--{boundary}--\r\n"
    )
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    page = local.post("/jobs", content=body, headers=headers)
    assert page.status_code == 422
    assert "Chưa có tệp nào" in page.text
    assert page.headers["content-type"].startswith("text/html")
    assert kept(settings) == []


def test_more_files_than_a_form_may_have_are_refused_with_the_number(local, settings):
    response = send(local, *((f"{number}.txt", TEXT) for number in range(201)))
    assert response.status_code == 422
    assert "200 tệp" in response.json()["detail"]
    assert kept(settings) == []
    assert local.get("/v1/jobs").json()["total"] == 0


@pytest.mark.parametrize("header", ["multipart/form-data", "multipart/form-data; boundary=khac"])
def test_a_broken_form_is_said(local, header):
    response = local.post("/v1/documents", content=b"khong phai", headers={"Content-Type": header})
    assert (response.status_code, response.json()["code"]) == (422, "extraction_failed")
    assert "Biểu mẫu" in response.json()["detail"]


@pytest.mark.parametrize(
    ("name", "content", "status", "code", "words"),
    [
        ("anh.jpg", b"\xff\xd8", 415, "unsupported_source", "'.jpg'"),
        ("khong-duoi", TEXT, 415, "unsupported_source", "không có đuôi tệp"),
        ("trang.urls", b"http://127.0.0.1/", 415, "unsupported_source", "'.urls'"),
        ("rong.docx", b"", 422, "empty_document", "tệp rỗng"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_makes_no_job(
    local, settings, name, content, status, code, words
):
    response = send(local, (name, content))
    assert (response.status_code, response.json()["code"]) == (status, code)
    assert name in response.json()["detail"]
    assert words in response.json()["detail"]
    assert local.get("/v1/jobs").json()["total"] == 0
    assert kept(settings) == []


def test_a_file_over_the_limit_is_refused_and_not_kept(settings):
    service = settings.service.model_copy(update={"max_upload_mb": 0.01})
    app = create_app(settings.model_copy(update={"service": service}), embedder=HashingEmbedder())
    with TestClient(app, base_url="http://127.0.0.1", client=("127.0.0.1", 50000)) as client:
        response = send(client, ("a.txt", b"a" * 20_000))
        assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
        assert send(client, ("a.txt", TEXT)).status_code == 202
    assert [path.read_bytes() for path in kept(settings)] == [TEXT]


def test_the_form_of_the_page_takes_an_address(local):
    response = send_fields(local, "/jobs", url="  http://127.0.0.1:9/a  ")
    assert response.status_code == 303
    job = local.get(f"/v1{response.headers['location']}").json()
    assert job["request"]["targets"] == ["http://127.0.0.1:9/a"]


@pytest.mark.parametrize("url", ["file:///etc/passwd", "list:/etc/passwd", "/etc/passwd", "a.urls"])
def test_an_address_that_names_a_file_of_the_machine_is_refused(local, url):
    for path in ("/jobs", "/v1/documents"):
        response = send_fields(local, path, url=url)
        assert response.status_code == 422
        assert "http://" in response.text
    assert local.get("/v1/jobs").json()["total"] == 0


def test_the_form_of_the_page_retries_what_failed(local):
    response = send_fields(local, "/jobs", retry="1")
    assert response.status_code == 303
    assert local.get(f"/v1{response.headers['location']}").json()["request"]["retry_failed"]


def test_a_form_refused_in_the_middle_leaves_no_file_behind(local, settings):
    response = send(local, ("mot.txt", TEXT), ("hai.exe", b"x"))
    assert response.status_code == 415
    assert kept(settings) == []


def test_a_form_refused_in_the_middle_leaves_what_others_sent(local, settings):
    send(local, ("mot.txt", TEXT))
    assert send(local, ("mot.txt", TEXT), ("hai.exe", b"x")).status_code == 415
    assert [path.name for path in kept(settings)] == ["mot.txt"]


def test_deleting_the_only_document_of_an_upload_deletes_what_was_sent(local, settings):
    job_id = send(local, ("mot.txt", TEXT)).json()["job_id"]
    deadline = time.monotonic() + 60
    while local.get(f"/v1/jobs/{job_id}").json()["status"] != "done":
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert len(kept(settings)) == 1
    [document] = [
        row
        for row in local.get("/v1/documents").json()["documents"]
        if row["document_id"].startswith("mot")
    ]
    assert local.delete(f"/v1/documents/{document['document_id']}").status_code == 200
    assert kept(settings) == []
