"""Pages in the styles of different sites, written for these tests, to whole articles."""

import unicodedata
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles.article import Article, extract_article
from kb.errors import EmptyDocument, ExtractionFailed, IngestError
from kb.models import MetadataEvidence, Span
from kb.text import to_reading_form

LEAD = (
    "Những năm gần đây, hội viên phụ nữ xã Tân Hòa đã biến rác thải nhựa thành quỹ học bổng, "
    "giúp nhiều em nhỏ có thêm điều kiện tới lớp."
)
FIRST = (
    "Chị Lâm Thị Sáu, chủ tịch hội phụ nữ xã Tân Hòa, cho biết mỗi tháng hội viên gom được gần "
    "1.250 kg vỏ chai, bán lấy tiền gây quỹ học bổng cho con em hội viên nghèo."
)
SECOND = (
    "Từ quỹ ấy, hội đã trao 86 suất học bổng, mỗi suất 500.000 đồng, và mua 12 chiếc xe đạp cho "
    "học sinh ở xa trường. Hội viên còn góp thêm sách vở, quần áo cho các em."
)
LAST = (
    "Thời gian tới, hội phụ nữ xã Tân Hòa sẽ đưa cách làm này tới 9 ấp còn lại, để việc phân loại "
    "rác trở thành nếp sống của từng gia đình hội viên."
)
TITLE = "Hội viên phụ nữ Tân Hòa gây quỹ học bổng từ vỏ chai"
BODY = [LEAD, FIRST, SECOND, LAST]

TEASERS = [
    (
        "Giá lúa đông xuân tăng nhẹ ở nhiều nơi",
        "Thương lái cho hay sức mua gạo xuất khẩu khởi sắc khiến giá lúa tươi tại ruộng nhích lên "
        "từng ngày trong tuần qua.",
    ),
    (
        "Khởi công tuyến kè chống sạt lở ven biển",
        "Công trình dài bốn cây số được đầu tư bằng vốn trung ương, dự kiến hoàn thành trước mùa "
        "mưa bão năm sau.",
    ),
    (
        "Đội bóng chuyền tỉnh giành vé vào chung kết",
        "Thắng lợi ba ván trắng trước đội chủ nhà đưa các cô gái vào trận tranh cúp diễn ra cuối "
        "tuần này.",
    ),
]


@dataclass(frozen=True)
class Page:
    """A page and what must come of it."""

    raw: str
    title: str = TITLE
    body: tuple[str, ...] = tuple(BODY)
    published: str | None = None
    author: str | None = None
    publisher: str | None = None


def _spaced(*lines: str) -> str:
    return "\n\n".join(lines)


def _teaser_pairs() -> list[str]:
    return [line for pair in TEASERS for line in pair]


