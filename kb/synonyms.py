"""Other words for the same need: everyday wording and officialese, North and South.

The groups are `data/synonyms.tsv`: "=" groups mean the same, "~" groups are related. A phrase
marked with ">" is offered for the others but never looked for, since it is too short or has too
many meanings to start from.
"""

from dataclasses import dataclass
from functools import cache

from kb.phrases import PhraseTable, Tokens, phrase_key, read_rows

_WEIGHTS = {"=": 0.6, "~": 0.3}
_LIMIT = 24


@dataclass(frozen=True, slots=True)
class Related:
    """A phrase that says the same as one in the text, or something close.

    Attributes:
        phrase: The other phrase.
        weight: 0 to 1.
        because: The words of the text that it stands for.
        start_char: Where these begin in the NFC text.
        end_char: End of them, exclusive.
    """

    phrase: str
    weight: float
    because: str
    start_char: int
    end_char: int


@dataclass(frozen=True, slots=True)
class SynonymGroup:
    """A line of the list.

    Attributes:
        weight: How much the meaning of one phrase is that of another.
        cues: Phrases that are looked for.
        phrases: Phrases that are offered: the cues and those marked with ">".
    """

    weight: float
    cues: tuple[str, ...]
    phrases: tuple[str, ...]


@cache
def synonym_groups() -> tuple[SynonymGroup, ...]:
    """Return the list."""
    groups = []
    for strength, line in read_rows("synonyms.tsv", 2):
        marked = [phrase.strip() for phrase in line.split("|")]
        groups.append(
            SynonymGroup(
                _WEIGHTS[strength],
                tuple(phrase for phrase in marked if not phrase.startswith(">")),
                tuple(phrase.lstrip(">") for phrase in marked),
            )
        )
    return tuple(groups)


@cache
def _cues() -> PhraseTable[int]:
    return PhraseTable(
        (cue, number) for number, group in enumerate(synonym_groups()) for cue in group.cues
    )


@cache
def _phrase_keys(number: int, folded: bool) -> tuple[tuple[str, str], ...]:
    return tuple((p, f" {phrase_key(p, folded=folded)} ") for p in synonym_groups()[number].phrases)


def related_phrases(text: str, *, folded: bool = False) -> list[Related]:
    """Return other phrases for what a text says, strongest first, at most 24.

    Args:
        text: Any text; offsets refer to its NFC.
        folded: Match without diacritics also where the text has some; a text without any is
            always matched so.

    Example:
        >>> [related.phrase for related in related_phrases("ve chai")][:1]
        ['phế liệu']
    """
    tokens = Tokens(text, folded=True if folded else None)
    said = f" {' '.join(tokens.forms)} "
    best: dict[str, Related] = {}
    for match in _cues().find_longest(tokens):
        for number in match.values:
            weight = synonym_groups()[number].weight
            for phrase, key in _phrase_keys(number, tokens.folded):
                known = best.get(key)
                if key in said or (known is not None and known.weight >= weight):
                    continue
                because = tokens.text[match.start_char : match.end_char]
                best[key] = Related(phrase, weight, because, match.start_char, match.end_char)
    ranked = sorted(best.values(), key=lambda related: (-related.weight, related.start_char))
    return ranked[:_LIMIT]
