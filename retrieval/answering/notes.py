"""What the reader of an answer must know beside it: conflicts, old sources, missing places."""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date

from kb.dates import show_date
from kb.figures import numbers_in
from kb.models import Citation, Claim, Document, Note
from kb.places import get_province
from retrieval.answering.planning import Plan
from retrieval.answering.question_types import QuestionType
from retrieval.answering.rows import newest_date
from retrieval.grouping import Group
from retrieval.query import Query

# A source is called old from this many years on; plans and counts of a model change within that.
OLD_YEARS = 3
_YEAR = re.compile(r"(?:19|20)\d\d")


def notes_of(
    query: Query,
    plan: Plan,
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    groups: Mapping[str, Group],
    *,
    today: date,
) -> list[Note]:
    """Return the notes of an answer, the most important first.

    Args:
        query: The question.
        plan: What was said, and from which documents.
        claims: What was said.
        citations: All citations of the answer.
        groups: By document id, the documents that tell the same case.
        today: The date by which sources are old.
    """
    documents = {item.document.document_id: item.document for item in plan.evidence}
    cited = [documents[key] for key in _in_order(citations) if key in documents]
    markers: dict[str, list[int]] = {}
    for citation in citations:
        markers.setdefault(citation.document_id, []).append(citation.marker)
    return [
        *_conflicts(plan, claims, citations, documents, groups),
        *_unanswered(plan),
        *_missing_places(query, cited),
        *_merged_places(query, cited),
        *_old_sources(cited, markers, groups, today),
        *_independent_sources(cited, markers, groups),
    ]


def _in_order(citations: Iterable[Citation]) -> list[str]:
    return list(dict.fromkeys(citation.document_id for citation in citations))


def _conflicts(
    plan: Plan,
    claims: Sequence[Claim],
    citations: Sequence[Citation],
    documents: Mapping[str, Document],
    groups: Mapping[str, Group],
) -> list[Note]:
    """Return a note where sources of one case state different figures for one question."""
    if plan.wanted.type is not QuestionType.FIGURE or len(plan.wanted.asks) != 1:
        return []
    by_marker = {citation.marker: citation for citation in citations}
    told: dict[int, list[tuple[Claim, Citation]]] = {}
    for claim in claims:
        last = by_marker[claim.citations[-1]]  # the sentence; the name of the case stands before
        group = groups.get(last.document_id)
        if group is not None:
            told.setdefault(id(group), []).append((claim, last))
    notes = []
    for own in told.values():
        if len({citation.document_id for _, citation in own}) < 2:
            continue
        if len({_figures(citation.quote) for _, citation in own}) < 2:
            continue
        each = "; ".join(
            f"[{citation.marker}] {_origin(documents[citation.document_id])}"
            for _, citation in own
            if citation.document_id in documents
        )
        notes.append(
            Note(
                "conflicting_sources",
                f"Các nguồn nêu số liệu khác nhau, cần đối chiếu trước khi dùng: {each}.",
                tuple(citation.marker for _, citation in own),
            )
        )
    return notes


def _figures(quote: str) -> tuple[str, ...]:
    """Return the numbers of a quote without its years."""
    return tuple(number for number in numbers_in(quote) if not _YEAR.fullmatch(number))


def _origin(document: Document) -> str:
    published = newest_date(document)
    publisher = document.publisher or next(
        (source.publisher for source in document.sources if source.publisher), None
    )
    known = [publisher or document.title]
    known.append(f"đăng {show_date(published)}" if published else "không rõ ngày đăng")
    return ", ".join(known)


def _unanswered(plan: Plan) -> list[Note]:
    parts = [f"“{ask.text.strip(' ,.;?')}”" for ask in plan.unanswered]
    if not parts:
        return []
    return [Note("figure_not_given", f"Nguồn không nêu con số cho phần {' và '.join(parts)}.")]


def _missing_places(query: Query, cited: Sequence[Document]) -> list[Note]:
    """Return a note on those of several provinces asked for of which nothing is cited."""
    asked = list(dict.fromkeys(mention.province.name for mention in query.provinces))
    if len(asked) < 2:
        return []
    there: set[str] = set()
    for document in cited:
        if document.province is not None:
            # A former province counts for today's too, but not the other way round.
            province = get_province(document.province)
            there.update(province.filter_names if province else (document.province,))
    missing = [name for name in asked if name not in there]
    if not missing:
        return []
    names = ", ".join(missing)
    return [Note("places_without_cases", f"Cơ sở tri thức chưa có nội dung này ở: {names}.")]


def _merged_places(query: Query, cited: Sequence[Document]) -> list[Note]:
    """Return a note where today's province is asked for and a former one answers."""
    asked = {mention.province.name for mention in query.provinces}
    former = dict.fromkeys(
        (document.province, province.today)
        for document in cited
        if document.province
        and document.province not in asked
        and (province := get_province(document.province)) is not None
        and not province.is_current
        and province.today in asked
    )
    parts = [f"{name} (nay thuộc {today})" for name, today in former]
    if not parts:
        return []
    return [Note("place_merged", f"Có nội dung thuộc địa bàn trước sắp xếp: {', '.join(parts)}.")]


def _old_sources(
    cited: Sequence[Document],
    markers: Mapping[str, Sequence[int]],
    groups: Mapping[str, Group],
    today: date,
) -> list[Note]:
    """Return a note on cited sources that are old, where nothing newer tells the same case."""
    old: dict[str, list[int]] = {}
    for document in cited:
        group = groups.get(document.document_id)
        told = [document]
        if group is not None:
            told = [group.leader.document, *(item.document for item in group.others)]
        dates = [published for item in told if (published := newest_date(item))]
        if dates and int(max(dates)[:4]) <= today.year - OLD_YEARS:
            old.setdefault(max(dates)[:4], []).extend(markers.get(document.document_id, ()))
    if not old:
        return []
    parts = [f"năm {year} {_marks(old[year])}" for year in sorted(old)]
    return [
        Note(
            "old_source",
            f"Nguồn đã cũ, chưa tìm thấy nguồn mới hơn: đăng {'; '.join(parts)}.",
            tuple(marker for year in sorted(old) for marker in old[year]),
        )
    ]


def _marks(markers: Sequence[int]) -> str:
    return "".join(f"[{marker}]" for marker in markers)


def _independent_sources(
    cited: Sequence[Document], markers: Mapping[str, Sequence[int]], groups: Mapping[str, Group]
) -> list[Note]:
    """Return a note on cases that several sources tell."""
    parts: list[str] = []
    quoted: list[int] = []
    for document in cited:
        group = groups.get(document.document_id)
        if group is None or group.source_count < 2 or group.leader.document != document:
            continue
        parts.append(
            f"“{document.title}”: {group.source_count} nơi đăng, "
            f"{group.independent_count} nguồn độc lập"
        )
        quoted.extend(markers.get(document.document_id, ()))
    if not parts:
        return []
    return [Note("independent_sources", f"{'; '.join(parts)}.", tuple(quoted))]
