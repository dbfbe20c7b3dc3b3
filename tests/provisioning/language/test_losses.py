"""What disappears between two configurations, and who uses it until then."""

from __future__ import annotations

import pytest

from provisioning.language import Context, check_configuration
from provisioning.language.losses import losses
from provisioning.language.plan import Plan

NOW = 1_800_000_000.0
TEXT = """\
keys: [td_client_id, email]
events:
  - {name: pageview, database: shop, table: pageviews}
  - {name: order, database: shop, table: orders}
attributes:
  - {name: pages, type: list, event: pageview, value: "${EVENT.path}"}
  - {name: orders, type: counter, event: order}
  - {name: rank, type: single, event: pageview, value: "${PROFILE.orders > 3 ? 'gold' : 'none'}"}
offers:
  - name: hello
    set: {event: pageview, data: {text: {inside: ["${PROFILE.pages.length}"]}}}
  - name: over
    ends_at: 2020-01-01T00:00:00Z
    set: {event: pageview, data: {rank: "${PROFILE.rank}"}}
activations:
  - name: tell
    event: order
    webhook: {url: "https://hooks.example.com", body: {all: "${JSON.stringify(PROFILE)}"}}
tokens: []
"""


def plan(text: str) -> Plan:
    check = check_configuration(text, context=Context(now=NOW))
    assert check.plan is not None, check.problems
    return check.plan


def without(*starts: str) -> str:
    """The text without the entries whose first lines begin so."""
    kept: list[str] = []
    dropping = False
    for line in TEXT.splitlines(keepends=True):
        begins = line.startswith(("  - ", "keys", "tokens")) or not line.startswith(" ")
        dropping = line.strip().startswith(starts) if begins else dropping
        kept += [] if dropping else [line]
    return "".join(kept)


def told(text: str) -> dict[str, str]:
    return {loss.text: loss.used for loss in losses(plan(TEXT), plan(text), now=NOW)}


def test_losses__nothing_gone__are_none() -> None:
    assert told(TEXT) == {}
    assert losses(plan(without("- name: hello")), plan(TEXT), now=NOW) == []


def test_losses__offer__is_in_use_while_it_is_on() -> None:
    assert told(without("- name: hello")) == {'offer "hello" is removed': "it is on"}
    assert told(without("- name: over")) == {'offer "over" is removed': ""}


def test_losses__activation__is_in_use_while_it_is_on() -> None:
    assert told(without("- name: tell")) == {'activation "tell" is removed': "it is on"}


def test_losses__key__is_in_use() -> None:
    assert told(TEXT.replace("[td_client_id, email]", "[td_client_id]")) == {
        'key "email" is removed': "profiles are found by it"
    }


@pytest.mark.parametrize(
    ("gone", "used"),
    [
        (("- {name: pages", "- name: hello"), 'read by offer "hello", activation "tell"'),
        (("- {name: orders", "- {name: rank", "- name: over"), 'read by activation "tell", attribute "rank"'),
        (("- {name: rank", "- name: over"), 'read by activation "tell"'),
    ],
)
def test_losses__attribute__is_in_use_by_whoever_reads_it(gone: tuple[str, ...], used: str) -> None:
    name = gone[0].removeprefix("- {name: ")
    assert told(without(*gone))[f'attribute "{name}" is removed'] == used


def test_losses__event__is_in_use_by_whoever_hears_it() -> None:
    gone = without("- {name: order,", "- {name: orders", "- {name: rank", "- name: over", "- name: tell")
    assert told(gone)['event "order" is removed'] == 'used by attribute "orders", activation "tell"'


def test_losses__many_users__are_counted_after_three() -> None:
    offers = "".join(f"  - {{name: o{number}, set: {{event: order, data: {{a: 1}}}}}}\n" for number in range(5))
    text = TEXT.replace("offers:\n", f"offers:\n{offers}")
    new = "".join(line for line in without("- {name: order", "- {name: rank", "- name: over", "- name: tell"))
    found = {loss.text: loss.used for loss in losses(plan(text), plan(new), now=NOW)}
    assert found['event "order" is removed'].endswith("and 4 more")
