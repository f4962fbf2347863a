"""Dates of publication as officers read them."""

import re

_DATE = re.compile(r"(\d{4})(?:-(\d\d))?(?:-(\d\d))?")


def show_date(published: str | None) -> str:
    """Return a date the Vietnamese way; what is no date is shown as it is.

    Example:
        >>> show_date("2021-03-09"), show_date("2021-03"), show_date("2021")
        ('09/03/2021', '03/2021', '2021')
    """
    match = _DATE.fullmatch(published or "")
    if match is None:
        return published or ""
    return "/".join(part for part in reversed(match.groups()) if part)
