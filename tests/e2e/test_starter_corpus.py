"""What a fresh clone can do: search and answers over the starter corpus with the real model."""

import json
from collections.abc import Iterator
from pathlib import Path

import ir_measures
import pytest
from ir_measures import nDCG

from kb.figures import numbers_in
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from retrieval.answer import Answerer
from retrieval.query import parse_filters
from retrieval.search import Searcher

REPOSITORY = Path(__file__).parents[2]
TOPICS = REPOSITORY / "eval" / "topics" / "casebook-dev"

pytestmark = pytest.mark.model


@pytest.fixture(scope="module")
def starter(starter_settings: Settings) -> Iterator[KnowledgeBase]:
    with open_knowledge_base(starter_settings, purpose="test") as kb:
        yield kb


def _topics() -> list[dict[str, object]]:
    lines = (TOPICS / "queries.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def test_mean_ndcg_over_the_answerable_development_topics_is_at_least_0_82(
    starter: KnowledgeBase,
) -> None:
    searcher = Searcher(starter)
    qrels = [
        ir_measures.Qrel(*line.split("\t")[:2], int(line.split("\t")[2]))
        for line in (TOPICS / "qrels" / "test.tsv").read_text(encoding="utf-8").splitlines()[1:]
    ]
    answerable = [
        topic
        for topic in _topics()
        if topic["metadata"]["answerable"]  # type: ignore[index]
    ]
    run = [
        ir_measures.ScoredDoc(str(topic["_id"]), hit.document.document_id, -float(hit.rank))
        for topic in answerable
        for hit in searcher.search(str(topic["text"]), top_k=10).hits
    ]
    by_query = {
        metric.query_id: metric.value for metric in ir_measures.iter_calc([nDCG @ 10], qrels, run)
    }
    mean = sum(by_query.get(str(topic["_id"]), 0.0) for topic in answerable) / len(answerable)
    assert mean >= 0.82


def test_every_quote_of_every_development_topic_is_verbatim_and_every_figure_quoted(
    starter: KnowledgeBase,
) -> None:
    answerer = Answerer(starter)
    answered = 0
    for topic in _topics():
        answer = answerer.answer(str(topic["text"]))
        quotes = {citation.marker: citation for citation in answer.citations}
        for citation in answer.citations:
            text = starter.store.get_document(citation.document_id).text
            assert text[citation.start_char : citation.end_char] == citation.quote
        for claim in answer.claims:
            quoted = {
                number for marker in claim.citations for number in numbers_in(quotes[marker].quote)
            }
            assert set(numbers_in(claim.text)) <= quoted
        answered += answer.status == "answered"
        assert (answer.status == "no_answer") == (answer.claims == ())
        assert (answer.reason is None) == (answer.claims != ())
    assert answered > 60


def test_poverty_reduction_in_ca_mau_lists_cases_of_today_s_ca_mau_only(
    starter: KnowledgeBase,
) -> None:
    answer = Answerer(starter).answer("mô hình giảm nghèo hiệu quả ở Cà Mau")
    assert answer.status == "answered"
    assert len(answer.claims) >= 3
    documents = {citation.document_id for citation in answer.citations}
    for document_id in documents:
        assert starter.store.get_document(document_id).province in {"Cà Mau", "Bạc Liêu"}


def test_a_province_filter_with_today_s_name_covers_the_provinces_it_was_made_of(
    starter: KnowledgeBase,
) -> None:
    searcher = Searcher(starter)
    today = searcher.search("phụ nữ", filters=parse_filters(province="Cà Mau"), top_k=100)
    old = searcher.search("phụ nữ", filters=parse_filters(province="bac lieu"), top_k=100)
    assert {hit.document.province for hit in today.hits} == {"Cà Mau", "Bạc Liêu"}
    assert {hit.document.province for hit in old.hits} == {"Bạc Liêu"}


def test_a_question_without_diacritics_finds_what_the_accented_one_finds(
    starter: KnowledgeBase,
) -> None:
    searcher = Searcher(starter)
    accented = searcher.search("Ngôi nhà xanh gom phế liệu", top_k=3).hits
    folded = searcher.search("ngoi nha xanh gom phe lieu", top_k=3).hits
    shared = {hit.document.document_id for hit in accented} & {
        hit.document.document_id for hit in folded
    }
    assert len(shared) >= 2
