"""The page of a case that an article tells of: every fact leads to the words that say it."""

import html
import re
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from ingest.indexing import write_batch
from kb.ids import content_sha256
from kb.models import (
    CaseFact,
    CaseFigure,
    Document,
    ExtractedCase,
    Field,
    Locator,
    Span,
)

TEXT = (
    "Trang đầu\n\nMô hình “Bến nước <sạch>” do Hội Phụ nữ xã Phước Lộc giữ từ năm 2019.\n\n"
    "Chị em cọ bậc đá mỗi tuần, 45 nhà ven sông thay phiên nhau.\n\n"
    "Nay Bến nước <sạch> có thêm mái che, trồng được 130 gốc dừa."
)
NAMED = "(?i:[^<]*nêu)"  # the row of the places that name it
_TAGS = re.compile(r"<a .*?</a>|<[^>]+>", re.DOTALL)
_ROWS = re.compile(r"<(?:li|blockquote)\b[^>]*>.*?</(?:li|blockquote)>", re.DOTALL)
NAME = "Bến nước <sạch>"
SECOND_PAGE = TEXT.index("Chị em")


def span(words: str, start: int = 0) -> Span:
    position = TEXT.index(words, start)
    return Span(position, position + len(words))


FIGURES = (
    CaseFigure(45, "nhà", "", "", "45 nhà ven sông thay phiên nhau",
               span("45 nhà ven sông thay phiên nhau"), span("45")),
    CaseFigure(130, "gốc dừa", "", "", "trồng được 130 gốc dừa",
               span("trồng được 130 gốc dừa"), span("130")),
)  # fmt: skip
PASSAGES = ("Chị em cọ bậc đá mỗi tuần, 45 nhà ven sông thay phiên nhau.",)
CASE = ExtractedCase(
    case_id="bai-ben-nuoc-1",
    document_id="bai-ben-nuoc",
    name=NAME,
    mentions=(span(NAME), span(NAME, SECOND_PAGE)),
    passages=tuple(span(words) for words in PASSAGES),
    figures=FIGURES,
    place=CaseFact("xã Phước Lộc", span("xã Phước Lộc")),
    province="Bến Tre",
    organization=CaseFact("Hội Phụ nữ xã Phước Lộc", span("Hội Phụ nữ xã Phước Lộc")),
    period=CaseFact("từ năm 2019", span("từ năm 2019")),
    field=Field.CULTURE_SOCIETY,
    topics=("moi-truong",),
)
BARE = ExtractedCase("bai-ben-nuoc-2", "bai-ben-nuoc", "mái che", (span("mái che"),))
ARTICLE = Document(
    "bai-ben-nuoc", "article", "Bến nước", TEXT, "/kho/ben-nuoc.pdf", content_sha256(TEXT),
    locators=(Locator(0, "page", 1), Locator(SECOND_PAGE, "page", 2)),
    extracted=(CASE, BARE),
)  # fmt: skip


@pytest.fixture
def told(client: TestClient) -> TestClient:
    write_batch(client.app.state.service.kb, [ARTICLE])
    return client


def page_of(client: TestClient, case_id: str) -> str:
    response = client.get(f"/cases/{case_id}")
    assert response.status_code == 200
    return response.text


def quotes(markup: str) -> list[str]:
    """The words that the links of a piece of markup lead to."""
    found = []
    for href in re.findall(r'href="(/documents/[^"]*start=[^"]*)"', markup):
        parts = urlsplit(html.unescape(href))
        assert parts.path == "/documents/bai-ben-nuoc"
        assert parts.fragment == "trich-dan"
        query = parse_qs(parts.query)
        found.append(TEXT[int(query["start"][0]) : int(query["end"][0])])
    return found


def row(page: str, name: str) -> str:
    """The row of the table of facts with a name."""
    [found] = [
        markup
        for markup in re.findall(r"<dt>.*?</dd>", page, re.DOTALL)
        if re.match(rf"<dt>{name}\b", markup)
    ]
    return found


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        (NAMED, "", [NAME, NAME]),
        ("Địa bàn", "xã Phước Lộc", ["xã Phước Lộc"]),
        ("Đơn vị thực hiện", "Hội Phụ nữ xã Phước Lộc", ["Hội Phụ nữ xã Phước Lộc"]),
        ("Thời gian", "từ năm 2019", ["từ năm 2019"]),
    ],
)
def test_every_fact_links_to_its_own_words(told, name, value, words):
    markup = row(page_of(told, CASE.case_id), name)
    assert quotes(markup) == words
    assert value in html.unescape(markup)


