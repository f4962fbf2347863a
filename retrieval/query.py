"""What is read off a question before anything is searched."""

from collections.abc import Mapping
from dataclasses import dataclass

from kb.errors import EmptyQuery, InvalidFilter, QueryTooLong
from kb.models import Filters
from kb.places import ProvinceMention, close_province_names, find_provinces, get_province
from kb.taxonomy import parse_field, parse_topic
from kb.terms import Token, token_spans
from kb.text import has_diacritics, to_reading_form


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the legs need it.

    Attributes:
        text: Reading form of what was typed.
        tokens: Its tokens, with offsets in `text`.
        is_accented: Whether it carries any Vietnamese mark; without marks the folded leg leads.
        provinces: Provinces that it names.
        filters: Strict conditions that were given beside it.
    """

    text: str
    tokens: tuple[Token, ...]
    is_accented: bool
    provinces: tuple[ProvinceMention, ...]
    filters: Filters

    def interpretation(self) -> Mapping[str, object]:
        """Return what the search understood, for the reader."""
        return {
            "normalized": self.text,
            "diacritics": self.is_accented,
            "provinces": [
                {
                    "name": mention.province.name,
                    "today": mention.province.today,
                    "covers": list(mention.province.parts),
                }
                for mention in self.provinces
            ],
            "filters": {
                key: value
                for key, value in (
                    ("province", self.filters.province),
                    ("field", self.filters.field.value if self.filters.field else None),
                    ("topic", self.filters.topic),
                    ("year", self.filters.year),
                )
                if value is not None
            },
        }


def parse_query(text: str, filters: Filters | None = None, *, max_chars: int = 5000) -> Query:
    """Return the query of a question.

    Args:
        text: What was typed.
        filters: Conditions from `parse_filters`.
        max_chars: Longest question accepted.

    Raises:
        EmptyQuery: It holds no letter and no digit.
        QueryTooLong: It is longer than `max_chars`.
    """
    if len(text) > max_chars:
        raise QueryTooLong(
            f"Câu hỏi dài {len(text)} ký tự, giới hạn là {max_chars}. Hãy rút gọn câu hỏi."
        )
    reading = to_reading_form(text)
    tokens = tuple(token_spans(reading))
    if not tokens:
        raise EmptyQuery("Câu hỏi trống. Hãy nhập vài từ, ví dụ: mô hình giảm nghèo ở Cà Mau.")
    mentions = tuple(find_provinces(reading))
    return Query(reading, tokens, has_diacritics(reading), mentions, filters or Filters())


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
