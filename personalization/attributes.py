"""Writing, reading and uniting the state of one attribute, whatever its type.

Times are epoch seconds; an event's time never lies after `now`.
"""

from __future__ import annotations

from typing import Any

from personalization import lists, singles, windows
from personalization.numbers import added, as_json, clamped, is_number
from personalization.singles import CannotAggregate
from provisioning.language.expressions import UNDEFINED
from provisioning.language.plan import Attribute

__all__ = ["CannotAggregate", "read", "united", "united_unknown", "written"]


def written(attribute: Attribute, state: Any, value: Any, *, time: int, now: int) -> Any:
    """The attribute's new state after a value (JSON) was seen at `time`. Raises CannotAggregate."""
    if attribute.type == "list":
        return lists.added(state or [], value, time=time, now=now, attribute=attribute)
    live = None if _expired(attribute, state, now) else state
    if attribute.type == "single":
        return singles.written(live, value, time=time, aggregation=attribute.aggregation)
    return _counted(attribute, live, value, time=time, now=now)


def read(attribute: Attribute, state: Any, *, now: int) -> Any:
    """What an expression sees of a state (None: nothing was ever stored)."""
    if attribute.type == "list":
        return lists.read(state or [], now=now, attribute=attribute)
    if attribute.type == "counter" and attribute.window is not None:
        return as_json(windows.total(state or {}, now=now, window=attribute.window))
    if state is None or _expired(attribute, state, now):
        return 0 if attribute.type == "counter" else UNDEFINED
    return state[0]


def united(attribute: Attribute, one: Any, other: Any) -> Any:
    """The states of two profiles as one, `one` being the earlier profile's."""
    if attribute.type == "list":
        return lists.united(one, other, attribute)
    if attribute.type == "imported":
        return one
    if attribute.type == "single":
        try:
            return singles.combined(one, other, attribute.aggregation)
        except CannotAggregate:
            return one
    return _counters_united(one, other)


def united_unknown(kind: str, one: Any, other: Any) -> Any:
    """The same for a state that the live configuration does not name; `kind` is its attribute type."""
    if kind == "list":
        return lists.united(one, other, None)
    if kind == "single":
        return singles.combined(one, other, "last")
    return _counters_united(one, other) if kind == "counter" else one


def _counted(attribute: Attribute, state: Any, amount: Any, *, time: int, now: int) -> Any:
    if not is_number(amount):
        raise CannotAggregate("a counter needs a finite number")
    if attribute.window is not None:
        buckets = windows.add(state or {}, as_json(amount), time=time, now=now, window=attribute.window)
        _finite(windows.total(buckets, now=now, window=attribute.window))
        return buckets
    counted, seen = state or (0, time)
    return [_finite(added(counted, amount)), max(seen, time)]


def _finite(number: float) -> float:
    if not is_number(number):
        raise CannotAggregate("the counter would not be a finite number")
    return number


def _counters_united(one: Any, other: Any) -> Any:
    if isinstance(one, dict):
        return windows.united(one, other)
    return [clamped(added(one[0], other[0])), max(one[1], other[1])]


def _expired(attribute: Attribute, state: Any, now: int) -> bool:
    if attribute.expire_after is None or attribute.window is not None or state is None:
        return False
    expired: bool = state[1] + attribute.expire_after <= now
    return expired
