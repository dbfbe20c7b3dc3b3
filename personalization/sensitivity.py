"""Why something is sensitive: the chain from what an expression reads to the key or attribute marked so.

What is sensitive was decided when the configuration was checked; this tells it of a plan, in words.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from provisioning.language.expressions import Expression, Read
from provisioning.language.expressions.tracing import Part
from provisioning.language.plan import Attribute, Plan
from provisioning.language.templates import ListTemplate, MappingTemplate, Template, Text


class Sensitivity:
    """The sensitive names of one plan, each with the reason."""

    def __init__(self, plan: Plan) -> None:
        keys = {key.name: f'the key "{key.name}" is sensitive' for key in plan.keys if key.sensitive}
        self._names = {"EVENT": dict(keys), "PROFILE": dict(keys)}
        marked = (item.name for item in plan.attributes if item.sensitive)
        self._names["PROFILE"].update((name, f'the attribute "{name}" is sensitive') for name in marked)
        conditions = ((event.name, event.condition) for event in plan.events)
        reasons = ((name, self.of(condition)) for name, condition in conditions)
        self._events = {name: reason for name, reason in reasons if reason}
        while self._spread(plan.attributes):
            pass

    def is_sensitive(self, root: str, name: str) -> bool:
        """Whether `PROFILE.<name>` or `EVENT.<name>` is sensitive."""
        return name in self._names[root]

    def of(self, *templates: Template | Expression | None) -> str:
        """The chain of the first sensitive thing that is read, `reads PROFILE.x: …`; empty when there is none."""
        reads = (read for template in templates for item in expressions_of(template) for read in item.reads)
        return next((f"reads {chain}" for chain in map(self._chain, reads) if chain), "")

    def of_part(self, expression: Expression, part: Part) -> bool:
        """Whether a part of an expression has, or may have, its value from something sensitive.

        What a function is called with is not followed: inside of one it may be anything that the expression reads.
        """
        told = [read.offset for read in expression.reads if self._chain(read)]
        return bool(told) and (part.in_function or any(0 <= at - part.offset < part.length for at in told))

    def of_events(self, names: Iterable[str]) -> str:
        """The same for waiting for an event that happens only for something sensitive."""
        found = (f'waits for the event "{name}", which {self._events[name]}' for name in names if name in self._events)
        return next(found, "")

    def _chain(self, read: Read) -> str:
        names = self._names.get(read.root, {})
        if read.name is not None:
            return f"{read.root}.{read.name}: {names[read.name]}" if read.name in names else ""
        first = next(iter(names.items()), None)
        return "" if first is None else f"{read.root} as a whole, and in it {read.root}.{first[0]}: {first[1]}"

    def _spread(self, attributes: Iterable[Attribute]) -> bool:
        """One step further along the reads; False when there is nothing left to add."""
        grown = False
        for item in attributes:
            if item.name not in self._names["PROFILE"]:
                chain = self.of(item.condition, item.value, item.increment) or self.of_events(item.events)
                if chain:
                    self._names["PROFILE"][item.name] = f'the attribute "{item.name}" {chain}'
                    grown = True
        return grown


def expressions_of(template: Template | Expression | None) -> Iterator[Expression]:
    """Every expression in a value."""
    if isinstance(template, Expression):
        yield template
    elif isinstance(template, Text):
        yield template.expression
    elif isinstance(template, ListTemplate):
        for item in template.items:
            yield from expressions_of(item)
    elif isinstance(template, MappingTemplate):
        for _, value in template.entries:
            yield from expressions_of(value)
