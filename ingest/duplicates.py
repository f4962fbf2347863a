"""Near copies of stored texts: found as documents come in, so that searches need not compare.

Local papers reprint each other, whole, shortened or with another headline. A reprint is no second
source: it is stored and found as any document, but shown under the text that it repeats and not
counted as independent. Candidates are found by MinHash bands (Broder 1997; Leskovec, Rajaraman &
Ullman, Mining of Massive Datasets, chapter 3) and then compared exactly, so no estimate decides.
"""

import hashlib
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace

import numpy as np

from kb.models import Document
from kb.store import DocumentStore
from kb.store.signatures import Membership, Signature
from kb.terms import tokenize
from kb.text import fold

# Three syllables: two are shared by unrelated reports of one field, four break at each edit.
_SHINGLE = 3
# 42 bands of 3 values: texts that share 40 % of their shingles become candidates in 19 of 20
# cases, unrelated ones (2 %) in one of 3,000.
_ROWS, _BANDS = 3, 42
_SEED = 1
# A reprint shares this much of all shingles, or, if it was shortened, holds that much of its own
# in the other.
_SAME, _INSIDE = 0.6, 0.8
# Shorter texts (a register's row) are alike by their form alone.
_MIN_SHINGLES = 40
# Originals that a text is compared with. A form that many communes fill in shares bands with each
# of its kind; the text that is really repeated shares the most.
_MOST_CANDIDATES = 20
# Texts of candidates that one call keeps, since the next document mostly asks for the same.
_MOST_KEPT = 256


@dataclass(frozen=True, slots=True)
class _Text:
    """A document's text as it is compared."""

    document_id: str
    sha256: str
    shingles: frozenset[bytes]


def signature_of(document: Document) -> Signature:
    """Return the signature of a document's text; a text too short to compare has no bands."""
    return _signature(_read(document))


def similarity(left: Document, right: Document) -> float:
    """Return how far two texts are copies, in [0, 1].

    The share of common shingles (Jaccard), or of the shorter text's shingles that the longer one
    holds where that alone makes it a copy; 1 for equal texts.
    """
    return _similarity(_read(left), _read(right))


def is_copy(score: float) -> bool:
    """Tell whether a similarity is that of a copy."""
    return score >= _SAME


class _Originals:
    """Stored texts that new ones are compared with, each loaded and read once."""

    def __init__(self, store: DocumentStore, texts: Sequence[_Text]) -> None:
        self._store = store
        self._given = {text.document_id: text for text in texts}
        self._loaded: dict[str, _Text] = {}

    def get(self, document_ids: Sequence[str]) -> list[_Text]:
        """Return the texts of those documents that exist."""
        missing = [k for k in document_ids if k not in self._given and k not in self._loaded]
        if missing:
            for document in self._store.get_documents(missing, any_state=True):
                self._loaded[document.document_id] = _read(document)
        known = self._loaded | self._given
        found = [known[key] for key in document_ids if key in known]
        while len(self._loaded) > _MOST_KEPT:
            del self._loaded[next(iter(self._loaded))]
        return found


def group_copies(store: DocumentStore, documents: Sequence[Document]) -> None:
    """Record the signatures of stored documents and put near copies into one group.

    The first of a group that came in is its original; a copy names it. A text is compared with
    originals only, so that the hundredth copy of a form costs what the second does. Documents that
    changed must have left their groups (`leave_groups`).

    Args:
        store: The documents must be stored in it, in any state.
        documents: New or changed ones.
    """
    texts = [_read(document) for document in documents]
    signatures = {text.document_id: _signature(text) for text in texts}
    store.signatures.put(signatures)
    originals = _Originals(store, texts)
    later = set(signatures)
    for text in texts:
        # Those after it in this batch find it, so that the first stays the original.
        found = _copies_of(store, text, signatures[text.document_id], originals, without=later)
        later.discard(text.document_id)
        if found:
            joined = _joined(store, text.document_id, found)
            if joined:
                store.signatures.set_groups(joined)
            _drop_bands(store, [text.document_id, *(member.document_id for member in joined)])


def _drop_bands(store: DocumentStore, document_ids: Sequence[str]) -> None:
    """Take the bands of copies away: each would make the search for the next copy dearer."""
    known = store.signatures.groups(document_ids)
    store.signatures.drop_bands([key for key, own in known.items() if own.copy_of])


def leave_groups(store: DocumentStore, document_ids: Sequence[str]) -> None:
    """Take documents that change or go out of their groups; another becomes the original."""
    leaving = set(document_ids)
    former = store.signatures.groups(document_ids)
    members = store.signatures.members([own.group_id for own in former.values()])
    store.signatures.leave(document_ids)
    by_group: dict[str, list[Membership]] = {}
    for member in members:
        if member.document_id not in leaving:
            by_group.setdefault(member.group_id, []).append(member)
    for rest in by_group.values():
        alone = len(rest) == 1
        elected = [replace(rest[0], copy_of=None)] if alone else _reelected(rest)
        changed = _changed(rest, elected)
        # Copies have no bands; an original without would never be found again.
        heirs = [member.document_id for member in changed if member.copy_of is None]
        former_copies = {member.document_id for member in rest if member.copy_of}
        _restore_bands(store, [key for key in heirs if key in former_copies])
        if alone:
            store.signatures.leave([rest[0].document_id])
        else:
            store.signatures.set_groups(changed)


