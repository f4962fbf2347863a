"""Commands `kb ingest` and `kb reindex`."""

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, nullcontext
from types import FrameType
from typing import Any

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ingest.indexing import finish_pending
from ingest.lexicon import rebuild_lexicon
from ingest.pipeline import RunOptions, ingest, plan_ingest
from ingest.remote import RemoteService
from ingest.report import OUTCOME_NAMES, IngestProgress, IngestReport, Outcome
from ingest.sources import is_upload
from kb.cli import print_json, settings_of_environment
from kb.errors import StoreError, StoreLocked
from kb.knowledge_base import STORE_FILE, open_knowledge_base, open_store
from kb.settings import Settings

# What shells report for a command that Ctrl+C ended.
_INTERRUPTED = 130
_LIST_PREFIX = "list:"
# Told how far the run is: bytes done, bytes in all, and in words.
_Tell = Callable[[int, int, str], None]


@click.command("ingest", short_help="Nạp tài liệu vào cơ sở tri thức.")
@click.argument("sources", nargs=-1)
@click.option("--recursive", "-r", is_flag=True, help="Vào cả các thư mục con.")
@click.option("--dry-run", is_flag=True, help="Chỉ cho biết sẽ làm gì, không thay đổi gì.")
@click.option("--force", is_flag=True, help="Đọc lại cả những nguồn không đổi.")
@click.option("--retry-failed", is_flag=True, help="Nạp lại các nguồn lỗi của những lần trước.")
@click.option("--json", "as_json", is_flag=True, help="In báo cáo dạng JSON.")
def ingest_command(
    sources: tuple[str, ...],
    recursive: bool,
    dry_run: bool,
    force: bool,
    retry_failed: bool,
    as_json: bool,
) -> None:
    """Nạp SOURCES: tệp, thư mục, địa chỉ mạng (trang, tệp, sitemap, RSS) hay tệp danh sách .urls.

    Chạy lại chỉ xử lý phần thay đổi: tài liệu mới được thêm, tài liệu sửa được cập nhật, tài liệu
    đã xóa khỏi thư mục được gỡ bỏ. Ctrl+C dừng sau lô đang ghi, không mất gì. Khi dịch vụ đang
    chạy, lệnh giao việc cho dịch vụ.
    """
    if not sources and not retry_failed:
        raise click.UsageError("Cho biết tệp, thư mục hay địa chỉ cần nạp, hoặc --retry-failed.")
    settings = settings_of_environment()
    console = Console(stderr=True)
    with _progress_bar(console, quiet=as_json) as bar, _stop_on_interrupt() as should_stop:
        task = bar.add_task("Đang đọc", total=None)

        def tell(done: int, total: int, words: str) -> None:
            bar.update(task, completed=done, total=max(total, 1), description=words)

        options = RunOptions(
            recursive=recursive,
            force=force,
            retry_failed=retry_failed,
            on_progress=lambda progress: tell(
                progress.bytes_done, progress.bytes_total, _words(progress)
            ),
            should_stop=should_stop,
        )
        run = _plan if dry_run else _run
        report = run(settings, sources, options, tell)
    if as_json:
        print_json(dict(report))
    else:
        _print_report(Console(), report)
    if report["cancelled"]:
        raise SystemExit(_INTERRUPTED)
    if report["failed"]:
        click.echo(
            f"{report['failed']} tài liệu hoặc tệp bị lỗi, xem báo cáo; phần còn lại đã xong. "
            "Xem lại bằng `kb jobs failures`.",
            err=True,
        )
        raise SystemExit(1)


def _plan(
    settings: Settings, sources: tuple[str, ...], options: RunOptions, tell: _Tell
) -> Mapping[str, Any]:
    del tell
    has_store = bool(settings.store.url) or (settings.data_dir / STORE_FILE).exists()
    with closing(open_store(settings)) if has_store else nullcontext() as store:
        report = plan_ingest(
            store,
            sources,
            settings=settings.ingest,
            web=settings.web,
            data_dir=settings.data_dir,
            options=options,
        )
    return report.to_data()


