"""Processes that read files, so that a hostile file fails alone.

Each worker is a fresh interpreter in a process group of its own, with limits of memory, file
size and time; it never holds the model, the stores or any setting. A thread of this process
drives each worker: it hands over one task, waits with a time-out, and kills the group (with
whatever the reading started) where the answer does not come. What a worker sends back is unpickled
by an `Unpickler` that knows our data classes and nothing else, since the sender has just parsed
bytes that nobody vouches for.

Starting a worker takes about as long as importing the readers, so workers start when there is
work and stay until the pool is closed.
"""

import contextlib
import io
import logging
import os
import pickle
import signal
import subprocess
import sys
import threading
import uuid
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from enum import Enum
from multiprocessing.connection import Pipe
from pathlib import Path, PosixPath, PurePosixPath
from types import TracebackType
from typing import Any, Self

import kb.errors
import kb.models
from ingest.sources import SourceFile, Unreadable
from ingest.worker_process import INLINE, MEMORY, READY, SPILLED
from kb.errors import ExtractionFailed, ExtractionTimeout, IngestError, KbError, SourceUnavailable

logger = logging.getLogger(__name__)

_PROGRAM = "from ingest.worker_process import main; main()"
_START_SECONDS = 120.0
_KILL_SECONDS = 10.0
_MEGABYTE = 1_000_000
_SINGLE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OMP_THREAD_LIMIT": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MALLOC_ARENA_MAX": "2",
}


@dataclass(frozen=True, slots=True)
class ProcessLimits:
    """What one task may take.

    Attributes:
        timeout_seconds: Wall-clock time.
        memory_mb: Memory beyond what the interpreter and the readers take themselves.
        max_file_mb: Largest file that may be written, results included.
        nice: Added to the niceness, so that searches go first.
    """

    timeout_seconds: float
    memory_mb: int
    max_file_mb: float = 1000
    nice: int = 5


class PendingResult:
    """The items that a task will give."""

    def __init__(self, name: str, arguments: Sequence[Any], spill: Path) -> None:
        """Name the task for messages and say where a large result is to be put."""
        self.name = name
        self.arguments = tuple(arguments)
        self.spill = spill
        self._done = threading.Event()
        self._content: bytes | Path | IngestError = b""

    def settle(self, content: bytes | Path | IngestError) -> None:
        """Set the outcome: framed pickles, a file of them, or what went wrong."""
        self._content = content
        self._done.set()

    def wait(self, seconds: float) -> bool:
        """Wait for the task, at most so long; tell whether it is settled."""
        return self._done.wait(seconds)

    def items(self) -> Iterator[Any]:
        """Wait for the task and yield its items; large results are read piece by piece.

        Raises:
            ExtractionTimeout: It took too much time or memory.
            ExtractionFailed: Its process died, or it raised what it must not.
            SourceUnavailable: No process could be started.
        """
        self._done.wait()
        content = self._content
        if isinstance(content, IngestError):
            raise content
        if isinstance(content, bytes):
            yield from _unpickled(io.BytesIO(content), self.name)
            self._content = b""
            return
        with content.open("rb") as file:
            yield from _unpickled(file, self.name)
        content.unlink(missing_ok=True)


