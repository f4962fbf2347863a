"""The report: what stands on the page, what it refuses, and that it needs nothing from outside."""

import json
import random
import re
import subprocess
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch

import pytest
from click.testing import CliRunner

from eval.charts import MAX_SERIES, Legend, interval_bars, latency_histogram
from eval.errors import NotComparable, RecordError
from eval.experiment import (
    DatasetReference,
    RunRecord,
    add_to_history,
    write_record,
)
from eval.formats import Run, ScoredDocument, Topic, read_dataset
from eval.measures import DEFAULT_MEASURES, evaluate
from eval.report import TEMPLATES, Words, mean_interval, render_report, report_command
from kb.settings import load_settings

STYLES = ("keyword", "question", "unaccented")
TOPICS = [
    Topic(f"q{number}", f'câu <b>{number}</b> & "nuôi tôm"', {"style": STYLES[number % 3]})
    for number in range(12)
]
UNANSWERABLE = Topic("q99", "chuyện trên sao Hỏa", {"answerable": False})
QRELS = {topic.query_id: {"d1": 2, "d2": 1, "d3": 0} for topic in TOPICS}
TITLES = {"d1": "Nuôi tôm <script>alert(1)</script>", "d2": "Mô hình $x^2$ hai"}


def record_of(
    name: str = "kết hợp", *, seed: int = 1, created_at: str = "2026-11-20T08:00:00+00:00"
) -> RunRecord:
    chance = random.Random(seed)
    run: Run = {
        topic.query_id: [
            ScoredDocument(document_id, 1 - place / 10)
            for place, document_id in enumerate(
                chance.sample(["d1", "d2", "d3", "d4", "d5", "d6"], 5)
            )
        ]
        for topic in [*TOPICS, UNANSWERABLE]
    }
    found = evaluate(TOPICS, QRELS, run, DEFAULT_MEASURES)
    return RunRecord(
        name=name,
        created_at=created_at,
        dataset=DatasetReference("bộ thử", "test", "d" * 64),
        corpus_digest="c" * 64,
        settings={"embedder": {"kind": "hashing"}},
        settings_digest="e" * 64,
        mode="hybrid",
        top_k=100,
        run=run,
        timings_ms={
            topic.query_id: {"total": 10.0 + place, "embed": 5.0, "weird-stage": 0.1}
            for place, topic in enumerate(TOPICS)
        },
        measures=found.measures,
        per_query=found.per_query,
        by_style={},
        topics={
            topic.query_id: {"text": topic.text, "metadata": dict(topic.metadata)}
            for topic in [*TOPICS, UNANSWERABLE]
        },
        qrels=QRELS,
        titles=TITLES,
        notes=("Một lưu ý.",),
    )


