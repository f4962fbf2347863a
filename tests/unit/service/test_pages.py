import re
from html import unescape
from html.parser import HTMLParser
from urllib.parse import parse_qs, quote, urlsplit

import pytest

from kb.models import Span
from retrieval.permalinks import path_of
from retrieval.query import PART_NAMES
from service.pages import (
    list_url,
    safe_url,
    segments,
    switched,
    understood,
)


class _Text(HTMLParser):
    """Collects the text of the element with an id."""

    def __init__(self, wanted: str) -> None:
        super().__init__()
        self.wanted, self.depth, self.text = wanted, 0, ""

    def handle_starttag(self, tag, attrs):
        if self.depth or dict(attrs).get("id") == self.wanted:
            self.depth += 1

    def handle_endtag(self, tag):
        if self.depth:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth:
            self.text += data


def _mark(html: str) -> str:
    parser = _Text("trich-dan")
    parser.feed(html)
    return parser.text


def _joined(pieces):
    return "".join(f"[{piece.text}]" if piece.is_marked else piece.text for piece in pieces)


def test_segments_merge_overlaps_and_clamp():
    spans = [Span(12, 14), Span(10, 13), Span(0, 5), Span(18, 99), Span(15, 15)]
    assert _joined(segments("abcdefghij", 10, spans)) == "[abcd]efgh[ij]"
    assert _joined(segments("abc", 0, [])) == "abc"
    assert segments("", 0, [Span(0, 3)]) == []


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "data:text/html,x", "//x.vn", "http:", "ftp://x", "http://[", ""]
)
def test_only_web_addresses_become_links(url):
    assert safe_url(url) is None


def test_addresses_are_encoded():
    assert path_of("documents", "a/b ?#à") == "/documents/a%2Fb%20%3F%23%C3%A0"
    assert list_url("/cases", {"province": "Cà Mau", "topic": ""}, page=2) == (
        "/cases?province=C%C3%A0+Mau&page=2"
    )


def test_what_one_switch_turns_off_stands_together():
    row = {"name": "Cà Mau", "today": "Cà Mau", "covers": ["Cà Mau", "Bạc Liêu"]}
    value = {"value": "x", "name": "Thủy sản"}
    data = {"provinces": [row, row], "topics": [value], "years": [2023], "filters": {"year": 2024}}
    shown = [(switch.parts, [row.line for row in switch.rows]) for switch in understood(data)]
    assert shown == [
        (("places",), ["Địa bàn: Cà Mau (gồm Bạc Liêu cũ)"]),
        (("facets",), ["Chủ đề: Thủy sản", "Năm: 2023"]),
        ((), ["Chỉ lọc: năm 2024"]),
    ]


def _links(page: str) -> dict[str, str]:
    """Return the addresses of a page's links by their text."""
    found = re.findall(r'<a [^>]*?href="([^"]+)"[^>]*>(.*?)</a>', page, re.DOTALL)
    return {re.sub("<[^>]+>", "", text): unescape(address) for address, text in found}


def test_each_part_can_be_switched_off_and_on_again(client):
    question = 'nuôi tôm & "HTX" ở Cà Mau'
    page = client.get("/", params={"q": question, "year": "2023"}).text
    assert 'id="hieu-la"' in page
    assert "Viết tắt:</span> HTX = hợp tác xã" in page
    link = _links(page)["bỏ phần giải chữ viết tắt"]
    assert parse_qs(urlsplit(link).query) == {
        "q": [question],
        "year": ["2023"],
        "bo": ["abbreviations"],
    }
    without = client.get(link).text
    assert "Viết tắt:" not in without
    assert '<input type="hidden" name="bo" value="abbreviations">' in without
    assert "Đã tắt:" in without
    links = _links(without)
    assert "bo=abbreviations%2Cplaces" in links["bỏ phần nhận địa bàn"]
    back = client.get(links["bật lại phần giải chữ viết tắt"]).text
    assert "Viết tắt:" in back
    assert "Đã tắt:" not in back


def test_another_reading_can_be_refused(client):
    page = client.get("/", params={"q": "lua o ca mau"}).text
    assert "Đang tìm theo: “lúa ở Cà Mau” (thêm dấu)" in page
    literal = client.get(_links(page)["Tìm đúng như đã gõ"]).text
    assert "Đang tìm theo" not in literal
    assert "Đang tìm theo" not in client.get("/", params={"q": "lúa ở Cà Mau"}).text


@pytest.mark.parametrize(
    ("bo", "kept"),
    [
        ("typos,synonyms,typos", "typos,synonyms"),
        (["synonyms", "typos"], "typos,synonyms"),
        (" synonyms ,, ", "synonyms"),
        ("all", ",".join(PART_NAMES)),
    ],
)
def test_switched_off_parts_are_kept_in_one_spelling(client, bo, kept):
    response = client.get("/", params={"q": "nuôi tôm", "bo": bo})
    assert response.status_code == 200
    assert f'name="bo" value="{kept}"' in response.text
    assert ("Bật lại tất cả" in response.text) == ("," in kept)


