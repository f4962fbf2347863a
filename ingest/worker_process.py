"""What runs inside a worker of `ingest.workers`: sets its own limits, then runs task after task."""

import contextlib
import fcntl
import importlib
import os
import pickle
import resource
import signal
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

# First byte of what a worker sends; after `INLINE` comes the result, after `FAILED` what happened.
READY, INLINE, SPILLED, MEMORY, FAILED = b"+", b"I", b"S", b"M", b"F"
# Results up to this size stay in memory; a larger one waits in the spool.
_INLINE_BYTES = 1_000_000
# Items that are pickled together.
_PORTION = 64
_MEGABYTE = 1_000_000
# Never needed to read a file, and far too large to load once a worker.
_FORBIDDEN_MODULES = ("torch", "openvino", "transformers", "sentence_transformers", "qdrant_edge")


def main() -> None:
    """Run the tasks that come through the pipe until it is closed."""
    pipe_number, lifeline, function, memory_mb, max_file_bytes, nice = sys.argv[1:7]
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _end_with_parent(int(lifeline))
    pipe = Connection(int(pipe_number))
    for module in _FORBIDDEN_MODULES:
        sys.modules[module] = None  # type: ignore[assignment]  # importing it raises ImportError
    module_name, _, function_name = function.partition(":")
    run: Callable[..., Iterable[Any]] = getattr(importlib.import_module(module_name), function_name)
    _limit(int(memory_mb), int(max_file_bytes), int(nice))
    pipe.send_bytes(READY)
    while True:
        try:
            spill, arguments = pickle.loads(pipe.recv_bytes())
        except EOFError:
            return
        try:
            answer = _result(run(*arguments), Path(spill))
        except MemoryError:
            pipe.send_bytes(MEMORY)
            return
        # Anything else that reading raises is told; the process itself is sound.
        except Exception as exc:  # noqa: BLE001
            answer = FAILED + f"{type(exc).__name__}: {exc}"[:300].encode("utf-8", "replace")
        pipe.send_bytes(answer)


def _result(items: Iterable[Any], spill: Path) -> bytes:
    """Return the answer of a task; a large one is in the file by then."""
    inline = bytearray()
    with contextlib.ExitStack() as opened:
        file: Any = None
        for frame in _frames(items):
            if file is None and len(inline) + len(frame) > _INLINE_BYTES:
                file = opened.enter_context(spill.open("wb"))
                file.write(inline)
            if file is None:
                inline += frame
            else:
                file.write(frame)
        return INLINE + bytes(inline) if file is None else SPILLED


def _frames(items: Iterable[Any]) -> Iterator[bytes]:
    portion: list[Any] = []
    for item in items:
        portion.append(item)
        if len(portion) >= _PORTION:
            yield _frame(portion)
            portion = []
    if portion:
        yield _frame(portion)


def _end_with_parent(lifeline: int) -> None:
    """See to it that this process group ends when the parent does, however that ends."""
    if sys.platform == "linux":
        # The kernel signals the group once the other end of the pipe is closed, also while a C
        # library holds the interpreter's lock. (PR_SET_PDEATHSIG would miss what was started.)
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgid(0))
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        flags = fcntl.fcntl(lifeline, fcntl.F_GETFL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, flags | os.O_ASYNC | os.O_NONBLOCK)
        try:
            is_orphan = os.read(lifeline, 1) == b""  # the parent ended before this was set up
        except BlockingIOError:
            is_orphan = False
        if is_orphan:
            os.killpg(0, signal.SIGKILL)
        return

    def watch() -> None:
        os.read(lifeline, 1)  # returns when the parent's end is closed
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _limit(memory_mb: int, max_file_bytes: int, nice: int) -> None:
    limits = {
        resource.RLIMIT_AS: _own_size() + memory_mb * _MEGABYTE,
        resource.RLIMIT_FSIZE: max_file_bytes,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in limits.items():
        _, hard = resource.getrlimit(kind)
        if hard != resource.RLIM_INFINITY:
            value = min(value, hard)
        # Not every system knows each limit.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(kind, (value, value))
    with contextlib.suppress(OSError):
        os.nice(nice)


def _own_size() -> int:
    """Return the address space that the interpreter takes already, in bytes."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
    except (OSError, ValueError):
        return 0
    return pages * resource.getpagesize()


def _frame(items: list[Any]) -> bytes:
    data = pickle.dumps(items, pickle.HIGHEST_PROTOCOL)
    return len(data).to_bytes(8, "little") + data
