"""Jobs run one by one beside searches, stop without loss and go on after a crash."""

import io
import os
import threading
import time
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest import jobs as jobs_module
from ingest.indexing import remove_documents
from ingest.jobs import (
    IngestRequest,
    JobRunner,
    drop_unused_uploads,
    keep_upload,
    remove_with_uploads,
    safe_name,
)
from ingest.pipeline import ingest
from ingest.ports import Stopped
from ingest.report import IngestReport
from ingest.sources import find_upload, is_upload
from kb.embedders.hashing import HashingEmbedder
from kb.errors import EmptyDocument, JobNotFound, UnsupportedSource
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import IngestSettings, Settings, WebSettings
from kb.store import DeadLetter, Job
from kb.terms import query_terms
from retrieval.search import Searcher

LIMIT = 1_000_000


@pytest.fixture
def kb(settings: Settings) -> Iterator[KnowledgeBase]:
    small = settings.model_copy(update={"ingest": IngestSettings(batch_documents=2, workers=1)})
    with open_knowledge_base(small, purpose="test", embedder=HashingEmbedder()) as opened:
        yield opened


@pytest.fixture
def runner(kb: KnowledgeBase) -> Iterator[JobRunner]:
    runner = JobRunner(kb)
    yield runner
    runner.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "goc"
    path.mkdir()
    return path


def article(folder: Path, name: str) -> Path:
    path = folder / f"{name}.md"
    path.write_text(f"---\nid: {name}\ntitle: Bài\n---\nNuôi tôm quảng canh.\n", encoding="utf-8")
    return path


def ended(kb: KnowledgeBase, job_id: str, seconds: float = 60) -> Job:
    deadline = time.monotonic() + seconds
    while (job := kb.store.jobs.get(job_id)).status in {"queued", "running"}:
        assert time.monotonic() < deadline, job
        time.sleep(0.02)
    return job


