"""The document store: texts, cases and chunk offsets in a relational database.

It is the source of truth; the vector index can be rebuilt from it. A document is written in
state `pending` before its chunks go to the index and becomes `indexed` after, so whatever a crash
leaves between the two stores is found and redone by the next run. A removal works the same way
with state `deleting`. Only `indexed` documents are shown.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal, cast

import numpy as np
from sqlalchemy import bindparam, delete, func, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.orm import Session

from kb.codec import (
    case_from_data,
    case_to_data,
    evidence_from_data,
    evidence_to_data,
    extracted_to_data,
    locator_from_data,
    locator_to_data,
    source_from_data,
    source_to_data,
)
from kb.errors import CaseNotFound, DocumentNotFound, StoreUnavailable
from kb.facts import DocumentFacts
from kb.models import Case, Chunk, Document, ExtractedCase, Field, Span
from kb.places import get_province
from kb.ports import ByteArray
from kb.store.engine import Translated, create_schema, in_batches, insert_rows, open_engine
from kb.store.extracted import ExtractedCaseStore
from kb.store.jobs import DeadLetterStore, JobStore
from kb.store.signatures import SignatureStore
from kb.store.sources import SourceStore
from kb.store.tables import (
    CaseKeyRow,
    CaseRow,
    ChunkRow,
    ChunkTokensRow,
    DocumentRow,
    ExtractedCaseRow,
    FactsRow,
    GroupRow,
    SignatureBandRow,
    SignatureRow,
)

logger = logging.getLogger(__name__)

State = Literal["pending", "indexed", "deleting"]
# Facts of documents that are kept in memory, about 1 KB each.
_REMEMBERED_FACTS = 20_000


# Columns instead of the mapped class: searches read ten rows each time, and building mapped
# objects takes longer than reading them.
_DOCUMENT_COLUMNS = tuple(DocumentRow.__table__.columns)
# Built once: every search runs it.
_PASSAGES = (
    select(
        *_DOCUMENT_COLUMNS,
        CaseRow.data,
        ChunkRow.chunk_id,
        ChunkRow.start_char,
        ChunkRow.end_char,
    )
    .select_from(ChunkRow)
    .join(DocumentRow, DocumentRow.document_id == ChunkRow.document_id)
    .join(CaseRow, CaseRow.document_id == DocumentRow.document_id, isouter=True)
    .where(
        ChunkRow.chunk_id.in_(bindparam("chunk_ids", expanding=True)),
        DocumentRow.state == "indexed",
    )
)


_TOKENS = select(ChunkTokensRow.chunk_id, ChunkTokensRow.vectors).where(
    ChunkTokensRow.chunk_id.in_(bindparam("chunk_ids", expanding=True))
)
_SPANS = select(ChunkRow.chunk_id, ChunkRow.start_char, ChunkRow.end_char).where(
    ChunkRow.chunk_id.in_(bindparam("chunk_ids", expanding=True))
)
_FACTS = (
    select(FactsRow.document_id, FactsRow.data)
    .join(DocumentRow, DocumentRow.document_id == FactsRow.document_id)
    .where(
        FactsRow.document_id.in_(bindparam("document_ids", expanding=True)),
        DocumentRow.state == "indexed",
    )
)


# Children before parents: not every database cascades.
_OF_DOCUMENT = (
    ChunkRow,
    FactsRow,
    CaseRow,
    CaseKeyRow,
    ExtractedCaseRow,
    SignatureBandRow,
    SignatureRow,
    GroupRow,
    DocumentRow,
)


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What ingest needs to know of a stored document to decide whether it changed."""

    document_id: str
    origin: str
    sha256: str
    state: State


@dataclass(frozen=True, slots=True)
class DocumentSummary:
    """A row of a document list."""

    document_id: str
    kind: str
    title: str
    province: str | None
    published: str | None
    origin: str


@dataclass(frozen=True, slots=True)
class StoreCounts:
    """Sizes for `kb info`."""

    documents: int
    cases: int
    chunks: int
    pending: int


