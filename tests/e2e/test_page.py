"""The officers' pages in a real browser."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from urllib.parse import quote

import pytest
import uvicorn

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import open_knowledge_base
from kb.models import Case, CaseResult, Field, Source
from kb.settings import EmbedderSettings, load_settings
from service.app import create_app

QUESTION = "Mắt thần an ninh lắp bao nhiêu mắt camera?"
# Every part of the understanding has something to tell.
LOADED = "rac thai cua HTX, CLB va phu nu o mien Tay, ca mau nam 2021-2023"

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CASES = (
    Case(
        case_id="mat-than-an-ninh",
        name="“Mắt thần” an ninh",
        field=Field.DEFENCE_SECURITY,
        topics=("an-ninh-trat-tu", "chuyen-doi-so"),
        province="Cà Mau",
        district="TP Cà Mau",
        problem="Phường đông cơ quan, trường học nên trật tự phức tạp. " * 20,
        approach=tuple(f"Bước thứ {i} của tuyến đường số {i}" for i in range(1, 40)),
        results=(CaseResult("Lắp 34 mắt camera", 34, "mắt camera"),),
        sources=(
            Source("Mắt thần", "Báo Cà Mau", "https://baocamau.vn/" + "dai-" * 60, "2021-03-09"),
        ),
    ),
    Case(
        case_id="rac-thai-nhua",
        name="Thu gom rác thải nhựa",
        field=Field.CULTURE_SOCIETY,
        topics=("moi-truong",),
        province="Bạc Liêu",
        results=(CaseResult("Thu 12 tấn rác nhựa", 12, "tấn"),),
    ),
)


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("page") / "data",
        embedder=EmbedderSettings(kind="hashing"),
    )
    embedder = HashingEmbedder()
    with open_knowledge_base(settings, purpose="test", embedder=embedder) as kb:
        write_batch(kb, [case_document(case, "test") for case in CASES])
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    config = uvicorn.Config(create_app(settings, embedder=embedder), log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and thread.is_alive() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert server.started
    yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    server.should_exit = True
    thread.join(20)
    listener.close()


@pytest.fixture
def show(browser, url) -> Callable[..., object]:
    """Return a function that opens a path at a width, in light or dark."""

    def open_page(path: str, *, width: int = 1280, scheme: str = "light"):
        size = {"width": width, "height": 844, "deviceScaleFactor": 1, "mobile": width < 600}
        browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
        browser.get("about:blank")  # a change of the fragment alone would not load the page
        browser.get(url + path)
        return browser

    return open_page


def _paths() -> tuple[str, ...]:
    return (
        "/",
        f"/?q={quote(QUESTION)}",
        f"/?q={quote('Trồng sâm ở Kon Tum?')}",
        f"/?q={quote(LOADED)}",
        f"/?q={quote(LOADED)}&bo=all",
        f"/?q={'w' * 300}",
        f"/?q=abc&bo={'w' * 300}",
        f"/?q=abc&province={'Atlantis' * 10}",
        "/cases",
        "/cases/mat-than-an-ninh",
        "/documents/mat-than-an-ninh?start=0&end=20",
        "/cases/khong-co",
        "/api",
    )


def test_ask_and_follow_a_citation_to_the_marked_quote(show):
    page = show("/")
    box = page.find_element("css selector", "input[name=q]")
    box.send_keys(QUESTION)
    box.submit()
    claim = page.find_element("css selector", ".claims li")
    assert "Lắp 34 mắt camera" in claim.text
    markers = [link.text for link in claim.find_elements("css selector", "a.cite")]
    assert markers[0] == "[1]"
    for marker in markers:
        quoted = page.find_element("xpath", f"//blockquote[a[text()='{marker}']]").text
        page.find_element("xpath", f"//ul[contains(@class,'claims')]//a[.='{marker}']").click()
        mark = page.find_element("id", "trich-dan")
        shown = mark.get_property("textContent")
        assert "\n".join(line for line in shown.split("\n") if line) == quoted.removeprefix(
            f"{marker} "
        )
        top, bottom, height = page.execute_script(
            "const box = document.getElementById('trich-dan').getBoundingClientRect();"
            "return [box.top, box.bottom, window.innerHeight]"
        )
        assert 0 <= top < bottom <= height, "the quote must be in view"
        background = mark.value_of_css_property("background-color")
        text_background = page.find_element("css selector", ".text").value_of_css_property(
            "background-color"
        )
        assert background != text_background
        page.back()


def test_filters_restrict_what_is_shown(show):
    page = show(f"/?q={quote('mô hình')}&province={quote('Bạc Liêu')}")
    titles = [item.text for item in page.find_elements("css selector", ".hits h3")]
    assert titles == ["Thu gom rác thải nhựa"]
    chosen = page.find_element("css selector", "select[name=province]").get_property("value")
    assert chosen == "Bạc Liêu"


def test_a_part_is_switched_off_by_keyboard_and_on_again(show):
    page = show(f"/?q={quote(LOADED)}", width=390)
    assert "HTX = hợp tác xã" in page.find_element("css selector", ".understood").text
    switch = page.find_element("xpath", "//a[contains(., 'bỏ phần giải chữ viết tắt')]")
    switch.send_keys("\n")
    assert "HTX =" not in page.find_element("css selector", ".understood").text
    page.find_element("css selector", "input[name=q]").submit()  # the form keeps what is off
    off = page.find_element("css selector", ".switched-off")
    assert "giải chữ viết tắt" in off.text
    off.find_element("css selector", "a").send_keys("\n")
    assert "HTX = hợp tác xã" in page.find_element("css selector", ".understood").text
    assert page.find_elements("css selector", ".switched-off") == []


def test_the_question_is_searched_as_typed_on_demand(show):
    page = show(f"/?q={quote(LOADED)}")
    page.find_element("link text", "Tìm đúng như đã gõ").click()
    assert page.find_elements("css selector", ".reading") == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("path", _paths())
def test_no_page_scrolls_sideways(show, path, width):
    page = show(path, width=width)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", _paths())
def test_text_has_enough_contrast(show, path, scheme):
    """WCAG 2.2, 1.4.3: at least 4.5 between text and the background behind it."""
    page = show(path, scheme=scheme)
    worst, sample = page.execute_script(_CONTRAST)
    assert worst >= 4.5, sample
    paper = page.execute_script("return getComputedStyle(document.body).backgroundColor")
    red = int(paper.split("(")[1].split(",")[0])
    assert (red < 64) == (scheme == "dark")


def test_skip_link_comes_first_and_controls_are_labelled(show):
    page = show(f"/?q={quote(QUESTION)}")
    first = page.execute_script("return document.querySelector('a, input, button').className")
    assert first == "skip"
    unlabelled = page.execute_script(
        "const controls = [...document.querySelectorAll('input, select')];"
        "return controls.filter(control => !control.labels.length).length"
    )
    assert unlabelled == 0
    levels = page.execute_script(
        "return [...document.querySelectorAll('h1,h2,h3')].map(x => +x.tagName[1])"
    )
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_browser_reports_no_error(show):
    for path in _paths():
        page = show(path)
    entries = [row["message"] for row in page.get_log("browser")]
    # The pages that are errors themselves are reported as such.
    refused = ("Atlantis", "khong-co", "bo=www")
    assert [row for row in entries if not any(name in row for name in refused)] == []


_CONTRAST = """
const channel = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
const parse = text => text.match(/[\\d.]+/g).map(Number);
const light = c => .2126 * channel(c[0]) + .7152 * channel(c[1]) + .0722 * channel(c[2]);
const behind = node => {
  for (; node; node = node.parentElement) {
    const c = parse(getComputedStyle(node).backgroundColor);
    if (c.length < 4 || c[3] > .99) return c;
  }
  return [255, 255, 255];
};
let worst = 21, sample = '';
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
while (walker.nextNode()) {
  const node = walker.currentNode, parent = node.parentElement;
  if (!node.textContent.trim() || !parent.checkVisibility()) continue;
  const a = light(parse(getComputedStyle(parent).color)), b = light(behind(parent));
  const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  if (ratio < worst) { worst = ratio; sample = parent.className + ': ' + node.textContent; }
}
return [worst, sample];
"""
