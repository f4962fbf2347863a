"""Districts, communes and regions of both eras: found in texts, resolved, compared."""

import unicodedata

import pytest

from kb.places import (
    MADE_OF,
    Agreement,
    PlaceMention,
    agreement,
    find_places,
    get_unit,
    place_graph,
    resolve_place,
)
from kb.places.history import FORMER_PROVINCES, OTHER_DISTRICT_NAMES, REGIONS


def found(text: str, date: str | None = None) -> list[tuple[str, str]]:
    return [(mention.level, mention.name) for mention in find_places(text, date=date)]


def only(text: str, date: str | None = None) -> PlaceMention:
    mentions = find_places(text, date=date)
    assert len(mentions) == 1, mentions
    return mentions[0]


# --- the graph ----------------------------------------------------------------------------------


def test_the_table_holds_all_units_of_both_eras() -> None:
    graph = place_graph()
    codes = {code for codes in graph.codes_by_key.values() for code in codes}
    counts = {kind: sum(code.startswith(kind) for code in codes) for kind in ("od", "oc", "nc")}
    assert counts == {"od": 696, "oc": 10_035, "nc": 3_321}
    assert sum(graph.province_code(name, "new") is not None for name in MADE_OF) == 34
    old = [part for parts in MADE_OF.values() for part in parts]
    assert sum(graph.province_code(name, "old") is not None for name in old) == 63


def test_every_old_commune_went_to_communes_of_the_province_that_its_own_is_part_of() -> None:
    graph = place_graph()
    for codes in graph.codes_by_key.values():
        for code in codes:
            if not code.startswith("oc"):
                continue
            successors = graph.unit(code).today
            assert successors
            (old_province,) = graph.old_provinces(code)
            for new in successors:
                today = graph.name_of(graph.parent_of(new))
                assert old_province in MADE_OF[today]
                assert code in graph.predecessors(new)


def test_a_commune_knows_its_names_before_and_after() -> None:
    graph = place_graph()
    (code,) = graph.codes_by_key["tran hoi"]
    unit = graph.unit(code)
    assert (unit.name, unit.level, unit.era, unit.rank) == ("Trần Hợi", "commune", "old", "xã")
    assert {graph.name_of(new) for new in unit.today} == {"Trần Văn Thời", "Đá Bạc"}
    assert graph.name_of(unit.parent) == "Trần Văn Thời"
    assert unit.latitude == pytest.approx(9.1, abs=0.2)
    assert unit.longitude == pytest.approx(104.9, abs=0.2)


def test_two_provinces_that_became_cities_in_2026_have_the_new_rank() -> None:
    graph = place_graph()
    for name in ("Đồng Nai", "Bắc Ninh"):
        new, old = graph.province_code(name, "new"), graph.province_code(name, "old")
        assert new is not None
        assert old is not None
        assert (graph.rank_of(new), graph.rank_of(old)) == ("thành phố", "tỉnh")


def test_an_unknown_code_is_no_unit() -> None:
    assert get_unit("xx00000") is None
    assert get_unit("") is None


def test_the_hand_written_tables_name_existing_places_only() -> None:
    names = {part for parts in MADE_OF.values() for part in parts}
    for _, parts in (*REGIONS.values(), *FORMER_PROVINCES.values()):
        assert parts
        assert set(parts) <= names
    graph = place_graph()
    for (province, lost), successor in OTHER_DISTRICT_NAMES.items():
        mention = only(f"huyện {lost}") if not lost.isdigit() else only(f"Quận {lost}")
        here = [unit for unit in mention.units if province in graph.old_provinces(unit.code)]
        assert [unit.name for unit in here if unit.name == successor], (province, lost)


def test_the_three_great_regions_hold_every_province_once() -> None:
    parts = [part for name in ("Miền Bắc", "Miền Trung", "Miền Nam") for part in REGIONS[name][1]]
    highlands = REGIONS["Tây Nguyên"][1]
    assert sorted([*parts, *highlands]) == sorted(
        part for made_of in MADE_OF.values() for part in made_of
    )


