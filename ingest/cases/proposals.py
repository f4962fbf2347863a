"""Cases that a language model proposes, let in only where the text itself bears them out.

The model may see what rules miss; it may also invent. A proposal counts if its quote and its name
stand in the text word for word, the name inside the quote or in the same paragraph, and if it is
no campaign, saying, refused or planned thing, and not of a teaser. Nothing but the name and the
quote is taken from the model: figures, place and the rest are read from the text.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ingest.cases.candidates import Candidate, quoted_candidates
from ingest.cases.cues import is_no_name, is_saying
from ingest.cases.extractor import Reading, build_cases, read_article
from ingest.cases.names import name_key, name_tokens
from kb.models import Document, ExtractedCase, Span
from kb.text import to_reading_form

# A case that only a model sees is less sure than the least sure one that rules find.
_PROPOSED_ODDS = 0.5
_FEWEST_WORDS, _MOST_WORDS = 2, 32
_MARKS = "“”\"'«»‘’ .,;:"


def merge_proposals(
    document: Document,
    cases: Sequence[ExtractedCase],
    proposals: Iterable[Mapping[str, Any]],
) -> tuple[ExtractedCase, ...]:
    """Return the cases of a document with those proposals that its text bears out.

    Cases that rules found keep their ids. A sentence that also names a proposed case is shared out
    anew, so their passages and figures may become fewer.

    Args:
        document: The article.
        cases: What `extract_cases` found in it.
        proposals: `{"name": …, "quote": …}` each; anything else in them is ignored, and what is not
            of this form is passed over.
    """
    reading = read_article(document)
    known = {name_key(case.name) for case in cases}
    added: list[Candidate] = []
    for proposal in proposals:
        span = _grounded(document.text, proposal)
        line = reading.line_at(span) if span else None
        if span is None or line is None:
            continue
        key = name_key(document.text[span.start_char : span.end_char])
        if key in known or not _passes(reading, line, span):
            continue
        known.add(key)
        added.append(Candidate(span, span, _PROPOSED_ODDS, line, is_quoted=False))
    if not added:
        return tuple(cases)
    linked = {case.case_id: case.same_as for case in cases}
    return tuple(
        replace(case, same_as=linked.get(case.case_id))
        for case in build_cases(document, reading, added)
    )


def _grounded(text: str, proposal: Mapping[str, Any]) -> Span | None:
    """Return where the name of a proposal stands, inside the quote or else in its paragraph."""
    if not isinstance(proposal, Mapping):
        return None
    name, quote = proposal.get("name"), proposal.get("quote")
    if not isinstance(name, str) or not isinstance(quote, str):
        return None
    name, quote = to_reading_form(name).strip(_MARKS), to_reading_form(quote)
    if not name or not quote:
        return None
    start = text.find(quote)
    if start < 0:
        return None
    inside = text.find(name, start, start + len(quote))
    if inside < 0:
        end = text.find("\n", start + len(quote))
        opening = text.rfind("\n", 0, start) + 1
        inside = text.find(name, opening, end if end >= 0 else len(text))
    return Span(inside, inside + len(name)) if inside >= 0 else None


def _passes(reading: Reading, line: int, span: Span) -> bool:
    """Tell whether a name stands up to what names found by rules stand up to."""
    words = reading.text[span.start_char : span.end_char]
    if not _FEWEST_WORDS <= len(name_tokens(words)) <= _MOST_WORDS:
        return False
    if is_no_name(words) or is_saying(words) or not words[0].isalnum():
        return False
    around = [
        quote for quote in reading.quotes if quote.start_char <= span.start_char < quote.end_char
    ]
    judged = quoted_candidates(reading.contexts[line], around)
    return not any(candidate.is_refused for candidate in judged)
