"""Documents that tell the same case become one entry.

Model cases are reprinted and retold, so near-duplicates are the norm. Two cases are taken for one
if their province of today is the same and either their texts nearly agree, or their names do and
they lie in the same district and commune; cases that merely share a common name ("Ngôi nhà xanh")
stay apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from kb.models import Document
from kb.places import get_province
from kb.text import fold
from retrieval.candidates import Found

# Jaccard similarity of pairs of words above which two texts are reprints of each other, and two
# names the same name.
_SAME_TEXT, _SAME_NAME = 0.7, 0.8


@dataclass(frozen=True, slots=True)
class Group:
    """The best-ranked document of a case and the others that tell it, in rank order."""

    leader: Found
    others: tuple[Found, ...] = ()

    @property
    def source_count(self) -> int:
        """How many distinct sources tell the case."""
        documents = (self.leader.document, *(other.document for other in self.others))
        return max(1, len({name for document in documents for name in _sources(document)}))


def group_same_cases(found: Sequence[Found]) -> list[Group]:
    """Return the documents grouped by case, in the order of their best ranks."""
    groups: list[tuple[Found, list[Found]]] = []
    marks: list[_Marks] = []
    for item in found:
        own = _Marks(item.document)
        for position, known in enumerate(marks):
            if _same_case(own, known):
                groups[position][1].append(item)
                break
        else:
            groups.append((item, []))
            marks.append(own)
    return [Group(leader, tuple(others)) for leader, others in groups]


class _Marks:
    """What tells whether two documents are one case; worked out only where it is asked for."""

    def __init__(self, document: Document) -> None:
        self._document = document
        province = get_province(document.province) if document.province else None
        self.kind = (document.case is not None, province.today if province else document.province)
        self.district = fold(document.case.district or "") if document.case else ""
        self.commune = fold(document.case.commune or "") if document.case else ""

    @cached_property
    def name(self) -> frozenset[tuple[str, str]]:
        """Pairs of neighbouring words of the title."""
        return _pairs(self._document.title)

    @cached_property
    def text(self) -> frozenset[tuple[str, str]]:
        """Pairs of neighbouring words of the text."""
        return _pairs(self._document.text)


def _same_case(left: _Marks, right: _Marks) -> bool:
    if left.kind != right.kind:
        return False
    if _same_place(left, right) and left.name and _jaccard(left.name, right.name) >= _SAME_NAME:
        return True
    return _jaccard(left.text, right.text) >= _SAME_TEXT


def _same_place(left: _Marks, right: _Marks) -> bool:
    """Tell whether two cases are of one district, as far as it is known, and one commune."""
    communes = {left.commune, right.commune} - {""}
    return bool(left.district) and left.district == right.district and len(communes) <= 1


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(text.lower().split()))


def _jaccard(left: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]) -> float:
    together = len(left | right)
    return len(left & right) / together if together else 0.0


def _sources(document: Document) -> list[str]:
    """Return what tells the sources of a document apart: address, else publisher and title."""
    listed = [source.url or f"{source.publisher}|{source.title}" for source in document.sources]
    return listed or [document.url or document.document_id]
