"""Keeps the lexicon of a knowledge base in step with its documents."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kb.abbreviations import mine_abbreviations
from kb.knowledge_base import KnowledgeBase
from kb.lexicon import FILE_NAME, Lexicon
from kb.models import Document

logger = logging.getLogger(__name__)

# One in so many documents changed or removed: the lexicon is learnt anew.
_REPLACED_SHARE = 10
_BATCH = 64


def lexicon_path(kb: KnowledgeBase) -> Path:
    """Return where the lexicon of a knowledge base lies."""
    return kb.settings.data_dir / FILE_NAME


def rebuild_lexicon(kb: KnowledgeBase) -> Lexicon:
    """Learn the lexicon anew from all indexed documents and save it.

    Documents that changed or went leave no trace in it, nor do abbreviations that they explained.

    Raises:
        StoreUnavailable: The documents cannot be read, or the file cannot be written.
    """
    path = lexicon_path(kb)
    mined: dict[str, str] = {}
    texts = (text for _, text in kb.store.iter_texts())
    lexicon = Lexicon.build(_mining(texts, mined)).with_abbreviations(mined)
    lexicon.save(path)
    logger.info("Từ điển âm tiết: %d âm tiết, %d lượt.", len(lexicon.words), lexicon.tokens)
    return lexicon


def update_lexicon(kb: KnowledgeBase, documents: Iterable[Document]) -> Lexicon:
    """Add the texts of documents that are new in the knowledge base, and save it.

    Counts of an earlier version of a document stay until the next `rebuild_lexicon`, which is
    also what happens if there is no lexicon yet.

    Args:
        kb: The knowledge base, opened.
        documents: Documents that are indexed by now.

    Raises:
        StoreUnavailable: The documents cannot be read, or the file cannot be written.
    """
    path = lexicon_path(kb)
    lexicon = Lexicon.load(path)
    if lexicon is None:
        return rebuild_lexicon(kb)
    mined: dict[str, str] = {}
    lexicon = lexicon.updated(_mining((document.text for document in documents), mined))
    if mined:
        lexicon = lexicon.with_abbreviations({**lexicon.abbreviations, **mined})
    lexicon.save(path)
    return lexicon


def refresh_lexicon(kb: KnowledgeBase, added: Sequence[str], *, replaced: int) -> None:
    """Bring the lexicon in step after a run of ingest.

    New documents are added to it. Texts that changed or went cannot be taken out again, so it is
    learnt anew once they are more than a tenth; until then their words linger, which does no harm
    beyond a restored word that finds nothing.

    Args:
        kb: The knowledge base, opened.
        added: Ids of documents that were new or changed.
        replaced: How many documents changed or were removed.

    Raises:
        StoreUnavailable: The documents cannot be read, or the file cannot be written.
    """
    if not added and not replaced:
        if not lexicon_path(kb).exists():
            rebuild_lexicon(kb)
        return
    total = kb.store.counts().documents
    if replaced * _REPLACED_SHARE > total or len(added) * 2 > total:
        rebuild_lexicon(kb)
    else:
        update_lexicon(kb, _documents(kb, added))


def _documents(kb: KnowledgeBase, document_ids: Sequence[str]) -> Iterator[Document]:
    for start in range(0, len(document_ids), _BATCH):
        yield from kb.store.get_documents(document_ids[start : start + _BATCH])


def _mining(texts: Iterable[str], mined: dict[str, str]) -> Iterator[str]:
    """Pass texts on and collect the abbreviations that they explain; the first meaning stays."""
    for text in texts:
        for short, long in mine_abbreviations(text).items():
            mined.setdefault(short, long)
        yield text
