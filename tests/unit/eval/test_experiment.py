"""Runs over scratch and user knowledge bases, on real stores with the deterministic embedder."""

import ast
import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from eval import experiment
from eval.errors import DatasetError, JudgedDocumentsMissing, RecordError, UnknownMeasure
from eval.experiment import (
    RunRecord,
    add_to_history,
    cache_directory,
    history_directory,
    latency,
    open_for_dataset,
    read_history,
    read_record,
    run_experiment,
    write_record,
)
from eval.formats import Dataset, read_dataset
from ingest.indexing import write_batch
from kb.knowledge_base import open_knowledge_base
from kb.models import Document
from kb.settings import ChunkerSettings, IndexSettings, Settings, StoreSettings
from retrieval.search import Searcher

TEXTS = {
    "nha-xanh": "Ngôi nhà xanh thu gom chai nhựa, bán lấy tiền giúp học sinh nghèo.",
    "hun-von": "Tổ hùn vốn xoay vòng của hội phụ nữ giúp chị em mua bò, mua giống.",
    "camera": "Camera an ninh do dân góp tiền lắp ở đầu ngõ, trộm cắp giảm hẳn.",
    "tom-lua": "Con tôm ôm cây lúa, một vụ tôm một vụ lúa trên cùng thửa ruộng.",
    "trang": "",
}
TOPICS = {
    "q1": ("ngôi nhà xanh chai nhựa", "keyword", "nha-xanh"),
    "q2": ("tổ hùn vốn phụ nữ", "keyword", "hun-von"),
    "q3": ("vì sao trộm cắp giảm?", "question", "camera"),
}


@pytest.fixture(autouse=True)
def _cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def write_dataset(directory: Path, *, corpus: bool = True) -> Dataset:
    (directory / "qrels").mkdir(parents=True)
    if corpus:
        _lines(
            directory / "corpus.jsonl",
            [{"_id": name, "title": "", "text": text} for name, text in TEXTS.items()],
        )
    _lines(
        directory / "queries.jsonl",
        [
            *(
                {"_id": name, "text": text, "metadata": {"style": style, "level": len(style)}}
                for name, (text, style, _) in TOPICS.items()
            ),
            {"_id": "q4", "text": "giá vàng", "metadata": {"answerable": False}},
            {"_id": "q5", "text": "?!", "metadata": {"style": "keyword"}},
        ],
    )
    rows = [f"{name}\t{target}\t2" for name, (_, _, target) in TOPICS.items()]
    (directory / "qrels" / "test.tsv").write_text(
        "\n".join(["query-id\tcorpus-id\tscore", *rows, "q5\ttom-lua\t1"]) + "\n"
    )
    return read_dataset(directory)


def _lines(path: Path, records: list[dict[str, Any]]) -> None:
    text = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    return write_dataset(tmp_path / "tiny")


def run(dataset: Dataset, settings: Settings, **options: Any) -> RunRecord:
    with open_for_dataset(dataset, settings) as kb:
        return run_experiment(dataset, kb, **options)


def scratch_directories() -> list[Path]:
    return sorted(cache_directory().iterdir())


def test_a_corpus_is_searched_and_measured(dataset: Dataset, settings: Settings) -> None:
    record = run(dataset, settings, mode="lexical", by=["level"])
    assert {name: ranking[0].document_id for name, ranking in record.run.items() if ranking} == {
        "q1": "nha-xanh",
        "q2": "hun-von",
        "q3": "camera",
    } | ({"q4": record.run["q4"][0].document_id} if record.run["q4"] else {})
    assert record.measures["nDCG@10"] == pytest.approx(3 / 4)
    assert record.per_query["q5"]["nDCG@10"] == 0.0
    assert "q4" not in record.per_query
    assert record.by_style["keyword"]["P@1"] == pytest.approx(2 / 3)
    assert record.counts["style"] == {"keyword": 3, "question": 1}
    assert record.breakdowns["level"]["8"]["P@1"] == 1.0
    assert record.titles["nha-xanh"].startswith("Ngôi nhà xanh")
    assert (record.dataset.name, record.dataset.digest) == ("tiny", dataset.digest)
    assert record.name == "tiny-lexical"
    assert record.notes == ("1 truy vấn quá dài hoặc không có chữ, tính 0 điểm: q5.",)


