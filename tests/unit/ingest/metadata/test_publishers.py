import pytest

from ingest.metadata.bylines import parse_byline
from ingest.metadata.publishers import find_publisher, is_publisher, publisher_of, without_date


@pytest.mark.parametrize(
    "tail",
    [
        " - 22/09/2023", ", ngày 5/8/2023", " ngày 05-08-2023", " | Thứ hai, 22/09/2023, 08:15",
        " 08:15 22/09/2023", " (ngày 5 tháng 8 năm 2023)", " – số ra ngày 5.8.2023", "",
    ],
)  # fmt: skip
def test_a_publisher_is_named_without_the_date_behind_it(tail: str) -> None:
    line = f"Báo Bến Lở{tail}"
    assert publisher_of(line) == "Báo Bến Lở"
    assert is_publisher(line)
    assert find_publisher(["Chia sẻ", line]) == "Báo Bến Lở"


@pytest.mark.parametrize("line", ["Báo Bến Lở năm 2023", "Báo Bến Lở số 12", "22/09/2023", ""])
def test_a_name_does_not_end_in_a_number(line: str) -> None:
    assert publisher_of(line) is None
    assert find_publisher([line]) is None


def test_a_credited_publisher_is_named_without_its_date() -> None:
    byline = parse_byline("Nguồn: Báo Bến Lở, 22/09/2023")
    assert byline is not None
    assert byline.name == "Báo Bến Lở"


def test_a_long_line_is_searched_for_no_date() -> None:
    line = "- " * 50_000
    assert without_date(line) == line
