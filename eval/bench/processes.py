"""Whole processes: how long one takes, how much memory one holds, and our service."""

import http.client
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

_KILOBYTES = re.compile(r"^(VmRSS|Pss):\s+(\d+) kB", re.MULTILINE)
_START_SECONDS = 120


def environment(model_dir: Path, data_dir: Path | None = None) -> dict[str, str]:
    """Return the environment of children: no setting of the user's, no look-up on any hub."""
    root = str(Path(__file__).resolve().parents[2])
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("KB_")}
    path = os.pathsep.join(part for part in (root, inherited.get("PYTHONPATH")) if part)
    own = {
        "KB_MODEL_DIR": str(model_dir),
        "HF_HUB_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": path,
        "PYTHONIOENCODING": "utf-8",
    }
    if data_dir is not None:
        own["KB_DATA_DIR"] = str(data_dir)
    return {**inherited, **own}


def kb_command(*arguments: str) -> list[str]:
    """Return the command line of `kb` in the environment that runs the benchmark."""
    script = Path(sys.executable).with_name("kb")
    start = [str(script)] if script.exists() else [sys.executable, "-c", _KB_MAIN]
    return [*start, *arguments]


_KB_MAIN = "from kb.cli import main; main()"


def time_command(command: Sequence[str], environment: Mapping[str, str], work: Path) -> float:
    """Return the seconds from the start of a process to its end.

    Raises:
        CalledProcessError: It failed; what it wrote goes with the error.
    """
    started = time.perf_counter()
    subprocess.run(command, env=dict(environment), cwd=work, check=True, capture_output=True)
    return time.perf_counter() - started


def memory_mb(pid: int) -> dict[str, float]:
    """Return the resident memory of a process in megabytes: `rss`, and `pss` where readable.

    Both are empty where there is no `/proc` (not Linux).
    """
    found: dict[str, float] = {}
    for name in ("status", "smaps_rollup"):
        try:
            text = Path(f"/proc/{pid}/{name}").read_text(encoding="utf-8")
        except OSError:
            continue
        found.update(parse_memory(text))
    return found


def parse_memory(text: str) -> dict[str, float]:
    """Return megabytes of 1,000,000 bytes from the text of a file under `/proc`.

    Example:
        >>> parse_memory("VmHWM:  9 kB" + chr(10) + "VmRSS:  500000 kB")
        {'rss': 512.0}
    """
    names = {"VmRSS": "rss", "Pss": "pss"}
    return {
        names[name]: round(int(kilobytes) * 1024 / 1_000_000, 1)
        for name, kilobytes in _KILOBYTES.findall(text)
    }


def has_service() -> bool:
    """Tell whether `kb serve` is there."""
    try:
        return find_spec("service.cli") is not None
    except ModuleNotFoundError:
        return False


@contextmanager
def running_service(
    environment: Mapping[str, str], work: Path
) -> Iterator[tuple["subprocess.Popen[bytes]", int]]:
    """Run `kb serve` on a free port, and yield the process and the port once it answers."""
    port = _free_port()
    with (work / "serve.log").open("ab") as log:
        process = subprocess.Popen(
            kb_command("serve", "--port", str(port)),
            env=dict(environment),
            cwd=work,
            stdout=log,
            stderr=log,
        )
    try:
        _await_port(process, port, work / "serve.log")
        yield process, port
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def ask_service(port: int, question: str) -> float:
    """Search through the service; return milliseconds.

    Raises:
        RuntimeError: It did not answer 200.
    """
    started = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        body = json.dumps({"query": question, "top_k": 10}).encode()
        connection.request("POST", "/v1/search", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
    finally:
        connection.close()
    if response.status != http.client.OK:
        raise RuntimeError(f"/v1/search answered {response.status}: {content[:300]!r}")
    return (time.perf_counter() - started) * 1000


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await_port(process: "subprocess.Popen[bytes]", port: int, log: Path) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    tail = log.read_text(encoding="utf-8", errors="replace")[-2000:]
    raise RuntimeError(f"kb serve did not start:\n{tail}")
