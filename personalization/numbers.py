"""Numbers as JSON and expressions have them: doubles, written as integers where they are whole."""

from __future__ import annotations

from math import isfinite
from sys import float_info
from typing import Any

MAX_SAFE_INTEGER = 2**53 - 1


def is_number(value: Any) -> bool:
    """Whether it is a finite number; a boolean is none."""
    return type(value) is int or (type(value) is float and isfinite(value))


def as_json(value: float) -> float:
    """An integer for a whole number in the safe range, so that it is stored and sent without a point."""
    if type(value) is float and abs(value) <= MAX_SAFE_INTEGER and value.is_integer():
        return int(value)
    return value


def added(one: float, other: float) -> float:
    """The sum of two numbers as doubles; it may be infinite."""
    return as_json(float(one) + float(other))


def clamped(value: float) -> float:
    """The same number, or the largest finite one in place of an infinite one."""
    return max(-float_info.max, min(float_info.max, value))
