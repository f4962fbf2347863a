"""Place, organisation, period, field, topics and subject of a case, each from its own sentences.

What is not clear is left out: a card without a place is better than one with the wrong place.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.cases.bodies import body_at, find_heads
from ingest.cases.merging import Draft
from ingest.cases.passages import Telling
from ingest.cases.periods import find_period
from kb.facets import Facets, find_facets
from kb.models import CaseFact, Field, Span, Subject
from kb.places import PlaceMention, get_province

_SURE = 0.9
_NEAR = 90
# Where a case is named dozens of times, the first ones tell where it is and whose.
_MENTIONS = 12
_RANK = re.compile(
    r"(?:xã|phường|thị trấn|huyện|quận|thị xã|thành phố|tỉnh|TP\.?|TX\.?|đặc khu|ấp|thôn|xóm|"
    r"khóm|bản|buôn|khu phố)\s*$",
    re.IGNORECASE,
)
_BESIDE = re.compile(
    r"\s*[,(–-]?\s*(?:(?:thuộc\s+)?(?:xã|phường|thị trấn|huyện|quận|thị xã|thành phố|tỉnh|"
    r"TP\.?|TX\.?)\s*)?",
    re.IGNORECASE,
)
_CLOSING = re.compile(r"\s*\)")
_OWNING = re.compile(r"(?:^\s*\(|của|do|\(|từ)\s*$", re.IGNORECASE)
_FIELD_OF_TOPIC: dict[str, Field] = {
    "giam-ngheo": Field.ECONOMY, "nong-nghiep": Field.ECONOMY, "thuy-san": Field.ECONOMY,
    "hop-tac-xa": Field.ECONOMY, "ocop": Field.ECONOMY, "khoi-nghiep": Field.ECONOMY,
    "du-lich": Field.ECONOMY, "tin-dung-tiet-kiem": Field.ECONOMY,
    "moi-truong": Field.CULTURE_SOCIETY, "giao-duc": Field.CULTURE_SOCIETY,
    "y-te": Field.CULTURE_SOCIETY, "an-sinh-xa-hoi": Field.CULTURE_SOCIETY,
    "nha-o": Field.CULTURE_SOCIETY, "tre-em": Field.CULTURE_SOCIETY,
    "van-hoa": Field.CULTURE_SOCIETY,
    "nong-thon-moi": Field.CULTURE_SOCIETY, "giao-thong": Field.CULTURE_SOCIETY,
    "an-ninh-trat-tu": Field.DEFENCE_SECURITY, "quoc-phong": Field.DEFENCE_SECURITY,
    "bien-dao": Field.DEFENCE_SECURITY,
    "cai-cach-hanh-chinh": Field.POLITICAL_SYSTEM, "xay-dung-dang": Field.POLITICAL_SYSTEM,
}  # fmt: skip
_STATED_FIELD = (
    (re.compile(r"lĩnh vực (?:phát triển )?kinh tế(?!\s*[,-])", re.IGNORECASE), Field.ECONOMY),
    (re.compile(r"lĩnh vực văn h(?:óa|oá)", re.IGNORECASE), Field.CULTURE_SOCIETY),
    (
        re.compile(r"lĩnh vực (?:quốc phòng|an ninh)", re.IGNORECASE),
        Field.DEFENCE_SECURITY,
    ),
    (
        re.compile(r"lĩnh vực (?:xây dựng )?(?:hệ thống chính trị|Đảng)", re.IGNORECASE),
        Field.POLITICAL_SYSTEM,
    ),
)


@dataclass(frozen=True, slots=True)
class Attributes:
    """What else is known of a case (`kb.models.ExtractedCase`)."""

    place: CaseFact | None = None
    province: str | None = None
    organization: CaseFact | None = None
    period: CaseFact | None = None
    field: Field | None = None
    topics: tuple[str, ...] = ()
    subject: Subject | None = None


def attributes_of(
    text: str,
    draft: Draft,
    tellings: Sequence[Telling],
    places: Sequence[PlaceMention],
    province: str | None,
    *,
    is_shared: bool,
    published: str | None = None,
) -> Attributes:
    """Return what the sentences of a case say of it.

    Args:
        text: The document's text.
        draft: The case.
        tellings: What tells of it.
        places: Places of the whole text (`kb.places.find_places`).
        province: Province of the article.
        is_shared: Whether the article tells of other cases, so that only what is near counts.
        published: Day of the article, `YYYY-MM-DD`: no case was carried out after it.
    """
    place = _place(text, draft, tellings, places, is_shared=is_shared)
    told = find_facets(text_of(text, [telling.span for telling in tellings[:6]]))
    topics, field = _topics_and_field(text, draft, tellings, told)
    return Attributes(
        place=_place_fact(text, place) if place else None,
        province=_province(place, province),
        organization=_organization(text, draft, tellings, places),
        period=find_period(text, draft.outers, tellings, published),
        field=field,
        topics=topics,
        subject=_subject(told),
    )


def _place(
    text: str,
    draft: Draft,
    tellings: Sequence[Telling],
    places: Sequence[PlaceMention],
    *,
    is_shared: bool,
) -> list[PlaceMention]:
    """Return the place that stands nearest to the name, with the units around it behind it."""
    small = [place for place in places if place.level in ("district", "commune")]
    best: tuple[int, int] | None = None
    for outer in draft.outers[:_MENTIONS]:
        telling = _telling_at(tellings, outer)
        if telling is None:
            continue
        for index, place in enumerate(small):
            inside_own = telling.span.start_char <= place.start_char < telling.span.end_char
            before_own = (
                telling.span == telling.sentence or outer.start_char == _first_outer(telling, outer)
            ) and telling.sentence.start_char <= place.start_char < outer.start_char
            if not (inside_own or before_own) or _inside(place, draft.outers[:_MENTIONS]):
                continue
            distance = (
                place.start_char - outer.end_char
                if place.start_char >= outer.end_char
                else outer.start_char - place.end_char + 20  # what follows a name is nearer to it
            )
            if distance <= 2 * _NEAR and (best is None or distance < best[0]):
                best = (distance, index)
    if best is None and not is_shared:
        counted = Counter(
            index
            for index, place in enumerate(small)
            if any(_holds(item.span, place) for item in tellings)
        )
        best = (0, min(counted)) if counted else None
    return _chain(text, places, _smallest(text, small, best[1])) if best else []


def _smallest(text: str, small: Sequence[PlaceMention], index: int) -> PlaceMention:
    """Return the commune that a district stands right behind, or the place itself."""
    if index and small[index].level == "district" and small[index - 1].level == "commune":
        gap = text[small[index - 1].end_char : small[index].start_char]
        if _BESIDE.fullmatch(gap):
            return small[index - 1]
    return small[index]


def _first_outer(telling: Telling, outer: Span) -> int:
    return outer.start_char if telling.span.start_char <= outer.start_char else -1


def _telling_at(tellings: Sequence[Telling], outer: Span) -> Telling | None:
    for telling in tellings:
        if telling.span.start_char <= outer.start_char < telling.span.end_char:
            return telling
    return None


def _holds(span: Span, place: PlaceMention) -> bool:
    return span.start_char <= place.start_char < span.end_char


def _inside(place: PlaceMention, spans: Sequence[Span]) -> bool:
    return any(span.start_char <= place.start_char < span.end_char for span in spans)


def _chain(text: str, places: Sequence[PlaceMention], start: PlaceMention) -> list[PlaceMention]:
    """Return a place with the larger ones right behind it ("xã A, huyện B, tỉnh C")."""
    order = ("commune", "district", "province")
    chain = [start]
    for place in places:
        if place.start_char < chain[-1].end_char:
            continue
        gap = text[chain[-1].end_char : place.start_char]
        larger = place.level in order and order.index(place.level) > order.index(chain[-1].level)
        if not larger or not _BESIDE.fullmatch(gap):
            break
        chain.append(place)
    return chain


def _place_fact(text: str, chain: Sequence[PlaceMention]) -> CaseFact:
    start, end = chain[0].start_char, chain[-1].end_char
    rank = _RANK.search(text, max(0, start - 14), start)
    if rank:
        start = rank.start()
    end = _bracket_closed(text, start, end)
    sure = 1.0 if chain[0].ranked and not chain[0].is_ambiguous else 0.8
    return CaseFact(text[start:end], Span(start, end), sure)


def _bracket_closed(text: str, start: int, end: int) -> int:
    """Return the end of a place with the bracket that closes one in it, or before the bracket."""
    opened = text.rfind("(", start, end)
    if opened < 0 or text.find(")", opened, end) >= 0:
        return end
    closing = _CLOSING.match(text, end)
    return closing.end() if closing else start + len(text[start:opened].rstrip(" ,–-"))


def _province(chain: Sequence[PlaceMention], article: str | None) -> str | None:
    """Return the province that the place lies in; without one of its own, the article's."""
    if not chain:
        return article
    possible = frozenset.intersection(*(place.old_provinces for place in chain))
    if chain[-1].level == "province" and (named := get_province(chain[-1].name)):
        return named.name
    known = get_province(article) if article else None
    if known and (known.name in possible or possible & set(known.parts)):
        return known.name
    return next(iter(possible)) if len(possible) == 1 else (article if not possible else None)


