"""Chosen cases and documents, statement by statement."""

import pytest

from kb.errors import CaseNotFound
from kb.figures import numbers_in
from kb.knowledge_base import open_store
from kb.models import Case, Field
from service.briefs.citing import FootnoteBook
from service.briefs.selection import Chosen, chosen_blocks, find_chosen
from tests.unit.service.briefs.conftest import stored


def _lines(blocks):
    return [(block.kind, block.label, *(part.text for part in block.parts)) for block in blocks]


def _check_quotes(blocks, book, document):
    quotes = {}
    for item in book.citations:
        assert document.text[item.start_char : item.end_char] == item.quote
        quotes[item.marker] = item.quote
    for block in blocks:
        for part in block.parts:
            quoted = {figure for number in part.notes for figure in numbers_in(quotes[number])}
            assert set(numbers_in(part.text)) <= quoted


def test_a_recorded_case_is_told_field_by_field(ducks):
    book = FootnoteBook()
    blocks = chosen_blocks(Chosen(ducks, ducks.case), book)
    assert _lines(blocks) == [
        ("body", "Địa bàn", "xã Bờ Kinh, Bạc Liêu"),
        ("body", "Đơn vị thực hiện", "Hội Nông dân xã Bờ Kinh"),
        ("body", "Thời gian", "2019-2021"),
        ("body", "Thực trạng", "Sau vụ lúa đất bỏ không, 35 hộ thiếu việc làm."),
        ("body", "Cách làm"),
        ("step", "", "1. Góp vốn 5 triệu đồng mỗi hộ"),
        ("step", "", "2. Thuê chung máy ấp & chuồng <di động>"),
        ("body", "Kết quả"),
        ("item", "", "Lãi 1.250 con vịt mỗi lứa"),
        ("item", "", "Hộ nghèo còn 4 hộ"),
        ("body", "Điều kiện nhân rộng", "Cần đồng trống ít nhất 2 tháng mỗi vụ."),
    ]
    _check_quotes(blocks, book, ducks)
    assert [part.notes for block in blocks for part in block.parts] == [
        (number,) for number in range(1, 10)
    ]


def test_what_a_case_does_not_tell_is_named(garden):
    blocks = chosen_blocks(Chosen(garden, garden.case), FootnoteBook())
    assert _lines(blocks)[-1] == (
        "remark",
        "",
        "Bản lưu trong kho không nêu: đơn vị thực hiện, thực trạng, điều kiện nhân rộng.",
    )


def test_a_line_that_reads_like_a_heading_ends_no_section():
    case = Case(
        case_id="ke-tieu-de",
        name="Kể tiêu đề",
        field=Field.ECONOMY,
        topics=(),
        province="Cà Mau",
        problem="Dân chưa tin.\nThực trạng\nKéo dài nhiều năm.",
        conditions="Có người đứng đầu.\nCách làm",
    )
    document = stored(case)
    blocks = chosen_blocks(Chosen(document, case), FootnoteBook())
    by_label = {block.label: [part.text for part in block.parts] for block in blocks}
    assert by_label["Thực trạng"] == ["Dân chưa tin.", "Thực trạng", "Kéo dài nhiều năm."]
    assert by_label["Điều kiện nhân rộng"] == ["Có người đứng đầu.", "Cách làm"]
    assert "Cách làm" not in by_label


def test_a_told_case_speaks_in_the_words_of_its_article(article):
    book = FootnoteBook()
    blocks = chosen_blocks(Chosen(article, article.extracted[0]), book)
    assert _lines(blocks) == [
        ("body", "Tên được nêu", "“Bếp chung”"),
        ("body", "Đơn vị thực hiện", "chi hội phụ nữ"),
        ("body", "Kết quả"),
        ("item", "", "nấu 80 suất cơm mỗi ngày"),
        ("body", "Nguồn kể"),
        ("item", "", "Tổ nấu 80 suất cơm mỗi ngày cho người già."),
        ("remark", "", "Bản lưu trong kho không nêu: địa bàn, thời gian."),
    ]
    _check_quotes(blocks, book, article)


def test_an_article_as_a_whole_is_told_by_its_cases_or_its_lead(article):
    told = chosen_blocks(Chosen(article, None, article.extracted), FootnoteBook())
    assert _lines(told) == [
        ("body", "Mô hình được kể", "“Bếp chung”"),
        ("item", "", "Tổ nấu 80 suất cơm mỗi ngày cho người già."),
    ]
    lead = chosen_blocks(Chosen(article), FootnoteBook())
    assert _lines(lead) == [
        ("body", "Phần đầu tài liệu"),
        ("item", "", "Ở Cà Mau, tổ “Bếp chung” do chi hội phụ nữ lập năm 2022."),
        ("item", "", "Tổ nấu 80 suất cơm mỗi ngày cho người già."),
    ]


def test_ids_of_cases_told_cases_and_documents_are_found(settings, ducks, article):
    store = open_store(settings)
    store.put_pending([(ducks, []), (article, [])])
    store.set_state([ducks.document_id, article.document_id], "indexed")
    assert find_chosen(store, "nuoi-vit-chay-dong").name == "Nuôi vịt chạy đồng của 12 hộ"
    assert find_chosen(store, "bai-xom-nho--bep-chung").name == "Bếp chung"
    whole = find_chosen(store, "bai-xom-nho")
    assert (whole.name, whole.province) == ("Xóm nhỏ làm điều lớn", None)
    assert [case.name for case in whole.told] == ["Bếp chung"]
    with pytest.raises(CaseNotFound, match=r"mô hình hay tài liệu 'khong-co'.*kb documents list"):
        find_chosen(store, "khong-co")
    store.close()
