"""Reading server-sent events as the HTML standard has them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from easel_client.errors import UnexpectedAnswer
from easel_client.models import Event

ENDS = ("succeeded", "failed", "cancelled")
"""Names of events after which nothing comes."""


def read_events(lines: Iterable[str]) -> Iterator[Event]:
    """Yield the events of a stream's lines; one that is cut off at the end is dropped, as the standard says.

    Raises:
        UnexpectedAnswer: an event's data is no JSON object.
    """
    name, event_id = "", ""
    data: list[str] = []
    for line in lines:
        if not line:
            if data:
                yield Event(event_id, name or "message", _json("\n".join(data)))
            name, data = "", []
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "event":
            name = value
        elif field == "data":
            data.append(value)
        elif field == "id" and "\0" not in value:
            event_id = value


def _json(text: str) -> dict[str, object]:
    try:
        value = json.loads(text)
    except ValueError as error:
        raise UnexpectedAnswer(f"An event is no JSON: {text[:100]}") from error
    if not isinstance(value, dict):
        raise UnexpectedAnswer(f"An event is no JSON object: {text[:100]}")
    return value
