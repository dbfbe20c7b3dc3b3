"""What a watched run says of values, attributes, offers and activations."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal

from personalization.engine import Evaluation
from personalization.explanation import (
    ActivationExplanation,
    ActivationStatus,
    AttributeStatus,
    DataExplanation,
    DataStatus,
    ExpressionTrace,
    OfferExplanation,
    OfferStatus,
    RuleExplanation,
    RuleStatus,
    ValueTrace,
)
from personalization.sensitivity import Sensitivity
from personalization.times import time_text
from personalization.watching import WatchedRun
from provisioning.language.expressions import UNDEFINED
from provisioning.language.expressions.short_text import short_text
from provisioning.language.expressions.tracing import Traced
from provisioning.language.plan import Activation, Attribute, Offer, Rule
from provisioning.language.templates import Template

Refused = Literal["condition-false", "condition-failed"]


@dataclass(frozen=True, slots=True)
class Findings:
    """A run that ended, and what came of it."""

    run: WatchedRun
    answer: Evaluation
    sensitivity: Sensitivity
    writing: bool

    def value(self, *where: str) -> ValueTrace | None:
        """What was worked out there; None when nothing was."""
        worked = self.run.worked.get(where)
        if worked is None:
            return None
        error = self.run.failures.get(where, "")
        failed = any(trace.error is not None for trace in worked.traces)
        value = "" if failed else short_text(worked.value)
        expressions = tuple(map(self._expression, worked.traces))
        return ValueTrace(value, error, any(trace.sensitive for trace in expressions), expressions)

    def _expression(self, traced: Traced) -> ExpressionTrace:
        error, expression = traced.error, traced.expression
        value = "" if error else short_text(traced.value)
        sensitive, parts = bool(self.sensitivity.of(expression)), traced.parts
        if sensitive:
            parts = tuple(replace(part, sensitive=self.sensitivity.of_part(expression, part)) for part in parts)
        return ExpressionTrace(
            expression.source, value, str(error or ""), error.offset if error else None, parts, sensitive
        )

    def refused(self, *where: str) -> Refused:
        """Why a condition was not met."""
        return "condition-failed" if where in self.run.failures else "condition-false"

    def fits(self, events: Iterable[str]) -> bool:
        """Whether the row is one of these named events."""
        return not set(events).isdisjoint(self.run.names)

    def written(self, attribute: Attribute, part: str) -> AttributeStatus:
        """Whether an attribute was written, or why not."""
        where = ("attribute", attribute.name, part)
        if attribute.type == "imported":
            return "imported"
        if not self.fits(attribute.events):
            return "no-event"
        if not self.writing:
            return "not-writing"
        if where not in self.run.worked:
            return self.refused("attribute", attribute.name, "if")
        if where in self.run.failures:
            return "failed"
        return "undefined" if self.run.worked[where].value is UNDEFINED else "written"


def explained_offer(found: Findings, offer: Offer) -> OfferExplanation:
    """One offer with all of its rules."""
    status, why = _offer_status(found, offer)
    evaluated = status in ("given", "no-rule", "failed")
    rules = tuple(_rule(found, offer, number, rule, evaluated) for number, rule in enumerate(offer.rules, 1))
    return OfferExplanation(offer.name, status, why, rules)


def _offer_status(found: Findings, offer: Offer) -> tuple[OfferStatus, str]:
    off = why_off(offer, found.run.row.now)
    if off:
        return "off", off
    if not any(found.fits(rule.events) for rule in offer.rules):
        return "no-event", ""
    if found.run.row.public and offer.withheld_in_public:
        return "withheld", _why_withheld(found.sensitivity, offer)
    if offer.name in found.answer.offers:
        return "given", ""
    return ("failed" if offer.name in found.run.chosen else "no-rule"), ""


def _why_withheld(sensitivity: Sensitivity, offer: Offer) -> str:
    chains = (sensitivity.of(rule.condition) or sensitivity.of_events(rule.events) for rule in offer.rules)
    return next((f"rule {number} {chain}" for number, chain in enumerate(chains, 1) if chain), "")


def why_off(item: Offer | Activation, now: float) -> str:
    """Why an offer or activation is off, empty when it is on; `now` in epoch seconds."""
    if not item.enabled:
        return "disabled"
    if item.starts_at is not None and now < item.starts_at:
        return f"starts at {time_text(item.starts_at)}"
    return f"ended at {time_text(item.ends_at)}" if item.ends_at is not None and item.ends_at <= now else ""


def _rule(found: Findings, offer: Offer, number: int, rule: Rule, evaluated: bool) -> RuleExplanation:
    name = f"rule {number}"
    condition = found.value("offer", offer.name, name, "if")
    status = _rule_status(found, offer.name, name, rule) if evaluated or not found.fits(rule.events) else "not-reached"
    data = tuple(_data(found, offer.name, name, rule, key) for key, _ in rule.data) if status == "matched" else ()
    return RuleExplanation(name, status, rule.events, condition, data)


def _rule_status(found: Findings, offer: str, name: str, rule: Rule) -> RuleStatus:
    if not found.fits(rule.events):
        return "other-event"
    if found.run.chosen.get(offer) == name:
        return "matched"
    where = ("offer", offer, name, "if")
    return found.refused(*where) if where in found.run.worked else "not-reached"


def _data(found: Findings, offer: str, name: str, rule: Rule, key: str) -> DataExplanation:
    where = ("offer", offer, name, "data", key)
    if found.run.row.public and key in rule.tainted_data:
        return DataExplanation(key, "sensitive", found.sensitivity.of(_template(rule, key)), None)
    return DataExplanation(key, _data_status(found, *where), "", found.value(*where))


def _template(rule: Rule, key: str) -> Template:
    return next(template for name, template in rule.data if name == key)


def _data_status(found: Findings, *where: str) -> DataStatus:
    if where in found.run.failures:
        return "failed"
    if where not in found.run.worked:
        return "not-reached"
    return "undefined" if found.run.worked[where].value is UNDEFINED else "given"


def explained_activation(found: Findings, activation: Activation) -> ActivationExplanation:
    """One activation with what it would send."""
    kind, name = "activation", activation.name
    headers = ((header, (kind, name, "webhook", "headers", header)) for header, _ in activation.webhook.headers)
    status, why = _activation_status(found, activation)
    return ActivationExplanation(
        name=name,
        status=status,
        why=why,
        events=activation.events,
        condition=found.value(kind, name, "if"),
        body=found.value(kind, name, "webhook", "body"),
        headers=tuple(
            DataExplanation(header, _data_status(found, *where), "", found.value(*where))
            for header, where in headers
            if where in found.run.worked
        ),
    )


def _activation_status(found: Findings, activation: Activation) -> tuple[ActivationStatus, str]:
    off = why_off(activation, found.run.row.now)
    if off:
        return "off", off
    if not found.fits(activation.events):
        return "no-event", ""
    if not found.writing:
        return "not-writing", ""
    if any(fired.name == activation.name for fired in found.answer.activations):
        return "fired", ""
    reached = ("activation", activation.name, "webhook", "body") in found.run.worked
    return ("failed" if reached else found.refused("activation", activation.name, "if")), ""