@pytest.mark.parametrize("bo", ["zzz", '"><script>', "🐟", "x" * 5000, "Synonyms"])
def test_an_unknown_part_is_said_and_not_kept(client, bo):
    response = client.get("/", params={"q": "nuôi tôm", "bo": ["typos", bo]})
    assert response.status_code == 422
    assert "Điều kiện lọc không hợp lệ" in response.text
    assert "synonyms (thêm từ gần nghĩa)" in response.text
    assert 'name="bo" value="typos"' in response.text
    assert "<script" not in response.text


def test_every_part_has_a_name_on_its_switch():
    for name in PART_NAMES:
        assert switched("", [name]) == name
        assert switched(",".join(PART_NAMES), [name], on=True).count(",") == len(PART_NAMES) - 2


def test_folded_documents_are_listed_with_their_sources(retold_client):
    page = retold_client.get("/", params={"q": "hố rác tự hoại của hội phụ nữ"}).text
    assert "2 nơi đăng, 1 nguồn độc lập" in page
    folded = re.search(r'<details class="further">.*?</details>', page, re.DOTALL)[0]
    assert re.search(r'href="/cases/ho-rac-[12]"', folded)
    assert "Báo Thử" in folded
    hits = retold_client.post("/v1/search", json={"query": "hố rác tự hoại"}).json()["hits"]
    assert [hit["case_id"] for hit in hits if hit["case_id"]] == [hits[0]["case_id"]]
    assert hits[0]["source_count"] == 2
    (other,) = hits[0]["same_case"]
    assert {hits[0]["document_id"], other["document_id"]} == {"ho-rac-1", "ho-rac-2"}
    assert other["url"].startswith("https://example.vn/")


def test_further_passages_are_verbatim_and_marked(retold_client):
    page = retold_client.get("/", params={"q": "đàn dê sữa"}).text
    assert "Thêm đoạn khớp" in page
    hit = retold_client.post("/v1/search", json={"query": "đàn dê sữa"}).json()["hits"][0]
    assert hit["passages"]
    text = retold_client.get(f"/v1/documents/{hit['document_id']}").json()["text"]
    for passage in hit["passages"]:
        assert text[passage["start_char"] : passage["end_char"]] == passage["text"]
        for mark in passage["highlights"]:
            assert passage["start_char"] <= mark["start_char"] < mark["end_char"]
            assert mark["end_char"] <= passage["end_char"]


def test_home_offers_search_and_filters(client):
    page = client.get("/").text
    assert '<html lang="vi">' in page
    assert "Hỏi hoặc tìm mô hình…" in page
    assert "3 mô hình" in page
    for name in ("q", "province", "field", "topic", "year"):
        assert f'name="{name}"' in page
    assert '<option value="Cà Mau">Cà Mau (3)</option>' in page


def test_question_gives_answer_with_links_to_the_quotes(client):
    page = client.get("/", params={"q": "Mắt thần an ninh lắp bao nhiêu mắt camera?"}).text
    assert "Lắp 34 mắt camera" in page
    links = re.findall(r'class="cite" href="([^"]+)"', page)
    assert links
    for link in {link.replace("&amp;", "&") for link in links}:
        document = client.get(link)
        assert document.status_code == 200
        start, end = map(int, re.findall(r"(?:start|end)=(\d+)", link))
        document_id = link.split("/")[2].split("?")[0]
        text = client.get(f"/v1/documents/{document_id}").json()["text"]
        assert _mark(document.text) == text[start:end]


def test_refusal_is_honest_and_shows_the_nearest_as_such(client):
    page = client.get("/", params={"q": "Nuôi tôm ở Kon Tum lãi bao nhiêu?"}).text
    assert "Chưa có câu trả lời" in page
    assert "Mô hình gần nhất (không phải câu trả lời)" in page


def test_hits_tell_place_result_and_source(client):
    page = client.get("/", params={"q": "thu gom rác thải nhựa"}).text
    assert "Bạc Liêu (nay thuộc Cà Mau)" in page
    assert "Thu 12 tấn rác nhựa" in page
    assert "Báo Bạc Liêu, 2022" in page
    assert "<mark>" in page


def test_markup_in_query_and_in_stored_text_is_escaped(client):
    for page in (
        client.get("/", params={"q": "<script>alert(2)</script> tôm rác"}),
        client.get("/", params={"q": '"><script>alert(2)</script>', "province": "<script>"}),
        client.get("/cases"),
        client.get("/cases/thu-gom-rac-thai-nhua"),
        client.get("/documents/thu-gom-rac-thai-nhua?start=0&end=30"),
        client.get("/documents/bai-nuoi-tom"),
        client.get("/cases/<script>alert(2)</script>"),
    ):
        assert "<script" not in page.text
        assert "javascript:" not in page.text
        assert "<b>" not in page.text


