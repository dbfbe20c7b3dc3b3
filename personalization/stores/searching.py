"""Looking through the log from the newest event to the oldest, a bounded part of it at a time."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from personalization.identity import Pair
from personalization.stores.person import Person
from personalization.stores.records import EventQuery, FoundEvents, StoredEvent

LOOKED_AT = 20_000  # ids of the log that one search of a SQL store goes through
_NUMBER = re.compile(r"[0-9]{1,19}", re.ASCII)  # a position that is not one, typed by somebody, stands for the newest
SLACK = 60  # seconds that the order of the log and the times of receipt may differ by

Probe = Callable[[int], tuple[int, int] | None]  # the first event from an id on: its id, and when it was received


@dataclass(frozen=True, slots=True)
class Conditions:
    """A query as SQL behind WHERE, each part with its parameters; `place` is how the database writes one."""

    place: str
    texts: list[str] = field(default_factory=list)
    parameters: list[object] = field(default_factory=list)

    def add(self, text: str, *parameters: object) -> None:
        """One more; `?` in the text stands for a parameter."""
        self.texts.append(text.replace("?", self.place))
        self.parameters.extend(parameters)

    @property
    def text(self) -> str:
        """All of them."""
        return " AND ".join(self.texts)


def conditions(query: EventQuery, *, place: str, mention: str, ids: range) -> Conditions:
    """What rows of `events JOIN streams` have to be; `mention` is SQL that finds a text in a body."""
    found = Conditions(place)
    found.add("events.id >= ? AND events.id < ?", ids.start, ids.stop)
    found.add("instance = ?", query.instance)
    if query.table is not None:
        found.add('"database" = ? AND "table" = ?', *query.table)
    if query.since is not None:
        found.add("received >= ?", query.since)
    if query.until is not None:
        found.add("received <= ?", query.until)
    if query.uuid is not None:
        found.add("uuid = ?", query.uuid)
    if query.pair is not None:
        fragments = _person(query.instance, query.pair).fragments()
        found.add(f"({' OR '.join([mention] * len(fragments))})", *fragments)
    return found


def fits(query: EventQuery, event: StoredEvent) -> bool:
    """Whether an event of the instance is one that was asked for."""
    return (
        (query.table is None or query.table == (event.database, event.table))
        and (query.since is None or event.received >= query.since)
        and (query.until is None or event.received <= query.until)
        and (query.uuid is None or event.uuid == query.uuid)
        and (query.pair is None or _person(query.instance, query.pair).is_named_in(event.body))
    )


def first_after(moment: int, *, low: int, high: int, probe: Probe) -> int:
    """The id from which on events were received after `moment`, between `low` and `high`."""
    while low < high:
        middle = (low + high) // 2
        row = probe(middle)
        if row is None or row[1] > moment:
            high = middle
        else:
            low = row[0] + 1
    return low


def part_of_ids(query: EventQuery, *, low: int, high: int, probe: Probe) -> range:
    """The ids that a search goes through, of those from `low` to before `high`."""
    start = low if query.since is None else first_after(query.since - SLACK, low=low, high=high, probe=probe)
    if _NUMBER.fullmatch(query.position):
        high = min(high, int(query.position))
    elif query.until is not None:
        high = first_after(query.until + SLACK, low=low, high=high, probe=probe)
    return range(max(start, high - LOOKED_AT), max(start, high)) if high > start else range(0)


def found_in(
    query: EventQuery, ids: range, rows: Sequence[tuple[int, StoredEvent]], *, low: int, probe: Probe
) -> FoundEvents:
    """What a search of these ids gave: rows with their ids, of which there may be more where they are `most`."""
    events = tuple(event for _, event in rows if fits(query, event))
    if len(rows) == query.most:
        last, event = rows[-1]
        return FoundEvents(events, str(last), event.received)
    oldest = probe(ids.start) if ids.start > low and len(ids) == LOOKED_AT else None
    return FoundEvents(events, "") if oldest is None else FoundEvents(events, str(ids.start), oldest[1])


def _person(instance: str, pair: Pair) -> Person:
    return Person(instance, frozenset({pair}))
