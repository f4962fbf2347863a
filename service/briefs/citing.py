"""Footnotes and sources of one brief: numbered once, however often they are used."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta, timezone

from kb.dates import show_date
from kb.models import Citation, Document, Source, Span
from retrieval.answering.citations import citation_of
from retrieval.permalinks import document_path, permalink
from service.briefs.model import Footnote, Origin, SourceEntry
from service.briefs.wording import quoted_title
from service.job_text import source_name
from service.pages import safe_url

_VIETNAM = timezone(timedelta(hours=7))
_HASH_CHARS = 12


class FootnoteBook:
    """Numbers quotes: those of the answer keep their markers, further ones follow."""

    def __init__(self, citations: Sequence[Citation] = ()) -> None:
        """Start with the citations of an answer."""
        self._citations = list(citations)
        self._markers = {
            (item.document_id, item.start_char, item.end_char): item.marker for item in citations
        }
        self._next = max((item.marker for item in citations), default=0) + 1

    def cite(self, document: Document, span: Span) -> int:
        """Return the number of a stretch of a document; the same stretch has one number."""
        key = (document.document_id, span.start_char, span.end_char)
        if key not in self._markers:
            self._markers[key] = self._next
            self._citations.append(citation_of(self._next, document, span))
            self._next += 1
        return self._markers[key]

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All quotes, by number."""
        return tuple(sorted(self._citations, key=lambda item: item.marker))


def entry_numbers(citations: Sequence[Citation]) -> dict[str, int]:
    """Return the number of each cited document in the list of sources, by its first marker."""
    ids = dict.fromkeys(item.document_id for item in citations)
    return {document_id: number for number, document_id in enumerate(ids, 1)}


def footnotes_of(citations: Sequence[Citation], base: str) -> tuple[Footnote, ...]:
    """Return the footnotes of quotes.

    Args:
        citations: By number.
        base: Public address of the service; empty if unknown.
    """
    entries = entry_numbers(citations)
    first = {item.document_id: item.marker for item in reversed(citations)}
    return tuple(
        Footnote(
            citation=item,
            source=_source_line(
                item, entries[item.document_id], is_first=first[item.document_id] == item.marker
            ),
            address=permalink(
                base, document_path(item.document_id, item.start_char, item.end_char, item.sha256)
            ),
        )
        for item in citations
    )


def _source_line(citation: Citation, entry: int, *, is_first: bool) -> str:
    """Return who says so: in full where a document is first quoted, then by its number."""
    place = citation.locator.label if citation.locator else ""
    if not is_first:
        return ", ".join(fact for fact in (f"Nguồn số {entry}", place) if fact)
    facts = [citation.title, citation.publisher, show_date(citation.published), place]
    return f"{', '.join(fact for fact in facts if fact)} (nguồn số {entry})"


def sources_of(
    citations: Sequence[Citation], documents: Mapping[str, Document]
) -> tuple[SourceEntry, ...]:
    """Return the list of sources.

    Args:
        citations: By number.
        documents: Stored documents by id; one that went meanwhile is listed by its citation.
    """
    by_document: dict[str, list[Citation]] = {}
    for item in citations:
        by_document.setdefault(item.document_id, []).append(item)
    return tuple(
        _entry(number, own, documents.get(document_id))
        for number, (document_id, own) in enumerate(by_document.items(), 1)
    )


def _entry(number: int, citations: Sequence[Citation], document: Document | None) -> SourceEntry:
    first = citations[0]
    labels = [item.locator.label for item in citations if item.locator]
    return SourceEntry(
        number=number,
        title=first.title,
        origins=_origins(first, document),
        places=tuple(dict.fromkeys(labels)),
        kept=_kept(first),
        is_dated=any(_dates(first, document)),
    )


def _dates(citation: Citation, document: Document | None) -> list[str | None]:
    sources = document.sources if document else ()
    return [citation.published, *(source.published for source in sources)]


def _origins(citation: Citation, document: Document | None) -> tuple[Origin, ...]:
    """Return the publications behind a document; what it calls itself is not repeated."""
    own = Source(None, citation.publisher, citation.url, citation.published)
    sources = document.sources if document and document.sources else (own,)
    origins = [Origin(_origin_text(item, citation.title), safe_url(item.url)) for item in sources]
    known = [item for item in origins if item.text or item.url]
    if not known and document is not None:
        known = [Origin(f"tệp {source_name(document.origin)}")]
    return tuple(dict.fromkeys(known))


def _origin_text(source: Source, title: str) -> str:
    named = quoted_title(source.title) if source.title and source.title != title else ""
    facts = [named, source.publisher, show_date(source.published)]
    return ", ".join(fact for fact in facts if fact)


def _kept(citation: Citation) -> str:
    taken = vietnam_date(citation.fetched_at)
    facts = [
        f"lấy vào kho ngày {taken}" if taken else "",
        f"mã bản lưu {citation.sha256[:_HASH_CHARS]}" if citation.sha256 else "",
    ]
    return "; ".join(fact for fact in facts if fact)


def vietnam_date(moment: datetime | None) -> str:
    """Return the day of a moment by Vietnam's clock; empty for None.

    Example:
        >>> from datetime import UTC
        >>> vietnam_date(datetime(2026, 3, 1, 18, 5, tzinfo=UTC))
        '02/03/2026'
    """
    return moment.astimezone(_VIETNAM).strftime("%d/%m/%Y") if moment else ""


def vietnam_today() -> date:
    """Return today by Vietnam's clock."""
    return datetime.now(_VIETNAM).date()
