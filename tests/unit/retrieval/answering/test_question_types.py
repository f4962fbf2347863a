"""What kind of answer a question wants."""

import pytest

from retrieval.answering.question_types import MONEY, PERCENT, QuestionType, Wanted, classify
from retrieval.query import parse_query


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("Hỗ trợ bao nhiêu căn nhà?", Wanted(QuestionType.FIGURE, "can")),
        ("ho tro bao nhieu can nha", Wanted(QuestionType.FIGURE, "can")),
        ("mô hình trồng màu lãi bao nhiêu", Wanted(QuestionType.FIGURE, MONEY)),
        ("hết bao nhiêu tiền", Wanted(QuestionType.FIGURE, MONEY)),
        ("Tỷ lệ hòa giải thành là bao nhiêu?", Wanted(QuestionType.FIGURE, PERCENT)),
        ("đạt mấy phần trăm?", Wanted(QuestionType.FIGURE, PERCENT)),
        ("giai đoạn 1 xong mấy căn", Wanted(QuestionType.FIGURE, "can")),
        ("Làm thế nào để vận động hiến đất?", Wanted(QuestionType.HOW_TO)),
        ("to hoa giai lam viec ra sao", Wanted(QuestionType.HOW_TO)),
        ("So sánh các mô hình camera: tốn bao nhiêu?", Wanted(QuestionType.COMPARE)),
        ("mô hình giảm nghèo ở Cà Mau", Wanted(QuestionType.LIST)),
        ("góp tiền đỡ đầu mấy em khó khăn", Wanted(QuestionType.LIST)),
        ("tổ hợp tác may gia công", Wanted(QuestionType.LIST)),
    ],
)
def test_a_question_is_classified_with_its_unit(question: str, wanted: Wanted):
    assert classify(parse_query(question)) == wanted
