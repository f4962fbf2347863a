"""What a crash, a full disk or a second process may not break, with real processes."""

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import EmbedderSettings, IngestSettings, load_settings
from kb.terms import query_terms

pytestmark = pytest.mark.slow
KB = (sys.executable, "-c", "from kb.cli import main; main()")
DOCUMENTS = 60


def environment(data: Path) -> dict[str, str]:
    return {
        **os.environ,
        "KB_DATA_DIR": str(data),
        "KB_EMBEDDER__KIND": "hashing",
        "KB_INGEST__BATCH_DOCUMENTS": "4",
    }


def run_kb(data: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*KB, *arguments],
        env=environment(data),
        cwd=data.parent,
        capture_output=True,
        text=True,
        check=False,
    )


def start_kb(data: Path, *arguments: str) -> subprocess.Popen[str]:
    """Start a command and wait until it holds the data directory."""
    process = subprocess.Popen(
        [*KB, *arguments],
        env=environment(data),
        cwd=data.parent,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    owner = data / "kb.owner.json"
    while process.poll() is None:
        try:
            if json.loads(owner.read_text(encoding="utf-8"))["pid"] == process.pid:
                break
        except (OSError, ValueError):
            pass
        time.sleep(0.005)
    return process


def write(folder: Path, number: int, version: int) -> str:
    """Write a document with a word of its own and return the word."""
    # Letters only: a number would be a token of its own.
    word = f"từriêng{number}phiênbản{version}".translate(str.maketrans("0123456789", "abcdefghij"))
    sentences = " ".join(f"Câu {line} nói về nuôi tôm {word}." for line in range(20))
    path = folder / f"bai-{number}.md"
    path.write_text(f"---\nid: bai-{number}\ntitle: Bài\n---\n{sentences}\n", encoding="utf-8")
    return word


def open_directly(data: Path) -> KnowledgeBase:
    settings = load_settings(
        data_dir=data,
        embedder=EmbedderSettings(kind="hashing"),
        ingest=IngestSettings(batch_documents=4),
    )
    return open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder())


