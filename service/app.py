"""The application: an opened knowledge base behind `/v1` and the officers' pages."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.staticfiles import StaticFiles
from starlette.concurrency import run_in_threadpool

from ingest.jobs import JobRunner
from kb.knowledge_base import open_knowledge_base
from kb.ports import Embedder
from kb.settings import Settings
from retrieval.answering.answerer import Answerer
from retrieval.answering.llm import chat_writer
from retrieval.conversation.conversations import Conversations
from retrieval.conversation.sessions import Sessions
from retrieval.search import Searcher
from service.error_handlers import PROBLEM_TYPE, add_error_handlers
from service.middleware import Guard
from service.permissions import create_token, remove_token
from service.routes import (
    answer,
    briefs,
    cases,
    documents,
    facets,
    health,
    job_pages,
    jobs,
    pages,
    questions,
    search,
)
from service.state import ServiceState
from service.streaming import Streams

STATIC = Path(__file__).parent / "static"

_DESCRIPTION = """\
Tìm kiếm và hỏi đáp trên cơ sở tri thức về mô hình, cách làm hay trong công tác dân vận.

- Mọi ý trong câu trả lời đều kèm trích dẫn nguyên văn. `start_char` và `end_char` tính theo điểm mã
  Unicode trên toàn văn (NFC) của tài liệu, bắt đầu từ 0, không gồm vị trí cuối.
- Không có câu trả lời không phải là lỗi: `status` là `no_answer`, kèm lý do ở `reason`.
- Lỗi theo RFC 9457 (`application/problem+json`), rẽ nhánh theo `code`.
- Ứng dụng gọi nên bỏ qua các khóa chưa biết trong kết quả.
"""


def create_app(settings: Settings, *, embedder: Embedder | None = None) -> FastAPI:
    """Return the application; its lifespan opens and closes the knowledge base.

    Args:
        settings: The settings in force.
        embedder: Used instead of the one of the settings (tests, benchmarks).
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        with open_knowledge_base(
            settings, purpose="serve", url=service_url(settings), embedder=embedder
        ) as kb:
            runner, streams = JobRunner(kb), Streams()
            answerer = Answerer(kb, writer=chat_writer(settings.llm, kb.embedder))
            sessions = Sessions(settings.conversation)
            state = ServiceState(
                kb=kb,
                searcher=Searcher(kb),
                answerer=answerer,
                conversations=Conversations(answerer, settings.conversation, sessions=sessions),
                sessions=sessions,
                streams=streams,
                jobs=runner,
                token=create_token(settings.data_dir),
            )
            kb.embedder.warm_up()
            # The first search opens what is opened lazily; nobody should wait for that.
            state.searcher.search("khởi động", top_k=1)
            runner.start()
            app.state.service = state
            app.state.started = time.monotonic()
            try:
                yield
            finally:
                app.state.service = None
                remove_token(settings.data_dir)
                # Answers read the knowledge base, so they end before it is closed.
                await run_in_threadpool(streams.close)
                await run_in_threadpool(runner.close)

    app = FastAPI(
        title="Cơ sở tri thức mô hình dân vận",
        description=_DESCRIPTION,
        version=_version(),
        lifespan=lifespan,
        # Their pages load scripts from other sites, which closed networks lack; see `/api`.
        docs_url=None,
        redoc_url=None,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )
    add_error_handlers(app)
    uploads = int(settings.service.max_upload_mb * 1_000_000)
    streamed = {("POST", path): uploads for path in ("/v1/documents", "/jobs")}
    app.add_middleware(Guard, streamed=streamed)
    for module in (
        *(search, answer, briefs, cases, documents, jobs, facets, health),
        *(questions, pages, job_pages),
    ):
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=STATIC), name="static")
    app.openapi = lambda: _openapi(app)  # type: ignore[method-assign]
    return app


def service_url(settings: Settings) -> str | None:
    """Return the address at which this machine reaches the service; None if not known yet."""
    host, port = settings.service.host, settings.service.port
    if port == 0:
        return None
    if host in {"", "0.0.0.0"}:
        host = "127.0.0.1"
    elif host == "::":
        host = "::1"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _version() -> str:
    try:
        return version("mohinh-kb")
    except PackageNotFoundError:
        return "0"


def _openapi(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, with errors under their own media type."""
    if app.openapi_schema is None:
        schema = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            license_info=app.license_info,
            tags=[
                {"name": "Tìm và hỏi", "description": "Tìm mô hình, hỏi và nhận trích dẫn."},
                {"name": "Kho", "description": "Mô hình, tài liệu và các giá trị để lọc."},
                {"name": "Nạp tài liệu", "description": "Tải lên, nạp theo địa chỉ, theo dõi."},
                {"name": "Vận hành", "description": "Dành cho giám sát."},
            ],
        )
        for path in schema["paths"].values():
            for operation in path.values():
                for status, answer_ in operation["responses"].items():
                    content = answer_.get("content", {})
                    if status >= "400" and "application/json" in content:
                        content[PROBLEM_TYPE] = content.pop("application/json")
        app.openapi_schema = schema
    return app.openapi_schema
