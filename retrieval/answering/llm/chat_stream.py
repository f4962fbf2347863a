"""One chat completion as a stream of text, under a wall clock that nothing outlives.

A server may accept a request and say nothing, or send a byte a minute: time-outs of single reads do
not end that. The stream is read in a thread of its own, which hands pieces over a queue; when the
time is up, or the reader goes away, the thread's socket is shut down, which wakes it.
"""

import contextlib
import logging
import queue
import socket
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import httpx
import openai
from langchain_core.messages import HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from langsmith import tracing_context
from pydantic import SecretStr

from kb.errors import ModelError, ModelUnavailable
from kb.settings import LlmSettings
from retrieval.answering.cancellation import is_given_up
from retrieval.answering.llm.claim_stream import MOST_CHARS
from retrieval.answering.llm.prompt import Prompt

logger = logging.getLogger(__name__)

_CLOUD = "https://api.openai.com/v1"
# Servers that need no key still want a header.
_NO_KEY = "none"
_CONNECT_SECONDS = 5.0
# How often a silent stream looks up whether anybody still waits.
_LOOK_UP_SECONDS = 0.2
# How long to wait for a thread whose socket was shut down.
_JOIN_SECONDS = 2.0

_CLAIMS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "claims": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "passages": {"type": "array", "items": {"type": "integer"}},
                    "quote": {"type": "string"},
                },
                "required": ["text", "passages", "quote"],
                "additionalProperties": False,
            },
        }
    },
    "required": ["claims"],
    "additionalProperties": False,
}


class _Finished:
    """Put into the queue when the stream has ended."""


class _TooLong(Exception):
    """The output is longer than any answer."""


class ChatStream:
    """The text of one completion; iterate once. Closes itself, and can be closed at any time."""

    def __init__(self, prompt: Prompt, settings: LlmSettings) -> None:
        """Prepare a request; `pieces` sends it.

        Raises:
            ModelUnavailable: The settings name no endpoint.
        """
        self._settings = settings
        self._messages = [SystemMessage(prompt.system), HumanMessage(prompt.user)]
        self._queue: queue.SimpleQueue[str | BaseException | _Finished] = queue.SimpleQueue()
        self._stopped = threading.Event()
        self._streams: list[Any] = []
        self._lock = threading.Lock()
        self._url = _endpoint(settings)
        self._where = f"{_without_login(self._url)} (KB_LLM__BASE_URL)"

    def pieces(self) -> Generator[str]:
        """Yield the text as it comes.

        Raises:
            ModelUnavailable: The endpoint cannot be reached, refuses, or is too slow.
            ModelError: It sends something else than a chat completion, or breaks off.
        """
        started = time.monotonic()
        client = self._client()
        thread = threading.Thread(target=self._read, args=(client,), name="kb-llm", daemon=True)
        thread.start()
        try:
            yield from self._taken(started)
        finally:
            self._stop()
            thread.join(_JOIN_SECONDS)
            client.close()
            if thread.is_alive():  # a name server that does not answer cannot be interrupted
                logger.warning("llm_thread_alive=true")

    def _taken(self, started: float) -> Iterator[str]:
        settings = self._settings
        end = started + settings.timeout_seconds
        has_word = False
        while True:
            limit = end if has_word else min(end, started + settings.first_token_seconds)
            item = self._next_before(limit)
            if item is None:
                raise ModelUnavailable(self._too_slow(has_word))
            if isinstance(item, _Finished):
                return
            if isinstance(item, BaseException):
                raise self._translated(item) from item
            has_word = has_word or bool(item.strip())
            yield item

    def _next_before(self, limit: float) -> "str | BaseException | _Finished | None":
        """Return what the thread has read next, or None if that takes until `limit`.

        Raises:
            ModelUnavailable: Nobody waits for the answer any more.
        """
        while True:
            left = limit - time.monotonic()
            with contextlib.suppress(queue.Empty):
                return self._queue.get(timeout=max(0.0, min(left, _LOOK_UP_SECONDS)))
            if is_given_up():
                raise ModelUnavailable("Không còn ai chờ câu trả lời của mô hình ngôn ngữ.")
            if left <= 0:
                return None

    def _read(self, client: httpx.Client) -> None:
        """Run in the thread: put pieces, and the end or the error, into the queue."""
        try:
            size = 0
            with tracing_context(enabled=False):  # nothing of a question leaves for a third party
                for chunk in self._model(client).stream(self._messages):
                    if self._stopped.is_set():
                        return
                    size += len(chunk.text)
                    if chunk.text:
                        self._queue.put(str(chunk.text))
                    if size > 2 * MOST_CHARS:
                        raise _TooLong
                    if chunk.response_metadata.get("finish_reason") == "length":
                        raise _TooLong
            self._queue.put(_Finished())
        except BaseException as exc:  # noqa: BLE001  # whatever a library raises ends the answer
            self._queue.put(exc)

    def _client(self) -> httpx.Client:
        settings = self._settings
        seconds = settings.timeout_seconds
        first = min(settings.first_token_seconds, seconds)
        return httpx.Client(
            timeout=httpx.Timeout(seconds, connect=min(_CONNECT_SECONDS, first)),
            event_hooks={"request": [self._trace_request]},
            follow_redirects=False,
        )

    def _trace_request(self, request: httpx.Request) -> None:
        request.extensions["trace"] = self._trace

    def _trace(self, event: str, info: Mapping[str, Any]) -> None:
        """Note the connections of a request as they open, so that `_stop` can shut them down."""
        if event.endswith(("connect_tcp.complete", "start_tls.complete")):
            with self._lock:
                self._streams.append(info.get("return_value"))
                is_late = self._stopped.is_set()
            if is_late:
                self._shut_down()

    def _stop(self) -> None:
        self._stopped.set()
        self._shut_down()

    def _shut_down(self) -> None:
        with self._lock:
            streams, self._streams = self._streams, []
        for stream in streams:
            connection = stream.get_extra_info("socket") if stream is not None else None
            if connection is not None:
                with contextlib.suppress(OSError):  # already closed
                    connection.shutdown(socket.SHUT_RDWR)

    def _model(self, client: httpx.Client) -> ChatOpenAI:
        settings = self._settings
        body: dict[str, Any] = {}
        # In the body and not as an argument: the library would parse the whole output in the end
        # and raise for one that is cut off, although claims of it are good.
        if settings.output == "json_schema":
            schema = {"name": "claims", "strict": True, "schema": dict(_CLAIMS_SCHEMA)}
            body["response_format"] = {"type": "json_schema", "json_schema": schema}
        elif settings.output == "json_object":
            body["response_format"] = {"type": "json_object"}
        # The name that local servers know; the cloud wants the newer one.
        is_cloud = (urlsplit(self._url).hostname or "").endswith("openai.com")
        body["max_completion_tokens" if is_cloud else "max_tokens"] = settings.max_tokens
        # Everything explicit: nothing may come from OPENAI_* variables meant for other programs.
        return ChatOpenAI(
            model=settings.model,
            base_url=self._url,
            api_key=SecretStr(settings.api_key or _NO_KEY),
            organization="",
            openai_proxy="",
            temperature=settings.temperature,
            max_retries=0,  # the quoted answer is there at once; waiting is worse
            timeout=settings.timeout_seconds,
            http_client=client,
            use_responses_api=False,
            stream_usage=False,
            extra_body=body,
        )

    def _too_slow(self, has_word: bool) -> str:
        settings = self._settings
        if has_word:
            return (
                f"Mô hình ngôn ngữ ở {self._where} chưa viết xong sau "
                f"{settings.timeout_seconds:g} giây. Tăng KB_LLM__TIMEOUT_SECONDS hoặc giảm "
                "KB_LLM__MAX_TOKENS."
            )
        seconds = min(settings.first_token_seconds, settings.timeout_seconds)
        return (
            f"Mô hình ngôn ngữ ở {self._where} im lặng {seconds:g} giây. Xem máy "
            "chủ có đang chạy không, hoặc tăng KB_LLM__FIRST_TOKEN_SECONDS."
        )

    def _translated(self, exc: BaseException) -> ModelError:
        where = self._where
        if isinstance(exc, _TooLong):
            return ModelError(
                f"Mô hình ngôn ngữ ở {where} bị ngắt vì viết quá dài. Tăng KB_LLM__MAX_TOKENS "
                "hoặc chọn KB_LLM__MODEL khác."
            )
        if isinstance(exc, openai.APIStatusError):
            return _refusal(exc.status_code, where, self._settings)
        if isinstance(exc, (openai.APITimeoutError, httpx.TimeoutException)):
            return ModelUnavailable(self._too_slow(has_word=False))
        if isinstance(exc, (openai.APIConnectionError, httpx.TransportError, OSError)):
            return ModelUnavailable(
                f"Không nối được với mô hình ngôn ngữ ở {where}, hoặc kết nối bị đứt. Xem máy chủ "
                "có đang chạy và địa chỉ có đúng không."
            )
        return ModelError(
            f"Máy chủ ở {where} không trả về chat completion dạng luồng "
            f"({type(exc).__name__}). Địa chỉ thường kết thúc bằng /v1."
        )


