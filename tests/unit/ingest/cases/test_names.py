import pytest

from ingest.cases.names import blocking_keys, is_generic, name_key, similarity


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("CLB “Phụ nữ khởi nghiệp”", "Câu lạc bộ Phụ nữ khởi nghiệp"),
        ("mô hình Camera an ninh", "CAMERA AN NINH"),
        ("Tổ hoà giải cơ sở", "tổ hòa giải cơ sở"),
        ("Quỹ Vì trẻ em nghèo", "Vì trẻ em nghèo"),
    ],
)
def test_writings_of_one_name_have_one_key(first: str, second: str) -> None:
    assert name_key(first) == name_key(second)


def test_a_container_stays_where_it_is_the_name() -> None:
    assert name_key("Tổ tự quản") != name_key("Đội tự quản an ninh")
    assert name_key("Quỹ nghĩa") == "quỹ nghĩa"


def test_similarity_is_one_only_for_the_same_name() -> None:
    assert similarity("Ánh sáng an ninh", "“Ánh sáng an ninh”") == 1.0
    assert 0.8 < similarity("Ngân hàng bò cho hộ nghèo", "Ngân hàng bò giúp hộ nghèo") < 1.0
    assert similarity("Nuôi bò sinh sản", "Trồng dưa lưới") < 0.3


def test_marks_count_only_where_both_names_have_them() -> None:
    assert similarity("Hu gao tinh thuong", "Hũ gạo tình thương") == 1.0
    assert similarity("Bán hàng rong", "Bản hàng rồng") < 0.9


def test_names_of_three_words_are_generic() -> None:
    assert is_generic("Tổ hòa giải")
    assert not is_generic("Tổ hòa giải áo xanh")


def test_names_alike_share_a_blocking_key() -> None:
    left = set(blocking_keys("Đoạn đường phụ nữ tự quản"))
    assert left & set(blocking_keys("Đoạn đường tự quản"))
    assert not left & set(blocking_keys("Nuôi lươn không bùn"))


def test_a_name_without_letters_has_no_key() -> None:
    assert blocking_keys("“…”") == []
