"""The written Vietnamese syllable: what is possible, and the keys that Telex and VNI type it with.

A syllable is an onset, a rhyme and one of six tones; its spelling follows from the three. Writers
leave marks out, and keyboards that are switched off leave the keys of the marks in the text
("hinhf", "nuo6i"), so what is typed is in general a *pattern*: letters of which some carry their
mark and others may have lost it.
"""

import unicodedata
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import Literal, NamedTuple

from kb.text import fold

KeyStyle = Literal["inline", "tone-last", "all-last"]

_TONE_MARKS = {"\u0300": "f", "\u0301": "s", "\u0309": "r", "\u0303": "x", "\u0323": "j"}
_MARK_OF_TONE = {key: mark for mark, key in _TONE_MARKS.items()}
_VNI_TONES = {"1": "s", "2": "f", "3": "r", "4": "x", "5": "j"}
_VNI_OF_TONE = {tone: digit for digit, tone in _VNI_TONES.items()}
_VOWELS = frozenset("aăâeêioôơuưy")
_BASE_VOWELS = frozenset("aeiouy")
_CIRCUMFLEX = {"a": "â", "e": "ê", "o": "ô"}
_HORN = {"a": "ă", "o": "ơ", "u": "ư"}
_TELEX_OF = {"â": "aa", "ê": "ee", "ô": "oo", "ă": "aw", "ơ": "ow", "ư": "uw", "đ": "dd"}
_VNI_OF = {"â": "a6", "ê": "e6", "ô": "o6", "ă": "a8", "ơ": "o7", "ư": "u7", "đ": "d9"}

# Longest first, so that the first that fits is the onset.
_ONSETS = "ngh ch gh gi kh ng nh ph qu th tr b c d đ g h k l m n p r s t v x".split()
_OPEN_RHYMES = (
    "a e ê i o ô ơ u ư y ia ua ưa uơ uê uy oa oe ai ao au ay âu ây eo êu iu oi ôi ơi ui ưi ưu "
    "oai oay oao oeo uây ươi ươu uôi iêu yêu uya uyu yu"
).split()
_CLOSED_RHYMES = {
    "a": "m n ng nh c ch p t", "ă": "m n ng c p t", "â": "m n ng c p t", "e": "m n ng c p t",
    "ê": "m n nh ch p t ng", "i": "m n nh ch p t", "o": "m n ng c p t", "ô": "m n ng c p t",
    "ơ": "m n p t", "u": "m n ng c p t", "ư": "n ng c t", "iê": "m n ng c p t", "yê": "m n ng t",
    "uô": "m n ng c t", "ươ": "m n ng c p t", "oa": "m n ng nh c ch p t", "oă": "m n ng c t",
    "oe": "n t m o", "uâ": "n ng t", "uê": "n nh ch", "uy": "n nh ch t p", "uyê": "n t",
    "y": "n nh ch t p", "oo": "ng c",
}  # fmt: skip
_RHYMES = frozenset(_OPEN_RHYMES) | {
    nucleus + final for nucleus, finals in _CLOSED_RHYMES.items() for final in finals.split()
}
_STOPS = ("c", "ch", "p", "t")
_FRONT = frozenset("eêiy")


class Syllable(NamedTuple):
    """A possible syllable.

    Attributes:
        onset: Consonants before the rhyme; "qu" and "gi" are onsets.
        rhyme: Vowels and final, with their quality marks but without the tone.
        tone: Telex key of the tone (s f r x j), or "" for the level tone.
    """

    onset: str
    rhyme: str
    tone: str

    def __str__(self) -> str:
        """Return the spelling in the matching form."""
        return self.onset + _with_tone(self.rhyme, self.tone)


class Pattern(NamedTuple):
    """What was typed of a syllable: some of its marks may be missing.

    Attributes:
        letters: Lower-case letters without tone; a plain one may stand for a marked one.
        tone: Telex key of the tone that was typed, or "".
    """

    letters: str
    tone: str

    @property
    def folded(self) -> str:
        """Return the letters without any mark."""
        return fold(self.letters)

    @property
    def marks(self) -> int:
        """Return how many marks were typed."""
        return sum(map(_is_marked, self.letters)) + bool(self.tone)

    def fits(self, other: "Pattern") -> bool:
        """Tell whether the other has the same letters and at least the marks of this one."""
        if len(self.letters) != len(other.letters) or self.tone not in ("", other.tone):
            return False
        return all(
            mine == its or mine == _PLAIN.get(its, its)
            for mine, its in zip(self.letters, other.letters, strict=True)
        )


_PLAIN = {"ă": "a", "â": "a", "ê": "e", "ô": "o", "ơ": "o", "ư": "u", "đ": "d"}


def _is_marked(letter: str) -> bool:
    return letter in _PLAIN


