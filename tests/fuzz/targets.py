"""What is fuzzed: one function a reader, from bytes to what it must never do.

A target feeds bytes to a reader as ingest does, below the net of `ingest.readers.read_documents`
that turns any exception into a report, so that a bug of ours is seen as such. Only `IngestError`
may come out; whatever is read must keep what the rest of the project relies on: offsets inside the
text, words that stand where they are said to stand, and no file left behind.
"""

import importlib
import re
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

from selectolax.lexbor import LexborHTMLParser

from ingest.articles.article import extract_article
from ingest.chunker import chunk_document
from ingest.encodings import decode_text, repair_text
from ingest.formats import detect_format
from ingest.metadata.declarations import read_declarations
from ingest.metadata.linked_data import read_breadcrumbs, read_json_ld, read_microdata
from ingest.ports import Item, Limits
from ingest.readers import finish
from ingest.sources import SourceFile, Unreadable
from ingest.web.addresses import canonical, identity, normalise
from ingest.web.content import read_head
from ingest.web.feeds import Listing, read_feed, read_list, read_sitemap
from ingest.web.robots import MAX_CRAWL_DELAY, Robots, RobotsAnswer
from kb.errors import IngestError
from kb.models import CaseFact, Document, ExtractedCase, Span
from kb.phrases import read_rows
from kb.settings import ChunkerSettings
from kb.text import to_reading_form
from tests.data.legacy_bytes import to_cp1258, to_tcvn3, to_viscii, to_vni
from tests.data.office_stories import STORIES

T = TypeVar("T")

MAX_INPUT_BYTES = 200_000
_SMALL = Limits(
    max_bytes=1_000_000,
    max_archive_bytes=4_000_000,
    max_archive_files=100,
    max_depth=2,
    ocr=False,
)
_FETCHED = datetime(2024, 6, 3, tzinfo=UTC)
_ADDRESS = "https://xa.example.vn/tin/"
_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


@dataclass(frozen=True, slots=True)
class Target:
    """A reader under test.

    Attributes:
        run: Reads bytes; raises on anything that must not happen.
        is_native: Whether a C library parses the bytes, which may end the process.
        suffix: Of files of its format, if the bytes are a file's.
    """

    run: Callable[[bytes], None]
    is_native: bool = False
    suffix: str = ""


# --- files ---------------------------------------------------------------------------------------


def _file_target(module: str, format_name: str, suffix: str, *, is_native: bool = False) -> Target:
    def run(data: bytes) -> None:
        with _scratch(data, suffix) as (file, limits):
            # The name says this format; what the bytes say is told, not followed.
            _allow_errors(lambda: detect_format(file.path, format_name))
            extractor = importlib.import_module(f"ingest.extractors.{module}")
            # What comes after the format has a target of its own; some files go all the way.
            is_finished = zlib.crc32(data) % 4 == 0

            def read() -> list[Item]:
                items = extractor.extract(file, limits)
                return list(_finished(items, limits) if is_finished else items)

            items = _allow_errors(read)
            _check_items(items or [], file, limits)

    return Target(run, is_native, suffix)


@contextmanager
def _scratch(data: bytes, suffix: str) -> Iterator[tuple[SourceFile, Limits]]:
    """Yield a file with the bytes and limits with a spool; check that nothing is left beside."""
    with tempfile.TemporaryDirectory(prefix="kb-fuzz-") as made:
        folder = Path(made)
        spool, temporary = folder / "spool", folder / "tmp"
        spool.mkdir()
        temporary.mkdir()
        path = folder / f"tep{suffix}"
        path.write_bytes(data)
        before, tempfile.tempdir = tempfile.tempdir, str(temporary)
        try:
            file = SourceFile(path, _format(suffix), fetched_at=_FETCHED)
            limits = Limits(
                **{
                    name: getattr(_SMALL, name)
                    for name in Limits.__dataclass_fields__
                    if name != "spool"
                },
                spool=spool,
            )
            yield file, limits
        finally:
            tempfile.tempdir = before
        assert {each.name for each in folder.iterdir()} == {"spool", "tmp", path.name}
        assert not list(temporary.iterdir()), "a temporary file was left"
        assert path.read_bytes() == data, "the source was changed"


def _format(suffix: str) -> str:
    from ingest.formats import SUFFIXES

    return SUFFIXES[suffix]


def _finished(items: Iterable[Item], limits: Limits) -> Iterator[Item]:
    for item in items:
        yield finish(item, limits) if isinstance(item, Document) else item


