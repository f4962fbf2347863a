import pytest

from ingest.cases.name_end import name_from


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Tổ tự quản của ấp 3", "Tổ tự quản"),
        ("nuôi tôm hai giai đoạn giúp bà con", "nuôi tôm hai giai đoạn"),
        ("Chợ không rác ở xã Tân An", "Chợ không rác"),
        (
            "nuôi lươn không bùn trong bể xi măng đã lan rộng",
            "nuôi lươn không bùn trong bể xi măng",
        ),
        ("Trồng và bán hoa tại vườn", "Trồng và bán hoa"),
        ("Hũ gạo tình thương và Tủ sách nhỏ", "Hũ gạo tình thương"),
        ("Cá chình - bống tượng, mô hình khác", "Cá chình - bống tượng"),
        ("lúa - tôm không chỉ hiệu quả", "lúa - tôm"),
        ("Camera an ninh với 24 mắt", "Camera an ninh"),
        ("Phụ nữ với pháp luật, ra đời", "Phụ nữ với pháp luật"),
        ("ngày thứ Bảy không hẹn của phường", "ngày thứ Bảy không hẹn"),
    ],
)
def test_a_name_ends_where_something_else_begins(text: str, name: str) -> None:
    span = name_from(text, 0, len(text))
    assert span is not None
    assert text[span.start_char : span.end_char] == name


def test_a_name_never_goes_beyond_the_limit() -> None:
    span = name_from("Tổ tự quản đường biên", 0, 6)
    assert span is not None
    assert span.end_char <= 6


def test_where_no_word_begins_there_is_no_name() -> None:
    assert name_from("“Tổ tự quản”", 0, 12) is None
