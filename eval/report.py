"""The report of an evaluation: one HTML file that opens from disk and asks the network for nothing.

It is built from run records alone, which hold topics, judgements and titles. The first record is
the one reported; the others are what it is compared with. Words stand in `templates/report.*.json`,
one file a language, and the page in `templates/report.html`.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import click
import numpy as np

from eval.charts import (
    MAX_SERIES,
    Chart,
    Interval,
    Legend,
    history_lines,
    interval_bars,
    latency_histogram,
    precision_recall,
)
from eval.comparison import RESAMPLES, TIE, paired_test
from eval.errors import DatasetError, NotComparable, RecordError
from eval.experiment import (
    PERCENTILES,
    RunRecord,
    history_directory,
    latency,
    read_history,
    read_record,
)
from eval.formats import DEFAULT_SPLIT, Topic, read_dataset, write_text
from eval.measures import evaluate
from kb.cli import print_json, settings_of_environment
from kb.knowledge_base import STORE_FILE, open_store
from kb.settings import Settings

Language = Literal["vi", "en"]

TEMPLATES = Path(__file__).parent / "templates"
HEADLINE = "nDCG@10"
RECALL = "R@100"
_HISTORY_MEASURES = ("nDCG@10", "R@100", "AP")
_HISTORY_RUNS = 40
_RECALL_LEVELS = [f"IPrec@{step / 10:.1f}" for step in range(11)]
_WORST = 10
_CHANGED = 5
_SHOWN_RESULTS = 5
_SHOWN_EXPECTED = 8
_TOTAL = "total"


class Cell(NamedTuple):
    """A cell of a table on the page.

    Attributes:
        text: What it says.
        note: Said smaller beside it.
        css: Class of the cell.
        series: Number of the run whose colour stands before it, from 1; 0 for none.
        is_text: Whether it is set left, as words are.
    """

    text: str
    note: str = ""
    css: str = ""
    series: int = 0
    is_text: bool = False


class Table(NamedTuple):
    """A table on the page; the first cell of a row names the row."""

    caption: str
    head: Sequence[Cell]
    rows: Sequence[Sequence[Cell]]


class Section(NamedTuple):
    """A chart with its figures."""

    chart: Chart | None
    table: Table
    note: str = ""
    others: int = 0


class Result(NamedTuple):
    """A document beside a topic; `rank` and `grade` are None where there is none."""

    title: str
    grade: int | None
    rank: int | None


@dataclass(frozen=True)
class Words:
    """The words and the number format of a language."""

    language: Language

    @cached_property
    def _texts(self) -> Mapping[str, str]:
        path = TEMPLATES / f"report.{self.language}.json"
        texts: Mapping[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return texts

    def __call__(self, key: str, **values: object) -> str:
        """Return a text; a name of somebody's own (a style, a stage) stands for itself."""
        text = self._texts.get(key)
        if text is None:
            return key.partition(".")[2] or key
        return text.format(**values) if values else text

    def number(self, value: float, digits: int) -> str:
        """Return a number; Vietnamese writes a decimal comma."""
        text = f"{value:,.{digits}f}"
        if self.language == "vi":
            return text.translate(str.maketrans(",.", ".,"))
        return text

    def signed(self, value: float, digits: int = 3) -> str:
        """Return a number with its sign; one that rounds to nothing has none."""
        sign = "" if round(value, digits) == 0 else "+" if value > 0 else "−"
        return sign + self.number(abs(value), digits)

    def interval(self, interval: Interval, digits: int = 3) -> str:
        """Return the borders of an interval."""
        return f"{self.number(interval.low, digits)} – {self.number(interval.high, digits)}"

    def milliseconds(self, value: float) -> str:
        """Return a time with the digits it deserves."""
        return self.number(value, 0 if value >= 100 else 1 if value >= 10 else 2)