# --- provinces and regions ----------------------------------------------------------------------


def test_todays_name_covers_its_parts_in_a_query_and_only_itself_in_an_older_text() -> None:
    assert only("ở Cà Mau").old_provinces == {"Cà Mau", "Bạc Liêu"}
    assert only("ở Bạc Liêu").old_provinces == {"Bạc Liêu"}
    for date in ("2019", "2025-06", "2025-06-30"):
        assert only("tỉnh Lào Cai", date).old_provinces == {"Lào Cai"}
    for date in ("2025-07", "2025-07-01", "2026"):
        assert only("tỉnh Lào Cai", date).old_provinces == {"Lào Cai", "Yên Bái"}


@pytest.mark.parametrize(
    ("text", "name", "some"),
    [
        ("nuôi tôm ở miền Tây", "Đồng bằng sông Cửu Long", "Cà Mau"),
        ("đồng bằng sông cửu long", "Đồng bằng sông Cửu Long", "Bến Tre"),
        ("dong bang song cuu long", "Đồng bằng sông Cửu Long", "Bến Tre"),
        ("vùng ĐBSCL", "Đồng bằng sông Cửu Long", "Long An"),
        ("các tỉnh Tây Nguyên", "Tây Nguyên", "Kon Tum"),
        ("Đông Nam Bộ", "Đông Nam Bộ", "Bình Phước"),
        ("vùng Tây Bắc", "Tây Bắc", "Sơn La"),
        ("miền núi phía Bắc", "Trung du và miền núi Bắc Bộ", "Hà Giang"),
        ("trung du và miền núi Bắc Bộ", "Trung du và miền núi Bắc Bộ", "Phú Thọ"),
        ("duyên hải Nam Trung Bộ", "Duyên hải Nam Trung Bộ", "Phú Yên"),
        ("Đồng Tháp Mười", "Đồng Tháp Mười", "Long An"),
    ],
)
def test_a_region_is_found_with_its_provinces(text: str, name: str, some: str) -> None:
    mention = only(text)
    assert (mention.level, mention.name) == ("region", name)
    assert some in mention.old_provinces


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("tỉnh Minh Hải", {"Cà Mau", "Bạc Liêu"}),
        ("Quảng Nam - Đà Nẵng", {"Quảng Nam", "Đà Nẵng"}),
        ("Bình Trị Thiên", {"Quảng Bình", "Quảng Trị", "Huế"}),
        ("Sông Bé", {"Bình Dương", "Bình Phước"}),
        ("Hà Tây", {"Hà Nội"}),
        ("Hà Sơn Bình", {"Hà Nội", "Hòa Bình"}),
    ],
)
def test_a_province_of_earlier_times_stands_for_what_it_became(text: str, parts: set[str]) -> None:
    mention = only(text)
    assert mention.level == "province"
    assert mention.old_provinces == parts


def test_a_comma_makes_two_provinces_of_what_a_dash_makes_one() -> None:
    assert found("Quảng Nam, Đà Nẵng") == [("province", "Quảng Nam"), ("province", "Đà Nẵng")]


@pytest.mark.parametrize(
    ("text", "level", "name"),
    [
        ("TP Cà Mau", "district", "Cà Mau"),
        ("thành phố Cần Thơ", "province", "Cần Thơ"),
        ("TP Huế", "province", "Huế"),
        ("TP.HCM", "province", "TP Hồ Chí Minh"),
        ("TP. Hồ Chí Minh", "province", "TP Hồ Chí Minh"),
        ("huyện Hòa Bình", "district", "Hòa Bình"),
        ("Hòa Bình", "province", "Hòa Bình"),
        ("TP Bắc Ninh", "province", "Bắc Ninh"),  # a city itself since September 2026
    ],
)
def test_the_rank_word_tells_a_town_from_the_province_of_its_name(
    text: str, level: str, name: str
) -> None:
    mention = only(text)
    assert (mention.level, mention.name) == (level, name)


