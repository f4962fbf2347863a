"""What in a question points back to what was said before it.

Pure functions on text. They must rather miss a reference than see one where there is none: a
question that names its subject is answered as it stands, and one that does not ("mô hình đó làm
thế nào?") is refused where there is no conversation.
"""

from retrieval.conversation.changes import (
    find_change,
    find_ellipsis,
    find_more,
    find_topic_change,
)
from retrieval.conversation.pointers import find_ordinal, find_pronoun
from retrieval.conversation.reference import Reference, ReferenceKind, is_framed
from retrieval.conversation.wording import Words

__all__ = ["Reference", "ReferenceKind", "find_reference", "refers_back"]

# Longer texts are no follow-up questions, and not read for references.
_LONGEST_CHARS = 300


def find_reference(text: str) -> Reference | None:
    """Return what points back in a question, the clearest if there are several.

    Args:
        text: What was typed, with or without diacritics.

    Example:
        >>> find_reference("còn ở Bạc Liêu thì sao?").place
        'Bạc Liêu'
        >>> find_reference("mo hinh thu hai lam the nao").positions
        (2,)
        >>> find_reference("Trồng cam sành ở Hà Giang lãi bao nhiêu?") is None
        True
    """
    if len(text) > _LONGEST_CHARS:
        return None
    words = Words(text)
    if not words.tokens or words.has_quoted_name:
        return None
    return (
        find_more(words)
        or find_change(words)
        or find_ordinal(words)
        or find_pronoun(words)
        or find_topic_change(words)
        or find_ellipsis(words)
    )


def refers_back(text: str) -> bool:
    """Tell whether a question cannot be understood without what was said before it.

    True only for what points back without doubt: "mô hình thứ hai", "mô hình đó", "ở đó", "còn
    ở Bạc Liêu thì sao?", "còn nơi nào nữa không?", in questions that name no subject themselves.

    Args:
        text: What was typed, with or without diacritics.

    Example:
        >>> refers_back("Tổ tự quản này làm thế nào?")
        True
        >>> refers_back("Mô hình nuôi cua này làm thế nào?")
        False
    """
    reference = find_reference(text)
    if reference is None:
        return False
    words = Words(text)
    match reference.kind:
        case ReferenceKind.MORE:
            return True
        case ReferenceKind.ORDINAL | ReferenceKind.PRONOUN:
            return reference.is_alone
        case ReferenceKind.PLACE_CHANGE | ReferenceKind.YEAR_CHANGE:
            return is_framed(words)
        case _:
            return False
