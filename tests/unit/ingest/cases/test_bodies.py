import pytest

from ingest.cases.bodies import body_at, find_heads
from kb.places import find_places


def _bodies(text: str) -> list[str | None]:
    places = find_places(text)
    found = [
        body_at(text, head.start(), len(text), places)
        for head in find_heads(text, 0, len(text), places)
    ]
    return [body and body.value for body in found]


@pytest.mark.parametrize(
    "text", ["Tại thành phố Hải Phòng có mô hình hay.", "Người dân Hải Phòng rất vui."]
)
def test_a_part_of_a_places_name_begins_no_body(text: str) -> None:
    assert _bodies(text) == []


@pytest.mark.parametrize(
    "text", ["Trường đã lập một đội.", "Sở và các ngành vào cuộc.", "Trung tâm mở lớp.", "Phòng có"]
)
def test_the_bare_word_for_a_kind_of_body_names_none(text: str) -> None:
    assert _bodies(text) == [None]


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("Hội Nông dân xã Đông Phước Nguyễn Văn Sáu kể lại", "Hội Nông dân xã Đông Phước"),
        ("Chi hội phụ nữ ấp Tân Lộc Bùi Thị Mơ góp vốn", "Chi hội phụ nữ ấp Tân Lộc"),
        ("Công an xã Lục Thị Nga tuần tra", "Công an xã Lục Thị Nga"),
        ("Đoàn TNCS Hồ Chí Minh xã rất đông", "Đoàn TNCS Hồ Chí Minh xã"),
        ("Hội Nông dân Cầm Văn Bó", "Hội Nông dân"),
        ("Trường THCS Trần Bội Cơ dạy bơi", "Trường THCS Trần Bội Cơ"),
        ("Trường THCS Trần Bội Cơ Lê Thị Mận dạy bơi", "Trường THCS Trần Bội Cơ"),
        ("Hội Phụ nữ phường Lê Lợi ra quân", "Hội Phụ nữ phường Lê Lợi"),
        ("Kho bạc Nhà nước Vĩnh Long Mai Khuê ký", "Kho bạc Nhà nước Vĩnh Long"),
        ("Sở Y tế và Công an tỉnh", "Sở Y tế"),
    ],
)
def test_a_body_does_not_run_on_into_the_name_of_a_person(text: str, body: str) -> None:
    assert _bodies(text)[0] == body


def test_many_bodies_are_none() -> None:
    assert _bodies("Các cấp Công đoàn và những Hội Nông dân đã vào cuộc.") == []