def test_every_link_of_the_page_leads_to_something_the_case_says(told):
    said = {
        *(figure.text for figure in FIGURES), *PASSAGES, NAME,
        "xã Phước Lộc", "Hội Phụ nữ xã Phước Lộc", "từ năm 2019",
    }  # fmt: skip
    assert set(quotes(page_of(told, CASE.case_id))) == said


def test_figures_and_passages_are_verbatim_and_stand_before_their_links(told):
    page = page_of(told, CASE.case_id)
    shown = [
        (html.unescape(_TAGS.sub("", markup)).strip(), quotes(markup))
        for markup in _ROWS.findall(page)
        if quotes(markup)
    ]
    assert shown == [(words, [words]) for words in (*(f.text for f in FIGURES), *PASSAGES)]
    assert "<mark>45</mark>" in page
    assert "<mark>130</mark>" in page


def test_links_name_the_page_of_the_file(told):
    page = page_of(told, CASE.case_id)
    assert "trang 1" in row(page, "Địa bàn")
    mentions = row(page, NAMED)
    assert mentions.index("trang 1") < mentions.index("trang 2")


def test_a_link_opens_the_document_with_just_these_words_marked(told):
    page = page_of(told, CASE.case_id)
    for href in re.findall(r'href="(/documents/[^"]*start=[^"#]*)', page):
        shown = told.get(html.unescape(href)).text
        [marked] = re.findall(r'<mark id="trich-dan"[^>]*>(.*?)</mark>', shown, re.DOTALL)
        [words] = quotes(f'href="{href}#trich-dan"')
        assert html.unescape(marked) == words


def test_what_the_article_does_not_say_is_said(told):
    page = page_of(told, BARE.case_id)
    for name in ("Địa bàn", "Đơn vị thực hiện", "Thời gian"):
        markup = row(page, name)
        assert quotes(markup) == []
        assert "không nêu" in markup
    assert quotes(page) == ["mái che"]


def test_names_are_escaped(told):
    page = page_of(told, CASE.case_id)
    assert "Bến nước &lt;sạch&gt;" in page
    assert "<sạch>" not in page


def test_the_recorded_case_that_it_is_the_same_as_is_linked(told):
    store = told.app.state.service.kb.store
    assert "/cases/nuoi-tom-quang-canh" not in page_of(told, CASE.case_id)
    store.extracted_cases.set_links({CASE.case_id: "nuoi-tom-quang-canh"})
    assert 'href="/cases/nuoi-tom-quang-canh"' in page_of(told, CASE.case_id)


def test_the_card_of_the_api_gives_every_span_with_its_words(told):
    card = told.get(f"/v1/cases/{CASE.case_id}").json()
    spans = [card["place"]["span"], card["organization"]["span"], card["period"]["span"]]
    assert [TEXT[each["start_char"] : each["end_char"]] for each in spans] == [
        card["place"]["value"], card["organization"]["value"], card["period"]["value"],
    ]  # fmt: skip
    for each in (*card["mentions"], *card["passages"]):
        assert TEXT[each["start_char"] : each["end_char"]] == each["text"]
    for figure in card["figures"]:
        whole, number = figure["span"], figure["number_span"]
        assert TEXT[whole["start_char"] : whole["end_char"]] == figure["text"]
        assert TEXT[number["start_char"] : number["end_char"]] == f"{figure['value']:g}"


def test_a_case_of_an_article_that_is_gone_is_not_found(told):
    write_batch(told.app.state.service.kb, [replace(ARTICLE, sha256="khac", extracted=(BARE,))])
    assert told.get(f"/cases/{CASE.case_id}").status_code == 404
    assert told.get(f"/v1/cases/{CASE.case_id}").json()["code"] == "case_not_found"
