"""A run of topics through our search, and the record of it that everything else reads.

A dataset with documents of its own is indexed into a scratch knowledge base under the user's cache
directory, whose name is a digest of the corpus and of everything that decides what is stored of it:
a second run finds it there, an interrupted one goes on where it stopped, and the user's knowledge
base is never opened. A dataset without documents runs over the knowledge base of the settings.
"""

import hashlib
import json
import logging
import os
import re
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, NamedTuple

import numpy as np

import kb as kb_package
from eval.errors import DatasetError, JudgedDocumentsMissing, RecordError
from eval.formats import (
    CORPUS_FILE,
    Dataset,
    Qrels,
    Run,
    ScoredDocument,
    Topic,
    content_digest,
    write_text,
)
from eval.measures import DEFAULT_MEASURES, Group, break_down, evaluate, parse_measure
from ingest.indexing import finish_pending, write_batch
from ingest.lexicon import rebuild_lexicon
from ingest.records.jsonl import read_jsonl
from kb.embedders import get_embedder
from kb.errors import EmptyDocument, EmptyQuery, IngestError, QueryTooLong
from kb.knowledge_base import KnowledgeBase, open_knowledge_base
from kb.manifest import Manifest
from kb.models import Document, SearchMode
from kb.ports import Embedder
from kb.settings import IndexSettings, Settings, StoreSettings, describe_settings
from kb.terms import TermScheme
from retrieval.hits import to_hits
from retrieval.query import ALL_PARTS, Parts
from retrieval.search import Searcher

logger = logging.getLogger(__name__)

Stage = Literal["index", "search"]
# Called with the stage, how much of it is done, and how much there is.
Progress = Callable[[Stage, int, int], None]

PERCENTILES = (50, 95, 99)
STYLE_KEY = "style"
HISTORY_DIRECTORY = Path("eval") / "history"
_TITLED = 10
# Small, so that the progress bar moves and an interruption loses little.
_BATCH_DOCUMENTS = 32
_COMPLETE_FILE = "complete.json"
_KEPT_DAYS = 30
_SECONDS_A_DAY = 86_400
# Modules that decide what is stored of a document; a test holds them against the imports.
INDEX_CODE = (
    "ingest/case_links.py",
    "ingest/cases/*.py",
    "ingest/chunker.py",
    "ingest/duplicates.py",
    "ingest/indexing.py",
    "ingest/lexicon.py",
    "ingest/metadata/*.py",
    "ingest/metadata/data/*",
    "ingest/readers.py",
    "ingest/records/*.py",
    "kb/abbreviations.py",
    "kb/data/*",
    "kb/embedders/*.py",
    "kb/embedders/data/*",
    "kb/facets.py",
    "kb/facts.py",
    "kb/ids.py",
    "kb/indexes/__init__.py",
    "kb/indexes/edge.py",
    "kb/indexes/layout.py",
    "kb/lexicon.py",
    "kb/phrases.py",
    "kb/places/*.py",
    "kb/places/data/*",
    "kb/sentences.py",
    "kb/store/*.py",
    "kb/syllables.py",
    "kb/taxonomy.py",
    "kb/terms.py",
    "kb/text.py",
)
_NOT_IN_FILE_NAME = re.compile(r"[^\w.-]+")

RECORD_VERSION = 1


class DatasetReference(NamedTuple):
    """Which dataset a run was measured on; `digest` is that of `eval.formats.Dataset`."""

    name: str
    split: str
    digest: str


