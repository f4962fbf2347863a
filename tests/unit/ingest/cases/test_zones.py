import pytest

from ingest.cases.zones import own_lines

LONG = "Câu dài kể lại chuyện bà con trong ấp cùng nhau góp công sức, tiền của. " * 4


def _own(text: str) -> list[str]:
    return [text[line.span.start_char : line.span.end_char] for line in own_lines(text)]


@pytest.mark.parametrize(
    "teaser",
    [
        ">> Mô hình “Sông xanh” ở nơi khác",
        "Xem thêm: Mô hình “Sông xanh”",
        "Đọc thêm Mô hình “Sông xanh”",
        "Bài liên quan: Mô hình “Sông xanh”",
        "[Video] Mô hình “Sông xanh”",
    ],
)
def test_a_teaser_line_is_left_out_and_the_text_goes_on(teaser: str) -> None:
    assert _own(f"Tên bài\n\nMột câu.\n\n{teaser}\n\nCâu nữa.") == [
        "Tên bài",
        "Một câu.",
        "Câu nữa.",
    ]


def test_all_short_lines_under_the_head_of_a_link_list_are_left_out() -> None:
    text = (
        f"Tên bài\n\nMột câu.\n\nTin liên quan\n\nMô hình “A”\n\nMô hình “B” hay\n\n{LONG.strip()}"
    )
    assert _own(text) == ["Tên bài", "Một câu.", LONG.strip()]


def test_what_follows_the_author_is_another_article() -> None:
    text = f"Tên bài\n\n{LONG.strip()}\n\nLê Thu Hà\n\nMô hình “Sông xanh” giúp 30 hộ."
    assert _own(text) == ["Tên bài", LONG.strip()]


def test_a_name_in_the_first_half_ends_nothing() -> None:
    text = f"Tên bài\n\nLê Thu Hà\n\n{LONG.strip()}"
    assert _own(text)[-1] == LONG.strip()


def test_a_heading_with_nothing_under_it_is_left_out() -> None:
    assert _own("Tên bài\n\nMột câu.\n\nMô hình “Sông xanh” ở nơi khác") == ["Tên bài", "Một câu."]


def test_a_line_under_a_time_stamp_is_left_out() -> None:
    text = "Tên bài\n\nMột câu.\n\n08:20 12/05/2024\n\nXã bên có mô hình “Sông xanh”."
    assert _own(text) == ["Tên bài", "Một câu."]


def test_lines_are_told_apart() -> None:
    lines = own_lines("Tên bài\n\nMục một\n\n- Một mục;\n\nMột câu.")
    assert [(line.is_title, line.is_heading, line.is_item) for line in lines] == [
        (True, True, False),
        (False, True, False),
        (False, False, True),
        (False, False, False),
    ]
