"""Asking on: the form under an answer, the conversation above the next, and what is kept out."""

import re
from dataclasses import replace
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi.testclient import TestClient

from kb.models import Answer, AnswerRow, Cell, Note

FIGURE = "Mắt thần an ninh lắp bao nhiêu mắt camera?"
HOW = "mô hình đó làm thế nào?"
ELSEWHERE = "còn ở Bạc Liêu thì sao?"


def fields(page: str) -> dict[str, str]:
    """Return the hidden fields of the form under the answer, as a browser would send them."""
    form = re.search(r'<form class="follow-up".*?</form>', page, re.DOTALL)[0]
    found = re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', form)
    return {name: unescape(value) for name, value in found}


def go_on(client: TestClient, page: str, question: str) -> str:
    response = client.post("/hoi-tiep", data={**fields(page), "hoi": question})
    assert response.status_code == 200
    return response.text


def remembered(client: TestClient) -> int:
    return len(client.app.state.service.sessions)


def plain(page: str) -> str:
    """Return the words of a page."""
    text = unescape(re.sub(r"<[^>]+>", " ", page)).replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", text)


def conversation(page: str) -> str:
    return plain(re.search(r'<section class="conversation".*?</section>', page, re.DOTALL)[0])


def test_a_follow_up_is_understood_from_the_question_before_it(client):
    first = client.get("/", params={"q": FIGURE}).text
    second = go_on(client, first, HOW)
    told = conversation(second)
    assert told.index(FIGURE) < told.index(HOW) < told.index("Hiểu là: “Mắt thần” an ninh")
    assert "Đã nêu: “Mắt thần” an ninh (Cà Mau)" in told
    assert "<li>Vận động người dân góp kinh phí</li><li>Lắp camera ở ngã ba, ngã tư</li>" in second
    third = go_on(client, second, ELSEWHERE)
    assert "Hiểu là: Mắt thần an ninh lắp bao nhiêu mắt camera ở Bạc Liêu?" in plain(third)
    assert conversation(third).index(FIGURE) < conversation(third).index(HOW)
    assert "Chưa có câu trả lời" in third
    assert remembered(client) == 1


def test_mere_searches_leave_no_conversation_behind(client):
    for _ in range(3):
        page = client.get("/", params={"q": FIGURE}).text
    assert fields(page)["phien"] == ""
    assert "Cuộc hỏi đáp này" not in page
    assert remembered(client) == 0


def test_the_name_of_a_conversation_stands_in_no_address(client):
    page = go_on(client, client.get("/", params={"q": FIGURE}).text, HOW)
    session_id = fields(page)["phien"]
    assert len(session_id) >= 32
    assert page.count(session_id) == 1
    addresses = re.findall(r'(?:href|action|src)="([^"]+)"', page)
    assert not [address for address in addresses if session_id in address]


def test_links_of_a_conversation_ask_the_same_without_it(client):
    page = go_on(client, client.get("/", params={"q": FIGURE, "bo": "typos"}).text, HOW)
    link = re.search(rf'<a href="([^"]+)">{re.escape(FIGURE)}</a>', page)[1]
    query = parse_qs(urlsplit(unescape(link)).query)
    assert query == {"q": [FIGURE], "bo": ["typos"]}
    assert 'name="q" type="search"' in page
    assert 'value="“Mắt thần” an ninh (Cà Mau) làm thế nào?"' in page


def test_conditions_hold_for_what_follows(client):
    first = client.get("/", params={"q": "thu gom rác", "province": "Bạc Liêu", "bo": "typos"}).text
    assert fields(first)["province"] == "Bạc Liêu"
    page = go_on(client, first, "còn mô hình nào nữa không?")
    assert '<option value="Bạc Liêu" selected>' in page
    assert fields(page)["bo"] == "typos"
    assert "Chỉ lọc: Bạc Liêu" in plain(page)


