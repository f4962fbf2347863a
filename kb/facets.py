"""What a text asks for or reports: field, topic, organisation, level, year.

The cues are `data/facets_topics.tsv`, `data/facets_organizations.tsv` and `data/facets_other.tsv`.
Strong cues name the thing, loose ones ("chị em") hint at it and get a lower confidence.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache

from kb.phrases import PhraseMatch, PhraseTable, Tokens, read_rows
from kb.taxonomy import TOPIC_NAMES

_STRONG, _LOOSE = 0.9, 0.5

_RANGE = re.compile(
    r"(?<![\d.,/])((?:19[89]|20[0-4])[0-9])\s?(?:-|–|—|đến|den|tới|toi)\s?((?:19[89]|20[0-4])[0-9])"
    r"(?![\d/]|[.,]\d)"
)
_YEAR = re.compile(
    r"(?<![\w.,])(?:\d{1,2}[/-](?:\d{1,2}[/-])?)?(199[0-9]|20[0-4][0-9])(?![\w/%]|[.,]\d)"
)
_YEAR_WORDS = re.compile(
    r"(?:năm|nam|giai đoạn|giai doan|nhiệm kỳ|nhiem ky|từ|tu|đến|den|quý|tháng|khóa|đầu|cuối|"
    r"trước|sau|và|va|,|\(|/|-)\s*$",
    re.IGNORECASE,
)
# A number before a unit or a counted thing is no year.
_COUNTED = re.compile(
    r"\s*(?:%|m2|m²|m3|km|kg|ha\b|(?:hộ|người|đồng|triệu|tỷ|tỉ|cây|con|căn|lượt|ngày|giờ|suất|"
    r"phần|bộ|tấn|tạ|mét|m|ho|nguoi|dong|trieu|ty|cay|can|luot|ngay|suat|tan|met|đoàn|hội|em|"
    r"học|cháu|chiếc|cái|thành|đảng|cuốn|ngôi|nhà|hoc|chau|lít|lit|gia đình|gia dinh)"
    r"(?!\w))",
    re.IGNORECASE,
)
_MAX_YEARS = 15


@dataclass(frozen=True, slots=True)
class FacetMention:
    """A value of a facet and the words that tell it.

    Attributes:
        value: Slug, or the year as digits.
        name: What officers read.
        start_char: Offset of the words in the NFC text.
        end_char: End of them, exclusive.
        text: The words.
        confidence: 0 to 1.
    """

    value: str
    name: str
    start_char: int
    end_char: int
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Facets:
    """Facets of a text; of each value the surest mention, in the order of the text.

    Attributes:
        fields: Fields of work.
        topics: Topics (`kb.taxonomy.TOPIC_NAMES`).
        organizations: Organisations.
        levels: Levels, only where the text says "cấp".
        years: Years; of a range each one.
        is_collective: Whether it is about a collective (True), a person (False), or unsaid (None).
    """

    fields: tuple[FacetMention, ...] = ()
    topics: tuple[FacetMention, ...] = ()
    organizations: tuple[FacetMention, ...] = ()
    levels: tuple[FacetMention, ...] = ()
    years: tuple[FacetMention, ...] = ()
    is_collective: bool | None = None


@dataclass(frozen=True, slots=True)
class _Cue:
    value: str
    name: str
    confidence: float


def _cues(rows: Iterable[list[str]]) -> Iterator[tuple[str, _Cue]]:
    for value, name, strong, loose in rows:
        for cues, confidence in ((strong, _STRONG), (loose, _LOOSE)):
            for cue in filter(None, cues.split("|")):
                yield cue, _Cue(value, name, confidence)


@cache
def _topics() -> PhraseTable[_Cue]:
    rows = read_rows("facets_topics.tsv", 3)
    return PhraseTable(_cues([slug, TOPIC_NAMES[slug], *cues] for slug, *cues in rows))


@cache
def _organizations() -> PhraseTable[_Cue]:
    return PhraseTable(_cues(read_rows("facets_organizations.tsv", 4)))


@cache
def _other(kind: str) -> PhraseTable[_Cue]:
    rows = (row[1:] for row in read_rows("facets_other.tsv", 5) if row[0] == kind)
    return PhraseTable(_cues(rows))


@cache
def organization_names() -> dict[str, str]:
    """Return the names of the organisations by slug."""
    return {slug: name for slug, name, *_ in read_rows("facets_organizations.tsv", 4)}


def _mentions(matches: Iterable[PhraseMatch[_Cue]], text: str) -> tuple[FacetMention, ...]:
    best: dict[str, FacetMention] = {}
    for match in matches:
        for cue in match.values:
            known = best.get(cue.value)
            if known is None or known.confidence < cue.confidence:
                best[cue.value] = FacetMention(
                    cue.value,
                    cue.name,
                    match.start_char,
                    match.end_char,
                    text[match.start_char : match.end_char],
                    cue.confidence,
                )
    return tuple(sorted(best.values(), key=lambda mention: (mention.start_char, mention.value)))


def _years(text: str) -> tuple[FacetMention, ...]:
    found: dict[str, FacetMention] = {}

    def add(year: str, start: int, end: int, confidence: float) -> None:
        known = found.get(year)
        if known is None or known.confidence < confidence:
            found[year] = FacetMention(year, year, start, end, text[start:end], confidence)

    spans: list[tuple[int, int]] = []
    for match in _RANGE.finditer(text):
        first, last = int(match[1]), int(match[2])
        if first < last <= first + _MAX_YEARS and not _COUNTED.match(text, match.end()):
            spans.append(match.span())
            for year in range(max(first, 1990), last + 1):
                add(str(year), match.start(), match.end(), _STRONG)
    for match in _YEAR.finditer(text):
        start, end = match.span(1)
        if any(left <= start < right for left, right in spans):
            continue
        said = _YEAR_WORDS.search(text, max(0, start - 14), start) is not None
        if _COUNTED.match(text, end):
            continue
        add(match[1], start, end, _STRONG if said else _LOOSE)
    return tuple(sorted(found.values(), key=lambda mention: (mention.start_char, mention.value)))


def find_facets(text: str) -> Facets:
    """Return the facets of a text, written with or without diacritics.

    Example:
        >>> facets = find_facets("Hội LHPN giúp hộ nghèo cấp tỉnh 2023")
        >>> [m.value for m in (*facets.organizations, *facets.levels, *facets.years)]
        ['hoi-phu-nu', 'tinh', '2023']
    """
    tokens = Tokens(text)
    if not tokens.forms:
        return Facets()
    collective = {cue.value for m in _other("collective").find_longest(tokens) for cue in m.values}
    return Facets(
        fields=_mentions(_other("field").find_longest(tokens), tokens.text),
        topics=_mentions(_topics().find_longest(tokens), tokens.text),
        organizations=_mentions(_organizations().find_longest(tokens), tokens.text),
        levels=_mentions(_other("level").find_longest(tokens), tokens.text),
        years=_years(tokens.text),
        is_collective=("tap-the" in collective) if len(collective) == 1 else None,
    )
