"""Explanations: why an event got what it got."""

from __future__ import annotations

import json
from typing import Any

import pytest

from personalization.engine import Row, evaluate
from personalization.explain import explain
from personalization.explanation import Explanation, ValueTrace
from personalization.profile import Profile
from personalization.program import program
from tests.personalization.world import NOW, World, plan_of


def explained(text: str, *earlier: dict[str, Any], public: bool = False, **event: Any) -> Explanation:
    """The last of these page views, under the usual keys and events."""
    here = World(text)
    for each in earlier:
        here.page(**each)
    return here.profiles.explain("shop", "pages", {"user": "u1", **event}, public=public, now=NOW)[1]


def shown(value: ValueTrace | None) -> dict[str, Any] | None:
    """The value or error, and the parts of its expressions."""
    if value is None:
        return None
    parts = {part.source: part.values[-1] for item in value.expressions for part in item.parts}
    return {"": value.error or value.value, **parts}


@pytest.mark.parametrize(
    ("event", "public", "expected"),
    [
        ({"user": "u1", "mail": "m", "device": 7}, False, {"user": "used", "mail": "used", "device": "used"}),
        ({"user": "u1", "mail": "m", "other": "o"}, True, {"user": "used", "mail": "not-public", "other": "weaker"}),
        ({"other": "o"}, True, {"other": "used", "user": "absent"}),
        ({"user": "", "mail": None}, False, {"user": "nobody", "mail": "nobody"}),
        ({"device": "NULL", "other": 1.5}, False, {"device": "nobody", "other": "nobody"}),
        ({"user": "u1", "visitor": "test_1"}, False, {"visitor": "excluded"}),
        ({"user": "u1", "visitor": "0"}, False, {"visitor": "nobody"}),
        ({"user": "u1", "mail": "m" * 257}, False, {"mail": "too-long"}),
    ],
)  # fmt: skip
def test_keys__each__is_used_or_says_why_not(event: dict[str, Any], public: bool, expected: dict[str, str]) -> None:
    head = """
keys:
  - {name: user, public: true}
  - {name: mail, sensitive: true}
  - device
  - {name: other, public: true}
  - {name: visitor, exclude_regex: ^test_}
events: [{name: page, database: shop, table: pages}]
"""
    here = World("", head=head)
    found = here.profiles.explain("shop", "pages", event, public=public, now=NOW)[1]
    statuses = {key.name: key.status for key in found.keys}
    assert {name: statuses[name] for name in expected} == expected
    assert {key.name for key in found.keys if key.sensitive} == {"mail"}


def test_keys__nobody_identified__is_all_that_is_told() -> None:
    here = World("offers: [{name: o, set: {event: page, data: {a: 1}}}]")
    answer, found = here.profiles.explain("shop", "pages", {"item": "a"}, public=False, now=NOW)
    assert answer.reason == found.answer.reason == "no-key"
    assert (found.events, found.attributes, found.offers, found.activations) == ((), (), (), ())
    assert [field.name for field in found.row.fields] == ["item", "time", "uuid"]


EVENTS = """
events:
  - {name: page, database: shop, table: pages}
  - {name: order, database: shop, table: orders}
  - {name: big, database: shop, table: pages, if: EVENT.amount > 10}
  - {name: broken, database: shop, table: pages, if: EVENT.a.b.c}
"""


def test_events__each__matched_or_says_why_not() -> None:
    here = World("", head="keys: [user]" + EVENTS)
    found = here.profiles.explain("shop", "pages", {"user": "u", "amount": 3}, public=False, now=NOW)[1]
    assert [(event.name, event.status, shown(event.condition)) for event in found.events] == [
        ("page", "matched", None),
        ("order", "other-table", None),
        ("big", "condition-false", {"": "false", "EVENT.amount": "3"}),
        (
            "broken",
            "condition-failed",
            {"": "TypeError: undefined has no property b", "EVENT.a": "undefined"},
        ),
    ]
    [failed] = found.events[3].condition.expressions if found.events[3].condition else ()
    assert failed.source[failed.offset or 0 :] == "b.c"


ATTRIBUTES = """
attributes:
  - {name: seen, type: list, event: page, value: "${EVENT.item}"}
  - {name: visits, type: counter, event: page}
  - {name: orders, type: counter, event: order}
  - {name: cheap, type: single, event: page, if: EVENT.price < 5, value: cheap}
  - {name: odd, type: single, event: page, if: EVENT.a.b, value: odd}
  - {name: missing, type: single, event: page, value: "${EVENT.nothing}"}
  - {name: spend, type: counter, event: page, increment: "${EVENT.item}"}
  - {name: failing, type: single, event: page, value: "${EVENT.a.b}"}
  - {name: hidden, type: single, event: page, value: "${PROFILE.mail}"}
  - {name: tier, type: imported}
offers:
  - {name: all, set: {event: page, data: {p: "${PROFILE}"}}}
"""


