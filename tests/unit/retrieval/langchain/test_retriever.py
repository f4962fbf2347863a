"""Documents of the retriever: verbatim, with what a citation needs."""

import pytest
from pydantic import ValidationError

from kb.errors import EmptyQuery, QueryError
from kb.knowledge_base import KnowledgeBase
from kb.models import Filters
from retrieval.langchain.retriever import KnowledgeBaseRetriever

QUERY = "trồng rau màu xuống ruộng"


@pytest.mark.parametrize("content", ["passage", "snippet"])
def test_the_content_is_its_span_of_the_stored_text(cases: KnowledgeBase, content: str):
    documents = KnowledgeBaseRetriever(kb=cases, content=content).invoke(QUERY)
    assert documents
    for document in documents:
        stored = cases.store.get_document(document.metadata["document_id"])
        start, end = document.metadata["start_char"], document.metadata["end_char"]
        assert stored.text[start:end] == document.page_content
        assert document.metadata["sha256"] == stored.sha256


def test_a_snippet_lies_within_its_passage(cases: KnowledgeBase):
    [passage] = KnowledgeBaseRetriever(kb=cases, k=1).invoke(QUERY)
    [snippet] = KnowledgeBaseRetriever(kb=cases, k=1, content="snippet").invoke(QUERY)
    assert passage.id == snippet.id
    assert snippet.page_content in passage.page_content
    assert len(snippet.page_content) < len(passage.page_content)


def test_metadata_hold_what_a_citation_needs(cases: KnowledgeBase):
    [document] = KnowledgeBaseRetriever(kb=cases, k=1).invoke(QUERY)
    metadata = document.metadata
    assert metadata["document_id"] == metadata["case_id"] == "trong-mau-ca-mau"
    assert metadata["title"] == "Đưa màu xuống ruộng"
    assert (metadata["publisher"], metadata["published"]) == ("Báo Thử", "2022-03-04")
    assert metadata["url"] == "https://example.org/bai"
    assert metadata["permalink"].startswith("/documents/trong-mau-ca-mau?start=")
    assert (metadata["province"], metadata["field"]) == ("Cà Mau", "kinh-te")
    assert metadata["topics"] == ["giam-ngheo"]
    assert metadata["rank"] == 1
    assert 0 < metadata["score"] <= 1
    assert metadata["chunk_id"] == document.id


def test_documents_come_best_first_and_as_the_search_ranks_them(cases: KnowledgeBase):
    retriever = KnowledgeBaseRetriever(kb=cases)
    scores = [document.metadata["score"] for document in retriever.invoke("trồng nuôi")]
    assert scores == sorted(scores, reverse=True)


def test_filters_hold_for_all_calls_or_for_one(cases: KnowledgeBase):
    retriever = KnowledgeBaseRetriever(kb=cases, filters=Filters(province="Hà Giang"))
    provinces = {document.metadata["province"] for document in retriever.invoke("hộ trồng")}
    assert provinces == {"Hà Giang"}
    other = retriever.invoke("cua giống", filters=Filters(province="Bạc Liêu"))
    assert {document.metadata["province"] for document in other} == {"Bạc Liêu"}


def test_the_mode_can_be_chosen(cases: KnowledgeBase):
    lexical = KnowledgeBaseRetriever(kb=cases, mode="lexical")
    assert lexical.invoke("qwxz zzwq") == []
    assert lexical.invoke("cua giống")[0].metadata["document_id"] == "nuoi-cua-bac-lieu"
    assert len(lexical.invoke("cua giống", mode="dense")) == 3


@pytest.mark.parametrize("k", [0, 101])
def test_k_has_bounds(cases: KnowledgeBase, k: int):
    with pytest.raises(ValidationError):
        KnowledgeBaseRetriever(kb=cases, k=k)
    with pytest.raises(QueryError, match="ngoài khoảng 1-100"):
        KnowledgeBaseRetriever(kb=cases).invoke(QUERY, k=k)


def test_an_empty_question_is_an_error(cases: KnowledgeBase):
    with pytest.raises(EmptyQuery):
        KnowledgeBaseRetriever(kb=cases).invoke(" ?! ")


def test_an_empty_knowledge_base_finds_nothing(kb: KnowledgeBase):
    assert KnowledgeBaseRetriever(kb=kb).invoke(QUERY) == []
