"""A system in a process of its own, which does as it is told and times itself.

Two systems in one process would share threads, caches and memory. So each runs in a child; the
parent calls one after the other, a JSON line a call, and no time of the pipe is counted.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_TAIL_CHARS = 3000


class WorkerFailed(RuntimeError):
    """A child could not do what it was told; the message ends with what it wrote."""


class Worker:
    """A child process that runs `serve` over an object.

    Args:
        module: Module to run; it calls `serve`.
        arguments: Its command line.
        work: Directory it runs in; what it writes to standard error goes to a file there.
        environment: Its environment.
    """

    def __init__(
        self, module: str, arguments: list[str], work: Path, environment: Mapping[str, str]
    ) -> None:
        self._module = module
        self._log = work / f"{module.rpartition('.')[2]}.log"
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                cwd=work,
                env=dict(environment),
                text=True,
                encoding="utf-8",
            )

    @property
    def pid(self) -> int:
        """Process id."""
        return self._process.pid

    def call(self, method: str, **arguments: Any) -> Any:
        """Return what a method of the child returns.

        Raises:
            WorkerFailed: It raised, or the child died.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps([method, arguments]) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            self.close()  # what it wrote is complete once it has ended
            tail = self._log.read_text(encoding="utf-8", errors="replace")[-_TAIL_CHARS:]
            raise WorkerFailed(f"{self._module}.{method} failed:\n{tail}")
        return json.loads(line)

    def close(self) -> None:
        """Let the child end; end it by force if it does not."""
        if self._process.stdin is not None and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        if self._process.stdout is not None:
            self._process.stdout.close()


def serve(target: object) -> None:
    """Answer calls from standard input until it ends; an exception ends the process.

    Libraries print what they like: standard output is the pipe's alone, they get standard error.
    """
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as replies:
        os.dup2(2, 1)
        for line in sys.stdin:
            method, arguments = json.loads(line)
            reply = getattr(target, method)(**arguments)
            replies.write(json.dumps(reply) + "\n")
            replies.flush()