def test_attributes__each__before_and_after_and_why() -> None:
    found = explained(ATTRIBUTES, {"user": "u1", "item": "a"}, item="b", price=9, mail="m")
    assert {item.name: (item.status, item.before, item.after) for item in found.attributes} == {
        "seen": ("written", f'[{{"value": "a", "time": {NOW}}}]', _items("a", "b")),
        "visits": ("written", "1", "2"),
        "orders": ("no-event", "0", "0"),
        "cheap": ("condition-false", "undefined", "undefined"),
        "odd": ("condition-failed", "undefined", "undefined"),
        "missing": ("undefined", "undefined", "undefined"),
        "spend": ("failed", "0", "0"),
        "failing": ("failed", "undefined", "undefined"),
        "hidden": ("written", "undefined", '"m"'),
        "tier": ("imported", "undefined", "undefined"),
    }
    by_name = {item.name: item for item in found.attributes}
    assert shown(by_name["cheap"].condition) == {"": "false", "EVENT.price": "9"}
    assert by_name["odd"].error == "TypeError: undefined has no property b"
    assert by_name["spend"].error == "a counter needs a finite number"
    assert [item.name for item in found.attributes if item.sensitive] == ["hidden"]


def _items(*values: str) -> str:
    return "[" + ", ".join(f'{{"value": "{value}", "time": {NOW}}}' for value in values) + "]"


def test_attribute__too_large__says_so() -> None:
    [found] = explained(
        'attributes: [{name: a, type: single, event: page, value: "${EVENT.item}"}]', item="x" * 5000
    ).attributes
    assert (found.status, found.error) == ("failed", "a stored value has at most 4096 characters of JSON")
    assert found.value is not None
    assert len(found.value.value) == 200


OFFERS = """
attributes:
  - {name: visits, type: counter, event: page}
  - {name: contact, type: single, event: page, value: "${PROFILE.mail}"}
offers:
  - {name: given, set: {event: page, if: PROFILE.visits > 0, data: {v: "${PROFILE.visits}", u: "${EVENT.u}", c: 1}}}
  - {name: paused, enabled: false, set: {event: page, data: {a: 1}}}
  - {name: early, starts_at: 2099-01-01T00:00:00Z, set: {event: page, data: {a: 1}}}
  - {name: late, ends_at: 2020-01-01T00:00:00Z, set: {event: page, data: {a: 1}}}
  - {name: private, set: {event: page, if: PROFILE.contact != null, data: {a: 1}}}
  - {name: partly, set: {event: page, data: {a: 1, c: "${PROFILE.contact}"}}}
  - {name: ordered, set: {event: order, data: {a: 1}}}
  - {name: failing, set: {event: page, data: {a: "${EVENT.b.c}", z: 1}}}
  - name: choosy
    set:
      - {event: order, data: {a: 1}}
      - {event: page, if: EVENT.a.b, data: {a: 2}}
      - {event: page, if: PROFILE.visits > 5, data: {a: 3}}
  - name: second
    set:
      - {event: page, if: PROFILE.visits > 5, data: {a: 1}}
      - {event: page, if: PROFILE.visits > 0, data: {a: 2}}
      - {event: page, data: {a: 3}}
"""


def test_offers__on_the_private_path__status_of_each() -> None:
    found = explained(OFFERS, mail="m")
    assert {offer.name: offer.status for offer in found.offers} == {
        "given": "given",
        "paused": "off",
        "early": "off",
        "late": "off",
        "private": "given",
        "partly": "given",
        "ordered": "no-event",
        "failing": "failed",
        "choosy": "no-rule",
        "second": "given",
    }
    assert {offer.name: offer.why for offer in found.offers if offer.why} == {
        "paused": "disabled",
        "early": "starts at 2099-01-01T00:00:00Z",
        "late": "ended at 2020-01-01T00:00:00Z",
    }


def test_offers__on_the_public_path__what_is_withheld_and_the_chain() -> None:
    offers = {offer.name: offer for offer in explained(OFFERS, mail="m", public=True).offers}
    chain = 'reads PROFILE.contact: the attribute "contact" reads PROFILE.mail: the key "mail" is sensitive'
    assert (offers["private"].status, offers["private"].why) == ("withheld", f"rule 1 {chain}")
    assert [rule.status for rule in offers["private"].rules] == ["not-reached"]
    assert [(data.key, data.status, data.why) for data in offers["partly"].rules[0].data] == [
        ("a", "given", ""),
        ("c", "sensitive", chain),
    ]


