"""Commands `kb ingest` and `kb reindex`."""

from contextlib import closing, nullcontext
from pathlib import Path

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ingest.indexing import finish_pending
from ingest.lexicon import rebuild_lexicon
from ingest.pipeline import ingest, plan_ingest
from ingest.report import IngestReport, Outcome
from kb.cli import print_json, settings_of_environment
from kb.errors import UnsupportedSource
from kb.knowledge_base import STORE_FILE, open_knowledge_base, open_store

_LABELS = {
    Outcome.ADDED: "thêm mới",
    Outcome.UPDATED: "cập nhật",
    Outcome.UNCHANGED: "không đổi",
    Outcome.REMOVED: "gỡ bỏ",
    Outcome.REPAIRED: "hoàn tất việc dở dang",
    Outcome.SKIPPED: "bỏ qua",
    Outcome.FAILED: "lỗi",
}


@click.command("ingest", short_help="Nạp tài liệu vào cơ sở tri thức.")
@click.argument("paths", nargs=-1, required=True)
@click.option("--recursive", "-r", is_flag=True, help="Vào cả các thư mục con.")
@click.option("--dry-run", is_flag=True, help="Chỉ cho biết sẽ làm gì, không thay đổi gì.")
@click.option("--json", "as_json", is_flag=True, help="In báo cáo dạng JSON.")
def ingest_command(paths: tuple[str, ...], recursive: bool, dry_run: bool, as_json: bool) -> None:
    """Nạp tệp và thư mục PATHS: JSONL, Markdown, văn bản, HTML.

    Chạy lại với cùng đường dẫn chỉ xử lý phần thay đổi: tài liệu mới được thêm, tài liệu sửa được
    cập nhật, tài liệu đã xóa khỏi thư mục được gỡ bỏ.
    """
    for path in paths:
        if "://" in path:
            raise UnsupportedSource(
                f"Chưa nạp được địa chỉ mạng {path!r}. Tải trang về thành tệp .html rồi nạp tệp đó."
            )
    targets = [Path(path) for path in paths]
    settings = settings_of_environment()
    console = Console(stderr=True)
    with _progress_bar(console, quiet=as_json) as bar:
        task = bar.add_task("Đang đọc", total=None)

        def advance(done: int, total: int) -> None:
            bar.update(task, completed=done, total=max(total, 1))

        if dry_run:
            has_store = bool(settings.store.url) or (settings.data_dir / STORE_FILE).exists()
            with closing(open_store(settings)) if has_store else nullcontext() as store:
                report = plan_ingest(
                    store,
                    targets,
                    recursive=recursive,
                    max_file_mb=settings.ingest.max_file_mb,
                    progress=advance,
                )
        else:
            with open_knowledge_base(settings, purpose="ingest") as kb:
                report = ingest(kb, targets, recursive=recursive, progress=advance)
    if as_json:
        print_json(dict(report.to_data()))
    else:
        _print_report(Console(), report)
    if report.failed:
        click.echo(
            f"{len(report.failed)} tài liệu hoặc tệp bị lỗi, xem báo cáo; phần còn lại đã xong.",
            err=True,
        )
        raise SystemExit(1)


@click.command("reindex", short_help="Tạo lại chỉ mục từ kho tài liệu.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def reindex_command(as_json: bool) -> None:
    """Tạo lại chỉ mục tìm kiếm từ kho tài liệu theo thiết lập hiện tại."""
    settings = settings_of_environment()
    with open_knowledge_base(settings, purpose="reindex", rebuild=True) as kb:
        total = len(kb.store.states_in("pending"))
        done = 0
        with _progress_bar(Console(stderr=True), quiet=as_json) as bar:
            task = bar.add_task("Đang tạo chỉ mục", total=max(total, 1))
            for _ in finish_pending(kb):
                done += 1
                bar.update(task, completed=done)
        kb.index.optimize()
        rebuild_lexicon(kb)
    if as_json:
        print_json({"documents": done})
    else:
        click.echo(f"Đã tạo lại chỉ mục cho {done} tài liệu.")


def _progress_bar(console: Console, *, quiet: bool) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f}%"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    )


def _print_report(console: Console, report: IngestReport) -> None:
    shown: tuple[Outcome, ...] = (Outcome.FAILED, Outcome.SKIPPED)
    if report.dry_run:
        shown = (*shown, Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED)
        console.print("Chạy thử, chưa thay đổi gì:")
    for item in report.items:
        if item.outcome in shown:
            detail = item.reason or f"{item.document_id} - {item.title or ''}"
            line = f"  [{_LABELS[item.outcome]}] {detail}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    counts = [f"{_LABELS[outcome]} {count}" for outcome, count in report.counts.items() if count]
    summary = ", ".join(counts) or "không có gì để nạp"
    console.print(escape(f"{summary[0].upper()}{summary[1:]} ({report.seconds:.1f} giây)."))