def mean_interval(values: Sequence[float]) -> Interval:
    """Return the mean of values with its 95 % bootstrap percentile interval.

    Raises:
        NotComparable: There are no values.
    """
    # The interval of the mean is that of its difference from nothing.
    result = paired_test([0.0] * len(values), values, permutations=1)
    low, high = result.interval
    return Interval(result.difference, low, high, len(values))


def render_report(
    records: Sequence[RunRecord],
    *,
    history: Sequence[RunRecord] = (),
    titles: Mapping[str, str] | None = None,
    language: Language = "vi",
) -> str:
    """Return the page.

    Args:
        records: The run reported, then those it is compared with; all of one dataset.
        history: Older runs, in any order; those of other datasets are left out.
        titles: Document id -> title, for documents that the records do not name.
        language: Of the page.

    Raises:
        RecordError: A record holds nothing to report, or there are too many.
        NotComparable: The records are of different datasets.
    """
    check_records(records)
    from jinja2 import Environment, FileSystemLoader
    from markupsafe import Markup

    words = Words(language)
    page = _Page(_with_own_names(records), words, titles or {})
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, trim_blocks=True, lstrip_blocks=True
    )
    # A chart is markup of ours in which every text is escaped already.
    environment.filters["markup"] = Markup
    return environment.get_template("report.html").render(
        lang=language, t=words, page=page.view(history)
    )


def check_records(records: Sequence[RunRecord]) -> None:
    """Check that records can stand in one report.

    Raises:
        RecordError: A record holds nothing to report, or there are too many.
        NotComparable: The records are of different datasets.
    """
    if not records:
        raise RecordError("Chưa có bản ghi nào. Chạy `kb eval run` trước, rồi đưa tệp bản ghi vào.")
    if len(records) > MAX_SERIES:
        raise RecordError(
            f"Một báo cáo so được nhiều nhất {MAX_SERIES} lần chạy, đang có {len(records)}. "
            "Bỏ bớt bản ghi."
        )
    main = records[0]
    for record in records:
        if not record.per_query or not record.measures:
            raise RecordError(
                f"Bản ghi {record.name!r} không có điểm của truy vấn nào. "
                "Kiểm tra bộ đánh giá rồi chạy lại `kb eval run`."
            )
        if not _has_figures(record):
            raise RecordError(
                f"Bản ghi {record.name!r} có điểm hoặc thời gian không phải là số. Tệp đã bị sửa "
                "hoặc hỏng: chạy lại `kb eval run`."
            )
        if record.dataset.digest != main.dataset.digest:
            raise NotComparable(
                f"Bản ghi {record.name!r} được đo trên {_dataset_name(record)}, còn "
                f"{main.name!r} trên {_dataset_name(main)}: điểm số không so được với nhau. "
                "Chạy lại `kb eval run` trên cùng một bộ, hoặc lập báo cáo riêng."
            )
        if set(record.per_query) != set(main.per_query):
            raise NotComparable(
                f"Bản ghi {record.name!r} và {main.name!r} không có cùng các truy vấn. "
                "Một trong hai tệp có thể bị cắt: chạy lại `kb eval run`."
            )
        if not set(main.measures) & set(record.measures):
            raise NotComparable(
                f"Bản ghi {record.name!r} và {main.name!r} không có thước đo chung. "
                "Chạy lại với cùng --measures."
            )


def _has_figures(record: RunRecord) -> bool:
    """Tell whether each topic has a finite value of each measure, and all times are numbers."""
    try:
        values = [record.measures, *record.per_query.values()]
        return all(
            math.isfinite(scores[measure]) for scores in values for measure in record.measures
        ) and all(
            math.isfinite(value) for times in record.timings_ms.values() for value in times.values()
        )
    except (AttributeError, KeyError, TypeError):
        return False


def _dataset_name(record: RunRecord) -> str:
    dataset = record.dataset
    return f"{dataset.name}/{dataset.split} ({dataset.digest[:8]})"


