"""Coverage-guided fuzzing of everything that reads bytes from outside.

    python -m tests.fuzz.run --seconds 60                  # each target, one after the other
    python -m tests.fuzz.run --seconds 600 --target pdf
    python -m tests.fuzz.run --replay build/fuzz/pdf/0a1b2c3d4e5f --target pdf
    python -m tests.fuzz.run --seconds 60 --isolated       # through the worker processes of ingest

Each target runs in a process of its own, because the libraries under it may end that. What fails is
kept under `build/fuzz/<target>/`, named by a digest of where it fails, and the run goes on; the
exit status tells whether anything failed. See `tests/fuzz/README.md`.
"""

import argparse
import hashlib
import importlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import types
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.fuzz.mutations import apply_edits, edit_inside, random_edit

_REPOSITORY = Path(__file__).parents[2]
_RESULTS = _REPOSITORY / "build" / "fuzz"
# What an input of up to `MAX_INPUT_BYTES` may take, in seconds of processor time of this process:
# the machine may be shared. Code under test is slowed about threefold by its instrumentation.
CPU_SECONDS = 5.0
_INSTRUMENTED_FACTOR = 3.0
# A native library that hangs answers no signal; libFuzzer ends the process then.
_HANG_SECONDS = 60
_MEMORY_MB = 3000
_SLOWEST = 3
_MOST_DEATHS = 10
# Packages whose branches guide the fuzzer. What comes after a format was read is guided by a target
# of its own, since it would take most of the time of the others.
_GUIDING = [
    *("ingest.extractors", "ingest.office", "ingest.articles", "ingest.web", "ingest.encodings"),
    *("ingest.metadata.linked_data", "ingest.metadata.declarations"),
    *("olefile", "protego"),
]
_GUIDING_OF = {"cases": ["ingest.cases", "ingest.metadata"]}
_READERS = [
    *(
        f"ingest.extractors.{name}"
        for name in (
            *("docx", "doc", "pdf", "slides", "rtf", "open_document"),
            *("register", "mail", "archive"),
        )
    ),
    *("ingest.metadata.enrich", "ingest.cases", "ingest.articles.article"),
]
# Most inputs stay this much larger than the largest seed at most, so that many are read; the
# others may be as large as allowed, to show what takes more than linear time.
_USUAL_ROOM = 2000
_LARGE_SHARE = 0.05


class TooSlow(BaseException):
    """An input took more than its time; no net for exceptions may catch this."""


@dataclass
class Outcome:
    """What a run of a target gave.

    Attributes:
        target: Its name.
        seconds: Wall-clock time.
        executions: Inputs that were read.
        findings: Digest of a failure's place to its last words.
        slowest: Processor time in seconds, size in bytes and file of the slowest inputs.
        deaths: How processes ended that did not end by themselves.
    """

    target: str
    seconds: float = 0.0
    executions: int = 0
    findings: dict[str, str] = field(default_factory=dict)
    slowest: list[tuple[float, int, str]] = field(default_factory=list)
    deaths: list[str] = field(default_factory=list)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run what the command line says; return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=_HelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each target")
    parser.add_argument("--target", action="append", help="may be given several times")
    parser.add_argument("--seed", type=int, default=1, help="of the random numbers")
    parser.add_argument("--replay", type=Path, nargs="+", help="files to read once each")
    parser.add_argument("--isolated", action="store_true", help="through worker processes")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if options.inside:
        _fuzz(options.target[0], options.seconds, options.seed)
    from tests.fuzz.targets import TARGETS

    names = options.target or list(TARGETS)
    if unknown := set(names) - set(TARGETS):
        parser.error(
            f"no such target: {', '.join(sorted(unknown))}; there are {', '.join(TARGETS)}"
        )
    if options.replay:
        return _replay(names, options.replay)
    if options.isolated:
        from tests.fuzz.isolated import run_isolated

        return run_isolated(
            [name for name in names if TARGETS[name].is_native and TARGETS[name].suffix],
            seconds=options.seconds,
            seed=options.seed,
        )
    outcomes = [_in_process_of_its_own(name, options.seconds, options.seed) for name in names]
    _tell(f"\n{len(outcomes)} targets, {sum(item.executions for item in outcomes)} executions")
    failed = [item for item in outcomes if item.findings or item.deaths]
    for item in failed:
        for digest, words in item.findings.items():
            _tell(f"{item.target} {digest}: {words}")
        for death in item.deaths:
            _tell(f"{item.target} {death}")
    return 1 if failed else 0


