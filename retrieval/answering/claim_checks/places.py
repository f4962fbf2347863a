"""Whether the places of a claim are those of its quotes and of the quoted document."""

from collections.abc import Sequence

from kb.facts import DocumentFacts
from kb.models import Document
from kb.places import Agreement, PlaceMention, agreement, find_places, find_provinces, get_province
from retrieval.answering.claim_checks.tokens import holds_run, words_of

_LEVELS = {
    "province": Agreement.PROVINCE,
    "district": Agreement.DISTRICT,
    "commune": Agreement.COMMUNE,
    "region": Agreement.REGION,
}


def place_supported(
    claim: str, quotes: Sequence[str], head: str, document: Document, places: Sequence[str]
) -> bool:
    """Tell whether a claim speaks of the place that its source speaks of.

    Every place that the claim names stands in its quotes or is the document's own; if places were
    asked for, the document is of one of them, and its quotes do not tell of another province.

    Args:
        claim: Plain text.
        quotes: What the claim rests on, all of this document.
        head: Title and place of the document.
        document: The quoted document.
        places: Names of the provinces asked for; empty if any will do.
    """
    mentions = find_places(claim, date=document.published)
    if not all(_is_place_of(mention, quotes, head, document) for mention in mentions):
        return False
    named = [mention.province.name for mention in find_provinces(claim)]
    if _tells_of_another(quotes, named or list(places), head, document):
        return False
    return not places or document_is_of(document, places, quotes)


def document_is_of(document: Document, places: Sequence[str], quotes: Sequence[str]) -> bool:
    """Tell whether a document is of one of the provinces.

    One of today's names covers the provinces it was made of; an old name only itself. A document
    without a province is of those that its quotes name.
    """
    if document.province is not None:
        return _covers(places, document.province)
    named = [item.province.name for quote in quotes for item in find_provinces(quote)]
    return any(_covers(places, name) for name in named)


def _covers(places: Sequence[str], name: str) -> bool:
    province = get_province(name)
    names = set(province.filter_names) if province else {name}
    wanted = {found.name if (found := get_province(place)) else place for place in places}
    return bool(names & wanted)


def _is_place_of(
    mention: PlaceMention, quotes: Sequence[str], head: str, document: Document
) -> bool:
    words = words_of(mention.text)
    if any(holds_run(words_of(text), words) for text in (*quotes, head)):
        return True
    return agreement(mention, DocumentFacts.of(document).place) >= _LEVELS[mention.level]


def _tells_of_another(
    quotes: Sequence[str], wanted: Sequence[str], head: str, document: Document
) -> bool:
    """Tell whether the quotes name provinces, and none of those wanted.

    Without wanted ones nothing is told of another. The head names the document's own place, and
    says nothing of the sentence that is quoted.
    """
    if not wanted:
        return False
    for quote in quotes:
        if quote in head:
            continue
        named = {item.province.name for item in find_provinces(quote)}
        if named and not any(_agree(name, wanted, document) for name in named):
            return True
    return False


def _agree(name: str, wanted: Sequence[str], document: Document) -> bool:
    if _covers(wanted, name):
        return True
    # An old case that calls its province by the name of that time: "Bạc Liêu" for today's Cà Mau.
    province = get_province(name)
    return bool(
        province
        and document.province
        and any(found.name in province.parts for place in wanted if (found := get_province(place)))
    )