class Page(HTMLParser):
    """Tags, attributes and text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def page_of(
    records: Sequence[RunRecord], *, draws: bool = False, **options: object
) -> tuple[str, Page]:
    """Return the page; drawing takes a second and most tests do not look at drawings."""
    with (
        nullcontext()
        if draws
        else patch("eval.charts._render", lambda *_, **__: '<svg role="img"/>')
    ):
        page = render_report(records, **options)  # type: ignore[arg-type]
    return page, Page(page)


@cache
def page_of_one() -> tuple[str, Page]:
    return page_of([record_of()], draws=True)


@cache
def page_of_two() -> tuple[str, Page]:
    return page_of([record_of(), record_of("khác", seed=2)], draws=True)


def test_page_asks_the_network_for_nothing_and_runs_no_script() -> None:
    page, parsed = page_of_two()
    assert not re.search(r"https?://", page)
    assert "@import" not in page
    addresses = [
        value
        for _, attributes in parsed.tags
        for name, value in attributes.items()
        if name in {"src", "href", "xlink:href", "srcset"}
    ]
    assert all(value and value.startswith(("#", "data:")) for value in addresses)
    assert not re.search(r"url\((?!#)", page)
    assert "script" not in {tag for tag, _ in parsed.tags}


def test_text_of_topics_and_titles_is_escaped() -> None:
    page, parsed = page_of_one()
    assert "<script>" not in page
    assert 'câu <b>1</b> & "nuôi tôm"' in parsed.text
    assert "Nuôi tôm <script>alert(1)</script>" in parsed.text


def test_every_chart_has_both_widths_and_a_text_alternative() -> None:
    _, parsed = page_of_two()
    drawings = [attributes for tag, attributes in parsed.tags if tag == "svg"]
    assert len(drawings) == 6  # styles, precision-recall, latency; history has one run only
    assert all(drawing["role"] == "img" and drawing["aria-label"] for drawing in drawings)
    assert [tag for tag, _ in parsed.tags].count("table") >= 5


def test_ids_are_unique_across_charts() -> None:
    _, parsed = page_of_two()
    ids = [attributes["id"] for _, attributes in parsed.tags if "id" in attributes]
    assert len(ids) == len(set(ids))


def test_colours_of_charts_come_from_the_page() -> None:
    page, _ = page_of_one()
    drawings = "".join(re.findall(r"<svg.*?</svg>", page, re.DOTALL))
    assert not re.search(r"#[0-9a-fA-F]{6}", drawings)
    assert "var(--series-1)" in drawings
    assert "DejaVu" not in drawings


def test_page_is_the_same_each_time() -> None:
    assert page_of_one()[0] == page_of([record_of()], draws=True)[0]


def test_numbers_follow_the_language() -> None:
    vietnamese, english = Words("vi"), Words("en")
    assert (vietnamese.number(1234.5, 1), english.number(1234.5, 1)) == ("1.234,5", "1,234.5")
    assert vietnamese.signed(-0.0312) == "−0,031"
    assert english.signed(0.25) == "+0.250"
    assert english.signed(-0.00001) == "0.000"


def test_both_languages_have_the_same_words() -> None:
    texts = [
        json.loads((TEMPLATES / f"report.{language}.json").read_text(encoding="utf-8"))
        for language in ("vi", "en")
    ]
    assert list(texts[0]) == list(texts[1])
    for key in texts[0]:
        places = [sorted(re.findall(r"{\w+}", text[key])) for text in texts]
        assert places[0] == places[1], key


def test_every_word_that_the_page_uses_exists() -> None:
    words = json.loads((TEMPLATES / "report.vi.json").read_text(encoding="utf-8"))
    sources = (TEMPLATES / "report.html").read_text(encoding="utf-8")
    sources += (TEMPLATES.parent / "report.py").read_text(encoding="utf-8")
    used = set(re.findall(r"\b(?:t|words|_alternative)\(\s*[\"']([\w.]+)[\"'][,)]", sources))
    assert len(used) > 40
    assert used <= set(words)


def test_interval_holds_the_mean_and_narrows_with_more_topics() -> None:
    few, many = mean_interval([0.2, 0.8] * 5), mean_interval([0.2, 0.8] * 200)
    assert few.mean == pytest.approx(0.5)
    assert few.low < 0.5 < few.high
    assert many.high - many.low < few.high - few.low
    # The standard error of the mean is 0.3 / sqrt(400) = 0.015, so the borders are 0.029 away.
    assert many.high - many.mean == pytest.approx(1.96 * 0.015, rel=0.1)
    assert mean_interval([0.4]) == mean_interval([0.4])


def test_tiles_tell_headline_recall_latency_and_topics() -> None:
    record = record_of()
    _, parsed = page_of_one()
    words = Words("vi")
    assert words.number(record.measures["nDCG@10"], 3) in parsed.text
    assert words.number(100 * record.measures["R@100"], 1) in parsed.text
    assert "và 1 câu không có lời đáp" in parsed.text
    assert "Một lưu ý." in parsed.text


def test_worst_topics_come_first_with_what_was_expected() -> None:
    record = record_of()
    worst = min(record.per_query, key=lambda name: (record.per_query[name]["nDCG@10"], name))
    run = {**record.run, worst: [ScoredDocument("d9", 1.0)]}
    _, parsed = page_of([replace(record, run=run)])
    section = parsed.text.split("Câu hỏi kém nhất")[1]
    assert section.index(worst) == min(
        section.index(name) for name in record.per_query if name in section
    )
    first = section.split("Tài liệu mong đợi")[1]
    assert "không tìm thấy" in first
    assert "d9" in section


def test_titles_fall_back_to_those_given_and_then_to_ids() -> None:
    record = replace(record_of(), titles={})
    _, parsed = page_of([record], titles={"d1": "Nhan đề từ kho"})
    assert "Nhan đề từ kho" in parsed.text
    assert "d2" in parsed.text


def test_comparison_says_better_only_when_the_interval_leaves_zero_out() -> None:
    good = {
        topic.query_id: [ScoredDocument("d1", 1.0), ScoredDocument("d2", 0.5)] for topic in TOPICS
    }
    found = evaluate(TOPICS, QRELS, good, DEFAULT_MEASURES)
    best = replace(record_of("tốt"), run=good, **vars_of(found))
    _, parsed = page_of([best, record_of("thường")])
    section = parsed.text.split("So sánh với thường")[1].split("Câu hỏi thay đổi")[0]
    assert "tốt hơn" in section
    _, parsed = page_of([record_of("một"), record_of("hai")])
    section = parsed.text.split("So sánh với hai")[1].split("Theo kiểu")[0]
    assert "như nhau" in section
    assert "tốt hơn" not in section


def vars_of(found: object) -> dict[str, object]:
    return {name: getattr(found, name) for name in ("measures", "per_query")}


def test_records_of_one_name_are_told_apart() -> None:
    _, parsed = page_of([record_of("a"), record_of("a", seed=2)])
    assert "a (2)" in parsed.text


def test_history_draws_runs_of_the_same_dataset_only() -> None:
    main = record_of(created_at="2026-11-22T08:00:00+00:00")
    older = record_of("cũ", seed=3, created_at="2026-11-20T08:00:00+00:00")
    other = replace(older, name="khác bộ", dataset=DatasetReference("bộ thử", "test", "0" * 64))
    foreign = replace(older, name="bộ khác", dataset=DatasetReference("khác", "test", "0" * 64))
    dense = replace(older, name="chỉ nghĩa", mode="dense")
    page, parsed = page_of([main], history=[main, older, other, foreign, dense])
    section = parsed.text.split("Lịch sử các lần chạy")[1]
    assert "cũ" in section
    assert "lần này" in section
    assert "1 lần chạy trên phiên bản khác" in section
    assert not {"khác bộ", "bộ khác", "chỉ nghĩa"} & set(re.findall(r"[\w ]+", section))
    assert page.count('role="img"') == 8


def test_history_of_one_run_says_so() -> None:
    _, parsed = page_of_one()
    assert "Chưa có lần chạy nào khác" in parsed.text


def test_english_page_has_no_vietnamese_words_of_ours() -> None:
    page, parsed = page_of([record_of("run")], language="en")
    assert '<html lang="en">' in page
    assert "Worst topics" in parsed.text
    assert "Thước đo" not in parsed.text


def test_record_without_timings_style_or_usual_measures_still_reports() -> None:
    record = record_of()
    plain = replace(
        record,
        timings_ms={},
        measures={"P@1": record.measures["P@1"]},
        per_query={name: {"P@1": values["P@1"]} for name, values in record.per_query.items()},
        topics={name: {"text": "x", "metadata": {}} for name in record.per_query},
        notes=(),
    )
    _, parsed = page_of([plain])
    assert "chưa phân kiểu" in parsed.text
    assert "Thời gian theo công đoạn" not in parsed.text


def test_unusable_records_are_refused_with_a_remedy() -> None:
    record = record_of()
    with pytest.raises(RecordError, match="kb eval run"):
        render_report([])
    with pytest.raises(RecordError, match="không có điểm"):
        render_report([replace(record, per_query={}, measures={})])
    with pytest.raises(RecordError, match="nhiều nhất"):
        render_report([record] * (MAX_SERIES + 1))
    other = replace(record, dataset=DatasetReference("khác", "test", "0" * 64))
    with pytest.raises(NotComparable, match="khác/test"):
        render_report([record, other])
    cut = replace(record, per_query=dict(list(record.per_query.items())[:3]))
    with pytest.raises(NotComparable, match="cùng các truy vấn"):
        render_report([record, cut])


@pytest.mark.parametrize(
    "change",
    [
        {"per_query": {"q1": "x"}},
        {"per_query": {"q1": {}}},
        {"measures": {"nDCG@10": float("nan")}},
        {"timings_ms": {"q1": {"total": None}}},
    ],
)
def test_records_with_broken_figures_are_refused(change: dict[str, object]) -> None:
    with pytest.raises(RecordError, match="không phải là số"):
        render_report([replace(record_of(), **change)])


def test_charts_take_the_most_runs_and_odd_values() -> None:
    legend = Legend({"milliseconds": "ms", "searches": "n"}, lambda value, digits: f"{value:.1f}")
    interval = mean_interval([0.0, 0.0])
    series = {f"run $x_{number}$ " + "dài " * 20: [interval] for number in range(MAX_SERIES)}
    assert "<svg" in interval_bars("a", '<&">', ["một"], series, legend).narrow
    for samples in ([0.0], [5.0] * 3, [1.0, 1e6]):
        assert "<svg" in latency_histogram("b", "b", {"run": samples}, {"p95": 5.0}, legend).wide


def test_importing_the_command_imports_no_drawing() -> None:
    code = (
        "import sys, eval.report; "
        "print([name for name in ('matplotlib', 'jinja2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# --- the command ---------------------------------------------------------------------------------


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KB_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setattr("eval.charts._render", lambda *_, **__: "<svg/>")
    write_record(record_of(), tmp_path / "a.json")
    return tmp_path


def test_command_writes_one_file_with_the_history(folder: Path) -> None:
    older = record_of("cũ", seed=3, created_at="2026-11-01T08:00:00+00:00")
    add_to_history(older, load_settings())
    result = CliRunner().invoke(report_command, ["a.json", "--json"], catch_exceptions=False)
    assert json.loads(result.stdout)["output"] == "report.html"
    page = (folder / "report.html").read_text(encoding="utf-8")
    assert "Lịch sử các lần chạy" in page
    assert "cũ" in Page(page).text
    assert sorted(path.name for path in folder.iterdir()) == ["a.json", "data", "report.html"]


def test_command_leaves_no_data_directory_behind(folder: Path) -> None:
    CliRunner().invoke(report_command, ["a.json"], catch_exceptions=False)
    assert not (folder / "data").exists()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 1}', "xin chào"])
def test_broken_records_are_named(folder: Path, content: str) -> None:
    (folder / "broken.json").write_text(content)
    with pytest.raises(RecordError, match=r"broken\.json"):
        CliRunner().invoke(report_command, ["broken.json"], catch_exceptions=False)


def test_dataset_that_changed_since_the_run_is_refused(folder: Path) -> None:
    (folder / "set" / "qrels").mkdir(parents=True)
    (folder / "set" / "queries.jsonl").write_text('{"_id": "q1", "text": "tôm"}\n')
    (folder / "set" / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\nq1\td1\t1\n")
    (folder / "set" / "corpus.jsonl").write_text('{"_id": "d1", "title": "Tôm sú", "text": "x"}\n')
    arguments = ["a.json", "--dataset", "set"]
    with pytest.raises(NotComparable, match="--dataset"):
        CliRunner().invoke(report_command, arguments, catch_exceptions=False)
    digest = read_dataset(folder / "set").digest
    record = replace(record_of(), titles={}, dataset=DatasetReference("set", "test", digest))
    write_record(record, folder / "a.json")
    CliRunner().invoke(report_command, arguments, catch_exceptions=False)
    assert "Tôm sú" in (folder / "report.html").read_text(encoding="utf-8")