class WorkerPool:
    """Workers that all run one function.

    Tasks start in the order of `submit`; their results are asked for in any order.
    """

    def __init__(self, function: str, *, size: int, limits: ProcessLimits, spool: Path) -> None:
        """Prepare the pool; processes start with the first tasks.

        Args:
            function: `module:name` of a function that returns or yields items.
            size: Largest number of processes.
            limits: For each task.
            spool: Directory of large results and of temporary files.
        """
        self._function = function
        self._size = max(1, size)
        self._limits = limits
        self._spool = spool
        self._changed = threading.Condition()
        self._queue: deque[PendingResult] = deque()
        self._threads: list[threading.Thread] = []
        self._processes: set[_Worker] = set()
        self._idle = 0
        self._closed = False

    def submit(self, name: str, *arguments: Any, first: bool = False) -> PendingResult:
        """Queue a task.

        Args:
            name: Of the file, for messages.
            *arguments: Of the function.
            first: Whether it goes before the tasks that wait.
        """
        task = PendingResult(name, arguments, self._spool / f"result-{uuid.uuid4().hex}")
        with self._changed:
            if self._closed:
                task.settle(_cancelled(name))
                return task
            (self._queue.appendleft if first else self._queue.append)(task)
            if self._idle < len(self._queue) and len(self._threads) < self._size:
                thread = threading.Thread(target=self._serve, name="kb-reader", daemon=True)
                self._threads.append(thread)
                thread.start()
            self._changed.notify()
        return task

    def close(self) -> None:
        """Kill all workers at once; tasks that wait or run end as cancelled. Safe to call again."""
        with self._changed:
            self._closed = True
            for task in self._queue:
                task.settle(_cancelled(task.name))
            self._queue.clear()
            for process in self._processes:
                process.kill()
            self._changed.notify_all()
        for thread in self._threads:
            thread.join()

    def __enter__(self) -> Self:
        """Return itself."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        exc: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close it."""
        self.close()

    # --- the threads -------------------------------------------------------------------------

    def _serve(self) -> None:
        worker: _Worker | None = None
        try:
            while (task := self._next_task()) is not None:
                outcome: bytes | Path | IngestError
                try:
                    outcome, worker = self._attempt(task, worker)
                # A task that is never settled would be waited for without end.
                except Exception as exc:
                    logger.exception("worker thread failed")
                    outcome, worker = _failed(task.name, type(exc).__name__), None
                task.settle(_cancelled(task.name) if self._closed else outcome)
        finally:
            if worker is not None:
                self._discard(worker)

    def _next_task(self) -> PendingResult | None:
        with self._changed:
            self._idle += 1
            self._changed.wait_for(lambda: self._closed or self._queue)
            self._idle -= 1
            return None if self._closed else self._queue.popleft()

    def _attempt(
        self, task: PendingResult, worker: "_Worker | None"
    ) -> "tuple[bytes | Path | IngestError, _Worker | None]":
        """Run a task; a worker that an earlier task may have spoilt gets a second try anew."""
        while True:
            is_fresh = worker is None
            try:
                worker = worker or self._start()
                return worker.run(task), worker
            except _Broken as exc:
                if worker is not None:
                    self._discard(worker)
                worker = None
                if is_fresh or (isinstance(exc.error, ExtractionTimeout) and exc.by_clock):
                    return exc.error, None

    def _start(self) -> "_Worker":
        worker = _Worker(self._function, self._limits, self._spool)
        with self._changed:
            self._processes.add(worker)
            if self._closed:
                worker.kill()
        try:
            worker.wait_until_ready()
        except _Broken:
            self._discard(worker)
            raise
        return worker

    def _discard(self, worker: "_Worker") -> None:
        with self._changed:  # before its number may be given to another process
            self._processes.discard(worker)
        worker.dispose()


class _Broken(Exception):
    """A worker is of no more use; `error` is what its task ends with."""

    def __init__(self, error: IngestError, *, by_clock: bool = False) -> None:
        super().__init__(str(error))
        self.error = error
        self.by_clock = by_clock


class _Worker:
    """One process, driven by one thread; another may only call `kill`."""

    def __init__(self, function: str, limits: ProcessLimits, spool: Path) -> None:
        """Start the process.

        Raises:
            _Broken: It cannot be started.
        """
        self._limits = limits
        ours, theirs = Pipe()
        lifeline_theirs, lifeline_ours = os.pipe()
        arguments = [
            str(theirs.fileno()),
            str(lifeline_theirs),
            function,
            str(limits.memory_mb),
            str(int(limits.max_file_mb * _MEGABYTE)),
            str(limits.nice),
        ]
        try:
            self._process = subprocess.Popen(
                [sys.executable, "-c", _PROGRAM, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,  # C libraries complain there of every odd file
                env=_environment(spool),
                pass_fds=(theirs.fileno(), lifeline_theirs),
                start_new_session=True,  # Ctrl+C is for this process; one kill reaches the group
            )
        except OSError as exc:
            ours.close()
            os.close(lifeline_ours)
            raise _Broken(
                SourceUnavailable(
                    f"Không khởi động được tiến trình đọc tệp: {exc.strerror}. "
                    "Giảm KB_INGEST__WORKERS, đóng bớt chương trình khác rồi chạy lại."
                )
            ) from exc
        finally:
            theirs.close()
            os.close(lifeline_theirs)
        self._pipe = ours
        self._lifeline = lifeline_ours

    def wait_until_ready(self) -> None:
        """Wait until the readers are imported.

        Raises:
            _Broken: The process died or hangs.
        """
        try:
            ready = self._pipe.poll(_START_SECONDS) and self._pipe.recv_bytes() == READY
        except (EOFError, OSError):
            ready = False
        if not ready:
            raise _Broken(
                SourceUnavailable(
                    "Tiến trình đọc tệp không khởi động được. Kiểm tra bộ nhớ còn trống và "
                    "KB_INGEST__WORKER_MEMORY_MB, rồi chạy lại."
                )
            )

    def run(self, task: PendingResult) -> bytes | Path | IngestError:
        """Return the outcome of a task.

        Raises:
            _Broken: The process must be replaced.
        """
        try:
            self._pipe.send_bytes(pickle.dumps((str(task.spill), task.arguments)))
            if not self._pipe.poll(self._limits.timeout_seconds):
                raise _Broken(_timed_out(task.name, self._limits), by_clock=True)
            answer = self._pipe.recv_bytes()
        except (EOFError, OSError) as exc:
            raise _Broken(self._death(task.name)) from exc
        kind, content = answer[:1], answer[1:]
        if kind == INLINE:
            return content
        if kind == SPILLED:
            return task.spill
        if kind == MEMORY:
            raise _Broken(_out_of_memory(task.name, self._limits))
        return _failed(task.name, content.decode("utf-8", "replace"))

    def _death(self, name: str) -> IngestError:
        try:
            code = self._process.wait(_KILL_SECONDS)
        except subprocess.TimeoutExpired:  # it closed the pipe and goes on
            code = 0
        if code == -signal.SIGKILL:  # not ours: the system's killer of what fills the memory
            return _out_of_memory(name, self._limits)
        how = f"mã thoát {code}"
        if code < 0:
            with contextlib.suppress(ValueError):
                how = signal.Signals(-code).name
        return ExtractionFailed(
            f"{name}: tiến trình đọc tệp bị dừng đột ngột ({how}); tệp có thể hỏng. "
            "Mở tệp bằng chương trình soạn thảo, lưu lại rồi nạp lại."
        )

    def kill(self) -> None:
        """End the process with all that it started; safe to call again, from any thread."""
        # Also after the process itself ended: what it started may still run.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def dispose(self) -> None:
        """End and reap the process."""
        self.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_KILL_SECONDS)
        os.close(self._lifeline)
        self._pipe.close()


