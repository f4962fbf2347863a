"""Single rules of cleaning, each on lines written for it."""

import pytest

from ingest.articles.cleaning import CleanedPage, clean_page

TITLE = "Tổ tự quản ấp Vườn Dừa giữ bình yên xóm nhỏ"
P1 = (
    "Ba năm nay, tổ tự quản ấp Vườn Dừa đều đặn tuần tra mỗi tối, nhờ vậy xóm ấp yên bình và bà "
    "con tin tưởng tổ tự quản nhiều hơn."
)
P2 = (
    "Tổ tự quản có 15 thành viên, chia làm ba nhóm, luân phiên tuần tra từ 20 giờ tới nửa đêm "
    "trên các tuyến đường của ấp Vườn Dừa."
)
P3 = (
    "Bà con ấp Vườn Dừa góp tiền lắp 24 camera an ninh, giao cho tổ tự quản theo dõi và báo ngay "
    "cho công an xã khi có việc lạ."
)
P4 = (
    "Nhờ tổ tự quản tuần tra đều đặn, năm qua ấp Vườn Dừa không xảy ra vụ trộm nào và được xã "
    "chọn làm điểm để nhân rộng."
)
BODY = [P1, P2, P3, P4]


def _clean(*lines: str, title: str | None = None) -> CleanedPage:
    return clean_page("\n\n".join(lines), title=title)


@pytest.mark.parametrize(
    "line",
    [
        "Chia sẻ", "Chia sẻ bài viết", "Theo dõi Báo Bình Minh trên", "Facebook", "A- A A+", "-->",
        "Trang chủ > Chính trị > Dân vận", "Dòng sự kiện:", "Đường dây nóng: 0900000000.",
        "Lượt xem: 1.204", "Từ khóa: tổ tự quản, an ninh", "In bài viết", "Bình luận (3)",
        "Huế, 27°C/ 24°C - 30°C", "Bản quyền thuộc về Báo Bình Minh", "Gửi bình luận", "* * *",
        ">> Xem thêm: Camera an ninh phủ kín đường quê",
    ],
)  # fmt: skip
def test_furniture_amid_the_text_is_dropped(line: str) -> None:
    assert _clean(TITLE, P1, line, P2, P3, P4).paragraphs == tuple(BODY)


@pytest.mark.parametrize(
    "line",
    [
        "Chia sẻ niềm vui với bà con trong ấp là cách tổ tự quản gắn bó với xóm làng.",
        "Theo dõi camera trên điện thoại, bà con yên tâm đi làm đồng cả ngày.",
        "Kho lạnh giữ ở 4°C giúp hợp tác xã bán được giá hơn trước.",
        "Kinh tế - Văn hóa - Xã hội - An ninh",
        "- Địa chỉ: ấp Vườn Dừa, xã Bình Minh.",
        "Hội nghị (giữa nhiệm kỳ) đánh giá cao cách làm của tổ tự quản.",
    ],
)
def test_text_that_resembles_furniture_is_kept(line: str) -> None:
    assert line in _clean(TITLE, P1, P2, line, P3, P4).paragraphs


@pytest.mark.parametrize(
    "line",
    [
        "Ảnh: Tổ tự quản tuần tra ban đêm",
        "Tổ tự quản kiểm tra camera. Ảnh: M.T",
        "Tổ tự quản ra quân dịp tết (Ảnh minh họa)",
        "Ông Lý Văn Ba (bìa trái) bàn giao camera cho tổ tự quản.",
        "Ông Lý Văn Ba (thứ hai từ trái sang) nhận quà của xã.",
    ],
)
def test_caption_is_dropped(line: str) -> None:
    assert _clean(TITLE, P1, P2, line, P3, P4).paragraphs == tuple(BODY)


def test_credit_run_into_a_paragraph_goes_and_the_paragraph_stays() -> None:
    long = f"{P2} {P3}"
    assert _clean(TITLE, P1, f"{long} Ảnh: M.T", P4).paragraphs == (P1, long, P4)


