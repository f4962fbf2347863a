"""The text that trafilatura takes from a page.

Trafilatura (Barbaresi 2021, Apache-2.0) knows hundreds of templates and compares its own rules with
two other extractors. It is one of the two opinions that `main_text` weighs; the other is
where long paragraphs with few links stand.
"""

import logging
import warnings
from collections.abc import Callable
from functools import cache

# It parses and copies a page several times over, and no article is longer than this.
MAX_MARKUP = 2_000_000

logger = logging.getLogger(__name__)


def trafilatura_lines(markup: str) -> list[str]:
    """Return the lines that trafilatura takes for the main text; empty if it finds none.

    Args:
        markup: The page, mended or not. Beyond `MAX_MARKUP` characters nothing is tried.
    """
    if not markup.strip() or len(markup) > MAX_MARKUP:
        return []
    extract = _extract()
    try:
        text = extract(markup, include_comments=False, include_tables=True)
    except Exception as exc:  # noqa: BLE001 - the other opinion still stands
        logger.warning("trafilatura failed error=%s", type(exc).__name__)
        return []
    return [line for line in (text or "").split("\n") if line.strip()]


@cache
def _extract() -> Callable[..., str | None]:
    """Return trafilatura's function.

    Imported here, because it takes a third of a second that only readers of web pages pay.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import trafilatura
    # What it reports of single pages concerns nobody here.
    logging.getLogger("trafilatura").setLevel(logging.CRITICAL + 1)
    function: Callable[..., str | None] = trafilatura.extract
    return function