def test_source_links_are_safe(client):
    page = client.get("/documents/bai-nuoi-tom").text
    assert 'href="https://example.vn/bai?a=1&amp;b=2" rel="noopener noreferrer"' in page


def test_nothing_comes_from_elsewhere(client):
    for path in ("/", "/?q=tôm", "/cases", "/cases/mat-than-an-ninh", "/api"):
        response = client.get(path)
        assert not re.findall(r'(?:src|link[^>]+href)="(?:https?:)?//', response.text)
        assert "default-src 'self'" in response.headers["content-security-policy"]
        assert response.headers["x-frame-options"] == "DENY"
        assert response.headers["x-content-type-options"] == "nosniff"
        assert response.headers["referrer-policy"] == "same-origin"
        for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', response.text):
            assert client.get(address).status_code == 200
    assert client.get("/favicon.ico").headers["content-type"].startswith("image/svg+xml")


@pytest.mark.parametrize("q", ["", "   "])
def test_empty_question_gives_a_hint(client, q):
    response = client.get("/", params={"q": q or " "})
    assert response.status_code == 200
    assert "Hãy nhập câu hỏi" in response.text


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"q": "a" * 5001}, "giới hạn là 5000"),
        ({"q": "nuôi tôm", "province": "Atlantis"}, "Không có tỉnh, thành"),
        ({"q": "nuôi tôm", "year": "năm nay"}, "không phải là số"),
        ({"q": "nuôi tôm", "year": "1" * 400}, "không phải là số"),
        ({"q": "nuôi tôm", "year": "1200"}, "ngoài khoảng"),
        ({"q": "nuôi tôm", "topic": "zzz"}, "Không có chủ đề"),
        ({"q": "nuôi tôm", "field": "zzz"}, "Không có lĩnh vực"),
        ({"q": "?!"}, "Hãy nhập câu hỏi"),
    ],
)
def test_bad_input_is_said_in_the_page_which_keeps_what_was_typed(client, params, words):
    response = client.get("/", params=params)
    assert response.status_code == 422
    assert words in response.text
    for name, value in params.items():
        if name in {"q", "year"}:
            assert f'value="{value}"' in response.text
        else:
            assert f'<option value="{value}" selected>' in response.text


def test_filters_are_kept_in_any_spelling(client):
    page = client.get("/", params={"q": "rác", "province": "bac lieu", "field": "Kinh tế"}).text
    assert '<option value="Bạc Liêu" selected>' in page
    assert '<option value="kinh-te" selected>' in page
    assert "Chỉ lọc:</span> Bạc Liêu" in page


def test_document_marks_code_points_not_bytes(client):
    text = client.get("/v1/documents/bai-nuoi-tom").json()["text"]
    quote_ = "q̣uảng canh & lúa <b>"
    start = text.index(quote_)
    page = client.get(f"/documents/bai-nuoi-tom?start={start}&end={start + len(quote_)}").text
    assert _mark(page) == quote_


@pytest.mark.parametrize(
    "query",
    [
        "start=0&end=99999",
        "start=9&end=3",
        "start=-1&end=4",
        "start=a&end=b",
        "start=5",
        f"start=1&end={'9' * 5000}",
        "start=²&end=5",
    ],
)
def test_offsets_outside_the_text_are_said(client, query):
    response = client.get(f"/documents/bai-nuoi-tom?{query}")
    assert response.status_code == 200
    assert "Không đánh dấu được đoạn trích" in response.text
    assert "<mark" not in response.text
    assert "lúa" in response.text


def test_case_page_says_what_the_source_does_not(client):
    page = client.get("/cases/mat-than-an-ninh").text
    assert "<li>Vận động người dân góp kinh phí</li>" in page
    assert "Phường 2, TP Cà Mau, Cà Mau" in page
    assert "Nguồn không nêu" in page
    assert "09/03/2021" in page
    bare = client.get("/cases/nuoi-tom-quang-canh").text
    assert "Không ghi nguồn" in bare


def test_browsing_filters_and_pages(client):
    page = client.get(f"/cases?province={quote('Bạc Liêu')}").text
    assert "1 mô hình." in page
    assert "Nuôi tôm" not in page
    assert "Trang 9 không có" in client.get("/cases?page=9").text
    assert "3 mô hình" in client.get("/cases?page=abc").text
    response = client.get("/cases?province=Atlantis")
    assert response.status_code == 422
    assert "Không có tỉnh, thành" in response.text
    assert "Không có mô hình nào khớp" in client.get(f"/cases?province={quote('Huế')}").text


def test_empty_knowledge_base_says_how_to_fill_it(empty_client):
    assert "kb ingest corpus --recursive" in empty_client.get("/").text
    assert "kb ingest corpus --recursive" in empty_client.get("/cases").text
    assert "kb ingest corpus --recursive" in empty_client.get("/?q=tôm").text


def test_api_page_lists_every_error_code(client):
    page = client.get("/api").text
    for code in ("query_too_long", "case_not_found", "malformed_body", "internal_error"):
        assert f'id="{code}"' in page
