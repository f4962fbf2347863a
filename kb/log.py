"""Logging set-up for entry points; libraries only get loggers."""

import logging
import sys


def configure(level: str) -> None:
    """Send log records to standard error as `time level logger message key=value`."""
    logging.basicConfig(
        stream=sys.stderr,
        level=level,
        format="%(asctime)s %(levelname)s %(name)s %(message)s",
        force=True,
    )
