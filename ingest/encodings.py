"""Bytes to Vietnamese text, and text that was decoded wrongly to what its writer meant.

Before Unicode, Vietnamese was written with fonts and code pages that give the bytes above 0x7F
other letters: TCVN3 (".VnTime"), VNI ("VNI-Times"), VISCII (RFC 1456), VPS, windows-1258. Files of
offices still carry them, and office formats carry them as text, each byte as the Latin-1 character
of the same number. Which one it is shows in the syllables: the right table turns nearly all marked
tokens into possible Vietnamese syllables, the wrong ones do not. Text that already reads as
Vietnamese, or as any other language, is never changed.

The tables of TCVN3, VNI, VISCII and VPS are those of viparse, with four letters of VNI added.
"""

import codecs
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Literal

from viparse.normalize.encodings import CHARMAPS

from kb.errors import ExtractionFailed, UnsupportedSource
from kb.phrases import read_rows
from kb.syllables import parse_syllable

Legacy = Literal["tcvn3", "vni", "viscii", "vps", "cp1258"]

# Letters that VNI fonts have and the library leaves out: ẳ and ỵ.
_VNI_MORE = {"aú": "ẳ", "AÚ": "Ẳ", "î": "ỵ", "Î": "Ỵ"}
# Glyph codes that PDF readers put out for two letters of TCVN3 fonts.
_TCVN3_MORE = {"\u2212": "ư", "\u2219": "ã"}

# Control characters that no text has. Six are capital letters of VISCII, fourteen of VPS.
_BINARY = frozenset([*range(9), 0x0B, *range(0x0E, 0x1B), *range(0x1C, 0x20)])
_VISCII_CAPITALS = frozenset([0x02, 0x05, 0x06, 0x14, 0x19, 0x1E])
_MAX_CONTROL_SHARE = 0.02
_HEAD = 8192
# Judging an encoding needs no more than this many characters.
_SAMPLE = 60_000

# Only Unicode text has these: no legacy byte is read as one of them.
_VIETNAMESE_ONLY = re.compile("[ĂăĐđĨĩŨũƠơƯư\u0300\u0301\u0303\u0309\u0323\u1ea0-\u1ef9]")
_TOKEN = re.compile(r"[^\t\n\r\x0b\x0c !-@\[-`{-~\xa0]+")
_TWO_CAPITALS = re.compile(r"[A-Z][^\sa-z]*[A-Z]")
_EDGES = "“”‘’„‚–—…«»·•°´¨©®§"

# Natural logarithms. A token that is no possible syllable, a possible one that the table of
# syllables does not hold, and a token without any letter.
_IMPOSSIBLE, _RARE, _NO_WORD = -25.0, -15.0, -12.0
# Measured on short legacy runs and on short phrases of other languages, see the tests.
_MIN_GAIN = 20.0
_MIN_TOKENS = 2
_MAX_IMPOSSIBLE = 0.15
_MIN_LEAD = 3.0
# No syllable with all that may stick to it is longer; taking it apart would take quadratic time.
_MAX_TOKEN = 60
_DECLARED_BONUS = 5.0


@dataclass(frozen=True, slots=True)
class _Table:
    """One legacy encoding: from Latin-1 surface characters to Unicode."""

    name: Legacy
    convert: Callable[[str], str]


def _c1(text: str) -> str:
    """Undo windows-1252: its punctuation back to the bytes 0x80 to 0x9F."""
    return text.translate(_FROM_CP1252)


_FROM_CP1252: Mapping[int, int] = {
    ord(bytes([byte]).decode("cp1252")): byte
    for byte in range(0x80, 0xA0)
    if byte not in (0x81, 0x8D, 0x8F, 0x90, 0x9D)
}
_CP1258: Mapping[int, str] = {
    byte: bytes([byte]).decode("cp1258")
    for byte in range(0xA0, 0x100)
    if bytes([byte]).decode("cp1258", "replace") not in ("\ufffd", chr(byte))
}


