"""What understanding and reranking cost: this search against its plain form, in one run.

`python -m eval.bench.understanding` prints medians over the topics of the repository, each asked in
both forms in turn, and their ratio. The plain form is the search without any part of the
understanding and without reranking, over the same knowledge base.
"""

import statistics
import tempfile
import time
from pathlib import Path

from eval.formats import read_dataset
from ingest.pipeline import ingest
from kb.knowledge_base import open_knowledge_base
from kb.settings import load_settings
from retrieval.query import ALL_PARTS, Parts
from retrieval.search import Searcher

_ROOT = Path(__file__).parents[2]
_SETS = ("casebook-dev", "casebook-check")
_ROUNDS = 2


def measure(directory: Path) -> dict[str, float]:
    """Return median milliseconds of both forms and of the understanding alone.

    Args:
        directory: An empty data directory.
    """
    settings = load_settings(data_dir=directory)
    texts = [
        topic.text
        for name in _SETS
        for topic in read_dataset(_ROOT / "eval" / "topics" / name).topics
    ]
    took: dict[str, list[float]] = {"plain": [], "full": [], "understanding": []}
    with open_knowledge_base(settings, purpose="bench") as kb:
        ingest(kb, [_ROOT / "corpus"], recursive=True)
        forms = {
            "plain": (Searcher(kb, rerank=False), Parts.without(["all"])),
            "full": (Searcher(kb), ALL_PARTS),
        }
        for searcher, parts in forms.values():
            searcher.search("khởi động", parts=parts)
        for number in range(_ROUNDS):
            for text in texts:
                for name, (searcher, parts) in forms.items():
                    # A number of its own, so that no form finds a query remembered by the other.
                    asked = f"{text} {number}{len(name)}"
                    started = time.perf_counter()
                    result = searcher.search(asked, parts=parts)
                    took[name].append((time.perf_counter() - started) * 1000)
                    if name == "full":
                        took["understanding"].append(result.timings_ms["parse"])
    return {name: statistics.median(values) for name, values in took.items()}


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as scratch:
        medians = measure(Path(scratch) / "data")
    print(f"plain search p50           {medians['plain']:6.1f} ms")  # noqa: T201
    print(f"this search p50            {medians['full']:6.1f} ms")  # noqa: T201
    print(f"ratio                      {medians['full'] / medians['plain']:6.2f}")  # noqa: T201
    print(f"understanding alone, p50   {medians['understanding']:6.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
