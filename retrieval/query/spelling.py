"""Restores the marks and typing errors of a question, with the words of the knowledge base.

Every token gets candidates - as it stands, with marks added, read as Telex or VNI keys, with one
letter mended - and each candidate a cost: how unlikely it is that a writer who means it types
what stands there (the noisy channel of Kernighan, Church & Gale 1990). A beam search over the
trigrams of `kb.lexicon` picks the sequences that are likely as a whole. A false correction harms
more than a missed one, so what the texts know as it is typed is not doubted.
"""

import math
import re
import string
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np

from kb.lexicon import NUMBER, START, UNKNOWN, Floats, Ids, Lexicon
from kb.syllables import (
    Pattern,
    compose,
    parse_syllable,
    read_pattern,
    telex_pattern,
    vni_pattern,
)
from kb.terms import Token, fold_token, token_spans
from kb.text import has_diacritics, to_matching_form, to_reading_form

Kind = Literal["diacritics", "telex", "vni", "spelling"]

# Questions are short; of a pasted page only the beginning is read closely.
MAX_TOKENS = 200
MAX_READINGS = 5

_BEAM = 24
_MAX_CANDIDATES = 24

# Costs are negative natural logarithms. Chosen on generated errors and held-out documents.
_PLAIN_SHARE = 0.25  # of the syllables of running text; they have no mark to lose
_FULL_RESTORE = 5.0  # marks of one token missing in a text that is marked throughout
_UNKNOWN_PLAIN = 4.0  # what an unknown plain word of a marked text is given back
_MISPLACED_TONE = 0.2
_WRONG_MARK = 4.0
_KEYS = 1.0  # Telex or VNI keys left over
_KEYS_OF_KNOWN = 9.0  # the same, where the texts know the token as it stands
_KEYS_INCOMPLETE = 1.0
_WITH_NUMBER = 3.0
_DOUBLED, _SWAPPED, _MISSING, _EXTRA, _REPLACED = 2.5, 3.5, 4.5, 5.0, 6.0
_GLUED = 3.0
_RARE = 9.0  # what speaks for a word that only the background knows, against mending it
_NAME = 5.0  # what a capital inside the text speaks for a name, against changing it
_LEAST_EDIT_LENGTH = 3
_LONGEST_SYLLABLE = 8  # with a doubled letter; "nghiêng" has seven

_VOWEL = re.compile("[aeiouy]")
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBERED = re.compile(r"(?P<word>[^\W\d_]{2,})(?P<number>\d+)")
_LABEL = re.compile(r"[^\W\d_]\d")  # "a1" is a name rather than "á" in VNI
_MIXED = re.compile(r"[^\W\d_]+\d[^\W_]*")


class Reading(NamedTuple):
    """One way to read a question."""

    text: str
    probability: float


class Correction(NamedTuple):
    """A token that the best reading changes.

    Attributes:
        start_char: Offset in the reading form of what was typed.
        end_char: End of it, exclusive.
        typed: What stands there.
        read: What it is taken for.
        kind: Which error it is.
    """

    start_char: int
    end_char: int
    typed: str
    read: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Restoration:
    """What a question probably means.

    Attributes:
        text: The best reading; what was not changed is as it was typed.
        readings: The best readings with their shares of the probability, at most five.
        corrections: What the best reading changes, in order.
        confidence: Share of the best reading among all that were weighed.
        changed: Whether the best reading differs from what was typed.
    """

    text: str
    readings: tuple[Reading, ...]
    corrections: tuple[Correction, ...]
    confidence: float
    changed: bool


class _Candidate(NamedTuple):
    word: int
    spelling: str | None  # None: as typed
    cost: float
    kind: Kind


@dataclass(slots=True)
class _Slot:
    """A syllable of the question; a glued token has two."""

    token: int
    starts_run: bool
    candidates: list[_Candidate] = field(default_factory=list)


class _Word(NamedTuple):
    """A token and what may be done to it."""

    raw: str
    form: str
    start: int
    end: int
    starts_run: bool
    frozen: bool
    is_name: bool