def _with_own_names(records: Sequence[RunRecord]) -> dict[str, RunRecord]:
    """Return records by name; of those that share one, the later ones get a number."""
    named: dict[str, RunRecord] = {}
    for record in records:
        base = name = record.name or record.mode
        number = 2
        while name in named:
            name, number = f"{base} ({number})", number + 1
        named[name] = record
    return named


class _Page:
    """Builds what the template shows."""

    def __init__(
        self, records: Mapping[str, RunRecord], words: Words, titles: Mapping[str, str]
    ) -> None:
        self._records = records
        self._words = words
        self._names = list(records)
        self._main = records[self._names[0]]
        self._titles = {**titles}
        for record in records.values():
            self._titles.update(record.titles)
        shared = [
            name
            for name in self._main.measures
            if all(name in record.measures for record in records.values())
        ]
        self._measures = shared
        self._headline = HEADLINE if HEADLINE in shared else shared[0]
        self._legend = Legend(
            {key: words(key) for key in ("recall", "precision", "milliseconds", "searches")},
            words.number,
        )

    def view(self, history: Sequence[RunRecord]) -> dict[str, Any]:
        main, words = self._main, self._words
        return {
            "dataset": f"{main.dataset.name}/{main.dataset.split}",
            "facts": [
                (words("dataset"), f"{main.dataset.name} ({words('split')} {main.dataset.split})"),
                (words("run"), self._names[0]),
                (words("created"), _short_time(main.created_at)),
                (words("mode"), words(f"mode.{main.mode}")),
                (words("top_k"), str(main.top_k)),
            ],
            "tiles": self._tiles(),
            "notes": list(
                dict.fromkeys(note for record in self._records.values() for note in record.notes)
            ),
            "measures": self._measure_table(),
            "comparisons": [self._comparison(name) for name in self._names[1:]],
            "styles": self._styles(),
            "precision_recall": self._precision_recall(),
            "latency": self._latency(),
            "worst": self._worst(),
            "history": self._history(history),
            "resamples": words.number(RESAMPLES, 0),
            "runs": [self._provenance(name) for name in self._names],
        }

    def _values(self, name: str, measure: str) -> list[float]:
        """Return the values of a run by topic, in the order of the reported run's topics."""
        per_query = self._records[name].per_query
        return [per_query[query_id][measure] for query_id in self._main.per_query]

    def _tiles(self) -> list[dict[str, str]]:
        words, name = self._words, self._names[0]
        headline = mean_interval(self._values(name, self._headline))
        tiles = [
            {
                "label": self._headline,
                "value": words.number(headline.mean, 3),
                "note": f"{words('interval')}: {words.interval(headline)}",
            }
        ]
        if RECALL in self._measures:
            tiles.append(
                {
                    "label": RECALL,
                    "value": words.number(100 * self._main.measures[RECALL], 1),
                    "unit": "%",
                    "note": words("tile.recall", depth=RECALL.partition("@")[2]),
                }
            )
        if totals := _totals(self._main):
            p50, p95 = np.percentile(totals, (50, 95))
            tiles.append(
                {
                    "label": words("tile.latency"),
                    "value": words.milliseconds(p95),
                    "unit": "ms",
                    "note": words("tile.latency_note", p50=words.milliseconds(p50)),
                }
            )
        others = len(self._main.topics) - len(self._main.per_query)
        tiles.append(
            {
                "label": words("tile.topics"),
                "value": words.number(len(self._main.per_query), 0),
                "note": words("tile.topics_note", count=others)
                if others > 0
                else words("tile.topics_note_none"),
            }
        )
        return tiles

    def _run_heads(self) -> list[Cell]:
        numbered = enumerate(self._names, 1)
        shows_colour = len(self._names) > 1
        return [Cell(name, series=number if shows_colour else 0) for number, name in numbered]

    def _measure_table(self) -> Table:
        words = self._words
        rows = []
        for measure in self._measures:
            intervals = [mean_interval(self._values(name, measure)) for name in self._names]
            about = words(f"about.{measure.partition('@')[0].partition('(')[0]}")
            rows.append(
                [
                    Cell(measure, "" if measure.startswith(about) else about),
                    *(
                        Cell(words.number(item.mean, 3), f"({words.interval(item)})")
                        for item in intervals
                    ),
                ]
            )
        return Table(words("measures"), [Cell(words("measure")), *self._run_heads()], rows)

    def _comparison(self, name: str) -> dict[str, Any]:
        """Return how the reported run differs from another."""
        words = self._words
        rows = []
        for measure in self._measures:
            if measure.startswith("Judged"):  # says how far to trust the others, not which is best
                continue
            before, after = self._values(name, measure), self._values(self._names[0], measure)
            test = paired_test(before, after)
            changes = [new - old for old, new in zip(before, after, strict=True)]
            low, high = test.interval
            verdict = "better" if low > TIE else "worse" if high < -TIE else "open"
            if all(abs(change) <= TIE for change in changes):
                verdict = "same"
            rows.append(
                [
                    Cell(measure),
                    Cell(words.signed(test.difference), css=verdict),
                    Cell(words(f"verdict.{verdict}"), css=f"{verdict} label", is_text=True),
                    Cell(f"{words.signed(low)} … {words.signed(high)}"),
                    Cell(words.number(test.p_value, 3 if test.p_value >= 0.001 else 4)),
                    Cell(words.number(float(np.mean(after)), 3)),
                    Cell(words.number(float(np.mean(before)), 3)),
                    Cell(str(sum(change > TIE for change in changes))),
                    Cell(str(sum(abs(change) <= TIE for change in changes))),
                    Cell(str(sum(change < -TIE for change in changes))),
                ]
            )
        number = self._names.index(name) + 1
        head = [
            Cell(words("measure")),
            Cell(words("difference")),
            Cell(words("verdict"), is_text=True),
            Cell(words("interval_short")),
            Cell("p"),
            Cell(self._names[0], series=1),
            Cell(name, series=number),
            Cell(words("wins")),
            Cell(words("ties")),
            Cell(words("losses")),
        ]
        title = words("comparison", name=name)
        return {
            "title": title,
            "table": Table(title, head, rows),
            "changes": self._changes(name, number),
        }

    def _changes(self, name: str, number: int) -> list[dict[str, Any]]:
        words, main = self._words, self._main
        other = self._records[name]
        changes = [
            (scores[self._headline] - other.per_query[query_id][self._headline], query_id)
            for query_id, scores in main.per_query.items()
        ]
        changes.sort(key=lambda item: (-abs(item[0]), item[1]))
        return [
            {
                "score": words.signed(change, 2),
                "css": "better" if change > 0 else "worse",
                "text": self._topic_text(query_id),
                "about": self._about(query_id),
                "sides": [
                    {"series": 1, "name": self._names[0], "found": self._found(main, query_id)},
                    {"series": number, "name": name, "found": self._found(other, query_id)},
                ],
            }
            for change, query_id in changes[:_CHANGED]
            if abs(change) > TIE
        ]

    def _styles(self) -> Section:
        words, main = self._words, self._main
        members: dict[str, list[str]] = {}
        for query_id in main.per_query:
            metadata = main.topics.get(query_id, {}).get("metadata") or {}
            members.setdefault(str(metadata.get("style") or "none"), []).append(query_id)
        labels = [words(f"style.{style}") for style in members]
        series = {
            name: [
                mean_interval([record.per_query[query_id][self._headline] for query_id in ids])
                for ids in members.values()
            ]
            for name, record in self._records.items()
        }
        chart = interval_bars(
            "styles", self._alternative("styles"), _clipped(labels), series, self._legend
        )
        rows = [
            [
                Cell(label),
                Cell(str(len(ids))),
                *(
                    Cell(
                        words.number(intervals[place].mean, 3),
                        f"({words.interval(intervals[place])})",
                    )
                    for intervals in series.values()
                ),
            ]
            for place, (label, ids) in enumerate(zip(labels, members.values(), strict=True))
        ]
        head = [Cell(words("style")), Cell(words("topics")), *self._run_heads()]
        note = words("styles_note", measure=self._headline)
        return Section(chart, Table(words("styles"), head, rows), note)

    def _alternative(self, key: str) -> str:
        return f"{self._words(key)}: {', '.join(self._names)}"

    def _precision_recall(self) -> Section:
        words = self._words
        topics = [
            Topic(query_id, str(item.get("text", "")), item.get("metadata") or {})
            for query_id, item in self._main.topics.items()
        ]
        curves = {}
        for name, record in self._records.items():
            found = evaluate(topics, self._main.qrels, record.run, _RECALL_LEVELS).measures
            curves[name] = [found[level] for level in _RECALL_LEVELS]
        chart = precision_recall(
            "precision-recall", self._alternative("precision_recall"), curves, self._legend
        )
        rows = [
            [
                Cell(words.number(step / 10, 1)),
                *(Cell(words.number(curve[step], 3)) for curve in curves.values()),
            ]
            for step in range(len(_RECALL_LEVELS))
        ]
        head = [Cell(words("recall")), *self._run_heads()]
        return Section(chart, Table(words("precision_recall"), head, rows))

    def _latency(self) -> Section | None:
        words = self._words
        samples = {
            name: totals for name, record in self._records.items() if (totals := _totals(record))
        }
        if self._names[0] not in samples:
            return None
        times = latency(self._main)[_TOTAL]
        marks = {
            f"{label} = {words.milliseconds(times[label])} ms": times[label]
            for label in ("p50", "p95")
        }
        description = f"{self._alternative('latency')}; {', '.join(marks)}"
        chart = latency_histogram("latency", description, samples, marks, self._legend)
        rows = []
        for name in samples:
            number = self._names.index(name) + 1 if len(samples) > 1 else 0
            for stage, values in latency(self._records[name]).items():
                if number > 1 and stage != _TOTAL:
                    continue
                rows.append(
                    [
                        Cell(
                            words(f"stage.{stage}"),
                            name if number and stage == _TOTAL else "",
                            series=number,
                        ),
                        *(Cell(words.milliseconds(value)) for value in values.values()),
                    ]
                )
        head = [Cell(words("stage")), *(Cell(f"p{share}") for share in PERCENTILES)]
        note = words("milliseconds").capitalize()
        return Section(chart, Table(words("stage"), head, rows), note)

    def _worst(self) -> dict[str, Any]:
        words, main = self._words, self._main
        order = sorted(
            main.per_query, key=lambda name: (main.per_query[name][self._headline], name)
        )
        topics = []
        for query_id in order[:_WORST]:
            expected = self._expected(query_id)
            topics.append(
                {
                    "score": words.number(main.per_query[query_id][self._headline], 2),
                    "text": self._topic_text(query_id),
                    "about": self._about(query_id),
                    "found": self._found(main, query_id),
                    "expected": expected[:_SHOWN_EXPECTED],
                    "more": max(0, len(expected) - _SHOWN_EXPECTED),
                }
            )
        return {"note": words("worst_note", measure=self._headline), "topics": topics}

    def _topic_text(self, query_id: str) -> str:
        return str(self._main.topics.get(query_id, {}).get("text") or query_id)

    def _about(self, query_id: str) -> str:
        metadata = self._main.topics.get(query_id, {}).get("metadata") or {}
        style = metadata.get("style")
        return f"{query_id} · {self._words(f'style.{style}')}" if style else query_id

    def _found(self, record: RunRecord, query_id: str) -> list[Result]:
        grades = record.qrels.get(query_id, {})
        return [
            Result(
                self._titles.get(item.document_id, item.document_id),
                grades.get(item.document_id),
                rank,
            )
            for rank, item in enumerate(record.run.get(query_id, [])[:_SHOWN_RESULTS], 1)
        ]

    def _expected(self, query_id: str) -> list[Result]:
        ranks = {
            item.document_id: rank for rank, item in enumerate(self._main.run.get(query_id, []), 1)
        }
        results = [
            Result(self._titles.get(document_id, document_id), grade, ranks.get(document_id))
            for document_id, grade in self._main.qrels.get(query_id, {}).items()
            if grade > 0
        ]
        return sorted(
            results, key=lambda item: (-(item.grade or 0), item.rank or math.inf, item.title)
        )

    def _history(self, history: Sequence[RunRecord]) -> Section:
        words, main = self._words, self._main
        related = [
            record
            for record in history
            if (record.dataset.name, record.dataset.split, record.mode)
            == (main.dataset.name, main.dataset.split, main.mode)
        ]
        same = [record for record in related if record.dataset.digest == main.dataset.digest]
        if not any(_is_same(record, main) for record in same):
            same.append(main)
        same = sorted(same, key=lambda record: record.created_at)[-_HISTORY_RUNS:]
        others = len([record for record in related if record.dataset.digest != main.dataset.digest])
        measures = [name for name in _HISTORY_MEASURES if name in self._measures]
        measures = measures or [self._headline]
        head = [Cell(words("date")), Cell(words("run"), is_text=True), *map(Cell, measures)]
        rows = [
            [
                Cell(
                    _short_time(record.created_at),
                    words("this_run") if _is_same(record, main) else "",
                ),
                Cell(record.name, is_text=True),
                *(
                    Cell(words.number(record.measures[name], 3) if name in record.measures else "–")
                    for name in measures
                ),
            ]
            for record in same
        ]
        chart = None
        if len(same) > 1:
            chart = history_lines(
                "history",
                f"{words('history')}: {', '.join(measures)}",
                _dates([record.created_at for record in same]),
                {name: [record.measures.get(name) for record in same] for name in measures},
                self._legend,
            )
        return Section(chart, Table(words("history"), head, rows), others=others)

    def _provenance(self, name: str) -> dict[str, Any]:
        record, words = self._records[name], self._words
        digests = {
            "dataset": record.dataset.digest,
            "corpus": record.corpus_digest,
            "settings": record.settings_digest,
        }
        return {
            "name": f"{name} · {_short_time(record.created_at)}",
            "digests": [
                (words(f"digest.{key}"), digest[:16] or words("missing"))
                for key, digest in digests.items()
            ],
            "settings": json.dumps(record.settings, ensure_ascii=False, indent=2),
        }


