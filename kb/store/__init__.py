"""The document store: the source of truth in a relational database."""

from kb.store.documents import (
    DocumentState,
    DocumentStore,
    DocumentSummary,
    State,
    StoreCounts,
)
from kb.store.jobs import DeadLetter, Job, JobStatus
from kb.store.signatures import Membership
from kb.store.sources import SourceState

__all__ = [
    "DeadLetter",
    "DocumentState",
    "DocumentStore",
    "DocumentSummary",
    "Job",
    "JobStatus",
    "Membership",
    "SourceState",
    "State",
    "StoreCounts",
]
