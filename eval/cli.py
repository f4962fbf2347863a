"""Group `kb eval`: its commands are imported when they are called.

A command is added by a line in `_COMMANDS`. `run` and `compare` stand here; a module that is not
there, or cannot be imported, spoils no command but its own.
"""

import importlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_args

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.comparison import (
    CONFIDENCE,
    DEFAULT_MEASURE,
    ComparedRun,
    Comparison,
    TopicChange,
    compare,
    read_compared,
)
from eval.console import progress_bar, wide_console
from eval.experiment import (
    STYLE_KEY,
    RunRecord,
    add_to_history,
    latency,
    open_for_dataset,
    run_experiment,
    write_record,
)
from eval.formats import DEFAULT_SPLIT, read_dataset, write_run_trec
from kb.cli import print_json, settings_of_environment
from kb.models import SearchMode
from retrieval.query import PART_NAMES, Parts


class _Command(NamedTuple):
    """Where a command is, as `module:attribute`, and its line in the help."""

    target: str
    help: str


_COMMANDS: Mapping[str, _Command] = {
    "ablation": _Command("eval.ablation:ablation_command", "So sánh khi tắt từng phần."),
    "answers": _Command("eval.answers:answers_command", "Đo câu trả lời và trích dẫn."),
    "cleaning": _Command("eval.cleaning:cleaning_command", "Đo việc lấy nội dung chính của trang."),
    "compare": _Command("eval.cli:compare_command", "So sánh hai lần chạy, có kiểm định."),
    "extraction": _Command("eval.extraction.__main__:main", "Đo việc rút mô hình từ bài viết."),
    "gate": _Command("eval.gate:gate_command", "Chặn khi chất lượng giảm so với mốc."),
    "judge": _Command("eval.judge:judge_command", "Chấm mức liên quan 0/1/2."),
    "pool": _Command("eval.pool:pool_command", "Gộp kết quả nhiều lần chạy để chấm."),
    "report": _Command("eval.report:report_command", "Báo cáo HTML có biểu đồ."),
    "calibrate": _Command("eval.calibrate:calibrate_command", "Hiệu chỉnh việc từ chối."),
    "train": _Command("eval.train:train_command", "Học trọng số xếp hạng."),
    "run": _Command("eval.cli:run_command", "Chạy bộ truy vấn và đo kết quả tìm kiếm."),
}

_STAGES: Mapping[str, str] = {
    "parse": "đọc câu hỏi",
    "embed": "nhúng câu hỏi",
    "dense": "tìm theo nghĩa",
    "lexical": "tìm theo từ",
    "fuse": "gộp điểm",
    "rerank": "xếp lại",
    "load": "đọc tài liệu",
    "highlight": "tô đậm",
    "total": "tổng cộng",
}
_TOP = 5


