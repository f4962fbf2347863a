"""Datasets, judgements and runs: what is read, what is written, what is refused."""

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import ir_measures
import pytest

from eval.errors import DatasetError, RunFileError
from eval.formats import (
    Nugget,
    ScoredDocument,
    Topic,
    content_digest,
    read_dataset,
    read_nuggets,
    read_qrels_trec,
    read_qrels_tsv,
    read_queries,
    read_run_trec,
    write_qrels_trec,
    write_qrels_tsv,
    write_run_trec,
)

HEADER = "query-id\tcorpus-id\tscore\n"
QUERIES: list[dict[str, Any]] = [
    {"_id": "q1", "text": "ngôi nhà xanh", "metadata": {"style": "keyword"}},
    {"_id": "q2", "text": "tổ hùn vốn"},
    {"_id": "q3", "text": "giá vàng", "metadata": {"answerable": False}},
]
CORPUS: list[dict[str, Any]] = [
    {"_id": "d1", "title": "Ngôi nhà xanh", "text": "Thu gom chai nhựa."},
    {"_id": "d2", "title": "", "text": "Tổ hùn vốn xoay vòng."},
]


def write_lines(path: Path, records: Sequence[Mapping[str, Any]]) -> None:
    path.write_text(
        "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records),
        encoding="utf-8",
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    directory = tmp_path / "tiny"
    (directory / "qrels").mkdir(parents=True)
    write_lines(directory / "queries.jsonl", QUERIES)
    write_lines(directory / "corpus.jsonl", CORPUS)
    (directory / "qrels" / "test.tsv").write_text(
        HEADER + "q1\td1\t2\nq1\td2\t0\nq2\td2\t1\n", encoding="utf-8"
    )
    return directory


def test_a_beir_folder_becomes_a_dataset(folder: Path) -> None:
    write_lines(
        folder / "nuggets.jsonl",
        [
            {
                "query_id": "q2",
                "nuggets": [{"text": "40 tỷ", "numbers": ["40 tỷ đồng"], "documents": ["d2"]}],
            }
        ],
    )
    dataset = read_dataset(folder)
    assert (dataset.name, dataset.split, dataset.has_corpus) == ("tiny", "test", True)
    assert dataset.topics == (
        Topic("q1", "ngôi nhà xanh", {"style": "keyword"}),
        Topic("q2", "tổ hùn vốn", {}),
        Topic("q3", "giá vàng", {"answerable": False}),
    )
    assert [(topic.style, topic.is_answerable) for topic in dataset.topics] == [
        ("keyword", True),
        ("", True),
        ("", False),
    ]
    assert dataset.qrels == {"q1": {"d1": 2, "d2": 0}, "q2": {"d2": 1}}
    assert dataset.nuggets == {"q2": (Nugget("40 tỷ", ("40 tỷ đồng",), ("d2",)),)}
    assert dataset.judged_documents == {"d1", "d2"}
    assert dataset.unjudged == ()


def test_topics_are_those_of_the_split_and_unanswerable_ones_of_no_other(folder: Path) -> None:
    write_lines(
        folder / "queries.jsonl",
        [
            *QUERIES,
            {"_id": "q4", "text": "của tập khác", "metadata": {"answerable": False}},
            {"_id": "q5", "text": "chưa chấm"},
        ],
    )
    (folder / "qrels" / "dev.tsv").write_text(HEADER + "q4\td1\t1\n", encoding="utf-8")
    dataset = read_dataset(folder)
    assert [topic.query_id for topic in dataset.topics] == ["q1", "q2", "q3"]
    assert dataset.unjudged == ("q5",)
    assert [topic.query_id for topic in read_dataset(folder, "dev").topics] == ["q3", "q4"]


def test_judgements_in_trec_form_serve_as_well(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").unlink()
    (folder / "qrels" / "test.trec").write_text("q1 0 d1 2\nq2 Q0 d2 1\n", encoding="utf-8")
    assert read_dataset(folder).qrels == {"q1": {"d1": 2}, "q2": {"d2": 1}}


def test_byte_order_marks_and_windows_line_ends_change_nothing(folder: Path) -> None:
    before = read_dataset(folder)
    for path in [*folder.glob("*.jsonl"), folder / "qrels" / "test.tsv"]:
        text = path.read_bytes().replace(b"\n", b"\r\n")
        path.write_bytes(b"\xef\xbb\xbf" + text)
    assert read_dataset(folder) == before


@pytest.mark.parametrize("file", ["queries.jsonl", "corpus.jsonl", "qrels/test.tsv"])
def test_the_digest_changes_with_each_file(folder: Path, file: str) -> None:
    before = read_dataset(folder).digest
    path = folder / file
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("Thu gom", "Gom").replace("hùn", "góp").replace("\t2", "\t1"))
    assert read_dataset(folder).digest != before


def test_moving_a_line_from_one_file_to_the_next_changes_the_digest(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_text("1\n2\n")
    second.write_text("3\n")
    before = content_digest([first, second])
    first.write_text("1\n")
    second.write_text("2\n3\n")
    assert content_digest([first, second]) != before


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ("q9\td1\t1\n", "truy vấn không có trong queries.jsonl: 'q9'"),
        ("q1\td9\t1\n", "tài liệu không có trong corpus.jsonl: 'd9'"),
        ("q1\td1\t1\nq1\td1\t1\n", "dòng 3: cặp 'q1', 'd1' đã được đánh giá"),
        ("q1\td1\t1.5\n", "dòng 2: mức đánh giá '1.5' không phải số nguyên"),
        ("q1\td1\t1.0\n", "'1.0' không phải số nguyên"),
        ("q1\td1\tcao\n", "'cao' không phải số nguyên"),
        ("q1\td1\n", "dòng 2: cần 3 cột, đang có 2"),
        ("q1 d1 1\n", "dòng 2: cần 3 cột, đang có 1"),
        ("q1\t\t1\n", "'corpus-id' phải là chuỗi không trống"),
        ("", "không có đánh giá nào"),
    ],
)
def test_broken_judgements_are_refused_with_file_and_line(
    folder: Path, rows: str, said: str
) -> None:
    (folder / "qrels" / "test.tsv").write_text(HEADER + rows, encoding="utf-8")
    with pytest.raises(DatasetError) as error:
        read_dataset(folder)
    assert said in str(error.value)
    assert "test.tsv" in str(error.value)