PAGES = {
    "newspaper with weather and teasers in pairs": Page(
        _spaced(
            "Thứ hai, 03-11-25 09:12:45\nBến Tre, 29°C/ 26°C - 33°C Icon thời tiết mưa",
            "Theo dõi Báo điện tử Bình Minh trên",
            TITLE,
            "Báo Bình Minh",
            LEAD,
            "Hội viên xã Tân Hòa phân loại vỏ chai tại nhà văn hóa ấp. Ảnh: M.T",
            "Rác thành học bổng",
            FIRST,
            SECOND,
            LAST,
            "Lê Ngân",
            *_teaser_pairs(),
        ),
        body=(LEAD, "Rác thành học bổng", FIRST, SECOND, LAST),
        author="Lê Ngân",
        publisher="Báo Bình Minh",
    ),
    "newspaper with related links and captions": Page(
        "--> -->\nDòng sự kiện:\n\n"
        + _spaced(
            TITLE,
            "12/03/2024 08:45",
            f"Chia sẻ\n{LEAD}\nRa mắt câu lạc bộ sống xanh Phiên chợ đổi rác lấy quà vui nhộn",
            FIRST,
            f"{TITLE}\nGóc thu gom vỏ chai do hội viên tự làm được nhiều người ủng hộ.",
            SECOND,
            LAST,
            "Quỳnh Mai",
            *_teaser_pairs(),
        )
        + "\nXem thêm",
        published="2024-03-12",
        author="Quỳnh Mai",
    ),
    "single spaced page with dated teasers and no headline": Page(
        "\n".join(
            [
                "Thứ Năm, ngày 07/03/2024 | 06:20",
                *BODY,
                "TRÚC LAM",
                "07:01 09/05/2024",
                TEASERS[0][1],
                "08:30 08/05/2024",
                TEASERS[1][1],
                "15:12 07/05/2024",
                "(BM) - " + TEASERS[2][1],
            ]
        ),
        title="Những năm gần đây, hội viên phụ nữ xã Tân Hòa đã biến rác thải nhựa thành quỹ học "
        "bổng, giúp nhiều em nhỏ có thêm điều kiện tới lớp",
        published="2024-03-07",
        author="Trúc Lam",
    ),
    "shortened lead, captions twice and a hot line": Page(
        _spaced(
            TITLE,
            "05:30, 08/03/2023",
            LEAD[:90],
            "Hội viên phụ nữ xã chuyển vỏ chai tới điểm tập kết chung của ấp.\n"
            "Hội viên phụ nữ xã chuyển vỏ chai tới điểm tập kết chung của ấp.\n" + LEAD,
            FIRST,
            "Những suất quà trao tay",
            SECOND,
            "Trao xe đạp cho học sinh nghèo vượt khó của xã nhân ngày khai trường.\n"
            "Trao xe đạp cho học sinh nghèo vượt khó của xã nhân ngày khai trường.\n"
            + LAST
            + "\nBài, ảnh: THANH THẢO",
            "Đường dây nóng: 0900000000.",
            "Phóng sự ảnh",
        ),
        body=(LEAD, FIRST, "Những suất quà trao tay", SECOND, LAST),
        published="2023-03-08",
        author="Thanh Thảo",
    ),
    "government portal with breadcrumb, counters and lists of news": Page(
        _spaced(
            "Trang chủ » Tin tức - Sự kiện » Đoàn thể",
            TITLE,
            "Ngày đăng: 15/06/2023 14:20 | Lượt xem: 342",
            "A- A A+",
            *BODY,
            "Ban biên tập",
            "Các tin khác",
            TEASERS[0][0] + " (14/06/2023)",
            TEASERS[1][0] + " (13/06/2023)",
            TEASERS[2][0] + " (12/06/2023)",
            "Bản quyền thuộc về Cổng thông tin điện tử huyện Bình Minh. Ghi rõ nguồn khi dùng lại",
            "Đang truy cập: 15",
        ),
        published="2023-06-15",
        author="Ban Biên tập",
        publisher="Cổng thông tin điện tử huyện Bình Minh",
    ),
    "magazine with author under the headline and a box amid the text": Page(
        _spaced(
            "Đời sống",
            TITLE,
            "Hoài An - Thứ sáu, 8/3/2024 10:05 (GMT+7)",
            LEAD,
            FIRST,
            "Tin liên quan",
            TEASERS[0][0] + " sau nhiều tuần đứng giá",
            TEASERS[1][0] + " thuộc huyện vùng sâu",
            SECOND,
            LAST,
            "Chia sẻ bài viết",
            "Từ khóa: phụ nữ, rác thải nhựa, học bổng",
            "Bình luận (0)",
        ),
        published="2024-03-08",
        author="Hoài An",
    ),
    "broadcaster with signature and source glued to the last paragraph": Page(
        _spaced(
            TITLE,
            "Cập nhật lúc 16:40 ngày 20/10/2022",
            LEAD,
            FIRST,
            SECOND,
            LAST + " (Theo TTXVN)",
            "CÙNG CHUYÊN MỤC",
            *_teaser_pairs(),
        ),
        published="2022-10-20",
        publisher="TTXVN",
    ),
    "association site without signature, teasers in pairs": Page(
        _spaced(
            TITLE,
            *BODY,
            *(line for title, text in TEASERS for line in (title + " theo ghi nhận mới", text)),
        ),
    ),
    "plain text without any furniture": Page(_spaced(TITLE, *BODY)),
    "profiles under names as sub-headings": Page(
        _spaced(
            TITLE,
            LEAD,
            FIRST,
            "Lâm Thị Sáu",
            SECOND,
            "Trần Thị Bảy",
            "Bà Trần Thị Bảy là người đầu tiên đem vỏ chai tới góp cho quỹ học bổng của hội.",
        ),
        body=(
            LEAD,
            FIRST,
            "Lâm Thị Sáu",
            SECOND,
            "Trần Thị Bảy",
            "Bà Trần Thị Bảy là người đầu tiên đem vỏ chai tới góp cho quỹ học bổng của hội.",
        ),
    ),
}


def _extract(raw: str, *, is_html: bool = False) -> Article:
    return extract_article(raw, file_name="trang.txt", is_html=is_html)