def test_a_town_was_below_its_province_before_that_became_a_city() -> None:
    assert found("TP Bắc Ninh", "2024-01-01") == [("district", "Bắc Ninh")]
    assert found("TP Bắc Ninh, tỉnh Bắc Ninh")[0] == ("district", "Bắc Ninh")


# --- districts and communes ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "level", "name"),
    [
        ("huyện Cái Nước", "district", "Cái Nước"),
        ("huyện cái nước", "district", "Cái Nước"),
        ("huyen cai nuoc", "district", "Cái Nước"),
        ("HUYỆN CÁI NƯỚC", "district", "Cái Nước"),
        ("ở Cái Nước có gì?", "district", "Cái Nước"),
        ("nuôi cua ở năm căn", "district", "Năm Căn"),
        ("tp Dĩ An", "district", "Dĩ An"),
        ("TX. Giá Rai", "district", "Giá Rai"),
        ("H. Ngọc Hiển", "district", "Ngọc Hiển"),
        ("Huyện ủy Năm Căn", "district", "Năm Căn"),
        ("thành phố Vinh", "district", "Vinh"),
        ("Quận 12", "district", "12"),
        ("Q.12", "district", "12"),
        ("huyện Đắk R’lấp", "district", "Đắk R'Lấp"),
        ("Đắk R'lấp", "district", "Đắk R'Lấp"),
        ("huyện Yên Dũng", "district", "Yên Dũng"),  # part of a city since January 2025
        ("Yên Dũng", "district", "Yên Dũng"),
        ("Quy Nhơn", "district", "Quy Nhơn"),
        ("Qui Nhơn", "district", "Quy Nhơn"),
        ("du lịch Sapa", "district", "Sapa"),
        ("ở Pleiku", "district", "Pleiku"),
        ("bà con Cái Nước", "district", "Cái Nước"),
        ("mô hình nuôi tôm năm căn", "district", "Năm Căn"),
        ("TT-Huế", "province", "Huế"),
        ("xã Trần Hợi", "commune", "Trần Hợi"),
        ("xa tran hoi", "commune", "Trần Hợi"),
        ("Đồn Biên phòng Đất Mũi", "commune", "Đất Mũi"),
        ("thị trấn Cái Đôi Vàm", "commune", "Cái Đôi Vàm"),
    ],
)
def test_a_small_place_is_found_as_officers_write_it(text: str, level: str, name: str) -> None:
    mention = only(text)
    assert (mention.level, mention.name) == (level, name)


def test_both_tone_styles_and_both_i_are_one_name() -> None:
    assert found("xã Hoà Mỹ, huyện Cái Nước") == found("xã Hòa Mỹ, huyện Cái Nước")
    assert found("huyện Phú Quý") == found("huyện Phú Quí") == [("district", "Phú Quí")]
    nfd = unicodedata.normalize("NFD", "xã Đất Mũi, huyện Ngọc Hiển")
    assert found(nfd) == [("commune", "Đất Mũi"), ("district", "Ngọc Hiển")]


@pytest.mark.parametrize(
    "text",
    [
        "giữ gìn hòa bình, thống nhất, đoàn kết và tiến bộ",
        "hợp tác xã Tân Tiến",
        "HTX Bình Minh",
        "Tổ phụ nữ Đoàn Kết",
        "Chủ tịch Hồ Chí Minh",
        "Học tập tư tưởng, đạo đức, phong cách Hồ Chí Minh",
        "ông Trần Văn Thời",
        "chị Hà Giang",
        "khởi nghĩa Tây Sơn",
        "anh Nguyễn Bình Minh",
        "anh hùng Lê Lợi",
        "ấp Tân Tiến",
        "đường Điện Biên Phủ",
        "chiến thắng Điện Biên Phủ",
        "gió mùa đông bắc",
        "hướng tây bắc",
        "xã hội, thành phố, phường, huyện",
        "Đảng bộ xã, Ủy ban huyện",
        "sông Cửu Long",
        "năm căn nhà",
        "Tự Do và An Ninh",
        "Bình Minh",
        "khóm 5",
        "5 phường và 3 xã",
        "trồng sâm Ngọc Linh",
        "ấp Vĩnh Long",
        "",
        "   \n",
        "😀🎉",
        "河內市",
    ],
)
def test_what_is_no_place_is_left_alone(text: str) -> None:
    assert found(text) == []


