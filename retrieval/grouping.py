"""Documents that tell the same case become one entry.

Model cases are reprinted and retold, so near-duplicates are the norm. Copies of a text are known
from ingest (`kb.store.signatures`). Two cases told in other words are taken for one if their names
nearly agree and they lie in the same district and commune; cases that merely share a common name
("Ngôi nhà xanh") stay apart.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from urllib.parse import urlsplit

from kb.models import Document
from kb.places import get_province
from kb.store import Membership
from kb.text import fold
from retrieval.candidates import Found

# Jaccard similarity of pairs of words above which two names are the same name.
_SAME_NAME = 0.8


@dataclass(frozen=True, slots=True)
class Group:
    """The best-ranked document of a case and the others that tell it, in rank order.

    Attributes:
        leader: Shown as the result.
        others: Folded into it.
        copies: Ids of those documents that only repeat the text of another one of the group.
    """

    leader: Found
    others: tuple[Found, ...] = ()
    copies: frozenset[str] = frozenset()

    @property
    def source_count(self) -> int:
        """How many distinct sources tell the case, reprints among them."""
        return _count_sources(self._documents)

    @property
    def independent_count(self) -> int:
        """How many of them tell it in their own words."""
        own = [item for item in self._documents if item.document_id not in self.copies]
        return min(_count_publishers(own), self.source_count)

    @property
    def _documents(self) -> list[Document]:
        return [self.leader.document, *(other.document for other in self.others)]


def group_same_cases(
    found: Sequence[Found], memberships: Mapping[str, Membership] | None = None
) -> list[Group]:
    """Return the documents grouped by case, in the order of their best ranks.

    Args:
        found: Best first.
        memberships: Groups of copies by document id.
    """
    copies = memberships or {}
    groups: list[list[Found]] = []
    marks: list[list[_Marks]] = []
    for item in found:
        own = _Marks(item.document, copies.get(item.document.document_id))
        for position, known in enumerate(marks):
            if any(_same_case(own, other) for other in known):
                groups[position].append(item)
                known.append(own)
                break
        else:
            groups.append([item])
            marks.append([own])
    return [_to_group(items, copies) for items in groups]


def _to_group(items: Sequence[Found], memberships: Mapping[str, Membership]) -> Group:
    texts: set[str] = set()
    copies = set()
    for item in items:
        document_id = item.document.document_id
        if item.document.case is not None:
            continue  # records are worded by us: equal ones may rest on different sources
        own = memberships.get(document_id)
        text = (own.copy_of if own else None) or document_id
        # Of those that share a text, the one that ranks best counts as its source.
        if text in texts:
            copies.add(document_id)
        texts.add(text)
    return Group(items[0], tuple(items[1:]), frozenset(copies))


class _Marks:
    """What tells whether two documents are one case; worked out only where it is asked for."""

    def __init__(self, document: Document, membership: Membership | None) -> None:
        self._document = document
        self.is_case = document.case is not None
        self.group_id = membership.group_id if membership else None
        province = get_province(document.province) if document.province else None
        self.kind = (document.case is not None, province.today if province else document.province)
        self.district = fold(document.case.district or "") if document.case else ""
        self.commune = fold(document.case.commune or "") if document.case else ""

    @cached_property
    def name(self) -> frozenset[tuple[str, str]]:
        """Pairs of neighbouring words of the title."""
        return _pairs(self._document.title)


def _same_case(left: _Marks, right: _Marks) -> bool:
    copies = left.group_id is not None and left.group_id == right.group_id
    if not (left.is_case or right.is_case):
        return copies
    # Rows of a register share whole sentences and are different cases all the same.
    if left.kind != right.kind or not left.name:
        return False
    same_name = _jaccard(left.name, right.name) >= _SAME_NAME
    return same_name and (_same_place(left, right) or (copies and not _apart(left, right)))


def _apart(left: _Marks, right: _Marks) -> bool:
    """Tell whether two cases lie in different districts or communes, as far as these are known."""
    return any(
        len({one, other} - {""}) > 1
        for one, other in ((left.district, right.district), (left.commune, right.commune))
    )


def _same_place(left: _Marks, right: _Marks) -> bool:
    """Tell whether two cases are of one district, as far as it is known, and one commune."""
    communes = {left.commune, right.commune} - {""}
    return bool(left.district) and left.district == right.district and len(communes) <= 1


def _pairs(text: str) -> frozenset[tuple[str, str]]:
    return frozenset(pairwise(text.lower().split()))


def _jaccard(left: frozenset[tuple[str, str]], right: frozenset[tuple[str, str]]) -> float:
    together = len(left | right)
    return len(left & right) / together if together else 0.0


def _count_sources(documents: Sequence[Document]) -> int:
    return max(1, len({name for document in documents for name in _sources(document)}))


def _count_publishers(documents: Sequence[Document]) -> int:
    """Return how many publishers stand behind documents: two pages of one paper are no two."""
    return max(1, len({name for document in documents for name in _publishers(document)}))


def _publishers(document: Document) -> list[str]:
    listed = [_publisher(source.publisher, source.url, source.title) for source in document.sources]
    return listed or [_publisher(document.publisher, document.url, document.document_id)]


def _publisher(name: str | None, url: str | None, title: str | None) -> str:
    host = urlsplit(url).hostname if url else None
    return fold(name) if name else host or title or ""


def _sources(document: Document) -> list[str]:
    """Return what tells the sources of a document apart: address, else publisher and title."""
    listed = [source.url or f"{source.publisher}|{source.title}" for source in document.sources]
    return listed or [document.url or document.document_id]
