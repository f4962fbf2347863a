"""Briefs over the starter corpus: what an officer files and signs, read again."""

import shutil
from collections.abc import Iterator
from datetime import date

import pypdfium2
import pytest

from kb.figures import numbers_in
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.settings import Settings
from retrieval.answering.answerer import Answerer
from service.briefs.export import BriefRequest, make_brief, render_brief
from service.briefs.model import Brief, Letterhead
from tests.unit.service.briefs.conftest import MarkdownFile, WordFile

pytestmark = pytest.mark.model

LETTERHEAD = Letterhead("Tỉnh ủy Cà Mau\nBan Dân vận", "Cà Mau", ("Lưu văn thư.",))
REQUESTS = {
    "question": BriefRequest(
        "Mô hình giảm nghèo hiệu quả ở Cà Mau", letterhead=LETTERHEAD, dated=date(2026, 2, 5)
    ),
    "cases": BriefRequest(
        chosen=(
            "mat-than-an-ninh-phuong-2-ca-mau",
            "cuu-chien-binh-giup-nhau-giam-ngheo-ca-mau",
            "dua-mau-xuong-ruong-ca-mau",
        ),
        dated=date(2026, 2, 5),
    ),
    "refused": BriefRequest(
        "Mô hình nuôi cá sấu ở Lâm Đồng cho thu nhập bao nhiêu?", dated=date(2026, 2, 5)
    ),
}


@pytest.fixture(scope="module")
def starter(starter_settings: Settings) -> Iterator[KnowledgeBase]:
    with open_knowledge_base(starter_settings, purpose="test") as kb:
        yield kb


@pytest.fixture(scope="module", params=list(REQUESTS))
def brief(request: pytest.FixtureRequest, starter: KnowledgeBase) -> Brief:
    return make_brief(starter.store, Answerer(starter), REQUESTS[request.param])


def test_quotes_are_verbatim_and_figures_stand_in_them(
    brief: Brief, starter: KnowledgeBase
) -> None:
    for note in brief.footnotes:
        citation = note.citation
        text = starter.store.get_document(citation.document_id).text
        assert text[citation.start_char : citation.end_char] == citation.quote
    expected = {note.number: note.citation.quote for note in brief.footnotes}
    assert expected
    for read in (
        WordFile(render_brief(brief, "docx")),
        MarkdownFile(render_brief(brief, "md").decode()),
    ):
        quotes = read.quotes()
        assert quotes == expected
        cited = [(words, numbers) for words, numbers in read.statements() if numbers]
        assert {number for _, numbers in cited for number in numbers} == set(expected)
        for words, numbers in cited:
            quoted = {figure for number in numbers for figure in numbers_in(quotes[number])}
            assert set(numbers_in(words)) <= quoted, words


def test_two_runs_give_equal_bytes(starter: KnowledgeBase) -> None:
    request = REQUESTS["question"]
    first, second = (make_brief(starter.store, Answerer(starter), request) for _ in range(2))
    assert render_brief(first, "docx") == render_brief(second, "docx")
    assert render_brief(first, "md") == render_brief(second, "md")


@pytest.mark.skipif(shutil.which("soffice") is None, reason="needs LibreOffice")
def test_libreoffice_shows_every_footnote_and_diacritic(brief: Brief) -> None:
    with pypdfium2.PdfDocument(render_brief(brief, "pdf")) as document:
        pages = [page.get_textpage().get_text_bounded() for page in document]
    text = " ".join(" ".join(pages).split())
    assert "BÁO CÁO TÓM TẮT" in text
    assert "IV. Danh mục nguồn" in text
    for note in brief.footnotes:
        # A page may end inside a quote, so its first line is looked for.
        assert " ".join(note.citation.quote.split("\n")[0].split()[:4]) in text
    for number, page in enumerate(pages[1:], 2):
        assert page.split()[0] == str(number)
