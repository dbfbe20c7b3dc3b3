"""Getting a plan ready before its first event."""

from __future__ import annotations

from collections.abc import Iterator

from provisioning.language.collection_pause import collection_paused
from provisioning.language.expressions import Expression
from provisioning.language.plan import Plan
from provisioning.language.templates import ListTemplate, MappingTemplate, Template, Text


def prepare(plan: Plan) -> None:
    """Generate the code of every expression, so that no event waits for it.

    It takes about 0.1 ms for each: call it where nobody waits.
    """
    with collection_paused():
        for part in _parts(plan):
            for expression in _expressions(part):
                expression.prepare()


def _parts(plan: Plan) -> Iterator[Expression | Template | None]:
    """Everything in a plan that can hold expressions."""
    for event in plan.events:
        yield event.condition
    for attribute in plan.attributes:
        yield from (attribute.condition, attribute.value, attribute.increment)
    for rule in (rule for offer in plan.offers for rule in offer.rules):
        yield rule.condition
        yield from (template for _, template in rule.data)
    for activation in plan.activations:
        yield from (activation.condition, activation.webhook.body)
        yield from (template for _, template in activation.webhook.headers)


def _expressions(part: Expression | Template | None) -> Iterator[Expression]:
    if isinstance(part, Expression):
        yield part
    elif isinstance(part, Text):
        yield part.expression
    elif isinstance(part, ListTemplate):
        for item in part.items:
            yield from _expressions(item)
    elif isinstance(part, MappingTemplate):
        for _, value in part.entries:
            yield from _expressions(value)
