"""The measurements: who does what how often, and what was promised."""

import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.bench.corpus import (
    collect_parts,
    make_cases,
    make_questions,
    read_starter_documents,
)
from eval.bench.processes import (
    ask_service,
    environment,
    has_service,
    kb_command,
    memory_mb,
    running_service,
    time_command,
)
from eval.bench.report import Row, Target
from eval.bench.summary import median_of_rounds, paired_ratio, percentile, pooled_percentile
from eval.bench.worker import Worker
from eval.bench.workload import TEXTS_FILE, write_casebook, write_texts
from ingest.records.models import case_document

HYBRID = "LangChain hybrid"
DENSE = "LangChain dense"
PARTS = ("search", "ingest", "cold", "memory")

# Times faster at p50, by number of chunks: (hybrid, dense).
_SEARCH_TARGETS: Mapping[int, tuple[float, float]] = {5_000: (20, 3), 50_000: (100, 8)}
_INGEST_TARGET = Target("ratio", 2)
_COLD_TARGET = Target("ratio", 3)
_MEMORY_TARGET = Target("limit", 1000)
_INGEST_SEED = 77  # texts that no vector file holds
_MEMORY_REQUESTS = 50
_WARM_UP = 3
_OUR_QUESTIONS = 40  # a round
_STAGE_QUESTIONS = 30
_CASES_A_FILE = 10_000  # 12 MB; a file has a limit of 50


@dataclass(frozen=True, slots=True)
class Plan:
    """How much to do.

    Attributes:
        sizes: Numbers of chunks to search in.
        rounds: Interleaved rounds of search and of cold start.
        ingest_rounds: Interleaved rounds of ingest.
        ingest_documents: Documents of one of them.
        embedded: Texts embedded by the model; the vectors of the others are made up.
        skip: Names of `PARTS` to leave out.
    """

    sizes: Sequence[int] = (300, 5_000, 50_000)
    rounds: int = 5
    ingest_rounds: int = 3
    ingest_documents: int = 200
    embedded: int = 2_000
    skip: frozenset[str] = frozenset()


@dataclass(slots=True)
class Outcome:
    """Rows for the table and every sample behind them."""

    rows: list[Row] = field(default_factory=list)
    samples: dict[str, Any] = field(default_factory=dict)


