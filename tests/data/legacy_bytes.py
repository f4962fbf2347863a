"""Vietnamese as the bytes that old programs wrote, made from Unicode.

Written from the standards and not from the tables that the project reads with, so that tests
compare two sources: TCVN 5712:1993 (VN3), VNI-Windows (vowel, then mark), VISCII (RFC 1456),
windows-1258 (vowel with its quality, then the tone as a combining character).
"""

import unicodedata

_GRAVE, _ACUTE, _TILDE, _HOOK, _DOT = "\u0300", "\u0301", "\u0303", "\u0309", "\u0323"
_QUALITY = {"\u0302": "^", "\u0306": "(", "\u031b": "+"}

# TCVN 5712:1993, VN3: small letters; capitals have no marks but those of Ă Â Ê Ô Ơ Ư Đ.
_TCVN3_ROWS = {
    "a": (0xB5, 0xB6, 0xB7, 0xB8, 0xB9),
    "ă": (0xBB, 0xBC, 0xBD, 0xBE, 0xC6),
    "â": (0xC7, 0xC8, 0xC9, 0xCA, 0xCB),
    "e": (0xCC, 0xCE, 0xCF, 0xD0, 0xD1),
    "ê": (0xD2, 0xD3, 0xD4, 0xD5, 0xD6),
    "i": (0xD7, 0xD8, 0xDC, 0xDD, 0xDE),
    "o": (0xDF, 0xE1, 0xE2, 0xE3, 0xE4),
    "ô": (0xE5, 0xE6, 0xE7, 0xE8, 0xE9),
    "ơ": (0xEA, 0xEB, 0xEC, 0xED, 0xEE),
    "u": (0xEF, 0xF1, 0xF2, 0xF3, 0xF4),
    "ư": (0xF5, 0xF6, 0xF7, 0xF8, 0xF9),
    "y": (0xFA, 0xFB, 0xFC, 0xFD, 0xFE),
}
_TCVN3_TONES = (_GRAVE, _HOOK, _TILDE, _ACUTE, _DOT)
_TCVN3_BASES = dict(zip("ĂÂÊÔƠƯĐăâêôơưđ", (*range(0xA1, 0xA8), *range(0xA8, 0xAF)), strict=True))

# VNI-Windows: marks that follow a plain vowel, by quality and tone.
_VNI_MARKS = {
    "": {_GRAVE: 0xF8, _ACUTE: 0xF9, _HOOK: 0xFB, _TILDE: 0xF5, _DOT: 0xEF},
    "^": {"": 0xE2, _GRAVE: 0xE0, _ACUTE: 0xE1, _HOOK: 0xE5, _TILDE: 0xE3, _DOT: 0xE4},
    "(": {"": 0xEA, _GRAVE: 0xE8, _ACUTE: 0xE9, _HOOK: 0xFA, _TILDE: 0xFC, _DOT: 0xEB},
}
_VNI_LETTERS = {
    "đ": 0xF1, "ơ": 0xF4, "ư": 0xF6, "ì": 0xEC, "í": 0xED, "ỉ": 0xE6, "ĩ": 0xF3, "ị": 0xF2,
    "ỵ": 0xEE,
}  # fmt: skip

# RFC 1456, the letters at 0x80 to 0xFF in order, and six capitals in the control area.
_VISCII_UPPER = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯ"
    "ÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡưàáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)
_VISCII = {
    **{letter: 0x80 + index for index, letter in enumerate(_VISCII_UPPER)},
    "Ẳ": 0x02, "Ẵ": 0x05, "Ẫ": 0x06, "Ỷ": 0x14, "Ỹ": 0x19, "Ỵ": 0x1E,
}  # fmt: skip

_CP1258_TONES = {_GRAVE: 0xCC, _HOOK: 0xD2, _TILDE: 0xDE, _ACUTE: 0xEC, _DOT: 0xF2}
_CP1258_LETTERS = {
    "Ă": 0xC3, "ă": 0xE3, "Đ": 0xD0, "đ": 0xF0, "Ơ": 0xD5, "ơ": 0xF5, "Ư": 0xDD, "ư": 0xFD,
    "Â": 0xC2, "â": 0xE2, "Ê": 0xCA, "ê": 0xEA, "Ô": 0xD4, "ô": 0xF4,
}  # fmt: skip


def _split_tone(letter: str) -> tuple[str, str]:
    """Return a letter with its quality but without its tone, and the tone."""
    decomposed = unicodedata.normalize("NFD", letter)
    tone = next((mark for mark in decomposed if mark in _TCVN3_TONES), "")
    return unicodedata.normalize("NFC", decomposed.replace(tone, "") if tone else letter), tone


def _nfc(text: str) -> str:
    return unicodedata.normalize("NFC", text)


def to_tcvn3(text: str) -> bytes:
    """Return text as the bytes of a TCVN3 font; marked capitals become small letters."""
    out = bytearray()
    for char in _nfc(text):
        base, tone = _split_tone(char)
        if char in _TCVN3_BASES:
            out.append(_TCVN3_BASES[char])
        elif tone:
            out.append(_TCVN3_ROWS[base.lower()][_TCVN3_TONES.index(tone)])
        else:
            out += char.encode("ascii")
    return bytes(out)


def to_vni(text: str) -> bytes:
    """Return text as the bytes of a VNI font."""
    out = bytearray()
    for char in _nfc(text):
        # Capital marks lie 0x20 below the small ones.
        shift = 0x20 if char.isupper() else 0
        low = char.lower()
        if low in _VNI_LETTERS:
            out.append(_VNI_LETTERS[low] - shift)
            continue
        base, tone = _split_tone(low)
        if base in "ơư" and not low.isascii():
            out += bytes([_VNI_LETTERS[base] - shift, _VNI_MARKS[""][tone] - shift])
            continue
        plain = unicodedata.normalize("NFD", base)
        quality = "".join(_QUALITY[mark] for mark in plain[1:])
        out += (plain[0].upper() if shift else plain[0]).encode("ascii")
        if quality or tone:
            out.append(_VNI_MARKS[quality][tone] - shift)
    return bytes(out)


def to_viscii(text: str) -> bytes:
    """Return text as VISCII."""
    return bytes(_VISCII[char] if char in _VISCII else ord(char) for char in _nfc(text))


def to_cp1258(text: str) -> bytes:
    """Return text as windows-1258: each tone a combining character behind its vowel."""
    out = bytearray()
    for char in _nfc(text):
        base, tone = _split_tone(char)
        out += bytes([_CP1258_LETTERS[base]]) if base in _CP1258_LETTERS else base.encode("ascii")
        if tone:
            out.append(_CP1258_TONES[tone])
    return bytes(out)


def to_mojibake(text: str) -> str:
    """Return text as it looks when its UTF-8 is taken for windows-1252."""
    data = _nfc(text).encode("utf-8")
    undefined = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return "".join(chr(b) if b in undefined else bytes([b]).decode("cp1252") for b in data)