def _is_same(record: RunRecord, other: RunRecord) -> bool:
    return (record.created_at, record.name) == (other.created_at, other.name)


def _short_time(moment: str) -> str:
    return moment.replace("T", " ")[:16]


def _dates(moments: Sequence[str]) -> list[str]:
    """Return labels for an axis: day and month, and the time where a day comes twice."""
    days = [moment[:10] for moment in moments]
    return [
        f"{moment[8:10]}/{moment[5:7]}"
        + (f"\n{moment[11:16]}" if len(set(days)) < len(days) else "")
        for moment in moments
    ]


def _clipped(labels: Sequence[str], most: int = 22) -> list[str]:
    return [label if len(label) <= most else label[: most - 1] + "…" for label in labels]


def _totals(record: RunRecord) -> list[float]:
    return [stages[_TOTAL] for stages in record.timings_ms.values() if _TOTAL in stages]


def titles_of_store(settings: Settings, document_ids: Sequence[str]) -> dict[str, str]:
    """Return the titles of those documents that the knowledge base holds, if there is one."""
    if not settings.store.url and not (settings.data_dir / STORE_FILE).exists():
        return {}
    store = open_store(settings)
    try:
        documents = store.get_documents(document_ids)
    finally:
        store.close()
    return {document.document_id: document.title for document in documents}


