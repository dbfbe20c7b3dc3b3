"""Single attributes. State: [value, time]."""

from __future__ import annotations

from typing import Any

from personalization.numbers import added, is_number
from provisioning.language.plan import Aggregation

Single = list[Any]


class CannotAggregate(ValueError):
    """A value that the aggregation cannot take; the text says why."""


def written(state: Single | None, value: Any, *, time: int, aggregation: Aggregation) -> Single:
    """The state after `value` was seen at `time`. Raises CannotAggregate."""
    if aggregation == "sum" and not is_number(value):
        raise CannotAggregate("sum needs a finite number")
    if aggregation in ("min", "max") and _rank(value) is None:
        raise CannotAggregate(f"{aggregation} needs a finite number or a string")
    return [value, time] if state is None else combined(state, [value, time], aggregation)


def combined(one: Single, other: Single, aggregation: Aggregation) -> Single:
    """Two states as one; where times are equal, `other` is the later. Raises CannotAggregate."""
    if aggregation == "last":
        return other if other[1] >= one[1] else one
    if aggregation == "first":
        return other if other[1] < one[1] else one
    time = max(one[1], other[1])
    if aggregation == "sum":
        return [_sum(one[0], other[0]), time]
    return [_extreme(one[0], other[0], aggregation), time]


def _sum(one: Any, other: Any) -> float:
    if not is_number(one):  # left by a version that aggregated otherwise
        one = 0
    result = added(one, other if is_number(other) else 0)
    if not is_number(result):
        raise CannotAggregate("the sum is not a finite number")
    return result


def _extreme(one: Any, other: Any, aggregation: Aggregation) -> Any:
    mine, its = _rank(one), _rank(other)
    if mine is None or its is None:
        return other if mine is None else one
    if mine[0] != its[0]:
        raise CannotAggregate(f"{aggregation} cannot compare a number with a string")
    return min(one, other, key=_rank_of) if aggregation == "min" else max(one, other, key=_rank_of)


def _rank(value: Any) -> tuple[str, Any] | None:
    """What to compare by: numbers by size, strings by UTF-16 code units as JavaScript does."""
    if is_number(value):
        return "number", value
    return ("string", value.encode("utf-16-be", "surrogatepass")) if isinstance(value, str) else None


def _rank_of(value: Any) -> Any:
    rank = _rank(value)
    return None if rank is None else rank[1]
