"""What files and addresses looked like when they were last read, so that nothing is read twice."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select, tuple_

from kb.store.engine import in_batches
from kb.store.part import StorePart
from kb.store.tables import DocumentRow, SourceRow

_PAGE = 5_000
# Behind every origin that goes on after a prefix.
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class SourceState:
    """A source as it was read.

    Attributes:
        origin: Path or address, as `Document.origin`.
        reader: Version of the code and settings that read it; another version reads it again.
        size: Bytes.
        modified_ns: Time of its last change in nanoseconds since 1970, 0 for an address.
        sha256: Digest of its bytes.
        read_at: When it was read, seconds since 1970.
        document_ids: Documents that it gave.
        children: Origins of the files inside it (an archive, a mail).
        etag: Validator of the web server.
        last_modified: The same.
        url: Address that it was finally fetched from.
    """

    origin: str
    reader: str
    size: int
    modified_ns: int
    sha256: str
    read_at: float
    document_ids: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    etag: str | None = None
    last_modified: str | None = None
    url: str | None = None


class SourceStore(StorePart):
    """States of sources by origin."""

    def get(self, origins: Sequence[str]) -> dict[str, SourceState]:
        """Return the states of those sources that were read before."""
        with self._translated(), self._engine.connect() as connection:
            return {
                row.origin: _from_row(row)
                for batch in in_batches(origins)
                for row in connection.execute(
                    select(*SourceRow.__table__.columns).where(SourceRow.origin.in_(batch))
                )
            }

    def under(self, prefix: str) -> list[str]:
        """Return the origins of sources that start with a text, ordered."""
        column = SourceRow.origin
        query = select(column).where(*self._starts_with(column, prefix)).order_by(column)
        with self._translated(), self._engine.connect() as connection:
            return list(connection.scalars(query))

    def documents_under(self, prefix: str) -> Iterator[tuple[str, str]]:
        """Yield `(document id, origin)` of documents whose origin starts with a text.

        In any state, ordered by origin and id, in batches: a slow reader keeps nobody from
        writing, and what is removed meanwhile is passed over.
        """
        columns = (DocumentRow.document_id, DocumentRow.origin)
        key = tuple_(DocumentRow.origin, DocumentRow.document_id)
        query = (
            select(*columns)
            .where(*self._starts_with(DocumentRow.origin, prefix))
            .order_by(DocumentRow.origin, DocumentRow.document_id)
            .limit(_PAGE)
        )
        last: tuple[str, str] | None = None
        while True:
            page = query if last is None else query.where(key > last)
            with self._translated(), self._engine.connect() as connection:
                rows = [(row[0], row[1]) for row in connection.execute(page)]
            yield from rows
            if len(rows) < _PAGE:
                return
            last = (rows[-1][1], rows[-1][0])

    def _starts_with(self, column: Any, prefix: str) -> Iterator[Any]:
        # LIKE would not tell "Cases/" from "cases/" in SQLite.
        yield func.substr(column, 1, len(prefix)) == prefix
        if self._engine.dialect.name == "sqlite":
            # Compares bytes, so that the index finds the stretch; other collations may not.
            yield column >= prefix
            yield column <= prefix + _LAST

    def by_url(self) -> dict[str, str]:
        """Return the origins of what was fetched, by the address that it was fetched from."""
        query = select(SourceRow.url, SourceRow.origin).where(SourceRow.url.is_not(None))
        with self._translated(), self._engine.connect() as connection:
            return {row.url: row.origin for row in connection.execute(query)}

    def put(self, states: Sequence[SourceState]) -> None:
        """Insert or replace states; of several with one origin the last counts."""
        latest = {state.origin: state for state in states}
        values = [
            {
                **{name: getattr(state, name) for name in SourceState.__slots__},
                "document_ids": list(state.document_ids),
                "children": list(state.children),
            }
            for state in latest.values()
        ]
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(list(latest)):
                connection.execute(delete(SourceRow).where(SourceRow.origin.in_(batch)))
            if values:
                connection.execute(insert(SourceRow), values)

    def remove(self, origins: Sequence[str]) -> None:
        """Forget sources; unknown ones are no error."""
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches(origins):
                connection.execute(delete(SourceRow).where(SourceRow.origin.in_(batch)))


def _from_row(row: object) -> SourceState:
    values = {name: getattr(row, name) for name in SourceState.__slots__}
    values["document_ids"] = tuple(values["document_ids"])
    values["children"] = tuple(values["children"])
    return SourceState(**values)
