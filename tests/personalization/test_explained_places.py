"""Failures told with the line and column of the configuration, worked out when an event is explained."""

from __future__ import annotations

import json

import pytest

from personalization.explained_places import placed
from personalization.explanation import Explanation
from personalization.explanation_text import explanation_text
from personalization.golden import run_golden_tests
from personalization.memory_profiles import MemoryProfiles
from personalization.verdicts import why_no_offers
from tests.personalization.world import NOW, plan_of

TEXT = """\
keys: [{name: user, public: true}]
events:
  - {name: page, database: shop, table: pages}
  - name: odd
    database: shop
    table: pages
    if: EVENT.a.b
attributes:
  - name: seen
    type: list
    event: page
    value: 'x ${EVENT.a.b}'
  - {name: long, type: single, event: page, value: "${'x'.repeat(5000)}"}
  - {name: count, type: counter, event: page, increment: "${EVENT.a.b}"}
offers:
  - name: sale
    set:
      - event: page
        if: EVENT.a.b
        data: {}
      - event: page
        data:
          fine: ${NOW}
          bad: ["${EVENT.a.b}"]
activations:
  - {name: told, event: page, webhook: {url: "https://x.example/", headers: {X: "${EVENT.a.b}"}, body: "${EVENT.a.b}"}}
"""


def explained(text: str = TEXT, **event: object) -> Explanation:
    profiles = MemoryProfiles(plan_of(text))
    return placed(profiles.explain("shop", "pages", {"user": "u1", **event}, public=False, now=NOW)[1], text)


def test_errors__each__have_line_and_column() -> None:
    lines = TEXT.splitlines()
    errors = explained().as_dict()["answer"]["errors"]

    found = {each["where"]: lines[each["place"]["line"] - 1][each["place"]["column"] - 1 :] for each in errors}

    assert found == {
        'event "odd", if': "b",
        'attribute "seen", value': "b}'",
        'attribute "long", value': "\"${'x'.repeat(5000)}\"}",
        'attribute "count", increment': 'b}"}',
        'offer "sale", rule 1, if': "b",
        'offer "sale", rule 2, data, bad': 'b}"]',
        'activation "told", webhook, headers, X': 'b}"}, body: "${EVENT.a.b}"}}',
        'activation "told", webhook, body': 'b}"}}',
    }


def test_expression__that_fails__has_its_place() -> None:
    trace = explained().as_dict()["offers"][0]["rules"][0]["condition"]["expressions"][0]

    assert (trace["offset"], trace["place"]) == (8, {"line": 19, "column": 21})


def test_text__names_the_line() -> None:
    found = explanation_text(explained())

    assert "fails at character 9 (line 19, column 21): b" in found
    assert "fails at character 13 (line 12, column 25): b}" in found


def test_because__names_the_line() -> None:
    assert 'offer "sale", rule 1, if (line 19, column 21): TypeError' in why_no_offers(explained())


def test_placed__nothing_failed__is_as_it_was() -> None:
    text = TEXT.replace("EVENT.a.b", "EVENT.a").replace("5000", "5")
    found = explained(text, a=1)

    assert found.answer.errors == ()
    assert placed(found, "another text") is found


@pytest.mark.parametrize("text", ["", "[", "offers: []"])
def test_placed__by_a_text_without_its_parts__is_without_places(text: str) -> None:
    profiles = MemoryProfiles(plan_of(TEXT))
    found = profiles.explain("shop", "pages", {"user": "u1"}, public=False, now=NOW)[1]

    shown = placed(found, text).as_dict()

    assert {each["place"] for each in shown["answer"]["errors"]} == {None}
    assert json.loads(json.dumps(shown)) == shown


def test_golden_failure__with_the_text__names_the_line() -> None:
    text = TEXT + "tests: [{name: t, steps: [{post: shop/pages, event: {user: u1}, offers: {sale: {}}}]}]\n"

    [failure] = run_golden_tests(plan_of(text), now=NOW, text=text)

    assert "fails at character 9 (line 19, column 21): b" in failure.why
