"""Ingest by speed and memory, each figure as a ratio against a baseline of the same run.

`python -m eval.bench.ingest` measures, over made-up cases of about 850 characters:

- throughput against a straightforward loop: one document after the other, chunked, embedded by
  the same model, stored and indexed at once;
- the time of a second run over unchanged files against the first;
- the peak of resident memory for a tenth, half, and all of the documents (deterministic embedder,
  a process each): flat means that documents pass through and do not pile up;
- the time to add one document to a large knowledge base (deterministic embedder).

Each document is a file of its own, as offices have them.
"""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import click

from eval.bench.corpus import collect_parts, make_cases, read_starter_documents
from ingest.chunker import chunk_document
from ingest.indexing import passage_text, write_batch
from ingest.lexicon import rebuild_lexicon
from ingest.pipeline import ingest
from ingest.records.models import case_document
from kb.codec import case_to_data
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import open_knowledge_base
from kb.models import Case
from kb.ports import Embedder, IndexEntry
from kb.settings import load_settings
from kb.terms import document_terms, terms_of, tokenize

# Documents of the loop: it is only needed for its rate.
_LOOP_SHARE = 4
_BATCH = 500


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the table; `target` says what was promised."""

    name: str
    value: str
    target: str = ""


def write_files(cases: Iterator[Case], folder: Path) -> list[Path]:
    """Write each case as a casebook file of its own, 1,000 files a folder."""
    paths = []
    for number, case in enumerate(cases):
        path = folder / f"{number // 1000:04d}" / f"{case.case_id}.jsonl"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(case_to_data(case), ensure_ascii=False) + "\n", "utf-8")
        paths.append(path)
    return paths


def made_up_cases(count: int, seed: int = 2026) -> Iterator[Case]:
    """Yield made-up cases; another seed gives others."""
    told = [document.case for document in read_starter_documents() if document.case]
    return make_cases(collect_parts(told), count, seed=seed)


def run_loop(cases: Iterator[Case], directory: Path, embedder: Embedder | None) -> float:
    """Take cases in one by one, as a first version would, and return the seconds."""
    settings = load_settings(data_dir=directory)
    with open_knowledge_base(settings, purpose="bench", embedder=embedder) as kb:
        kb.embedder.warm_up()
        started = time.perf_counter()
        for case in cases:
            document = case_document(case, case.case_id)
            chunks = chunk_document(document, settings.chunker)
            kb.store.put_pending([(document, chunks)])
            texts = [passage_text(chunk) for chunk in chunks]
            vectors = kb.embedder.embed_passages(texts)
            kb.index.upsert(
                [
                    IndexEntry(
                        chunk.chunk_id,
                        document.document_id,
                        vector,
                        document_terms(terms_of(tokenize(text)), kb.terms),
                        document_terms((), kb.terms),
                    )
                    for chunk, text, vector in zip(chunks, texts, vectors, strict=True)
                ]
            )
            kb.store.set_state([document.document_id], "indexed")
        return time.perf_counter() - started


def run_ingest(folder: Path, directory: Path, embedder: Embedder | None) -> float:
    """Ingest a folder and return the seconds.

    Raises:
        RuntimeError: A file failed.
    """
    settings = load_settings(data_dir=directory)
    with open_knowledge_base(settings, purpose="bench", embedder=embedder) as kb:
        kb.embedder.warm_up()
        started = time.perf_counter()
        report = ingest(kb, [folder], recursive=True)
        seconds = time.perf_counter() - started
    if report.failed:
        raise RuntimeError(f"ingest failed: {report.failed[0]}")
    return seconds


def measure_speed(work: Path, count: int) -> list[Figure]:
    """Return throughput and the ratio of a second run, with the model of the settings."""
    files = work / "files"
    write_files(made_up_cases(count), files)
    looped = max(1, count // _LOOP_SHARE)
    loop = run_loop(made_up_cases(looped), work / "loop", None) / looped
    first = run_ingest(files, work / "ours", None)
    again = run_ingest(files, work / "ours", None)
    return [
        Figure(f"{count} documents, ours", f"{count / first:.1f}/s"),
        Figure(f"{looped} documents, straightforward loop", f"{1 / loop:.1f}/s"),
        Figure("throughput, ratio", f"{loop * count / first:.2f}x", "2x"),
        Figure("second run, nothing changed", f"{again:.2f} s"),
        Figure("second run, ratio to the first", f"{first / again:.0f}x", "50x"),
    ]


def measure_memory(work: Path, count: int) -> list[Figure]:
    """Return the peak of resident memory for three sizes, a process each."""
    figures = []
    for size in (count // 10, count // 2, count):
        folder = work / f"memory-{size}"
        write_files(made_up_cases(size), folder)
        command = [sys.executable, "-m", "eval.bench.ingest", "--peak", str(folder)]
        environment = {**os.environ, "KB_EMBEDDER__KIND": "hashing"}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
        figures.append(Figure(f"peak memory, {size} documents", f"{float(done.stdout):.0f} MB"))
    return figures


def peak_of(folder: Path) -> float:
    """Ingest a folder in this process and return its peak of resident memory in megabytes."""
    with tempfile.TemporaryDirectory() as scratch:
        run_ingest(folder, Path(scratch) / "kb", HashingEmbedder())
    # Kilobytes on Linux; of this process alone, the files' readers are processes of their own.
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / 1_000_000


def measure_one_more(work: Path, chunks: int) -> list[Figure]:
    """Return the time to add one file to a knowledge base of so many chunks."""
    one = work / "one"
    write_files(made_up_cases(1, seed=7), one)
    settings = load_settings(data_dir=work / "large")
    with open_knowledge_base(settings, purpose="bench", embedder=HashingEmbedder()) as kb:
        documents = (case_document(case, case.case_id) for case in made_up_cases(chunks))
        # Written straight, without files: only what stands there matters here.
        while batch := list(islice(documents, _BATCH)):
            write_batch(kb, batch)
        kb.index.optimize()
        rebuild_lexicon(kb)
    with open_knowledge_base(settings, purpose="bench", embedder=HashingEmbedder()) as kb:
        stored = kb.index.count()
        started = time.perf_counter()
        ingest(kb, [one], recursive=True)
        seconds = time.perf_counter() - started
    return [Figure(f"one document more, to {stored} chunks", f"{seconds:.2f} s", "< 2 s")]


@click.command()
@click.option("--documents", type=click.IntRange(20), default=10_000, show_default=True)
@click.option("--chunks", type=click.IntRange(100), default=100_000, show_default=True)
@click.option("--peak", type=click.Path(path_type=Path), hidden=True)
@click.option("--only", type=click.Choice(("speed", "memory", "one-more")))
def main(documents: int, chunks: int, peak: Path | None, only: str | None) -> None:
    """Print the table."""
    if peak is not None:
        click.echo(peak_of(peak))
        return
    parts = {
        "speed": (measure_speed, documents),
        "memory": (measure_memory, documents),
        "one-more": (measure_one_more, chunks),
    }
    for name, (measure, size) in parts.items():
        if only in (None, name):
            with tempfile.TemporaryDirectory(prefix="kb-bench-") as scratch:
                for figure in measure(Path(scratch), size):
                    target = f"   (target {figure.target})" if figure.target else ""
                    click.echo(f"{figure.name:<45} {figure.value:>10}{target}")


if __name__ == "__main__":
    main()