def test_judgements_without_header_are_refused(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("q1\td1\t1\n", encoding="utf-8")
    with pytest.raises(DatasetError, match="dòng 1: thiếu dòng tiêu đề"):
        read_dataset(folder)


def test_an_empty_judgement_file_is_refused(folder: Path) -> None:
    (folder / "qrels" / "test.tsv").write_text("")
    with pytest.raises(DatasetError, match="không có đánh giá nào"):
        read_dataset(folder)


def test_a_missing_split_is_refused_with_those_that_are_there(folder: Path) -> None:
    with pytest.raises(DatasetError, match=r"dev\.tsv'\. Đang có: test\. Chọn bằng --split"):
        read_dataset(folder, "dev")


def test_a_folder_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Không có thư mục bộ đánh giá"):
        read_dataset(tmp_path / "none")


@pytest.mark.parametrize(
    ("file", "text", "said"),
    [
        ("queries.jsonl", "", "không có truy vấn nào"),
        ("queries.jsonl", "\n\n", "không có truy vấn nào"),
        ("queries.jsonl", "{oops\n", "dòng 1: JSON sai"),
        ("queries.jsonl", "[1]\n", "dòng 1: phải là một đối tượng JSON"),
        ("queries.jsonl", '{"_id": 1, "text": "x"}\n', "'_id' phải là chuỗi"),
        ("queries.jsonl", '{"_id": "a b", "text": "x"}\n', "không có khoảng trắng"),
        ("queries.jsonl", '{"_id": "a", "text": " "}\n', "'text' phải là câu truy vấn"),
        ("queries.jsonl", '{"_id": "a", "text": "x", "metadata": []}\n', "'metadata' phải là"),
        (
            "queries.jsonl",
            '{"_id": "a", "text": "x", "metadata": {"answerable": "no"}}\n',
            "'metadata.answerable' phải là true hoặc false",
        ),
        (
            "queries.jsonl",
            '{"_id": "a", "text": "x"}\n{"_id": "a", "text": "y"}\n',
            "dòng 2: mã truy vấn 'a' đã có",
        ),
        ("corpus.jsonl", "", "không có tài liệu nào"),
        (
            "corpus.jsonl",
            '{"_id": "d1", "text": "x"}\n{"_id": "d1", "text": "y"}\n',
            "dòng 2: mã tài liệu 'd1' đã có",
        ),
        ("nuggets.jsonl", '{"query_id": "q1"}\n', "'nuggets' phải là một danh sách"),
        ("nuggets.jsonl", '{"query_id": "q1", "nuggets": [{}]}\n', "cần 'text' không trống"),
        (
            "nuggets.jsonl",
            '{"query_id": "q1", "nuggets": [{"text": "x", "numbers": [3]}]}\n',
            "'numbers' phải là danh sách các chuỗi",
        ),
        (
            "nuggets.jsonl",
            '{"query_id": "q1", "nuggets": [{"text": "x", "documents": ["d9"]}]}\n',
            "tài liệu không có trong corpus.jsonl: 'd9'",
        ),
        (
            "nuggets.jsonl",
            '{"query_id": "q9", "nuggets": []}\n',
            "truy vấn không có trong queries.jsonl: 'q9'",
        ),
        (
            "nuggets.jsonl",
            '{"query_id": "q1", "nuggets": []}\n{"query_id": "q1", "nuggets": []}\n',
            "dòng 2: truy vấn 'q1' đã có",
        ),
    ],
)
def test_broken_lines_are_refused_with_file_and_line(
    folder: Path, file: str, text: str, said: str
) -> None:
    (folder / file).write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError) as error:
        read_dataset(folder)
    assert said in str(error.value)
    assert file in str(error.value)


