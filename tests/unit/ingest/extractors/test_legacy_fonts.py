"""Runs in pre-Unicode fonts."""

import pytest

from ingest.extractors.legacy_fonts import decode_runs


@pytest.mark.parametrize(
    ("text", "font", "expected"),
    [
        ("B¸o c¸o kÕt qu¶", ".VnTime", "Báo cáo kết quả"),
        ("b¸o c¸o", ".VnArialH", "BÁO CÁO"),
        ("ñY BAN NH¢N D¢N", ".VnTime", "ỦY BAN NHÂN DÂN"),
        ("X· T©n Hng", ".VnTime", "Xã Tân Hng"),
        ("Sè: 12/BC-UBND", ".VnTime", "Số: 12/BC-UBND"),
        ("Toå hôïp taùc", "VNI-Times", "Tổ hợp tác"),
        ("B¸o", "Arial", "B¸o"),
        ("B¸o", None, "B¸o"),
        ("Báo cáo kết quả", ".VnTime", "Báo cáo kết quả"),
    ],
)
def test_the_font_decides_and_unicode_stays(text: str, font: str | None, expected: str):
    assert decode_runs([(text, font)]) == expected


def test_a_letter_torn_between_runs_of_one_font_is_whole_again():
    assert decode_runs([("ta", "VNI-Times"), ("ùc", "VNI-Helve")]) == "tác"
