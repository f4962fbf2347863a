import hashlib
from datetime import UTC, datetime

from ingest.sources import SourceFile, Unreadable
from ingest.web.addresses import normalise
from ingest.web.fetcher import Fetched, Validators
from ingest.web.source import Gone, Unchanged, WebSource
from kb.errors import DuplicateId, FetchRefused, SourceUnavailable, UnsupportedSource
from kb.settings import WebSettings
from kb.store.sources import SourceState

NOW = datetime(2026, 11, 2, tzinfo=UTC)


class Pages:
    """Answers from memory: body, or status, or error by address."""

    def __init__(self, answers):
        self.answers = answers
        self.asked = []

    def fetch(self, address, sink, *, validators):
        address = normalise(address)
        self.asked.append((address, validators(address)))
        answer = self.answers.get(address, 404)
        if isinstance(answer, Exception):
            raise answer
        status, body = (answer, b"") if isinstance(answer, int) else (200, answer)
        sink.write(body)
        digest = hashlib.sha256(body).hexdigest()
        own = Validators('"e"', None, address)
        return Fetched(address, status, "text/html", None, "", len(body), digest, own, NOW)


def source(tmp_path, answers, *addresses, known=lambda origin: None, **kwargs):
    settings = WebSettings(**{"max_pages": 10, **kwargs.pop("settings", {})})
    pages = Pages(answers)
    made = WebSource(addresses, settings, tmp_path / "s", known, fetcher=pages, **kwargs)
    return made, pages


def state(origin, body=b"", url=None):
    digest = hashlib.sha256(body).hexdigest()
    return SourceState(origin, "r", 1, 0, digest, 0.0, ("d1",), (), '"cu"', "hom qua", url)


PAGE = b"<html><title>A</title>"


def test_file_carries_identity_address_time_and_validators(tmp_path):
    made, _ = source(tmp_path, {"http://bao.vn/a": PAGE}, "http://BAO.vn/a#x")
    [file] = made.files()
    assert file == SourceFile(
        file.path, "html", known_as="http://bao.vn/a", url="http://bao.vn/a", fetched_at=NOW
    )
    assert file.path.read_bytes() == PAGE
    assert made.validators == {"http://bao.vn/a": ('"e"', None, "http://bao.vn/a")}


def test_address_given_twice_is_fetched_once(tmp_path):
    made, pages = source(
        tmp_path, {"http://bao.vn/a": PAGE}, "http://bao.vn/a", "http://bao.vn/a?utm_source=x"
    )
    assert len(list(made.files())) == 1
    assert len(pages.asked) == 1


def test_validators_of_the_stored_state_are_offered(tmp_path):
    stored = state("http://bao.vn/a", url="http://bao.vn/a")
    made, pages = source(
        tmp_path, {"http://bao.vn/a": 304}, "http://bao.vn/a", known=lambda origin: stored
    )
    assert list(made.files()) == [Unchanged("http://bao.vn/a", stored)]
    assert pages.asked == [("http://bao.vn/a", ('"cu"', "hom qua", "http://bao.vn/a"))]
    assert made.validators == {}


def test_state_found_by_its_address_keeps_its_origin(tmp_path):
    stored = state("http://bao.vn/chinh", b"cu", url="http://bao.vn/a")
    answers = {"http://bao.vn/a": PAGE}
    known = {"http://bao.vn/a": stored, "http://bao.vn/chinh": stored}.get
    made, _ = source(tmp_path, answers, "http://bao.vn/a", known=known)
    assert [item.origin for item in made.files()] == ["http://bao.vn/chinh"]
    made, _ = source(tmp_path, {}, "http://bao.vn/a", known=known)
    [gone] = made.files()
    assert isinstance(gone, Gone)
    assert gone.origin == "http://bao.vn/chinh"


