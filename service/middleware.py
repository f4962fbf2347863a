"""What holds for every response: protective headers, a limit on bodies, no leaked traceback."""

import asyncio
import contextlib
import logging
from collections.abc import Iterable, Mapping

from fastapi import Request
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from service.error_handlers import Fault, respond, unexpected_fault

logger = logging.getLogger(__name__)

MAX_BODY_BYTES = 1_000_000
# What is read of a refused body before it is answered.
_DRAIN_BYTES, _DRAIN_SECONDS = 50_000_000, 5.0

HEADERS: Iterable[tuple[str, str]] = (
    (
        "Content-Security-Policy",
        "default-src 'self'; script-src 'none'; object-src 'none'; base-uri 'none'; "
        "form-action 'self'; frame-ancestors 'none'",
    ),
    ("X-Content-Type-Options", "nosniff"),
    ("X-Frame-Options", "DENY"),
    # Questions stand in addresses, so newspapers that are linked to must not see them.
    ("Referrer-Policy", "same-origin"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
)


class Guard:
    """Outermost layer of the application."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        max_body_bytes: int = MAX_BODY_BYTES,
        streamed: Mapping[tuple[str, str], int] | None = None,
    ) -> None:
        """Wrap an application.

        Args:
            app: The application.
            max_body_bytes: Longest request body taken.
            streamed: Method and path of uploads, with their own limit in bytes: their bodies are
                passed on as they come and not gathered in memory.
        """
        self._app = app
        self._max_body_bytes = max_body_bytes
        self._streamed = streamed or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        is_head = scope["method"] == "HEAD"
        started = False

        async def guarded_send(message: Message) -> None:
            nonlocal started
            if message["type"] == "http.response.start":
                started = True
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS:
                    headers.setdefault(name, value)
                if not scope["path"].startswith("/static/"):
                    headers.setdefault("Cache-Control", "no-cache")
            elif is_head:
                message = {**message, "body": b""}
            await send(message)

        limit = self._streamed.get((scope["method"], scope["path"]))
        try:
            if limit is not None:
                if _declared_length(scope) > limit:
                    raise _BodyTooLargeError(limit)
                await self._app(scope, _counted(receive, limit), guarded_send)
                return
            body = await self._read(scope, receive)
            inner = {**scope, "method": "GET"} if is_head else scope
            await self._app(inner, _replay(body, receive), guarded_send)
        except _BodyTooLargeError as exc:
            if started:
                raise
            fault = Fault(
                413,
                "body_too_large",
                f"Thân yêu cầu vượt giới hạn {exc.limit} byte.",
                headers={"Connection": "close"},
            )
            await _drain(receive)
            await respond(Request(scope), fault)(scope, receive, guarded_send)
        except Exception:
            logger.exception("request failed path=%s", scope["path"])
            if started:
                raise
            await respond(Request(scope), unexpected_fault())(scope, receive, guarded_send)

    async def _read(self, scope: Scope, receive: Receive) -> bytes:
        """Return the body.

        Raises:
            _BodyTooLargeError: It is longer than the limit.
        """
        if _declared_length(scope) > self._max_body_bytes:
            raise _BodyTooLargeError(self._max_body_bytes)
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] != "http.request":
                return b"".join(parts)
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_body_bytes:
                raise _BodyTooLargeError(self._max_body_bytes)
            if not message.get("more_body", False):
                return b"".join(parts)


class _BodyTooLargeError(Exception):
    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


async def _drain(receive: Receive) -> None:
    """Take what a client is still sending, within reason.

    A connection that is closed on a client in the middle of its body shows it a reset and not our
    answer.
    """
    size = 0
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            while size < _DRAIN_BYTES:
                message = await receive()
                size += len(message.get("body", b""))
                if message["type"] != "http.request" or not message.get("more_body", False):
                    return


def _declared_length(scope: Scope) -> int:
    declared = dict(scope["headers"]).get(b"content-length", b"0")
    return int(declared[:20]) if declared.isdigit() else 0


def _counted(receive: Receive, limit: int) -> Receive:
    """Return a channel that passes a body on and breaks off once it is longer than the limit."""
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > limit:
            raise _BodyTooLargeError(limit)
        return message

    return counted


def _replay(body: bytes, receive: Receive) -> Receive:
    """Return a channel that gives the body once, and then what the client does next."""
    done = False

    async def replayed() -> Message:
        nonlocal done
        if done:
            return await receive()
        done = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed
