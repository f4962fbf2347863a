"""Domain types that cross folder borders.

All are frozen. Offsets (`start_char`, `end_char`) count Unicode code points, start at 0, exclude
the end, and refer to `Document.text`, which is NFC.
"""

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

DocumentKind = Literal["case", "article"]
SearchMode = Literal["hybrid", "dense", "lexical"]
AnswerStatus = Literal["answered", "partial", "no_answer"]
AnswerWriter = Literal["extractive", "llm"]
LocatorKind = Literal["page", "slide", "row"]
Level = Literal["central", "province", "district", "commune"]
Subject = Literal["collective", "personal"]

_LOCATOR_NAMES: Mapping[str, str] = {"page": "trang", "slide": "trang chiếu", "row": "dòng"}


class Field(StrEnum):
    """The four fields of the "dân vận khéo" guides."""

    ECONOMY = "kinh-te"
    CULTURE_SOCIETY = "van-hoa-xa-hoi"
    DEFENCE_SECURITY = "quoc-phong-an-ninh"
    POLITICAL_SYSTEM = "he-thong-chinh-tri"


class NoAnswerReason(StrEnum):
    """Why the knowledge base gives no answer."""

    NO_EVIDENCE = "no_evidence"
    WRONG_PLACE = "wrong_place"
    FIGURE_NOT_GIVEN = "figure_not_given"
    OUT_OF_DOMAIN = "out_of_domain"
    AMBIGUOUS = "ambiguous"
    EMPTY_KNOWLEDGE_BASE = "empty_knowledge_base"


@dataclass(frozen=True, slots=True)
class Source:
    """Where facts come from. `published` is `YYYY-MM-DD`, `YYYY-MM` or `YYYY`."""

    title: str | None = None
    publisher: str | None = None
    url: str | None = None
    published: str | None = None


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One outcome of a case; `value` and `unit` only where the source gives a figure."""

    text: str
    value: float | None = None
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """A model case study (mô hình): the unit that officers look for and repeat."""

    case_id: str
    name: str
    field: Field
    topics: tuple[str, ...]
    province: str
    district: str | None = None
    commune: str | None = None
    organization: str | None = None
    participants: str | None = None
    period: str | None = None
    problem: str | None = None
    approach: tuple[str, ...] = ()
    results: tuple[CaseResult, ...] = ()
    conditions: str | None = None
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of `Document.text`."""

    start_char: int
    end_char: int

    def overlaps(self, other: "Span") -> bool:
        """Tell whether both share a character.

        Example:
            >>> Span(0, 5).overlaps(Span(4, 9)), Span(0, 5).overlaps(Span(5, 9))
            (True, False)
        """
        return self.start_char < other.end_char and other.start_char < self.end_char


@dataclass(frozen=True, slots=True)
class Locator:
    """Where a document's text stands in its source, from `start_char` up to the next locator.

    Attributes:
        start_char: First character of the page, slide or row in `Document.text`.
        kind: What is counted.
        number: 1-based; a row is numbered as the spreadsheet shows it.
        sheet: Name of the sheet, for rows.
    """

    start_char: int
    kind: LocatorKind
    number: int
    sheet: str | None = None

    @property
    def label(self) -> str:
        """How officers call it, such as "trang 3"."""
        name = f"{_LOCATOR_NAMES[self.kind]} {self.number}"
        return f"trang tính “{self.sheet}”, {name}" if self.sheet else name


@dataclass(frozen=True, slots=True)
class MetadataEvidence:
    """Why a document has a value: where it stands and how sure it is.

    Attributes:
        field: Name of the attribute of `Document`.
        value: The value as text.
        confidence: In (0, 1]; 1 for what the source declares outright.
        source: Where it was found, such as `json-ld datePublished`, `date line`, `file property`.
        quote: The words as they stand there.
        span: Where the quote stands in `Document.text`, if it does.
    """

    field: str
    value: str
    confidence: float
    source: str
    quote: str
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class CaseFact:
    """A value of an extracted case and the words that say so; `span` is of `Document.text`."""

    value: str
    span: Span
    confidence: float = 1.0


