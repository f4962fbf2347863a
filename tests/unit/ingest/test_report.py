"""The report of a run."""

from ingest.report import IngestItem, IngestReport, Outcome


def test_report_counts_all_and_keeps_what_happened() -> None:
    report = IngestReport()
    report.add(IngestItem(Outcome.ADDED, "/a.md", "a", "A"))
    report.add(IngestItem(Outcome.UNCHANGED, "/b.md", "b", "B"))
    report.add(IngestItem(Outcome.FAILED, "/c.md", code="empty_document", reason="tệp rỗng"))
    assert report.counts[Outcome.UNCHANGED] == 1
    assert [item.outcome for item in report.items] == [Outcome.ADDED, Outcome.FAILED]
    assert [item.origin for item in report.failed] == ["/c.md"]


def test_report_as_data_names_every_outcome_even_at_zero() -> None:
    report = IngestReport(dry_run=True, seconds=1.23456)
    report.add(IngestItem(Outcome.FAILED, "/c.md", code="empty_document", reason="tệp rỗng"))
    assert report.to_data() == {
        "dry_run": True,
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
        "seconds": 1.235,
    }