def _restore_bands(store: DocumentStore, document_ids: Sequence[str]) -> None:
    if document_ids:
        documents = store.get_documents(document_ids, any_state=True)
        store.signatures.put({item.document_id: signature_of(item) for item in documents})


def _reelected(members: Sequence[Membership]) -> list[Membership]:
    """Return the members of a group with originals that are still in it."""
    present = {member.document_id for member in members}
    former = members[0].group_id
    group_id = former if former in present else members[0].document_id
    heirs: dict[str, str] = {}
    result = []
    for member in members:
        original = member.copy_of
        if original is not None and original not in present:
            heir = heirs.setdefault(original, member.document_id)
            original = None if heir == member.document_id else heir
        result.append(replace(member, copy_of=original, group_id=group_id))
    return result


def _changed(before: Sequence[Membership], after: Sequence[Membership]) -> list[Membership]:
    """Return the memberships that are not as they were."""
    known = set(before)
    return [member for member in after if member not in known]


def _copies_of(
    store: DocumentStore,
    text: _Text,
    signature: Signature,
    originals: _Originals,
    *,
    without: Set[str],
) -> list[tuple[float, str]]:
    """Return `(similarity, document id)` of stored copies, best first, ties by id."""
    equal = store.signatures.same_text(signature.text_sha256, without=without)
    if equal is not None:
        return [(1.0, equal)]
    candidates = store.signatures.near(signature, limit=_MOST_CANDIDATES, without=without)
    scored = [(_similarity(text, other), other.document_id) for other in originals.get(candidates)]
    return sorted(
        ((score, key) for score, key in scored if is_copy(score)),
        key=lambda item: (-item[0], item[1]),
    )


def _joined(
    store: DocumentStore, document_id: str, found: Sequence[tuple[float, str]]
) -> list[Membership]:
    """Return what changes once a document joins its copies; groups that it ties become one."""
    known = store.signatures.groups([document_id, *(key for _, key in found)])
    best_score, best = found[0]
    own = known.get(best)
    original = (own.copy_of or best) if own else best
    if original == document_id:  # it came first, and its copies know it
        return []
    group_id = own.group_id if own else best
    tied = {member.group_id for member in known.values()} - {group_id}
    before = [*known.values(), *(store.signatures.members(sorted(tied)) if tied else ())]
    members = {
        member.document_id: replace(
            member,
            group_id=group_id,
            copy_of=original if member.copy_of == document_id else member.copy_of,
        )
        for member in before
    }
    for score, key in found:
        if key not in members:
            copy_of = None if key == original else original
            members[key] = Membership(key, group_id, copy_of, 1.0 if key == original else score)
    members[document_id] = Membership(document_id, group_id, original, best_score)
    return _changed(before, list(members.values()))


def _read(document: Document) -> _Text:
    folded = fold(document.text)
    syllables = [token for run in tokenize(folded) for token in run]
    pieces = zip(*(syllables[start:] for start in range(_SHINGLE)), strict=False)
    return _Text(
        document.document_id,
        hashlib.sha256(" ".join(syllables).encode()).hexdigest(),
        frozenset(" ".join(piece).encode() for piece in pieces),
    )


def _signature(text: _Text) -> Signature:
    if len(text.shingles) < _MIN_SHINGLES:
        return Signature(text.sha256, ())
    from datasketch import MinHash  # takes a second: only runs that write something pay it

    minhash = MinHash(num_perm=_ROWS * _BANDS, seed=_SEED)
    minhash.update_batch(sorted(text.shingles))
    values = np.asarray(minhash.hashvalues, np.uint64)
    bands = values.reshape(_BANDS, _ROWS)
    return Signature(text.sha256, tuple(_digest(band.tobytes()) for band in bands))


def _digest(data: bytes) -> int:
    """Return 64 bits as databases store them, signed."""
    digest = hashlib.blake2b(data, digest_size=8).digest()
    return int.from_bytes(digest, "little", signed=True)


def _similarity(left: _Text, right: _Text) -> float:
    if left.sha256 == right.sha256:
        return 1.0
    shorter = min(len(left.shingles), len(right.shingles))
    if shorter < _MIN_SHINGLES:
        return 0.0
    common = len(left.shingles & right.shingles)
    jaccard = common / (len(left.shingles) + len(right.shingles) - common)
    inside = common / shorter
    return max(jaccard, inside) if inside >= _INSIDE else jaccard
