"""Runs the golden tests of a plan with the real engine, on profiles that live in memory only."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from personalization import json_text
from personalization.arrivals import Answer
from personalization.golden_reasons import Difference, explained_failures
from personalization.memory_profiles import MemoryProfiles
from personalization.refusals import Refusal
from personalization.verdicts import WHY_NO_OFFERS
from provisioning.golden import GoldenFailure
from provisioning.language.expressions import UNDEFINED, plain
from provisioning.language.plan import GoldenStep, GoldenTest, Plan

_ABSENT = "nothing"
_MOST_EXPLAINED = 20
_LATER = 86_400  # seconds: what is the same a day later is taken for lasting


def run_golden_tests(plan: Plan, *, now: float, text: str | bytes = "") -> list[GoldenFailure]:
    """Every step whose outcome differs from what it says; `now` is epoch seconds, used by tests without `at`.

    The first failing step of a test is explained, in 20 tests at most: later steps often fail because of it. `text`
    is what the plan was made of; reasons name its lines where it is given. A test that passes with every paused offer
    running fails by the pause alone, and its failures say so.
    """
    failures: list[GoldenFailure] = []
    explained = 0
    running = _running(plan)
    for test in plan.tests:
        at = now if test.at is None else test.at
        found = list(_failures(plan, test, at))
        if found and running is not None and not any(_failures(running, test, at)):
            failures += (_by_pause(plan, item) for item in found)
            continue
        if found and test.at is None:
            found = _lasting(found, list(_failures(plan, test, at + _LATER)))
        if found and explained < _MOST_EXPLAINED:
            explained += 1
            found = explained_failures(MemoryProfiles(plan), test, at, found, text)
        failures += (failure for _, _, failure in found)
    return failures


def _running(plan: Plan) -> Plan | None:
    """The plan with no offer paused, None when it is that already."""
    if all(offer.enabled for offer in plan.offers):
        return None
    return replace(plan, offers=tuple(replace(offer, enabled=True) for offer in plan.offers))


def _by_pause(plan: Plan, found: Difference) -> GoldenFailure:
    """A failure of a step that only a pause is behind."""
    paused = tuple(offer.name for offer in plan.offers if not offer.enabled)
    expected = tuple(name for name in paused if name in (found.step.offers or {}))
    return GoldenFailure(found.failure.path, found.failure.message, paused=expected or paused)


def _lasting(found: Sequence[Difference], later: Sequence[Difference]) -> list[Difference]:
    """The failures, with what to expect instead only where that does not depend on when the test is run."""
    outcomes = {(item.failure.path, item.failure.part): json_text.dump_sorted(item.failure.got) for item in later}
    return [
        item
        if outcomes.get((item.failure.path, item.failure.part)) == json_text.dump_sorted(item.failure.got)
        else item._replace(failure=replace(item.failure, part="", got=None))
        for item in found
    ]


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
        got = {name: plain(offer["attributes"]) for name, offer in answer.offers.items()}
        for name, message, why in _offer_differences(step.offers, got, answer):
            yield Difference(step, name, GoldenFailure(step.path, message, why, "offers", got))
    if step.profile is not None:
        view = profiles.view(step.database, step.table, step.event, public=step.public, now=now)
        known = {name: None if view[name] is UNDEFINED else plain(view[name]) for name in step.profile}
        instead = _instead(step.profile, known)
        for name, message in _profile_differences(step.profile, known):
            yield Difference(step, name, GoldenFailure(step.path, message, _told_errors(answer), "profile", instead))


def _offer_differences(
    expected: Mapping[str, Any], got: Mapping[str, Any], answer: Answer
) -> Iterator[tuple[str, str, str]]:
    """The offers that differ, how, and why where that is known."""
    for name in [*expected, *(name for name in got if name not in expected)]:
        if not _equal(expected.get(name), got.get(name)):
            reason = f" ({answer.reason})" if answer.reason else ""
            message = f'offer "{name}": expected {_shown(expected, name)}, got {_shown(got, name)}{reason}'
            yield name, message, _why(answer)


def _profile_differences(expected: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in expected.items():
        if not _agrees(value, known[name]):
            yield name, f"PROFILE.{name}: expected {json_text.dump(value)}, got {json_text.dump(known[name])}"


def _instead(expected: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """What the step would have to expect: what agrees stays as it is written."""
    return {
        name: value if _agrees(value, known[name]) else _values_only(known[name]) for name, value in expected.items()
    }


def _agrees(value: Any, got: Any) -> bool:
    return _equal(value, got) or _equal(value, _values_only(got))


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
