"""Lines that stand on a page more than once: captions, leads, shortened leads."""

import re
from collections import Counter
from collections.abc import Sequence

from ingest.articles.line_kinds import Line, LineKind, comparison_key
from ingest.metadata.bylines import parse_byline

_FIGURE = re.compile(r"\d+")


def drop_repeats(lines: Sequence[Line]) -> list[Line]:
    """Return the lines without repeated captions, repeated leads and what stands twice.

    A sentence twice in a row is a picture's alternative text and its caption: both go, unless it
    is the first text (a lead twice), long, or gives a figure found nowhere else. What returns
    farther away goes the second time. A line that only begins a longer line near by is a
    shortened lead: it goes.
    """
    keys = [comparison_key(line.text) for line in lines]
    count = Counter(keys)
    owners = _owners_of_figures(keys)
    first_text = _first_lasting_text(lines, keys)
    after_lead = len(keys) if first_text is None else first_text
    dropped: set[int] = set()
    seen: set[str] = set()
    for index, (line, key) in enumerate(zip(lines, keys, strict=True)):
        words = len(key.split())
        if line.kind not in {LineKind.PROSE, LineKind.CAPTION, LineKind.SHORT}:
            continue
        if line.kind is LineKind.SHORT and (words < 5 or parse_byline(line.text) is not None):
            continue
        if key in seen:
            # A short line may come back: the headline, or a sub-heading of two parts.
            # A lead of one sentence may say what its headline says.
            again = line.kind is LineKind.SHORT and not (
                keys[index - 1] == key and index > after_lead
            )
            if index != first_text and not again:
                dropped.add(index)
        elif index + 1 < len(keys) and keys[index + 1] == key:
            is_lead = index == first_text or (line.kind is LineKind.SHORT and index < after_lead)
            if not is_lead and words <= 45 and all(owners[f] > 1 for f in _FIGURE.findall(key)):
                dropped.add(index)
        elif line.kind is not LineKind.CAPTION and count[key] == 1:
            longer = range(max(0, index - 4), min(len(keys), index + 9))
            if any(_is_shortened(key, keys[i]) for i in longer):
                dropped.add(index)
        seen.add(key)
    return [line for index, line in enumerate(lines) if index not in dropped]


def _is_shortened(key: str, other: str) -> bool:
    """Tell whether a text only begins another one; the cut may fall inside a word."""
    return key != other and other.startswith(key) and len(key.split()) >= 8


def _first_lasting_text(lines: Sequence[Line], keys: Sequence[str]) -> int | None:
    """Return the index of the lead: the first prose that no longer line near by begins with."""
    for index, line in enumerate(lines):
        if line.kind not in {LineKind.PROSE, LineKind.SHORT}:
            continue
        later = range(index + 1, min(len(keys), index + 9))
        whole = next((i for i in later if _is_shortened(keys[index], keys[i])), None)
        if whole is not None:
            return whole
        if line.kind is LineKind.PROSE:
            return index
    return None


def _owners_of_figures(keys: Sequence[str]) -> Counter[str]:
    """Return in how many different lines each figure stands."""
    return Counter(figure for key in set(keys) for figure in set(_FIGURE.findall(key)))
