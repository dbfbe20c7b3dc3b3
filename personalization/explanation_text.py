"""An explanation as plain text for people."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from typing import Final

from personalization.explanation import (
    ActivationExplanation,
    AttributeExplanation,
    DataExplanation,
    EventExplanation,
    Explanation,
    KeyExplanation,
    OfferExplanation,
    RuleExplanation,
    ValueTrace,
)
from personalization.times import time_text
from provisioning.language.document import Position

# What a status says of a key, and of an attribute.
KEY_WORDS: Final = {
    "used": "used",
    "absent": "not in the event",
    "nobody": "identifies nobody",
    "excluded": "excluded by its exclude_regex",
    "too-long": "too long",
    "not-public": "not public, so not used on the public path",
    "weaker": "not used: a stronger key is",
}
ATTRIBUTE_WORDS: Final = {
    "written": "written",
    "no-event": "not written: no event of it",
    "condition-false": "not written: its condition is not met",
    "condition-failed": "not written: its condition failed",
    "undefined": "not written: the value is undefined",
    "failed": "not written",
    "imported": "imported only",
    "not-writing": "not written: a repeated event",
}
_WORDS: Final = {
    "condition-false": "its condition is not met",
    "condition-failed": "its condition failed",
    "other-event": "for other events",
    "no-event": "no event of it",
    "no-rule": "no rule matched",
    "not-reached": "not reached",
    "not-writing": "a repeated event",
    "withheld": "withheld on the public path",
    "sensitive": "left out on the public path",
    "undefined": "left out: undefined",
}

_MAX_PLACE = 40


def explanation_text(explanation: Explanation, *, about: Collection[str] | None = None) -> str:
    """The whole explanation, a line for each thing, indented under what it belongs to.

    With `about`, only those attributes, offers and activations are told, by their names, under the events of the
    row's table; and the keys only where none of them identifies.
    """
    lines = _lines(explanation) if about is None else _lines_about(explanation, about)
    return "\n".join(map(_printable, lines))


def _printable(line: str) -> str:
    return "".join(char if char.isprintable() else " " for char in line)


def _lines(explanation: Explanation) -> Iterator[str]:
    row = explanation.row
    moment = time_text(row.time) + (f", now {time_text(row.now)}" if row.now != row.time else "")
    yield f"{row.database}/{row.table} at {moment}, {row.path} path"
    yield from _section("keys", map(_key, explanation.keys))
    yield from _section("events", map(_event, explanation.events))
    yield from _section("attributes", map(_attribute, explanation.attributes))
    yield from _section("offers", map(_offer, explanation.offers))
    yield from _section("activations", map(_activation, explanation.activations))
    given = ", ".join(explanation.answer.offers)
    yield f"answer: {given}" if given else f"answer: no offers ({explanation.answer.reason})"


def _lines_about(explanation: Explanation, names: Collection[str]) -> Iterator[str]:
    if all(key.status != "used" for key in explanation.keys):
        yield from _section("keys", map(_key, explanation.keys))
    here = [event for event in explanation.events if event.status != "other-table"]
    yield from _section("events", map(_event, here or explanation.events))
    yield from _section("attributes", (_attribute(item) for item in explanation.attributes if item.name in names))
    yield from _section("offers", (_offer(item) for item in explanation.offers if item.name in names))
    yield from _section("activations", (_activation(item) for item in explanation.activations if item.name in names))


def _section(title: str, items: Iterable[Iterator[str]]) -> Iterator[str]:
    lines = [line for item in items for line in item]
    if lines:
        yield title
        yield from _indented(lines)


def _indented(lines: Iterable[str]) -> Iterator[str]:
    return (f"  {line}" for line in lines)


def _key(key: KeyExplanation) -> Iterator[str]:
    value = "" if key.status == "absent" else f" = {key.value}"
    yield f"{key.name}{value}: {KEY_WORDS[key.status]}"


def _event(event: EventExplanation) -> Iterator[str]:
    if event.status == "other-table":
        yield f"{event.name}: not this row, but those of {event.table}"
        return
    yield f"{event.name}: {'matched' if event.status == 'matched' else _WORDS[event.status]}"
    yield from _indented(_value("if", event.condition))


def _attribute(attribute: AttributeExplanation) -> Iterator[str]:
    written = attribute.status == "written"
    change = f"{attribute.before} -> {attribute.after}" if written else f"stays {attribute.after}"
    yield f"{attribute.name}: {ATTRIBUTE_WORDS[attribute.status]}, {change}"
    yield from _indented(_value("if", attribute.condition))
    yield from _indented(_value("value", attribute.value))
    if attribute.error and not any(value and value.error for value in (attribute.condition, attribute.value)):
        yield f"  {attribute.error}"


def _offer(offer: OfferExplanation) -> Iterator[str]:
    yield f"{offer.name}: {worded(offer.status, offer.why)}"
    if offer.status in ("given", "no-rule", "failed"):
        for rule in offer.rules:
            yield from _indented(_rule(rule))


def _rule(rule: RuleExplanation) -> Iterator[str]:
    events = f" ({', '.join(rule.events)})" if rule.status == "other-event" else ""
    yield f"{rule.name}: {worded(rule.status)}{events}"
    yield from _indented(_value("if", rule.condition))
    for data in rule.data:
        yield from _indented(_data(data))


def _data(data: DataExplanation) -> Iterator[str]:
    if data.status in ("given", "failed") and data.value is not None:
        yield from _value(f"data.{data.key}", data.value)
    else:
        yield f"data.{data.key}: {worded(data.status, data.why)}"
        yield from _indented(_parts(data.value))


def _activation(activation: ActivationExplanation) -> Iterator[str]:
    yield f"{activation.name}: {worded(activation.status, activation.why)}"
    yield from _indented(_value("if", activation.condition))
    yield from _indented(_value("body", activation.body))
    for header in activation.headers:
        yield from _indented(_value(f"header {header.key}", header.value))


def worded(status: str, why: str = "") -> str:
    """A status of an offer, a rule, an activation or a data key in words, and why where that is known."""
    if status == "off":
        return f"off, {why}"
    words = _WORDS.get(status, status)
    return f"{words}: {why}" if why else words


def _value(title: str, value: ValueTrace | None) -> Iterator[str]:
    """What was worked out, and of what."""
    if value is None:
        return
    single = value.expressions[0].source if len(value.expressions) == 1 else ""
    yield f"{title}{f' {single}' if single else ''}: {value.error or value.value}"
    yield from _indented(_parts(value))


def _parts(value: ValueTrace | None) -> Iterator[str]:
    expressions = value.expressions if value else ()
    for expression in expressions:
        if len(expressions) > 1:
            yield f"{expression.source}: {expression.error or expression.value}"
        if expression.offset is not None:
            line = place_words(expression.place)
            rest = _rest(expression.source, expression.offset)
            yield f"fails at character {expression.offset + 1}{f' ({line})' if line else ''}: {rest}"
        for part in expression.parts:
            more = f" (the last of {part.count})" if part.count > len(part.values) else ""
            yield f"{part.source} = {', then '.join(part.values)}{more}"


def place_words(place: Position | None) -> str:
    """`line 12, column 5` of the configuration, empty when that is not known."""
    return "" if place is None else f"line {place.line}, column {place.column}"


def _rest(source: str, offset: int) -> str:
    rest = source[offset:]
    return rest if len(rest) <= _MAX_PLACE else f"{rest[:_MAX_PLACE]}…"