class DocumentStore:
    """Documents, cases and chunks; safe to use from several threads.

    Attributes:
        sources: What files and addresses looked like when they were last read.
        jobs: Runs of ingest that were asked for.
        dead_letters: Sources that failed.
        signatures: Near duplicates.
        extracted_cases: Cases that articles tell of.
    """

    def __init__(self, url: str | URL) -> None:
        """Open the database and create missing tables.

        Args:
            url: SQLAlchemy URL, such as `sqlite:////srv/kb/documents.db`.

        Raises:
            StoreUnavailable: The database cannot be opened.
        """
        try:
            self._url = make_url(url)
            self._engine = open_engine(self._url)
        except (ArgumentError, ImportError) as exc:  # the URL may hold a password: not shown
            problem = f"thiếu gói {exc.name!r}" if isinstance(exc, ImportError) else "địa chỉ sai"
            raise StoreUnavailable(
                f"Không mở được kho tài liệu theo KB_STORE__URL: {problem}. Dạng đúng: "
                "sqlite:////srv/kb/documents.db hoặc postgresql+psycopg://NGƯỜI_DÙNG@MÁY/CSDL."
            ) from exc
        # Replaced after each commit, never emptied: a reader that runs meanwhile fills the old one.
        self._facts: dict[str, DocumentFacts] = {}
        with self._translated():
            create_schema(self._engine)

        self.sources = SourceStore(self._engine, self._translated)
        self.jobs = JobStore(self._engine, self._translated)
        self.dead_letters = DeadLetterStore(self._engine, self._translated)
        self.signatures = SignatureStore(self._engine, self._translated)
        self.extracted_cases = ExtractedCaseStore(self._engine, self._translated)

    def close(self) -> None:
        """Close all connections."""
        self._engine.dispose()

    def _translated(self) -> Translated:
        return Translated(self._url.render_as_string(hide_password=True))

    # --- writing -----------------------------------------------------------------------------

    def put_pending(self, items: Sequence[tuple[Document, Sequence[Chunk]]]) -> None:
        """Insert or replace documents with their chunks, in state `pending`, in one transaction."""
        ids = [document.document_id for document, _ in items]
        with self._translated(), Session(self._engine) as session, session.begin():
            self._delete_rows(session, ids)
            insert_rows(session, DocumentRow, [_to_row(document) for document, _ in items])
            insert_rows(
                session,
                CaseRow,
                [_to_case_row(doc.document_id, doc.case) for doc, _ in items if doc.case],
            )
            insert_rows(
                session,
                ExtractedCaseRow,
                [
                    _to_extracted_row(position, case)
                    for doc, _ in items
                    for position, case in enumerate(doc.extracted)
                ],
            )
            insert_rows(
                session, ChunkRow, [_to_chunk_row(chunk) for _, own in items for chunk in own]
            )
        self._facts = {}

    def replace_chunks(self, document_id: str, chunks: Sequence[Chunk]) -> None:
        """Replace the chunks of a stored document and mark it `pending`."""
        with self._translated(), Session(self._engine) as session, session.begin():
            chunk_ids = select(ChunkRow.chunk_id).where(ChunkRow.document_id == document_id)
            session.execute(delete(ChunkTokensRow).where(ChunkTokensRow.chunk_id.in_(chunk_ids)))
            session.execute(delete(ChunkRow).where(ChunkRow.document_id == document_id))
            insert_rows(session, ChunkRow, [_to_chunk_row(chunk) for chunk in chunks])
            session.execute(
                update(DocumentRow)
                .where(DocumentRow.document_id == document_id)
                .values(state="pending")
            )
        self._facts = {}

    def put_token_vectors(self, vectors: Mapping[str, ByteArray]) -> None:
        """Store the token vectors of chunks by chunk id, replacing what they had.

        Args:
            vectors: Chunk id -> `(tokens, token_dim)` int8.
        """
        with self._translated(), Session(self._engine) as session, session.begin():
            for batch in in_batches(list(vectors)):
                session.execute(delete(ChunkTokensRow).where(ChunkTokensRow.chunk_id.in_(batch)))
            insert_rows(
                session,
                ChunkTokensRow,
                [{"chunk_id": key, "vectors": own.tobytes()} for key, own in vectors.items()],
            )

    def put_facts(self, facts: Mapping[str, DocumentFacts]) -> None:
        """Store what retrieval compares of documents, replacing what they had."""
        with self._translated(), Session(self._engine) as session, session.begin():
            for batch in in_batches(list(facts)):
                session.execute(delete(FactsRow).where(FactsRow.document_id.in_(batch)))
            insert_rows(
                session,
                FactsRow,
                [{"document_id": key, "data": own.to_data()} for key, own in facts.items()],
            )
        self._facts = {}

    def set_state(self, document_ids: Sequence[str], state: State) -> None:
        """Set the state of documents."""
        with self._translated(), Session(self._engine) as session, session.begin():
            for batch in in_batches(document_ids):
                session.execute(
                    update(DocumentRow)
                    .where(DocumentRow.document_id.in_(batch))
                    .values(state=state)
                )
        self._facts = {}

    def set_all_pending(self) -> None:
        """Mark every document as not yet indexed, for a rebuild of the index."""
        with self._translated(), Session(self._engine) as session, session.begin():
            session.execute(
                update(DocumentRow).where(DocumentRow.state == "indexed").values(state="pending")
            )
        self._facts = {}

    def set_origins(self, origins: Sequence[tuple[str, str]]) -> None:
        """Record `(document id, origin)` of documents that moved without changing."""
        with self._translated(), Session(self._engine) as session, session.begin():
            for document_id, origin in origins:
                session.execute(
                    update(DocumentRow)
                    .where(DocumentRow.document_id == document_id)
                    .values(origin=origin)
                )

    def remove(self, document_ids: Sequence[str]) -> None:
        """Delete documents with their cases and chunks; unknown ids are no error."""
        with self._translated(), Session(self._engine) as session, session.begin():
            self._delete_rows(session, document_ids)
        self._facts = {}

    @staticmethod
    def _delete_rows(session: Session, document_ids: Sequence[str]) -> None:
        for batch in in_batches(document_ids):
            chunk_ids = select(ChunkRow.chunk_id).where(ChunkRow.document_id.in_(batch))
            session.execute(delete(ChunkTokensRow).where(ChunkTokensRow.chunk_id.in_(chunk_ids)))
            for row in _OF_DOCUMENT:
                session.execute(delete(row).where(row.document_id.in_(batch)))

    # --- reading -----------------------------------------------------------------------------

    def states(self, document_ids: Sequence[str]) -> dict[str, DocumentState]:
        """Return the states of those documents that are stored, in any state."""
        with self._translated(), Session(self._engine) as session:
            return {
                state.document_id: state
                for batch in in_batches(document_ids)
                for state in self._select_states(session, DocumentRow.document_id.in_(batch))
            }

    def states_under(self, origin_prefix: str) -> list[DocumentState]:
        """Return the states of documents whose origin starts with a text, in any state."""
        with self._translated(), Session(self._engine) as session:
            return list(
                self._select_states(
                    # LIKE would not tell "Cases/" from "cases/" in SQLite.
                    session,
                    func.substr(DocumentRow.origin, 1, len(origin_prefix)) == origin_prefix,
                )
            )

    def states_in(self, state: State) -> list[DocumentState]:
        """Return the documents in a state, ordered by id."""
        with self._translated(), Session(self._engine) as session:
            return list(self._select_states(session, DocumentRow.state == state))

    @staticmethod
    def _select_states(session: Session, condition: Any) -> Iterator[DocumentState]:
        columns = (
            DocumentRow.document_id,
            DocumentRow.origin,
            DocumentRow.sha256,
            DocumentRow.state,
        )
        query = select(*columns).where(condition).order_by(DocumentRow.document_id)
        for document_id, origin, sha256, state in session.execute(query):
            yield DocumentState(document_id, origin, sha256, cast(State, state))

    def get_documents(
        self, document_ids: Sequence[str], *, any_state: bool = False
    ) -> list[Document]:
        """Return the stored documents in the order asked; missing ids are left out."""
        found: dict[str, Document] = {}
        with self._translated(), Session(self._engine) as session:
            for batch in in_batches(list(dict.fromkeys(document_ids))):
                query = select(*_DOCUMENT_COLUMNS, CaseRow.data).join(
                    CaseRow, CaseRow.document_id == DocumentRow.document_id, isouter=True
                )
                query = query.where(DocumentRow.document_id.in_(batch))
                if not any_state:
                    query = query.where(DocumentRow.state == "indexed")
                for row in session.execute(query):
                    found[row.document_id] = _from_row(row)
        return [found[document_id] for document_id in document_ids if document_id in found]

    def facts(self, document_ids: Sequence[str]) -> dict[str, DocumentFacts]:
        """Return what retrieval compares of those documents that are indexed.

        The last ones are remembered, since every search asks for dozens; any change of documents
        through this store forgets them.
        """
        remembered = self._facts
        missing = [key for key in document_ids if key not in remembered]
        if missing:
            with self._translated(), self._engine.connect() as connection:
                for batch in in_batches(missing):
                    for row in connection.execute(_FACTS, {"document_ids": list(batch)}):
                        remembered[row.document_id] = DocumentFacts.from_data(row.data)
        found = {key: remembered[key] for key in document_ids if key in remembered}
        if len(remembered) > _REMEMBERED_FACTS:
            self._facts = {}
        return found

    def token_vectors(self, chunk_ids: Sequence[str], dim: int) -> dict[str, ByteArray]:
        """Return `(tokens, dim)` int8 token vectors by chunk id; chunks without any are left out.

        Args:
            chunk_ids: Chunks.
            dim: Length of a token vector, `kb.ports.TokenEmbedder.token_dim`.
        """
        with self._translated(), self._engine.connect() as connection:
            return {
                row.chunk_id: np.frombuffer(row.vectors, np.int8).reshape(-1, dim)
                for batch in in_batches(chunk_ids)
                for row in connection.execute(_TOKENS, {"chunk_ids": list(batch)})
            }

    def get_document(self, document_id: str) -> Document:
        """Return a document.

        Raises:
            DocumentNotFound: No indexed document has this id.
        """
        documents = self.get_documents([document_id])
        if not documents:
            raise DocumentNotFound(
                f"Không có tài liệu {document_id!r}. Xem các mã bằng `kb documents list`."
            )
        return documents[0]

    def get_passages(self, chunk_ids: Sequence[str]) -> dict[str, tuple[Document, Span]]:
        """Return documents with the span of a chunk, by chunk id; only indexed documents."""
        with self._translated(), self._engine.connect() as connection:
            return {
                row.chunk_id: (_from_row(row), Span(row.start_char, row.end_char))
                for batch in in_batches(chunk_ids)
                for row in connection.execute(_PASSAGES, {"chunk_ids": list(batch)})
            }

    def iter_texts(self, *, batch_documents: int = 256) -> Iterator[tuple[str, str]]:
        """Yield `(document id, text)` of the indexed documents, ordered by id.

        Texts are read in batches, so that a large store does not fill the memory; each batch is a
        statement of its own, so that a slow reader does not keep the database from writing.
        """
        last = ""
        while True:
            query = (
                select(DocumentRow.document_id, DocumentRow.text)
                .where(DocumentRow.state == "indexed", DocumentRow.document_id > last)
                .order_by(DocumentRow.document_id)
                .limit(batch_documents)
            )
            with self._translated(), Session(self._engine) as session:
                rows = [(row.document_id, row.text) for row in session.execute(query)]
            yield from rows
            if len(rows) < batch_documents:
                return
            last = rows[-1][0]

    def get_spans(self, chunk_ids: Sequence[str]) -> dict[str, Span]:
        """Return where chunks lie in their documents, by chunk id."""
        if not chunk_ids:
            return {}
        with self._translated(), self._engine.connect() as connection:
            return {
                row.chunk_id: Span(row.start_char, row.end_char)
                for batch in in_batches(chunk_ids)
                for row in connection.execute(_SPANS, {"chunk_ids": list(batch)})
            }

    def get_document_chunks(self, document_id: str) -> list[Chunk]:
        """Return the chunks of a document in order, whatever its state."""
        with self._translated(), Session(self._engine) as session:
            query = (
                select(ChunkRow, DocumentRow.text)
                .join(DocumentRow, DocumentRow.document_id == ChunkRow.document_id)
                .where(ChunkRow.document_id == document_id)
                .order_by(ChunkRow.ordinal)
            )
            return [_to_chunk(row, text) for row, text in session.execute(query)]

    def list_documents(self, *, limit: int = 100, offset: int = 0) -> list[DocumentSummary]:
        """Return a page of documents, ordered by id."""
        columns = (
            DocumentRow.document_id,
            DocumentRow.kind,
            DocumentRow.title,
            DocumentRow.province,
            DocumentRow.published,
            DocumentRow.origin,
        )
        query = (
            select(*columns)
            .where(DocumentRow.state == "indexed")
            .order_by(DocumentRow.document_id)
            .limit(limit)
            .offset(offset)
        )
        with self._translated(), Session(self._engine) as session:
            return [DocumentSummary(*row) for row in session.execute(query)]

    def list_cases(
        self,
        *,
        province: str | None = None,
        field: Field | None = None,
        topic: str | None = None,
        limit: int = 100,
        offset: int = 0,
    ) -> tuple[int, list[tuple[Case, str]]]:
        """Return how many cases match and a page of `(case, document id)`, ordered by id.

        Args:
            province: Canonical name; one of today's covers all its parts.
            field: One of the four fields.
            topic: Topic slug.
            limit: Size of the page.
            offset: Where the page starts.
        """
        query = (
            select(CaseRow)
            .join(DocumentRow, DocumentRow.document_id == CaseRow.document_id)
            .where(DocumentRow.state == "indexed")
            .order_by(CaseRow.case_id)
        )
        if province is not None:
            query = query.where(
                (CaseRow.province == province) | (CaseRow.province_today == province)
            )
        if field is not None:
            query = query.where(CaseRow.field == field.value)
        with self._translated(), Session(self._engine) as session:
            rows = [
                row
                for row in session.scalars(query)
                if topic is None or topic in row.data["topics"]
            ]
            page = rows[offset : offset + limit]
            return len(rows), [(case_from_data(row.data), row.document_id) for row in page]

    def get_case(self, case_id: str) -> tuple[Case, str]:
        """Return a case and the id of its document.

        Raises:
            CaseNotFound: No case has this id.
        """
        query = (
            select(CaseRow)
            .join(DocumentRow, DocumentRow.document_id == CaseRow.document_id)
            .where(CaseRow.case_id == case_id, DocumentRow.state == "indexed")
        )
        with self._translated(), Session(self._engine) as session:
            row = session.scalars(query).one_or_none()
            if row is None:
                raise CaseNotFound(
                    f"Không có mô hình {case_id!r}. Xem các mã bằng `kb cases list`."
                )
            return case_from_data(row.data), row.document_id

    def counts(self) -> StoreCounts:
        """Return the sizes of the store."""
        with self._translated(), Session(self._engine) as session:
            states = dict(
                session.execute(
                    select(DocumentRow.state, func.count()).group_by(DocumentRow.state)
                ).all()
            )
            return StoreCounts(
                documents=states.get("indexed", 0),
                cases=session.scalar(select(func.count()).select_from(CaseRow)) or 0,
                chunks=session.scalar(select(func.count()).select_from(ChunkRow)) or 0,
                pending=states.get("pending", 0) + states.get("deleting", 0),
            )

    def known_topics(self) -> list[str]:
        """Return the topics that documents carry, sorted."""
        with self._translated(), Session(self._engine) as session:
            rows = session.scalars(select(DocumentRow.topics))
            return sorted({topic for topics in rows for topic in topics})


