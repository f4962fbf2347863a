"""Keeps the lexicon of a knowledge base in step with its documents."""

import logging
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from kb.abbreviations import is_listed, mine_abbreviations
from kb.errors import StoreUnavailable
from kb.knowledge_base import KnowledgeBase
from kb.lexicon import FILE_NAME, Lexicon
from kb.models import Document

logger = logging.getLogger(__name__)

# One in so many documents changed or removed: the lexicon is learnt anew.
_REPLACED_SHARE = 10
_BATCH = 64
_NOTE_FILE = "lexicon.changing"


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
        lexicon = lexicon.with_abbreviations({**mined, **lexicon.abbreviations})
    lexicon.save(path)
    return lexicon


def begin_changes(kb: KnowledgeBase) -> bool:
    """Note that documents are about to change; `refresh_lexicon` takes the note away.

    A run that dies in between leaves the note, and the next one learns the lexicon anew.

    Returns:
        Whether an earlier run left its note.

    Raises:
        StoreUnavailable: The data directory cannot be written.
    """
    path = kb.settings.data_dir / _NOTE_FILE
    try:
        left_over = path.exists()
        path.touch()
    except OSError as exc:
        raise StoreUnavailable(
            f"Không ghi được {str(path)!r}: {exc.strerror}. "
            "Kiểm tra quyền ghi và dung lượng đĩa, rồi chạy lại lệnh."
        ) from exc
    return left_over


def refresh_lexicon(
    kb: KnowledgeBase, added: Sequence[str], *, replaced: int, anew: bool = False
) -> None:
    """Bring the lexicon in step after a run of ingest.

    New documents are added to it. Texts that changed or went cannot be taken out again, so it is
    learnt anew once they are more than a tenth; until then their words linger, which does no harm
    beyond a restored word that finds nothing.

    Args:
        kb: The knowledge base, opened.
        added: Ids of documents that were new or changed.
        replaced: How many documents changed or were removed.
        anew: Learn it anew in any case, since an earlier run did not finish.

    Raises:
        StoreUnavailable: The documents cannot be read, or the file cannot be written.
    """
    total = kb.store.counts().documents
    many = replaced * _REPLACED_SHARE > total or len(added) * 2 > total
    if anew or many:
        rebuild_lexicon(kb)
    elif added:
        update_lexicon(kb, _documents(kb, added))
    elif Lexicon.load(lexicon_path(kb)) is None:
        rebuild_lexicon(kb)
    (kb.settings.data_dir / _NOTE_FILE).unlink(missing_ok=True)


def _documents(kb: KnowledgeBase, document_ids: Sequence[str]) -> Iterator[Document]:
    for start in range(0, len(document_ids), _BATCH):
        yield from kb.store.get_documents(document_ids[start : start + _BATCH])


def _mining(texts: Iterable[str], mined: dict[str, str]) -> Iterator[str]:
    """Pass texts on and collect the abbreviations that they explain; the first meaning stays.

    What the list knows is left out: one odd document must not change what "HTX" means to all.
    """
    for text in texts:
        for short, long in mine_abbreviations(text).items():
            if not is_listed(short):
                mined.setdefault(short, long)
        yield text
