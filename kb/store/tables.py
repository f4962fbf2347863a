"""The tables of the document store, as SQLAlchemy maps them."""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Registry of the tables."""


class DocumentRow(Base):
    """A document; `state` orders its writing, see `kb.store.documents`."""

    __tablename__ = "documents"

    document_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    origin: Mapped[str] = mapped_column(Text, index=True)
    sha256: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16), index=True)
    publisher: Mapped[str | None] = mapped_column(Text)
    author: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    published: Mapped[str | None] = mapped_column(String(10))
    province: Mapped[str | None] = mapped_column(String(64))
    field: Mapped[str | None] = mapped_column(String(32))
    topics: Mapped[list[str]] = mapped_column(JSON)
    organization: Mapped[str | None] = mapped_column(Text)
    years: Mapped[list[int]] = mapped_column(JSON)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    fetched_at: Mapped[str | None] = mapped_column(String(40))
    updated: Mapped[str | None] = mapped_column(String(10))
    level: Mapped[str | None] = mapped_column(String(16))
    subject: Mapped[str | None] = mapped_column(String(16))
    locators: Mapped[list[list[Any]] | None] = mapped_column(JSON)
    evidence: Mapped[list[dict[str, Any]] | None] = mapped_column(JSON)


class CaseRow(Base):
    """The case that a document records, for lists and filters."""

    __tablename__ = "cases"

    case_id: Mapped[str] = mapped_column(String(200), primary_key=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), index=True
    )
    name: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(String(32), index=True)
    province: Mapped[str] = mapped_column(String(64), index=True)
    province_today: Mapped[str | None] = mapped_column(String(64), index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class ChunkRow(Base):
    """A span of a document as it is indexed."""

    __tablename__ = "chunks"

    chunk_id: Mapped[str] = mapped_column(String(36), primary_key=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE")
    )
    ordinal: Mapped[int] = mapped_column(Integer)
    start_char: Mapped[int] = mapped_column(Integer)
    end_char: Mapped[int] = mapped_column(Integer)
    context: Mapped[str] = mapped_column(Text)

    __table_args__ = (Index("ix_chunks_document", "document_id", "ordinal"),)


class ChunkTokensRow(Base):
    """Token vectors of a chunk, int8 rows."""

    __tablename__ = "chunk_tokens"

    chunk_id: Mapped[str] = mapped_column(
        ForeignKey("chunks.chunk_id", ondelete="CASCADE"), primary_key=True
    )
    vectors: Mapped[bytes] = mapped_column(LargeBinary)


class FactsRow(Base):
    """What retrieval compares of a document."""

    __tablename__ = "document_facts"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True
    )
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class ExtractedCaseRow(Base):
    """A case that an article tells of."""

    __tablename__ = "extracted_cases"

    case_id: Mapped[str] = mapped_column(Text, primary_key=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), index=True
    )
    ordinal: Mapped[int] = mapped_column(Integer)
    name: Mapped[str] = mapped_column(Text)
    field: Mapped[str | None] = mapped_column(String(32), index=True)
    province: Mapped[str | None] = mapped_column(String(64), index=True)
    province_today: Mapped[str | None] = mapped_column(String(64), index=True)
    same_as: Mapped[str | None] = mapped_column(Text, index=True)
    data: Mapped[dict[str, Any]] = mapped_column(JSON)


class CaseKeyRow(Base):
    """A key that cases with nearly equal names share; finds what a case may be the same as."""

    __tablename__ = "case_keys"

    case_id: Mapped[str] = mapped_column(Text, primary_key=True)
    key: Mapped[str] = mapped_column(String(200), primary_key=True, index=True)
    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), index=True
    )


class SourceRow(Base):
    """What a file or address looked like when it was last read."""

    __tablename__ = "source_states"

    origin: Mapped[str] = mapped_column(Text, primary_key=True)
    reader: Mapped[str] = mapped_column(String(64))
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    read_at: Mapped[float] = mapped_column(Float)
    document_ids: Mapped[list[str]] = mapped_column(JSON)
    children: Mapped[list[str]] = mapped_column(JSON)
    etag: Mapped[str | None] = mapped_column(Text)
    last_modified: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)


class DeadLetterRow(Base):
    """A source that failed, until it is read or dismissed."""

    __tablename__ = "dead_letters"

    origin: Mapped[str] = mapped_column(Text, primary_key=True)
    code: Mapped[str] = mapped_column(String(64))
    reason: Mapped[str] = mapped_column(Text)
    retryable: Mapped[bool] = mapped_column(Boolean)
    attempts: Mapped[int] = mapped_column(Integer)
    first_failed: Mapped[str] = mapped_column(String(40))
    last_failed: Mapped[str] = mapped_column(String(40))
    job_id: Mapped[str | None] = mapped_column(String(64))


class JobRow(Base):
    """A run of ingest that was asked for."""

    __tablename__ = "jobs"

    job_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    status: Mapped[str] = mapped_column(String(16), index=True)
    created_at: Mapped[str] = mapped_column(String(40), index=True)
    started_at: Mapped[str | None] = mapped_column(String(40))
    finished_at: Mapped[str | None] = mapped_column(String(40))
    request: Mapped[dict[str, Any]] = mapped_column(JSON)
    progress: Mapped[dict[str, Any]] = mapped_column(JSON)
    report: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    error: Mapped[dict[str, Any] | None] = mapped_column(JSON)
    attempts: Mapped[int | None] = mapped_column(Integer)


class SignatureRow(Base):
    """Digest of a document's text as duplicates are compared."""

    __tablename__ = "document_signatures"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True
    )
    text_sha256: Mapped[str] = mapped_column(String(64), index=True)


class SignatureBandRow(Base):
    """One band of a MinHash signature: documents that share a band may be near copies."""

    __tablename__ = "signature_bands"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True
    )
    band: Mapped[int] = mapped_column(Integer, primary_key=True)
    digest: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (Index("ix_signature_bands_digest", "band", "digest"),)


class GroupRow(Base):
    """Documents that belong together; a group is named by its first document.

    `copy_of` is set for a reprint: the document whose text it repeats. Documents of one group
    without it tell the same case independently.
    """

    __tablename__ = "document_groups"

    document_id: Mapped[str] = mapped_column(
        ForeignKey("documents.document_id", ondelete="CASCADE"), primary_key=True
    )
    group_id: Mapped[str] = mapped_column(String(200), index=True)
    copy_of: Mapped[str | None] = mapped_column(String(200))
    similarity: Mapped[float] = mapped_column(Float)
