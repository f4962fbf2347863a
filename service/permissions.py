"""Who may change the knowledge base.

Reading is open to whoever reaches the service. A change needs the key: the one of the settings,
or the one that the service writes into its data directory at its start, which only users who own
that directory can read. Programs on the same machine may do without while the service listens on
this machine alone; browsers there may too, but only from the service's own pages, so that no
other web site can send a form to it.
"""

import contextlib
import hmac
import ipaddress
import os
import secrets
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Request

from ingest.remote import TOKEN_FILE
from kb.errors import AccessDenied, StoreUnavailable
from service.state import State

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


def create_token(directory: Path) -> str:
    """Return a new key, written where only the owner of the data directory can read it.

    Raises:
        StoreUnavailable: The directory cannot be written.
    """
    token = secrets.token_urlsafe(32)
    path = directory / TOKEN_FILE
    temporary = path.with_suffix(".tmp")
    try:
        temporary.unlink(missing_ok=True)
        # Made with its final mode: who opens it a moment before a `chmod` could go on reading.
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(token.encode())
        temporary.replace(path)
    except OSError as exc:
        raise StoreUnavailable(
            f"Không ghi được {str(path)!r}: {exc.strerror}. Kiểm tra quyền ghi thư mục dữ liệu."
        ) from exc
    return token


def remove_token(directory: Path) -> None:
    """Remove the key at the end of the service."""
    with contextlib.suppress(OSError):
        (directory / TOKEN_FILE).unlink(missing_ok=True)


def may_change(request: Request, state: State) -> None:
    """Let a change through, from a holder of the key or from this machine alone.

    Raises:
        AccessDenied: Neither holds.
    """
    if _holds_key(request, state) or _is_local(request, state):
        return
    raise AccessDenied(
        "Chỉ người có khóa mới được thay đổi kho. Gửi kèm 'Authorization: Bearer KHÓA' (khóa đặt ở "
        "KB_SERVICE__TOKEN), hoặc thao tác ngay trên máy chạy dịch vụ."
    )


def holds_key(request: Request, state: State) -> None:
    """Let through only a holder of the key: for requests that name files of this machine.

    Raises:
        AccessDenied: The key is missing or wrong.
    """
    if not _holds_key(request, state):
        raise AccessDenied(
            "Nạp theo đường dẫn trên máy chủ cần khóa của dịch vụ "
            f"(KB_SERVICE__TOKEN, hoặc tệp {TOKEN_FILE} trong thư mục dữ liệu)."
        )


Changer = Annotated[None, Depends(may_change)]
KeyHolder = Annotated[None, Depends(holds_key)]


def _holds_key(request: Request, state: State) -> bool:
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not given:
        return False
    keys = [key for key in (state.kb.settings.service.token, state.token) if key]
    # In constant time, so that nothing can be guessed by the clock.
    return any(hmac.compare_digest(given.strip().encode(), key.encode()) for key in keys)


def _is_local(request: Request, state: State) -> bool:
    client = request.client.host if request.client else ""
    return (
        _is_loopback(state.kb.settings.service.host)
        and _is_loopback(client)
        and _is_loopback(_host_of(f"//{request.headers.get('host', '')}"))
        and not any(name in request.headers for name in _FORWARDED)
        and is_own_page(request)
    )


def is_own_page(request: Request) -> bool:
    """Tell whether a browser sends this from one of our pages, or no browser sends it at all."""
    if request.headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("origin")
    if origin is None:
        return True
    try:
        return urlsplit(origin).netloc == request.headers.get("host")
    except ValueError:  # such as "http://["
        return False


def _host_of(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
