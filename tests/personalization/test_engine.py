"""What comes of an event: the order of things, offers, activations, reasons, errors."""

from __future__ import annotations

from typing import Any

import pytest

from tests.personalization.world import NOW, World

OFFER = "offers:\n  - {name: hello, set: {event: page, data: {user: '${PROFILE.user}'}}}\n"


def reason(text: str, table: str = "pages", public: bool = False, **event: Any) -> str:
    return World(text).answer(table, public, **(event or {"user": "u1"})).reason


def test_attributes__later_ones__see_the_earlier_writes_of_the_same_event() -> None:
    here = World("""
attributes:
  - {name: views, type: counter, event: page}
  - {name: doubled, type: single, event: page, value: "${PROFILE.views * 2}"}
  - {name: before, type: single, event: page, value: "${PROFILE.after === undefined}"}
  - {name: after, type: single, event: page, value: "set"}
offers:
  - name: o
    set:
      event: page
      data: {views: "${PROFILE.views}", doubled: "${PROFILE.doubled}", first: "${PROFILE.before}"}
""")
    assert here.page(user="u1") == {"o": {"views": 1, "doubled": 2, "first": True}}
    assert here.page(user="u1") == {"o": {"views": 2, "doubled": 4, "first": False}}


def test_row__fits_several_events__each_attribute_is_written_once() -> None:
    here = World(
        """
attributes:
  - {name: both, type: counter, event: [page, promo]}
  - {name: promos, type: counter, event: promo}
""",
        head="""
keys: [user]
events:
  - {name: page, database: shop, table: pages}
  - {name: promo, database: shop, table: pages, if: EVENT.promo}
""",
    )
    here.page(user="u1", promo=True)
    here.page(user="u1")
    assert (here.profile("both", user="u1"), here.profile("promos", user="u1")) == (2, 1)


def test_attribute__if_is_false__writes_nothing() -> None:
    here = World('attributes:\n  - {name: a, type: single, event: page, if: EVENT.x > 1, value: "${EVENT.x}"}\n')
    here.page(user="u1", x=1)
    assert here.profile("a", user="u1") is None
    here.page(user="u1", x=2)
    assert here.profile("a", user="u1") == 2


def test_offer__first_rule_that_matches__decides() -> None:
    here = World("""
offers:
  - name: o
    set:
      - {event: order, data: {from: order}}
      - {event: page, if: EVENT.x == 1, data: {from: one}}
      - {event: page, if: EVENT.x >= 1, data: {from: more}}
""")
    assert here.page(user="u1", x=1) == {"o": {"from": "one"}}
    assert here.page(user="u1", x=2) == {"o": {"from": "more"}}
    assert here.page(user="u1", x=0) == {}
    assert here.order(user="u1") == {"o": {"from": "order"}}


def test_offer__data_that_fails__leaves_the_offer_out_without_falling_through() -> None:
    here = World("""
offers:
  - name: broken
    set:
      - {event: page, data: {x: "${EVENT.a.b}"}}
      - {event: page, if: EVENT.y, data: {x: never}}
  - {name: fine, set: {event: page, data: {x: 1}}}
""")
    answer = here.answer("pages", user="u1", y=True)
    assert answer.offers == {"fine": {"attributes": {"x": 1}}}
    assert [error.where for error in answer.errors] == ['offer "broken", rule 1, data, x']


def test_offer__if_that_fails__is_false() -> None:
    here = World("""
offers:
  - name: o
    set:
      - {event: page, if: EVENT.a.b, data: {x: first}}
      - {event: page, data: {x: second}}
""")
    answer = here.answer("pages", user="u1")
    assert answer.offers == {"o": {"attributes": {"x": "second"}}}
    assert answer.errors[0].where == 'offer "o", rule 1, if'
    assert answer.errors[0].message.startswith("TypeError")


