import pytest

from ingest.cases.figures import find_figures


def _read(text: str) -> list[tuple[float, str]]:
    return [(figure.value, figure.unit) for figure in find_figures(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("có 1.129 hộ dân tham gia", [(1129.0, "hộ dân")]),
        ("lãi 12,5 triệu đồng", [(12.5, "triệu đồng")]),
        ("quỹ có 4 tỷ 500 triệu đồng", [(4.5, "tỷ đồng")]),
        ("cải tạo 2.300m2 đất", [(2300.0, "m2 đất")]),
        ("đạt 85% kế hoạch", [(85.0, "%")]),
        ("giảm từ 38% xuống 7,5%", [(38.0, "%"), (7.5, "%")]),
        ("thu 10-15 triệu đồng", [(10.0, "triệu đồng"), (15.0, "triệu đồng")]),
        ("từ 5 đến 6 tấn", [(5.0, "tấn"), (6.0, "tấn")]),
        ("hai mươi lăm hộ và ba căn nhà", [(25.0, "hộ"), (3.0, "căn nhà")]),
        ("có ở 9/11 thôn", [(9.0, "thôn")]),
        ("05 hội viên", [(5.0, "hội viên")]),
        ("trao 600 nghìn đồng", [(600.0, "nghìn đồng")]),
        ("với 2 triệu lượt khách", [(2.0, "triệu lượt khách")]),
        ("có 3.600 nghệ nhân dân gian", [(3600.0, "nghệ nhân")]),
    ],
)
def test_a_number_with_what_it_counts_is_a_figure(
    text: str, expected: list[tuple[float, str]]
) -> None:
    assert _read(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "ngày 27/10/2023 tại ấp 5",
        "năm 2023 hội viên đã góp sức",
        "tháng 5 hội viên họp",
        "Nghị quyết số 19 của Đảng bộ",
        "Chỉ thị 05 cán bộ cần học",
        "gọi 0987083838 người nhận",
        "ông Ba, 58 tuổi",
        "lần thứ 14 và khóa 13",
        "sau 2 năm, trong 3 tháng",
        "ở tổ dân phố 7 người dân",
        "hàng trăm hộ, vài chục người, mấy em",
        "một hộ khác trong xóm",
        "ngày 20/11 học sinh được nghỉ",
        "khoảng 40",
    ],
)
def test_dates_numbers_of_things_and_vague_words_are_no_figures(text: str) -> None:
    assert _read(text) == []


def test_range_word_and_measure_are_kept_as_written() -> None:
    text = "Nhờ đó, thu nhập trên 100 triệu đồng/năm/hộ; mỗi tháng góp gần 30 kg gạo."
    first, second = find_figures(text, 0, len(text))
    assert (first.qualifier, first.per) == ("trên", "năm/hộ")
    assert (second.qualifier, second.per, second.unit) == ("gần", "tháng", "kg gạo")


def test_clause_and_number_point_to_their_words() -> None:
    text = "Đến nay, mô hình có 36 tàu cá, 288 lao động."
    for figure in find_figures(text, 0, len(text)):
        assert text[figure.span.start_char : figure.span.end_char] == figure.text
    first = find_figures(text, 0, len(text))[0]
    assert first.text == "mô hình có 36 tàu cá"
    assert text[first.number_span.start_char : first.number_span.end_char] == "36"


def test_only_the_given_stretch_is_read() -> None:
    text = "có 12 hộ, nay có 30 hộ"
    assert [figure.value for figure in find_figures(text, 10, len(text))] == [30.0]
    assert find_figures(text, 0, 5) == []