@pytest.mark.parametrize("name", PAGES)
def test_page_gives_exactly_its_article(name: str) -> None:
    page = PAGES[name]
    article = _extract(page.raw)
    assert article.title == page.title
    assert article.text.split("\n\n") == [page.title, *page.body]
    assert article.published == page.published
    assert article.author == page.author
    assert article.publisher == page.publisher


@pytest.mark.parametrize("name", PAGES)
def test_extracting_an_extracted_text_changes_nothing(name: str) -> None:
    text = _extract(PAGES[name].raw).text
    assert _extract(text).text == text


def test_province_comes_from_what_the_article_names() -> None:
    raw = _spaced(TITLE, LEAD, FIRST + " Tỉnh Bến Tre đã khen mô hình này.", SECOND, LAST)
    assert _extract(raw.replace("xã Tân Hòa", "xã Tân Hòa, tỉnh Bến Tre")).province == "Bến Tre"


def test_text_is_cut_short_of_nothing_when_sections_have_one_paragraph_each() -> None:
    raw = _spaced(
        TITLE, LEAD, "Cách làm của hội viên", FIRST, "Kết quả của quỹ học bổng", SECOND,
        "Nhân rộng ra các ấp", LAST,
    )  # fmt: skip
    assert _extract(raw).text == raw


HTML = f"""<!DOCTYPE html><html><head><title>{TITLE} - Báo Bình Minh</title>
<meta property="og:title" content="{TITLE}"><meta property="og:site_name" content="Báo Bình Minh">
<meta property="article:published_time" content="2024-03-08T07:00:00+07:00">
<link rel="canonical" href="https://bao.example/xa-hoi/quy-hoc-bong-123.html">
<script>var x = "<p>không phải bài</p>";</script></head><body>
<nav><ul><li>Trang chủ</li><li>Xã hội</li></ul></nav>
<div class="detail"><h1>{TITLE}</h1><div class="date">08/03/2024 07:00</div>
<h2 class="sapo">{LEAD}</h2>
<div class="content"><p>{FIRST}</p><figure><img src="a.jpg"><figcaption>Góc thu gom.</figcaption>
</figure><p>{SECOND}</p><div class="related-news"><a href="/x">{TEASERS[0][0]}</a></div>
<p>{LAST.replace("hội phụ nữ", "h&#7897;i&nbsp;phụ nữ")}</p>
<p style="text-align:right"><b>Lê Ngân</b></p>
</div></div>
<aside><h3>{TEASERS[1][0]}</h3><p>{TEASERS[1][1]}</p></aside>
<div id="comments"><p>Bài viết rất hay, mong có thêm nhiều mô hình như vậy ở quê tôi.</p></div>
<footer><p>Tổng biên tập: Nguyễn Văn X. Giấy phép số 1/GP.</p></footer></body></html>"""


def test_html_page_gives_article_and_declared_metadata() -> None:
    article = _extract(HTML, is_html=True)
    assert article.text.split("\n\n") == [TITLE, *BODY]
    assert article.published == "2024-03-08"
    assert article.author == "Lê Ngân"
    assert article.publisher == "Báo Bình Minh"
    assert article.url == "https://bao.example/xa-hoi/quy-hoc-bong-123.html"


@pytest.mark.parametrize("cut", range(200, len(HTML), 173))
def test_broken_html_raises_only_our_errors(cut: int) -> None:
    try:
        article = _extract(HTML[:cut], is_html=True)
    except IngestError:
        return
    assert article.title


@pytest.mark.parametrize("raw", ["", " \n\n ", "--> -->\n|", "Trang chủ\nChia sẻ"])
def test_page_without_article_is_refused_by_name(raw: str) -> None:
    with pytest.raises(EmptyDocument, match=r"trang\.txt"):
        _extract(raw)


def test_empty_html_page_is_refused_by_name() -> None:
    with pytest.raises(EmptyDocument, match=r"trang\.txt"):
        _extract("<html><body><nav>Trang chủ</nav></body></html>", is_html=True)


def test_binary_content_is_refused_as_unreadable() -> None:
    with pytest.raises(ExtractionFailed, match="UTF-8"):
        _extract("%PDF\x00\x01\x02\ufffd\ufffd\x03 abc")


