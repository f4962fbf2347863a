"""Names of claims against what is quoted and known of the document."""

import pytest

from retrieval.answering.claim_checks.names import names_supported

QUOTE = (
    "Ông Lê Văn Bảy, Hội Nông dân xã, làm theo Chỉ thị 05-CT/TW với mô hình “Ao cá tình thương”."
)


@pytest.mark.parametrize(
    "claim",
    [
        "Ông Lê Văn Bảy làm theo.",
        "Tại xã, Hội Nông dân vận động.",
        "Mô hình “Ao cá tình thương” theo Chỉ thị 05-CT/TW.",
        "Người dân cùng làm. Sau đó xã nhân rộng.",
        "Lê Văn Bảy làm theo",
        'Mô hình "ao cá tình thương" được nhân rộng',
    ],
)
def test_names_that_stand_there_are_supported(claim: str):
    assert names_supported(claim, [QUOTE])


@pytest.mark.parametrize(
    "claim",
    [
        "Ông Lê Văn Tám làm theo.",
        "Hội Phụ nữ xã vận động.",
        "Theo Chỉ thị 06-CT/TW.",
        "Mô hình “Ao cá nghĩa tình” được nhân rộng.",
        "UBND xã vận động.",
        "Nhờ ông Bảy và bà Hoa vận động.",
    ],
)
def test_names_that_do_not_stand_there_are_not(claim: str):
    assert not names_supported(claim, [QUOTE])


def test_the_head_of_the_document_counts():
    assert not names_supported("Ở Năm Căn có mô hình.", [QUOTE])
    assert names_supported("Ở Năm Căn có mô hình.", [QUOTE, "Nuôi cua. Năm Căn"])
