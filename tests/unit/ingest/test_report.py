"""The report of a run, and how far it is."""

import pytest

from ingest import report as report_module
from ingest.report import (
    OUTCOME_NAMES,
    IngestItem,
    IngestProgress,
    IngestReport,
    Outcome,
    ProgressMeter,
)


def added(name: str) -> IngestItem:
    return IngestItem(Outcome.ADDED, f"/{name}.md", name, name)


def failed(name: str) -> IngestItem:
    return IngestItem(Outcome.FAILED, f"/{name}.md", code="empty_document", reason="tệp rỗng")


def test_report_counts_all_and_keeps_what_happened() -> None:
    report = IngestReport()
    report.add(added("a"))
    report.add(IngestItem(Outcome.UNCHANGED, "/b.md", "b", "B"))
    report.add(failed("c"))
    assert report.counts[Outcome.UNCHANGED] == 1
    assert [item.outcome for item in report.items] == [Outcome.ADDED, Outcome.FAILED]
    assert [item.origin for item in report.failed] == ["/c.md"]


def test_plan_lists_unchanged_documents_too() -> None:
    report = IngestReport(dry_run=True)
    report.add(IngestItem(Outcome.UNCHANGED, "/b.md", "b", "B"))
    assert [item.document_id for item in report.items] == ["b"]


def test_what_went_well_is_listed_up_to_a_number_and_failures_always(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(report_module, "_MAX_LISTED", 2)
    report = IngestReport()
    for name in "abc":
        report.add(added(name))
    report.add(failed("d"))
    assert [item.origin for item in report.items] == ["/a.md", "/b.md", "/d.md"]
    data = report.to_data()
    assert (data["added"], data["items_left_out"]) == (3, 1)


def test_short_data_keep_failures_first_and_the_order() -> None:
    report = IngestReport()
    for item in (added("a"), failed("b"), added("c"), failed("d")):
        report.add(item)
    data = report.to_data(max_items=3)
    assert [item["origin"] for item in data["items"]] == ["/a.md", "/b.md", "/d.md"]
    assert data["items_left_out"] == 1


def test_report_as_data_names_every_outcome_even_at_zero() -> None:
    report = IngestReport(dry_run=True, seconds=1.23456)
    report.add(failed("c"))
    assert report.to_data() == {
        "dry_run": True,
        "cancelled": False,
        "added": 0,
        "updated": 0,
        "unchanged": 0,
        "removed": 0,
        "repaired": 0,
        "skipped": 0,
        "failed": 1,
        "items": [
            {
                "outcome": "failed",
                "origin": "/c.md",
                "code": "empty_document",
                "reason": "tệp rỗng",
            }
        ],
        "items_left_out": 0,
        "seconds": 1.235,
    }


def test_every_outcome_has_a_name() -> None:
    assert set(OUTCOME_NAMES) == set(Outcome)


class Clock:
    """`time.perf_counter` by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(report_module.time, "perf_counter", clock)
    return clock


def test_time_left_is_that_of_the_bytes_left_at_the_rate_of_what_was_read(clock: Clock) -> None:
    told: list[IngestProgress] = []
    meter = ProgressMeter(told.append)
    for size in (100, 500, 400):
        meter.expect(size)
    clock.now += 10
    meter.finish("/a", 100, was_read=True)
    clock.now += 10
    meter.finish("/b", 500, was_read=False)  # passed over: says nothing of the speed
    meter.store(4, 9)
    meter.tell(now=True)
    assert told[0].seconds_left == pytest.approx(90)  # 900 bytes at 10 a second
    assert told[-1] == IngestProgress(
        files_done=2, files_total=3, bytes_done=600, bytes_total=1000, documents=4, chunks=9,
        seconds=20.0, rate=0.2, seconds_left=80.0, origin="/b",
    )  # fmt: skip
    assert told[-1].to_data()["seconds_left"] == 80.0
    assert (told[-1].to_data()["done"], told[-1].to_data()["total"]) == (600, 1000)


def test_time_left_is_unknown_at_the_beginning(clock: Clock) -> None:
    told: list[IngestProgress] = []
    meter = ProgressMeter(told.append)
    meter.expect(100)
    clock.now += 0.5
    meter.finish("/a", 50, was_read=True)
    assert told[-1].seconds_left is None
    assert told[-1].to_data()["seconds_left"] is None


def test_progress_is_told_a_few_times_a_second(clock: Clock) -> None:
    told: list[IngestProgress] = []
    meter = ProgressMeter(told.append)
    for _ in range(100):
        clock.now += 0.0301
        meter.finish("/a", 1, was_read=True)
    assert 14 <= len(told) <= 16  # three seconds, five times each
