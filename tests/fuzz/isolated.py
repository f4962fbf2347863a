"""Changed files through the worker processes of ingest, as a run reads them.

What a native library does to its process cannot be caught there; here the process may end, and the
file must fail alone: its task gives an `IngestError`, and a sound file after it is still read.
"""

import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ingest.formats import SUFFIXES
from ingest.ports import Limits
from ingest.sources import SourceFile, Unreadable
from ingest.workers import PendingResult, ProcessLimits, WorkerPool
from kb.errors import IngestError
from kb.models import Document
from tests.fuzz.mutations import apply_edits, random_edit
from tests.fuzz.seeds import make_seeds
from tests.fuzz.targets import MAX_INPUT_BYTES

_READ = "ingest.readers:read_documents"
# Tasks that are under way together: more than workers, so that a death meets a queue.
_AT_ONCE = 8
_PROCESS = ProcessLimits(timeout_seconds=30, memory_mb=1000, max_file_mb=100)


def run_isolated(names: Sequence[str], *, seconds: float, seed: int, size: int = 2) -> int:
    """Read changed files of each target through a pool; return 1 if it did not go on.

    Args:
        names: Targets with files.
        seconds: Wall-clock time for each.
        seed: Of the random numbers.
        size: Number of workers.
    """
    failed = 0
    for name in names:
        counts, problems = Counter[str](), []
        with tempfile.TemporaryDirectory(prefix="kb-fuzz-") as made:
            folder = Path(made)
            seeds = make_seeds(folder / "seeds")[name]
            run = _Run(name, seeds, folder, random.Random(seed))
            with WorkerPool(_READ, size=size, limits=_PROCESS, spool=run.spool) as pool:
                ends = time.monotonic() + seconds
                while time.monotonic() < ends:
                    problems += run.round(pool, counts)
            left = [path.name for path in folder.iterdir() if path.name not in run.own]
            problems += [f"left behind: {left}"] if left else []
        said = ", ".join(f"{count} {what}" for what, count in sorted(counts.items()))
        sys.stdout.write(f"{name:12} {said}; {len(problems)} findings\n")
        sys.stdout.writelines(f"{name}: {problem}\n" for problem in dict.fromkeys(problems))
        sys.stdout.flush()
        failed = failed or int(bool(problems))
    return failed


class _Run:
    """One target: its files and the checks on what the pool gives for them."""

    def __init__(self, name: str, seeds: Sequence[bytes], folder: Path, rng: random.Random) -> None:
        from tests.fuzz.targets import TARGETS

        self._suffix = TARGETS[name].suffix
        self._seeds = seeds
        self._rng = rng
        self._files = folder / "files"
        self.spool = folder / "spool"
        self.own = {"seeds", "files", "spool"}
        self._limits = Limits(max_bytes=10_000_000, ocr=False, spool=self.spool)
        self._files.mkdir()
        self.spool.mkdir()
        self._sound = self._file("sound", seeds[0])

    def round(self, pool: WorkerPool, counts: Counter[str]) -> list[str]:
        """Read some changed files and one sound file behind them; return what is wrong."""
        changed = []
        for number in range(_AT_ONCE):
            edits = [random_edit(self._rng) for _ in range(self._rng.choice((1, 2, 4)))]
            data = apply_edits(self._rng.choice(self._seeds), edits, max_bytes=MAX_INPUT_BYTES)
            changed.append(self._file(f"f{number}", data))
        tasks = [pool.submit(file.name, file, self._limits) for file in (*changed, self._sound)]
        for task in tasks[:-1]:
            counts[_outcome(task)] += 1
        items = list(tasks[-1].items())
        for path in self.spool.iterdir():
            path.unlink(missing_ok=True)
        if not any(isinstance(item, Document) for item in items):
            return ["a sound file was not read after a changed one"]
        return []

    def _file(self, name: str, data: bytes) -> SourceFile:
        path = self._files / f"{name}{self._suffix}"
        path.write_bytes(data)
        return SourceFile(path, SUFFIXES[self._suffix])


def _outcome(task: PendingResult) -> str:
    """Return what became of a file: read, refused by its reader, or its process ended."""
    try:
        items = list(task.items())
    except IngestError as exc:
        return f"ended ({exc.code})"
    return "refused" if all(isinstance(item, Unreadable) for item in items) else "read"
