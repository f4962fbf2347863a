"""Places of claims against the document's own place and the places of its quotes."""

import pytest

from kb.models import Document
from retrieval.answering.claim_checks.places import document_is_of, place_supported


def document(province: str | None) -> Document:
    return Document("d", "article", "Nuôi cua", "Có 5 hộ", "/d", "0" * 64, province=province)


QUOTE = ["Có 5 hộ nuôi cua"]


@pytest.mark.parametrize(
    ("claim", "province", "places", "holds"),
    [
        ("Có 5 hộ nuôi cua", "Cà Mau", (), True),
        ("Ở Cà Mau có 5 hộ nuôi cua", "Cà Mau", (), True),
        ("Ở Hà Giang có 5 hộ nuôi cua", "Cà Mau", (), False),
        ("Ở huyện Mèo Vạc có 5 hộ nuôi cua", "Cà Mau", (), False),
        ("Có 5 hộ nuôi cua", "Cà Mau", ("Cà Mau",), True),
        ("Có 5 hộ nuôi cua", "Bạc Liêu", ("Cà Mau",), True),
        ("Có 5 hộ nuôi cua", "Cà Mau", ("Bạc Liêu",), False),
        ("Có 5 hộ nuôi cua", "Hà Giang", ("Cà Mau",), False),
        ("Có 5 hộ nuôi cua", None, ("Cà Mau",), False),
    ],
)
def test_the_place_of_the_document_decides(
    claim: str, province: str | None, places: tuple[str, ...], holds: bool
):
    head = f"Nuôi cua. {province or ''}"
    assert place_supported(claim, QUOTE, head, document(province), places) is holds


def test_a_place_that_the_quote_names_may_be_named():
    quote = ["Học từ Bến Tre, 5 hộ nuôi cua"]
    assert place_supported("5 hộ học nuôi cua từ Bến Tre", quote, "", document("Cà Mau"), ())


def test_a_quote_about_another_province_says_nothing_of_this_one():
    quote = ["Ở Sóc Trăng có 5 hộ nuôi cua"]
    assert not place_supported("Có 5 hộ nuôi cua", quote, "", document("Cà Mau"), ("Cà Mau",))
    assert not place_supported("Cà Mau có 5 hộ nuôi cua", quote, "", document("Cà Mau"), ())


def test_a_document_without_province_is_of_those_that_its_quotes_name():
    assert document_is_of(document(None), ["Cà Mau"], ["Ở Cà Mau có 5 hộ"])
    assert not document_is_of(document(None), ["Cà Mau"], ["Ở Hà Giang có 5 hộ"])
