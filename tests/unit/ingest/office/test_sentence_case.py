import pytest

from ingest.office.sentence_case import sentence_case


@pytest.mark.parametrize(
    ("capitals", "expected"),
    [
        ("ĐẢNG BỘ HUYỆN CÙ LẠT", "Đảng bộ huyện cù lạt"),
        ("BỘ NỘI VỤ", "Bộ Nội vụ"),
        ("PHÒNG Y TẾ HUYỆN", "Phòng Y tế huyện"),
    ],
)
def test_a_rank_behind_a_body_stays_small(capitals: str, expected: str) -> None:
    assert sentence_case(capitals) == expected


@pytest.mark.parametrize(
    ("capitals", "written", "expected"),
    [
        ("ĐẢNG BỘ HUYỆN CÙ LẠT", "Cù Lạt, ngày 3 tháng 4 năm 2021", "Đảng bộ huyện Cù Lạt"),
        ("UBND HUYỆN GIỒNG RIÊNG", "Giồng Riềng, ngày 3 tháng 4", "UBND huyện Giồng Riềng"),
        ("UBND XÃ CÙ LẠT", "Cứ lạt, cú lát, Cừ Lát", "UBND xã cù lạt"),
        ("XÃ HỘI CHỦ NGHĨA", "Hội Chữ thập đỏ xã", "Xã hội chủ nghĩa"),
    ],
)
def test_an_unknown_place_is_written_as_in_the_text(
    capitals: str, written: str, expected: str
) -> None:
    assert sentence_case(capitals, written) == expected
