"""A folder as offices have them, from its files to the officer's page, with real processes."""

import html
import json
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from kb.knowledge_base import open_store
from kb.models import Document
from kb.settings import load_settings
from tests.data.make_office_files import EXPECTED, FAILURES, make

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[2]
KB = (sys.executable, "-c", "from kb.cli import main; main()")
SCAN = "ban-quet.pdf"
# A remedy tells somebody to do something.
REMEDY = re.compile(r"\b(Kiểm tra|kiểm tra|Mở|Giải nén|Xuất|Nạp|nạp|Lấy|lấy)\b")
_NOTICE = re.compile(r'<p class="notice">(.*?)</p>', re.DOTALL)
_MARKED = re.compile(r'<mark id="trich-dan"[^>]*>(.*?)</mark>', re.DOTALL)


@dataclass(frozen=True)
class Office:
    """The folder and the runs over it."""

    folder: Path
    environment: dict[str, str]
    first: Mapping[str, Any]
    second: Mapping[str, Any]
    documents: tuple[Document, ...]
    has_ocr: bool

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run_kb(self.environment, *arguments)

    def found(self, key: str) -> tuple[Document, int]:
        """The document of an expected file that holds its sentence, and where it starts."""
        if key == SCAN and not self.has_ocr:
            pytest.skip("scans need tesseract with the data of Vietnamese")
        own = [doc for doc in self.documents if doc.origin.endswith(f"/{key}")]
        assert own, f"nothing is stored of {key}"
        sentence = EXPECTED[key][0]
        places = [(doc, doc.text.find(sentence)) for doc in own if sentence in doc.text]
        assert len(places) == 1, f"{key}: the sentence stands in {len(places)} documents"
        return places[0]


def run_kb(environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KB, *arguments], env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def can_read_scans() -> bool:
    if shutil.which("tesseract") is None:
        return False
    listed = subprocess.run(
        ["tesseract", "--list-langs"], capture_output=True, text=True, check=False
    ).stdout
    return "vie" in listed.split()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    root = tmp_path_factory.mktemp("office")
    folder = root / "Hồ sơ"
    assert len(make(folder)) == 40
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("KB_")},
        "KB_DATA_DIR": str(root / "data"),
        "KB_EMBEDDER__KIND": "hashing",
        "PYTHONPATH": str(REPOSITORY),
        "PYTHONIOENCODING": "utf-8",
    }
    first = run_kb(environment, "ingest", str(folder), "--recursive", "--json")
    assert first.returncode == 1, first.stderr
    assert "Traceback" not in first.stderr
    second = run_kb(environment, "ingest", str(folder), "--recursive", "--json")
    store = open_store(load_settings(data_dir=root / "data"))
    try:
        rows = store.list_documents(limit=1000)
        documents = store.get_documents([row.document_id for row in rows])
    finally:
        store.close()
    return Office(
        folder,
        environment,
        json.loads(first.stdout),
        json.loads(second.stdout),
        tuple(documents),
        can_read_scans(),
    )


