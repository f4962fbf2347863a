"""Recorded cases and those that articles tell of, as one list."""

from collections.abc import Sequence
from typing import Any, Literal

from kb.errors import CaseNotFound
from kb.models import Case, Document, ExtractedCase, Filters
from kb.store import DocumentStore
from retrieval.rendering import case_card_to_data, told_card_to_data

Kind = Literal["all", "recorded", "extracted"]
Listed = tuple[Case, str] | ExtractedCase


def list_cases(
    store: DocumentStore, filters: Filters, *, kind: Kind, limit: int, offset: int
) -> tuple[int, list[Listed]]:
    """Return how many cases match and a page of them.

    Recorded cases come first, each with the id of its document, then those that articles tell of;
    both by id. In the list of all, an extracted case that is known to be another one is left out.
    """
    total, rows = 0, list[Listed]()
    if kind != "extracted":
        total, recorded = store.list_cases(
            province=filters.province,
            field=filters.field,
            topic=filters.topic,
            limit=limit,
            offset=offset,
        )
        rows += recorded
    if kind != "recorded":
        count, told = store.extracted_cases.list(
            province=filters.province,
            field=filters.field,
            topic=filters.topic,
            unlinked=kind == "all",
            limit=limit - len(rows),
            offset=max(0, offset - total),
        )
        total += count
        rows += told
    return total, rows


def cards_of(store: DocumentStore, rows: Sequence[Listed]) -> list[dict[str, Any]]:
    """Return the cards of listed cases as plain data; one whose article went meanwhile is not."""
    told = sorted({row.document_id for row in rows if isinstance(row, ExtractedCase)})
    articles = {document.document_id: document for document in store.get_documents(told)}
    cards = []
    for row in rows:
        if not isinstance(row, ExtractedCase):
            cards.append(case_card_to_data(*row))
        elif row.document_id in articles:
            cards.append(told_card_to_data(row, articles[row.document_id]))
    return cards


def find_case(store: DocumentStore, case_id: str) -> tuple[Case | ExtractedCase, Document]:
    """Return a case of either kind with its document.

    Raises:
        CaseNotFound: There is none with this id.
    """
    try:
        case, document_id = store.get_case(case_id)
    except CaseNotFound:
        told = store.extracted_cases.get(case_id)
        return told, store.get_document(told.document_id)
    return case, store.get_document(document_id)
