"""BEIR folders, TREC qrels and TREC runs, read and written.

What is read is checked as a whole before anything is measured, since a misspelt id in the
judgements lowers every measure without a sound. Files may carry a byte-order mark and Windows line
ends (spreadsheets write both); everything else that is out of order is an error that names file and
line.

The order of a ranking is *score descending, then document id ascending*, as in our search.
trec_eval and its wrappers break ties by document id *descending* and compare scores as 32-bit
floats, so `write_run_trec` writes scores that fall strictly in 32 bits: every tool then sees the
same order. Ranks are checked when a run is read, but the scores decide, as in trec_eval.

Source: https://github.com/beir-cellar/beir/wiki/Load-your-custom-dataset for the folders;
https://trec.nist.gov and the README of trec_eval for qrels and runs.
"""

import hashlib
import json
import logging
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from eval.errors import DatasetError, EvaluationError, RunFileError

logger = logging.getLogger(__name__)

CORPUS_FILE = "corpus.jsonl"
QUERIES_FILE = "queries.jsonl"
NUGGETS_FILE = "nuggets.jsonl"
QRELS_DIRECTORY = "qrels"
DEFAULT_SPLIT = "test"

_INTEGER = re.compile(r"[+-]?\d+")
_WHITE_SPACE = re.compile(r"\s")
_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Topic:
    """An information need: what is typed, and what is known about it.

    Attributes:
        query_id: Its id, without white space.
        text: The query.
        metadata: Whatever the dataset says of it; `style` and `answerable` have a meaning here.
    """

    query_id: str
    text: str
    metadata: Mapping[str, Any]

    @property
    def style(self) -> str:
        """How it is worded (`keyword`, `question`, ...), or an empty text."""
        return str(self.metadata.get("style") or "")

    @property
    def is_answerable(self) -> bool:
        """Whether the corpus holds an answer; topics without one test refusals, not rankings."""
        return bool(self.metadata.get("answerable", True))


Qrels = Mapping[str, Mapping[str, int]]
"""Query id -> document id -> grade; 1 and more is relevant."""


class ScoredDocument(NamedTuple):
    """A document of a ranking."""

    document_id: str
    score: float


Run = Mapping[str, Sequence[ScoredDocument]]
"""Query id -> ranking, best first."""


