from itertools import pairwise

import pytest

from ingest.cases import extract_cases
from kb.models import Document, ExtractedCase, Field, Span


def _document(text: str, **values: object) -> Document:
    return Document("bai-1", "article", "Bài", text, "bai.txt", "0", **values)  # type: ignore[arg-type]


def _cases(body: str, title: str = "Chuyện ở cơ sở", **values: object) -> list[ExtractedCase]:
    return list(extract_cases(_document(f"{title}\n\n{body}", **values)))


def _names(body: str, title: str = "Chuyện ở cơ sở") -> list[str]:
    return [case.name for case in _cases(body, title)]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("Xã có mô hình “Hũ gạo nghĩa tình” rất hay.", "Hũ gạo nghĩa tình"),
        ('Hội triển khai mô hình mang tên "Cổng nhà xanh".', "Cổng nhà xanh"),
        ("Mô hình dân vận khéo “Đường cờ Tổ quốc” ra đời.", "Đường cờ Tổ quốc"),
        ("Cách làm hay là “Đảng viên đi trước”, dân noi theo.", "Đảng viên đi trước"),
        ("Mô hình câu lạc bộ “Ông bà vui khỏe” ra mắt.", "Ông bà vui khỏe"),
        ("“Chuyến xe nghĩa tình” là mô hình của xã Tân An.", "Chuyến xe nghĩa tình"),
        ("Ấp mở “Lớp bơi miễn phí” cho trẻ. Mô hình này được khen.", "Lớp bơi miễn phí"),
        ("Mô hình Tổ thu gom rác tự quản ở ấp 2 hoạt động tốt.", "Tổ thu gom rác tự quản"),
        ("Mô hình nuôi lươn không bùn trong bể của anh Tư.", "nuôi lươn không bùn trong bể"),
        ("Mô hình <<Bến đò an toàn>> được nhân rộng.", "Bến đò an toàn"),
    ],
)
def test_a_name_that_is_presented_as_a_model_is_a_case(body: str, name: str) -> None:
    assert _names(body) == [name]


@pytest.mark.parametrize(
    "body",
    [
        "Toàn xã đẩy mạnh phong trào thi đua “Dân vận khéo” với nhiều mô hình hay.",
        "Cán bộ xây dựng mô hình theo phương châm “Gần dân, sát việc”.",
        "Nhiều mô hình hay được nêu tại hội thi “Tiếng hát đồng quê”.",
        "Mô hình giúp ông Ba nhận danh hiệu “Nông dân xuất sắc”.",
        "Các mô hình thực hiện Nghị quyết số 05 của Huyện ủy về “Đổi mới nông thôn”.",
        "Chị Hoa phấn khởi nói: “Nhờ mô hình mà tôi có thêm thu nhập, con được đi học”.",
        "Cán bộ là “cầu nối” giữa mô hình với người dân.",
        "Các mô hình phát triển kinh tế hiệu quả, những cách làm hay được nhân rộng.",
        "Năm tới, xã sẽ xây dựng mô hình “Chợ không túi ni lông”.",
        "Học sinh trưng bày mô hình nhà rông thu nhỏ bằng gỗ.",
        "Mô hình tăng trưởng cũ, mô hình chính quyền hai cấp là chuyện khác.",
        "Bà con đi từng nhà với mô hình “đi từng ngõ, gõ từng nhà”.",
    ],
)
def test_what_only_looks_like_a_name_is_no_case(body: str) -> None:
    assert _names(body) == []


def test_a_list_gives_all_its_items_and_their_own_figures() -> None:
    cases = _cases(
        "Toàn huyện có 125 mô hình, tiêu biểu như: “Vườn rau sạch”, lãi 90 triệu đồng/năm; "
        "“Cổng nhà an ninh”; “Ngày về cơ sở”, giúp 14 hộ."
    )
    assert [(case.name, [figure.value for figure in case.figures]) for case in cases] == [
        ("Vườn rau sạch", [90.0]),
        ("Cổng nhà an ninh", []),
        ("Ngày về cơ sở", [14.0]),
    ]


def test_a_total_behind_a_list_belongs_to_none() -> None:
    cases = _cases("Các mô hình “Áo ấm”, “Bữa sáng” và “Xe đạp cũ” đã giúp 300 em học sinh.")
    assert len(cases) == 3
    assert all(case.figures == () for case in cases)


def test_brackets_and_owners_between_items_do_not_end_a_list() -> None:
    cases = _cases(
        "Nổi bật có các mô hình: “Tiếng loa sớm” (xã Vĩnh Tuy, 12 hộ), “Xóm bình yên” của Hội Nông "
        "dân thị trấn, “Đèn đường đêm” ở ấp 4."
    )
    assert [case.name for case in cases] == ["Tiếng loa sớm", "Xóm bình yên", "Đèn đường đêm"]
    assert [figure.value for figure in cases[0].figures] == [12.0]