def assert_holds_exactly(kb: KnowledgeBase, words: dict[str, str], old: Sequence[str]) -> None:
    """Both stores hold these documents, nothing waits, every text is found, no old one is."""
    assert [row.document_id for row in kb.store.list_documents(limit=1000)] == sorted(words)
    assert sorted(kb.index.document_ids()) == sorted(words)
    assert kb.store.counts().pending == 0
    assert kb.index.count() == kb.store.counts().chunks
    for document_id, word in words.items():
        chunk_ids = {chunk.chunk_id for chunk in kb.store.get_document_chunks(document_id)}
        hits = kb.index.query_lexical("accented", query_terms([word]), limit=1000)
        assert {hit.chunk_id for hit in hits} == chunk_ids
        assert chunk_ids
    for word in old:
        assert kb.index.query_lexical("accented", query_terms([word]), limit=1000) == []


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_runs_are_repaired_by_the_next_one(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    folder, data = tmp_path / "goc", tmp_path / "data"
    folder.mkdir()
    words = {f"bai-{number}": write(folder, number, 0) for number in range(DOCUMENTS)}
    old: list[str] = []
    killed = 0
    for version in range(1, 6):
        process = start_kb(data, "ingest", str(folder))
        # The first moments hold the creation of the index, the later ones its filling.
        time.sleep(rng.uniform(0, 0.1 if version == 1 else 1.5))
        process.kill()
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        for number in rng.sample(range(DOCUMENTS), 10):
            document_id = f"bai-{number}"
            if document_id in words:
                old.append(words.pop(document_id))
            if rng.random() < 0.3:
                (folder / f"{document_id}.md").unlink(missing_ok=True)
            else:
                words[document_id] = write(folder, number, version)
    assert killed >= 2, "the runs ended before they could be killed"
    with open_directly(data) as kb:
        report = ingest(kb, [folder])
        assert not report.failed
        assert_holds_exactly(kb, words, old)
    with open_directly(data) as kb:
        assert {outcome for outcome, count in ingest(kb, [folder]).counts.items() if count} == {
            "unchanged"
        }
        assert_holds_exactly(kb, words, old)


def workers_of(data: Path) -> list[int]:
    """The processes that read files for a data directory, by the spool in their environment."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                environment = (entry / "environ").read_bytes()
                if f"TMPDIR={data}/spool/".encode() in environment:
                    found.append(int(entry.name))
    return found


def write_archive(folder: Path, number: int) -> str:
    """Write an archive of two texts and return a word that both hold."""
    word = f"từnén{number}".translate(str.maketrans("0123456789", "abcdefghij"))
    with zipfile.ZipFile(folder / f"goi-{number}.zip", "w") as archive:
        for name in ("mot", "hai"):
            text = f"Bài {name} của gói {word}\n\nBà con nuôi tôm {word} trên đất lúa. " * 3
            archive.writestr(f"bai/{name}-{number}.txt", text)
    return word


def test_killed_run_leaves_no_worker_and_archives_are_done_by_the_next_one(
    tmp_path: Path,
) -> None:
    folder, data = tmp_path / "goc", tmp_path / "data"
    folder.mkdir()
    words = [write_archive(folder, number) for number in range(12)]
    process = start_kb(data, "ingest", str(folder))
    deadline = time.monotonic() + 60
    while not workers_of(data) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    assert workers_of(data), "the run ended before it could be killed"
    process.kill()
    process.communicate()
    while workers_of(data) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert workers_of(data) == []
    with open_directly(data) as kb:
        report = ingest(kb, [folder])
        assert not report.failed
        assert kb.store.counts().documents == 24
        assert kb.index.count() == kb.store.counts().chunks
        for word in words:
            hits = kb.index.query_lexical("accented", query_terms([word]), limit=1000)
            assert len({hit.document_id for hit in hits}) == 2
        unchanged = ingest(kb, [folder])
        assert {outcome for outcome, count in unchanged.counts.items() if count} == {"unchanged"}
    assert list((data / "spool").iterdir()) == []


def test_interrupted_run_ends_its_workers_and_says_so(tmp_path: Path) -> None:
    folder, data = tmp_path / "goc", tmp_path / "data"
    folder.mkdir()
    for number in range(12):
        write_archive(folder, number)
    process = start_kb(data, "ingest", str(folder))
    deadline = time.monotonic() + 60
    while not workers_of(data) and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    told = "".join(process.communicate(timeout=60))
    assert "Đã dừng theo yêu cầu" in told
    assert "Traceback" not in told
    assert workers_of(data) == []
    assert list((data / "spool").iterdir()) == []
    assert run_kb(data, "ingest", str(folder)).returncode == 0


def test_second_process_is_told_who_holds_the_directory(tmp_path: Path) -> None:
    folder, data = tmp_path / "goc", tmp_path / "data"
    folder.mkdir()
    write(folder, 1, 0)
    with open_directly(data):
        refused = run_kb(data, "ingest", str(folder))
    assert refused.returncode == 1
    assert refused.stdout == ""
    assert f"Lỗi [store_locked]: Thư mục dữ liệu {str(data)!r}" in refused.stderr
    assert f"`kb test` (tiến trình {os.getpid()})" in refused.stderr
    assert "Traceback" not in refused.stderr
    assert run_kb(data, "ingest", str(folder)).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system of 256 MB."""
    path = tmp_path / "disk"
    path.mkdir()
    options = ["mount", "-t", "tmpfs", "-o", "size=256m", "tmpfs", str(path)]
    try:
        mounted = subprocess.run(options, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small file system needs root")
    yield path
    subprocess.run(["umount", "--lazy", str(path)], check=True)


def fill(disk: Path, *, leave_kb: int) -> Path:
    """Take up the free space but a rest, and return the file that does."""
    ballast = disk / "ballast"
    status = os.statvfs(disk)
    size = status.f_bavail * status.f_frsize - leave_kb * 1024
    with ballast.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for _ in range(max(0, size) // 2**16):
            file.write(bytes(2**16))
    return ballast


@pytest.mark.parametrize("leave_kb", [0, 300, 20_000])
def test_full_disk_is_reported_and_the_next_run_completes(small_disk: Path, leave_kb: int) -> None:
    folder, data = small_disk.parent / "goc", small_disk / "data"
    folder.mkdir()
    words = {f"bai-{number}": write(folder, number, 0) for number in range(8)}
    ballast = fill(small_disk, leave_kb=leave_kb)
    refused = run_kb(data, "ingest", str(folder))
    assert refused.returncode == 1
    assert refused.stderr.startswith("Lỗi [store_unavailable]: ")
    assert "dung lượng đĩa" in refused.stderr
    assert "Traceback" not in refused.stderr
    ballast.unlink()
    assert run_kb(data, "ingest", str(folder)).returncode == 0
    with open_directly(data) as kb:
        assert_holds_exactly(kb, words, [])


def test_disk_that_fills_up_in_the_middle_of_a_run_loses_nothing(small_disk: Path) -> None:
    folder, data = small_disk.parent / "goc", small_disk / "data"
    folder.mkdir()
    words = {f"bai-{number}": write(folder, number, 0) for number in range(10)}
    assert run_kb(data, "ingest", str(folder)).returncode == 0
    old = [words[f"bai-{number}"] for number in range(5)]
    words |= {f"bai-{number}": write(folder, number, 1) for number in range(5)}
    words |= {f"bai-{number}": write(folder, number, 1) for number in range(10, DOCUMENTS)}
    process = start_kb(data, "ingest", str(folder))
    ballast = fill(small_disk, leave_kb=0)
    process.communicate()
    # Either our message, or (a write to a mapped file) a signal; never a silent success.
    assert process.returncode in {1, -signal.SIGBUS}
    ballast.unlink()
    assert run_kb(data, "ingest", str(folder)).returncode == 0
    with open_directly(data) as kb:
        assert_holds_exactly(kb, words, old)
