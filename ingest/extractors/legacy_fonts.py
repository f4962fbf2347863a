"""Text set in a pre-Unicode Vietnamese font, to Unicode.

Files of the nineties and after hold Latin letters that only a font such as `.VnTime` (TCVN3) or
`VNI-Times` draws as Vietnamese. The name of the font is the surest sign, so it is used wherever a
format tells it; text without it is judged as a whole by `ingest.encodings.repair_text`.
"""

import re
from collections.abc import Iterable
from itertools import groupby

from ingest.encodings import Legacy, from_legacy, legacy_of_font

# Letters that no legacy font has: what holds one is Unicode whatever its font is called. A text
# that was converted by a tool often keeps the old font's name.
_UNICODE_VIETNAMESE = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
_PLAIN_LETTER = re.compile("[A-Za-z]")
# Fewer may be the first letters of a name.
_MIN_CAPITALS = 3


def decode_runs(runs: Iterable[tuple[str, str | None]]) -> str:
    """Return the text of runs, those in a legacy font as Unicode.

    Neighbours in the same kind of font are converted together: a letter of VNI is two characters,
    which a change of format may tear apart.

    Args:
        runs: Text and font name of each run, in order.

    Example:
        >>> decode_runs([("M« h×nh ", ".VnTime"), ("nu«i c¸", ".VnTimeH"), (" 2023", None)])
        'Mô hình NUÔI CÁ 2023'
    """
    named = [(text, *_font_kind(font)) for text, font in runs if text]
    return "".join(
        _decode("".join(text for text, _, _ in group), encoding, capitals=capitals)
        for (encoding, capitals), group in groupby(named, key=lambda run: run[1:])
    )


def _font_kind(font: str | None) -> tuple[Legacy | None, bool]:
    """Return the encoding of a font, and whether it draws small letters as capitals."""
    encoding = legacy_of_font(font) if font else None
    is_capital = encoding == "tcvn3" and font is not None and font.rstrip().endswith("H")
    return encoding, is_capital


def _decode(text: str, encoding: Legacy | None, *, capitals: bool) -> str:
    if encoding is None or _UNICODE_VIETNAMESE.search(text):
        return text
    decoded = from_legacy(text, encoding)
    if capitals or (encoding == "tcvn3" and _is_typed_in_capitals(text)):
        return decoded.upper()
    return decoded


def _is_typed_in_capitals(text: str) -> bool:
    """Tell whether all letters that have a case in TCVN3 are capitals.

    It has no capitals with a tone mark: "XÃ" is typed as a capital and a small letter, which a
    name such as "Xã" is too; the other letters of the line tell. A document's number, such as
    "Số: 12/BC-UBND", has capitals for another reason.
    """
    if any(char.isdigit() or char == "/" for char in text):
        return False
    letters = _PLAIN_LETTER.findall(text)
    return len(letters) >= _MIN_CAPITALS and all(letter.isupper() for letter in letters)