@dataclass(frozen=True, slots=True)
class CaseFigure:
    """A figure of an extracted case.

    Attributes:
        value: The number.
        unit: What is counted, as written ("hộ", "tỷ đồng", "lượt đoàn viên").
        qualifier: Range word as written ("trên", "gần"), or empty.
        per: What it is counted by ("năm", "hộ"), or empty.
        text: The clause that says it, verbatim.
        span: Where the clause stands.
        number_span: Where the number stands.
    """

    value: float
    unit: str
    qualifier: str
    per: str
    text: str
    span: Span
    number_span: Span


@dataclass(frozen=True, slots=True)
class ExtractedCase:
    """A case that an article tells of, each part with where it stands in the article's text.

    Attributes:
        case_id: Stable: made of the document's id and the name.
        document_id: The article.
        name: As written, without quotation marks.
        mentions: Every place where it is named, in order; the first is where the name is from.
        passages: Sentences that tell of it, in order, without overlap.
        figures: Figures of those sentences that belong to it.
        place: The place as written; `province` is the canonical name of its province.
        organization: Who runs it.
        period: When.
        field: One of the four fields, if it is clear.
        topics: Topic slugs.
        subject: Run by a collective or by one person.
        confidence: That this is a case with this name, in (0, 1].
        same_as: Id of a recorded case, or of an earlier extracted one, that is the same.
    """

    case_id: str
    document_id: str
    name: str
    mentions: tuple[Span, ...]
    passages: tuple[Span, ...] = ()
    figures: tuple[CaseFigure, ...] = ()
    place: CaseFact | None = None
    province: str | None = None
    organization: CaseFact | None = None
    period: CaseFact | None = None
    field: Field | None = None
    topics: tuple[str, ...] = ()
    subject: Subject | None = None
    confidence: float = 1.0
    same_as: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """A stored text with what is known about it.

    `text` is NFC in its reading form; every offset of the project refers to it. `origin` is the
    file (or address) that the document was read from; `sha256` covers everything that, if it
    changes, must be stored and indexed again. `updated` is when the source was last changed by its
    own account, `level` and `subject` are who is behind what it reports. `locators` say on which
    page or row a character stands (empty if the source has none), `evidence` why metadata have
    their values, `extracted` which cases an article tells of.
    """

    document_id: str
    kind: DocumentKind
    title: str
    text: str
    origin: str
    sha256: str
    publisher: str | None = None
    author: str | None = None
    url: str | None = None
    published: str | None = None
    province: str | None = None
    field: Field | None = None
    topics: tuple[str, ...] = ()
    organization: str | None = None
    years: tuple[int, ...] = ()
    sources: tuple[Source, ...] = ()
    case: Case | None = None
    fetched_at: datetime | None = None
    updated: str | None = None
    level: Level | None = None
    subject: Subject | None = None
    locators: tuple[Locator, ...] = ()
    evidence: tuple[MetadataEvidence, ...] = ()
    extracted: tuple[ExtractedCase, ...] = ()

    def locate(self, start_char: int) -> Locator | None:
        """Return the page, slide or row that a character stands on, if the source has any."""
        position = bisect_right(self.locators, start_char, key=lambda item: item.start_char)
        return self.locators[position - 1] if position else None


@dataclass(frozen=True, slots=True)
class Chunk:
    """A span of a document as it is indexed: `document.text[start_char:end_char]`.

    `context` (title, section) is put before the text when it is embedded and when its terms are
    counted; it is not part of the span.
    """

    chunk_id: str
    document_id: str
    ordinal: int
    start_char: int
    end_char: int
    text: str
    context: str = ""


