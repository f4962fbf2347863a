"""`kb jobs` as it is typed."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kb.errors import JobNotFound, StoreUnavailable
from kb.knowledge_base import open_store
from kb.settings import load_settings
from kb.store import DeadLetter, DocumentStore, Job
from service.jobs_cli import jobs_group


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[DocumentStore]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "200")
    opened = open_store(load_settings())
    yield opened
    opened.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(jobs_group, arguments)


def add_jobs(store: DocumentStore, count: int) -> None:
    for number in range(count):
        created = f"2026-03-0{number + 1}T00:00:00.000+00:00"
        report = {"added": 30 + number, "failed": 70 + number}
        request = {"targets": ["/kho"], "uploads": []}
        store.jobs.add(Job(f"luot-{number}", "done", created, request, report=report))


def add_failures(store: DocumentStore) -> None:
    store.dead_letters.record(
        [
            DeadLetter(
                "/kho/[cũ] a.pdf", "extraction_failed", "Có mật khẩu. Bỏ [mật khẩu].", False
            ),
            DeadLetter("https://bao.vn/b", "source_unavailable", "Không trả lời.", True),
        ]
    )


def test_jobs_are_listed_with_status_and_counts(store):
    add_jobs(store, 2)
    store.jobs.add(Job("luot-cho", "queued", "2026-03-09T00:00:00.000+00:00", {}))
    lines = run("list").stdout.splitlines()
    newest_first = ["luot-cho", "luot-1", "luot-0"]
    assert [name for line in lines for name in newest_first if name in line] == newest_first
    [waiting] = [line for line in lines if "luot-cho" in line]
    assert "chờ đến lượt" in waiting
    [done] = [line for line in lines if "luot-1" in line]
    assert all(word in done for word in ("đã xong", "31", "71"))


def test_a_page_of_jobs_as_json(store):
    add_jobs(store, 3)
    data = json.loads(run("list", "--limit", "1", "--offset", "1", "--json").stdout)
    assert data["total"] == 3
    assert [job["job_id"] for job in data["jobs"]] == ["luot-1"]


def test_a_job_is_shown_as_json(store):
    add_jobs(store, 1)
    job = json.loads(run("show", "luot-0").stdout)
    assert (job["status"], job["report"]) == ("done", {"added": 30, "failed": 70})


def test_an_unknown_job_is_said(store):
    result = run("show", "luot-9")
    assert isinstance(result.exception, JobNotFound)
    assert "luot-9" in str(result.exception)


def test_failures_are_listed_with_their_remedies(store):
    add_failures(store)
    add_failures(store)
    shown = run("failures").stdout
    # Brackets are the names' own, no markup.
    assert "/kho/[cũ] a.pdf (2 lần)" in shown
    assert "Bỏ [mật khẩu]." in shown
    assert "2/2 nguồn chưa nạp được" in shown


def test_a_page_of_failures_as_json(store):
    add_failures(store)
    data = json.loads(run("failures", "--limit", "1", "--json").stdout)
    assert data["total"] == 2
    [row] = data["dead_letters"]
    assert row["reason"]
    assert row["retryable"] in {True, False}


def test_dismissed_sources_leave_the_list(store):
    add_failures(store)
    assert "Đã bỏ 1 nguồn" in run("dismiss", "/kho/[cũ] a.pdf", "/khong-co").stdout
    assert store.dead_letters.origins() == {"https://bao.vn/b"}
    assert run("dismiss").exit_code == 2


def test_cancelling_needs_a_service(store):
    result = run("cancel", "luot-0")
    assert isinstance(result.exception, JobNotFound)
    assert "Ctrl+C" in str(result.exception)


def test_cancelling_at_a_service_that_a_crash_left_noted_says_so(store, tmp_path):
    data = tmp_path / "data"
    owner = {"pid": 1, "purpose": "serve", "url": "http://127.0.0.1:9"}
    (data / "kb.owner.json").write_text(json.dumps(owner), encoding="utf-8")
    (data / "service.token").write_text("khoa", encoding="utf-8")
    result = run("cancel", "luot-0")
    assert isinstance(result.exception, StoreUnavailable)
    assert "không trả lời" in str(result.exception)