class _HelpFormatter(argparse.RawDescriptionHelpFormatter):
    pass


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _in_process_of_its_own(name: str, seconds: float, seed: int) -> Outcome:
    """Fuzz a target; where an input ends its process, go on with the next seed."""
    folder = _RESULTS / name
    folder.mkdir(parents=True, exist_ok=True)
    report, whole = folder / "outcome.json", Outcome(name)
    while whole.seconds < seconds and len(whole.deaths) < _MOST_DEATHS:
        report.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-m", "tests.fuzz.run", "--inside", "--target", name),
            *("--seconds", str(seconds - whole.seconds), "--seed", str(seed + len(whole.deaths))),
        ]
        started = time.monotonic()
        log = folder / f"log-{len(whole.deaths)}.txt"
        with log.open("wb") as stream:
            ended = subprocess.run(
                command, cwd=_REPOSITORY, stdout=stream, stderr=stream, check=False
            )
        part = Outcome(name)
        if report.exists():
            part = Outcome(**json.loads(report.read_text(encoding="utf-8")))
        whole.executions += part.executions
        whole.findings |= part.findings
        whole.slowest = sorted([*whole.slowest, *part.slowest], reverse=True)[:_SLOWEST]
        whole.seconds += part.seconds
        if ended.returncode:
            whole.seconds += max(0.0, time.monotonic() - started - part.seconds)
            whole.deaths.append(f"ended with {ended.returncode}; see {log}")
    report.write_text(json.dumps(asdict(whole), ensure_ascii=False), encoding="utf-8")
    slowest = ", ".join(f"{cpu:.2f} s for {size} bytes" for cpu, size, _ in whole.slowest[:1])
    _tell(
        f"{name:12} {whole.executions:8} executions in {whole.seconds:6.1f} s, "
        f"{len(whole.findings)} findings, {len(whole.deaths)} deaths, slowest {slowest or 'none'}"
    )
    return whole


# --- inside the process of a target --------------------------------------------------------------


class _Harness:
    """Runs inputs, counts them and keeps those that fail or take long."""

    def __init__(self, name: str, seconds: float, folder: Path) -> None:
        from tests.fuzz.targets import TARGETS

        self._run = TARGETS[name].run
        self._folder = folder
        self._seconds = seconds
        self._started = time.monotonic()
        self._told = self._started
        self._outcome = Outcome(name)
        signal.signal(signal.SIGVTALRM, _too_slow)

    def __call__(self, data: bytes) -> None:
        """Run one input; end the process when the time is over."""
        before = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, CPU_SECONDS * _INSTRUMENTED_FACTOR)
        try:
            self._run(data)
        except TooSlow as exc:
            self._keep(data, exc)
        except Exception as exc:  # noqa: BLE001 - any of them is a finding
            self._keep(data, exc)
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        self._outcome.executions += 1
        self._weigh(data, time.process_time() - before)
        now = time.monotonic()
        self._outcome.seconds = now - self._started
        if now - self._told > 5 or self._outcome.seconds > self._seconds:
            self._told = now
            self._save()
        if self._outcome.seconds > self._seconds:
            os._exit(0)  # libFuzzer has no way back

    def _keep(self, data: bytes, exc: BaseException) -> None:
        frames = [
            f"{Path(frame.filename).name}:{frame.name}:{frame.lineno}"
            for frame in traceback.extract_tb(exc.__traceback__)
            if frame.filename.startswith(str(_REPOSITORY))
            and "/tests/fuzz/run" not in frame.filename
        ]
        # Where time runs out is chance: the outer frames are what is alike.
        place = [*frames[:4]] if isinstance(exc, TooSlow) else frames[-2:]
        digest = hashlib.sha256(f"{type(exc).__name__} {place}".encode()).hexdigest()[:12]
        if digest not in self._outcome.findings:
            self._outcome.findings[digest] = (
                f"{type(exc).__name__}: {str(exc)[:200]} at {frames[-2:]}"
            )
            (self._folder / digest).write_bytes(data)
            (self._folder / f"{digest}.txt").write_text(
                "".join(traceback.format_exception(exc)), encoding="utf-8", errors="replace"
            )
            self._save()

    def _weigh(self, data: bytes, cpu: float) -> None:
        slowest = self._outcome.slowest
        if len(slowest) < _SLOWEST or cpu > slowest[-1][0]:
            path = self._folder / f"slow-{hashlib.sha256(data).hexdigest()[:12]}"
            path.write_bytes(data)
            slowest.append((round(cpu, 3), len(data), path.name))
            slowest.sort(reverse=True)
            for _, _, name in slowest[_SLOWEST:]:
                (self._folder / name).unlink(missing_ok=True)
            del slowest[_SLOWEST:]

    def _save(self) -> None:
        text = json.dumps(asdict(self._outcome), ensure_ascii=False)
        (self._folder / "outcome.json").write_text(text, encoding="utf-8")