@pytest.mark.parametrize(
    ("data", "result"),
    [
        ("{a: '${undefined}', b: 1}", {"b": 1}),
        ("{a: '${null}'}", {"a": None}),
        ("{a: '${NaN}', b: '${1/0}'}", {"a": None, "b": None}),
        ("{a: 'x${1 + 1}y'}", {"a": "x2y"}),
        ("{a.b: {c: ['${EVENT.n}', 2]}}", {"a.b": {"c": [1, 2]}}),
        ("{a: '$${x}'}", {"a": "${x}"}),
        ("{a: '${EVENT.deep}'}", {"a": {"k": [1, None]}}),
        ("{a: '${EVENT.uuid.length}', t: '${EVENT.time}'}", {"a": 36, "t": NOW}),
        ("{a: '${NOW}'}", {"a": NOW}),
    ],
)
def test_offer__data__has_json_types(data: str, result: Any) -> None:
    here = World(f"offers:\n  - {{name: o, set: {{event: page, data: {data}}}}}\n")
    assert here.page(user="u1", n=1, deep={"k": [1, None]}) == {"o": result}


@pytest.mark.parametrize(
    ("option", "is_on"),
    [
        ("enabled: true", True),
        ("enabled: false", False),
        ("starts_at: 2027-01-15T08:00:00Z", True),
        ("starts_at: 2027-01-15T08:00:01Z", False),
        ("ends_at: 2027-01-15T08:00:00Z", False),
        ("ends_at: 2027-01-15T08:00:01Z", True),
        ("starts_at: 2027-01-15T09:00:00+01:00", True),
    ],
)
def test_offer__schedule__begins_inclusive_and_ends_exclusive(option: str, is_on: bool) -> None:
    here = World(f"offers:\n  - name: o\n    {option}\n    set: {{event: page, data: {{x: 1}}}}\n")
    assert NOW == 1_800_000_000  # 2027-01-15T08:00:00Z
    assert bool(here.page(user="u1")) is is_on


def test_profile_used_whole__has_what_is_set() -> None:
    here = World("""
attributes:
  - {name: views, type: counter, event: page}
  - {name: path, type: single, event: page, value: "${EVENT.path}"}
offers:
  - {name: o, set: {event: page, data: {all: "${Object.keys(PROFILE)}", some: "${PROFILE[EVENT.which]}"}}}
""")
    assert here.page(user="u1", which="views") == {"o": {"all": ["user", "views"], "some": 1}}
    assert here.page(user="u1", which="none", path="/") == {"o": {"all": ["user", "views", "path"]}}


@pytest.mark.parametrize(
    ("text", "event", "expected"),
    [
        (OFFER, {"user": "u1"}, ""),
        (OFFER, {}, "no-key"),
        (OFFER.replace("event: page", "event: order"), {"user": "u1"}, "no-rule"),
        (OFFER.replace("event: page", "event: page, if: false"), {"user": "u1"}, "no-rule"),
        (OFFER.replace("PROFILE.user", "EVENT.a.b"), {"user": "u1"}, "error"),
        (OFFER.replace("event: page", "event: page, if: EVENT.a.b"), {"user": "u1"}, "error"),
    ],
)
def test_reason__private_path__says_how_far_it_got(text: str, event: dict[str, Any], expected: str) -> None:
    assert World(text).answer("pages", **event).reason == expected


def test_reason__row_that_is_no_named_event__no_event() -> None:
    head = "keys: [user]\nevents:\n  - {name: page, database: shop, table: pages, if: EVENT.x.y}\n"
    here = World(OFFER, head=head)
    assert here.answer("pages", user="u1", x={"y": False}).reason == "no-event"
    assert here.answer("pages", user="u1").reason == "error"


