"""Tables that hold data and tables that place text."""

from ingest.extractors.tables import table_blocks
from ingest.ports import Block


def test_rows_of_data_become_lines_and_empty_rows_go():
    rows = [[["Ấp"], ["Số", "hộ"]], [[], []], [["Rau Dừa"], ["24"]]]
    assert table_blocks(rows, 3) == [
        Block("Ấp | Số hộ", "row", 3),
        Block("Rau Dừa | 24", "row", 3),
    ]


def test_the_head_of_an_office_paper_is_read_column_by_column():
    rows = [
        [["UBND XÃ TÂN HƯNG"], ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập"]],
        [["Số: 1/BC"], ["Tân Hưng, ngày 1 tháng 2 năm 2023"]],
    ]
    assert [block.text for block in table_blocks(rows)] == [
        "UBND XÃ TÂN HƯNG", "Số: 1/BC", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập",
        "Tân Hưng, ngày 1 tháng 2 năm 2023",
    ]  # fmt: skip


def test_a_frame_of_one_column_is_paragraphs():
    assert table_blocks([[["Một", "Hai"]]]) == [Block("Một"), Block("Hai")]


def test_no_rows_give_no_blocks():
    assert table_blocks([]) == []


def test_a_foot_that_follows_a_table_of_data_is_read_by_itself():
    rows = [[["Ấp"], ["Số hộ"]]] * 5 + [[["Nơi nhận:", "- Lưu: VT."], ["CHỦ TỊCH"]]]
    assert [block.text for block in table_blocks(rows)[4:]] == [
        "Ấp | Số hộ",
        "Nơi nhận:",
        "- Lưu: VT.",
        "CHỦ TỊCH",
    ]
