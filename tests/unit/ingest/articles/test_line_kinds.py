"""What a line is by itself, on lines written for it."""

import pytest

from ingest.articles.line_kinds import (
    LineKind,
    comparison_key,
    read_lines,
    shows_weather,
    without_credit,
)


@pytest.mark.parametrize(
    "line",
    [
        "Chia sẻ", "Chia sẻ bài viết", "Theo dõi Báo Bình Minh trên", "Facebook", "A- A A+", "-->",
        "Trang chủ > Chính trị > Dân vận", "Dòng sự kiện:", "Đường dây nóng: 0900000000.",
        "Lượt xem: 1.204", "Từ khóa: tổ tự quản, an ninh", "In bài viết", "Bình luận (3)",
        "Huế, 27°C/ 24°C - 30°C", "Bản quyền thuộc về Báo Bình Minh", "Gửi bình luận", "* * *",
        ">> Xem thêm: Camera an ninh phủ kín đường quê",
    ],
)  # fmt: skip
def test_button_counter_or_menu_is_furniture(line: str) -> None:
    assert [found.kind for found in read_lines(line)] == [LineKind.FURNITURE]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Tin liên quan", LineKind.MARKER),
        ("12/03/2024 08:10", LineKind.DATE),
        ("Ảnh: Tổ tự quản tuần tra ban đêm", LineKind.CAPTION),
        ("- Lắp camera ở mười ngã ba", LineKind.ITEM),
        ("Tổ tự quản giữ bình yên xóm nhỏ", LineKind.SHORT),
        ("Tổ tự quản đi tuần mỗi tối trên các tuyến đường của ấp.", LineKind.PROSE),
    ],
)
def test_line_is_of_the_kind_that_its_words_tell(line: str, kind: LineKind) -> None:
    assert [found.kind for found in read_lines(line)] == [kind]


def test_rows_of_a_table_are_items_and_no_headlines() -> None:
    rows = "Ấp Vườn Dừa | 24\nẤp Giồng Cát | 9"
    assert [line.kind for line in read_lines(rows)] == [LineKind.ITEM, LineKind.ITEM]


def test_line_is_glued_only_to_a_line_right_above_it() -> None:
    lines = read_lines("Một dòng\nDòng liền dưới\n\nDòng cách ra")
    assert [line.is_glued for line in lines] == [False, True, False]


def test_comparison_sees_no_quotes_case_or_tone_style() -> None:
    assert comparison_key("“Hoà giải” TỪ cơ sở!") == comparison_key("Hòa giải từ cơ sở") != ""


def test_degrees_are_weather_in_a_short_line_and_not_in_a_sentence() -> None:
    assert shows_weather("Huế 27°C")
    assert not shows_weather("Kho lạnh của hợp tác xã luôn giữ ở 4°C suốt cả mùa")


def test_credit_goes_only_where_a_sentence_ends_before_it() -> None:
    assert without_credit("Bà con góp 24 camera. Ảnh: M.T") == "Bà con góp 24 camera."
    assert without_credit("Bà con góp tiền mua Ảnh: M.T") == "Bà con góp tiền mua Ảnh: M.T"
