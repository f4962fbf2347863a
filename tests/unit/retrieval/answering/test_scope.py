"""Requests that no base of case studies can meet, and look-alikes that it can."""

import pytest

from retrieval.answering.scope import asks_for_absence, is_request_to_make, required_words
from retrieval.query import parse_query


@pytest.mark.parametrize(
    "question",
    [
        "Viết một bài thơ về con tôm",
        "Hãy viết đoạn mã Python cộng hai số",
        "viet script doc tep excel",
        "Giúp tôi sáng tác một bài hát về xã",
    ],
)
def test_making_something_new_is_a_request_to_make(question: str):
    assert is_request_to_make(parse_query(question))


@pytest.mark.parametrize(
    "question",
    [
        "Làm hầm biogas cho chuồng heo thế nào?",
        "Về truyền nghề đan lát cho phụ nữ",
        "Làm tổ thợ hồ ở xã ra sao?",
        "Tạo nghề truyền thống cho thanh niên",
        "Cách làm thơm sấy dẻo",
        "Viết đơn xin vay vốn cho hộ nghèo thì ai giúp?",
        "Lập tổ may gia công thế nào?",
    ],
)
def test_doing_something_in_a_village_is_none(question: str):
    assert not is_request_to_make(parse_query(question))


@pytest.mark.parametrize(
    "question",
    [
        "Những xã nào chưa làm mô hình camera an ninh?",
        "Huyện nào không tham gia nuôi lươn?",
        "xa nao chua trien khai to may",
    ],
)
def test_who_did_not_do_something_is_asked_for_absence(question: str):
    assert asks_for_absence(parse_query(question))


@pytest.mark.parametrize(
    "question",
    [
        "Làm thế nào để thanh niên không tham gia tệ nạn?",
        "Cách nào vận động người dân không xây dựng trái phép?",
        "Xã nào làm mô hình camera an ninh?",
        "Hộ chưa tham gia tổ may thì được giúp gì?",
    ],
)
def test_how_to_keep_people_from_something_is_not(question: str):
    assert not asks_for_absence(parse_query(question))


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Tỉnh nào nuôi lươn nhiều nhất cả nước?", "nhieu nhat ca nuoc"),
        ("Cho tôi số điện thoại của tổ trưởng tổ may", "so dien thoai"),
        ("Tổ may nào đông nhất xã?", None),
        ("Tổ may có bao nhiêu chị em?", None),
    ],
)
def test_superlatives_over_the_country_and_private_facts_must_be_stated(
    question: str, words: str | None
):
    assert required_words(parse_query(question)) == words
