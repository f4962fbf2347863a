"""Jobs in the words of officers."""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from ingest.report import OUTCOME_NAMES, Outcome
from kb.store import Job

STATUS_NAMES: Mapping[str, str] = {
    "queued": "chờ đến lượt",
    "running": "đang chạy",
    "done": "đã xong",
    "failed": "đứt giữa chừng",
    "cancelled": "đã dừng",
}
_VIETNAM = timezone(timedelta(hours=7))


def job_subject(job: Job) -> str:
    """Return what a job takes in, such as "bao-cao.docx và 2 nguồn khác"."""
    request = job.request
    names = [source_name(str(name)) for name in (*request["uploads"], *request["targets"])]
    if not names:
        return "Nạp lại các nguồn lỗi"
    return names[0] if len(names) == 1 else f"{names[0]} và {len(names) - 1} nguồn khác"


def source_name(origin: str) -> str:
    """Return a path or upload by its file name, an address as it is.

    Example:
        >>> source_name("/srv/kho/bao-cao.zip!/Phụ lục.xlsx"), source_name("https://a.vn/b")
        ('bao-cao.zip → Phụ lục.xlsx', 'https://a.vn/b')
    """
    if "://" in origin:
        return origin
    outer, *inner = (origin.rstrip("/") or origin).split("!/")
    return " → ".join([outer.rpartition("/")[2] or outer, *inner])


def failure_key(origin: str) -> str:
    """Return what names a failed source in a form, since pages show no paths of the server."""
    return hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def outcome_name(outcome: str) -> str:
    """Return what became of a document."""
    return OUTCOME_NAMES[Outcome(outcome)]


def outcome_line(report: Mapping[str, Any]) -> str:
    """Return the counts of a report that are not zero."""
    parts = [f"{name} {report[key.value]}" for key, name in OUTCOME_NAMES.items() if report[key]]
    return ", ".join(parts) or "không có gì thay đổi"


def progress_line(progress: Mapping[str, Any]) -> str:
    """Return how far a running job is, with the time left where it is known."""
    parts = []
    if progress.get("files_total"):
        parts.append(f"{progress.get('files_done', 0)}/{progress['files_total']} tệp")
    if progress.get("documents"):
        parts.append(f"{progress['documents']} tài liệu")
    left = progress.get("seconds_left")
    if left is not None:
        parts.append(f"còn khoảng {_duration(float(left))}")
    return ", ".join(parts) or "đang chuẩn bị"


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(1, round(seconds))} giây"
    return f"{round(seconds / 60)} phút" if seconds < 5400 else f"{round(seconds / 3600)} giờ"


def moment(text: str | None) -> str:
    """Return a time in UTC as Vietnam's clock shows it.

    Example:
        >>> moment("2026-03-01T01:05:00+00:00")
        '08:05 01/03/2026'
    """
    if not text:
        return ""
    return datetime.fromisoformat(text).astimezone(_VIETNAM).strftime("%H:%M %d/%m/%Y")
