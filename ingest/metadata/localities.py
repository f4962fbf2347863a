"""Where an article is about: its province and, where that is clear, district and commune.

The dated graph of `kb.places` reads the names; the article's own date decides whether a name means
the place of before or of after July 2025. A place is told only if it outweighs all others, because
a province becomes a filter: an article without one is found, one under a wrong one is lost.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kb.models import MetadataEvidence, Span
from kb.places import PlaceMention, era_of, find_places, get_province, place_graph

# Provinces that are cities: an unnamed "tỉnh" cannot mean them.
_CITIES = {"Hà Nội", "TP Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Huế"}
# Names that are smaller places or things called after a place.
_NOT_THE_PLACE = re.compile(
    r"(?<!\w)(?:ấp|thôn|xóm|khóm|đường|(?<!thành )phố|cầu|chợ|sông|cảng"
    r"|trường (?:tiểu học|thcs|thpt|mầm non)|đại học|đh|quốc lộ|viettel|vnpt|khách sạn|bia"
    r"|nghị quyết|cao tốc|chiến dịch|nhà máy|đồng chí|ông|bà|anh|chị)\s*$",
    re.IGNORECASE,
)
_UNNAMED_PROVINCE = re.compile(
    r"\b(?:[Tt]oàn|[Tt]rong|của|[Ởở]|[Cc]ác|cấp|[Cc]ả|LĐLĐ|UBND|HĐND|MTTQ|cùng)\s+tỉnh\b(?!\s+[A-ZĐÂ])"
    r"|\b[Tt]ỉnh\s+(?:[Đđ]oàn|[ủu][ủyỷ]y?|uỷ)\b(?!\s+[A-ZĐÂ])"
)
_TITLE_WEIGHT, _LEAD_WEIGHT, _RANK_WEIGHT = 4.0, 3.0, 1.0
_LEAD_PARAGRAPHS = 2
# A lone mention deep in the text (weight 1 or 2) may be a market or a visitor's home.
_MIN_WEIGHT = 3.0
# More than three in five, so that two places of equal standing give none.
_MIN_SHARE = 0.6
# An unnamed province that the newspaper's name or the page's other articles tell.
_PUBLISHER_CONFIDENCE, _NEIGHBOURS_CONFIDENCE = 0.8, 0.7


@dataclass(frozen=True, slots=True)
class Locality:
    """The place of an article.

    Attributes:
        province: Canonical name of `kb.places`, None if it is not clear.
        district: Bare name, only inside the province.
        commune: Bare name, only inside the province.
        evidence: Why; spans refer to the text that was read.
    """

    province: str | None = None
    district: str | None = None
    commune: str | None = None
    evidence: tuple[MetadataEvidence, ...] = ()


@dataclass(slots=True)
class _Tally:
    """Weight of one place, and the mention that says most."""

    mention: PlaceMention
    best: float
    total: float = 0.0

    def add(self, mention: PlaceMention, weight: float) -> None:
        self.total += weight
        if weight > self.best:
            self.mention, self.best = mention, weight


def locate(
    text: str,
    *,
    title: str = "",
    published: str | None = None,
    publisher: str | None = None,
    other_articles: Sequence[str] = (),
) -> Locality:
    """Return the one place that an article is about.

    Mentions count by where they stand: title 4, first two paragraphs 3, elsewhere 1, and 1 more
    after a rank word ("tỉnh Cà Mau"). A place must hold three fifths of the weight of its level.
    Where no province is named, districts and communes that lie in one province alone tell it. A
    provincial newspaper often writes just "tỉnh": where the article names no place at all and
    speaks of its own unnamed province, the publisher's name tells which, or, if none is named, the
    teasers of other articles on the page if at least three of them name a province and all the
    same.

    Args:
        text: The article, one paragraph a line; spans refer to it.
        title: Its title; if the text begins with it, it is not counted twice.
        published: Day of publication; after the reform of 2025-07-01 a merged province's old
            names count for the new one.
        publisher: Newspaper or portal, if known.
        other_articles: Lines of the page that belong to other articles.
    """
    has_title = bool(title) and text.startswith(title)
    mentions = [
        (mention, weight + (_RANK_WEIGHT if mention.ranked else 0.0))
        for mention, weight in _weighted(text, published, has_title=has_title)
    ]
    provinces = _tallies(mentions, "province", published)
    smaller = _tallies(mentions, "district", published) | _tallies(mentions, "commune", published)
    winner = _winner(provinces)
    if winner is None and not provinces:
        winner = _told_by_smaller(mentions, published)
    if winner is None:
        if provinces:
            return Locality()
        implied = _implied(text, publisher, other_articles)
        lie_in = {_province_of(tally.mention, published) for tally in smaller.values()}
        # A district elsewhere speaks against the newspaper's own province.
        return implied if lie_in <= {implied.province} else Locality()
    province, tally, share = winner
    evidence = [_evidence("province", province, tally, share, "place names")]
    inside: dict[str, str] = {}
    for level in ("district", "commune"):
        found = _winner(
            {
                name: each
                for name, each in _tallies(mentions, level, published).items()
                if _province_of(each.mention, published) in (province, None)
            }
        )
        if found:
            inside[level] = found[0]
            evidence.append(_evidence(level, found[0], found[1], found[2], "place names"))
    return Locality(province, inside.get("district"), inside.get("commune"), tuple(evidence))


def locate_province(
    title: str,
    paragraphs: Sequence[str],
    *,
    published: str | None = None,
    publisher: str | None = None,
    other_articles: Sequence[str] = (),
) -> str | None:
    """Return the one province that an article is about, or None; see `locate`."""
    return locate(
        "\n\n".join((title, *paragraphs)),
        title=title,
        published=published,
        publisher=publisher,
        other_articles=other_articles,
    ).province


def _weighted(
    text: str, published: str | None, *, has_title: bool
) -> Iterable[tuple[PlaceMention, float]]:
    """Yield the places named and the weight of the paragraph they stand in."""
    ends = [match.start() for match in re.finditer(r"\n+", text)]
    title_end = ends[0] if has_title and ends else 0
    lead = ends[: _LEAD_PARAGRAPHS + has_title]
    lead_end = lead[-1] if len(lead) == _LEAD_PARAGRAPHS + has_title else len(text)
    shouting = text.isupper()
    for mention in find_places(text, date=published):
        # Queries leave capitals out, articles do not.
        if not (shouting or mention.text[0].isupper()):
            continue
        if _is_named_after(mention, text):
            continue
        if mention.start_char < title_end:
            yield mention, _TITLE_WEIGHT
        else:
            yield mention, _LEAD_WEIGHT if mention.start_char < lead_end else 1.0


def _tallies(
    mentions: Iterable[tuple[PlaceMention, float]], level: str, published: str | None
) -> dict[str, _Tally]:
    found: dict[str, _Tally] = {}
    for mention, weight in mentions:
        if mention.level != level or mention.is_ambiguous:
            continue
        name = mention.name
        if level == "province":
            province = get_province(mention.name)
            if province is None:
                continue  # of before 1997: no province that a document can be filed under
            name = province.today if _is_after(published) else province.name
        found.setdefault(name, _Tally(mention, weight)).add(mention, weight)
    return found


def _is_after(published: str | None) -> bool:
    # Then a province's name covers the provinces merged into it.
    return era_of(published) == "new"


def _province_of(mention: PlaceMention, published: str | None) -> str | None:
    """Return the one province that a district or commune lies in, None if there are several."""
    names = {
        province.today if _is_after(published) else province.name
        for name in mention.old_provinces
        if (province := get_province(name))
    }
    if len(names) == 1:
        return names.pop()
    graph = place_graph()
    tops = set()
    for unit in mention.units:
        code = unit.code
        while parent := graph.parent_of(code):
            code = parent
        tops.add(graph.name_of(code))
    # A commune of today made of pieces of two old provinces lies in one province of today.
    return tops.pop() if len(tops) == 1 and all(u.era == "new" for u in mention.units) else None


def _winner(tallies: dict[str, _Tally]) -> tuple[str, _Tally, float] | None:
    if not tallies:
        return None
    # Ties cannot win: the share is more than a half.
    name, best = max(tallies.items(), key=lambda item: item[1].total)
    share = best.total / sum(tally.total for tally in tallies.values())
    return (name, best, share) if best.total >= _MIN_WEIGHT and share >= _MIN_SHARE else None


def _told_by_smaller(
    mentions: Sequence[tuple[PlaceMention, float]], published: str | None
) -> tuple[str, _Tally, float] | None:
    """Return the province in which all districts and communes with a rank word lie, if it is one.

    A bare name may be a person's or a firm's; and since homonyms are settled by the units beside
    them, a single dissenting name means that the reading is not sure.
    """
    found: dict[str, _Tally] = {}
    for mention, weight in mentions:
        if mention.level not in ("district", "commune") or not mention.ranked:
            continue
        province = None if mention.is_ambiguous else _province_of(mention, published)
        if province is None:
            continue
        found.setdefault(province, _Tally(mention, weight)).add(mention, weight)
    winner = _winner(found)
    return winner if winner and len(found) == 1 else None


def _evidence(field: str, value: str, tally: _Tally, share: float, source: str) -> MetadataEvidence:
    mention = tally.mention
    return MetadataEvidence(
        field=field,
        value=value,
        # The share of the weight that agrees, held below what a source declares outright.
        confidence=round(0.95 * share, 2),
        source=source,
        quote=mention.text,
        span=Span(mention.start_char, mention.end_char),
    )


def _implied(text: str, publisher: str | None, other_articles: Sequence[str]) -> Locality:
    unnamed = _UNNAMED_PROVINCE.search(text)
    if unnamed is None:
        return Locality()
    names = _provinces_in(publisher or "")
    source, quote, confidence = "publisher", publisher or "", _PUBLISHER_CONFIDENCE
    if not names:
        named = [(line, found) for line in other_articles if (found := _provinces_in(line))]
        names = set().union(*(found for _, found in named)) if len(named) >= 3 else set()
        source, confidence = "other articles of the page", _NEIGHBOURS_CONFIDENCE
        quote = named[0][0] if named else ""
    if len(names) != 1 or names & _CITIES:
        return Locality()
    province = names.pop()
    return Locality(
        province,
        evidence=(MetadataEvidence("province", province, confidence, source, quote),),
    )


def _provinces_in(line: str) -> set[str]:
    # The name of a newspaper or a teaser is no query: dated, so that bare words stay words.
    found = find_places(line, date="2025-01-01") if line else []
    return {
        province.name
        for mention in found
        if mention.level == "province"
        and not _is_named_after(mention, line)
        and (province := get_province(mention.name))
    }


def _is_named_after(mention: PlaceMention, text: str) -> bool:
    """Tell whether the words before say that a smaller place, a thing or a person is meant."""
    return bool(_NOT_THE_PLACE.search(text[max(0, mention.start_char - 30) : mention.start_char]))
