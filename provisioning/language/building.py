"""The plan of a configuration in which nothing is wrong."""

from __future__ import annotations

from provisioning.language.document import Document
from provisioning.language.expressions import Expression
from provisioning.language.formulas import Compiled, Formula
from provisioning.language.items import Item
from provisioning.language.leaks import Taint, tainted_condition, tainted_data
from provisioning.language.places import locate
from provisioning.language.plan import (
    Activation,
    Attribute,
    GoldenStep,
    GoldenTest,
    Key,
    NamedEvent,
    Offer,
    Plan,
    Rule,
    TokenEntry,
    Webhook,
)
from provisioning.language.schema import ATTRIBUTE
from provisioning.language.templates import Constant, Template
from provisioning.language.token_entries import ListedToken
from provisioning.language.value_trees import NamedValue


def build_plan(document: Document, root: Item, taint: Taint) -> Plan:
    """Put the plan together; `root` must have been read and checked without an error."""
    tokens: tuple[ListedToken, ...] = root.values.get("tokens", ())
    return Plan(
        keys=tuple(_key(item) for item in root.items("keys")),
        events=tuple(_event(item) for item in root.items("events")),
        attributes=tuple(_attribute(item, taint) for item in root.items("attributes")),
        offers=tuple(_offer(item, taint) for item in root.items("offers")),
        activations=tuple(_activation(item) for item in root.items("activations")),
        tokens=tuple(TokenEntry(token.name, token.digest) for token in tokens),
        tests=tuple(_test(document, item) for item in root.items("tests")),
        description=root.values.get("description", ""),
    )


def _condition(item: Item) -> Expression | None:
    formula: Formula | None = item.values.get("if")
    return None if formula is None else formula.expression


def _event_names(item: Item) -> tuple[str, ...]:
    return tuple(name.text for name in item.events())


def _template(item: Item, field: str) -> Template | None:
    compiled: Compiled | None = item.values.get(field)
    return None if compiled is None else compiled.template


def _key(item: Item) -> Key:
    values = item.values
    return Key(item.name, values.get("public", False), values.get("sensitive", False), values.get("exclude_regex"))


def _event(item: Item) -> NamedEvent:
    return NamedEvent(item.name, item.values["database"], item.values["table"], _condition(item))


def _attribute(item: Item, taint: Taint) -> Attribute:
    values = {known.name: item.values.get(known.name, known.default) for known in ATTRIBUTE.fields}
    counts, lists = values["type"] == "counter", values["type"] == "list"
    return Attribute(
        name=item.name,
        type=values["type"],
        events=_event_names(item),
        condition=_condition(item),
        value=_template(item, "value"),
        increment=(_template(item, "increment") or Constant(1)) if counts else None,
        aggregation=values["aggregation"],
        max_items=values["max_items"],
        expire_after=values["expire_after"] if lists else None,
        distinct=values["distinct"],
        window=values["window"],
        sensitive=values["sensitive"],
        tainted=item.name in taint.names,
    )


def _data(item: Item) -> tuple[tuple[str, Template], ...]:
    data: tuple[NamedValue, ...] = item.values["data"]
    return tuple((named.key.text, named.value.template) for named in data)


def _rule(item: Item, taint: Taint) -> Rule:
    tainted = frozenset(named.key.text for named, _ in tainted_data(taint, item))
    return Rule(_event_names(item), _condition(item), _data(item), tainted)


def _offer(item: Item, taint: Taint) -> Offer:
    return Offer(
        name=item.name,
        rules=tuple(_rule(rule, taint) for rule in item.items("set")),
        enabled=item.values.get("enabled", True),
        starts_at=item.values.get("starts_at"),
        ends_at=item.values.get("ends_at"),
        withheld_in_public=tainted_condition(taint, item) is not None,
    )


def _activation(item: Item) -> Activation:
    return Activation(
        name=item.name,
        events=_event_names(item),
        condition=_condition(item),
        webhook=_webhook(item.values["webhook"]),
        enabled=item.values.get("enabled", True),
        starts_at=item.values.get("starts_at"),
        ends_at=item.values.get("ends_at"),
    )


def _webhook(item: Item) -> Webhook:
    headers: tuple[NamedValue, ...] = item.values.get("headers", ())
    body: Compiled = item.values["body"]
    named = tuple((header.key.text, header.value.template) for header in headers)
    return Webhook(item.values["url"], named, body.template)


def _test(document: Document, item: Item) -> GoldenTest:
    steps = tuple(_step(document, step) for step in item.items("steps"))
    return GoldenTest(item.name, item.values.get("at"), steps)


def _step(document: Document, item: Item) -> GoldenStep:
    database, table = item.values["post"]
    offers = item.values.get("offers")
    return GoldenStep(
        database=database,
        table=table,
        public=item.values.get("path") == "public",
        event=item.values["event"],
        offers=None if offers is None else {name.text: data for name, data in offers},
        profile=item.values.get("profile"),
        path=locate(document.root, item.node).path,
    )