def _endpoint(settings: LlmSettings) -> str:
    if settings.base_url:
        url = settings.base_url.rstrip("/")
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname:
            raise ModelUnavailable(
                f"KB_LLM__BASE_URL {_without_login(url)!r} không phải địa chỉ http(s)."
            )
        return url
    if settings.api_key:
        return _CLOUD
    raise ModelUnavailable(
        "Có KB_LLM__MODEL nhưng thiếu KB_LLM__BASE_URL. Đặt địa chỉ máy chủ, ví dụ "
        "http://localhost:11434/v1."
    )


def _without_login(url: str) -> str:
    """Return an address as it may be shown: user and password in it are secret."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{rest.rpartition('@')[2]}" if mark else url.rpartition("@")[2]


def _refusal(status: int, where: str, settings: LlmSettings) -> ModelError:
    if status in {401, 403}:
        return ModelUnavailable(
            f"Máy chủ {where} từ chối khóa (HTTP {status}). Xem KB_LLM__API_KEY."
        )
    if status == 404:
        return ModelUnavailable(
            f"Máy chủ {where} không có mô hình {settings.model!r} hoặc sai đường dẫn (HTTP 404). "
            "Xem KB_LLM__MODEL; địa chỉ thường kết thúc bằng /v1."
        )
    if status in {400, 415, 422}:
        return ModelError(
            f"Máy chủ {where} không nhận yêu cầu (HTTP {status}). Thử KB_LLM__OUTPUT=json_object "
            "hoặc text, hay giảm KB_LLM__MAX_TOKENS."
        )
    if status == 429:
        return ModelUnavailable(f"Máy chủ {where} đang quá tải hoặc hết hạn mức (HTTP 429).")
    return ModelUnavailable(f"Máy chủ {where} bị lỗi (HTTP {status}). Thử lại sau.")
