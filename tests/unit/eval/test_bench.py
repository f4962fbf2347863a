import dataclasses
import io
import json
import statistics
import subprocess
import sys

import numpy as np
import pytest
from click.testing import CliRunner
from rich.console import Console

from eval.bench.__main__ import main
from eval.bench.baseline import write_bm25_folder
from eval.bench.corpus import (
    STARTER_CORPUS,
    TARGET_CHARS,
    Parts,
    collect_parts,
    make_cases,
    make_questions,
    read_starter_documents,
)
from eval.bench.processes import environment, memory_mb, parse_memory
from eval.bench.report import Row, Target, to_table, write_json
from eval.bench.suite import DENSE, HYBRID, search_rows
from eval.bench.summary import median_of_rounds, paired_ratio, percentile, pooled_percentile
from eval.bench.vectors import COSINE, BookEmbedder, VectorBook
from eval.bench.worker import Worker, WorkerFailed
from eval.bench.workload import read_texts, write_casebook, write_texts
from ingest.records.case_text import render_case
from ingest.records.jsonl import read_jsonl
from kb.embedders.hashing import HashingEmbedder
from kb.models import Document, Field
from kb.ports import TOKEN_SCALE, QueryEmbedding, TokenEmbedder


@pytest.fixture(scope="module")
def parts() -> Parts:
    sentences = [f"Câu số {number} kể một việc đã làm ở thôn." for number in range(40)]
    return Parts(
        names=["Nuôi cua đinh", "Đưa màu xuống ruộng"],
        problems=["Ruộng bỏ hoang nhiều năm, thu nhập thấp và bấp bênh"],
        steps=sentences,
        results=[sentence.replace("Câu", "Kết quả") for sentence in sentences],
        organizations=["Hội Nông dân xã"],
        participants=["Hội viên"],
        periods=["2021", "2020-2023"],
        places=[("Cà Mau", None, None), ("An Giang", "Châu Phú", "Mỹ Đức")],
        labels=[(Field.ECONOMY, ("nong-nghiep",))],
    )


def row(**changes: object) -> Row:
    values = {
        "measure": "search p50, 5,000 chunks",
        "unit": "ms",
        "ours": 10.0,
        "system": HYBRID,
        "theirs": 250.0,
        "ratio": 25.0,
        "target": Target("ratio", 20),
    }
    return Row(**{**values, **changes})  # type: ignore[arg-type]


class TestMadeUpCases:
    def test_the_same_seed_gives_the_same_cases(self, parts):
        assert list(make_cases(parts, 20)) == list(make_cases(parts, 20))

    def test_a_longer_run_begins_like_a_shorter_one(self, parts):
        assert list(make_cases(parts, 20))[:7] == list(make_cases(parts, 7))

    def test_another_seed_gives_other_texts_and_ids(self, parts):
        first, second = (list(make_cases(parts, 20, seed=seed)) for seed in (1, 2))
        assert not {case.case_id for case in first} & {case.case_id for case in second}
        assert [case.approach for case in first] != [case.approach for case in second]

    def test_texts_are_about_as_long_as_promised(self, parts):
        lengths = [len(render_case(case)) for case in make_cases(parts, 50)]
        assert all(abs(length - TARGET_CHARS) < 60 for length in lengths)

    def test_a_casebook_of_them_is_read_without_an_error(self, parts, tmp_path):
        cases = list(make_cases(parts, 5))
        path = write_casebook(tmp_path / "cases.jsonl", cases)
        documents = list(read_jsonl(path.read_text(encoding="utf-8"), origin="x", name="x"))
        assert all(isinstance(document, Document) for document in documents)
        assert [document.document_id for document in documents] == [c.case_id for c in cases]
        assert [document.text for document in documents] == [render_case(case) for case in cases]