def restore(
    text: str,
    lexicon: Lexicon,
    *,
    diacritics: bool = True,
    typos: bool = True,
    protected: Sequence[tuple[int, int]] = (),
) -> Restoration:
    """Return the likely readings of a question.

    Numbers, document numbers, abbreviations in capitals and unknown words without a good
    candidate stay. Only the first `MAX_TOKENS` tokens are read closely, the rest stays, too.

    Args:
        text: What was typed.
        lexicon: The words of the knowledge base.
        diacritics: Whether to add missing marks.
        typos: Whether to read keyboard keys and mend letters.
        protected: Spans of the text's reading form that must stay.
    """
    reading = to_reading_form(text)
    words = _words(reading, protected)
    slots = _Proposer(lexicon, words, diacritics=diacritics, typos=typos).slots()
    if not any(item.spelling for slot in slots for item in slot.candidates):
        return Restoration(reading, (Reading(reading, 1.0),), (), 1.0, changed=False)
    paths, probabilities = _search(slots, lexicon)
    readings: list[Reading] = []
    best: tuple[Correction, ...] = ()
    for path, probability in zip(paths[:MAX_READINGS], probabilities, strict=False):
        corrections = _corrections(path, slots, words)
        if not readings:
            best = corrections
        readings.append(Reading(apply_corrections(reading, corrections), probability))
    text, confidence = readings[0]
    return Restoration(text, tuple(readings), best, confidence, changed=bool(best))


# --- tokens ----------------------------------------------------------------------------------


def _words(text: str, protected: Sequence[tuple[int, int]]) -> list[_Word]:
    tokens = _joined(text, token_spans(text)[:MAX_TOKENS])
    capitals = _is_shouted([text[token.start_char : token.end_char] for token in tokens])
    words = []
    for token in tokens:
        start, end = token.start_char, token.end_char
        raw = text[start:end]
        frozen = (
            (not capitals and len(raw) > 1 and raw.isupper())
            or not (_LETTERS.fullmatch(raw) or _MIXED.fullmatch(raw))
            or (start > 0 and text[start - 1].isdigit())
            or _LABEL.fullmatch(raw) is not None
            or any(start < until and begin < end for begin, until in protected)
        )
        is_name = not token.starts_run and raw[0].isupper() and not capitals
        words.append(_Word(raw, token.text, start, end, token.starts_run, frozen, is_name))
    return words


def _joined(text: str, tokens: Sequence[Token]) -> list[Token]:
    """Join what letters and digits without a gap make: "nuo6i" is three tokens to the index."""
    joined: list[Token] = []
    for token in tokens:
        last = joined[-1] if joined else None
        if last and last.end_char == token.start_char:
            raw = text[last.start_char : token.end_char]
            if _MIXED.fullmatch(raw):
                form = to_matching_form(raw)
                joined[-1] = last._replace(text=form, end_char=token.end_char)
                continue
        joined.append(token)
    return joined


def _is_shouted(raws: Sequence[str]) -> bool:
    """Tell whether all is in capitals, so that capitals say nothing."""
    words = [raw for raw in raws if raw.isalpha()]
    possible = sum(_VOWEL.search(fold_token(raw.lower())) is not None for raw in words)
    return len(words) >= 3 and all(map(str.isupper, words)) and possible * 3 >= len(words) * 2


# --- candidates ------------------------------------------------------------------------------


