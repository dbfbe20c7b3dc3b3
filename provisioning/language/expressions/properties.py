"""Own properties of values: which there are, and in what order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from provisioning.language.expressions.budget import Budget, check_items
from provisioning.language.expressions.code_units import split_pairs, unit_length
from provisioning.language.expressions.values import UNDEFINED, JSValue, MatchResult, is_function

_LAST_ARRAY_INDEX = 2**32 - 2


def array_index(key: str) -> int:
    """The number that the key stands for as a place in a list, or -1."""
    if not (key.isascii() and key.isdigit()) or (key[0] == "0" and len(key) > 1) or len(key) > 10:
        return -1
    index = int(key)
    return index if index <= _LAST_ARRAY_INDEX else -1


def ordered_keys(value: Mapping[str, JSValue]) -> list[str]:
    """The keys in JavaScript's order: those that look like places in a list first, by size."""
    keys = list(value)
    if not any("0" <= key[:1] <= "9" for key in keys):
        return keys
    places = sorted((index, key) for key in keys if (index := array_index(key)) >= 0)
    return [key for _, key in places] + [key for key in keys if array_index(key) < 0]


def has_own(value: JSValue, key: str) -> bool:
    """Whether the value has the property itself."""
    if isinstance(value, dict):
        return key in value
    if isinstance(value, list):
        if isinstance(value, MatchResult) and key in value.properties():
            return True
        return key == "length" or 0 <= array_index(key) < len(value)
    return is_function(value) and key in ("length", "name")


def own_value(value: JSValue, key: str) -> JSValue:
    """The value's own property, or undefined."""
    if isinstance(value, dict):
        return value.get(key, UNDEFINED)
    if isinstance(value, list):
        if key == "length":
            return float(len(value))
        if isinstance(value, MatchResult) and key in value.properties():
            return value.properties()[key]
        return item_at(value, array_index(key))
    if isinstance(value, str):
        return float(unit_length(value)) if key == "length" else unit_at(value, array_index(key))
    return UNDEFINED


def item_at(items: list[JSValue], index: int) -> JSValue:
    """One item, undefined outside of the list; a negative index is outside."""
    return items[index] if 0 <= index < len(items) else UNDEFINED


def unit_at(text: str, index: int) -> JSValue:
    """One code unit of a text, undefined outside of it."""
    units = split_pairs(text)
    return units[index] if 0 <= index < len(units) else UNDEFINED


def own_entries(budget: Budget, value: JSValue) -> Iterator[tuple[str, JSValue]]:
    """The enumerable own properties in order; a step for each."""
    if isinstance(value, dict):
        budget.charge(len(value))
        for key in ordered_keys(value):
            yield key, value[key]
    elif isinstance(value, list):
        budget.charge(len(value))
        yield from ((str(index), item) for index, item in enumerate(value))
        if isinstance(value, MatchResult):
            yield from value.properties().items()
    elif isinstance(value, str):
        check_items(unit_length(value))
        budget.charge(len(value))
        yield from ((str(index), unit) for index, unit in enumerate(split_pairs(value)))
