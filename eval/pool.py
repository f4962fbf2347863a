"""Pools: which documents of several runs people still have to grade.

A pool is the union of the first documents of each run, for each topic. What stands outside it
counts as not relevant, so a run that took no part in the pooling is at a disadvantage: pool again
when a new kind of run comes along, and look at Judged@10.

The file says nothing of ranks and systems, so that a judge cannot be swayed by them.

Source: Sparck Jones & van Rijsbergen 1975, "Report on the need for and provision of an 'ideal'
information retrieval test collection"; Zobel 1998, "How reliable are the results of large-scale
information retrieval experiments?", SIGIR, for what the depth costs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from eval.comparison import ComparedRun, read_compared
from eval.errors import DatasetError, NotComparable
from eval.formats import DEFAULT_SPLIT, Dataset, read_dataset, write_text
from kb.cli import print_json

POOL_COLUMNS = ("query-id", "corpus-id", "judged", "query")
DEFAULT_DEPTH = 20

_WHITE_SPACE = re.compile(r"\s+")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class PooledDocument:
    """A document to be graded for a topic.

    Attributes:
        query_id: The topic.
        document_id: The document.
        grade: The grade that the dataset gives it already, or None.
        query: Text of the topic.
    """

    query_id: str
    document_id: str
    grade: int | None
    query: str


def build_pool(
    dataset: Dataset, runs: Sequence[ComparedRun], depth: int = DEFAULT_DEPTH
) -> list[PooledDocument]:
    """Return the union of the first documents of runs, for each answerable topic.

    Args:
        dataset: Its topics and judgements.
        runs: Rankings, best first.
        depth: How many documents of each ranking count.

    Returns:
        Topics in the order of the dataset, and within one by document id, which tells nothing of
        ranks and systems.

    Raises:
        NotComparable: A run answers none of the topics, or topics that the dataset does not have.
    """
    topics = {topic.query_id: topic for topic in dataset.topics}
    for item in runs:
        unknown = sorted(set(item.run) - set(topics) - set(dataset.unjudged))
        if unknown:
            shown = ", ".join(map(repr, unknown[:_SHOWN]))
            raise NotComparable(
                f"{item.name!r} trả lời {len(unknown)} truy vấn không có trong bộ đánh giá "
                f"{dataset.name!r}: {shown}. Chọn đúng --dataset và --split."
            )
        if not set(item.run) & set(topics):
            raise NotComparable(
                f"{item.name!r} không có kết quả cho truy vấn nào của bộ đánh giá "
                f"{dataset.name!r}. Kiểm tra tệp và --dataset."
            )
    pool: list[PooledDocument] = []
    for topic in dataset.topics:
        if not topic.is_answerable:
            continue
        grades = dataset.qrels.get(topic.query_id, {})
        union = {
            document.document_id
            for item in runs
            for document in item.run.get(topic.query_id, [])[:depth]
        }
        pool.extend(
            PooledDocument(topic.query_id, document_id, grades.get(document_id), topic.text)
            for document_id in sorted(union)
        )
    return pool


def write_pool(pool: Sequence[PooledDocument], path: Path) -> None:
    """Write a pool as tab separated values, replacing the file.

    Raises:
        EvaluationError: It cannot be written.
    """
    lines = ["\t".join(POOL_COLUMNS)]
    lines.extend(
        "\t".join(
            (
                item.query_id,
                item.document_id,
                "" if item.grade is None else str(item.grade),
                _WHITE_SPACE.sub(" ", item.query).strip(),
            )
        )
        for item in pool
    )
    write_text(path, "\n".join(lines) + "\n")


def read_pool(path: Path) -> list[PooledDocument]:
    """Return the pool of a file, in its order.

    Raises:
        DatasetError: The file is missing, empty or no pool, or holds a pair twice.
    """
    try:
        lines = path.read_text(encoding="utf-8-sig").split("\n")
    except FileNotFoundError as exc:
        raise DatasetError(
            f"Không có tệp {str(path)!r}. Tạo bằng `kb eval pool ... --output {path.name}`."
        ) from exc
    except (OSError, UnicodeDecodeError) as exc:
        raise DatasetError(f"Không đọc được {str(path)!r}: {exc}. Tạo lại tệp.") from exc
    if tuple(lines[0].rstrip("\r").split("\t")) != POOL_COLUMNS:
        raise DatasetError(
            f"{path}: dòng đầu phải là {', '.join(map(repr, POOL_COLUMNS))}, cách nhau bằng dấu "
            "tab. Tạo lại bằng `kb eval pool`."
        )
    pool: dict[tuple[str, str], PooledDocument] = {}
    for number, line in enumerate(lines[1:], 2):
        if not line.strip():
            continue
        cells = line.rstrip("\r").split("\t")
        where = f"{path}: dòng {number}"
        if len(cells) != len(POOL_COLUMNS) or not all(cells[place] for place in (0, 1, 3)):
            raise DatasetError(f"{where}: thiếu cột. Tạo lại tệp bằng `kb eval pool`.")
        query_id, document_id, grade, query = cells
        if grade and not re.fullmatch(r"[+-]?\d+", grade):
            raise DatasetError(f"{where}: mức {grade!r} không phải số nguyên. Sửa hoặc để trống.")
        if (query_id, document_id) in pool:
            raise DatasetError(
                f"{where}: cặp {query_id!r}, {document_id!r} đã có ở trên. Giữ lại một dòng."
            )
        pool[query_id, document_id] = PooledDocument(
            query_id, document_id, int(grade) if grade else None, query
        )
    if not pool:
        raise DatasetError(f"{path}: không có cặp nào để chấm. Tạo lại bằng `kb eval pool`.")
    return list(pool.values())


def count_new(pool: Sequence[PooledDocument]) -> dict[str, int]:
    """Return how many documents of each topic nobody has graded; topics without any are left out.

    Example:
        >>> count_new([PooledDocument("q", "a", None, "?"), PooledDocument("q", "b", 1, "?")])
        {'q': 1}
    """
    counts: dict[str, int] = {}
    for item in pool:
        if item.grade is None:
            counts[item.query_id] = counts.get(item.query_id, 0) + 1
    return counts


def _contributions(
    pool: Sequence[PooledDocument], runs: Sequence[ComparedRun], depth: int
) -> Mapping[str, int]:
    """Return how many ungraded documents each run brings, whether or not others bring them too."""
    new = {(item.query_id, item.document_id) for item in pool if item.grade is None}
    return {
        f"{number}. {item.name}": sum(
            (query_id, document.document_id) in new
            for query_id, ranking in item.run.items()
            for document in ranking[:depth]
        )
        for number, item in enumerate(runs, 1)
    }


@click.command("pool", short_help="Gộp kết quả nhiều lần chạy để chấm.")
@click.argument(
    "run_paths", metavar="RUN...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--dataset",
    "dataset_directory",
    required=True,
    type=click.Path(path_type=Path),
    help="Thư mục bộ đánh giá.",
)
@click.option("--split", default=DEFAULT_SPLIT, show_default=True, help="Phần của bộ đánh giá.")
@click.option(
    "--depth",
    type=click.IntRange(1, 1000),
    default=DEFAULT_DEPTH,
    show_default=True,
    help="Số tài liệu đầu của mỗi lần chạy.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("pool.tsv"),
    show_default=True,
    help="Tệp được ghi.",
)
@click.option("--json", "as_json", is_flag=True, help="In số đếm dạng JSON.")
def pool_command(
    run_paths: tuple[Path, ...],
    dataset_directory: Path,
    split: str,
    depth: int,
    output: Path,
    as_json: bool,
) -> None:
    """Gộp các tài liệu đầu của mỗi RUN (tệp TREC hoặc bản ghi) thành danh sách cần chấm."""
    dataset = read_dataset(dataset_directory, split)
    runs = [read_compared(path, dataset) for path in run_paths]
    pool = build_pool(dataset, runs, depth)
    write_pool(pool, output)
    new = count_new(pool)
    contributions = _contributions(pool, runs, depth)
    if as_json:
        print_json(
            {
                "output": str(output),
                "topics": len({item.query_id for item in pool}),
                "documents": len(pool),
                "judged": len(pool) - sum(new.values()),
                "new": sum(new.values()),
                "new_by_topic": new,
                "new_by_run": dict(contributions),
            }
        )
        return
    click.echo(
        f"Đã ghi {output}: {len(pool)} cặp truy vấn và tài liệu, "
        f"{len(pool) - sum(new.values())} đã chấm, {sum(new.values())} chưa chấm "
        f"({len(new)} truy vấn)."
    )
    for name, count in contributions.items():
        click.echo(f"  {name}: {count} cặp chưa chấm trong {depth} kết quả đầu")
    if new:
        click.echo(f"Chấm bằng: kb eval judge --pool {output} --judge TÊN")
