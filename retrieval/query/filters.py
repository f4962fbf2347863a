"""Strict conditions that are given beside a query."""

from kb.errors import InvalidFilter
from kb.models import Filters
from kb.places import close_province_names, get_province
from kb.taxonomy import parse_field, parse_topic


def parse_filters(
    *,
    province: str | None = None,
    field: str | None = None,
    topic: str | None = None,
    year: int | None = None,
    known_topics: list[str] | None = None,
) -> Filters:
    """Return checked filters; empty strings count as not given.

    Args:
        province: Name in any spelling; one of today's covers the provinces it was made of.
        field: Slug or Vietnamese name.
        topic: Slug or Vietnamese name.
        year: Between 1945 and 2100.
        known_topics: Topics that the knowledge base carries beside the usual ones.

    Raises:
        InvalidFilter: A value does not exist; the message names close ones.
    """
    found = None
    if province and province.strip():
        found = get_province(province)
        if found is None:
            close = close_province_names(province)
            hint = f" Gần nhất: {', '.join(close)}." if close else " Dùng tên như: Cà Mau, Hà Nội."
            raise InvalidFilter(f"Không có tỉnh, thành {province!r}.{hint}")
    if year is not None and not 1945 <= year <= 2100:
        raise InvalidFilter(f"Năm {year} ngoài khoảng 1945-2100.")
    return Filters(
        province=found.name if found else None,
        field=parse_field(field) if field and field.strip() else None,
        topic=parse_topic(topic, known_topics) if topic and topic.strip() else None,
        year=year,
    )
