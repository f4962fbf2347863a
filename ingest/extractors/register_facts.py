"""What a record of a register says: the parts of a case, and why each is known."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from ingest.extractors.register_columns import RegisterMapping, unit_of
from ingest.extractors.register_place import Place, locate
from ingest.extractors.register_rows import Cell, Record, field_of
from kb.facets import Facets, find_facets
from kb.models import CaseResult, Field, Level, MetadataEvidence, Subject
from kb.text import fold

_BULLET = re.compile(r"^\s*(?:[-+•*–—]|\(?\d{1,2}[.)]|[a-zđ]\))\s*(?=\S)")
_NUMBER = re.compile(r"-?\d{1,3}(?:\.\d{3})+(?:,\d+)?|-?\d+(?:,\d+)?")
_MARK = frozenset({"x", "v", "✓", "✔", "có", "1"})
_LEVELS: tuple[tuple[str, Level], ...] = (
    ("trung uong", "central"),
    ("toan quoc", "central"),
    ("tinh", "province"),
    ("huyen", "district"),
    ("thi xa", "district"),
    ("quan", "district"),
    ("xa", "commune"),
    ("phuong", "commune"),
    ("co so", "commune"),
)
# Fields that a topic nearly always belongs to; topics that several share are left out.
_FIELD_OF_TOPIC = {
    **dict.fromkeys(
        ("nong-nghiep", "thuy-san", "hop-tac-xa", "khoi-nghiep", "ocop", "tin-dung-tiet-kiem"),
        Field.ECONOMY,
    ),
    **dict.fromkeys(
        ("giao-duc", "y-te", "tre-em", "an-sinh-xa-hoi", "moi-truong"), Field.CULTURE_SOCIETY
    ),
    **dict.fromkeys(("an-ninh-trat-tu", "quoc-phong"), Field.DEFENCE_SECURITY),
    **dict.fromkeys(("cai-cach-hanh-chinh", "xay-dung-dang"), Field.POLITICAL_SYSTEM),
}
_SURE = 0.9
_MAX_TOPICS = 5
_MAX_NAME = 300


@dataclass(slots=True)
class Evidence:
    """Collects why a document has its values: field, value, confidence, source and quote."""

    items: list[tuple[str, str, float, str, str]] = field(default_factory=list)

    def add(self, name: str, value: str, confidence: float, source: str, quote: str) -> None:
        """Take up the evidence for one value; the arguments are those of `MetadataEvidence`."""
        self.items.append((name, value, confidence, source, " ".join(quote.split())))

    def collected(self) -> tuple[MetadataEvidence, ...]:
        """Return what was collected, without spans: the quotes stand in the sheet."""
        return tuple(MetadataEvidence(*item) for item in self.items)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of a record before it becomes a document; the parts are those of `Case`."""

    name: str
    place: Place
    field: Field | None
    topics: tuple[str, ...]
    organization: str | None
    participants: str | None
    period: str | None
    problem: str | None
    approach: tuple[str, ...]
    results: tuple[CaseResult, ...]
    conditions: str | None
    level: Level | None
    subject: Subject | None
    evidence: Evidence


def read_facts(
    record: Record, mapping: RegisterMapping, titles: tuple[str, ...], sheet: str | None
) -> Facts:
    """Return what a record says, by itself and by where it stands.

    Args:
        record: A row of a register or a form.
        mapping: The mapping file.
        titles: Lines above the headings.
        sheet: Name of the sheet.
    """
    evidence = Evidence()
    full_name = _line(record.text("name"))
    name = full_name[:_MAX_NAME].strip(" \"“”'.;") or full_name[:_MAX_NAME]
    approach = _steps(record.text("approach"))
    if len(full_name) > _MAX_NAME:  # a name with its description in one cell
        approach = (full_name, *approach)
    facets = find_facets(name)
    organization = _organization(record, evidence)
    place = locate(
        record, mapping.record.province, [*titles, sheet or ""], organization or "", evidence.add
    )
    field_ = _field(record, mapping, titles, sheet, facets, evidence)
    problem = [record.text("problem"), _labelled("Mục tiêu", record.text("goal"))]
    conditions = [
        _labelled("Nguồn lực", _amounts(record.cells.get("resources", ()))),
        record.text("conditions"),
    ]
    participants = [record.text("participants"), _labelled("Phối hợp", record.text("partners"))]
    return Facts(
        name=name,
        place=place,
        field=field_,
        topics=_topics(record, mapping, facets, " ".join([name, *approach]), evidence),
        organization=organization,
        participants=_joined(participants, "; "),
        period=_line(record.text("period")) or None,
        problem=_joined(problem, "\n"),
        approach=approach,
        results=tuple(_results(record, place)),
        conditions=_joined(conditions, "\n"),
        level=_level(record, evidence),
        subject=_subject(record, evidence),
        evidence=evidence,
    )


def _line(text: str) -> str:
    return " ".join(text.split())


def _labelled(label: str, text: str) -> str:
    return f"{label}: {text}" if text else ""


def _joined(parts: Iterable[str], separator: str) -> str | None:
    return separator.join(filter(None, parts)) or None


def _steps(text: str) -> tuple[str, ...]:
    lines = (_line(_BULLET.sub("", line)) for line in text.split("\n"))
    return tuple(line for line in lines if line)


