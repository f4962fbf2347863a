"""Runs of ingest that were asked for, and sources that failed in them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, cast

from sqlalchemy import delete, func, insert, select, update

from kb.errors import JobNotFound
from kb.store.engine import in_batches
from kb.store.part import StorePart
from kb.store.tables import DeadLetterRow, JobRow

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]

# A job that takes the process down with it would do so at every start.
MAX_REQUEUES = 3
_ABANDONED = {
    "code": "job_abandoned",
    "detail": (
        f"Dịch vụ bị dừng đột ngột {MAX_REQUEUES + 1} lần khi đang chạy lượt nạp này nên không "
        "chạy lại nữa. Xem nhật ký của dịch vụ (hết bộ nhớ, mất điện?), rồi nạp từng phần để tìm "
        "tệp gây lỗi."
    ),
}


@dataclass(frozen=True, slots=True)
class Job:
    """A run of ingest.

    Attributes:
        job_id: Stable id.
        status: `queued` and `running` are open, the others final; `failed` means that the run
            itself broke off, not that single sources failed.
        created_at: ISO 8601 in UTC, as the other times.
        request: What is to be taken in; read by `ingest.jobs`.
        started_at: When it began.
        finished_at: When it ended.
        progress: Counts of the moment: `done`, `total` (bytes), `documents`, `seconds_left`.
        report: Data of `IngestReport`, once it ended.
        error: `code` and `detail` of what broke it off.
        attempts: How often the process died while it ran.
    """

    job_id: str
    status: JobStatus
    created_at: str
    request: Mapping[str, Any]
    started_at: str | None = None
    finished_at: str | None = None
    progress: Mapping[str, Any] = field(default_factory=dict)
    report: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A source that failed.

    Attributes:
        origin: Path or address.
        code: Stable code of the error.
        reason: What is wrong, with the remedy.
        retryable: Whether trying again may help without a change of the source.
        attempts: How often it failed in a row.
        first_failed: ISO 8601 in UTC.
        last_failed: The same.
        job_id: The job of the last failure, if it was one.
    """

    origin: str
    code: str
    reason: str
    retryable: bool
    attempts: int = 1
    first_failed: str = ""
    last_failed: str = ""
    job_id: str | None = None