class _Proposer:
    """Finds what each token may stand for."""

    def __init__(
        self, lexicon: Lexicon, words: Sequence[_Word], *, diacritics: bool, typos: bool
    ) -> None:
        self._lexicon = lexicon
        self._words = words
        self._diacritics = diacritics
        self._typos = typos
        self._restore_cost = self._cost_of_missing_marks()

    def _cost_of_missing_marks(self) -> float:
        """Return the cost of missing marks: none if there are none at all."""
        syllables = [word for word in self._words if not word.frozen and parse_syllable(word.form)]
        marked = sum(has_diacritics(word.form) for word in syllables)
        if not marked:
            return 0.0
        expected = len(syllables) * (1 - _PLAIN_SHARE)
        dropped = max(1 - marked / expected, 0.0)
        return min(-math.log(max(dropped, 1e-9)), _FULL_RESTORE)

    def slots(self) -> list[_Slot]:
        slots: list[_Slot] = []
        for position, word in enumerate(self._words):
            halves = self._halves(word)
            if halves:
                for index, half in enumerate(halves):
                    slots.append(_Slot(position, word.starts_run and not index, half))
            else:
                slots.append(_Slot(position, word.starts_run, self._candidates(position)))
        return slots

    def _candidates(self, position: int) -> list[_Candidate]:
        word = self._words[position]
        lexicon = self._lexicon
        word_id = lexicon.id_of(word.form)
        typed = _Candidate(word_id, None, 0.0, "spelling")
        if word.frozen or word_id == NUMBER:
            return [typed]
        if not word.form.isalpha():
            keys = self._read_keys(word.form, vni_pattern, "vni")
            return _cheapest([typed, *keys, *self._numbered(word.form)], lexicon)
        pattern = read_pattern(word.form)
        is_known = word_id != UNKNOWN
        found = [typed]
        if not pattern.marks:
            if self._diacritics and not self._stands(position):
                found += self._marked(pattern)
            if not is_known and self._restore_cost and found[1:]:
                given_back = _UNKNOWN_PLAIN + (_NAME if word.is_name else 0.0)
                found[0] = typed._replace(cost=-given_back)
        elif self._diacritics and not lexicon.count(word.form):
            found += self._remarked(word.form, pattern, is_known=is_known)
        if self._typos and not (is_known and compose(pattern)):
            cost = _KEYS_OF_KNOWN if is_known else _KEYS
            found += self._read_keys(word.form, telex_pattern, "telex", cost)
        if self._typos and not (pattern.marks and is_known) and not self._is_read(pattern):
            found += self._mended(pattern, _RARE if len(found) > 1 or is_known else 0.0)
        if word.is_name and self._restore_cost:
            found[1:] = [item._replace(cost=item.cost + _NAME) for item in found[1:]]
        return _cheapest(found, lexicon)

    def _is_read(self, pattern: Pattern) -> bool:
        """Tell whether the texts hold a token with the marks that it has, or more."""
        lexicon = self._lexicon
        return any(
            lexicon.occurs(index) and pattern.fits(read_pattern(lexicon.words[index]))
            for index in lexicon.forms(pattern.folded)
        )

    def _stands(self, position: int) -> bool:
        """Tell whether the texts know a plain token as it stands, beside what stands there."""
        if not self._restore_cost:
            return False
        lexicon, words = self._lexicon, self._words
        word = words[position]
        if not lexicon.count(word.form):
            return False
        word_id = lexicon.id_of(word.form)
        if position and not word.starts_run:
            left = lexicon.id_of(words[position - 1].form)
            if lexicon.has_bigram(left, word_id):
                return True
        if position + 1 < len(words) and not words[position + 1].starts_run:
            return lexicon.has_bigram(word_id, lexicon.id_of(words[position + 1].form))
        return False

    def _marked(self, pattern: Pattern) -> Iterator[_Candidate]:
        for index in self._lexicon.forms(pattern.letters):
            spelling = self._lexicon.words[index]
            if spelling != pattern.letters:
                yield _Candidate(index, spelling, self._restore_cost, "diacritics")

    def _remarked(self, form: str, pattern: Pattern, *, is_known: bool) -> Iterator[_Candidate]:
        """Yield other marks for a marked token that the texts do not hold."""
        doubt = _RARE if is_known else 0.0
        for index in self._lexicon.forms(pattern.folded):
            spelling = self._lexicon.words[index]
            other = read_pattern(spelling)
            if spelling == form:
                continue
            if other == pattern:
                yield _Candidate(index, spelling, _MISPLACED_TONE, "spelling")
            elif pattern.fits(other):
                yield _Candidate(index, spelling, doubt + self._restore_cost, "diacritics")
            elif not is_known and self._typos and (wrong := _differences(pattern, other)) <= 2:
                yield _Candidate(index, spelling, _WRONG_MARK * wrong, "spelling")

    def _read_keys(
        self, form: str, decode: Callable[[str], Pattern | None], kind: Kind, cost: float = _KEYS
    ) -> Iterator[_Candidate]:
        pattern = decode(form) if self._typos and len(form) <= 2 * _LONGEST_SYLLABLE else None
        if pattern is None:
            return
        for index in self._lexicon.forms(pattern.folded):
            spelling = self._lexicon.words[index]
            other = read_pattern(spelling)
            if other == pattern:
                yield _Candidate(index, spelling, cost, kind)
            elif pattern.fits(other):
                yield _Candidate(index, spelling, cost + _KEYS_INCOMPLETE, kind)

    def _numbered(self, form: str) -> Iterator[_Candidate]:
        """Yield marks for a word with its number: "thon3" is "thôn 3"."""
        match = _NUMBERED.fullmatch(form)
        if match is None or not self._diacritics or read_pattern(match["word"]).marks:
            return
        for index in self._lexicon.forms(match["word"]):
            spelling = self._lexicon.words[index]
            if parse_syllable(spelling):
                cost = _WITH_NUMBER + self._restore_cost
                yield _Candidate(index, spelling + match["number"], cost, "diacritics")

    def _mended(self, pattern: Pattern, doubt: float) -> Iterator[_Candidate]:
        """Yield the syllables of the texts that are one slip of the finger away."""
        folded = pattern.folded
        if not _LEAST_EDIT_LENGTH <= len(folded) <= _LONGEST_SYLLABLE + 1:
            return
        if not folded.isascii():
            return
        lexicon = self._lexicon
        for letters, cost in _edits(folded).items():
            for index in lexicon.forms(letters):
                spelling = lexicon.words[index]
                if not lexicon.count(spelling):
                    continue
                other = read_pattern(spelling)
                if compose(other) is None or not _keeps_marks(pattern, other):
                    continue
                added = self._restore_cost if other.marks > pattern.marks else 0.0
                yield _Candidate(index, spelling, doubt + cost + added, "spelling")

    def _halves(self, word: _Word) -> list[list[_Candidate]]:
        """Return the candidates of two syllables that were typed without a space, if they were."""
        lexicon = self._lexicon
        if not self._typos or word.frozen or not word.form.isalpha() or len(word.form) < 4:
            return []
        pattern = read_pattern(word.form)
        if len(word.form) > 2 * _LONGEST_SYLLABLE or lexicon.forms(pattern.folded):
            return []
        best: list[list[_Candidate]] = []
        best_count = 1.0  # a compound of the word list alone is no evidence
        for cut in range(2, len(word.form) - 1):
            left = self._part(word.form[:cut])
            right = self._part(word.form[cut:]) if left else []
            if not right:
                continue
            counts = lexicon.bigram_counts(_ids(left)[:, None], _ids(right))
            if counts.max() > best_count:
                best_count = float(counts.max())
                best = [left, right]
        return best

    def _part(self, form: str) -> list[_Candidate]:
        pattern = read_pattern(form)
        if not parse_syllable(form) and pattern.marks:
            return []
        indices = [
            index
            for index in self._lexicon.forms(pattern.folded)
            if pattern.fits(other := read_pattern(self._lexicon.words[index]))
            and compose(other)
            and (self._diacritics or other == pattern)
        ]
        return [
            _Candidate(index, self._lexicon.words[index], _GLUED / 2, "spelling")
            for index in indices
        ]


