from ingest.cases import link
from kb.models import Case, CaseFact, ExtractedCase, Field, Span


def _told(
    name: str, place: str | None, province: str | None = "Cà Mau", document_id: str = "bai-1"
) -> ExtractedCase:
    return ExtractedCase(
        case_id=f"{document_id}--{name}",
        document_id=document_id,
        name=name,
        mentions=(Span(0, 1),),
        place=CaseFact(place, Span(0, 1)) if place else None,
        province=province,
    )


def _recorded(name: str, district: str | None = None, commune: str | None = None) -> Case:
    return Case(
        case_id=f"ho-so--{name}",
        name=name,
        field=Field.ECONOMY,
        topics=(),
        province="Cà Mau",
        district=district,
        commune=commune,
    )


def test_the_same_name_in_the_same_province_is_the_same_case() -> None:
    case = _told("Đưa màu xuống ruộng cạn", None)
    assert link(case, [_recorded("Đưa màu xuống ruộng cạn")]) == "ho-so--Đưa màu xuống ruộng cạn"


def test_another_province_or_none_is_another_case() -> None:
    recorded = [_recorded("Đưa màu xuống ruộng cạn")]
    assert link(_told("Đưa màu xuống ruộng cạn", None, "Hà Giang"), recorded) is None
    assert link(_told("Đưa màu xuống ruộng cạn", None, None), recorded) is None


def test_districts_that_contradict_keep_cases_apart() -> None:
    case = _told("Nuôi cua trong vuông tôm", "huyện Năm Căn")
    assert link(case, [_recorded("Nuôi cua trong vuông tôm", district="Huyện Đầm Dơi")]) is None
    assert link(case, [_recorded("Nuôi cua trong vuông tôm", district="Huyện Năm Căn")])


def test_a_commune_fits_the_district_that_it_lies_in() -> None:
    case = _told("Nuôi cua trong vuông tôm", "xã Khánh Hải, huyện Trần Văn Thời")
    assert link(case, [_recorded("Nuôi cua trong vuông tôm", district="Huyện Trần Văn Thời")])


def test_a_generic_name_needs_the_same_commune_or_district() -> None:
    case = _told("Tổ tự quản", "xã Khánh Hải, huyện Trần Văn Thời")
    assert link(case, [_recorded("Tổ tự quản")]) is None
    same = _recorded("Tổ tự quản", "Huyện Trần Văn Thời", "Xã Khánh Hải")
    assert link(case, [same]) == same.case_id


def test_names_nearly_alike_are_linked_and_unlike_ones_are_not() -> None:
    case = _told("Ngân hàng bò giúp phụ nữ nghèo xã đảo", None)
    assert link(case, [_recorded("Ngân hàng bò giúp phụ nữ nghèo ở xã đảo")])
    assert link(case, [_recorded("Ngân hàng lúa giống của nông dân")]) is None


def test_a_recorded_case_comes_before_one_of_another_article() -> None:
    case = _told("Đưa màu xuống ruộng cạn", None)
    other = _told("Đưa màu xuống ruộng cạn", None, document_id="bai-2")
    recorded = _recorded("Đưa màu xuống ruộng cạn")
    assert link(case, [other]) == other.case_id
    assert link(case, [other, recorded]) == recorded.case_id


def test_cases_of_the_same_article_are_never_linked() -> None:
    case = _told("Đưa màu xuống ruộng cạn", None)
    assert link(case, [_told("Đưa màu xuống ruộng cạn", None)]) is None
    assert link(case, []) is None
