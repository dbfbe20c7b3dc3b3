"""From the counts and what is known to the likely causes, step by step. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from personalization.complaints import event_causes
from personalization.complaints.facts import Cause, Facts
from personalization.complaints.funnel import Counted, Loss, Step, StepName
from personalization.complaints.refusal_causes import causes_of_refusals

# What is said of a reason when nothing more is known.
_SAID: Final[dict[str, str]] = {
    "no-key": "The events had no usable value of a key that identifies somebody by their path.",
    "no-event": "The rows fit none of the named events of their table.",
    "no-rule": "No rule of an offer was true for them.",
    "withheld": "On the public path they are withheld: a condition reads something sensitive.",
    "error": "Something in the configuration failed for them.",
}


def causes(steps: Sequence[Step], rows: Sequence[Counted], facts: Facts) -> tuple[Cause, ...]:
    """The causes of what was lost, in the order of the steps; each kind of loss has one at least.

    Rules that failed are told also where every event got an offer by another.
    """
    found = [cause for step in steps if step.lost for cause in _at(step, rows, facts)]
    if any(row.failed for row in rows) and not any(loss.reason == "error" for loss in steps[-1].losses):
        found += event_causes.failed(facts)
    return tuple(found)


def _at(step: Step, rows: Sequence[Counted], facts: Facts) -> Iterator[Cause]:
    if step.name == "accepted":
        yield from causes_of_refusals(step.losses, facts)
    elif step.name == "monitored":
        yield from event_causes.nothing_live(rows, facts)
        yield from event_causes.unmonitored(rows, facts)
    else:
        for loss in step.losses:
            yield from list(_of_reason(loss, facts)) or [_said(step.name, loss)]


def _of_reason(loss: Loss, facts: Facts) -> Iterator[Cause]:
    if loss.reason == "no-key":
        yield from event_causes.unidentified(facts.looked, facts)
    elif loss.reason == "no-event":
        yield from event_causes.unmatched(facts.looked, facts)
    elif loss.reason == "no-rule":
        yield from event_causes.unruled(facts.looked)
    elif loss.reason == "withheld":
        yield from event_causes.withheld(facts.looked)
    else:
        yield from event_causes.failed(facts)


def _said(step: StepName, loss: Loss) -> Cause:
    text = _SAID.get(loss.reason, loss.reason)
    return Cause(step, f"{text} None of them is among the latest events that could be looked at.", loss.requests, "try")
