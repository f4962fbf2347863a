"""The models that the seed articles name, which lie beside the repository."""

from pathlib import Path

import pytest

from ingest.articles.article import extract_article
from ingest.cases import extract_cases
from kb.models import Document, ExtractedCase

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="../shared/seeds does not lie beside the repository"
)

# Read by hand in the article on the conference in Cà Mau; names and figures are facts.
NAMED = {
    "Đưa màu xuống ruộng": {100.0, 400.0},
    "Tiết kiệm giúp nhau xóa đói, giảm nghèo": set(),
    "Trồng cây ăn trái kết hợp với nuôi cá đồng": {250.0},
    "Nuôi cua đinh thương phẩm": {500.0, 250.0},
    "Cá chình - bống tượng": set(),
    "Vận động nhân dân xây dựng tổ hợp tác trồng màu": set(),
    "Trồng và bán hoa tết": set(),
    "5 không, 3 sạch": set(),
    "Xây dựng tuyến dân cư nông thôn mới kiểu mẫu": set(),
    "Mẹ đỡ đầu": set(),
    "Mái ấm tình thương": set(),
    "Đổi rác thải nhựa lấy quà": set(),
    "Địa chỉ tin cậy, nhà tạm lánh": set(),
    "Kết hợp huấn luyện dã ngoại làm công tác vận động quần chúng": set(),
    "Ánh sáng an ninh": set(),
    "Thắp sáng ước mơ hoàn lương": set(),
    "Đội tàu thuyền an toàn": set(),
    "Ấp điểm không có tội phạm và tệ nạn xã hội": set(),
    "Tết Quân - Dân": set(),
    "Duy trì và nâng cao chất lượng chính quyền thân thiện": set(),
}
LONG = ("Chuẩn mực giao tiếp ứng xử", "Xây dựng chính quyền phục vụ nhân dân qua nền tảng số")


def _cases(number: str) -> tuple[Document, tuple[ExtractedCase, ...]]:
    path = next(SEEDS.glob(f"{number}_*.txt"))
    article = extract_article(path.read_text(encoding="utf-8"), file_name=path.name, is_html=False)
    document = Document(
        f"seed-{number}",
        "article",
        article.title,
        article.text,
        path.name,
        "0",
        published=article.published,
        province=article.province,
    )
    return document, extract_cases(document)


def test_the_conference_article_gives_the_models_that_it_names_with_their_figures() -> None:
    document, cases = _cases("002")
    found = {case.name: {figure.value for figure in case.figures} for case in cases}
    short = {name: values for name, values in found.items() if not name.startswith(LONG)}
    assert short == NAMED
    assert len(cases) == len(NAMED) + len(LONG)
    assert {case.province for case in cases} == {"Cà Mau"}
    for case in cases:
        for mention in case.mentions:
            assert document.text[mention.start_char : mention.end_char] == case.name


def test_the_union_article_gives_its_models_and_no_campaign() -> None:
    _, cases = _cases("000")
    names = {case.name for case in cases}
    assert {"Tổ tự quản", "Tổ hòa giải", "Lao động sáng tạo", "Cùng em đến trường"} <= names
    fund = next(case for case in cases if case.name.startswith("Quỹ Mái ấm công đoàn"))
    assert {figure.value for figure in fund.figures} == {14000.0, 40.0, 300.0}
    assert not any("dân vận khéo" in name.lower() for name in names)


@pytest.mark.parametrize(("number", "count"), [("003", 1), ("004", 0)])
def test_articles_that_name_no_models_give_none(number: str, count: int) -> None:
    document, cases = _cases(number)
    assert len(cases) == count
    if number == "004":
        # The page teases an article on such a model of another district.
        assert "6 trong 1" not in document.text


def test_the_hanoi_article_gives_the_four_models_of_its_unions() -> None:
    _, cases = _cases("001")
    starts = ("Đẩy mạnh xây dựng", "Nâng cao hiệu quả", "Vận động công nhân", "Đặt mình vào")
    assert len(cases) == len(starts)
    assert all(case.name.startswith(start) for case, start in zip(cases, starts, strict=True))