def test_a_forgotten_conversation_goes_on_from_the_last_question_and_says_so(client):
    data = {"phien": "x" * 32, "truoc": FIGURE, "hoi": HOW}
    page = client.post("/hoi-tiep", data=data).text
    assert "Cuộc hỏi đáp trước đã quá hạn" in page
    assert "chỉ còn nhớ câu hỏi gần nhất" in page
    assert "Hiểu là: “Mắt thần” an ninh (Cà Mau) làm thế nào?" in plain(page)
    assert fields(page)["phien"] != data["phien"]
    alone = client.post("/hoi-tiep", data={**data, "truoc": ""}).text
    assert "câu này được hiểu riêng" in alone
    assert "quá hạn" not in go_on(client, page, ELSEWHERE)


def test_an_unclear_question_lists_what_it_may_mean_and_nothing_else(client):
    first = client.get("/", params={"q": FIGURE}).text
    page = go_on(client, first, "mô hình thứ chín thì sao?")
    answer = re.search(r'<section class="answer.*?</section>', page, re.DOTALL)[0]
    assert "Chưa rõ câu hỏi" in answer
    assert re.search(r"<ol><li>[^<]*Mắt thần[^<]*</li></ol>", answer)
    assert 'class="hits"' not in page


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
    ],
)
def test_other_sites_cannot_ask_on(client, headers):
    response = client.post("/hoi-tiep", data={"hoi": HOW, "truoc": FIGURE}, headers=headers)
    assert response.status_code == 403
    assert "từ một trang khác" in response.text
    assert remembered(client) == 0


def test_strangers_may_ask_on(client):
    headers = {"origin": "http://testserver", "x-forwarded-for": "203.0.113.9"}
    response = client.post("/hoi-tiep", data={"hoi": HOW, "truoc": FIGURE}, headers=headers)
    assert response.status_code == 200


def test_the_address_alone_leads_to_the_search_box(client):
    response = client.get("/hoi-tiep", follow_redirects=False)
    assert (response.status_code, response.headers["location"]) == (303, "/")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"hoi": "?!"}, "Câu hỏi trống"),
        ({"hoi": ""}, "Câu hỏi trống"),
        ({"hoi": "a" * 5001}, "giới hạn là 5000"),
        ({"hoi": HOW, "phien": "", "province": "Atlantis"}, "Không có tỉnh, thành"),
        ({"hoi": HOW, "phien": "", "truoc": "a" * 5001}, "giới hạn là 5000"),
    ],
)
def test_a_bad_follow_up_is_said_with_what_was_typed_and_loses_nothing(client, data, words):
    page = go_on(client, client.get("/", params={"q": FIGURE}).text, HOW)
    sent = {**fields(page), **data}
    response = client.post("/hoi-tiep", data=sent)
    assert response.status_code == 422
    assert words in response.text
    assert f'name="hoi" type="text" value="{data["hoi"]}"' in response.text
    assert fields(response.text)["phien"] == sent["phien"]
    if sent["phien"]:
        assert "an ninh (Cà Mau) làm thế nào?" in plain(go_on(client, response.text, HOW))


def test_questions_that_fail_again_and_again_leave_one_conversation(client):
    page = client.get("/", params={"q": FIGURE}).text
    for _ in range(3):
        page = client.post("/hoi-tiep", data={**fields(page), "hoi": "?!"}).text
    assert remembered(client) == 1
    assert "an ninh (Cà Mau) làm thế nào?" in plain(go_on(client, page, HOW))


def test_unknown_parts_are_left_out_of_a_form_that_was_tampered_with(client):
    data = {"hoi": HOW, "truoc": FIGURE, "bo": "zzz,typos"}
    page = client.post("/hoi-tiep", data=data).text
    assert fields(page)["bo"] == "typos"


