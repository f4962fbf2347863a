"""Command line: `python -m eval.bench` (`make bench`)."""

import sys
import tempfile
import time
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from eval.bench.corpus import SEED, TARGET_CHARS
from eval.bench.report import machine, to_table, write_json
from eval.bench.suite import PARTS, Outcome, Plan, Suite
from eval.bench.vectors import COSINE
from kb.settings import load_settings

_QUICK = Plan(sizes=(300, 5_000), rounds=3, ingest_rounds=2, ingest_documents=100, embedded=600)


def _numbers(_: click.Context, __: click.Parameter, value: str | None) -> tuple[int, ...] | None:
    if value is None:
        return None
    try:
        numbers = tuple(int(part.replace("_", "")) for part in value.split(","))
    except ValueError as exc:
        raise click.BadParameter("give numbers joined by commas, such as 300,5000") from exc
    if min(numbers) < 1:
        raise click.BadParameter("a size is at least 1")
    return numbers


def _parts(_: click.Context, __: click.Parameter, value: str) -> frozenset[str]:
    parts = frozenset(part for part in value.split(",") if part)
    if unknown := parts - set(PARTS):
        raise click.BadParameter(f"unknown: {', '.join(sorted(unknown))}; use {', '.join(PARTS)}")
    return parts


@click.command()
@click.option("--quick", is_flag=True, help="300 and 5,000 chunks only, fewer rounds.")
@click.option("--sizes", callback=_numbers, help="Numbers of chunks, joined by commas.")
@click.option("--rounds", type=click.IntRange(1, 50), help="Interleaved rounds.")
@click.option("--json", "json_path", type=click.Path(path_type=Path), help="File for the figures.")
@click.option("--skip", callback=_parts, default="", help=f"Left out: some of {','.join(PARTS)}.")
def main(
    *,
    quick: bool,
    sizes: tuple[int, ...] | None,
    rounds: int | None,
    json_path: Path | None,
    skip: frozenset[str],
) -> None:
    """Compare speed and memory with what users would pick instead, in one run."""
    base = _QUICK if quick else Plan()
    plan = Plan(
        sizes=sizes or base.sizes,
        rounds=rounds or base.rounds,
        ingest_rounds=min(rounds or base.ingest_rounds, base.ingest_rounds),
        ingest_documents=base.ingest_documents,
        embedded=base.embedded,
        skip=skip,
    )
    # A file or a log has no width; the table wants this much.
    console = Console(width=None if sys.stdout.isatty() else 130)
    progress = Console(stderr=True)
    started = datetime.now(UTC)
    clock = time.monotonic()

    def say(message: str) -> None:
        progress.print(f"[dim]{time.monotonic() - clock:6.0f} s  {message}[/dim]", highlight=False)

    outcome = Outcome()
    try:
        with tempfile.TemporaryDirectory(prefix="kb-bench-") as work:
            Suite(plan, Path(work), load_settings().model_dir, say).run(outcome)
    finally:  # what was measured before a failure is not lost
        console.print(to_table(outcome.rows))
        facts = machine()
        console.print(f"{facts.get('processor', '')}, {facts['cores']} cores, load {facts['load']}")
        path = json_path or Path(f"bench-{started:%Y-%m-%d}.json")
        method = {**describe(plan), "seconds": round(time.monotonic() - clock)}
        date = started.isoformat(timespec="seconds")
        write_json(path, outcome.rows, date=date, method=method, samples=outcome.samples)
        console.print(f"Written to {path}")


def describe(plan: Plan) -> dict[str, Any]:
    """Return how things are measured, for the reader of the figures."""
    return {
        **asdict(plan),
        "skip": sorted(plan.skip),
        "document_chars": TARGET_CHARS,
        "made_up_vectors_cosine": COSINE,
        "seed": SEED,
        "notes": _NOTES,
    }


_NOTES = [
    "Same weights on both sides: ours in OpenVINO with 8-bit weights, theirs in torch float32, "
    "the default of HuggingFaceEmbeddings. Query time includes the embedding of the query, and no "
    "question is asked twice of an opened index.",
    "Both systems hold the same texts and the same vectors; the lexical sides are computed from "
    "the texts by each system itself.",
    "FastEmbed's BM25 is its own class with its defaults (English stemmer and stop words); the "
    "stop-word file, all that its download brings, is supplied through specific_model_path.",
    "qdrant-client's local mode runs in memory for search and ingest, its faster form; cold start "
    "and memory read it from disk. Ours is on disk throughout.",
]

if __name__ == "__main__":
    main()
