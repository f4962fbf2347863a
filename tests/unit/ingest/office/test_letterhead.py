"""Heads of administrative documents, written for these tests."""

import pytest

from ingest.office.letterhead import Letterhead, read_letterhead
from ingest.office.sentence_case import sentence_case
from ingest.ports import Block

STATE_MOTTO = ["CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do - Hạnh phúc"]
PROSE = "Năm 2023, các ấp đã vận động 120 hộ cùng góp ngày công nạo vét kênh mương nội đồng."


def read(*lines: str) -> Letterhead:
    return read_letterhead([Block(line) for line in lines])


def report(*, body: tuple[str, ...], place: str, kind: str, subject: str) -> Letterhead:
    return read(*body, "Số: 12/BC-UBND", *STATE_MOTTO, place, kind, subject, PROSE)


def test_a_report_gives_title_publisher_date_and_province():
    head = report(
        body=("ỦY BAN NHÂN DÂN", "HUYỆN THỚI BÌNH"),
        place="Thới Bình, ngày 12 tháng 5 năm 2023",
        kind="BÁO CÁO",
        subject="Kết quả thực hiện mô hình nuôi cá đồng năm 2023",
    )
    assert head.title is not None
    assert head.title.value == "Báo cáo kết quả thực hiện mô hình nuôi cá đồng năm 2023"
    assert head.publisher is not None
    assert head.publisher.value == "Ủy ban nhân dân huyện Thới Bình"
    assert head.published is not None
    assert head.published.value == "2023-05-12"
    assert head.province is not None
    assert head.province.value == "Cà Mau"
    assert head.number == "12/BC-UBND"


def test_motto_and_recipients_are_furniture_and_the_rest_is_kept():
    lines = [
        "ỦY BAN NHÂN DÂN", "XÃ TÂN HƯNG", "Số: 3/KH-UBND", *STATE_MOTTO, "-------",
        "Tân Hưng, ngày 2 tháng 3 năm 2022", "KẾ HOẠCH", "Xây dựng tuyến đường hoa", PROSE,
        "Nơi nhận:", "- Như trên;", "- Lưu: VT.", "TM. ỦY BAN NHÂN DÂN", "CHỦ TỊCH",
    ]  # fmt: skip
    head = read(*lines)
    assert [lines[index] for index in sorted(head.dropped)] == [
        *STATE_MOTTO, "-------", "Nơi nhận:", "- Như trên;", "- Lưu: VT.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "place",
    [
        "Tân Hưng, ngày   tháng   năm 2023",
        "Tân Hưng, ngày … tháng 5 năm 2023",
        "Tân Hưng, ngày 31 tháng 2 năm 2023",
        "Tân Hưng, ngày 1 tháng 1 năm 2999",
    ],
)
def test_an_open_impossible_or_future_date_gives_none(place: str):
    head = report(body=("UBND XÃ TÂN HƯNG",), place=place, kind="BÁO CÁO", subject="Tình hình")
    assert head.title is not None
    assert head.published is None


def test_a_date_elsewhere_is_not_the_date_of_the_document():
    head = read(
        "UBND XÃ TÂN HƯNG", "Số: 12/BC-UBND", *STATE_MOTTO, "BÁO CÁO", "Tình hình chăn nuôi",
        "Căn cứ Kế hoạch số 5/KH-UBND, ngày 3 tháng 2 năm 2021 của huyện.",
    )  # fmt: skip
    assert head.published is None


def test_a_commune_whose_name_is_common_gives_no_province():
    head = report(
        body=("ỦY BAN NHÂN DÂN", "XÃ TÂN HƯNG"),
        place="Tân Hưng, ngày 12 tháng 5 năm 2023",
        kind="BÁO CÁO",
        subject="Kết quả làm đường",
    )
    assert head.publisher is not None
    assert head.province is None


def test_the_body_above_tells_the_province_of_a_common_commune():
    head = report(
        body=("UBND HUYỆN CÁI NƯỚC", "ỦY BAN NHÂN DÂN", "XÃ TÂN HƯNG"),
        place="Tân Hưng, ngày 12 tháng 5 năm 2023",
        kind="BÁO CÁO",
        subject="Kết quả làm đường",
    )
    assert head.province is not None
    assert head.province.value == "Cà Mau"
    assert head.publisher is not None
    assert head.publisher.value == "Ủy ban nhân dân xã Tân Hưng"


def test_after_the_reform_an_old_province_counts_for_the_new_one():
    head = report(
        body=("ỦY BAN NHÂN DÂN TỈNH BẠC LIÊU",),
        place="Bạc Liêu, ngày 12 tháng 8 năm 2025",
        kind="BÁO CÁO",
        subject="Kết quả bàn giao",
    )
    assert head.province is not None
    assert head.province.value == "Cà Mau"


def test_a_party_document_has_its_own_head():
    head = read(
        "ĐẢNG BỘ TỈNH CÀ MAU", "HUYỆN ỦY THỚI BÌNH", "*", "Số 45-BC/HU", "ĐẢNG CỘNG SẢN VIỆT NAM",
        "Thới Bình, ngày 05 tháng 11 năm 2021", "BÁO CÁO",
        "sơ kết phong trào thi đua dân vận khéo", PROSE,
    )  # fmt: skip
    assert head.title is not None
    assert head.title.value == "Báo cáo sơ kết phong trào thi đua dân vận khéo"
    assert head.publisher is not None
    assert head.publisher.value == "Huyện ủy Thới Bình"
    assert head.published is not None
    assert head.published.value == "2021-11-05"
    assert head.number == "45-BC/HU"
    assert head.province is not None
    assert head.province.value == "Cà Mau"


