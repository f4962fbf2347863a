import pytest

from ingest.cases import extract_cases
from kb.models import Document


def _period(body: str, published: str | None = None) -> str | None:
    text = f"Chuyện ở cơ sở\n\n{body}"
    document = Document("bai", "article", "Bài", text, "bai.txt", "0", published=published)
    (case,) = extract_cases(document)
    return case.period and case.period.value


@pytest.mark.parametrize(
    "body",
    [
        "Mô hình “Ngõ hoa” có 80 hộ tham gia, tăng 20% so với năm 2020.",
        "Mô hình “Ngõ hoa” giúp giảm rác, bằng một nửa cùng kỳ năm 2020.",
        "Mô hình “Ngõ hoa” thay cho cách quét dọn trước năm 2019.",
        "Mô hình “Ngõ hoa” phấn đấu đến cuối năm 2030 có ở mọi tổ.",
        "Mô hình “Ngõ hoa” nằm trong kế hoạch năm 2024 của phường.",
        "Mô hình “Ngõ hoa” rất đẹp. Năm 2025, phường sẽ nhân rộng mô hình “Ngõ hoa” ra 6 tổ.",
        "Mô hình “Ngõ hoa” rất đẹp. Dự kiến trong năm 2025 phường nhân rộng mô hình này.",
        "Mô hình “Ngõ hoa” của chị Tư, sinh năm 1975, rất đẹp.",
        "Mô hình “Ngõ hoa” theo Chỉ thị số 12 năm 2016 của huyện.",
    ],
)
def test_a_year_of_something_else_is_no_period(body: str) -> None:
    assert _period(body) is None


def test_the_year_behind_a_comparison_is_still_found() -> None:
    body = "So với năm 2018, mô hình “Ngõ hoa” lập từ năm 2020 đã rộng hơn."
    assert _period(body) == "từ năm 2020"


def test_an_aim_behind_the_year_does_not_make_it_a_plan() -> None:
    body = "Từ năm 2021, phường có mô hình “Ngõ hoa” với mục tiêu làm đẹp phố."
    assert _period(body) == "Từ năm 2021"


def test_the_sentence_that_names_the_case_comes_first() -> None:
    body = (
        "Phường có mô hình “Ngõ hoa”. Năm 2022, mô hình triển khai thêm ở ba tổ. "
        "“Ngõ hoa” bắt đầu từ năm 2019."
    )
    assert _period(body) == "bắt đầu từ năm 2019"


def test_no_case_was_carried_out_after_its_article() -> None:
    body = "Mô hình “Ngõ hoa” có ở mọi tổ trong năm 2026."
    assert _period(body, "2024-03-01") is None
    assert _period(body, "2026-12-01") == "trong năm 2026"
