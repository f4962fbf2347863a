"""Ingest through a service that holds the data directory; the service here is a stand-in."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from ingest import remote
from ingest.cli import ingest_command
from ingest.remote import TOKEN_FILE, RemoteService
from ingest.report import IngestReport, Outcome
from kb.errors import AccessDenied, JobNotFound, StoreError, StoreLocked, StoreUnavailable
from kb.lock import DirectoryLock

KEY = "khoa-cua-dich-vu"
REPORT = IngestReport().to_data()


class StandIn:
    """Answers requests with what a test has laid ready, the last answer again and again."""

    def __init__(self) -> None:
        self.answers: dict[tuple[str, str], list[tuple[int, Any]]] = {}
        self.requests: list[tuple[str, str, Any]] = []
        self.keys: set[str | None] = set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.keys.add(self.headers.get("Authorization"))
                request = (self.command, self.path, json.loads(body) if body else None)
                outer.requests.append(request)
                left = outer.answers[request[:2]]
                status, data = left.pop(0) if len(left) > 1 else left[0]
                content = data if isinstance(data, bytes) else json.dumps(data).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

            do_GET = do_POST = _answer

            def log_message(self, *_: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def says(self, method: str, path: str, *answers: Any, status: int = 200) -> None:
        self.answers[method, path] = [(status, answer) for answer in answers]


@pytest.fixture
def stand_in() -> Iterator[StandIn]:
    service = StandIn()
    thread = threading.Thread(target=service.server.serve_forever, args=(0.01,))
    thread.start()
    yield service
    service.server.shutdown()
    thread.join()
    service.server.server_close()


@pytest.fixture
def data(tmp_path: Path, stand_in: StandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A data directory that the service holds."""
    monkeypatch.setattr(remote, "_POLL_SECONDS", 0.01)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("KB_EMBEDDER__KIND", "hashing")
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    folder.mkdir()
    lock = DirectoryLock(folder)
    lock.acquire("serve", stand_in.url)
    (folder / TOKEN_FILE).write_text(f"{KEY}\n", encoding="utf-8")
    yield folder
    lock.release()


def job(status: str, **values: Any) -> dict[str, Any]:
    return {
        "job_id": "j1",
        "status": status,
        "progress": {},
        "report": None,
        "error": None,
    } | values


def test_nobody_holds_an_unused_directory(tmp_path):
    assert RemoteService.holding(tmp_path) is None
    lock = DirectoryLock(tmp_path)
    lock.acquire("ingest")
    assert RemoteService.holding(tmp_path) is None
    lock.release()


def test_the_key_of_the_directory_is_sent_and_nothing_of_a_proxy(data, stand_in, monkeypatch):
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    stand_in.says("POST", "/v1/ingest", job("queued"), status=202)
    service = RemoteService.holding(data)
    assert service is not None
    assert service.submit({"targets": ["/kho"]}) == "j1"
    assert stand_in.requests == [("POST", "/v1/ingest", {"targets": ["/kho"]})]
    assert stand_in.keys == {f"Bearer {KEY}"}


def test_a_key_that_cannot_be_read_is_named_with_a_way_out(data):
    (data / TOKEN_FILE).unlink()
    with pytest.raises(AccessDenied, match=r"service\.token.*dừng dịch vụ"):
        RemoteService.holding(data)


def test_a_job_is_watched_to_its_end(data, stand_in):
    stand_in.says("GET", "/v1/jobs/j1", job("queued"), job("running"), job("done", report=REPORT))
    seen: list[str] = []
    service = RemoteService.holding(data)
    done = service.watch("j1", lambda state: seen.append(state["status"]))
    assert seen == ["queued", "running", "done"]
    assert done["report"] == REPORT
    assert service.watch("j1")["status"] == "done"


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (403, "access_denied", AccessDenied),
        (404, "job_not_found", JobNotFound),
        (503, "store_locked", StoreLocked),
        (503, "store_unavailable", StoreUnavailable),
        (500, "internal_error", StoreUnavailable),
    ],
)
def test_what_the_service_refuses_is_passed_on(data, stand_in, status, code, kind):
    stand_in.says("POST", "/v1/jobs/j1/cancel", {"code": code, "detail": "Vì thế."}, status=status)
    with pytest.raises(kind, match=r"từ chối: Vì thế\.") as caught:
        RemoteService.holding(data).cancel("j1")
    assert type(caught.value) is kind


