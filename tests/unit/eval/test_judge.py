"""Judging: single keys, nothing lost, agreement by hand-computed numbers."""

import io
import json
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest
from click.testing import CliRunner
from rich.console import Console

from eval.errors import DatasetError, EvaluationError
from eval.formats import read_qrels_tsv
from eval.judge import (
    COLUMNS,
    DocumentText,
    JudgementFile,
    JudgingSession,
    agreement,
    cohen_kappa,
    highlighted,
    judge_command,
    judging_order,
    merge_judgements,
    read_judgements,
)
from eval.pool import PooledDocument, write_pool

POOL = [
    PooledDocument(query_id, document_id, None, query)
    for query_id, query in (("q1", "nuôi tôm sạch"), ("q2", "hòa giải ở cơ sở"))
    for document_id in ("d1", "d2", "d3")
]
TEXTS = {
    name: DocumentText(f"Nhan đề {name}", f"Bà con nuôi tôm ở {name}.")
    for name in ("d1", "d2", "d3")
}


def keys(*pressed: str) -> Callable[[], str]:
    waiting = iter(pressed)
    return lambda: next(waiting, "")


def session(
    path: Path, pressed: Iterable[str], judge: str = "lan"
) -> tuple[JudgingSession, JudgementFile, io.StringIO]:
    shown = io.StringIO()
    file = JudgementFile(path, judge)
    console = Console(file=shown, width=80, highlight=False)
    order = judging_order(POOL, judge)
    return JudgingSession(order, TEXTS, file, console, keys(*pressed)), file, shown


# --- agreement -----------------------------------------------------------------------------------


def test_kappa_agrees_with_cohens_formula_by_hand() -> None:
    # Ten items. Observed agreement 7/10. Shares of the first judge: 4, 3, 3 of 10; of the second:
    # 3, 4, 3 of 10; so 0.12 + 0.12 + 0.09 = 0.33 agree by chance, and (0.7 - 0.33) / (1 - 0.33).
    first = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    second = [0, 0, 0, 1, 1, 1, 2, 2, 2, 1]
    assert cohen_kappa(first, second) == pytest.approx(0.37 / 0.67)


def test_linear_weights_count_distance_by_hand() -> None:
    # As above, but 0 against 2 for the last item: the distances are 1 + 1 + 2 of 10 items.
    # Shares: first 4, 3, 3; second 4, 3, 3. Distance by chance:
    # 1 * (0.12 + 0.12 + 0.09 + 0.09) + 2 * (0.12 + 0.12) = 0.90.
    first = [0, 0, 0, 0, 1, 1, 1, 2, 2, 2]
    second = [0, 0, 0, 1, 1, 1, 2, 2, 2, 0]
    assert cohen_kappa(first, second, "linear") == pytest.approx(1 - 0.4 / 0.9)
    assert cohen_kappa(first, second) == pytest.approx((0.7 - 0.34) / 0.66)


def test_kappa_matches_the_textbook_example_of_two_grades() -> None:
    # The grants example of Wikipedia's article "Cohen's kappa": 20 both yes, 15 both no, 5 and 10
    # apart; chance 0.5, kappa 0.4.
    first = [1] * 25 + [0] * 25
    second = [1] * 20 + [0] * 5 + [1] * 10 + [0] * 15
    assert cohen_kappa(first, second) == pytest.approx(0.4)


@pytest.mark.parametrize("grades", [[], [1, 1, 1]])
def test_kappa_is_undefined_where_chance_alone_agrees(grades: list[int]) -> None:
    assert cohen_kappa(grades, grades) is None
    assert cohen_kappa(grades, grades, "linear") is None


def test_full_agreement_is_one_and_full_opposition_is_below_zero() -> None:
    assert cohen_kappa([0, 1, 2], [0, 1, 2], "linear") == 1.0
    assert cohen_kappa([0, 2], [2, 0]) == -1.0


def test_agreement_looks_at_pairs_that_both_graded_widest_apart_first() -> None:
    first = {("q1", "a"): 0, ("q1", "b"): 1, ("q1", "c"): 2, ("q9", "x"): 2}
    second = {("q1", "a"): 1, ("q1", "b"): 1, ("q1", "c"): 0}
    result = agreement(first, second)
    assert (result.pairs, result.agreed) == (3, 1)
    assert result.disagreements == (("q1", "c", 2, 0), ("q1", "a", 0, 1))


