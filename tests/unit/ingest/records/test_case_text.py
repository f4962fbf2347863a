"""A case as text."""

from dataclasses import replace

import pytest

from ingest.records.case_text import place_line, render_case, years_in
from kb.figures import format_number, result_line
from kb.models import Case, CaseResult, Field

CASE = Case(
    case_id="a",
    name="Đưa màu xuống ruộng",
    field=Field.ECONOMY,
    topics=("nong-nghiep", "nuoi-ong"),
    province="Cà Mau",
    district="Thới Bình",
    commune="xã Tân Lộc",
    organization="Hội Nông dân xã",
    participants="35 hộ",
    period="2020-2023",
    problem="Đất bỏ không mùa khô.",
    approach=("Vận động từng hộ", "Cho vay giống"),
    results=(CaseResult("Mỗi hộ lãi", 100.0, "triệu đồng"), CaseResult("Làng xóm vui")),
    conditions="Có nước ngọt.",
)


def test_case_is_rendered_part_by_part() -> None:
    assert render_case(CASE) == (
        "Đưa màu xuống ruộng\n\n"
        "Địa bàn: xã Tân Lộc, Thới Bình, Cà Mau\n"
        "Lĩnh vực: Kinh tế\n"
        "Chủ đề: Nông nghiệp, nuoi-ong\n"
        "Đơn vị thực hiện: Hội Nông dân xã\n"
        "Đối tượng tham gia: 35 hộ\n"
        "Thời gian: 2020-2023\n\n"
        "Thực trạng\nĐất bỏ không mùa khô.\n\n"
        "Cách làm\n1. Vận động từng hộ\n2. Cho vay giống\n\n"
        "Kết quả\n- Mỗi hộ lãi: 100 triệu đồng\n- Làng xóm vui\n\n"
        "Điều kiện nhân rộng\nCó nước ngọt."
    )


def test_absent_parts_leave_no_empty_heading() -> None:
    bare = Case("a", "Tên", Field.CULTURE_SOCIETY, ("van-hoa",), "Huế")
    assert render_case(bare) == ("Tên\n\nĐịa bàn: Huế\nLĩnh vực: Văn hóa - xã hội\nChủ đề: Văn hóa")
    assert place_line(bare) == "Huế"
    assert "Thực trạng" not in render_case(replace(CASE, problem=None))


@pytest.mark.parametrize(
    ("text", "value", "unit", "line"),
    [
        ("Lãi trên 100 triệu", 100.0, "triệu đồng", "Lãi trên 100 triệu"),  # says it already
        ("Có 1.007 mô hình", 1007.0, "mô hình", "Có 1.007 mô hình"),
        ("Thu 2,5 tỷ", 2.5, "tỷ", "Thu 2,5 tỷ"),
        ("Thu 2,50 tỷ", 2.5, "tỷ", "Thu 2,50 tỷ"),
        ("Thu nhập tăng.", 2.5, "tỷ đồng", "Thu nhập tăng: 2,5 tỷ đồng"),
        ("Số hộ", 1129.0, None, "Số hộ: 1.129"),
        ("Vui", None, None, "Vui"),
        # Numbers that are no figures: a date, a version, an English thousand.
        ("Sơ kết ngày 27.10.2023", 5.0, "năm", "Sơ kết ngày 27.10.2023: 5 năm"),
        ("Bản 1,2,3 và 1.2.3", 5.0, "năm", "Bản 1,2,3 và 1.2.3: 5 năm"),
        ("Đạt 15 hộ", 5.0, "hộ", "Đạt 15 hộ: 5 hộ"),
    ],
)
def test_figure_is_added_where_the_sentence_lacks_it(
    text: str, value: float | None, unit: str | None, line: str
) -> None:
    assert result_line(CaseResult(text, value, unit)) == line


@pytest.mark.parametrize(
    ("value", "written"),
    [(0, "0"), (5.0, "5"), (1129, "1.129"), (1234567.5, "1.234.567,5"), (0.25, "0,25"), (-3, "-3")],
)
def test_number_is_written_as_vietnamese_texts_do(value: float, written: str) -> None:
    assert format_number(value) == written


@pytest.mark.parametrize(
    ("texts", "years"),
    [
        (("2020-2023",), (2020, 2021, 2022, 2023)),
        (("2020 – 2021", "từ năm 2024"), (2020, 2021, 2024)),
        (("2023-2020",), (2020, 2023)),  # a span that runs backwards names two years
        (("2000-2030",), (2000, 2030)),  # too long to be a period
        (("QĐ 12021, năm 1975, 2050",), ()),
        ((None, ""), ()),
        (("2024-05-06",), (2024,)),
    ],
)
def test_years_that_texts_name(texts: tuple[str | None, ...], years: tuple[int, ...]) -> None:
    assert years_in(*texts) == years
