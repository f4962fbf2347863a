"""A small knowledge base, and what must hold of any answer that a language model takes part in."""

import contextlib
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from ingest.indexing import write_batch
from ingest.lexicon import rebuild_lexicon
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.figures import numbers_in
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.models import Answer, Case, CaseResult, Document, Field, Source
from kb.settings import EmbedderSettings, LlmSettings, Settings
from retrieval.answering.answerer import Answerer
from retrieval.answering.llm import chat_writer

KEY = "sk-khoa-bi-mat-123456"
QUESTION = "Mô hình nuôi lươn không bùn ở Vĩnh Long có kết quả gì?"
MARKER = re.compile(r"\[(\d+)\]")


def case_of(
    case_id: str, name: str, province: str, steps: list[str], results: list[str]
) -> Document:
    case = Case(
        case_id=case_id,
        name=name,
        field=Field.ECONOMY,
        topics=("giam-ngheo",),
        province=province,
        period="2022",
        approach=tuple(steps),
        results=tuple(CaseResult(result) for result in results),
        sources=(Source("Bài báo", "Báo Thử", "https://example.org/bai", "2022-03-04"),),
    )
    return case_document(case, f"/cases/{case_id}.md")


EEL = case_of(
    "nuoi-luon",
    "Nuôi lươn không bùn",
    "Vĩnh Long",
    ["Xây bể lót bạt", "Thả 200 con lươn giống mỗi bể"],
    ["Có 26 hộ nuôi lươn", "Mỗi hộ lãi 35 triệu đồng một năm", "Chưa có hộ nào bị lỗ"],
)
EEL_ELSEWHERE = case_of(
    "nuoi-luon-hau-giang",
    "Nuôi lươn không bùn trong nhà lưới",
    "Hậu Giang",
    ["Lắp hệ thống lọc nước tuần hoàn"],
    ["Có 71 hộ nuôi lươn", "Mỗi hộ lãi 90 triệu đồng một năm"],
)


@contextlib.contextmanager
def eel_knowledge_base(data_dir: Path) -> Iterator[KnowledgeBase]:
    """A knowledge base of the same model in two provinces."""
    settings = Settings(data_dir=data_dir, embedder=EmbedderSettings(kind="hashing"))
    with open_knowledge_base(settings, purpose="test", embedder=HashingEmbedder()) as kb:
        yield filled(kb, EEL, EEL_ELSEWHERE)


def filled(kb: KnowledgeBase, *documents: Document) -> KnowledgeBase:
    """Store documents and learn the words of the knowledge base, as an ingest does."""
    write_batch(kb, documents)
    rebuild_lexicon(kb)
    return kb


def llm_notes(answer: Answer) -> set[str]:
    """Return what the reader is told of the language model."""
    return {note.code for note in answer.notes if note.code.startswith("llm_")}


def ask_endpoint(
    kb: KnowledgeBase, question: str, url: str, **settings: object
) -> tuple[Answer, float]:
    """Ask through an endpoint; return the answer, checked, and the seconds that it took."""
    values = {
        "base_url": url,
        "model": "m",
        "api_key": KEY,
        "timeout_seconds": 5,
        "first_token_seconds": 3,
        **settings,
    }
    writer = chat_writer(LlmSettings.model_validate(values), kb.embedder)
    started = time.monotonic()
    answer = Answerer(kb, writer=writer).answer(question)
    seconds = time.monotonic() - started
    wait_until(lambda: not [item for item in threading.enumerate() if item.name == "kb-llm"])
    check(kb, answer)
    return answer, seconds


def check(kb: KnowledgeBase, answer: Answer) -> None:
    """Check what must hold whatever the model says."""
    assert answer.status in {"answered", "partial"}, answer.text
    assert answer.claims
    quotes = {citation.marker: citation.quote for citation in answer.citations}
    for citation in answer.citations:
        text = kb.store.get_document(citation.document_id).text
        assert text[citation.start_char : citation.end_char] == citation.quote
    for claim in answer.claims:
        assert claim.citations
        assert all(claim.checks.values())
        quoted = {number for marker in claim.citations for number in numbers_in(quotes[marker])}
        assert set(numbers_in(claim.text)) <= quoted, claim.text
    assert {int(marker) for marker in MARKER.findall(answer.text)} == set(quotes)
    assert KEY not in repr(answer)


def wait_until(holds: Callable[[], bool], seconds: float = 3.0) -> None:
    """Wait for something that threads do, and fail if they do not."""
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, [item.name for item in threading.enumerate()]
        time.sleep(0.01)
