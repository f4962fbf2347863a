"""What files and addresses looked like when they were last read, so that nothing is read twice."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, insert, select

from kb.store.engine import in_batches
from kb.store.part import StorePart
from kb.store.tables import SourceRow


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

    def under(self, prefix: str) -> list[SourceState]:
        """Return the states of sources whose origin starts with a text, ordered by origin."""
        columns = SourceRow.__table__.columns
        query = (
            select(*columns)
            # LIKE would not tell "Cases/" from "cases/" in SQLite.
            .where(func.substr(SourceRow.origin, 1, len(prefix)) == prefix)
            .order_by(SourceRow.origin)
        )
        with self._translated(), self._engine.connect() as connection:
            return [_from_row(row) for row in connection.execute(query)]

    def put(self, states: Sequence[SourceState]) -> None:
        """Insert or replace states."""
        values = [
            {
                **{name: getattr(state, name) for name in SourceState.__slots__},
                "document_ids": list(state.document_ids),
                "children": list(state.children),
            }
            for state in states
        ]
        with self._translated(), self._engine.begin() as connection:
            for batch in in_batches([state.origin for state in states]):
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
