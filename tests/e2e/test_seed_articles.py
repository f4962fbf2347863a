"""The five seed articles, which lie beside the repository and are not part of it."""

from pathlib import Path

import pytest

from ingest.article import Article, extract_article

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="../shared/seeds does not lie beside the repository"
)

EXPECTED = {
    "000": (None, "Hoàng Uyên", "Báo Cà Mau", "Cà Mau"),
    "001": ("2024-04-04", "Mai Quý", None, "Hà Nội"),
    "002": (None, "Ban Biên tập", None, "Cà Mau"),
    "003": ("2023-10-19", "Hải Yến", None, "Vĩnh Long"),
    # The article says just "tỉnh"; five of the page's other articles name this one province.
    "004": ("2024-09-24", "Gia Nguyễn", None, "Hậu Giang"),
}
TITLE_STARTS = {
    "000": "Lan tỏa phong trào",
    "001": "Tích cực xây dựng",
    "002": "Hội nghị sơ kết",
    "003": "Dân vận khéo góp phần",
    "004": "Phong trào thi đua",
}
KEPT = {
    "000": [
        "17.700 cuộc", "975.000 lượt", "14.000 lượt", "40 tỷ đồng", "300 căn",
        "Gắn với thực hiện nhiệm vụ", "Nhiều mô hình hay", "nông thôn mới.",
    ],
    "001": ["1.129 tập thể", "7.204 cá nhân", "1.050 cá nhân", "Thời gian tới, các cấp"],
    "002": ["3.427", "1.007", "340 tập thể", "74 cá nhân", "05 tập thể", "tặng giấy khen"],
    "003": [
        "1.061", "5.908", "67/89", "326 căn", "61 tập thể và 110 cá nhân", "khen 2 cá nhân",
        "Tạo sức lan tỏa", "Góp phần thực hiện thắng lợi nghị quyết",
    ],
    "004": ["11.679", "2.821", "5.521", "1.641", "1.876", "không chạy theo số lượng"],
}  # fmt: skip
GONE = [
    "Huy hiệu 30 năm tuổi Đảng", "VNeID", "lừa đảo trực tuyến", "Xi măng Sài Sơn",
    "trụ sở dôi dư", "134 đảng viên", "Đường dây nóng", "Chia sẻ\n", "Xem thêm", "-->", "°C",
    "Ảnh:", "(giữa)", "Chung khảo Hội thi", "Viettel", "HẢI YẾN", "GIA NGUYỄN", "BAN BIÊN TẬP",
    "Phóng sự ảnh", "Theo dõi Báo",
]  # fmt: skip


def _article(number: str) -> Article:
    path = next(SEEDS.glob(f"{number}_*.txt"))
    return extract_article(path.read_text(encoding="utf-8"), file_name=path.name, is_html=False)


@pytest.mark.parametrize("number", EXPECTED)
def test_seed_has_its_metadata(number: str) -> None:
    article = _article(number)
    found = (article.published, article.author, article.publisher, article.province)
    assert found == EXPECTED[number]
    assert article.title.startswith(TITLE_STARTS[number])
    assert article.url is None


@pytest.mark.parametrize("number", EXPECTED)
def test_seed_keeps_its_figures_and_last_sentences(number: str) -> None:
    text = _article(number).text
    assert [probe for probe in KEPT[number] if probe not in text] == []


@pytest.mark.parametrize("number", EXPECTED)
def test_seed_is_rid_of_the_rest_of_the_page(number: str) -> None:
    text = _article(number).text
    assert [probe for probe in GONE if probe in text] == []


@pytest.mark.parametrize("number", EXPECTED)
def test_seed_keeps_its_paragraphs_and_none_twice(number: str) -> None:
    article = _article(number)
    assert article.text.count("\n\n") >= 9
    assert len(set(article.text.split("\n\n"))) == article.text.count("\n\n") + 1


@pytest.mark.parametrize("number", EXPECTED)
def test_extracting_a_seed_twice_changes_nothing(number: str) -> None:
    text = _article(number).text
    assert extract_article(text, file_name="lan-hai.txt", is_html=False).text == text
