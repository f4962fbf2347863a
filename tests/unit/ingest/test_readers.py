"""One way from a file to what it holds."""

import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from ingest import readers
from ingest.ports import Item, Limits
from ingest.readers import read_documents, reader_version
from ingest.sources import SourceFile, Unreadable
from kb.errors import EmptyDocument, ExtractionFailed, IngestError, MissingTool, UnsupportedSource
from kb.models import Document, ExtractedCase, Span
from kb.settings import IngestSettings

ARTICLE = "Tổ nuôi ong\n\nChị em lập tổ nuôi ong lấy mật trong rừng tràm, mỗi tháng quay một lần."
Extract = Callable[[SourceFile, Limits], Iterator[Item]]


@pytest.fixture
def set_extractor(monkeypatch: pytest.MonkeyPatch) -> Callable[[str, Extract], None]:
    """Put a fake in the place of a module of `ingest.extractors`."""

    def put(module: str, extract: Extract) -> None:
        fake = types.ModuleType(module)
        fake.extract = extract  # type: ignore[attr-defined]
        monkeypatch.setitem(sys.modules, f"ingest.extractors.{module}", fake)
        monkeypatch.setattr(readers, "format_of", lambda file: file.format)

    return put


def source(path: Path, content: bytes | str, **values: object) -> SourceFile:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    kind = values.pop("format", "text")
    return SourceFile(path, str(kind), **values)  # type: ignore[arg-type]


def only_document(file: SourceFile, limits: Limits | None = None) -> Document:
    (item,) = read_documents(file, limits)
    assert isinstance(item, Document), item
    return item


def only_error(file: SourceFile, limits: Limits | None = None) -> IngestError:
    (item,) = read_documents(file, limits)
    assert isinstance(item, Unreadable), item
    assert item.origin == file.origin
    return item.error


def document(file: SourceFile, text: str = ARTICLE, **values: object) -> Document:
    return Document("d", "article", "Tổ nuôi ong", text, file.origin, "raw", **values)  # type: ignore[arg-type]


