"""Runs the golden tests of a plan with the real engine, on profiles that live in memory only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from personalization import json_text
from personalization.arrivals import Answer
from personalization.golden_reasons import Difference, explained_failures
from personalization.memory_profiles import MemoryProfiles
from personalization.refusals import Refusal
from personalization.verdicts import WHY_NO_OFFERS
from personalization.view import ProfileView
from provisioning.golden import GoldenFailure
from provisioning.language.expressions import UNDEFINED, plain
from provisioning.language.plan import GoldenStep, GoldenTest, Plan

_ABSENT = "nothing"
_MOST_EXPLAINED = 20


def run_golden_tests(plan: Plan, *, now: float, text: str | bytes = "") -> list[GoldenFailure]:
    """Every step whose outcome differs from what it says; `now` is epoch seconds, used by tests without `at`.

    The first failing step of a test is explained, in 20 tests at most: later steps often fail because of it. `text`
    is what the plan was made of; reasons name its lines where it is given.
    """
    failures: list[GoldenFailure] = []
    explained = 0
    for test in plan.tests:
        at = now if test.at is None else test.at
        found = list(_failures(plan, test, at))
        if found and explained < _MOST_EXPLAINED:
            explained += 1
            found = explained_failures(MemoryProfiles(plan), test, at, found, text)
        failures += (failure for _, _, failure in found)
    return failures


def _failures(plan: Plan, test: GoldenTest, now: float) -> Iterator[Difference]:
    profiles = MemoryProfiles(plan)
    for step in test.steps:
        yield from _differences(profiles, step, now)


def _differences(profiles: MemoryProfiles, step: GoldenStep, now: float) -> Iterator[Difference]:
    try:
        answer = profiles.post(step.database, step.table, step.event, public=step.public, now=now)
    except Refusal as refusal:
        yield Difference(step, "", GoldenFailure(step.path, f"the event would be refused: {refusal.message}"))
        return
    if step.offers is not None:
        for name, message, why in _offer_differences(step.offers, answer):
            yield Difference(step, name, GoldenFailure(step.path, message, why))
    if step.profile is not None:
        view = profiles.view(step.database, step.table, step.event, public=step.public, now=now)
        for name, message in _profile_differences(step.profile, view):
            yield Difference(step, name, GoldenFailure(step.path, message, _told_errors(answer)))


def _offer_differences(expected: Mapping[str, Any], answer: Answer) -> Iterator[tuple[str, str, str]]:
    """The offers that differ, how, and why where that is known."""
    got = {name: offer["attributes"] for name, offer in answer.offers.items()}
    for name in [*expected, *(name for name in got if name not in expected)]:
        if not _equal(expected.get(name), got.get(name)):
            reason = f" ({answer.reason})" if answer.reason else ""
            message = f'offer "{name}": expected {_shown(expected, name)}, got {_shown(got, name)}{reason}'
            yield name, message, _why(answer)


def _profile_differences(expected: Mapping[str, Any], view: ProfileView) -> Iterator[tuple[str, str]]:
    for name, value in expected.items():
        got = None if view[name] is UNDEFINED else plain(view[name])
        if not _equal(value, got) and not _equal(value, _values_only(got)):
            yield name, f"PROFILE.{name}: expected {json_text.dump(value)}, got {json_text.dump(got)}"


def _values_only(got: Any) -> Any:
    """A list attribute may be compared by its values, without their times."""
    if not isinstance(got, list):
        return got
    return [item["value"] if isinstance(item, dict) and item.keys() == {"value", "time"} else item for item in got]


def _equal(one: Any, other: Any) -> bool:
    return json_text.dump_sorted(plain(one)) == json_text.dump_sorted(plain(other))


def _shown(offers: Mapping[str, Any], name: str) -> str:
    return json_text.dump(offers[name]) if name in offers else _ABSENT


def _why(answer: Answer) -> str:
    return _told_errors(answer) or WHY_NO_OFFERS.get(answer.reason, "")


def _told_errors(answer: Answer) -> str:
    return "; ".join(f"{where}: {message}" for where, message in answer.errors)
