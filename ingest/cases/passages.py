"""Which sentences tell of which case.

A sentence that names one case is its own, and so are those behind it until another case is named
or the text returns to the whole. A sentence that names several is cut between them. What belongs
to all of them, or to the whole, belongs to none.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.cases.letters import CAPITALS
from ingest.cases.merging import Draft
from ingest.cases.zones import Line
from kb.models import Span
from kb.sentences import split_sentences

_WHOLE = re.compile(
    r"^\W*(?:ngoài ra|bên cạnh|nhìn chung|song song|cùng với|không chỉ vậy|tính chung|"
    r"thời gian (?:qua|tới)|"
    r"những năm (?:qua|gần đây)|từ đầu năm|tổng (?:số|cộng)|trên địa bàn|có thể thấy|"
    r"kết quả trên|phong trào|"
    r"trong \d+ năm|(?:hiện nay|đến nay|năm \d{4}|tính đến nay|hiện),? (?:toàn|trên địa bàn|"
    r"các|hội|đảng)|toàn (?:tỉnh|huyện|xã|thành phố|thị xã|phường)|"
    # The unit itself is the subject, not its model.
    # A commune acts in its own models; only what it has or honours is of the whole.
    rf"(?:quận|huyện|tỉnh|thành phố|thị xã)(?-i:\s[{CAPITALS}]\w*){{0,3}}\s(?:đã|có|hiện|đang|"
    r"cũng|còn|triển khai|đăng ký|xây dựng|công nhận|biểu dương)|"
    rf"(?:xã|phường|thị trấn|địa phương|đảng bộ)(?-i:\s[{CAPITALS}]\w*){{0,3}}\s(?:(?:đã|hiện|cũng|"
    r"còn)\s)*(?:có|công nhận|biểu dương|đăng ký)|"
    r"qua (?:các|những)|từ (?:các|những)|các|những|để|trong thời gian tới|đồng chí|"
    r"theo đồng chí|một (?:mô hình|cách làm) khác)(?!\w)",
    re.IGNORECASE,
)
_MANY = re.compile(
    r"(?<!\w)(?:các|những|nhiều|\d[\d.]{0,14}|toàn bộ|tất cả)\s+(?:\w+\s)?(?:mô hình|cách làm|"
    r"điển hình)(?!\w)|"
    # "mô hình dân vận khéo" with no name behind it is the movement.
    r"(?<!\w)(?:mô hình|phong trào)(?: thi đua)?\s[“\"«]?dân vận khéo[”\"»]?"
    r"(?!\w|\s*[“\"«:]|\s(?:này|đó|trên|ấy|là|mang tên|có tên|tên))|"
    r"(?<!\w)(?:toàn|khắp|cả)\s(?:tỉnh|huyện|quận|xã|thành phố|phường|thị xã)(?!\w)"
    r"(?=[^.]{0,40}\d)",
    re.IGNORECASE,
)
_PLURAL = r"(?<!các )(?<!những )(?<!nhiều )(?<!một số )(?<!\d )(?<!mỗi )"
_REFERENCE = re.compile(
    rf"{_PLURAL}(?<!\w)(?:mô hình|cách làm)(?:[,.;]|$|\s+(?:này|trên|đó|ấy|nói trên|đã|được|"
    rf"còn|hiện|giúp|cũng|không|do|có|"
    r"thu hút|mang|đem|góp|vừa|bước|hoạt động|ra đời|đang|sẽ|tạo|bắt đầu|phát huy|cho|là|nhận|"
    r"duy trì|đến|ngày càng|"
    r"đạt|tiếp tục|đi vào|từng|thực sự|luôn|vẫn|thành công|hiệu quả|nên|mà|với|và|lan|"
    r"trở thành|để|nhằm|tuy|quy tụ))(?!\w)",
    re.IGNORECASE,
)
_CONTAINERS = re.compile(
    r"(?<!\w)(câu lạc bộ|CLB|hợp tác xã|HTX|tổ hợp tác|THT|chi hội|quỹ|đội|nhóm|tổ|"
    r"chương trình|tủ sách|ngân hàng|"
    r"phiên chợ|bếp|quán|lớp|camera|trạm|công trình|tuyến đường|phong trào)(?!\w)",
    re.IGNORECASE,
)
# "mô hình" with more behind it than a reference: another one, by its name.
_ONE_MODEL = re.compile(
    rf"{_PLURAL}(?<!\w)mô hình\s(?!hay|mới|khác|điểm|dân vận|tiêu biểu|kinh tế|hiệu quả)\w",
    re.IGNORECASE,
)
# The next part of a sentence, about something with a name of its own.
_NEXT_PART = re.compile(rf";\s+(?=[{CAPITALS}“\"«‘])")
_OPENING_KIND = re.compile(
    r"(?:(?:hiện nay|hiện|đến nay|từ khi thành lập),?\s+)?"
    r"(câu lạc bộ|CLB|hợp tác xã|HTX|tổ hợp tác|THT|chi hội|quỹ|đội|nhóm|tổ|chương trình)(?!\w)",
    re.IGNORECASE,
)
_SEGMENT_TAIL = re.compile(
    r"[\s,;:]*(?:(?:và|hay|hoặc|cùng|cùng với|đến|còn|là|như)\s*)?(?:(?:các|"
    r"những)\s+)?(?:mô hình|cách làm|câu lạc bộ|CLB|tổ|quỹ|đội|nhóm|chương trình|phong trào)?"
    r"[\s,;:]*$",
    re.IGNORECASE,
)
_BRACKET = re.compile(r"[”\"»’']?\s*\([^()]*\)")
_DIGIT = re.compile(r"\d")
# Between a number and the name behind it: the number counts more than this case.
_PICKED_OUT = re.compile(
    r"(?:trong đó|tiêu biểu|điển hình|nổi bật|(?<!\w)như(?!\w)|đặc biệt|nhất là|kể đến|đơn cử|"
    r"[.;:])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Telling:
    """A stretch that tells of a case.

    Attributes:
        span: A sentence, or a part of one that names several cases.
        figures: The part of it in which figures belong to the case; None if in no part.
        sentence: The whole sentence.
    """

    span: Span
    figures: Span | None
    sentence: Span


class _Reader:
    """Goes through an article once and hands its sentences to cases."""

    def __init__(self, text: str, drafts: Sequence[Draft], others: Sequence[Span]) -> None:
        self._text = text
        named = {outer.start_char for draft in drafts for outer in draft.outers}
        self._others = [other for other in others if other.start_char not in named]
        self._drafts = drafts
        self._mentions = sorted(
            ((outer, index) for index, draft in enumerate(drafts) for outer in draft.outers),
            key=lambda item: item[0].start_char,
        )
        self.tellings: list[list[Telling]] = [[] for _ in drafts]
        self._section: int | None = None
        self._current: int | None = None
        self._last: int | None = None
        self._references = [_reference(text, draft) for draft in drafts]

    def read(self, lines: Sequence[Line]) -> None:
        for line in lines:
            if line.is_title:
                continue
            if line.is_heading:
                self._enter_section(line.span)
                continue
            self._enter_paragraph(line)

    def _enter_section(self, span: Span) -> None:
        named = {index for _, index in self._named_in(span)}
        self._section = named.pop() if len(named) == 1 else None
        self._current = self._last = self._section

    def _enter_paragraph(self, line: Line) -> None:
        self._current = None
        text = self._text[line.span.start_char : line.span.end_char]
        start = line.span.start_char
        sentences = [
            Span(part.start_char + start, part.end_char + start) for part in split_sentences(text)
        ]
        if self._goes_on(line, sentences):
            self._current = self._last
        for number, sentence in enumerate(sentences):
            named = self._named_in(sentence)
            distinct = {index for _, index in named}
            if not distinct:
                self._read_unnamed(sentence, opens=number == 0)
            elif len(distinct) == 1:
                self._current = self._last = named[0][1]
                self._add(
                    self._current, Telling(sentence, self._own_part(sentence, named), sentence)
                )
            else:
                self._read_several(sentence, named)

    def _goes_on(self, line: Line, sentences: Sequence[Span]) -> bool:
        """Tell whether a paragraph that names no case goes on about the last one.

        It does if one of its sentences speaks of "the model" and none of many.
        """
        if self._last is None or self._named_in(line.span):
            return False
        words = [self._text[item.start_char : item.end_char] for item in sentences]
        if any(_MANY.search(item) for item in words) or _WHOLE.match(words[0]):
            return False
        return any(self._refers(item, self._last) for item in words)

    def _by_kind(self, words: str, position: int) -> int | None:
        """Return the one case named before that is of the kind that opens a sentence."""
        opening = _OPENING_KIND.match(words)
        if opening is None:
            return None
        fitting = [
            index
            for index, draft in enumerate(self._drafts)
            if draft.mentions[0].start_char < position
            and any(pattern.match(opening[1]) for pattern in self._references[index][1:])
        ]
        return fitting[0] if len(fitting) == 1 else None

    def _read_unnamed(self, sentence: Span, *, opens: bool) -> None:
        words = self._text[sentence.start_char : sentence.end_char]
        if self._names_another(sentence):
            self._current = None
            return
        if opens and self._current is None:
            self._current = self._section
            if self._last is not None and self._refers(words, self._last):
                self._current = self._last
        by_kind = self._by_kind(words, sentence.start_char)
        if by_kind is not None:
            self._current = self._last = by_kind
        returns = bool(_WHOLE.match(words) or _MANY.search(words))
        if returns and not (self._current is not None and self._refers(words, self._current)):
            self._current = None
        elif _MANY.search(words):
            return
        if self._current is None and not returns and self._refers_to_only(words, sentence):
            self._current = 0
        if self._current is not None:
            self._add(self._current, Telling(sentence, sentence, sentence))

    def _read_several(self, sentence: Span, named: Sequence[tuple[Span, int]]) -> None:
        text = self._text
        merged: list[tuple[Span, int]] = []
        for outer, index in named:
            if not merged or merged[-1][1] != index:
                merged.append((outer, index))
        had_figure = False
        owns_last = False
        for position, (outer, index) in enumerate(merged):
            is_last = position == len(merged) - 1
            limit = sentence.end_char if is_last else merged[position + 1][0].start_char
            semicolon = text.find(";", outer.end_char, limit)
            cut = semicolon if semicolon >= 0 else limit
            span = Span(outer.start_char, _trim_tail(text, outer.end_char, cut))
            is_tight = outer.start_char in self._drafts[index].tight
            bracket = _BRACKET.match(text, outer.end_char, cut)
            owns = not (is_last and is_tight and not had_figure and semicolon < 0)
            after_semicolon = text[sentence.start_char : outer.start_char].rstrip().endswith(";")
            if is_last and (after_semicolon or had_figure):
                owns = True
            part = Span(outer.end_char, span.end_char) if owns else None
            if not owns and bracket:
                part = Span(bracket.start(), bracket.end())
            if part is not None and part.start_char >= part.end_char:
                part = None
            had_figure = bool(_DIGIT.search(text, outer.end_char, cut)) or after_semicolon
            owns_last = owns
            self._add(index, Telling(span, part, sentence))
        self._current = self._last = merged[-1][1] if owns_last else None

    def _own_part(self, sentence: Span, named: Sequence[tuple[Span, int]]) -> Span:
        """Return the part of a sentence with one case in which figures are that case's."""
        first = named[0][0]
        part = _NEXT_PART.search(self._text, named[-1][0].end_char, sentence.end_char)
        if part:
            sentence = Span(sentence.start_char, part.start())
        before = self._text[sentence.start_char : first.start_char]
        picked = _PICKED_OUT.search(before)
        many = _MANY.search(before)
        if (picked and _DIGIT.search(before)) or many:
            return Span(first.end_char, sentence.end_char)
        return sentence

    def _names_another(self, sentence: Span) -> bool:
        """Tell whether a sentence turns to something that is no case of this article's list."""
        if any(
            sentence.start_char <= other.start_char < sentence.end_char for other in self._others
        ):
            return True
        words = self._text[sentence.start_char : sentence.end_char]
        return any(
            not _REFERENCE.match(words, match.start()) for match in _ONE_MODEL.finditer(words)
        )

    def _refers_to_only(self, words: str, sentence: Span) -> bool:
        """Tell whether the article has one case, named before, and a sentence speaks of it."""
        if len(self._drafts) != 1:
            return False
        named_before = sentence.start_char > self._drafts[0].mentions[0].start_char
        return named_before and self._refers(words, 0)

    def _refers(self, words: str, index: int) -> bool:
        return any(pattern.search(words) for pattern in self._references[index])

    def _named_in(self, span: Span) -> list[tuple[Span, int]]:
        return [
            (outer, index)
            for outer, index in self._mentions
            if span.start_char <= outer.start_char and outer.start_char < span.end_char
        ]

    def _add(self, index: int, telling: Telling) -> None:
        told = self.tellings[index]
        if told and telling.span.start_char < told[-1].span.end_char:
            return
        told.append(telling)