@dataclass(frozen=True)
class RunRecord:
    """Everything that is known of a run, enough to compare, report and gate without its dataset.

    Attributes:
        name: Shown to people; dataset and mode unless given.
        created_at: UTC, ISO 8601, to the second.
        dataset: What it was measured on.
        corpus_digest: SHA-256 of the corpus file, or of the ids and contents of the knowledge
            base's documents.
        settings: The settings in force, secrets blanked.
        settings_digest: SHA-256 of what decides results among them: model, terms, chunker,
            retrieval, kind of index. Paths, threads and addresses do not count.
        mode: Which legs took part.
        top_k: Longest ranking.
        run: Rankings of all topics, best first; unanswerable topics have theirs too.
        timings_ms: Query id -> stage -> milliseconds of one search, `total` included.
        measures: Measure -> value over the answerable topics.
        per_query: Query id -> measure -> value, answerable topics only.
        by_style: Style -> measure -> value.
        breakdowns: Metadata key -> value -> measure -> value, for `style` and each `--by`.
        counts: Metadata key -> value -> number of topics.
        topics: Query id -> `text` and `metadata`.
        qrels: Judgements of the topics.
        titles: Document id -> title, for judged documents and the first ten of each ranking.
        notes: What a reader should know, in Vietnamese.
    """

    name: str
    created_at: str
    dataset: DatasetReference
    corpus_digest: str
    settings: Mapping[str, Any]
    settings_digest: str
    mode: str
    top_k: int
    run: Run
    timings_ms: Mapping[str, Mapping[str, float]]
    measures: Mapping[str, float]
    per_query: Mapping[str, Mapping[str, float]]
    by_style: Mapping[str, Mapping[str, float]]
    breakdowns: Mapping[str, Mapping[str, Mapping[str, float]]] = field(default_factory=dict)
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    topics: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    qrels: Qrels = field(default_factory=dict)
    titles: Mapping[str, str] = field(default_factory=dict)
    notes: Sequence[str] = ()

    def to_data(self) -> dict[str, Any]:
        """Return it as plain data for JSON; a ranking is a list of `[document id, score]`."""
        data = {name: getattr(self, name) for name in self.__dataclass_fields__}
        data["dataset"] = self.dataset._asdict()
        data["run"] = {
            query_id: [[item.document_id, item.score] for item in ranking]
            for query_id, ranking in self.run.items()
        }
        data["notes"] = list(self.notes)
        return {"version": RECORD_VERSION, **data}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> "RunRecord":
        """Return the record that `to_data` wrote.

        Raises:
            RecordError: It is not a record, or one of another version.
        """
        if data.get("version") != RECORD_VERSION:
            raise RecordError(
                f"Bản ghi phiên bản {data.get('version')!r}, cần {RECORD_VERSION}. "
                "Chạy lại `kb eval run` để tạo bản ghi mới."
            )
        try:
            values = {name: data[name] for name in cls.__dataclass_fields__}
            values["dataset"] = DatasetReference(**data["dataset"])
            values["run"] = {
                query_id: [ScoredDocument(document_id, score) for document_id, score in ranking]
                for query_id, ranking in data["run"].items()
            }
            values["notes"] = tuple(data["notes"])
            return cls(**values)
        except (KeyError, TypeError, ValueError, AttributeError) as exc:
            raise RecordError(
                f"Bản ghi thiếu hoặc sai mục ({exc}). Chạy lại `kb eval run` để tạo bản ghi mới."
            ) from exc


def write_record(record: RunRecord, path: Path) -> None:
    """Write a record as JSON, replacing the file.

    Raises:
        EvaluationError: It cannot be written.
    """
    write_text(path, json.dumps(record.to_data(), ensure_ascii=False) + "\n")


def read_record(path: Path) -> RunRecord:
    """Return the record of a file.

    Raises:
        RecordError: The file is missing or no record.
    """
    try:
        data = json.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError as exc:
        raise RecordError(f"Không có bản ghi {str(path)!r}. Kiểm tra lại đường dẫn.") from exc
    except (OSError, ValueError, RecursionError) as exc:
        raise RecordError(f"Không đọc được bản ghi {str(path)!r}: {exc}.") from exc
    if not isinstance(data, dict):
        raise RecordError(f"{str(path)!r} không phải bản ghi của `kb eval run --record`.")
    try:
        return RunRecord.from_data(data)
    except RecordError as exc:
        raise RecordError(f"{path}: {exc}") from exc


