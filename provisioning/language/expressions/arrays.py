"""The methods of lists. None changes its list; each pays a step for each item."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cmp_to_key
from typing import TypeAlias

from provisioning.language.expressions.budget import Budget, check_depth, check_items
from provisioning.language.expressions.calls import as_callable
from provisioning.language.expressions.code_units import split_pairs
from provisioning.language.expressions.conversion import list_text, to_number, to_text
from provisioning.language.expressions.errors import range_error, type_error
from provisioning.language.expressions.numbers import INFINITY, to_integer
from provisioning.language.expressions.operators import strictly_equal
from provisioning.language.expressions.values import UNDEFINED, JSValue, MatchResult, is_function, truthy

Items: TypeAlias = list[JSValue]
Numbered: TypeAlias = Iterable[tuple[int, JSValue]]


def place(budget: Budget, value: JSValue, length: int, absent: int) -> int:
    """A place between 0 and `length` from a relative index; `absent` when it is undefined."""
    if value is UNDEFINED:
        return absent
    number = value if type(value) is float else to_number(budget, value)
    if -length <= number <= length:
        index = int(number)
        return index + length if index < 0 else index
    return length if number > 0 else 0


def at(budget: Budget, items: Items, index: JSValue = UNDEFINED) -> JSValue:
    """`at`."""
    number = to_integer(to_number(budget, index))
    number = number + len(items) if number < 0 else number
    return items[int(number)] if 0 <= number < len(items) else UNDEFINED


def concat(budget: Budget, items: Items, *others: JSValue) -> Items:
    """`concat`."""
    result = list(items)
    budget.charge(len(items))
    for other in others:
        if isinstance(other, list):
            check_items(len(result) + len(other))
            budget.charge(len(other))
            result.extend(other)
        else:
            result.append(other)
    check_items(len(result))
    return result


def every(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> bool:
    """`every`."""
    run = as_callable(budget, test)
    budget.charge(len(items))
    return all(truthy(run(item, float(index), items)) for index, item in enumerate(items))


def some(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> bool:
    """`some`."""
    run = as_callable(budget, test)
    budget.charge(len(items))
    return any(truthy(run(item, float(index), items)) for index, item in enumerate(items))


def keep(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> Items:
    """`filter`."""
    run = as_callable(budget, test)
    budget.charge(len(items))
    return [item for index, item in enumerate(items) if truthy(run(item, float(index), items))]


def each(budget: Budget, items: Items, change: JSValue = UNDEFINED) -> Items:
    """`map`."""
    run = as_callable(budget, change)
    budget.charge(len(items))
    return [run(item, float(index), items) for index, item in enumerate(items)]


def _search(budget: Budget, items: Items, test: JSValue, order: Numbered) -> tuple[float, JSValue]:
    run = as_callable(budget, test)
    budget.charge(len(items))
    for index, item in order:
        if truthy(run(item, float(index), items)):
            return float(index), item
    return -1.0, UNDEFINED


def _backwards(items: Items) -> Numbered:
    return zip(range(len(items) - 1, -1, -1), reversed(items), strict=True)


def find(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> JSValue:
    """`find`."""
    return _search(budget, items, test, enumerate(items))[1]


def find_index(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> float:
    """`findIndex`."""
    return _search(budget, items, test, enumerate(items))[0]


def find_last(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> JSValue:
    """`findLast`."""
    return _search(budget, items, test, _backwards(items))[1]


def find_last_index(budget: Budget, items: Items, test: JSValue = UNDEFINED) -> float:
    """`findLastIndex`."""
    return _search(budget, items, test, _backwards(items))[0]


def flat(budget: Budget, items: Items, depth: JSValue = UNDEFINED) -> Items:
    """`flat`."""
    levels = 1.0 if depth is UNDEFINED else to_integer(to_number(budget, depth))
    result: Items = []
    _flatten(budget, items, levels, result)
    return result


def _flatten(budget: Budget, items: Items, levels: float, result: Items) -> None:
    budget.depth += 1
    check_depth(budget.depth)
    budget.charge(len(items))
    for item in items:
        if levels >= 1 and isinstance(item, list):
            _flatten(budget, item, levels - 1, result)
        else:
            result.append(item)
    check_items(len(result))
    budget.depth -= 1


def flat_map(budget: Budget, items: Items, change: JSValue = UNDEFINED) -> Items:
    """`flatMap`."""
    return flat(budget, each(budget, items, change))


def includes(budget: Budget, items: Items, wanted: JSValue = UNDEFINED, start: JSValue = UNDEFINED) -> bool:
    """`includes`: NaN is found."""
    first = place(budget, start, len(items), 0)
    budget.charge(len(items) - first)
    if type(wanted) is float and wanted != wanted:
        return any(type(item) is float and item != item for item in items[first:])
    return any(strictly_equal(budget, item, wanted) for item in items[first:])


def index_of(budget: Budget, items: Items, wanted: JSValue = UNDEFINED, start: JSValue = UNDEFINED) -> float:
    """`indexOf`: NaN is not found."""
    first = place(budget, start, len(items), 0)
    budget.charge(len(items) - first)
    for index in range(first, len(items)):
        if strictly_equal(budget, items[index], wanted):
            return float(index)
    return -1.0


def last_index_of(budget: Budget, items: Items, wanted: JSValue = UNDEFINED, *start: JSValue) -> float:
    """`lastIndexOf`; an undefined start that is given counts as 0."""
    last = to_integer(to_number(budget, start[0])) if start else INFINITY
    last = last + len(items) if last < 0 else min(last, len(items) - 1)
    budget.charge(len(items))
    for index in range(int(last), -1, -1) if last >= 0 else ():
        if strictly_equal(budget, items[index], wanted):
            return float(index)
    return -1.0


def join(budget: Budget, items: Items, separator: JSValue = UNDEFINED) -> str:
    """`join`."""
    between = "," if separator is UNDEFINED else to_text(budget, separator)
    return list_text(budget, items, between)


def reduce(budget: Budget, items: Items, combine: JSValue = UNDEFINED, *initial: JSValue) -> JSValue:
    """`reduce`."""
    return _fold(budget, items, combine, initial, list(enumerate(items)))


def reduce_right(budget: Budget, items: Items, combine: JSValue = UNDEFINED, *initial: JSValue) -> JSValue:
    """`reduceRight`."""
    return _fold(budget, items, combine, initial, list(_backwards(items)))


def _fold(
    budget: Budget, items: Items, combine: JSValue, initial: tuple[JSValue, ...], order: list[tuple[int, JSValue]]
) -> JSValue:
    run = as_callable(budget, combine)
    budget.charge(len(items))
    if not initial and not items:
        raise type_error("an empty list cannot be reduced without a first value")
    result = initial[0] if initial else order[0][1]
    for index, item in order if initial else order[1:]:
        result = run(result, item, float(index), items)
    return result


def cut(budget: Budget, items: Items, start: JSValue = UNDEFINED, end: JSValue = UNDEFINED) -> Items:
    """`slice`."""
    first = place(budget, start, len(items), 0)
    part = items[first : place(budget, end, len(items), len(items))]
    budget.charge(len(part))
    return part


def to_reversed(budget: Budget, items: Items) -> Items:
    """`toReversed`."""
    budget.charge(len(items))
    return items[::-1]


def to_sorted(budget: Budget, items: Items, compare: JSValue = UNDEFINED) -> Items:
    """`toSorted`: as texts, or by a consistent comparison; undefined comes last."""
    if compare is not UNDEFINED and not is_function(compare):
        raise type_error("toSorted() takes a function that compares two items")
    budget.charge(len(items))
    known = [item for item in items if item is not UNDEFINED]
    if compare is UNDEFINED:
        known = _sorted_as_texts(budget, known)
    elif known:
        known.sort(key=cmp_to_key(_comparison(budget, compare)))
    return known + [UNDEFINED] * (len(items) - len(known))


def _sorted_as_texts(budget: Budget, items: Items) -> Items:
    texts = [split_pairs(to_text(budget, item)) for item in items]
    budget.charge(sum(len(text) >> 6 for text in texts) * len(items).bit_length())
    order = sorted(range(len(items)), key=texts.__getitem__)
    return [items[index] for index in order]


def _comparison(budget: Budget, compare: JSValue) -> Callable[[JSValue, JSValue], int]:
    run = as_callable(budget, compare)

    def result(left: JSValue, right: JSValue) -> int:
        number = to_number(budget, run(left, right))
        return (number > 0) - (number < 0)

    return result


def replaced_at(budget: Budget, items: Items, index: JSValue = UNDEFINED, value: JSValue = UNDEFINED) -> Items:
    """`with`."""
    number = to_integer(to_number(budget, index))
    number = number + len(items) if number < 0 else number
    if not 0 <= number < len(items):
        raise range_error("with() is given a place outside of the list")
    budget.charge(len(items))
    result = list(items)
    result[int(number)] = value
    return result


def as_text(budget: Budget, items: Items) -> str:
    """`toString`."""
    return list_text(budget, items, ",")


METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {
    "at": (at, 1),
    "concat": (concat, None),
    "every": (every, 1),
    "filter": (keep, 1),
    "find": (find, 1),
    "findIndex": (find_index, 1),
    "findLast": (find_last, 1),
    "findLastIndex": (find_last_index, 1),
    "flat": (flat, 1),
    "flatMap": (flat_map, 1),
    "includes": (includes, 2),
    "indexOf": (index_of, 2),
    "join": (join, 1),
    "lastIndexOf": (last_index_of, 2),
    "map": (each, 1),
    "reduce": (reduce, 2),
    "reduceRight": (reduce_right, 2),
    "slice": (cut, 2),
    "some": (some, 1),
    "toReversed": (to_reversed, 0),
    "toSorted": (to_sorted, 1),
    "toString": (as_text, 0),
    "with": (replaced_at, 2),
}
RECEIVERS: tuple[type, ...] = (list, MatchResult)
