"""The parts of an earlier question that a follow-up keeps or replaces: subject, places, years."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from kb.facets import find_facets
from kb.models import Span
from kb.places import PlaceMention, find_places, get_province
from retrieval.conversation.wording import ASKING, Phrase, Words, longest_first

_ENDS = " ?!.,;:…"
_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"")
# What may stand between two names of one place, or of a list of places.
_JOINS = re.compile(r"\s*(?:[,;/(–-]|và|va|với|voi|hoặc|hoac|hay|thuộc|thuoc)?\s*", re.IGNORECASE)
_RANK = re.compile(
    r"(?:(?:ở|o|tại|tai)\s+)?(?:tỉnh|tinh|thành phố|thanh pho|tp\.?|huyện|huyen|quận|quan|thị xã|"
    r"thi xa|thị trấn|thi tran|xã|xa|phường|phuong)\s*$",
    re.IGNORECASE,
)
_LEADING = re.compile(r"\s*(?<!\w)(?:ở|o|tại|tai|của|cua|trong)?\s*$", re.IGNORECASE)
_PREPOSITION = re.compile(r"^(?:ở|o|tại|tai)\s+", re.IGNORECASE)

# Words that open a question and say nothing of its subject.
_OPENING = Phrase(
    "(?:(?:xin|hãy|cho|tôi|em|mình|hỏi|biết|muốn|có|những|các|nào|làm sao|làm thế nào|vì sao|"
    "tại sao|ai|để|mô hình nào|cách nào|nơi nào|ở đâu|so sánh|kể|nêu|tìm|liệt kê|gì)(?= |$) ?)+"
)
# Words before the part of a question that asks: they belong to it.
_LINK = Phrase(
    "thì|là|có|được|gồm|do|bởi|lãi|kiếm|thu nhập|thu được|thu|góp|tổ chức|làm|thực hiện|triển khai|"
    "hoạt động|bằng|theo|những|các|tổng vốn|tổng|vốn|hết|tốn|lấy|từ|tăng|giảm|đạt|lên|xuống|cách|"
    "cho|để|mỗi|một|và|ở|như|đã|đang|khác nhau|khác|mô hình|trồng|nuôi|bán|đón|trao|tặng|mua|xây|"
    "lắp|giúp|hỗ trợ|phát|nấu|đóng"
)
_ASKS = Phrase(rf"(?:{longest_first(ASKING)})")
# A subject of fewer words is none.
_LEAST_WORDS = 2


@dataclass(frozen=True, slots=True)
class PlacePhrase:
    """Names of places that stand together in a question, with the rank before them.

    Attributes:
        span: Where they stand in the question.
        mentions: The places.
    """

    span: Span
    mentions: tuple[PlaceMention, ...]


def place_phrases(question: str) -> list[PlacePhrase]:
    """Return the places that a question names, in order; names of cases in quotes are left out.

    Example:
        >>> text = "Cựu chiến binh huyện Cái Nước, Cà Mau góp vốn"
        >>> [text[p.span.start_char : p.span.end_char] for p in place_phrases(text)]
        ['huyện Cái Nước, Cà Mau']
    """
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    phrases: list[PlacePhrase] = []
    for mention in find_places(question):
        if any(start <= mention.start_char < end for start, end in quoted):
            continue
        start = _with_rank(question, mention.start_char)
        last = phrases[-1] if phrases else None
        end = mention.end_char
        if last and _JOINS.fullmatch(question[last.span.end_char : start]):
            is_bracketed = "(" in question[last.span.end_char : start]
            end += is_bracketed and question.startswith(")", end)
            span = Span(last.span.start_char, end)
            phrases[-1] = PlacePhrase(span, (*last.mentions, mention))
        else:
            phrases.append(PlacePhrase(Span(start, end), (mention,)))
    return phrases


def _with_rank(question: str, start: int) -> int:
    """Return where a name begins with its rank ("huyện Cái Nước"), without "ở"."""
    match = _RANK.search(question, 0, start)
    if not match:
        return start
    preposition = _PREPOSITION.match(match[0])
    return match.start() + (preposition.end() if preposition else 0)


def with_place(question: str, place: str) -> str:
    """Return a question about another place: all its places replaced, or the place added.

    A province after a question whose district may be one of several only tells which is meant.

    Args:
        question: The earlier question.
        place: The new place as written, with its rank.

    Example:
        >>> with_place("Mô hình giảm nghèo ở Cà Mau có gì hay?", "Bạc Liêu")
        'Mô hình giảm nghèo ở Bạc Liêu có gì hay?'
        >>> with_place("nuôi cua", "Bạc Liêu")
        'nuôi cua ở Bạc Liêu'
    """
    phrases = place_phrases(question)
    if not phrases:
        stem = question.rstrip(_ENDS)
        return f"{stem} ở {place}{question[len(stem) :].rstrip()}"
    text = question
    for phrase in reversed(phrases):
        new = f"{_written(question, phrase)}, {place}" if _settles(phrase, place) else place
        text = f"{text[: phrase.span.start_char]}{new}{text[phrase.span.end_char :]}"
    return text


def without_place(question: str) -> str:
    """Return a question without its places and the words that lead to them.

    Example:
        >>> without_place("Mô hình giảm nghèo ở huyện Cái Nước, Cà Mau có gì hay?")
        'Mô hình giảm nghèo có gì hay?'
    """
    text = question
    for phrase in reversed(place_phrases(question)):
        before = _LEADING.sub("", question[: phrase.span.start_char])
        rest = text[phrase.span.end_char :]
        text = f"{before}{rest}" if before or not rest else rest.lstrip(_ENDS)
    return text.strip()


def _settles(phrase: PlacePhrase, place: str) -> bool:
    """Tell whether a province says which of several districts of one name is meant."""
    province = get_province(place)
    return province is not None and any(
        mention.is_ambiguous and not mention.old_provinces.isdisjoint(province.parts)
        for mention in phrase.mentions
    )


def places_of(question: str) -> str:
    """Return the places that a question names as it writes them; empty if it names none."""
    return ", ".join(_written(question, phrase) for phrase in place_phrases(question))


def _written(question: str, phrase: PlacePhrase) -> str:
    return question[phrase.span.start_char : phrase.span.end_char]


def with_year(question: str, year: str) -> str:
    """Return a question about other years: its years replaced, or the year added.

    Example:
        >>> with_year("Hội quán ở Đồng Tháp năm 2021", "2023")
        'Hội quán ở Đồng Tháp năm 2023'
        >>> with_year("Hội quán ở Đồng Tháp?", "2023")
        'Hội quán ở Đồng Tháp năm 2023?'
    """
    spans = year_spans(question)
    if not spans:
        stem = question.rstrip(_ENDS)
        word = "năm" if year.isdigit() else "giai đoạn"
        return f"{stem} {word} {year}{question[len(stem) :].rstrip()}"
    text = question
    for span in reversed(spans):
        text = f"{text[: span.start_char]}{year}{text[span.end_char :]}"
    return text


def year_spans(question: str) -> list[Span]:
    """Return where the years of a question stand, in order."""
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    spans = {(item.start_char, item.end_char) for item in find_facets(question).years}
    return [
        Span(start, end)
        for start, end in sorted(spans)
        if not any(first <= start < last for first, last in quoted)
    ]


def subject_of(question: str) -> str:
    """Return what a question is about: the question without what it asks.

    Example:
        >>> subject_of("Chị em đan lục bình ở Hồng Dân kiếm được bao nhiêu tiền một tháng?")
        'Chị em đan lục bình ở Hồng Dân'
        >>> subject_of("Làm sao vận động bà con nhà sàn đưa trâu bò ra khỏi gầm sàn?")
        'vận động bà con nhà sàn đưa trâu bò ra khỏi gầm sàn'
    """
    words = Words(question)
    if not words.tokens:
        return ""
    opening = _OPENING.of(words).match(words.line)
    start = opening.end() + 1 if opening else 0
    if start >= len(words.line):
        return question.strip(_ENDS)
    end = _without_links(words, start, _asking_part(words, start))
    first, last = words.span(start, end) if end > start else (0, 0)
    return question.strip(_ENDS) if last <= first else words.text[first:last].strip(_ENDS)


def _asking_part(words: Words, start: int) -> int:
    """Return where a question begins to ask; its end if more of the subject is told after that."""
    end = len(words.line)
    for match in _ASKS.of(words).finditer(words.line, start):
        if match.start() <= start:
            continue
        told = len(words.part(*words.span(start, match.start() - 1)).content)
        after = len(words.part(words.span(match.start(), end)[0]).content)
        if told >= _LEAST_WORDS and told > after:
            return match.start() - 1
    return end


def _without_links(words: Words, start: int, end: int) -> int:
    """Return the end of a stretch without the words at its end that lead over to what is asked."""
    if end == len(words.line):
        return end
    while True:
        found = list(_LINK.of(words).finditer(words.line, start, end))
        if not found or found[-1].end() != end:
            return end
        end = max(start, found[-1].start() - 1)


def shared_province(provinces: Sequence[str | None]) -> str:
    """Return the province that all have; empty if they differ or one is unknown."""
    distinct = set(provinces)
    if len(distinct) != 1:
        return ""
    return distinct.pop() or ""
