"""Opening the database: connection settings, missing tables and columns, errors as ours."""

import logging
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, create_engine, event, insert, inspect, text
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import ConnectionPoolEntry

from kb.errors import StoreError, StoreUnavailable
from kb.store.tables import Base

logger = logging.getLogger(__name__)

# SQLite allows 32,766 variables in a statement; stay far below for other engines' sake.
IN_BATCH = 500


class Translated:
    """Context manager that turns database exceptions into ours."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __enter__(self) -> None:
        """Do nothing."""
        return

    def __exit__(self, kind: object, exc: BaseException | None, trace: object) -> None:
        """Raise our error for one of the database.

        Raises:
            StoreUnavailable: It cannot be read or written now.
            StoreError: It refused the statement.
        """
        if isinstance(exc, OperationalError):
            raise StoreUnavailable(
                f"Kho tài liệu {self._name!r} không đọc hoặc ghi được: {exc.orig}. "
                "Kiểm tra dung lượng đĩa, quyền ghi và thiết lập KB_STORE__URL."
            ) from exc
        if isinstance(exc, DBAPIError | SQLAlchemyError):
            raise StoreError(f"Kho tài liệu {self._name!r} báo lỗi: {exc}") from exc


def open_engine(url: URL) -> Engine:
    """Return the engine of a database, set up for several readers beside one writer."""
    engine = create_engine(url)
    if url.get_backend_name() == "sqlite":

        @event.listens_for(engine, "connect")
        def configure(connection: Any, _: ConnectionPoolEntry) -> None:
            cursor = connection.cursor()
            # Readers never wait for the writer; a committed transaction survives a crash of the
            # process (a power cut may lose the last ones, which the next ingest redoes).
            cursor.execute("PRAGMA journal_mode=WAL")
            cursor.execute("PRAGMA synchronous=NORMAL")
            cursor.execute("PRAGMA foreign_keys=ON")
            cursor.execute("PRAGMA busy_timeout=10000")
            cursor.close()

    return engine


def create_schema(engine: Engine) -> None:
    """Create missing tables, and add the nullable columns that later versions brought.

    Only additions are made, so an older version still reads the database; what a new column
    stands for is filled by the next `kb reindex`.
    """
    Base.metadata.create_all(engine)
    with engine.begin() as connection:
        for name, column in _missing_columns(connection):
            # Two processes may open an old database at once: the second finds the column there.
            if column.name not in _column_names(connection, name):
                kind = column.type.compile(engine.dialect)
                connection.execute(text(f'ALTER TABLE "{name}" ADD COLUMN "{column.name}" {kind}'))
                logger.info("column added table=%s column=%s", name, column.name)


def _missing_columns(connection: Connection) -> Iterable[tuple[str, Any]]:
    for table in Base.metadata.sorted_tables:
        present = _column_names(connection, table.name)
        for column in table.columns:
            if column.name not in present:
                yield table.name, column


def _column_names(connection: Connection, table: str) -> set[str]:
    return {column["name"] for column in inspect(connection).get_columns(table)}


def in_batches(ids: Sequence[str]) -> Iterable[Sequence[str]]:
    """Yield ids in portions that fit into one statement."""
    for start in range(0, len(ids), IN_BATCH):
        yield ids[start : start + IN_BATCH]


def insert_rows(session: Session, row: type[Base], values: Sequence[dict[str, Any]]) -> None:
    """Insert rows of one table; none is no error."""
    if values:
        session.execute(insert(row), values)