def test_files_that_are_no_utf8_are_refused(folder: Path) -> None:
    (folder / "queries.jsonl").write_bytes("ngôi nhà".encode("utf-16"))
    with pytest.raises(DatasetError, match="không phải UTF-8"):
        read_queries(folder / "queries.jsonl")


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="Không có tệp"):
        read_nuggets(tmp_path / "nuggets.jsonl")
    with pytest.raises(RunFileError, match="Không có tệp"):
        read_run_trec(tmp_path / "run.trec")


def test_line_separators_inside_json_do_not_part_lines(tmp_path: Path) -> None:
    path = tmp_path / "queries.jsonl"
    path.write_text('{"_id": "q1", "text": "a\u2028b\u0085c"}\n', encoding="utf-8")
    assert [topic.text for topic in read_queries(path)] == ["a\u2028b\u0085c"]


def test_judgements_round_trip_in_both_forms(tmp_path: Path) -> None:
    qrels = {"q1": {"d1": 2, "d2": 0, "d3": -1}, "q2": {"d1": 1}}
    write_qrels_tsv(qrels, tmp_path / "a.tsv")
    write_qrels_trec(qrels, tmp_path / "a.trec")
    assert read_qrels_tsv(tmp_path / "a.tsv") == qrels
    assert read_qrels_trec(tmp_path / "a.trec") == qrels
    theirs = {
        (item.query_id, item.doc_id, item.relevance)
        for item in ir_measures.read_trec_qrels(str(tmp_path / "a.trec"))
    }
    assert theirs == {("q1", "d1", 2), ("q1", "d2", 0), ("q1", "d3", -1), ("q2", "d1", 1)}


