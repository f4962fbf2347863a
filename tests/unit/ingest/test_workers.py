"""A task that hangs, bloats, crashes or lies fails alone, and nothing of it stays behind."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from ingest.workers import PendingResult, ProcessLimits, WorkerPool
from kb.errors import ExtractionFailed, ExtractionTimeout, IngestError, SourceUnavailable
from kb.models import Document, Field, Locator

# Run in the workers: each function stands for a reader that misbehaves in one way.
TASKS = '''
import os, pathlib, resource, signal, subprocess, sys, time
from kb.errors import ExtractionFailed
from kb.models import Document, Field, Locator
from ingest.sources import SourceFile, Unreadable

CALLS = []

def run(what, *arguments):
    CALLS.append(what)
    yield from globals()[what](*arguments)

def count(number):
    yield from range(number)

def texts(number, length):
    for position in range(number):
        yield f"{position}:" + "x" * length

def hang(note):
    child = subprocess.Popen(["sleep", "600"])
    pathlib.Path(note).write_text(f"{os.getpid()} {child.pid}")
    time.sleep(600)
    yield 1

def bloat():
    blocks = []
    while True:
        blocks.append(bytearray(20_000_000))
    yield 1

def leave(code):
    os._exit(code)
    yield 1

def crash():
    os.kill(os.getpid(), signal.SIGSEGV)
    time.sleep(10)
    yield 1

def fail():
    raise KeyError("styles.xml")
    yield 1

def fail_second_time():
    """Like a library that an earlier file has spoilt."""
    if len(CALLS) > 1:
        os._exit(1)
    yield "read"

class Lie:
    def __init__(self, path):
        self.path = path
    def __reduce__(self):
        return os.mkdir, (self.path,)

def lie(path):
    yield Lie(path)

def fill(path):
    with open(path, "wb") as file:
        for _ in range(1000):
            file.write(bytes(1_000_000))
    yield 1

def modules():
    yield [name for name, module in sys.modules.items() if module is not None]

def environment():
    yield dict(os.environ)

def group():
    yield (os.getpid(), os.getpgid(0), os.getppid())

def torch():
    try:
        import torch
    except ImportError:
        yield "refused"

def ours():
    yield Document("a", "article", "T", "x", "/a", "s", field=Field.ECONOMY,
                   locators=(Locator(0, "page", 3),))
    yield SourceFile(pathlib.Path("/b.docx"), "docx", known_as="/a.zip!/b.docx", depth=1)
    yield Unreadable("/c", ExtractionFailed("c: hỏng."))
'''


@pytest.fixture
def make_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., WorkerPool]]:
    (tmp_path / "hostile_tasks.py").write_text(TASKS, encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    spool = tmp_path / "spool"
    spool.mkdir()
    pools: list[WorkerPool] = []

    def make(
        *, size: int = 1, timeout: float = 30, memory_mb: int = 300, file_mb: float = 50
    ) -> WorkerPool:
        limits = ProcessLimits(timeout, memory_mb, file_mb)
        pools.append(WorkerPool("hostile_tasks:run", size=size, limits=limits, spool=spool))
        return pools[-1]

    yield make
    for pool in pools:
        pool.close()


def result(pool: WorkerPool, *arguments: object) -> list[object]:
    return list(pool.submit("a.docx", *arguments).items())


def error(task: PendingResult) -> IngestError:
    with pytest.raises(IngestError) as caught:
        list(task.items())
    return caught.value


def is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def until(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


def pids_of(note: Path) -> list[int]:
    assert until(lambda: note.exists() and len(note.read_text(encoding="ascii").split()) == 2)
    return [int(pid) for pid in note.read_text(encoding="ascii").split()]


def test_results_are_there_in_whatever_order_they_are_asked_for(
    make_pool: Callable[..., WorkerPool],
) -> None:
    pool = make_pool(size=2)
    tasks = [pool.submit("a", "count", number) for number in range(6)]
    for number in reversed(range(6)):
        assert list(tasks[number].items()) == list(range(number))


def test_our_data_comes_back_as_it_was(make_pool: Callable[..., WorkerPool]) -> None:
    document, child, unreadable = result(make_pool(), "ours")
    expected = Document(
        "a", "article", "T", "x", "/a", "s", field=Field.ECONOMY, locators=(Locator(0, "page", 3),)
    )
    assert document == expected
    assert child.origin == "/a.zip!/b.docx"  # type: ignore[attr-defined]
    assert isinstance(unreadable.error, ExtractionFailed)  # type: ignore[attr-defined]
    assert str(unreadable.error) == "c: hỏng."  # type: ignore[attr-defined]


def test_large_result_waits_on_the_disk_and_is_deleted_once_read(
    make_pool: Callable[..., WorkerPool], tmp_path: Path
) -> None:
    task = make_pool().submit("a", "texts", 300, 10_000)
    assert task.wait(30)
    (spilled,) = (tmp_path / "spool").glob("result-*")
    assert spilled.stat().st_size > 3_000_000
    items = list(task.items())
    assert len(items) == 300
    assert items[299] == "299:" + "x" * 10_000
    assert not spilled.exists()


def test_task_without_end_is_killed_with_what_it_started_and_the_next_one_runs(
    make_pool: Callable[..., WorkerPool], tmp_path: Path
) -> None:
    pool = make_pool(timeout=1)
    note = tmp_path / "pids"
    hanging, following = pool.submit("a.docx", "hang", str(note)), pool.submit("b", "count", 2)
    reason = error(hanging)
    assert isinstance(reason, ExtractionTimeout)
    assert str(reason).startswith("a.docx: đọc quá 1 giây")
    assert "KB_INGEST__FILE_TIMEOUT_SECONDS" in str(reason)
    assert list(following.items()) == [0, 1]
    assert until(lambda: not any(map(is_running, pids_of(note))))


def test_memory_is_limited(make_pool: Callable[..., WorkerPool]) -> None:
    pool = make_pool()
    reason = error(pool.submit("a.pdf", "bloat"))
    assert isinstance(reason, ExtractionTimeout)
    assert "a.pdf: cần hơn 300 MB bộ nhớ" in str(reason)
    assert "KB_INGEST__WORKER_MEMORY_MB" in str(reason)
    assert result(pool, "count", 1) == [0]


@pytest.mark.parametrize(
    ("task", "how"),
    [(("leave", 3), "mã thoát 3"), (("leave", 0), "mã thoát 0"), (("crash",), "SIGSEGV")],
)
def test_process_that_ends_fails_its_file_alone(
    make_pool: Callable[..., WorkerPool], task: tuple[object, ...], how: str
) -> None:
    pool = make_pool()
    before, dying, after = (
        pool.submit("a", "count", 1),
        pool.submit("a.doc", *task),
        pool.submit("b", "count", 1),
    )
    assert list(before.items()) == [0]
    reason = error(dying)
    assert isinstance(reason, ExtractionFailed)
    assert str(reason).startswith(f"a.doc: tiến trình đọc tệp bị dừng đột ngột ({how})")
    assert list(after.items()) == [0]


def test_file_does_not_pay_for_the_damage_of_an_earlier_one(
    make_pool: Callable[..., WorkerPool],
) -> None:
    pool = make_pool()
    assert result(pool, "fail_second_time") == ["read"]
    assert result(pool, "fail_second_time") == ["read"]


def test_exception_that_a_reader_must_not_raise_is_reported(
    make_pool: Callable[..., WorkerPool],
) -> None:
    reason = error(make_pool().submit("a.docx", "fail"))
    assert isinstance(reason, ExtractionFailed)
    assert "KeyError: 'styles.xml'" in str(reason)


def test_objects_of_other_classes_are_not_unpickled(
    make_pool: Callable[..., WorkerPool], tmp_path: Path
) -> None:
    reason = error(make_pool().submit("a.docx", "lie", str(tmp_path / "taken-over")))
    assert isinstance(reason, ExtractionFailed)
    assert not (tmp_path / "taken-over").exists()


def test_written_files_are_limited(make_pool: Callable[..., WorkerPool], tmp_path: Path) -> None:
    reason = error(make_pool(file_mb=5).submit("a.zip", "fill", str(tmp_path / "filled")))
    assert isinstance(reason, ExtractionFailed)
    assert (tmp_path / "filled").stat().st_size <= 5_000_000


def test_worker_has_no_settings_no_model_and_a_group_of_its_own(
    make_pool: Callable[..., WorkerPool], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KB_SERVICE__TOKEN", "bi-mat")
    pool = make_pool()
    (environment,) = result(pool, "environment")
    assert not [name for name in environment if name.startswith("KB_")]  # type: ignore[attr-defined]
    assert environment["TMPDIR"] == str(tmp_path / "spool")  # type: ignore[index]
    ((pid, group, parent),) = result(pool, "group")  # type: ignore[misc]
    assert (group, parent) == (pid, os.getpid())
    (modules,) = result(pool, "modules")
    assert not {"torch", "openvino", "qdrant_edge", "sqlalchemy"} & set(modules)  # type: ignore[call-overload]
    assert result(pool, "torch") == ["refused"]


def test_real_readers_load_no_model(tmp_path: Path) -> None:
    program = (
        "import importlib, pkgutil, sys\n"
        "import ingest.workers, ingest.readers, ingest.metadata.enrich\n"
        "import ingest.cases, ingest.extractors\n"
        "for found in pkgutil.iter_modules(ingest.extractors.__path__):\n"
        "    importlib.import_module(f'ingest.extractors.{found.name}')\n"
        "print(sorted({'torch', 'openvino', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_closing_kills_what_runs_and_cancels_what_waits(
    make_pool: Callable[..., WorkerPool], tmp_path: Path
) -> None:
    pool = make_pool()
    note = tmp_path / "pids"
    running, waiting = pool.submit("a", "hang", str(note)), pool.submit("b", "count", 1)
    pids = pids_of(note)
    started = time.monotonic()
    pool.close()
    assert time.monotonic() - started < 5
    assert isinstance(error(running), SourceUnavailable)
    assert isinstance(error(waiting), SourceUnavailable)
    assert until(lambda: not any(map(is_running, pids)))
    assert "lượt nạp đã dừng" in str(error(pool.submit("c", "count", 1)))
    pool.close()


def test_no_process_and_no_thread_is_left(make_pool: Callable[..., WorkerPool]) -> None:
    pool = make_pool(size=2)
    tasks = [pool.submit("a", "group") for _ in range(4)]
    pids = {next(iter(task.items()))[0] for task in tasks}
    pool.close()
    assert not [pid for pid in pids if Path(f"/proc/{pid}").exists()]
    assert not [thread for thread in threading.enumerate() if thread.name == "kb-reader"]


def test_workers_end_when_the_parent_is_killed(tmp_path: Path) -> None:
    (tmp_path / "hostile_tasks.py").write_text(TASKS, encoding="utf-8")
    note = tmp_path / "pids"
    program = (
        f"import sys, time; sys.path.insert(0, {str(tmp_path)!r})\n"
        "from pathlib import Path\n"
        "from ingest.workers import ProcessLimits, WorkerPool\n"
        f"spool, limits = Path({str(tmp_path)!r}), ProcessLimits(600, 300)\n"
        "pool = WorkerPool('hostile_tasks:run', size=1, limits=limits, spool=spool)\n"
        f"pool.submit('a', 'hang', {str(note)!r})\n"
        "time.sleep(600)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", program])
    pids = pids_of(note)
    parent.send_signal(signal.SIGKILL)
    parent.wait()
    assert until(lambda: not any(map(is_running, pids)))


def test_interrupt_of_the_terminal_does_not_reach_workers(
    make_pool: Callable[..., WorkerPool],
) -> None:
    pool = make_pool()
    ((pid, _, _),) = result(pool, "group")  # type: ignore[misc]
    os.kill(pid, signal.SIGINT)
    assert result(pool, "group")[0][0] == pid  # type: ignore[index]


def test_pool_that_cannot_start_processes_says_so(
    make_pool: Callable[..., WorkerPool], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/khong/co/python")
    reason = error(make_pool().submit("a", "count", 1))
    assert isinstance(reason, SourceUnavailable)
    assert "KB_INGEST__WORKERS" in str(reason)