def titles_of_corpus(path: Path) -> dict[str, str]:
    """Return the titles of a BEIR corpus; documents without one are left out."""
    titles = {}
    try:
        with path.open(encoding="utf-8-sig") as file:
            for line in file:
                record = json.loads(line) if line.strip() else {}
                if title := record.get("title"):
                    titles[str(record.get("_id", record.get("id")))] = str(title)
    except (OSError, ValueError, AttributeError) as exc:
        raise DatasetError(f"Không đọc được {str(path)!r}: {exc}. Sửa hoặc tải lại tệp.") from exc
    return titles


def _shown_documents(records: Sequence[RunRecord]) -> list[str]:
    shown: dict[str, None] = {}
    for record in records:
        for query_id in record.per_query:
            shown.update(dict.fromkeys(record.qrels.get(query_id, {})))
            ranking = record.run.get(query_id, [])[:_SHOWN_RESULTS]
            shown.update(dict.fromkeys(item.document_id for item in ranking))
    known = {document_id for record in records for document_id in record.titles}
    return [document_id for document_id in shown if document_id not in known]


def _dataset_titles(directory: Path, records: Sequence[RunRecord]) -> dict[str, str]:
    """Return the titles of a dataset's own corpus, having checked that it is the records' one."""
    dataset = read_dataset(directory, records[0].dataset.split or DEFAULT_SPLIT)
    if dataset.digest != records[0].dataset.digest:
        raise NotComparable(
            f"Bộ đánh giá {str(directory)!r} đã khác lúc chạy {records[0].name!r} (truy vấn, "
            "đánh giá hoặc tài liệu đã sửa). Chạy lại `kb eval run`, hoặc bỏ --dataset để dùng "
            "đánh giá lưu trong bản ghi."
        )
    return titles_of_corpus(dataset.corpus_path) if dataset.has_corpus else {}


