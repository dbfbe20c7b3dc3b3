"""Looking through a Redis store's log, backwards and in parts: all partitions at once, then the warehouse.

An entry's id begins with the milliseconds of its coming, so ids put the entries of all partitions in one order. A
partition that gave as many entries as it was asked for may hold more behind its oldest: nothing that is older than
that is told of any partition, until the next part.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from personalization.stores.records import Archive, EventQuery, FoundEvents, StoredEvent
from personalization.stores.redis_layout import PARTITIONS
from personalization.stores.redis_log import read_entry
from personalization.stores.redis_scanning import Scanning
from personalization.stores.searching import LOOKED_AT, SLACK, fits

_IN_WAREHOUSE = "w"  # positions that begin with it go on there
_POSITION = re.compile(r"[0-9]{1,15}-[0-9]{1,15}", re.ASCII)  # anything else stands for the newest
_MILLISECONDS = 1000
MOST_OF_ONE = 100  # entries of one partition that a part has, however many are wanted

_Id = tuple[int, int]  # milliseconds, and a number among them


class _Entry(NamedTuple):
    at: _Id
    raw: bytes


def search(scanning: Scanning, query: EventQuery, warehouse: Archive | None) -> FoundEvents:
    """As Records says. Raises Away, and Refused, and what the warehouse raises."""
    if query.position.startswith(_IN_WAREHOUSE) and warehouse is not None:
        return _moved(warehouse, replace(query, position=query.position.removeprefix(_IN_WAREHOUSE)))
    found, end = _here(scanning, query)
    if end is not None:
        return FoundEvents(tuple(found), _text(end), end[0] // _MILLISECONDS)
    if warehouse is None:
        return FoundEvents(tuple(found), "")
    if len(found) >= query.most:
        return FoundEvents(tuple(found), _IN_WAREHOUSE, found[-1].received)
    moved = _moved(warehouse, replace(query, position="", most=query.most - len(found)))
    return replace(moved, events=(*found, *moved.events))


def _moved(warehouse: Archive, query: EventQuery) -> FoundEvents:
    found = warehouse.search(query)
    return replace(found, position=found.position and _IN_WAREHOUSE + found.position)


def _here(scanning: Scanning, query: EventQuery) -> tuple[list[StoredEvent], _Id | None]:
    """The events that fit, and what the ones behind them come before; None when there can be none."""
    count = max(LOOKED_AT // PARTITIONS, min(query.most, MOST_OF_ONE))
    newest, oldest = _range(query)
    replies = scanning.everywhere(
        lambda key: ("XREVRANGE", key, newest, oldest, "COUNT", count), scanning.layout.event_streams
    )
    floor = max((_id(reply[-1][0]) for reply in replies if len(reply) == count), default=None)
    entries = sorted((entry for entry in _entries(replies) if floor is None or entry.at >= floor), reverse=True)
    found: list[StoredEvent] = []
    last: _Id | None = None
    for entry in entries:
        if len(found) >= query.most and entry.at != last:
            return found, last or entry.at
        event = _event(query, entry.raw)
        if event is not None:
            found.append(event)
            last = entry.at
    return found, floor


def _range(query: EventQuery) -> tuple[str, str]:
    oldest = "-" if query.since is None else str(max(0, query.since - SLACK) * _MILLISECONDS)
    if _POSITION.fullmatch(query.position):
        return f"({query.position}", oldest
    return "+" if query.until is None else str((query.until + SLACK) * _MILLISECONDS), oldest


def _entries(replies: Sequence[Any]) -> list[_Entry]:
    return [_Entry(_id(number), fields[1]) for reply in replies for number, fields in reply]


def _event(query: EventQuery, raw: bytes) -> StoredEvent | None:
    entry = read_entry(raw)
    if entry.instance != query.instance:
        return None
    event = StoredEvent(entry.database, entry.table, entry.time, entry.received, entry.public, entry.uuid, entry.body)
    return event if fits(query, event) else None


def _id(number: bytes) -> _Id:
    milliseconds, _, count = number.partition(b"-")
    return int(milliseconds), int(count)


def _text(number: _Id) -> str:
    return f"{number[0]}-{number[1]}"
