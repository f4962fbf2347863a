"""Shapes of date lines, bylines, publishers, derived titles and places."""

from datetime import timedelta

import pytest

from ingest.metadata.bylines import display_name, parse_byline
from ingest.metadata.dates import parse_date, parse_date_line, today
from ingest.metadata.localities import locate_province
from ingest.metadata.publishers import find_publisher, is_publisher
from ingest.metadata.titles import MAX_DERIVED_TITLE, derive_title


@pytest.mark.parametrize(
    ("line", "published"),
    [
        ("12/03/2024 08:45", "2024-03-12"),
        ("08:45 | 12/03/2024", "2024-03-12"),
        ("05:30, 08/03/2023", "2023-03-08"),
        ("Thứ Năm, ngày 07/03/2024 | 06:20", "2024-03-07"),
        ("Thứ sáu, 8/3/2024, 10:05 (GMT+7)", "2024-03-08"),
        ("Ngày đăng: 15/06/2023 14:20 | Lượt xem: 342", "2023-06-15"),
        ("Cập nhật lúc 16h40 ngày 20/10/2022", "2022-10-20"),
        ("Chủ nhật, 05-05-2024", "2024-05-05"),
        ("12 tháng 3, 2024", "2024-03-12"),
        ("Ngày 12 tháng 3 năm 2024", "2024-03-12"),
        ("12 Tháng Mười Hai, 2023", "2023-12-12"),
        ("2024-03-12 08:45", "2024-03-12"),
        ("Báo Bình Minh - 12/03/2024 08:45", "2024-03-12"),
    ],
)
def test_date_line_gives_day_of_publication(line: str, published: str) -> None:
    found = parse_date_line(line)
    assert found is not None
    assert found.published == published


@pytest.mark.parametrize(
    "line",
    [
        "Sáng ngày 27/10/2023, đồng chí chủ tịch dự hội nghị.",
        "Chiều 12/03/2024",
        "Từ 12/03/2024 đến 15/03/2024",
        "31/02/2024",
        "Kế hoạch số 16/KH-UBND ngày 24/01/2022 của ủy ban",
        "Ngày hội văn hóa 12/03/2024 tại nhà thi đấu đa năng của huyện",
        "0900.000.000",
    ],
)
def test_date_inside_a_sentence_is_no_date_line(line: str) -> None:
    assert parse_date_line(line) is None


def test_future_and_impossible_dates_are_refused() -> None:
    tomorrow = today() + timedelta(days=1)
    assert parse_date(tomorrow.isoformat()) is None
    assert parse_date(today().isoformat()) == today().isoformat()
    assert parse_date("45/13/2024") is None
    assert parse_date("30/04/1975") is None


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("Lê Ngân", "Lê Ngân"),
        ("TRÚC LAM", "Trúc Lam"),
        ("ĐẶNG ÁNH", "Đặng Ánh"),
        ("Bài, ảnh: THANH THẢO", "Thanh Thảo"),
        ("Bài và ảnh: Thu Hà - Minh Tú", "Thu Hà - Minh Tú"),
        ("Tin, ảnh: PV", "PV"),
        ("(Theo TTXVN)", "TTXVN"),
        ("Nguồn: Báo Bình Minh", "Báo Bình Minh"),
        ("Theo baobinhminh.vn", "baobinhminh.vn"),
        ("BAN BIÊN TẬPabc", "Ban Biên tập"),
        ("Ban biên tập", "Ban Biên tập"),
        ("Ngọc Anh (tổng hợp)", "Ngọc Anh"),
        ("Văn phòng UBND huyện", "Văn phòng UBND huyện"),
        ("H.Vân - T.An", "H.Vân - T.An"),
    ],
)
def test_byline_gives_the_name_to_show(line: str, name: str) -> None:
    byline = parse_byline(line)
    assert byline is not None
    assert byline.name == name


@pytest.mark.parametrize(
    "line",
    [
        "Rác thành học bổng",
        "Theo đó",
        "Ông Trần Văn Tư",
        "Ảnh: Các đại biểu dự hội nghị",
        "Cà Mau",
        "Ban Thường vụ tỉnh luôn quan tâm.",
        "Mô hình “Dân vận khéo”",
        "Hội Nông dân xã giúp nhau làm giàu",
        "Lê Ngân cho biết:",
    ],
)
def test_heading_or_sentence_is_no_byline(line: str) -> None:
    assert parse_byline(line) is None


