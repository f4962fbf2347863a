"""Domain types that cross folder borders.

All are frozen. Offsets (`start_char`, `end_char`) count Unicode code points, start at 0, exclude
the end, and refer to `Document.text`, which is NFC.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Literal

DocumentKind = Literal["case", "article"]
SearchMode = Literal["hybrid", "dense", "lexical"]
AnswerStatus = Literal["answered", "partial", "no_answer"]


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
class Document:
    """A stored text with what is known about it.

    `text` is NFC in its reading form; every offset of the project refers to it. `origin` is the
    file (or address) that the document was read from; `sha256` covers everything that, if it
    changes, must be stored and indexed again.
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
class Span:
    """A stretch of `Document.text`."""

    start_char: int
    end_char: int


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
    same case and are folded into this hit; `source_count` counts the distinct sources of all.
    `features` is what the ranking weighed, by name.
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
    features: Mapping[str, float] = field(default_factory=dict)


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
    """A verbatim quote: `document.text[start_char:end_char] == quote`."""

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


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement of an answer, the markers that carry it, and what was checked of it."""

    text: str
    citations: tuple[int, ...]
    checks: Mapping[str, bool]


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its claims and citations, or a refusal with its reason."""

    question: str
    status: AnswerStatus
    reason: NoAnswerReason | None
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    related: tuple[Hit, ...]
    interpretation: Mapping[str, object]
    timings_ms: Mapping[str, float]
