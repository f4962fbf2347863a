"""The lines of a page that are its article, by two opinions."""

import json
import logging
import subprocess
import sys

import pytest
from selectolax.lexbor import LexborHTMLParser

from ingest.articles import main_text as module
from ingest.articles import trafilatura_text
from ingest.articles.main_text import dense_text, main_text
from ingest.articles.trafilatura_text import MAX_MARKUP, trafilatura_lines

TITLE = "Bến nước sạch của làng Vạc"
LEAD = "Làng Vạc dựng lại bến nước cũ thành nơi lọc nước sạch cho cả trăm gia đình dùng chung."
P1 = "Mỗi nhà góp hai ngày công và năm chục nghìn đồng, thợ trong làng tự xây bể và đặt ống dẫn."
P2 = (
    "Nước qua ba lớp cát sỏi rồi mới vào bể chứa, đội trông bến rửa cát vào sáng thứ bảy hằng tuần."
)
P3 = "Sau một năm, số người đau bụng đến trạm xá giảm hẳn, bến lại thành chỗ trò chuyện mỗi chiều."
TEASERS = (
    ("Giá vàng trong nước tăng vọt phiên sáng", "Người mua xếp hàng dài trước các tiệm lớn."),
    ("Đội tuyển bơi lội giành ba huy chương", "Kỷ lục cũ bị phá ở nội dung hai trăm mét."),
    ("Cầu vượt nút giao phía bắc thông xe", "Công trình xong sớm hơn kế hoạch hai tháng."),
    ("Không khí lạnh tràn về trong đêm nay", "Vùng núi cao có thể xuất hiện băng giá."),
)


def _lines(body: str, *, head: str = "", title: str | None = TITLE) -> list[str]:
    tree = LexborHTMLParser(f"<!doctype html><html><head>{head}</head><body>{body}</body></html>")
    return main_text(tree, title, "").split("\n\n")


def _paragraphs(*texts: str) -> str:
    return "".join(f"<p>{text}</p>" for text in texts)


def _teasers() -> str:
    return "".join(f"<div><a href='/x'>{h}</a><p>{s}</p></div>" for h, s in TEASERS)


@pytest.fixture
def without_trafilatura(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "trafilatura_lines", lambda _: [])


def _opinion(monkeypatch: pytest.MonkeyPatch, *lines: str) -> None:
    monkeypatch.setattr(module, "trafilatura_lines", lambda _: list(lines))


# --- two opinions -------------------------------------------------------------------------------


def test_lead_that_only_trafilatura_takes_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    body = (
        f"<div><div>{LEAD}</div><a href='/x'>Mục trước của trang tin này</a></div>"
        f"<div>{_paragraphs(P1, P2, P3)}</div>"
    )
    _opinion(monkeypatch, P1, P2, P3)
    assert _lines(body) == [P1, P2, P3]
    _opinion(monkeypatch, LEAD, P1, P2, P3)
    assert _lines(body) == [LEAD, P1, P2, P3]