class Gate:
    """Holds the run after its first batch until it is opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        from ingest import pipeline

        self.reached, self.opened = threading.Event(), threading.Event()
        write = pipeline.write_batch

        def held(kb: KnowledgeBase, documents: list[object]) -> int:
            self.reached.set()
            assert self.opened.wait(60)
            return write(kb, documents)  # type: ignore[arg-type]

        monkeypatch.setattr(pipeline, "write_batch", held)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gate]:
    gate = Gate(monkeypatch)
    yield gate
    gate.opened.set()


def test_request_survives_as_plain_data() -> None:
    request = IngestRequest(("/a", "https://a.vn"), recursive=True, uploads=("upload:1/a.md",))
    data = request.to_data()
    assert data["targets"] == ["/a", "https://a.vn"]
    assert IngestRequest.from_data({**data, "later": 1}) == request
    assert IngestRequest.from_data({}) == IngestRequest()


def test_job_is_done_and_leaves_its_report(
    kb: KnowledgeBase, runner: JobRunner, folder: Path
) -> None:
    article(folder, "a")
    (folder / "hong.md").write_bytes(b"")
    runner.start()
    job = runner.submit(IngestRequest((str(folder),)))
    assert (job.status, job.request["targets"]) == ("queued", [str(folder)])
    done = ended(kb, job.job_id)
    assert done.status == "done"
    assert done.report is not None
    assert (done.report["added"], done.report["failed"]) == (1, 1)
    assert done.progress["files_total"] == 2
    assert done.started_at is not None
    assert done.finished_at is not None
    assert kb.store.dead_letters.list()[1][0].job_id == job.job_id
    assert [row.document_id for row in kb.store.list_documents()] == ["a"]


def test_jobs_run_in_the_order_of_their_coming(
    kb: KnowledgeBase, runner: JobRunner, folder: Path
) -> None:
    order: list[str] = []
    noting = JobRunner(kb, on_done=lambda job, _: order.append(job.job_id))
    article(folder, "a")
    expected = []
    for _ in range(3):
        expected.append(runner.submit(IngestRequest((str(folder),))).job_id)
        time.sleep(0.005)
    noting.start()
    for job_id in expected:
        ended(kb, job_id)
    noting.close()
    assert order == expected


def test_job_that_breaks_off_tells_why_and_the_next_one_runs(
    kb: KnowledgeBase, runner: JobRunner, folder: Path
) -> None:
    article(folder, "a")
    runner.start()
    missing = runner.submit(IngestRequest((str(folder / "khong-co"),)))
    following = runner.submit(IngestRequest((str(folder),)))
    failed = ended(kb, missing.job_id)
    assert failed.status == "failed"
    assert failed.error is not None
    assert failed.error["code"] == "source_unavailable"
    assert "khong-co" in failed.error["detail"]
    assert ended(kb, following.job_id).status == "done"


def test_unforeseen_error_does_not_end_the_thread(
    kb: KnowledgeBase, runner: JobRunner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(*_: object, **__: object) -> IngestReport:
        raise RuntimeError("died")

    article(folder, "a")
    monkeypatch.setattr(jobs_module, "ingest", die)
    runner.start()
    failed = ended(kb, runner.submit(IngestRequest((str(folder),))).job_id)
    assert failed.error is not None
    assert failed.error["code"] == "internal_error"
    assert "RuntimeError" in failed.error["detail"]
    monkeypatch.setattr(jobs_module, "ingest", ingest)
    assert ended(kb, runner.submit(IngestRequest((str(folder),))).job_id).status == "done"


def test_waiting_job_is_cancelled_at_once(
    kb: KnowledgeBase, runner: JobRunner, folder: Path
) -> None:
    job = runner.submit(IngestRequest((str(folder),)))
    assert runner.cancel(job.job_id).status == "cancelled"
    runner.start()
    time.sleep(0.1)
    assert kb.store.jobs.get(job.job_id).started_at is None
    with pytest.raises(JobNotFound):
        runner.cancel("khong-co")


def test_running_job_is_cancelled_after_the_batch_in_hand_and_loses_nothing(
    kb: KnowledgeBase, runner: JobRunner, folder: Path, gate: Gate
) -> None:
    for number in range(9):
        article(folder, f"bai-{number}")
    runner.start()
    job = runner.submit(IngestRequest((str(folder),)))
    assert gate.reached.wait(60)
    assert runner.cancel(job.job_id).status == "running"
    gate.opened.set()
    stopped = ended(kb, job.job_id)
    assert stopped.status == "cancelled"
    assert stopped.report is not None
    assert stopped.report["cancelled"]
    assert 2 <= stopped.report["added"] <= 4
    assert kb.store.counts().documents == stopped.report["added"]
    assert kb.store.counts().pending == 0
    assert kb.index.count() == kb.store.counts().chunks
    assert runner.cancel(job.job_id).status == "cancelled"
    again = ended(kb, runner.submit(IngestRequest((str(folder),))).job_id)
    assert again.report is not None
    assert again.report["added"] + stopped.report["added"] == 9


def test_stop_of_the_service_puts_the_job_back_and_the_next_start_goes_on(
    kb: KnowledgeBase, folder: Path, gate: Gate
) -> None:
    for number in range(9):
        article(folder, f"bai-{number}")
    first = JobRunner(kb)
    first.start()
    job = first.submit(IngestRequest((str(folder),)))
    assert gate.reached.wait(60)
    closing = threading.Thread(target=first.close)
    closing.start()
    gate.opened.set()
    closing.join(60)
    assert kb.store.jobs.get(job.job_id).status == "queued"
    stored = kb.store.counts().documents
    assert 2 <= stored < 9
    second = JobRunner(kb)
    second.start()
    done = ended(kb, job.job_id)
    second.close()
    assert done.status == "done"
    assert done.report is not None
    assert (done.report["added"], done.report["unchanged"]) == (9 - stored, stored)


def test_job_of_a_crashed_process_is_resumed(
    kb: KnowledgeBase, runner: JobRunner, folder: Path
) -> None:
    article(folder, "a")
    job = runner.submit(IngestRequest((str(folder),)))
    assert kb.store.jobs.claim(job.job_id)  # and the process dies
    runner.start()
    assert ended(kb, job.job_id).status == "done"


def test_searches_go_on_while_a_job_runs(
    kb: KnowledgeBase, runner: JobRunner, folder: Path
) -> None:
    article(folder, "truoc")
    ingest(kb, [folder])
    for number in range(40):
        article(folder, f"bai-{number}")
    runner.start()
    job = runner.submit(IngestRequest((str(folder),)))
    searches = 0
    while kb.store.jobs.get(job.job_id).status in {"queued", "running"}:
        hits = kb.index.query_lexical("accented", query_terms(["quảng"]), limit=100)
        assert "truoc" in {hit.document_id for hit in hits}
        found = kb.store.get_passages([hit.chunk_id for hit in hits])
        assert any(document.document_id == "truoc" for document, _ in found.values())
        searches += 1
    assert ended(kb, job.job_id).status == "done"
    assert searches > 0
    assert kb.store.counts().documents == 41


def test_upload_is_kept_taken_in_and_known_by_its_name(
    kb: KnowledgeBase, runner: JobRunner, settings: Settings
) -> None:
    content = "Tổ nuôi ong\n\nChị em lập tổ nuôi ong lấy mật trong rừng tràm.".encode()
    name = keep_upload(
        settings.data_dir, "C:\\Hồ sơ\\Tổ ong.txt", io.BytesIO(content), max_bytes=LIMIT
    )
    assert is_upload(name)
    assert name.endswith("/Tổ ong.txt")
    again = keep_upload(settings.data_dir, "Tổ ong.txt", io.BytesIO(content), max_bytes=LIMIT)
    assert again == name
    runner.start()
    done = ended(kb, runner.submit(IngestRequest(uploads=(name,))).job_id)
    assert done.report is not None
    assert done.report["added"] == 1
    assert [row.origin for row in kb.store.list_documents()] == [name]
    once_more = ended(kb, runner.submit(IngestRequest(uploads=(name,))).job_id)
    assert once_more.report is not None
    assert once_more.report["unchanged"] == 1


def test_upload_that_is_gone_fails_and_keeps_its_documents(
    kb: KnowledgeBase, runner: JobRunner, settings: Settings
) -> None:
    text = "Tổ nuôi ong\n\nChị em lập tổ nuôi ong lấy mật trong rừng tràm."
    name = keep_upload(settings.data_dir, "a.txt", io.BytesIO(text.encode()), max_bytes=LIMIT)
    assert not ingest(kb, [name]).failed
    kept = find_upload(settings.data_dir / "uploads", name)
    assert kept is not None
    kept.path.unlink()
    report = ingest(kb, [name])
    assert "Tải lên lại" in str(report.failed[0].reason)
    assert kb.store.counts().documents == 1


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [
        ("a.md", b"x" * (LIMIT + 1), UnsupportedSource),
        ("a.exe", b"x", UnsupportedSource),
        ("a", b"x", UnsupportedSource),
        ("a.md", b"", EmptyDocument),
    ],
)
def test_upload_that_cannot_be_read_is_refused_and_leaves_nothing(
    settings: Settings, name: str, content: bytes, error: type[Exception]
) -> None:
    with pytest.raises(error, match=name):
        keep_upload(settings.data_dir, name, io.BytesIO(content), max_bytes=LIMIT)
    uploads = settings.data_dir / "uploads"
    assert not uploads.exists() or list(uploads.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("../../etc/passwd.md", "passwd.md"),
        ("..\\..\\a.docx", "a.docx"),
        ("a\x00b\n.md", "ab_.md"),
        ("", "tai-lieu"),
        ("...", "tai-lieu"),
        (f"{'ă' * 200}.docx", f"{'ă' * 57}.docx"),
    ],
)
def test_name_of_an_upload_becomes_a_plain_file_name(name: str, expected: str) -> None:
    assert safe_name(name) == expected


@pytest.mark.parametrize(
    "origin",
    [
        "upload:../../../etc/a.md",
        "upload:aaaaaaaaaaaa/../a.md",
        "upload:*/a.md",
        "upload:a/..",
        "upload:",
    ],
)  # fmt: skip
def test_made_up_upload_leads_nowhere(tmp_path: Path, origin: str) -> None:
    (tmp_path / "uploads" / ("a" * 64)).mkdir(parents=True)
    (tmp_path / "uploads" / ("a" * 64) / "a.md").write_text("x", encoding="utf-8")
    (tmp_path / "uploads" / "a.md").write_text("x", encoding="utf-8")
    assert find_upload(tmp_path / "uploads", origin) is None


def test_closing_twice_or_without_start_is_no_error(make_runner: Callable[[], JobRunner]) -> None:
    runner = make_runner()
    runner.close()
    runner.close()


@pytest.fixture
def make_runner(kb: KnowledgeBase) -> Callable[[], JobRunner]:
    return lambda: JobRunner(kb)


# --- what is kept and what is not --------------------------------------------------------------


def upload(settings: Settings, name: str, text: str) -> str:
    return keep_upload(settings.data_dir, name, io.BytesIO(text.encode()), max_bytes=LIMIT)


def test_last_document_of_an_upload_takes_the_kept_file_with_it(
    kb: KnowledgeBase, settings: Settings
) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in (1, 2):
            archive.writestr(f"{number}.txt", f"Bà con xã số {number} trồng hoa ven đường.")
    packed.seek(0)
    name = keep_upload(settings.data_dir, "hai.zip", packed, max_bytes=LIMIT)
    assert not ingest(kb, [name]).failed
    first, last = [row.document_id for row in kb.store.list_documents()]
    remove_with_uploads(kb, [first])
    assert find_upload(settings.data_dir / "uploads", name) is not None
    remove_with_uploads(kb, [last])
    assert find_upload(settings.data_dir / "uploads", name) is None
    assert list((settings.data_dir / "uploads").iterdir()) == []


def test_kept_file_that_a_waiting_job_or_the_list_of_failures_names_stays(
    kb: KnowledgeBase, runner: JobRunner, settings: Settings
) -> None:
    waiting, failed, unused = (
        upload(settings, f"{name}.txt", f"Tổ {name} trồng hoa.") for name in ("a", "b", "c")
    )
    runner.submit(IngestRequest(uploads=(waiting,)))
    kb.store.dead_letters.record([DeadLetter(failed, "extraction_failed", "x", retryable=True)])
    assert drop_unused_uploads(kb, [waiting, failed, unused, "/kho/d.txt"]) == [unused]
    uploads = settings.data_dir / "uploads"
    assert [find_upload(uploads, name) is None for name in (waiting, failed, unused)] == [
        False,
        False,
        True,
    ]


def test_removing_a_document_of_a_file_on_the_disk_leaves_the_file(
    kb: KnowledgeBase, folder: Path
) -> None:
    path = article(folder, "a")
    ingest(kb, [folder])
    remove_with_uploads(kb, ["a"])
    assert path.exists()
    assert kb.store.counts().documents == 0


def test_start_clears_drafts_of_uploads_that_a_crash_left(
    runner: JobRunner, settings: Settings
) -> None:
    uploads = settings.data_dir / "uploads"
    uploads.mkdir(parents=True, exist_ok=True)
    old, new = uploads / ".part-old", uploads / ".part-new"
    for path in (old, new):
        path.write_bytes(b"x")
    yesterday = time.time() - 90_000
    os.utime(old, (yesterday, yesterday))
    runner.start()
    assert not old.exists()
    assert new.exists()


def test_removal_while_a_batch_is_written_waits_for_it(
    kb: KnowledgeBase, runner: JobRunner, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    article(folder, "a")
    ingest(kb, [folder])
    article(folder, "a").write_text("---\nid: a\ntitle: Khác\n---\nDệt vải.\n", encoding="utf-8")
    between, removed = threading.Event(), threading.Event()
    put_facts = kb.store.put_facts

    def remove() -> None:
        remove_documents(kb, ["a"])
        removed.set()

    def slow(facts: object) -> None:
        between.set()
        assert not removed.wait(0.5)  # the rows that the batch builds on are still there
        put_facts(facts)  # type: ignore[arg-type]

    monkeypatch.setattr(kb.store, "put_facts", slow)
    runner.start()
    job = runner.submit(IngestRequest((str(folder),)))
    assert between.wait(60)
    threading.Thread(target=remove).start()
    assert ended(kb, job.job_id).status == "done"
    assert removed.wait(60)
    assert kb.store.counts().documents == 0
    assert kb.store.counts().pending == 0
    assert kb.index.count() == 0


def test_searches_do_not_wait_for_a_writer(kb: KnowledgeBase, folder: Path) -> None:
    article(folder, "a")
    ingest(kb, [folder])
    with kb.writing:
        searched = threading.Event()

        def search() -> None:
            assert Searcher(kb).search("nuôi tôm quảng canh").hits
            searched.set()

        threading.Thread(target=search).start()
        assert searched.wait(60)


def test_close_does_not_wait_for_the_addresses_that_are_left(
    kb: KnowledgeBase, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetching = threading.Event()

    class SlowFetcher:
        def __init__(self, _: WebSettings, *, should_stop: Callable[[], bool]) -> None:
            self._should_stop = should_stop

        def fetch(self, address: str, *_: object, **__: object) -> None:
            fetching.set()
            deadline = time.monotonic() + 60
            while time.monotonic() < deadline:
                if self._should_stop():
                    raise Stopped
                time.sleep(0.01)
            raise AssertionError(f"{address} was not told to stop")

        def close(self) -> None:
            pass

    monkeypatch.setattr("ingest.web.source.Fetcher", SlowFetcher)
    runner = JobRunner(kb)
    runner.start()
    job = runner.submit(IngestRequest(("https://bao.vn/1", "https://bao.vn/2")))
    assert fetching.wait(60)
    runner.close()
    assert kb.store.jobs.get(job.job_id).status == "queued"
    assert kb.store.dead_letters.origins() == set()