class Suite:
    """One run in one temporary directory.

    Args:
        plan: How much to do.
        work: Empty directory; all state of the run lies in it, besides the baseline's model.
        model_dir: Directory of converted models.
        say: Told what is going on.
    """

    def __init__(self, plan: Plan, work: Path, model_dir: Path, say: Callable[[str], None]) -> None:
        self._plan = plan
        self._work = work
        self._model_dir = model_dir
        self._say = say
        self._environment = environment(model_dir)
        self._starter = read_starter_documents()
        self._parts = collect_parts([item.case for item in self._starter if item.case])
        self._baseline_model = ""

    def run(self, outcome: Outcome) -> None:
        """Measure everything that is not skipped, into an outcome that fills as it goes."""
        ours, theirs = self._ours(), self._theirs()
        try:
            self._say("Preparing the models")
            self._baseline_model = theirs.call("prepare")
            if "search" not in self._plan.skip:
                self._search(ours, theirs, outcome)
            if "ingest" not in self._plan.skip:
                self._ingest(ours, theirs, outcome)
            if {"cold", "memory"} - self._plan.skip:
                self._say(f"Indexing the starter corpus ({len(self._starter)} documents), twice")
                self._index_starter(theirs)
        finally:
            ours.close()
            theirs.close()
        if "cold" not in self._plan.skip:
            self._cold(outcome)
        if "memory" not in self._plan.skip:
            self._memory(outcome)

    def _ours(self) -> Worker:
        return Worker("eval.bench.ours", [str(self._work)], self._work, self._environment)

    def _theirs(self) -> Worker:
        arguments = [str(self._work), str(self._model_dir)]
        return Worker("eval.bench.theirs", arguments, self._work, self._environment)

    # --- search ------------------------------------------------------------------------------

    def _search(self, ours: Worker, theirs: Worker, outcome: Outcome) -> None:
        largest = max(self._plan.sizes)
        self._say(f"Making up {largest:,} documents")
        cases = list(make_cases(self._parts, largest))
        texts = ((case.case_id, case_document(case, "").text) for case in cases)
        texts_file = write_texts(self._work / TEXTS_FILE, texts)
        embedded = min(self._plan.embedded, largest)
        self._say(f"Embedding {embedded:,} of them; the vectors of the others are made up")
        ours.call("embed", count=embedded)
        for size in self._plan.sizes:
            casebook = self._work / f"casebook-{size}"
            casebook.mkdir()
            for start in range(0, size, _CASES_A_FILE):
                part = cases[start : min(start + _CASES_A_FILE, size)]
                write_casebook(casebook / f"{start}.jsonl", part)
            name = f"search-{size}"
            self._say(f"Loading {size:,} chunks into both systems")
            loads = {
                "ours": ours.call("build", casebook=str(casebook), name=name),
                "theirs": theirs.call("build", texts=str(texts_file), limit=size),
            }
            total = _WARM_UP + _OUR_QUESTIONS * self._plan.rounds + _STAGE_QUESTIONS
            questions = self._questions(total, size)  # none is asked twice
            rounds = self._search_rounds(ours, theirs, size, questions[:-_STAGE_QUESTIONS])
            outcome.samples[f"search {size}"] = {
                "unit": "ms",
                "load": loads,
                "rounds": rounds,
                "stages": ours.call("stages", questions=questions[-_STAGE_QUESTIONS:]),
            }
            outcome.rows += search_rows(size, rounds)
            ours.call("close")
            theirs.call("close")
            shutil.rmtree(self._work / name)

    def _search_rounds(
        self, ours: Worker, theirs: Worker, size: int, questions: Sequence[str]
    ) -> dict[str, list[list[float]]]:
        # A slow system needs few questions: its spread is small beside its time.
        counts = {
            "ours": _OUR_QUESTIONS,
            DENSE: 20 if size < 20_000 else 8,
            HYBRID: 10 if size < 20_000 else 4,
        }
        calls: dict[str, Callable[[list[str]], list[float]]] = {
            "ours": lambda asked: ours.call("search", questions=asked),
            DENSE: lambda asked: theirs.call("search", questions=asked, mode="dense"),
            HYBRID: lambda asked: theirs.call("search", questions=asked, mode="hybrid"),
        }
        rounds: dict[str, list[list[float]]] = {name: [] for name in calls}
        for call in calls.values():
            call(list(questions[:_WARM_UP]))
        for number in range(self._plan.rounds):
            self._say(f"Searching in {size:,} chunks, round {number + 1} of {self._plan.rounds}")
            start = _WARM_UP + number * _OUR_QUESTIONS
            for name, call in calls.items():
                rounds[name].append(call(list(questions[start : start + counts[name]])))
        return rounds

    def _questions(self, count: int, seed: int) -> list[str]:
        return make_questions(self._parts, count, seed=seed)

    # --- ingest ------------------------------------------------------------------------------

    def _ingest(self, ours: Worker, theirs: Worker, outcome: Outcome) -> None:
        count, total = self._plan.ingest_documents, self._plan.ingest_rounds
        took: dict[str, list[float]] = {"ours": [], HYBRID: []}
        for number in range(total):
            self._say(f"Ingesting {count} documents in both systems, round {number + 1} of {total}")
            cases = list(make_cases(self._parts, count, seed=_INGEST_SEED + number))
            casebook = write_casebook(self._work / "ingest.records.jsonl", cases)
            texts = ((case.case_id, case_document(case, "").text) for case in cases)
            texts_file = write_texts(self._work / "ingest-texts.jsonl", texts)
            name = f"ingest-{number}"
            took["ours"].append(ours.call("ingest", casebook=str(casebook), name=name))
            took[HYBRID].append(theirs.call("ingest", texts=str(texts_file), limit=count))
        rates = {name: [count / seconds for seconds in values] for name, values in took.items()}
        outcome.samples["ingest"] = {"unit": "documents/s", "rounds": rates}
        outcome.rows.append(
            Row(
                "ingest, 850 characters",
                "docs/s",
                percentile(rates["ours"], 0.5),
                HYBRID,
                percentile(rates[HYBRID], 0.5),
                paired_ratio(rates["ours"], rates[HYBRID]),
                _INGEST_TARGET,
            )
        )

    # --- processes ---------------------------------------------------------------------------

    def _index_starter(self, theirs: Worker) -> None:
        cases = [item.case for item in self._starter if item.case]
        casebook = write_casebook(self._work / "starter.jsonl", cases)
        subprocess.run(
            kb_command("ingest", str(casebook)),
            env=self._starter_environment,
            cwd=self._work,
            check=True,
            capture_output=True,
        )
        texts = ((item.document_id, item.text) for item in self._starter if item.case)
        texts_file = write_texts(self._work / "starter-texts.jsonl", texts)
        theirs.call("build_on_disk", texts=str(texts_file), directory=str(self._starter_index))

    @property
    def _starter_environment(self) -> dict[str, str]:
        return environment(self._model_dir, self._work / "starter")

    @property
    def _starter_index(self) -> Path:
        return self._work / "starter-langchain"

    def _cold(self, outcome: Outcome) -> None:
        question = self._questions(1, 5)[0]
        arguments = [str(self._starter_index), self._baseline_model, str(self._work / "bm25")]
        commands = {
            "ours": (kb_command("search", question), self._starter_environment),
            HYBRID: (
                [sys.executable, "-m", "eval.bench.minimal", *arguments, question],
                self._environment,
            ),
        }
        took: dict[str, list[float]] = {name: [] for name in commands}
        for number in range(self._plan.rounds + 1):
            self._say(f"Cold start, round {number} of {self._plan.rounds} (0 is not counted)")
            for name, (command, variables) in commands.items():
                seconds = time_command(command, variables, self._work)
                if number:  # the first one fills the caches of the system
                    took[name].append(seconds)
        outcome.samples["cold"] = {"unit": "s", "rounds": took}
        outcome.rows.append(
            Row(
                "cold start, starter corpus",
                "s",
                percentile(took["ours"], 0.5),
                HYBRID,
                percentile(took[HYBRID], 0.5),
                paired_ratio(took[HYBRID], took["ours"]),
                _COLD_TARGET,
            )
        )

    def _memory(self, outcome: Outcome) -> None:
        self._say(f"Memory after {_MEMORY_REQUESTS} requests")
        questions = self._questions(_MEMORY_REQUESTS, 7)
        ours = self._service_memory(questions) if has_service() else self._own_memory(questions)
        theirs = self._their_memory(questions)
        what = "kb serve" if has_service() else "searcher in a process"
        outcome.samples["memory"] = {"unit": "MB", "what": what, "ours": ours, HYBRID: theirs}
        for kind, target in (("rss", _MEMORY_TARGET), ("pss", None)):
            if kind in ours and kind in theirs:
                outcome.rows.append(
                    Row(
                        f"memory ({kind.upper()}), {what}, {_MEMORY_REQUESTS} requests",
                        "MB",
                        ours[kind],
                        HYBRID,
                        theirs[kind],
                        theirs[kind] / ours[kind],
                        target,
                    )
                )

    def _service_memory(self, questions: Sequence[str]) -> dict[str, float]:
        with running_service(self._starter_environment, self._work) as (process, port):
            for question in questions:
                ask_service(port, question)
            return memory_mb(process.pid)

    def _own_memory(self, questions: Sequence[str]) -> dict[str, float]:
        worker = self._ours()
        try:
            worker.call("open", directory=str(self._work / "starter"))
            worker.call("search", questions=list(questions))
            return memory_mb(worker.pid)
        finally:
            worker.close()

    def _their_memory(self, questions: Sequence[str]) -> dict[str, float]:
        worker = self._theirs()
        try:
            worker.call("prepare")
            worker.call("open", directory=str(self._starter_index))
            worker.call("search", questions=list(questions))
            return memory_mb(worker.pid)
        finally:
            worker.close()