@pytest.mark.parametrize("answer", [b"<html>", [1], b""], ids=["page", "list", "nothing"])
def test_another_program_at_the_address_is_noticed(data, stand_in, answer):
    stand_in.says("GET", "/v1/jobs/j1", answer)
    with pytest.raises(StoreUnavailable, match="Kiểm tra dịch vụ"):
        RemoteService.holding(data).watch("j1")


def test_a_service_that_is_gone_is_said(data, stand_in):
    service = RemoteService("http://127.0.0.1:9", KEY)
    with pytest.raises(StoreUnavailable, match="không trả lời"):
        service.submit({})


# --- `kb ingest` beside the service -----------------------------------------------------------


def ingest(*arguments: str) -> Result:
    return CliRunner().invoke(ingest_command, arguments)


def test_the_command_sends_absolute_paths_and_its_options(data, stand_in, tmp_path):
    stand_in.says("POST", "/v1/ingest", job("queued"), status=202)
    stand_in.says("GET", "/v1/jobs/j1", job("running"), job("done", report={**REPORT, "added": 3}))
    result = ingest("goc/../goc", "https://bao.vn/a", "-r", "--force", "--retry-failed")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Thêm mới 3 (")
    assert stand_in.requests[0][2] == {
        "targets": [str(tmp_path / "goc"), "https://bao.vn/a"],
        "recursive": True,
        "force": True,
        "retry_failed": True,
    }


def test_failures_end_the_command_with_1_as_without_a_service(data, stand_in):
    report = IngestReport()
    report.counts[Outcome.FAILED] = 2
    stand_in.says("POST", "/v1/ingest", job("queued"), status=202)
    stand_in.says("GET", "/v1/jobs/j1", job("done", report=report.to_data()))
    result = ingest("goc", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["failed"] == 2
    assert "kb jobs failures" in result.stderr


def test_a_job_that_broke_off_is_said(data, stand_in):
    stand_in.says("POST", "/v1/ingest", job("queued"), status=202)
    error = {"code": "source_unavailable", "detail": "Không có thư mục 'goc'."}
    stand_in.says("GET", "/v1/jobs/j1", job("failed", error=error))
    result = ingest("goc")
    assert isinstance(result.exception, StoreError)
    assert "Không có thư mục 'goc'." in str(result.exception)


def test_a_job_that_was_stopped_while_it_waited_has_done_nothing(data, stand_in):
    stand_in.says("POST", "/v1/ingest", job("queued"), status=202)
    stand_in.says("GET", "/v1/jobs/j1", job("queued"), job("cancelled"))
    result = ingest("goc", "--json")
    assert result.exit_code == 130, result.exception
    report = json.loads(result.stdout)
    assert (report["cancelled"], report["added"], report["items"]) == (True, 0, [])
    assert set(report) == set(REPORT)


def test_a_dry_run_asks_no_service(data, stand_in, tmp_path):
    (tmp_path / "a.txt").write_text("Bà con góp công.", encoding="utf-8")
    assert ingest("a.txt", "--dry-run").exit_code == 0
    assert stand_in.requests == []


def test_lists_of_addresses_are_sent_by_their_absolute_paths(data, stand_in, tmp_path):
    stand_in.says("POST", "/v1/ingest", job("queued"), status=202)
    stand_in.says("GET", "/v1/jobs/j1", job("done", report=REPORT))
    upload = "upload:0123456789ab/a.md"
    result = ingest("bao.urls", "list:nguon/trang.txt", "https://bao.vn/a.urls", upload)
    assert result.exit_code == 0, result.output
    assert stand_in.requests[0][2]["targets"] == [
        str(tmp_path / "bao.urls"),
        f"list:{tmp_path}/nguon/trang.txt",
        "https://bao.vn/a.urls",
        upload,
    ]
