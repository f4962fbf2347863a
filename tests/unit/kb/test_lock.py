"""One owner of a data directory at a time; the others learn who it is."""

import subprocess
import sys
import threading
from pathlib import Path

import pytest

from kb.errors import StoreLocked, StoreUnavailable
from kb.lock import DirectoryLock

HOLDER = """
import sys
from pathlib import Path
from kb.lock import DirectoryLock
lock = DirectoryLock(Path(sys.argv[1]))
lock.acquire(sys.argv[2], sys.argv[3] or None)
print("held", flush=True)
sys.stdin.read()
"""


def hold(directory: Path, purpose: str, url: str = "") -> subprocess.Popen[str]:
    """Start a process that holds the directory."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(directory), purpose, url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "held\n"
    return process


def test_message_names_the_process_that_holds_the_directory(tmp_path: Path) -> None:
    with hold(tmp_path, "ingest") as holder:
        try:
            with pytest.raises(StoreLocked) as caught:
                DirectoryLock(tmp_path).acquire("reindex")
        finally:
            holder.kill()
    message = str(caught.value)
    assert f"`kb ingest` (tiến trình {holder.pid})" in message
    assert str(tmp_path) in message
    assert "KB_DATA_DIR" in message


def test_message_gives_the_address_of_a_service(tmp_path: Path) -> None:
    with hold(tmp_path, "serve", "http://127.0.0.1:8000") as holder:
        try:
            with pytest.raises(StoreLocked) as caught:
                DirectoryLock(tmp_path).acquire("ingest")
        finally:
            holder.kill()
    assert "http://127.0.0.1:8000" in str(caught.value)
    assert "dừng dịch vụ" in str(caught.value)


def test_killed_process_leaves_no_lock(tmp_path: Path) -> None:
    with hold(tmp_path, "ingest") as holder:
        holder.kill()
    lock = DirectoryLock(tmp_path)
    lock.acquire("reindex")
    lock.release()


def test_lock_can_be_taken_again_after_release(tmp_path: Path) -> None:
    first, second = DirectoryLock(tmp_path), DirectoryLock(tmp_path)
    first.acquire("ingest")
    with pytest.raises(StoreLocked):
        second.acquire("ingest")
    first.release()
    first.release()  # again is no error
    second.acquire("ingest")
    second.release()


def test_lock_taken_in_one_thread_is_released_in_another(tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    lock.acquire("serve")
    thread = threading.Thread(target=lock.release)
    thread.start()
    thread.join()
    other = DirectoryLock(tmp_path)
    other.acquire("ingest")
    other.release()


@pytest.mark.parametrize("owner", ["", "{"])
def test_unreadable_owner_file_still_gives_a_message(owner: str, tmp_path: Path) -> None:
    lock = DirectoryLock(tmp_path)
    lock.acquire("ingest")
    (tmp_path / "kb.owner.json").write_text(owner, encoding="utf-8")
    with pytest.raises(StoreLocked, match="tiến trình khác"):
        DirectoryLock(tmp_path).acquire("reindex")
    lock.release()


def test_directory_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "kb.lock").mkdir()
    with pytest.raises(StoreUnavailable, match="KB_DATA_DIR"):
        DirectoryLock(tmp_path).acquire("ingest")
