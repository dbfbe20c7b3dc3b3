"""Why a golden test failed: the explanation of its first failing step, as far as it is about what differs."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import NamedTuple

from personalization.explained_places import placed
from personalization.explanation_text import explanation_text
from personalization.memory_profiles import MemoryProfiles
from personalization.refusals import Refusal
from personalization.sensitivity import expressions_of
from provisioning.golden import GoldenFailure
from provisioning.language.plan import GoldenStep, GoldenTest, Plan

_MAX_REASON = 2000  # characters


class Difference(NamedTuple):
    """A failure, its step, and the name of the offer or the property of PROFILE that differs; empty for none."""

    step: GoldenStep
    name: str
    failure: GoldenFailure


def explained_failures(
    profiles: MemoryProfiles, test: GoldenTest, now: float, found: Sequence[Difference], text: str | bytes = ""
) -> list[Difference]:
    """The failures of a test, those of the first failing step with an explanation in their `why`.

    `profiles` must be new: the test's steps up to that one are run on them once more. A refused step needs none.
    `text` is what the plan was made of: with it, failures are told with their lines.
    """
    first = next((item.step for item in found if item.name), None)
    if first is None:
        return list(found)
    for step in test.steps[: test.steps.index(first)]:
        with suppress(Refusal):
            profiles.post(step.database, step.table, step.event, public=step.public, now=now)
    _, explanation = profiles.explain(first.database, first.table, first.event, public=first.public, now=now)
    explanation = placed(explanation, text) if text else explanation
    return [
        _with_reason(item, explanation_text(explanation, about=_about(profiles.program.plan, item.name)))
        if item.step is first
        else item
        for item in found
    ]


def _with_reason(difference: Difference, reason: str) -> Difference:
    failure = difference.failure
    why = f"{failure.why or 'what happened:'}\n{_cut(reason)}"
    return difference._replace(failure=replace(failure, why=why))


def _cut(text: str) -> str:
    """Whole lines of the text, at most 2,000 characters."""
    if len(text) <= _MAX_REASON:
        return text
    return text[: text.rfind("\n", 0, _MAX_REASON - 2)] + "\n…"


def _about(plan: Plan, name: str) -> Collection[str]:
    """The offer or attribute, and what of PROFILE it reads."""
    offers = (rule for offer in plan.offers if offer.name == name for rule in offer.rules)
    templates = [template for rule in offers for template in (rule.condition, *(value for _, value in rule.data))]
    attributes = (item for item in plan.attributes if item.name == name)
    templates += [template for item in attributes for template in (item.condition, item.value, item.increment)]
    reads = (read for template in templates for item in expressions_of(template) for read in item.reads)
    return {name, *(read.name for read in reads if read.root == "PROFILE" and read.name is not None)}
