"""The shortest LangChain script that answers one question from an index on disk.

Run as `python -m eval.bench.minimal INDEX MODEL BM25 QUESTION`; it prints the sources found.
"""

import sys
from pathlib import Path

from eval.bench.baseline import open_bm25, open_embeddings, open_store


def main(index: str, model: str, bm25: str, question: str) -> None:
    """Import, load, answer, print."""
    from qdrant_client import QdrantClient

    client = QdrantClient(path=index)
    store = open_store(client, open_embeddings(Path(model)), open_bm25(Path(bm25)))
    found = store.similarity_search(question, k=10)
    sys.stdout.write("".join(f"{document.metadata['source']}\n" for document in found))
    client.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
