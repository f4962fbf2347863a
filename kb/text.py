"""Vietnamese text normalisation: one form to read and store, one form to match.

The *reading form* (`to_reading_form`) is what is stored and quoted: NFC, stray characters gone,
the writer's own tone style kept. The *matching form* (`to_matching_form`) makes spellings equal
that readers take for the same word; it never changes the number of syllables, but it may change
the number of characters, so offsets always refer to the reading form.
"""

import re
import unicodedata

# Soft hyphen, zero-width space/non-joiner/joiner, word joiner, byte-order mark, directional marks.
_INVISIBLE = dict.fromkeys(
    [0x00AD, 0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x200E, 0x200F, *range(0x202A, 0x202F)]
)
# Icelandic Eth stands for Đ in texts typed with old input methods.
_ETH = {0x00D0: 0x0110, 0x00F0: 0x0111}
_SPACES = dict.fromkeys([160, 5760, *range(8192, 8203), 8239, 8287, 12288, 9, 11], " ")
_NEWLINES = {0x0085: "\n", 0x2028: "\n", 0x2029: "\n", 0x000C: "\n"}
_READING = {**_INVISIBLE, **_ETH, **_SPACES, **_NEWLINES}
# Lone surrogates (a broken JSON escape) are no characters: no encoding can store them.
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff]")
_TRAILING_SPACE = re.compile(r" +(?=\n)|(?<=\n) +")
_SPACE_RUN = re.compile(r" {2,}")
_NEWLINE_RUN = re.compile(r"\n{3,}")

_TONES = "̣̀́̃̉"
# Open syllables whose tone mark moves between the two styles: oa, oe, uy. With a final consonant
# or a further vowel (hoàn, khoẻn, quý after q) both styles agree, so those stay untouched.
_OPEN_PAIR = re.compile(
    r"(?<![^\W\d_])(?P<onset>(?:(?!qu)[^\W\d_aeiouyăâêôơư])*)(?P<first>[ou])(?P<tone1>[̣̀́̃̉]?)"
    r"(?P<second>[aey])(?P<tone2>[̣̀́̃̉]?)(?![^\W\d_]|[̛̂̆])",
)
_VALID_PAIRS = {"oa", "oe", "uy"}
_D_BAR = str.maketrans("đĐ", "dD")


def to_reading_form(text: str) -> str:
    r"""Return the text as it is stored, shown and quoted.

    NFC; Ð becomes Đ; soft hyphens, zero-width and control characters are dropped; exotic spaces
    become plain ones and runs of them collapse; line ends are `\n`, at most two in a row; no
    white space at either end. Letters, case, tone style and punctuation stay.

    Idempotent: applying it twice gives the same text.

    Example:
        >>> to_reading_form("  Ðắk\u00a0Lắk, hoà\u00adgiải \r\n\r\n\r\n ấp ")
        'Đắk Lắk, hoàgiải\n\nấp'
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n").translate(_READING)
    text = unicodedata.normalize("NFC", _CONTROL.sub("", text))
    text = _TRAILING_SPACE.sub("", _SPACE_RUN.sub(" ", text))
    return _NEWLINE_RUN.sub("\n\n", text).strip()


def _move_tone(match: re.Match[str]) -> str:
    first, second = match["first"], match["second"]
    tone = match["tone1"] or match["tone2"]
    if not tone or first + second not in _VALID_PAIRS or (match["tone1"] and match["tone2"]):
        return match[0]
    return f"{match['onset']}{first}{tone}{second}"


def unify_tone_style(text: str) -> str:
    """Return lower-case text with the tone on the first vowel of open oa, oe, uy.

    Both "hoà" and "hòa" become "hòa", "uỷ" and "ủy" become "ủy"; "hoàn", "quý" and "suýt" stay,
    since both styles write them alike.

    Example:
        >>> unify_tone_style("hoà giải, uỷ ban, quý, hoàn, khoẻ, thuý")
        'hòa giải, ủy ban, quý, hoàn, khỏe, thúy'
    """
    decomposed = _decompose_tones(text)
    return unicodedata.normalize("NFC", _OPEN_PAIR.sub(_move_tone, decomposed))


def _decompose_tones(text: str) -> str:
    """Split tone marks off, but keep vowel quality (â, ê, ô, ă, ơ, ư) composed."""
    decomposed = unicodedata.normalize("NFD", text)
    # Recompose a base letter with its quality mark, leaving the tone behind it.
    return re.sub(
        r"([aeouAEOU])([̣̀́̃̉]?)([̛̂̆])",
        lambda m: unicodedata.normalize("NFC", m[1] + m[3]) + m[2],
        decomposed,
    )


def to_matching_form(text: str) -> str:
    """Return the text for comparison: NFC, lower case, one tone style.

    Example:
        >>> to_matching_form("HOÀ GIẢI") == to_matching_form("hòa giải")
        True
    """
    return unify_tone_style(unicodedata.normalize("NFC", text).translate(_ETH).lower())


def fold(text: str) -> str:
    """Return lower-case text without diacritics; đ becomes d.

    Example:
        >>> fold("Đưa màu xuống RUỘNG")
        'dua mau xuong ruong'
    """
    decomposed = unicodedata.normalize("NFD", text.lower().translate(_ETH))
    stripped = "".join(char for char in decomposed if not unicodedata.combining(char))
    return unicodedata.normalize("NFC", stripped).translate(_D_BAR)


def has_diacritics(text: str) -> bool:
    """Tell whether any letter carries a Vietnamese mark or is đ.

    Example:
        >>> has_diacritics("nuoi tom"), has_diacritics("nuôi tôm")
        (False, True)
    """
    return fold(text) != unicodedata.normalize("NFC", text).lower()