def test_announced_bullets_are_cases() -> None:
    body = (
        "Một số mô hình tiêu biểu:\n\n- Tổ phụ nữ tiết kiệm: 25 thành viên;\n\n"
        "- “Bếp ăn nghĩa tình”: 90 suất mỗi ngày.\n\nToàn xã có 12 chi bộ."
    )
    cases = _cases(body)
    assert [(case.name, [f.value for f in case.figures]) for case in cases] == [
        ("Tổ phụ nữ tiết kiệm", [25.0]),
        ("Bếp ăn nghĩa tình", [90.0]),
    ]


def test_sentences_behind_belong_until_the_text_returns_to_the_whole() -> None:
    (case,) = _cases(
        "Hội có mô hình “Heo đất”. Đến nay đã nuôi 40 con heo đất. Ngoài ra, xã có 500 hội viên."
        "\n\nTừ mô hình này, 11 chị có vốn làm ăn.\n\nĐảng bộ có 200 đảng viên."
    )
    assert [figure.value for figure in case.figures] == [40.0, 11.0]


def test_a_heading_hands_its_section_to_the_case() -> None:
    cases = _cases(
        "Mô hình “Vườn thuốc nam”\n\nBà con trồng 60 loại cây.\n\nMô hình “Tủ bánh mì”\n\n"
        "Mỗi sáng có 45 ổ.\n\nNhìn lại\n\nXã còn 30 hộ nghèo."
    )
    assert [(case.name, [f.value for f in case.figures]) for case in cases] == [
        ("Vườn thuốc nam", [60.0]),
        ("Tủ bánh mì", [45.0]),
    ]


def test_mentions_of_one_case_are_merged_however_written() -> None:
    (case,) = _cases(
        "Mô hình CLB “Phụ nữ khởi nghiệp” có 20 thành viên. Câu lạc bộ Phụ nữ khởi nghiệp họp "
        "đều. “PHỤ NỮ KHỞI NGHIỆP” lan ra xã bạn."
    )
    assert len(case.mentions) == 3
    assert case.name == "Phụ nữ khởi nghiệp"


def test_one_name_in_two_communes_is_two_cases_with_numbered_ids() -> None:
    first, second = _cases(
        "Mô hình “Tổ canh lửa” ở xã Lợi Thuận có 21 thành viên; mô hình “Tổ canh lửa” ở xã Long "
        "Phước có 15 thành viên.",
        province="Tây Ninh",
        published="2023-02-02",
    )
    assert [figure.value for figure in first.figures] == [21.0]
    assert [figure.value for figure in second.figures] == [15.0]
    assert first.case_id == "bai-1--to-canh-lua"
    assert second.case_id == "bai-1--to-canh-lua-2"


def test_place_organisation_period_field_and_province_are_read_with_their_words() -> None:
    text = (
        "Chuyện ở cơ sở\n\nTừ năm 2021, Hội LHPN xã Khánh Hải, huyện Trần Văn Thời thực hiện "
        "mô hình “Phân loại rác tại nguồn”."
    )
    (case,) = extract_cases(_document(text, province="Cà Mau", published="2023-05-01"))
    assert case.place is not None
    assert case.organization is not None
    assert case.period is not None
    assert case.place.value == "xã Khánh Hải, huyện Trần Văn Thời"
    assert case.organization.value.startswith("Hội LHPN xã Khánh Hải")
    assert case.period.value == "Từ năm 2021"
    assert (case.field, case.province) == (Field.CULTURE_SOCIETY, "Cà Mau")
    for fact in (case.place, case.organization, case.period):
        assert text[fact.span.start_char : fact.span.end_char] == fact.value


def test_every_part_points_to_its_words_and_nothing_overlaps() -> None:
    text = (
        "Chuyện ở cơ sở\n\nCác mô hình như ``Áo ấm'' (xã An Bình), “Bữa sáng”, giúp 40 em. Mô hình "
        "“Áo ấm” đã trao 90 chiếc áo."
    )
    cases = extract_cases(_document(text))
    assert [case.name for case in cases] == ["Áo ấm", "Bữa sáng"]
    for case in cases:
        assert text[case.mentions[0].start_char : case.mentions[0].end_char] == case.name
        for figure in case.figures:
            assert text[figure.span.start_char : figure.span.end_char] == figure.text
        ordered: list[Span] = sorted(case.passages, key=lambda span: span.start_char)
        assert list(case.passages) == ordered
        assert all(one.end_char <= other.start_char for one, other in pairwise(ordered))


def test_the_same_document_gives_the_same_cases() -> None:
    document = _document("Bài\n\nMô hình “Áo ấm” trao 90 suất quà.")
    assert extract_cases(document) == extract_cases(document)


@pytest.mark.parametrize(
    "text",
    ["", "mô hình", "mô hình “", "mô hình ””””““", "“" * 3000 + "mô hình", "mô hình " * 2000,
     "mô hình “A”, " * 800, "mô hình\n\n\n- \n1. ", "MÔ HÌNH: 1.2.3,4/5//6 %%",
     "mô hình 9" + "9" * 400],
)  # fmt: skip
def test_odd_texts_raise_nothing(text: str) -> None:
    assert isinstance(extract_cases(_document(text)), tuple)


