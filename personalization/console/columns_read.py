"""Which columns of an event a configuration looks at: what is worth giving when one is tried."""

from __future__ import annotations

from collections.abc import Iterator

from personalization.sensitivity import expressions_of
from provisioning.language.expressions import Expression
from provisioning.language.plan import Plan
from provisioning.language.templates import Template


def columns_read(plan: Plan) -> list[str]:
    """The names in the order of the configuration: keys first, then what expressions read of EVENT."""
    reads = (read for template in _templates(plan) for item in expressions_of(template) for read in item.reads)
    names = (read.name for read in reads if read.root == "EVENT" and read.name is not None)
    return list(dict.fromkeys((*(key.name for key in plan.keys), *names)))


def _templates(plan: Plan) -> Iterator[Template | Expression | None]:
    for event in plan.events:
        yield event.condition
    for attribute in plan.attributes:
        yield from (attribute.condition, attribute.value, attribute.increment)
    for offer in plan.offers:
        for rule in offer.rules:
            yield rule.condition
            yield from (template for _, template in rule.data)
    for activation in plan.activations:
        yield from (activation.condition, activation.webhook.body)
