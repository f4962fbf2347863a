"""The queue of jobs and the list of failures."""

from pathlib import Path

import pytest

from kb.errors import JobNotFound
from kb.store import DeadLetter, DocumentStore, Job


@pytest.fixture
def store(tmp_path: Path) -> DocumentStore:
    return DocumentStore(f"sqlite:///{tmp_path}/documents.db")


def add(store: DocumentStore, job_id: str, created_at: str, status: str = "queued") -> Job:
    job = Job(job_id, status, created_at, {"targets": ["/a"]})  # type: ignore[arg-type]
    store.jobs.add(job)
    return job


def letter(origin: str, reason: str = "hỏng", **values: object) -> DeadLetter:
    return DeadLetter(origin, "extraction_failed", reason, retryable=False, **values)  # type: ignore[arg-type]


def test_job_comes_back_as_it_was_added(store: DocumentStore) -> None:
    job = add(store, "a", "2026-01-01T00:00:00+00:00")
    assert store.jobs.get("a") == job
    store.jobs.change("a", progress={"done": 1}, report={"added": 2}, status="done")
    changed = store.jobs.get("a")
    assert (changed.status, changed.progress, changed.report) == ("done", {"done": 1}, {"added": 2})


def test_unknown_job_is_named(store: DocumentStore) -> None:
    with pytest.raises(JobNotFound, match="'khong-co'"):
        store.jobs.get("khong-co")


def test_the_job_that_waits_longest_is_next_and_is_claimed_once(store: DocumentStore) -> None:
    assert store.jobs.next_queued() is None
    add(store, "new", "2026-01-03T00:00:00+00:00")
    add(store, "old", "2026-01-02T00:00:00+00:00")
    add(store, "done", "2026-01-01T00:00:00+00:00", "done")
    first = store.jobs.next_queued()
    assert first is not None
    assert first.job_id == "old"
    assert store.jobs.claim("old")
    assert not store.jobs.claim("old")
    claimed = store.jobs.get("old")
    assert claimed.status == "running"
    assert claimed.started_at is not None
    following = store.jobs.next_queued()
    assert following is not None
    assert following.job_id == "new"


def test_jobs_that_a_crash_broke_off_wait_again(store: DocumentStore) -> None:
    add(store, "a", "2026-01-01T00:00:00+00:00")
    add(store, "b", "2026-01-01T00:00:00+00:00", "cancelled")
    store.jobs.claim("a")
    assert store.jobs.requeue_running() == 1
    assert (store.jobs.get("a").status, store.jobs.get("a").started_at) == ("queued", None)
    assert store.jobs.get("b").status == "cancelled"


def test_only_a_job_that_waits_is_cancelled_at_once(store: DocumentStore) -> None:
    add(store, "a", "2026-01-01T00:00:00+00:00")
    add(store, "b", "2026-01-01T00:00:00+00:00")
    store.jobs.claim("b")
    assert store.jobs.cancel_queued("a")
    assert not store.jobs.cancel_queued("b")
    assert store.jobs.get("a").status == "cancelled"
    assert store.jobs.get("a").finished_at is not None
    assert store.jobs.get("b").status == "running"


def test_list_is_newest_first_by_status_and_in_pages(store: DocumentStore) -> None:
    for number in range(3):
        add(store, f"j{number}", f"2026-01-0{number + 1}T00:00:00+00:00")
    store.jobs.claim("j1")
    total, page = store.jobs.list(limit=2)
    assert (total, [job.job_id for job in page]) == (3, ["j2", "j1"])
    assert [job.job_id for job in store.jobs.list(limit=2, offset=2)[1]] == ["j0"]
    assert [job.job_id for job in store.jobs.list(status="running")[1]] == ["j1"]


def test_failure_counts_on_and_keeps_its_first_time(store: DocumentStore) -> None:
    store.dead_letters.record([letter("/a", job_id="j1")])
    (first,) = store.dead_letters.list()[1]
    store.dead_letters.record([letter("/a", "vẫn hỏng"), letter("/b")])
    total, found = store.dead_letters.list()
    again = next(item for item in found if item.origin == "/a")
    assert total == 2
    assert (again.attempts, again.reason) == (2, "vẫn hỏng")
    assert again.first_failed == first.first_failed
    assert again.last_failed >= first.last_failed
    assert (first.job_id, again.job_id) == ("j1", None)


def test_of_equal_origins_in_one_run_the_last_counts_once(store: DocumentStore) -> None:
    store.dead_letters.record([letter("/a", "một"), letter("/a", "hai")])
    (found,) = store.dead_letters.list()[1]
    assert (found.attempts, found.reason) == (1, "hai")
    store.dead_letters.record([])


def test_resolved_failures_leave_the_list(store: DocumentStore) -> None:
    store.dead_letters.record([letter("/a"), letter("/b")])
    assert store.dead_letters.origins() == {"/a", "/b"}
    assert store.dead_letters.resolve(["/a", "/khong-co"]) == 1
    assert store.dead_letters.origins() == {"/b"}


def test_job_that_takes_the_process_down_each_time_is_given_up(store: DocumentStore) -> None:
    add(store, "a", "2026-01-01T00:00:00+00:00")
    for crash in range(1, 4):
        assert store.jobs.claim("a")
        assert store.jobs.requeue_running() == 1
        assert store.jobs.get("a").attempts == crash
    assert store.jobs.claim("a")
    assert store.jobs.requeue_running() == 0
    given_up = store.jobs.get("a")
    assert (given_up.status, given_up.attempts) == ("failed", 4)
    assert given_up.error is not None
    assert given_up.error["code"] == "job_abandoned"
    assert "4 lần" in given_up.error["detail"]
    assert given_up.finished_at is not None
    assert store.jobs.next_queued() is None


def test_job_that_an_older_version_queued_counts_from_nothing(store: DocumentStore) -> None:
    add(store, "a", "2026-01-01T00:00:00+00:00")
    store.jobs.change("a", attempts=None, status="running")
    assert store.jobs.get("a").attempts == 0
    assert store.jobs.requeue_running() == 1
    assert store.jobs.get("a").attempts == 1


def test_requests_of_open_jobs_are_listed(store: DocumentStore) -> None:
    add(store, "a", "2026-01-01T00:00:00+00:00")
    add(store, "b", "2026-01-01T00:00:00+00:00", "done")
    assert store.jobs.open_requests() == [{"targets": ["/a"]}]
