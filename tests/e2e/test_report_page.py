"""The evaluation report in a real browser, opened from disk."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from eval.experiment import DatasetReference, RunRecord
from eval.formats import Run, ScoredDocument, Topic
from eval.measures import DEFAULT_MEASURES, evaluate
from eval.report import render_report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TOPICS = [
    Topic(
        f"q{number}",
        "mô hình dân vận khéo " * 6 if number else "k" * 200,
        {"style": ("keyword", "question", "kiểu-rất-dài-không-ngắt-được" * 3)[number % 3]},
    )
    for number in range(9)
]
QRELS = {topic.query_id: {"d1": 2, "d2": 1} for topic in TOPICS}


def record_of(name: str, first: str, created_at: str) -> RunRecord:
    run: Run = {
        topic.query_id: [
            ScoredDocument(document_id, 1 - place / 10)
            for place, document_id in enumerate([first, "d3", "d2", "w" * 150])
        ]
        for topic in TOPICS
    }
    found = evaluate(TOPICS, QRELS, run, DEFAULT_MEASURES)
    return RunRecord(
        name=name,
        created_at=created_at,
        dataset=DatasetReference("bo-thu", "test", "d" * 64),
        corpus_digest="c" * 64,
        settings={"đường_dẫn": "x" * 300},
        settings_digest="e" * 64,
        mode="hybrid",
        top_k=100,
        run=run,
        timings_ms={
            topic.query_id: {"embed": 5.0, "total": 20.0 + place}
            for place, topic in enumerate(TOPICS)
        },
        measures=found.measures,
        per_query=found.per_query,
        by_style={},
        topics={
            topic.query_id: {"text": topic.text, "metadata": dict(topic.metadata)}
            for topic in TOPICS
        },
        qrels=QRELS,
        titles={"d1": "Nhan đề dài " * 12, "d2": "n" * 120},
    )


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    new = record_of("ten-rat-dai-khong-ngat-" * 4, "d1", "2026-11-21T08:00:00+00:00")
    old = record_of("trước", "d4", "2026-11-20T08:00:00+00:00")
    path = tmp_path_factory.mktemp("report") / "báo cáo.html"
    path.write_text(render_report([new, old], history=[new, old]), encoding="utf-8")
    return path


@pytest.fixture
def show(browser, report) -> Callable[..., object]:
    """Return a function that opens the report at a width, in light or dark."""

    def open_page(*, width: int = 1280, scheme: str = "light"):
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get(report.as_uri())
        return browser

    return open_page


def test_report_opens_from_disk_and_requests_nothing_else(show, report):
    page = show()
    page.get_log("performance")  # what the browser did before
    page.get_log("browser")
    page = show()
    assert page.title.startswith("Báo cáo đánh giá tìm kiếm")
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    requested = [
        event["params"]["request"]["url"]
        for event in events
        if event["method"] == "Network.requestWillBeSent"
    ]
    assert report.as_uri() in requested
    outside = [url for url in requested if not url.startswith(("file:", "data:", "about:"))]
    assert outside == []
    assert {url for url in requested if url.startswith("file:")} == {report.as_uri()}
    assert page.get_log("browser") == []


@pytest.mark.parametrize("width", [390, 768, 1280])
def test_page_never_scrolls_sideways(show, width):
    page = show(width=width)
    page.execute_script("document.querySelectorAll('details').forEach(item => item.open = true)")
    scrolled, shown = page.execute_script(
        "return [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    assert width - 20 <= shown <= width  # a scroll bar takes the rest
    assert scrolled <= shown


@pytest.mark.parametrize(("width", "kind"), [(390, "narrow"), (1280, "wide")])
def test_one_drawing_of_each_chart_is_shown_and_can_be_read(show, width, kind):
    page = show(width=width)
    for figure in page.find_elements("css selector", "figure"):
        shown = [box for box in figure.find_elements("css selector", "div") if box.is_displayed()]
        assert [box.get_attribute("class") for box in shown] == [kind]
    heights = page.execute_script(
        "return [...document.querySelectorAll(`figure .${arguments[0]} svg text`)]"
        ".map(text => { const { a, b } = text.getScreenCTM();"
        " return Math.hypot(a, b) * parseFloat(getComputedStyle(text).fontSize); })",
        kind,
    )
    assert heights
    assert min(heights) >= 8.5  # CSS pixels


@pytest.mark.parametrize(("scheme", "is_dark"), [("light", False), ("dark", True)])
def test_colours_follow_the_scheme_of_the_reader(show, scheme, is_dark):
    page = show(scheme=scheme)
    ink, paper = page.execute_script(
        "const brightness = (element, name) => getComputedStyle(element)[name]"
        ".match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + Number(part), 0);"
        "const text = document.querySelector('#styles .wide svg text');"
        "return [brightness(text, 'fill'),"
        " brightness(document.querySelector('.card'), 'backgroundColor')]"
    )
    assert (ink > paper) is is_dark
    assert abs(ink - paper) > 250


def test_topics_open_without_script(show):
    page = show(width=390)
    topics = page.find_elements("css selector", "#worst details.topic")
    assert len(topics) == len(TOPICS)
    assert topics[0].get_attribute("open") is not None
    assert topics[-1].get_attribute("open") is None
    topics[-1].find_element("css selector", "summary").click()
    assert topics[-1].get_attribute("open") is not None
