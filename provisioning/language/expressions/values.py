"""JavaScript's values in Python.

undefined is UNDEFINED, null is None, booleans are bool, numbers are float (an int that came from JSON means the
nearest double), texts are str, arrays are list, objects are dict. Functions are Python functions that the code
generator made, or a `NativeFunction`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType
from typing import Any, Final, TypeAlias

JSValue: TypeAlias = Any

MAX_SAFE_INTEGER = 2**53 - 1


class Undefined:
    """The type of UNDEFINED, the one value that stands for JavaScript's undefined."""

    __slots__ = ()
    _instance: Undefined | None = None

    def __new__(cls) -> Undefined:
        if cls._instance is None:
            cls._instance = super().__new__(cls)
        return cls._instance

    def __bool__(self) -> bool:
        return False

    def __repr__(self) -> str:
        return "undefined"

    def __reduce__(self) -> str:
        return "UNDEFINED"


UNDEFINED: Final = Undefined()


@dataclass(frozen=True, slots=True, eq=False)
class NativeFunction:
    """A built-in function. `arity` is how many arguments it looks at, None for all of them."""

    name: str
    run: Callable[..., JSValue]
    arity: int | None


@dataclass(frozen=True, slots=True, eq=False)
class MethodValue:
    """A method read from a value without being called: a function that is of no use by itself."""

    name: str


@dataclass(frozen=True, slots=True, eq=False)
class DateValue:
    """A moment, in milliseconds since 1970 in UTC; NaN for an invalid date."""

    time: float


class MatchResult(list[JSValue]):
    """What `match` answers without the flag g: the captures, and three properties."""

    __slots__ = ("groups", "input", "position")

    def __init__(self, captures: list[JSValue], position: float, text: str, groups: JSValue) -> None:
        super().__init__(captures)
        self.position = position
        self.input = text
        self.groups = groups

    def properties(self) -> dict[str, JSValue]:
        return {"index": self.position, "input": self.input, "groups": self.groups}


class BareObject(dict[str, JSValue]):
    """An object that cannot even be turned into text: the named groups of a match."""

    __slots__ = ()


FUNCTION_TYPES = (FunctionType, NativeFunction, MethodValue)


def is_function(value: JSValue) -> bool:
    return isinstance(value, FUNCTION_TYPES)


def is_primitive(value: JSValue) -> bool:
    return value is None or value is UNDEFINED or isinstance(value, str | float | int)


def is_nullish(value: JSValue) -> bool:
    return value is None or value is UNDEFINED


def truthy(value: JSValue) -> bool:
    """Whether JavaScript takes the value as true: not false, 0, NaN, "", null or undefined."""
    kind = type(value)
    if kind is bool:
        return value  # type: ignore[no-any-return]
    if kind is str or kind is int:
        return bool(value)
    if kind is float:
        return value == value and value != 0.0  # type: ignore[no-any-return]
    return value is not None and value is not UNDEFINED


def double(value: float) -> float:
    """The double nearest to a number, which may be an int of any size."""
    if type(value) is float:
        return value
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def type_of(value: JSValue) -> str:
    """The answer of `typeof`."""
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, float | int):
        return "number"
    if isinstance(value, str):
        return "string"
    return "function" if is_function(value) else "object"