def test_agreement_without_common_pairs_is_an_error() -> None:
    with pytest.raises(DatasetError, match="cùng chấm"):
        agreement({("q", "a"): 1}, {("q", "b"): 1})


def test_merge_takes_the_majority_and_the_lower_grade_of_a_tie() -> None:
    merged = merge_judgements(
        [
            {("q", "a"): 2, ("q", "b"): 2, ("q", "c"): 0},
            {("q", "a"): 2, ("q", "b"): 1, ("q", "c"): 1},
            {("q", "a"): 0, ("q", "c"): 2},
        ]
    )
    assert merged.qrels == {"q": {"a": 2, "b": 1, "c": 0}}
    assert merged.ties == [("q", "b", [2, 1]), ("q", "c", [0, 1, 2])]


# --- judging -------------------------------------------------------------------------------------


def test_order_is_shuffled_repeatable_and_keeps_topics_together() -> None:
    order = judging_order(POOL, "lan")
    assert order == judging_order(list(reversed(POOL)), "lan")
    assert sorted(order, key=lambda item: (item.query_id, item.document_id)) == POOL
    topics = [item.query_id for item in order]
    assert topics in (["q1"] * 3 + ["q2"] * 3, ["q2"] * 3 + ["q1"] * 3)
    many = [PooledDocument("q", f"d{number:02}", None, "?") for number in range(20)]
    assert judging_order(many, "lan") != judging_order(many, "minh") != many


def test_topics_come_in_the_same_order_for_all_judges() -> None:
    topics = [[item.query_id for item in judging_order(POOL, judge)] for judge in ("lan", "minh")]
    assert topics[0] == topics[1]


def test_each_key_is_on_disk_before_the_next_document_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "lan.tsv"
    sizes: list[int] = []
    pressed = iter("201")

    def read_key() -> str:
        sizes.append(len(path.read_text(encoding="utf-8").splitlines()))
        return next(pressed, "")

    file = JudgementFile(path, "lan")
    console = Console(file=io.StringIO(), width=80)
    assert JudgingSession(judging_order(POOL, "lan"), TEXTS, file, console, read_key).run() == 3
    assert sizes == [1, 2, 3, 4]
    assert [line.split("\t")[2] for line in path.read_text().splitlines()[1:]] == ["2", "0", "1"]


def test_session_goes_on_where_it_stopped(tmp_path: Path) -> None:
    path = tmp_path / "lan.tsv"
    order = judging_order(POOL, "lan")
    session(path, ["2", "1", "q"])[0].run()
    second, file, _ = session(path, ["0", "0", "0", "0", "2"])
    assert second.run() == 4
    assert list(file.grades) == [(item.query_id, item.document_id) for item in order]
    assert list(file.grades.values()) == [2, 1, 0, 0, 0, 0]


def test_back_grades_the_document_before_again(tmp_path: Path) -> None:
    path = tmp_path / "lan.tsv"
    judging, file, shown = session(path, ["2", "b", "0", "1", "q"])
    judging.run()
    assert list(file.grades.values()) == [0, 1]
    assert list(read_judgements(path).values()) == [0, 1]  # the last line for a pair counts
    assert "Mức đã chấm: 2 (rất phù hợp)" in shown.getvalue()


def test_back_at_the_first_document_says_so(tmp_path: Path) -> None:
    judging, _, shown = session(tmp_path / "lan.tsv", ["b", "q"])
    assert judging.run() == 0
    assert "tài liệu đầu tiên" in shown.getvalue()


def test_skipped_document_comes_up_in_the_next_session(tmp_path: Path) -> None:
    path = tmp_path / "lan.tsv"
    first = judging_order(POOL, "lan")[0]
    judging, file, _ = session(path, ["s", *"11111"])
    judging.run()
    assert (first.query_id, first.document_id) not in file.grades
    again, file, _ = session(path, ["2"])
    assert again.run() == 1
    assert file.grades[first.query_id, first.document_id] == 2


@pytest.mark.parametrize("key", ["3", "x", "\r", "  ", "-1", "é", "\x1b[A"])
def test_other_keys_change_nothing(tmp_path: Path, key: str) -> None:
    judging, file, shown = session(tmp_path / "lan.tsv", [key, "q"])
    assert judging.run() == 0
    assert file.grades == {}
    assert "Hãy bấm một trong các phím" in shown.getvalue()