class _LazyGroup(click.Group):
    """A group that imports a command when it is called, and none to list them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = _COMMANDS.get(cmd_name)
        if entry is None:
            return None
        module, _, attribute = entry.target.partition(":")
        try:
            command: click.Command = getattr(importlib.import_module(module), attribute)
        except (ModuleNotFoundError, AttributeError) as exc:
            if isinstance(exc, ModuleNotFoundError) and exc.name != module:
                raise
            raise click.UsageError(
                f"Lệnh {cmd_name!r} chưa có trong bản cài đặt này (thiếu {entry.target}).", ctx
            ) from exc
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        del ctx
        with formatter.section("Các lệnh"):
            formatter.write_dl([(name, _COMMANDS[name].help) for name in sorted(_COMMANDS)])


@click.group("eval", cls=_LazyGroup, short_help="Đo chất lượng tìm kiếm và trả lời.")
def eval_group() -> None:
    """Đo chất lượng tìm kiếm và trả lời bằng bộ truy vấn đã chấm."""


_DATASET = click.Path(path_type=Path, file_okay=True, dir_okay=True)


@click.command("run", short_help=_COMMANDS["run"].help)
@click.option(
    "--dataset",
    "directory",
    type=_DATASET,
    required=True,
    metavar="THƯ_MỤC",
    help="Bộ đánh giá dạng BEIR: queries.jsonl, qrels/, có thể có corpus.jsonl.",
)
@click.option("--split", default=DEFAULT_SPLIT, show_default=True, help="Tệp trong qrels/.")
@click.option("--mode", type=click.Choice(get_args(SearchMode)), default="hybrid", help="Cách tìm.")
@click.option(
    "--top-k",
    type=click.IntRange(1, 1000),
    default=100,
    show_default=True,
    help="Số tài liệu mỗi truy vấn.",
)
@click.option(
    "--without",
    multiple=True,
    metavar="PHẦN",
    help=f"Tắt một phần hiểu câu hỏi: {', '.join(PART_NAMES)}, hoặc all.",
)
@click.option("--name", default="", help="Tên của lần chạy, để phân biệt khi so sánh.")
@click.option("--by", multiple=True, metavar="KHÓA", help="Chia thêm theo khóa metadata này.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="TỆP",
    help="Ghi kết quả dạng TREC.",
)
@click.option(
    "--record",
    "record_path",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="TỆP",
    help="Ghi bản ghi đầy đủ (JSON) để so sánh.",
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def run_command(
    directory: Path,
    split: str,
    mode: SearchMode,
    top_k: int,
    without: tuple[str, ...],
    name: str,
    by: tuple[str, ...],
    output: Path | None,
    record_path: Path | None,
    as_json: bool,
) -> None:
    """Tìm từng truy vấn của một bộ đánh giá và đo kết quả.

    Bộ có corpus.jsonl được lập chỉ mục riêng trong thư mục đệm, không đụng tới cơ sở tri thức;
    bộ không có thì chạy trên cơ sở tri thức hiện tại (KB_DATA_DIR).
    """
    settings = settings_of_environment()
    parts = Parts.without(without)
    dataset = read_dataset(directory, split)
    with (
        progress_bar(quiet=as_json) as progress,
        open_for_dataset(dataset, settings, progress=progress) as kb,
    ):
        record = run_experiment(
            dataset, kb, mode=mode, top_k=top_k, parts=parts, name=name, by=by, progress=progress
        )
    if as_json:
        print_json(summary(record))
    else:
        _print_record(wide_console(), record)
    if output:
        write_run_trec(record.run, output, record.name)
    if record_path:
        write_record(record, record_path)
    add_to_history(record, settings)


@click.command("compare", short_help=_COMMANDS["compare"].help)
@click.argument("first", metavar="A", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("second", metavar="B", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--dataset",
    "directory",
    type=_DATASET,
    metavar="THƯ_MỤC",
    help="Bộ đánh giá; cần khi A hoặc B là tệp TREC.",
)
@click.option("--split", default=DEFAULT_SPLIT, show_default=True, help="Tệp trong qrels/.")
@click.option("--measure", default=DEFAULT_MEASURE, show_default=True, help="Tên của ir-measures.")
@click.option(
    "--topics",
    "shown",
    type=click.IntRange(0, 1000),
    default=5,
    show_default=True,
    help="Số truy vấn thay đổi nhiều nhất được in ra.",
)
@click.option("--seed", type=int, default=0, show_default=True, help="Hạt giống ngẫu nhiên.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def compare_command(
    first: Path,
    second: Path,
    directory: Path | None,
    split: str,
    measure: str,
    shown: int,
    seed: int,
    as_json: bool,
) -> None:
    """So sánh lần chạy B với A: bản ghi của `kb eval run --record`, hoặc tệp TREC."""
    settings_of_environment()
    dataset = read_dataset(directory, split) if directory else None
    sides = (read_compared(first, dataset), read_compared(second, dataset))
    comparison = compare(*sides, measure=measure, seed=seed)
    if as_json:
        print_json(_comparison_data(comparison, sides, shown))
    else:
        _print_comparison(wide_console(), comparison, sides, shown)


def summary(record: RunRecord) -> dict[str, Any]:
    """Return a record as plain data without its rankings, judgements and texts."""
    data = record.to_data()
    for name in ("run", "topics", "qrels", "titles", "timings_ms", "settings"):
        del data[name]
    return {
        **data,
        "topics": len(record.topics),
        "ranking_topics": len(record.per_query),
        "latency_ms": latency(record),
    }


def _comparison_data(
    comparison: Comparison, sides: Sequence[ComparedRun], shown: int
) -> dict[str, Any]:
    texts = {topic.query_id: topic.text for topic in sides[0].topics}
    changed = [change for change in comparison.changes[:shown] if change.difference]
    return {
        **comparison.to_data(),
        "most_changed": [
            {
                "query_id": change.query_id,
                "text": texts[change.query_id],
                "difference": change.difference,
                **{
                    key: [
                        {
                            "document_id": item.document_id,
                            "grade": side.qrels[change.query_id].get(item.document_id),
                        }
                        for item in side.run.get(change.query_id, ())[:_TOP]
                    ]
                    for key, side in zip(("first", "second"), sides, strict=True)
                },
            }
            for change in changed
        ],
    }


def _print_record(console: Console, record: RunRecord) -> None:
    dataset = record.dataset
    console.print(
        Text(
            f"{record.name}: {dataset.name}/{dataset.split}, {record.mode}, "
            f"{len(record.per_query)} truy vấn có đáp án trên {len(record.topics)}",
            "bold",
        )
    )
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("")
    table.add_column("n", justify="right")
    for name in record.measures:
        table.add_column(name, justify="right")
    _add_row(table, "tất cả", len(record.per_query), record.measures, "bold")
    for key, groups in record.breakdowns.items():
        if groups:
            table.add_section()
        prefix = "" if key == STYLE_KEY else f"{key} = "
        for value, measures in groups.items():
            _add_row(table, prefix + value, record.counts[key][value], measures)
    console.print(table)
    _print_latency(console, record)
    for note in record.notes:
        console.print(Text(f"Lưu ý: {note}", "yellow"))


def _add_row(
    table: Table, label: str, count: int, measures: Mapping[str, float], style: str = ""
) -> None:
    cells = [f"{value:.3f}" for value in measures.values()]
    table.add_row(Text(label), str(count), *cells, style=style)


def _print_latency(console: Console, record: RunRecord) -> None:
    stages = latency(record)
    if not stages:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("ms mỗi truy vấn")
    for percentile in stages["total"]:
        table.add_column(percentile, justify="right")
    for stage, values in stages.items():
        cells = [f"{value:.1f}" for value in values.values()]
        style = "bold" if stage == "total" else ""
        table.add_row(_STAGES.get(stage, stage), *cells, style=style)
    console.print(table)


def _print_comparison(
    console: Console, comparison: Comparison, sides: Sequence[ComparedRun], shown: int
) -> None:
    test = comparison.significance
    for label, name, mean in zip("AB", comparison.names, comparison.means, strict=True):
        console.print(Text(f"{label}  {comparison.measure} {mean:.4f}  {name}"))
    low, high = test.interval
    how = "tất cả" if test.is_exact else "ngẫu nhiên"
    console.print(
        Text(
            f"B - A = {test.difference:+.4f}, khoảng tin cậy {CONFIDENCE:.0%} "
            f"[{low:+.4f}, {high:+.4f}], p = {test.p_value:.4f}",
            "bold",
        )
    )
    console.print(
        Text(
            f"{len(comparison.changes)} truy vấn: B hơn {comparison.wins}, bằng {comparison.ties}, "
            f"kém {comparison.losses}. Kiểm định hoán vị theo cặp, hai phía, "
            f"{test.permutations} hoán vị ({how}); khoảng tin cậy bootstrap.",
            "dim",
        )
    )
    for warning in comparison.warnings:
        console.print(Text(f"Lưu ý: {warning}", "yellow"))
    for change in comparison.changes[:shown]:
        if change.difference:
            _print_change(console, change, sides)


def _print_change(console: Console, change: TopicChange, sides: Sequence[ComparedRun]) -> None:
    text = next(topic.text for topic in sides[0].topics if topic.query_id == change.query_id)
    colour = "green" if change.difference > 0 else "red"
    heading = Text(f"\n{change.query_id}  {text}", "bold")
    heading.append(f"  {change.first:.3f} → {change.second:.3f} ({change.difference:+.3f})", colour)
    console.print(heading)
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, show_header=False, expand=True)
    table.add_column(width=1)
    for _ in sides:
        table.add_column(ratio=1, no_wrap=True, overflow="ellipsis")
    lists = [side.run.get(change.query_id, ())[:_TOP] for side in sides]
    for place in range(max(map(len, lists))):
        cells = []
        for side, ranking in zip(sides, lists, strict=True):
            if place < len(ranking):
                document_id = ranking[place].document_id
                grade = side.qrels[change.query_id].get(document_id)
                mark = "?" if grade is None else str(grade)
                label = f"[{mark}] {side.titles.get(document_id, document_id)}"
                cells.append(Text(label, "green" if grade else ""))
            else:
                cells.append(Text(""))
        table.add_row(str(place + 1), *cells)
    console.print(table)