def search_rows(size: int, rounds: Mapping[str, Sequence[Sequence[float]]]) -> list[Row]:
    """Return p50 and p95 of the search beside both baselines.

    The ratio of p50 is the median of the rounds' ratios. That of p95 is the ratio of the pooled
    percentiles: a round has too few questions for a tail.

    Args:
        size: Number of chunks.
        rounds: Milliseconds of each question, by system and round; ours is `ours`.
    """
    targets = dict(zip((HYBRID, DENSE), _SEARCH_TARGETS.get(size, ()), strict=False))
    own = rounds["ours"]
    rows = []
    for name in (HYBRID, DENSE):
        ratio = paired_ratio(
            [percentile(values, 0.5) for values in rounds[name]],
            [percentile(values, 0.5) for values in own],
        )
        target = Target("ratio", targets[name]) if name in targets else None
        measure = f"search p50, {size:,} chunks"
        figures = median_of_rounds(own), name, median_of_rounds(rounds[name])
        rows.append(Row(measure, "ms", *figures, ratio, target))
    own_tail = pooled_percentile(own, 0.95)
    for name in (HYBRID, DENSE):
        tail = pooled_percentile(rounds[name], 0.95)
        rows.append(
            Row(f"search p95, {size:,} chunks", "ms", own_tail, name, tail, tail / own_tail)
        )
    return rows
