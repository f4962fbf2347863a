"""Where quoted words stand in stored passages, whatever became of spaces, quotes and case.

A language model copies a sentence with other quotation marks, other spaces, another tone style.
The words are looked for in a normal form that keeps track of where each character came from; what
is cited afterwards is the stretch of the stored text, never the copy.
"""

import unicodedata
from collections.abc import Sequence

from kb.models import Span
from kb.sentences import split_statements
from kb.text import to_matching_form
from retrieval.answering.claim_checks.tokens import content_words
from retrieval.answering.drafts import Quoted
from retrieval.answering.injection import is_instruction

# A quote with less than this holds no fact, and stands in too many sentences.
_LEAST_LETTERS = 8
_QUOTE_MARKS = dict.fromkeys(map(ord, "“”„‟\"«»‘’‚‛'`´"), None)
_DASHES = dict.fromkeys(map(ord, "–—−‐‑‒"), "-")
# Statements that one claim may rest on when its writer gave no quote.
_MOST_STATEMENTS = 3
_LEAST_GAIN = 2


def find_quote(quote: str, passages: Sequence[Quoted]) -> list[Quoted]:
    """Return the statements of the first passage that holds a quote verbatim; empty if none does.

    Whole statements are returned, since half of one may say the opposite of the whole ("không có
    hộ nào" holds "có hộ nào"). They lie inside the passage.

    Args:
        quote: Words that are said to be of a passage.
        passages: Where to look, in order.
    """
    wanted = _normal(quote)[0].strip(" .,;:!?…-")
    if sum(char.isalnum() for char in wanted) < _LEAST_LETTERS:
        return []
    for passage in passages:
        text, offsets = _normal(passage.text)
        start = _find_words(text, wanted)
        if start < 0:
            continue
        first = offsets[start]
        last = offsets[start + len(wanted) - 1] + 1
        touched = Span(passage.span.start_char + first, passage.span.start_char + last)
        return [item for item in statements_of(passage) if item.span.overlaps(touched)]
    return []


def choose_statements(
    claim: str, passages: Sequence[Quoted], *, beside: Sequence[Quoted] = ()
) -> list[Quoted]:
    """Return the statements that together hold most of a claim's words, at most three, in order.

    Each further one adds two words or figures that those before lack: a second fact, and not a
    word that happens to stand there. Ties go to the shorter one, then to the earlier one.
    Instructions that stand in a source are never chosen.

    Args:
        claim: Plain text.
        passages: Where to choose from; all of one document.
        beside: Statements that are quoted already, of the same document: what they and its title
            hold is not looked for.
    """
    missing = set(_forms(claim))
    for item in beside:
        missing -= {*_forms(item.text), *_forms(item.document.title)}
    statements = [
        (item, set(_forms(item.text)))
        for passage in passages
        for item in statements_of(passage)
        if item not in beside and not is_instruction(item.text)
    ]
    chosen: list[Quoted] = []
    while statements and len(chosen) + len(beside) < _MOST_STATEMENTS:
        best = max(statements, key=lambda row: (len(missing & row[1]), -len(row[1])))
        if len(missing & best[1]) < (_LEAST_GAIN if chosen or beside else 1):
            break
        chosen.append(best[0])
        missing -= best[1]
        statements.remove(best)
    return sorted(chosen, key=lambda item: item.span.start_char)


def statements_of(passage: Quoted) -> list[Quoted]:
    """Return the statements of a passage as stretches of its document."""
    offset = passage.span.start_char
    return [
        Quoted(passage.document, Span(offset + span.start_char, offset + span.end_char))
        for span in split_statements(passage.text)
    ]


def _forms(text: str) -> list[str]:
    numbers = [word for word in text.split() if any(char.isdigit() for char in word)]
    return [*content_words(text), *(number.strip(".,;:()%") for number in numbers)]


def _find_words(text: str, wanted: str) -> int:
    """Return where whole words stand, or -1: "2 hộ" is not in "12 hộ"."""
    start = text.find(wanted)
    while start >= 0:
        before = text[start - 1] if start else " "
        after = text[start + len(wanted)] if start + len(wanted) < len(text) else " "
        if not (before.isalnum() and wanted[0].isalnum()) and not (
            after.isalnum() and wanted[-1].isalnum()
        ):
            return start
        start = text.find(wanted, start + 1)
    return -1


def _normal(text: str) -> tuple[str, list[int]]:
    """Return a text in the form in which quotes are compared, and the origin of each character.

    Args:
        text: Any text; the stored ones are NFC.

    Returns:
        The form: matching form, quotation marks gone, one kind of dash, single spaces; and for
        each of its characters the index in `text` that it came from.
    """
    # Word by word, since the tone style moves marks inside a word and keeps its length in NFC.
    out: list[str] = []
    offsets: list[int] = []
    index = 0
    while index < len(text):
        end = index + 1
        if text[index].isalpha():
            while end < len(text) and (text[end].isalpha() or unicodedata.combining(text[end])):
                end += 1
            form = to_matching_form(text[index:end])
        elif text[index].isspace():
            form = " " if out and out[-1] != " " else ""
        else:
            form = text[index].translate(_QUOTE_MARKS).translate(_DASHES).lower()
        for position, char in enumerate(form):
            out.append(char)
            offsets.append(min(index + position, end - 1))
        index = end
    return "".join(out), offsets
