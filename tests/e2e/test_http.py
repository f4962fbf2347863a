"""The service as officers run it: `kb ingest`, then `kb serve` in a process of its own."""

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

pytestmark = pytest.mark.slow

CASEBOOK = [
    {
        "id": "mat-than-an-ninh",
        "name": "“Mắt thần” an ninh",
        "field": "quoc-phong-an-ninh",
        "topics": ["an-ninh-trat-tu"],
        "province": "Cà Mau",
        "results": [{"text": "Lắp 34 mắt camera", "value": 34, "unit": "mắt camera"}],
        "sources": [{"publisher": "Báo Cà Mau", "url": "https://baocamau.vn/a.html"}],
    },
    {
        "id": "rac-thai-nhua",
        "name": "Thu gom rác thải nhựa",
        "field": "van-hoa-xa-hoi",
        "topics": ["moi-truong"],
        "province": "Bạc Liêu",
        "approach": ["Gom rác nhựa để bán", "Góp quỹ giúp chị em nghèo"],
        "sources": [],
    },
]
QUESTION = "Mắt thần an ninh lắp bao nhiêu mắt camera?"


@dataclass(frozen=True)
class Service:
    process: subprocess.Popen[str]
    url: str
    greeting: str
    environment: dict[str, str]


def run_kb(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", "from kb.cli import main; main()", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def environment(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("http")
    casebook = folder / "casebook.jsonl"
    lines = [json.dumps(case, ensure_ascii=False) for case in CASEBOOK]
    casebook.write_text("\n".join(lines), encoding="utf-8")
    hidden = {name for name in os.environ if name.startswith("KB_")}
    environment = {
        **{name: value for name, value in os.environ.items() if name not in hidden},
        "KB_DATA_DIR": str(folder / "data"),
        "KB_EMBEDDER__KIND": "hashing",
        "PYTHONPATH": str(Path(__file__).parents[2]),
        "PYTHONIOENCODING": "utf-8",
    }
    done = run_kb(environment, "ingest", str(casebook))
    assert done.returncode == 0, done.stderr
    return environment


@pytest.fixture(scope="module")
def service(environment: dict[str, str]) -> Iterator[Service]:
    process = subprocess.Popen(
        [sys.executable, "-c", "from kb.cli import main; main()", "serve", "--port", "0"],
        env=environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"Đang phục vụ tại (http://\S+)", line):
                yield Service(process, found[1], line, environment)
                break
        else:
            pytest.fail(f"the service did not start: {''.join(lines)}")
    finally:
        watchdog.cancel()
        if process.poll() is None:
            process.kill()
        process.wait()
        process.stderr.close()


@pytest.fixture
def client(service: Service) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=service.url, trust_env=False, timeout=30) as client:
        yield client


def test_answers_with_quotes_that_stand_in_the_document(client):
    answer = client.post("/v1/answer", json={"question": QUESTION}).json()
    assert answer["status"] == "answered"
    assert "34" in answer["answer"]
    for citation in answer["citations"]:
        text = client.get(f"/v1/documents/{citation['document_id']}").json()["text"]
        assert text[citation["start_char"] : citation["end_char"]] == citation["quote"]


def test_page_and_api_are_served_with_headers(client):
    page = client.get("/", params={"q": QUESTION})
    assert page.status_code == 200
    assert "Lắp 34 mắt camera" in page.text
    assert "server" not in page.headers
    assert client.head("/").content == b""
    assert client.get("/readyz").json()["documents"] == 2


def test_a_part_of_the_understanding_can_be_switched_off(client):
    body = {"query": "nuoi tom o bac lieu"}
    shown = client.post("/v1/search", json=body).json()["interpretation"]
    assert [row["name"] for row in shown["provinces"]] == ["Bạc Liêu"]
    shown = client.post("/v1/search", json={**body, "without": ["places"]}).json()
    assert shown["interpretation"]["provinces"] == []
    refused = client.post("/v1/search", json={**body, "without": ["x"]})
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid_filter")


def test_many_requests_at_once(client):
    def ask(number: int) -> int:
        body = {"query": f"rác thải nhựa {number}"}
        return client.post("/v1/search", json=body).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(ask, range(100))) == {200}


def test_chunked_bodies_over_the_limit_are_refused(client):
    response = client.post("/v1/search", content=iter([b" " * 400_000] * 3))
    assert response.status_code == 413
    assert response.headers["content-type"] == "application/problem+json"


def test_a_command_beside_the_service_is_told_what_to_do(service):
    done = run_kb(service.environment, "search", "tôm")
    assert done.returncode == 1
    assert "store_locked" in done.stderr
    assert "kb serve" in done.stderr


def test_a_port_in_use_is_said(service, tmp_path):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        environment = {**service.environment, "KB_DATA_DIR": str(tmp_path)}
        done = run_kb(environment, "serve", "--port", port)
    assert done.returncode == 1
    assert f"Cổng {port} đã có chương trình khác dùng" in done.stderr
    assert "Traceback" not in done.stderr


def test_stops_on_a_signal_and_frees_the_directory(service, client):
    assert client.get("/healthz").status_code == 200
    client.close()
    service.process.send_signal(signal.SIGTERM)
    assert service.process.wait(20) == 0
    assert "Đã dừng dịch vụ." in service.process.stderr.read()
    done = run_kb(service.environment, "search", "rác thải", "--json")
    assert done.returncode == 0, done.stderr
