"""A crawled page, text or HTML, to the article that it holds.

What an HTML page declares in its head is trusted before what its lines look like; for text files
the lines are all there is. The main text is cleaned the same way for both.
"""

import unicodedata
from dataclasses import dataclass
from pathlib import PurePath

from ingest.articles.cleaning import CleanedPage, clean_page
from ingest.articles.line_evidence import line_evidence, weigh
from ingest.articles.webpage import WebPage, read_webpage
from ingest.metadata.localities import locate
from kb.errors import EmptyDocument, ExtractionFailed
from kb.models import MetadataEvidence
from kb.text import to_reading_form

# Decoded text has next to no control and replacement characters; a PDF or an image has plenty.
_MAX_UNREADABLE = 0.05
_LAYOUT = {"\n", "\r", "\t", "\f", "\v", "\x85"}


@dataclass(frozen=True, slots=True)
class Article:
    """The main article of a page.

    Attributes:
        title: As the page gives it, or words of the first sentence.
        text: Reading form: title, then lead and body, one paragraph or sub-heading a line, one
            blank line between them.
        published: Day of publication, `YYYY-MM-DD`.
        author: Display name.
        publisher: Only where the page names it.
        province: Canonical name of `kb.places`, if the article is about one province.
        url: Only from the page's own declaration.
        updated: Day of the last change by the page's own account, later than `published`.
        section: Innermost section of the site that the page stands in, only from HTML.
        evidence: Why the values are so; spans refer to `text`. Besides the fields above there may
            be `district` and `commune`.
    """

    title: str
    text: str
    published: str | None
    author: str | None
    publisher: str | None
    province: str | None
    url: str | None
    updated: str | None = None
    section: str | None = None
    evidence: tuple[MetadataEvidence, ...] = ()


def extract_article(raw: str, *, file_name: str, is_html: bool) -> Article:
    """Return the article of a page.

    Args:
        raw: Decoded content.
        file_name: Named in errors.
        is_html: Markup and not plain text.

    Raises:
        ExtractionFailed: The content is not text.
        EmptyDocument: Nothing readable is left.
    """
    name = PurePath(file_name).name or file_name
    _check_readable(raw, name)
    declared = read_webpage(raw) if is_html else WebPage(raw)
    page = clean_page(declared.text, title=declared.title)
    text = _compose(page)
    if not any(char.isalpha() for char in text) or (is_html and not page.paragraphs):
        raise EmptyDocument(
            f"Tệp {name!r} không còn nội dung bài viết sau khi bỏ phần khung của trang. "
            "Hãy kiểm tra tệp có chứa bài viết không, hoặc lưu lại trang rồi nạp lại."
        )
    evidence = weigh(declared.evidence, line_evidence(declared.text, page, text), text)
    values = {each.field: each.value for each in evidence}
    place = locate(
        text,
        title=page.title,
        published=values.get("published"),
        publisher=values.get("publisher"),
        other_articles=page.other_articles,
    )
    return Article(
        title=page.title,
        text=text,
        published=values.get("published"),
        author=values.get("author"),
        publisher=values.get("publisher"),
        province=place.province,
        url=declared.url,
        updated=values.get("updated"),
        section=declared.section,
        evidence=(*evidence, *place.evidence),
    )


def _check_readable(raw: str, name: str) -> None:
    unreadable = sum(
        char == "\ufffd" or (unicodedata.category(char) in {"Cc", "Cn", "Co", "Cs"})
        for char in raw
        if char not in _LAYOUT
    )
    if unreadable > _MAX_UNREADABLE * len(raw):
        raise ExtractionFailed(
            f"Tệp {name!r} không phải văn bản đọc được ({unreadable} ký tự hỏng trên {len(raw)}). "
            "Hãy lưu lại bằng mã UTF-8, hoặc chọn đúng định dạng tệp."
        )


def _compose(page: CleanedPage) -> str:
    # Surrogates survive decoding with "surrogatepass" and cannot be stored as UTF-8.
    text = to_reading_form("\n\n".join(part for part in (page.title, *page.paragraphs) if part))
    return text.encode("utf-8", "ignore").decode("utf-8")
