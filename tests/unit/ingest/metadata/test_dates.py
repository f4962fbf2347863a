"""Time stamps of machines, and date lines that also tell of an update."""

from datetime import timedelta

import pytest

from ingest.metadata.dates import parse_date_line, parse_stamp, today


@pytest.mark.parametrize(
    ("stamp", "day"),
    [
        ("2024-05-06T05:00:00+07:00", "2024-05-06"),
        ("2024-05-05T16:59:59Z", "2024-05-05"),
        ("2024-05-05T17:00:00Z", "2024-05-06"),
        ("2024-05-06 05:00:00", "2024-05-06"),
        ("Sun, 05 May 2024 20:00:00 GMT", "2024-05-06"),
        ("06/05/2024 05:00", "2024-05-06"),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59Z", None),
        ("2024-02-31", None),
        ("hôm qua", None),
        ("", None),
    ],
)
def test_stamp_gives_the_day_it_is_in_vietnam(stamp: str, day: str | None) -> None:
    assert parse_stamp(stamp) == day


def test_stamp_of_tomorrow_is_refused() -> None:
    assert parse_stamp((today() + timedelta(days=2)).isoformat()) is None


def test_line_with_publication_and_update_gives_both() -> None:
    line = parse_date_line("Ngày đăng: 01/02/2023 08:00 | Cập nhật: 05/02/2023 10:15")
    assert line is not None
    assert (line.published, line.updated, line.is_update) == ("2023-02-01", "2023-02-05", False)


def test_update_before_the_publication_is_none() -> None:
    line = parse_date_line("Ngày đăng: 05/02/2023 | Cập nhật: 01/02/2023")
    assert line is not None
    assert (line.published, line.updated) == ("2023-02-05", None)


def test_lone_date_of_an_update_is_known_as_such() -> None:
    line = parse_date_line("Cập nhật lúc 16h40 ngày 20/10/2022")
    assert line is not None
    assert (line.published, line.is_update) == ("2022-10-20", True)
