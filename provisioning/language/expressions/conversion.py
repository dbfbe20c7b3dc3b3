"""ECMAScript's conversions between types."""

from __future__ import annotations

from typing import Literal

from provisioning.language.expressions.budget import MAX_TEXT, Budget, check_depth, check_text_size
from provisioning.language.expressions.calls import call
from provisioning.language.expressions.code_units import concatenate
from provisioning.language.expressions.dates import date_text
from provisioning.language.expressions.errors import budget_error, type_error
from provisioning.language.expressions.numbers import NAN, number_text, text_number
from provisioning.language.expressions.regexp import RegexValue
from provisioning.language.expressions.values import (
    UNDEFINED,
    BareObject,
    DateValue,
    JSValue,
    double,
    is_function,
    is_primitive,
)

Hint = Literal["default", "number", "string"]


def to_number(budget: Budget, value: JSValue) -> float:
    """ECMAScript's ToNumber."""
    kind = type(value)
    if kind is float:
        return value  # type: ignore[no-any-return]
    if kind is int:
        return double(value)
    if kind is bool:
        return 1.0 if value else 0.0
    if kind is str:
        budget.charge_text(len(value))
        return text_number(value)
    if value is None:
        return 0.0
    if value is UNDEFINED:
        return NAN
    return to_number(budget, to_primitive(budget, value, "number"))


def to_text(budget: Budget, value: JSValue) -> str:
    """ECMAScript's ToString."""
    kind = type(value)
    if kind is str:
        return value  # type: ignore[no-any-return]
    if kind is float or kind is int:
        return number_text(value)
    if kind is bool:
        return "true" if value else "false"
    if value is None:
        return "null"
    if value is UNDEFINED:
        return "undefined"
    return to_text(budget, to_primitive(budget, value, "string"))


def to_key(budget: Budget, value: JSValue) -> str:
    """ECMAScript's ToPropertyKey."""
    return value if type(value) is str else to_text(budget, value)


def to_primitive(budget: Budget, value: JSValue, hint: Hint) -> JSValue:
    """ECMAScript's ToPrimitive. Functions have no text here."""
    if is_primitive(value):
        return value
    if isinstance(value, list):
        return list_text(budget, value, ",")
    if isinstance(value, DateValue):
        return value.time if hint == "number" else date_text(value.time)
    if isinstance(value, RegexValue):
        return value.program.text
    if is_function(value):
        raise type_error("a function cannot be turned into text")
    return _object_to_primitive(budget, value, hint)


def _object_to_primitive(budget: Budget, value: dict[str, JSValue], hint: Hint) -> JSValue:
    """An object's own `toString` and `valueOf` count as in JavaScript; there is no prototype to change them."""
    for name in ("toString", "valueOf") if hint == "string" else ("valueOf", "toString"):
        own = value.get(name)
        if name not in value:
            if name == "toString" and not isinstance(value, BareObject):
                return "[object Object]"
        elif is_function(own):
            result = call(budget, own)
            if is_primitive(result):
                return result
    raise type_error("an object cannot be turned into a plain value")


def list_text(budget: Budget, items: list[JSValue], separator: str) -> str:
    """The items as text with a separator between them; null and undefined are empty."""
    budget.depth += 1
    check_depth(budget.depth)
    budget.charge(len(items))
    size = len(separator) * (len(items) - 1)
    check_text_size(size)
    parts: list[str] = []
    for item in items:
        text = "" if item is None or item is UNDEFINED else to_text(budget, item)
        size += len(text)
        if size > MAX_TEXT:
            raise budget_error(f"a text would be longer than {MAX_TEXT:,} characters")
        parts.append(text)
    budget.charge_text(size)
    budget.depth -= 1
    return concatenate([separator.join(parts)])
