"""Organisation, level, and whether a collective or a person is behind an article."""

import pytest

from ingest.metadata.actors import Actors, find_actors


def _find(title: str, *paragraphs: str) -> tuple[Actors, str]:
    text = "\n\n".join((title, *paragraphs))
    return find_actors(title, text), text


@pytest.mark.parametrize(
    ("title", "organization", "level"),
    [
        ("Hội Phụ nữ xã Tân Hòa gây quỹ học bổng", "Hội Phụ nữ xã Tân Hòa", "commune"),
        ("Hội Nông dân huyện Vũ Đông trồng màu", "Hội Nông dân huyện Vũ Đông", "district"),
        ("Hội Cựu chiến binh tỉnh Cà Mau xây nhà", "Hội Cựu chiến binh tỉnh Cà Mau", "province"),
        ("LĐLĐ thành phố Hà Nội trao mái ấm", "LĐLĐ thành phố Hà Nội", "province"),
        ("Hội Phụ nữ thành phố Cà Mau trao quà", "Hội Phụ nữ thành phố Cà Mau", "district"),
        ("Hội Phụ nữ Phường 5 gom vỏ chai", "Hội Phụ nữ Phường 5", "commune"),
        ("Ban Dân vận Trung ương tập huấn cán bộ", "Ban Dân vận", "central"),
    ],
)
def test_organisation_of_the_title_leads_with_its_level(
    title: str, organization: str, level: str
) -> None:
    found, _ = _find(title, "Việc làm được bà con khen.")
    assert (found.organization, found.level) == (organization, level)


def test_address_is_of_the_level_of_its_smallest_unit() -> None:
    found, _ = _find("Vườn rau ở xã Khánh Hội, huyện U Minh, tỉnh Cà Mau", "Rau xanh quanh năm.")
    assert found.level == "commune"


def test_units_of_several_levels_give_none() -> None:
    found, _ = _find(
        "Ngày hội ở tỉnh Cà Mau", "Huyện Năm Căn và xã Khánh Hội cùng dự.", "Xã Khánh Hội vui."
    )
    assert found.level is None


def test_kind_of_organisation_without_its_unit_is_no_organisation() -> None:
    found, _ = _find("Hợp tác xã làm giàu từ lúa", "Hợp tác xã có 120 thành viên.")
    assert found.organization is None


def test_organisations_of_equal_standing_give_none() -> None:
    found, _ = _find("Hội Nông dân và Hội Phụ nữ ký kết", "Hai hội cùng trồng cây.")
    assert found.organization is None


def test_person_of_the_title_is_who_it_is_about() -> None:
    found, text = _find("Chị Lâm Thị Sáu nuôi dê thoát nghèo", "Chị Sáu có 12 con dê.")
    assert found.subject == "personal"
    (evidence,) = [each for each in found.evidence if each.field == "subject"]
    assert evidence.quote == "Chị Lâm Thị Sáu"
    assert evidence.span is not None
    assert text[evidence.span.start_char : evidence.span.end_char] == evidence.quote


def test_person_named_throughout_is_who_it_is_about() -> None:
    found, _ = _find(
        "Làm giàu từ vườn tạp",
        "Vườn của anh Trần Văn Tư xanh quanh năm.",
        "Anh Tư trồng bưởi, nuôi ong.",
        "Mỗi năm anh Tư thu 200 triệu đồng.",
    )
    assert found.subject == "personal"


def test_official_who_speaks_is_not_who_it_is_about() -> None:
    found, _ = _find(
        "Phong trào có nhiều mô hình",
        "Theo ông Trần Văn Tư, Phó trưởng ban, phong trào lan rộng.",
        "Ông Tư cho biết thêm nhiều số liệu.",
        "Ông Tư yêu cầu nhân rộng.",
    )
    assert found.subject is None


def test_place_named_like_an_address_of_a_person_is_no_person() -> None:
    found, _ = _find("Dòng họ tự quản ở Bác Ái", "Bà con Bác Ái giữ yên xóm làng.")
    assert found.subject is None


def test_organisation_that_leads_makes_it_a_collectives() -> None:
    found, _ = _find("Hội Phụ nữ xã Tân Hòa gây quỹ", "Hội đã trao 86 suất học bổng.")
    assert found.subject == "collective"


def test_report_on_collectives_and_persons_is_neither() -> None:
    found, _ = _find("Hội Phụ nữ tỉnh khen thưởng", "Có 12 tập thể và 30 cá nhân được khen.")
    assert found.subject is None


def test_text_of_nothing_has_nobody() -> None:
    assert find_actors("", "") == Actors()
