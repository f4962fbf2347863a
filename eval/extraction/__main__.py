"""Command `python -m eval.extraction`: measures and errors per article."""

from typing import cast

import click
from rich import box
from rich.table import Table

from eval.console import wide_console
from eval.extraction.articles import Split, read_articles
from eval.extraction.measure import Measured, check_floors, measure
from ingest.cases import extract_cases


@click.command()
@click.option("--split", type=click.Choice(["dev", "test"]), default="dev", help="Bộ bài viết.")
@click.option("--no-errors", is_flag=True, help="Không liệt kê lỗi.")
def main(split: str, no_errors: bool) -> None:
    """Đo việc tách mô hình khỏi bài viết trên bộ bài đã đánh dấu; dưới mức sàn thì mã thoát 1."""
    measured = measure(read_articles(cast(Split, split)), extract_cases)
    _print(measured, with_errors=not no_errors)
    failed = check_floors(measured)
    if failed:
        raise click.ClickException("; ".join(failed))


def _print(measured: Measured, *, with_errors: bool) -> None:
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
    for column in ("Bài", "Tên: đúng/tìm/có", "Số: đúng/tìm/có", "Lỗi"):
        table.add_column(column)
    for article in measured.articles:
        names, figures = article.names, article.figures
        table.add_row(
            article.article_id,
            f"{names.right}/{names.found}/{names.marked}",
            f"{figures.right}/{figures.found}/{figures.marked}",
            "\n".join(article.errors) if with_errors else str(len(article.errors)),
        )
    wide_console().print(table)
    for label, counts in (("Tên", measured.names), ("Số liệu", measured.figures)):
        click.echo(
            f"{label}: độ chính xác {counts.precision:.3f}, độ phủ {counts.recall:.3f}, "
            f"F1 {counts.f1:.3f} ({counts.right} đúng / {counts.found} tìm thấy / "
            f"{counts.marked} có)"
        )
    click.echo(f"Lấy nhầm từ phần giới thiệu bài khác: {measured.from_teasers}")


if __name__ == "__main__":
    main()
