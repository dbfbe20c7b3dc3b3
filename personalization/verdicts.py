"""Why no offers came, and why each single one did not: one sentence each, for people in a hurry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from personalization.explanation import Explanation, OfferExplanation, RuleExplanation, ValueTrace
from personalization.explanation_text import place_words
from personalization.part_tree import deciding, leaves, part_tree

# By the reason that the endpoint gives.
WHY_NO_OFFERS: Final[Mapping[str, str]] = {
    "no-live-version": "nothing is live in the instance",
    "not-monitored": "the table is not a monitored one",
    "no-key": "the event carries no usable value of a key that identifies a profile by this path",
    "no-event": "the row fits none of the named events of its table",
    "no-rule": "no rule matched: of none were both `event` and `if` right",
    "withheld": "by the public path it is withheld, because its condition reads something sensitive",
    "error": "something in the configuration failed for this event",
}
_MOST_LEAVES = 3
_LONGEST = 120  # characters of a source or a value within a sentence


def why_no_offers(explanation: Explanation) -> str:
    """Why there are no offers at all; empty when there are some."""
    reason = explanation.answer.reason
    errors = "; ".join(_error(explanation, where, message) for where, message in explanation.answer.errors)
    if reason == "error" and errors:
        return f"{WHY_NO_OFFERS['error']}: {errors}"
    return WHY_NO_OFFERS.get(reason, reason)


def _error(explanation: Explanation, where: str, message: str) -> str:
    line = place_words(explanation.places.get(where))
    return f"{where}{f' ({line})' if line else ''}: {message}"


def verdict(offer: OfferExplanation, explanation: Explanation) -> str:
    """Why an offer was given or not."""
    if offer.status == "given":
        matched = next((rule.name for rule in offer.rules if rule.status == "matched"), "")
        return f"given by {matched}"
    if offer.status == "no-event":
        return _waits(offer, explanation)
    if offer.status == "no-rule":
        return "; ".join(told for rule in offer.rules if (told := _rule(rule)))
    if offer.status == "failed":
        return f"a rule matched, but its data failed: {_data_errors(offer)}"
    words = {"off": "off", "withheld": "withheld on the public path"}.get(offer.status, "not reached")
    return f"{words}: {offer.why}" if offer.why else words


def condition_told(condition: ValueTrace | None) -> str:
    """What of a condition was not met, with the values in it; empty when there was none."""
    if condition is None or not condition.expressions:
        return ""
    if condition.error:
        return f"it failed: {condition.error}"
    trace = condition.expressions[0]
    nodes = part_tree(trace.parts)
    decided = deciding(trace.source, nodes)
    source = decided.part.source if decided else trace.source
    value = decided.value if decided else trace.value
    inside = [node for node in leaves(decided.children if decided else nodes) if node.part.source != source]
    values = ", ".join(f"{_cut(node.part.source)} is {_cut(node.value)}" for node in inside[:_MOST_LEAVES])
    return f"{_cut(source)} is {_cut(value)}" + (f", as {values}" if values else "")


def _waits(offer: OfferExplanation, explanation: Explanation) -> str:
    wanted = dict.fromkeys(name for rule in offer.rules for name in rule.events)
    here = [event.name for event in explanation.events if event.status == "matched"]
    is_it = f"this row is {_names(here)}" if here else "this row is none of the named events"
    return f"waits for {_names(list(wanted))}; {is_it}"


def _names(names: Sequence[str]) -> str:
    return " or ".join(f"“{name}”" for name in names)


def _rule(rule: RuleExplanation) -> str:
    if rule.status == "other-event":
        return f"{rule.name} waits for {_names(rule.events)}"
    if rule.status == "not-reached":
        return ""
    return f"{rule.name} does not match: {condition_told(rule.condition)}"


def _data_errors(offer: OfferExplanation) -> str:
    data = (item for rule in offer.rules for item in rule.data if item.status == "failed")
    return "; ".join(f"{item.key}: {item.value.error}" for item in data if item.value is not None)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