def _cheapest(found: Sequence[_Candidate], lexicon: Lexicon) -> list[_Candidate]:
    """Return each spelling once, and only the likeliest if there are many."""
    best: dict[str | None, _Candidate] = {}
    for candidate in found:
        known = best.get(candidate.spelling)
        if known is None or candidate.cost < known.cost:
            best[candidate.spelling] = candidate
    kept = list(best.values())
    if len(kept) <= _MAX_CANDIDATES:
        return kept
    likely = np.log(lexicon.unigram(_ids(kept))) - [candidate.cost for candidate in kept]
    order = np.argsort(-likely[1:], kind="stable")[: _MAX_CANDIDATES - 1]
    return [kept[0], *(kept[index + 1] for index in sorted(order.tolist()))]


def _ids(candidates: Sequence[_Candidate]) -> Ids:
    return np.array([candidate.word for candidate in candidates], np.int64)


def _differences(typed: Pattern, other: Pattern) -> int:
    letters = zip(typed.letters, other.letters, strict=True)
    return sum(mine != its for mine, its in letters) + (typed.tone != other.tone)


def _keeps_marks(typed: Pattern, other: Pattern) -> bool:
    """Tell whether another syllable has the marks that were typed, whatever their place."""
    if typed.tone not in ("", other.tone):
        return False
    return all(letter in other.letters for letter in typed.letters if not letter.isascii())