@dataclass(frozen=True, slots=True)
class Filters:
    """Strict conditions on documents. Fields that are None do not restrict."""

    province: str | None = None
    field: Field | None = None
    topic: str | None = None
    year: int | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is restricted."""
        return self == Filters()


@dataclass(frozen=True, slots=True)
class ScoredChunk:
    """A chunk found by one leg; `score` is on the scale of that leg."""

    chunk_id: str
    document_id: str
    score: float


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of a document that matches: `text == document.text[span]`, marks inside it."""

    text: str
    span: Span
    highlights: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """One search result: a document with its best passages.

    `snippet` is `text[snippet_span.start_char:snippet_span.end_char]` of the document, and
    `highlights` are spans of the document's text too. `score` is the fused score in [0, 1].
    `passages` are further matching stretches, best first. `same_case` are documents that tell the
    same case and are folded into this hit; `source_count` counts the distinct sources of all and
    `independent_source_count` those that do not repeat another one's text.
    `features` is what the ranking weighed, by name. `cases` are the cases that an article
    tells of in what is shown of it, those that the query names first.
    """

    rank: int
    score: float
    document: Document
    snippet: str
    snippet_span: Span
    highlights: tuple[Span, ...]
    chunk_id: str
    leg_scores: Mapping[str, float] = field(default_factory=dict)
    passages: tuple[Passage, ...] = ()
    same_case: tuple[Document, ...] = ()
    source_count: int = 1
    independent_source_count: int = 1
    features: Mapping[str, float] = field(default_factory=dict)
    cases: tuple[ExtractedCase, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """What a search returns: hits best first, ties by document id."""

    query: str
    interpretation: Mapping[str, object]
    total: int
    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote: `document.text[start_char:end_char] == quote`.

    `locator` is the page, slide or row of the source that it starts on, if the source has any.
    `sha256` is the hash of the stored document that was quoted, so that a later reader can tell
    whether it is still the same, and `fetched_at` when that was taken in.
    """

    marker: int
    document_id: str
    case_id: str | None
    title: str
    publisher: str | None
    url: str | None
    published: str | None
    quote: str
    start_char: int
    end_char: int
    locator: Locator | None = None
    sha256: str = ""
    fetched_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer, the markers that carry it, and what was checked of it.

    `written_by` tells whether the words are those of the sources (`extractive`) or of a language
    model that passed the checks.
    """

    text: str
    citations: tuple[int, ...]
    checks: Mapping[str, bool]
    written_by: AnswerWriter = "extractive"


NoteCode = Literal[
    "conflicting_sources",
    "old_source",
    "independent_sources",
    "places_without_cases",
    "figure_not_given",
    "place_merged",
    "llm_unavailable",
    "llm_rejected",
    "llm_completed",
]


@dataclass(frozen=True, slots=True)
class Note:
    """What the reader of an answer must know beside it; no statement of a source.

    Attributes:
        code: Stable, for programs.
        text: Vietnamese, for officers.
        citations: Markers that it speaks of, if any.
    """

    code: NoteCode
    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of a table; every word of `text` stands in the quotes of `citations`."""

    text: str
    citations: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class AnswerRow:
    """A case of an answer, side by side with others.

    Attributes:
        document_id: The document that tells it.
        case_id: The case, if the document is one.
        case: Its name.
        place: Province, and district or commune where given.
        approach: What was done, in the order of the source.
        results: What came of it.
        conditions: What it takes to repeat it.
        source_count: Distinct sources that tell it.
        independent_source_count: Those that do not repeat another one's text.
        published: Date of the newest source, as the source gives it.
    """

    document_id: str
    case_id: str | None
    case: Cell
    place: Cell
    approach: tuple[Cell, ...] = ()
    results: tuple[Cell, ...] = ()
    conditions: tuple[Cell, ...] = ()
    source_count: int = 1
    independent_source_count: int = 1
    published: str | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """Where an answer stands in a conversation.

    Attributes:
        session_id: Secret name of the conversation; who knows it may go on with it.
        number: From 1.
        asked: What was typed.
        understood: The question that was answered: the same, or with what it refers to put in.
        is_restarted: Whether a conversation was asked for that is unknown or over.
    """

    session_id: str
    number: int
    asked: str
    understood: str
    is_restarted: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its claims and citations, or a refusal with its reason.

    `text` is what the claims say, with markers; `rows` the same cases side by side, for lists and
    comparisons. `notes` are about the answer and not part of it. `writer` is `llm` if any claim
    is worded by a language model.
    """

    question: str
    status: AnswerStatus
    reason: NoAnswerReason | None
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    related: tuple[Hit, ...]
    interpretation: Mapping[str, object]
    timings_ms: Mapping[str, float]
    writer: AnswerWriter = "extractive"
    notes: tuple[Note, ...] = ()
    rows: tuple[AnswerRow, ...] = ()
    turn: Turn | None = None