def _with_tone(rhyme: str, tone: str) -> str:
    if not tone:
        return rhyme
    position = _tone_position(rhyme)
    marked = unicodedata.normalize("NFC", rhyme[position] + _MARK_OF_TONE[tone])
    return rhyme[:position] + marked + rhyme[position + 1 :]


def _tone_position(rhyme: str) -> int:
    """Return which letter of a rhyme carries the tone, in the style of the matching form."""
    marked = [index for index, letter in enumerate(rhyme) if _is_marked(letter)]
    if marked:
        return marked[-1]  # the ơ of ươ
    vowels = next((index for index, char in enumerate(rhyme) if char not in _VOWELS), len(rhyme))
    if vowels < len(rhyme):
        return max(vowels - 1, 0)
    return 1 if vowels == 3 else 0


@lru_cache(maxsize=65_536)
def read_pattern(token: str) -> Pattern:
    """Return the letters and the tone of a typed token, wherever its tone stands.

    Of several tones the last one counts.

    Example:
        >>> read_pattern("hòan") == read_pattern("hoàn") == ("hoan", "f")
        True
    """
    tone = ""
    letters = []
    for char in token.lower():
        decomposed = unicodedata.normalize("NFD", char)
        kept = "".join(part for part in decomposed if part not in _TONE_MARKS)
        if kept != decomposed:
            tone = next(_TONE_MARKS[part] for part in decomposed if part in _TONE_MARKS)
        letters.append(unicodedata.normalize("NFC", kept))
    return Pattern("".join(letters), tone)


@lru_cache(maxsize=65_536)
def parse_syllable(token: str) -> Syllable | None:
    """Return the parts of a token, or None if it is no possible Vietnamese syllable.

    Example:
        >>> parse_syllable("Nghiệp")
        Syllable(onset='ngh', rhyme='iêp', tone='j')
        >>> parse_syllable("nghjep") is None
        True
    """
    return compose(read_pattern(token))


@lru_cache(maxsize=65_536)
def compose(pattern: Pattern) -> Syllable | None:
    """Return the syllable of a pattern that carries all of its marks, if it is possible."""
    letters, tone = pattern
    for onset in (*_ONSETS, ""):
        if not letters.startswith(onset):
            continue
        rhyme = letters[len(onset) :]
        if rhyme in _RHYMES and _agrees(onset, rhyme) and _carries(rhyme, tone):
            return Syllable(onset, rhyme, tone)
    return None


def _agrees(onset: str, rhyme: str) -> bool:
    front = rhyme[0] in _FRONT
    if onset in ("k", "gh", "ngh"):
        return front
    if onset == "qu":
        return rhyme[0] not in "uư" and rhyme[:2] not in ("oa", "oe", "oă", "ia")
    if onset in ("c", "ng"):
        return not front
    if onset == "g":
        return rhyme[0] not in "eêy"
    if onset == "gi":  # "gi", "gìn" are g + i
        return rhyme[0] not in "iy"
    if onset == "":
        return not rhyme.startswith("iê")
    return not rhyme.startswith("yê")


def _carries(rhyme: str, tone: str) -> bool:
    return tone in ("s", "j") if rhyme.endswith(_STOPS) else True


def completions(pattern: Pattern) -> list[str]:
    """Return the possible syllables that fit a pattern, those with the fewest added marks first."""
    found: list[tuple[int, str]] = []
    for letters in _fillings(pattern.letters):
        for tone in (pattern.tone,) if pattern.tone else ("", *_MARK_OF_TONE):
            filled = Pattern(letters, tone)
            syllable = compose(filled)
            if syllable is not None:
                found.append((filled.marks, str(syllable)))
    return [spelling for _, spelling in sorted(found)]


def _fillings(letters: str) -> Iterator[str]:
    """Yield the letters with all choices of quality marks on the plain ones."""
    if len(letters) > 8:  # longer than any syllable
        return
    choices = [""]
    for letter in letters:
        options = letter + "".join(marked for marked, plain in _PLAIN.items() if plain == letter)
        choices = [done + option for done in choices for option in options]
    yield from choices


# --- keys ------------------------------------------------------------------------------------


def telex_pattern(token: str) -> Pattern | None:
    """Return what a token means if it holds Telex keys, or None if it holds none.

    Marks may be typed where they belong or at the end, and some may be left out. The result need
    not be a possible syllable.

    Example:
        >>> telex_pattern("ddaats"), telex_pattern("duongf"), telex_pattern("tomo")
        (Pattern(letters='đât', tone='s'), Pattern(letters='duong', tone='f'), Pattern(letters='tôm', tone=''))
        >>> telex_pattern("nam") is None
        True
    """  # noqa: E501 - one line of output
    return _decode(token, _telex_key)


