"""What can be spread, taken apart in a list pattern, or given to `Array.from`: lists and texts."""

from __future__ import annotations

from provisioning.language.expressions.budget import Budget, check_items
from provisioning.language.expressions.errors import type_error
from provisioning.language.expressions.values import JSValue


def iterate(budget: Budget, value: JSValue) -> list[JSValue]:
    """The items of a list, or the characters of a text (an emoji is one); not to be changed."""
    if isinstance(value, list):
        budget.charge(len(value))
        return value
    if isinstance(value, str):
        check_items(len(value))
        budget.charge(len(value))
        return list(value)
    raise type_error("only a list or a text can be taken apart into items")
