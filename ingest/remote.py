"""Ingest through a running service, which alone may write while it holds the data directory."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx

from kb.errors import AccessDenied, JobNotFound, KbError, StoreLocked, StoreUnavailable
from kb.lock import read_owner

TOKEN_FILE = "service.token"
_POLL_SECONDS = 0.3
_TIMEOUT_SECONDS = 30.0
_FINAL = {"done", "failed", "cancelled"}
# What the service may refuse with; its other errors mean that it is out of order.
_REFUSALS: Mapping[str, type[KbError]] = {
    kind.code: kind for kind in (AccessDenied, JobNotFound, StoreLocked)
}

# Called with the job as it is.
Watcher = Callable[[Mapping[str, Any]], None]


class RemoteService:
    """The service that holds a data directory, reached with the key that it keeps there."""

    def __init__(self, url: str, token: str) -> None:
        """Prepare; nothing is sent yet."""
        self._url = url
        # No proxy of the environment: the service is on this machine.
        self._client = httpx.Client(
            base_url=url,
            timeout=_TIMEOUT_SECONDS,
            trust_env=False,
            headers={"Authorization": f"Bearer {token}"},
        )

    @classmethod
    def holding(cls, directory: Path) -> "RemoteService | None":
        """Return the service that holds a data directory; None if no service does.

        Raises:
            AccessDenied: Its key cannot be read.
        """
        url = read_owner(directory).get("url")
        if not url:
            return None
        path = directory / TOKEN_FILE
        try:
            return cls(str(url), path.read_text(encoding="utf-8").strip())
        except OSError as exc:
            raise AccessDenied(
                f"Dịch vụ tại {url} đang giữ kho, nhưng không đọc được khóa {str(path)!r} "
                f"({exc.strerror}). Chạy lệnh bằng tài khoản chạy dịch vụ, hoặc dừng dịch vụ."
            ) from exc

    def submit(self, request: Mapping[str, Any]) -> str:
        """Hand a request to the service and return the id of its job.

        Args:
            request: Body of `POST /v1/ingest`.
        """
        return str(self._send("POST", "/v1/ingest", json=request)["job_id"])

    def watch(self, job_id: str, watcher: Watcher | None = None) -> Mapping[str, Any]:
        """Wait until a job ended, and return it."""
        while True:
            job = self._send("GET", f"/v1/jobs/{job_id}")
            if watcher:
                watcher(job)
            if job["status"] in _FINAL:
                return job
            time.sleep(_POLL_SECONDS)

    def cancel(self, job_id: str) -> Mapping[str, Any]:
        """Stop a job after the batch in hand, and return it."""
        return self._send("POST", f"/v1/jobs/{job_id}/cancel")

    def _send(self, method: str, path: str, **arguments: Any) -> Mapping[str, Any]:
        try:
            response = self._client.request(method, path, **arguments)
            data = dict(response.json())
        except (httpx.HTTPError, TypeError, ValueError) as exc:
            raise StoreUnavailable(
                f"Dịch vụ tại {self._url} giữ kho nhưng không trả lời: {exc}. "
                "Kiểm tra dịch vụ, hoặc dừng nó rồi chạy lại lệnh."
            ) from exc
        if response.is_error:
            kind = _REFUSALS.get(str(data.get("code")), StoreUnavailable)
            raise kind(f"Dịch vụ tại {self._url} từ chối: {data.get('detail', response.text)}")
        return data