def test_fetched_file_brings_its_time_and_address(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    file = source(
        tmp_path / "x.part.txt", ARTICLE,
        known_as="https://a.vn/bai", url="https://a.vn/bai?x", fetched_at=moment,
    )  # fmt: skip
    read = only_document(file)
    assert (read.origin, read.url, read.fetched_at) == (
        "https://a.vn/bai",
        "https://a.vn/bai?x",
        moment,
    )


def test_file_without_a_time_of_its_own_has_that_of_its_last_change(tmp_path: Path) -> None:
    file = source(tmp_path / "a.txt", ARTICLE)
    changed = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
    assert only_document(file).fetched_at == changed


def test_content_wins_over_the_name(tmp_path: Path) -> None:
    page = f"<!doctype html><html><body><h1>Tổ nuôi ong</h1><p>{ARTICLE}</p></body></html>"
    assert "rừng tràm" in only_document(source(tmp_path / "a.doc", page, format="doc")).text


def test_extractor_is_found_by_format_and_given_file_and_limits(
    tmp_path: Path, set_extractor: Callable[[str, Extract], None]
) -> None:
    seen: list[tuple[SourceFile, Limits]] = []

    def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
        seen.append((file, limits))
        yield document(file)
        yield SourceFile(tmp_path / "b.txt", "text", known_as=f"{file.origin}!/b.txt", depth=1)

    set_extractor("slides", extract)
    file, limits = source(tmp_path / "a.pptx", "x", format="pptx"), Limits(max_depth=7)
    first, child = read_documents(file, limits)
    assert seen == [(file, limits)]
    assert isinstance(first, Document)
    assert isinstance(child, SourceFile)
    assert child.origin == f"{file.origin}!/b.txt"


def test_every_format_of_the_table_has_a_reader() -> None:
    from ingest.formats import SUFFIXES

    file = SourceFile(Path("/a"), "text")
    for name in sorted(set(SUFFIXES.values())):
        assert callable(readers._extractor(name, file))


def test_extractor_whose_library_is_missing_names_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> object:
        raise ModuleNotFoundError("no module", name="pypdfium2")

    monkeypatch.setattr(readers.importlib, "import_module", missing)
    monkeypatch.setattr(readers, "format_of", lambda _: "pdf")
    error = only_error(source(tmp_path / "a.pdf", b"x", format="pdf"))
    assert isinstance(error, MissingTool)
    assert "a.pdf: thiếu gói 'pypdfium2'" in str(error)


def test_extractor_that_breaks_fails_its_file_with_a_remedy_and_keeps_what_it_gave(
    tmp_path: Path, set_extractor: Callable[[str, Extract], None]
) -> None:
    def extract(file: SourceFile, _: Limits) -> Iterator[Item]:
        yield document(file)
        raise AttributeError("library")

    set_extractor("rtf", extract)
    read, failed = read_documents(source(tmp_path / "a.rtf", "x", format="rtf"))
    assert isinstance(read, Document)
    assert isinstance(failed, Unreadable)
    assert isinstance(failed.error, ExtractionFailed)
    assert "a.rtf: không đọc được nội dung (AttributeError)" in str(failed.error)
    assert isinstance(failed.error.__cause__, AttributeError)


def test_endless_recursion_fails_its_file(
    tmp_path: Path, set_extractor: Callable[[str, Extract], None]
) -> None:
    def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
        yield from extract(file, limits)

    set_extractor("rtf", extract)
    assert "RecursionError" in str(only_error(source(tmp_path / "a.rtf", "x", format="rtf")))


def test_lack_of_memory_is_left_to_the_worker(
    tmp_path: Path, set_extractor: Callable[[str, Extract], None]
) -> None:
    def extract(file: SourceFile, limits: Limits) -> Iterator[Item]:
        raise MemoryError
        yield

    set_extractor("rtf", extract)
    with pytest.raises(MemoryError):
        list(read_documents(source(tmp_path / "a.rtf", "x", format="rtf")))


def test_empty_missing_and_oversized_files_are_told(tmp_path: Path) -> None:
    assert isinstance(only_error(source(tmp_path / "a.txt", b"")), EmptyDocument)
    assert "không đọc được tệp" in str(only_error(SourceFile(tmp_path / "b.txt", "text")))
    large = only_error(source(tmp_path / "c.txt", b"x" * 101), Limits(max_bytes=100))
    assert isinstance(large, UnsupportedSource)
    assert "KB_INGEST__MAX_FILE_MB" in str(large)


def test_legacy_encoding_is_repaired(tmp_path: Path) -> None:
    encoded = ARTICLE.encode("utf-16")
    assert "rừng tràm" in only_document(source(tmp_path / "a.txt", encoded)).text


def test_encoding_of_a_page_is_the_one_it_declares(tmp_path: Path) -> None:
    head = '<!doctype html><html><head><meta charset="windows-1252"></head><body>'
    body = "<h1>Café littéraire</h1>" + "<p>Le café où l’on lit à voix haute.</p>" * 9
    page = (head + body + "</body></html>").encode("cp1252")
    assert "Café littéraire" in only_document(source(tmp_path / "a.html", page, format="html")).text


def test_article_gets_metadata_cases_and_a_digest_of_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = ExtractedCase("c", "d", "Tổ nuôi ong", (Span(0, 11),))
    monkeypatch.setattr(
        "ingest.metadata.enrich.enrich", lambda item: replace(item, province="Cà Mau")
    )
    monkeypatch.setattr("ingest.cases.extract_cases", lambda _: (case,))
    file = source(tmp_path / "a.txt", ARTICLE)
    read = only_document(file)
    assert (read.province, read.extracted) == ("Cà Mau", (case,))
    without = only_document(file, Limits(extract_cases=False))
    assert without.extracted == ()
    assert len({read.sha256, without.sha256, "raw"}) == 3


def test_recorded_case_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Document) -> Document:
        raise AssertionError("enriched")

    monkeypatch.setattr("ingest.metadata.enrich.enrich", refuse)
    case = (
        "---\nid: m1\nname: Tổ nuôi ong\nfield: kinh-te\ntopics: [y-te]\nprovince: Huế\n---\n"
        "# Kết quả\n- Mỗi tháng quay mật một lần.\n"
    )
    assert only_document(source(tmp_path / "a.md", case, format="markdown")).kind == "case"


def test_article_that_is_not_understood_is_kept_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(_: Document) -> tuple[ExtractedCase, ...]:
        raise ZeroDivisionError

    monkeypatch.setattr("ingest.cases.extract_cases", die)
    read, failed = read_documents(source(tmp_path / "a.txt", ARTICLE))
    assert isinstance(read, Document)
    assert "rừng tràm" in read.text
    assert isinstance(failed, Unreadable)
    assert "đã nạp bài, nhưng không rút được" in str(failed.error)


def test_version_follows_what_decides_and_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = reader_version(IngestSettings())
    assert reader_version(IngestSettings(workers=3, batch_documents=5)) == plain
    assert reader_version(IngestSettings(ocr="off")) != plain
    assert reader_version(IngestSettings(extract_cases=False)) != plain
    monkeypatch.setattr(readers, "READER_VERSION", 999)
    assert reader_version(IngestSettings()) != plain