def test_homonyms_are_settled_by_the_place_above() -> None:
    assert len(only("huyện Châu Thành").units) > 5
    assert only("huyện Châu Thành").is_ambiguous
    district = find_places("huyện Châu Thành, tỉnh Kiên Giang")[0]
    assert district.old_provinces == {"Kiên Giang"}
    # Long An is a part of Tây Ninh today, but a district was in a province of its time.
    assert find_places("huyện Châu Thành, tỉnh Tây Ninh")[0].old_provinces == {"Tây Ninh"}
    far = find_places("Phú Tân vận động nhân dân làm đường. Tỉnh Cà Mau khen thưởng.")[0]
    assert far.name == "Phú Tân"
    assert far.old_provinces == {"Cà Mau"}
    commune = find_places("xã Tân Tiến, huyện Đầm Dơi")[0]
    assert commune.old_provinces == {"Cà Mau"}
    assert len([unit for unit in commune.units if unit.era == "old"]) == 1


def test_the_border_beside_a_province_is_no_commune() -> None:
    assert found("giữ biên giới ở Tây Ninh") == [("province", "Tây Ninh")]
    assert found("giữ biên giới Tây Ninh") == [("province", "Tây Ninh")]


def test_a_product_named_after_a_commune_is_no_place() -> None:
    assert found("trồng sâm Ngọc Linh ở Kon Tum") == [("province", "Kon Tum")]
    assert found("nước mắm Sông Đốc") == []


def test_many_hamlets_of_a_province_are_in_the_province() -> None:
    assert found("tổ công tác ở ấp, khóm Cà Mau") == [("province", "Cà Mau")]
    assert found("các xã Cà Mau") == [("province", "Cà Mau")]


def test_homonyms_that_nothing_settles_all_stay() -> None:
    assert only("Phú Tân").old_provinces == {"Cà Mau", "An Giang"}


def test_a_rank_tells_town_from_country_of_one_name() -> None:
    assert [unit.rank for unit in only("huyện Kỳ Anh").units] == ["huyện"]
    assert [unit.rank for unit in only("thị xã Kỳ Anh").units] == ["thị xã"]
    assert len(only("Kỳ Anh").units) == 2


def test_the_rank_word_before_a_list_holds_for_all_of_it() -> None:
    text = "các huyện Vĩnh Hưng, Tân Hưng, Mộc Hóa và Đức Huệ"
    assert found(text) == [
        ("district", name) for name in ("Vĩnh Hưng", "Tân Hưng", "Mộc Hóa", "Đức Huệ")
    ]


def test_a_lower_case_district_counts_with_its_province_beside_it() -> None:
    assert found("cái nước cà mau") == [("district", "Cái Nước"), ("province", "Cà Mau")]
    assert found("chỉ mong có cái nước để dùng") == []


def test_units_of_after_the_reform_are_unknown_to_an_older_text() -> None:
    assert {unit.era for unit in only("xã Đất Mũi", "2020").units} == {"old"}
    assert {unit.era for unit in only("xã Đất Mũi").units} == {"old", "new"}


def test_a_longer_name_hides_the_shorter_one_in_it() -> None:
    assert found("xã Tân Hưng Đông, Cái Nước") == [
        ("commune", "Tân Hưng Đông"),
        ("district", "Cái Nước"),
    ]
    assert found("huyện Châu Thành A") == [("district", "Châu Thành A")]


def test_unmarked_words_count_only_among_unmarked_words() -> None:
    assert found("mo hinh nuoi tom ca mau") == [("province", "Cà Mau")]
    assert found("hát ca mau lên nào các bạn ơi", "2024") == []


# --- resolving ----------------------------------------------------------------------------------


def old_names(*fields: str | None, date: str | None = None) -> list[str]:
    return [unit.name for unit in resolve_place(*fields, date=date).old_units]