def test_caption_twice_in_a_row_goes_but_not_its_only_figure() -> None:
    plain = "Thành viên tổ tự quản ra quân tuần tra trên đường ấp."
    figure = "Lễ ra mắt 37 tổ tự quản của toàn xã diễn ra sôi nổi."
    assert _clean(TITLE, P1, plain, plain, P2, P3, P4).paragraphs == tuple(BODY)
    assert _clean(TITLE, P1, figure, figure, P2).paragraphs == (P1, figure, P2)


@pytest.mark.parametrize("first", [P1, P1[:70], P1[:70] + "..."])
def test_lead_repeated_or_shortened_stands_once(first: str) -> None:
    assert _clean(TITLE, first, P1, P2, P3, P4).paragraphs == tuple(BODY)


def test_visit_date_by_the_weather_is_not_the_day_of_publication() -> None:
    page = _clean("Thứ sáu, 14-11-25 07:44:06\nHuế, 27°C/ 24°C - 30°C", TITLE, *BODY)
    assert page.published is None
    page = _clean("Thứ Sáu, 14/11/2025", TITLE, "12/03/2024 08:10", *BODY)
    assert page.published == "2024-03-12"


def test_date_of_an_event_is_not_the_day_of_publication() -> None:
    assert _clean(TITLE, "Sáng 12/03/2024, xã Bình Minh họp tổ tự quản.", P2).published is None


def test_headline_in_capitals_is_no_signature() -> None:
    page = _clean("GIỮ BÌNH YÊN XÓM NHỎ", "12/03/2024 08:10", *BODY, "LÊ NGÂN")
    assert (page.title, page.author) == ("GIỮ BÌNH YÊN XÓM NHỎ", "Lê Ngân")


def test_sub_headings_in_capitals_stay() -> None:
    lines = [P1, "CÁCH LÀM HAY", P2, "KẾT QUẢ BƯỚC ĐẦU", P3, "NHÂN RỘNG", P4]
    page = _clean(TITLE, *lines)
    assert page.paragraphs == tuple(lines)
    assert page.author is None


def test_menu_and_ticker_above_the_headline_go() -> None:
    page = _clean("Chính trị", "Kinh tế", "Giá lúa đông xuân tăng nhẹ ở nhiều nơi", TITLE, *BODY)
    assert (page.title, page.paragraphs) == (TITLE, tuple(BODY))


def test_box_of_links_amid_the_text_goes_and_the_text_goes_on() -> None:
    link = "Giá lúa đông xuân tăng nhẹ ở nhiều nơi trong tuần"
    page = _clean(TITLE, P1, P2, "Tin liên quan", link, link + " qua", "Cách làm", P3, P4)
    assert page.paragraphs == (P1, P2, "Cách làm", P3, P4)


def test_last_paragraph_after_a_lone_link_is_kept() -> None:
    page = _clean(TITLE, P1, P2, "Xem thêm", "Giá lúa đông xuân tăng nhẹ ở nhiều nơi", P3)
    assert page.paragraphs[-1] == P3


def test_writer_under_the_lead_is_read_and_dropped() -> None:
    page = _clean(TITLE, P1, "Hoài An", P2, P3, P4)
    assert (page.author, page.paragraphs) == ("Hoài An", tuple(BODY))


def test_person_whom_the_text_speaks_of_is_a_heading_and_no_writer() -> None:
    about = "Bà con quý Lý Văn Ba vì ông đi tuần tra cả những đêm mưa gió."
    page = _clean(TITLE, *BODY, "Lý Văn Ba", about)
    assert page.author is None
    assert page.paragraphs[-2:] == ("Lý Văn Ba", about)


def test_declared_title_is_kept_and_not_repeated() -> None:
    page = _clean("Chính trị", TITLE, *BODY, title=TITLE)
    assert (page.title, page.paragraphs) == (TITLE, tuple(BODY))


def test_list_after_a_colon_at_the_end_is_kept() -> None:
    items = ["Xã chọn ba cách làm để nhân rộng:", "- Tổ tự quản", "- Camera an ninh", "- Đèn đường"]
    assert _clean(TITLE, *BODY, *items).paragraphs == (*BODY, *items)
