"""Words that stand for a case, a place or people of the answer before: counted or pointed at."""

import re
from dataclasses import replace

from kb.places import find_places
from kb.terms import fold_token
from retrieval.conversation.reference import (
    LEAD,
    Reference,
    ReferenceKind,
    core_of,
    is_framed,
    reference_at,
)
from retrieval.conversation.wording import ASKING, CASES, PLACES, Phrase, Words, longest_first

_CASE = longest_first(CASES)
_PLACE = longest_first(PLACES)
_THAT = "đó|này|ấy|đấy|kia|nói trên|vừa nêu|vừa nói|vừa rồi|đã nêu|kể trên|nêu trên"

# How a question goes on after words that stand for a case.
_GOES_ON = (
    "làm|có|được|đã|thì|do|ra|khác|giống|thu|cần|hoạt|tổ|triển|thực|là|ở đâu|tốn|hết|mất|góp|lấy|"
    f"vay|bán|giúp|gồm|lãi|nuôi|trồng|áp|duy|mang|đem|hiệu quả|hay|bền|còn|bắt|nằm|{ASKING}"
)

# --- ordinals --------------------------------------------------------------------------------

_UNITS = {
    "nhất": 1, "một": 1, "mốt": 1, "hai": 2, "nhì": 2, "ba": 3, "tư": 4, "bốn": 4, "năm": 5,
    "lăm": 5, "sáu": 6, "bảy": 7, "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_VALUES = {**_UNITS, **{fold_token(word): value for word, value in _UNITS.items()}}
_UNIT = "|".join(_UNITS)
_COUNTING = rf"(?:{_UNIT}) mươi(?: (?:{_UNIT}))?|mười(?: (?:{_UNIT}))?|{_UNIT}|\d{{1,2}}"
_NTH = rf"thứ (?:{_COUNTING})"
# "tổ hợp tác số 5" and "ấp số 1" are names.
_NUMBERED = (
    rf"(?:mô hình|cái|cách làm|cách|trường hợp|ví dụ|điển hình|kinh nghiệm) số (?:{_COUNTING})"
)
_EXTREME = "đầu tiên|cuối cùng|sau cùng|chót|đầu|cuối"
_ONE_NTH = rf"(?:(?:(?:{_CASE}|{_PLACE}) )?{_NTH}|(?:{_NUMBERED})|số (?:{_COUNTING}))"
_ORDINAL = Phrase(
    rf"(?:(?:{_CASE}|{_PLACE}) {_NTH}|{_NUMBERED})(?: (?:và|với|so với|hay|hoặc) {_ONE_NTH})*"
)
_EXTREME_ORDINAL = Phrase(rf"(?:(hai|ba|bốn|[2-6]) )?(?:{_CASE}|{_PLACE}) ({_EXTREME})")
_GOING_ON = Phrase(rf"(?:{_GOES_ON})")
_BARE_ORDINAL = Phrase(rf"{_NTH}")
_EACH_NTH = Phrase(rf"(?:thứ|số) ({_COUNTING})")
_TEN = frozenset({"mười", "mươi", "muoi"})
_FIRST = frozenset({"đầu tiên", "đầu", "dau tien", "dau"})

# --- pronouns --------------------------------------------------------------------------------

_MANY = "các|những|mấy|tất cả các|cả hai|cả ba|cả bốn|hai|ba|bốn|năm|sáu|hai ba|2|3|4|5|6"
_THAT_CASE = Phrase(rf"(?:({_MANY}) )?(?:{_CASE}) (?:{_THAT})")
# "mô hình trên" stands for a case, "mô hình trên cát" does not.
_CASE_ABOVE = Phrase(rf"(?:({_MANY}) )?(?:{_CASE}) trên(?= (?:{_GOES_ON})(?= |$)|$)")
_THAT_PLACE = Phrase(rf"(?:(?:ở|tại|trong|từ) )?(?:{_PLACE}) (?:{_THAT})|(?:ở|tại) (?:đó|đấy|kia)")
_THAT_PERSON = Phrase(
    "(?:ông|bà|anh|chị|cô|chú|bác|người) (?:ấy|đó|này|ta(?= (?:làm|có|được|góp)))"
)
# "họ" is a clan and a surname, too: it stands for people where it begins the question and does
# something.
_THEY = Phrase(
    "(?:họ|nó|chúng)(?= (?:làm|có|được|đã|tổ|thu|lấy|góp|lãi|cần|ra sao|thực hiện|triển khai|"
    "hoạt động|bắt đầu|duy trì|tham gia|hỗ trợ|do|là|thế nào|như thế nào|giúp|bán|mất|hết|tốn|"
    "vận hành|thành lập|ở đâu|gồm|vận động)(?= |$))"
)


def find_ordinal(words: Words) -> Reference | None:
    """Return the reference of "mô hình thứ hai": cases by their number in an answer."""
    match = _ORDINAL.of(words).search(words.line)
    if match:
        found = reference_at(words, ReferenceKind.ORDINAL, match.start(), match.end())
        positions = tuple(_value_of(number) for number in _EACH_NTH.of(words).findall(match[0]))
        return _if_first(words, found, positions)
    match = _EXTREME_ORDINAL.of(words).search(words.line)
    if match:
        found = reference_at(words, ReferenceKind.ORDINAL, match.start(), match.end())
        # "xã đầu tiên đạt chuẩn" tells of a first one in the world, not in an answer.
        is_of_answer = _goes_on(words, match.end()) and not find_places(words.text)
        return _if_first(words, found, _extremes(match)) if is_of_answer else None
    start, end = core_of(words)
    if (
        start < end
        and is_framed(words)
        and _BARE_ORDINAL.of(words).fullmatch(words.line[start:end])
    ):
        (number,) = _EACH_NTH.of(words).findall(words.line[start:end])
        found = reference_at(words, ReferenceKind.ORDINAL, start, end)
        return _if_first(words, found, (_value_of(number),))
    return None


def _extremes(match: re.Match[str]) -> tuple[int, ...]:
    """Return the positions of "hai mô hình đầu" or "cái cuối cùng"."""
    count = _value_of(match[1]) if match[1] else 1
    if match[2] in _FIRST:
        return tuple(range(1, count + 1))
    return tuple(range(-count, 0))


def _value_of(number: str) -> int:
    """Return the value of digits or number words below a hundred."""
    if number.isdigit():
        return int(number)
    *before, last = number.split()
    if last in _TEN:
        return 10 * _value_of(before[0]) if before else 10
    if not before:
        return _VALUES[last]
    return _value_of(" ".join(before)) + _VALUES[last]


def _if_first(words: Words, found: Reference, positions: tuple[int, ...]) -> Reference | None:
    """Return a reference if nothing before it can be what it stands for."""
    if words.part(0, found.start_char).content:
        return None
    is_alone = not words.part(found.end_char).content
    return replace(
        found,
        positions=positions,
        is_alone=is_alone,
    )


def find_pronoun(words: Words) -> Reference | None:
    """Return the reference of "mô hình đó", "ở đó" or "họ": what was named, or where it was."""
    return _that_case(words) or _that_place(words) or _those_people(words)


def _that_case(words: Words) -> Reference | None:
    match = _THAT_CASE.of(words).search(words.line) or _CASE_ABOVE.of(words).search(words.line)
    if not match:
        return None
    found = reference_at(words, ReferenceKind.PRONOUN, match.start(), match.end())
    if words.part(0, found.start_char).content or _explains(words, found.end_char):
        return None
    # Without marks "đó" is "đổ", "đo" and "do", too.
    if not words.is_accented and not _goes_on(words, match.end()):
        return None
    return replace(found, count=_count(match[1]))


def _goes_on(words: Words, position: int, *, but: tuple[str, ...] = ()) -> bool:
    """Tell whether the line ends at a place, or goes on as after words that stand for a case."""
    rest = words.line[position:].strip()
    match = _GOING_ON.of(words).match(rest)
    return not rest or (match is not None and match[0] not in but)


def _explains(words: Words, end_char: int) -> bool:
    """Tell whether the question itself says what it points at: "mô hình này: nuôi cua"."""
    return words.text[end_char:].lstrip().startswith((":", "(", "là")) and bool(
        words.part(end_char).content
    )


def _count(many: str | None) -> int:
    """Return how many are meant; 0 for all of them."""
    if many is None:
        return 1
    last = many.split()[-1]
    return int(last) if last.isdigit() else _VALUES.get(last, 0)


def _that_place(words: Words) -> Reference | None:
    match = _THAT_PLACE.of(words).search(words.line)
    if not match:
        return None
    found = reference_at(words, ReferenceKind.PRONOUN, match.start(), match.end())
    before = words.text[: found.start_char]
    if any(sign in before for sign in ",;:.(") or find_places(words.text):
        return None
    if not words.is_accented and not _goes_on(words, match.end(), but=("thi",)):  # "ở đô thị"
        return None
    return replace(found, noun="place", is_alone=not words.part(0, found.start_char).content)


def _those_people(words: Words) -> Reference | None:
    match = _THAT_PERSON.of(words).search(words.line)
    if not match:
        lead = LEAD.of(words).match(words.line)
        match = _THEY.of(words).match(words.line, lead.end() if lead else 0)
    if not match:
        return None
    found = reference_at(words, ReferenceKind.PRONOUN, match.start(), match.end())
    if words.part(0, found.start_char).content:
        return None
    is_person = _THAT_PERSON.of(words).fullmatch(match[0]) is not None
    is_plural = not is_person and fold_token(match[0]) != "no"
    return replace(
        found,
        count=0 if is_plural else 1,
        noun="people",
    )
