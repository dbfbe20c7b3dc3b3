"""The operators of ECMAScript on any two values."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from provisioning.language.expressions.budget import MAX_TEXT, Budget, check_text_size
from provisioning.language.expressions.code_units import comes_before, join_pairs, unit_length
from provisioning.language.expressions.conversion import to_key, to_number, to_primitive, to_text
from provisioning.language.expressions.errors import type_error
from provisioning.language.expressions.numbers import INFINITY, NAN, to_int32, to_uint32
from provisioning.language.expressions.properties import has_own
from provisioning.language.expressions.values import JSValue, double, is_nullish, is_primitive


def add(budget: Budget, left: JSValue, right: JSValue) -> JSValue:
    """`left + right`."""
    if type(left) is float and type(right) is float:
        return left + right
    if type(left) is str and type(right) is str:
        return join_texts(budget, left, right)
    left = to_primitive(budget, left, "default")
    right = to_primitive(budget, right, "default")
    if type(left) is str or type(right) is str:
        return join_texts(budget, to_text(budget, left), to_text(budget, right))
    return to_number(budget, left) + to_number(budget, right)


def join_texts(budget: Budget, left: str, right: str) -> str:
    """Two texts one after the other."""
    size = len(left) + len(right)
    if size > 64:
        if size > MAX_TEXT // 2:
            check_text_size(unit_length(left) + unit_length(right))
        budget.charge_text(size)
    if "\udc00" <= right[:1] <= "\udfff":
        return join_pairs(left + right)
    return left + right


def subtract(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left - right`."""
    if type(left) is float and type(right) is float:
        return left - right
    return to_number(budget, left) - to_number(budget, right)


