"""Cases that articles tell of, in lists and by document."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from kb.codec import extracted_from_data
from kb.errors import CaseNotFound
from kb.models import ExtractedCase, Field
from kb.store.engine import in_batches
from kb.store.part import StorePart
from kb.store.tables import CaseKeyRow, ChunkRow, DocumentRow, ExtractedCaseRow

_LONGEST_KEY = 200  # as the column


# Articles that tell of a case with one name; of a common one ("Tổ tự quản") the first by id.
_MOST_NAMED = 20
_NAMED = (
    select(CaseKeyRow.key, ExtractedCaseRow.document_id, ExtractedCaseRow.data)
    .join(ExtractedCaseRow, ExtractedCaseRow.case_id == CaseKeyRow.case_id)
    .join(DocumentRow, DocumentRow.document_id == ExtractedCaseRow.document_id)
    .where(
        CaseKeyRow.key.in_(bindparam("keys", expanding=True)),
        DocumentRow.state == "indexed",
        # The case that it is the same as speaks for itself.
        ExtractedCaseRow.same_as.is_(None),
    )
    .order_by(ExtractedCaseRow.case_id)
)
_CHUNK_AT = (
    select(ChunkRow.chunk_id)
    .where(
        ChunkRow.document_id == bindparam("document_id"),
        ChunkRow.start_char <= bindparam("position"),
        ChunkRow.end_char > bindparam("position"),
    )
    .order_by(ChunkRow.ordinal)
    .limit(1)
)


class ExtractedCaseStore(StorePart):
    """Extracted cases of indexed documents; they are written with their documents."""

    def of_documents(
        self, document_ids: Sequence[str], *, any_state: bool = False
    ) -> dict[str, list[ExtractedCase]]:
        """Return the cases of those documents that tell of any, in the order of the text."""
        found: dict[str, list[ExtractedCase]] = {}
        with self._translated(), self._engine.connect() as connection:
            for batch in in_batches(document_ids):
                query = (
                    _told(any_state=any_state)
                    .where(ExtractedCaseRow.document_id.in_(batch))
                    .order_by(ExtractedCaseRow.document_id, ExtractedCaseRow.ordinal)
                )
                for row in connection.execute(query):
                    found.setdefault(row.document_id, []).append(_from_row(row))
        return found

    def put_keys(self, document_id: str, keys: Mapping[str, Sequence[str]]) -> None:
        """Store the keys of a document's cases, replacing what it had.

        Args:
            document_id: The document of the cases, recorded or extracted ones.
            keys: Case id -> keys (`ingest.cases.blocking_keys`).
        """
        rows = [
            {"case_id": case_id, "key": key, "document_id": document_id}
            for case_id, own in keys.items()
            for key in dict.fromkeys(key[:_LONGEST_KEY] for key in own)
        ]
        with self._translated(), self._engine.begin() as connection:
            connection.execute(delete(CaseKeyRow).where(CaseKeyRow.document_id == document_id))
            if rows:
                connection.execute(insert(CaseKeyRow), rows)

    def named_chunks(self, keys: Sequence[str]) -> list[tuple[str, str, str]]:
        """Return `(key, chunk id, document id)` of chunks in which a case with that key is named.

        Args:
            keys: Whole names as `put_keys` has them; only extracted cases of indexed documents.
        """
        named: list[tuple[str, str, str]] = []
        with self._translated(), self._engine.connect() as connection:
            for batch in in_batches(keys):
                rows = connection.execute(_NAMED, {"keys": list(batch)}).all()
                for row in rows[:_MOST_NAMED]:
                    first = row.data["mentions"][0]["start_char"]
                    parameters = {"document_id": row.document_id, "position": first}
                    chunk_id = connection.execute(_CHUNK_AT, parameters).scalar()
                    if chunk_id is not None:
                        named.append((row.key, chunk_id, row.document_id))
        return named

    def sharing_keys(self, keys: Sequence[str]) -> list[tuple[str, str]]:
        """Return `(case id, document id)` of cases that have one of the keys, by case id."""
        found: set[tuple[str, str]] = set()
        keys = [key[:_LONGEST_KEY] for key in keys]
        with self._translated(), self._engine.connect() as connection:
            for batch in in_batches(keys):
                query = select(CaseKeyRow.case_id, CaseKeyRow.document_id)
                rows = connection.execute(query.where(CaseKeyRow.key.in_(batch)))
                found.update((row.case_id, row.document_id) for row in rows)
        return sorted(found)

    def set_links(self, links: Mapping[str, str | None]) -> None:
        """Note which case an extracted case is the same as; None takes the note away."""
        with self._translated(), self._engine.begin() as connection:
            for case_id, same_as in links.items():
                connection.execute(
                    update(ExtractedCaseRow)
                    .where(ExtractedCaseRow.case_id == case_id)
                    .values(same_as=same_as)
                )

    def linked_to_documents(self, document_ids: Sequence[str]) -> list[str]:
        """Return the ids of extracted cases that are linked to a case of one of the documents."""
        found: list[str] = []
        with self._translated(), self._engine.connect() as connection:
            for batch in in_batches(document_ids):
                own = select(CaseKeyRow.case_id).where(CaseKeyRow.document_id.in_(batch))
                query = select(ExtractedCaseRow.case_id).where(ExtractedCaseRow.same_as.in_(own))
                found += connection.scalars(query)
        return found

    def get_many(self, case_ids: Sequence[str]) -> list[ExtractedCase]:
        """Return those extracted cases that exist, whatever the state of their documents."""
        columns = (ExtractedCaseRow.data, ExtractedCaseRow.same_as)
        with self._translated(), self._engine.connect() as connection:
            return [
                _from_row(row)
                for batch in in_batches(case_ids)
                for row in connection.execute(
                    select(*columns)
                    .where(ExtractedCaseRow.case_id.in_(batch))
                    .order_by(ExtractedCaseRow.case_id)
                )
            ]

    def get(self, case_id: str) -> ExtractedCase:
        """Return a case.

        Raises:
            CaseNotFound: No extracted case has this id.
        """
        with self._translated(), self._engine.connect() as connection:
            row = connection.execute(
                _told().where(ExtractedCaseRow.case_id == case_id)
            ).one_or_none()
        if row is None:
            raise CaseNotFound(f"Không có mô hình {case_id!r}. Xem các mã bằng `kb cases list`.")
        return _from_row(row)

    def list(
        self,
        *,
        province: str | None = None,
        field: Field | None = None,
        topic: str | None = None,
        unlinked: bool = False,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[int, list[ExtractedCase]]:
        """Return how many cases match and a page of them, ordered by id.

        Args:
            province: Canonical name; one of today's covers all its parts.
            field: One of the four fields.
            topic: Topic slug.
            unlinked: Leave out those that are known to be another case.
            limit: Size of the page.
            offset: Where the page starts.
        """
        query = _told().order_by(ExtractedCaseRow.case_id)
        if province is not None:
            query = query.where(
                (ExtractedCaseRow.province == province)
                | (ExtractedCaseRow.province_today == province)
            )
        if unlinked:
            query = query.where(ExtractedCaseRow.same_as.is_(None))
        if field is not None:
            query = query.where(ExtractedCaseRow.field == field.value)
        with self._translated(), self._engine.connect() as connection:
            cases = [_from_row(row) for row in connection.execute(query)]
        if topic is not None:
            cases = [case for case in cases if topic in case.topics]
        return len(cases), cases[offset : offset + limit]


def _told(*, any_state: bool = False) -> Any:
    query = select(
        ExtractedCaseRow.document_id, ExtractedCaseRow.data, ExtractedCaseRow.same_as
    ).join(DocumentRow, DocumentRow.document_id == ExtractedCaseRow.document_id)
    return query if any_state else query.where(DocumentRow.state == "indexed")


def _from_row(row: Any) -> ExtractedCase:
    return extracted_from_data({**row.data, "same_as": row.same_as})
