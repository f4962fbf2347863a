"""Figures compared by value and unit, prose by syllables."""

import json
from decimal import Decimal

import pytest

from eval.nuggets import (
    LENIENT_SHARE,
    STRICT_SHARE,
    content_share,
    figures_of,
    has_values_of,
    states_number,
)
from tests.conftest import REPOSITORY

STATED = [
    ("1.129", "khen 1.129 tập thể"),
    ("1.129", "khen 1129 tập thể"),
    ("40 tỷ đồng", "trị giá hơn 40 tỉ đồng"),
    ("14.000 lượt", "giúp 14.000 lượt hộ"),
    ("5,6 tỷ đồng", "vốn 5,60 tỷ đồng"),
    ("5,6 tỷ đồng", "vốn 5.600 triệu đồng"),
    ("100 ngàn đồng", "góp 100.000 đồng"),
    ("100.000 đồng", "góp 100 nghìn đồng một tháng"),
    ("05 tập thể", "khen 5 tập thể"),
    ("75-80 triệu đồng/ha/vụ", "thu 75 đến 80 triệu đồng mỗi ha"),
    ("50-60 triệu đồng", "lãi từ 50 triệu tới 60 triệu đồng"),
    ("300.000", "bán từ 300.000 đến 500.000 đồng"),
    ("5,24%", "giảm từ 5,24% xuống 2,2%"),
    ("43,4 km²", "rộng 43,4 km2"),
    ("22 giờ 30", "22h30 mỗi tối"),
    ("3 không, 3 có", "khuyến khích “3 không, 3 có”"),
    ("01-NQ/TU", "Nghị quyết 01-NQ/TU năm 2015"),
    ("hai thùng", "tặng mỗi hộ 2 thùng rác"),
    ("2 thùng", "có 2 chiếc thùng rác"),
    ("64 đảng viên", "64 Đảng viên phụ trách"),
    ("30 hòa giải viên", "30 hoà giải viên"),
    ("gần 200 thẻ", "trao 200 thẻ"),
    ("1 triệu lượt khách", "đón hơn 1.000.000 lượt khách"),
]
NOT_STATED = [
    ("14.000 lượt", "14.000 hộ"),
    ("5,6 tỷ đồng", "5,6 triệu đồng"),
    ("1.129", "1.1290 và 129"),
    ("20 hộ", "hộ thứ 21, 20 người"),
    ("50-60 triệu đồng", "lãi 50 triệu đồng"),
    ("5,24%", "5,24 triệu"),
    ("01-NQ/TU", "Nghị quyết 01-NQ/HU"),
    ("1,5 tỷ", "15 tỷ"),
    ("hai thùng", "ba thùng"),
    ("2015", "năm 2016"),
]


@pytest.mark.parametrize(("written", "text"), STATED)
def test_a_figure_is_found_however_it_is_written(written: str, text: str) -> None:
    assert states_number(written, text)


@pytest.mark.parametrize(("written", "text"), NOT_STATED)
def test_another_value_or_unit_is_not_the_figure(written: str, text: str) -> None:
    assert not states_number(written, text)


def test_a_number_ends_with_its_clause() -> None:
    figures = figures_of("Tết quân dân 2024\nPhong Thạnh Đông (năm 2023). Đạt 21 công trình")
    assert [(figure.value, figure.unit) for figure in figures] == [
        (Decimal(2024), ""),
        (Decimal(2023), ""),
        (Decimal(21), "công"),
    ]


def test_values_of_a_claim_are_compared_with_their_scale_and_percent() -> None:
    quote = "Tổ có 12 hộ, vay 5,6 tỷ đồng, tăng 40% so với năm 2019."
    assert has_values_of("Năm 2019: 12 tổ viên vay 5,6 tỉ đồng", quote)
    assert not has_values_of("vay 5,6 triệu đồng", quote)
    assert not has_values_of("tăng 40 hộ", quote)
    assert not has_values_of("12 hộ, 13 lao động", quote)
    assert has_values_of("không có con số nào", "")


def test_content_share_leaves_out_numbers_and_function_words() -> None:
    assert content_share("12 hộ nghèo được vay vốn", "cho hộ nghèo mượn") == 0.5
    assert content_share("của các 5", "") == 1.0
    assert content_share("HOÀ GIẢI", "tổ hòa giải") == 1.0


def test_every_figure_of_the_topics_in_the_repository_is_found_in_its_own_nugget() -> None:
    path = REPOSITORY / "eval" / "topics" / "casebook-dev" / "nuggets.jsonl"
    if not path.exists():
        pytest.skip("eval/topics/casebook-dev is not there")
    nuggets = [
        item
        for line in path.read_text(encoding="utf-8").splitlines()
        for item in json.loads(line)["nuggets"]
    ]
    missed = [
        number for item in nuggets for number in item["numbers"]
        if not states_number(number, item["text"])
    ]  # fmt: skip
    assert (missed, len(nuggets) > 100) == ([], True)


def test_thresholds_are_ordered() -> None:
    assert 0 < LENIENT_SHARE < STRICT_SHARE < 1
