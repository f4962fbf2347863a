"""HTML of several makes to text and declared metadata."""

import json
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.articles.webpage import read_webpage
from ingest.metadata.dates import today
from kb.models import MetadataEvidence

TITLE = "Vườn rau tình thương của ấp Cây Gòn"
P1 = (
    "Hai năm qua, vườn rau tình thương của ấp Cây Gòn đã nuôi bếp ăn cho người bệnh nghèo bằng "
    "chính rau sạch do bà con trồng."
)
P2 = "Mỗi tuần bà con hái chừng 180 kg rau, chở tới bếp ăn của bệnh viện huyện từ lúc trời tờ mờ."
P3 = "Người góp đất, người góp công, người góp hạt giống, nên vườn rau chưa khi nào bỏ trống luống."


def _page(body: str, head: str = "") -> str:
    return f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"


def test_linked_data_gives_title_date_author_and_publisher() -> None:
    data = {
        "@graph": [
            {"@type": "WebSite", "name": "x"},
            {
                "@type": "NewsArticle",
                "headline": TITLE,
                "datePublished": "2024-05-06T05:00:00+07:00",
                "author": [{"@type": "Person", "name": "Hoài An"}],
                "publisher": {"@type": "Organization", "name": "Báo Bình Minh"},
            },
        ]
    }
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    page = read_webpage(_page(f"<article><p>{P1}</p><p>{P2}</p></article>", head))
    assert (page.title, page.published) == (TITLE, "2024-05-06")
    assert (page.author, page.publisher) == ("Hoài An", "Báo Bình Minh")


@pytest.mark.parametrize(
    "head",
    [
        '<meta property="article:published_time" content="2024-05-06T05:00:00+07:00">',
        '<meta itemprop="datePublished" content="2024-05-06">',
        '<meta name="pubdate" content="06/05/2024 05:00">',
    ],
)
def test_meta_gives_the_date(head: str) -> None:
    assert read_webpage(_page(f"<p>{P1}</p>", head)).published == "2024-05-06"


def test_time_element_of_the_article_gives_the_date_and_those_of_a_list_do_not() -> None:
    stamp = '<time datetime="2024-05-06T05:00">06/05/2024</time>'
    assert read_webpage(_page(f"<article>{stamp}<p>{P1}</p></article>")).published == "2024-05-06"
    assert read_webpage(_page(f"<p>{P1}</p><ul>{stamp}{stamp}</ul>")).published is None


def test_future_date_is_refused() -> None:
    tomorrow = (today() + timedelta(days=2)).isoformat()
    head = f'<meta property="article:published_time" content="{tomorrow}">'
    assert read_webpage(_page(f"<p>{P1}</p>", head)).published is None


@pytest.mark.parametrize("suffix", [" - Báo Bình Minh", " | Cổng thông tin huyện", " – baobm.vn"])
def test_site_name_is_cut_off_the_title(suffix: str) -> None:
    page = read_webpage(_page(f"<p>{P1}</p>", f"<title>{TITLE}{suffix}</title>"))
    assert page.title == TITLE


def test_title_keeps_its_own_dash() -> None:
    page = read_webpage(_page(f"<p>{P1}</p>", "<title>Dân vận - từ những việc nhỏ</title>"))
    assert page.title == "Dân vận - từ những việc nhỏ"


@pytest.mark.parametrize("author", ["admin", "https://bao.example/tac-gia", "toasoan@bao.example"])
def test_account_or_address_is_no_author(author: str) -> None:
    head = f'<meta name="author" content="{author}">'
    assert read_webpage(_page(f"<p>{P1}</p>", head)).author is None


def test_home_page_is_no_canonical_address() -> None:
    head = '<link rel="canonical" href="https://bao.example/">'
    assert read_webpage(_page(f"<p>{P1}</p>", head)).url is None


def test_menu_aside_comments_and_scripts_are_not_text() -> None:
    page = read_webpage(
        _page(
            f"<nav>Trang chủ</nav><div class='main'><p>{P1}</p><p>{P2}</p>"
            f"<div class='tin-lien-quan'><a href='/a'>Tin khác</a></div><p>{P3}</p></div>"
            "<aside><p>Quảng cáo rất dài dòng về một món hàng không liên quan gì cả.</p></aside>"
            "<div id='comments'>Hay quá!</div><script>var a = 1;</script><!-- ghi chú -->"
        )
    )
    assert page.text.split("\n\n") == [P1, P2, P3]


def test_paragraphs_parted_by_line_breaks_are_lines() -> None:
    page = read_webpage(_page(f"<div>{P1}<br><br>{P2}<br>{P3}</div>"))
    assert page.text.split("\n\n") == [P1, P2, P3]


