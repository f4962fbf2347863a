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


def group_copies(store: DocumentStore, documents: Sequence[Document]) -> None:
    """Record the signatures of stored documents and put near copies into one group.

    The first of a group that came in is its original; a copy names it. Call it again with
    documents that changed: what they belonged to before is forgotten.

    Args:
        store: The documents must be stored in it, in any state.
        documents: New or changed ones.
    """
    texts = [_read(document) for document in documents]
    signatures = {text.document_id: _signature(text) for text in texts}
    store.signatures.put(signatures)
    later = set(signatures)
    for text in texts:
        # Those after it in this batch find it, so that the first stays the original.
        found = _copies_of(store, text, signatures[text.document_id], without=later)
        later.discard(text.document_id)
        if found:
            store.signatures.set_groups(_joined(store, text.document_id, found))


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
        if len(rest) == 1:
            store.signatures.leave([rest[0].document_id])
        else:
            store.signatures.set_groups(_reelected(rest))


def _reelected(members: Sequence[Membership]) -> list[Membership]:
    """Return the members of a group with originals that are still in it."""
    present = {member.document_id for member in members}
    heirs: dict[str, str] = {}
    result = []
    for member in members:
        original = member.copy_of
        if original is not None and original not in present:
            heir = heirs.setdefault(original, member.document_id)
            original = None if heir == member.document_id else heir
        result.append(replace(member, copy_of=original, group_id=members[0].document_id))
    return result


def _copies_of(
    store: DocumentStore, text: _Text, signature: Signature, *, without: Set[str]
) -> list[tuple[float, str]]:
    """Return `(similarity, document id)` of stored copies, best first, ties by id."""
    candidates = store.signatures.candidates(signature) - without
    others = store.get_documents(sorted(candidates), any_state=True) if candidates else []
    scored = [(_similarity(text, _read(other)), other.document_id) for other in others]
    return sorted(
        ((score, key) for score, key in scored if is_copy(score)),
        key=lambda item: (-item[0], item[1]),
    )


def _joined(
    store: DocumentStore, document_id: str, found: Sequence[tuple[float, str]]
) -> list[Membership]:
    """Return the memberships once a document joins its copies; groups that it ties become one."""
    known = store.signatures.groups([key for _, key in found])
    best_score, best = found[0]
    own = known.get(best)
    original = (own.copy_of or best) if own else best
    group_id = own.group_id if own else best
    members = {
        member.document_id: replace(member, group_id=group_id)
        for member in store.signatures.members([own.group_id for own in known.values()])
    }
    for score, key in found:
        if key not in members:
            copy_of = None if key == original else original
            members[key] = Membership(key, group_id, copy_of, 1.0 if key == original else score)
    members[document_id] = Membership(document_id, group_id, original, best_score)
    return list(members.values())


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
