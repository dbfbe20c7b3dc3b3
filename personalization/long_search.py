"""Looking through a long log: beside a busy instance the events of a quiet one lie far apart."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from personalization.stores.records import EventQuery, FoundEvents, Records, StoredEvent

SECONDS = 0.8  # that a page takes for it


def search_on(
    records: Records, query: EventQuery, *, share: float = 1.0, clock: Callable[[], float] = time.monotonic
) -> FoundEvents:
    """As Records.search, but on through further parts until there are enough, or `share` of 0.8 seconds have passed.

    Raises StoreUnavailable.
    """
    until = clock() + SECONDS * share
    found = records.search(query)
    events = found.events
    while found.position and len(events) < query.most and clock() < until:
        found = records.search(replace(query, position=found.position, most=query.most - len(events)))
        events += found.events
    return replace(found, events=events)


@dataclass(frozen=True, slots=True)
class NewestEvents:
    """The newest first. There may be more where time was up: `back_to` is how far was looked until then."""

    events: tuple[StoredEvent, ...]
    back_to: datetime | None = None


def newest_events(records: Records, query: EventQuery, *, share: float = 1.0) -> NewestEvents:
    """The newest that fit, at most as many as were asked for, looked for as `search_on` does."""
    found = search_on(records, query, share=share)
    if len(found.events) >= query.most or found.reached is None:
        return NewestEvents(found.events[: query.most])
    return NewestEvents(found.events, datetime.fromtimestamp(found.reached, UTC))
