"""Sentence boundaries of Vietnamese prose, as spans of the text.

Chunks and extractive answers must agree on what a sentence is, so it is decided here. A full stop
ends a sentence only before white space and an opening character (capital, digit, quote, dash) and
not inside a number ("1.129"), after a known short form ("TP. Hồ Chí Minh", "ThS."), or after a
single capital ("T.T"). Vietnamese capitals are far beyond A-Z, which ASCII rules miss.
"""

import re

from kb.models import Span

_ABBREVIATIONS = {
    "tp", "tx", "tt", "tr", "p", "q", "h", "x", "ts", "ths", "gs", "pgs", "bs", "ks", "cn", "đ/c",
    "ths.bs", "tnhh", "mr", "mrs", "ms", "dr", "st", "vd", "nxb", "gs.ts", "pgs.ts",
}  # fmt: skip
_END = re.compile(r"[.!?…]+[\"”’»)\]]*(?=\s|$)|\n+")
_LINE_END = re.compile(r"[.!?…:;]['\"”’)]*$")
_LONG_SENTENCE = 300
_SEMICOLON = re.compile(r";(?=\s)")
_WORD_BEFORE = re.compile(r"[^\s(“\"‘]+$")
_LIST_NUMBER = re.compile(r"\d{1,3}|[a-zđ]", re.IGNORECASE)
_NOT_SPACE = re.compile(r"[^ ]")
# No abbreviation and no list number is longer; looking further back would make a text of
# abbreviations cost its length squared.
_LOOK_BACK = 16


def split_sentences(text: str) -> list[Span]:
    r"""Return the spans of the sentences, in order; white space lies between them.

    A line break always ends a sentence. The spans cover every non-space character once.

    Example:
        >>> text = "TP. Cà Mau có 1.129 hộ. Ấp 5 thu 2,5 tỷ đồng!\nHết"
        >>> [text[s.start_char:s.end_char] for s in split_sentences(text)]
        ['TP. Cà Mau có 1.129 hộ.', 'Ấp 5 thu 2,5 tỷ đồng!', 'Hết']
    """
    spans: list[Span] = []
    start = 0
    for match in _END.finditer(text):
        if match[0].startswith("\n"):
            end = match.start()
        elif _ends_sentence(text, start, match):
            end = match.end()
        else:
            continue
        _append_trimmed(spans, text, start, end)
        start = match.end()
    _append_trimmed(spans, text, start, len(text))
    return spans


def split_statements(text: str) -> list[Span]:
    """Return the sentences, with over-long enumerations cut at their semicolons.

    Reports list a dozen models in one sentence of a thousand characters; quoted whole, nobody
    finds the figure in it. The spans cover what `split_sentences` covers, semicolons included.

    Example:
        >>> text = "Có mô hình A lãi 5 triệu; " + "mô hình B " * 40 + "; mô hình C."
        >>> [text[s.start_char:s.end_char][:12] for s in split_statements(text)]
        ['Có mô hình A', 'mô hình B mô', 'mô hình C.']
    """
    statements: list[Span] = []
    for sentence in split_sentences(text):
        if sentence.end_char - sentence.start_char <= _LONG_SENTENCE:
            statements.append(sentence)
            continue
        start = sentence.start_char
        for match in _SEMICOLON.finditer(text, sentence.start_char, sentence.end_char):
            _append_trimmed(statements, text, start, match.end())
            start = match.end()
        _append_trimmed(statements, text, start, sentence.end_char)
    return statements


def ends_statement(line: str) -> bool:
    """Tell whether a line of a paper ends what it says, or announces a list.

    Example:
        >>> [ends_statement(line) for line in ("Đã hiến 820 m².)", "Kết quả:", "ở xã")]
        [True, True, False]
    """
    return bool(_LINE_END.search(line))


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    following = _NOT_SPACE.search(text, match.end())
    if following and following[0] != "\n" and not _can_open(following[0]):
        return False
    if match[0] != ".":
        return True
    before = text[max(start, match.start() - _LOOK_BACK) : match.start()]
    opens_line = start == 0 or text[start - 1] == "\n"
    if opens_line and _LIST_NUMBER.fullmatch(before.strip()):
        return False
    word = _WORD_BEFORE.search(before)
    if word is None:
        return True
    bare = word[0].rstrip(".").lower()
    return not (bare in _ABBREVIATIONS or (len(bare) == 1 and bare.isalpha() and word[0].isupper()))


def _can_open(char: str) -> bool:
    return not char.islower() and char not in ",;:)]}”’"


def _append_trimmed(spans: list[Span], text: str, start: int, end: int) -> None:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        spans.append(Span(start, end))
