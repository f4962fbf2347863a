"""Numbers as Vietnamese texts write them."""

import pytest

from kb.figures import is_money_unit, normalize_number, numbers_in


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("1.129", "1129"),
        ("1.234.567,80", "1234567,8"),
        ("2,50", "2,5"),
        ("2,0", "2"),
        ("05", "5"),
        ("00", "0"),
        ("0", "0"),
        ("0,5", "0,5"),
        ("0.05", "0.05"),
        ("2024", "2024"),
        ("27.10.2023", "27.10.2023"),
        ("1,2,3", "1,2,3"),
    ],
)
def test_equal_numbers_have_one_form(written: str, normal: str) -> None:
    assert normalize_number(written) == normal
    assert normalize_number(normal) == normal


def test_numbers_come_in_the_order_of_the_text() -> None:
    assert numbers_in("17.700 cuộc, 975.000 lượt, 05 xã; 67/89 ấp") == [
        "17700",
        "975000",
        "5",
        "67",
        "89",
    ]
    assert numbers_in("không có số") == []


def test_units_of_money_are_known() -> None:
    assert all(map(is_money_unit, ("đồng", "tỷ", "tỉ", "triệu")))
    assert not is_money_unit("hộ")
