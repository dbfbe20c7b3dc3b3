"""The functions that stand by themselves, and those of `Number` and `Array`."""

from __future__ import annotations

from collections.abc import Mapping

from provisioning.language.expressions.budget import Budget, check_items
from provisioning.language.expressions.calls import as_callable
from provisioning.language.expressions.conversion import to_number, to_text
from provisioning.language.expressions.errors import type_error
from provisioning.language.expressions.iteration import iterate
from provisioning.language.expressions.numbers import INFINITY, NAN, parse_float, parse_int, to_int32
from provisioning.language.expressions.values import (
    MAX_SAFE_INTEGER,
    UNDEFINED,
    JSValue,
    NativeFunction,
    double,
    truthy,
)

CONSTANTS: Mapping[str, JSValue] = {
    "undefined": UNDEFINED,
    "NaN": NAN,
    "Infinity": INFINITY,
    "Number.EPSILON": 2.0**-52,
    "Number.MAX_SAFE_INTEGER": float(MAX_SAFE_INTEGER),
    "Number.MAX_VALUE": 1.7976931348623157e308,
    "Number.MIN_SAFE_INTEGER": -float(MAX_SAFE_INTEGER),
    "Number.MIN_VALUE": 5e-324,
}


def _number(budget: Budget, *value: JSValue) -> float:
    return to_number(budget, value[0]) if value else 0.0


def _string(budget: Budget, *value: JSValue) -> str:
    return to_text(budget, value[0]) if value else ""


def _boolean(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    return truthy(value)


def _parse_int(budget: Budget, value: JSValue = UNDEFINED, radix: JSValue = UNDEFINED) -> float:
    text = to_text(budget, value)
    budget.charge_text(len(text))
    return parse_int(text, to_int32(to_number(budget, radix)))


def _parse_float(budget: Budget, value: JSValue = UNDEFINED) -> float:
    text = to_text(budget, value)
    budget.charge_text(len(text))
    return parse_float(text)


def _is_nan(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    number = to_number(budget, value)
    return number != number


def _is_finite(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    number = to_number(budget, value)
    return number - number == 0


def _is_number(value: JSValue) -> bool:
    return type(value) is float or type(value) is int


def _number_is_nan(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    return type(value) is float and value != value


def _number_is_finite(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    return _is_number(value) and double(value) - double(value) == 0


def _number_is_integer(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    return _is_number(value) and double(value).is_integer()


def _number_is_safe_integer(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    return _number_is_integer(budget, value) and abs(double(value)) <= MAX_SAFE_INTEGER


def _is_array(budget: Budget, value: JSValue = UNDEFINED) -> bool:
    return isinstance(value, list)


def _array_from(budget: Budget, value: JSValue = UNDEFINED, change: JSValue = UNDEFINED) -> list[JSValue]:
    run = None if change is UNDEFINED else as_callable(budget, change)
    if not isinstance(value, list | str):
        raise type_error("Array.from() takes a list or a text")
    items = iterate(budget, value)
    check_items(len(items))
    if run is None:
        return list(items)
    return [run(item, float(index)) for index, item in enumerate(items)]


FUNCTIONS: Mapping[str, NativeFunction] = {
    "Array.from": NativeFunction("from", _array_from, 2),
    "Array.isArray": NativeFunction("isArray", _is_array, 1),
    "Boolean": NativeFunction("Boolean", _boolean, 1),
    "Number": NativeFunction("Number", _number, 1),
    "Number.isFinite": NativeFunction("isFinite", _number_is_finite, 1),
    "Number.isInteger": NativeFunction("isInteger", _number_is_integer, 1),
    "Number.isNaN": NativeFunction("isNaN", _number_is_nan, 1),
    "Number.isSafeInteger": NativeFunction("isSafeInteger", _number_is_safe_integer, 1),
    "Number.parseFloat": NativeFunction("parseFloat", _parse_float, 1),
    "Number.parseInt": NativeFunction("parseInt", _parse_int, 2),
    "String": NativeFunction("String", _string, 1),
    "isFinite": NativeFunction("isFinite", _is_finite, 1),
    "isNaN": NativeFunction("isNaN", _is_nan, 1),
    "parseFloat": NativeFunction("parseFloat", _parse_float, 1),
    "parseInt": NativeFunction("parseInt", _parse_int, 2),
}
# In JavaScript these are the same function.
FUNCTIONS = {**FUNCTIONS, "Number.parseFloat": FUNCTIONS["parseFloat"], "Number.parseInt": FUNCTIONS["parseInt"]}
