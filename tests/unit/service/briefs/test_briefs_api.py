"""`POST /v1/briefs` and the links that download a brief."""

import io
import zipfile

import pytest
from pydantic import BaseModel

from service.briefs.export import MEDIA_TYPES
from service.examples import BRIEF_REQUESTS
from service.schemas import BriefBody

QUESTION = "Mắt thần an ninh lắp bao nhiêu mắt camera?"


def test_a_word_file_comes_with_its_type_and_both_names(client):
    body = {"question": QUESTION, "cases": ["mat-than-an-ninh"], "date": "2026-02-05"}
    response = client.post("/v1/briefs", json=body)
    assert response.status_code == 200
    assert response.headers["content-type"] == MEDIA_TYPES["docx"]
    assert response.headers["content-disposition"] == (
        'attachment; filename="bao-cao-tom-tat-mat-than-an-ninh-lap-bao-nhieu-mat-camera.docx"; '
        "filename*=UTF-8''B%C3%A1o%20c%C3%A1o%20t%C3%B3m%20t%E1%BA%AFt%20-%20M%E1%BA%AFt%20th%E1"
        "%BA%A7n%20an%20ninh%20l%E1%BA%AFp%20bao%20nhi%C3%AAu%20m%E1%BA%AFt%20camera.docx"
    )
    with zipfile.ZipFile(io.BytesIO(response.content)) as archive:
        assert "34 mắt camera" in archive.read("word/footnotes.xml").decode()
    assert client.post("/v1/briefs", json=body).content == response.content


def test_chosen_cases_and_articles_as_markdown(client):
    ids = ["bai-nuoi-tom", "thu-gom-rac-thai-nhua"]
    response = client.post("/v1/briefs", json={"cases": ids, "format": "md"})
    assert response.headers["content-type"] == "text/markdown; charset=utf-8"
    text = response.text
    assert text.index("### 1\\. Bài về nuôi tôm") < text.index("### 2\\. Thu gom rác thải nhựa")
    assert "<script>" not in text
    assert "javascript:" not in text


def test_a_refused_question_gives_a_brief_that_says_so(client):
    body = {"question": "Nuôi cá sấu ở Hà Giang lãi bao nhiêu?", "format": "md"}
    text = client.post("/v1/briefs", json=body).text
    assert "**Chưa có câu trả lời:**" in text


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 422, "brief_failed"),
        ({"cases": ["la"]}, 404, "case_not_found"),
        ({"cases": ["a"] * 51}, 422, "invalid_request"),
        ({"question": "vịt", "format": "odt"}, 422, "invalid_request"),
        ({"question": "...", "format": "md"}, 422, "empty_query"),
        ({"question": "tôm", "province": "Paris"}, 422, "invalid_filter"),
    ],
)
def test_mistakes_are_problems(client, body, status, code):
    response = client.post("/v1/briefs", json=body)
    assert (response.status_code, response.json()["code"]) == (status, code)


def test_a_pdf_without_libreoffice_names_the_program(client, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    response = client.post("/v1/briefs", json={"cases": ["bai-nuoi-tom"], "format": "pdf"})
    assert (response.status_code, response.json()["code"]) == (422, "missing_tool")
    assert "LibreOffice" in response.json()["detail"]


def test_pages_link_to_the_brief_of_what_they_show(client):
    response = client.get("/briefs", params={"q": QUESTION, "province": "Cà Mau", "format": "md"})
    assert response.headers["content-disposition"].startswith("attachment; filename=")
    assert "**Chỉ lọc:** Cà Mau" in response.text
    chosen = client.get("/briefs?case=nuoi-tom-quang-canh&case=mat-than-an-ninh&format=md")
    assert "### 2\\. “Mắt thần” an ninh" in chosen.text
    assert (
        client.get("/briefs?case=mat-than-an-ninh").headers["content-type"] == MEDIA_TYPES["docx"]
    )


def test_mistakes_of_links_are_pages(client):
    for query, status in (("", 422), ("?case=la", 404), ("?q=t%C3%B4m&year=nam", 422)):
        response = client.get(f"/briefs{query}", headers={"Accept": "text/html,*/*"})
        assert response.status_code == status
        assert response.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("example", BRIEF_REQUESTS.values(), ids=list(BRIEF_REQUESTS))
def test_examples_fit_the_model(example):
    model: type[BaseModel] = BriefBody
    value = example["value"]
    assert model.model_validate(value).model_dump(mode="json", exclude_unset=True) == value
