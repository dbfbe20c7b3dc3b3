"""A golden test as an entry of a configuration's `tests`: pure text, ready to be inserted.

Events and offers are written as JSON, which is YAML too, but for characters that YAML wants escaped.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from personalization.memory_profiles import MemoryProfiles
from personalization.times import time_text
from provisioning.language.plan import Plan

# What YAML takes for a line's end, a mark or nothing printable; JSON leaves it as it is.
_ESCAPED = re.compile("[\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]")
_HALF = re.compile("[\ud800-\udfff]")


class CannotWrite(ValueError):
    """What came of the event cannot be written down; the text says why."""


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
    lines = [f"- name: {_json(name)}", f"  at: {time_text(at)}", "  steps:"]
    for step in steps:
        lines.append(f"    - post: {step.post}")
        if step.public:
            lines.append("      path: public")
        lines.append(f"      event: {_json(step.event)}")
        if step.offers is not None:
            lines.append(f"      offers: {_json(step.offers)}")
    return lines


def _json(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    if _HALF.search(text):
        raise CannotWrite("a text in it holds half of a character, which YAML cannot")
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)
