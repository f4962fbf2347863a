import pytest

from ingest.cases.cues import (
    is_campaign,
    is_count_slogan,
    is_no_name,
    is_period,
    is_planned,
    is_saying,
)


@pytest.mark.parametrize(
    "name",
    [
        "Dân vận khéo",
        "phong trào thi đua “Dân vận khéo”",
        "Học tập và làm theo tư tưởng, đạo đức, phong cách Hồ Chí Minh",
        "Toàn dân đoàn kết xây dựng nông thôn mới, đô thị văn minh",
        "Cà Mau chung sức xây dựng nông thôn mới",
        "Đền ơn đáp nghĩa",
        "Gia đình văn hóa",
    ],
)
def test_movements_and_titles_are_campaigns(name: str) -> None:
    assert is_campaign(name)


@pytest.mark.parametrize(
    "name", ["Hũ gạo tình thương", "Học tập cộng đồng cuối tuần", "Xây dựng tuyến dân cư kiểu mẫu"]
)
def test_names_of_cases_are_no_campaigns(name: str) -> None:
    assert not is_campaign(name)


def test_proverbs_are_sayings_and_names_are_not() -> None:
    assert is_saying("Đi từng ngõ, gõ từng nhà")
    assert is_saying("dân biết, dân bàn, dân làm, dân kiểm tra")
    assert not is_saying("Ngõ nhà em sạch")


def test_a_bare_count_is_a_slogan_and_two_are_none() -> None:
    assert is_count_slogan("4 không")
    assert not is_count_slogan("5 không, 3 sạch")


def test_what_goes_on_is_not_planned() -> None:
    assert is_planned("Dự kiến quý tới, xã thành lập câu lạc bộ ")
    assert not is_planned("Xã sẽ duy trì và triển khai rộng hơn mô hình ")
    assert not is_planned("Xã đã triển khai mô hình ")


@pytest.mark.parametrize(
    "name",
    [
        "quý IV năm 2020",
        "6 tháng đầu năm",
        "năm 2021",
        "nhiệm kỳ 2020 - 2025",
        "Tháng 3/2022",
        "giai đoạn 2021-2025",
    ],
)
def test_words_that_only_say_when_are_periods(name: str) -> None:
    assert is_period(name)
    assert is_no_name(name)


@pytest.mark.parametrize("name", ["Năm tấm lòng", "Quỹ 5.000 đồng", "Tháng ba yêu thương", "Ngõ"])
def test_names_with_words_of_time_are_no_periods(name: str) -> None:
    assert not is_period(name)
