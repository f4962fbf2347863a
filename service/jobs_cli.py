"""Commands `kb jobs`: runs of ingest, and the sources that failed in them."""

from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ingest.remote import RemoteService
from kb.cli import print_json, settings_of_environment
from kb.errors import JobNotFound
from kb.knowledge_base import open_store
from service.job_text import STATUS_NAMES
from service.routes.jobs import job_to_data, letter_to_data

_json_option = click.option("--json", "as_json", is_flag=True, help="In dạng JSON.")
_limit_option = click.option("--limit", type=click.IntRange(1, 10_000), default=50, help="Số dòng.")
_offset_option = click.option("--offset", type=click.IntRange(0), default=0, help="Bỏ qua số dòng.")


@click.group("jobs", short_help="Các lượt nạp và các nguồn lỗi.")
def jobs_group() -> None:
    """Xem các lượt nạp qua dịch vụ, dừng một lượt, xem các nguồn chưa nạp được."""


@jobs_group.command("list", short_help="Liệt kê các lượt nạp.")
@_limit_option
@_offset_option
@_json_option
def list_jobs(limit: int, offset: int, as_json: bool) -> None:
    """Liệt kê các lượt nạp, mới nhất trước."""
    total, jobs = open_store(settings_of_environment()).jobs.list(limit=limit, offset=offset)
    if as_json:
        print_json({"total": total, "jobs": [job_to_data(job) for job in jobs]})
        return
    table = Table("Mã", "Trạng thái", "Tạo lúc", "Xong lúc", "Thêm", "Lỗi")
    for job in jobs:
        report = job.report or {}
        table.add_row(
            job.job_id,
            STATUS_NAMES[job.status],
            job.created_at,
            job.finished_at or "",
            str(report.get("added", "")),
            str(report.get("failed", "")),
        )
    Console().print(table)


@jobs_group.command("show", short_help="Xem một lượt nạp.")
@click.argument("job_id")
def show_job(job_id: str) -> None:
    """Xem trạng thái, tiến độ và báo cáo của lượt nạp JOB_ID, dạng JSON."""
    print_json(job_to_data(open_store(settings_of_environment()).jobs.get(job_id)))


@jobs_group.command("cancel", short_help="Dừng một lượt nạp.")
@click.argument("job_id")
def cancel_job(job_id: str) -> None:
    """Dừng lượt nạp JOB_ID của dịch vụ đang chạy, sau lô đang ghi."""
    service = RemoteService.holding(settings_of_environment().data_dir)
    if service is None:
        raise JobNotFound(
            f"Không có dịch vụ nào đang chạy lượt nạp {job_id!r}. Lệnh `kb ingest` đang chạy thì "
            "dừng bằng Ctrl+C."
        )
    click.echo(f"{job_id}: {STATUS_NAMES[service.cancel(job_id)['status']]}")


@jobs_group.command("failures", short_help="Các nguồn chưa nạp được.")
@_limit_option
@_offset_option
@_json_option
def list_failures(limit: int, offset: int, as_json: bool) -> None:
    """Liệt kê các nguồn chưa nạp được, kèm cách khắc phục; nạp lại: kb ingest --retry-failed."""
    store = open_store(settings_of_environment())
    total, letters = store.dead_letters.list(limit=limit, offset=offset)
    rows: list[dict[str, Any]] = [letter_to_data(letter) for letter in letters]
    if as_json:
        print_json({"total": total, "dead_letters": rows})
        return
    console = Console()
    for row in rows:
        console.print(f"[bold]{escape(row['origin'])}[/bold] ({row['attempts']} lần)")
        console.print(f"  {escape(row['reason'])}", highlight=False)
    console.print(f"{len(rows)}/{total} nguồn chưa nạp được")


@jobs_group.command("dismiss", short_help="Bỏ nguồn khỏi danh sách lỗi.")
@click.argument("origins", nargs=-1, required=True)
def dismiss(origins: tuple[str, ...]) -> None:
    """Bỏ các nguồn ORIGINS khỏi danh sách lỗi, không nạp lại nữa."""
    count = open_store(settings_of_environment()).dead_letters.resolve(origins)
    click.echo(f"Đã bỏ {count} nguồn khỏi danh sách lỗi.")
