"""Tables of phrases and where they stand in a text, with or without diacritics.

The vocabularies of the domain (abbreviations, synonyms, facets) are lists of phrases; all of them
are matched by the same rules. A phrase is a run of tokens (`kb.terms.token_spans`): it stands in
a text if its tokens do, side by side, whatever the case and the tone style, and it never crosses
the end of a sentence or a bracket.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Generic, TypeVar

from kb.terms import Token, fold_token, token_spans
from kb.text import has_diacritics

T = TypeVar("T")

_SYLLABLE = re.compile(
    r"(?:ngh|ng|nh|ch|gh|gi|kh|ph|qu|th|tr|[bcdghklmnpqrstvx])?"
    r"[aeiouy]{1,3}(?:ch|ng|nh|[cmnpt])?"
)


@lru_cache(maxsize=4_096)
def is_syllable(folded: str) -> bool:
    """Tell whether a folded token may be a Vietnamese syllable that lost its marks.

    Example:
        >>> is_syllable("hu"), is_syllable("htx")
        (True, False)
    """
    return _SYLLABLE.fullmatch(folded) is not None


@dataclass(frozen=True, slots=True)
class PhraseMatch(Generic[T]):
    """A phrase of a table in a text.

    Attributes:
        values: What the table holds for the phrase, in the order of the table.
        start: Index of its first token.
        end: Index after its last token.
        start_char: Offset in the NFC text.
        end_char: End of it, exclusive.
    """

    values: tuple[T, ...]
    start: int
    end: int
    start_char: int
    end_char: int


class Tokens:
    """The tokens of one text, ready to be looked up in tables.

    Attributes:
        text: The text in NFC; offsets refer to it.
        spans: Its tokens.
        folded: Whether phrases are matched without diacritics.
        forms: The tokens as they are looked up.
        run_ends: For each token the index at which its run ends.
    """

    __slots__ = ("folded", "forms", "run_ends", "spans", "text")

    def __init__(self, text: str, *, folded: bool | None = None) -> None:
        """Tokenise.

        Args:
            text: Any text.
            folded: Match without diacritics; None leaves it to the text: only one without any
                mark is matched so, because in a marked text "bán" is not "bản".
        """
        self.text = unicodedata.normalize("NFC", text)
        self.spans: Sequence[Token] = token_spans(self.text)
        self.folded = (not has_diacritics(self.text)) if folded is None else folded
        forms = [span.text for span in self.spans]
        self.forms: Sequence[str] = [fold_token(form) for form in forms] if self.folded else forms
        ends = [0] * len(forms)
        end = len(forms)
        for index in range(len(forms) - 1, -1, -1):
            ends[index] = end
            if self.spans[index].starts_run:
                end = index
        self.run_ends: Sequence[int] = ends


class PhraseTable(Generic[T]):
    """Phrases with values, looked up by the tokens of a text.

    A phrase of one syllable ("lợn", "vay") is not matched in folded text, where it may be any of
    several words ("lon", "vây"); abbreviations and longer phrases are distinct enough.
    """

    def __init__(self, entries: Iterable[tuple[str, T]]) -> None:
        """Build the table; several entries of one phrase add up.

        Args:
            entries: A phrase and its value.
        """
        self._accented: dict[str, list[T]] = {}
        self._folded: dict[str, list[T]] = {}
        self._longest_accented: dict[str, int] = {}
        self._longest_folded: dict[str, int] = {}
        for phrase, value in entries:
            forms = [token.text for token in token_spans(phrase)]
            if not forms:
                continue
            _add(self._accented, self._longest_accented, forms, value)
            folded = [fold_token(form) for form in forms]
            if len(forms) > 1 or not is_syllable(folded[0]):
                _add(self._folded, self._longest_folded, folded, value)

    def find(self, tokens: Tokens) -> Iterator[PhraseMatch[T]]:
        """Yield every phrase in the text, also those inside longer ones; longest first."""
        table = self._folded if tokens.folded else self._accented
        longest = self._longest_folded if tokens.folded else self._longest_accented
        forms = tokens.forms
        for start, form in enumerate(forms):
            size = longest.get(form)
            if size is None:
                continue
            for end in range(min(start + size, tokens.run_ends[start]), start, -1):
                values = table.get(" ".join(forms[start:end]))
                if values is not None:
                    yield PhraseMatch(
                        tuple(values),
                        start,
                        end,
                        tokens.spans[start].start_char,
                        tokens.spans[end - 1].end_char,
                    )

    def find_longest(self, tokens: Tokens) -> Iterator[PhraseMatch[T]]:
        """Yield the phrases from left to right, the longest at each place, none overlapping."""
        free = 0
        for match in self.find(tokens):
            if match.start >= free:
                free = match.end
                yield match


def _add(table: dict[str, list[T]], longest: dict[str, int], forms: list[str], value: T) -> None:
    values = table.setdefault(" ".join(forms), [])
    if value not in values:
        values.append(value)
    longest[forms[0]] = max(len(forms), longest.get(forms[0], 0))


def phrase_key(phrase: str, *, folded: bool = False) -> str:
    """Return the form in which two spellings of a phrase are equal."""
    forms = (token.text for token in token_spans(unicodedata.normalize("NFC", phrase)))
    return " ".join(map(fold_token, forms) if folded else forms)


def read_rows(name: str, columns: int) -> list[list[str]]:
    """Return the rows of a table in `kb/data`, padded to a number of columns.

    Empty lines and lines that begin with "#" are left out.
    """
    text = resources.files("kb").joinpath("data", name).read_text(encoding="utf-8")
    rows = (line.split("\t") for line in text.splitlines() if line and not line.startswith("#"))
    return [row + [""] * (columns - len(row)) for row in rows]