class TestQuestions:
    def test_they_are_deterministic_and_differ_by_seed(self, parts):
        assert make_questions(parts, 12, seed=3) == make_questions(parts, 12, seed=3)
        assert make_questions(parts, 12, seed=3) != make_questions(parts, 12, seed=4)

    def test_none_is_asked_twice(self, parts):
        questions = make_questions(parts, 20)
        assert len(questions) == len(set(questions)) == 20

    def test_parts_that_give_too_few_are_refused(self, parts):
        few = dataclasses.replace(parts, steps=["a"], names=["b"], problems=["c"])
        with pytest.raises(ValueError, match="of 100 questions differ"):
            make_questions(few, 100)

    def test_a_third_names_a_province(self, parts):
        questions = make_questions(parts, 9)
        assert sum(" ở Cà Mau" in item or " ở An Giang" in item for item in questions) == 3


class TestStarterCorpus:
    @pytest.mark.skipif(not STARTER_CORPUS.exists(), reason="needs the starter corpus")
    def test_its_parts_make_documents_of_the_right_length(self):
        documents = read_starter_documents()
        parts = collect_parts([document.case for document in documents if document.case])
        cases = list(make_cases(parts, 100))
        assert len({case.case_id for case in cases}) == 100
        mean = statistics.mean(len(render_case(case)) for case in cases)
        assert abs(mean - TARGET_CHARS) < 30


class TestVectorBook:
    def book(self) -> VectorBook:
        vectors = np.eye(4, 384, dtype=np.float32)
        return VectorBook(["a", "b", "c", "d"], vectors)

    def test_an_embedded_text_keeps_its_vector(self):
        assert np.array_equal(self.book().vectors_of(["c"])[0], np.eye(4, 384)[2])

    def test_another_text_gets_a_unit_vector_near_one_of_them(self):
        vectors = self.book().vectors_of([f"khác {number}" for number in range(20)])
        nearest = (vectors @ np.eye(4, 384, dtype=np.float32).T).max(axis=1)
        assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
        assert np.allclose(nearest, COSINE, atol=0.02)

    def test_a_vector_depends_on_the_text_alone(self):
        together = self.book().vectors_of(["x", "y"])
        assert np.array_equal(together[1], self.book().vectors_of(["y"])[0])
        assert not np.array_equal(together[0], together[1])

    def test_it_refuses_texts_without_vectors(self):
        with pytest.raises(ValueError, match="2 texts for 1 vectors"):
            VectorBook(["a", "b"], np.ones((1, 3), np.float32))

    def test_a_saved_book_is_the_same(self, tmp_path):
        np.save(tmp_path / "v.npy", np.eye(2, 384, dtype=np.float32))
        book = VectorBook.load(tmp_path / "v.npy", ["a", "b", "not embedded"])
        assert np.array_equal(book.vectors_of(["b"])[0], np.eye(2, 384)[1])

    def test_the_embedder_over_it_leaves_queries_to_the_model(self):
        real = HashingEmbedder()
        book = VectorBook(["a"], real.embed_passages(["khác"]))
        embedder = BookEmbedder(real, book)
        assert embedder.spec == real.spec
        assert np.array_equal(embedder.embed_queries(["a"]), real.embed_queries(["a"]))
        assert np.array_equal(embedder.embed_passages(["a"]), real.embed_passages(["khác"]))

    def test_token_vectors_are_there_if_the_model_has_them(self):
        class WithTokens(HashingEmbedder):
            token_dim = 8

            def embed_query_with_tokens(self, text):
                return QueryEmbedding(self.embed_queries([text])[0], np.ones((1, 8), np.float32))

            def embed_passages_with_tokens(self, texts):
                raise AssertionError("the book has the passages")

        book = VectorBook(["a"], HashingEmbedder().embed_passages(["a"]))
        assert not isinstance(BookEmbedder(HashingEmbedder(), book), TokenEmbedder)
        embedder = BookEmbedder(WithTokens(), book)
        assert isinstance(embedder, TokenEmbedder)
        vectors, tokens = embedder.embed_passages_with_tokens(["a", "nuôi tôm sú"])
        assert vectors.shape[0] == 2
        assert [own.shape for own in tokens] == [(1, 8), (3, 8)]
        assert np.linalg.norm(tokens[1] / TOKEN_SCALE, axis=1) == pytest.approx(1, abs=0.05)


