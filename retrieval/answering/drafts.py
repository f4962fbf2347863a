"""Claims before their citations are numbered, and the numbering."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from kb.models import AnswerWriter, Citation, Claim, Document, Span
from retrieval.answering.citations import CitationBook, checks_of


@dataclass(frozen=True, slots=True)
class Quoted:
    """A stretch of a stored document that a claim rests on."""

    document: Document
    span: Span

    @property
    def text(self) -> str:
        """The stretch, verbatim."""
        return self.document.text[self.span.start_char : self.span.end_char]


@dataclass(frozen=True, slots=True)
class Draft:
    """A claim with what it rests on.

    `checks` are those that its writer has already made beside those of `checks_of`.
    """

    text: str
    quotes: tuple[Quoted, ...]
    written_by: AnswerWriter = "extractive"
    checks: Mapping[str, bool] | None = None

    @property
    def document_ids(self) -> tuple[str, ...]:
        """Documents that it quotes, each once, in order."""
        return tuple(dict.fromkeys(quote.document.document_id for quote in self.quotes))


def merge_equal(drafts: Iterable[Draft]) -> list[Draft]:
    """Return drafts with those of the same words made one, which rests on the quotes of all.

    So reprints, or a file that came twice, are said once.
    """
    merged: dict[str, Draft] = {}
    for draft in drafts:
        said = merged.get(draft.text)
        merged[draft.text] = replace(said, quotes=(*said.quotes, *draft.quotes)) if said else draft
    return list(merged.values())


class ClaimBook:
    """The claims of one answer with their citations, each let in by its checks only."""

    def __init__(self) -> None:
        """Start empty."""
        self._citations = CitationBook()
        self._claims: dict[str, Claim] = {}

    @property
    def claims(self) -> tuple[Claim, ...]:
        """The claims let in, in order."""
        return tuple(self._claims.values())

    @property
    def citations(self) -> tuple[Citation, ...]:
        """All citations, by marker."""
        return self._citations.citations

    def mark(self, quotes: Sequence[Quoted]) -> tuple[int, ...]:
        """Return the markers of quotes, each once."""
        return tuple(
            dict.fromkeys(self._citations.cite(item.document, item.span) for item in quotes)
        )

    def add(self, draft: Draft) -> Claim | None:
        """Let a claim in if every check holds and nobody said it yet; else return None."""
        if draft.text in self._claims:
            return None
        trial = CitationBook()
        for quote in draft.quotes:
            trial.cite(quote.document, quote.span)
        documents = {quote.document.document_id: quote.document for quote in draft.quotes}
        checks = {**checks_of(draft.text, trial.citations, documents), **(draft.checks or {})}
        if not all(checks.values()):
            return None
        claim = Claim(draft.text, self.mark(draft.quotes), checks, draft.written_by)
        self._claims[draft.text] = claim
        return claim
