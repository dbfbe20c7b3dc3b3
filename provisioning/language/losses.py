"""What a configuration would no longer do, next to another one: what disappears, and who uses it until then."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

from provisioning.language.expressions import Expression
from provisioning.language.places import quoted
from provisioning.language.plan import Activation, Offer, Plan
from provisioning.language.templates import ListTemplate, MappingTemplate, Template, Text

_NAMED = 3


@dataclass(frozen=True, slots=True)
class Loss:
    """One part that disappears. `text` is a sentence; `used` says by whom it is in use, empty when by nobody."""

    section: str
    name: str
    text: str
    used: str = ""


def losses(old: Plan, new: Plan, *, now: float) -> list[Loss]:
    """What the plan `new` no longer has of `old`, section by section; `now` in epoch seconds. Tokens are not told."""
    return [
        *_keys(old, new),
        *_events(old, new, now),
        *_attributes(old, new, now),
        *_outputs("offer", "offers", old.offers, new.offers, now),
        *_outputs("activation", "activations", old.activations, new.activations, now),
    ]


def is_on(item: Offer | Activation, now: float) -> bool:
    """Whether it is neither paused nor over."""
    return item.enabled and (item.ends_at is None or now < item.ends_at)


def _keys(old: Plan, new: Plan) -> Iterator[Loss]:
    kept = {key.name for key in new.keys}
    for key in old.keys:
        if key.name not in kept:
            yield Loss("keys", key.name, f"key {quoted(key.name)} is removed", "profiles are found by it")


def _events(old: Plan, new: Plan, now: float) -> Iterator[Loss]:
    kept = {event.name for event in new.events}
    for event in old.events:
        if event.name not in kept:
            users = [
                *(f"attribute {quoted(each.name)}" for each in old.attributes if event.name in each.events),
                *(f"offer {quoted(each.name)}" for each in old.offers if is_on(each, now) and _hears(each, event.name)),
                *(
                    f"activation {quoted(each.name)}"
                    for each in old.activations
                    if is_on(each, now) and event.name in each.events
                ),
            ]
            yield Loss("events", event.name, f"event {quoted(event.name)} is removed", _by("used by", users))


def _hears(offer: Offer, event: str) -> bool:
    return any(event in rule.events for rule in offer.rules)


def _attributes(old: Plan, new: Plan, now: float) -> Iterator[Loss]:
    kept = {attribute.name for attribute in new.attributes}
    for name in (attribute.name for attribute in old.attributes if attribute.name not in kept):
        readers = [words for words, formulas in _readers(old, now) if _reads(formulas, name)]
        yield Loss("attributes", name, f"attribute {quoted(name)} is removed", _by("read by", readers))


def _outputs(
    word: str,
    section: str,
    old: Iterable[Offer] | Iterable[Activation],
    new: Iterable[Offer] | Iterable[Activation],
    now: float,
) -> Iterator[Loss]:
    kept = {each.name for each in new}
    for each in old:
        if each.name not in kept:
            used = "it is on" if is_on(each, now) else ""
            yield Loss(section, each.name, f"{word} {quoted(each.name)} is removed", used)


def _by(words: str, users: list[str]) -> str:
    more = f" and {len(users) - _NAMED} more" if len(users) > _NAMED else ""
    return f"{words} {', '.join(users[:_NAMED])}{more}" if users else ""


def _readers(plan: Plan, now: float) -> Iterator[tuple[str, list[Expression]]]:
    """What uses attributes in answers and messages, each with its expressions."""
    for offer in plan.offers:
        if is_on(offer, now):
            conditions = (rule.condition for rule in offer.rules)
            data = (template for rule in offer.rules for _, template in rule.data)
            yield f"offer {quoted(offer.name)}", _expressions(conditions, data)
    for activation in plan.activations:
        if is_on(activation, now):
            sent = [activation.webhook.body, *(template for _, template in activation.webhook.headers)]
            yield f"activation {quoted(activation.name)}", _expressions([activation.condition], sent)
    for attribute in plan.attributes:
        written = (each for each in (attribute.value, attribute.increment) if each is not None)
        yield f"attribute {quoted(attribute.name)}", _expressions([attribute.condition], written)


def _expressions(conditions: Iterable[Expression | None], templates: Iterable[Template]) -> list[Expression]:
    return [each for each in conditions if each is not None] + list(chain.from_iterable(map(_inside, templates)))


def _inside(template: Template) -> Iterator[Expression]:
    pending = [template]
    while pending:
        current = pending.pop()
        if isinstance(current, Text):
            yield current.expression
        elif isinstance(current, ListTemplate):
            pending += current.items
        elif isinstance(current, MappingTemplate):
            pending += (value for _, value in current.entries)


def _reads(expressions: Iterable[Expression], name: str) -> bool:
    """Whether one of them reads that attribute, or PROFILE whole."""
    return any(
        read.root == "PROFILE" and read.name in (name, None) for expression in expressions for read in expression.reads
    )