class TestSummary:
    def test_percentile_is_the_nearest_rank(self):
        values = [35.0, 20.0, 15.0, 50.0, 40.0]
        assert [percentile(values, share) for share in (0.05, 0.4, 0.5, 1)] == [15, 20, 35, 50]

    @pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0), ([1.0], 1.1)])
    def test_percentile_refuses_what_has_none(self, values, share):
        with pytest.raises(ValueError, match="no percentile"):
            percentile(values, share)

    def test_one_slow_round_moves_neither_median_nor_ratio(self):
        own, other = [[1.0, 1, 1], [9, 9, 9], [1, 2, 3]], [[10.0], [90], [20]]
        assert median_of_rounds(own) == 2
        assert paired_ratio([10, 90, 20], [1, 9, 2]) == 10
        assert pooled_percentile(own + other, 0.95) == 90

    def test_a_ratio_needs_pairs(self):
        with pytest.raises(ValueError, match="no rounds"):
            paired_ratio([], [])
        with pytest.raises(ValueError, match="zip"):
            paired_ratio([1, 2], [1])


class TestSearchRows:
    ROUNDS = {  # noqa: RUF012
        "ours": [[10.0, 10, 12], [20, 20, 24], [10, 10, 50]],
        HYBRID: [[300.0], [400], [300]],
        DENSE: [[20.0], [60], [20]],
    }

    def test_ratios_are_taken_round_by_round(self):
        rows = {(item.measure, item.system): item for item in search_rows(5_000, self.ROUNDS)}
        hybrid = rows["search p50, 5,000 chunks", HYBRID]
        dense = rows["search p50, 5,000 chunks", DENSE]
        assert (hybrid.ours, hybrid.theirs, hybrid.ratio, hybrid.verdict) == (10, 300, 30, "met")
        assert (dense.ratio, dense.verdict) == (2, "missed")

    def test_tails_are_pooled_and_carry_no_target(self):
        tail = search_rows(5_000, self.ROUNDS)[2]
        assert (tail.measure, tail.ours, tail.theirs) == ("search p95, 5,000 chunks", 50, 400)
        assert (tail.ratio, tail.verdict) == (8, "")

    def test_a_size_without_a_promise_has_no_target(self):
        assert all(item.target is None for item in search_rows(300, self.ROUNDS))


class TestReport:
    @pytest.mark.parametrize(
        ("changes", "verdict"),
        [
            ({}, "met"),
            ({"ratio": 19.9}, "missed"),
            ({"target": None}, ""),
            ({"target": Target("limit", 10.5)}, "met"),
            ({"target": Target("limit", 10)}, "missed"),
        ],
    )
    def test_verdicts(self, changes, verdict):
        assert row(**changes).verdict == verdict

    def test_the_table_names_a_measure_once_and_shows_target_and_verdict(self):
        rows = [row(), row(system=DENSE, theirs=20.0, ratio=2.0, target=Target("ratio", 3))]
        console = Console(file=io.StringIO(), width=140)
        console.print(to_table(rows))
        text = console.file.getvalue()
        lines = [line for line in text.splitlines() if "LangChain" in line]
        assert text.count("search p50, 5,000 chunks") == 1
        assert "25.0x" in lines[0]
        assert "≥ 20x" in lines[0]
        assert "met" in lines[0]
        assert "2.00x" in lines[1]
        assert "missed" in lines[1]

    def test_the_file_holds_rows_samples_and_what_they_depend_on(self, tmp_path):
        path = tmp_path / "bench.json"
        write_json(path, [row()], date="2026-01-02", method={"rounds": 1}, samples={"a": [1]})
        data = json.loads(path.read_text(encoding="utf-8"))
        assert data["rows"][0]["verdict"] == "met"
        assert data["samples"] == {"a": [1]}
        assert data["machine"]["cores"]
        assert "numpy" in data["versions"]