def _organization(
    text: str, draft: Draft, tellings: Sequence[Telling], places: Sequence[PlaceMention]
) -> CaseFact | None:
    """Return the body that runs it: behind the name ("của Hội …"), or the subject before it."""
    for outer in draft.outers[:_MENTIONS]:
        telling = _telling_at(tellings, outer)
        if telling is None:
            continue
        near = min(telling.span.end_char, outer.end_char + _NEAR)
        head = next(find_heads(text, outer.end_char, near, places), None)
        if head and _OWNING.search(text[outer.end_char : head.start()]):
            return body_at(text, head.start(), telling.span.end_char, places)
        if telling.span.start_char < outer.start_char:
            heads = find_heads(text, telling.sentence.start_char, outer.start_char, places)
            named = (body_at(text, item.start(), outer.start_char, places) for item in heads)
            bodies = [body for body in named if body is not None]
            if bodies:
                return bodies[-1]
    return None


def _topics_and_field(
    text: str, draft: Draft, tellings: Sequence[Telling], told: Facets
) -> tuple[tuple[str, ...], Field | None]:
    """Return topics that are said outright, and the field that is stated or that all agree on."""
    of_name = find_facets(draft.name)
    topics = [item.value for item in of_name.topics if item.confidence >= _SURE]
    if not topics:
        counted = [item.value for item in told.topics if item.confidence >= _SURE]
        topics = counted if len(counted) <= 3 else []
    stated = _stated_field(text, tellings)
    if stated:
        return tuple(topics), stated
    fields = {_FIELD_OF_TOPIC[topic] for topic in topics if topic in _FIELD_OF_TOPIC}
    if len(fields) == 1:
        return tuple(topics), fields.pop()
    named = {item.value for item in of_name.fields if item.confidence >= _SURE}
    return tuple(topics), Field(named.pop()) if len(named) == 1 else None


def _stated_field(text: str, tellings: Sequence[Telling]) -> Field | None:
    if not tellings:
        return None
    first = tellings[0]
    before = text[first.sentence.start_char : first.span.end_char]
    stated = {field for pattern, field in _STATED_FIELD if pattern.search(before)}
    return stated.pop() if len(stated) == 1 else None


def _subject(told: Facets) -> Subject | None:
    if told.is_collective is None:
        return None
    return "collective" if told.is_collective else "personal"


def text_of(text: str, spans: Sequence[Span]) -> str:
    """Return the words of several spans, a full stop between them."""
    return ". ".join(text[span.start_char : span.end_char] for span in spans)