def _to_chunk(row: ChunkRow, text: str) -> Chunk:
    return Chunk(
        chunk_id=row.chunk_id,
        document_id=row.document_id,
        ordinal=row.ordinal,
        start_char=row.start_char,
        end_char=row.end_char,
        text=text[row.start_char : row.end_char],
        context=row.context,
    )


def _to_row(document: Document) -> dict[str, Any]:
    fetched_at = document.fetched_at or datetime.now(UTC)
    return {
        "document_id": document.document_id,
        "kind": document.kind,
        "title": document.title,
        "text": document.text,
        "origin": document.origin,
        "sha256": document.sha256,
        "state": "pending",
        "publisher": document.publisher,
        "author": document.author,
        "url": document.url,
        "published": document.published,
        "province": document.province,
        "field": document.field.value if document.field else None,
        "topics": list(document.topics),
        "organization": document.organization,
        "years": list(document.years),
        "sources": [source_to_data(source) for source in document.sources],
        "fetched_at": fetched_at.isoformat(timespec="seconds"),
        "updated": document.updated,
        "level": document.level,
        "subject": document.subject,
        "locators": [locator_to_data(locator) for locator in document.locators],
        "evidence": [evidence_to_data(item) for item in document.evidence],
    }


def _to_case_row(document_id: str, case: Case) -> dict[str, Any]:
    province = get_province(case.province)
    return {
        "case_id": case.case_id,
        "document_id": document_id,
        "name": case.name,
        "field": case.field.value,
        "province": province.name if province else case.province,
        "province_today": province.today if province else None,
        "data": case_to_data(case),
    }


