"""What quotes affirm and deny, and claims that turn it round."""

import pytest

from retrieval.answering.claim_checks.negation import negation_consistent


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Chưa có nợ quá hạn", "Đến nay quỹ chưa có nợ quá hạn"),
        ("Thu nhập tăng", "Hộ nghèo giảm, thu nhập tăng"),
        ("Dân không chỉ hiến đất mà còn góp công", "Dân hiến đất và góp công"),
        ("Tổ không ngừng phát triển", "Tổ phát triển"),
        ("Mô hình 5 không, 3 sạch được nhân rộng", "Mô hình 5 không, 3 sạch được nhân rộng"),
        ("Bà con vẫn bán cho thương lái", "Chưa bao tiêu được nên bà con vẫn bán cho thương lái"),
        ("Hết năm 2022 có 5 hộ", "Đến cuối năm 2022 có 5 hộ"),
    ],
)
def test_what_agrees_passes(claim: str, quote: str):
    assert negation_consistent(claim, [quote])


@pytest.mark.parametrize(
    ("claim", "quote"),
    [
        ("Các hộ đồng ý hiến đất", "Các hộ chưa đồng ý hiến đất"),
        ("Các hộ không đồng ý hiến đất", "Các hộ đồng ý hiến đất"),
        ("Ấp 5 không hiến đất", "Ấp 5 hiến đất"),
        ("Hộ nghèo tăng", "Hộ nghèo giảm"),
        ("Hộ nghèo tăng", "Hộ nghèo giảm mạnh, thu nhập tăng"),
        ("Mỗi hộ lỗ 40 triệu đồng", "Mỗi hộ lãi 40 triệu đồng"),
        ("Không còn hộ tái nghèo", "Còn hộ tái nghèo"),
        ("Đã hết tình trạng trộm cắp", "Tình trạng trộm cắp còn xảy ra"),
        ("Bà con không bán cho thương lái", "Chưa bao tiêu được nên bà con vẫn bán cho thương lái"),
    ],
)
def test_what_is_turned_round_fails(claim: str, quote: str):
    assert not negation_consistent(claim, [quote])
