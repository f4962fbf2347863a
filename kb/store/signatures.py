"""Signatures of stored texts, by which near copies are found, and groups of copies."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import islice

from sqlalchemy import bindparam, delete, distinct, func, insert, select, tuple_

from kb.store.engine import in_batches
from kb.store.part import StorePart
from kb.store.tables import GroupRow, SignatureBandRow, SignatureRow

_ORIGINAL = func.coalesce(GroupRow.copy_of, SignatureBandRow.document_id)
_SHARED = func.count(distinct(SignatureBandRow.band))
# Built once: every document asks for 42 bands.
_NEAR = (
    select(_ORIGINAL)
    .select_from(SignatureBandRow)
    .outerjoin(GroupRow, GroupRow.document_id == SignatureBandRow.document_id)
    .where(
        tuple_(SignatureBandRow.band, SignatureBandRow.digest).in_(
            bindparam("pairs", expanding=True)
        )
    )
    .group_by(_ORIGINAL)
    .order_by(_SHARED.desc(), _ORIGINAL)
)


@dataclass(frozen=True, slots=True)
class Signature:
    """A document's text in a form that near copies share in part.

    Attributes:
        text_sha256: Digest of the text as it is compared: equal means an exact copy.
        bands: Digests of its MinHash bands, signed 64 bits, in order.
    """

    text_sha256: str
    bands: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Membership:
    """A document in a group; see `kb.store.tables.GroupRow`."""

    document_id: str
    group_id: str
    copy_of: str | None
    similarity: float


class SignatureStore(StorePart):
    """Signatures and groups by document id."""

    def put(self, signatures: Mapping[str, Signature]) -> None:
        """Insert or replace signatures with their bands."""
        ids = list(signatures)
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(ids):
                for row in (SignatureBandRow, SignatureRow):
                    connection.execute(delete(row).where(row.document_id.in_(batch)))
            if not ids:
                return
            connection.execute(
                insert(SignatureRow),
                [
                    {"document_id": key, "text_sha256": own.text_sha256}
                    for key, own in signatures.items()
                ],
            )
            bands = [
                {"document_id": key, "band": band, "digest": digest}
                for key, own in signatures.items()
                for band, digest in enumerate(own.bands)
            ]
            if bands:
                connection.execute(insert(SignatureBandRow), bands)

    def drop_bands(self, document_ids: Sequence[str]) -> None:
        """Let documents be found by equal texts only; their originals are found in their place."""
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(document_ids):
                connection.execute(
                    delete(SignatureBandRow).where(SignatureBandRow.document_id.in_(batch))
                )

    def same_text(self, text_sha256: str, *, without: Set[str] = frozenset()) -> str | None:
        """Return a document with the same text, an original rather than a copy; None if none has.

        Args:
            text_sha256: Of a signature.
            without: Documents that do not count.
        """
        query = (
            select(SignatureRow.document_id)
            .outerjoin(GroupRow, GroupRow.document_id == SignatureRow.document_id)
            .where(SignatureRow.text_sha256 == text_sha256)
            .order_by(GroupRow.copy_of.is_not(None), SignatureRow.document_id)
        )
        with self._translated(), self._engine.connect() as connection:
            return next((key for key in connection.scalars(query) if key not in without), None)

    def near(
        self, signature: Signature, *, limit: int, without: Set[str] = frozenset()
    ) -> list[str]:
        """Return the originals that share bands with a text, most shared first, ties by id.

        A copy that shares a band stands for its original.

        Args:
            signature: Of the text.
            limit: Number of documents.
            without: Documents that do not count.
        """
        if not signature.bands:
            return []
        pairs = list(enumerate(signature.bands))
        with self._translated(), self._engine.connect() as connection:
            found = connection.scalars(_NEAR, {"pairs": pairs})
            return list(islice((key for key in found if key not in without), limit))

    def set_groups(self, memberships: Sequence[Membership]) -> None:
        """Insert or replace memberships."""
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches([member.document_id for member in memberships]):
                connection.execute(delete(GroupRow).where(GroupRow.document_id.in_(batch)))
            if memberships:
                connection.execute(
                    insert(GroupRow),
                    [
                        {name: getattr(member, name) for name in Membership.__slots__}
                        for member in memberships
                    ],
                )

    def leave(self, document_ids: Sequence[str]) -> None:
        """Take documents out of their groups; the other members stay as they are."""
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(document_ids):
                connection.execute(delete(GroupRow).where(GroupRow.document_id.in_(batch)))

    def groups(self, document_ids: Sequence[str]) -> dict[str, Membership]:
        """Return the memberships of those documents that are in a group."""
        with self._translated(), self._engine.connect() as connection:
            return {
                row.document_id: _from_row(row)
                for batch in in_batches(document_ids)
                for row in connection.execute(
                    select(*GroupRow.__table__.columns).where(GroupRow.document_id.in_(batch))
                )
            }

    def members(self, group_ids: Sequence[str]) -> list[Membership]:
        """Return all members of groups, ordered by group and document."""
        with self._translated(), self._engine.connect() as connection:
            return [
                _from_row(row)
                for batch in in_batches(sorted(set(group_ids)))
                for row in connection.execute(
                    select(*GroupRow.__table__.columns)
                    .where(GroupRow.group_id.in_(batch))
                    .order_by(GroupRow.group_id, GroupRow.document_id)
                )
            ]


def _from_row(row: object) -> Membership:
    return Membership(**{name: getattr(row, name) for name in Membership.__slots__})
