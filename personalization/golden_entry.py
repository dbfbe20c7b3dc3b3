"""A golden test as an entry of a configuration's `tests`: pure text, ready to be inserted.

Events and offers are written as JSON, which is YAML too, but for characters that YAML wants escaped.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from personalization.memory_profiles import MemoryProfiles
from personalization.times import time_text
from provisioning.language.flow_text import flow_text
from provisioning.language.plan import Plan


@dataclass(frozen=True, slots=True)
class KeptStep:
    """An event and, of the last one, the offers that came of it: their attributes by name."""

    post: str  # database/table
    public: bool
    event: Mapping[str, Any]
    offers: Mapping[str, Any] | None = None


def kept_steps(plan: Plan, post: str, events: Sequence[Mapping[str, Any]], *, public: bool, now: int) -> list[KeptStep]:
    """The steps of a test that expects what the plan now makes of the last event. Raises Refusal for a bad event.

    Worked out as golden tests are, so that it passes: without a store, with the same uuid each time.
    """
    database, _, table = post.partition("/")
    profiles = MemoryProfiles(plan, frozenset({(database, table)}))
    answers = [profiles.post(database, table, event, public=public, now=now) for event in events]
    offers = {name: dict(offer["attributes"]) for name, offer in answers[-1].offers.items()}
    steps = [KeptStep(post, public, event) for event in events]
    return [*steps[:-1], KeptStep(post, public, events[-1], offers)]


def golden_entry(name: str, steps: Sequence[KeptStep], *, at: int) -> list[str]:
    """The lines of the entry, the first with its dash; `at` is NOW in epoch seconds. Raises CannotWrite."""
    lines = [f"- name: {flow_text(name)}", f"  at: {time_text(at)}", "  steps:"]
    for step in steps:
        lines.append(f"    - post: {step.post}")
        if step.public:
            lines.append("      path: public")
        lines.append(f"      event: {flow_text(step.event)}")
        if step.offers is not None:
            lines.append(f"      offers: {flow_text(step.offers)}")
    return lines
