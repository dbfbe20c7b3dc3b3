"""The only names that generated code can use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from provisioning.language.expressions.budget import Budget, check_items, check_text_size
from provisioning.language.expressions.calls import call
from provisioning.language.expressions.code_units import concatenate, unit_length
from provisioning.language.expressions.conversion import to_key, to_number, to_primitive, to_text
from provisioning.language.expressions.dates import clip, parse_date
from provisioning.language.expressions.errors import type_error
from provisioning.language.expressions.iteration import iterate
from provisioning.language.expressions.members import (
    METHOD_NAMES,
    call_item,
    call_own,
    check_key,
    check_receiver,
    get_item,
    get_item_at,
    get_length,
    get_member,
    method_caller,
)
from provisioning.language.expressions.names import FUNCTIONS
from provisioning.language.expressions.object_functions import copy_properties
from provisioning.language.expressions.operators import BINARY, bit_not, negate
from provisioning.language.expressions.properties import own_entries
from provisioning.language.expressions.regexp import RegexValue
from provisioning.language.expressions.values import UNDEFINED, DateValue, JSValue, is_nullish, truthy, type_of


def join_template(budget: Budget, *parts: str) -> str:
    """A template's texts put together."""
    size = sum(map(len, parts))
    if size > 64:
        check_text_size(sum(map(unit_length, parts)))
        budget.charge_text(size)
    return concatenate(parts)


def spread(budget: Budget, value: JSValue) -> list[JSValue]:
    """What `...value` puts into a list or a call."""
    items = iterate(budget, value)
    check_items(len(items))
    return items


def make_list(budget: Budget, *items: JSValue) -> list[JSValue]:
    """A list with something spread in it."""
    check_items(len(items))
    return list(items)


def make_object(budget: Budget, *entries: JSValue) -> dict[str, JSValue]:
    """An object from pairs of a key and a value, and objects to be spread."""
    result: dict[str, JSValue] = {}
    for entry in entries:
        if type(entry) is tuple:
            result[entry[0]] = entry[1]
        else:
            copy_properties(budget, result, entry[0])
    return result


def without_keys(budget: Budget, value: JSValue, keys: tuple[str, ...]) -> dict[str, JSValue]:
    """What `{a, ...rest}` leaves for the rest."""
    return {key: item for key, item in own_entries(budget, value) if key not in keys}


def check_object(value: JSValue) -> JSValue:
    """The value itself, when an object pattern can take it apart."""
    if is_nullish(value):
        raise type_error("undefined and null cannot be taken apart")
    return value


def item_of(items: list[JSValue], index: int) -> JSValue:
    """One item of what a list pattern takes apart."""
    return items[index] if index < len(items) else UNDEFINED


def items_from(items: list[JSValue], index: int) -> list[JSValue]:
    """What a list pattern leaves for the rest."""
    return items[index:]


def new_date(budget: Budget, value: JSValue) -> DateValue:
    """`new Date(value)`."""
    if isinstance(value, DateValue):
        return DateValue(value.time)
    value = to_primitive(budget, value, "default")
    if type(value) is str:
        return DateValue(parse_date(value))
    return DateValue(clip(to_number(budget, value)))


def plus(budget: Budget, value: JSValue) -> float:
    """`+value`."""
    return to_number(budget, value)


_FUNCTIONS: tuple[Callable[..., Any], ...] = (
    bit_not,
    call,
    call_item,
    call_own,
    check_key,
    check_object,
    check_receiver,
    get_item,
    get_item_at,
    get_length,
    get_member,
    item_of,
    items_from,
    iterate,
    join_template,
    make_list,
    make_object,
    negate,
    new_date,
    plus,
    spread,
    to_key,
    to_text,
    truthy,
    type_of,
    without_keys,
)


def native_name(name: str) -> str:
    """What generated code calls a built-in function."""
    return "native_" + name.replace(".", "_")


def native_value_name(name: str) -> str:
    """What generated code calls a built-in function that it uses as a value."""
    return "value_" + name.replace(".", "_")


NAMESPACE: dict[str, Any] = {
    "__builtins__": {},
    "undefined": UNDEFINED,
    "RegexValue": RegexValue,
    "list": list,
    "enter": Budget.enter,
    **{function.__name__: function for function in _FUNCTIONS},
    **{function.__name__: function for function in BINARY.values()},
    **{f"method_{name}": method_caller(name, None) for name in METHOD_NAMES},
    **{f"method_{name}_{given}": method_caller(name, given) for name in METHOD_NAMES for given in range(3)},
    **{native_name(name): function.run for name, function in FUNCTIONS.items()},
    **{native_value_name(name): function for name, function in FUNCTIONS.items()},
}