def _environment(spool: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    path = os.pathsep.join(entry or str(Path.cwd()) for entry in sys.path)
    return {
        **kept,
        **_SINGLE_THREAD,
        "PYTHONPATH": path,
        "PYTHONSAFEPATH": "1",
        "TMPDIR": str(spool),  # what a killed reader leaves behind goes with the spool
    }


def _cancelled(name: str) -> IngestError:
    return SourceUnavailable(f"{name}: lượt nạp đã dừng trước khi đọc tệp này. Chạy lại lệnh.")


def _timed_out(name: str, limits: ProcessLimits) -> IngestError:
    return ExtractionTimeout(
        f"{name}: đọc quá {limits.timeout_seconds:g} giây nên đã dừng. Chia nhỏ tệp, "
        "hoặc tăng KB_INGEST__FILE_TIMEOUT_SECONDS rồi nạp lại."
    )


def _out_of_memory(name: str, limits: ProcessLimits) -> IngestError:
    return ExtractionTimeout(
        f"{name}: cần hơn {limits.memory_mb} MB bộ nhớ để đọc nên đã dừng. Chia nhỏ tệp, "
        "hoặc tăng KB_INGEST__WORKER_MEMORY_MB rồi nạp lại."
    )


def _failed(name: str, what: str) -> IngestError:
    return ExtractionFailed(
        f"{name}: không đọc được nội dung ({what}); tệp có thể hỏng. "
        "Mở tệp bằng chương trình soạn thảo, lưu lại rồi nạp lại."
    )


# --- results --------------------------------------------------------------------------------


class _Unpickler(pickle.Unpickler):
    """Loads plain values and our data classes."""

    def find_class(self, module: str, name: str) -> Any:
        """Return a class that may be made.

        Raises:
            UnpicklingError: It is none of ours.
        """
        found = _ALLOWED.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name} is not allowed")
        return found


def _allowed() -> dict[tuple[str, str], Any]:
    ours = [
        value
        for module in (kb.models, kb.errors)
        for value in vars(module).values()
        if isinstance(value, type)
        and value.__module__ == module.__name__
        and (issubclass(value, KbError | Enum) or hasattr(value, "__dataclass_fields__"))
    ]
    plain = [date, datetime, timedelta, timezone, PosixPath, PurePosixPath, SourceFile, Unreadable]
    return {(value.__module__, value.__qualname__): value for value in (*ours, *plain)}


_ALLOWED = _allowed()


def _unpickled(file: Any, name: str) -> Iterator[Any]:
    try:
        while header := file.read(8):
            portion = file.read(int.from_bytes(header, "little"))
            yield from _Unpickler(io.BytesIO(portion)).load()
    # Whatever a spoilt process wrote: the format's library raises nearly anything.
    except Exception as exc:
        raise _failed(name, type(exc).__name__) from exc
