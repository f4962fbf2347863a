"""A reader of server-sent events after the HTML standard, as strict as a browser is lenient."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class StreamEvent:
    """One event: its name, number, and the JSON object in its data."""

    name: str
    number: int
    data: dict[str, Any]


def read_events(lines: Iterable[str]) -> Iterator[StreamEvent]:
    """Yield the events of a stream as its lines come; an event ends with an empty line."""
    fields: dict[str, str] = {}
    for line in lines:
        if line:
            name, colon, value = line.partition(": ")
            assert colon, f"no field: {line!r}"
            assert name not in fields, f"{name} stands twice in one event"
            fields[name] = value
        elif fields:
            assert set(fields) == {"event", "data", "id"}
            yield StreamEvent(fields["event"], int(fields["id"]), json.loads(fields["data"]))
            fields = {}
    assert not fields, "the stream broke off within an event"