def test_a_run_round_trips_with_its_order(tmp_path: Path) -> None:
    run = {
        "q1": [ScoredDocument("d3", 0.75), ScoredDocument("d1", 0.5), ScoredDocument("d2", 0.25)],
        "q2": [ScoredDocument("d1", 12.5)],
    }
    path = tmp_path / "out" / "run.trec"
    write_run_trec(run, path, "hệ thống 1")
    assert path.read_text(encoding="utf-8").splitlines()[0] == "q1 Q0 d3 1 0.75 hệ-thống-1"
    assert read_run_trec(path) == run


def test_a_written_run_has_no_ties_even_in_32_bits(tmp_path: Path) -> None:
    close = 0.5 + 1e-12
    ranking = [
        ScoredDocument(f"d{place}", score)
        for place, score in enumerate([close, 0.5, 0.5, 0.5, 1e-30, 0.0, 0.0, -3.0])
    ]
    write_run_trec({"q": ranking}, tmp_path / "run.trec", "t")
    again = read_run_trec(tmp_path / "run.trec")["q"]
    assert [item.document_id for item in again] == [item.document_id for item in ranking]
    for mine, written in zip(ranking, again, strict=True):
        assert written.score == pytest.approx(mine.score, rel=1e-6, abs=1e-40)
    # trec_eval breaks ties by descending id, so it would turn d1, d2, d3 round.
    qrels = {"q": {"d1": 1}}
    run = {"q": {item.document_id: item.score for item in again}}
    assert ir_measures.calc_aggregate([ir_measures.parse_measure("RR")], qrels, run) == {
        ir_measures.parse_measure("RR"): 0.5
    }


def test_tied_scores_go_by_document_id_whatever_their_ranks(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "run.trec"
    path.write_text("q Q0 b 1 2.0 t\nq Q0 c 2 1.0 t\nq Q0 a 3 1.0 t\n")
    assert [item.document_id for item in read_run_trec(path)["q"]] == ["b", "a", "c"]
    assert "ties in run" in caplog.text


def test_ranks_may_start_at_zero_and_lines_stand_in_any_order(tmp_path: Path) -> None:
    path = tmp_path / "run.trec"
    path.write_text("q Q0 b 1 1.0 t\nq Q0 a 0 2.0 t\n")
    assert [item.document_id for item in read_run_trec(path)["q"]] == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "không có kết quả nào"),
        ("q Q0 a 1 2.0\n", "dòng 1: cần 6 cột"),
        ("q Q0 a first 2.0 t\n", "hạng 'first' không phải số nguyên"),
        ("q Q0 a 1 high t\n", "điểm 'high' không phải"),
        ("q Q0 a 1 nan t\n", "điểm 'nan' không phải"),
        ("q Q0 a 1 inf t\n", "điểm 'inf' không phải"),
        ("q Q0 a 1 2 t\nq Q0 a 2 1 t\n", "dòng 2: tài liệu 'a' xuất hiện hai lần"),
        ("q Q0 a 1 2 t\nq Q0 b 3 1 t\n", "dòng 2: hạng của truy vấn 'q' phải liên tục"),
        ("q Q0 a 2 2 t\n", "chờ 1 nhưng gặp 2"),
        ("q Q0 a 1 2 t\nq Q0 b 1 1 t\n", "chờ 2 nhưng gặp 1"),
        ("q Q0 a -1 2 t\n", "phải liên tục"),
        ("q Q0 a 1 1 t\nq Q0 b 2 2 t\n", "dòng 2: hạng 2 của truy vấn 'q' có điểm cao hơn"),
    ],
)
def test_broken_runs_are_refused_with_file_and_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "run.trec"
    path.write_text(text)
    with pytest.raises(RunFileError) as error:
        read_run_trec(path)
    assert said in str(error.value)
    assert "run.trec" in str(error.value)


def test_scores_beyond_32_bits_stay_finite(tmp_path: Path) -> None:
    ranking = [ScoredDocument("a", 1e300), ScoredDocument("b", 1e299)]
    write_run_trec({"q": ranking}, tmp_path / "run.trec", "t")
    again = read_run_trec(tmp_path / "run.trec")["q"]
    assert [item.document_id for item in again] == ["a", "b"]
    assert all(math.isfinite(item.score) for item in again)