def test_lead_above_the_container_is_put_back() -> None:
    body = f"<div><h1>{TITLE}</h1></div><div><h2>{P1}</h2></div><div><p>{P2}</p><p>{P3}</p></div>"
    page = read_webpage(_page(body, f"<title>{TITLE}</title>"))
    assert page.text.split("\n\n")[-3:] == [P1, P2, P3]


def test_row_of_a_table_is_one_line() -> None:
    rows = "<tr><td>Ấp 1</td><td>12 hộ</td></tr><tr><td>Ấp 2</td><td>9 hộ</td></tr>"
    page = read_webpage(_page(f"<div><p>{P1}</p><p>{P2}</p><table>{rows}</table></div>"))
    assert page.text.split("\n\n")[-2:] == ["Ấp 1 | 12 hộ", "Ấp 2 | 9 hộ"]


def test_entities_and_inline_marks_become_plain_text() -> None:
    page = read_webpage(_page("<p>M&#244; h&igrave;nh&nbsp;<b>v&#432;</b>ờn \n rau &amp; bếp</p>"))
    assert page.text == "Mô hình vườn rau & bếp"


def test_deep_nesting_is_read() -> None:
    assert P1 in read_webpage("<div>" * 3000 + f"<p>{P1}</p>").text


def test_broken_linked_data_is_passed_over() -> None:
    head = '<script type="application/ld+json">{"@type": </script><title>Tin</title>'
    assert read_webpage(_page(f"<p>{P1}</p>", head)).title == "Tin"


_TAGS = st.sampled_from(
    [
        "<p>", "</p>", "<div class='menu'>", "</div>", "<table><td>", "<br", "<!--", "<script>",
        "&#0;", "<meta property='og:title' content='x'>", "<h1>", "<article>", "</html>", P1, P2,
        "a", "\x00",
    ]
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.lists(_TAGS | st.text(max_size=5), max_size=25))
def test_broken_markup_never_raises(parts: list[str]) -> None:
    assert isinstance(read_webpage("".join(parts)).text, str)


# --- declarations, their sources and their quarrels ----------------------------------------------


def _linked(*items: dict[str, object]) -> str:
    return "".join(
        f'<script type="application/ld+json">{json.dumps(item)}</script>' for item in items
    )


def _evidence(html: str) -> dict[str, MetadataEvidence]:
    return {each.field: each for each in read_webpage(html).evidence}


def test_each_value_names_the_declaration_it_is_from() -> None:
    article = {
        "@type": "NewsArticle",
        "headline": TITLE,
        "datePublished": "2024-05-06T05:00:00+07:00",
        "dateModified": "2024-05-08T05:00:00+07:00",
        "author": {"name": "Hoài An"},
    }
    head = _linked(article) + '<meta property="og:site_name" content="Báo Bình Minh">'
    found = _evidence(_page(f"<h1>{TITLE}</h1><p>{P1}</p>", head))
    assert {name: each.source for name, each in found.items()} == {
        "title": "h1",
        "published": "json-ld datePublished",
        "updated": "json-ld dateModified",
        "author": "json-ld author",
        "publisher": "meta og:site_name",
    }
    assert found["published"].quote == "2024-05-06T05:00:00+07:00"
    assert (found["updated"].value, found["updated"].confidence) == ("2024-05-08", 1.0)


def test_linked_data_of_other_articles_on_the_page_does_not_count() -> None:
    other = {"@type": "NewsArticle", "headline": "Tin khác hẳn", "datePublished": "2020-01-01"}
    main = {"@type": "NewsArticle", "headline": TITLE.upper(), "datePublished": "2024-05-06"}
    body = f"<h1>{TITLE}</h1><p>{P1}</p>"
    assert read_webpage(_page(body, _linked(other, main))).published == "2024-05-06"
    another = {"@type": "NewsArticle", "headline": "Tin thứ ba", "datePublished": "2021-01-01"}
    assert read_webpage(_page(body, _linked(other, another))).published is None


def test_declarations_that_differ_are_trusted_less() -> None:
    article = {"@type": "Article", "headline": TITLE, "datePublished": "2024-05-06"}
    meta = '<meta property="article:published_time" content="2024-05-09">'
    body = f"<h1>{TITLE}</h1><p>{P1}</p>"
    lone = _evidence(_page(body, _linked(article)))["published"]
    contested = _evidence(_page(body, _linked(article) + meta))["published"]
    assert (lone.value, contested.value) == ("2024-05-06", "2024-05-06")
    assert lone.confidence > contested.confidence
    stamp = '<article><time datetime="2024-05-09">09/05/2024</time></article>'
    outvoted = _evidence(_page(stamp + body, _linked(article) + meta))["published"]
    assert (outvoted.value, outvoted.source) == ("2024-05-09", "meta article:published_time")
    assert contested.confidence < outvoted.confidence < 1


