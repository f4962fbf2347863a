"""Options that several commands of `kb eval` share."""

from pathlib import Path

import click

from eval.formats import DEFAULT_SPLIT

dataset_option = click.option(
    "--dataset",
    "directory",
    required=True,
    type=click.Path(path_type=Path),
    help="Thư mục bộ đánh giá dạng BEIR.",
)
split_option = click.option(
    "--split", default=DEFAULT_SPLIT, show_default=True, help="Phần của bộ đánh giá."
)
corpus_option = click.option(
    "--corpus",
    type=click.Path(path_type=Path),
    help="Nạp thư mục này vào một kho tạm và đo trên đó, không đụng kho đang dùng.",
)