@settings(max_examples=150, deadline=None)
@given(st.text(), st.booleans())
def test_any_string_gives_an_article_or_our_error(raw: str, is_html: bool) -> None:
    try:
        article = _extract(raw, is_html=is_html)
    except IngestError:
        return
    assert article.text == unicodedata.normalize("NFC", article.text)
    assert article.text == to_reading_form(article.text)
    assert article.text.startswith(article.title)


_LINES = st.sampled_from(
    [
        *BODY, TITLE, "Rác thành học bổng", "Lê Ngân", "TRÚC LAM", "Báo Bình Minh", "Chia sẻ",
        "12/03/2024 08:45", "Tin liên quan", "Xem thêm", "Ảnh: Hội viên gom vỏ chai",
        "- Một ý nhỏ.",
        "Bài, ảnh: THANH THẢO", *_teaser_pairs(), "", "", "-->",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(_LINES, max_size=14))
def test_mixed_lines_keep_the_form_of_text(lines: list[str]) -> None:
    try:
        article = _extract("\n".join(lines))
    except IngestError:
        return
    assert article.text == to_reading_form(article.text)
    paragraphs = article.text.split("\n\n")
    assert paragraphs[0] == article.title
    source = to_reading_form("\n".join(lines))
    assert all(paragraph in source for paragraph in paragraphs[1:])


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.sampled_from(["Chia sẻ", "-->", "12/03/2024 08:45", "Tags: rác, quỹ"]), max_size=4),
    st.permutations(BODY[1:]),
    st.lists(st.sampled_from(TEASERS), max_size=3, unique=True),
)
def test_no_sentence_of_the_article_is_lost(
    furniture: list[str], body: list[str], teasers: list[tuple[str, str]]
) -> None:
    tail = [line for pair in teasers for line in pair]
    raw = _spaced(TITLE, *furniture, LEAD, *body, "Lê Ngân", *tail)
    assert _extract(raw).text.split("\n\n") == [TITLE, LEAD, *body]


# --- evidence -------------------------------------------------------------------------------------


def _by_field(article: Article) -> dict[str, MetadataEvidence]:
    return {each.field: each for each in article.evidence}


@pytest.mark.parametrize("name", PAGES)
def test_every_value_of_a_page_has_evidence_and_spans_are_verbatim(name: str) -> None:
    article = _extract(PAGES[name].raw)
    found = _by_field(article)
    for field in ("title", "published", "updated", "author", "publisher", "province"):
        value = getattr(article, field)
        assert (found[field].value if field in found else None) == value
    for each in article.evidence:
        assert each.quote
        assert 0 < each.confidence <= 1
        if each.span is not None:
            assert article.text[each.span.start_char : each.span.end_char] == each.quote


def test_lines_that_gave_the_values_are_quoted() -> None:
    found = _by_field(_extract(PAGES["shortened lead, captions twice and a hot line"].raw))
    assert found["published"].quote == "05:30, 08/03/2023"
    assert found["author"].quote == "Bài, ảnh: THANH THẢO"
    assert found["title"].span == Span(0, len(TITLE))


def test_title_of_the_first_sentence_is_trusted_less_than_a_headline() -> None:
    derived = _by_field(
        _extract(PAGES["single spaced page with dated teasers and no headline"].raw)
    )
    headline = _by_field(_extract(PAGES["plain text without any furniture"].raw))
    assert derived["title"].quote == LEAD
    assert derived["title"].confidence <= 0.5 < headline["title"].confidence


def test_clock_in_the_header_is_not_the_day_of_publication() -> None:
    article = _extract(PAGES["newspaper with weather and teasers in pairs"].raw)
    assert article.published is None
    assert "published" not in _by_field(article)


def test_lines_may_tell_of_an_update() -> None:
    line = "Ngày đăng: 15/06/2023 14:20 | Cập nhật: 20/06/2023 08:00"
    article = _extract(_spaced(TITLE, line, *BODY))
    assert (article.published, article.updated) == ("2023-06-15", "2023-06-20")


def test_declared_day_that_the_page_itself_contradicts_is_trusted_less() -> None:
    agreeing = _by_field(_extract(HTML, is_html=True))["published"]
    other = HTML.replace("08/03/2024 07:00", "01/02/2024 07:00")
    contested = _by_field(_extract(other, is_html=True))["published"]
    assert (agreeing.value, agreeing.confidence) == ("2024-03-08", 1.0)
    assert contested.value == "2024-03-08"
    assert contested.confidence < 0.8


def test_html_title_points_to_the_head_of_the_text() -> None:
    assert _by_field(_extract(HTML, is_html=True))["title"].span == Span(0, len(TITLE))