def test_rules__each__reached_or_not_with_the_value_of_its_condition() -> None:
    offers = {offer.name: offer for offer in explained(OFFERS).offers}
    assert [(rule.name, rule.status, shown(rule.condition)) for rule in offers["choosy"].rules] == [
        ("rule 1", "other-event", None),
        ("rule 2", "condition-failed", {"": "TypeError: undefined has no property b", "EVENT.a": "undefined"}),
        ("rule 3", "condition-false", {"": "false", "PROFILE.visits": "1"}),
    ]
    assert [(rule.status, shown(rule.condition)) for rule in offers["second"].rules] == [
        ("condition-false", {"": "false", "PROFILE.visits": "1"}),
        ("matched", {"": "true", "PROFILE.visits": "1"}),
        ("not-reached", None),
    ]
    assert [rule.status for rule in offers["paused"].rules] == ["not-reached"]


def test_data__each_key__given_left_out_or_failed() -> None:
    offers = {offer.name: offer for offer in explained(OFFERS).offers}
    assert [(data.key, data.status, shown(data.value)) for data in offers["given"].rules[0].data] == [
        ("v", "given", {"": "1"}),
        ("u", "undefined", {"": "undefined"}),
        ("c", "given", {"": "1"}),
    ]
    assert [(data.key, data.status) for data in offers["failing"].rules[0].data] == [
        ("a", "failed"),
        ("z", "not-reached"),
    ]


ACTIVATIONS = """
attributes: [{name: visits, type: counter, event: page}]
activations:
  - name: told
    event: page
    if: PROFILE.visits > 0
    webhook:
      url: https://hooks.example.com/
      headers: {X-Key: "${SECRET.key}", X-Item: "${EVENT.item}", X-None: "${EVENT.none}"}
      body: {user: "${PROFILE.user}", visits: ["${PROFILE.visits}"], mail: "${PROFILE.mail}"}
  - {name: many, event: page, if: PROFILE.visits > 5, webhook: {url: "https://hooks.example.com/", body: {}}}
  - {name: odd, event: page, if: EVENT.a.b, webhook: {url: "https://hooks.example.com/", body: {}}}
  - {name: failing, event: page, webhook: {url: "https://hooks.example.com/", body: {a: "${EVENT.a.b}"}}}
  - {name: ordered, event: order, webhook: {url: "https://hooks.example.com/", body: {}}}
  - {name: off, enabled: false, event: page, webhook: {url: "https://hooks.example.com/", body: {}}}
"""


def test_activations__each__fired_or_says_why_not() -> None:
    found = explained(ACTIVATIONS, item="i")
    assert {item.name: item.status for item in found.activations} == {
        "told": "fired",
        "many": "condition-false",
        "odd": "condition-failed",
        "failing": "failed",
        "ordered": "no-event",
        "off": "off",
    }
    told = found.activations[0]
    assert shown(told.body) == {"": '{"user": "u1", "visits": [1]}'}
    assert told.body is not None
    assert told.body.sensitive
    assert [(header.key, header.status) for header in told.headers] == [("X-Item", "given"), ("X-None", "undefined")]


ACTIVATION = 'activations: [{name: told, event: page, webhook: {url: "https://hooks.example.com/", body: {}}}]\n'


def test_repeat__nothing_is_written__and_that_is_said() -> None:
    text = "keys: [user]" + EVENTS + ATTRIBUTES.replace("PROFILE.mail", "PROFILE.user")
    plan = program(plan_of(text + ACTIVATION))
    row = Row("shop", "pages", {"user": "u"}, NOW, NOW, False)
    found = explain(plan, Profile(1, "1/8", NOW), row, {"user": "u"}, writing=False)
    assert {item.status for item in found.attributes} == {"not-writing", "no-event", "imported"}
    assert [item.status for item in found.activations] == ["not-writing"]
    assert found.answer == evaluate(plan, Profile(1, "1/8", NOW), row, {"user": "u"}, writing=False)


def test_as_dict__is_json_with_every_section() -> None:
    found = explained(OFFERS, mail="m").as_dict()
    assert list(found) == ["answer", "row", "keys", "events", "attributes", "offers", "activations"]
    assert json.loads(json.dumps(found)) == found
    assert found["answer"]["offers"]["given"] == {"attributes": {"v": 1, "c": 1}}
    assert found["offers"][0]["rules"][0]["condition"]["expressions"][0]["parts"] == [
        {
            "source": "PROFILE.visits",
            "offset": 0,
            "length": 14,
            "values": ["1"],
            "count": 1,
            "in_function": False,
            "sensitive": False,
        }
    ]
    assert {item["name"]: item["sensitive"] for item in found["row"]["fields"]}["mail"]


def test_fields__very_many__are_cut() -> None:
    assert len(explained("", **{f"c{number}": number for number in range(300)}).row.fields) == 200
