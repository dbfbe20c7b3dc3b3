"""A whole configuration, with every section and field, becomes the plan that it describes."""

from __future__ import annotations

from provisioning.language.expressions import LazyObject, Scope
from tests.provisioning.language.checking import TOKEN, TOKEN_DIGEST, check, known_token, plan_of

FULL = f"""\
version: 1
description: Preference centre

keys:
  - name: customer_id
  - name: td_client_id
    public: true
    exclude_regex: "^test_"
  - name: email
    sensitive: true
  - loyalty_id

events:
  - name: pageview
    database: your_database
    table: pageviews
  - name: purchase
    database: your_database
    table: orders
    if: EVENT.amount > 0

attributes:
  - name: preferences
    type: list
    event: pageview
    if: EVENT.some_key != null
    value: ${{EVENT.some_key}}
    max_items: 50
    expire_after: 30d
    distinct: true
  - name: last_page
    type: single
    event: pageview
    value: ${{EVENT.td_path}}
    aggregation: last
  - name: spend_7d
    type: counter
    event: purchase
    increment: ${{EVENT.amount}}
    window: 7d
  - name: customer_tier
    type: imported
    sensitive: true

offers:
  - name: "preferences_known"
    set:
      - event: "pageview"
        if: PROFILE.preferences.length > 0
        data:
          td_client_id: ${{PROFILE.td_client_id}}
          preferences: ${{PROFILE.preferences.slice(-1)[0].value}}
  - name: spring_sale
    enabled: true
    starts_at: 2027-03-01T00:00:00+01:00
    ends_at: 2027-03-31T24:00:00+02:00
    set: {{event: [pageview, purchase], data: {{banner: spring}}}}

activations:
  - name: big_spender
    event: purchase
    if: PROFILE.spend_7d > 500
    webhook:
      url: https://hooks.example.com/crm
      headers: {{X-Api-Key: "${{SECRET.crm_key}}"}}
      body: {{client: "${{PROFILE.td_client_id}}", spend: "${{PROFILE.spend_7d}}"}}

tokens:
  - name: web-eu
  - {TOKEN}
  - sha256:{"5f" * 32}

tests:
  - name: a returning visitor
    at: 2027-01-01T12:00:00Z
    steps:
      - post: your_database/pageviews
        path: private
        event: {{td_client_id: "202", some_key: dogs, basket: {{items: [1, 2.5, no]}}}}
        offers: {{preferences_known: {{td_client_id: "202", preferences: dogs}}}}
        profile: {{last_page: null}}
"""
TOKENS = (
    known_token("web-eu", "a" * 64, "public"),
    known_token("given", TOKEN_DIGEST),
    known_token("stored", "5f" * 32),
)
DESTINATIONS = frozenset({("your_database", "pageviews"), ("your_database", "orders")})


def test_full_configuration__checked_for_a_push__has_no_error() -> None:
    result = check(FULL, stage="push", destinations=DESTINATIONS, tokens=TOKENS)

    assert result.errors == ()
    assert [(problem.code, problem.where) for problem in result.warnings] == [
        ("unread-attribute", 'attribute "last_page", name'),
        ("unread-attribute", 'attribute "customer_tier", name'),
    ]


def test_plan__keys_and_events__in_the_order_of_the_document() -> None:
    plan = plan_of(FULL)

    assert [key.name for key in plan.keys] == ["customer_id", "td_client_id", "email", "loyalty_id"]
    assert [key.public for key in plan.keys] == [False, True, False, False]
    assert [key.sensitive for key in plan.keys] == [False, False, True, False]
    exclude = plan.keys[1].exclude
    assert exclude is not None
    assert exclude.search("test_1")
    assert not exclude.search("a test_1")
    assert [(event.name, event.database, event.table) for event in plan.events] == [
        ("pageview", "your_database", "pageviews"),
        ("purchase", "your_database", "orders"),
    ]
    assert plan.events[0].condition is None
    assert plan.events[1].condition is not None
    assert plan.description == "Preference centre"


def test_plan__attributes__have_their_settings() -> None:
    listed, single, counter, imported = plan_of(FULL).attributes

    assert (listed.type, listed.events, listed.max_items, listed.expire_after) == (
        "list",
        ("pageview",),
        50,
        30 * 86_400,
    )
    assert listed.condition is not None
    assert (single.type, single.aggregation, single.expire_after) == ("single", "last", None)
    assert (counter.type, counter.window, counter.value) == ("counter", 7 * 86_400, None)
    assert counter.increment is not None
    assert (imported.type, imported.events, imported.sensitive, imported.tainted) == ("imported", (), True, True)
    assert imported.increment is None


def test_plan__offers__have_rules_and_schedule() -> None:
    known, spring = plan_of(FULL).offers

    assert [name for name, _ in known.rules[0].data] == ["td_client_id", "preferences"]
    assert (spring.starts_at, spring.ends_at) == (1_803_855_600.0, 1_806_530_400.0)
    assert spring.rules[0].events == ("pageview", "purchase")
    assert spring.rules[0].condition is None


def test_plan__the_offer__evaluates() -> None:
    rule = plan_of(FULL).offers[0].rules[0]
    profile = LazyObject(td_client_id="202", preferences=[{"value": "cats", "time": 1}, {"value": "dogs", "time": 2}])
    scope = Scope(profile=profile, event=LazyObject(), now=1_800_000_000)

    assert rule.condition is not None
    assert rule.condition.evaluate(scope) is True
    assert {key: template.evaluate(scope) for key, template in rule.data} == {
        "td_client_id": "202",
        "preferences": "dogs",
    }


def test_plan__activations_and_tokens__as_written() -> None:
    plan = plan_of(FULL)
    webhook = plan.activations[0].webhook

    assert webhook.url == "https://hooks.example.com/crm"
    assert [name for name, _ in webhook.headers] == ["X-Api-Key"]
    assert [(token.name, token.digest) for token in plan.tokens] == [
        ("web-eu", None),
        (None, TOKEN_DIGEST),
        (None, "5f" * 32),
    ]


def test_plan__golden_tests__are_plain_values_with_their_place() -> None:
    (golden,) = plan_of(FULL).tests
    (step,) = golden.steps

    assert (golden.name, golden.at) == ("a returning visitor", 1_798_804_800.0)
    assert (step.database, step.table, step.public) == ("your_database", "pageviews", False)
    assert step.event == {"td_client_id": "202", "some_key": "dogs", "basket": {"items": [1, 2.5, "no"]}}
    assert step.offers == {"preferences_known": {"td_client_id": "202", "preferences": "dogs"}}
    assert step.profile == {"last_page": None}
    assert step.path == "tests[0].steps[0]"


def test_plan__exists_exactly_when_there_is_no_error() -> None:
    assert check(FULL.replace("type: list", "type: lists")).plan is None
    assert check(FULL.replace("last_page", "unread_page")).plan is not None
