"""The mentions of one case brought together, however each is written."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.cases.candidates import Candidate
from ingest.cases.letters import CAPITALS
from ingest.cases.names import loose_key, name_key
from ingest.cases.scoring import WEIGHTS, confidence
from kb.models import Span
from kb.places import PlaceMention

_SMALL = ("commune", "district")
_BEHIND = re.compile(
    r"\s*(?:\([^()]{0,80}\)|,?\s*(?:của|ở|tại|do|(?=xã|thôn|ấp|bản|buôn|"
    r"phường))\s?[^,.;:“”\"\n]{0,70})",
    re.IGNORECASE,
)
_HAMLET = re.compile(
    rf"(?<!\w)(?P<rank>thôn|ấp|bản|buôn|khóm|xóm|khu phố|tổ dân phố|làng)\s+"
    rf"(?P<name>\d+|[{CAPITALS}]\w*(?:\s[{CAPITALS}\d]\w*){{0,3}})"
)
# Only an article that says so has two cases of one name; otherwise a place before the name is as
# often that of visitors.
_NAMESAKES = re.compile(
    r"(?<!\w)(?:cùng tên|trùng tên|giống tên|cùng (?:một )?tên gọi|(?:cùng|cũng) mang tên|"
    r"cũng (?:có )?tên|chung (?:một )?tên|(?:cùng|chung) (?:một )?cái tên)(?!\w)",
    re.IGNORECASE,
)
_BEFORE_LENGTH = 140
_WORD_GAP = r"[\s\-–,.“”\"'‘’]{1,3}"
# Shorter names are ordinary words as soon as no marks stand around them.
_FEWEST_WORDS = 3
_FEWEST_LOOSE = 4


@dataclass
class Draft:
    """A case while it is put together.

    Attributes:
        name: As written at its first mention.
        key: `names.name_key` of it.
        mentions: Spans of the name, without marks, in order.
        outers: The same with quotation marks.
        odds: Of the surest mention.
        where: Small places named right behind it, by level.
        tight: Mentions (by start) that follow another case with nothing but a separator between.
    """

    name: str
    key: str
    mentions: list[Span]
    outers: list[Span]
    odds: float
    tight: set[int] = field(default_factory=set)
    where: dict[str, str] = field(default_factory=dict)

    @property
    def confidence(self) -> float:
        """How sure it is that this is a case; further mentions make it surer."""
        repeated = WEIGHTS["repeated"] if len(self.mentions) > 1 else 0.0
        return confidence(self.odds + repeated)


def merge(
    text: str,
    candidates: Sequence[Candidate],
    own: Sequence[Span],
    places: Sequence[PlaceMention] = (),
) -> list[Draft]:
    """Return the cases that candidates name, in the order of their first mention.

    Args:
        text: The document's text.
        candidates: Of the whole article; those that are not sure count only as further mentions.
        own: Spans of the article's own lines.
        places: Of the whole text: one name in two communes is two cases.
    """
    sure: dict[str, float] = {}
    quoted: set[str] = set()
    for candidate in candidates:
        if candidate.is_case:
            key = name_key(_words(text, candidate.name_span))
            sure[key] = max(sure.get(key, candidate.odds), candidate.odds)
            if candidate.is_quoted:
                quoted.add(key)
    # Marks say where a name ends, so an unquoted one that runs on behind it ran too far.
    for key in [key for key in sure if key not in quoted]:
        if any(key.startswith(f"{shorter} ") for shorter in quoted):
            del sure[key]
    sure = _without_cut_names(sure)
    spans = _mentions(text, candidates, sure, own)
    same = _loosely_same(sure)
    namesakes = _NAMESAKES.search(text) is not None
    drafts: dict[str, list[Draft]] = {}
    for span, outer, written, is_tight in spans:
        key = same[written]
        where = _place_behind(text, outer, places)
        if namesakes and not where:
            where = _place_before(text, outer, places)
        named_so = drafts.setdefault(key, [])
        draft = _fitting(named_so, where)
        if draft is None:
            draft = Draft(_words(text, span), key, [], [], sure[key])
            named_so.append(draft)
        draft.where.update(where)
        draft.mentions.append(span)
        draft.outers.append(outer)
        if is_tight:
            draft.tight.add(outer.start_char)
    merged = [draft for named_so in drafts.values() for draft in named_so]
    return sorted(merged, key=lambda draft: draft.mentions[0].start_char)


def _loosely_same(sure: Mapping[str, float]) -> dict[str, str]:
    """Return for each key the surest one that differs from it in joining words only."""
    surest: dict[str, str] = {}
    for key in sure:
        loose = loose_key(key)
        if loose not in surest or sure[key] > sure[surest[loose]]:
            surest[loose] = key
    return {
        key: surest[loose] if len((loose := loose_key(key)).split()) >= _FEWEST_LOOSE else key
        for key in sure
    }


def _fitting(drafts: Sequence[Draft], where: Mapping[str, str]) -> Draft | None:
    """Return the case of this name whose place does not contradict; of several the last named."""
    fitting = [
        draft
        for draft in drafts
        if all(draft.where.get(level, name) == name for level, name in where.items())
    ]
    if not where:
        return max(drafts, key=lambda draft: draft.mentions[-1].start_char, default=None)
    agreeing = [draft for draft in fitting if draft.where.items() & where.items()]
    return next(reversed(agreeing or fitting), None)


def _place_behind(text: str, outer: Span, places: Sequence[PlaceMention]) -> dict[str, str]:
    """Return the small places right behind a name, by level: "(xã A)", "của Hội … thôn B"."""
    stretch = _BEHIND.match(text, outer.end_char)
    if stretch is None:
        return {}
    where = {match["rank"].lower(): match["name"] for match in _HAMLET.finditer(stretch[0])}
    for place in places:
        if outer.end_char <= place.start_char < stretch.end() and place.level in _SMALL:
            where.setdefault(place.level, place.name)
    return where


def _place_before(text: str, outer: Span, places: Sequence[PlaceMention]) -> dict[str, str]:
    """Return the last small place before a name in its sentence: "Ở xã A, mô hình “X” …"."""
    start = max(0, outer.start_char - _BEFORE_LENGTH)
    start += max(text[start : outer.start_char].rfind(mark) + 1 for mark in (". ", "\n", "; "))
    where: dict[str, str] = {}
    for match in _HAMLET.finditer(text, start, outer.start_char):
        where[match["rank"].lower()] = match["name"]
    for place in places:
        if start <= place.start_char < outer.start_char and place.level in _SMALL:
            where[place.level] = place.name
    return where


def _words(text: str, span: Span) -> str:
    return text[span.start_char : span.end_char]


def _without_cut_names(sure: dict[str, float]) -> dict[str, float]:
    """Drop names that are a surer name cut short or run on by the rule for unquoted names."""
    kept = dict(sure)
    for key, odds in sure.items():
        for other, other_odds in sure.items():
            longer = len(other) > len(key) and other.startswith(key + " ")
            shorter = (
                len(other) < len(key) and key.startswith(other + " ") and len(other.split()) > 2
            )
            if (longer or shorter) and other_odds > odds + 1:
                kept.pop(key, None)
    return kept


def _mentions(
    text: str, candidates: Sequence[Candidate], sure: Iterable[str], own: Sequence[Span]
) -> list[tuple[Span, Span, str, bool]]:
    keys = set(sure)
    found: list[tuple[Span, Span, str, bool]] = []
    taken: list[Span] = []
    for candidate in candidates:
        key = name_key(_words(text, candidate.name_span))
        if key in keys:
            found.append((candidate.name_span, candidate.outer, key, candidate.is_tight))
        if key in keys or candidate.is_quoted:
            taken.append(candidate.outer)
    long_keys = [key for key in keys if len(key.split()) >= _FEWEST_WORDS]
    if long_keys:
        # Longest first: of two names that begin alike the longer one is meant where it fits.
        ordered = sorted(long_keys, key=len, reverse=True)
        spelled = "|".join(_WORD_GAP.join(map(re.escape, key.split())) for key in ordered)
        pattern = re.compile(rf"(?<!\w)(?:{spelled})(?!\w)", re.IGNORECASE)
        for line in own:
            for match in pattern.finditer(text, line.start_char, line.end_char):
                span = Span(*match.span())
                key = name_key(match[0])
                if key in keys and not any(span.overlaps(other) for other in taken):
                    found.append((span, span, key, False))
                    taken.append(span)
    return sorted(found, key=lambda item: item[0].start_char)