@contextmanager
def open_for_dataset(
    dataset: Dataset,
    settings: Settings,
    *,
    purpose: str = "eval run",
    embedder: Embedder | None = None,
    progress: Progress | None = None,
) -> Iterator[KnowledgeBase]:
    """Open the knowledge base that a dataset is to be measured on.

    Args:
        dataset: With a corpus, its scratch knowledge base is opened, built if need be; without
            one, the knowledge base of the settings.
        settings: The settings in force.
        purpose: The command, named to others that find the directory locked.
        embedder: Used instead of the one of the settings (tests).
        progress: Called while documents are indexed.

    Raises:
        DatasetError: A document of the corpus cannot be read.
        StoreLocked: Another process holds the directory.
    """
    if dataset.has_corpus:
        embedder = embedder or get_embedder(settings.embedder, settings.model_dir)
        settings = _scratch_settings(dataset, settings, embedder)
    with open_knowledge_base(settings, purpose=purpose, embedder=embedder) as kb:
        if dataset.has_corpus:
            _complete_index(kb, dataset.corpus_path, progress)
        yield kb


def cache_directory() -> Path:
    """Return where scratch knowledge bases lie."""
    cache = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(cache) / "mohinh-kb" / "eval"


def _scratch_settings(dataset: Dataset, settings: Settings, embedder: Embedder) -> Settings:
    """Return the settings with all state in the scratch directory of a dataset's corpus.

    The index is the embedded one whatever the settings say, since a collection on somebody's
    server is no scratch space.
    """
    manifest = Manifest.of(embedder.spec, TermScheme(), settings.chunker, IndexSettings().kind)
    digest = _digest_of([_corpus_digest(dataset), asdict(manifest), indexing_code_digest()])
    return settings.model_copy(
        update={
            "data_dir": cache_directory() / digest[:32],
            "index": IndexSettings(),
            "store": StoreSettings(),
        }
    )


def _corpus_digest(dataset: Dataset) -> str:
    return content_digest([dataset.directory / CORPUS_FILE])


def indexing_code_digest() -> str:
    """Return a digest of the code that turns documents into an index.

    Without it, work on the chunker would be measured on an index of the old one.
    """
    root = Path(kb_package.__path__[0]).parent
    return content_digest(path for pattern in INDEX_CODE for path in sorted(root.glob(pattern)))


def _digest_of(data: Any) -> str:
    return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()


def _complete_index(kb: KnowledgeBase, corpus: Path, progress: Progress | None) -> None:
    """Index what of the corpus is not indexed yet."""
    directory = kb.settings.data_dir
    marker = directory / _COMPLETE_FILE
    if marker.exists():
        if kb.index.count() == kb.store.counts().chunks:
            marker.touch()
            return
        logger.warning("scratch index damaged, built again directory=%s", directory)
        marker.unlink()
        kb.store.set_all_pending()
    _remove_stale(directory)
    for document_id in finish_pending(kb):
        logger.info("finished after an interruption document_id=%s", document_id)
    documents = _corpus_documents(corpus)
    ids = [document.document_id for document in documents]
    indexed = {
        document_id
        for document_id, state in kb.store.states(ids).items()
        if state.state == "indexed"
    }
    missing = [document for document in documents if document.document_id not in indexed]
    done = len(indexed)
    for start in range(0, len(missing), _BATCH_DOCUMENTS):
        if progress:
            progress("index", done, len(ids))
        batch = missing[start : start + _BATCH_DOCUMENTS]
        write_batch(kb, batch)
        done += len(batch)
    if progress:
        progress("index", done, len(ids))
    kb.index.optimize()
    rebuild_lexicon(kb)
    write_text(marker, json.dumps({"documents": len(ids)}) + "\n")


