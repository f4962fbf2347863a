"""What an answer costs beside the search that it rests on, in one run.

`python -m eval.bench.answering` prints medians over the topics of the repository, each searched and
asked in turn over the same knowledge base, and their ratio. No language model takes part.
"""

import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from eval.formats import read_dataset
from ingest.pipeline import ingest
from kb.knowledge_base import open_knowledge_base
from kb.settings import load_settings
from retrieval.answering.answerer import Answerer
from retrieval.search import Searcher

_ROOT = Path(__file__).parents[2]
_SETS = ("casebook-dev", "refusal-dev")
_ROUNDS = 2


def measure(directory: Path) -> dict[str, float]:
    """Return median milliseconds of a search and of an answer.

    Args:
        directory: An empty data directory.
    """
    texts = [
        topic.text
        for name in _SETS
        for topic in read_dataset(_ROOT / "eval" / "topics" / name).topics
    ]
    took: dict[str, list[float]] = {"search": [], "answer": []}
    with open_knowledge_base(load_settings(data_dir=directory), purpose="bench") as kb:
        ingest(kb, [_ROOT / "corpus"], recursive=True)
        forms: dict[str, Callable[[str], object]] = {
            "search": Searcher(kb).search,
            "answer": Answerer(kb).answer,
        }
        for ask in forms.values():
            ask("khởi động")
        marks = 0
        for _ in range(_ROUNDS):
            for text in texts:
                for name, ask in forms.items():
                    # Marks of its own, so that none finds an embedding remembered by the other.
                    marks = marks % 4 + 1
                    asked = f"{text} {'?' * marks}"
                    started = time.perf_counter()
                    ask(asked)
                    took[name].append((time.perf_counter() - started) * 1000)
    return {name: statistics.median(values) for name, values in took.items()}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        medians = measure(Path(scratch) / "data")
    print(f"search p50   {medians['search']:6.1f} ms")  # noqa: T201
    print(f"answer p50   {medians['answer']:6.1f} ms")  # noqa: T201
    print(f"ratio        {medians['answer'] / medians['search']:6.2f}")  # noqa: T201


if __name__ == "__main__":
    main()