def test_a_body_without_place_is_named_with_the_body_above():
    head = read(
        "HUYỆN ỦY THỚI BÌNH", "BAN DÂN VẬN", "Số 7-KH/BDV", "ĐẢNG CỘNG SẢN VIỆT NAM",
        "Thới Bình, ngày 5 tháng 1 năm 2022", "KẾ HOẠCH", "Xây dựng mô hình dân vận khéo", PROSE,
    )  # fmt: skip
    assert head.publisher is not None
    assert head.publisher.value == "Ban Dân vận, Huyện ủy Thới Bình"


def test_an_official_letter_takes_its_title_from_the_about_line():
    head = read(
        "HỘI NÔNG DÂN TỈNH CÀ MAU", "Số: 88/CV-HND", "V/v đăng ký mô hình dân vận khéo",
        "năm 2024", *STATE_MOTTO, "Cà Mau, ngày 9 tháng 1 năm 2024",
        "Kính gửi: Hội Nông dân các huyện, thành phố", PROSE,
    )  # fmt: skip
    assert head.title is not None
    assert head.title.value == "Về việc đăng ký mô hình dân vận khéo năm 2024"
    assert head.publisher is not None
    assert head.publisher.value == "Hội Nông dân tỉnh Cà Mau"


def test_a_decision_keeps_its_about_line_in_the_title():
    head = read(
        "UBND HUYỆN THỚI BÌNH", "Số: 210/QĐ-UBND", *STATE_MOTTO,
        "Thới Bình, ngày 15 tháng 6 năm 2022", "QUYẾT ĐỊNH",
        "Về việc công nhận mô hình tiêu biểu", "CHỦ TỊCH ỦY BAN NHÂN DÂN HUYỆN",
        "Căn cứ Luật Tổ chức chính quyền địa phương;",
    )  # fmt: skip
    assert head.title is not None
    assert head.title.value == "Quyết định về việc công nhận mô hình tiêu biểu"


def test_a_subject_in_capitals_over_lines_becomes_one_sentence():
    head = report(
        body=("UBND XÃ TÂN HƯNG",),
        place="Tân Hưng, ngày 12 tháng 5 năm 2023",
        kind="BÁO CÁO KẾT QUẢ THỰC HIỆN MÔ HÌNH",
        subject="NUÔI CÁ ĐỒNG TẠI HUYỆN CÁI NƯỚC NĂM 2023",
    )
    assert head.title is not None
    assert head.title.value == (
        "Báo cáo kết quả thực hiện mô hình nuôi cá đồng tại huyện Cái Nước năm 2023"
    )


def test_columns_that_a_reader_joined_are_taken_apart():
    head = read(
        "ỦY BAN NHÂN DÂN HUYỆN THỚI BÌNH | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Số: 12/BC-UBND | Thới Bình, ngày 12 tháng 5 năm 2023",
        "BÁO CÁO",
        "Kết quả phong trào",
        PROSE,
    )
    assert head.publisher is not None
    assert head.publisher.value == "Ủy ban nhân dân huyện Thới Bình"
    assert head.published is not None
    assert head.published.value == "2023-05-12"


def test_the_right_column_is_not_the_issuing_body():
    head = read(
        "DỰ THẢO",
        "BCH ĐOÀN HUYỆN THỚI BÌNH | ĐOÀN TNCS HỒ CHÍ MINH",
        "Số: 9-KH/ĐTN | Thới Bình, ngày 3/4/2023",
        "KẾ HOẠCH",
        "Mở tuyến đường thanh niên tự quản",
        PROSE,
    )
    assert head.publisher is not None
    assert head.publisher.value == "BCH đoàn huyện Thới Bình"
    assert head.published is not None
    assert head.published.value == "2023-04-03"
    assert head.title is not None
    assert head.title.value == "Kế hoạch mở tuyến đường thanh niên tự quản"


def test_a_date_that_ends_a_sentence_is_no_date_line():
    head = read(
        "UBND XÃ TÂN HƯNG", *STATE_MOTTO, "BÁO CÁO", "Tình hình chăn nuôi",
        "Ủy ban đã họp bàn với các ấp, ngày 3 tháng 2 năm 2021.",
        "Theo kế hoạch của huyện, ngày 5 tháng 2 năm 2021",
    )  # fmt: skip
    assert head.published is None


def test_an_article_is_no_administrative_document():
    head = read("Cách làm hay ở ấp Rau Dừa", PROSE, "Cà Mau, ngày 3 tháng 4 năm 2024")
    assert head == Letterhead()


def test_a_newspaper_is_not_taken_for_a_body():
    head = read("NHỮNG MÔ HÌNH HAY", "BÁO CÁO", "Kết quả tháng 5", *STATE_MOTTO, PROSE)
    assert head.publisher is None


@pytest.mark.parametrize(
    ("capitals", "expected"),
    [
        ("SỞ NÔNG NGHIỆP VÀ PTNT TỈNH CÀ MAU", "Sở Nông nghiệp và PTNT tỉnh Cà Mau"),
        ("ỦY BAN MẶT TRẬN TỔ QUỐC VIỆT NAM", "Ủy ban Mặt trận Tổ quốc Việt Nam"),
        ("PHÒNG, CHỐNG THIÊN TAI GIAI ĐOẠN II", "Phòng, chống thiên tai giai đoạn II"),
        ("HỘI LIÊN HIỆP PHỤ NỮ", "Hội Liên hiệp Phụ nữ"),
        ("Kết quả năm 2023", "Kết quả năm 2023"),
    ],
)
def test_capitals_become_sentence_case_with_names_kept(capitals: str, expected: str):
    assert sentence_case(capitals) == expected
