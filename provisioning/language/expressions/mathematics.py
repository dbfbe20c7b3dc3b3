"""`Math`, but for `random`."""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Mapping

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.conversion import to_number
from provisioning.language.expressions.numbers import INFINITY, NAN, to_int32, to_uint32
from provisioning.language.expressions.operators import raise_to
from provisioning.language.expressions.values import UNDEFINED, JSValue, NativeFunction

CONSTANTS: Mapping[str, float] = {
    "Math.E": math.e,
    "Math.LN10": 2.302585092994046,
    "Math.LN2": 0.6931471805599453,
    "Math.LOG10E": 0.4342944819032518,
    "Math.LOG2E": 1.4426950408889634,
    "Math.PI": math.pi,
    "Math.SQRT1_2": 0.7071067811865476,
    "Math.SQRT2": 1.4142135623730951,
}


def _keeps_special(number: float) -> bool:
    """Whether rounding leaves the number as it is: NaN, an infinity, a zero, or one without a fraction."""
    return number != number or number == 0 or abs(number) >= 2**52


def _floor(number: float) -> float:
    return number if _keeps_special(number) else float(math.floor(number))


def _ceil(number: float) -> float:
    return number if _keeps_special(number) else math.copysign(float(math.ceil(number)), number)


def _trunc(number: float) -> float:
    return number if _keeps_special(number) else math.copysign(float(math.trunc(number)), number)


def _round(number: float) -> float:
    """Ties go up; what rounds to zero from below is -0."""
    if _keeps_special(number):
        return number
    low = math.floor(number)
    return math.copysign(float(low + 1 if number - low >= 0.5 else low), number)


def _sign(number: float) -> float:
    return number if number != number or number == 0 else math.copysign(1.0, number)


def _fround(number: float) -> float:
    if number != number or math.isinf(number):
        return number
    try:
        return float(struct.unpack("<f", struct.pack("<f", number))[0])
    except OverflowError:
        return math.copysign(INFINITY, number)


def _clz32(number: float) -> float:
    return float(32 - to_uint32(number).bit_length())


def _logarithm(function: Callable[[float], float], pole: float) -> Callable[[float], float]:
    """A logarithm that is -Infinity at its pole and NaN below."""

    def run(number: float) -> float:
        if number != number or number < pole:
            return NAN
        return -INFINITY if number == pole else function(number)

    return run


def _atanh(number: float) -> float:
    if abs(number) == 1:
        return math.copysign(INFINITY, number)
    return math.atanh(number)


def _cbrt(number: float) -> float:
    root = math.cbrt(number)
    if root == 0 or root - root != 0:
        return root
    return root - (root * root - number / root) / (3 * root)


_UNARY: Mapping[str, Callable[[float], float]] = {
    "abs": abs,
    "acos": math.acos,
    "acosh": math.acosh,
    "asin": math.asin,
    "asinh": math.asinh,
    "atan": math.atan,
    "atanh": _atanh,
    "cbrt": _cbrt,
    "ceil": _ceil,
    "clz32": _clz32,
    "cos": math.cos,
    "cosh": math.cosh,
    "exp": math.exp,
    "expm1": math.expm1,
    "floor": _floor,
    "fround": _fround,
    "log": _logarithm(math.log, 0.0),
    "log10": _logarithm(math.log10, 0.0),
    "log1p": _logarithm(math.log1p, -1.0),
    "log2": _logarithm(math.log2, 0.0),
    "round": _round,
    "sign": _sign,
    "sin": math.sin,
    "sinh": math.sinh,
    "sqrt": math.sqrt,
    "tan": math.tan,
    "tanh": math.tanh,
    "trunc": _trunc,
}


def _of_one(function: Callable[[float], float]) -> Callable[..., JSValue]:
    """The function on any value: what Python refuses is NaN, what is too large Infinity."""

    def run(budget: Budget, value: JSValue = UNDEFINED) -> float:
        number = to_number(budget, value)
        try:
            return function(number)
        except ValueError:
            return NAN
        except OverflowError:
            return -INFINITY if number < 0 and function is math.sinh else INFINITY

    return run


def _numbers(budget: Budget, values: tuple[JSValue, ...]) -> list[float]:
    budget.charge(len(values))
    return [to_number(budget, value) for value in values]


def _largest(budget: Budget, *values: JSValue) -> float:
    result = -INFINITY
    for number in _numbers(budget, values):
        if number != number:
            return NAN
        if number > result or (number == 0 == result and math.copysign(1.0, result) < 0):
            result = number
    return result


def _smallest(budget: Budget, *values: JSValue) -> float:
    result = INFINITY
    for number in _numbers(budget, values):
        if number != number:
            return NAN
        if number < result or (number == 0 == result and math.copysign(1.0, number) < 0):
            result = number
    return result


def _hypot(budget: Budget, *values: JSValue) -> float:
    return math.hypot(*_numbers(budget, values))


def _atan2(budget: Budget, y: JSValue = UNDEFINED, x: JSValue = UNDEFINED) -> float:
    return math.atan2(to_number(budget, y), to_number(budget, x))


def _imul(budget: Budget, left: JSValue = UNDEFINED, right: JSValue = UNDEFINED) -> float:
    product = to_int32(to_number(budget, left)) * to_int32(to_number(budget, right))
    return float((product + 2**31) % 2**32 - 2**31)


def _power(budget: Budget, base: JSValue = UNDEFINED, exponent: JSValue = UNDEFINED) -> float:
    return raise_to(to_number(budget, base), to_number(budget, exponent))


FUNCTIONS: Mapping[str, NativeFunction] = {
    **{f"Math.{name}": NativeFunction(name, _of_one(function), 1) for name, function in _UNARY.items()},
    "Math.atan2": NativeFunction("atan2", _atan2, 2),
    "Math.hypot": NativeFunction("hypot", _hypot, None),
    "Math.imul": NativeFunction("imul", _imul, 2),
    "Math.max": NativeFunction("max", _largest, None),
    "Math.min": NativeFunction("min", _smallest, None),
    "Math.pow": NativeFunction("pow", _power, 2),
}
