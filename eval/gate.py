"""Command `kb eval gate`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.baseline import (
    BASELINE,
    Check,
    Verdict,
    check_gate,
    measure_pin,
    open_for_gate,
    pin_anew,
    read_baseline,
)
from eval.console import progress_bar, wide_console
from eval.errors import EvaluationError
from eval.formats import read_dataset
from eval.options import corpus_option, dataset_option, split_option
from kb.cli import print_json, settings_of_environment

_LABELS = {
    "nugget_recall": "ý đúng tìm được",
    "citation_precision": "trích dẫn đúng tài liệu",
    "refusal_f1": "từ chối đúng (F1)",
    "quotes_verbatim": "trích nguyên văn",
    "figures_supported": "con số có trong trích dẫn",
}
_VERDICTS: Mapping[Verdict, tuple[str, str]] = {
    "better": ("tốt hơn", "green"),
    "same": ("đạt", "green"),
    "noise": ("đạt, giảm trong sai số", "yellow"),
    "worse": ("KHÔNG ĐẠT", "bold red"),
}

# Failed measures that the message names; the table above it has them all.
_NAMED = 3


@click.command("gate", short_help="Chặn thay đổi làm giảm chất lượng.")
@dataset_option
@split_option
@click.option(
    "--baseline",
    type=click.Path(path_type=Path),
    default=BASELINE,
    help="Tệp mốc so sánh (mặc định eval/baseline.json).",
)
@corpus_option
@click.option("--pin", is_flag=True, help="Ghim kết quả hiện tại làm mốc mới.")
@click.option("--allow-lower", is_flag=True, help="Cho phép --pin hạ mốc.")
@click.option("--json", "as_json", is_flag=True, help="In kết quả dạng JSON.")
def gate_command(
    directory: Path,
    split: str,
    baseline: Path,
    corpus: Path | None,
    pin: bool,
    allow_lower: bool,
    as_json: bool,
) -> None:
    """Tìm và trả lời mọi câu của bộ đánh giá rồi so với mốc đã ghim; kém hơn thì thoát với mã 1."""
    settings = settings_of_environment()
    dataset = read_dataset(directory, split)
    pins = read_baseline(baseline)
    with (
        progress_bar(quiet=as_json) as progress,
        open_for_gate(dataset, settings, corpus, progress=progress) as kb,
    ):
        if pin:
            now = measure_pin(dataset, kb, progress=progress)
            checks = pin_anew(pins, dataset.name, now, baseline, allow_lower=allow_lower)
        else:
            checks = check_gate(pins.get(dataset.name), dataset, kb, baseline, progress=progress)
    failed = [check for check in checks if check.verdict == "worse"]
    if as_json:
        rows = [asdict(check) for check in checks]
        print_json({"dataset": dataset.name, "passed": not failed, "checks": rows})
    else:
        print_checks(wide_console(), checks)
    if failed:
        raise EvaluationError(_failure(failed))
    if not as_json:
        _print_outcome(checks, baseline, pin=pin)


def _failure(failed: Sequence[Check]) -> str:
    reasons = "; ".join(
        f"{_label(check.measure)} {check.pinned:.4f} -> {check.now:.4f} ({check.why})"
        for check in failed[:_NAMED]
    )
    if len(failed) > _NAMED:
        reasons += f"; và {len(failed) - _NAMED} thước đo nữa"
    return (
        f"Chất lượng giảm quá sai số: {reasons}. Tìm câu kém đi: chạy `kb eval run --record` trước "
        "và sau thay đổi rồi `kb eval compare`. Chỉ khi chủ ý đánh đổi mới ghim lại bằng "
        "`kb eval gate --pin --allow-lower`."
    )


def _print_outcome(checks: Sequence[Check], baseline: Path, *, pin: bool) -> None:
    if pin:
        click.echo(f"Đã ghim vào {baseline}. Lưu tệp này vào git.")
        return
    click.echo("Đạt.")
    if any(check.verdict == "better" for check in checks):
        click.echo("Có thước đo tốt hơn mốc: ghim mốc mới bằng --pin để giữ lấy.")


def print_checks(console: Console, checks: Sequence[Check]) -> None:
    """Print one line a measure: pinned, now, verdict."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Thước đo")
    table.add_column("Mốc", justify="right")
    table.add_column("Nay", justify="right")
    table.add_column("Kết luận")
    for check in checks:
        text, style = _VERDICTS[check.verdict]
        verdict = Text(text, style)
        if check.why:
            verdict.append(f" ({check.why})", "dim")
        table.add_row(_label(check.measure), f"{check.pinned:.4f}", f"{check.now:.4f}", verdict)
    console.print(table)


def _label(measure_name: str) -> str:
    return _LABELS.get(measure_name, measure_name)
