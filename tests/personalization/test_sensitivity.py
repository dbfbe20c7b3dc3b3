"""What is sensitive, told of a plan: as the check of the configuration decided it, with the chain."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalization.sensitivity import Sensitivity
from tests.personalization.random_plans import random_plan
from tests.personalization.world import HEAD, plan_of

TEXT = (
    HEAD
    + """
  - {name: known, database: shop, table: pages, if: EVENT.mail != null}
attributes:
  - {name: tier, type: imported, sensitive: true}
  - {name: copy, type: single, event: page, value: "${PROFILE.mail}"}
  - {name: again, type: single, event: page, if: PROFILE.copy, value: x}
  - {name: count, type: counter, event: known}
  - {name: plain, type: counter, event: page}
offers:
  - {name: o, set: {event: page, data: {copy: "${PROFILE.again}", tier: ["${PROFILE.tier}"], whole: "${EVENT}"}}}
  - {name: p, set: {event: page, data: {count: {a: "${PROFILE.count}"}, plain: "${PROFILE.plain + EVENT.x}", c: 1}}}
"""
)
MAIL = 'PROFILE.mail: the key "mail" is sensitive'


@pytest.mark.parametrize(
    ("offer", "key", "chain"),
    [
        (0, "copy", f'PROFILE.again: the attribute "again" reads PROFILE.copy: the attribute "copy" reads {MAIL}'),
        (0, "tier", 'PROFILE.tier: the attribute "tier" is sensitive'),
        (0, "whole", 'EVENT as a whole, and in it EVENT.mail: the key "mail" is sensitive'),
        (1, "count", 'PROFILE.count: the attribute "count" waits for the event "known", which reads EVENT.mail: '
         'the key "mail" is sensitive'),
        (1, "plain", ""),
        (1, "c", ""),
    ],
)  # fmt: skip
def test_chain__of_a_value__leads_to_what_is_marked(offer: int, key: str, chain: str) -> None:
    plan = plan_of(TEXT)
    template = dict(plan.offers[offer].rules[0].data)[key]
    assert Sensitivity(plan).of(template) == (f"reads {chain}" if chain else "")


@settings(max_examples=100, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_sensitivity__of_any_plan__is_what_the_check_decided(seed: int) -> None:
    plan = random_plan(Random(seed))
    found = Sensitivity(plan)
    for attribute in plan.attributes:
        assert found.is_sensitive("PROFILE", attribute.name) == attribute.tainted
    for offer in plan.offers:
        chains = [found.of(rule.condition) or found.of_events(rule.events) for rule in offer.rules]
        assert any(chains) == offer.withheld_in_public
        for rule in offer.rules:
            assert {key for key, template in rule.data if found.of(template)} == rule.tainted_data
