"""Sentences that state the figure that a question asks for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.figures import is_money_unit
from kb.models import Document, Span
from kb.terms import Token, fold_token, token_spans
from kb.text import fold
from retrieval.answering.evidence import Need, Sentence
from retrieval.answering.question_types import (
    DATE,
    MONEY,
    PERCENT,
    Ask,
    kinds_of_money,
    same_units,
)
from retrieval.matching import form_of
from retrieval.query import Query

# What stands before the text of a list item: a bullet, or a short number.
LIST_MARKER = re.compile(r"(?:[-•+*]|\d{1,2}[.)])\s+(?=\S)")
_DATE = re.compile(
    r"\b\d{1,2}[/-](?:\d{1,2}[/-])?\d{4}\b|\bnăm \d{4}\b|\b(?:19|20)\d\d\b|\btháng \d{1,2}\b",
    re.IGNORECASE,
)
# A unit stands among so many syllables after its number ("300 căn Mái ấm" for "mái ấm").
_WINDOW = 3
# How much the sentence itself must speak of what is asked, beside its document.
_OWN_SHARE = 0.4
# A sum of another kind than asked for ("vốn" for "lãi") is not the answer; one of no kind may be.
_OTHER_KIND, _NO_KIND = 0.4, 0.85
_YEAR_ASKED = re.compile(r"\bnam ((?:19|20)\d\d)\b")
# What a number after them names and does not count.
_NUMBERED = frozenset(
    "ấp thôn tổ khu khóm phường quận hẻm đội số điều khoản vực đường đoàn chi".split()
)
_YEAR = re.compile(r"\b(?:19|20)\d\d\b")
_PERCENT_WORDS = frozenset({"phần", "trăm", "phan", "tram"})
_MEASURES = frozenset("kg tấn tạ yến lít ha m2 m3 khối ký kí km m mét".split())
_HALF_UNIT, _ANY_UNIT = 0.85, 0.8


@dataclass(frozen=True, slots=True)
class FigureSentence:
    """A sentence that states a figure of the unit asked for; `score` in [0, 1]."""

    span: Span
    score: float


def figure_sentences(
    document: Document, ask: Ask, query: Query, need: Need, sentences: Sequence[Sentence]
) -> list[FigureSentence]:
    """Return the sentences of a document that may answer, best first.

    Args:
        document: The document.
        ask: The figure asked for.
        query: The question.
        need: Its content.
        sentences: The document's sentences as `rank_sentences` scored them.
    """
    years = set(_YEAR_ASKED.findall(fold(query.text.lower())))
    if years and not any(year in document.text for year in years):
        return []
    there = {form_of(token, query) for token in token_spans(document.text)}
    asked = {form_of(token, query) for token in token_spans(ask.text)} & need.weights.keys()
    asked -= _PERCENT_WORDS
    wanted = asked & there
    if ask.unit in {PERCENT, ""} and asked and not wanted:
        return []  # any number would fit, so a word at least must tell that it is this one
    total = sum(need.weights[form] for form in wanted) or 1.0
    found = []
    for sentence in sentences:
        span = without_marker(document, sentence.span)
        text = document.text[span.start_char : span.end_char]
        stated = set(_YEAR.findall(text))
        if years and stated and not years & stated:
            continue  # another year's figure
        tokens = token_spans(text)
        fit = _fit(text, tokens, ask, query)
        own = {form_of(token, query) for token in tokens}
        if ask.unit == DATE and not (text.startswith("Thời gian:") or wanted & own):
            continue  # the date of something else
        if fit:
            share = sum(need.weights[form] for form in wanted & own) / total
            score = fit * ((1 - _OWN_SHARE) * sentence.score + _OWN_SHARE * share)
            found.append(FigureSentence(span, score))
    return sorted(found, key=lambda item: (-item.score, item.span.start_char))


def without_marker(document: Document, span: Span) -> Span:
    """Return a span without the bullet or number of a list item at its start."""
    marker = LIST_MARKER.match(document.text, span.start_char, span.end_char)
    return Span(marker.end(), span.end_char) if marker else span


def _fit(text: str, tokens: Sequence[Token], ask: Ask, query: Query) -> float:
    """Return how well a figure of a sentence has the unit asked for, 0 if none has."""
    if ask.unit == DATE:
        return 1.0 if _DATE.search(text) else 0.0
    numbers = [position for position, token in enumerate(tokens) if _is_number(token)]
    if not numbers:
        return 0.0
    if ask.unit == PERCENT:
        return 1.0 if "%" in text or "phần trăm" in text.lower() else 0.0
    if ask.unit == MONEY:
        if not any(_is_money(tokens, position) for position in numbers):
            return 0.0
        return _kind_fit(text, ask)
    if not ask.unit:
        dates = [(match.start(), match.end()) for match in _DATE.finditer(text)]
        counts = any(
            not any(start <= tokens[position].start_char < end for start, end in dates)
            and not (position and tokens[position - 1].text in _NUMBERED)
            for position in numbers
        )
        return _ANY_UNIT if counts and not text.startswith("Địa bàn:") else 0.0
    units = [unit.split(" ") for unit in same_units(ask.unit)]
    fit = max(
        (_unit_fit(tokens, position, unit, query) for position in numbers for unit in units),
        default=0.0,
    )
    return fit or max(_mass_fit(tokens, position, units, query) for position in numbers)


def _mass_fit(
    tokens: Sequence[Token], position: int, units: Sequence[Sequence[str]], query: Query
) -> float:
    """Return how well a measured amount is of the stuff asked for ("gạo góp được: 201 kg")."""
    measure = tokens[position + 1].text if position + 1 < len(tokens) else ""
    if measure not in _MEASURES:
        return 0.0
    before = {form_of(token, query) for token in tokens[:position]}
    stuff = {unit[0] if query.is_accented else fold_token(unit[0]) for unit in units}
    return _HALF_UNIT if stuff & before else 0.0


def _is_number(token: Token) -> bool:
    return token.text[0].isdigit() and "/" not in token.text


def _is_money(tokens: Sequence[Token], position: int) -> bool:
    return any(is_money_unit(token.text) for token in tokens[position + 1 : position + 3])


def _kind_fit(text: str, ask: Ask) -> float:
    if not ask.kinds:
        return 1.0
    kinds = kinds_of_money(text)
    if not kinds:
        return _NO_KIND
    return 1.0 if kinds & ask.kinds else _OTHER_KIND


def _unit_fit(tokens: Sequence[Token], position: int, unit: Sequence[str], query: Query) -> float:
    after = [form_of(token, query) for token in tokens[position + 1 : position + 2 + _WINDOW]]
    wanted = [word if query.is_accented else fold_token(word) for word in unit]
    for place, form in enumerate(after[:_WINDOW]):
        if form == wanted[0]:
            whole = after[place : place + len(wanted)] == wanted
            return 1.0 if whole else _HALF_UNIT
    return 0.0