def test_display_name_composes_marks_and_keeps_short_forms() -> None:
    assert display_name("TRU\u0301C  LAM") == "Trúc Lam"
    assert display_name("PV - CTV") == "PV - CTV"


def test_publisher_is_only_taken_where_named() -> None:
    assert find_publisher(["Chia sẻ", "Theo dõi Báo điện tử Bình Minh trên"]) == (
        "Báo điện tử Bình Minh"
    )
    assert find_publisher(["Chia sẻ", "Báo cáo tại hội nghị", "Lê Ngân"]) is None
    assert not is_publisher("Báo chí đồng hành cùng phong trào")


def test_title_is_the_event_that_the_first_sentence_reports() -> None:
    lead = (
        "Chiều ngày 5/3/2024, tại hội trường lớn, huyện Bình Minh tổ chức hội nghị biểu dương gia "
        "đình hiếu học tiêu biểu năm 2023. Dự hội nghị có 120 đại biểu."
    )
    assert derive_title(lead) == "Hội nghị biểu dương gia đình hiếu học tiêu biểu năm 2023"


def test_title_of_a_long_sentence_is_cut_at_a_clause() -> None:
    lead = (
        "Xác định phân loại rác tại nguồn là việc làm lâu dài, cần sự kiên trì của từng gia đình, "
        "thời gian qua, hội phụ nữ các ấp trong xã đã tới từng nhà để hướng dẫn cách phân loại và "
        "vận động bà con cùng làm theo."
    )
    title = derive_title(lead)
    assert title.endswith("từng gia đình")
    assert lead.startswith(title)
    assert len(title) <= MAX_DERIVED_TITLE


def test_province_of_title_and_lead_outweighs_a_visit_from_elsewhere() -> None:
    found = locate_province(
        "Phụ nữ Bến Tre gây quỹ học bổng",
        ["Ở Bến Tre, rác thải đã thành quỹ.", "Tới nay có 12 xã.", "Đoàn Trà Vinh tới học tập."],
    )
    assert found == "Bến Tre"


def test_article_of_many_provinces_has_none() -> None:
    lead = "Các tỉnh Bến Tre, Trà Vinh, Sóc Trăng và An Giang cùng ký kết thi đua."
    assert locate_province("Bốn tỉnh ký kết thi đua", [lead]) is None


def test_lone_mention_deep_in_the_text_is_not_enough() -> None:
    body = ["Lời dẫn của bài.", "Đoạn hai của bài.", "Sản phẩm được bán tới tỉnh Đồng Nai."]
    assert locate_province("Nuôi dê thoát nghèo", body) is None


def test_commune_named_like_a_province_is_not_the_province() -> None:
    body = ["Xã Hòa Bình có 12 ấp.", "Người dân xã Hòa Bình rất phấn khởi."]
    assert locate_province("Chuyện ở xã Hòa Bình", body) is None


def test_unnamed_province_is_told_by_the_publisher_or_by_all_other_articles() -> None:
    body = ["Toàn tỉnh có 120 mô hình.", "Tỉnh ủy đánh giá cao."]
    others = ["Tin tỉnh Bến Tre.", "Nông dân Bến Tre được mùa.", "Bến Tre mở hội."]
    assert locate_province("Thi đua", body, publisher="Báo Bến Tre") == "Bến Tre"
    assert locate_province("Thi đua", body, other_articles=others) == "Bến Tre"
    assert locate_province("Thi đua", body, other_articles=[*others, "Tin Trà Vinh."]) is None
    assert locate_province("Thi đua", body, other_articles=others[:2]) is None
    assert locate_province("Thi đua", ["Xã có 12 ấp."], other_articles=others) is None
    assert locate_province("Thi đua", body, publisher="Báo Hà Nội mới") is None


def test_old_names_count_for_the_merged_province_after_the_reform() -> None:
    title, body = "Bến Tre và Trà Vinh nay chung một tỉnh", ["Tỉnh Vĩnh Long mới có nhiều mô hình."]
    assert locate_province(title, body, published="2025-09-01") == "Vĩnh Long"
    assert locate_province(title, body, published="2024-09-01") is None
