"""One process at a time owns a data directory; others are told which one and what to do."""

import contextlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from kb.errors import StoreLocked, StoreUnavailable

_LOCK = "kb.lock"
_OWNER = "kb.owner.json"


def read_owner(directory: Path) -> Mapping[str, Any]:
    """Return `pid`, `purpose` and `url` (None but for a service) of who holds a data directory.

    Empty if nobody does, or a crash left nothing to read.
    """
    try:
        owner = json.loads((directory / _OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return owner if isinstance(owner, dict) else {}


class DirectoryLock:
    """Exclusive lock on a data directory, released when the process ends, however it ends."""

    def __init__(self, directory: Path) -> None:
        """Prepare the lock; nothing is taken yet."""
        self._directory = directory
        # A service takes the lock in one thread and may give it back in another.
        self._lock = FileLock(directory / _LOCK, timeout=0, thread_local=False)

    def acquire(self, purpose: str, url: str | None = None) -> None:
        """Take the lock.

        Args:
            purpose: The command that holds it, shown to others.
            url: Address of the service, if it is one.

        Raises:
            StoreLocked: Another process holds it; the message names it and the way out.
            StoreUnavailable: The directory cannot be written.
        """
        try:
            self._lock.acquire()
        except Timeout as exc:
            raise StoreLocked(self._locked_message()) from exc
        except OSError as exc:
            raise StoreUnavailable(
                f"Không ghi được vào thư mục dữ liệu {str(self._directory)!r}: {exc.strerror}. "
                "Kiểm tra quyền ghi và dung lượng đĩa, hoặc đặt KB_DATA_DIR."
            ) from exc
        owner = {"pid": os.getpid(), "purpose": purpose, "url": url}
        with contextlib.suppress(OSError):  # only for the message to others
            (self._directory / _OWNER).write_text(json.dumps(owner), encoding="utf-8")

    def release(self) -> None:
        """Give the lock back. Safe to call again."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                (self._directory / _OWNER).unlink(missing_ok=True)
            self._lock.release()

    def _locked_message(self) -> str:
        owner = read_owner(self._directory)
        directory = str(self._directory)
        who = f"`kb {owner['purpose']}` (tiến trình {owner['pid']})" if owner else "tiến trình khác"
        if owner.get("url"):
            return (
                f"Thư mục dữ liệu {directory!r} đang được {who} dùng. Hỏi qua dịch vụ tại "
                f"{owner['url']}, hoặc dừng dịch vụ đó rồi chạy lại lệnh này."
            )
        return (
            f"Thư mục dữ liệu {directory!r} đang được {who} dùng. Chờ lệnh đó xong rồi chạy lại, "
            "hoặc đặt KB_DATA_DIR sang thư mục khác."
        )
