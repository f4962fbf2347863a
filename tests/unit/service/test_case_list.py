"""Recorded cases and those of articles as one list."""

from dataclasses import replace

import pytest
from fastapi.testclient import TestClient

from ingest.indexing import remove_documents, write_batch
from ingest.records.models import case_document
from kb.errors import CaseNotFound
from kb.ids import content_sha256
from kb.knowledge_base import KnowledgeBase
from kb.models import Case, Document, ExtractedCase, Field, Filters, Span
from service.case_list import cards_of, find_case, list_cases

RECORDED, TOLD = 5, 4
NAME = "Tổ tự quản"


def recorded(number: int) -> Case:
    return Case(
        case_id=f"phieu-{number}",
        name=f"{NAME} số {number}",
        field=Field.ECONOMY if number % 2 else Field.DEFENCE_SECURITY,
        topics=("giam-ngheo",),
        province="Cà Mau" if number < 3 else "An Giang",
    )


def article(number: int) -> Document:
    text = f"Mô hình {NAME} bến {number} được bà con góp công giữ."
    case = ExtractedCase(
        # By id these would stand before the recorded ones.
        f"a-ke-{number}", f"bai-{number}", f"{NAME} bến {number}", (Span(8, 18),),
        province="Cà Mau", field=Field.ECONOMY, topics=("giam-ngheo",) if number else (),
    )  # fmt: skip
    return Document(
        f"bai-{number}", "article", f"Bài {number}", text, f"bai-{number}.md",
        content_sha256(text), extracted=(case,),
    )  # fmt: skip


@pytest.fixture
def filled(kb: KnowledgeBase) -> KnowledgeBase:
    documents = [case_document(recorded(number), f"p{number}.md") for number in range(RECORDED)]
    write_batch(kb, [*documents, *(article(number) for number in range(TOLD))])
    return kb


def ids(rows):
    return [row.case_id if isinstance(row, ExtractedCase) else row[0].case_id for row in rows]


ALL = [*(f"phieu-{n}" for n in range(RECORDED)), *(f"a-ke-{n}" for n in range(TOLD))]


def test_recorded_cases_come_first(filled):
    total, rows = list_cases(filled.store, Filters(), kind="all", limit=100, offset=0)
    assert (total, ids(rows)) == (9, ALL)


@pytest.mark.parametrize("size", range(1, 11))
def test_pages_of_every_size_give_every_case_once(filled, size):
    seen = []
    for offset in range(0, 12, size):
        total, rows = list_cases(filled.store, Filters(), kind="all", limit=size, offset=offset)
        assert total == 9
        assert len(rows) <= size
        seen += ids(rows)
    assert seen == ALL


@pytest.mark.parametrize(
    ("offset", "expected"),
    [
        (3, ["phieu-3", "phieu-4", "a-ke-0"]),  # over the border
        (2, ["phieu-2", "phieu-3", "phieu-4"]),  # up to it
        (5, ["a-ke-0", "a-ke-1", "a-ke-2"]),  # from it
        (8, ["a-ke-3"]),
        (9, []),
        (10_000_000, []),
    ],
)
def test_the_border_lies_where_the_recorded_ones_end(filled, offset, expected):
    total, rows = list_cases(filled.store, Filters(), kind="all", limit=3, offset=offset)
    assert (total, ids(rows)) == (9, expected)


def test_one_kind_is_paged_by_itself(filled):
    found = {
        kind: list_cases(filled.store, Filters(), kind=kind, limit=2, offset=1)
        for kind in ("recorded", "extracted")
    }
    assert (found["recorded"][0], ids(found["recorded"][1])) == (5, ["phieu-1", "phieu-2"])
    assert (found["extracted"][0], ids(found["extracted"][1])) == (4, ["a-ke-1", "a-ke-2"])


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(province="Cà Mau"), [*ALL[:3], *ALL[5:]]),
        (Filters(province="An Giang"), ["phieu-3", "phieu-4"]),
        (Filters(field=Field.ECONOMY), ["phieu-1", "phieu-3", *ALL[5:]]),
        (Filters(topic="giam-ngheo"), [*ALL[:5], *ALL[6:]]),
        (Filters(province="Cà Mau", field=Field.DEFENCE_SECURITY), ["phieu-0", "phieu-2"]),
    ],
)
def test_conditions_hold_for_both_kinds_and_move_the_border(filled, filters, expected):
    total, rows = list_cases(filled.store, filters, kind="all", limit=100, offset=0)
    assert (total, ids(rows)) == (len(expected), expected)
    paged = [
        name
        for offset in range(0, 10, 2)
        for name in ids(list_cases(filled.store, filters, kind="all", limit=2, offset=offset)[1])
    ]
    assert paged == expected


def test_a_told_case_that_is_a_recorded_one_is_listed_only_among_the_told(filled):
    filled.store.extracted_cases.set_links({"a-ke-1": "phieu-1"})
    total, rows = list_cases(filled.store, Filters(), kind="all", limit=100, offset=0)
    assert (total, ids(rows)) == (8, [name for name in ALL if name != "a-ke-1"])
    total, rows = list_cases(filled.store, Filters(), kind="extracted", limit=100, offset=0)
    assert total == 4
    assert rows[1].same_as == "phieu-1"


def test_cards_name_their_kind_and_their_article(filled):
    _, rows = list_cases(filled.store, Filters(), kind="all", limit=2, offset=4)
    own, told = cards_of(filled.store, rows)
    assert own["case_id"] == "phieu-4"
    assert (told["kind"], told["case_id"], told["document_id"]) == ("extracted", "a-ke-0", "bai-0")
    assert told["mentions"] == [{"start_char": 8, "end_char": 18, "text": NAME}]


def test_a_case_whose_article_went_meanwhile_has_no_card(filled):
    _, rows = list_cases(filled.store, Filters(), kind="extracted", limit=9, offset=0)
    remove_documents(filled, ["bai-2"])
    assert [card["case_id"] for card in cards_of(filled.store, rows)] == [
        "a-ke-0",
        "a-ke-1",
        "a-ke-3",
    ]


def test_cases_of_both_kinds_are_found_by_id(filled):
    case, document = find_case(filled.store, "phieu-1")
    assert (case, document.document_id) == (recorded(1), document.document_id)
    told, document = find_case(filled.store, "a-ke-1")
    assert isinstance(told, ExtractedCase)
    assert document.text == article(1).text
    with pytest.raises(CaseNotFound, match="khong-co"):
        find_case(filled.store, "khong-co")


def test_the_api_pages_over_the_border(client: TestClient):
    kb = client.app.state.service.kb
    named = [
        replace(article(number), document_id=f"bai-moi-{number}", extracted=(
            replace(article(number).extracted[0], document_id=f"bai-moi-{number}"),
        ))
        for number in range(2)
    ]  # fmt: skip
    write_batch(kb, named)
    page = client.get("/v1/cases", params={"limit": 2, "offset": 2}).json()
    assert (page["total"], page["limit"], page["offset"]) == (5, 2, 2)
    assert [card["case_id"] for card in page["cases"]] == ["thu-gom-rac-thai-nhua", "a-ke-0"]
    only = client.get("/v1/cases", params={"kind": "extracted"}).json()
    assert [card["case_id"] for card in only["cases"]] == ["a-ke-0", "a-ke-1"]
    assert client.get("/v1/cases", params={"kind": "khac"}).status_code == 422
