"""`kb eval` as a user runs it: our topics over the starter corpus, and a set of 1,000 by 1,000.

The timed test takes minutes and wants a quiet machine, so it runs only with `KB_TEST_SPEED=1`.
"""

import json
import os
import runpy
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.formats import read_dataset
from ingest.readers import read_documents
from ingest.sources import SourceFile, find_files
from kb.models import Document

REPOSITORY = Path(__file__).parent.parent.parent
TOPICS = REPOSITORY / "eval" / "topics" / "casebook-dev"
# The group itself, so that the test does not depend on how the package is installed.
_PROGRAM = "import sys; from eval.cli import eval_group; eval_group(sys.argv[1:])"


def make_beir_set(directory: Path, documents: int, queries: int) -> Path:
    make: Callable[[Path, int, int], Path] = runpy.run_path(
        str(REPOSITORY / "tests" / "data" / "make_beir_set.py")
    )["make_beir_set"]
    return make(directory, documents, queries)


def environment(tmp_path: Path, **variables: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in variables}
    return {
        **kept,
        "PYTHONPATH": str(REPOSITORY),
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "KB_DATA_DIR": str(tmp_path / "data"),
        **variables,
    }


def kb_eval(*arguments: object, env: dict[str, str], cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", _PROGRAM, *map(str, arguments)],
        env=env,
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def corpus_documents() -> dict[str, Document]:
    documents = {}
    for source in find_files(REPOSITORY / "corpus" / "cases", recursive=True):
        assert isinstance(source, SourceFile)
        for document in read_documents(source, max_bytes=10_000_000):
            assert isinstance(document, Document)
            documents[document.document_id] = document
    return documents


def test_our_topics_name_only_cases_of_the_starter_corpus() -> None:
    dataset = read_dataset(TOPICS)
    documents = corpus_documents()
    assert dataset.judged_documents <= set(documents)
    named = {
        name for items in dataset.nuggets.values() for item in items for name in item.documents
    }
    assert named <= set(documents)
    assert len(dataset.topics) == 120
    assert {grade for grades in dataset.qrels.values() for grade in grades.values()} <= {0, 1, 2}
    assert {topic.query_id for topic in dataset.topics if topic.is_answerable} <= set(dataset.qrels)


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_stopped(tmp_path: Path) -> None:
    folder = make_beir_set(tmp_path / "set", documents=150, queries=5)
    env = environment(tmp_path, KB_EMBEDDER__KIND="hashing")
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, "run", "--dataset", str(folder)],
        env=env,
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    cache = tmp_path / "cache" / "mohinh-kb" / "eval"
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if list(cache.glob("*/documents.db")):
            break
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(cache.iterdir())) == 1

    resumed = kb_eval("run", "--dataset", folder, "--json", env=env, cwd=tmp_path)
    fresh = kb_eval(
        "run",
        "--dataset",
        folder,
        "--json",
        env=environment(tmp_path / "other", KB_EMBEDDER__KIND="hashing"),
        cwd=tmp_path,
    )
    assert resumed.returncode == 0, resumed.stderr
    assert len(list(cache.iterdir())) == 1
    assert json.loads(resumed.stdout)["per_query"] == json.loads(fresh.stdout)["per_query"]


@pytest.mark.slow
def test_an_empty_knowledge_base_is_told_how_to_be_filled(tmp_path: Path) -> None:
    env = environment(tmp_path, KB_EMBEDDER__KIND="hashing")
    result = kb_eval("run", "--dataset", TOPICS, env=env, cwd=tmp_path)
    assert result.returncode == 1
    assert "kb ingest corpus --recursive" in result.stderr


@pytest.mark.model
@pytest.mark.slow
@pytest.mark.skipif(os.environ.get("KB_TEST_SPEED") != "1", reason="wants a quiet machine")
def test_a_thousand_queries_over_a_thousand_documents_in_time(
    tmp_path: Path, bundled_model_dir: Path
) -> None:
    folder = make_beir_set(tmp_path / "set", documents=1000, queries=1000)
    env = environment(tmp_path, KB_MODEL_DIR=str(bundled_model_dir))
    seconds = []
    for _ in range(2):
        started = time.perf_counter()
        result = kb_eval("run", "--dataset", folder, env=env, cwd=tmp_path)
        seconds.append(time.perf_counter() - started)
        assert result.returncode == 0, result.stderr
    cold, cached = seconds
    assert cold < 240, seconds
    assert cached < 40, seconds
