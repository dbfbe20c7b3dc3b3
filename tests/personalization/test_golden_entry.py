"""A golden test written down is the same when it is read, and passes."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalization.golden import run_golden_tests
from personalization.golden_entry import KeptStep, golden_entry, kept_steps
from personalization.refusals import Refusal
from provisioning.console.additions import with_entry
from provisioning.language.flow_text import CannotWrite
from tests.personalization.world import NOW, plan_of

TEXT = """
keys: [{name: user, public: true}]
events: [{name: page, database: shop, table: pages}]
attributes: [{name: last, type: single, event: page, value: "${EVENT.value}"}]
offers: [{name: same, set: {event: page, data: {value: "${PROFILE.last}", uuid: "${EVENT.uuid}", now: "${NOW}"}}}]
"""
# What an event can hold: no half of a surrogate pair, no number that JSON writes in another way.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | TEXTS
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3))


def _with(name: str, steps: list[KeptStep]) -> str:
    added = with_entry(TEXT, "tests", golden_entry(name, steps, at=NOW))
    assert added is not None
    return added[0]


@given(VALUES, TEXTS.filter(lambda name: len(name) >= 1), st.booleans())
def test_entry__of_any_event__reads_the_same_and_passes(value: Any, name: str, public: bool) -> None:
    events = [{"user": "u0", "value": 1}, {"user": "u1", "value": value}]
    steps = kept_steps(plan_of(TEXT), "shop/pages", events, public=public, now=NOW)
    plan = plan_of(_with(name, steps))
    test = plan.tests[0]
    assert (test.name, test.at) == (name, NOW)
    assert [dict(step.event) for step in test.steps] == events
    assert [step.public for step in test.steps] == [public, public]
    assert [step.offers is None for step in test.steps] == [True, False]
    assert run_golden_tests(plan, now=0) == []


def test_entry__half_of_a_character__cannot_be_written() -> None:
    step = KeptStep("shop/pages", False, {"user": "u1"}, {"same": {"value": "\ud83d"}})
    with pytest.raises(CannotWrite, match="half of a character"):
        golden_entry("x", [step], at=NOW)


def test_steps__event_that_would_be_turned_away__are_none() -> None:
    with pytest.raises(Refusal):
        kept_steps(plan_of(TEXT), "shop/pages", [{"time": -1}], public=False, now=NOW)
