"""Our side of the comparison, in its own process."""

import shutil
import sys
import time
from pathlib import Path

import numpy as np

from eval.bench.vectors import BookEmbedder
from eval.bench.worker import serve
from eval.bench.workload import TEXTS_FILE, VECTORS_FILE, load_book, read_texts
from ingest.pipeline import ingest
from kb.embedders import get_embedder
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import Settings, load_settings
from retrieval.search import Searcher


class Ours:
    """What the parent may ask for."""

    def __init__(self, work: Path) -> None:
        self._work = work
        settings = load_settings()
        self._embedder = get_embedder(settings.embedder, settings.model_dir)
        self._kb: KnowledgeBase | None = None

    def embed(self, count: int) -> float:
        """Embed the first texts into the file of vectors; return the seconds."""
        texts = [text for _, text in read_texts(self._work / TEXTS_FILE, count)]
        started = time.perf_counter()
        vectors = self._embedder.embed_passages(texts)
        seconds = time.perf_counter() - started
        np.save(self._work / VECTORS_FILE, vectors, allow_pickle=False)
        return seconds

    def build(self, casebook: str, name: str) -> dict[str, float]:
        """Ingest a casebook with vectors of the book and keep it open for `search`."""
        self.close()
        embedder = BookEmbedder(self._embedder, load_book(self._work))
        started = time.perf_counter()
        kb = open_knowledge_base(self._settings(name), purpose="bench", embedder=embedder)
        report = ingest(kb, [Path(casebook)])
        if report.failed:
            raise RuntimeError(f"ingest failed: {report.failed[0]}")
        self._kb = kb
        return {"seconds": time.perf_counter() - started, "chunks": kb.index.count()}

    def open(self, directory: str) -> None:
        """Open a data directory that was built before, for `search`."""
        self.close()
        settings = load_settings(data_dir=Path(directory))
        self._kb = open_knowledge_base(settings, purpose="bench", embedder=self._embedder)

    def search(self, questions: list[str]) -> list[float]:
        """Answer questions one by one; return milliseconds each."""
        if self._kb is None:
            raise RuntimeError("nothing is open")
        searcher = Searcher(self._kb)
        took = []
        for question in questions:
            started = time.perf_counter()
            searcher.search(question, top_k=10)
            took.append((time.perf_counter() - started) * 1000)
        return took

    def stages(self, questions: list[str]) -> dict[str, list[float]]:
        """Return the milliseconds of each stage of a search, as the searcher reports them."""
        if self._kb is None:
            raise RuntimeError("nothing is open")
        searcher = Searcher(self._kb)
        stages: dict[str, list[float]] = {}
        for question in questions:
            for stage, took in searcher.search(question, top_k=10).timings_ms.items():
                stages.setdefault(stage, []).append(took)
        return stages

    def ingest(self, casebook: str, name: str) -> float:
        """Ingest a casebook into a new data directory, model included; return the seconds."""
        self._embedder.warm_up()
        settings = self._settings(name)
        with open_knowledge_base(settings, purpose="bench", embedder=self._embedder) as kb:
            started = time.perf_counter()
            report = ingest(kb, [Path(casebook)])
            seconds = time.perf_counter() - started
        if report.failed:
            raise RuntimeError(f"ingest failed: {report.failed[0]}")
        shutil.rmtree(settings.data_dir)
        return seconds

    def close(self) -> None:
        """Close what is open and remove nothing."""
        if self._kb is not None:
            self._kb.close()
            self._kb = None

    def _settings(self, name: str) -> Settings:
        return load_settings(data_dir=self._work / name)


if __name__ == "__main__":
    side = Ours(Path(sys.argv[1]))
    serve(side)
    side.close()
