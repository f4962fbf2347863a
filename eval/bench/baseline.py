"""What users would build with LangChain in an afternoon: the other side of the comparison.

Stock `RecursiveCharacterTextSplitter`, `HuggingFaceEmbeddings` and `QdrantVectorStore` on
qdrant-client's local mode, with FastEmbed's BM25 as the sparse side of the hybrid. The libraries
are imported inside the functions: they take seconds, and only this side pays for them.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from langchain_core.documents import Document
    from langchain_core.embeddings import Embeddings
    from langchain_qdrant import FastEmbedSparse, QdrantVectorStore
    from qdrant_client import QdrantClient

COLLECTION = "bench"
DIM = 384
QUERY_PROMPT = "query: "
PASSAGE_PROMPT = "passage: "
BM25_MODEL = "Qdrant/bm25"
# `FastEmbedSparse("Qdrant/bm25")` downloads one file that it uses: the stop words of its default
# language, English. FastEmbed takes a local folder instead (`specific_model_path`), so this file
# is all that has to be supplied; tokens, stemmer, weights and hashes are FastEmbed's own. These
# are the entries of the usual English list that can match a token (apostrophes are stripped
# before the look-up).
_STOP_WORDS = """
i me my myself we our ours ourselves you your yours yourself yourselves he him his himself she her
hers herself it its itself they them their theirs themselves what which who whom this that these
those am is are was were be been being have has had having do does did doing a an the and but if or
because as until while of at by for with about against between into through during before after
above below to from up down in out on off over under again further then once here there when where
why how all any both each few more most other some such no nor not only own same so than too very s
t can will just don should now d ll m o re ve y ain aren couldn didn doesn hadn hasn haven isn ma
mightn mustn needn shan shouldn wasn weren won wouldn
"""


def write_bm25_folder(folder: Path) -> Path:
    """Write the folder that stands for the download of `Qdrant/bm25`, and return it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text("{}\n", encoding="utf-8")
    words = "\n".join(_STOP_WORDS.split())
    (folder / "english.txt").write_text(words + "\n", encoding="utf-8")
    return folder


def open_embeddings(model: Path) -> "Embeddings":
    """Return the dense model with its prompts; other options are the defaults."""
    from langchain_huggingface import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(
        model_name=str(model),
        model_kwargs={"device": "cpu"},
        encode_kwargs={"prompt": PASSAGE_PROMPT},
        query_encode_kwargs={"prompt": QUERY_PROMPT},
    )


def open_bm25(folder: Path) -> "FastEmbedSparse":
    """Return FastEmbed's BM25 with its defaults, from a local folder."""
    from langchain_qdrant import FastEmbedSparse

    return FastEmbedSparse(BM25_MODEL, specific_model_path=str(folder))


def create_collection(client: "QdrantClient") -> None:
    """Create the collection as LangChain's guide to hybrid search does."""
    from qdrant_client import models

    client.create_collection(
        COLLECTION,
        vectors_config=models.VectorParams(size=DIM, distance=models.Distance.COSINE),
        sparse_vectors_config={
            "langchain-sparse": models.SparseVectorParams(modifier=models.Modifier.IDF)
        },
    )


def open_store(
    client: "QdrantClient", embeddings: "Embeddings", sparse: "FastEmbedSparse | None"
) -> "QdrantVectorStore":
    """Return the vector store over the collection: hybrid, or dense without a sparse side."""
    from langchain_qdrant import QdrantVectorStore, RetrievalMode

    return QdrantVectorStore(
        client=client,
        collection_name=COLLECTION,
        embedding=embeddings,
        sparse_embedding=sparse,
        retrieval_mode=RetrievalMode.HYBRID if sparse else RetrievalMode.DENSE,
    )


def split_texts(items: Sequence[tuple[str, str]]) -> "list[Document]":
    """Return the chunks of `(document id, text)` pairs, as the stock splitter cuts them."""
    from langchain_core.documents import Document
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    documents = [
        Document(page_content=text, metadata={"source": document_id}) for document_id, text in items
    ]
    return RecursiveCharacterTextSplitter().split_documents(documents)