def _edits(folded: str) -> dict[str, float]:
    """Return what one slip may have made into the letters, with its cost."""
    found: dict[str, float] = {}

    def add(letters: str, cost: float) -> None:
        if letters != folded and cost < found.get(letters, math.inf):
            found[letters] = cost

    for index, char in enumerate(folded):
        head, tail = folded[:index], folded[index + 1 :]
        add(head + tail, _DOUBLED if tail[:1] == char else _EXTRA)
        if tail:
            add(head + tail[0] + char + tail[1:], _SWAPPED)
        for letter in string.ascii_lowercase:
            add(head + letter + tail, _REPLACED)
            add(head + letter + char + tail, _MISSING)
    for letter in string.ascii_lowercase:
        add(folded + letter, _MISSING)
    return found


# --- search ----------------------------------------------------------------------------------


def _search(slots: Sequence[_Slot], lexicon: Lexicon) -> tuple[list[list[int]], list[float]]:
    """Return the best paths (a candidate's index for each slot) and their shares."""
    before = last = np.array([START], np.int64)
    scores: Floats = np.zeros(1)
    steps: list[tuple[Ids, Ids]] = []
    for slot in slots:
        if slot.starts_run:
            before = last = np.full(len(scores), START, np.int64)
        words = _ids(slot.candidates)
        costs = np.array([candidate.cost for candidate in slot.candidates])
        totals = scores[:, None] + lexicon.log_probabilities(before, last, words) - costs
        flat = totals.ravel()
        # Stable, so that equal scores do not depend on the machine.
        chosen = np.argsort(-flat, kind="stable")[:_BEAM]
        parents, picks = np.divmod(chosen, len(words))
        steps.append((parents, picks))
        scores = flat[chosen]
        before, last = last[parents], words[picks]
    shares = np.exp(scores - scores[0])
    shares /= shares.sum()
    paths = []
    for end in range(min(len(scores), MAX_READINGS)):
        path, at = [], end
        for parents, picks in reversed(steps):
            path.append(int(picks[at]))
            at = int(parents[at])
        paths.append(path[::-1])
    return paths, [float(share) for share in shares]


def _corrections(
    path: Sequence[int], slots: Sequence[_Slot], words: Sequence[_Word]
) -> tuple[Correction, ...]:
    spellings: dict[int, list[str]] = {}
    kinds: dict[int, Kind] = {}
    for slot, pick in zip(slots, path, strict=True):
        candidate = slot.candidates[pick]
        if candidate.spelling is not None:
            spellings.setdefault(slot.token, []).append(candidate.spelling)
            kinds[slot.token] = candidate.kind
    corrections = []
    for position, parts in spellings.items():
        word = words[position]
        read = _in_case_of(word.raw, " ".join(parts))
        if read != word.raw:
            corrections.append(Correction(word.start, word.end, word.raw, read, kinds[position]))
    return tuple(corrections)


def _in_case_of(raw: str, spelling: str) -> str:
    letters = [char for char in raw if char.isalpha()]
    if len(letters) > 1 and all(map(str.isupper, letters)):
        return spelling.upper()
    if letters and letters[0].isupper():
        return spelling[0].upper() + spelling[1:]
    return spelling


def apply_corrections(text: str, corrections: Sequence[Correction]) -> str:
    """Return a text with its corrections, which must be in order and apart."""
    parts = []
    end = 0
    for correction in corrections:
        parts += [text[end : correction.start_char], correction.read]
        end = correction.end_char
    return "".join([*parts, text[end:]])
