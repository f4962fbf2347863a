"""LangChain's side of the comparison, in its own process."""

import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from eval.bench.baseline import (
    create_collection,
    open_bm25,
    open_embeddings,
    open_store,
    split_texts,
    write_bm25_folder,
)
from eval.bench.baseline_model import build_baseline_model
from eval.bench.worker import serve
from eval.bench.workload import load_book, read_texts

if TYPE_CHECKING:
    from langchain_core.embeddings import Embeddings
    from langchain_qdrant import QdrantVectorStore
    from qdrant_client import QdrantClient

Mode = Literal["hybrid", "dense"]


class LangChain:
    """What the parent may ask for."""

    def __init__(self, work: Path, model_dir: Path) -> None:
        self._work = work
        self._model_dir = model_dir
        self._bm25_folder = write_bm25_folder(work / "bm25")
        self._embeddings: Embeddings | None = None
        self._client: QdrantClient | None = None
        self._stores: dict[str, QdrantVectorStore] = {}

    def prepare(self) -> str:
        """Make the model's folder if it is missing, load it, and return its path."""
        folder = build_baseline_model(self._model_dir)
        self._embeddings = open_embeddings(folder)
        self._embeddings.embed_query("khởi động")
        return str(folder)

    def build(self, texts: str, limit: int) -> dict[str, float]:
        """Load the first texts with vectors of the book; the sparse side is really computed.

        One collection in memory serves both modes: the dense search does not look at the sparse
        vectors.
        """
        from qdrant_client import QdrantClient

        self.close()
        items = read_texts(Path(texts), limit)
        started = time.perf_counter()
        self._client = QdrantClient(":memory:")
        create_collection(self._client)
        self._open_stores(self._client)
        loading = open_store(
            self._client,
            _book_embeddings(self._loaded, self._work),
            open_bm25(self._bm25_folder),
        )
        chunks = split_texts(items)
        loading.add_documents(chunks)
        return {"seconds": time.perf_counter() - started, "chunks": len(chunks)}

    def build_on_disk(self, texts: str, directory: str) -> float:
        """Index texts, model included, into a directory for other processes; return seconds."""
        from qdrant_client import QdrantClient

        started = time.perf_counter()
        client = QdrantClient(path=directory)
        create_collection(client)
        store = open_store(client, self._loaded, open_bm25(self._bm25_folder))
        store.add_documents(split_texts(read_texts(Path(texts))))
        client.close()
        return time.perf_counter() - started

    def open(self, directory: str) -> None:
        """Open an index on disk for `search`."""
        from qdrant_client import QdrantClient

        self.close()
        self._client = QdrantClient(path=directory)
        self._open_stores(self._client)

    def search(self, questions: list[str], mode: Mode = "hybrid") -> list[float]:
        """Answer questions one by one; return milliseconds each."""
        store = self._stores[mode]
        took = []
        for question in questions:
            started = time.perf_counter()
            store.similarity_search(question, k=10)
            took.append((time.perf_counter() - started) * 1000)
        return took

    def ingest(self, texts: str, limit: int) -> float:
        """Split, embed and add texts to a new collection in memory; return the seconds."""
        from qdrant_client import QdrantClient

        items = read_texts(Path(texts), limit)
        client = QdrantClient(":memory:")
        create_collection(client)
        store = open_store(client, self._loaded, open_bm25(self._bm25_folder))
        started = time.perf_counter()
        store.add_documents(split_texts(items))
        seconds = time.perf_counter() - started
        client.close()
        return seconds

    def close(self) -> None:
        """Close what is open."""
        self._stores.clear()
        if self._client is not None:
            self._client.close()
            self._client = None

    @property
    def _loaded(self) -> "Embeddings":
        if self._embeddings is None:
            raise RuntimeError("prepare() was not called")
        return self._embeddings

    def _open_stores(self, client: "QdrantClient") -> None:
        self._stores["hybrid"] = open_store(client, self._loaded, open_bm25(self._bm25_folder))
        self._stores["dense"] = open_store(client, self._loaded, None)


def _book_embeddings(real: "Embeddings", work: Path) -> "Embeddings":
    from langchain_core.embeddings import Embeddings

    book = load_book(work)

    class BookEmbeddings(Embeddings):
        def embed_documents(self, texts: list[str]) -> list[list[float]]:
            vectors: list[list[float]] = book.vectors_of(texts).tolist()
            return vectors

        def embed_query(self, text: str) -> list[float]:
            return real.embed_query(text)

    return BookEmbeddings()


if __name__ == "__main__":
    side = LangChain(Path(sys.argv[1]), Path(sys.argv[2]))
    serve(side)
    side.close()
