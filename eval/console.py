"""How the evaluation commands talk to a terminal: progress, and tables that keep their width."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as ProgressBar

# Called with what is being done, how much of it is done, and how much there is.
Advance = Callable[[str, int, int], None]

_STAGES = {"index": "Đang tạo chỉ mục", "search": "Đang tìm", "answer": "Đang hỏi"}
_TABLE_WIDTH = 110


@contextmanager
def progress_bar(*, quiet: bool) -> Iterator[Advance]:
    """Show on standard error how indexing, searching and asking go on."""
    console = Console(stderr=True)
    with ProgressBar(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=quiet or not console.is_terminal,
    ) as bar:
        tasks = {stage: bar.add_task(label, visible=False) for stage, label in _STAGES.items()}

        def advance(stage: str, done: int, total: int) -> None:
            bar.update(tasks[stage], completed=done, total=total, visible=True)

        yield advance


def wide_console() -> Console:
    """Return a console that does not squeeze a table when the output is piped."""
    console = Console()
    return console if console.is_terminal else Console(width=_TABLE_WIDTH)