def test_paragraph_that_only_one_opinion_takes_amid_the_article_is_kept(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _opinion(monkeypatch, P1, P3)
    assert _lines(f"<div>{_paragraphs(P1, P2, P3)}</div>") == [P1, P2, P3]


def test_link_that_only_one_opinion_takes_amid_the_article_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    link = "<p><a href='/x'>Bến phà cũ sắp đóng cửa vĩnh viễn</a></p>"
    body = f"<div><p>{P1}</p>{link}{_paragraphs(P2, P3)}</div>"
    _opinion(monkeypatch, P1, P2, P3)
    assert _lines(body) == [P1, P2, P3]


def test_teasers_that_one_opinion_takes_below_the_article_go(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tail = [line for teaser in TEASERS for line in teaser]
    _opinion(monkeypatch, P1, P2, P3, *tail)
    body = f"<div class='a'>{_paragraphs(P1, P2, P3)}</div><div>{_teasers()}</div>"
    assert _lines(body) == [P1, P2, P3]


def test_opinion_that_speaks_of_the_headline_is_followed_where_they_share_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    short = "Bến nước sạch của làng Vạc mở lại sáng nay, cả làng kéo nhau ra xem từ lúc trời tờ mờ."
    other = _paragraphs(P3.replace("bến", "chợ"), P1)
    _opinion(monkeypatch, short)
    assert _lines(f"<div><span>{short}</span></div><div>{other}</div>")[-1] == short


def test_without_trafilatura_the_dense_container_stands(
    without_trafilatura: None,
) -> None:
    body = f"<div><h1>{TITLE}</h1></div><div>{_paragraphs(P1, P2, P3)}</div>"
    assert _lines(body) == [TITLE, P1, P2, P3]
    assert dense_text(LexborHTMLParser(body), TITLE, "").split("\n\n") == [TITLE, P1, P2, P3]


# --- what is furniture --------------------------------------------------------------------------


def test_page_inside_one_form_is_read(without_trafilatura: None) -> None:
    body = f"<form id='aspnetForm'><div>{_paragraphs(P1, P2, P3)}</div></form>"
    assert _lines(body) == [P1, P2, P3]
    assert _lines(f"<form>Họ tên</form><div>{_paragraphs(P1, P2)}</div>") == [P1, P2]


def test_captions_go_unless_they_tell_the_story(without_trafilatura: None) -> None:
    figures = "".join(f"<figure><figcaption>{text}</figcaption></figure>" for text in (P2, P3))
    assert P2 in _lines(f"<section><p>{P1}</p>{figures}</section>")
    small = "<figure><figcaption>Bến nước nhìn từ đồi</figcaption></figure>"
    assert _lines(f"<section>{_paragraphs(P1, P2, P3)}{small}</section>") == [P1, P2, P3]


def test_summaries_under_linked_headlines_are_not_the_densest_text(
    without_trafilatura: None,
) -> None:
    body = f"<div><p>{P1}</p></div><div>{_teasers()}</div>"
    assert _lines(body) == [P1]


def test_second_article_element_beside_the_one_with_the_headline_goes(
    without_trafilatura: None,
) -> None:
    second = f"<article><h1>Chợ quê họp lại</h1><p>{P2}</p><p>{P3}</p></article>"
    body = f"<article><h1>{TITLE}</h1>{_paragraphs(LEAD, P1)}</article>{second}"
    assert _lines(body) == [TITLE, LEAD, P1]


def test_second_headline_with_a_date_begins_another_article(without_trafilatura: None) -> None:
    second = f"<h1>Chợ quê họp lại</h1><div>15/03/2024 08:00</div><p>{P3}</p>"
    body = f"<div><h1>{TITLE}</h1><div>14/03/2024 07:00</div>{_paragraphs(LEAD, P1, P2)}{second}"
    assert _lines(body + "</div>") == [TITLE, "14/03/2024 07:00", LEAD, P1, P2]


def test_comments_end_the_article_and_a_button_of_that_name_does_not(
    without_trafilatura: None,
) -> None:
    comments = "<h3>Bình luận (2)</h3><p>Hay quá, xóm tôi cũng muốn làm một cái bến như vậy.</p>"
    assert _lines(f"<div>{_paragraphs(LEAD, P1, P2)}{comments}</div>") == [LEAD, P1, P2]
    button = f"<div><p>{LEAD}</p><p>Bình luận</p>{_paragraphs(P1, P2)}</div>"
    assert _lines(button)[-2:] == [P1, P2]


def test_spans_that_touch_are_lines_and_halves_of_a_word_are_not(
    without_trafilatura: None,
) -> None:
    spans = f"<div><span>{TITLE}</span><span>Ngày đăng: 11/04/2025</span></div>"
    halves = f"<p><b>L</b><i>àng</i> Vạc {P1}</p>"
    lines = _lines(f"{spans}<div>{halves}<p>{P2}</p></div>")
    assert lines[:3] == [TITLE, "Ngày đăng: 11/04/2025", f"Làng Vạc {P1}"]


# --- linked data --------------------------------------------------------------------------------


def test_text_of_a_page_that_a_script_fills_comes_from_its_linked_data(
    without_trafilatura: None,
) -> None:
    data = {"@graph": [{"@type": "NewsArticle", "articleBody": f"{P1}\n\n{P2}"}]}
    head = f"<script type='application/ld+json'>{json.dumps(data)}</script>"
    assert _lines("<div id='root'></div>", head=head) == [P1, P2]


def test_markup_in_linked_data_becomes_plain_text(without_trafilatura: None) -> None:
    data = {"@type": "Article", "articleBody": f"<p>{P1}</p><script>x=1</script><p>{P2}</p>"}
    written = json.dumps(data).replace("</", "<\\/")
    head = f"<script type='application/ld+json'>{written}</script>"
    text = "\n".join(_lines("<div></div>", head=head))
    assert P1 in text
    assert P2 in text
    assert "<" not in text
    assert "x=1" not in text


def test_short_linked_data_does_not_replace_the_page(without_trafilatura: None) -> None:
    data = [{"articleBody": 5}, {"articleBody": "Tóm tắt."}]
    head = f"<script type='application/ld+json'>{json.dumps(data)}</script>"
    assert _lines(f"<div>{_paragraphs(P1, P2)}</div>", head=head) == [P1, P2]


# --- hostile pages ------------------------------------------------------------------------------


@pytest.mark.parametrize("tag", ["div", "article", "b", "table"])
def test_deep_nesting_is_read(tag: str) -> None:
    assert P1 in "\n".join(_lines(f"<{tag}>" * 3000 + f"<p>{P1}</p>"))


@pytest.mark.parametrize(
    "markup",
    [
        "", "<html></html>", "\x00<p>\x00", "<frameset><frame src=a></frameset>", "<!-- -->",
        "<body hidden>x</body>", "<script>var a='<p>tin</p>'</script><style>p{}</style>",
    ],
)  # fmt: skip
def test_page_without_text_gives_none(markup: str) -> None:
    assert main_text(LexborHTMLParser(markup), None, "") == ""


def test_no_script_style_or_tag_is_in_the_text() -> None:
    noise = "<script>alert('độc')</script><style>.đỏ{}</style><noscript>Bật script</noscript>"
    text = "\n".join(_lines(f"<div>{noise}{_paragraphs(P1, P2, P3)}<p onclick='x()'>{LEAD}</p>"))
    assert all(word not in text for word in ("alert", "đỏ", "Bật", "onclick", "<"))
    assert LEAD in text


# --- the adapter --------------------------------------------------------------------------------


def test_trafilatura_is_not_imported_before_a_page_is_read() -> None:
    code = "import sys, ingest.articles.article; sys.exit('trafilatura' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_trafilatura_takes_the_article() -> None:
    article = f"<article>{_paragraphs(P1, P2, P3)}</article>"
    lines = trafilatura_lines(f"<html><body><nav>Trang chủ</nav>{article}</body></html>")
    assert lines == [P1, P2, P3]


def test_trafilatura_is_not_tried_on_nothing_or_on_a_huge_page(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[str] = []

    def extract(markup: str, **_: object) -> str:
        asked.append(markup)
        return P1

    monkeypatch.setattr(trafilatura_text, "_extract", lambda: extract)
    assert trafilatura_lines(" \n") == trafilatura_lines("x" * (MAX_MARKUP + 1)) == []
    assert asked == []
    assert trafilatura_lines("<p>") == [P1]


def test_failure_of_trafilatura_is_logged_and_the_page_still_read(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def extract(markup: str, **_: object) -> str:
        raise RecursionError(markup)

    monkeypatch.setattr(trafilatura_text, "_extract", lambda: extract)
    with caplog.at_level(logging.WARNING):
        assert _lines(f"<div>{_paragraphs(P1, P2)}</div>") == [P1, P2]
    assert "RecursionError" in caplog.text
    assert P1 not in caplog.text
