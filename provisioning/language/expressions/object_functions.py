"""`Object.keys` and its kin, and the spreading of objects."""

from __future__ import annotations

from collections.abc import Mapping

from provisioning.language.expressions.budget import Budget, check_items
from provisioning.language.expressions.conversion import to_key
from provisioning.language.expressions.errors import type_error
from provisioning.language.expressions.iteration import iterate
from provisioning.language.expressions.properties import own_entries, own_value
from provisioning.language.expressions.values import UNDEFINED, JSValue, NativeFunction, is_nullish, is_primitive


def own_keys(budget: Budget, value: JSValue = UNDEFINED) -> list[JSValue]:
    """`Object.keys`."""
    return [key for key, _ in _listed(budget, value)]


def own_values(budget: Budget, value: JSValue = UNDEFINED) -> list[JSValue]:
    """`Object.values`."""
    return [item for _, item in _listed(budget, value)]


def own_pairs(budget: Budget, value: JSValue = UNDEFINED) -> list[JSValue]:
    """`Object.entries`."""
    return [[key, item] for key, item in _listed(budget, value)]


def _listed(budget: Budget, value: JSValue) -> list[tuple[str, JSValue]]:
    if is_nullish(value):
        raise type_error("undefined and null have no properties")
    return list(own_entries(budget, value))


def from_entries(budget: Budget, entries: JSValue = UNDEFINED) -> dict[str, JSValue]:
    """`Object.fromEntries`."""
    made: dict[str, JSValue] = {}
    for entry in iterate(budget, entries):
        if is_primitive(entry):
            raise type_error("an entry must be a list of a key and a value")
        made[to_key(budget, own_value(entry, "0"))] = own_value(entry, "1")
    return made


def copy_properties(budget: Budget, target: dict[str, JSValue], value: JSValue) -> None:
    """What `{...value}` does."""
    target.update(own_entries(budget, value))
    check_items(len(target))


FUNCTIONS: Mapping[str, NativeFunction] = {
    "Object.keys": NativeFunction("keys", own_keys, 1),
    "Object.values": NativeFunction("values", own_values, 1),
    "Object.entries": NativeFunction("entries", own_pairs, 1),
    "Object.fromEntries": NativeFunction("fromEntries", from_entries, 1),
}