def _sequences(pairs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    table = dict(pairs)
    longest_first = sorted(table, key=len, reverse=True)
    pattern = re.compile("|".join(map(re.escape, longest_first)))
    return lambda text: pattern.sub(lambda match: table[match[0]], text)


def _letters(pairs: Iterable[tuple[str, str]]) -> Callable[[str], str]:
    table = str.maketrans(dict(pairs))
    return lambda text: text.translate(table)


@cache
def _tables() -> Mapping[Legacy, _Table]:
    tcvn3 = _letters([*CHARMAPS["tcvn3"].pairs, *_TCVN3_MORE.items()])
    viscii, vps = _letters(CHARMAPS["viscii"].pairs), _letters(CHARMAPS["vps"].pairs)
    tables = [
        _Table("tcvn3", lambda text: _restore_capitals(tcvn3(text))),
        _Table("vni", _sequences([*CHARMAPS["vni"].pairs, *_VNI_MORE.items()])),
        _Table("viscii", lambda text: viscii(_c1(text))),
        _Table("vps", lambda text: vps(_c1(text))),
        _Table("cp1258", lambda text: unicodedata.normalize("NFC", text.translate(_CP1258))),
    ]
    return {table.name: table for table in tables}


def legacy_of_font(font: str) -> Legacy | None:
    """Return the encoding that the name of a font implies, None for a Unicode font.

    Example:
        >>> legacy_of_font(".VnTimeH"), legacy_of_font("VNI-Times"), legacy_of_font("Arial")
        ('tcvn3', 'vni', None)
    """
    # A font embedded in part carries six capitals and "+" before its name.
    name = re.sub(r"^[A-Z]{6}\+", "", font).lower()
    if name.startswith((".vn", "vntcvn")):
        return "tcvn3"
    if name.startswith("vni"):
        return "vni"
    return "vps" if name.startswith("vps") else None


def from_legacy(text: str, encoding: Legacy) -> str:
    """Return what a text in a legacy encoding says, whatever it looks like.

    Args:
        text: Bytes as Latin-1 or windows-1252 characters.
        encoding: Its encoding, known from the font or chosen by a person.

    Example:
        >>> from_legacy("B¸o c¸o kÕt qu¶", "tcvn3")
        'Báo cáo kết quả'
    """
    return _tables()[encoding].convert(text)


# --- evidence -------------------------------------------------------------------------------


@cache
def _log_probabilities() -> Mapping[str, float]:
    return {syllable: float(value) for syllable, value in read_rows("syllables.tsv", 2)}


@lru_cache(maxsize=65_536)
def _log_probability(token: str) -> float:
    """Return how well a token reads as a Vietnamese syllable."""
    if len(token) > _MAX_TOKEN:
        return _IMPOSSIBLE
    word = unicodedata.normalize("NFC", token.strip(_EDGES)).lower()
    if not any(char.isalpha() for char in word):
        return _NO_WORD
    syllable = parse_syllable(word)
    if syllable is None:
        return _IMPOSSIBLE
    return max(_log_probabilities().get(str(syllable), _RARE), _RARE)


@lru_cache(maxsize=65_536)
def _converted_probability(token: str, encoding: Legacy) -> float:
    return _log_probability(_tables()[encoding].convert(token))


@dataclass(frozen=True, slots=True)
class _Evidence:
    """What speaks for reading a text by a table.

    Attributes:
        gain: Log likelihood over leaving the text as it is, of the marked tokens.
        total: Log likelihood of the marked tokens after conversion.
        good: Marked tokens of two letters or more that become possible syllables and were none.
        impossible: Marked tokens that are no syllable afterwards.
        marked: Marked tokens.
    """

    gain: float
    total: float
    good: int
    impossible: int
    marked: int

    @property
    def is_sound(self) -> bool:
        """Whether nearly all marked tokens read as Vietnamese."""
        return self.impossible <= _MAX_IMPOSSIBLE * self.marked


def _evidence(text: str, table: _Table) -> _Evidence:
    gain = total = 0.0
    good = impossible = marked = 0
    for token in _TOKEN.findall(text[:_SAMPLE]):
        if token.isascii():
            continue
        marked += 1
        before, after = _log_probability(token), _converted_probability(token, table.name)
        gain += after - before
        total += after
        good += len(token) > 1 and before == _IMPOSSIBLE and after > _IMPOSSIBLE
        impossible += after == _IMPOSSIBLE
    return _Evidence(gain, total, good, impossible, marked)


# --- text -----------------------------------------------------------------------------------


def repair_text(text: str) -> str:
    """Return a text with what was decoded wrongly put right; right text comes back unchanged.

    Lines are judged together and then each by itself, so Unicode lines between legacy ones stay.

    Args:
        text: Reads as TCVN3, VNI, VISCII or windows-1258, or as UTF-8 taken for Latin-1; or is
            right. Soft hyphens must still be there: they are a letter of TCVN3.

    Example:
        >>> repair_text("NhiÖm vô träng t©m cña x·"), repair_text("Quán café, Đà Nẵng")
        ('Nhiệm vụ trọng tâm của xã', 'Quán café, Đà Nẵng')
        >>> repair_text("Há»™i NÃ´ng dÃ¢n xÃ£")
        'Hội Nông dân xã'
    """
    if text.isascii():
        return text
    text = _repair_utf8(text)
    lines = text.split("\n")
    suspects = [
        index
        for index, line in enumerate(lines)
        if not line.isascii() and not _VIETNAMESE_ONLY.search(line)
    ]
    if not suspects:
        return text
    common = _convincing("\n".join(lines[index] for index in suspects))
    for index in suspects:
        line = lines[index]
        table = common if common and _fits(line, common) else _convincing(line)
        if table is not None:
            lines[index] = table.convert(line)
    return "\n".join(lines)


def _fits(line: str, table: _Table) -> bool:
    evidence = _evidence(line, table)
    return evidence.gain > 0 and 2 * evidence.impossible <= evidence.marked


def _convincing(text: str) -> _Table | None:
    """Return the table by which a text is clearly Vietnamese that it is not without it."""
    ranked = sorted(
        ((_evidence(text, table), table) for table in _tables().values()),
        key=lambda pair: pair[0].gain,
        reverse=True,
    )
    (best, table), (second, _) = ranked[:2]
    if best.good < _MIN_TOKENS or best.gain < _MIN_GAIN or not best.is_sound:
        return None
    return table if best.gain - second.gain >= _MIN_LEAD else None


def _restore_capitals(text: str) -> str:
    """Capitalise what a capitals-only TCVN3 font drew so.

    TCVN3 has no marked capitals: ".VnTimeH" draws small letters as capitals, so "CỘNG HOÀ" is
    stored as "CộNG HOà". A token with two plain capitals shows it; in a line with such a token, so
    do tokens with one.
    """
    return "\n".join(map(_restore_line, text.split("\n")))


def _restore_line(line: str) -> str:
    if not _TWO_CAPITALS.search(line):
        return line
    tokens = list(_TOKEN.finditer(line))
    if not any(_is_broken_capital(match[0], 2) for match in tokens):
        return line
    out, end = [], 0
    for match in tokens:
        token = match[0]
        is_capital = _is_broken_capital(token, 1) or (token.islower() and not token.isascii())
        out += [line[end : match.start()], token.upper() if is_capital else token]
        end = match.end()
    return "".join([*out, line[end:]])


def _is_broken_capital(token: str, capitals: int) -> bool:
    plain = [char for char in token if char.isascii()]
    return (
        len(plain) >= capitals
        and all(char.isupper() for char in plain)
        and any(char.islower() and not char.isascii() for char in token)
    )


# --- UTF-8 taken for Latin-1 or windows-1252 -----------------------------------------------------

_TAIL = "[\x80-\xbf" + "".join(map(chr, _FROM_CP1252)) + "]"
_UTF8_AS_LATIN = re.compile(f"[Â-ß]{_TAIL}|[à-ï]{_TAIL}{{2}}|[ð-ô]{_TAIL}{{3}}")
# Bytes of VISCII and TCVN3 can look like UTF-8 too, but then of Cyrillic or Arabic.
_EXPECTED = re.compile("[\x80-\u01b0\u0300-\u0323\u1ea0-\u1ef9\u2010-\u2026\u20ab\u2212]")
# The no-break space of "Ã\xa0" (à) may have become a space, or gone with the one after it.
# What stands before it is looked at as far as a syllable goes; a word without end would cost time
# that grows with its square.
_LOST_A_GRAVE = re.compile(
    r"([^\W_]{0,20})Ã (?P<space> ?)([^\W\d_]*)|([^\W_]{0,20})Ã(?=[.,;:!?)\n]|$)"
)


def _repair_utf8(text: str) -> str:
    for _ in range(2):  # a file may have been saved wrongly twice
        matches = [_as_utf8(match[0]) for match in _UTF8_AS_LATIN.finditer(text)]
        letters = [char for char in matches if char is not None and not char.isascii()]
        # "Ã©" alone may be meant; a letter of Vietnamese in three bytes, or several, may not.
        if not any(len(char) == 1 and ord(char) >= 0x1EA0 for char in letters) and (
            len(letters) < 2 or not any(char.isalpha() for char in letters)
        ):
            return text
        text = _UTF8_AS_LATIN.sub(lambda match: _as_utf8(match[0]) or match[0], text)
        text = _LOST_A_GRAVE.sub(_restore_a_grave, text)
    return text


def _as_utf8(surface: str) -> str | None:
    """Return the character of UTF-8 bytes, None if it is none that Vietnamese texts use."""
    try:
        char = _c1(surface).encode("latin-1").decode("utf-8")
    except UnicodeError:
        return None
    return char if _EXPECTED.fullmatch(char) else None


def _restore_a_grave(match: re.Match[str]) -> str:
    before, after = match[1] or match[4] or "", match[3] or ""
    if before and not before[-1].islower():
        return match[0]  # the right Ã of "XÃ HỘI"
    if match["space"] or not after:
        return f"{before}à{match['space'] or ''}{after}"
    joined = f"{before}à{after}"
    return joined if _log_probability(joined) > _IMPOSSIBLE else f"{before}à {after}"


# --- bytes ----------------------------------------------------------------------------------


def decode_text(data: bytes, *, name: str, declared: str | None = None) -> str:
    """Return the text of a file in whatever encoding it is.

    Args:
        data: The file's bytes.
        name: File name, for messages.
        declared: Encoding that a server, a mail or the file itself declares; trusted only where
            the text agrees.

    Raises:
        UnsupportedSource: The bytes are no text.
        ExtractionFailed: The encoding is none that is known; the message names the first line that
            is not UTF-8 and the remedy.
    """
    marked = _decode_marked(data)
    if marked is not None:
        return repair_text(marked)
    wide = _wide_encoding(data)
    if wide is not None:
        return repair_text(data.decode(wide))
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as exc:
        _check_text(data, name, allowed=_VISCII_CAPITALS)
        return _decode_legacy(data, declared) or _refuse(data, name, exc)
    _check_text(data, name)
    return repair_text(text)


def _decode_marked(data: bytes) -> str | None:
    """Return the text behind a byte-order mark, None if there is none or it lies."""
    marks = (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    )
    for mark, encoding in marks:
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError:
                continue
    return None


def _wide_encoding(data: bytes) -> str | None:
    """Return the byte order of UTF-16 without a mark, None if the bytes are not that."""
    head = data[: _HEAD - _HEAD % 2]
    if len(data) < 4 or len(data) % 2 or b"\x00" not in head:
        return None
    # Latin letters, digits and spaces have a zero byte: in Vietnamese text more than half.
    for encoding, zeros, others in (
        ("utf-16-le", head[1::2], head[::2]),
        ("utf-16-be", head[::2], head[1::2]),
    ):
        if zeros.count(0) * 2 < len(zeros) or others.count(0):
            continue
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if not any(ord(char) in _BINARY for char in text[:_HEAD]):
            return encoding
    return None


def _check_text(data: bytes, name: str, *, allowed: frozenset[int] = frozenset()) -> None:
    """Refuse bytes that no text has.

    Raises:
        UnsupportedSource: There are some.
    """
    head = data[:_HEAD]
    bad = [byte for byte in head if byte in _BINARY]
    if not bad or (set(bad) <= allowed and len(bad) <= _MAX_CONTROL_SHARE * len(head)):
        return
    suffix = f".{name.rpartition('.')[2]}" if "." in name else "(không có)"
    raise UnsupportedSource(
        f"{name}: đây là tệp nhị phân mang đuôi {suffix!r}, không phải văn bản. "
        "Xuất tài liệu ra văn bản UTF-8 rồi nạp lại."
    )


def _decode_legacy(data: bytes, declared: str | None) -> str | None:
    """Return the text in the encoding that makes it Vietnamese, else in the declared one."""
    surface = data.decode("latin-1")
    ranked = sorted(
        (
            (evidence.total + _DECLARED_BONUS * (table.name == _known(declared)), evidence, table)
            for table in _tables().values()
            for evidence in [_evidence(surface, table)]
        ),
        key=lambda entry: -entry[0],
    )
    (first, best, table), (second, *_) = ranked[:2]
    if best.good and best.is_sound and first - second >= _MIN_LEAD:
        return table.convert(_c1_as_cp1252(surface) if table.name == "cp1258" else surface)
    if declared is None or _known(declared) == "utf-8":
        return None
    try:
        return data.decode(declared)
    except (LookupError, UnicodeDecodeError):
        return None


def _known(declared: str | None) -> str | None:
    if declared is None:
        return None
    plain = declared.strip().lower()
    if plain in _tables():
        return plain
    try:
        return codecs.lookup(plain).name
    except LookupError:
        return None


def _c1_as_cp1252(surface: str) -> str:
    """Return the punctuation that windows code pages have at 0x80 to 0x9F."""
    return surface.translate({byte: char for char, byte in _FROM_CP1252.items()})


def _refuse(data: bytes, name: str, exc: UnicodeDecodeError) -> str:
    line = data[: exc.start].count(b"\n") + 1
    raise ExtractionFailed(
        f"{name}: dòng {line} không phải UTF-8 (byte 0x{data[exc.start]:02x}). "
        "Lưu lại tệp với bảng mã UTF-8 rồi nạp lại."
    ) from exc
