"""The five seed articles, which lie beside the repository and are not part of it."""

from pathlib import Path

import pytest

from ingest.articles.article import Article, extract_article
from ingest.metadata.enrich import enrich
from kb.models import Document, Field, MetadataEvidence

SEEDS = Path(__file__).resolve().parents[3] / "shared" / "seeds"
pytestmark = pytest.mark.skipif(
    not SEEDS.is_dir(), reason="../shared/seeds does not lie beside the repository"
)

# Read by hand: published, author, publisher, province. The clock on top of 000 is the day of the
# visit, the day in 002's first sentence that of the event; neither page says when it was published.
EXPECTED = {
    "000": (None, "Hoàng Uyên", "Báo Cà Mau", "Cà Mau"),
    "001": ("2024-04-04", "Mai Quý", None, "Hà Nội"),
    "002": (None, "Ban Biên tập", None, "Cà Mau"),
    "003": ("2023-10-19", "Hải Yến", None, "Vĩnh Long"),
    # The article says just "tỉnh"; five of the page's other articles name this one province.
    "004": ("2024-09-24", "Gia Nguyễn", None, "Hậu Giang"),
}
TITLES = {
    "000": "Lan tỏa phong trào thi đua Dân vận khéo trong công nhân, viên chức, lao động",
    "001": "Tích cực xây dựng các mô hình “Dân vận khéo”",
    "002": "Hội nghị sơ kết phong trào thi đua “Dân vận khéo” trên địa bàn tỉnh Cà Mau, "
    "giai đoạn 2020 - 2023",
    "003": "Dân vận khéo góp phần hoàn thành thắng lợi nhiệm vụ",
}
# 004 has no headline: its title is the head of its first sentence, and says so.
DERIVED = {"002", "004"}
# What may be told of each by a careful reader; anything else is wrong, and absence is not.
FIELDS = {"003": Field.POLITICAL_SYSTEM}
TOPICS = {
    "000": {"cong-doan", "nong-thon-moi", "nha-o", "giao-duc", "giam-ngheo"},
    "001": {"cong-doan", "van-hoa", "moi-truong", "an-ninh-trat-tu", "xay-dung-dang"},
    "002": {"nong-nghiep", "giam-ngheo", "nong-thon-moi", "an-ninh-trat-tu", "cai-cach-hanh-chinh"},
    "003": {"xay-dung-dang", "cai-cach-hanh-chinh", "nha-o", "an-sinh-xa-hoi", "chuyen-doi-so"},
    "004": {"cai-cach-hanh-chinh", "giam-ngheo", "nong-thon-moi", "nong-nghiep", "xay-dung-dang"},
}
ORGANIZATIONS = {"000": "Công đoàn", "001": "Công đoàn"}
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
    assert article.title == TITLES.get(number, article.title)
    assert article.title.startswith("Phong trào thi đua “Dân vận khéo”") or number in TITLES
    assert (article.url, article.updated, article.section) == (None, None, None)


def _by_field(article: Article) -> dict[str, MetadataEvidence]:
    return {each.field: each for each in article.evidence}


@pytest.mark.parametrize("number", EXPECTED)
def test_seed_says_where_its_metadata_are_from(number: str) -> None:
    article = _article(number)
    found = _by_field(article)
    for field in ("title", "published", "author", "publisher", "province"):
        value = getattr(article, field)
        assert (found[field].value if field in found else None) == value
    for each in article.evidence:
        assert 0 < each.confidence < 1
        if each.span is not None:
            assert article.text[each.span.start_char : each.span.end_char] == each.quote
    assert (found["title"].confidence <= 0.5) == (number in DERIVED)


def test_seeds_quote_the_line_that_dates_or_signs_them() -> None:
    assert _by_field(_article("001"))["published"].quote == "04/04/2024 10:24"
    assert _by_field(_article("003"))["published"].quote == "03:10, 19/10/2023"
    assert _by_field(_article("003"))["author"].quote == "Bài, ảnh: HẢI YẾN"
    assert _by_field(_article("000"))["province"].source == "publisher"
    assert _by_field(_article("004"))["province"].source == "other articles of the page"


@pytest.mark.parametrize("number", EXPECTED)
def test_what_is_added_to_a_seed_is_right_or_absent(number: str) -> None:
    article = _article(number)
    document = enrich(
        Document(
            document_id=number,
            kind="article",
            title=article.title,
            text=article.text,
            origin=f"{number}.txt",
            sha256="",
            publisher=article.publisher,
            published=article.published,
            province=article.province,
            evidence=article.evidence,
        )
    )
    assert document.province == EXPECTED[number][3]
    assert document.field in (None, FIELDS.get(number))
    assert set(document.topics) <= TOPICS[number]
    assert document.organization in (None, ORGANIZATIONS.get(number))
    # All five report on a movement all over one province.
    assert document.level in (None, "province")
    assert document.subject in (None, "collective")
    if article.published:
        assert document.years == (int(article.published[:4]),)


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