def _to_extracted_row(ordinal: int, case: ExtractedCase) -> dict[str, Any]:
    province = get_province(case.province) if case.province else None
    return {
        "case_id": case.case_id,
        "document_id": case.document_id,
        "ordinal": ordinal,
        "name": case.name,
        "field": case.field.value if case.field else None,
        "province": province.name if province else case.province,
        "province_today": province.today if province else None,
        "same_as": case.same_as,
        "data": extracted_to_data(case),
    }


def _to_chunk_row(chunk: Chunk) -> dict[str, Any]:
    return {
        "chunk_id": chunk.chunk_id,
        "document_id": chunk.document_id,
        "ordinal": chunk.ordinal,
        "start_char": chunk.start_char,
        "end_char": chunk.end_char,
        "context": chunk.context,
    }


def _from_row(row: Any) -> Document:
    """Return the document of a row of `_DOCUMENT_COLUMNS` and the case's data."""
    return Document(
        document_id=row.document_id,
        kind="case" if row.kind == "case" else "article",
        title=row.title,
        text=row.text,
        origin=row.origin,
        sha256=row.sha256,
        publisher=row.publisher,
        author=row.author,
        url=row.url,
        published=row.published,
        province=row.province,
        field=Field(row.field) if row.field else None,
        topics=tuple(row.topics),
        organization=row.organization,
        years=tuple(row.years),
        sources=tuple(source_from_data(source) for source in row.sources),
        case=case_from_data(row.data) if row.data else None,
        fetched_at=datetime.fromisoformat(row.fetched_at) if row.fetched_at else None,
        updated=row.updated,
        level=row.level,
        subject=row.subject,
        locators=tuple(locator_from_data(item) for item in row.locators or ()),
        evidence=tuple(evidence_from_data(item) for item in row.evidence or ()),
    )
