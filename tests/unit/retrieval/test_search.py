"""Search over a small knowledge base: legs, filters, grouping, what a hit says."""

import pytest

from kb.errors import EmptyQuery, QueryTooLong
from kb.knowledge_base import KnowledgeBase
from retrieval.query import parse_filters
from retrieval.search import Searcher


def _ids(kb: KnowledgeBase, text: str, **options: object) -> list[str]:
    hits = Searcher(kb).search(text, **options).hits  # type: ignore[arg-type]
    return [hit.document.document_id for hit in hits]


@pytest.mark.parametrize("mode", ["hybrid", "dense", "lexical"])
def test_every_mode_finds_a_case_by_its_name_first(cases: KnowledgeBase, mode: str):
    assert _ids(cases, "Nuôi cua trong vuông tôm", mode=mode)[0] == "nuoi-cua-bac-lieu"


def test_an_unaccented_query_finds_accented_text(cases: KnowledgeBase):
    assert _ids(cases, "dua mau xuong ruong")[0] == "trong-mau-ca-mau"


def test_today_s_province_covers_the_old_one_and_not_the_other_way_round(cases: KnowledgeBase):
    today = _ids(cases, "triệu đồng", filters=parse_filters(province="Cà Mau"))
    old = _ids(cases, "triệu đồng", filters=parse_filters(province="Bạc Liêu"))
    assert set(today) == {"trong-mau-ca-mau", "nuoi-cua-bac-lieu"}
    assert old == ["nuoi-cua-bac-lieu"]


def test_year_field_and_topic_filters_restrict(cases: KnowledgeBase):
    searcher = Searcher(cases)
    assert len(searcher.search("hộ", filters=parse_filters(year=2021)).hits) == 3
    assert searcher.search("hộ", filters=parse_filters(year=1999)).hits == ()
    assert searcher.search("hộ", filters=parse_filters(field="Quốc phòng - an ninh")).hits == ()
    assert len(searcher.search("hộ", filters=parse_filters(topic="Giảm nghèo")).hits) == 3


def test_a_hit_shows_its_passage_by_offsets_and_one_hit_a_document(cases: KnowledgeBase):
    result = Searcher(cases).search("hộ thu triệu đồng", top_k=2)
    assert len(result.hits) == 2
    assert len({hit.document.document_id for hit in result.hits}) == 2
    for hit in result.hits:
        text = hit.document.text
        assert text[hit.snippet_span.start_char : hit.snippet_span.end_char] == hit.snippet
        assert "Địa bàn" not in hit.snippet
        assert 0.0 <= hit.score <= 1.0
    assert [hit.rank for hit in result.hits] == [1, 2]
    assert {"embed", "dense", "lexical", "fuse", "load", "total"} <= set(result.timings_ms)


@pytest.mark.parametrize("text", ["", "   ", "?!…", "🙂"])
def test_a_query_without_letters_is_an_error(cases: KnowledgeBase, text: str):
    with pytest.raises(EmptyQuery, match="Câu hỏi trống"):
        Searcher(cases).search(text)


def test_a_query_of_ten_thousand_characters_is_an_error_that_names_the_limit(cases: KnowledgeBase):
    with pytest.raises(QueryTooLong, match="10000 ký tự, giới hạn là 5000"):
        Searcher(cases).search("a" * 10_000)


def test_the_same_query_is_embedded_once(cases: KnowledgeBase, monkeypatch: pytest.MonkeyPatch):
    calls: list[str] = []
    embed = cases.embedder.embed_queries

    def spy(texts):  # type: ignore[no-untyped-def]
        calls.extend(texts)
        return embed(texts)

    monkeypatch.setattr(cases.embedder, "embed_queries", spy)
    searcher = Searcher(cases)
    searcher.search("cam sành")
    searcher.search("cam sành", mode="dense")
    assert calls == ["cam sành"]
