"""The methods of numbers and booleans."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.conversion import to_number, to_text
from provisioning.language.expressions.errors import range_error, type_error
from provisioning.language.expressions.numbers import fixed_text, number_text, precision_text, radix_text, to_integer
from provisioning.language.expressions.values import UNDEFINED, JSValue, double


def to_fixed(budget: Budget, number: float, digits: JSValue = UNDEFINED) -> str:
    """`toFixed`."""
    return fixed_text(number, to_integer(to_number(budget, digits)))


def to_precision(budget: Budget, number: float, digits: JSValue = UNDEFINED) -> str:
    """`toPrecision`."""
    if digits is UNDEFINED:
        return number_text(number)
    return precision_text(number, to_integer(to_number(budget, digits)))


def to_string(budget: Budget, number: float, radix: JSValue = UNDEFINED) -> str:
    """`toString`; in another radix than 10 of whole numbers only."""
    base = 10.0 if radix is UNDEFINED else to_integer(to_number(budget, radix))
    if not 2 <= base <= 36:
        raise range_error("toString() takes a radix from 2 to 36")
    number = double(number)
    if base == 10 or number != number or number - number != 0:
        return number_text(number)
    if number != int(number):
        raise type_error("a number with a fraction can be written in radix 10 only")
    return radix_text(number, int(base))


def boolean_text(budget: Budget, value: bool) -> str:
    """`toString` of a boolean."""
    return to_text(budget, value)


METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {
    "toFixed": (to_fixed, 1),
    "toPrecision": (to_precision, 1),
    "toString": (to_string, 1),
}
BOOLEAN_METHODS: Mapping[str, tuple[Callable[..., JSValue], int | None]] = {"toString": (boolean_text, 0)}
