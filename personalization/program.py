"""A plan indexed by what arrives, so that an event costs what it fits and not what the plan holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from personalization.profile import slot
from provisioning.language.expressions import Expression
from provisioning.language.plan import Activation, Attribute, Key, NamedEvent, Offer, Plan, Rule
from provisioning.language.templates import Constant, Template, Text

Table = tuple[str, str]  # database, table
Names = tuple[str, ...]  # named events, in the order of the configuration
Formula = Template | Expression

_MOST_ROUTES = 1024


@dataclass(frozen=True, slots=True)
class Write:
    """An attribute, where its state is kept, and what is written to it; `part` is the field that says so."""

    attribute: Attribute
    slot: str
    part: str
    formula: Formula


@dataclass(frozen=True, slots=True)
class Choice:
    """A rule of an offer, named `rule 1` and so on; `hidden` are the data keys that never leave by the public path."""

    name: str
    condition: Expression | None
    data: tuple[tuple[str, Formula], ...]
    hidden: frozenset[str]


@dataclass(frozen=True, slots=True)
class Route:
    """What a row that fits certain named events has to do with, in the order of the configuration."""

    writes: tuple[Write, ...]
    offers: tuple[tuple[Offer, tuple[Choice, ...]], ...]  # with those rules whose event fits
    activations: tuple[Activation, ...]


@dataclass(frozen=True, slots=True)
class Program:
    """A compiled plan, ready for the engine."""

    plan: Plan
    rows: Mapping[Table, tuple[NamedEvent, ...]]
    keys: Mapping[str, Key]
    attributes: Mapping[str, tuple[Attribute, str]]  # name -> attribute, slot
    slots: Mapping[str, Attribute]
    _routes: dict[Names, Route] = field(default_factory=dict, repr=False)

    def route(self, names: Names) -> Route:
        """The route of rows that fit exactly these named events."""
        found = self._routes.get(names)
        if found is None:
            found = _route(self.plan, frozenset(names))
            if len(self._routes) < _MOST_ROUTES:
                self._routes[names] = found
        return found


def program(plan: Plan) -> Program:
    """Index a plan."""
    rows: dict[Table, tuple[NamedEvent, ...]] = {}
    for event in plan.events:
        table = (event.database, event.table)
        rows[table] = (*rows.get(table, ()), event)
    return Program(
        plan=plan,
        rows=rows,
        keys={key.name: key for key in plan.keys},
        attributes={attribute.name: (attribute, slot(attribute)) for attribute in plan.attributes},
        slots={slot(attribute): attribute for attribute in plan.attributes},
    )


def _route(plan: Plan, names: frozenset[str]) -> Route:
    offers = ((offer, _choices(offer, names)) for offer in plan.offers)
    return Route(
        writes=tuple(_write(item) for item in plan.attributes if not names.isdisjoint(item.events)),
        offers=tuple((offer, choices) for offer, choices in offers if choices),
        activations=tuple(item for item in plan.activations if not names.isdisjoint(item.events)),
    )


def _write(attribute: Attribute) -> Write:
    counts = attribute.type == "counter"
    template = (attribute.increment if counts else attribute.value) or Constant(1)
    return Write(attribute, slot(attribute), "increment" if counts else "value", _formula(template))


def _choices(offer: Offer, names: frozenset[str]) -> tuple[Choice, ...]:
    fitting = ((number, rule) for number, rule in enumerate(offer.rules, 1) if not names.isdisjoint(rule.events))
    return tuple(_choice(number, rule) for number, rule in fitting)


def _choice(number: int, rule: Rule) -> Choice:
    data = tuple((key, _formula(template)) for key, template in rule.data)
    return Choice(f"rule {number}", rule.condition, data, rule.tainted_data)


def _formula(template: Template) -> Formula:
    """The expression itself where there is nothing around it."""
    return template.expression if isinstance(template, Text) else template
