"""The officers' pages in a real browser."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

import pytest
import uvicorn
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.support.expected_conditions import staleness_of
from selenium.webdriver.support.ui import WebDriverWait

from ingest.indexing import write_batch
from ingest.records.models import case_document
from kb.embedders.hashing import HashingEmbedder
from kb.knowledge_base import open_knowledge_base
from kb.settings import EmbedderSettings, load_settings
from kb.store import Job
from service.app import create_app
from service.pages import render
from tests.data.make_office_files import make
from tests.data.office_stories import STORIES
from tests.e2e.page_corpus import ARTICLE, CASES, PAGES, REPORT, TOLD

QUESTION = "Mắt thần an ninh lắp bao nhiêu mắt camera?"
COMPARE = "So sánh mô hình nuôi vịt chạy đồng ở Nghệ An và Thanh Hóa"
HOW = "Nuôi vịt chạy đồng tổ 1 được làm thế nào?"
# Every part of the understanding has something to tell.
LOADED = "rac thai cua HTX, CLB va phu nu o mien Tay, ca mau nam 2021-2023"

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    settings = load_settings(
        data_dir=tmp_path_factory.mktemp("page") / "data",
        embedder=EmbedderSettings(kind="hashing"),
    )
    embedder = HashingEmbedder()
    with open_knowledge_base(settings, purpose="test", embedder=embedder) as kb:
        write_batch(kb, [*(case_document(case, "test") for case in CASES), ARTICLE])
        kb.store.extracted_cases.set_links({TOLD.case_id: "rac-thai-nhua"})
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


@pytest.fixture(scope="module")
def office_files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("office")
    make(folder)
    return folder


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
        f"/?q={quote(COMPARE)}",
        f"/?q={quote(HOW)}",
        f"/?q={quote(LOADED)}",
        f"/?q={quote(LOADED)}&bo=all",
        f"/?q={'w' * 300}",
        f"/?q=abc&bo={'w' * 300}",
        f"/?q=abc&province={'Atlantis' * 10}",
        "/cases",
        "/cases/mat-than-an-ninh",
        "/documents/mat-than-an-ninh?start=0&end=20",
        "/documents/mat-than-an-ninh?start=0&end=20&sha=000000000000",
        f"/cases/{TOLD.case_id}",
        f"/documents/{ARTICLE.document_id}?start=40&end={len(PAGES[0]) + 9}",
        "/cases/khong-co",
        "/jobs",
        "/jobs/khong-co",
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


def _ask_on(page, question: str) -> None:
    """Send the form under the answer, and wait for the next page."""
    page.find_element("id", "hoi").send_keys(question)
    _send(page, "Hỏi")


def test_a_conversation_goes_on_under_each_answer_and_leaves_no_trace_in_addresses(show, url):
    page = show(f"/?q={quote(QUESTION)}", width=390)
    _ask_on(page, "mô hình đó làm thế nào?")
    assert page.current_url == f"{url}/hoi-tiep#hoi-dap"
    talk = page.find_element("css selector", ".conversation")
    assert QUESTION in talk.text
    assert "Hiểu là: “Mắt thần” an ninh (Cà Mau) làm thế nào?" in talk.text
    top = page.execute_script("return arguments[0].getBoundingClientRect().top", talk)
    assert top < 844, "the conversation must be in view"
    steps = page.find_elements("css selector", ".claims .steps li")
    assert [step.text for step in steps[:2]] == [
        "Bước thứ 1 của tuyến đường số 1",
        "Bước thứ 2 của tuyến đường số 2",
    ]
    assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    assert page.execute_script(_CONTRAST)[0] >= 4.5
    _ask_on(page, "mô hình thứ chín thì sao?")
    choices = page.find_elements("css selector", ".answer ol li")
    assert ["Mắt thần" in choice.text for choice in choices] == [True]
    assert page.find_elements("link text", QUESTION) == [], "what was said before is folded"
    page.find_element("xpath", "//summary[contains(., 'Các câu trước')]").click()
    page.find_element("link text", QUESTION).click()
    WebDriverWait(page, 20).until(lambda driver: "/?q=" in driver.current_url)
    assert page.find_elements("css selector", ".conversation") == []


def test_going_back_to_an_answer_of_a_conversation_shows_it_again(show):
    page = show(f"/?q={quote(QUESTION)}")
    _ask_on(page, "mô hình đó làm thế nào?")
    asked = page.find_element("css selector", ".conversation").text
    page.find_element("css selector", ".claims a.cite").click()
    WebDriverWait(page, 20).until(lambda driver: driver.find_elements("id", "trich-dan"))
    page.back()
    WebDriverWait(page, 20).until(
        lambda driver: driver.find_elements("css selector", ".conversation")
    )
    assert page.find_element("css selector", ".conversation").text == asked


def test_a_comparison_is_a_table_that_scrolls_in_its_own_box(show):
    page = show(f"/?q={quote(COMPARE)}", width=390)
    assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    box = page.find_element("css selector", ".answer .scroll")
    wider = "return arguments[0].scrollWidth > arguments[0].clientWidth"
    assert page.execute_script(wider, box)
    assert box.accessible_name == "So sánh các mô hình"
    page.execute_script("arguments[0].scrollLeft = 9999", box)
    heads = page.find_elements("css selector", ".compare tbody th")
    left = page.execute_script("return arguments[0].getBoundingClientRect().left", heads[0])
    assert 0 <= left < 60, "the name of the case stays in view"
    assert {head.find_element("css selector", "a").text for head in heads} == {
        "Nuôi vịt chạy đồng tổ 1",
        "Nuôi vịt chạy đồng tổ 2",
    }
    assert not page.find_element("css selector", ".claims").is_displayed()
    marker = heads[0].find_element("css selector", "a.cite")
    marker.click()
    assert _marked(page).startswith("Nuôi vịt chạy đồng tổ")
    page = show(f"/?q={quote(COMPARE)}", width=1280)
    box = page.find_element("css selector", ".answer .scroll")
    assert not page.execute_script(wider, box), "a desktop has room for all columns"


def test_notes_lead_to_the_quotes_that_they_speak_of(show):
    page = show(f"/?q={quote(COMPARE)}")
    note = page.find_element("xpath", "//section[h3='Lưu ý']//li[contains(., '2019')]")
    note.find_element("css selector", "a.cite").click()
    assert _marked(page)


def test_a_quote_of_a_former_version_is_said_to_be_one(show):
    page = show("/documents/mat-than-an-ninh?start=0&end=20&sha=000000000000")
    said = page.find_element("css selector", "[role=alert]").text
    assert said.startswith("Văn bản đã thay đổi sau khi được trích dẫn.")
    assert _marked(page)


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


def _send(page, button: str) -> None:
    """Press a button that sends a form, and wait until the next page is there."""
    former = page.find_element("tag name", "html")
    page.find_element("xpath", f"//button[.='{button}']").click()
    # The driver does not wait for a form with files, as it does for links.
    WebDriverWait(page, 20).until(staleness_of(former))
    WebDriverWait(page, 20).until(lambda driver: driver.find_elements("css selector", "footer"))


def _upload(page, *files: Path) -> None:
    """Send files by the form, and wait until the page of their job has stopped renewing itself."""
    page.find_element("css selector", "input[type=file]").send_keys("\n".join(map(str, files)))
    _send(page, "Tải lên và nạp")
    deadline = time.monotonic() + 60
    # Between two loads a page has neither the one nor the other.
    while not page.find_elements("tag name", "h1") or page.find_elements(
        "css selector", "meta[http-equiv=refresh]"
    ):
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _await_heading(page, text: str) -> None:
    """Wait until the page that a click leads to, and that renews itself, shows its heading."""
    failures = (NoSuchElementException, StaleElementReferenceException)
    wait = WebDriverWait(page, 20, ignored_exceptions=failures)
    wait.until(lambda driver: driver.find_element("tag name", "h1").text == text)


def _marked(page) -> str:
    marks = page.find_elements("css selector", ".text mark")
    return "".join(mark.get_property("textContent") for mark in marks)


def test_a_file_sent_by_the_form_goes_in_and_is_cited_by_its_page(show, office_files):
    page = show("/jobs", width=390)
    _upload(page, office_files / "tong-ket.pdf", office_files / "nhi-phan.txt")
    assert page.find_element("tag name", "h1").text == "tong-ket.pdf và 1 nguồn khác"
    assert page.find_element("css selector", "[role=status]").text == (
        "Đã xong: thêm mới 1, lỗi 1."
    )
    failed = page.find_element("css selector", "section[aria-labelledby=can-xem] li").text
    assert failed.startswith("nhi-phan.txt lỗi\nĐây là tệp nhị phân")
    assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    assert page.execute_script(_CONTRAST)[0] >= 4.5
    job = page.current_url
    story = STORIES["pdf"]
    page.find_element("link text", story.title).click()
    assert page.find_element("tag name", "h1").text == story.title
    assert "Tệp gốc: tong-ket.pdf (2 trang)" in page.find_element("tag name", "main").text
    assert story.figure in page.find_element("css selector", ".text").text

    page = show(f"/?q={quote('Câu lạc bộ dưới gốc đa đã mượn bao nhiêu lượt sách?')}")
    quoted = page.find_element("xpath", f"//blockquote[contains(., '{story.figure}')]")
    assert quoted.text.endswith("(trang 2)")
    link = quoted.find_element("css selector", "a.cite")
    assert link.accessible_name.endswith("trang 2")
    link.click()
    assert story.figure in _marked(page)
    assert "ở trang 2 của tệp gốc" in page.find_element("css selector", ".notice").text

    page = show("/jobs")
    assert (
        page.find_element("css selector", "section[aria-labelledby=luot-nap] a").get_attribute(
            "href"
        )
        == job
    )
    assert (
        "nhi-phan.txt"
        in page.find_element("css selector", "section[aria-labelledby=chua-nap]").text
    )
    _send(page, "Thử nạp lại tất cả")
    _await_heading(page, "Nạp lại các nguồn lỗi")


def test_the_page_of_a_running_job_renews_itself_until_told_not_to():
    progress = {"done": 3, "total": 8, "files_done": 2, "files_total": 5, "documents": 4}
    job = Job(
        "ab12",
        "running",
        "2026-03-01T01:05:00+00:00",
        {"targets": [], "uploads": ["upload:0123456789ab/a.zip"]},
        progress=progress,
    )
    live = render("job.html", job=job, is_open=True, is_live=True, is_stopping=False)
    assert 'http-equiv="refresh"' in live
    assert "2/5 tệp, 4 tài liệu." in live
    assert '<progress max="8" value="3"' in live
    assert 'href="/jobs/ab12?live=0"' in live
    assert 'action="/jobs/ab12/cancel"' in live
    still = render("job.html", job=job, is_open=True, is_live=False, is_stopping=True)
    assert 'http-equiv="refresh"' not in still
    assert 'href="/jobs/ab12?stopping=1"' in still
    assert "/cancel" not in still
    assert "Đang dừng" in still


def test_an_empty_file_is_refused_on_the_form_with_a_reason(show, office_files):
    page = show("/jobs")
    page.find_element("css selector", "input[type=file]").send_keys(str(office_files / "rong.txt"))
    _send(page, "Tải lên và nạp")
    assert "rong.txt: tệp rỗng" in page.find_element("css selector", "[role=alert]").text
    assert page.find_element("css selector", "input[type=file]").is_displayed()
    page.get_log("browser")  # the refusal itself is an entry there


def test_every_link_of_a_told_case_opens_at_the_words(show):
    address = f"/cases/{TOLD.case_id}"
    page = show(address)
    text = page.find_element("tag name", "main").text
    assert "0,73" not in text
    assert "0.73" not in text
    assert "Chi hội Phụ nữ (chưa chắc)" in text
    assert "cùng một mô hình với Thu gom rác thải nhựa" in text
    expected = {
        "[xem, trang 1] nêu tên": "Bếp lửa chung",
        "[xem, trang 1] nêu đơn vị thực hiện": "Chi hội Phụ nữ",
        "[xem, trang 2] nêu con số": "nấu 480 suất cháo",
        "[xem, trang 1] nêu đoạn này": PAGES[0].strip(),
    }
    links = page.find_elements("css selector", "main a.cite")
    named = {link.accessible_name: link.get_attribute("href") for link in links}
    assert set(named) == set(expected)
    for name, href in named.items():
        page.get(href)
        assert _marked(page) == expected[name]
        at = page.find_element("css selector", ".jumps [aria-current=location]")
        assert at.get_property("textContent") in name


def test_the_pages_of_a_file_can_be_jumped_to_and_its_text_stays_verbatim(show):
    first, last = 40, len(PAGES[0]) + 9
    page = show(f"/documents/{ARTICLE.document_id}?start={first}&end={last}")
    assert page.find_element("css selector", ".text").get_property("textContent") == REPORT
    assert _marked(page) == REPORT[first:last]
    assert len(page.find_elements("css selector", "mark")) == 2, "one on each page"
    assert len(page.find_elements("id", "trich-dan")) == 1
    page.find_elements("css selector", ".jumps a")[1].send_keys("\n")
    target = page.find_element("css selector", ":target")
    following = "return arguments[0].nextElementSibling.textContent"
    assert page.execute_script(following, target) == REPORT[len(PAGES[0]) : last]


def test_a_document_tells_on_what_its_metadata_rest(show):
    page = show(f"/documents/{ARTICLE.document_id}", width=390, scheme="dark")
    assert "Chữ của trang 2 do máy nhận dạng." in page.find_element("css selector", ".notice").text
    assert not page.find_element("css selector", ".evidence dl").is_displayed()
    page.find_element("css selector", ".evidence summary").click()
    rows = [row.text for row in page.find_elements("css selector", ".evidence dl > div")]
    assert len(rows) == 2
    assert rows[0].startswith("Đơn vị thực hiện\nChi hội Phụ nữ (chắc)\n“Chi hội Phụ nữ”")
    assert rows[1] == "Ngày tạo tệp\n03/06/2024 (chưa chắc)\n“2024-06-03” – thuộc tính của tệp"
    link = page.find_element("css selector", ".evidence a.cite")
    assert link.accessible_name == "[xem, trang 1] căn cứ của đơn vị thực hiện"
    assert page.execute_script("return document.documentElement.scrollWidth") <= 390
    assert page.execute_script(_CONTRAST)[0] >= 4.5
    link.click()
    assert _marked(page) == "Chi hội Phụ nữ"


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


@pytest.mark.parametrize(
    "path",
    [
        f"/?q={quote(QUESTION)}",
        f"/?q={quote(COMPARE)}",
        "/jobs",
        f"/cases/{TOLD.case_id}",
        f"/documents/{TOLD.document_id}",
    ],
)
def test_skip_link_comes_first_and_controls_are_labelled(show, path):
    page = show(path)
    first = page.execute_script("return document.querySelector('a, input, button').className")
    assert first == "skip"
    unlabelled = page.execute_script(
        "const controls = [...document.querySelectorAll('input:not([type=hidden]), select')];"
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