def test_page_shows_neither_rank_nor_system_nor_document_id(tmp_path: Path) -> None:
    judging, _, shown = session(tmp_path / "lan.tsv", ["q"])
    judging.run()
    assert "Câu hỏi" in shown.getvalue()
    item = judging_order(POOL, "lan")[0]
    assert item.query in shown.getvalue()
    assert TEXTS[item.document_id].title in shown.getvalue()


def test_terminal_cuts_a_long_text_until_it_is_asked_for(tmp_path: Path) -> None:
    shown = io.StringIO()
    text = "\n".join(f"Dòng {number}" for number in range(100))
    console = Console(file=shown, width=80, height=24, force_terminal=True, highlight=False)
    texts = {name: DocumentText("Nhan đề", text) for name in TEXTS}
    file = JudgementFile(tmp_path / "lan.tsv", "lan")
    JudgingSession(POOL, texts, file, console, keys("q")).run()
    assert "phím t để xem toàn văn" in shown.getvalue()
    assert "Dòng 99" not in shown.getvalue()
    JudgingSession(POOL, texts, file, console, keys("t", "q")).run()
    assert "Dòng 99" in shown.getvalue()


def test_words_of_the_query_are_marked_and_function_words_are_not() -> None:
    marked = highlighted("Nuôi tôm của bà con, không nuôi cá", "cách nuôi tôm của ai")
    words = [marked.plain[span.start : span.end] for span in marked.spans]
    assert words == ["Nuôi", "tôm", "nuôi"]


def test_query_without_marks_marks_accented_words() -> None:
    marked = highlighted("Nuôi tôm", "nuoi tom")
    assert len(marked.spans) == 2


# --- files ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("cut", ["q1", "q1\td2\t", "q1\td2\t2\tlan", "q1\td2\t2\tlan\t2026-0"])
def test_line_that_was_cut_off_is_taken_away(tmp_path: Path, cut: str) -> None:
    path = tmp_path / "lan.tsv"
    JudgementFile(path, "lan").add("q1", "d1", 2)
    whole = path.read_bytes()
    path.write_bytes(whole + cut.encode())
    reopened = JudgementFile(path, "lan")
    assert reopened.repaired
    assert reopened.grades == {("q1", "d1"): 2}
    assert path.read_bytes() == whole
    reopened.add("q1", "d2", 0)
    assert read_judgements(path) == {("q1", "d1"): 2, ("q1", "d2"): 0}


@pytest.mark.parametrize("content", ["", "query-id\tcor"])
def test_file_cut_off_in_its_header_is_begun_anew(tmp_path: Path, content: str) -> None:
    path = tmp_path / "lan.tsv"
    path.write_text(content)
    file = JudgementFile(path, "lan")
    file.add("q1", "d1", 1)
    assert file.repaired is bool(content)
    assert read_judgements(path) == {("q1", "d1"): 1}


@pytest.mark.parametrize("content", ["hello", "query\tdoc\tgrade\nq\td\t1\n", "{}\n"])
def test_foreign_file_is_refused_and_not_touched(tmp_path: Path, content: str) -> None:
    path = tmp_path / "other.txt"
    path.write_text(content)
    with pytest.raises(DatasetError, match="cột lạ"):
        JudgementFile(path, "lan")
    assert path.read_text() == content


def test_file_of_another_judge_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "lan.tsv"
    JudgementFile(path, "lan").add("q1", "d1", 2)
    with pytest.raises(DatasetError, match="bài chấm của 'lan'"):
        JudgementFile(path, "minh")


def test_broken_line_in_the_middle_is_named(tmp_path: Path) -> None:
    path = tmp_path / "lan.tsv"
    path.write_text("\t".join(COLUMNS) + "\nq1\td1\thai\tlan\t-\n")
    with pytest.raises(DatasetError, match="dòng 2"):
        JudgementFile(path, "lan")
    with pytest.raises(DatasetError, match="dòng 2"):
        read_judgements(path)


