"""Whether a claim affirms what its quotes affirm: negations, and words with an opposite."""

from collections.abc import Iterator, Sequence

from retrieval.answering.claim_checks.tokens import STOP_WORDS, tokens_of

_NEGATORS = frozenset({"không", "chưa", "chẳng", "chả", "hết", "thiếu", "mất", "khỏi"})
# After "không" these make another word of it ("không chỉ", "không gian"), or a range word.
_NO_NEGATION = frozenset("chỉ những ngừng gian khí quân dưới quá lưu trung phận".split())
# "hết năm", "hết quý I" is a date, and "hết sức", "hết lòng" praise; "khỏi" needs its verb.
_NO_END = frozenset("năm quý tháng sức lòng ngày tuần mình nhiệm".split())
_COMPOUND_BEFORE = {"không": frozenset({"hàng", "trên"}), "hết": frozenset({"trước", "hầu"})}
_SCOPE = 4
# Words with their opposites; a word may have several.
_OPPOSITES = (
    ("tăng", "giảm"), ("tăng", "hạ"), ("cao", "thấp"), ("nhiều", "ít"), ("lãi", "lỗ"),
    ("thành", "thất"), ("mở", "đóng"), ("mở", "thu"), ("thoát", "tái"), ("được", "bị"),
    ("tự", "ép"), ("nguyện", "buộc"), ("dừng", "tiếp"), ("đạt", "hụt"), ("thuận", "khó"),
    ("tốt", "xấu"), ("tốt", "kém"), ("mạnh", "yếu"), ("nhanh", "chậm"), ("đầu", "cuối"),
    ("trên", "dưới"), ("trước", "sau"), ("đông", "vắng"), ("nghèo", "giàu"), ("đủ", "thiếu"),
    ("lên", "xuống"), ("vào", "khỏi"), ("đồng", "phản"), ("ủng", "phản"), ("nhập", "xuất"),
    ("cho", "đòi"), ("hơn", "kém"), ("nâng", "hạ"), ("nâng", "giảm"), ("vượt", "hụt"),
)  # fmt: skip
_OPPOSITE: dict[str, frozenset[str]] = {}
for _left, _right in _OPPOSITES:
    _OPPOSITE[_left] = _OPPOSITE.get(_left, frozenset()) | {_right}
    _OPPOSITE[_right] = _OPPOSITE.get(_right, frozenset()) | {_left}
_BORDERS = frozenset(".;!?\n:,")


def negation_consistent(claim: str, quotes: Sequence[str]) -> bool:
    """Tell whether a claim neither denies what its quotes affirm nor affirms what they deny.

    What a negation denies is looked for in the few content words behind it. Words with an opposite
    are compared where they stand: "hộ nghèo giảm, thu nhập tăng" does not carry "hộ nghèo tăng".

    Args:
        claim: Plain text.
        quotes: What it rests on, one stretch an item.

    Example:
        >>> negation_consistent("Các hộ đồng ý hiến đất", ["Các hộ chưa đồng ý hiến đất"])
        False
        >>> negation_consistent("Hộ nghèo tăng", ["Hộ nghèo giảm mạnh, thu nhập tăng"])
        False
    """
    mine = _clauses(claim)
    theirs = [clause for quote in quotes for clause in _clauses(quote)]
    return _denies_the_same(mine, theirs) and not _turns_round(mine, theirs)


def _clauses(text: str) -> list[list[str]]:
    clauses: list[list[str]] = [[]]
    for token in tokens_of(text):
        if token.kind == "break" and token.text in _BORDERS:
            clauses.append([])
        elif token.kind in {"word", "number"}:
            clauses[-1].append(token.text)
    return [clause for clause in clauses if clause]


def _denied(clauses: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield the content words that each negation of the clauses stands before, nearest first."""
    for clause in clauses:
        for index, word in enumerate(clause):
            if not _negates(clause, index, word):
                continue
            scope = [other for other in clause[index + 1 :] if other not in STOP_WORDS][:_SCOPE]
            if scope:
                yield tuple(scope)


def _negates(clause: Sequence[str], index: int, word: str) -> bool:
    if word not in _NEGATORS:
        return False
    before = clause[index - 1] if index else ""
    after = clause[index + 1] if index + 1 < len(clause) else ""
    if before in _COMPOUND_BEFORE.get(word, ()) or after in _NO_NEGATION:
        return False
    if before.isdigit() and (not after or after.isdigit()):  # the slogan "5 không, 3 sạch"
        return False
    return not (word == "hết" and after in _NO_END)


def _denies_the_same(mine: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> bool:
    my_denials, their_denials = list(_denied(mine)), list(dict.fromkeys(_denied(theirs)))
    if len(my_denials) > len(their_denials):
        return False
    if not all(any(_share(scope, other) for other in their_denials) for scope in my_denials):
        return False
    # What the quotes deny, the claim must not affirm.
    said = {word for clause in mine for word in clause}
    told = [
        scope
        for scope in their_denials
        if len(affirmed := said.intersection(scope)) * 2 > len(set(scope))
        and not _affirmed_elsewhere(affirmed, theirs)
    ]
    if len(told) > len(my_denials):
        return False
    return all(any(_share(scope, other) for other in my_denials) for scope in told)


def _share(mine: tuple[str, ...], theirs: tuple[str, ...]) -> bool:
    """Tell whether two negations deny the same: the nearest word, or most words."""
    return mine[0] in theirs or theirs[0] in mine or len(set(mine) & set(theirs)) > _SCOPE // 2


def _affirmed_elsewhere(words: set[str], clauses: Sequence[Sequence[str]]) -> bool:
    """Tell whether a clause without a negation says the words, too."""
    return any(
        words <= set(clause) and not any(True for _ in _denied([clause])) for clause in clauses
    )


def _turns_round(mine: Sequence[Sequence[str]], theirs: Sequence[Sequence[str]]) -> bool:
    """Tell whether a word of the claim stands where the quotes have its opposite."""
    for clause in mine:
        for index, word in enumerate(clause):
            opposites = _OPPOSITE.get(word)
            if not opposites:
                continue
            around = _around(clause, index)
            same = _best_overlap(around, theirs, frozenset({word}))
            turned = _best_overlap(around, theirs, opposites)
            if turned > same and turned > 0:
                return True
    return False


def _around(clause: Sequence[str], index: int) -> frozenset[str]:
    before = [word for word in clause[:index] if word not in STOP_WORDS][-3:]
    after = [word for word in clause[index + 1 :] if word not in STOP_WORDS][:3]
    return frozenset((*before, *after))


def _best_overlap(
    around: frozenset[str], clauses: Sequence[Sequence[str]], words: frozenset[str]
) -> int:
    """Return the most neighbours shared with one of the words, or -1 if none stands there."""
    best = -1
    for clause in clauses:
        for index, word in enumerate(clause):
            if word in words:
                best = max(best, len(around & _around(clause, index)))
    return best