def vni_pattern(token: str) -> Pattern | None:
    """Return what a token means if it holds VNI keys, or None if it holds none.

    Example:
        >>> vni_pattern("nuo6i"), vni_pattern("d9a61t"), vni_pattern("tom1")
        (Pattern(letters='nuôi', tone=''), Pattern(letters='đât', tone='s'), Pattern(letters='tom', tone='s'))
    """  # noqa: E501 - one line of output
    return _decode(token, _vni_key)


class _Typing:
    """The letters so far, as the keyboard would show them."""

    def __init__(self, letters: str, tone: str) -> None:
        self.letters = list(letters)
        self.tone = tone
        self.keys = 0

    def has_vowel(self) -> bool:
        return any(letter in _VOWELS for letter in self.letters)

    def mark_last(self, marked: dict[str, str], only: str = "") -> bool:
        """Put a quality mark on the last letter that can take it."""
        for index in range(len(self.letters) - 1, -1, -1):
            letter = self.letters[index]
            if letter in marked and (not only or letter == only):
                self.letters[index] = marked[letter]
                return True
        return False

    def horn(self) -> bool:
        text = "".join(self.letters)
        for plain, marked in (("uo", "ươ"), ("ưo", "ươ"), ("uơ", "ươ")):
            at = text.rfind(plain)
            # "thuở" and "huơ" are rare, and "qu" keeps its u.
            if at >= 0 and text[:at] != "q":
                self.letters[at : at + 2] = marked
                return True
        if "ua" in text and not text.startswith("qu"):
            return self.mark_last({"u": "ư"})
        return self.mark_last(_HORN)


def _decode(token: str, press: Callable[[_Typing, str], bool]) -> Pattern | None:
    start = read_pattern(token)
    typing = _Typing("", start.tone)
    for key in start.letters:
        if press(typing, key):
            typing.keys += 1
        else:
            typing.letters.append(key)
    letters = "".join(typing.letters)
    if not typing.keys or not letters.isalpha():
        return None
    return Pattern(letters, typing.tone)


def _telex_key(typing: _Typing, key: str) -> bool:
    if key == "d" and typing.letters and typing.letters[0] == "d":
        # Behind "d" or anywhere behind the vowel: no Vietnamese syllable ends in d.
        if len(typing.letters) == 1 or typing.has_vowel():
            typing.letters[0] = "đ"
            return True
        return False
    if key == "w":
        if not typing.has_vowel():
            typing.letters.append("ư")
            return True
        return typing.horn()
    if not typing.has_vowel():
        return False
    if key in _MARK_OF_TONE:
        typing.tone = key
        return True
    if key in _CIRCUMFLEX:
        return typing.mark_last(_CIRCUMFLEX, only=key)
    return False


def _vni_key(typing: _Typing, key: str) -> bool:
    if key == "9" and typing.letters and typing.letters[0] == "d":
        typing.letters[0] = "đ"
        return True
    if not typing.has_vowel():
        return False
    if key in _VNI_TONES:
        typing.tone = _VNI_TONES[key]
        return True
    if key == "6":
        return typing.mark_last(_CIRCUMFLEX)
    if key == "7":
        return typing.horn()
    if key == "8":
        return typing.mark_last({"a": "ă"})
    return False


def encode_telex(syllable: str, style: KeyStyle = "tone-last") -> str:
    """Return the Telex keys of a syllable.

    Args:
        syllable: Any token; letters without marks are their own keys.
        style: Whether marks follow their letter (`inline`), the tone comes at the end of the
            syllable (`tone-last`), or all marks do (`all-last`).

    Example:
        >>> [encode_telex("đường", style) for style in ("inline", "tone-last", "all-last")]
        ['dduwowfng', 'dduwowngf', 'duongdwf']
    """
    return _encode(syllable, style, _TELEX_OF, {key: key for key in _MARK_OF_TONE}, once="w")


def encode_vni(syllable: str, style: KeyStyle = "tone-last") -> str:
    """Return the VNI keys of a syllable; the styles are those of `encode_telex`.

    Example:
        >>> [encode_vni("nuôi", style) for style in ("inline", "tone-last", "all-last")]
        ['nuo6i', 'nuo6i', 'nuoi6']
    """
    return _encode(syllable, style, _VNI_OF, _VNI_OF_TONE, once="7")


def _encode(
    syllable: str, style: KeyStyle, quality: dict[str, str], tones: dict[str, str], *, once: str
) -> str:
    parts: list[str] = []
    last: list[str] = []
    for char in unicodedata.normalize("NFC", syllable.lower()):
        letter, tone = read_pattern(char)
        keys = quality.get(letter, letter)
        parts.append(letter if len(keys) == 1 else keys[0])
        if len(keys) > 1:
            if style == "all-last":
                last.append(keys[1])
            else:
                parts.append(keys[1])
        if tone:
            if style == "inline":
                parts.append(tones[tone])
            else:
                last.append(tones[tone])
    tail = "".join(last)
    # At the end one key makes both letters of ươ.
    return "".join(parts) + tail.replace(once * 2, once)
