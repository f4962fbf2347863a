"""Blocks of office formats to documents; all texts are made up."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.office.compose import ContinuedBlock, compose
from ingest.ports import Block, FileProperties, OfficeText
from ingest.sources import SourceFile
from kb.errors import EmptyDocument
from kb.models import Document, MetadataEvidence
from kb.text import to_reading_form

FILE = SourceFile(Path("/kho/bao-cao/to-hop-tac.pdf"), "pdf")
FIRST = "Tổ hợp tác ấp Rau Dừa có 24 hộ cùng thả cá trên ruộng lúa."
SECOND = "Mỗi vụ, một hộ lãi gần 18 triệu đồng từ cá và lúa."


def evidence(document: Document, field: str) -> list[MetadataEvidence]:
    return [item for item in document.evidence if item.field == field]


def test_title_comes_first_then_blocks_apart_and_rows_together():
    document = compose(
        OfficeText(
            (
                Block("Nuôi cá trên ruộng lúa", "title"),
                Block("Kết quả", "heading"),
                Block(FIRST),
                Block("Ấp | Số hộ", "row"),
                Block("Rau Dừa | 24", "row"),
                Block("Góp ngày công", "item"),
            )
        ),
        FILE,
    )
    assert document.text == (
        f"Nuôi cá trên ruộng lúa\n\nKết quả\n\n{FIRST}\n\nẤp | Số hộ\nRau Dừa | 24\n\nGóp ngày công"
    )
    assert document.title == "Nuôi cá trên ruộng lúa"
    assert document.kind == "article"
    assert document.origin == "/kho/bao-cao/to-hop-tac.pdf"
    assert document.locators == ()


def test_each_locator_stands_where_the_first_block_of_its_page_begins():
    document = compose(
        OfficeText(
            (
                Block("Nuôi  cá trên\u00a0ruộng lúa", "title", 1),
                Block(FIRST, number=1),
                Block("\u200b Kết quả ", "heading", 2),
                Block(SECOND, number=2),
                Block("Kiến nghị", "heading", 4),
            ),
            "page",
        ),
        FILE,
    )
    starts = {item.number: document.text[item.start_char :] for item in document.locators}
    assert list(starts) == [1, 2, 4]
    assert starts[1].startswith("Nuôi cá trên ruộng lúa\n\n")
    assert starts[2].startswith("Kết quả\n\n")
    assert starts[4] == "Kiến nghị"
    position = document.text.index("18 triệu")
    located = document.locate(position)
    assert located is not None
    assert located.label == "trang 2"


def test_a_sentence_over_a_page_border_is_joined_and_the_locator_stands_inside():
    document = compose(
        OfficeText(
            (
                Block("Nuôi cá trên ruộng lúa", "title", 1),
                Block("Tổ hợp tác có 24 hộ cùng thả cá trên", number=1),
                Block("ruộng lúa của ấp.", number=2),
                Block("Vụ sau thêm 12 hộ.", number=3),
            ),
            "page",
        ),
        FILE,
    )
    assert "thả cá trên ruộng lúa của ấp.\n\nVụ sau" in document.text
    starts = [document.text[item.start_char :] for item in document.locators]
    assert starts[1].startswith("ruộng lúa của ấp.")
    assert starts[2].startswith("Vụ sau")


def test_legacy_text_without_fonts_is_repaired_before_anything_is_read_from_it():
    document = compose(
        OfficeText(
            (
                Block("M« h×nh nu«i c¸ ®ång trªn ruéng lóa", "title"),
                Block("Tæ hîp t¸c cã 24 hé tham gia, mçi vô l·i 18 triÖu ®ång mét hé."),
            )
        ),
        FILE,
    )
    assert document.title == "Mô hình nuôi cá đồng trên ruộng lúa"
    assert "mỗi vụ lãi 18 triệu đồng một hộ." in document.text


def test_properties_are_evidence_and_never_date_or_sign_the_document():
    properties = FileProperties(
        title="Microsoft Word - BC cuoi nam.doc",
        author="Máy 01",
        created=datetime(2009, 3, 4, tzinfo=UTC),
        modified=datetime(2024, 5, 6, tzinfo=UTC),
    )
    document = compose(OfficeText((Block(FIRST), Block(SECOND)), properties=properties), FILE)
    assert (document.published, document.author, document.publisher) == (None, None, None)
    assert document.title == FIRST.rstrip(".")
    assert [(item.value, item.confidence) for item in evidence(document, "created")] == [
        ("2009-03-04", 0.2)
    ]
    assert [item.value for item in evidence(document, "updated")] == ["2024-05-06"]
    assert [item.source for item in evidence(document, "author")] == ["file property"]


def test_a_meaningful_title_of_the_properties_serves_where_the_text_has_none():
    properties = FileProperties(title="Cá lúa ở ấp Rau Dừa")
    document = compose(OfficeText((Block(FIRST), Block(SECOND)), properties=properties), FILE)
    assert document.title == "Cá lúa ở ấp Rau Dừa"
    assert document.text.startswith("Cá lúa ở ấp Rau Dừa\n\nTổ hợp tác")


def test_notes_are_told_as_evidence():
    note = "Chữ của trang 2 do máy nhận dạng từ ảnh quét, có thể sai."
    document = compose(OfficeText((Block(FIRST),), notes=(note,)), FILE)
    assert evidence(document, "notes") == [
        MetadataEvidence("notes", note, 1.0, "extraction", "", None)
    ]


def test_every_span_of_evidence_holds_its_quote():
    document = compose(
        OfficeText(
            tuple(
                Block(line)
                for line in (
                    "ỦY BAN NHÂN DÂN HUYỆN THỚI BÌNH",
                    "Số: 12/BC-UBND",
                    "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
                    "Thới Bình, ngày 12 tháng 5 năm 2023",
                    "BÁO CÁO",
                    "Kết quả nuôi cá trên ruộng lúa",
                    FIRST,
                )
            )
        ),
        FILE,
    )
    assert document.text == (
        "Báo cáo kết quả nuôi cá trên ruộng lúa\n\nỦY BAN NHÂN DÂN HUYỆN THỚI BÌNH\n\n"
        f"Số: 12/BC-UBND\n\nThới Bình, ngày 12 tháng 5 năm 2023\n\n{FIRST}"
    )
    assert (document.published, document.province) == ("2023-05-12", "Cà Mau")
    assert document.years == (2023,)
    spanned = [item for item in document.evidence if item.span is not None]
    assert {item.field for item in spanned} == {"title", "publisher", "published", "province"}
    for item in spanned:
        assert item.span is not None
        assert document.text[item.span.start_char : item.span.end_char] == item.quote


def test_the_digest_covers_the_text_and_what_was_read_from_it():
    same = [compose(OfficeText((Block(FIRST), Block(SECOND))), FILE).sha256 for _ in range(2)]
    other = compose(OfficeText((Block(FIRST), Block(FIRST))), FILE).sha256
    moved = compose(OfficeText((Block(FIRST, number=2), Block(SECOND)), "page"), FILE).sha256
    assert same[0] == same[1]
    assert len({same[0], other, moved}) == 3


@pytest.mark.parametrize("texts", [(), ("", "  "), ("…", "-----", "\u200b")])
def test_a_text_without_letters_is_an_empty_document(texts: tuple[str, ...]):
    with pytest.raises(EmptyDocument, match=r"to-hop-tac\.pdf"):
        compose(OfficeText(tuple(Block(text) for text in texts)), FILE)


def test_furniture_alone_is_not_lost_but_gives_a_document_with_its_title():
    document = compose(OfficeText((Block("Nơi nhận:"), Block("- Như trên;"))), FILE)
    assert any(char.isalpha() for char in document.text)


_BLOCKS = st.lists(
    st.builds(
        Block,
        st.text(max_size=40),
        st.sampled_from(["title", "heading", "paragraph", "item", "row"]),
        st.integers(1, 4),
    ),
    max_size=8,
)


@given(_BLOCKS)
def test_any_blocks_give_a_text_in_reading_form_with_locators_inside_it(blocks: list[Block]):
    try:
        document = compose(OfficeText(tuple(blocks), "page"), FILE)
    except EmptyDocument:
        return
    assert document.text == to_reading_form(document.text)
    assert document.text.startswith(document.title)
    starts = [item.start_char for item in document.locators]
    assert starts == sorted(set(starts))
    assert all(0 <= start < len(document.text) for start in starts)


def test_the_rest_of_a_paragraph_is_put_behind_it_as_it_was():
    blocks = (
        Block("Nuôi cá trên ruộng lúa", "title", 1),
        Block("Giai đoạn 2022-", number=1),
        ContinuedBlock("2024 có 24 hộ.", number=2, glue=""),
        ContinuedBlock("Mỗi hộ lãi 18 triệu.", number=3),
        Block("theo dõi hằng tuần", number=4),
    )
    document = compose(OfficeText(blocks, "page"), FILE, joins_pages=False)
    assert document.text == (
        "Nuôi cá trên ruộng lúa\n\nGiai đoạn 2022-2024 có 24 hộ. Mỗi hộ lãi 18 triệu.\n\n"
        "theo dõi hằng tuần"
    )
    starts = [document.text.index(start) for start in ("2024", "Mỗi", "theo")]
    assert [item.start_char for item in document.locators] == [0, *starts]


def test_the_rest_of_a_block_that_is_left_out_stands_by_itself():
    blocks = (
        Block("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", number=1),
        Block("Số: 5/BC-UBND", number=1),
        Block(FIRST, number=1),
        Block("Nơi nhận:", number=1),
        ContinuedBlock(SECOND, number=2),
    )
    document = compose(OfficeText(blocks, "page"), FILE, joins_pages=False)
    assert "Nơi nhận" not in document.text
    assert document.text.endswith(f"\n\n{SECOND}")