@pytest.mark.parametrize(
    ("fields", "names"),
    [
        (("Cà Mau", "U Minh", "Ấp 8, xã Khánh Hội"), ["Khánh Hội"]),
        (("Cà Mau", "huyện Cái Nước", None), ["Cái Nước"]),
        (("Cà Mau", "TP Cà Mau", "Phường 5"), ["5"]),
        (("Bạc Liêu", "Đông Hải", "ấp Rạch Rắn"), ["Đông Hải"]),
        (
            ("Bạc Liêu", "Đông Hải, TP Bạc Liêu, Hòa Bình", None),
            ["Đông Hải", "Bạc Liêu", "Hòa Bình"],
        ),
        (("Nam Định", "huyện Giao Thủy", "xã Giao Long, xã Giao Hải"), ["Giao Long", "Giao Hải"]),
        (
            ("Thái Bình", "huyện Hưng Hà", "xã Minh Khai và xã Liên Hiệp"),
            ["Minh Khai", "Liên Hiệp"],
        ),
        (("Cà Mau", "Cái Nước", "xã Lương Thế Trân và các xã"), ["Lương Thế Trân"]),
        (("Hà Nội", "Sóc Sơn", None), ["Sóc Sơn"]),
        (("Đắk Lắk", "Buôn Đôn", None), ["Buôn Đôn"]),
        (("Ninh Thuận", "Phan Rang - Tháp Chàm", None), ["Phan Rang - Tháp Chàm"]),
        (("Đồng Tháp", "huyện Cao Lãnh", "xã Mỹ Thọ"), ["Mỹ Thọ"]),
        (("Đồng Tháp", "Cao Lãnh", "thị trấn Mỹ Thọ"), ["Mỹ Thọ"]),
        (("tinh ca mau", "huyen u minh", "xa khanh hoi"), ["Khánh Hội"]),
        ((None, "Cái Nước", None), ["Cái Nước"]),
        ((None, "Châu Thành", None), []),
        (("Cà Mau", "Atlantis", "xã Không Có"), []),
        ((None, None, None), []),
        (("", " ", "()"), []),
    ],
)
def test_the_fields_of_a_case_name_these_units(
    fields: tuple[str | None, str | None, str | None], names: list[str]
) -> None:
    assert old_names(*fields) == names


def test_without_a_later_date_a_province_is_the_old_one() -> None:
    for date in (None, "2019", "2025-06-30"):
        assert resolve_place("Cà Mau", date=date).old_provinces == {"Cà Mau"}
    assert resolve_place("Cà Mau", date="2025-07-01").old_provinces == {"Cà Mau", "Bạc Liêu"}
    assert resolve_place("Bạc Liêu", date="2026").old_provinces == {"Bạc Liêu"}


def test_a_district_or_commune_tells_which_part_of_todays_province() -> None:
    assert resolve_place("Cà Mau", "Phước Long", date="2025-08").old_provinces == {"Bạc Liêu"}
    place = resolve_place("Cà Mau", None, "xã Phong Thạnh", date="2025-09-01")
    assert place.old_provinces == {"Bạc Liêu"}
    assert [unit.name for unit in place.new_units] == ["Phong Thạnh"]
    assert {unit.era for unit in place.old_units} == {"old"}
    # An article of before the reform cannot mean that.
    assert resolve_place("Cà Mau", "Phước Long", date="2020").old_units == ()


def test_a_numbered_new_commune_is_not_the_old_one_without_number() -> None:
    place = resolve_place("Đồng Tháp", None, "xã Tân Phước 3")
    assert [unit.name for unit in place.new_units] == ["Tân Phước 3"]
    assert place.old_provinces == {"Tiền Giang"}


def test_a_place_has_the_coordinates_of_its_smallest_unit() -> None:
    commune = resolve_place("Cà Mau", "Ngọc Hiển", "xã Đất Mũi")
    district = resolve_place("Cà Mau", "Ngọc Hiển")
    province = resolve_place("Cà Mau")
    points = {(place.latitude, place.longitude) for place in (commune, district, province)}
    assert len(points) == 3
    for latitude, longitude in points:
        assert latitude == pytest.approx(9, abs=0.6)
        assert longitude == pytest.approx(105, abs=0.6)
    assert resolve_place(None).latitude is None


