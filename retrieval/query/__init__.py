"""What is read off a question before anything is searched."""

from retrieval.query.filters import parse_filters
from retrieval.query.model import Query
from retrieval.query.parse import parse_query
from retrieval.query.parts import ALL_PARTS, PART_NAMES, Parts

__all__ = ["ALL_PARTS", "PART_NAMES", "Parts", "Query", "parse_filters", "parse_query"]
