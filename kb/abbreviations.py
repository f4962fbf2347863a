"""Abbreviations of officialese: found, expanded in both directions, and mined from documents.

The list is `data/abbreviations.tsv`. An abbreviation counts when it is written in capitals (or the
known mixed case), and in small letters only if it means one thing and no syllable is spelled like
it. One with several meanings is settled by the words around it.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from kb.phrases import PhraseTable, Tokens, is_syllable, phrase_key, read_rows
from kb.text import fold, has_diacritics, to_matching_form

_SURE, _IN_CONTEXT, _BY_DEFAULT, _MINED, _GLUED = 1.0, 0.8, 0.4, 0.95, 0.6
# Window around an ambiguous abbreviation in which its context words are looked for.
_WINDOW = 80
_MAX_PARTS = 4
_WORD = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"(?: ?[&\-–.+] ?| )")
_DOCUMENT_NUMBER = re.compile(
    r"(?<![^\W_])\d+(?:/[^\W_]+)?(?:[/-][^\W\d_][^\W_]*)+(?:[/-][^\W_]+)*"
)
_SPACES = re.compile(r"[\W_]+")
_CLAUSE = re.compile(r"[.;:!?\n]")
# A text written in capitals throughout says nothing by its capitals.
_MIN_SMALL_SHARE = 0.25
_MIN_PART = 3


@dataclass(frozen=True, slots=True)
class AbbreviationMention:
    """An abbreviation or a long form in a text.

    Attributes:
        start_char: Offset in the NFC text.
        end_char: End of it, exclusive.
        short: The abbreviation, as the list writes it.
        longs: Its long forms, likeliest first.
        confidence: 0 to 1.
    """

    start_char: int
    end_char: int
    short: str
    longs: tuple[str, ...]
    confidence: float


@dataclass(frozen=True, slots=True)
class Abbreviation:
    """A row of the list.

    Attributes:
        short: Abbreviation in its usual case.
        long: Long form.
        kind: "sure": one meaning; "first": one of several, taken without context, too;
            "context": only with a context word.
        context: Context words in matching form, or abbreviations in lower case.
        is_organization: Whether it names an organisation.
    """

    short: str
    long: str
    kind: str
    context: tuple[str, ...]
    is_organization: bool


@cache
def abbreviations() -> tuple[Abbreviation, ...]:
    """Return the list."""
    return tuple(
        Abbreviation(
            short,
            long,
            kind or "sure",
            tuple(f" {to_matching_form(word)} " for word in context.split("|") if word),
            organization == "org",
        )
        for short, long, kind, context, organization in read_rows("abbreviations.tsv", 5)
    )


def _key(short: str) -> str:
    return _SPACES.sub("", unicodedata.normalize("NFC", short).lower())


@cache
def _by_key() -> tuple[dict[str, list[Abbreviation]], dict[str, list[Abbreviation]]]:
    exact: dict[str, list[Abbreviation]] = {}
    folded: dict[str, list[Abbreviation]] = {}
    for row in abbreviations():
        key = _key(row.short)
        exact.setdefault(key, []).append(row)
        folded.setdefault(fold(key), []).append(row)
    return exact, folded


def is_listed(short: str) -> bool:
    """Tell whether the list knows an abbreviation, in any case and spelling.

    Example:
        >>> is_listed("htx"), is_listed("XYZW")
        (True, False)
    """
    return _key(short) in _by_key()[0]


@cache
def _long_forms() -> PhraseTable[Abbreviation]:
    return PhraseTable((row.long, row) for row in abbreviations() if " " in row.long)


def _rows(key: str, *, unmarked: bool) -> list[Abbreviation]:
    exact, folded = _by_key()
    if unmarked:
        return folded.get(key, [])
    return exact.get(key) or folded.get(key, [])


def find_abbreviations(
    text: str, mined: Mapping[str, str] | None = None
) -> list[AbbreviationMention]:
    """Return the abbreviations in a text, from left to right, none overlapping.

    Args:
        text: Any text; offsets refer to its NFC.
        mined: Abbreviations that come before the list: those that the document itself explains
            (`mine_abbreviations`), or that the list does not know.

    Example:
        >>> [(m.short, m.longs) for m in find_abbreviations("Hội CCB và HTX nông nghiệp")]
        [('CCB', ('Cựu chiến binh',)), ('HTX', ('hợp tác xã',))]
    """
    text = unicodedata.normalize("NFC", text)
    own = {_key(short): (short, long) for short, long in (mined or {}).items()}
    words = list(_WORD.finditer(text))
    in_numbers = [match.span() for match in _DOCUMENT_NUMBER.finditer(text)]
    shouting = _is_shouting(text)
    unmarked = not has_diacritics(text)
    found: list[AbbreviationMention] = []
    index = number = 0
    while index < len(words):
        start = words[index].start()
        while number < len(in_numbers) and in_numbers[number][1] <= start:
            number += 1
        if number < len(in_numbers) and in_numbers[number][0] <= start:
            index += 1
            continue
        for size, raw in _spellings(text, words, index):
            end = words[index + size - 1].end()
            mention = _mention(text, start, end, raw, own, size, shouting, unmarked)
            if mention is not None:
                found.append(mention)
                index += size
                break
        else:
            index += 1
    return found


def _is_shouting(text: str) -> bool:
    words = [word for word in _WORD.findall(text) if word.isalpha()]
    small = sum(not word.isupper() for word in words)
    return len(words) > 3 and small < _MIN_SMALL_SHARE * len(words)


def _spellings(text: str, words: list[re.Match[str]], index: int) -> Iterator[tuple[int, str]]:
    """Yield how many words from here on may write one abbreviation, longest first."""
    parts = [words[index][0]]
    end = words[index].end()
    for word in words[index + 1 : index + _MAX_PARTS]:
        joint = text[end : word.start()]
        if _JOINT.fullmatch(joint) is None:
            break
        # A full stop and a space end a sentence; words joined by mere spaces must look the same.
        if joint == " " and not (parts[-1].isupper() and word[0].isupper()):
            break
        if joint.startswith((". ", " .")):
            break
        parts.append(word[0])
        end = word.end()
    for size in range(len(parts), 0, -1):
        yield size, "".join(parts[:size])


def _mention(
    text: str,
    start: int,
    end: int,
    raw: str,
    own: Mapping[str, tuple[str, str]],
    size: int,
    shouting: bool,
    unmarked: bool,
) -> AbbreviationMention | None:
    key = raw.lower()
    if key in own and (raw.isupper() or not is_syllable(key)):
        short, long = own[key]
        return AbbreviationMention(start, end, short, (long,), _MINED)
    rows = _rows(key, unmarked=unmarked)
    if not rows:
        return _glued(start, end, raw) if size == 1 and not shouting else None
    mixed = any(raw == _SPACES.sub("", row.short) for row in rows)
    all_sure = all(row.kind == "sure" for row in rows)
    # "GD-ĐT" and "GDĐT" are one; without marks two different ones may coincide.
    is_one = len({_key(row.short) for row in rows}) == 1
    if (shouting or not (raw.isupper() or mixed)) and (
        len(key) < _MIN_PART or is_syllable(fold(key)) or not (all_sure and is_one)
    ):
        return None
    if all_sure:
        longs = tuple(dict.fromkeys(row.long for row in rows))
        return AbbreviationMention(start, end, rows[0].short, longs, _SURE if is_one else _GLUED)
    return _settled(text, start, end, rows)


def _settled(
    text: str, start: int, end: int, rows: list[Abbreviation]
) -> AbbreviationMention | None:
    before, after = text[max(0, start - _WINDOW) : start], text[end : end + _WINDOW]
    around = _context_form(before + " | " + after)
    # The clause itself says more than its neighbours.
    clause = _context_form(_CLAUSE.split(before)[-1] + " | " + _CLAUSE.split(after)[0])
    unmarked = not has_diacritics(around)
    best: Abbreviation | None = None
    best_score = 0
    for row in rows:
        words = (fold(word) if unmarked else word for word in row.context)
        score = sum((word in around) + 2 * (word in clause) for word in words)
        if score > best_score:
            best, best_score = row, score
    if best is not None:
        return AbbreviationMention(start, end, best.short, (best.long,), _IN_CONTEXT)
    for row in rows:
        if row.kind != "context":
            return AbbreviationMention(start, end, row.short, (row.long,), _BY_DEFAULT)
    return None


def _context_form(text: str) -> str:
    return f" {_SPACES.sub(' ', to_matching_form(text))} "


def _glued(start: int, end: int, raw: str) -> AbbreviationMention | None:
    """Take "HĐNDUBND" apart, if there is one way only and both halves are sure."""
    if not raw.isupper() or len(raw) < 2 * _MIN_PART:
        return None
    exact, _ = _by_key()
    key = raw.lower()
    ways = []
    for cut in range(_MIN_PART, len(key) - _MIN_PART + 1):
        left, right = exact.get(key[:cut], []), exact.get(key[cut:], [])
        if left and right and left[0].kind == right[0].kind == "sure":
            ways.append((left[0].long, right[0].long))
    if len(ways) != 1:
        return None
    return AbbreviationMention(start, end, raw, (" ".join(ways[0]),), _GLUED)


def find_long_forms(text: str) -> list[AbbreviationMention]:
    """Return the long forms in a text with their short forms, those inside others, too.

    In a text without any diacritics they are found without theirs. A short form that has other
    meanings, too, gets a low confidence.

    Example:
        >>> [m.short for m in find_long_forms("hop tac xa trong nam")]
        ['HTX']
    """
    return [
        AbbreviationMention(
            match.start_char,
            match.end_char,
            row.short,
            (row.long,),
            _SURE if row.kind == "sure" else _BY_DEFAULT,
        )
        for match in _long_forms().find(Tokens(text))
        for row in match.values
    ]


def index_expansions(text: str, mined: Mapping[str, str] | None = None) -> list[str]:
    """Return the phrases that the index adds to a text, each once.

    The long forms of its abbreviations and the short forms of its long forms; what the text says
    itself is left out.

    Example:
        >>> index_expansions("HTX chăn nuôi; quốc phòng - an ninh")
        ['hợp tác xã', 'QP-AN', 'QPAN']
    """
    text = unicodedata.normalize("NFC", text)
    mentions = find_abbreviations(text, mined)
    long_mentions = find_long_forms(text)
    seen = {_key(mention.short) for mention in mentions}
    said = {phrase_key(mention.longs[0]) for mention in long_mentions}
    added: list[str] = []
    for mention in mentions:
        for long in mention.longs:
            key = phrase_key(long)
            if mention.confidence > _BY_DEFAULT and key not in said:
                said.add(key)
                added.append(long)
    # An ambiguous short form would make the text answer to its other meanings.
    shorts = dict.fromkeys(m.short for m in long_mentions if m.confidence > _BY_DEFAULT)
    own = {phrase_key(long): short for short, long in (mined or {}).items()}
    if own:
        table = PhraseTable((long, short) for short, long in (mined or {}).items())
        shorts.update(dict.fromkeys(short for m in table.find(Tokens(text)) for short in m.values))
    # One spelling of "QP-AN" in the text does not bring the terms of the other.
    present = {word.lower() for word in _WORD.findall(text)}
    added.extend(
        short
        for short in shorts
        if short.lower() not in present and not (_key(short) in seen and short in text)
    )
    return list(dict.fromkeys(added))


_IN_BRACKETS = re.compile(r"\(([^()\n]{2,120})\)")
_CALLED = re.compile(r"(?:gọi|viết) tắt là[:\s]*[\"“”'‘«]?([^\W_][\w&.\-–]{1,14})", re.IGNORECASE)
_PREFIX = re.compile(
    r"^(?:sau đây\s+|dưới đây\s+)?(?:gọi tắt là|viết tắt là|viết tắt|gọi là|tức là|tức|là)[:\s]+",
    re.IGNORECASE,
)
_SHORT = re.compile(r"[^\W_]{2,12}(?:[&\-–.][^\W_]{1,10}){0,2}")
# Words that abbreviations leave out.
_SKIPPED = frozenset("và của các những về cho trong ở với cùng một".split())
_MAX_WORDS = 14
_SENTENCE = re.compile(r"[.;:!?…\n()\[\]]")


def mine_abbreviations(text: str) -> dict[str, str]:
    """Return the abbreviations that a text explains itself.

    Found are "hợp tác xã (HTX)", "HTX (hợp tác xã)" and "Ban Chỉ đạo (sau đây gọi tắt là BCĐ)".
    Each letter of the short form must be the initial of a word, in order; only words such as "và"
    may be left out. Precision goes first: what does not fit exactly is no pair.

    Example:
        >>> mine_abbreviations("công nhân, viên chức, lao động (CNVCLĐ)")
        {'CNVCLĐ': 'công nhân, viên chức, lao động'}
    """
    text = unicodedata.normalize("NFC", text)
    mined: dict[str, str] = {}
    for match in _IN_BRACKETS.finditer(text):
        inner = _PREFIX.sub("", match[1].strip()).strip(" \"“”'‘’«».,")
        before = text[max(0, match.start() - 200) : match.start()].rstrip()
        if _looks_short(inner):
            long = _long_before(before, inner)
            if long:
                mined.setdefault(inner, long)
            continue
        words = list(_WORD.finditer(before))
        if not words or words[-1].end() != len(before):
            continue
        short_match = re.search(r"[^\W_]+(?:[&\-–][^\W_]+)*$", before)
        if short_match and _looks_short(short_match[0]) and _fits(short_match[0], inner):
            mined.setdefault(short_match[0], inner)
    for match in _CALLED.finditer(text):
        short = match[1].rstrip(".-–&")
        before = text[max(0, match.start() - 200) : match.start()].rstrip(" (,")
        before = re.sub(r"\s*(?:[,(]\s*)?(?:sau đây|dưới đây|được)$", "", before).rstrip(" (,")
        if _looks_short(short) and short not in mined:
            long = _long_before(before, short)
            if long:
                mined[short] = long
    return mined


def _looks_short(short: str) -> bool:
    if _SHORT.fullmatch(short) is None:
        return False
    letters = [char for char in short if char.isalpha()]
    capitals = sum(char.isupper() for char in letters)
    return capitals >= 2 and capitals * 4 >= 3 * len(letters)


def _letters(short: str) -> str:
    return "".join(char for char in short.lower() if char.isalnum())


def _initial(word: str, letter: str) -> bool:
    first = unicodedata.normalize("NFD", word[0].lower())[0]
    return letter in (first, word[0].lower()) or (letter == "d" and first == "đ")


def _align(words: list[str], letters: str) -> bool:
    """Tell whether the letters are the initials of all words but the skipped ones."""
    reached = {0}
    for word in words:
        after = {at + 1 for at in reached if at < len(letters) and _initial(word, letters[at])}
        # "TK&VV" leaves "và" out, other writers take its letter.
        reached = after | reached if word.lower() in _SKIPPED else after
    return len(letters) in reached


def _fits(short: str, long: str) -> bool:
    words = _WORD.findall(long)
    return 2 <= len(words) <= _MAX_WORDS and _align(words, _letters(short))


def _long_before(before: str, short: str) -> str | None:
    """Return the shortest phrase at the end of a text whose initials are the short form."""
    border = 0
    for stop in _SENTENCE.finditer(before):
        border = stop.end()
    words = [word for word in _WORD.finditer(before) if word.start() >= border]
    if words and before[words[-1].end() :].strip(" \"”’»'"):
        return None
    letters = _letters(short)
    for size in range(2, min(len(words), _MAX_WORDS) + 1):
        chosen = words[-size:]
        texts = [word[0] for word in chosen]
        if _initial(texts[0], letters[0]) and _align(texts, letters):
            return before[chosen[0].start() : chosen[-1].end()]
    return None
