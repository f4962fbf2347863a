import pytest

from ingest.cases.quotes import find_quotes, with_plain_marks


def _quoted(text: str) -> list[str]:
    return [text[q.inner.start_char : q.inner.end_char] for q in find_quotes(text)]


@pytest.mark.parametrize(
    "marks", ["“{}”", '"{}"', "'{}'", "«{}»", "« {} »", "‘{}’", "„{}“", "”{}”", "“{}“"]
)
def test_every_pair_of_marks_quotes(marks: str) -> None:
    assert _quoted(f"mô hình {marks.format('Hũ gạo')} ở ấp 3, và") == ["Hũ gạo"]


def test_an_apostrophe_inside_a_word_is_no_mark() -> None:
    assert _quoted("buôn K'Bang và 'Ngày về buôn' của Đắk R'lấp") == ["Ngày về buôn"]


def test_marks_inside_marks_are_found_by_depth() -> None:
    quotes = find_quotes('“Tổ "ba cùng" của làng”')
    assert [quote.depth for quote in quotes] == [0, 1]


def test_two_closing_marks_merged_into_one_close_the_outer_quote() -> None:
    assert _quoted("mô hình “Chung tay vì phong trào “Nhà sạch”, “Xe ôm tự quản”") == [
        "Chung tay vì phong trào “Nhà sạch",
        "Xe ôm tự quản",
    ]


def test_a_mark_that_is_never_closed_swallows_nothing() -> None:
    assert _quoted("mô hình “Hũ gạo, “Tủ sách” và\n“Đèn đường”") == ["Tủ sách", "Đèn đường"]


def test_typed_marks_become_marks_of_the_same_length() -> None:
    text = "mô hình <<Ánh sáng>> và ``Hũ gạo'', ''Tủ sách''"
    plain = with_plain_marks(text)
    assert len(plain) == len(text)
    assert _quoted(plain) == ["Ánh sáng", "Hũ gạo", "Tủ sách"]