def _check_items(items: Iterable[Item], file: SourceFile, limits: Limits) -> None:
    spooled = set()
    for item in items:
        if isinstance(item, Document):
            check_document(item)
            assert item.origin == file.origin
        elif isinstance(item, Unreadable):
            assert isinstance(item.error, IngestError)
            str(item.error).encode()
        else:
            spooled.add(item.path)
            item.origin.encode()
            assert item.depth == file.depth + 1
            assert item.origin.startswith(f"{file.origin}!/")
            assert ".." not in Path(item.origin.partition("!/")[2]).parts
            assert item.path.stat().st_size <= limits.max_bytes
    assert limits.spool is not None
    # An extractor that was refused in the middle may leave a file in the spool, nowhere else.
    assert spooled <= set(limits.spool.iterdir())


# --- articles ------------------------------------------------------------------------------------


def _page(data: bytes) -> None:
    _article(data.decode("utf-8", "replace"), is_html=True)


def _text(data: bytes) -> None:
    _article(data.decode("utf-8", "replace"), is_html=False)


def _article(raw: str, *, is_html: bool) -> None:
    article = _allow_errors(lambda: extract_article(raw, file_name="bai", is_html=is_html))
    if article is None:
        return
    check_document(
        Document(
            document_id="bai",
            kind="article",
            title=article.title,
            text=article.text,
            origin="/bai",
            sha256="",
            publisher=article.publisher,
            author=article.author,
            url=article.url,
            published=article.published,
            province=article.province,
            updated=article.updated,
            evidence=article.evidence,
        )
    )


def _cases(data: bytes) -> None:
    text = to_reading_form(
        data.decode("utf-8", "surrogatepass" if data[:1] == b"\xed" else "replace")
    )
    title = text.partition("\n")[0] or "Bài"
    document = Document("bai", "article", title, text, "/bai", "", published="2024-06-03")
    finished = finish(document, _SMALL)
    assert finished.text == text
    check_document(finished)
    assert finish(document, _SMALL) == finished
    chunks = chunk_document(finished, ChunkerSettings())
    assert all(text[chunk.start_char : chunk.end_char] == chunk.text for chunk in chunks)


# --- encodings -----------------------------------------------------------------------------------

_WORDS = [word for word, _ in read_rows("syllables.tsv", 2)][:4096]
_SENTENCES = [
    sentence.translate({0x201C: '"', 0x201D: '"', 0x2013: "-"}).replace("m²", "m2")
    for story in STORIES.values()
    for sentence in (*story.paragraphs, story.figure)
]
_FEWEST_SENTENCES = 4
_CHARSETS = (None, "utf-8", "windows-1258", "latin-1", "vn-khong-co")


def _encodings(data: bytes) -> None:
    declared = _CHARSETS[zlib.crc32(data) % len(_CHARSETS)]
    text = _allow_errors(lambda: decode_text(data, name="a.txt", declared=declared))
    if text is not None:
        to_reading_form(text).encode()
    repair_text(data.decode("latin-1"))
    # Bytes pick words: right Vietnamese in any order must come back as it is.
    picks = [data[index] | data[index + 1] << 8 for index in range(0, len(data[:1000]) - 1, 2)]
    words = [_WORDS[pick % len(_WORDS)] for pick in picks]
    right = "\n".join(" ".join(words[start : start + 12]) for start in range(0, len(words), 12))
    assert repair_text(right) == right, "right text was changed"
    assert repair_text(right.upper()) == right.upper(), "right capitals were changed"
    assert decode_text(right.encode(), name="a.txt") == right
    assert decode_text(right.encode("utf-16"), name="a.txt") == right
    # What a legacy encoding is known by is the words of real sentences.
    sentences = [_SENTENCES[byte % len(_SENTENCES)] for byte in data[:12]]
    if len(set(sentences)) >= _FEWEST_SENTENCES:
        told = "\n".join(sentences)
        for encode in (to_tcvn3, to_vni, to_viscii, to_cp1258):
            assert decode_text(encode(told), name="a.txt") == told, encode.__name__


# --- the web -------------------------------------------------------------------------------------


def _listings(data: bytes) -> None:
    for read in (
        lambda: read_feed(data, _ADDRESS, "application/rss+xml"),
        lambda: read_sitemap(data, _ADDRESS),
        lambda: _list(data),
    ):
        listing = _allow_errors(read)
        for address in listing.addresses if listing else ():
            assert address.strip() == address != ""
            normal = _allow_errors(lambda address=address: normalise(address, _ADDRESS))
            if normal is not None:
                assert normalise(normal) == normal
                assert normal.isascii()
                identity(normal)
    _allow_errors(lambda: canonical(data.decode("utf-8", "replace"), _ADDRESS))
    read_head(data, None)


def _list(data: bytes) -> Listing:
    with tempfile.NamedTemporaryFile(suffix=".urls") as made:
        made.write(data)
        made.flush()
        return read_list(Path(made.name))