def test_rankings_are_those_of_search(dataset: Dataset, settings: Settings) -> None:
    with open_for_dataset(dataset, settings) as kb:
        record = run_experiment(dataset, kb, mode="hybrid", top_k=100)
        for query_id, (text, _, _) in TOPICS.items():
            result = Searcher(kb).search(text, mode="hybrid", top_k=100)
            assert [(hit.document.document_id, hit.score) for hit in result.hits] == [
                (item.document_id, round(item.score, 6)) for item in record.run[query_id]
            ]
            assert set(record.timings_ms[query_id]) == set(result.timings_ms)


def test_latency_has_percentiles_of_every_stage(dataset: Dataset, settings: Settings) -> None:
    record = replace(
        run(dataset, settings, mode="dense"),
        timings_ms={f"q{number}": {"embed": 1.0, "total": float(number)} for number in range(101)},
    )
    assert latency(record) == {
        "embed": {"p50": 1.0, "p95": 1.0, "p99": 1.0},
        "total": {"p50": 50.0, "p95": 95.0, "p99": 99.0},
    }


def test_a_second_run_finds_the_index(
    dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = run(dataset, settings)
    monkeypatch.setattr(experiment, "write_batch", None)  # nothing may be written again
    second = run(dataset, settings)
    assert len(scratch_directories()) == 1
    assert (second.run, second.measures) == (first.run, first.measures)
    assert (second.corpus_digest, second.settings_digest) == (
        first.corpus_digest,
        first.settings_digest,
    )


def test_an_interrupted_index_is_completed(
    dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(experiment, "_BATCH_DOCUMENTS", 2)
    written: list[list[str]] = []

    def interrupted(kb: Any, documents: list[Document]) -> None:
        if written:
            raise KeyboardInterrupt
        write_batch(kb, documents)
        written.append([document.document_id for document in documents])

    monkeypatch.setattr(experiment, "write_batch", interrupted)
    with pytest.raises(KeyboardInterrupt):
        run(dataset, settings)

    def counted(kb: Any, documents: list[Document]) -> None:
        write_batch(kb, documents)
        written.append([document.document_id for document in documents])

    monkeypatch.setattr(experiment, "write_batch", counted)
    progress: list[tuple[str, int, int]] = []
    with open_for_dataset(
        dataset, settings, progress=lambda *values: progress.append(values)
    ) as kb:
        record = run_experiment(dataset, kb, mode="lexical")
    assert written == [["nha-xanh", "hun-von"], ["camera", "tom-lua"]]
    assert progress == [("index", 2, 4), ("index", 4, 4)]
    assert record.measures["nDCG@10"] == pytest.approx(3 / 4)


def test_documents_left_pending_by_a_crash_are_completed(
    dataset: Dataset, settings: Settings
) -> None:
    with open_for_dataset(dataset, settings) as kb:
        (kb.settings.data_dir / "complete.json").unlink()
        kb.store.set_state(["camera"], "pending")
        kb.index.delete_documents(["camera"])
    assert run(dataset, settings, mode="lexical").measures["nDCG@10"] == pytest.approx(3 / 4)


def test_a_damaged_index_is_built_again(dataset: Dataset, settings: Settings) -> None:
    with open_for_dataset(dataset, settings) as kb:
        kb.index.delete_documents(["camera"])
    assert run(dataset, settings, mode="lexical").measures["nDCG@10"] == pytest.approx(3 / 4)


def test_the_users_knowledge_base_is_never_opened(dataset: Dataset, settings: Settings) -> None:
    with open_for_dataset(dataset, settings) as kb:
        assert kb.settings.data_dir.parent == cache_directory()
    assert not settings.data_dir.exists()


def test_servers_of_the_settings_are_never_written(dataset: Dataset, settings: Settings) -> None:
    served = settings.model_copy(
        update={
            "index": IndexSettings(kind="qdrant", url="http://127.0.0.1:1"),
            "store": StoreSettings(url="postgresql://127.0.0.1:1/kb"),
        }
    )
    assert run(dataset, served, mode="lexical").measures["P@1"] == pytest.approx(3 / 4)


def test_other_chunks_or_documents_get_an_index_of_their_own(
    dataset: Dataset, settings: Settings, tmp_path: Path
) -> None:
    run(dataset, settings)
    other = settings.model_copy(update={"chunker": ChunkerSettings(target_syllables=20)})
    run(dataset, other)
    assert len(scratch_directories()) == 2
    path = dataset.corpus_path
    path.write_text(path.read_text(encoding="utf-8").replace("mua bò", "mua dê"))
    run(read_dataset(dataset.directory), settings)
    assert len(scratch_directories()) == 3
    moved = dataset.directory.rename(tmp_path / "moved")
    run(read_dataset(moved), settings)
    assert len(scratch_directories()) == 3


# Imported on the way to the index, but nothing of it is stored: each decides what is refused,
# where things lie, how they are shown, or is in the manifest.
NOT_STORED = {
    "kb/codec.py",
    "kb/errors.py",
    "kb/files.py",
    "kb/figures.py",
    "kb/indexes/qdrant.py",
    "kb/knowledge_base.py",
    "kb/lock.py",
    "kb/manifest.py",
    "kb/models.py",
    "kb/ports.py",
    "kb/settings.py",
    "kb/validation.py",
}


def test_every_module_that_writes_an_index_counts_or_is_named_as_not_counting() -> None:
    """A new module must be put into `INDEX_CODE` or `NOT_STORED`: an old index would hide it."""
    root = Path(__file__).parent.parent.parent.parent
    seen: set[str] = set()
    waiting = ["ingest.indexing", "ingest.records.jsonl", "kb.embedders", "kb.indexes"]
    while waiting:
        path = root / waiting.pop().replace(".", "/")
        path = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        name = path.relative_to(root).as_posix()
        if name in seen or not path.exists():
            continue
        seen.add(name)
        waiting.extend(
            node.module
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.ImportFrom) and node.module and node.level == 0
            if node.module.partition(".")[0] in {"kb", "ingest"}
        )
    counted = {
        path.relative_to(root).as_posix()
        for pattern in experiment.INDEX_CODE
        for path in root.glob(pattern)
    }
    assert seen - counted - NOT_STORED == set()
    assert all(list(root.glob(pattern)) for pattern in experiment.INDEX_CODE)


def test_scratch_indexes_that_nobody_used_for_a_month_are_removed(
    dataset: Dataset, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(dataset, settings)
    (old,) = scratch_directories()
    dataset.corpus_path.write_text('{"_id": "nha-xanh", "title": "", "text": "x"}\n')
    with open_for_dataset(dataset, settings):
        assert old.exists()
    later = experiment.time.time() + 40 * 86_400
    monkeypatch.setattr(experiment.time, "time", lambda: later)
    dataset.corpus_path.write_text('{"_id": "nha-xanh", "title": "", "text": "y"}\n')
    with open_for_dataset(dataset, settings) as kb:
        assert scratch_directories() == [kb.settings.data_dir]


def test_a_broken_document_is_an_error(dataset: Dataset, settings: Settings) -> None:
    dataset.corpus_path.write_text('{"_id": "nha-xanh", "text": 5}\n')
    with (
        pytest.raises(DatasetError, match=r"corpus\.jsonl: dòng 1"),
        open_for_dataset(dataset, settings),
    ):
        pass


@pytest.fixture
def plain(tmp_path: Path) -> Dataset:
    return write_dataset(tmp_path / "plain", corpus=False)


@pytest.fixture
def filled(settings: Settings) -> Settings:
    with open_knowledge_base(settings, purpose="test") as kb:
        write_batch(
            kb,
            [
                Document(name, "article", text[:20], text, "here", f"sha-{name}")
                for name, text in TEXTS.items()
                if text and name != "camera"
            ],
        )
    return settings


def test_without_a_corpus_the_users_knowledge_base_is_searched(
    plain: Dataset, filled: Settings
) -> None:
    record = run(plain, filled, mode="lexical")
    assert record.measures["P@1"] == pytest.approx(2 / 4)
    assert record.notes[0] == (
        "Thiếu 1/4 tài liệu được đánh giá (25.0%), điểm sẽ thấp hơn thực tế: camera."
    )
    assert "camera" not in record.titles
    assert not cache_directory().exists()


def test_a_knowledge_base_without_any_judged_document_is_an_error(
    plain: Dataset, settings: Settings
) -> None:
    with pytest.raises(JudgedDocumentsMissing, match="kb ingest corpus --recursive"):
        run(plain, settings)


def test_the_corpus_digest_follows_the_knowledge_base(plain: Dataset, filled: Settings) -> None:
    before = run(plain, filled)
    with open_for_dataset(plain, filled) as kb:
        write_batch(kb, [Document("new", "article", "x", "nội dung", "here", "sha-new")])
    assert run(plain, filled).corpus_digest != before.corpus_digest


def test_paths_and_threads_do_not_change_the_settings_digest(
    dataset: Dataset, settings: Settings, tmp_path: Path
) -> None:
    before = run(dataset, settings)
    moved = settings.model_copy(
        update={
            "data_dir": tmp_path / "elsewhere",
            "embedder": settings.embedder.model_copy(update={"threads": 1}),
        }
    )
    assert run(dataset, moved).settings_digest == before.settings_digest
    other = settings.model_copy(
        update={"retrieval": settings.retrieval.model_copy(update={"candidates": 10})}
    )
    after = run(dataset, other, top_k=50)
    assert after.settings_digest != before.settings_digest
    assert after.notes[0].startswith("Mỗi cách tìm chỉ lấy 10 đoạn")


def test_unknown_keys_and_measures_are_refused_before_anything_is_searched(
    dataset: Dataset, settings: Settings
) -> None:
    with pytest.raises(DatasetError, match=r"'leve1'\. Các khóa đang có: answerable, level, style"):
        run(dataset, settings, by=["leve1"])
    with pytest.raises(UnknownMeasure):
        run(dataset, settings, measures=["nDGC@10"])


def test_a_record_round_trips(dataset: Dataset, settings: Settings, tmp_path: Path) -> None:
    record = run(dataset, settings, by=["level"])
    write_record(record, tmp_path / "deep" / "r.json")
    assert read_record(tmp_path / "deep" / "r.json") == record


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "Không đọc được bản ghi"),
        ("[]", "không phải bản ghi"),
        ('{"version": 99}', "phiên bản 99"),
        ('{"version": 1}', "thiếu hoặc sai mục"),
    ],
)
def test_files_that_are_no_records_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "r.json").write_text(text)
    with pytest.raises(RecordError, match=said):
        read_record(tmp_path / "r.json")


def test_the_history_keeps_every_run(
    dataset: Dataset, settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    record = run(dataset, settings, name="thử a/b")
    later = replace(record, created_at="2099-01-01T00:00:00+00:00")
    paths = {add_to_history(item, settings) for item in (later, record)}
    folder = history_directory(settings)
    assert paths == set(folder.glob("*.json"))
    (folder / "broken.json").write_text("{")
    assert read_history(folder) == [record, later]
    assert "record left out" in caplog.text
    assert read_history(folder / "none") == []
