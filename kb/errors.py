"""Every error that the project raises on purpose, as one tree.

KbError
├── SettingsError
├── AccessDenied
├── IngestError
│   ├── SourceUnavailable   (retryable)
│   ├── UnsupportedSource
│   ├── ExtractionFailed
│   ├── EmptyDocument
│   ├── DuplicateId
│   ├── UnsafeSource
│   ├── ExtractionTimeout
│   ├── MissingTool
│   └── FetchRefused
├── StoreError
│   ├── StoreUnavailable    (retryable)
│   ├── StoreLocked         (retryable)
│   ├── IndexMismatch
│   ├── DocumentNotFound
│   ├── CaseNotFound
│   └── JobNotFound
├── QueryError
│   ├── EmptyQuery
│   ├── QueryTooLong
│   └── InvalidFilter
├── ModelError
│   └── ModelUnavailable    (retryable)
└── BriefError

A message is shown to officers and operators as it is, so it is Vietnamese, names the thing that
is wrong and says what to do. `code` is stable and language-neutral: programs branch on it.
"""

from typing import ClassVar


class KbError(Exception):
    """Base of all errors of this project."""

    code: ClassVar[str] = "internal_error"
    retryable: ClassVar[bool] = False


class SettingsError(KbError):
    """A setting is unknown, has the wrong type or is out of range."""

    code = "invalid_settings"


class AccessDenied(KbError):
    """The caller may not change the knowledge base."""

    code = "access_denied"


class IngestError(KbError):
    """One source could not be taken in; the others go on."""

    code = "ingest_failed"


class SourceUnavailable(IngestError):
    """The file or address does not exist or cannot be read now."""

    code = "source_unavailable"
    retryable = True


class UnsupportedSource(IngestError):
    """The format is not one that the project reads."""

    code = "unsupported_source"


class ExtractionFailed(IngestError):
    """The source is of a known format, but its content is broken."""

    code = "extraction_failed"


class EmptyDocument(IngestError):
    """Nothing readable is left of the source."""

    code = "empty_document"


class DuplicateId(IngestError):
    """Two sources claim the same document id."""

    code = "duplicate_id"


class UnsafeSource(IngestError):
    """The source is built to exhaust or to escape (bomb, path traversal, entity expansion)."""

    code = "unsafe_source"


class ExtractionTimeout(IngestError):
    """Reading the source took more time or memory than one file may."""

    code = "extraction_timeout"


class MissingTool(IngestError):
    """A program that this format needs is not installed."""

    code = "missing_tool"


class FetchRefused(IngestError):
    """An address must not be fetched: private network, robots.txt, scheme."""

    code = "fetch_refused"


class StoreError(KbError):
    """The document store or the vector index refused an operation."""

    code = "store_failed"


class StoreUnavailable(StoreError):
    """The store cannot be reached or written (disk full, server down)."""

    code = "store_unavailable"
    retryable = True


class StoreLocked(StoreError):
    """Another process holds the data directory."""

    code = "store_locked"
    retryable = True


class IndexMismatch(StoreError):
    """The index was built with other settings than those in force."""

    code = "index_mismatch"


class DocumentNotFound(StoreError):
    """No document has this id."""

    code = "document_not_found"


class CaseNotFound(StoreError):
    """No case has this id."""

    code = "case_not_found"


class JobNotFound(StoreError):
    """No job has this id."""

    code = "job_not_found"


class QueryError(KbError):
    """The query itself cannot be answered."""

    code = "invalid_query"


class EmptyQuery(QueryError):
    """The query holds no letter and no digit."""

    code = "empty_query"


class QueryTooLong(QueryError):
    """The query is longer than the limit."""

    code = "query_too_long"


class InvalidFilter(QueryError):
    """A filter names a value that does not exist."""

    code = "invalid_filter"


class ModelError(KbError):
    """A model gave no usable output."""

    code = "model_failed"


class ModelUnavailable(ModelError):
    """A model cannot be loaded or reached."""

    code = "model_unavailable"
    retryable = True


class BriefError(KbError):
    """A brief could not be made or written."""

    code = "brief_failed"
