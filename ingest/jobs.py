"""Runs of ingest in the background of a service: queued in the store, done one by one.

A job survives the process: what a stop or a crash interrupts is queued again at the next start,
and the run then does what is missing (`ingest.pipeline`). Searches go on meanwhile; the store and
the index take readers beside the one writer.
"""

import contextlib
import hashlib
import logging
import os
import re
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

from ingest.formats import SUFFIXES
from ingest.indexing import remove_documents
from ingest.pipeline import RunOptions, ingest
from ingest.report import IngestProgress, IngestReport
from ingest.sources import find_upload, is_upload, upload_origin
from ingest.targets import UPLOADS_DIRECTORY
from kb.errors import EmptyDocument, KbError, StoreError, StoreUnavailable, UnsupportedSource
from kb.knowledge_base import KnowledgeBase
from kb.store import Job
from kb.store.jobs import now
from kb.text import to_reading_form

logger = logging.getLogger(__name__)

_SECONDS_BETWEEN = 1.0
# A job that cannot write its own end into the store is looked at again by the next start.
_IDLE_SECONDS = 5.0
_MAX_REPORT_ITEMS = 1_000
_MAX_NAME_BYTES = 120
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
_BLOCK = 1 << 20
_DRAFT_PREFIX = ".part-"
# No upload takes so long; what is older was left by a crash.
_DRAFT_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class IngestRequest:
    """What a job takes in.

    Attributes:
        targets: Paths on this machine and addresses.
        recursive: Whether to enter folders below the given ones.
        force: Read what did not change too.
        retry_failed: Read the sources on the list of failures too.
        uploads: Names that `keep_upload` returned.
    """

    targets: tuple[str, ...] = ()
    recursive: bool = False
    force: bool = False
    retry_failed: bool = False
    uploads: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Return plain data."""
        return {**asdict(self), "targets": list(self.targets), "uploads": list(self.uploads)}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "IngestRequest":
        """Return the request of plain data; what a later version added is passed over."""
        known = {name: data[name] for name in cls.__slots__ if name in data}
        request = cls(**known)
        return replace(request, targets=tuple(request.targets), uploads=tuple(request.uploads))


class JobRunner:
    """Does the jobs of a knowledge base in one thread, oldest first."""

    def __init__(
        self, kb: KnowledgeBase, *, on_done: Callable[[Job, IngestReport], None] | None = None
    ) -> None:
        """Prepare; nothing runs before `start`.

        Args:
            kb: The knowledge base, opened; it must stay open until `close`.
            on_done: Called in the thread after a job that changed something, with its report.
        """
        self._kb = kb
        self._jobs = kb.store.jobs
        self._on_done = on_done
        self._changed = threading.Condition()
        self._closing = False
        self._running: str | None = None
        self._cancelled: set[str] = set()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Go on with the jobs that wait, those too that a crash broke off.

        Raises:
            StoreUnavailable: The store cannot be written.
        """
        self._jobs.requeue_running()
        _clear_drafts(self._kb.settings.data_dir / UPLOADS_DIRECTORY)
        self._thread = threading.Thread(target=self._serve, name="kb-jobs", daemon=True)
        self._thread.start()

    def submit(self, request: IngestRequest) -> Job:
        """Queue a job and return it.

        Raises:
            StoreUnavailable: The store cannot be written.
        """
        job = Job(uuid.uuid4().hex[:16], "queued", now(), request.to_data())
        self._jobs.add(job)
        with self._changed:
            self._changed.notify_all()
        return job

    def cancel(self, job_id: str) -> Job:
        """Cancel a job and return it as it is now.

        One that waits is cancelled at once, a running one after the batch in hand; one that ended
        stays as it is.

        Raises:
            JobNotFound: There is none with this id.
        """
        with self._changed:
            self._jobs.get(job_id)
            if not self._jobs.cancel_queued(job_id) and self._running == job_id:
                self._cancelled.add(job_id)
        return self._jobs.get(job_id)

    def close(self) -> None:
        """Stop after the batch in hand; what runs is queued again. Safe to call again."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    # --- the thread --------------------------------------------------------------------------

    def _serve(self) -> None:
        while not self._closing:
            try:
                job = self._claimed()
            except StoreError:
                logger.exception("queue not read")
                job = None
            if job is not None:
                self._run(job)
                continue
            with self._changed:
                if not self._closing:
                    self._changed.wait(_IDLE_SECONDS)

    def _claimed(self) -> Job | None:
        with self._changed:
            if self._closing:
                return None
            job = self._jobs.next_queued()
            if job is None or not self._jobs.claim(job.job_id):
                return None
            self._running = job.job_id
            return job

    def _run(self, job: Job) -> None:
        report: IngestReport | None = None
        try:
            report = self._ingest(job)
            self._end(job, report)
        # The thread serves the jobs that follow, whatever went wrong in this one.
        except Exception as exc:
            logger.exception("job failed job_id=%s", job.job_id)
            detail = str(exc) if isinstance(exc, KbError) else (
                f"Lỗi ngoài dự kiến ({type(exc).__name__}). Xem nhật ký của dịch vụ, rồi nạp lại."
            )  # fmt: skip
            code = exc.code if isinstance(exc, KbError) else KbError.code
            with contextlib.suppress(StoreError):
                self._jobs.change(
                    job.job_id,
                    status="failed",
                    finished_at=now(),
                    error={"code": code, "detail": detail},
                )
        finally:
            with self._changed:
                self._running = None
                self._cancelled.discard(job.job_id)
        if report is not None and self._on_done is not None:
            try:
                self._on_done(self._jobs.get(job.job_id), report)
            except Exception:
                logger.exception("listener failed job_id=%s", job.job_id)

    def _ingest(self, job: Job) -> IngestReport:
        request = IngestRequest.from_data(job.request)
        told = 0.0

        def tell(progress: IngestProgress) -> None:
            nonlocal told
            moment = time.monotonic()
            if moment - told >= _SECONDS_BETWEEN:
                told = moment
                self._jobs.change(job.job_id, progress=progress.to_data())

        return ingest(
            self._kb,
            (*request.targets, *request.uploads),
            options=RunOptions(
                recursive=request.recursive,
                force=request.force,
                retry_failed=request.retry_failed,
                isolate=True,
                job_id=job.job_id,
                on_progress=tell,
                should_stop=lambda: self._closing or job.job_id in self._cancelled,
            ),
        )

    def _end(self, job: Job, report: IngestReport) -> None:
        if report.cancelled and job.job_id not in self._cancelled:
            # The process stops, not the job.
            self._jobs.change(job.job_id, status="queued", started_at=None)
            return
        self._jobs.change(
            job.job_id,
            status="cancelled" if report.cancelled else "done",
            finished_at=now(),
            report=dict(report.to_data(max_items=_MAX_REPORT_ITEMS)),
        )


# --- uploads --------------------------------------------------------------------------------


def keep_upload(data_dir: Path, name: str, stream: BinaryIO, *, max_bytes: int) -> str:
    """Keep a file that was sent and return its name for `IngestRequest.uploads`.

    The name is what its documents remember as their origin, `upload:<digest>/<file name>`. The
    same content sent twice under one name is kept once.

    Args:
        data_dir: Of the knowledge base.
        name: As the sender calls it; only its last part is used.
        stream: Its bytes, read to the end.
        max_bytes: Largest size.

    Raises:
        UnsupportedSource: It is too large, or its suffix is none that is read.
        EmptyDocument: It has no bytes.
        StoreUnavailable: It cannot be written.
    """
    safe = safe_name(name)
    if Path(safe).suffix.lower() not in SUFFIXES:
        raise UnsupportedSource(
            f"{safe}: chưa đọc được định dạng {Path(safe).suffix or '(không có đuôi tệp)'!r}. "
            f"Các định dạng: {', '.join(SUFFIXES)}."
        )
    root = data_dir / UPLOADS_DIRECTORY
    try:
        root.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=root, prefix=_DRAFT_PREFIX, delete=False) as part:
            draft = Path(part.name)
            try:
                digest = _copied(stream, part, safe, max_bytes)
                part.flush()
                os.fsync(part.fileno())
                folder = root / digest
                folder.mkdir(exist_ok=True)
                draft.replace(folder / safe)
            finally:
                draft.unlink(missing_ok=True)
    except OSError as exc:
        raise StoreUnavailable(
            f"Không lưu được tệp tải lên {safe!r}: {exc.strerror}. "
            "Kiểm tra dung lượng đĩa và quyền ghi, rồi tải lên lại."
        ) from exc
    return upload_origin(digest, safe)


def drop_unused_uploads(kb: KnowledgeBase, origins: Iterable[str]) -> list[str]:
    """Delete kept files that nothing needs any more, and return their names.

    A file is needed while a document came from it, a job that is open names it, or it stands on
    the list of failures, to be tried again.

    Args:
        kb: The knowledge base, opened.
        origins: Of documents or uploads; those that are no uploads are passed over.
    """
    names = sorted({origin.partition("!/")[0] for origin in origins if is_upload(origin)})
    if not names:
        return []
    uploads = kb.settings.data_dir / UPLOADS_DIRECTORY
    dropped = []
    with kb.writing:
        needed = _named_by_open_jobs(kb) | {
            origin.partition("!/")[0] for origin in kb.store.dead_letters.origins()
        }
        for name in names:
            kept = find_upload(uploads, name)
            if kept is None or name in needed or _has_documents(kb, name):
                continue
            try:
                kept.path.unlink(missing_ok=True)
                with contextlib.suppress(OSError):  # the same content under another name
                    kept.path.parent.rmdir()
            except OSError:
                logger.exception("upload not deleted name=%s", name)
                continue
            dropped.append(name)
    return dropped


def remove_with_uploads(kb: KnowledgeBase, document_ids: Sequence[str]) -> None:
    """Remove documents, and the kept files of uploads of which they were the last.

    Raises:
        StoreUnavailable: A store cannot be written.
    """
    with kb.writing:
        origins = [state.origin for state in kb.store.states(document_ids).values()]
        remove_documents(kb, document_ids)
        gone = [name for name in {o.partition("!/")[0] for o in origins if is_upload(o)}
                if not _has_documents(kb, name)]  # fmt: skip
        # Who deletes the last document wants no retry of what failed beside it.
        failed = kb.store.dead_letters.origins() if gone else set()
        kb.store.dead_letters.resolve([o for o in failed if o.partition("!/")[0] in gone])
        drop_unused_uploads(kb, gone)


def _has_documents(kb: KnowledgeBase, upload: str) -> bool:
    return any(
        origin == upload or origin.startswith(f"{upload}!/")
        for _, origin in kb.store.sources.documents_under(upload)
    )


def _named_by_open_jobs(kb: KnowledgeBase) -> set[str]:
    return {
        name
        for request in kb.store.jobs.open_requests()
        for name in IngestRequest.from_data(request).uploads
    }


def _clear_drafts(uploads: Path) -> None:
    """Delete the drafts of uploads that a crash left."""
    for draft in uploads.glob(f"{_DRAFT_PREFIX}*"):
        with contextlib.suppress(OSError):
            if time.time() - draft.stat().st_mtime > _DRAFT_SECONDS:
                draft.unlink()


def safe_name(name: str) -> str:
    r"""Return a name that is a plain file name on every system.

    Example:
        >>> safe_name("C:\\Users\\a\\Báo cáo?.docx"), safe_name("../..")
        ('Báo cáo_.docx', 'tai-lieu')
    """
    last = to_reading_form(name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    path = Path(_UNSAFE.sub("_", last).strip(" .") or "tai-lieu")
    room = max(1, _MAX_NAME_BYTES - len(path.suffix.encode()))
    return path.stem.encode()[:room].decode("utf-8", "ignore") + path.suffix


def _copied(stream: BinaryIO, target: Any, name: str, max_bytes: int) -> str:
    digest = hashlib.sha256()
    size = 0
    while block := stream.read(_BLOCK):
        size += len(block)
        if size > max_bytes:
            raise UnsupportedSource(
                f"{name}: tệp lớn hơn giới hạn {max_bytes / 1e6:.0f} MB. "
                "Chia nhỏ tệp, hoặc tăng KB_SERVICE__MAX_UPLOAD_MB."
            )
        digest.update(block)
        target.write(block)
    if size == 0:
        raise EmptyDocument(f"{name}: tệp rỗng. Kiểm tra tệp rồi tải lên lại.")
    return digest.hexdigest()