def test_markup_in_any_field_is_escaped(client):
    bad = '"><script>alert(3)</script>'
    for name in ("hoi", "phien", "truoc", "province", "bo"):
        data = {"hoi": "thu gom rác", "truoc": FIGURE, name: f"rác {bad}"}
        page = client.post("/hoi-tiep", data=data).text
        assert "<script" not in page


def test_an_empty_knowledge_base_offers_no_follow_up(empty_client):
    page = empty_client.get("/", params={"q": "nuôi tôm"}).text
    assert "kb ingest corpus --recursive" in page
    assert "/hoi-tiep" not in page


def briefs(page: str) -> dict[str, dict[str, list[str]]]:
    found = re.findall(r'<a href="(/briefs[^"]+)"[^>]*>(?:<span.*?</span>)?(\w+)</a>', page)
    return {name: parse_qs(urlsplit(unescape(link)).query) for link, name in found}


def test_an_answer_can_be_taken_as_a_brief(client):
    page = client.get("/", params={"q": FIGURE, "bo": "typos"}).text
    links = briefs(page)
    assert list(links)[:2] == ["Word", "Markdown"]
    assert links["Word"] == {"q": [FIGURE], "bo": ["typos"], "format": ["docx"]}
    for link in re.findall(r'href="(/briefs[^"]+format=md)"', page):
        response = client.get(unescape(link))
        assert response.status_code == 200
        assert "Lắp 34 mắt camera" in response.text
    assert briefs(client.get("/", params={"q": "Nuôi tôm ở Kon Tum?"}).text) == {}


def test_a_case_can_be_taken_as_a_brief(client):
    links = briefs(client.get("/cases/mat-than-an-ninh").text)
    assert links["Markdown"] == {"case": ["mat-than-an-ninh"], "format": ["md"]}


@pytest.mark.parametrize("is_there", [True, False])
def test_pdf_is_offered_only_where_libreoffice_is(client, monkeypatch, is_there):
    found = "/usr/bin/soffice" if is_there else None
    monkeypatch.setattr("service.pages.shutil.which", lambda _: found)
    for path in ("/cases/mat-than-an-ninh", f"/?q={FIGURE}"):
        assert ("PDF" in briefs(client.get(path).text)) == is_there


def test_more_of_the_same_is_taken_as_a_brief_of_its_own_cases(client):
    first = client.get("/", params={"q": "nuôi tôm quảng canh"}).text
    assert briefs(first)["Word"]["q"] == ["nuôi tôm quảng canh"]
    page = go_on(client, first, "còn mô hình nào nữa không?")
    assert "ngoài 1 tài liệu đã trích dẫn" in page
    assert briefs(page)["Word"] == {"case": ["bai-nuoi-tom"], "format": ["docx"]}


# --- what an answer holds ---------------------------------------------------------------------


def shown(client: TestClient, monkeypatch: pytest.MonkeyPatch, **changes: object) -> str:
    """Return the page of a real answer with some parts replaced."""
    state = client.app.state.service
    real: Answer = state.answerer.answer(FIGURE)
    monkeypatch.setattr(state.answerer, "answer", lambda *_, **__: replace(real, **changes))
    return client.get("/", params={"q": FIGURE}).text


def test_words_of_a_language_model_are_marked_and_those_of_sources_are_not(client, monkeypatch):
    real = client.app.state.service.answerer.answer(FIGURE).claims[0]
    reworded = replace(real, text="Đã lắp 34 mắt camera.", written_by="llm")
    page = shown(client, monkeypatch, writer="llm", claims=(reworded, real))
    assert "Diễn đạt bởi mô hình ngôn ngữ, đã đối chiếu với nguồn" in page
    claims = re.search(r'<ul class="claims.*?</ul>', page, re.DOTALL)[0]
    first, second = re.findall(r"<li>(.*?)</li>", claims, re.DOTALL)
    assert "diễn đạt lại" in first
    assert "diễn đạt lại" not in second
    assert "Diễn đạt bởi" not in shown(client, monkeypatch, writer="extractive", claims=(real,))


