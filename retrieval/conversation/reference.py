"""How a question points back, and the words around it that only frame it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from retrieval.conversation.wording import Phrase, Words

Noun = Literal["case", "place", "people"]


class ReferenceKind(StrEnum):
    """How a question points back."""

    PLACE_CHANGE = "place_change"
    YEAR_CHANGE = "year_change"
    TOPIC_CHANGE = "topic_change"
    ORDINAL = "ordinal"
    PRONOUN = "pronoun"
    ELLIPSIS = "ellipsis"
    MORE = "more"


@dataclass(frozen=True, slots=True)
class Reference:
    """The words of a question that point back.

    Attributes:
        kind: How they do it.
        start_char: Offset in the reading form of the question.
        end_char: End, exclusive.
        text: The words.
        positions: Of an ordinal: which cases, from 1; from the end they are negative.
        count: Of a pronoun: how many are meant; 1, a number, or 0 for all of them.
        noun: Of a pronoun: what it stands for. Of more: `place` if other places are asked for.
        place: The new place as written, with its rank.
        year: The new year or years as written.
        topic: The new subject as written.
        is_alone: Whether nothing else in the question names a subject.
    """

    kind: ReferenceKind
    start_char: int
    end_char: int
    text: str
    positions: tuple[int, ...] = ()
    count: int = 1
    noun: Noun = "case"
    place: str = ""
    year: str = ""
    topic: str = ""
    is_alone: bool = True


# --- frames ----------------------------------------------------------------------------------

LEAD = Phrase(
    "(?:(?:thế còn|vậy còn|thế thì|vậy thì|còn|thế|vậy|rồi|và|à|ừ|dạ|nhưng|xin|hãy|"
    "(?:quay|trở) lại(?: với)?|"
    "cho (?:(?:tôi|em|mình|anh|chị) )?(?:biết|hỏi|xem)|xin hỏi|hỏi)(?= |$) ?)+"
)
SURE_LEAD = Phrase("(?:thế còn|vậy còn|còn|thế|vậy|(?:quay|trở) lại)")
_TAIL = Phrase(
    "(?:thì (?:sao|thế nào|như thế nào|ra sao|làm thế nào)|như thế nào|thế nào|ra sao|"
    "làm thế nào|có không|sao|không)(?: (?:nhỉ|hả|vậy|ạ|thế|bạn|em|anh|chị))*"
)
SURE_TAIL = Phrase("thì (?:sao|thế nào|như thế nào|ra sao)(?: (?:nhỉ|hả|vậy|ạ))*")
_POLITE_TAIL = Phrase("(?:nhỉ|hả|vậy|ạ|thế|nhé)")


def reference_at(words: Words, kind: ReferenceKind, start: int, end: int) -> Reference:
    """Return a reference that stands on a stretch of the line of words."""
    start_char, end_char = words.span(start, end)
    return Reference(kind, start_char, end_char, words.text[start_char:end_char])


def reference_of_all(words: Words, kind: ReferenceKind) -> Reference:
    """Return a reference that is the whole question."""
    return reference_at(words, kind, 0, len(words.line))


def is_framed(words: Words) -> bool:
    """Tell whether a question opens or ends as only a follow-up does."""
    opens = SURE_LEAD.of(words).match(words.line) is not None
    return opens or any(
        match.end() == len(words.line) for match in SURE_TAIL.of(words).finditer(words.line)
    )


def core_of(words: Words) -> tuple[int, int]:
    """Return the stretch of the line without its frame ("còn", "thì sao"); may be empty."""
    lead = LEAD.of(words).match(words.line)
    start = lead.end() if lead else 0
    end = len(words.line)
    for match in _TAIL.of(words).finditer(words.line, start):
        if match.end() == end:
            end = match.start()
            break
    for match in _POLITE_TAIL.of(words).finditer(words.line, start):
        if match.end() == end:
            end = match.start()
    while start < end and words.line[start] == " ":
        start += 1
    while end > start and words.line[end - 1] == " ":
        end -= 1
    return start, end
