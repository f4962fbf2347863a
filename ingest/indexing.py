"""Stored documents into the vector index, in an order that survives a crash."""

import logging
from collections.abc import Iterator, Sequence

import numpy as np

from ingest.case_links import link_cases, unlink_cases
from ingest.chunker import chunk_document
from kb.abbreviations import index_expansions, mine_abbreviations
from kb.facts import DocumentFacts
from kb.knowledge_base import KnowledgeBase
from kb.models import Chunk, Document
from kb.places import get_province
from kb.ports import FloatArray, IndexEntry, TokenEmbedder
from kb.terms import document_terms, fold_runs, terms_of, tokenize

logger = logging.getLogger(__name__)

# Chunks whose token vectors (about 24 KB each) are in memory at once.
_CHUNKS_AT_ONCE = 256

Item = tuple[Document, Sequence[Chunk]]


def write_batch(kb: KnowledgeBase, documents: Sequence[Document]) -> int:
    """Store and index documents, replacing what had their ids; return the number of chunks.

    Raises:
        StoreUnavailable: A store cannot be written; the documents stay `pending` and the next
            run finishes them.
    """
    # Loads SciPy: runs that find nothing changed, and commands that only remove, are spared it.
    from ingest.duplicates import leave_groups

    items = [(document, chunk_document(document, kb.settings.chunker)) for document in documents]
    document_ids = [document.document_id for document in documents]
    with kb.writing:
        leave_groups(kb.store, document_ids)
        unlink_cases(kb.store, document_ids)
        kb.store.put_pending(items)
        _index(kb, items)
    return sum(len(chunks) for _, chunks in items)


def finish_pending(kb: KnowledgeBase) -> Iterator[str]:
    """Redo what a crash left between the two stores, yielding the id of each document done."""
    deleting = [state.document_id for state in kb.store.states_in("deleting")]
    if deleting:
        remove_documents(kb, deleting)
        yield from deleting
    pending = [state.document_id for state in kb.store.states_in("pending")]
    size = kb.settings.ingest.batch_documents
    for start in range(0, len(pending), size):
        batch = pending[start : start + size]
        items: list[Item] = []
        with kb.writing:
            for document in kb.store.get_documents(batch, any_state=True):
                chunks = chunk_document(document, kb.settings.chunker)
                kb.store.replace_chunks(document.document_id, chunks)
                items.append((document, chunks))
            _index(kb, items)
        yield from batch


def remove_documents(
    kb: KnowledgeBase, document_ids: Sequence[str], *, forget_sources: bool = True
) -> None:
    """Remove documents from both stores.

    Args:
        kb: The knowledge base, opened.
        document_ids: Unknown ones are no error.
        forget_sources: Whether what is known of their files goes too, so that the next run reads
            the files again and brings back what they still hold.
    """
    if not document_ids:
        return
    with kb.writing:
        kb.store.set_state(document_ids, "deleting")
        if forget_sources:
            states = kb.store.states(document_ids)
            kb.store.sources.remove(sorted({state.origin for state in states.values()}))
        kb.index.delete_documents(document_ids)
        if kb.store.signatures.groups(document_ids):
            from ingest.duplicates import leave_groups

            leave_groups(kb.store, document_ids)
        unlink_cases(kb.store, document_ids)
        kb.store.remove(document_ids)


def _index(kb: KnowledgeBase, items: Sequence[Item]) -> None:
    from ingest.duplicates import group_copies

    document_ids = [document.document_id for document, _ in items]
    entries = _entries(kb, items)
    kb.store.put_facts({document.document_id: DocumentFacts.of(document) for document, _ in items})
    kb.index.delete_documents(document_ids)
    kb.index.upsert(entries)
    documents = [document for document, _ in items]
    group_copies(kb.store, documents)
    link_cases(kb.store, documents)
    kb.store.set_state(document_ids, "indexed")


def _entries(kb: KnowledgeBase, items: Sequence[Item]) -> list[IndexEntry]:
    flat = [(document, chunk) for document, chunks in items for chunk in chunks]
    texts = [passage_text(chunk) for _, chunk in flat]
    vectors = _embed(kb, [chunk.chunk_id for _, chunk in flat], texts)
    # Only what a document explains itself, so that equal documents always give equal terms.
    mined = {document.document_id: mine_abbreviations(document.text) for document, _ in items}
    entries: list[IndexEntry] = []
    for (document, chunk), text, vector in zip(flat, texts, vectors, strict=True):
        added = index_expansions(text, mined[document.document_id])
        runs = [run for part in (text, *added) for run in tokenize(part)]
        province = get_province(document.province) if document.province else None
        entries.append(
            IndexEntry(
                chunk_id=chunk.chunk_id,
                document_id=document.document_id,
                dense=vector,
                accented=document_terms(terms_of(runs), kb.terms),
                folded=document_terms(terms_of(fold_runs(runs)), kb.terms),
                provinces=province.filter_names if province else (),
                field=document.field.value if document.field else None,
                topics=document.topics,
                years=document.years,
            )
        )
    return entries


def _embed(kb: KnowledgeBase, chunk_ids: Sequence[str], texts: Sequence[str]) -> FloatArray:
    """Return the vectors of chunks; those of their tokens, if the model has them, are stored."""
    if not isinstance(kb.embedder, TokenEmbedder):
        return kb.embedder.embed_passages(texts)
    vectors = np.empty((len(texts), kb.embedder.spec.dim), np.float32)
    # In slices: the token vectors of a book would fill gigabytes.
    for start in range(0, len(texts), _CHUNKS_AT_ONCE):
        part = slice(start, start + _CHUNKS_AT_ONCE)
        vectors[part], tokens = kb.embedder.embed_passages_with_tokens(texts[part])
        kb.store.put_token_vectors(dict(zip(chunk_ids[part], tokens, strict=True)))
    return vectors


def passage_text(chunk: Chunk) -> str:
    """Return what is embedded and searched of a chunk: its context, then its text."""
    return f"{chunk.context}\n{chunk.text}" if chunk.context else chunk.text