def _robots(data: bytes) -> None:
    robots = Robots(lambda _: RobotsAnswer(200, data), "kb/1")
    for path in ("", "quan-tri/a.php", "t%C3%ACm", "a" * 300, "?a=/*$"):
        _allow_errors(lambda path=path: robots.check(f"https://xa.example.vn/{path}"))
    assert 0 <= robots.delay(_ADDRESS) <= MAX_CRAWL_DELAY


def _linked_data(data: bytes) -> None:
    words = data.decode("utf-8", "replace")
    for markup in (
        f'<h1>Tổ tự quản</h1><script type="application/ld+json">{words}</script>',
        words,
    ):
        tree = LexborHTMLParser(markup)
        headings = ["Tổ tự quản giữ sạch kênh Ba"]
        for article in (read_json_ld(tree, headings), read_microdata(tree, headings)):
            assert article is None or article.source in ("json-ld", "microdata")
        assert all(read_breadcrumbs(tree))
        declared = read_declarations(tree)
        assert declared.published is None or _DATE.fullmatch(declared.published)


# --- what must hold ------------------------------------------------------------------------------


def check_document(document: Document) -> None:
    """Assert what the rest of the project relies on in a document."""
    text = document.text
    assert text == to_reading_form(text), "text is not its own reading form"
    text.encode()
    assert document.title.strip(), "no title"
    assert "\n" not in document.title
    for value in (document.title, document.author, document.publisher, document.organization):
        assert value is None or value.encode()
    for day in (document.published, document.updated):
        assert day is None or _DATE.fullmatch(day), f"odd date {day!r}"
    assert all(1 <= year <= 9999 for year in document.years)
    starts = [locator.start_char for locator in document.locators]
    assert starts == sorted(starts)
    assert all(0 <= start <= len(text) for start in starts)
    assert all(locator.number >= 1 for locator in document.locators)
    for evidence in document.evidence:
        assert 0 < evidence.confidence <= 1
        assert evidence.value
        evidence.quote.encode()
        if evidence.span is not None:
            assert _words(text, evidence.span) == evidence.quote, f"evidence of {evidence.field}"
    for case in document.extracted:
        _check_case(case, document)
    ids = [case.case_id for case in document.extracted]
    assert len(ids) == len(set(ids)), "two cases have one id"


def _check_case(case: ExtractedCase, document: Document) -> None:
    text = document.text
    assert case.document_id == document.document_id
    assert case.name.strip()
    assert 0 < case.confidence <= 1
    assert _words(text, case.mentions[0]) == case.name, "the name does not stand there"
    for mention in case.mentions:
        _words(text, mention)
    end = 0
    for passage in case.passages:
        assert _words(text, passage).strip()
        assert passage.start_char >= end, "passages overlap"
        end = passage.end_char
    for figure in case.figures:
        assert _words(text, figure.span) == figure.text
        assert any(char.isdigit() or char.isalpha() for char in _words(text, figure.number_span))
        assert figure.span.start_char <= figure.number_span.start_char
        assert figure.number_span.end_char <= figure.span.end_char
    for fact in (case.place, case.organization, case.period):
        _check_fact(text, fact)


def _check_fact(text: str, fact: CaseFact | None) -> None:
    if fact is not None:
        assert _words(text, fact.span) == fact.value
        assert 0 < fact.confidence <= 1


def _words(text: str, span: Span) -> str:
    assert 0 <= span.start_char < span.end_char <= len(text), f"{span} lies outside"
    return text[span.start_char : span.end_char]


def _allow_errors(read: Callable[[], T]) -> T | None:
    try:
        return read()
    except IngestError as exc:
        str(exc).encode()  # reports are stored and sent as UTF-8
        return None


TARGETS: Mapping[str, Target] = {
    "docx": _file_target("docx", "docx", ".docx", is_native=True),
    "doc": _file_target("doc", "doc", ".doc"),
    "pdf": _file_target("pdf", "pdf", ".pdf", is_native=True),
    "pptx": _file_target("slides", "pptx", ".pptx", is_native=True),
    "rtf": _file_target("rtf", "rtf", ".rtf"),
    "odt": _file_target("open_document", "odt", ".odt"),
    "xlsx": _file_target("register", "register", ".xlsx", is_native=True),
    "xls": _file_target("register", "register", ".xls", is_native=True),
    "ods": _file_target("register", "register", ".ods", is_native=True),
    "csv": _file_target("register", "register", ".csv"),
    "mail": _file_target("mail", "mail", ".eml"),
    "archive": _file_target("archive", "archive", ".zip"),
    "page": Target(_page, is_native=True, suffix=".html"),
    "text": Target(_text),
    "encodings": Target(_encodings),
    "listings": Target(_listings),
    "robots": Target(_robots),
    "linked-data": Target(_linked_data, is_native=True),
    "cases": Target(_cases),
}
