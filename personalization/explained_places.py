"""Where in the configuration's text the failures of an explanation stand; worked out only when something failed."""

from __future__ import annotations

from dataclasses import replace

from personalization.explanation import (
    ActivationExplanation,
    AttributeExplanation,
    DataExplanation,
    EventExplanation,
    Explanation,
    ExpressionTrace,
    OfferExplanation,
    RuleExplanation,
    ValueTrace,
)
from provisioning.language.document import Position
from provisioning.language.expression_places import ExpressionPlaces

_SECTIONS = {"event": "events", "attribute": "attributes", "offer": "offers", "activation": "activations"}


def placed(explanation: Explanation, text: str | bytes) -> Explanation:
    """The explanation with line and column at whatever failed, by the text that its plan was made of."""
    if not explanation.answer.errors:
        return explanation
    found = _Placing(text)
    return replace(
        explanation,
        events=tuple(found.event(each) for each in explanation.events),
        attributes=tuple(found.attribute(each) for each in explanation.attributes),
        offers=tuple(found.offer(each) for each in explanation.offers),
        activations=tuple(found.activation(each) for each in explanation.activations),
        places=found.places,
    )


class _Placing:
    """Puts one explanation's failures in their places; `places` are those of the errors, by their `where`."""

    def __init__(self, text: str | bytes) -> None:
        self._text = ExpressionPlaces(text)
        self.places: dict[str, Position] = {}

    def event(self, event: EventExplanation) -> EventExplanation:
        return replace(event, condition=self._value(event.condition, "event", event.name, "if"))

    def attribute(self, attribute: AttributeExplanation) -> AttributeExplanation:
        name = attribute.name
        condition = self._value(attribute.condition, "attribute", name, "if")
        value = attribute.value
        for part in ("value", "increment"):  # it has one of them
            value = self._value(value, "attribute", name, part)
        return replace(attribute, condition=condition, value=value)

    def offer(self, offer: OfferExplanation) -> OfferExplanation:
        return replace(offer, rules=tuple(self._rule(offer.name, rule) for rule in offer.rules))

    def activation(self, activation: ActivationExplanation) -> ActivationExplanation:
        where = ("activation", activation.name)
        return replace(
            activation,
            condition=self._value(activation.condition, *where, "if"),
            body=self._value(activation.body, *where, "webhook", "body"),
            headers=tuple(self._data(each, *where, "webhook", "headers") for each in activation.headers),
        )

    def _rule(self, offer: str, rule: RuleExplanation) -> RuleExplanation:
        where = ("offer", offer, rule.name)
        data = tuple(self._data(each, *where, "data") for each in rule.data)
        return replace(rule, condition=self._value(rule.condition, *where, "if"), data=data)

    def _data(self, data: DataExplanation, *where: str) -> DataExplanation:
        return replace(data, value=self._value(data.value, *where, data.key))

    def _value(self, value: ValueTrace | None, kind: str, name: str, *part: str) -> ValueTrace | None:
        if value is None or not value.error:
            return value
        words, where = ", ".join((f'{kind} "{name}"', *part)), (_SECTIONS[kind], name, *part)
        expressions = tuple(self._expression(each, where) for each in value.expressions)
        failed = next((each.place for each in expressions if each.place is not None), None)
        place = failed or self._text.part(*where)
        if place is not None:
            self.places[words] = place
        return replace(value, expressions=expressions)

    def _expression(self, trace: ExpressionTrace, where: tuple[str, ...]) -> ExpressionTrace:
        if trace.offset is None or trace.place is not None:
            return trace
        return replace(trace, place=self._text.character(*where, source=trace.source, offset=trace.offset))
