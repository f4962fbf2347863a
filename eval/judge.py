"""Judging: people grade pooled documents with single keys, and their agreement is measured.

A judge sees the topic and the document, never a rank or a system. Every grade is on disk before
the next document is shown, so nothing is lost when the terminal closes; a line that was cut off is
taken away when the file is opened again, and that document comes up once more.
"""

import hashlib
import json
import os
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, NamedTuple

import click
from rich.console import Console
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from eval.errors import DatasetError, EvaluationError
from eval.formats import CORPUS_FILE, Qrels, write_qrels_tsv
from eval.pool import PooledDocument, read_pool
from kb.cli import print_json, settings_of_environment
from kb.errors import QueryError
from kb.knowledge_base import STORE_FILE, open_store
from kb.settings import Settings
from kb.terms import token_spans
from kb.text import to_reading_form
from retrieval.matching import form_of, is_function_word, query_forms
from retrieval.query import parse_query

COLUMNS = ("query-id", "corpus-id", "score", "judge", "time")
QRELS_COLUMNS = COLUMNS[:3]
GRADES = (0, 1, 2)
GRADE_NAMES: Mapping[int, str] = {0: "không phù hợp", 1: "phù hợp một phần", 2: "rất phù hợp"}

_SHOWN = 5
_CHROME_LINES = 12  # of the screen, around the text of the document
_JUDGE_NAME = re.compile(r"[\w.@ -]{1,60}")

Pair = tuple[str, str]
Weighting = Literal["none", "linear"]


class Judgement(NamedTuple):
    """A grade that a judge gave."""

    query_id: str
    document_id: str
    grade: int


class DocumentText(NamedTuple):
    """What a judge reads of a document."""

    title: str
    text: str


# --- files ---------------------------------------------------------------------------------------


def read_judgements(path: Path) -> dict[Pair, int]:
    """Return the grades of a judge, or of a qrels file; of several for a pair, the last.

    Raises:
        DatasetError: The file is missing or no file of judgements.
    """
    lines = _decoded(path, _read_bytes(path)).split("\n")
    columns = _columns(path, lines[0])
    grades: dict[Pair, int] = {}
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            item = _judgement(line, columns)
            if item is None:
                raise DatasetError(
                    f"{path}: dòng {number} sai: {line.strip()!r}. Cần {len(columns)} cột, mức là "
                    "số nguyên. Nếu là dòng ghi dở, mở lại bằng `kb eval judge --pool ... "
                    f"--output {path}` để sửa."
                )
            grades[item.query_id, item.document_id] = item.grade
    if not grades:
        raise DatasetError(f"{path}: chưa có đánh giá nào. Chấm bằng `kb eval judge --pool ...`.")
    return grades


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError as exc:
        raise DatasetError(f"Không có tệp {str(path)!r}. Kiểm tra lại đường dẫn.") from exc
    except OSError as exc:
        raise DatasetError(f"Không đọc được {str(path)!r}: {exc.strerror}.") from exc