@pytest.mark.parametrize("modified", ["2024-05-06", "2024-05-01", "2999-01-01", "không rõ"])
def test_change_that_is_not_later_or_impossible_is_none(modified: str) -> None:
    article = {
        "@type": "Article",
        "headline": TITLE,
        "datePublished": "2024-05-06",
        "dateModified": modified,
    }
    page = read_webpage(_page(f"<h1>{TITLE}</h1><p>{P1}</p>", _linked(article)))
    assert (page.published, page.updated) == ("2024-05-06", None)


def test_impossible_day_gives_way_to_a_possible_one() -> None:
    article = {"@type": "Article", "headline": TITLE, "datePublished": "0001-01-01T00:00:00"}
    meta = '<meta name="pubdate" content="06/05/2024">'
    assert read_webpage(_page(f"<p>{P1}</p>", _linked(article) + meta)).published == "2024-05-06"


def test_microdata_gives_author_publisher_and_dates() -> None:
    body = (
        f'<div itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">{TITLE}'
        '</h1><time itemprop="datePublished" datetime="2024-05-06">6/5</time>'
        '<meta itemprop="dateModified" content="2024-05-07">'
        '<span itemprop="author" itemscope><b itemprop="name">Hoài An</b>, phóng viên</span>'
        '<div itemprop="publisher" itemscope><meta itemprop="name" content="Báo Bình Minh"></div>'
        f"<p>{P1}</p><p>{P2}</p></div>"
    )
    page = read_webpage(_page(body))
    assert (page.title, page.published, page.updated) == (TITLE, "2024-05-06", "2024-05-07")
    assert (page.author, page.publisher) == ("Hoài An", "Báo Bình Minh")


def test_publisher_behind_a_reference_is_found() -> None:
    graph = {
        "@graph": [
            {"@id": "#toa-soan", "@type": "Organization", "name": "Báo Bình Minh"},
            {"@type": "Article", "headline": TITLE, "publisher": {"@id": "#toa-soan"}},
        ]
    }
    assert read_webpage(_page(f"<p>{P1}</p>", _linked(graph))).publisher == "Báo Bình Minh"


def test_section_is_the_innermost_breadcrumb_that_is_not_the_article() -> None:
    crumbs = {
        "@type": "BreadcrumbList",
        "itemListElement": [
            {"@type": "ListItem", "position": 1, "item": {"name": "Trang chủ"}},
            {"@type": "ListItem", "position": 2, "item": {"name": "Xã hội"}},
            {"@type": "ListItem", "position": 3, "name": TITLE},
        ],
    }
    assert read_webpage(_page(f"<h1>{TITLE}</h1><p>{P1}</p>", _linked(crumbs))).section == "Xã hội"
    listed = "<ul class='breadcrumb'><li>Trang chủ</li><li>Kinh tế</li></ul>"
    assert read_webpage(_page(f"{listed}<h1>{TITLE}</h1><p>{P1}</p>")).section == "Kinh tế"
    assert read_webpage(_page(f"<h1>{TITLE}</h1><p>{P1}</p>")).section is None


def test_time_of_the_microdata_has_one_voice() -> None:
    scope = (
        f'<article itemscope itemtype="https://schema.org/NewsArticle"><h1 itemprop="headline">'
        f'{TITLE}</h1><time itemprop="datePublished" datetime="2024-05-09">9/5</time><p>{P1}</p>'
        "</article>"
    )
    meta = '<meta property="article:published_time" content="2024-05-06">'
    found = _evidence(_page(scope, meta))["published"]
    assert (found.value, found.confidence) == ("2024-05-09", 0.6)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just(TITLE),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["@type", "@id", "@graph", "headline", "author", "name", "datePublished", "item",
                 "itemListElement", "articleSection", "publisher", "mainEntity"]
            ),
            inner | st.sampled_from(["Article", "BreadcrumbList"]),
            max_size=6,
        )
    ),
    max_leaves=20,
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(_JSON)
def test_linked_data_of_any_shape_never_raises(data: object) -> None:
    head = f'<script type="application/ld+json">{json.dumps(data)}</script>'
    page = read_webpage(_page(f"<h1>{TITLE}</h1><p>{P1}</p>", head))
    assert page.title
    assert all(0 < each.confidence <= 1 for each in page.evidence)
