"""Files of a run that both systems read, so that both get the same texts and vectors."""

import json
from collections.abc import Iterable
from pathlib import Path

from eval.bench.vectors import VectorBook
from kb.codec import case_to_data
from kb.models import Case

VECTORS_FILE = "vectors.npy"
TEXTS_FILE = "texts.jsonl"


def write_casebook(path: Path, cases: Iterable[Case]) -> Path:
    """Write cases as a casebook, a line a case, and return its path."""
    with path.open("w", encoding="utf-8") as file:
        for case in cases:
            file.write(json.dumps(case_to_data(case), ensure_ascii=False) + "\n")
    return path


def write_texts(path: Path, items: Iterable[tuple[str, str]]) -> Path:
    """Write `(document id, text)` pairs and return the path."""
    with path.open("w", encoding="utf-8") as file:
        for item in items:
            file.write(json.dumps(item, ensure_ascii=False) + "\n")
    return path


def read_texts(path: Path, limit: int | None = None) -> list[tuple[str, str]]:
    """Return the first `(document id, text)` pairs of a file, all by default."""
    with path.open(encoding="utf-8") as file:
        lines = file.readlines()[:limit]
    return [(document_id, text) for document_id, text in map(json.loads, lines)]


def load_book(work: Path) -> VectorBook:
    """Return the vectors that the run has embedded."""
    return VectorBook.load(work / VECTORS_FILE, [text for _, text in read_texts(work / TEXTS_FILE)])
