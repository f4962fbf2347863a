"""Pools: unions of what runs found, with what is judged already marked."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from eval.comparison import ComparedRun
from eval.errors import DatasetError, EvaluationError, NotComparable
from eval.formats import Dataset, Run, ScoredDocument, Topic, write_run_trec
from eval.pool import PooledDocument, build_pool, count_new, pool_command, read_pool, write_pool

QRELS = {"q1": {"a": 2, "x": 0}, "q2": {"c": 1}}
TOPICS = (
    Topic("q1", "nuôi  tôm\tsạch", {}),
    Topic("q2", "hòa giải", {}),
    Topic("q3", "chuyện trên sao Hỏa", {"answerable": False}),
)


def dataset(tmp_path: Path) -> Dataset:
    return Dataset("bộ", tmp_path, "test", TOPICS, QRELS, {}, False, "digest")


def run_of(name: str, rankings: dict[str, str]) -> ComparedRun:
    run: Run = {
        query_id: [
            ScoredDocument(document_id, 1 - place / 10)
            for place, document_id in enumerate(documents)
        ]
        for query_id, documents in rankings.items()
    }
    return ComparedRun(name, run, TOPICS, QRELS, "digest", "", 0, {})


def test_pool_is_the_union_of_the_first_documents_with_grades(tmp_path: Path) -> None:
    runs = [run_of("one", {"q1": "zab", "q2": "c"}), run_of("two", {"q1": "xab", "q3": "f"})]
    pool = build_pool(dataset(tmp_path), runs, depth=2)
    assert [(item.query_id, item.document_id, item.grade) for item in pool] == [
        ("q1", "a", 2),
        ("q1", "x", 0),
        ("q1", "z", None),
        ("q2", "c", 1),
    ]
    assert count_new(pool) == {"q1": 1}


def test_order_tells_nothing_of_ranks_and_systems(tmp_path: Path) -> None:
    one, two = run_of("one", {"q1": "cab"}), run_of("two", {"q1": "bac"})
    assert build_pool(dataset(tmp_path), [one, two]) == build_pool(dataset(tmp_path), [two, one])


def test_topics_without_an_answer_are_not_pooled(tmp_path: Path) -> None:
    pool = build_pool(dataset(tmp_path), [run_of("one", {"q1": "a", "q3": "a"})])
    assert {item.query_id for item in pool} == {"q1"}


def test_run_of_other_topics_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotComparable, match=r"'q9'.*--dataset"):
        build_pool(dataset(tmp_path), [run_of("one", {"q1": "a", "q9": "a"})])
    with pytest.raises(NotComparable, match="không có kết quả"):
        build_pool(dataset(tmp_path), [run_of("one", {})])


def test_pool_survives_writing_and_reading(tmp_path: Path) -> None:
    pool = build_pool(dataset(tmp_path), [run_of("one", {"q1": "ab", "q2": "c"})])
    write_pool(pool, tmp_path / "pool.tsv")
    read = read_pool(tmp_path / "pool.tsv")
    assert [item.query for item in read] == ["nuôi tôm sạch", "nuôi tôm sạch", "hòa giải"]
    assert [(item.document_id, item.grade) for item in read] == [("a", 2), ("b", None), ("c", 1)]


def test_pool_saved_by_a_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "pool.tsv"
    write_pool([PooledDocument("q1", "a", None, "nuôi tôm")], path)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert read_pool(path) == [PooledDocument("q1", "a", None, "nuôi tôm")]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", "dòng đầu phải là"),
        ("query-id\tcorpus-id\tscore\n", "dòng đầu phải là"),
        ("query-id\tcorpus-id\tjudged\tquery\n", "không có cặp nào"),
        ("query-id\tcorpus-id\tjudged\tquery\nq1\ta\n", "dòng 2: thiếu cột"),
        ("query-id\tcorpus-id\tjudged\tquery\nq1\ta\thai\tq\n", "không phải số nguyên"),
        ("query-id\tcorpus-id\tjudged\tquery\nq1\ta\t\tq\nq1\ta\t\tq\n", "đã có ở trên"),
    ],
)
def test_broken_pools_are_named(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "pool.tsv"
    path.write_text(content)
    with pytest.raises(DatasetError, match=told):
        read_pool(path)


def test_missing_pool_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="kb eval pool"):
        read_pool(tmp_path / "pool.tsv")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "qrels").mkdir()
    (tmp_path / "queries.jsonl").write_text(
        "".join(json.dumps({"_id": item.query_id, "text": item.text}) + "\n" for item in TOPICS[:2])
    )
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t2\nq2\tc\t1\n")
    return tmp_path


def test_command_counts_what_each_run_brings(folder: Path) -> None:
    for name, documents in (("one", "ab"), ("two", "ca")):
        write_run_trec(run_of(name, {"q1": documents}).run, folder / f"{name}.trec", name)
    result = CliRunner().invoke(
        pool_command,
        [
            *(str(folder / f"{name}.trec") for name in ("one", "two")),
            *("--dataset", str(folder), "--depth", "1", "--json"),
            *("--output", str(folder / "pool.tsv")),
        ],
        catch_exceptions=False,
    )
    data = json.loads(result.stdout)
    assert (data["documents"], data["judged"], data["new"]) == (2, 1, 1)
    assert data["new_by_run"] == {"1. one": 0, "2. two": 1}
    assert len(read_pool(folder / "pool.tsv")) == 2


def test_command_refuses_a_file_that_is_no_run(folder: Path) -> None:
    (folder / "run.trec").write_text("hello\n")
    with pytest.raises(EvaluationError):
        CliRunner().invoke(
            pool_command,
            [str(folder / "run.trec"), "--dataset", str(folder)],
            catch_exceptions=False,
        )