def test_public_path__sensitive__never_leaves() -> None:
    text = """
attributes:
  - {name: tier, type: single, event: page, value: "${EVENT.mail}"}
offers:
  - {name: partly, set: {event: page, data: {tier: "${PROFILE.tier}", hello: world}}}
  - {name: wholly, set: [{event: page, data: {x: 1}}, {event: order, if: PROFILE.mail, data: {x: 2}}]}
"""
    here = World(text)
    private = here.answer("pages", user="u1", mail="m@x")
    assert private.offers == {
        "partly": {"attributes": {"tier": "m@x", "hello": "world"}},
        "wholly": {"attributes": {"x": 1}},
    }
    public = here.answer("pages", public=True, user="u1")
    assert public.offers == {"partly": {"attributes": {"hello": "world"}}}


def test_public_path__only_withheld_offers__withheld() -> None:
    text = "offers:\n  - {name: o, set: {event: page, if: PROFILE.mail, data: {x: 1}}}\n"
    assert reason(text, public=True) == "withheld"
    assert reason(text, "orders", public=True) == "no-rule"


def test_activation__fires__with_its_body_and_headers() -> None:
    here = World("""
attributes:
  - {name: spent, type: counter, event: order, increment: "${EVENT.amount}"}
activations:
  - name: big
    event: order
    if: PROFILE.spent > 5
    webhook:
      url: https://hooks.example.com/crm
      headers: {X-Key: "${SECRET.crm}", X-User: "${PROFILE.user}"}
      body: {user: "${PROFILE.user}", spent: "${PROFILE.spent}", gone: "${EVENT.no}"}
""")
    assert here.fired("orders", user="u1", amount=5) == []
    [fired] = here.fired("orders", user="u1", amount=1)
    assert tuple(fired) == ("big", {"user": "u1", "spent": 6}, {"X-User": "u1"})


def test_activation__body_that_fails__does_not_fire() -> None:
    here = World("""
activations:
  - {name: a, event: page, webhook: {url: "https://hooks.example.com/", body: {x: "${EVENT.a.b}"}}}
""")
    assert here.fired("pages", user="u1") == []


def test_budget__one_event__is_shared_by_all_expressions() -> None:
    costly = "${Array.from('x'.repeat(1000)).map(x => x + x).length}"
    offers = "".join(f'  - {{name: o{n}, set: {{event: page, data: {{x: "{costly}"}}}}}}\n' for n in range(30))
    answer = World("offers:\n" + offers).answer("pages", user="u1")
    assert 0 < len(answer.offers) < 30
    assert answer.errors[-1].message.startswith("BudgetError")
    assert "o0" in answer.offers
    assert "o29" not in answer.offers


DEEP = "'x'.repeat(200).split('').reduce(a => [a], 1)"


def test_value__nested_too_deep_for_json__leaves_out_its_write_offer_or_activation() -> None:
    here = World(f"""
attributes:
  - {{name: deep, type: single, event: page, value: "${{{DEEP}}}"}}
offers:
  - {{name: deep, set: {{event: page, data: {{x: "${{{DEEP}}}"}}}}}}
  - {{name: fine, set: {{event: page, data: {{x: 1}}}}}}
activations:
  - {{name: deep, event: page, webhook: {{url: "https://hooks.example.com/", body: {{x: "${{{DEEP}}}"}}}}}}
  - {{name: head, event: page, webhook: {{url: "https://hooks.example.com/", headers: {{X: "${{{DEEP}}}"}}, body: 1}}}}
  - {{name: fine, event: page, webhook: {{url: "https://hooks.example.com/", body: "${{EVENT.none}}"}}}}
""")
    answer = here.answer("pages", user="u1")
    assert dict(answer.offers) == {"fine": {"attributes": {"x": 1}}}
    assert [(error.where, error.message) for error in answer.errors] == [
        (where, "BudgetError: a value is nested more than 128 deep")
        for where in (
            'attribute "deep", value',
            'offer "deep", rule 1, data, x',
            'activation "deep", webhook, body',
            'activation "head", webhook, headers, X',
        )
    ]
    assert [(fired.name, fired.body) for fired in here.fired("pages", user="u1")] == [("fine", None)]
