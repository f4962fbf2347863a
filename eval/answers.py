"""Command `kb eval answers`."""

from functools import partial
from pathlib import Path

import click
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval.answer_checks import (
    AnswersRecord,
    add_answers_to_history,
    answers_record,
    ask_topics,
    circumstances_of,
    write_answers_record,
)
from eval.console import progress_bar, wide_console
from eval.experiment import open_for_dataset
from eval.formats import read_dataset
from eval.options import dataset_option, split_option
from kb.cli import print_json, settings_of_environment
from kb.errors import SettingsError
from retrieval.answering.llm import chat_writer


@click.command("answers", short_help="Đánh giá câu trả lời.")
@dataset_option
@split_option
@click.option(
    "--writer",
    type=click.Choice(["extractive", "auto"]),
    default="extractive",
    show_default=True,
    help="extractive: chỉ trích nguyên văn; auto: dùng mô hình ngôn ngữ đã thiết lập (KB_LLM__*).",
)
@click.option("--name", default="", help="Tên của lần đánh giá này.")
@click.option(
    "--record", "record_path", type=click.Path(path_type=Path), help="Ghi bản ghi ra tệp này nữa."
)
@click.option("--json", "as_json", is_flag=True, help="In bản ghi dạng JSON.")
def answers_command(
    directory: Path, split: str, writer: str, name: str, record_path: Path | None, as_json: bool
) -> None:
    """Hỏi mọi câu của bộ đánh giá và đo câu trả lời.

    Đo: ý đúng tìm được, trích dẫn đúng tài liệu, trích nguyên văn, con số có trong trích dẫn, từ
    chối đúng câu không có trong kho, thời gian.
    """
    settings = settings_of_environment()
    if writer == "auto" and not settings.llm.model:
        raise SettingsError(
            "--writer auto cần mô hình ngôn ngữ nhưng chưa có. Đặt KB_LLM__MODEL và "
            "KB_LLM__BASE_URL, hoặc bỏ --writer."
        )
    dataset = read_dataset(directory, split)
    with (
        progress_bar(quiet=as_json) as advance,
        open_for_dataset(dataset, settings, purpose="eval answers", progress=advance) as kb,
    ):
        circumstances = circumstances_of(dataset, kb)
        worded = chat_writer(settings.llm, kb.embedder) if writer == "auto" else None
        results = ask_topics(dataset, kb, writer=worded, progress=partial(advance, "answer"))
    record = answers_record(dataset, circumstances, results, name)
    kept = add_answers_to_history(record, settings)
    if record_path is not None:
        write_answers_record(record, record_path)
    if as_json:
        print_json(record.to_data())
        return
    print_answers(wide_console(), record)
    for note in circumstances.notes:
        click.echo(f"Lưu ý: {note}", err=True)
    click.echo(f"Bản ghi: {kept}", err=True)


_LABELS = {
    "nugget_recall": "Ý đúng tìm được",
    "nugget_recall_lenient": "  theo cách chấm rộng",
    "nugget_recall_pooled": "  tính gộp mọi ý",
    "nugget_cited": "  có trích tài liệu nêu ý",
    "document_recall": "Tài liệu cần trích được trích",
    "citation_precision": "Trích dẫn đúng tài liệu",
    "citation_precision_pooled": "  tính gộp mọi trích dẫn",
    "citation_recall": "Nhận định có trích dẫn đỡ",
    "quotes_verbatim": "Trích nguyên văn",
    "figures_supported": "Con số có trong trích dẫn",
    "answered": "Câu có lời đáp được trả lời",
    "written_by_llm": "Nhận định do mô hình ngôn ngữ viết",
    "refusal_precision": "Từ chối: độ chính xác",
    "refusal_recall": "Từ chối: độ phủ",
    "refusal_f1": "Từ chối: F1",
}
_STYLE_COLUMNS = {
    "nugget_recall": "Ý đúng",
    "nugget_cited": "Ý có trích",
    "citation_precision": "Trích đúng",
    "answered": "Được trả lời",
    "latency_p50_ms": "p50 (ms)",
}
_MUST_BE_WHOLE = frozenset({"quotes_verbatim", "figures_supported"})
_WORST = 5


def print_answers(console: Console, record: AnswersRecord) -> None:
    """Print the measures, their breakdown by style, refusals, and the worst topics."""
    measures = record.measures
    console.print(Text(f"Câu trả lời: {record.dataset.name}, {len(record.topics)} câu hỏi", "bold"))
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Thước đo")
    table.add_column("Giá trị", justify="right")
    for measure, label in _LABELS.items():
        if measure in measures:
            broken = measure in _MUST_BE_WHOLE and measures[measure] < 1.0
            value = f"{measures[measure]:.4f}"
            table.add_row(label, Text(value, "bold red") if broken else value)
    latency = f"{measures['latency_p50_ms']:.0f} / {measures['latency_p95_ms']:.0f} ms"
    table.add_row("Thời gian p50 / p95", latency)
    console.print(table)
    _print_styles(console, record)
    for reason, counts in record.reasons.items():
        console.print(
            f"Từ chối vì {reason or 'không rõ'}: đúng {counts['right']}, sai {counts['wrong']}",
            markup=False,
            highlight=False,
        )
    _print_worst(console, record)


def _print_styles(console: Console, record: AnswersRecord) -> None:
    if not record.by_style:
        return
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    table.add_column("Kiểu câu hỏi")
    table.add_column("Số câu", justify="right")
    for label in _STYLE_COLUMNS.values():
        table.add_column(label, justify="right")
    for style, measures in record.by_style.items():
        cells = [
            "" if name not in measures else f"{measures[name]:.{0 if name.endswith('ms') else 3}f}"
            for name in _STYLE_COLUMNS
        ]
        table.add_row(style, f"{measures['topics']:.0f}", *cells)
    console.print(table)


def _print_worst(console: Console, record: AnswersRecord) -> None:
    wrong = [topic for topic in record.topics if not topic.is_answerable and not topic.is_refusal]
    poor = sorted(
        (topic for topic in record.topics if topic.nugget_recall is not None),
        key=lambda topic: (topic.nugget_recall or 0.0, -len(topic.nuggets), topic.query_id),
    )
    poor = [topic for topic in poor if (topic.nugget_recall or 0.0) < 1.0]
    for title, topics in (("Trả lời câu lẽ ra phải từ chối", wrong), ("Kém nhất", poor)):
        if topics:
            console.print(f"\n[bold]{title}[/bold]")
        for topic in topics[:_WORST]:
            found = sum(item.is_found for item in topic.nuggets)
            what = f"{found}/{len(topic.nuggets)} ý" if topic.nuggets else "không có lời đáp"
            outcome = f"từ chối ({topic.reason})" if topic.is_refusal else topic.status
            console.print(
                f"  {topic.query_id}  {what}, {outcome}: {topic.text}",
                markup=False,
                highlight=False,
            )