# --- agreement ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "fields", "expected"),
    [
        ("Yên Bái", ("Lào Cai", None, None), Agreement.CONFLICT),
        ("Lào Cai", ("Yên Bái", None, None), Agreement.PROVINCE),
        ("Bạc Liêu", ("Cà Mau", "U Minh", None), Agreement.CONFLICT),
        ("Cà Mau", ("Bạc Liêu", "Phước Long", None), Agreement.PROVINCE),
        ("tỉnh Minh Hải", ("Bạc Liêu", None, None), Agreement.PROVINCE),
        ("miền Tây", ("Cà Mau", "U Minh", None), Agreement.REGION),
        ("miền Bắc", ("Cà Mau", None, None), Agreement.CONFLICT),
        ("huyện Cái Nước", ("Cà Mau", "Cái Nước", "xã Tân Hưng Đông"), Agreement.DISTRICT),
        ("huyện Cái Nước", ("Cà Mau", "Đầm Dơi", None), Agreement.PROVINCE),
        ("huyện Cái Nước", ("Cà Mau", None, None), Agreement.PROVINCE),
        ("huyện Cái Nước", ("An Giang", None, None), Agreement.CONFLICT),
        ("huyện Yên Dũng", ("Bắc Giang", "Yên Dũng", None), Agreement.DISTRICT),
        ("xã Trần Hợi", ("Cà Mau", "Trần Văn Thời", "Ấp 5, xã Trần Hợi"), Agreement.COMMUNE),
        ("xã Trần Hợi", ("Cà Mau", "Trần Văn Thời", "xã Khánh Hưng"), Agreement.DISTRICT),
        ("xã Trần Hợi", ("Cà Mau", "U Minh", None), Agreement.PROVINCE),
        ("xã Trí Phải", ("Cà Mau", "Thới Bình", "xã Trí Lực"), Agreement.COMMUNE),
        ("xã Cái Nước", ("Cà Mau", "Cái Nước", "xã Trần Thới"), Agreement.COMMUNE),
        ("huyện Châu Thành", ("Long An", "Châu Thành", None), Agreement.DISTRICT),
        ("huyện Châu Thành", ("Long An", "Bến Lức", None), Agreement.UNKNOWN),
        ("huyện Châu Thành", ("Hà Nội", None, None), Agreement.CONFLICT),
        ("Cà Mau", (None, None, None), Agreement.UNKNOWN),
        ("Cà Mau", ("Atlantis", None, None), Agreement.UNKNOWN),
    ],
)
def test_a_query_and_a_document_agree_as_far_as_their_places_do(
    query: str, fields: tuple[str | None, str | None, str | None], expected: Agreement
) -> None:
    assert agreement(only(query), resolve_place(*fields)) is expected


def test_a_document_of_after_the_reform_agrees_with_the_old_names_of_its_commune() -> None:
    place = resolve_place("Cà Mau", None, "xã Cái Nước", date="2025-09-01")
    assert agreement(only("huyện Cái Nước"), place) is Agreement.DISTRICT
    assert agreement(only("xã Trần Thới"), place) is Agreement.COMMUNE
    assert agreement(only("xã Đất Mũi"), place) is Agreement.PROVINCE
    assert agreement(only("Bạc Liêu"), place) is Agreement.CONFLICT


def test_two_old_communes_that_became_one_are_still_two() -> None:
    place = resolve_place("Cà Mau", "Cái Nước", "xã Đông Thới")
    assert agreement(only("xã Trần Thới"), place) is Agreement.DISTRICT


def test_a_document_that_tells_only_todays_province_leaves_its_part_open() -> None:
    place = resolve_place("Cà Mau", date="2025-09-01")
    assert agreement(only("Bạc Liêu"), place) is Agreement.UNKNOWN
    assert agreement(only("Cà Mau"), place) is Agreement.PROVINCE
