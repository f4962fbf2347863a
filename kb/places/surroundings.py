"""What stands around a name in a text: rank words, capitals, a longer name, a person or a thing."""

import re

from kb.places.name_index import NameHit, Token, tokens_of
from kb.places.name_words import (
    ACCENTED_RANK,
    BEFORE_PERSON,
    BEFORE_PRODUCT,
    BEFORE_THING,
    LETTER_RANKS,
    MANY,
    OPENERS,
    PLAIN_RANK_PAIRS,
    PLAIN_RANKS,
    RANK_PAIRS,
    RANKS,
)

_INNER_GAP = re.compile(r"\s{1,3}|\s?[-–—'’ʼ`]\s?|")
_RANK_GAP = re.compile(r"\s*\.?\s*")


class Surroundings:
    """A text in syllables, and what stands around each of them.

    Attributes:
        text: The text.
        tokens: Its syllables.
        taken: Whether a syllable belongs to a place that was found, one each.
        is_plain: The text carries no marks at all, so that their lack says nothing.
        is_shouting: The text is all in capitals, so that they say nothing.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[Token] = tokens_of(text)
        self.taken = [False] * len(self.tokens)
        self.is_plain = all(token.form == token.folded for token in self.tokens)
        self.is_shouting = text.isupper()
        self._ranks: dict[int, tuple[str, str] | None] = {}

    def gap(self, index: int) -> str:
        """Return what stands between a token and the one before it."""
        return self.text[self.tokens[index - 1].end : self.tokens[index].start]

    def rank(self, index: int) -> tuple[str, str] | None:
        """Return the kind and the words of the rank that stands right before a token."""
        if index not in self._ranks:
            self._ranks[index] = self._find_rank(index)
        return self._ranks[index]

    def _find_rank(self, index: int) -> tuple[str, str] | None:
        if index == 0 or not _RANK_GAP.fullmatch(gap := self.gap(index)):
            return None
        word = self.tokens[index - 1].form
        if index > 1 and _RANK_GAP.fullmatch(self.gap(index - 1)):
            pair = (self.tokens[index - 2].form, word)
            kind = RANK_PAIRS.get(pair) or (PLAIN_RANK_PAIRS.get(pair) if word.isascii() else None)
            if kind == "hamlet" and self.generic(index - 3):
                return None
            if kind:
                if kind == "thing" and self.tokens[index - 1].capital and word == "xã":
                    return ("commune", word)
                return kind, ACCENTED_RANK.get(" ".join(pair), " ".join(pair))
            if pair == ("t", "p"):
                return "city", "thành phố"
        if word in LETTER_RANKS and len(word) == 1 and "." in gap:
            return LETTER_RANKS[word], word
        kind = RANKS.get(word)
        if kind is None and word in PLAIN_RANKS and self.plain_near(index):
            kind = PLAIN_RANKS[word]
        if kind == "hamlet" and self.generic(index - 2):
            return None
        if kind:
            # A full stop ends an abbreviation, but else a sentence.
            if "." in gap and word not in ("tp", "tx", "tt"):
                return None
            return kind, ACCENTED_RANK.get(word, word)
        return None

    def generic(self, index: int) -> bool:
        """Tell whether a rank word behind a token speaks of many: "các ấp", "ấp, khóm"."""
        return index >= 0 and (self.tokens[index].form in MANY or self.tokens[index].form in RANKS)

    def plain_near(self, index: int) -> bool:
        """Tell whether the words around carry no marks, so that their lack says nothing."""
        if self.is_plain:
            return True
        near = self.tokens[max(0, index - 3) : index + 4]
        return all(token.form == token.folded for token in near)

    def precise(self, hit: NameHit, forms: tuple[str, ...]) -> bool | None:
        """Tell whether a name is spelt with its marks (True) or without some; None: another."""
        tokens = self.tokens[hit.first : hit.end]
        exact = True
        if len(tokens) != len(forms):
            return None
        for token, form in zip(tokens, forms, strict=True):
            if token.form == form:
                continue
            if token.form != token.folded:
                return None
            exact = False
        return exact

    def capitals(self, hit: NameHit) -> bool:
        """Tell whether all syllables of a name are written in capitals."""
        if self.is_shouting:
            return False
        tokens = self.tokens[hit.first : hit.end]
        if not tokens[0].capital or tokens[0].form.isdigit():
            return False
        # "Đắk R'lấp": no capital after an apostrophe.
        return all(
            token.capital or self.gap(index).strip() in tuple("'’ʼ`")
            for index, token in enumerate(tokens[1:], hit.first + 1)
        )

    def inside_longer_name(self, hit: NameHit) -> bool:
        """Tell whether a capitalised word before or after it makes a longer name of it."""
        if hit.first > 0 and self.gap(hit.first) in (" ", "-"):
            before = self.tokens[hit.first - 1]
            raw = self.text[before.start : before.end]
            if (
                before.capital
                and not raw.isdigit()
                and not (raw.isupper() and len(raw) > 1)
                and before.form not in OPENERS
                and not self.taken[hit.first - 1]
                and self.rank(hit.first) is None
            ):
                return True
        if hit.end < len(self.tokens) and self.gap(hit.end) in (" ", "-"):
            after = self.tokens[hit.end]
            if after.capital and not self.taken[hit.end] and not self.is_shouting:
                raw = self.text[after.start : after.end]
                return not raw.isdigit() and after.form not in RANKS and raw[0].isalpha()
        return False

    def named_after(self, hit: NameHit) -> str | None:
        """Return "person" or "thing" if the word before tells that no place is meant."""
        if rank := self.rank(hit.first):
            return rank[0] if rank[0] in ("person", "thing", "hamlet") else None
        if hit.first == 0 or self.gap(hit.first).strip(' "'):
            return None
        before = self.tokens[hit.first - 1].form
        if before in BEFORE_PERSON:
            return "person"
        return "thing" if before in BEFORE_THING else None

    def named_after_product(self, hit: NameHit) -> bool:
        """Tell whether a product is named after the place: "sâm Ngọc Linh"."""
        return hit.first > 0 and self.tokens[hit.first - 1].form in BEFORE_PRODUCT

    def joined(self, index: int) -> bool:
        """Tell whether a syllable and the one before it may belong to one name."""
        gap = self.gap(index)
        if _INNER_GAP.fullmatch(gap):
            return True
        return gap in (".", ". ") and self.tokens[index - 1].form == "tp"
