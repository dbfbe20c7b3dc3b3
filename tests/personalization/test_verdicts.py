"""One sentence for each offer, and one for all."""

from __future__ import annotations

from typing import Any

import pytest

from personalization.memory_profiles import MemoryProfiles
from personalization.verdicts import verdict, why_no_offers
from tests.personalization.world import HEAD, NOW, plan_of


def told(text: str, *, public: bool = False, table: str = "pages", **event: Any) -> tuple[str, str]:
    """The verdict on the first offer, and why there are none at all, of an event by user u1."""
    profiles = MemoryProfiles(plan_of(HEAD + text))
    _, explanation = profiles.explain("shop", table, {"user": "u1", **event}, public=public, now=NOW)
    offer = next(iter(explanation.offers), None)
    return (verdict(offer, explanation) if offer else ""), why_no_offers(explanation)


def offer(condition: str, data: str = "{a: 1}", more: str = "") -> str:
    return f"offers: [{{name: o, set: [{{event: page, if: '{condition}', data: {data}}}]{more}}}]"


@pytest.mark.parametrize(
    ("condition", "says"),
    [
        ("false", "false is false"),
        ("EVENT.a", "EVENT.a is undefined"),
        ("EVENT.a == 1", "EVENT.a == 1 is false, as EVENT.a is undefined"),
        ("EVENT.n > 2 && EVENT.t == \"x\"", "EVENT.n > 2 is false, as EVENT.n is 1"),
        ("EVENT.n == 1 && EVENT.t == \"x\"", 'EVENT.t == "x" is false, as EVENT.t is undefined'),
        ("EVENT.n == 1 && (EVENT.n > 0 && EVENT.n > 5)", "EVENT.n > 5 is false, as EVENT.n is 1"),
        ("EVENT.n > 5 || EVENT.n < 0", "EVENT.n > 5 || EVENT.n < 0 is false, as EVENT.n is 1"),
        ("EVENT.n == 1 && (EVENT.n > 5 || EVENT.n < 0)", "EVENT.n > 5 || EVENT.n < 0 is false, as EVENT.n is 1"),
        ("EVENT.n > 5 ? true : false", "EVENT.n > 5 ? true : false is false, as EVENT.n is 1"),
        ("!(EVENT.n == 1 && EVENT.n > 0)", "!(EVENT.n == 1 && EVENT.n > 0) is false, as EVENT.n is 1"),
        ("EVENT.l.some(x => x > 5 && x < 9)", "EVENT.l.some(x => x > 5 && x < 9) is false, as EVENT.l is [1, 2]"),
    ],
)  # fmt: skip
def test_verdict__condition_not_met__names_what_decided(condition: str, says: str) -> None:
    said, why = told(offer(condition), n=1, l=[1, 2])
    assert said.startswith("rule 1 does not match: ")
    assert said.removeprefix("rule 1 does not match: ").startswith(says)
    assert why == "no rule matched: of none were both `event` and `if` right"


def test_verdict__condition_that_fails__says_how() -> None:
    said, why = told(offer("EVENT.a.b.c"))
    assert said.startswith("rule 1 does not match: it failed: ")
    assert why.startswith('something in the configuration failed for this event: offer "o", rule 1, if: ')


def test_verdict__several_rules__tells_of_each() -> None:
    rules = "{event: order, data: {}}, {event: page, if: EVENT.n > 1, data: {}}, {event: page, if: false, data: {}}"
    said, _ = told(f"offers: [{{name: o, set: [{rules}]}}]", n=1)
    assert said == (
        "rule 1 waits for “order”; rule 2 does not match: EVENT.n > 1 is false, as EVENT.n is 1; "
        "rule 3 does not match: false is false"
    )


@pytest.mark.parametrize(
    ("text", "event", "says"),
    [
        (offer("true"), {}, "given by rule 1"),
        (offer("true", more=", enabled: false"), {}, "off: disabled"),
        (offer("true", more=", starts_at: 2030-01-01T00:00:00Z"), {}, "off: starts at 2030-01-01T00:00:00Z"),
        (offer("true", data='{a: "${EVENT.x.y.z}"}'), {}, "a rule matched, but its data failed: a: "),
        (offer("PROFILE.mail"), {"public": True}, "withheld on the public path: rule 1 reads PROFILE.mail"),
        (offer("true"), {"table": "orders"}, "waits for “page”; this row is “order”"),
    ],
)
def test_verdict__other_ends__are_told(text: str, event: dict[str, Any], says: str) -> None:
    assert told(text, **event)[0].startswith(says)


def test_verdict__row_that_is_no_named_event__says_so() -> None:
    text = """
    keys: [user]
    events: [{name: big, database: shop, table: orders, if: EVENT.amount > 100}]
    offers: [{name: o, set: {event: big, data: {a: 1}}}]
    """
    profiles = MemoryProfiles(plan_of(text))
    _, explanation = profiles.explain("shop", "orders", {"user": "u1", "amount": 5}, public=False, now=NOW)
    assert verdict(explanation.offers[0], explanation) == "waits for “big”; this row is none of the named events"
    assert why_no_offers(explanation) == "the row fits none of the named events of its table"


def test_verdict__long_values__are_cut() -> None:
    said, _ = told(offer('EVENT.t == "x"'), t="y" * 1000)
    assert len(said) < 300
    assert said.endswith("…")
