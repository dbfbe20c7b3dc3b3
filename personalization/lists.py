"""List attributes. State: [[value, time], …], oldest first; equal times keep the order of arrival."""

from __future__ import annotations

from bisect import bisect_right
from operator import itemgetter
from typing import Any

from personalization import json_text
from provisioning.language.plan import Attribute

Items = list[list[Any]]

MAX_ITEMS = 1000  # the most that any configuration can ask for
_TIME = itemgetter(1)


def added(items: Items, value: Any, *, time: int, now: int, attribute: Attribute) -> Items:
    """The items with `value` among them at `time`; expired ones and those over `max_items` are dropped.

    With `distinct`, an equal value that is there moves to its later time.
    """
    kept = unexpired(items, now=now, expire_after=attribute.expire_after)
    if attribute.distinct:
        kept, time = _without(kept, value, time)
    if not _expired(time, now, attribute.expire_after):
        kept.insert(bisect_right(kept, time, key=_TIME), [value, time])
    return kept[-attribute.max_items :]


def unexpired(items: Items, *, now: int, expire_after: int | None) -> Items:
    """A new list of the items that have not expired: an item lives while time + expire_after > now."""
    if expire_after is None or not items or items[0][1] + expire_after > now:
        return list(items)
    return items[bisect_right(items, now - expire_after, key=_TIME) :]


def read(items: Items, *, now: int, attribute: Attribute) -> list[dict[str, Any]]:
    """What an expression sees: [{value, time}, …], oldest first."""
    live = unexpired(items, now=now, expire_after=attribute.expire_after)
    if len(live) > attribute.max_items:  # an earlier version kept more
        live = live[-attribute.max_items :]
    return [{"value": value, "time": time} for value, time in live]


def united(one: Items, other: Items, attribute: Attribute | None) -> Items:
    """The items of two profiles by time; the first profile's come first where times are equal."""
    items = sorted(one + other, key=_TIME)
    if attribute is None or attribute.distinct:
        items = _latest_of_each(items)
    return items[-(MAX_ITEMS if attribute is None else attribute.max_items) :]


def _without(items: Items, value: Any, time: int) -> tuple[Items, int]:
    """The items but those of that value, and the latest of their times and `time`."""
    places = _places(items, value)
    for place in reversed(places):
        time = max(time, items.pop(place)[1])
    return items, time


def _places(items: Items, value: Any) -> list[int]:
    if isinstance(value, str):
        return [place for place, item in enumerate(items) if item[0] == value]
    text = json_text.dump_sorted(value)  # Python's == would take true for 1
    return [place for place, item in enumerate(items) if json_text.dump_sorted(item[0]) == text]


def _latest_of_each(items: Items) -> Items:
    latest = {json_text.dump_sorted(value): index for index, (value, _) in enumerate(items)}
    return [items[index] for index in sorted(latest.values())]


def _expired(time: int, now: int, expire_after: int | None) -> bool:
    return expire_after is not None and time + expire_after <= now
