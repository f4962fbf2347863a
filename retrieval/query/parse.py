"""The one way from what was typed to a `Query`."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from kb.abbreviations import AbbreviationMention, find_abbreviations
from kb.errors import EmptyQuery, QueryTooLong
from kb.facets import Facets, find_facets
from kb.lexicon import Lexicon
from kb.models import Filters
from kb.places import PlaceMention, find_places, find_provinces
from kb.synonyms import Related, related_phrases
from kb.terms import fold_runs, terms_of, token_spans, tokenize
from kb.text import fold, has_diacritics, to_reading_form
from retrieval.query.model import Query
from retrieval.query.parts import ALL_PARTS, Parts
from retrieval.query.spelling import (
    Correction,
    Reading,
    Restoration,
    apply_corrections,
    restore,
)

# Only the beginning of a long text is searched for places, facets and related phrases.
_UNDERSTOOD_CHARS = 600
_PUNCTUATION = ".,;:!?()[]“”\"'…"
# Surer abbreviations are written out for the embedding model; of others only terms are added.
_SURE = 0.5


def parse_query(
    text: str,
    filters: Filters | None = None,
    *,
    max_chars: int = 5000,
    lexicon: Lexicon | None = None,
    parts: Parts = ALL_PARTS,
) -> Query:
    """Return the query of a question.

    Args:
        text: What was typed.
        filters: Conditions from `parse_filters`.
        max_chars: Longest question accepted.
        lexicon: The words of the knowledge base; without it nothing is restored.
        parts: Which parts of the understanding take part.

    Raises:
        EmptyQuery: It holds no letter and no digit.
        QueryTooLong: It is longer than `max_chars`.
    """
    if len(text) > max_chars:
        raise QueryTooLong(
            f"Câu hỏi dài {len(text)} ký tự, giới hạn là {max_chars}. Hãy rút gọn câu hỏi."
        )
    typed = to_reading_form(text)
    if not token_spans(typed):
        raise EmptyQuery("Câu hỏi trống. Hãy nhập vài từ, ví dụ: mô hình giảm nghèo ở Cà Mau.")
    mined = _mined(typed, lexicon)
    shortened = find_abbreviations(typed, mined) if parts.abbreviations else []
    named = _names_without_marks(typed) if parts.places and parts.diacritics else []
    restoration = _restored(typed, lexicon, [*shortened, *named], parts)
    corrections = tuple(sorted([*restoration.corrections, *_with_marks(named)]))
    reading = apply_corrections(typed, corrections)
    head = reading[:_UNDERSTOOD_CHARS]
    abbreviations = _moved(shortened, corrections)
    provinces = find_provinces(reading)  # also what an answer is checked against
    places = find_places(head) if parts.places else []
    facets = find_facets(head) if parts.facets else Facets()
    written_out = _written_out(reading, abbreviations)
    related = related_phrases(written_out[:_UNDERSTOOD_CHARS]) if parts.synonyms else []
    tokens = tuple(token_spans(reading))
    # The probability of the whole reading falls with its length; what matters for ranking is how
    # many of its syllables are right.
    sure = restoration.confidence ** (1 / len(tokens)) if restoration.changed else 1.0
    longs = [(mention.longs[0], mention.confidence) for mention in abbreviations if mention.longs]
    readings = [Reading(reading, 1.0), *restoration.readings[1:]]
    accented = _weights(readings, longs, related, folded=False)
    return Query(
        typed=typed,
        text=reading,
        tokens=tokens,
        is_accented=has_diacritics(reading) or _is_all_short(reading, abbreviations),
        confidence=sure,
        embedded=written_out,
        accented=accented,
        folded=_weights([Reading(typed, 1.0), *readings], longs, related, folded=True),
        provinces=tuple(provinces),
        places=tuple(places),
        abbreviations=tuple(abbreviations),
        facets=facets,
        related=tuple(related),
        corrections=corrections,
        parts=parts,
        filters=filters or Filters(),
    )


def _mined(text: str, lexicon: Lexicon | None) -> dict[str, str]:
    """Return those abbreviations of the stored texts that a query may hold."""
    known = lexicon.abbreviations if lexicon else {}
    words = {word.strip(_PUNCTUATION) for word in text.split()} if known else set()
    spellings = (form for word in words for form in (word, word.upper()))
    return {form: known[form] for form in spellings if form in known}


def _names_without_marks(typed: str) -> list[PlaceMention]:
    """Return provinces and regions named in a text without marks.

    What the place list knows is not left to the language model: "gia lai" could be "giá lại".
    """
    if has_diacritics(typed):
        return []
    found = find_places(typed[:_UNDERSTOOD_CHARS])
    return [
        mention
        for mention in found
        if mention.level in {"region", "province"} and fold(mention.name) == mention.text.lower()
    ]


def _restored(
    typed: str,
    lexicon: Lexicon | None,
    kept: Sequence[AbbreviationMention | PlaceMention],
    parts: Parts,
) -> Restoration:
    """Return the reading of what was typed, with the spans of what is known left as they are."""
    if lexicon is None or not (parts.diacritics or parts.typos):
        return Restoration(typed, (Reading(typed, 1.0),), (), 1.0, changed=False)
    return restore(
        typed,
        lexicon,
        diacritics=parts.diacritics,
        typos=parts.typos,
        protected=[(mention.start_char, mention.end_char) for mention in kept],
    )


def _with_marks(named: Sequence[PlaceMention]) -> Iterator[Correction]:
    """Yield the names of places spelt with their marks."""
    for mention in named:
        if has_diacritics(mention.name):
            name = mention.name.upper() if mention.text.isupper() else mention.name
            yield Correction(mention.start_char, mention.end_char, mention.text, name, "diacritics")


def _moved(
    mentions: Sequence[AbbreviationMention], corrections: Sequence[Correction]
) -> list[AbbreviationMention]:
    """Return abbreviations of what was typed at their places in the reading."""
    moved: list[AbbreviationMention] = []
    for mention in mentions:
        before = (item for item in corrections if item.end_char <= mention.start_char)
        shift = sum(len(item.read) - len(item.typed) for item in before)
        start, end = mention.start_char + shift, mention.end_char + shift
        moved.append(replace(mention, start_char=start, end_char=end))
    return moved


def _is_all_short(text: str, abbreviations: Sequence[AbbreviationMention]) -> bool:
    """Tell whether a text is nothing but abbreviations, which are written without marks."""
    spans = [(mention.start_char, mention.end_char) for mention in abbreviations if mention.longs]
    return bool(spans) and all(
        any(start <= token.start_char < end for start, end in spans) for token in token_spans(text)
    )


def _written_out(text: str, abbreviations: Sequence[AbbreviationMention]) -> str:
    """Return a text with its abbreviations replaced by their long forms."""
    parts: list[str] = []
    position = 0
    for mention in abbreviations:
        if mention.longs and mention.confidence >= _SURE:
            parts += [text[position : mention.start_char], mention.longs[0]]
            position = mention.end_char
    return "".join(parts) + text[position:]


def _weights(
    readings: Sequence[Reading],
    longs: Sequence[tuple[str, float]],
    related: Sequence[Related],
    *,
    folded: bool,
) -> dict[str, float]:
    """Return the weight of each term of a lexical leg.

    A term weighs as often as it is typed; one of several readings by the probability of the
    reading, one of a long form by how sure the abbreviation is; related phrases of the same words
    share their weight (by the root of their number), so that a need with many names does not
    drown the others.
    """
    weights: dict[str, float] = {}
    for reading in readings:
        counts = Counter(_terms(reading.text, folded=folded))
        probability = 1.0 if len(readings) == 1 or reading is readings[0] else reading.probability
        for term, count in counts.items():
            weights[term] = max(weights.get(term, 0.0), count * probability)
    for long, confidence in longs:
        for term in _terms(long, folded=folded):
            weights[term] = max(weights.get(term, 0.0), confidence)
    names = Counter((item.start_char, item.end_char) for item in related)
    for item in related:
        share = item.weight / math.sqrt(names[item.start_char, item.end_char])
        for term in _terms(item.phrase, folded=folded):
            weights[term] = max(weights.get(term, 0.0), share)
    return weights


def _terms(text: str, *, folded: bool) -> list[str]:
    runs = tokenize(text)
    return terms_of(fold_runs(runs) if folded else runs)
