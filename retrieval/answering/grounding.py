"""Claims of a language model tied to the stored texts, or turned down.

A model writes a claim, names passages and copies words as its quote. Of that nothing is believed:
the quote is looked for in the passages, what is cited is the stored text, and the claim is
compared with that text alone. A claim rests on one document, so that the figure of one place never
meets the name of another; further documents are cited only if each carries the claim by itself.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kb.figures import numbers_in
from kb.models import Document
from kb.ports import Embedder
from retrieval.answering.citations import CitationBook, checks_of
from retrieval.answering.claim_checks import (
    figures_supported,
    is_entailed,
    is_statement,
    measure_entailment,
    names_supported,
    negation_consistent,
    place_supported,
    plain_claim,
)
from retrieval.answering.claim_checks.tokens import content_words
from retrieval.answering.drafts import Draft, Quoted
from retrieval.answering.injection import is_instruction
from retrieval.answering.quote_finder import choose_statements, find_quote
from retrieval.answering.writers import Rejected, WritingTask

# Further documents that may carry a claim beside the first.
_MOST_DOCUMENTS = 3


@dataclass(frozen=True, slots=True)
class _Trial:
    """A claim against the quotes of one document."""

    quotes: tuple[Quoted, ...]
    checks: Mapping[str, bool]

    @property
    def failed(self) -> tuple[str, ...]:
        return tuple(name for name, holds in self.checks.items() if not holds)


def ground(
    text: str,
    named_passages: Sequence[Quoted],
    quote: str,
    task: WritingTask,
    embedder: Embedder,
) -> Draft | Rejected:
    """Return a claim with the stretches of stored text that carry it, or why none does.

    The quote is looked for in the named passages, then in the others of the task. If it stands in
    none, the statements of the named passages that hold most of the claim are taken.

    Args:
        text: What the model claims; Markdown, HTML and markers are taken off.
        named_passages: The passages that it names, of the task's.
        quote: Words that it says are of one of them; may be empty.
        task: The question and all passages.
        embedder: That of the knowledge base.

    Returns:
        A draft all of whose `checks` hold: `is_statement` (nothing about the prompt or the writer,
        no order), `quote_verbatim`, `figures_supported`, `place_supported`,
        `negation_consistent`, `names_supported`, `entailed`. Or a rejection with those that fail.
    """
    claim = plain_claim(text)
    documents = _ids(named_passages)
    if not is_statement(claim):
        return Rejected(claim, ("is_statement",), documents)
    trials = [
        _try(claim, quotes, task, embedder)
        for quotes in _evidence(claim, named_passages, quote, task)
    ]
    if not trials:
        return Rejected(claim, ("quote_verbatim",), documents)
    passed = [trial for trial in trials if not trial.failed]
    if not passed:
        best = min(trials, key=lambda trial: len(trial.failed))
        return Rejected(claim, best.failed, documents or _ids(best.quotes))
    quotes = tuple(item for trial in passed[:_MOST_DOCUMENTS] for item in trial.quotes)
    return Draft(claim, quotes, written_by="llm", checks=passed[0].checks)


def _ids(passages: Sequence[Quoted]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(item.document.document_id for item in passages))


def _evidence(
    claim: str, named: Sequence[Quoted], quote: str, task: WritingTask
) -> list[tuple[Quoted, ...]]:
    """Return what the claim may rest on, by document; the document of the quote first."""
    by_document: dict[str, tuple[Quoted, ...]] = {}
    found = find_quote(quote, named) or find_quote(quote, task.passages)
    if found:
        by_document[found[0].document.document_id] = tuple(found)
    for document_id in _ids(named):
        own = [item for item in named if item.document.document_id == document_id]
        quoted = by_document.get(document_id, ())
        chosen = (*quoted, *choose_statements(claim, own, beside=quoted))
        if chosen:
            by_document[document_id] = chosen
    return list(by_document.values())


def _try(claim: str, quotes: tuple[Quoted, ...], task: WritingTask, embedder: Embedder) -> _Trial:
    document = quotes[0].document
    head = _head_of(document)
    quotes = _with_head(claim, quotes, task)
    texts = [item.text for item in quotes]
    return _Trial(
        quotes,
        {
            "is_statement": not any(is_instruction(text) for text in texts),
            "quote_verbatim": _is_quoted_from(quotes, task),
            "figures_supported": figures_supported(claim, texts)
            and _gate(claim, quotes)["figures_supported"],
            "place_supported": place_supported(claim, texts, head, document, task.places),
            "negation_consistent": negation_consistent(claim, [*texts, head]),
            "names_supported": names_supported(claim, [*texts, head]),
            "entailed": is_entailed(
                measure_entailment(claim, texts, head, embedder), embedder.spec.name
            ),
        },
    )


def _head_of(document: Document) -> str:
    """Return what the store knows of a document beside its text: its name, place and people."""
    case = document.case
    parts = [document.title, document.province, document.organization]
    if case is not None:
        parts += [case.name, case.district, case.commune, case.organization]
    return ". ".join(dict.fromkeys(part for part in parts if part))


def _with_head(claim: str, quotes: tuple[Quoted, ...], task: WritingTask) -> tuple[Quoted, ...]:
    """Return the quotes with the passage that names the case, if the claim uses its words."""
    document = quotes[0].document
    held = " ".join(item.text for item in quotes)
    for passage in task.passages:
        is_head = passage.document.document_id == document.document_id and (
            passage.span.start_char == 0
        )
        if is_head and not any(item.span.overlaps(passage.span) for item in quotes):
            names = not names_supported(claim, [held]) or bool(_title_words(claim, document, held))
            return (passage, *quotes) if names and not is_instruction(passage.text) else quotes
    return quotes


def _title_words(claim: str, document: Document, held: str) -> set[str]:
    """Return the words and numbers of the title that the claim uses and the quotes lack."""
    return (_facts(claim) - _facts(held)) & _facts(document.title)


def _facts(text: str) -> set[str]:
    return {*content_words(text), *numbers_in(text)}


def _is_quoted_from(quotes: Sequence[Quoted], task: WritingTask) -> bool:
    """Tell whether every quote lies inside a passage of the task."""
    return all(
        any(
            passage.document.document_id == item.document.document_id
            and passage.span.start_char <= item.span.start_char
            and item.span.end_char <= passage.span.end_char
            for passage in task.passages
        )
        for item in quotes
    )


def _gate(claim: str, quotes: Sequence[Quoted]) -> dict[str, bool]:
    """Return the checks that every claim passes at the end, so that none is lost there unseen."""
    book = CitationBook()
    for item in quotes:
        book.cite(item.document, item.span)
    documents = {item.document.document_id: item.document for item in quotes}
    return checks_of(claim, book.citations, documents)
