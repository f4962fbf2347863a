"""Taking documents in through a running service, with real processes, stops and crashes."""

import io
import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import docx
import httpx
import pytest

from ingest.report import IngestReport
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import open_knowledge_base
from kb.settings import EmbedderSettings, load_settings
from tests.e2e import misbehaving_server as web

pytestmark = pytest.mark.slow

KB = (sys.executable, "-c", "from kb.cli import main; main()")
PATIENCE_SECONDS = 60
OPEN = {"queued", "running"}


def environment_of(data: Path, **settings: str) -> dict[str, str]:
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("KB_")},
        "KB_DATA_DIR": str(data),
        "KB_EMBEDDER__KIND": "hashing",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONIOENCODING": "utf-8",
        **settings,
    }


def run_kb(environment: Mapping[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KB, *arguments], env=environment, capture_output=True, text=True,
        timeout=PATIENCE_SECONDS, check=False,
    )  # fmt: skip


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Service:
    """A running `kb serve` with a client on the same machine."""

    def __init__(self, process: subprocess.Popen[str], url: str, data: Path) -> None:
        self.process = process
        self.data = data
        self.client = httpx.Client(base_url=url, trust_env=False, timeout=30)

    def get(self, path: str, **parameters: Any) -> Any:
        response = self.client.get(path, params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def upload(self, *files: tuple[str, bytes]) -> httpx.Response:
        return self.client.post("/v1/documents", files=[("file", file) for file in files])

    def add_address(self, url: str) -> dict[str, Any]:
        response = self.client.post("/v1/documents", json={"urls": [url]})
        assert response.status_code == 202, response.text
        return self.ended(response.json()["job_id"])

    def add_path(self, path: Path) -> str:
        key = (self.data / "service.token").read_text(encoding="utf-8")
        body = {"targets": [str(path)], "recursive": True}
        headers = {"Authorization": f"Bearer {key}"}
        response = self.client.post("/v1/ingest", json=body, headers=headers)
        assert response.status_code == 202, response.text
        return response.json()["job_id"]

    def until(self, job_id: str, reached: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Poll a job until it is as wanted."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < deadline:
            job = self.get(f"/v1/jobs/{job_id}")
            if reached(job):
                return job
            time.sleep(0.05)
        pytest.fail(f"the job did not get there: {job}")

    def ended(self, job_id: str) -> dict[str, Any]:
        return self.until(job_id, lambda job: job["status"] not in OPEN)

    def until_stored(self, job_id: str, count: int) -> None:
        """Wait until a running job has stored some documents."""
        stored = lambda: self.get("/readyz")["documents"] >= count  # noqa: E731
        job = self.until(job_id, lambda job: job["status"] not in OPEN or stored())
        assert job["status"] == "running", "the job ended before it could be broken off"

    def finds(self, words: str) -> list[str]:
        body = {"query": words, "mode": "lexical"}
        response = self.client.post("/v1/search", json=body)
        return [hit["document_id"] for hit in response.json()["hits"] if words in hit["snippet"]]


@contextmanager
def serving(data: Path, **settings: str) -> Iterator[Service]:
    environment = environment_of(data, **settings)
    port = str(free_port())
    process = subprocess.Popen(
        [*KB, "serve", "--port", port], env=environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    watchdog = threading.Timer(PATIENCE_SECONDS * 2, process.kill)
    watchdog.start()
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"Đang phục vụ tại (http://\S+)", line):
                service = Service(process, found[1], data)
                # Nobody reads on; a full pipe would stop the service.
                drain = threading.Thread(target=process.stderr.read, daemon=True)
                drain.start()
                try:
                    yield service
                finally:
                    service.client.close()
                    stop(process)
                    drain.join()
                break
        else:
            pytest.fail(f"the service did not start: {''.join(lines)}")
    finally:
        watchdog.cancel()
        stop(process)
        process.stderr.close()


def stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
        process.wait(PATIENCE_SECONDS)


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests that need no other settings and stop nothing."""
    data = tmp_path_factory.mktemp("jobs") / "data"
    with serving(data, KB_SERVICE__MAX_UPLOAD_MB="0.2") as running:
        yield running


def report_of(*paragraphs: str) -> bytes:
    document = docx.Document()
    for paragraph in paragraphs:
        document.add_paragraph(paragraph)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def archive_of(**members: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in members.items():
            archive.writestr(f"Năm 2024/{name}.txt", text)
    return buffer.getvalue()


def counts(report: Mapping[str, Any]) -> dict[str, int]:
    """The counts of a report that are not zero."""
    names = ("added", "updated", "unchanged", "removed", "repaired", "skipped", "failed")
    return {name: report[name] for name in names if report[name]}


# --- uploads --------------------------------------------------------------------------------


def test_uploads_become_a_job_and_are_found(service: Service) -> None:
    word = "Xã Mỹ Lệ dựng 17 cổng rào bằng tre ngà."
    files = (
        ("Báo cáo.docx", report_of("Cổng rào tre ngà", word)),
        ("goi.zip", archive_of(a="Ấp Rạch Bần đắp 903 m bờ bao.", b="Ấp Cây Da trồng 88 gốc dừa.")),
    )
    response = service.upload(*files)
    assert response.status_code == 202
    job_id = response.json()["job_id"]
    assert response.headers["location"] == f"/v1/jobs/{job_id}"
    job = service.ended(job_id)
    assert job["status"] == "done"
    assert counts(job["report"]) == {"added": 3}
    for words in (word, "Ấp Rạch Bần đắp 903 m bờ bao.", "Ấp Cây Da trồng 88 gốc dừa."):
        assert len(service.finds(words)) == 1
    again = service.ended(service.upload(*files).json()["job_id"])
    assert counts(again["report"]) == {"unchanged": 3}


@pytest.mark.parametrize("in_blocks", [False, True], ids=["declared", "chunked"])
def test_a_body_over_the_limit_is_refused(service: Service, in_blocks: bool) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    blocks = [head, *([b"a" * 50_000] * 5), b"\r\n--x--\r\n"]
    response = service.client.post(
        "/v1/documents",
        content=iter(blocks) if in_blocks else b"".join(blocks),
        headers={"Content-Type": "multipart/form-data; boundary=x"},
    )
    assert (response.status_code, response.json()["code"]) == (413, "body_too_large")
    assert service.client.get("/healthz").status_code == 200


def test_what_cannot_be_read_at_all_is_refused_at_once(service: Service) -> None:
    total = service.get("/v1/jobs")["total"]
    unknown, empty = service.upload(("anh.jpg", b"\xff\xd8")), service.upload(("rong.txt", b""))
    assert (unknown.status_code, unknown.json()["code"]) == (415, "unsupported_source")
    assert (empty.status_code, empty.json()["code"]) == (422, "empty_document")
    assert service.get("/v1/jobs")["total"] == total


def test_a_bad_file_beside_a_good_one_is_reported_and_hides_nothing(service: Service) -> None:
    good = "Xóm Bến Đò góp 26 ghe chở học sinh."
    job = service.ended(
        service.upload(("hong.pdf", b"%PDF-1.4 hong"), ("tot.txt", good.encode())).json()["job_id"]
    )
    assert counts(job["report"]) == {"added": 1, "failed": 1}
    assert len(service.finds(good)) == 1
    [letter] = [
        row
        for row in service.get("/v1/dead-letters")["dead_letters"]
        if row["origin"].endswith("/hong.pdf")
    ]
    assert (letter["code"], letter["job_id"]) == ("extraction_failed", job["job_id"])


def test_a_deleted_document_comes_back_when_it_is_sent_again(service: Service) -> None:
    words = "Thôn Đá Bạc lát 640 m đường bằng gạch cũ."
    file = ("duong-gach.txt", words.encode())
    service.ended(service.upload(file).json()["job_id"])
    [document_id] = service.finds(words)
    deleted = service.client.delete(f"/v1/documents/{document_id}")
    assert deleted.json() == {"deleted": [document_id]}
    assert service.finds(words) == []
    assert service.client.get(f"/v1/documents/{document_id}").status_code == 404
    job = service.ended(service.upload(file).json()["job_id"])
    assert counts(job["report"]) == {"added": 1}
    assert service.finds(words) == [document_id]


# --- addresses ------------------------------------------------------------------------------

PAGE = (
    "<html><head><meta charset=utf-8><title>Tổ đan lưới</title></head><body><article>"
    "<h1>Tổ đan lưới ở xã Hòa Hiệp</h1><p>Chị em xã Hòa Hiệp đan 212 tay lưới trong mùa biển động."
    "</p><p>Mỗi tối ba nhà ngồi chung một đèn, vừa đan vừa dạy nghề cho con gái lớn.</p>"
    "</article></body></html>"
).encode()


def test_an_address_of_this_machine_is_refused_with_a_reason(service: Service) -> None:
    with web.MisbehavingServer() as server:
        server.routes["/bai"] = web.conditional(PAGE, '"1"')
        job = service.add_address(f"http://127.0.0.1:{server.port}/bai")
        assert server.requests == []
    assert job["status"] == "done"
    [item] = job["report"]["items"]
    assert (item["outcome"], item["code"]) == ("failed", "fetch_refused")
    assert "KB_WEB__ALLOW_PRIVATE" in item["reason"] or "mạng nội bộ" in item["reason"]


def test_a_page_goes_in_and_its_second_visit_costs_a_header(tmp_path: Path) -> None:
    settings = {"KB_WEB__ALLOW_PRIVATE": "true", "KB_WEB__DELAY_SECONDS": "0"}
    with web.MisbehavingServer() as server, serving(tmp_path / "data", **settings) as service:
        server.routes["/bai"] = web.conditional(PAGE, '"ban-1"')
        url = f"http://127.0.0.1:{server.port}/bai"
        assert counts(service.add_address(url)["report"]) == {"added": 1}
        words = "Chị em xã Hòa Hiệp đan 212 tay lưới trong mùa biển động."
        [document_id] = service.finds(words)
        assert service.get(f"/v1/documents/{document_id}")["url"] == url
        assert counts(service.add_address(url)["report"]) == {"unchanged": 1}
        asked = [request for request in server.requests if request.path == "/bai"]
        assert [request.headers.get("if-none-match") for request in asked] == [None, '"ban-1"']
        assert service.finds(words) == [document_id]


# --- the command beside the service ---------------------------------------------------------


def write_folder(folder: Path, count: int) -> dict[str, str]:
    """Write archives of two texts each; return the sentence of every text by its name."""
    folder.mkdir(parents=True)
    told = {}
    for number in range(count):
        texts = {}
        for part in ("mot", "hai"):
            name = f"{part}-{number}"
            texts[name] = told[name] = f"Tổ {name} vớt {1000 + number} kg lục bình trên kênh."
        (folder / f"goi-{number:03}.zip").write_bytes(archive_of(**texts))
    return told


def assert_holds_exactly(data: Path, told: Mapping[str, str]) -> None:
    """The store and the index hold every text once, nothing waits, nothing is left over."""
    settings = load_settings(data_dir=data, embedder=EmbedderSettings(kind="hashing"))
    with open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder()) as kb:
        rows = kb.store.list_documents(limit=1000)
        documents = kb.store.get_documents([row.document_id for row in rows])
        texts = sorted(document.text for document in documents)
        assert len(texts) == len(told)
        for text in told.values():
            assert sum(text in each for each in texts) == 1
        assert sorted(kb.index.document_ids()) == sorted(row.document_id for row in rows)
        assert kb.index.count() == kb.store.counts().chunks
        assert kb.store.counts().pending == 0
        assert kb.store.dead_letters.origins() == set()
    assert list((data / "spool").iterdir()) == []


def test_the_command_goes_through_the_service_that_holds_the_directory(
    service: Service, tmp_path: Path
) -> None:
    told = write_folder(tmp_path / "goc", 1)
    beside = environment_of(service.data)
    through = run_kb(beside, "ingest", str(tmp_path / "goc"), "--json")
    assert through.returncode == 0, through.stderr
    report = json.loads(through.stdout)
    assert counts(report) == {"added": 2}
    for words in told.values():
        assert len(service.finds(words)) == 1
    assert set(report) == set(IngestReport().to_data())
    assert {item["origin"].partition("!/")[0] for item in report["items"]} == {
        str(tmp_path / "goc" / "goi-000.zip")
    }
    assert service.get("/v1/jobs")["jobs"][0]["request"]["targets"] == [str(tmp_path / "goc")]
    assert "Không đổi 2" in run_kb(beside, "ingest", str(tmp_path / "goc")).stdout


def test_ctrl_c_stops_the_job_of_the_service(service: Service, tmp_path: Path) -> None:
    write_folder(tmp_path / "goc", 150)
    process = subprocess.Popen(
        [*KB, "ingest", str(tmp_path / "goc")], env=environment_of(service.data),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + PATIENCE_SECONDS
    target, job = str(tmp_path / "goc"), None
    while job is None and time.monotonic() < deadline:
        jobs = service.get("/v1/jobs", status="running")["jobs"]
        job = next((each for each in jobs if each["request"]["targets"] == [target]), None)
        time.sleep(0.02)
    assert job is not None, "the service got no job"
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 130, err
    assert "Đã dừng theo yêu cầu" in out
    assert "Traceback" not in err
    ended = service.ended(job["job_id"])
    assert (ended["status"], ended["report"]["cancelled"]) == ("cancelled", True)


# --- stops and crashes ----------------------------------------------------------------------


def test_a_cancelled_job_leaves_all_sound_and_the_next_one_completes(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "goc"
    told = write_folder(folder, 60)
    with serving(data, KB_INGEST__BATCH_DOCUMENTS="4") as service:
        job_id = service.add_path(folder)
        behind = service.add_path(folder / "goi-000.zip")
        service.until_stored(job_id, 4)
        assert service.client.post(f"/v1/jobs/{behind}/cancel").json()["status"] == "cancelled"
        assert service.client.post(f"/v1/jobs/{job_id}/cancel").status_code == 200
        job = service.ended(job_id)
        assert job["status"] == "cancelled"
        assert 0 < job["report"]["added"] < len(told)
        ready = service.get("/readyz")
        assert (ready["documents"], ready["pending"]) == (job["report"]["added"], 0)
        assert ready["indexed_chunks"] == ready["chunks"]
        again = service.ended(service.add_path(folder))
        assert again["status"] == "done"
        assert again["report"]["added"] == len(told) - job["report"]["added"]
    assert_holds_exactly(data, told)


def test_a_job_outlives_a_kill_and_a_stop_of_its_service(tmp_path: Path) -> None:
    data, folder = tmp_path / "data", tmp_path / "goc"
    told = write_folder(folder, 60)
    settings = {"KB_INGEST__BATCH_DOCUMENTS": "4"}
    path = data / "service.token"
    with serving(data, **settings) as service:
        key = path.read_text(encoding="utf-8")
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        job_id = service.add_path(folder)
        service.until_stored(job_id, 4)
        service.process.kill()
        service.process.wait()
    with serving(data, **settings) as service:
        assert path.read_text(encoding="utf-8") != key
        service.until_stored(job_id, service.get("/readyz")["documents"] + 4)
        service.process.send_signal(signal.SIGTERM)
        assert service.process.wait(PATIENCE_SECONDS) == 0
    assert not path.exists()
    assert not (data / "kb.owner.json").exists()
    waiting = json.loads(run_kb(environment_of(data), "jobs", "show", job_id).stdout)
    assert waiting["status"] == "queued"
    with serving(data) as service:
        job = service.ended(job_id)
    assert (job["status"], job["report"]["failed"]) == ("done", 0)
    assert 0 < job["report"]["added"] <= len(told) - 8, "what was stored was done again"
    assert_holds_exactly(data, told)
