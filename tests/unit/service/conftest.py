"""A running application over a few cases, on real stores with the deterministic embedder."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.ids import content_sha256
from kb.knowledge_base import open_knowledge_base
from kb.models import Case, CaseResult, Document, Field, Source
from kb.settings import Settings
from service.app import create_app

CASES = (
    Case(
        case_id="mat-than-an-ninh",
        name="“Mắt thần” an ninh",
        field=Field.DEFENCE_SECURITY,
        topics=("an-ninh-trat-tu", "chuyen-doi-so"),
        province="Cà Mau",
        district="TP Cà Mau",
        commune="Phường 2",
        organization="Công an Phường 2",
        period="2021",
        problem="Phường đông cơ quan, trường học nên trật tự phức tạp.",
        approach=("Vận động người dân góp kinh phí", "Lắp camera ở ngã ba, ngã tư"),
        results=(
            CaseResult("Được người dân đồng tình"),
            CaseResult("Lắp 34 mắt camera", 34, "mắt camera"),
        ),
        sources=(
            Source("Mắt thần", "Báo Cà Mau", "https://baocamau.vn/mat-than.html", "2021-03-09"),
        ),
    ),
    Case(
        case_id="thu-gom-rac-thai-nhua",
        name="Thu gom rác thải nhựa <script>alert(1)</script>",
        field=Field.CULTURE_SOCIETY,
        topics=("moi-truong", "phu-nu"),
        province="Bạc Liêu",
        problem="Rác thải nhựa bị xả bừa bãi & nhiều chị em nghèo.",
        approach=("Gom rác nhựa để bán",),
        results=(CaseResult("Thu 12 tấn rác nhựa", 12, "tấn"),),
        sources=(Source("Rác", "Báo Bạc Liêu", "javascript:alert(1)", "2022"),),
    ),
    Case(
        case_id="nuoi-tom-quang-canh",
        name="Nuôi tôm quảng canh cải tiến",
        field=Field.ECONOMY,
        topics=("thuy-san", "giam-ngheo"),
        province="Cà Mau",
        sources=(),
    ),
)
# Written with a combining mark that no single code point replaces.
ARTICLE_TEXT = "Bài về nuôi tôm\n\nNgười dân ở Cà Mau nuôi tôm q̣uảng canh & lúa <b>sạch</b>."
ARTICLE = Document(
    document_id="bai-nuoi-tom",
    kind="article",
    title="Bài về nuôi tôm",
    text=ARTICLE_TEXT,
    origin="bai.md",
    sha256=content_sha256(ARTICLE_TEXT),
    province="Cà Mau",
    url="https://example.vn/bai?a=1&b=2",
)


@pytest.fixture
def empty_client(settings: Settings) -> Iterator[TestClient]:
    with TestClient(create_app(settings, embedder=HashingEmbedder())) as client:
        yield client


@pytest.fixture
def client(settings: Settings) -> Iterator[TestClient]:
    embedder = HashingEmbedder()
    with open_knowledge_base(settings, purpose="test", embedder=embedder) as kb:
        write_batch(kb, [*(case_document(case, "test") for case in CASES), ARTICLE])
    with TestClient(create_app(settings, embedder=embedder)) as client:
        yield client


def _retold(number: int) -> Case:
    return Case(
        case_id=f"ho-rac-{number}",
        name="Hố rác tự hoại của hội phụ nữ xã",
        field=Field.CULTURE_SOCIETY,
        topics=("moi-truong",),
        province="Cà Mau",
        approach=("Đào hố rác sau nhà", "Ủ rác làm phân"),
        sources=(Source(f"Bài {number}", "Báo Thử", f"https://example.vn/{number}", "2022"),),
    )


@pytest.fixture
def retold_client(settings: Settings) -> Iterator[TestClient]:
    """A case that two sources tell, and a long article that matches in several places."""
    embedder = HashingEmbedder()
    filler = "Đoạn này nói về việc khác, về đường làng và nhà văn hóa của thôn. " * 25
    text = "Trại dê\n\n" + "\n\n".join(f"Đàn dê sữa lứa {i} lớn nhanh. {filler}" for i in range(4))
    article = replace(ARTICLE, document_id="de-sua", title="Trại dê", text=text)
    with open_knowledge_base(settings, purpose="test", embedder=embedder) as kb:
        write_batch(kb, [*(case_document(_retold(i), "test") for i in (1, 2)), article])
    with TestClient(create_app(settings, embedder=embedder)) as client:
        yield client


@pytest.fixture
def broken(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a function that makes every search raise an exception."""

    def break_with(exc: Exception) -> TestClient:
        def search(*_: Any, **__: Any) -> None:
            raise exc

        monkeypatch.setattr("retrieval.search.Searcher.search", search)
        return client

    return break_with