def _run(
    settings: Settings, sources: tuple[str, ...], options: RunOptions, tell: _Tell
) -> Mapping[str, Any]:
    try:
        with open_knowledge_base(settings, purpose="ingest") as kb:
            return ingest(kb, sources, options=options).to_data()
    except StoreLocked:
        service = RemoteService.holding(settings.data_dir)
        if service is None:
            raise
    return _run_remotely(service, sources, options, tell)


def _run_remotely(
    service: RemoteService, sources: tuple[str, ...], options: RunOptions, tell: _Tell
) -> Mapping[str, Any]:
    """Let the service that holds the data directory do the work, and wait for it."""
    job_id = service.submit(
        {
            "targets": [_absolute(name) for name in sources],
            "recursive": options.recursive,
            "force": options.force,
            "retry_failed": options.retry_failed,
        }
    )
    asked = False

    def watch(job: Mapping[str, Any]) -> None:
        nonlocal asked
        progress = job["progress"]
        tell(progress.get("done", 0), progress.get("total", 1), "Dịch vụ đang nạp")
        if options.should_stop() and not asked:
            asked = True
            service.cancel(job_id)

    job = service.watch(job_id, watch)
    if job["error"]:
        raise StoreError(f"Lượt nạp {job_id} bị đứt: {job['error']['detail']}")
    # One that was stopped while it waited has done nothing.
    return dict(job["report"] or IngestReport(cancelled=True).to_data())


def _absolute(name: str) -> str:
    """Return a source as the service finds it, which has a working directory of its own."""
    if "://" in name or is_upload(name):
        return name
    if name.startswith(_LIST_PREFIX):
        return _LIST_PREFIX + os.path.abspath(name.removeprefix(_LIST_PREFIX))  # noqa: PTH100
    return os.path.abspath(name)  # noqa: PTH100


def _words(progress: IngestProgress) -> str:
    """Return how far a run is, for the left of the bar."""
    files = f"{progress.files_done}/{progress.files_total} tệp"
    rate = f", {progress.rate:.1f} tài liệu/giây" if progress.documents else ""
    return f"{files}, {progress.documents} tài liệu{rate}"


@contextmanager
def _stop_on_interrupt() -> Iterator[Callable[[], bool]]:
    """Let the first Ctrl+C ask for a clean stop; a second one breaks off."""
    asked = False

    def ask(number: int, frame: FrameType | None) -> None:
        nonlocal asked
        if asked:
            signal.default_int_handler(number, frame)
        asked = True
        click.echo("Sẽ dừng sau lô đang ghi; nhấn Ctrl+C lần nữa để dừng ngay.", err=True)

    try:
        former = signal.signal(signal.SIGINT, ask)
    except ValueError:  # not the main thread: whoever runs us decides
        yield lambda: False
        return
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, former)


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


def _print_report(console: Console, report: Mapping[str, Any]) -> None:
    shown: tuple[Outcome, ...] = (Outcome.FAILED, Outcome.SKIPPED)
    if report["dry_run"]:
        shown = (*shown, Outcome.ADDED, Outcome.UPDATED, Outcome.REMOVED)
        console.print("Chạy thử, chưa thay đổi gì:")
    for item in report["items"]:
        if item["outcome"] in shown or "reason" in item:
            line = f"  [{OUTCOME_NAMES[Outcome(item['outcome'])]}] {_detail(item)}"
            console.print(line, markup=False, highlight=False, soft_wrap=True)
    counts = [f"{name} {report[key.value]}" for key, name in OUTCOME_NAMES.items() if report[key]]
    summary = ", ".join(counts)
    if report["cancelled"]:
        done = f"Đã xong trước khi dừng: {summary}." if summary else "Chưa nạp tài liệu nào."
        line = f"Đã dừng theo yêu cầu; chạy lại lệnh để nạp tiếp. {done}"
    else:
        summary = summary or "không có gì để nạp"
        line = f"{summary[0].upper()}{summary[1:]} ({report['seconds']:.1f} giây)."
    console.print(escape(line))


def _detail(item: Mapping[str, Any]) -> str:
    """Return what an item says; files of archives and mails are named with what they lie in."""
    if reason := item.get("reason"):
        outer, separator, _ = item["origin"].partition("!/")
        within = f"{outer.rpartition('/')[2]}: " if separator else ""
        return f"{within}{reason}"
    return " - ".join(part for part in (item["document_id"], item.get("title")) if part)
