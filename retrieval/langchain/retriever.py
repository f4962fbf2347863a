"""Search as a LangChain retriever whose documents can be cited."""

from typing import Annotated, Any, Literal

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document as LangChainDocument
from langchain_core.retrievers import BaseRetriever
from pydantic import Field, PrivateAttr

from kb.errors import QueryError
from kb.knowledge_base import KnowledgeBase
from kb.models import Filters, Hit, SearchMode, Span
from retrieval.answering.citations import CitationBook
from retrieval.query import ALL_PARTS, Parts
from retrieval.rendering import citation_to_data
from retrieval.search import Searcher

MAX_K = 100

Content = Literal["passage", "snippet"]


class KnowledgeBaseRetriever(BaseRetriever):
    """Finds the passages of an opened knowledge base that fit a question, one a case.

    `page_content` is verbatim: the document's text from `start_char` to `end_char` of the metadata.
    The metadata holds what a citation needs (`document_id`, `title`, `publisher`, `url`,
    `published`, `locator`, `permalink`, `sha256`, `fetched_at`), where the case is (`province`,
    `field`, `topics`) and how it was found (`rank`, `score`, `chunk_id`).

    `k`, `filters` and `mode` may also be given to `invoke`, for one call.

    Attributes:
        kb: The knowledge base; stays open as long as the retriever is used.
        k: Documents wanted, 1 to 100; fewer come if fewer fit.
        filters: Strict conditions.
        mode: Which legs of the search take part.
        parts: Which parts of the understanding take part.
        content: `passage` is the whole chunk that fits best, `snippet` its part around the match.

    Example:
        retriever = KnowledgeBaseRetriever(kb=kb, k=4)
        documents = retriever.invoke("nuôi tôm quảng canh", filters=Filters(province="Cà Mau"))
    """

    kb: KnowledgeBase
    k: Annotated[int, Field(ge=1, le=MAX_K)] = 10
    filters: Filters | None = None
    mode: SearchMode = "hybrid"
    parts: Parts = ALL_PARTS
    content: Content = "passage"
    _searcher: Searcher = PrivateAttr()

    def model_post_init(self, context: Any, /) -> None:
        """Open the search once for all calls."""
        super().model_post_init(context)
        self._searcher = Searcher(self.kb)

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        filters: Filters | None = None,
        mode: SearchMode | None = None,
    ) -> list[LangChainDocument]:
        """Return documents, best first.

        Raises:
            QueryError: The question is empty or too long, or `k` is out of range.
        """
        del run_manager  # nothing inside reports to it
        wanted = self.k if k is None else k
        if not 1 <= wanted <= MAX_K:
            raise QueryError(f"Số kết quả k={wanted!r} ngoài khoảng 1-{MAX_K}.")
        result = self._searcher.search(
            query,
            filters=self.filters if filters is None else filters,
            mode=mode or self.mode,
            top_k=wanted,
            parts=self.parts,
        )
        chunks = self.kb.store.get_spans([hit.chunk_id for hit in result.hits])
        return [self._document(hit, chunks.get(hit.chunk_id)) for hit in result.hits]

    def _document(self, hit: Hit, chunk: Span | None) -> LangChainDocument:
        """Return a hit; `chunk` is None if its document was taken in anew meanwhile."""
        span = chunk if chunk and self.content == "passage" else hit.snippet_span
        book = CitationBook()
        book.cite(hit.document, span)
        cited = citation_to_data(book.citations[0])
        # The number belongs to an answer, and the quote is the content itself.
        del cited["marker"]
        text = cited.pop("quote")
        document = hit.document
        return LangChainDocument(
            id=hit.chunk_id,
            page_content=text,
            metadata={
                **cited,
                "province": document.province,
                "field": document.field.value if document.field else None,
                "topics": list(document.topics),
                "source_count": hit.source_count,
                "independent_source_count": hit.independent_source_count,
                "chunk_id": hit.chunk_id,
                "rank": hit.rank,
                "score": hit.score,
            },
        )