def multiply(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left * right`."""
    if type(left) is float and type(right) is float:
        return left * right
    return to_number(budget, left) * to_number(budget, right)


def divide(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left / right`."""
    dividend, divisor = to_number(budget, left), to_number(budget, right)
    if divisor:
        return dividend / divisor
    if dividend != dividend or dividend == 0 or divisor != divisor:
        return NAN
    return math.copysign(INFINITY, dividend) * math.copysign(1.0, divisor)


def remainder(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left % right`."""
    dividend, divisor = to_number(budget, left), to_number(budget, right)
    if divisor == 0 or math.isinf(dividend):
        return NAN
    return math.fmod(dividend, divisor)


def power(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left ** right`."""
    return raise_to(to_number(budget, left), to_number(budget, right))


def raise_to(base: float, exponent: float) -> float:
    """A power, with ECMAScript's special cases."""
    if exponent != exponent or (abs(base) == 1 and math.isinf(exponent)):
        return NAN
    try:
        return math.pow(base, exponent)
    except OverflowError:
        return -INFINITY if base < 0 and exponent % 2 == 1 else INFINITY
    except ValueError:
        if base != 0:
            return NAN
        return -INFINITY if math.copysign(1, base) < 0 and exponent % 2 == 1 else INFINITY


def _numbers_or_texts(budget: Budget, left: JSValue, right: JSValue) -> tuple[JSValue, JSValue]:
    left = to_primitive(budget, left, "number")
    right = to_primitive(budget, right, "number")
    if type(left) is str and type(right) is str:
        budget.charge_text(min(len(left), len(right)))
        return left, right
    return to_number(budget, left), to_number(budget, right)


def less(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left < right`."""
    if type(left) is float and type(right) is float:
        return left < right
    left, right = _numbers_or_texts(budget, left, right)
    if type(left) is str:
        return comes_before(left, right)
    return left < right  # type: ignore[no-any-return]


def greater(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left > right`."""
    if type(left) is float and type(right) is float:
        return left > right
    left, right = _numbers_or_texts(budget, left, right)
    if type(left) is str:
        return comes_before(right, left)
    return left > right  # type: ignore[no-any-return]


def less_or_equal(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left <= right`."""
    if type(left) is float and type(right) is float:
        return left <= right
    left, right = _numbers_or_texts(budget, left, right)
    if type(left) is str:
        return not comes_before(right, left)
    return left <= right  # type: ignore[no-any-return]


def greater_or_equal(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left >= right`."""
    if type(left) is float and type(right) is float:
        return left >= right
    left, right = _numbers_or_texts(budget, left, right)
    if type(left) is str:
        return not comes_before(left, right)
    return left >= right  # type: ignore[no-any-return]


def strictly_equal(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left === right`."""
    kind, other = type(left), type(right)
    if kind is other:
        if kind is str:
            if len(left) > 64:
                budget.charge_text(len(left))
            return left == right  # type: ignore[no-any-return]
        if kind is float:
            return left == right  # type: ignore[no-any-return]
        return double(left) == double(right) if kind is int else left is right
    if (kind is float or kind is int) and (other is float or other is int):
        return double(left) == double(right)
    return False


def strictly_different(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left !== right`."""
    return not strictly_equal(budget, left, right)


def loosely_equal(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left == right`."""
    if type(left) is type(right):
        return strictly_equal(budget, left, right)
    if is_nullish(left) or is_nullish(right):
        return is_nullish(left) and is_nullish(right)
    if is_primitive(left) and is_primitive(right):
        return to_number(budget, left) == to_number(budget, right)
    if not is_primitive(left) and not is_primitive(right):
        return left is right
    left = to_primitive(budget, left, "default")
    right = to_primitive(budget, right, "default")
    return loosely_equal(budget, left, right)


def loosely_different(budget: Budget, left: JSValue, right: JSValue) -> bool:
    """`left != right`."""
    return not loosely_equal(budget, left, right)


def has_property(budget: Budget, key: JSValue, value: JSValue) -> bool:
    """`key in value`: own properties only."""
    if is_primitive(value):
        raise type_error("`in` looks into an object or a list only")
    return has_own(value, to_key(budget, key))


def bit_and(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left & right`."""
    return float(to_int32(to_number(budget, left)) & to_int32(to_number(budget, right)))


def bit_or(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left | right`."""
    return float(to_int32(to_number(budget, left)) | to_int32(to_number(budget, right)))


def bit_xor(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left ^ right`."""
    return float(to_int32(to_number(budget, left)) ^ to_int32(to_number(budget, right)))


def shift_left(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left << right`."""
    number, count = to_int32(to_number(budget, left)), to_uint32(to_number(budget, right)) & 31
    return float(to_int32(float(number << count)))


def shift_right(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left >> right`."""
    number, count = to_int32(to_number(budget, left)), to_uint32(to_number(budget, right)) & 31
    return float(number >> count)


def shift_right_unsigned(budget: Budget, left: JSValue, right: JSValue) -> float:
    """`left >>> right`."""
    number, count = to_uint32(to_number(budget, left)), to_uint32(to_number(budget, right)) & 31
    return float(number >> count)


def negate(budget: Budget, value: JSValue) -> float:
    """`-value`."""
    return -to_number(budget, value)


def bit_not(budget: Budget, value: JSValue) -> float:
    """`~value`."""
    return float(~to_int32(to_number(budget, value)))


BINARY: Mapping[str, Callable[[Budget, JSValue, JSValue], JSValue]] = {
    "+": add,
    "-": subtract,
    "*": multiply,
    "/": divide,
    "%": remainder,
    "**": power,
    "<": less,
    ">": greater,
    "<=": less_or_equal,
    ">=": greater_or_equal,
    "==": loosely_equal,
    "!=": loosely_different,
    "===": strictly_equal,
    "!==": strictly_different,
    "in": has_property,
    "&": bit_and,
    "|": bit_or,
    "^": bit_xor,
    "<<": shift_left,
    ">>": shift_right,
    ">>>": shift_right_unsigned,
}
ANSWERS_BOOLEAN = frozenset({"<", ">", "<=", ">=", "==", "!=", "===", "!==", "in"})
