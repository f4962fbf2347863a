"""Cases that articles tell of, in lists and by document."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select

from kb.codec import extracted_from_data
from kb.errors import CaseNotFound
from kb.models import ExtractedCase, Field
from kb.store.engine import in_batches
from kb.store.part import StorePart
from kb.store.tables import DocumentRow, ExtractedCaseRow


class ExtractedCaseStore(StorePart):
    """Extracted cases of indexed documents; they are written with their documents."""

    def of_documents(self, document_ids: Sequence[str]) -> dict[str, list[ExtractedCase]]:
        """Return the cases of those documents that tell of any, in the order of the text."""
        found: dict[str, list[ExtractedCase]] = {}
        with self._translated(), self._engine.connect() as connection:
            for batch in in_batches(document_ids):
                query = (
                    _indexed()
                    .where(ExtractedCaseRow.document_id.in_(batch))
                    .order_by(ExtractedCaseRow.document_id, ExtractedCaseRow.ordinal)
                )
                for row in connection.execute(query):
                    found.setdefault(row.document_id, []).append(_from_row(row))
        return found

    def get(self, case_id: str) -> ExtractedCase:
        """Return a case.

        Raises:
            CaseNotFound: No extracted case has this id.
        """
        with self._translated(), self._engine.connect() as connection:
            row = connection.execute(
                _indexed().where(ExtractedCaseRow.case_id == case_id)
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
        query = _indexed().order_by(ExtractedCaseRow.case_id)
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


def _indexed() -> Any:
    return (
        select(
            ExtractedCaseRow.document_id,
            ExtractedCaseRow.data,
            ExtractedCaseRow.same_as,
        )
        .join(DocumentRow, DocumentRow.document_id == ExtractedCaseRow.document_id)
        .where(DocumentRow.state == "indexed")
    )


def _from_row(row: Any) -> ExtractedCase:
    return extracted_from_data({**row.data, "same_as": row.same_as})