def _corpus_documents(path: Path) -> list[Document]:
    """Return the documents of a corpus file; those without any text are left out.

    Raises:
        DatasetError: A line is no document. Ingest would go on without it, but then the measures
            would be those of another corpus.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as exc:
        raise DatasetError(f"Không đọc được {str(path)!r}: {exc}.") from exc
    documents = []
    for item in read_jsonl(text, origin=str(path.resolve()), name=str(path)):
        if isinstance(item, EmptyDocument):
            logger.warning("empty document left out reason=%s", item)
        elif isinstance(item, IngestError):
            raise DatasetError(str(item)) from item
        else:
            documents.append(item)
    return documents


def _remove_stale(current: Path) -> None:
    """Remove scratch knowledge bases that nobody used for a month."""
    for directory in current.parent.iterdir():
        used = max(
            (
                path.stat().st_mtime
                for path in (directory, directory / _COMPLETE_FILE)
                if path.exists()
            ),
            default=0.0,
        )
        if directory != current and time.time() - used > _KEPT_DAYS * _SECONDS_A_DAY:
            shutil.rmtree(directory, ignore_errors=True)


def run_experiment(
    dataset: Dataset,
    kb: KnowledgeBase,
    *,
    mode: SearchMode = "hybrid",
    top_k: int = 100,
    parts: Parts = ALL_PARTS,
    searcher: Searcher | None = None,
    name: str = "",
    measures: Sequence[str] = DEFAULT_MEASURES,
    by: Sequence[str] = (),
    progress: Progress | None = None,
) -> RunRecord:
    """Search for every topic, one at a time, and return the record of it.

    The stages that are timed are those of `Searcher.search` for a page of results
    (`retrieval.top_k`), on a warm process; the longer ranking comes from the same candidates.

    Args:
        dataset: The topics and judgements.
        kb: Opened by `open_for_dataset`.
        mode: Which legs take part.
        top_k: Longest ranking wanted.
        parts: Which parts of the query understanding take part.
        searcher: Over `kb`, with other weights than those shipped.
        name: Name of the record.
        measures: Names of ir-measures.
        by: Metadata keys to break measures down by, beside `style`.
        progress: Called while topics are searched.

    Raises:
        JudgedDocumentsMissing: None of the judged documents is in the knowledge base.
        UnknownMeasure: A measure does not exist.
        DatasetError: No topic has a metadata key of `by`.
    """
    for measure in measures:
        parse_measure(measure)
    _check_keys(dataset, by)
    states = kb.store.states_in("indexed")
    stored = {state.document_id for state in states}
    notes = _notes(dataset, kb, stored, top_k)
    run, timings, unread = _search_all(
        dataset.topics, kb, searcher or Searcher(kb), mode, top_k, parts, progress
    )
    if unread:
        notes.append(
            f"{len(unread)} truy vấn quá dài hoặc không có chữ, tính 0 điểm: {_listed(unread)}."
        )
    evaluation = evaluate(dataset.topics, dataset.qrels, run, measures)
    groups = {
        key: break_down(dataset.topics, evaluation, key) for key in dict.fromkeys((STYLE_KEY, *by))
    }
    breakdowns = {
        key: {value: group.measures for value, group in found.items()}
        for key, found in groups.items()
    }
    if dataset.has_corpus:
        corpus_digest = _corpus_digest(dataset)
    else:
        corpus_digest = _digest_of(sorted((item.document_id, item.sha256) for item in states))
    return RunRecord(
        name=name or f"{dataset.name}-{mode}",
        created_at=datetime.now(UTC).isoformat(timespec="seconds"),
        dataset=DatasetReference(dataset.name, dataset.split, dataset.digest),
        corpus_digest=corpus_digest,
        settings=_public_settings(kb),
        settings_digest=_digest_of(_deciding_settings(kb)),
        mode=mode,
        top_k=top_k,
        run=run,
        timings_ms=timings,
        measures=evaluation.measures,
        per_query=evaluation.per_query,
        by_style=breakdowns[STYLE_KEY],
        breakdowns=breakdowns,
        counts={key: _counts(found) for key, found in groups.items()},
        topics={
            topic.query_id: {"text": topic.text, "metadata": dict(topic.metadata)}
            for topic in dataset.topics
        },
        qrels=dataset.qrels,
        titles=_titles(kb, run, dataset.judged_documents & stored),
        notes=tuple(notes),
    )


def _check_keys(dataset: Dataset, keys: Sequence[str]) -> None:
    known = {key for topic in dataset.topics for key in topic.metadata}
    for key in keys:
        if key not in known:
            raise DatasetError(
                f"Không truy vấn nào của {dataset.name!r} có metadata {key!r}. "
                f"Các khóa đang có: {', '.join(sorted(known)) or 'không có khóa nào'}."
            )


def _notes(dataset: Dataset, kb: KnowledgeBase, stored: set[str], top_k: int) -> list[str]:
    notes = []
    judged = dataset.judged_documents
    missing = judged - stored
    if missing and missing == judged and not dataset.has_corpus:
        raise JudgedDocumentsMissing(
            f"Cơ sở tri thức {str(kb.settings.data_dir)!r} không có tài liệu nào trong "
            f"{len(judged)} tài liệu được đánh giá của {dataset.name!r}. "
            "Nạp kho tài liệu rồi chạy lại, ví dụ: `kb ingest corpus --recursive`."
        )
    if missing:
        notes.append(
            f"Thiếu {len(missing)}/{len(judged)} tài liệu được đánh giá "
            f"({len(missing) / len(judged):.1%}), điểm sẽ thấp hơn thực tế: {_listed(missing)}."
        )
    if dataset.unjudged:
        notes.append(
            f"{len(dataset.unjudged)} truy vấn chưa được đánh giá, không tính: "
            f"{_listed(dataset.unjudged)}."
        )
    if pending := kb.store.counts().pending:
        notes.append(f"{pending} tài liệu chưa vào chỉ mục, chạy `kb ingest` hoặc `kb reindex`.")
    if top_k > kb.settings.retrieval.candidates:
        notes.append(
            f"Mỗi cách tìm chỉ lấy {kb.settings.retrieval.candidates} đoạn "
            "(KB_RETRIEVAL__CANDIDATES), nên danh sách có thể ngắn hơn --top-k."
        )
    return notes


def _listed(names: Sequence[str] | set[str] | frozenset[str]) -> str:
    shown = ", ".join(sorted(names)[:3])
    return f"{shown}, ..." if len(names) > 3 else shown


def _search_all(
    topics: Sequence[Topic],
    kb: KnowledgeBase,
    searcher: Searcher,
    mode: SearchMode,
    top_k: int,
    parts: Parts,
    progress: Progress | None,
) -> tuple[dict[str, list[ScoredDocument]], dict[str, dict[str, float]], list[str]]:
    """Return rankings, timings, and the ids of topics that search does not accept."""
    searcher.search("khởi động", mode=mode, parts=parts)  # loads the model
    run: dict[str, list[ScoredDocument]] = {}
    timings: dict[str, dict[str, float]] = {}
    unread = []
    for done, topic in enumerate(topics):
        if progress:
            progress("search", done, len(topics))
        try:
            run[topic.query_id], timings[topic.query_id] = _search(
                searcher, kb.settings, topic.text, mode, top_k, parts
            )
        except (EmptyQuery, QueryTooLong):
            run[topic.query_id] = []
            unread.append(topic.query_id)
    if progress:
        progress("search", len(topics), len(topics))
    return run, timings, unread


def _search(
    searcher: Searcher,
    settings: Settings,
    text: str,
    mode: SearchMode,
    top_k: int,
    parts: Parts,
) -> tuple[list[ScoredDocument], dict[str, float]]:
    """Do what `Searcher.search` does, and keep the candidates below the page of results.

    Asking `Searcher.search` for `top_k` hits would time the highlighting of a hundred documents
    that no officer asks for; a test holds the two together.
    """
    started = time.perf_counter()
    query = searcher.parse(text, parts=parts)
    timings = {"parse": _ms(started)}
    candidates = searcher.candidates(query, mode=mode, timings=timings)
    loading = time.perf_counter()
    groups = searcher.groups(candidates, settings.retrieval.top_k)
    timings["load"] = _ms(loading)
    highlighting = time.perf_counter()
    to_hits(query, groups)
    timings["highlight"] = _ms(highlighting)
    timings["total"] = _ms(started)
    return [ScoredDocument(item.document_id, item.score) for item in candidates[:top_k]], timings


def _ms(started: float) -> float:
    return round((time.perf_counter() - started) * 1000, 3)


def _counts(groups: Mapping[str, Group]) -> dict[str, int]:
    return {value: group.count for value, group in groups.items()}


def _titles(kb: KnowledgeBase, run: Run, judged: frozenset[str]) -> dict[str, str]:
    wanted = judged | {item.document_id for ranking in run.values() for item in ranking[:_TITLED]}
    return {
        document.document_id: document.title for document in kb.store.get_documents(sorted(wanted))
    }


def _public_settings(kb: KnowledgeBase) -> dict[str, Any]:
    data = describe_settings(kb.settings)
    sections = {name: data[name] for name in ("embedder", "index", "store", "chunker", "retrieval")}
    return {**sections, "embedder_spec": asdict(kb.embedder.spec), "terms": asdict(kb.terms)}


def _deciding_settings(kb: KnowledgeBase) -> dict[str, Any]:
    retrieval = kb.settings.retrieval
    return {
        "embedder": asdict(kb.embedder.spec),
        "terms": asdict(kb.terms),
        "chunker": kb.settings.chunker.model_dump(),
        "candidates": retrieval.candidates,
        "max_query_chars": retrieval.max_query_chars,
        "index": kb.settings.index.kind,
    }


def latency(record: RunRecord) -> dict[str, dict[str, float]]:
    """Return stage -> `p50`, `p95`, `p99` in milliseconds; the stages in their order.

    Each percentile is taken of its stage alone, so stages do not add up to `total`.
    """
    stages = dict.fromkeys(stage for timings in record.timings_ms.values() for stage in timings)
    table = {}
    for stage in stages:
        values = [timings[stage] for timings in record.timings_ms.values() if stage in timings]
        table[stage] = {
            f"p{percentile}": round(float(np.percentile(values, percentile)), 3)
            for percentile in PERCENTILES
        }
    return table


def history_directory(settings: Settings) -> Path:
    """Return the folder where every record is kept."""
    return settings.data_dir / HISTORY_DIRECTORY


def add_to_history(record: RunRecord, settings: Settings) -> Path:
    """Keep a record for the report and return its file.

    Raises:
        EvaluationError: The data directory cannot be written.
    """
    moment = re.sub(r"[^0-9]", "", record.created_at)[:14]
    digest = _digest_of(record.to_data())[:6]
    name = _NOT_IN_FILE_NAME.sub("-", record.name)[:80]
    path = history_directory(settings) / f"{moment}-{name}-{digest}.json"
    write_record(record, path)
    return path


def read_history(directory: Path) -> list[RunRecord]:
    """Return the records of a folder, oldest first; files that are none are logged and left out.

    Evaluations of answers lie there too (`answers-*.json`) and are passed over.
    """
    records = []
    for path in sorted(directory.glob("*.json")):
        if path.name.startswith("answers-"):
            continue
        try:
            records.append(read_record(path))
        except RecordError as exc:
            logger.warning("record left out file=%s reason=%s", path, exc)
    return sorted(records, key=lambda record: record.created_at)