def test_a_teaser_gives_no_case() -> None:
    assert _names("Xã có nhiều mô hình hay.\n\n>> Mô hình “Sông xanh” ở xã bạn") == []


def test_doubtful_names_are_less_sure_than_plain_ones() -> None:
    (plain,) = _cases("Mô hình “Áo ấm” ra đời.")
    (loose,) = _cases("Xã có nhiều mô hình. Hội lập “Áo ấm”.")
    assert 0.6 <= loose.confidence < plain.confidence <= 1


@pytest.mark.parametrize("filler", ["1." * 30_000, "Bà nói: “Ấm”.\n\n" * 3_000])
def test_numbers_and_quotes_without_end_take_linear_time(filler: str) -> None:
    # These take minutes where every digit, or every quote for every line, is looked at anew.
    text = f"Mô hình “Bếp ấm” ở xã Tân Thuận\n\nMô hình “Bếp ấm” giúp 12 hộ.\n\n{filler.strip()}"
    found = extract_cases(Document("bai", "article", "Mô hình “Bếp ấm”", text, "/bai", ""))
    assert "Bếp ấm" in [case.name for case in found]


def test_case_id_stays_short_and_distinct_whatever_the_document_is_called() -> None:
    text = "Chuyện\n\nXã có mô hình “Hũ gạo nghĩa tình”. Ấp có mô hình “Cổng nhà xanh”."
    names = ["a" * 200, "a" * 199 + "b"]
    ids = [
        case.case_id
        for name in names
        for case in extract_cases(Document(name, "article", "Bài", text, "bai.txt", "0"))
    ]
    assert len(ids) == len(set(ids)) == 4
    assert max(map(len, ids)) <= 200


def test_a_quoted_name_behind_its_head_may_hold_words_of_speech_and_maxims() -> None:
    assert _names("Đảng ủy xã thực hiện mô hình “Nghe dân nói mỗi tối” ở ấp 3.") == [
        "Nghe dân nói mỗi tối"
    ]
    assert _names("Hội ra mắt mô hình “Ông kể, bà dạy, cháu cười”.") == [
        "Ông kể, bà dạy, cháu cười"
    ]
    assert _names("Hội có câu lạc bộ là mô hình “Giờ này chúng tôi cùng kể chuyện ngày xưa”.") == [
        "Giờ này chúng tôi cùng kể chuyện ngày xưa"
    ]


@pytest.mark.parametrize(
    "body",
    [
        "Sơ kết mô hình dân vận khéo quý I năm 2021",
        "Sơ kết mô hình quý III năm 2022 của huyện, có 12 tập thể được khen.",
        "Xã tổng kết mô hình “6 tháng đầu năm”.",
        "Xã có mô hình “Dân vận khéo giai đoạn 2021 - 2025”.",
        "Xã có mô hình “Dân vận khéo”.",
    ],
)
def test_a_period_or_the_movement_alone_is_no_name(body: str) -> None:
    assert _names(body) == []
    assert _names("Huyện họp cuối kỳ.", title=body) == []


@pytest.mark.parametrize(
    "whole",
    [
        "Quận đã triển khai mô hình dân vận khéo năm 2022 với 41 đăng ký.",
        "Huyện Tân Hòa đã vận động được 41 tỷ đồng.",
        "Các mô hình có 41 hộ tham gia.",
        "Toàn quận có 41 tổ.",
        "Xã có 41 chi hội.",
    ],
)
def test_a_sentence_about_the_whole_ends_the_telling(whole: str) -> None:
    (case,) = _cases(f"Phường có mô hình “Ngõ hoa”. Mô hình có 15 hộ. {whole} Có 70 cây xanh.")
    assert [figure.value for figure in case.figures] == [15.0]


def test_what_the_commune_does_for_its_model_is_told_of_it() -> None:
    (case,) = _cases("Xã có mô hình “Ngõ hoa”. Xã đã vận động 15 hộ tham gia.")
    assert [figure.value for figure in case.figures] == [15.0]


@pytest.mark.parametrize(
    ("words", "place"),
    [
        ("huyện Hồng Dân (Bạc Liêu)", "huyện Hồng Dân (Bạc Liêu)"),
        ("huyện Hồng Dân (Bạc Liêu, gần chợ)", "huyện Hồng Dân"),
    ],
)
def test_a_place_has_no_bracket_that_is_left_open(words: str, place: str) -> None:
    (case,) = _cases(f"Mô hình “Ngõ hoa” ở {words} có 15 hộ.")
    assert case.place is not None
    assert case.place.value == place


def test_a_part_of_a_places_name_runs_no_case() -> None:
    (case,) = _cases("Tại thành phố Hải Phòng, mô hình “Ngõ hoa” có 15 hộ.")
    assert case.organization is None
