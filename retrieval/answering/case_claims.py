"""Claims that tell cases and articles in their own words."""

from collections.abc import Sequence

from kb.models import Document, Span
from retrieval.answering.case_sections import (
    CONDITIONS,
    PROBLEM,
    RESULTS,
    STEPS,
    CaseSections,
    sections_of,
)
from retrieval.answering.drafts import Draft, Quoted
from retrieval.answering.evidence import Sentence
from retrieval.answering.figure_sentences import without_marker
from retrieval.answering.question_types import QuestionType

# Sections that are told, in order, by what is asked.
_TOLD = {
    QuestionType.DEFINITION: (PROBLEM, STEPS, RESULTS),
    QuestionType.YES_NO: (RESULTS,),
    QuestionType.HOW_TO: (STEPS, RESULTS, CONDITIONS),
    QuestionType.COMPARE: (STEPS, RESULTS, CONDITIONS),
}
_TOLD_OTHERWISE = (STEPS, RESULTS)
# Sentences of an article that are told together, and the shortest one that tells something.
_MAX_SENTENCES, _LEAST_CHARS = 3, 40
# A further sentence is told if it scores nearly as well as the best.
_NEAR_BEST = 0.75


def label_of(document: Document) -> str:
    """Return how an answer names a case: its title and province."""
    return f"{document.title} ({document.province})" if document.province else document.title


def tell_case(document: Document, sections: CaseSections, wanted: QuestionType) -> Draft:
    """Return the claim of a case: who did what, with what results, each section one quote."""
    spans = [sections.head]
    parts = [
        f"{label}: {_text(document, value)}"
        for label, value in sections.facts.items()
        if label != "Thời gian" or wanted is QuestionType.DEFINITION
    ]
    for heading in _TOLD.get(wanted, _TOLD_OTHERWISE):
        blocks = sections.blocks(document, heading)
        if not blocks:
            continue
        spans += blocks
        parts.append(_told(document, sections, heading, in_steps=wanted is QuestionType.HOW_TO))
    return Draft(f"{label_of(document)}. {' '.join(map(_closed, parts))}", _quotes(document, spans))


def _told(document: Document, sections: CaseSections, heading: str, *, in_steps: bool) -> str:
    items = [_text(document, item) for item in sections.items(document, heading)]
    if heading == STEPS and in_steps and len(items) > 1:
        # With its own numbers, in the order of the source.
        lines = [_text(document, line) for line in sections.lines[heading]]
        return f"{heading}: {' '.join(map(_closed, lines))}"
    joined = " ".join(map(_closed, items)) if heading == PROBLEM else "; ".join(map(_open, items))
    return f"{heading}: {joined}"


def tell_sentence(document: Document, span: Span) -> Draft:
    """Return the claim of one sentence, after the name of its case if it is of one."""
    span = without_marker(document, span)
    text = _text(document, span)
    sections = sections_of(document)
    if sections is None:
        return Draft(text, _quotes(document, [span]))
    head = Span(0, sections.place.end_char if sections.place else sections.name.end_char)
    return Draft(f"{label_of(document)}: {text}", _quotes(document, [head, span]))


def tell_article(document: Document, sentences: Sequence[Sentence]) -> Draft | None:
    """Return the claim of an article: its best sentences, in the order of the text.

    None if it has no sentence that may be quoted.

    Args:
        document: The article, or a case whose text has no sections.
        sentences: Its sentences, best first.
    """
    title_end = len(document.title) if document.text.startswith(document.title) else 0
    telling = [
        item
        for item in sentences
        if item.span.start_char >= title_end
        and item.span.end_char - item.span.start_char >= _LEAST_CHARS
    ]
    chosen = telling[:_MAX_SENTENCES] or list(sentences[:1])
    if not chosen:
        return None
    chosen = [item for item in chosen if item.score >= _NEAR_BEST * chosen[0].score]
    spans = sorted((item.span for item in chosen), key=lambda span: span.start_char)
    spans = [without_marker(document, span) for span in spans]
    told = " ".join(_sentence(_text(document, span)) for span in spans)
    return Draft(told, _quotes(document, spans))


def _text(document: Document, span: Span) -> str:
    return document.text[span.start_char : span.end_char]


def _closed(text: str) -> str:
    """Return a text that ends a sentence."""
    return text if text.endswith((".", "!", "?", "…", ":", ";")) else f"{text}."


def _sentence(text: str) -> str:
    """Return a clause of a longer sentence as one of its own."""
    text = text.rstrip(" ;:,")
    return _closed(f"{text[:1].upper()}{text[1:]}")


def _open(text: str) -> str:
    return text.rstrip(".;")


def _quotes(document: Document, spans: Sequence[Span]) -> tuple[Quoted, ...]:
    return tuple(Quoted(document, span) for span in spans)