def test_page_that_is_to_be_read_again_keeps_its_origin(tmp_path):
    stored = state("http://bao.vn/a", PAGE, url="http://bao.vn/a")
    answers = {"http://bao.vn/a": b"<link rel=canonical href=/chinh>" + PAGE}
    made, pages = source(
        tmp_path, answers, "http://bao.vn/a", remembered={"http://bao.vn/a": stored}.get
    )
    assert [(type(item), item.origin) for item in made.files()] == [(SourceFile, "http://bao.vn/a")]
    assert pages.asked == [("http://bao.vn/a", None)]
    moved = state("http://bao.vn/chinh", PAGE, url="http://bao.vn/b")
    made, _ = source(tmp_path, {}, "http://bao.vn/b", remembered={"http://bao.vn/b": moved}.get)
    assert [item.origin for item in made.files()] == ["http://bao.vn/chinh"]


def test_equal_bytes_are_unchanged_but_their_new_validators_are_told(tmp_path):
    stored = state("http://bao.vn/a", PAGE)
    made, _ = source(
        tmp_path, {"http://bao.vn/a": PAGE}, "http://bao.vn/a", known=lambda origin: stored
    )
    assert list(made.files()) == [Unchanged("http://bao.vn/a", stored)]
    assert made.validators["http://bao.vn/a"].etag == '"e"'


def test_files_without_title_are_duplicates_only_at_the_same_address(tmp_path):
    head = b"<html><link rel=canonical href=/c>"
    made, _ = source(
        tmp_path,
        {"http://bao.vn/a": head + b"<title>A</title>", "http://bao.vn/b": head,
         "http://bao.vn/c": head + b"<title>A</title>"},
        "http://bao.vn/a", "http://bao.vn/b", "http://bao.vn/c",
    )  # fmt: skip
    first, second, third = made.files()
    assert (first.origin, second.origin) == ("http://bao.vn/c", "http://bao.vn/b")
    assert isinstance(third, Unreadable)
    assert isinstance(third.error, DuplicateId)


def test_format_that_is_not_read_here_is_unsupported(tmp_path):
    answers = {"http://bao.vn/a": b"%PDF-1.4"}
    made, _ = source(tmp_path, answers, "http://bao.vn/a", suffixes={".html": "html"})
    [item] = made.files()
    assert isinstance(item.error, UnsupportedSource)
    assert "'.pdf'" in str(item.error)
    assert list((tmp_path / "s").iterdir()) == []


def test_error_of_one_address_is_told_with_its_address(tmp_path):
    answers = {"http://bao.vn/a": FetchRefused("cấm"), "http://bao.vn/b": PAGE}
    made, _ = source(tmp_path, answers, "http://bao.vn/a", "khong", "http://bao.vn/b")
    first, second, third = made.files()
    assert (first.origin, str(first.error)) == ("http://bao.vn/a", "cấm")
    assert (second.origin, type(second.error)) == ("khong", FetchRefused)
    assert third.origin == "http://bao.vn/b"


def test_spool_that_cannot_be_written_is_reported(tmp_path):
    (tmp_path / "s").write_text("một tệp, không phải thư mục")
    made, _ = source(tmp_path, {"http://bao.vn/a": PAGE}, "http://bao.vn/a")
    [item] = made.files()
    assert isinstance(item.error, SourceUnavailable)
    assert "thư mục tạm" in str(item.error)


def test_second_run_of_a_source_starts_afresh(tmp_path):
    made, pages = source(tmp_path, {"http://bao.vn/a": PAGE}, "http://bao.vn/a")
    assert list(made.files()) == list(made.files())
    assert len(pages.asked) == 2


def test_lists_that_name_nothing_are_told_as_skipped(tmp_path):
    (tmp_path / "a.urls").write_text("# chưa có", encoding="utf-8")
    answers = {"http://bao.vn/rss": b"<rss version='2.0'><channel></channel></rss>"}
    made, _ = source(tmp_path, answers, f"list:{tmp_path / 'a.urls'}", "http://bao.vn/rss")
    items = list(made.files())
    assert [(item.origin, item.skipped) for item in items] == [
        ("a.urls", True), ("http://bao.vn/rss", True),
    ]  # fmt: skip