def _decoded(path: Path, content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as exc:
        raise DatasetError(f"{path}: không phải UTF-8. Lưu lại tệp bằng UTF-8.") from exc


def _columns(path: Path, header: str) -> tuple[str, ...]:
    columns = tuple(header.rstrip("\r").split("\t"))
    if columns not in (COLUMNS, QRELS_COLUMNS):
        raise DatasetError(
            f"{path}: cột lạ {', '.join(map(repr, columns))}. Dòng đầu phải là "
            f"{', '.join(map(repr, COLUMNS))} (hoặc ba cột đầu), cách nhau bằng dấu tab."
        )
    return columns


def _judgement(line: str, columns: Sequence[str]) -> Judgement | None:
    cells = line.rstrip("\r").split("\t")
    if len(cells) != len(columns) or not cells[0] or not cells[1]:
        return None
    if not re.fullmatch(r"[+-]?\d+", cells[2]):
        return None
    return Judgement(cells[0], cells[1], int(cells[2]))


class JudgementFile:
    """A judge's file, which only grows: each grade is written and synced at once.

    Attributes:
        path: The file.
        grades: Grade of each pair; the last one counts.
        repaired: Whether a line that was cut off was taken away.
    """

    def __init__(self, path: Path, judge: str) -> None:
        """Open or create the file.

        Args:
            path: The file.
            judge: Name of the judge.

        Raises:
            DatasetError: It holds something else, or another judge's grades.
            EvaluationError: It cannot be written.
        """
        if not _JUDGE_NAME.fullmatch(judge):
            raise EvaluationError(
                f"Tên người chấm {judge!r} không dùng được. "
                "Dùng chữ, số, dấu gạch, tối đa 60 ký tự."
            )
        self.path = path
        self.grades: dict[Pair, int] = {}
        self.repaired = False
        self._judge = judge
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            content = path.read_bytes() if path.exists() else b""
            self._restore(content)
        except OSError as exc:
            raise EvaluationError(
                f"Không ghi được {str(path)!r}: {exc.strerror}. Chọn nơi khác bằng --output."
            ) from exc

    def _restore(self, content: bytes) -> None:
        """Read what is there, take away a last line that is not whole, begin a new file."""
        header = "\t".join(COLUMNS).encode() + b"\n"
        whole = content[: content.rfind(b"\n") + 1]
        if not whole and not header.startswith(content.removeprefix(b"\xef\xbb\xbf")):
            whole = content + b"\n"  # one line that we did not write: let the check name it
        if whole:
            self._read(_decoded(self.path, whole))
        self.repaired = bool(content) and content != whole
        if self.repaired:
            os.truncate(self.path, len(whole))
        if not whole:
            with self.path.open("wb") as file:
                file.write(header)
                file.flush()
                os.fsync(file.fileno())

    def _read(self, text: str) -> None:
        lines = text.split("\n")
        if _columns(self.path, lines[0]) != COLUMNS:
            raise DatasetError(
                f"{self.path}: là tệp qrels, không phải tệp chấm. Chọn tệp khác bằng --output."
            )
        for number, line in enumerate(lines[1:], 2):
            if not line.strip():
                continue
            item = _judgement(line, COLUMNS)
            if item is None:
                raise DatasetError(f"{self.path}: dòng {number} sai: {line!r}. Sửa hoặc xóa dòng.")
            judge = line.split("\t")[3]
            if judge != self._judge:
                raise DatasetError(
                    f"{self.path}: là bài chấm của {judge!r}, không phải {self._judge!r}. "
                    "Mỗi người chấm một tệp: đặt --output khác."
                )
            self.grades[item.query_id, item.document_id] = item.grade

    def add(self, query_id: str, document_id: str, grade: int) -> None:
        """Append a grade; it is on disk when this returns.

        Raises:
            EvaluationError: It cannot be written.
        """
        moment = datetime.now(UTC).isoformat(timespec="seconds")
        line = "\t".join((query_id, document_id, str(grade), self._judge, moment)) + "\n"
        try:
            with self.path.open("ab") as file:
                file.write(line.encode())
                file.flush()
                os.fsync(file.fileno())
        except OSError as exc:
            raise EvaluationError(
                f"Chưa ghi được mức vừa chấm vào {str(self.path)!r}: {exc.strerror}. "
                "Kiểm tra dung lượng đĩa rồi mở lại; các mức trước vẫn còn."
            ) from exc
        self.grades[query_id, document_id] = grade


# --- agreement -----------------------------------------------------------------------------------


def cohen_kappa(
    first: Sequence[int], second: Sequence[int], weighting: Weighting = "none"
) -> float | None:
    """Return how far two judges agree beyond chance: 1 is full agreement, 0 is chance.

    With `o[i][j]` the share of items that the first judge graded `i` and the second `j`, and
    `e[i][j]` the product of the shares of `i` and `j` among their own grades,

        kappa = 1 - sum(w[i][j] * o[i][j]) / sum(w[i][j] * e[i][j])

    where a disagreement weighs `w[i][j] = 1` for `i != j` (unweighted), or `|i - j|` (linear), so
    that 0 against 2 counts twice as much as 0 against 1.

    Args:
        first: Grades of the first judge.
        second: Grades of the second, in the same order.
        weighting: Of disagreements.

    Returns:
        Kappa, or None where it is undefined: no items, or both judges gave one and the same grade
        to all.

    Source: Cohen 1960, "A Coefficient of Agreement for Nominal Scales", Educational and
    Psychological Measurement 20(1), and Cohen 1968, "Weighted kappa", Psychological Bulletin
    70(4), eq. 4 (there with disagreement weights, as here).

    Example:
        >>> round(cohen_kappa([0, 0, 1, 1], [0, 1, 1, 1]), 3)
        0.5
    """
    if len(first) != len(second):
        raise ValueError("both judges must have graded the same items")
    if not first:
        return None
    observed = sum(_weight(one, other, weighting) for one, other in zip(first, second, strict=True))
    expected = sum(
        times * other_times * _weight(one, other, weighting)
        for one, times in Counter(first).items()
        for other, other_times in Counter(second).items()
    )
    if expected == 0:
        return None
    return 1 - len(first) * observed / expected


def _weight(first: int, second: int, weighting: Weighting) -> int:
    distance = abs(first - second)
    return min(distance, 1) if weighting == "none" else distance


@dataclass(frozen=True, slots=True)
class Agreement:
    """How two judges agree on the pairs that both graded.

    Attributes:
        pairs: How many both graded.
        agreed: How many of them alike.
        kappa: Cohen's kappa, or None where it is undefined.
        weighted_kappa: The same with linear weights.
        disagreements: Query id, document id, both grades; the widest apart first, ties by ids.
    """

    pairs: int
    agreed: int
    kappa: float | None
    weighted_kappa: float | None
    disagreements: tuple[tuple[str, str, int, int], ...]


def agreement(first: Mapping[Pair, int], second: Mapping[Pair, int]) -> Agreement:
    """Return how two judges agree.

    Raises:
        DatasetError: There is no pair that both graded.
    """
    shared = sorted(set(first) & set(second))
    if not shared:
        raise DatasetError(
            "Hai tệp không có cặp nào cả hai người cùng chấm. Hai người cần chấm cùng một tệp pool."
        )
    ones, others = [first[pair] for pair in shared], [second[pair] for pair in shared]
    disagreements = [(*pair, first[pair], second[pair]) for pair in shared]
    disagreements = [item for item in disagreements if item[2] != item[3]]
    return Agreement(
        pairs=len(shared),
        agreed=len(shared) - len(disagreements),
        kappa=cohen_kappa(ones, others),
        weighted_kappa=cohen_kappa(ones, others, "linear"),
        disagreements=tuple(
            sorted(disagreements, key=lambda item: (-abs(item[2] - item[3]), item[0], item[1]))
        ),
    )


class Merged(NamedTuple):
    """Judgements of several judges made one.

    Attributes:
        qrels: Query id -> document id -> grade.
        ties: Pairs without a majority, with all their grades; they have the lower grade.
    """

    qrels: Qrels
    ties: Sequence[tuple[str, str, Sequence[int]]]


def merge_judgements(judges: Sequence[Mapping[Pair, int]]) -> Merged:
    """Return the grade that most judges gave each pair; of equally frequent ones, the lowest.

    Example:
        >>> merge_judgements([{("q", "a"): 2}, {("q", "a"): 1}]).qrels
        {'q': {'a': 1}}
    """
    qrels: dict[str, dict[str, int]] = {}
    ties = []
    for query_id, document_id in sorted({pair for grades in judges for pair in grades}):
        given = [
            grades[query_id, document_id] for grades in judges if (query_id, document_id) in grades
        ]
        most = max(given.count(grade) for grade in given)
        candidates = sorted({grade for grade in given if given.count(grade) == most})
        qrels.setdefault(query_id, {})[document_id] = candidates[0]
        if len(candidates) > 1:
            ties.append((query_id, document_id, given))
    return Merged(qrels, ties)


# --- the page ------------------------------------------------------------------------------------


def judging_order(pool: Iterable[PooledDocument], judge: str) -> list[PooledDocument]:
    """Return a pool in the order in which a judge sees it: shuffled, and always the same.

    Topics stay together and come in the same order for all judges, so that two who stop half-way
    have graded the same ones; documents of a topic come in another order for each judge, so that
    what stands first does not colour all judges alike.
    """

    def key(item: PooledDocument) -> tuple[str, str]:
        return _shuffle(item.query_id), _shuffle(judge, item.query_id, item.document_id)

    return sorted(pool, key=key)


def _shuffle(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()


def highlighted(text: str, query: str) -> Text:
    """Return a text with the words of a query marked; words without content are not."""
    shown = Text(text)
    try:
        parsed = parse_query(query)
    except QueryError:
        return shown
    wanted = {form for form in query_forms(parsed) if not is_function_word(form, parsed)}
    for token in token_spans(text):
        if form_of(token, parsed) in wanted:
            shown.stylize("bold black on yellow", token.start_char, token.end_char)
    return shown


def load_texts(
    document_ids: Sequence[str], settings: Settings, dataset: Path | None
) -> dict[str, DocumentText]:
    """Return what judges read of documents: from a dataset's corpus, else the knowledge base.

    Raises:
        DatasetError: A document is in neither, or the corpus cannot be read.
    """
    texts: dict[str, DocumentText] = {}
    if dataset is not None and (dataset / CORPUS_FILE).exists():
        texts = _corpus_texts(dataset / CORPUS_FILE, set(document_ids))
    missing = [document_id for document_id in document_ids if document_id not in texts]
    if missing and (settings.store.url or (settings.data_dir / STORE_FILE).exists()):
        store = open_store(settings)
        try:
            for document in store.get_documents(missing):
                texts[document.document_id] = DocumentText(document.title, document.text)
        finally:
            store.close()
        missing = [document_id for document_id in missing if document_id not in texts]
    if missing:
        shown = ", ".join(map(repr, missing[:_SHOWN]))
        more = f" và {len(missing) - _SHOWN} mã nữa" if len(missing) > _SHOWN else ""
        raise DatasetError(
            f"Danh sách cần chấm nhắc tới tài liệu không có trong cơ sở tri thức: {shown}{more}. "
            "Nạp tài liệu bằng `kb ingest`, hoặc thêm --dataset THƯ_MỤC nếu bộ đánh giá có "
            f"{CORPUS_FILE}."
        )
    return texts


def _corpus_texts(path: Path, wanted: set[str]) -> dict[str, DocumentText]:
    texts = {}
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                record = json.loads(line) if line.strip() else {}
                document_id = str(record.get("_id", record.get("id", "")))
                if document_id in wanted:
                    texts[document_id] = DocumentText(
                        to_reading_form(str(record.get("title") or document_id)),
                        to_reading_form(str(record.get("text") or "")),
                    )
    except (OSError, ValueError, AttributeError) as exc:
        raise DatasetError(f"Không đọc được {str(path)!r}: {exc}. Sửa hoặc tải lại tệp.") from exc
    return texts


class JudgingSession:
    """Shows documents one after the other and takes grades until all have one.

    Grades go to the file at once; a document that was skipped comes up in the next session.
    """

    def __init__(
        self,
        items: Sequence[PooledDocument],
        texts: Mapping[str, DocumentText],
        file: JudgementFile,
        console: Console,
        read_key: Callable[[], str],
    ) -> None:
        """Prepare a session.

        Args:
            items: The pool in the judge's order, graded ones included.
            texts: Text of each of its documents.
            file: Where grades go.
            console: What is written to.
            read_key: Returns the next key; an empty text at the end of the input.
        """
        self._items = items
        self._texts = texts
        self._file = file
        self._console = console
        self._read_key = read_key

    def run(self) -> int:
        """Judge until nothing is left or the judge stops; return how many grades were given."""
        given, position = 0, self._next(0)
        seen: list[int] = []
        message, is_whole = "", False
        while position is not None:
            self._show(self._items[position], message, is_whole=is_whole)
            raw = self._read_key()
            key = raw.strip().lower()
            message, was_whole, is_whole = "", is_whole, False
            if not raw or key == "q":
                break
            if key in {str(grade) for grade in GRADES}:
                item = self._items[position]
                self._file.add(item.query_id, item.document_id, int(key))
                given += 1
                seen.append(position)
                position = self._next(position + 1)
            elif key == "s":
                seen.append(position)
                position = self._next(position + 1)
            elif key == "b" and seen:
                position = seen.pop()
            elif key == "b":
                message = "Đây là tài liệu đầu tiên của lượt chấm này."
            elif key == "t":
                is_whole = not was_whole
            else:
                message = "Hãy bấm một trong các phím dưới đây."
        return given

    def _next(self, start: int) -> int | None:
        """Return the first place from a start on whose document has no grade."""
        for position in range(start, len(self._items)):
            item = self._items[position]
            if (item.query_id, item.document_id) not in self._file.grades:
                return position
        return None

    def _show(self, item: PooledDocument, message: str, *, is_whole: bool) -> None:
        console, document = self._console, self._texts[item.document_id]
        if console.is_terminal:
            console.clear()
        done = sum((one.query_id, one.document_id) in self._file.grades for one in self._items)
        console.rule(f"Đã chấm {done}/{len(self._items)}")
        title = highlighted(document.title, item.query)
        title.stylize("bold")
        console.print(title)
        console.print()
        text = document.text.removeprefix(document.title).lstrip()
        self._print_text(highlighted(text, item.query), is_whole=is_whole)
        console.print(Panel(Text(item.query, style="bold"), title="Câu hỏi", title_align="left"))
        previous = self._file.grades.get((item.query_id, item.document_id))
        if previous is not None:
            console.print(f"Mức đã chấm: {previous} ({GRADE_NAMES.get(previous, '')})")
        if message:
            console.print(Text(message, style="bold red"))
        console.print(
            Text.assemble(
                *(
                    part
                    for grade in reversed(GRADES)
                    for part in ((f" {grade} ", "reverse"), f" {GRADE_NAMES[grade]}  ")
                ),
                "\n",
                (" b ", "reverse"),
                " lùi lại  ",
                (" s ", "reverse"),
                " bỏ qua  ",
                (" t ", "reverse"),
                " xem toàn văn  ",
                (" q ", "reverse"),
                " lưu và thoát",
            )
        )

    def _print_text(self, text: Text, *, is_whole: bool) -> None:
        """Print a text, on a terminal only as much as leaves the topic and the keys in sight."""
        lines = text.wrap(self._console, self._console.width)
        room = max(6, self._console.height - _CHROME_LINES)
        if is_whole or not self._console.is_terminal or len(lines) <= room:
            self._console.print(text)
            return
        self._console.print(Text("\n").join(lines[: room - 1]))
        hidden = len(lines) - room + 1
        self._console.print(Text(f"… còn {hidden} dòng, phím t để xem toàn văn", style="dim"))


def _key_reader() -> Callable[[], str]:
    """Return what reads one key from a terminal, or one line from anything else."""
    if not sys.stdin.isatty():
        return sys.stdin.readline
    return click.getchar


# --- the command ---------------------------------------------------------------------------------


_EXAMPLES = """\b
Ví dụ:
  kb eval judge --pool pool.tsv --judge lan
  kb eval judge --agreement judgements-lan.tsv judgements-minh.tsv
  kb eval judge --merge judgements-lan.tsv judgements-minh.tsv --output qrels.tsv
"""


@click.command("judge", short_help="Chấm mức liên quan 0/1/2.", epilog=_EXAMPLES)
@click.argument("paths", metavar="[TỆP_CHẤM...]", nargs=-1, type=click.Path(path_type=Path))
@click.option(
    "--pool", "pool_path", type=click.Path(path_type=Path), help="Tệp của `kb eval pool`."
)
@click.option("--judge", metavar="TÊN", help="Tên người chấm.")
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Tệp được ghi; khi chấm là judgements-TÊN.tsv nếu không đặt.",
)
@click.option(
    "--dataset",
    type=click.Path(path_type=Path),
    help="Thư mục bộ đánh giá, nếu tài liệu nằm trong corpus.jsonl của nó.",
)
@click.option("--all", "takes_all", is_flag=True, help="Chấm cả những cặp bộ đánh giá đã có mức.")
@click.option("--agreement", "shows_agreement", is_flag=True, help="So hai TỆP_CHẤM.")
@click.option(
    "--merge", "merges", is_flag=True, help="Gộp các TỆP_CHẤM (và qrels sẵn có) thành qrels."
)
@click.option("--json", "as_json", is_flag=True, help="In kết quả so hoặc gộp dạng JSON.")
def judge_command(
    paths: tuple[Path, ...],
    pool_path: Path | None,
    judge: str | None,
    output: Path | None,
    dataset: Path | None,
    takes_all: bool,
    shows_agreement: bool,
    merges: bool,
    as_json: bool,
) -> None:
    """Chấm từng tài liệu trong --pool bằng phím 0, 1, 2; so hoặc gộp các TỆP_CHẤM."""
    if shows_agreement and merges:
        raise click.UsageError("Chọn một trong hai: --agreement hoặc --merge.")
    if shows_agreement:
        _run_agreement(paths, as_json=as_json)
    elif merges:
        _run_merge(paths, output, as_json=as_json)
    elif paths:
        raise click.UsageError("Thêm --agreement để so hoặc --merge để gộp các tệp chấm.")
    elif pool_path is None or judge is None:
        raise click.UsageError("Cần --pool TỆP và --judge TÊN để chấm.")
    else:
        _run_judging(pool_path, judge, output, dataset, takes_all=takes_all)


def _run_judging(
    pool_path: Path, judge: str, output: Path | None, dataset: Path | None, *, takes_all: bool
) -> None:
    pool = [item for item in read_pool(pool_path) if takes_all or item.grade is None]
    if not pool:
        click.echo("Mọi cặp đều đã có mức. Thêm --all để chấm lại từ đầu.")
        return
    document_ids = list(dict.fromkeys(item.document_id for item in pool))
    texts = load_texts(document_ids, settings_of_environment(), dataset)
    name = re.sub(r"[^\w.@-]", "-", judge)
    file = JudgementFile(output or Path(f"judgements-{name}.tsv"), judge)
    console = Console(highlight=False)
    if file.repaired:
        click.echo(f"Đã bỏ một dòng ghi dở ở cuối {file.path}; tài liệu đó sẽ được hỏi lại.")
    session = JudgingSession(judging_order(pool, judge), texts, file, console, _key_reader())
    try:
        given = session.run()
    except (EOFError, KeyboardInterrupt):
        given = None
    done = sum((item.query_id, item.document_id) in file.grades for item in pool)
    told = f"Đã chấm {given} lượt. " if given is not None else ""
    click.echo(f"{told}Tổng cộng {done}/{len(pool)} cặp, lưu ở {file.path}.")
    if done < len(pool):
        click.echo("Chạy lại đúng lệnh này để chấm tiếp.")


def _run_agreement(paths: Sequence[Path], *, as_json: bool) -> None:
    if len(paths) != 2:
        raise click.UsageError("--agreement cần đúng hai tệp chấm.")
    result = agreement(*(read_judgements(path) for path in paths))
    if as_json:
        print_json(
            {
                "pairs": result.pairs,
                "agreed": result.agreed,
                "kappa": result.kappa,
                "weighted_kappa": result.weighted_kappa,
                "disagreements": [
                    {
                        "query_id": query_id,
                        "document_id": document_id,
                        "grades": [first, second],
                    }
                    for query_id, document_id, first, second in result.disagreements
                ],
            }
        )
        return
    click.echo(
        f"{result.pairs} cặp cùng chấm, giống nhau {result.agreed} "
        f"({100 * result.agreed / result.pairs:.1f} %)."
    )
    click.echo(f"Kappa Cohen: {_kappa(result.kappa)}")
    click.echo(f"Kappa Cohen, trọng số tuyến tính: {_kappa(result.weighted_kappa)}")
    if result.disagreements:
        table = Table("Truy vấn", title="Chấm khác nhau", title_justify="left")
        table.add_column("Tài liệu", overflow="fold")
        for path in paths:
            table.add_column(path.stem, justify="right")
        for query_id, document_id, first, second in result.disagreements:
            table.add_row(Text(query_id), Text(document_id), str(first), str(second))
        Console().print(table)


def _kappa(value: float | None) -> str:
    if value is None:
        return "không xác định (cả hai người chỉ dùng một mức)"
    return f"{value:.3f}"


def _run_merge(paths: Sequence[Path], output: Path | None, *, as_json: bool) -> None:
    if not paths or output is None:
        raise click.UsageError("--merge cần các tệp chấm và --output QRELS.tsv.")
    merged = merge_judgements([read_judgements(path) for path in paths])
    write_qrels_tsv(merged.qrels, output)
    count = sum(len(grades) for grades in merged.qrels.values())
    if as_json:
        print_json(
            {
                "output": str(output),
                "pairs": count,
                "ties": [
                    {"query_id": query_id, "document_id": document_id, "grades": list(grades)}
                    for query_id, document_id, grades in merged.ties
                ],
            }
        )
        return
    click.echo(f"Đã ghi {count} cặp vào {output}.")
    if merged.ties:
        click.echo(f"{len(merged.ties)} cặp không có đa số, lấy mức thấp hơn:")
        for query_id, document_id, grades in merged.ties:
            kept = merged.qrels[query_id][document_id]
            click.echo(f"  {query_id}  {document_id}: {', '.join(map(str, grades))} → {kept}")