def _too_slow(_signal: int, _frame: types.FrameType | None) -> None:
    raise TooSlow(f"more than {CPU_SECONDS * _INSTRUMENTED_FACTOR} s of processor time")


def _fuzz(name: str, seconds: float, seed: int) -> None:
    """Fuzz a target until the time is over; never returns."""
    import atheris

    with atheris.instrument_imports(
        include=_GUIDING_OF.get(name, _GUIDING), enable_loader_override=False
    ):
        # Readers import what they need at their first file; that would be too late here.
        for module in _READERS:
            importlib.import_module(module)
        from tests.fuzz.targets import MAX_INPUT_BYTES

    from tests.fuzz.seeds import make_seeds

    with tempfile.TemporaryDirectory(prefix="kb-fuzz-seeds-") as made:
        seeds = make_seeds(Path(made))[name]
    corpus = _RESULTS / name / "corpus"
    corpus.mkdir(exist_ok=True)
    for content in seeds:
        (corpus / hashlib.sha256(content).hexdigest()[:16]).write_bytes(content)

    # An archive that is cut is no archive any more.
    usual = 2 * max(map(len, seeds)) + _USUAL_ROOM

    def mutate(data: bytes, max_size: int, random_seed: int) -> bytes:
        rng = random.Random(random_seed)
        room = max_size if rng.random() < _LARGE_SHARE else min(usual, max_size)
        if not data or len(data) > room or rng.random() < 0.02:
            data = rng.choice(seeds)
        if rng.random() < 0.4:
            changed = edit_inside(
                data, rng.random(), lambda part: bytes(atheris.Mutate(part, len(part) + 64))
            )
        else:
            edits = [random_edit(rng) for _ in range(rng.choice((1, 1, 1, 2, 3, 6)))]
            changed = apply_edits(data, edits, max_bytes=room)
        return changed[:room]

    harness = _Harness(name, seconds, _RESULTS / name)
    flags = [
        f"-seed={seed}",
        f"-max_len={MAX_INPUT_BYTES}",
        f"-timeout={_HANG_SECONDS}",
        f"-rss_limit_mb={_MEMORY_MB}",
        f"-artifact_prefix={_RESULTS / name}/",
        "-len_control=0",
        str(corpus),
    ]
    atheris.Setup([sys.argv[0], *flags], harness, custom_mutator=mutate)
    atheris.Fuzz()


# --- again ---------------------------------------------------------------------------------------


def _replay(names: Sequence[str], paths: Sequence[Path]) -> int:
    """Read files once each, without instrumentation, and tell what came of them."""
    from tests.fuzz.targets import TARGETS

    failed = 0
    for name in names:
        for path in paths:
            data = path.read_bytes()
            before = time.process_time()
            try:
                TARGETS[name].run(data)
                said = "ok"
            except Exception:  # noqa: BLE001 - told to the one who looks for it
                said, failed = traceback.format_exc(), 1
            cpu = time.process_time() - before
            failed = failed or int(cpu > CPU_SECONDS)
            _tell(f"{name} {path.name}: {len(data)} bytes, {cpu:.2f} s of processor time, {said}")
    return failed


def read_outcomes(folder: Path = _RESULTS) -> Mapping[str, Outcome]:
    """Return the outcomes of the last run by target."""
    found = (json.loads(path.read_text(encoding="utf-8")) for path in folder.glob("*/outcome.json"))
    return {outcome.target: outcome for outcome in (Outcome(**each) for each in found)}


if __name__ == "__main__":
    sys.exit(main())
