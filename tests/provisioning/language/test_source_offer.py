"""The offer that the product's public documentation shows works as it stands."""

from __future__ import annotations

from provisioning.language.expressions import LazyObject, Scope
from tests.provisioning.language.checking import check, plan_of

OFFER = """\
offers:
- name: "preferences_known"
  set:
    - event: "pageview"
      if: PROFILE.preferences.length > 0
      data:
        td_client_id: ${PROFILE.td_client_id}
        preferences: ${PROFILE.preferences.slice(-1)[0].value}
"""
AROUND_IT = """\
keys: [td_client_id]
events:
- {name: pageview, database: your_database, table: pageviews}
attributes:
- {name: preferences, type: list, event: pageview, value: "${EVENT.some_key}"}
tokens: [e65d8a9d-f209-4f02-b84c-d660efff6f27]
"""


def test_source_offer__with_what_it_refers_to__has_no_problem() -> None:
    assert check(AROUND_IT + OFFER).problems == ()


def test_source_offer__alone__says_all_that_is_missing() -> None:
    found = [(problem.code, problem.line, problem.column) for problem in check(OFFER).errors]

    assert found == [
        ("unknown-event", 4, 14),
        ("unknown-profile-name", 5, 11),
        ("unknown-profile-name", 7, 25),
        ("unknown-profile-name", 8, 24),
    ]


def test_source_offer__a_profile_with_preferences__gets_the_last_one() -> None:
    (rule,) = plan_of(AROUND_IT + OFFER).offers[0].rules
    profile = LazyObject(td_client_id="202", preferences=[{"value": "cats", "time": 1}, {"value": "dogs", "time": 2}])
    scope = Scope(profile=profile, event=LazyObject(some_key="x"), now=1_800_000_000)

    assert rule.condition is not None
    assert rule.condition.evaluate(scope) is True
    assert {name: template.evaluate(scope) for name, template in rule.data} == {
        "td_client_id": "202",
        "preferences": "dogs",
    }


def test_source_offer__a_profile_without_any__gets_nothing() -> None:
    condition = plan_of(AROUND_IT + OFFER).offers[0].rules[0].condition

    assert condition is not None
    assert condition.evaluate(Scope(profile=LazyObject(preferences=[]), event=LazyObject(), now=0)) is False