def test_notes_stand_in_a_block_of_their_own_with_links(client, monkeypatch):
    notes = (
        Note("conflicting_sources", "Số liệu khác nhau: [1] Báo A; [2] Báo B.", (1, 2)),
        Note("independent_sources", "“X”: 2 nơi đăng.", (2,)),
    )
    page = shown(client, monkeypatch, notes=notes)
    block = re.search(r'<section class="notes warning".*?</section>', page, re.DOTALL)[0]
    told = "Lưu ý Số liệu khác nhau: [1] Báo A; [2] Báo B. “X”: 2 nơi đăng. [2]"
    assert plain(block).strip() == told
    assert block.count('class="cite"') == 3
    assert '<a href="#luu-y">' in page
    quiet = shown(client, monkeypatch, notes=notes[1:])
    assert '<section class="notes"' in quiet
    assert "#luu-y" not in quiet


def row(number: int) -> AnswerRow:
    return AnswerRow(
        document_id=f"d{number}",
        case_id=f"c{number}",
        case=Cell(f"Mô hình {number}", (1,)),
        place=Cell("Cà Mau", (1,)),
        approach=(Cell("Góp công", (2,)), Cell("Góp của", (2,))),
        results=(Cell("Xong <b>34</b>", (2,)),),
        source_count=number,
        independent_source_count=1,
        published="2021-03",
    )


@pytest.mark.parametrize("type_", ["compare", "list"])
def test_cases_stand_side_by_side_in_a_table(client, monkeypatch, type_):
    rows = (row(1), row(2))
    page = shown(client, monkeypatch, rows=rows, interpretation={"question_type": type_})
    table = re.search(r"<table.*?</table>", page, re.DOTALL)[0]
    assert "So sánh các mô hình</caption>" in table
    assert re.findall(r'<th scope="col">([^<]+)', table) == [
        "Mô hình", "Địa bàn", "Cách làm", "Kết quả", "Điều kiện nhân rộng", "Nguồn",
    ]  # fmt: skip
    assert table.count('<th scope="row">') == 2
    assert '<a href="/cases/c1">Mô hình 1</a>' in table
    assert table.count(">[2]</a>") == 4  # once behind the approach, once behind the result
    assert "1 nguồn; 03/2021" in table
    assert "2 nơi đăng, 1 nguồn độc lập; mới nhất 03/2021" in table
    assert "Nguồn không nêu" in table
    assert "<b>" not in table
    is_first = page.index("<table") < page.index('<ul class="claims')
    assert is_first == (type_ == "compare")
    assert '<div class="scroll" tabindex="0" role="region"' in page


def test_a_single_case_needs_no_table(client, monkeypatch):
    assert "<table" not in shown(client, monkeypatch, rows=(row(1),))


def test_each_source_tells_which_stored_version_was_quoted(client):
    page = client.get("/", params={"q": FIGURE}).text
    stored = client.get("/v1/documents/mat-than-an-ninh").json()
    assert f"Bản lưu <code>{stored['sha256'][:12]}</code>" in page
    links = {unescape(link) for link in re.findall(r'class="cite" href="([^"]+)"', page)}
    assert links
    for link in links:
        assert parse_qs(urlsplit(link).query)["sha"] == [stored["sha256"][:12]]
        assert "đã thay đổi" not in client.get(link).text


@pytest.mark.parametrize(
    ("sha", "is_said"),
    [
        ("0" * 12, True),
        ("0" * 64, True),
        ("", False),
        ("khong-phai", False),
        ("<script>", False),
        ("0" * 65, False),
    ],
)
def test_a_document_that_changed_since_it_was_quoted_says_so(client, sha, is_said):
    page = client.get("/documents/mat-than-an-ninh", params={"start": 0, "end": 9, "sha": sha}).text
    assert ("Văn bản đã thay đổi sau khi được trích dẫn" in page) == is_said
    assert '<mark id="trich-dan"' in page