@pytest.mark.parametrize("judge", ["", "a\tb", "x" * 61, "a\nb"])
def test_name_that_would_break_the_file_is_refused(tmp_path: Path, judge: str) -> None:
    with pytest.raises(EvaluationError, match="Tên người chấm"):
        JudgementFile(tmp_path / "x.tsv", judge)


def test_qrels_can_be_read_as_a_judge(tmp_path: Path) -> None:
    path = tmp_path / "qrels.tsv"
    path.write_text("query-id\tcorpus-id\tscore\nq1\td1\t2\n")
    assert read_judgements(path) == {("q1", "d1"): 2}


def test_empty_and_missing_files_are_named(tmp_path: Path) -> None:
    path = tmp_path / "empty.tsv"
    path.write_text("\t".join(COLUMNS) + "\n")
    with pytest.raises(DatasetError, match="chưa có đánh giá nào"):
        read_judgements(path)
    with pytest.raises(DatasetError, match="Không có tệp"):
        read_judgements(tmp_path / "none.tsv")


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    corpus = tmp_path / "dataset" / "corpus.jsonl"
    corpus.parent.mkdir()
    corpus.write_text(
        "".join(
            json.dumps({"_id": name, "title": item.title, "text": item.text}) + "\n"
            for name, item in TEXTS.items()
        )
    )
    write_pool(POOL, tmp_path / "pool.tsv")
    return tmp_path


def judge(*arguments: str, keys: str = "") -> str:
    result = CliRunner().invoke(judge_command, arguments, input=keys, catch_exceptions=False)
    return result.output


def test_command_judges_line_by_line_and_resumes(folder: Path) -> None:
    arguments = ("--pool", "pool.tsv", "--judge", "lan", "--dataset", "dataset")
    assert "Đã chấm 2 lượt. Tổng cộng 2/6 cặp" in judge(*arguments, keys="2\n1\nq\n")
    assert "Tổng cộng 6/6 cặp" in judge(*arguments, keys="0\n0\n0\n0\n")
    assert len(read_judgements(folder / "judgements-lan.tsv")) == 6


def test_command_compares_and_merges(folder: Path) -> None:
    for name, grades in (("lan", (2, 1)), ("minh", (2, 0))):
        file = JudgementFile(folder / f"{name}.tsv", name)
        for document_id, grade in zip(("d1", "d2"), grades, strict=True):
            file.add("q1", document_id, grade)
    told = judge("--agreement", "lan.tsv", "minh.tsv")
    assert "2 cặp cùng chấm, giống nhau 1" in told
    assert "d2" in told
    data = json.loads(judge("--agreement", "lan.tsv", "minh.tsv", "--json"))
    # Observed 1/2; by chance only grade 2 can agree, 1/4: (1/2 - 1/4) / (1 - 1/4).
    assert data["kappa"] == pytest.approx(1 / 3)
    told = judge("--merge", "lan.tsv", "minh.tsv", "--output", "qrels.tsv")
    assert "q1  d2: 1, 0 → 0" in told
    assert read_qrels_tsv(folder / "qrels.tsv") == {"q1": {"d1": 2, "d2": 0}}


def test_pool_with_unknown_documents_is_an_error_with_a_remedy(folder: Path) -> None:
    write_pool([*POOL, PooledDocument("q1", "lost", None, "?")], folder / "pool.tsv")
    with pytest.raises(DatasetError, match=r"'lost'.*kb ingest"):
        judge("--pool", "pool.tsv", "--judge", "lan", "--dataset", "dataset")
    assert not (folder / "judgements-lan.tsv").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("--pool", "pool.tsv"),
        ("a.tsv",),
        ("--agreement", "a.tsv"),
        ("--merge", "a.tsv"),
        ("--merge", "--agreement", "a.tsv", "b.tsv"),
    ],
)
def test_incomplete_commands_say_what_is_missing(folder: Path, arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(judge_command, arguments)
    assert result.exit_code == 2


def test_pool_that_is_judged_already_asks_for_all(folder: Path) -> None:
    write_pool([PooledDocument("q1", "d1", 2, "nuôi tôm")], folder / "pool.tsv")
    assert "--all" in judge("--pool", "pool.tsv", "--judge", "lan", "--dataset", "dataset")
    told = judge("--pool", "pool.tsv", "--judge", "lan", "--dataset", "dataset", "--all", keys="1")
    assert "Tổng cộng 1/1" in told
