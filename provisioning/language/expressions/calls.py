"""Calling a value that may be a function."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType

from provisioning.language.expressions.budget import Budget
from provisioning.language.expressions.errors import type_error
from provisioning.language.expressions.values import JSValue, MethodValue, NativeFunction


def call(budget: Budget, function: JSValue, *arguments: JSValue) -> JSValue:
    """Call an arrow function or a built-in with any number of arguments."""
    if type(function) is FunctionType:
        return function(*arguments)
    return as_callable(budget, function)(*arguments)


def as_callable(budget: Budget, function: JSValue) -> Callable[..., JSValue]:
    """A Python function that calls the value. Raises TypeError when it is no function."""
    if type(function) is FunctionType:
        return function
    if isinstance(function, NativeFunction):
        return partial(run_native, budget, function)
    if isinstance(function, MethodValue):
        raise type_error(f"the method {function.name} was taken from its value")
    raise type_error("this is not a function")


def run_native(budget: Budget, function: NativeFunction, *arguments: JSValue) -> JSValue:
    """Call a built-in, which sees only as many arguments as it looks at."""
    return function.run(budget, *arguments[: function.arity])
