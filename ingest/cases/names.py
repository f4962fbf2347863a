"""Names of cases: the form in which two writings are the same name, and how alike two are.

"CLB “Phụ nữ khởi nghiệp”" and "Câu lạc bộ Phụ nữ khởi nghiệp" are one case; "Tổ tự quản" and "Tổ
tự quản đường biên" may be two. Nothing here looks at places.
"""

import re
from functools import lru_cache

from kb.ids import slugify
from kb.text import fold, has_diacritics, to_matching_form

_TOKEN = re.compile(r"[^\W_]+", re.UNICODE)
_SHORT_FORMS = {
    "clb": "câu lạc bộ", "htx": "hợp tác xã", "tht": "tổ hợp tác", "antt": "an ninh trật tự",
    "ntm": "nông thôn mới", "atgt": "an toàn giao thông", "bvmt": "bảo vệ môi trường",
    "kdc": "khu dân cư", "pccc": "phòng cháy chữa cháy", "cskh": "chăm sóc khách hàng",
    "pn": "phụ nữ", "ccb": "cựu chiến binh", "hs": "học sinh", "cnclđ": "công nhân lao động",
    "vsmt": "vệ sinh môi trường", "csgt": "cảnh sát giao thông", "nct": "người cao tuổi",
    "mh": "mô hình", "đvtn": "đoàn viên thanh niên", "cđs": "chuyển đổi số",
}  # fmt: skip
# What may stand before a name without being part of it.
_CONTAINERS = (
    ("mô", "hình"), ("câu", "lạc", "bộ"), ("hợp", "tác", "xã"), ("tổ", "hợp", "tác"),
    ("phong", "trào"),
    ("chương", "trình"), ("cách", "làm"), ("chi", "hội"), ("đề", "án"), ("dự", "án"),
    ("công", "trình"),
    ("cuộc", "vận", "động"), ("quỹ",), ("tổ",), ("đội",), ("nhóm",),
)  # fmt: skip
_STOP = frozenset("và của cho các những ở tại trong với là một từ đến để theo về".split())
_LEADING = re.compile(r"^(?:trồng|nuôi)\s")
_LINKS = re.compile(r"(?<!\w)(?:(?:kết hợp|gắn|xen)(?: với)?|và|với)(?!\w)")
_GENERIC_TOKENS = 3
_KEY_WORDS = 8


@lru_cache(maxsize=8192)
def name_tokens(name: str) -> tuple[str, ...]:
    """Return the words of a name in matching form, abbreviations written out.

    Example:
        >>> name_tokens("CLB “Hoà giải”")
        ('câu', 'lạc', 'bộ', 'hòa', 'giải')
    """
    tokens: list[str] = []
    for match in _TOKEN.finditer(to_matching_form(name)):
        tokens.extend(_SHORT_FORMS.get(match[0], match[0]).split())
    return tuple(tokens)


def name_key(name: str) -> str:
    """Return the form in which two writings of one name are equal.

    Containers before the name ("câu lạc bộ", "quỹ") are left out where two words or more remain.

    Example:
        >>> name_key("CLB Phụ nữ khởi nghiệp") == name_key("Phụ nữ “khởi nghiệp”")
        True
    """
    tokens = name_tokens(name)
    for container in (*_CONTAINERS[:1], *_CONTAINERS):
        if tokens[: len(container)] == container and len(tokens) - len(container) >= 2:
            tokens = tokens[len(container) :]
            if container != _CONTAINERS[0]:
                break
    return " ".join(tokens)


def loose_key(key: str) -> str:
    """Return a name's key without what one text writes now and leaves out then.

    That is a leading "trồng" or "nuôi" and the words that join two parts ("kết hợp với", "và").

    Example:
        >>> loose_key("trồng dừa xiêm kết hợp với nuôi ong mật")
        'dừa xiêm nuôi ong mật'
    """
    return " ".join(_LINKS.sub(" ", _LEADING.sub("", key)).split())


def similarity(first: str, second: str) -> float:
    """Return how alike two names are, 0 to 1; 1 only for the same name.

    The mean of what share of their words they have in common and of what share of their letter
    trigrams (Dice). Words without marks are compared without marks.

    Example:
        >>> similarity("Camera an ninh", "mô hình Camera an ninh")
        1.0
        >>> similarity("Nuôi bò sinh sản", "Nuôi dê sinh sản") < 0.8
        True
    """
    left, right = name_key(first), name_key(second)
    if not (has_diacritics(left) and has_diacritics(right)):
        left, right = fold(left), fold(right)
    if not left or not right:
        return 0.0
    if left == right:
        return 1.0
    words = _dice(_content(left), _content(right))
    letters = _dice(_trigrams(left), _trigrams(right))
    return min(0.99, (words + letters) / 2)


def is_generic(name: str) -> bool:
    """Tell whether many places have a case of this name: it is three words or fewer.

    Example:
        >>> is_generic("Tổ tự quản"), is_generic("Ngân hàng bò cho phụ nữ nghèo")
        (True, False)
    """
    return len(name_tokens(name)) <= _GENERIC_TOKENS


def blocking_keys(name: str) -> list[str]:
    """Return keys, at least one of which two names of the same case share.

    Candidates of a new case are those recorded under any of its keys: the folded words that carry
    meaning, two by two in the order of the alphabet, and the whole name.

    Example:
        >>> blocking_keys("Hũ gạo nghĩa tình")[:4]
        ['hu-gao-nghia-tinh', 'gao+hu', 'gao+nghia', 'gao+tinh']
    """
    key = name_key(name)
    distinct = list(dict.fromkeys(fold(word) for word in key.split() if word not in _STOP))
    words = sorted(distinct[:_KEY_WORDS])
    pairs = [
        f"{first}+{second}" for index, first in enumerate(words) for second in words[index + 1 :]
    ]
    return [slug for slug in [slugify(key)] if slug] + pairs


def _content(key: str) -> frozenset[str]:
    words = frozenset(key.split())
    return words - _STOP or words


def _trigrams(key: str) -> frozenset[str]:
    padded = f" {key} "
    return frozenset(padded[index : index + 3] for index in range(max(1, len(padded) - 2)))


def _dice(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second)) if first or second else 0.0