class TestProcesses:
    def test_memory_is_read_in_megabytes(self):
        assert parse_memory("VmRSS:\t  1000 kB\nVmSwap: 5 kB\n") == {"rss": 1.0}
        assert parse_memory("Rss: 9 kB\nPss:  2000 kB\nPss_Dirty: 7 kB\n") == {"pss": 2.0}

    def test_a_process_that_is_gone_has_none(self):
        assert memory_mb(2**22 + 1) == {}

    def test_children_get_no_setting_of_the_user(self, tmp_path, monkeypatch):
        monkeypatch.setenv("KB_DATA_DIR", "/home/user/data")
        monkeypatch.setenv("KB_LOG_LEVEL", "DEBUG")
        plain, own = environment(tmp_path), environment(tmp_path, tmp_path / "d")
        assert {name for name in plain if name.startswith("KB_")} == {"KB_MODEL_DIR"}
        assert own["KB_DATA_DIR"] == str(tmp_path / "d")
        assert plain["HF_HUB_OFFLINE"] == "1"


class TestWorker:
    MODULE = "adder_of_the_bench_test"

    def start(self, tmp_path) -> Worker:
        source = (
            "import sys\n"
            "from eval.bench.worker import serve\n"
            "class Side:\n"
            "    def add(self, a, b):\n"
            "        print('a library prints')\n"
            "        return a + b\n"
            "serve(Side())\n"
        )
        (tmp_path / f"{self.MODULE}.py").write_text(source, encoding="utf-8")
        variables = environment(tmp_path)
        variables["PYTHONPATH"] = f"{tmp_path}:{variables['PYTHONPATH']}"
        return Worker(self.MODULE, [], tmp_path, variables)

    def test_it_answers_calls_whatever_libraries_print(self, tmp_path):
        worker = self.start(tmp_path)
        try:
            assert [worker.call("add", a=1, b=number) for number in (1, 2)] == [2, 3]
            assert worker.pid > 0
        finally:
            worker.close()
        log = (tmp_path / f"{self.MODULE}.log").read_text(encoding="utf-8")
        assert log.count("a library prints") == 2

    def test_a_failure_shows_what_the_child_wrote(self, tmp_path):
        worker = self.start(tmp_path)
        try:
            with pytest.raises(WorkerFailed, match="TypeError"):
                worker.call("add", a=1, b="x")
        finally:
            worker.close()


class TestWorkload:
    def test_texts_are_read_back_in_order(self, tmp_path):
        items = [("a", "một\ndòng"), ("b", "hai"), ("c", "ba")]
        path = write_texts(tmp_path / "texts.jsonl", items)
        assert read_texts(path) == items
        assert read_texts(path, 2) == items[:2]


class TestBm25Folder:
    def test_it_holds_what_the_download_would_bring(self, tmp_path):
        folder = write_bm25_folder(tmp_path / "bm25")
        words = (folder / "english.txt").read_text(encoding="utf-8").split("\n")[:-1]
        assert {"the", "to", "do", "an"} <= set(words)
        assert len(words) == len(set(words)) > 140
        assert (folder / "config.json").exists()


class TestCommandLine:
    @pytest.mark.parametrize(
        "arguments", [["--sizes", "many"], ["--sizes", "0"], ["--skip", "speed"], ["--rounds", "0"]]
    )
    def test_it_refuses_what_it_does_not_know(self, arguments):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == 2

    def test_help_names_every_option(self):
        text = CliRunner().invoke(main, ["--help"]).output
        assert all(name in text for name in ("--quick", "--sizes", "--rounds", "--json", "--skip"))


def test_importing_the_benchmark_loads_no_heavy_library():
    heavy = {"torch", "langchain_huggingface", "fastembed", "sentence_transformers"}
    code = (
        "import sys, eval.bench.__main__, eval.bench.baseline, eval.bench.minimal\n"
        f"print(sorted({heavy!r} & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