def now() -> str:
    """Return the time as ISO 8601 in UTC, fine enough to order jobs by."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class JobStore(StorePart):
    """Jobs, newest first in lists."""

    def add(self, job: Job) -> None:
        """Insert a job."""
        values = {name: getattr(job, name) for name in Job.__slots__}
        values["request"], values["progress"] = dict(job.request), dict(job.progress)
        with self._translated(), self._engine.begin() as connection:
            connection.execute(insert(JobRow).values(values))

    def change(self, job_id: str, **values: Any) -> None:
        """Set attributes of a job."""
        with self._translated(), self._engine.begin() as connection:
            connection.execute(update(JobRow).where(JobRow.job_id == job_id).values(values))

    def claim(self, job_id: str) -> bool:
        """Mark a queued job as running; false if it is not queued any more."""
        with self._translated(), self._engine.begin() as connection:
            changed = connection.execute(
                update(JobRow)
                .where(JobRow.job_id == job_id, JobRow.status == "queued")
                .values(status="running", started_at=now())
            )
            return bool(changed.rowcount)

    def next_queued(self) -> Job | None:
        """Return the job that waits longest, None if none waits."""
        query = select(*JobRow.__table__.columns).where(JobRow.status == "queued")
        query = query.order_by(JobRow.created_at, JobRow.job_id).limit(1)
        with self._translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return _to_job(row) if row is not None else None

    def requeue_running(self) -> int:
        """Put jobs that a crash broke off back into the queue; return how many.

        One that was put back `MAX_REQUEUES` times before fails instead.
        """
        crashes = func.coalesce(JobRow.attempts, 0)
        running = update(JobRow).where(JobRow.status == "running")
        with self._translated(), self._engine.begin() as connection:
            connection.execute(
                running.where(crashes >= MAX_REQUEUES).values(
                    status="failed", finished_at=now(), error=_ABANDONED, attempts=crashes + 1
                )
            )
            changed = connection.execute(
                running.values(status="queued", started_at=None, attempts=crashes + 1)
            )
            return int(changed.rowcount)

    def cancel_queued(self, job_id: str) -> bool:
        """Cancel a job that waits; false if it does not wait (any more)."""
        with self._translated(), self._engine.begin() as connection:
            changed = connection.execute(
                update(JobRow)
                .where(JobRow.job_id == job_id, JobRow.status == "queued")
                .values(status="cancelled", finished_at=now())
            )
            return bool(changed.rowcount)

    def open_requests(self) -> Sequence[Mapping[str, Any]]:
        """Return the requests of the jobs that wait or run."""
        query = select(JobRow.request).where(JobRow.status.in_(("queued", "running")))
        with self._translated(), self._engine.connect() as connection:
            return connection.scalars(query).all()

    def get(self, job_id: str) -> Job:
        """Return a job.

        Raises:
            JobNotFound: There is none with this id.
        """
        query = select(*JobRow.__table__.columns).where(JobRow.job_id == job_id)
        with self._translated(), self._engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise JobNotFound(f"Không có lượt nạp {job_id!r}. Xem các lượt bằng `kb jobs list`.")
        return _to_job(row)

    def list(
        self, *, status: JobStatus | None = None, limit: int = 50, offset: int = 0
    ) -> tuple[int, list[Job]]:
        """Return how many jobs there are and a page of them, newest first."""
        condition = [JobRow.status == status] if status else []
        query = select(*JobRow.__table__.columns).where(*condition)
        query = query.order_by(JobRow.created_at.desc(), JobRow.job_id).limit(limit).offset(offset)
        count = select(func.count()).select_from(JobRow).where(*condition)
        with self._translated(), self._engine.connect() as connection:
            total = connection.execute(count).scalar_one()
            return total, [_to_job(row) for row in connection.execute(query)]


class DeadLetterStore(StorePart):
    """Failed sources by origin."""

    def record(self, letters: Sequence[DeadLetter]) -> None:
        """Note failures; a source that failed before keeps its first time and counts on."""
        if not letters:
            return
        moment = now()
        latest = {letter.origin: letter for letter in letters}
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(list(latest)):
                known = {
                    row.origin: row
                    for row in connection.execute(
                        select(*DeadLetterRow.__table__.columns).where(
                            DeadLetterRow.origin.in_(batch)
                        )
                    )
                }
                connection.execute(delete(DeadLetterRow).where(DeadLetterRow.origin.in_(batch)))
                connection.execute(
                    insert(DeadLetterRow),
                    [
                        {
                            "origin": origin,
                            "code": latest[origin].code,
                            "reason": latest[origin].reason,
                            "retryable": latest[origin].retryable,
                            "attempts": known[origin].attempts + 1 if origin in known else 1,
                            "first_failed": known[origin].first_failed
                            if origin in known
                            else moment,
                            "last_failed": moment,
                            "job_id": latest[origin].job_id,
                        }
                        for origin in batch
                    ],
                )

    def origins(self) -> set[str]:
        """Return the origins of all that is on the list."""
        with self._translated(), self._engine.connect() as connection:
            return set(connection.scalars(select(DeadLetterRow.origin)))

    def resolve(self, origins: Sequence[str]) -> int:
        """Take sources off the list, since they were read or dismissed; return how many."""
        removed = 0
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(origins):
                result = connection.execute(
                    delete(DeadLetterRow).where(DeadLetterRow.origin.in_(batch))
                )
                removed += result.rowcount
        return removed

    def list(self, *, limit: int = 100, offset: int = 0) -> tuple[int, list[DeadLetter]]:
        """Return how many there are and a page of them, latest failure first."""
        query = select(*DeadLetterRow.__table__.columns)
        query = query.order_by(DeadLetterRow.last_failed.desc(), DeadLetterRow.origin)
        with self._translated(), self._engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(DeadLetterRow)).scalar_one()
            rows = connection.execute(query.limit(limit).offset(offset))
            return total, [
                DeadLetter(**{name: getattr(row, name) for name in DeadLetter.__slots__})
                for row in rows
            ]


def _to_job(row: Any) -> Job:
    return Job(
        job_id=row.job_id,
        status=cast(JobStatus, row.status),
        created_at=row.created_at,
        request=row.request,
        started_at=row.started_at,
        finished_at=row.finished_at,
        progress=row.progress or {},
        report=row.report,
        error=row.error,
        attempts=row.attempts or 0,
    )