@pytest.fixture(scope="module")
def page(office: Office) -> Iterator[httpx.Client]:
    """The officer's service over what was taken in."""
    process = subprocess.Popen(
        [*KB, "serve", "--port", "0"], env=office.environment, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    lines = []
    try:
        for line in process.stderr:
            lines.append(line)
            if found := re.search(r"Đang phục vụ tại (http://\S+)", line):
                with httpx.Client(base_url=found[1], trust_env=False, timeout=30) as client:
                    yield client
                break
        else:
            pytest.fail(f"the service did not start: {''.join(lines)}")
    finally:
        watchdog.cancel()
        process.terminate()
        process.wait(30)
        process.stderr.close()


@pytest.mark.parametrize("key", EXPECTED)
def test_every_sentence_is_stored_verbatim_with_its_place(office: Office, key: str) -> None:
    document, start = office.found(key)
    locator = document.locate(start)
    assert (locator.label if locator else None) == EXPECTED[key][1]
    # It does not run over into the next page or row.
    end = start + len(EXPECTED[key][0])
    assert document.locate(end - 1) == locator


@pytest.mark.parametrize("name", FAILURES)
def test_every_bad_file_is_reported_with_its_code_and_a_remedy(office: Office, name: str) -> None:
    origin = (office.folder / name).as_posix()
    own = [
        item
        for item in office.first["items"]
        if item["origin"] == origin or item["origin"].startswith(f"{origin}!/")
    ]
    assert [(item["outcome"], item["code"]) for item in own] == [("failed", FAILURES[name])]
    assert REMEDY.search(own[0]["reason"]), own[0]["reason"]


def test_nothing_else_fails_and_nothing_bad_is_stored(office: Office) -> None:
    assert office.first["failed"] == len(FAILURES) + (not office.has_ocr)
    bad = tuple((office.folder / name).as_posix() for name in FAILURES)
    assert [doc.origin for doc in office.documents if doc.origin.startswith(bad)] == []
    assert not list(office.folder.parent.rglob("thoat.txt"))
    assert office.first["added"] == len(office.documents)


def test_a_second_run_reads_only_what_failed(office: Office) -> None:
    changed = {name: office.second[name] for name in ("added", "updated", "removed", "repaired")}
    assert set(changed.values()) == {0}
    assert office.second["unchanged"] == office.first["added"]
    assert office.second["failed"] == office.first["failed"]


@pytest.mark.parametrize("key", EXPECTED)
def test_every_sentence_is_found_and_its_page_shows_it(
    office: Office, page: httpx.Client, key: str
) -> None:
    document, start = office.found(key)
    sentence, label = EXPECTED[key]
    hits = page.post("/v1/search", json={"query": sentence, "mode": "lexical"}).json()["hits"]
    hit = hits[0]
    assert hit["document_id"] == document.document_id
    places = [hit, *hit["passages"]]
    assert any(sentence in place.get("snippet", place.get("text", "")) for place in places)
    span = {"start": start, "end": start + len(sentence)}
    shown = page.get(f"/documents/{document.document_id}", params=span)
    assert shown.status_code == 200
    assert [html.unescape(text) for text in _MARKED.findall(shown.text)] == [sentence]
    [notice] = [text for text in _NOTICE.findall(shown.text) if "#trich-dan" in text]
    assert not label or label in html.unescape(notice)


def test_answers_quote_the_files_and_name_the_page(office: Office, page: httpx.Client) -> None:
    document, _ = office.found("tong-ket.pdf")
    question = "Xã Ea Kpam có bao nhiêu em đã mượn sách và bao nhiêu lượt?"
    answer = page.post("/v1/answer", json={"question": question}).json()
    assert answer["status"] in {"answered", "partial"}
    cited = {each["document_id"]: each for each in answer["citations"]}
    citation = cited[document.document_id]
    assert document.text[citation["start_char"] : citation["end_char"]] == citation["quote"]
    assert "2.391" in citation["quote"]
    assert citation["locator"]["label"] == "trang 2"


def test_failures_are_listed_by_the_command_and_on_the_page(
    office: Office, page: httpx.Client
) -> None:
    shown = office.run("jobs", "failures", "--json")
    listed = json.loads(shown.stdout)
    failed = [item["origin"] for item in office.first["items"] if item["outcome"] == "failed"]
    assert sorted(row["origin"] for row in listed["dead_letters"]) == sorted(failed)
    assert {row["attempts"] for row in listed["dead_letters"]} == {2}
    text = html.unescape(page.get("/jobs").text)
    for name in FAILURES:
        assert name in text


def test_a_mended_file_leaves_the_list_of_failures(office: Office, tmp_path: Path) -> None:
    """Works on a copy of the data, since the service holds the other."""
    data = tmp_path / "data"
    shutil.copytree(office.environment["KB_DATA_DIR"], data)
    (data / "kb.owner.json").unlink(missing_ok=True)
    environment = {**office.environment, "KB_DATA_DIR": str(data)}
    mended = office.folder / "rong.txt"
    mended.write_text("Xóm Vạn Chài thả 41 bè nuôi hàu trên phá.", encoding="utf-8")
    try:
        run = run_kb(environment, "ingest", "--retry-failed", "--json")
        report = json.loads(run.stdout)
        assert run.returncode == 1, "the others are still broken"
        assert (report["added"], report["removed"]) == (1, 0)
        assert report["failed"] == office.first["failed"] - 1
        left = json.loads(run_kb(environment, "jobs", "failures", "--json").stdout)
        origins = {row["origin"] for row in left["dead_letters"]}
        assert mended.as_posix() not in origins
        assert len(origins) == office.first["failed"] - 1
    finally:
        mended.write_bytes(b"")