def _field(
    record: Record,
    mapping: RegisterMapping,
    titles: tuple[str, ...],
    sheet: str | None,
    facets: Facets,
    evidence: Evidence,
) -> Field | None:
    """Return the field that the row, its group, the mapping, the sheet or the title tells."""
    groups = [group.text for group in reversed(record.groups) if group.kind == "field"]
    told = [
        *((text, "column field", 1.0) for text in [record.text("field")]),
        *((text, "group row", 0.95) for text in groups),
        *((text.value, "mapping file", 1.0) for text in [mapping.record.field] if text),
        *((text, "sheet name", _SURE) for text in [sheet or ""]),
        *((text, "sheet title", _SURE) for text in titles if "linh vuc" in fold(text)),
    ]
    for text, source, confidence in told:
        found = field_of(text) if text else None
        if found is not None:
            evidence.add("field", found.value, confidence, source, text)
            return found
    # What the column says and we do not understand must not be contradicted.
    return None if record.text("field") else _implied_field(record, facets, evidence)


def _implied_field(record: Record, facets: Facets, evidence: Evidence) -> Field | None:
    """Return the one field that all words of the name and the content speak for."""
    full = find_facets(f"{record.text('name')}. {record.text('approach')}")
    named = {Field(mention.value) for mention in facets.fields}
    topical = {
        _FIELD_OF_TOPIC[mention.value]
        for mention in (facets.topics or full.topics)
        if mention.confidence >= _SURE and mention.value in _FIELD_OF_TOPIC
    }
    candidates = named | topical
    if len(candidates) != 1 or not topical:
        return None
    found = candidates.pop()
    evidence.add("field", found.value, 0.6, "words of the name", record.text("name"))
    return found


def _topics(
    record: Record, mapping: RegisterMapping, facets: Facets, full: str, evidence: Evidence
) -> tuple[str, ...]:
    given = find_facets(record.text("topic")).topics if record.text("topic") else ()
    if given:
        source, found = "column topic", given
    else:
        source, found = "words of the name", facets.topics or find_facets(full).topics
        found = tuple(mention for mention in found if mention.confidence >= _SURE)
    for mention in found[:_MAX_TOPICS]:
        evidence.add("topics", mention.value, mention.confidence, source, mention.text)
    slugs = [*(mention.value for mention in found), *mapping.record.topics]
    return tuple(dict.fromkeys(slugs))[:_MAX_TOPICS]


def _organization(record: Record, evidence: Evidence) -> str | None:
    text = _joined(map(_line, record.text("organization").split("\n")), "; ")
    if text is not None and _subject_of(text) is None:
        evidence.add("organization", text, 1.0, "column organization", text)
        return text
    for group in reversed(record.groups):
        if group.kind == "organization":
            evidence.add("organization", group.text, _SURE, "group row", group.text)
            return group.text
    return None


def _subject_of(text: str) -> Subject | None:
    match fold(text).strip(" .;"):
        case "tap the" | "mo hinh tap the":
            return "collective"
        case "ca nhan" | "dien hinh ca nhan":
            return "personal"
    return None


def _subject(record: Record, evidence: Evidence) -> Subject | None:
    """Return the kind of who runs it: told in words, or by a mark below "tập thể", "cá nhân"."""
    for cell in (*record.cells.get("subject", ()), *record.cells.get("organization", ())):
        is_mark = cell.text.lower().strip() in _MARK
        subject = _subject_of(cell.label if is_mark else cell.text)
        if subject is not None:
            evidence.add("subject", subject, 1.0, "column subject", cell.text)
            return subject
    return None


def _level(record: Record, evidence: Evidence) -> Level | None:
    text = fold(record.text("level"))
    for word, level in _LEVELS:
        if re.search(rf"\b{word}\b", text):
            evidence.add("level", level, 1.0, "column level", record.text("level"))
            return level
    return None


def _amounts(cells: Iterable[Cell]) -> str:
    """Return cells with the unit that their heading gives, if they are bare numbers."""
    return "; ".join(
        f"{cell.text} {unit}" if unit and _NUMBER.fullmatch(cell.text) else cell.text
        for cell in cells
        for unit in [unit_of(cell.heading)]
    )


def _results(record: Record, place: Place) -> Iterator[CaseResult]:
    """Yield results, columns of figures, and whatever else the row says, so nothing is lost."""
    for cell in record.cells.get("results", ()):
        if _NUMBER.fullmatch(cell.text):
            yield _figure(cell)
        else:
            yield from (CaseResult(step) for step in _steps(cell.text))
    for cell in record.extra:
        if _NUMBER.fullmatch(cell.text):
            yield _figure(cell)
        elif cell.heading:
            yield CaseResult(f"{cell.heading}: {_line(cell.text)}")
        else:
            yield CaseResult(_line(cell.text))
    if place.unnamed:
        yield CaseResult(f"Địa bàn: {place.unnamed}")
    for group in record.groups:
        if group.kind == "other":
            yield CaseResult(f"Nhóm: {group.text}")
    for note in record.cells.get("note", ()):
        yield CaseResult(f"Ghi chú: {_line(note.text)}")


def _figure(cell: Cell) -> CaseResult:
    value = float(cell.text.replace(".", "").replace(",", "."))
    unit = unit_of(cell.label) or unit_of(cell.heading)
    return CaseResult(f"{cell.label or cell.heading}: {cell.text}".strip(": "), value, unit)
