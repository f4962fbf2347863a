"""Which cases that articles tell of are the same as others, kept up as documents come and go."""

from collections.abc import Sequence

from ingest.cases import blocking_keys, link
from kb.models import Case, Document, ExtractedCase
from kb.store import DocumentStore
from kb.text import fold

# Names that share a key with more cases than this are of a kind ("Tổ tự quản"): the first ones by
# id are compared, so that one list of models does not compare everything with everything.
_MOST_CANDIDATES = 200


def link_cases(store: DocumentStore, documents: Sequence[Document]) -> None:
    """Link the cases of stored documents, and earlier ones to them.

    A recorded case takes the extracted ones that are the same; an extracted one is linked to what
    was there before it.

    Args:
        store: The documents are stored in it, in any state.
        documents: New or changed ones.
    """
    for document in documents:
        if document.case is not None:
            _record(store, document, document.case)
        else:
            _tell(store, document.document_id)


def unlink_cases(store: DocumentStore, document_ids: Sequence[str]) -> None:
    """Take away the links to cases of documents that change or go."""
    linked = store.extracted_cases.linked_to_documents(document_ids)
    store.extracted_cases.set_links(dict.fromkeys(linked))


def _record(store: DocumentStore, document: Document, case: Case) -> None:
    keys = blocking_keys(case.name)
    told = store.extracted_cases.get_many(_candidates(store, keys, document.document_id))
    store.extracted_cases.put_keys(document.document_id, {case.case_id: keys})
    store.extracted_cases.set_links(
        {other.case_id: case.case_id for other in told if link(other, [case])}
    )


def _tell(store: DocumentStore, document_id: str) -> None:
    cases = store.extracted_cases.of_documents([document_id], any_state=True).get(document_id, [])
    original = _original_of(store, document_id)
    keys = {case.case_id: blocking_keys(case.name) for case in cases}
    links: dict[str, str | None] = {}
    for case in cases:
        others = _loaded(store, _candidates(store, keys[case.case_id], document_id))
        links[case.case_id] = _same_in_copy(case, others, original) or link(case, others)
    store.extracted_cases.put_keys(document_id, keys)
    store.extracted_cases.set_links(links)


def _original_of(store: DocumentStore, document_id: str) -> str | None:
    membership = store.signatures.groups([document_id]).get(document_id)
    return membership.copy_of if membership else None


def _same_in_copy(
    case: ExtractedCase, others: Sequence[Case | ExtractedCase], original: str | None
) -> str | None:
    """Return the case of that name in the text that this article repeats: no place is needed."""
    for other in others:
        is_told_there = isinstance(other, ExtractedCase) and other.document_id == original
        if is_told_there and fold(other.name) == fold(case.name):
            return other.case_id
    return None


def _candidates(store: DocumentStore, keys: Sequence[str], document_id: str) -> list[str]:
    """Return the ids of cases of other documents that share a key."""
    pairs = store.extracted_cases.sharing_keys(keys)
    return [case_id for case_id, owner in pairs if owner != document_id][:_MOST_CANDIDATES]


def _loaded(store: DocumentStore, case_ids: Sequence[str]) -> list[Case | ExtractedCase]:
    told = store.extracted_cases.get_many(case_ids)
    rest = sorted(set(case_ids) - {case.case_id for case in told})
    # Only a first telling is linked to: a link to one that is linked itself would be a chain.
    first = [case for case in told if case.same_as is None]
    recorded = [case for item in store.get_documents(rest, any_state=True) if (case := item.case)]
    return [*recorded, *first]