@click.command("report", short_help="Lập báo cáo HTML từ các bản ghi.")
@click.argument(
    "record_paths", metavar="RECORD...", nargs=-1, required=True, type=click.Path(path_type=Path)
)
@click.option(
    "--dataset",
    "dataset_directory",
    type=click.Path(path_type=Path),
    help="Thư mục bộ đánh giá, để kiểm tra và lấy nhan đề tài liệu.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default=Path("report.html"),
    show_default=True,
    help="Tệp HTML được ghi.",
)
@click.option(
    "--lang",
    "language",
    type=click.Choice(get_args(Language)),
    default="vi",
    show_default=True,
    help="Ngôn ngữ của báo cáo.",
)
@click.option("--json", "as_json", is_flag=True, help="In tóm tắt dạng JSON.")
def report_command(
    record_paths: tuple[Path, ...],
    dataset_directory: Path | None,
    output: Path,
    language: Language,
    as_json: bool,
) -> None:
    """Lập một tệp HTML xem được ngoại tuyến từ các bản ghi RECORD của `kb eval run`.

    Bản ghi đầu là lần chạy được báo cáo, các bản ghi sau là để so sánh với nó.
    """
    settings = settings_of_environment()
    records = [read_record(path) for path in record_paths]
    check_records(records)
    titles = titles_of_store(settings, _shown_documents(records))
    if dataset_directory is not None:
        titles |= _dataset_titles(dataset_directory, records)
    page = render_report(
        records,
        history=read_history(history_directory(settings)),
        titles=titles,
        language=language,
    )
    write_text(output, page)
    if as_json:
        print_json(
            {
                "output": str(output),
                "language": language,
                "runs": [record.name for record in records],
                "measures": [dict(record.measures) for record in records],
            }
        )
    else:
        click.echo(f"Đã ghi báo cáo vào {output}. Mở tệp này bằng trình duyệt.")
