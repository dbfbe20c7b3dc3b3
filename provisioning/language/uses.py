"""Which expressions a part of the configuration holds, and what they read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from provisioning.language.expressions import Read
from provisioning.language.formulas import Compiled, Formula
from provisioning.language.items import Item
from provisioning.language.value_trees import NamedValue


def formulas_of(value: Any) -> Iterator[Formula]:
    """Every expression in a field's value, a record, or a tuple of them."""
    if isinstance(value, Formula):
        yield value
    elif isinstance(value, Compiled):
        yield from value.formulas
    elif isinstance(value, NamedValue):
        yield from value.value.formulas
    elif isinstance(value, Item):
        for part in value.values.values():
            yield from formulas_of(part)
    elif isinstance(value, tuple):
        for part in value:
            yield from formulas_of(part)


def reads_of(value: Any) -> Iterator[tuple[Formula, Read]]:
    """Every read of PROFILE, EVENT, NOW or SECRET in those expressions."""
    for formula in formulas_of(value):
        for read in formula.expression.reads:
            yield formula, read


def event_users(root: Item) -> Iterator[Item]:
    """Every record with a field `event` that names events: attributes, rules of offers, activations."""
    yield from root.items("attributes")
    for offer in root.items("offers"):
        yield from offer.items("set")
    yield from root.items("activations")
