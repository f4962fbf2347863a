"""The five real articles: each question is answered from the right one, or refused."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ingest.pipeline import ingest
from kb.figures import numbers_in
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import NoAnswerReason
from kb.settings import load_settings
from retrieval.answering.answerer import Answerer
from retrieval.search import Searcher

SEEDS = Path(__file__).parents[3] / "shared" / "seeds"

pytestmark = [
    pytest.mark.model,
    pytest.mark.skipif(not SEEDS.is_dir(), reason="the real articles are not here"),
]


@pytest.fixture(scope="module")
def seeds(
    tmp_path_factory: pytest.TempPathFactory, bundled_model_dir: Path
) -> Iterator[KnowledgeBase]:
    settings = load_settings(data_dir=tmp_path_factory.mktemp("seeds"), model_dir=bundled_model_dir)
    with open_knowledge_base(settings, purpose="test") as kb:
        report = ingest(kb, [SEEDS], recursive=True)
        assert [item.reason for item in report.failed] == []
        yield kb


@pytest.mark.parametrize(
    ("question", "file", "figures"),
    [
        ("Một hộ làm theo mô hình “Đưa màu xuống ruộng” thu nhập bao nhiêu?", "002", ["100"]),
        ("Công đoàn tỉnh Cà Mau hỗ trợ xây bao nhiêu căn Mái ấm công đoàn?", "000", ["300"]),
        ("Các cấp công đoàn Cà Mau đã hỗ trợ được bao nhiêu Mái ấm công đoàn?", "000", ["300"]),
        (
            "Năm 2024 ở Hà Nội có bao nhiêu tập thể đăng ký mô hình Dân vận khéo?",
            "001",
            ["1129"],
        ),
        ("Hậu Giang có bao nhiêu mô hình dân vận khéo về kinh tế?", "004", ["2821"]),
        (
            "Đảng ủy Khối Cơ quan và Doanh nghiệp tỉnh Vĩnh Long khen thưởng bao nhiêu tập thể "
            "giai đoạn 2021-2023?",
            "003",
            ["61"],
        ),
    ],
)
def test_a_figure_comes_from_the_right_article_as_a_verbatim_quote(
    seeds: KnowledgeBase, question: str, file: str, figures: list[str]
) -> None:
    answer = Answerer(seeds).answer(question)
    assert answer.status == "answered"
    first = answer.citations[0]
    assert first.document_id.startswith(file)
    text = seeds.store.get_document(first.document_id).text
    assert text[first.start_char : first.end_char] == first.quote
    assert set(figures) <= set(numbers_in(first.quote))
    for claim in answer.claims:
        assert all(claim.checks.values())


def test_a_crop_and_a_province_that_no_article_has_are_refused(seeds: KnowledgeBase) -> None:
    answer = Answerer(seeds).answer("mô hình nuôi yến ở Khánh Hòa lãi bao nhiêu")
    assert answer.status == "no_answer"
    assert answer.reason in {NoAnswerReason.WRONG_PLACE, NoAnswerReason.NO_EVIDENCE}
    assert answer.claims == ()
    assert answer.citations == ()


def test_teasers_of_other_articles_do_not_make_an_article_a_result(seeds: KnowledgeBase) -> None:
    hits = Searcher(seeds).search("Huy hiệu 30 năm tuổi Đảng").hits
    assert not any(hit.document.document_id.startswith("000") for hit in hits)
    assert not any(re.search(r"Huy hiệu", hit.document.text) for hit in hits)