@dataclass(frozen=True, slots=True)
class Nugget:
    """A fact that a good answer holds.

    Attributes:
        text: The fact.
        numbers: Figures in it as they are written, with their units.
        documents: Ids of documents that state it.
    """

    text: str
    numbers: tuple[str, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dataset:
    """Topics with judgements, over a corpus of its own or over a knowledge base.

    Attributes:
        name: Name of the folder.
        directory: The folder.
        split: Which judgements were read.
        topics: Topics of the split in the order of the file: judged ones, and those marked as
            unanswerable that no other split judges.
        qrels: Judgements of the split.
        nuggets: Query id -> facts, for topics of the split.
        has_corpus: Whether it brings its own documents.
        digest: SHA-256 over the contents of queries, qrels, nuggets and corpus (line ends and
            byte-order marks do not count).
        unjudged: Ids of answerable queries that no split judges; they are no topics.
    """

    name: str
    directory: Path
    split: str
    topics: tuple[Topic, ...]
    qrels: Qrels
    nuggets: Mapping[str, tuple[Nugget, ...]]
    has_corpus: bool
    digest: str
    unjudged: tuple[str, ...] = ()

    @property
    def corpus_path(self) -> Path:
        """Where its documents are, if it has any."""
        return self.directory / CORPUS_FILE

    @property
    def judged_documents(self) -> frozenset[str]:
        """Ids of all documents that a topic of the split judges."""
        return frozenset(document for grades in self.qrels.values() for document in grades)


def read_dataset(directory: Path, split: str = DEFAULT_SPLIT) -> Dataset:
    """Return the dataset of a BEIR folder, checked.

    Args:
        directory: Holds `queries.jsonl`, `qrels/<split>.tsv` (or `.trec`, `.qrels`, `.txt` in TREC
            form), and optionally `corpus.jsonl` and `nuggets.jsonl`.
        split: Which judgements to read.

    Raises:
        DatasetError: A file is missing or broken, or the files contradict each other.
    """
    if not directory.is_dir():
        raise DatasetError(
            f"Không có thư mục bộ đánh giá {str(directory)!r}. Kiểm tra lại --dataset."
        )
    queries = read_queries(directory / QUERIES_FILE)
    qrels_path = _qrels_path(directory, split)
    qrels = _read_qrels(qrels_path)
    corpus_path = directory / CORPUS_FILE
    documents = _corpus_ids(corpus_path) if corpus_path.exists() else None
    nuggets_path = directory / NUGGETS_FILE
    nuggets = read_nuggets(nuggets_path) if nuggets_path.exists() else {}

    known = {topic.query_id for topic in queries}
    _check_known(set(qrels) - known, "truy vấn", QUERIES_FILE, qrels_path)
    _check_known(set(nuggets) - known, "truy vấn", QUERIES_FILE, nuggets_path)
    if documents is not None:
        judged = {document for grades in qrels.values() for document in grades}
        named = {name for items in nuggets.values() for item in items for name in item.documents}
        _check_known(judged - documents, "tài liệu", CORPUS_FILE, qrels_path)
        _check_known(named - documents, "tài liệu", CORPUS_FILE, nuggets_path)

    elsewhere = _judged_elsewhere(qrels_path) if set(qrels) != known else set()
    topics = tuple(
        topic
        for topic in queries
        if topic.query_id in qrels or (not topic.is_answerable and topic.query_id not in elsewhere)
    )
    in_split = {topic.query_id for topic in topics}
    files = [directory / QUERIES_FILE, qrels_path, nuggets_path, corpus_path]
    return Dataset(
        name=directory.resolve().name,
        directory=directory,
        split=split,
        topics=topics,
        qrels=qrels,
        nuggets={query_id: items for query_id, items in nuggets.items() if query_id in in_split},
        has_corpus=documents is not None,
        digest=content_digest(path for path in files if path.exists()),
        unjudged=tuple(
            topic.query_id
            for topic in queries
            if topic.query_id not in in_split and topic.query_id not in elsewhere
        ),
    )


def read_queries(path: Path) -> list[Topic]:
    """Return the topics of a BEIR `queries.jsonl`, in the order of the file.

    Raises:
        DatasetError: The file is missing, empty or broken, or an id comes twice.
    """
    topics: dict[str, Topic] = {}
    for where, record in _json_lines(path):
        query_id = _identifier(record.get("_id"), "_id", where)
        text, metadata = record.get("text"), record.get("metadata")
        if not isinstance(text, str) or not text.strip():
            raise DatasetError(f"{where}: 'text' phải là câu truy vấn, không để trống.")
        if metadata is not None and not isinstance(metadata, dict):
            raise DatasetError(f"{where}: 'metadata' phải là một đối tượng JSON {{...}}.")
        metadata = metadata or {}
        if not isinstance(metadata.get("answerable", True), bool):
            raise DatasetError(f"{where}: 'metadata.answerable' phải là true hoặc false.")
        if query_id in topics:
            raise DatasetError(
                f"{where}: mã truy vấn {query_id!r} đã có ở trên. Đặt mã khác hoặc bỏ một dòng."
            )
        topics[query_id] = Topic(query_id, text, metadata)
    if not topics:
        raise DatasetError(f"{path}: không có truy vấn nào. Thêm ít nhất một dòng truy vấn.")
    return list(topics.values())


def read_nuggets(path: Path) -> dict[str, tuple[Nugget, ...]]:
    """Return the facts of `nuggets.jsonl` by query id.

    Raises:
        DatasetError: The file is missing or broken, or a query comes twice.
    """
    nuggets: dict[str, tuple[Nugget, ...]] = {}
    for where, record in _json_lines(path):
        query_id = _identifier(record.get("query_id"), "query_id", where)
        items = record.get("nuggets")
        if not isinstance(items, list):
            raise DatasetError(f"{where}: 'nuggets' phải là một danh sách.")
        if query_id in nuggets:
            raise DatasetError(f"{where}: truy vấn {query_id!r} đã có ở trên. Gộp hai dòng lại.")
        nuggets[query_id] = tuple(_nugget(item, where) for item in items)
    return nuggets


def _nugget(item: Any, where: str) -> Nugget:
    item = item if isinstance(item, dict) else {}
    text, numbers, documents = item.get("text"), item.get("numbers", []), item.get("documents", [])
    if not isinstance(text, str) or not text.strip():
        raise DatasetError(f"{where}: mỗi ý cần 'text' không trống.")
    for name, values in (("numbers", numbers), ("documents", documents)):
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise DatasetError(f"{where}: {name!r} phải là danh sách các chuỗi.")
    return Nugget(text, tuple(numbers), tuple(documents))


def read_qrels_tsv(path: Path) -> dict[str, dict[str, int]]:
    """Return the judgements of a BEIR file: a header, then query, document and grade by tabs.

    Raises:
        DatasetError: The file is missing, empty or broken, lacks its header, holds a grade that
            is no integer, or judges a pair twice.
    """
    lines = iter(_lines(path, DatasetError))
    first = next(lines, None)
    if first is None:
        raise DatasetError(f"{path}: không có đánh giá nào. Thêm các dòng đánh giá.")
    where, header = first
    if header.split("\t") != ["query-id", "corpus-id", "score"]:
        raise DatasetError(
            f"{where}: thiếu dòng tiêu đề. "
            "Dòng đầu phải là 'query-id', 'corpus-id', 'score', cách nhau bằng dấu tab."
        )
    return _judgements(path, ((where, line.split("\t")) for where, line in lines), (0, 1, 2))


def read_qrels_trec(path: Path) -> dict[str, dict[str, int]]:
    """Return the judgements of a TREC file: `query iteration document grade`, no header.

    Raises:
        DatasetError: As for `read_qrels_tsv`.
    """
    rows = ((where, line.split()) for where, line in _lines(path, DatasetError))
    return _judgements(path, rows, (0, 2, 3))


def _judgements(
    path: Path, rows: Iterable[tuple[str, list[str]]], columns: tuple[int, int, int]
) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    width = columns[2] + 1
    for where, cells in rows:
        if len(cells) != width:
            raise DatasetError(f"{where}: cần {width} cột, đang có {len(cells)}. Sửa dòng này.")
        query_id, document_id, grade = (cells[column].strip() for column in columns)
        query_id = _identifier(query_id, "query-id", where)
        document_id = _identifier(document_id, "corpus-id", where)
        if not _INTEGER.fullmatch(grade):
            raise DatasetError(
                f"{where}: mức đánh giá {grade!r} không phải số nguyên. Dùng 0, 1 hoặc 2."
            )
        grades = qrels.setdefault(query_id, {})
        if document_id in grades:
            raise DatasetError(
                f"{where}: cặp {query_id!r}, {document_id!r} đã được đánh giá ở trên. "
                "Giữ lại một dòng."
            )
        grades[document_id] = int(grade)
    if not qrels:
        raise DatasetError(f"{path}: không có đánh giá nào. Thêm các dòng đánh giá.")
    return qrels


def write_qrels_tsv(qrels: Qrels, path: Path) -> None:
    """Write judgements in BEIR form, replacing the file."""
    rows = [f"{query_id}\t{document_id}\t{grade}" for query_id, document_id, grade in _flat(qrels)]
    write_text(path, "\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n")


def write_qrels_trec(qrels: Qrels, path: Path) -> None:
    """Write judgements in TREC form, replacing the file."""
    rows = [
        f"{query_id} 0 {document_id} {grade}\n" for query_id, document_id, grade in _flat(qrels)
    ]
    write_text(path, "".join(rows))


def _flat(qrels: Qrels) -> Iterator[tuple[str, str, int]]:
    for query_id, grades in qrels.items():
        for document_id, grade in grades.items():
            yield query_id, document_id, grade


def read_run_trec(path: Path) -> dict[str, list[ScoredDocument]]:
    """Return the rankings of a TREC run: `query Q0 document rank score tag`.

    Scores decide the order; ties go by document id ascending, whatever their ranks say, and are
    logged. Ranks start at 0 or 1 and must be complete and agree with the scores.

    Raises:
        RunFileError: The file is missing, empty or broken, names a document twice for a query, or
            its ranks have gaps or contradict the scores.
    """
    rows: dict[str, dict[str, tuple[int, float, str]]] = {}
    for where, line in _lines(path, RunFileError):
        cells = line.split()
        if len(cells) != 6:
            raise RunFileError(
                f"{where}: cần 6 cột (query Q0 document rank score tag), đang có {len(cells)}."
            )
        query_id, _, document_id, rank, score, _ = cells
        if not _INTEGER.fullmatch(rank):
            raise RunFileError(f"{where}: hạng {rank!r} không phải số nguyên.")
        ranking = rows.setdefault(query_id, {})
        if document_id in ranking:
            raise RunFileError(
                f"{where}: tài liệu {document_id!r} xuất hiện hai lần cho truy vấn {query_id!r}. "
                "Mỗi tài liệu chỉ giữ hạng cao nhất."
            )
        ranking[document_id] = (int(rank), _score(score, where), where)
    if not rows:
        raise RunFileError(f"{path}: không có kết quả nào. Kiểm tra lệnh đã tạo ra tệp này.")
    ties = 0
    for query_id, ranking in rows.items():
        ties += _check_ranks(query_id, ranking)
    if ties:
        logger.warning("ties in run, ordered by document id file=%s queries=%d", path.name, ties)
    return {
        query_id: sort_ranking(
            ScoredDocument(document_id, score) for document_id, (_, score, _) in ranking.items()
        )
        for query_id, ranking in rows.items()
    }


def _score(value: str, where: str) -> float:
    try:
        score = float(value)
    except ValueError:
        score = math.nan
    if not math.isfinite(score):
        raise RunFileError(f"{where}: điểm {value!r} không phải là một số hữu hạn.")
    return score


def _check_ranks(query_id: str, ranking: Mapping[str, tuple[int, float, str]]) -> bool:
    """Check the ranks of a query and return whether it has tied scores."""
    by_rank = sorted(ranking.values())
    start = min(by_rank[0][0], 1)
    previous: tuple[int, float, str] | None = None
    has_ties = False
    for expected, item in enumerate(by_rank, start):
        rank, score, where = item
        if start < 0 or rank != expected:
            raise RunFileError(
                f"{where}: hạng của truy vấn {query_id!r} phải liên tục từ 1, chờ {expected} "
                f"nhưng gặp {rank}. Tệp có thể bị mất dòng: tạo lại, hoặc đánh lại hạng."
            )
        if previous is not None and score > previous[1]:
            raise RunFileError(
                f"{where}: hạng {rank} của truy vấn {query_id!r} có điểm cao hơn hạng trước "
                f"({score:g} > {previous[1]:g}). Điểm phải giảm theo hạng: nếu là khoảng cách, "
                "hãy ghi số đối của nó."
            )
        has_ties |= previous is not None and score == previous[1]
        previous = item
    return has_ties


def sort_ranking(documents: Iterable[ScoredDocument]) -> list[ScoredDocument]:
    """Return documents best first, ties by document id ascending.

    Example:
        >>> [item.document_id for item in sort_ranking(
        ...     [ScoredDocument("b", 1.0), ScoredDocument("a", 1.0), ScoredDocument("c", 2.0)])]
        ['c', 'a', 'b']
    """
    return sorted(documents, key=lambda item: (-item.score, item.document_id))


def write_run_trec(run: Run, path: Path, tag: str) -> None:
    """Write rankings as a TREC run, in their order, replacing the file.

    Scores are written as 32-bit floats; one that is not below the score before it is lowered to
    the next float, so that no tool meets a tie.

    Args:
        run: Rankings, best first.
        path: The file.
        tag: Name of the system; white space becomes `-`.
    """
    tag = _WHITE_SPACE.sub("-", tag.strip()) or "kb"
    lines: list[str] = []
    for query_id, ranking in run.items():
        scores = _falling([item.score for item in ranking])
        lines.extend(
            f"{query_id} Q0 {item.document_id} {rank} {score} {tag}\n"
            for rank, (item, score) in enumerate(zip(ranking, scores, strict=True), 1)
        )
    write_text(path, "".join(lines))


def _falling(scores: Sequence[float]) -> list[str]:
    """Return scores as texts that fall strictly when read as 32-bit floats."""
    largest = float(np.finfo(np.float32).max)
    below = np.float32(-np.inf)
    previous = np.float32(np.inf)
    texts = []
    for score in scores:
        current = np.float32(min(max(score, -largest), largest))
        current = min(current, np.nextafter(previous, below))
        texts.append(np.format_float_positional(current, unique=True, trim="0"))
        previous = current
    return texts


def write_text(path: Path, text: str) -> None:
    """Write a file in UTF-8 with plain line ends, making its folder if need be.

    Raises:
        EvaluationError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as exc:
        raise EvaluationError(
            f"Không ghi được {str(path)!r}: {exc.strerror}. Chọn nơi khác có quyền ghi."
        ) from exc


def content_digest(paths: Iterable[Path]) -> str:
    """Return the SHA-256 of files with their names, blind to line ends and byte-order marks."""
    digest = hashlib.sha256()
    for path in paths:
        digest.update(f"\x00{path.name}\x00".encode())
        with path.open("rb") as file:
            for number, line in enumerate(file):
                content = line.removeprefix(b"\xef\xbb\xbf") if number == 0 else line
                digest.update(content.rstrip(b"\r\n") + b"\n")
    return digest.hexdigest()


def _qrels_path(directory: Path, split: str) -> Path:
    folder = directory / QRELS_DIRECTORY
    for suffix in ("tsv", "trec", "qrels", "txt"):
        path = folder / f"{split}.{suffix}"
        if path.is_file():
            return path
    splits = sorted(path.stem for path in folder.glob("*") if path.is_file())
    known = f"Đang có: {', '.join(splits)}." if splits else "Thư mục này chưa có tệp đánh giá nào."
    raise DatasetError(f"Không có {str(folder / f'{split}.tsv')!r}. {known} Chọn bằng --split.")


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    return read_qrels_tsv(path) if path.suffix == ".tsv" else read_qrels_trec(path)


def _judged_elsewhere(path: Path) -> set[str]:
    """Return the ids of queries that the other splits judge."""
    others = [other for other in path.parent.glob("*") if other.is_file() and other != path]
    return {query_id for other in sorted(others) for query_id in _read_qrels(other)}


def _corpus_ids(path: Path) -> set[str]:
    document_ids: set[str] = set()
    for where, record in _json_lines(path):
        document_id = _identifier(record.get("_id", record.get("id")), "_id", where)
        if document_id in document_ids:
            raise DatasetError(
                f"{where}: mã tài liệu {document_id!r} đã có ở trên. Đặt mã khác hoặc bỏ một dòng."
            )
        document_ids.add(document_id)
    if not document_ids:
        raise DatasetError(f"{path}: không có tài liệu nào. Thêm tài liệu, hoặc xóa tệp rỗng này.")
    return document_ids


def _check_known(unknown: set[str], kind: str, file: str, source: Path) -> None:
    if unknown:
        shown = ", ".join(repr(name) for name in sorted(unknown)[:_SHOWN])
        more = f" và {len(unknown) - _SHOWN} mã nữa" if len(unknown) > _SHOWN else ""
        raise DatasetError(
            f"{source}: nhắc tới {kind} không có trong {file}: {shown}{more}. "
            f"Sửa mã, thêm vào {file}, hoặc bỏ các dòng đó."
        )


def _identifier(value: Any, name: str, where: str) -> str:
    if not isinstance(value, str) or not value or _WHITE_SPACE.search(value):
        raise DatasetError(f"{where}: {name!r} phải là chuỗi không trống và không có khoảng trắng.")
    return value


def _json_lines(path: Path) -> Iterator[tuple[str, dict[str, Any]]]:
    for where, line in _lines(path, DatasetError):
        try:
            record = json.loads(line)
        except (ValueError, RecursionError) as exc:
            raise DatasetError(f"{where}: JSON sai ({exc}). Sửa dòng này.") from exc
        if not isinstance(record, dict):
            raise DatasetError(f"{where}: phải là một đối tượng JSON {{...}}.")
        yield where, record


def _lines(path: Path, error: type[EvaluationError]) -> Iterator[tuple[str, str]]:
    """Yield the lines that are not blank, each with `file: dòng n` before it."""
    try:
        # Only real line ends part lines: a JSON text may hold U+2028 and the like.
        with path.open(encoding="utf-8-sig", newline="\n") as file:
            for number, line in enumerate(file, 1):
                if content := line.strip("\r\n"):
                    yield f"{path}: dòng {number}", content
    except FileNotFoundError as exc:
        raise error(f"Không có tệp {str(path)!r}. Kiểm tra lại đường dẫn.") from exc
    except UnicodeDecodeError as exc:
        raise error(f"{path}: không phải UTF-8 ({exc.reason}). Lưu lại tệp bằng UTF-8.") from exc
    except OSError as exc:
        raise error(f"Không đọc được {str(path)!r}: {exc.strerror}.") from exc
