"""Who is behind what an article reports: the organisation, its level, a collective or one person.

Only the title and the first two paragraphs are asked, since further down everybody is named who
took part. One answer must outweigh the others; an article about many has none.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.facets import FacetMention, find_facets
from kb.models import Level, MetadataEvidence, Span, Subject
from kb.places import get_province, place_graph
from kb.places.graph import key_of

_TITLE_WEIGHT, _FIRST_WEIGHT, _SECOND_WEIGHT = 3.0, 2.0, 1.0
_MIN_WEIGHT, _MIN_SHARE = 3.0, 0.6
_STRONG = 0.9
# The share of the weight is all that is known of how sure an answer is; held below 0.9.
_MAX_CONFIDENCE = 0.9
# What is named beside every organisation and hardly ever leads.
_NEVER_LEADS = {"thon-to-dan-pho", "nguoi-co-uy-tin", "doanh-nghiep", "ngan-hang-csxh"}
_KINDS = {
    "ubnd", "hdnd", "dang-uy", "chi-bo", "hop-tac-xa", "to-hop-tac", "to-chuc-ton-giao",
    "truong-hoc", "co-so-y-te", "to-hoa-giai", "so-nganh", "cong-nghe-so-cong-dong", "cong-an",
    "quan-doi", "kiem-lam",
}  # fmt: skip
_NAMES_A_BODY = re.compile(
    r"(?:chi |tổ )?(?:hội|đoàn|công an|mặt trận|mttq|ubmttq|ubnd|ủy ban|uỷ ban|liên đoàn|lđlđ|ban"
    r"|chi đoàn|chi bộ|đảng ủy|đảng uỷ|đảng bộ|hợp tác xã|htx|tổ hợp tác|đồn|trạm|bchqs"
    r"|công đoàn|bộ chỉ huy|trường|hđnd|hội đồng|bđbp|bộ đội)(?!\s+viên)\b",
    re.IGNORECASE,
)
# Vietnamese capitals are far beyond A-Z, and no range of code points holds just them.
_CAPITAL = "".join(char for char in map(chr, range(0x1F00)) if char.isupper())
_NAME = rf"(?:[{_CAPITAL}][^\W\d_]*(?:[ -][{_CAPITAL}][^\W\d_]*){{0,4}}|\d{{1,2}})(?!\w)"
_UNIT = (
    r"(?:[Xx]ã|[Pp]hường|[Tt]hị trấn|[Đđ]ặc khu|[Hh]uyện|[Qq]uận|[Tt]hị xã|[Tt]hành phố|TP\.?"
    r"|[Tt]ỉnh)"
)
_UNIT_AFTER = re.compile(rf"\s+(?P<rank>{_UNIT})\s*(?P<name>{_NAME})?")
# An address names its smallest unit first and is about that one.
_ADDRESS = re.compile(
    rf"(?P<rank>{_UNIT})\s*(?P<name>{_NAME})"
    rf"(?:\s*[,(–-]?\s*(?:thuộc\s+)?{_UNIT}\s*{_NAME}\)?)*"
)
_LEVELS: Mapping[str, Level] = {
    "xã": "commune", "phường": "commune", "thị trấn": "commune", "đặc khu": "commune",
    "huyện": "district", "quận": "district", "thị xã": "district", "tỉnh": "province",
}  # fmt: skip
_LEVEL_WORDS: Sequence[tuple[Level, re.Pattern[str]]] = (
    (
        "central",
        re.compile(
            r"Ban Dân vận Trung ương|Trung ương (?:Hội|Đoàn)|Tổng (?:Liên đoàn|LĐLĐ)"
            r"|(?<!\w)(?:các )?ban, bộ, ngành Trung ương"
        ),
    ),
    (
        "province",
        re.compile(
            r"[Tt]ỉnh (?:ủy|uỷ|đoàn)(?!\w)|(?:toàn|trong|địa bàn|trên) tỉnh(?!\w)"
            r"|(?:LĐLĐ|UBND|HĐND|MTTQ|UBMTTQ|LHPN|CCB|Công an|Nông dân|nghiệp|sự) tỉnh(?!\w)"
            r"|Công đoàn Thủ đô|Sở [A-ZĐÂÔ]\w+"
        ),
    ),
    (
        "district",
        re.compile(
            r"[Hh]uyện (?:ủy|uỷ|đoàn)(?!\w)|[Qq]uận (?:ủy|uỷ|đoàn)(?!\w)"
            r"|(?:toàn|trong|địa bàn) huyện(?!\w)"
        ),
    ),
    (
        "commune",
        re.compile(r"(?:Đảng ủy|Đảng uỷ) (?:xã|phường)(?!\w)|(?:toàn|trong|địa bàn) (?:xã|phường)"),
    ),
)
_CITIES = {"Hà Nội", "TP Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ"}
_PERSON = re.compile(
    r"(?<!\w)(?:[Ôô]ng|[Bb]à|[Aa]nh|[Cc]hị|[Cc]ô|[Cc]hú|[Bb]ác|[Cc]ụ|[Tt]hầy|[Nn]ghệ nhân"
    rf"|[Nn]ữ nông dân|[Gg]ià làng|[Ll]ão nông)\s+(?P<name>{_NAME})"
)
_OFFICE = re.compile(
    r"chủ tịch|bí thư|phó|trưởng|giám đốc|hiệu trưởng|chủ nhiệm|cán bộ|ủy viên|uỷ viên|thư ký",
    re.IGNORECASE,
)
_OFFICE_REACH = 40
_MIN_PERSON_PARAGRAPHS, _MIN_PERSON_SHARE = 3, 0.4


@dataclass(frozen=True, slots=True)
class Actors:
    """Who is behind an article; None where it is not clear. Spans refer to the text read."""

    organization: str | None = None
    level: Level | None = None
    subject: Subject | None = None
    evidence: tuple[MetadataEvidence, ...] = ()


@dataclass(frozen=True, slots=True)
class _Part:
    """Title or paragraph with its weight and where it stands."""

    text: str
    start: int
    weight: float
    organizations: tuple[FacetMention, ...]


@dataclass(slots=True)
class _Vote:
    weight: float
    span: Span
    value: str


def find_actors(title: str, text: str) -> Actors:
    """Return who is behind what an article reports.

    Args:
        title: Its title.
        text: The article, which begins with the title; spans refer to it.

    Example:
        >>> title = "Hội Phụ nữ xã Tân Hòa gây quỹ học bổng"
        >>> found = find_actors(title, title + " từ vỏ chai")
        >>> found.organization, found.level, found.subject
        ('Hội Phụ nữ xã Tân Hòa', 'commune', 'collective')
    """
    parts = _parts(title, text)
    organization = _organization(parts, text)
    level = _level(parts, text)
    subject = _subject(parts, text, has_organization=organization is not None)
    found = tuple(each for each in (organization, level, subject) if each)
    values = {each.field: each.value for each in found}
    return Actors(
        organization=values.get("organization"),
        level=_as_level(values.get("level")),
        subject=_as_subject(values.get("subject")),
        evidence=found,
    )


def _as_level(value: str | None) -> Level | None:
    levels: tuple[Level, ...] = ("central", "province", "district", "commune")
    return next((level for level in levels if level == value), None)


def _as_subject(value: str | None) -> Subject | None:
    subjects: tuple[Subject, ...] = ("collective", "personal")
    return next((subject for subject in subjects if subject == value), None)


def _parts(title: str, text: str) -> list[_Part]:
    """Return title and first two paragraphs; without the title, if the text has none."""
    parts = []
    position = 0
    if title and text.startswith(title):
        parts.append(_Part(title, 0, _TITLE_WEIGHT, _named(title)))
        position = len(title)
    weights = [_FIRST_WEIGHT, _SECOND_WEIGHT]
    for match in re.finditer(r"[^\n]+", text[position:]):
        if not weights:
            break
        words = match[0]
        parts.append(_Part(words, position + match.start(), weights.pop(0), _named(words)))
    return parts


def _named(text: str) -> tuple[FacetMention, ...]:
    """Return the organisations that a text names outright and that may lead."""
    return tuple(
        mention
        for mention in find_facets(text).organizations
        if mention.confidence >= _STRONG and mention.value not in _NEVER_LEADS
    )


def _choose(
    field: str, votes: Mapping[str, _Vote], source: str, text: str
) -> MetadataEvidence | None:
    if not votes:
        return None
    best = max(votes.values(), key=lambda vote: vote.weight)
    share = best.weight / sum(vote.weight for vote in votes.values())
    if best.weight < _MIN_WEIGHT or share < _MIN_SHARE:
        return None
    quote = text[best.span.start_char : best.span.end_char]
    confidence = round(_MAX_CONFIDENCE * share, 2)
    return MetadataEvidence(field, best.value, confidence, source, quote, best.span)


# --- organisation -------------------------------------------------------------------------------


def _organization(parts: Sequence[_Part], text: str) -> MetadataEvidence | None:
    votes: dict[str, _Vote] = {}
    for part in parts:
        for mention in part.organizations:
            value, end = _written(part.text, mention)
            span = Span(part.start + mention.start_char, part.start + end)
            known = votes.setdefault(mention.value, _Vote(0.0, span, value))
            known.weight += part.weight
            # A name with its unit says more than the bare kind of organisation.
            if known.value == mention.name and value != mention.name:
                known.value, known.span = value, span
    found = _choose("organization", votes, "names of organisations", text)
    if found and any(vote.value == found.value and slug in _KINDS for slug, vote in votes.items()):
        # "Cấp ủy", "Hợp tác xã": a kind, which says who only with its unit behind it.
        unit = _UNIT_AFTER.search(found.value)
        return found if unit and unit["name"] else None
    return found


def _written(text: str, mention: FacetMention) -> tuple[str, int]:
    """Return the name of an organisation and where it ends: as written, if its unit follows."""
    unit = _UNIT_AFTER.match(text, mention.end_char)
    if unit is None or not unit["name"] or not _NAMES_A_BODY.match(mention.text):
        return mention.name, mention.end_char
    name = text[mention.start_char : unit.end()]
    return name[0].upper() + name[1:], unit.end()


# --- level --------------------------------------------------------------------------------------


def _level(parts: Sequence[_Part], text: str) -> MetadataEvidence | None:
    votes: dict[str, _Vote] = {}
    for part in parts:
        found: dict[Level, tuple[int, int]] = {}
        for match in _ADDRESS.finditer(part.text):
            level = _level_of(match["rank"], match["name"])
            if level is not None:
                found.setdefault(level, match.span())
        for level, words in _LEVEL_WORDS:
            if (match_ := words.search(part.text)) is not None:
                found.setdefault(level, match_.span())
        for level, (start, end) in found.items():
            span = Span(part.start + start, part.start + end)
            votes.setdefault(level, _Vote(0.0, span, level)).weight += part.weight
    return _choose("level", votes, "units named", text)


def _level_of(rank: str, name: str) -> Level | None:
    word = rank.lower().rstrip(".")
    if word not in ("thành phố", "tp"):
        return _LEVELS.get(word)
    if name.startswith("Huế"):
        return None  # a city of the province before 2025, the province since
    province = get_province(f"TP {name}")
    if province and province.name in _CITIES:
        return "province"
    codes = place_graph().codes_by_key.get(key_of(name), ())
    return "district" if any(code[1] == "d" for code in codes) else None


# --- collective or person -----------------------------------------------------------------------


def _subject(
    parts: Sequence[_Part], text: str, *, has_organization: bool
) -> MetadataEvidence | None:
    opening = " ".join(part.text for part in parts).lower()
    if "tập thể" in opening and "cá nhân" in opening:
        return None  # a report on both
    has_title = bool(parts) and parts[0].weight == _TITLE_WEIGHT
    titled = _person_in(parts[0].text) if has_title else None
    named = has_title and bool(parts[0].organizations)
    if titled is not None:
        if named:
            return None
        return _evidence_of("personal", 0.85, "person in the title", titled.span(), text)
    leading = _leading_person(text)
    if leading is not None:
        # Many articles about a model let one member of it speak; an organisation outweighs her.
        if has_organization:
            return None
        return _evidence_of("personal", 0.7, "person named throughout", leading, text)
    if not has_organization:
        return None
    span = next(
        (
            (part.start + mention.start_char, part.start + mention.end_char)
            for part in parts
            for mention in part.organizations
        ),
        None,
    )
    if span is None:
        return None
    return _evidence_of("collective", 0.8 if named else 0.7, "organisation that leads", span, text)


def _evidence_of(
    value: Subject, confidence: float, source: str, span: tuple[int, int], text: str
) -> MetadataEvidence:
    quote = text[span[0] : span[1]]
    return MetadataEvidence("subject", value, confidence, source, quote, Span(*span))


def _person_in(text: str) -> re.Match[str] | None:
    """Return the first person of a text who is not named with an office."""
    for match in _PERSON.finditer(text):
        around = text[max(0, match.start() - _OFFICE_REACH) : match.end() + _OFFICE_REACH]
        if not _OFFICE.search(around) and not _is_place(match[0]):
            return match
    return None


def _is_place(words: str) -> bool:
    """Tell whether the words are a place's name: "Bác Ái", "Bà Rịa", "Cô Tô"."""
    return words[0].isupper() and key_of(words) in place_graph().codes_by_key


def _leading_person(text: str) -> tuple[int, int] | None:
    """Return where the person is first named whom most paragraphs name, if there is one."""
    first: dict[str, tuple[int, int]] = {}
    counts: dict[str, int] = {}
    officers: set[str] = set()
    paragraphs = list(re.finditer(r"[^\n]+", text))
    for paragraph in paragraphs:
        names = set()
        for match in _PERSON.finditer(text, paragraph.start(), paragraph.end()):
            if _is_place(match[0]):
                continue
            # "Anh Trần Văn Tư", later "anh Tư": the given name is what both share.
            name = match["name"].split()[-1]
            names.add(name)
            first.setdefault(name, match.span())
            before = max(paragraph.start(), match.start() - _OFFICE_REACH)
            after = min(paragraph.end(), match.end() + _OFFICE_REACH)
            if _OFFICE.search(text, before, after):
                officers.add(name)
        for name in names:
            counts[name] = counts.get(name, 0) + 1
    if not counts:
        return None
    name = max(counts, key=lambda each: counts[each])
    if name in officers or counts[name] < _MIN_PERSON_PARAGRAPHS:
        return None
    return first[name] if counts[name] >= _MIN_PERSON_SHARE * len(paragraphs) else None
