"""Reading properties and calling methods of any value."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NoReturn

from provisioning.language.expressions import arrays, dates, number_methods, regexp_methods, strings
from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.calls import call
from provisioning.language.expressions.code_units import unit_length
from provisioning.language.expressions.conversion import to_key
from provisioning.language.expressions.errors import Failure, type_error
from provisioning.language.expressions.properties import item_at, own_value, unit_at
from provisioning.language.expressions.regexp import RegexValue
from provisioning.language.expressions.values import (
    UNDEFINED,
    DateValue,
    JSValue,
    MatchResult,
    MethodValue,
    is_function,
    is_nullish,
)

Method = tuple[Callable[..., JSValue], int | None]

_TEXT_METHODS = {**strings.METHODS, **regexp_methods.TEXT_METHODS}
_METHODS: Mapping[type, Mapping[str, Method]] = {
    list: arrays.METHODS,
    MatchResult: arrays.METHODS,
    str: _TEXT_METHODS,
    float: number_methods.METHODS,
    int: number_methods.METHODS,
    bool: number_methods.BOOLEAN_METHODS,
    DateValue: dates.METHODS,
    RegexValue: regexp_methods.METHODS,
}
METHOD_NAMES = frozenset(name for methods in _METHODS.values() for name in methods)


def get_member(value: JSValue, name: str) -> JSValue:
    """`value.name`."""
    if isinstance(value, dict):
        return value.get(name, UNDEFINED)
    own = own_value(value, name)
    if own is not UNDEFINED:
        return own
    if is_nullish(value):
        raise _no_properties(value, name)
    if is_function(value):
        return _function_member(name)
    methods = _METHODS.get(type(value), {})
    return MethodValue(name) if name in methods else UNDEFINED


def get_length(value: JSValue) -> JSValue:
    """`value.length`."""
    if type(value) is list:
        return float(len(value))
    if type(value) is str:
        return float(unit_length(value))
    return get_member(value, "length")


def get_item(budget: Budget, value: JSValue, key: JSValue) -> JSValue:
    """`value[key]`."""
    if type(key) is float and key == key // 1 and 0 <= key < 2**32:
        return get_item_at(value, int(key))
    if is_nullish(value):
        raise _no_properties(value, "[…]")
    return get_member(value, to_key(budget, key))


def get_item_at(value: JSValue, index: int) -> JSValue:
    """`value[index]` with a whole number from 0."""
    if type(value) is list:
        return value[index] if index < len(value) else UNDEFINED
    if type(value) is str:
        return unit_at(value, index)
    if isinstance(value, list):
        return item_at(value, index)
    return get_member(value, str(index))


def _no_properties(value: JSValue, name: str) -> Failure:
    what = "null" if value is None else "undefined"
    return type_error(f"{what} has no property {name}")


def _function_member(name: str) -> JSValue:
    if name in ("length", "name"):
        raise type_error(f"the {name} of a function is not supported")
    return UNDEFINED


def check_receiver(value: JSValue, name: str) -> JSValue:
    """The value itself, when a method can be looked up on it."""
    if is_nullish(value):
        raise _no_properties(value, name)
    return value


def check_key(value: JSValue, key: JSValue) -> JSValue:
    """The key itself, when it can be looked up on the value."""
    check_receiver(value, "[…]")
    return key


def _not_a_method(value: JSValue, name: str) -> NoReturn:
    if is_nullish(value):
        raise _no_properties(value, name)
    raise type_error(f"{name} is not a function of this value")


def call_own(budget: Budget, value: JSValue, name: str, *arguments: JSValue) -> JSValue:
    """`value.name(…)` where the function is the value's own property."""
    own = own_value(value, name)
    if not is_function(own):
        _not_a_method(value, name)
    return call(budget, own, *arguments)


def method_caller(name: str, given: int | None) -> Callable[..., JSValue]:
    """A function that calls the method of this name with `given` arguments, None for any number."""
    methods = {kind: _fitted(table[name], given) for kind, table in _METHODS.items() if name in table}
    find = methods.get

    def call_method(budget: Budget, value: JSValue, *arguments: JSValue) -> JSValue:
        method = find(type(value))
        if method is None:
            return call_own(budget, value, name, *arguments)
        return method(budget, value, *arguments)

    return call_method


def _fitted(method: Method, given: int | None) -> Callable[..., JSValue]:
    run, arity = method
    if arity is None or (given is not None and given <= arity):
        return run

    def run_with_fewer(budget: Budget, value: JSValue, *arguments: JSValue) -> JSValue:
        return run(budget, value, *arguments[:arity])

    return run_with_fewer


def call_item(budget: Budget, value: JSValue, key: JSValue, *arguments: JSValue) -> JSValue:
    """`value[key](…)`."""
    if is_nullish(value):
        raise _no_properties(value, "[…]")
    name = to_key(budget, key)
    if name in _METHODS.get(type(value), {}):
        return method_caller(name, None)(budget, value, *arguments)
    own = own_value(value, name)
    if not is_function(own):
        _not_a_method(value, "[…]")  # the name is data, and messages are logged
    return call(budget, own, *arguments)