def tellings_of(
    text: str, lines: Sequence[Line], drafts: Sequence[Draft], others: Sequence[Span] = ()
) -> list[list[Telling]]:
    """Return for each case the stretches that tell of it, in order, without overlap.

    Args:
        text: The document's text.
        lines: Its own lines.
        drafts: The cases.
        others: What may name something else; a sentence with it tells of no case named before.
    """
    reader = _Reader(text, drafts, others)
    reader.read(lines)
    return reader.tellings


def _reference(text: str, draft: Draft) -> list[re.Pattern[str]]:
    """Return how a text speaks of a case again: as the model, or by what kind of thing it is."""
    patterns = [_REFERENCE]
    outer = draft.outers[0]
    around = text[max(0, outer.start_char - 40) : outer.start_char]
    kinds = [match[1].lower() for match in _CONTAINERS.finditer(around)][-1:]
    opening = _CONTAINERS.match(draft.name)
    if opening:
        kinds.append(opening[1].lower())
    for kind in dict.fromkeys(kinds):
        short = {"câu lạc bộ": "clb", "hợp tác xã": "htx"}.get(kind)
        spelled = f"(?:{kind}|{short})" if short else kind
        patterns.append(re.compile(rf"{_PLURAL}(?<!\w){spelled}(?!\w)(?!\s+khác)", re.IGNORECASE))
    return patterns


def _trim_tail(text: str, start: int, end: int) -> int:
    tail = _SEGMENT_TAIL.search(text, start, end)
    return tail.start() if tail else end
