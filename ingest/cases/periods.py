"""When a case was carried out: a date in the sentences that tell of it, if it says just that.

Articles date much else: what a figure is compared with, what is planned, a decree, a birth. Of
those none is taken; a case without a period is better than one with a wrong one.
"""

import re
from collections.abc import Sequence

from ingest.cases.passages import Telling
from kb.models import CaseFact, Span

_YEAR = r"(?:19[89]\d|20[0-4]\d)"
_PERIOD = re.compile(
    rf"(?:từ\s+)?giai đoạn\s+{_YEAR}\s?[-–]\s?{_YEAR}|"
    rf"(?:từ|kể từ|vào|đầu|cuối|giữa|trong|ngay từ|bắt đầu từ)\s+(?:(?:đầu|cuối|"
    rf"giữa)\s+)?(?:(?:tháng|quý)\s+[\dIV]+(?:\s?[/-]\s?|\s+năm\s+)|năm\s+|"
    rf"ngày\s+\d+[/-]\d+[/-])"
    rf"{_YEAR}(?:\s?(?:-|–|đến(?: hết)?(?: năm)?)\s?(?:{_YEAR}|nay))?|"
    rf"(?:tháng\s+\d+(?:\s?[/-]\s?|\s+năm\s+)|năm\s+){_YEAR}(?:\s?(?:-|–|"
    rf"đến(?: năm)?)\s?(?:{_YEAR}|nay))?",
    re.IGNORECASE,
)
_TELLINGS = 4
# What a figure is compared with, and what a year belongs to that is not the case.
_OF_ANOTHER = re.compile(
    r"(?<!\w)(?:(?:so với|so|cùng kỳ|bằng|hơn|kém|gấp \S+ lần)(?:\s+\w+){0,4}|"
    r"trước(?:\s+(?:cả|tháng|đầu|cuối))?|"
    r"sinh(?: vào)?|khóa|khoá|nhiệm kỳ|số\s+\S*\d\S*(?:,?\s+ngày)?|"
    r"(?:nghị quyết|chỉ thị|quyết định|kế hoạch|nghị định|thông tư|luật)(?:\s+\w+){0,3})\s*$",
    re.IGNORECASE,
)
_PLANNED = re.compile(
    r"(?<!\w)(?:sẽ|dự kiến|phấn đấu|kế hoạch|mục tiêu|chỉ tiêu|định hướng|lộ trình|dự định|"
    r"hướng tới|hướng đến|thời gian tới)(?!\w)",
    re.IGNORECASE,
)
# Behind a year "mục tiêu" may be the aim of what was done in it; these are always to come.
_TO_COME = re.compile(
    r"(?<!\w)(?:sẽ|dự kiến|phấn đấu|đặt mục tiêu|có kế hoạch|lên kế hoạch|đề ra (?:kế hoạch|"
    r"mục tiêu|chỉ tiêu))(?!\w)",
    re.IGNORECASE,
)
_FOUNDED = re.compile(
    r"(?<!\w)(?:thành lập|ra đời|ra mắt|triển khai|thực hiện|phát động|lập|bắt đầu|áp dụng|"
    r"thí điểm|xây dựng|khởi xướng|hình thành|duy trì|nhân rộng|đi vào hoạt động)(?!\w)",
    re.IGNORECASE,
)
_CLAUSE_END = re.compile(r"[,;:.!?](?=\s|$)")
_YEARS = re.compile(_YEAR)


def find_period(
    text: str, outers: Sequence[Span], tellings: Sequence[Telling], published: str | None = None
) -> CaseFact | None:
    """Return when a case was carried out, first by the sentences that name it.

    Args:
        text: The document's text.
        outers: Where the case is named.
        tellings: What tells of it, in order.
        published: Day of the article, `YYYY-MM-DD`.
    """
    first = tellings[:_TELLINGS]
    naming = [item for item in first if item is tellings[0] or _names(item, outers)]
    others = [item for item in first if item not in naming and _founds(text, item)]
    for telling in [*naming, *others]:
        for match in _PERIOD.finditer(text, telling.span.start_char, telling.span.end_char):
            if _is_of_case(text, telling.sentence, match) and not _is_later(match[0], published):
                return CaseFact(match[0], Span(*match.span()), 0.9)
    return None


def _names(telling: Telling, outers: Sequence[Span]) -> bool:
    return any(
        telling.span.start_char <= outer.start_char < telling.span.end_char for outer in outers
    )


def _founds(text: str, telling: Telling) -> bool:
    """Tell whether a sentence that does not name the case says how it began."""
    return _FOUNDED.search(text, telling.span.start_char, telling.span.end_char) is not None


def _is_of_case(text: str, sentence: Span, match: re.Match[str]) -> bool:
    before = text[sentence.start_char : match.start()]
    if _OF_ANOTHER.search(before):
        return False
    clause_start = before.rfind(";") + 1
    if _PLANNED.search(before[clause_start:]):
        return False
    return not _TO_COME.search(_rest_of_clause(text, match.end(), sentence.end_char, before))


def _rest_of_clause(text: str, position: int, end: int, before: str) -> str:
    """Return the clause behind a period; where the period opens the sentence, the next one too."""
    ends = [item.start() for item in _CLAUSE_END.finditer(text, position, end)]
    opens = not before.strip(" -+•*")
    wanted = 1 if opens and ends and not text[position : ends[0]].strip() else 0
    return text[position : ends[wanted] if len(ends) > wanted else end]


def _is_later(words: str, published: str | None) -> bool:
    """Tell whether a period ends after the year of the article."""
    years = _YEARS.findall(words)
    return bool(published and years and years[0] > published[:4])
