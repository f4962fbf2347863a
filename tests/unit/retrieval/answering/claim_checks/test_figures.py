"""Figures of claims against figures of quotes."""

import pytest

from retrieval.answering.claim_checks.figures import figures_of, figures_supported


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Có 12 hộ làm theo", "Đã có 12 hộ dân làm theo"),
        ("12 căn nhà", "xây 12 nhà cho người nghèo"),
        ("05 xã", "ở 5 xã"),
        ("1.129 hộ", "1129 hộ"),
        ("thu 100 triệu đồng/hộ/năm", "Mỗi hộ thu 100 triệu đồng một năm"),
        ("lãi 50-60 triệu đồng/ha", "lãi từ 50 đến 60 triệu đồng/héc ta"),
        ("đạt 98 phần trăm", "đạt 98%"),
        ("Mười hai hộ làm theo", "Có 12 hộ làm theo"),
        ("hai mươi lăm hộ", "25 hộ"),
        ("2 xã làm theo", "hai xã làm theo"),
        ("hơn 100 hộ", "có trên 100 hộ"),
        ("ít nhất 5 hộ", "tối thiểu 5 hộ"),
        ("Năm 2021 có 5 hộ", "giai đoạn 2020-2021, có 5 hộ"),
        ("giảm từ 9 vụ xuống 2 vụ", "giảm từ 9 vụ còn 2 vụ"),
        ("Không có con số nào", "Có 12 hộ"),
        ("Mô hình 5 không có 3 hộ", "Có 3 hộ theo mô hình 5 không"),
    ],
)
def test_the_same_figure_in_other_words_is_supported(claim: str, quote: str):
    assert figures_supported(claim, [quote])


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Có 12 ha", "Có 12 hộ"),
        ("Có 21 hộ", "Có 12 hộ"),
        ("Có 112 hộ", "Có 12 hộ"),
        ("lãi 5 tỷ đồng", "lãi 5 triệu đồng"),
        ("5 triệu lượt", "5 triệu đồng"),
        ("đạt 98 hồ sơ", "đạt 98%"),
        ("đạt 98%", "đạt 98 hồ sơ"),
        ("100 hộ", "hơn 100 hộ"),
        ("hơn 100 hộ", "gần 100 hộ"),
        ("30 triệu đồng một tháng", "30 triệu đồng một năm"),
        ("Mỗi hộ thu 30 triệu đồng", "Cả tổ thu 30 triệu đồng"),
        ("300 hộ nghèo", "12 hộ nghèo và 300 hộ khá"),
        ("Tổ tiếp nhận 17 vụ việc", "Tổ tiếp nhận 18 vụ việc, hòa giải thành 17 vụ việc"),
        ("giảm từ 2 vụ xuống 9 vụ", "giảm từ 9 vụ xuống 2 vụ"),
        ("ở ấp 5", "có 5 hộ"),
        ("Năm 2022", "Năm 2021"),
        ("mười ba hộ", "12 hộ"),
    ],
)
def test_another_figure_is_not_supported(claim: str, quote: str):
    assert not figures_supported(claim, [quote])


def test_a_figure_of_the_name_of_a_case_is_in_its_head():
    assert figures_supported("Mô hình “5 có, 3 sạch”", ["Dân hưởng ứng"], "5 có, 3 sạch. Cà Mau")


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("Nghị quyết 01-NQ/TU", []),
        ("2,50 tỷ đồng", ["2500000000"]),
        ("một trăm linh năm hộ", ["105"]),
        ("hai trăm ba mươi mốt hộ", ["231"]),
        ("mỗi năm một vụ, nhiều năm liền", []),
        ("năm hộ", ["5"]),
        ("một mô hình hay", []),
        ("ba mẹ các em", []),
        ("địa chỉ 1.2.3.4", []),
    ],
)
def test_numbers_are_read_as_they_are_meant(text: str, values: list[str]):
    assert [f"{figure.value:f}".removesuffix(".0") for figure in figures_of(text)] == values
