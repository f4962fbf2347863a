"""What a page says about itself: date, author, publisher, title and place, each in its module.

Every function here would rather find nothing than something wrong: a date inside a sentence is
the date of an event and not of publication, a clock in a page header is the day of the visit, and
a province is named only where the text leaves no doubt. Shapes of lines (date line, byline) are
recognised here, because `ingest.cleaning` needs the same decision to know what is no prose.
"""

from ingest.bylines import Byline, display_name, parse_byline
from ingest.dates import DateLine, parse_date, parse_date_line, parse_stamp, today
from ingest.localities import Locality, locate, locate_province
from ingest.publishers import find_publisher, is_publisher
from ingest.titles import MAX_DERIVED_TITLE, derive_title

__all__ = [
    "MAX_DERIVED_TITLE",
    "Byline",
    "DateLine",
    "Locality",
    "derive_title",
    "display_name",
    "find_publisher",
    "is_publisher",
    "locate",
    "locate_province",
    "parse_byline",
    "parse_date",
    "parse_date_line",
    "parse_stamp",
    "today",
]
